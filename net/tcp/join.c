/*
 * One thread, one poll loop. A party that waits (the lower id) accepts any
 * caller (net/tcp/door.h) and answers only the one it waits for. A party that
 * calls (the higher id) tries every address of the name, then again after a
 * growing pause, until the deadline.
 *
 *   P_high -> P_low   greeting           24 bytes
 *   P_high <- P_low   greeting           24 bytes   joined, if both fit
 *
 * Sealed (net/secure.h):
 *
 *   P_high -> P_low   greeting, call     24 + 49 bytes
 *   P_high <- P_low   greeting, answer   24 + 49 bytes
 *   P_high -> P_low   confirmation       16 bytes   joined, if all is true
 *
 * Where many call, P_low answers with a cookie first, and P_high calls again at
 * once, with a proof (net/tcp/door.h, net/tcp/cookie.h).
 *
 * A caller without the right key, or with a copy of an earlier call, is
 * dropped like any stranger, and the wait goes on: whoever can reach the port
 * must not be able to end it. A caller whose call cannot be opened is told so,
 * and gives up. Without keys nothing is authentic anyway, so a party without
 * them gives up as soon as one with keys calls.
 */
#include "net/tcp/join.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/fail.h"
#include "net/host/clock.h"
#include "net/host/random.h"
#include "net/host/secret.h"
#include "net/record.h"
#include "net/tcp/door.h"
#include "net/tcp/socket.h"

enum {
    ATTEMPT_MS = 3000,    /* for one address to take a connection         */
    PAUSE_MIN_MS = 10,    /* between attempts at first,                   */
    PAUSE_MAX_MS = 500,   /* and at last                                  */
    NAME_TICK_MS = 10,    /* between looks whether a name is known        */
    STARVED_NS = 2000000, /* where poll() cannot wait                  */
    SLOTS = 1 + TRI_DOOR_CALLERS + TRI_PARTIES,
    INPUT = TRI_SECURE_ANSWER
};

/* COOKIE, ANSWER: what is being read. */
enum state { IDLE, NAMING, CONNECTING, GREETING, COOKIE, ANSWER, JOINED };

/* A connection that is made. */
struct joint {
    int fd; /* -1: none */
    struct tri_secure sec;
};

struct peer {
    enum state state;
    int fd;
    struct joint ended; /* see rejoin() */
    uint64_t at;        /* IDLE: next attempt; NAMING: next look;
                           CONNECTING: end of it                       */
    uint32_t pause;     /* before the attempt after the next           */
    struct tri_lookup *lookup;
    struct tri_tcp_addrs list;
    size_t next; /* address of the next attempt; list.n: none left     */
    size_t have;
    uint8_t in[INPUT];
    struct tri_secure sec;
    int cookies; /* 1: there is one; 2: and it was used in vain        */
    uint8_t cookie[TRI_COOKIE_BYTES];
    int known;     /* `why` names the cause, not only a symptom; or
                      TRI_DOOR_PASSES                              */
    char why[200]; /* what came of the last attempt or caller      */
};

struct join {
    struct tri_link *l;
    const struct tri_tcp_config *cfg;
    uint64_t deadline;
    struct tri_door door;
    struct peer p[TRI_PARTIES];
};

/* ---- what came of it ----------------------------------------------------- */

static uint32_t sealed(const struct join *s)
{
    return s->cfg->keys != NULL ? TRI_GREETING_SEALED : TRI_GREETING_PLAIN;
}

