#ifndef TRI_BOARDS_HOST_CMD_CLIENT_H
#define TRI_BOARDS_HOST_CMD_CLIENT_H

#include "boards/host/base/args.h"
#include "boards/host/serve/calls.h"
#include "boards/host/serve/work.h"

/** \file boards/host/cmd/client.h
 *
 * What the commands of clients have in common: options and connections.
 */
struct tri_client_options {
    const char *service, *key;
    uint64_t timeout; /**< seconds */
};

extern const struct tri_option tri_client_table[];

#define TRI_CLIENT_GROUP(base)       \
    {                                \
        tri_client_table, base, NULL \
    }

struct tri_client {
    const struct tri_client_options *o;
    struct tri_card card;
    struct tri_calls calls;
    struct tri_kernels k;
    uint8_t key[TRI_KEY_BYTES]; /**< private */
};

/** Read card and key, and call all three. *c belongs to the caller, who closes
 *  it in any case; NULL: no memory. */
int tri_client_open(struct tri_client **c, const struct tri_client_options *o,
                    struct tri_why *why);
/** Hang up, and call again. */
int tri_client_again(struct tri_client *c, struct tri_why *why);
void tri_client_close(struct tri_client *c);

/** One request of `len` bytes that are the same for all three, and the answers,
 *  of `reply`: c->calls.talk[j]. */
int tri_client_ask(struct tri_client *c, enum tri_message_kind kind,
                   const void *body, size_t len, enum tri_message_kind reply,
                   struct tri_why *why);

/** The same of a tri_work, with random bytes if it has none. */
int tri_client_work(struct tri_client *c, struct tri_work *w,
                    enum tri_message_kind reply, struct tri_why *why);

/** Print what all three have answered, if it is the same only once. */
void tri_client_print(const struct tri_client *c);

/** Put `name` into w->name. TRI_E_ARG: option --`option` is missing or no
 *  name. */
int tri_client_name(struct tri_work *w, const char *option, const char *name,
                    struct tri_why *why);

#endif
