#ifndef TRI_BOARDS_HOST_SERVE_CLIENTS_H
#define TRI_BOARDS_HOST_SERVE_CLIENTS_H

#include "boards/host/serve/queue.h"
#include "boards/host/serve/store.h"
#include "boards/host/serve/talk.h"
#include "net/tcp/names.h"

/** \file boards/host/serve/clients.h
 *
 * # A party's door for clients, and what they are allowed
 *
 *   client -> party   "trinncl2", call              8 + 97 bytes
 *   client <- party   0, answer                     1 + 49 bytes
 *                     or 1, and the end: this key is not known here
 *   client -> party   confirmation                  16 bytes
 *
 * then messages (message.h). A thread of its own polls all connections. Anybody
 * may call: at most TRI_CLIENTS_MOST connections are kept, nobody may take
 * longer than TRI_CLIENTS_MS to say who he is, and if there is no room the
 * oldest goes that has not said so yet. A stranger costs three X25519 until the
 * call shows whether it is a client's, and no memory but its place. A client
 * has at most TRI_CLIENTS_EACH connections, on which messages of `limit bytes`
 * in all may be under way; what waits, with the answer that is to come, and
 * what it has not read count against that limit as well. One that stops within
 * a message is let go of after the deadline. After a few messages, or
 * megabytes, of one client the others have their turn.
 *
 * Every request is checked here, by this party's own configuration: rights,
 * limits, whether there is such a model, whether the shares are those that the
 * request names. What is refused is answered at once and never computed.
 */
enum {
    TRI_CLIENTS_MOST = 256,
    TRI_CLIENTS_EACH = 8,
    TRI_CLIENTS_MS = 5000,
    TRI_CLIENTS_MAGIC = 8,
    TRI_CLIENTS_CALL = TRI_CLIENTS_MAGIC + TRI_SECURE_CLIENT_CALL,
    TRI_CLIENTS_ANSWER = 1 + TRI_SECURE_ANSWER
};

/** What a call begins with. */
extern const char tri_clients_magic[TRI_CLIENTS_MAGIC + 1];

/** What the party knows beside its configuration. */
struct tri_clients_host {
    void *self;
    struct tri_store *store;
    /** Can a query of this client be computed here? TRI_OK, or an error with a
     *  text. */
    int (*can_ask)(void *self, const struct tri_config_client *who,
                   const struct tri_ask *a, struct tri_why *why);
    /** The same of something else, its right to such requests being checked;
     *  `w` receives what work.h says the door has seen. */
    int (*can_work)(void *self, const struct tri_config_client *who,
                    struct tri_work *w, struct tri_why *why);
    /** A line for each training of `client`, TRI_CONFIG_CLIENTS: of all. */
    size_t (*jobs)(void *self, unsigned client, char *out, size_t size);
    /** A text of at most `size` bytes about the service, for `client`. */
    size_t (*status)(void *self, unsigned client, char *out, size_t size);
    /** Look whether the configuration has changed: a bit for each client that
     *  has lost a right, whose connections end. May be NULL. */
    uint64_t (*reread)(void *self);
};

struct tri_clients;

/**
 * Listen and start the thread.
 * \param c, own  configuration and private key: must outlive it; clients and
 *                limits of c may change in host->reread()
 * \param q       receives the requests; started
 * \param wake    the reading end of what q->wake writes to
 * \return TRI_OK; TRI_E_IO, TRI_E_ARG, TRI_E_NOMEM with a text
 */
int tri_clients_start(struct tri_clients **clients, const struct tri_config *c,
                      const uint8_t own[32], const struct tri_kernels *k,
                      struct tri_queue *q, int wake,
                      const struct tri_clients_host *host, struct tri_why *why);

/** Fill in connections and callers. NULL: nothing. */
void tri_clients_counts(struct tri_clients *clients,
                        struct tri_metrics_numbers *m);

/** Stop the thread and close all connections. NULL: nothing. */
void tri_clients_stop(struct tri_clients *clients);

#endif