/* Keep what happened, for the case that nothing better comes. */
static void note(struct peer *p, int known, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void note(struct peer *p, int known, const char *fmt, ...)
{
    va_list ap;

    if (known < p->known && p->known != TRI_DOOR_PASSES)
        return;
    p->known = known;
    va_start(ap, fmt);
    (void)vsnprintf(p->why, sizeof(p->why), fmt, ap);
    va_end(ap);
}

static void drop_joint(struct joint *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
    tri_secure_wipe(&t->sec);
}

static void joined(struct join *s, unsigned j, int fd)
{
    struct peer *p = &s->p[j];

    drop_joint(&p->ended);
    tri_tcp_options(fd, s->cfg->deadline_ms);
    p->fd = fd;
    p->state = JOINED;
    p->pause = PAUSE_MIN_MS;
}

/* ---- callers ------------------------------------------------------------ */

static int is_wanted(void *self, unsigned j)
{
    const struct join *const s = self;

    return s->p[j].state != JOINED;
}

static void has_entered(void *self, unsigned j, int fd,
                        const struct tri_secure *sec)
{
    struct join *const s = self;

    if (sec != NULL)
        s->p[j].sec = *sec;
    joined(s, j, fd);
}

static void note_caller(void *self, unsigned j, int known, const char *text)
{
    struct join *const s = self;

    note(&s->p[j], known, "%s", text);
}

/* ---- calling ------------------------------------------------------------ */

/* This attempt has failed: the next address, or a pause. */
static void retry(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    p->have = 0;
    tri_secure_wipe(&p->sec);
    p->state = IDLE;
    p->at = tri_clock_ms();
    if (p->next < p->list.n)
        return;
    p->list.n = p->next = 0;
    p->at += p->pause;
    p->pause = 2 * p->pause < PAUSE_MAX_MS ? 2 * p->pause : PAUSE_MAX_MS;
}

/* This party's own system is the reason. */
static void note_own(const struct join *s, struct peer *p, int err)
{
    note(p, TRI_DOOR_PASSES, "the system of P%u fails the call: %s", s->cfg->id,
         strerror(err));
}

static void note_errno(const struct join *s, struct peer *p, int err)
{
    if (tri_door_starved(err))
        note_own(s, p, err);
    else if (err == ECONNREFUSED)
        note(p, 0, "nobody listens there");
    else
        note(p, 0, "it cannot be reached: %s", strerror(err));
}

/* Greet, and call if the connection is to be sealed. */
static int greet(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    uint8_t call[TRI_DOOR_INPUT], ephemeral[32], key[TRI_COOKIE_KEY];
    size_t n = TRI_SECURE_CALL;
    int rc;

    if (s->cfg->keys == NULL)
        return tri_door_send(s->cfg, p->fd, j, TRI_GREETING_PLAIN, NULL, 0);
    rc = tri_net_random(ephemeral, sizeof(ephemeral));
    if (rc == TRI_OK)
        rc = tri_secure_call(&p->sec, s->cfg->k, s->cfg->keys, s->cfg->id, j,
                             tri_aead_best(s->cfg->k), ephemeral, call);
    tri_wipe(ephemeral, sizeof(ephemeral));
    if (rc == TRI_OK && p->cookies > 0) {
        rc = tri_cookie_key(key, s->cfg->keys, s->cfg->id, j);
        tri_cookie_prove(call + n, key, p->cookie, call);
        tri_wipe(key, sizeof key);
        n += TRI_PROOF_BYTES;
    }
    return rc == TRI_OK ? tri_door_send(s->cfg, p->fd, j,
                                        p->cookies > 0 ? TRI_GREETING_PROVED
                                                       : TRI_GREETING_SEALED,
                                        call, n)
                        : -1;
}

static void connected(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    int err = 0;
    socklen_t len = sizeof(err);

    (void)getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &err, &len);
    if (err != 0) {
        note_errno(s, p, err);
        retry(p);
        return;
    }
    note(p, 0, "somebody listens there, but does not greet");
    errno = 0;
    if (greet(s, j) != 0) {
        if (tri_door_starved(errno))
            note_own(s, p, errno);
        retry(p);
        return;
    }
    /* The party may listen before it looks: its greeting may take until the
     * deadline. */
    p->state = GREETING;
    p->at = s->deadline;
}

/* The addresses of the party: at once, or when its name is known. */
static void find(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    char host[TRI_TCP_HOST], port[TRI_TCP_PORT];
    uint16_t number;

    (void)tri_tcp_split(s->cfg->addr[j], host, port);
    number = (uint16_t)strtoul(port, NULL, 10);
    p->next = 0;
    if (tri_tcp_numeric(&p->list.a[0], host, number)) {
        p->list.n = 1;
        return;
    }
    p->lookup = tri_lookup_start(host, number);
    if (p->lookup == NULL) {
        note(p, 0, "out of memory");
        retry(p);
        return;
    }
    note(p, 0, "its name is still being looked up");
    p->state = NAMING;
    p->at = tri_clock_ms();
}

static void look(struct peer *p)
{
    char why[TRI_TCP_WHY];
    const int done = tri_lookup_done(p->lookup, &p->list, why);

    p->at = tri_clock_ms() + NAME_TICK_MS;
    if (done == 0)
        return;
    tri_lookup_end(p->lookup);
    p->lookup = NULL;
    if (done > 0) {
        p->state = IDLE;
        p->at = tri_clock_ms();
    } else { /* a name may come up together with its machine */
        note(p, 0, "%s", why);
        retry(p);
    }
}

