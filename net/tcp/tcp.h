#ifndef TRI_NET_TCP_TCP_H
#define TRI_NET_TCP_TCP_H

#include <stddef.h>
#include <stdint.h>

#include "net/conn/conn.h"
#include "net/link.h"
#include "net/secure.h"

/** \file net/tcp/tcp.h
 *
 * # Three parties over TCP
 *
 * One connection per pair; the lower id listens, the higher one connects. The
 * format is in net/record.h. With keys, connections are sealed as in
 * net/secure.h: a peer is who it should be, and what comes from it is what it
 * sent, or the link fails with TRI_E_CRYPTO. Plaintext must be asked for: use
 * it only on a network that all three parties trust, or beneath a tunnel.
 *
 * Sends go from the caller's buffer to the socket (sealed: by way of a buffer
 * of one record) and receives from the socket to the caller's buffer, where
 * they are decrypted. A party that waits for one peer keeps
 * sending to both, and notices at once when either of them ends. Up to
 * TRI_TCP_QUEUE messages per peer are queued; a further tri_send() waits for
 * room. Less than 16 KiB of them are held back until the party receives, polls
 * or flushes. What a party queues beyond the sockets' buffers leaves only while
 * the peer receives: send, receive, then flush.
 *
 * A thread of the link sends a heartbeat to each peer to which nothing was sent
 * for a quarter of the deadline or a second, whichever is shorter, also while
 * the party computes. So a peer that is silent until the deadline is dead or
 * cut off, whatever it was to compute; one that gives signs of life, but no
 * bytes that are waited for, may take TRI_LINK_SLOW deadlines, and as long for
 * every TRI_LINK_LEAST bytes. A heartbeat is no such byte, in however many
 * pieces it arrives. The thread also goes on sending what is queued. Deadlines
 * of the parties should be alike.
 *
 * tri_close() stays until the peers' systems have what was sent, with the same
 * patience.
 *
 * A party whose link fails says goodbye to the others and names the party
 * that caused it; an end of stream without a goodbye is a crash.
 *
 * `stats` counts records (header and payload), not greetings, heartbeats and
 * goodbyes.
 */
enum {
    TRI_TCP_QUEUE = TRI_CONN_QUEUE,
    TRI_TCP_HOST = 256, /**< bytes for a host name, terminator included */
    TRI_TCP_PORT = 8    /**< bytes for a port number, likewise          */
};

struct tri_tcp_config {
    unsigned id;
    /** Where each party listens: "host:port", "192.0.2.1:port",
     *  "[2001:db8::1]:port". P2 does not listen; its entry may be NULL. */
    const char *addr[TRI_PARTIES];
    const char *listen; /**< listen here instead of addr[id], or NULL;
                             ":port" for every address of this machine */
    int listen_fd;      /**< > 0: a listening socket, used instead and
                             closed in every case                      */
    const struct tri_secure_keys *keys; /**< seal, or NULL with plaintext */
    const struct tri_kernels *k;        /**< for sealing                  */
    int plaintext;        /**< non-zero, without keys: nothing is encrypted
                               or authenticated                          */
    int brief;            /**< the link is for a moment: it has no thread,
                               and gives signs of life only in a wait    */
    int sleepy;           /**< non-zero: waits sleep at once (net/tcp/wait.h) */
    uint32_t connect_ms;  /**< for all connections together, > 0         */
    uint32_t deadline_ms; /**< of the link, > 0                          */
};

/**
 * Join the two others. Calls that are not the expected party are dropped and
 * do not end the wait.
 *
 * \param l  overwritten; after an error l->error says why, and there is
 *           nothing to close
 * \return TRI_OK; TRI_E_ARG (configuration); TRI_E_IO (cannot listen);
 *         TRI_E_TIMEOUT (somebody is missing); TRI_E_CRYPTO (the one who
 *         answers lacks the key); TRI_E_PROTO (another version, or something
 *         else, answers at an address; with keys, whose greetings are not
 *         authentic, also another party, or one without keys); TRI_E_MISMATCH
 *         (these two without keys); TRI_E_NOMEM.
 */
int tri_tcp_open(struct tri_link *l, const struct tri_tcp_config *cfg);

/**
 * A listening socket for tri_tcp_config.listen_fd, so that a port can be
 * chosen (port 0) before its number is told to the others.
 *
 * \param fd     receives the socket, close-on-exec
 * \param port   receives the port number; may be NULL
 * \param addr   as in tri_tcp_config.listen
 * \param error  receives a text on failure
 * \return TRI_OK, TRI_E_ARG, TRI_E_IO
 */
int tri_tcp_listen(int *fd, uint16_t *port, const char *addr, char error[256]);

/** Make a plaintext link of connected stream sockets fd[j] to the others (own
 * entry ignored). They are closed by tri_close(), and on an error at once, but
 * for TRI_E_ARG, after which they are still the caller's.
 *  \return TRI_OK, TRI_E_ARG, TRI_E_NOMEM */
int tri_tcp_adopt(struct tri_link *l, unsigned id, const int fd[TRI_PARTIES],
                  uint32_t deadline_ms);

/**
 * Split "host:port" or "[host]:port". The host may be empty.
 * \return TRI_OK; TRI_E_FORMAT if it is not of that form, the host is too
 *         long or holds a ':' outside brackets, or the port is not 0..65535.
 */
int tri_tcp_split(const char *addr, char host[TRI_TCP_HOST],
                  char port[TRI_TCP_PORT]);

#endif
