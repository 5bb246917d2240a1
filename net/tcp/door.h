#ifndef TRI_NET_TCP_DOOR_H
#define TRI_NET_TCP_DOOR_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "net/secure.h"
#include "net/tcp/cookie.h"
#include "net/tcp/names.h"
#include "net/tcp/tcp.h"

/** \file net/tcp/door.h
 *
 * # The called party's door
 *
 * Anybody who reaches the port may call, as often as he likes. Who calls is
 * let in if he is the party that is waited for, however many others call:
 *
 * - All callers together take at most TRI_DOOR_CALLERS descriptors, for
 *   TRI_DOOR_MS fewer where the system gives fewer and still does after a short
 *   wait, and a few hundred bytes each. If there is no
 *   room for the next, the one goes that has shown least: first who has not
 *   been answered, then who has been, last who has proved its key; of these
 *   one from the address that holds most places, and of those the oldest.
 * - A call is answered (five X25519, one connection's keys) if its proof is
 *   right (net/tcp/cookie.h), or else if fewer than TRI_DOOR_CALLS others were
 *   in the last TRI_DOOR_MS. All other calls get a cookie, which costs a hash,
 *   and are forgotten at once.
 * - A turn takes no more than TRI_DOOR_BURST new callers, and nobody is
 *   kept longer than TRI_DOOR_MS.
 *
 *   P_high -> P_low   greeting (sealed), call            24 + 49 bytes
 *   P_high <- P_low   greeting (cookie), cookie          24 + 16 bytes   end
 *
 *   P_high -> P_low   greeting (proved), call, proof     24 + 49 + 16 bytes
 *   P_high <- P_low   greeting (sealed), answer          24 + 49 bytes
 *   P_high -> P_low   confirmation                       16 bytes
 *
 * What a caller says comes with its connection, so an honest one is seldom
 * silent for longer than the network delays one packet behind another.
 */
enum {
    TRI_DOOR_CALLERS = 256,
    TRI_DOOR_BURST = 64,
    TRI_DOOR_MS = 5000, /**< for a caller to greet and shake hands */
    TRI_DOOR_CALLS = 8, /**< answered in that time without a proof */
    TRI_DOOR_INPUT = TRI_SECURE_CALL + TRI_PROOF_BYTES
};

enum { TRI_DOOR_PASSES = 2 };

/** Who is behind the door. */
struct tri_door_host {
    void *self;
    /** Is P_j waited for? */
    int (*wanted)(void *self, unsigned j);
    /** P_j has come: the connection is the host's now. */
    void (*enter)(void *self, unsigned j, int fd, const struct tri_secure *sec);
    /** What came of a caller that may have been P_j. `known` is non-zero if
     *  that is why P_j does not come in: TRI_DOOR_PASSES if this machine is the
     *  reason, and it may pass, so that what comes later counts instead. */
    void (*note)(void *self, unsigned j, int known, const char *text);
};

enum tri_door_step {
    TRI_DOOR_GREETING,
    TRI_DOOR_CALL,
    TRI_DOOR_CONFIRM /**< is answered */
};

struct tri_door_caller {
    int fd;
    int proved;
    uint64_t until;
    enum tri_door_step step;
    size_t have, want;
    uint8_t in[TRI_DOOR_INPUT];
    unsigned from, kind;    /* as it says, after its greeting      */
    struct tri_secure *sec; /* from its answer on, else NULL       */
    union tri_tcp_addr addr;
    uint8_t bytes[TRI_COOKIE_ADDRESS];
    uint8_t group; /* hash of the address                 */
};

struct tri_door {
    const struct tri_tcp_config *cfg;
    struct tri_link *l;
    struct tri_door_host host;
    int fd; /* -1: closed */
    struct tri_door_caller c[TRI_DOOR_CALLERS];
    struct tri_secure sec[TRI_DOOR_CALLERS]; /* of those who are answered;
                                                secret                   */
    uint8_t taken[TRI_DOOR_CALLERS];         /* of these                 */
    size_t n, most;                          /* `most`: until most_until     */
    uint64_t most_until;                     /* ms                           */
    int refused;         /* the system gave no descriptor since the last
                            caller was taken              */
    unsigned group[256]; /* callers of each group */
    uint64_t calls;      /* who came and was not let in */

    struct tri_cookie_jar jar;
    uint8_t key[TRI_PARTIES][TRI_COOKIE_KEY]; /* secret */
    unsigned credit;     /* calls that are still answered without a proof */
    uint64_t credit_at;  /* when it grew last, ms                         */
    uint64_t shut_until; /* no descriptor for a new caller: wait          */
};

/** Open: take callers from the listening socket `fd`, which belongs to the door
 *  from now on; -1: there are none. `d` is all zeros before.
 *  \return TRI_OK; TRI_E_IO (no random bytes). tri_door_close() in any case. */
int tri_door_open(struct tri_door *d, struct tri_link *l,
                  const struct tri_tcp_config *cfg, int fd,
                  const struct tri_door_host *host);

/** What to poll for. \param p  [TRI_DOOR_CALLERS + 1]
 *  \return number of entries */
size_t tri_door_watch(const struct tri_door *d, uint64_t now, struct pollfd *p);

/** Do what `n` entries of poll() call for.
 *  \return TRI_OK; TRI_E_MISMATCH (a party with keys calls this one, which has
 *          none: l->error says so) */
int tri_door_serve(struct tri_door *d, uint64_t now, const struct pollfd *p,
                   size_t n);

/** Let go of who has waited too long.
 *  \return when that is the case next, ms; UINT64_MAX: nobody waits */
uint64_t tri_door_on_time(struct tri_door *d, uint64_t now);

void tri_door_close(struct tri_door *d);

/* ---- for both sides ------------------------------------------------------ */

/** errno says that this machine has no descriptor or memory at the moment. */
int tri_door_starved(int e);

/** Send a greeting from cfg->id to `to`, and `n` bytes behind it, as the first
 *  bytes of a connection. \return 0, or -1 with errno */
int tri_door_send(const struct tri_tcp_config *cfg, int fd, uint32_t to,
                  unsigned kind, const uint8_t *more, size_t n);

/** Read towards `n` bytes, and not one more.
 *  \return 1: complete; 0: not yet; -1: the end. errno, if it is not complete,
 *          says why; 0: an end in order */
int tri_door_read(int fd, uint8_t *buf, size_t n, size_t *have);

#endif