static void call(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    const union tri_tcp_addr *a;

    if (p->next == p->list.n)
        find(s, j);
    if (p->next == p->list.n)
        return;
    a = &p->list.a[p->next++];
    p->fd =
        socket(a->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0) {
        note_errno(s, p, errno);
        retry(p);
        return;
    }
    tri_tcp_buffers(p->fd);
    p->state = CONNECTING;
    p->at = tri_clock_ms() + ATTEMPT_MS;
    if (connect(p->fd, &a->sa, tri_tcp_addr_len(a)) == 0)
        connected(s, j);
    else if (errno != EINPROGRESS) {
        note_errno(s, p, errno);
        retry(p);
    }
}

/* The greeting is complete. With keys nothing that it says is authentic yet: it
 * may have been forged on the way, and is no reason to call this party's input
 * wrong. */
static int check_greeting(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    const char *addr = s->cfg->addr[j];
    const int differs = sealed(s) ? TRI_E_PROTO : TRI_E_MISMATCH;
    struct tri_greeting g;

    if (tri_greeting_parse(&g, p->in) != TRI_OK)
        return tri_link_fail(s->l, TRI_E_PROTO,
                             "something else than P%u answers at %.100s: "
                             "check the address",
                             j, addr);
    if (g.version != TRI_WIRE_VERSION)
        return tri_link_fail(s->l, TRI_E_PROTO,
                             "P%u at %.100s speaks version %u of the "
                             "connection format, P%u version %d",
                             j, addr, g.version, s->cfg->id, TRI_WIRE_VERSION);
    if (g.from != j || g.to != s->cfg->id)
        return tri_link_fail(s->l, differs,
                             "P%u answers at %.100s where P%u was expected: "
                             "check the addresses",
                             g.from, addr, j);
    if (g.sealed == TRI_GREETING_COOKIE && sealed(s)) {
        p->state = COOKIE;
        return TRI_OK;
    }
    if (g.sealed == TRI_GREETING_STRANGER && sealed(s))
        return tri_link_fail(s->l, TRI_E_CRYPTO,
                             "P%u at %.100s and this party, P%u, do not know "
                             "each other's keys: compare the public keys in "
                             "both configurations",
                             j, addr, s->cfg->id);
    if (g.sealed != sealed(s))
        return tri_link_fail(s->l, differs,
                             "P%u at %.100s uses %s, P%u %s: give all three "
                             "parties keys",
                             j, addr, g.sealed ? "keys" : "no keys", s->cfg->id,
                             sealed(s) ? "does" : "does not");
    return TRI_OK;
}

/* The answer is complete. */
static int check_answer(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    uint8_t confirm[TRI_SECURE_CONFIRM];

    if (tri_secure_finish(&p->sec, p->in, confirm) != TRI_OK)
        return tri_link_fail(s->l, TRI_E_CRYPTO,
                             "who answers at %.100s has not the key of P%u: "
                             "check both keys and the address",
                             s->cfg->addr[j], j);
    errno = 0;
    if (send(p->fd, confirm, sizeof confirm, MSG_NOSIGNAL | MSG_DONTWAIT) ==
        (ssize_t)sizeof confirm) {
        joined(s, j, p->fd);
        return TRI_OK;
    }
    if (tri_door_starved(errno))
        note_own(s, p, errno);
    retry(p);
    return TRI_OK;
}

/* The cookie is complete: call again, the same address. At once, unless that
 * was in vain before. */
static void take_cookie(struct peer *p)
{
    memcpy(p->cookie, p->in, sizeof p->cookie);
    if (p->cookies == 0) {
        note(p, 0, "many others call there, too");
        p->cookies = 1;
        p->next--;
    } else {
        note(p, 0,
             "many others call there, too, and it does not take this party's "
             "proof: compare the public keys in both configurations");
        p->cookies = 2;
    }
    retry(p);
}

static int hear_answer(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    int rc;

    for (;;) {
        const size_t want = p->state == GREETING ? (size_t)TRI_GREETING_BYTES
                            : p->state == COOKIE ? (size_t)TRI_COOKIE_BYTES
                                                 : (size_t)TRI_SECURE_ANSWER;

        switch (tri_door_read(p->fd, p->in, want, &p->have)) {
        case 0:
            if (tri_door_starved(errno))
                note_own(s, p, errno);
            return TRI_OK;
        case -1:
            note(p, 0, "somebody there hung up: is another P%u running?",
                 s->cfg->id);
            retry(p);
            return TRI_OK;
        default:
            break;
        }
        if (p->state == COOKIE) {
            take_cookie(p);
            return TRI_OK;
        }
        if (p->state == ANSWER)
            return check_answer(s, j);
        rc = check_greeting(s, j);
        if (rc != TRI_OK)
            return rc;
        if (s->cfg->keys == NULL) {
            joined(s, j, p->fd);
            return TRI_OK;
        }
        if (p->state == GREETING)
            p->state = ANSWER;
        p->have = 0;
    }
}

/* ---- the loop ----------------------------------------------------------- */

/*
 * A party that had joined is gone again: perhaps it is restarted. If it has
 * sent anything, all had joined as far as it knows, and it may even have done
 * its part: then its connection is kept, for the case that the third party
 * joins before a new one of this party does.
 */
static void rejoin(struct peer *p)
{
    uint8_t byte;

    note(p, 1, "it joined, but ended again; see its output");
    if (recv(p->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1) {
        p->ended = (struct joint){ p->fd, p->sec };
        p->fd = -1;
    }
    p->next = p->list.n;
    retry(p);
}

static int missing(const struct join *s)
{
    int n = 0;

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        n += j != s->cfg->id && s->p[j].state != JOINED && s->p[j].ended.fd < 0;
    return n;
}

/* Hand over the connection to a peer, and let go of all else. */
static void finish(struct peer *p, int made, int *fd, struct tri_secure *sec)
{
    tri_lookup_end(p->lookup);
    if (made && p->state != JOINED) {
        if (p->fd >= 0)
            close(p->fd);
        p->fd = p->ended.fd;
        p->sec = p->ended.sec;
        p->ended.fd = -1;
    }
    drop_joint(&p->ended);
    if (made) {
        *fd = p->fd;
        *sec = p->sec;
    } else if (p->fd >= 0) {
        close(p->fd);
    }
}

static int too_late(struct join *s)
{
    char text[512] = "";

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const struct peer *p = &s->p[j];
        const char *addr = s->cfg->addr[j];
        const size_t n = strlen(text);

        if (j == s->cfg->id || p->state == JOINED)
            continue;
        (void)snprintf(text + n, sizeof(text) - n,
                       "%sP%u%s%.60s%s did not %s within %g s: %s%s%s%s",
                       n > 0 ? "; " : "", j, addr != NULL ? " (" : "",
                       addr != NULL ? addr : "", addr != NULL ? ")" : "",
                       j < s->cfg->id ? "answer" : "connect",
                       (double)s->cfg->connect_ms / 1e3,
                       p->known ? "" : "start it, or check the address",
                       p->why[0] != '\0' && !p->known ? " (" : "", p->why,
                       p->why[0] != '\0' && !p->known ? ")" : "");
    }
    if (s->door.calls > TRI_DOOR_CALLERS) {
        const size_t n = strlen(text);

        (void)snprintf(text + n, sizeof(text) - n,
                       "; %llu others called meanwhile",
                       (unsigned long long)s->door.calls);
    }
    return tri_link_fail(s->l, TRI_E_TIMEOUT, "%s", text);
}

/* Everything whose time has come; returns when something is due next. */
static uint64_t on_time(struct join *s)
{
    const uint64_t now = tri_clock_ms();
    uint64_t next = tri_door_on_time(&s->door, now);

    if (s->deadline < next)
        next = s->deadline;
    for (unsigned j = 0; j < s->cfg->id; j++) {
        struct peer *p = &s->p[j];

        if (p->state == CONNECTING && now >= p->at) {
            note(p, 0, "no answer from there: wrong, or behind a firewall?");
            retry(p);
        }
        if (p->state == NAMING && now >= p->at)
            look(p);
        while (p->state == IDLE && now >= p->at)
            call(s, j);
        if (p->state != JOINED && p->at < next)
            next = p->at;
    }
    return next;
}

/* The system cannot wait for the connections: instead of it a short sleep. */
static void not_polled(struct join *s, int err)
{
    const struct timespec pause = { 0, STARVED_NS };

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != s->cfg->id && s->p[j].state != JOINED)
            note_own(s, &s->p[j], err);
    (void)nanosleep(&pause, NULL);
}

static int turn(struct join *s)
{
    struct pollfd w[SLOTS];
    const uint64_t next = on_time(s), now = tri_clock_ms();
    size_t n = TRI_PARTIES;
    int rc = TRI_OK, k;

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const struct peer *p = &s->p[j];

        w[j] = (struct pollfd){ .fd = p->fd, .events = POLLIN };
        if (p->state == CONNECTING)
            w[j].events = POLLOUT;
        if (p->state == JOINED)
            w[j].events = POLLRDHUP;
    }
    n += tri_door_watch(&s->door, now, w + TRI_PARTIES);
    k = poll(w, n, next > now ? (int)(next - now) : 0);
    if (k < 0 && errno != EINTR)
        not_polled(s, errno);
    if (k <= 0)
        return TRI_OK;
    for (unsigned j = 0; j < TRI_PARTIES && rc == TRI_OK; j++) {
        if (w[j].revents == 0)
            continue;
        if (s->p[j].state == JOINED)
            rejoin(&s->p[j]);
        else if (s->p[j].state == CONNECTING)
            connected(s, j);
        else if (s->p[j].state >= GREETING)
            rc = hear_answer(s, j);
    }
    if (rc == TRI_OK)
        rc = tri_door_serve(&s->door, tri_clock_ms(), w + TRI_PARTIES,
                            n - TRI_PARTIES);
    return rc;
}

static int check_config(struct tri_link *l, const struct tri_tcp_config *cfg)
{
    char host[TRI_TCP_HOST], port[TRI_TCP_PORT], why[TRI_TCP_WHY];

    if (cfg->id >= TRI_PARTIES || cfg->connect_ms == 0 ||
        cfg->connect_ms > INT32_MAX || cfg->deadline_ms == 0 ||
        cfg->deadline_ms > INT32_MAX)
        return tri_link_fail(l, TRI_E_ARG,
                             "party number or deadline out of range");
    if ((cfg->keys != NULL) == (cfg->plaintext != 0) ||
        (cfg->keys != NULL && cfg->k == NULL))
        return tri_link_fail(l, TRI_E_ARG,
                             "connections need keys, or the wish for "
                             "plaintext, and not both");
    for (unsigned j = 0; j < cfg->id; j++) {
        const char *addr = cfg->addr[j];

        if (addr == NULL || tri_tcp_split(addr, host, port) != TRI_OK ||
            host[0] == '\0' || strspn(port, "0") == strlen(port))
            return tri_link_fail(l, TRI_E_ARG,
                                 "the address of P%u, %.100s, is not "
                                 "host:port",
                                 j, addr != NULL ? addr : "which is missing");
        if (!tri_tcp_usable(host, why))
            return tri_link_fail(l, TRI_E_ARG, "the address of P%u: %s", j,
                                 why);
    }
    return TRI_OK;
}

static int open_door(struct join *s)
{
    const struct tri_tcp_config *const cfg = s->cfg;
    const struct tri_door_host host = { s, is_wanted, has_entered,
                                        note_caller };
    int fd = -1, rc = TRI_OK;

    if (cfg->listen_fd > 0) {
        fd = cfg->listen_fd;
        (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    } else if (cfg->id + 1 < TRI_PARTIES) {
        rc = tri_tcp_listen(
            &fd, NULL, cfg->listen != NULL ? cfg->listen : cfg->addr[cfg->id],
            s->l->error);
    }
    return rc == TRI_OK ? tri_door_open(&s->door, s->l, cfg, fd, &host) : rc;
}

int tri_tcp_join(struct tri_link *l, const struct tri_tcp_config *cfg,
                 int fd[TRI_PARTIES], struct tri_secure sec[TRI_PARTIES])
{
    struct join *const s = tri_secret_alloc(sizeof *s);
    int rc = s == NULL ? TRI_E_NOMEM : check_config(l, cfg);

    if (rc != TRI_OK) {
        if (cfg->listen_fd > 0)
            close(cfg->listen_fd);
        tri_secret_free(s);
        return rc;
    }
    s->l = l;
    s->cfg = cfg;
    s->door.fd = -1;
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        s->p[j].fd = s->p[j].ended.fd = -1;
        s->p[j].pause = PAUSE_MIN_MS;
    }
    s->deadline = tri_clock_ms() + cfg->connect_ms;
    rc = open_door(s);
    while (rc == TRI_OK && missing(s) > 0)
        rc = tri_clock_ms() < s->deadline ? turn(s) : too_late(s);
    tri_door_close(&s->door);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        finish(&s->p[j], rc == TRI_OK, &fd[j], &sec[j]);
    tri_secret_free(s);
    return rc;
}
