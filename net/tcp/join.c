/*
 * One thread, one poll loop. A party that waits (the lower id) accepts any
 * caller, gives it a few seconds for its greeting, and answers only the one
 * it waits for. A party that calls (the higher id) tries every address of the
 * name, then again after a growing pause, until the deadline.
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
 * A caller without the right key, or with a copy of an earlier call, is
 * dropped like any stranger, and the wait goes on: whoever can reach the port
 * must not be able to end it. A caller whose call cannot be opened is told so,
 * and gives up. Without keys nothing is authentic anyway, so a party without
 * them gives up as soon as one with keys calls.
 */
#include "net/tcp/join.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/fail.h"
#include "net/host/clock.h"
#include "net/host/random.h"
#include "net/record.h"
#include "net/tcp/socket.h"

enum {
    CALLERS = 16,       /* callers that have not greeted yet            */
    GREETING_MS = 5000, /* for a caller to greet and shake hands        */
    ATTEMPT_MS = 3000,  /* for one address to take a connection         */
    PAUSE_MIN_MS = 10,  /* between attempts at first,                   */
    PAUSE_MAX_MS = 500, /* and at last                                  */
    SLOTS = 1 + CALLERS + TRI_PARTIES,
    INPUT = TRI_SECURE_CALL > TRI_SECURE_ANSWER ? TRI_SECURE_CALL
                                                : TRI_SECURE_ANSWER
};

/* What is being read. */
enum step { READ_GREETING, READ_CALL, READ_CONFIRM };

/* Somebody who called. */
struct caller {
    int fd; /* -1: free */
    uint64_t until;
    enum step step;
    size_t have;
    uint8_t in[INPUT];
    unsigned from; /* who it says it is, after the greeting */
    struct tri_secure sec;
    char name[80];
};

enum state { IDLE, CONNECTING, GREETING, ANSWER, JOINED };

/* A connection that is made. */
struct joint {
    int fd; /* -1: none */
    struct tri_secure sec;
};

struct peer {
    enum state state;
    int fd;
    struct joint ended; /* see rejoin() */
    uint64_t at;        /* IDLE: next attempt; CONNECTING: end of it   */
    uint32_t pause;     /* before the attempt after the next           */
    struct addrinfo *list, *next;
    size_t have;
    uint8_t in[INPUT];
    struct tri_secure sec;
    int known;     /* `why` names the cause, not only a symptom    */
    char why[200]; /* what came of the last attempt or caller      */
};

struct join {
    struct tri_link *l;
    const struct tri_tcp_config *cfg;
    uint64_t deadline;
    int fd; /* listening, or -1 */
    struct caller callers[CALLERS];
    struct peer p[TRI_PARTIES];
};

static uint64_t now_ms(void)
{
    return tri_clock_ns() / 1000000u;
}

/* ---- greetings ---------------------------------------------------------- */

static int send_bytes(int fd, const uint8_t *wire, size_t n)
{
    /* The first bytes on a new connection: there is room for them. */
    return send(fd, wire, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n ? 0
                                                                        : -1;
}

/* A greeting, and with it n bytes of the handshake. */
static int send_greeting(const struct join *s, int fd, uint32_t to,
                         uint32_t sealed, const uint8_t *more, size_t n)
{
    const struct tri_greeting g = { TRI_WIRE_VERSION, s->cfg->id, to, sealed };
    uint8_t wire[TRI_GREETING_BYTES + INPUT];

    tri_greeting_print(wire, &g);
    if (n > 0)
        memcpy(wire + TRI_GREETING_BYTES, more, n);
    return send_bytes(fd, wire, TRI_GREETING_BYTES + n);
}

/* Read towards `n` bytes, and not one more.
 * 1: complete; 0: not yet; -1: the end. */
static int read_bytes(int fd, uint8_t *buf, size_t n, size_t *have)
{
    while (*have < n) {
        const ssize_t k = recv(fd, buf + *have, n - *have, MSG_DONTWAIT);

        if (k > 0)
            *have += (size_t)k;
        else if (k == 0 || (errno != EAGAIN && errno != EINTR))
            return -1;
        else if (errno == EAGAIN)
            return 0;
    }
    return 1;
}

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

    if (known < p->known)
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

enum { ANYBODY = TRI_PARTIES };

/* Forget a caller, who may have been `from`. */
static void drop_caller(struct join *s, struct caller *c, unsigned from,
                        int known, const char *what)
{
    for (unsigned j = s->cfg->id + 1; j < TRI_PARTIES; j++)
        if (s->p[j].state != JOINED && (from == j || from == ANYBODY))
            note(&s->p[j], known, "%s %s", c->name, what);
    close(c->fd);
    c->fd = -1;
    tri_secure_wipe(&c->sec);
}

/* A caller that greets and does not fit. */
static int refuse(struct join *s, struct caller *c,
                  const struct tri_greeting *g)
{
    char what[100];

    if (g->version != TRI_WIRE_VERSION) {
        /* The answer tells the caller the same. */
        (void)send_greeting(s, c->fd, s->cfg->id + 1, sealed(s), NULL, 0);
        (void)snprintf(what, sizeof(what),
                       "speaks version %u of the connection format, not %d",
                       g->version, TRI_WIRE_VERSION);
        drop_caller(s, c, ANYBODY, 1, what);
        return TRI_OK;
    }
    (void)send_greeting(s, c->fd, g->from, sealed(s), NULL, 0);
    if (g->to != s->cfg->id || g->from <= s->cfg->id) {
        (void)snprintf(what, sizeof(what),
                       "is P%u and wanted P%u: check the addresses", g->from,
                       g->to);
        drop_caller(s, c, g->from > s->cfg->id ? g->from : ANYBODY, 1, what);
        return TRI_OK;
    }
    if (sealed(s)) {
        (void)snprintf(what, sizeof(what),
                       "is P%u and uses no keys: give all three parties keys",
                       g->from);
        drop_caller(s, c, g->from, 1, what);
        return TRI_OK;
    }
    drop_caller(s, c, g->from, 1, "uses keys");
    return tri_link_fail(s->l, TRI_E_MISMATCH,
                         "%s is P%u and uses keys, P%u does not: give all "
                         "three parties keys",
                         c->name, g->from, s->cfg->id);
}

/* The greeting is complete. *more: the handshake follows. */
static int hear_greeting(struct join *s, struct caller *c, int *more)
{
    struct tri_greeting g;

    *more = 0;
    if (tri_greeting_parse(&g, c->in) != TRI_OK) {
        drop_caller(s, c, ANYBODY, 0, "called, but is not a party");
        return TRI_OK;
    }
    if (g.version != TRI_WIRE_VERSION || g.to != s->cfg->id ||
        g.from <= s->cfg->id || g.sealed != sealed(s))
        return refuse(s, c, &g);
    /* A second P_j gets no answer. If the first is gone, it will be noticed,
     * and the second calls again. */
    if (s->p[g.from].state == JOINED) {
        drop_caller(s, c, g.from, 0, "is another one");
        return TRI_OK;
    }
    c->from = g.from;
    c->have = 0;
    c->step = READ_CALL;
    *more = g.sealed == TRI_GREETING_SEALED;
    if (*more)
        return TRI_OK;
    if (send_greeting(s, c->fd, g.from, TRI_GREETING_PLAIN, NULL, 0) != 0) {
        drop_caller(s, c, g.from, 0, "hung up during the greeting");
        return TRI_OK;
    }
    joined(s, g.from, c->fd);
    c->fd = -1;
    return TRI_OK;
}

/* The call is complete. 1: the confirmation follows; 0: done. */
static int hear_call(struct join *s, struct caller *c)
{
    uint8_t answer[TRI_SECURE_ANSWER], ephemeral[32];
    char what[100];
    int rc = tri_net_random(ephemeral, sizeof(ephemeral));

    if (rc == TRI_OK)
        rc = tri_secure_answer(&c->sec, s->cfg->k, s->cfg->keys, s->cfg->id,
                               c->from, tri_aead_best(s->cfg->k), ephemeral,
                               c->in, answer);
    tri_wipe(ephemeral, sizeof(ephemeral));
    if (rc != TRI_OK) {
        (void)send_greeting(s, c->fd, c->from, TRI_GREETING_STRANGER, NULL, 0);
        (void)snprintf(what, sizeof(what),
                       "called as P%u, but has not the key of P%u that is "
                       "known here",
                       c->from, c->from);
        drop_caller(s, c, c->from, 1, what);
        return 0;
    }
    if (send_greeting(s, c->fd, c->from, TRI_GREETING_SEALED, answer,
                      sizeof(answer)) != 0) {
        drop_caller(s, c, c->from, 0, "hung up during the greeting");
        return 0;
    }
    c->have = 0;
    c->step = READ_CONFIRM;
    return 1;
}

static void hear_confirm(struct join *s, struct caller *c)
{
    if (tri_secure_confirmed(&c->sec, c->in) != TRI_OK) {
        drop_caller(s, c, c->from, 1, "repeats an old call");
    } else if (s->p[c->from].state == JOINED) {
        drop_caller(s, c, c->from, 0, "is another one");
    } else {
        s->p[c->from].sec = c->sec;
        joined(s, c->from, c->fd);
        c->fd = -1;
        tri_secure_wipe(&c->sec);
    }
}

static int hear_caller(struct join *s, struct caller *c)
{
    static const size_t length[] = { TRI_GREETING_BYTES, TRI_SECURE_CALL,
                                     TRI_SECURE_CONFIRM };
    int more = 1, rc = TRI_OK;

    while (more) {
        switch (read_bytes(c->fd, c->in, length[c->step], &c->have)) {
        case 0:
            return TRI_OK;
        case -1:
            if (c->step == READ_GREETING)
                drop_caller(s, c, ANYBODY, 0,
                            "called, but hung up without a greeting");
            else
                drop_caller(s, c, c->from, 0, "hung up during the greeting");
            return TRI_OK;
        default:
            break;
        }
        switch (c->step) {
        case READ_GREETING:
            rc = hear_greeting(s, c, &more);
            break;
        case READ_CALL:
            more = hear_call(s, c);
            break;
        case READ_CONFIRM:
            hear_confirm(s, c);
            return TRI_OK;
        }
    }
    return rc;
}

static int accept_callers(struct join *s)
{
    /* Not all that wait: more may come without an end, and a deadline has to
     * be kept. */
    for (int n = 0, rc; n < CALLERS; n++) {
        struct sockaddr_storage sa;
        socklen_t len = sizeof(sa);
        const int fd = accept4(s->fd, (struct sockaddr *)&sa, &len,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct caller *c = &s->callers[0];

        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                       errno == ENOBUFS))
            return tri_link_fail(s->l, TRI_E_IO, "cannot accept: %s",
                                 strerror(errno));
        if (fd < 0)
            return TRI_OK; /* none left, or one that failed already */
        /* A free place, or that of the one who is silent longest. */
        for (unsigned i = 1; i < CALLERS && c->fd >= 0; i++)
            if (s->callers[i].fd < 0 || s->callers[i].until < c->until)
                c = &s->callers[i];
        if (c->fd >= 0)
            drop_caller(s, c, ANYBODY, 0, "called, but said nothing");
        c->fd = fd;
        c->step = READ_GREETING;
        c->have = 0;
        c->until = now_ms() + GREETING_MS;
        tri_tcp_print(c->name, sizeof(c->name), (struct sockaddr *)&sa, len);
        rc = hear_caller(s, c);
        if (rc != TRI_OK)
            return rc;
    }
    return TRI_OK;
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
    p->at = now_ms();
    if (p->next != NULL)
        return;
    if (p->list != NULL)
        freeaddrinfo(p->list);
    p->list = NULL;
    p->at += p->pause;
    p->pause = 2 * p->pause < PAUSE_MAX_MS ? 2 * p->pause : PAUSE_MAX_MS;
}

static void note_errno(struct peer *p, int err)
{
    if (err == ECONNREFUSED)
        note(p, 0, "nobody listens there");
    else
        note(p, 0, "it cannot be reached: %s", strerror(err));
}

/* Greet, and call if the connection is to be sealed. */
static int greet(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    uint8_t call[TRI_SECURE_CALL], ephemeral[32];
    int rc;

    if (s->cfg->keys == NULL)
        return send_greeting(s, p->fd, j, TRI_GREETING_PLAIN, NULL, 0);
    rc = tri_net_random(ephemeral, sizeof(ephemeral));
    if (rc == TRI_OK)
        rc = tri_secure_call(&p->sec, s->cfg->k, s->cfg->keys, s->cfg->id, j,
                             tri_aead_best(s->cfg->k), ephemeral, call);
    tri_wipe(ephemeral, sizeof(ephemeral));
    return rc == TRI_OK ? send_greeting(s, p->fd, j, TRI_GREETING_SEALED, call,
                                        sizeof(call))
                        : -1;
}

static void connected(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    int err = 0;
    socklen_t len = sizeof(err);

    (void)getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &err, &len);
    if (err != 0) {
        note_errno(p, err);
        retry(p);
        return;
    }
    note(p, 0, "somebody listens there, but does not greet");
    if (greet(s, j) != 0) {
        retry(p);
        return;
    }
    /* The party may listen before it looks: its greeting may take until the
     * deadline. */
    p->state = GREETING;
    p->at = s->deadline;
}

static void call(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    char host[TRI_TCP_HOST], port[TRI_TCP_PORT];
    const struct addrinfo *a;
    int rc;

    if (p->list == NULL) {
        (void)tri_tcp_split(s->cfg->addr[j], host, port);
        rc = tri_tcp_resolve(host, port, 0, &p->list);
        if (rc != 0) { /* a name may come up together with its machine */
            note(p, 0, "%s", gai_strerror(rc));
            p->list = p->next = NULL;
            retry(p);
            return;
        }
        p->next = p->list;
    }
    a = p->next;
    p->next = a->ai_next;
    p->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0) {
        note_errno(p, errno);
        retry(p);
        return;
    }
    tri_tcp_buffers(p->fd);
    p->state = CONNECTING;
    p->at = now_ms() + ATTEMPT_MS;
    if (connect(p->fd, a->ai_addr, a->ai_addrlen) == 0)
        connected(s, j);
    else if (errno != EINPROGRESS) {
        note_errno(p, errno);
        retry(p);
    }
}

/* The greeting is complete. */
static int check_greeting(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    const char *addr = s->cfg->addr[j];
    struct tri_greeting g;

    if (tri_greeting_parse(&g, p->in) != TRI_OK)
        return tri_link_fail(s->l, TRI_E_PROTO,
                             "something else than P%u answers at %.100s: "
                             "check the address",
                             j, addr);
    if (g.version != TRI_WIRE_VERSION)
        return tri_link_fail(s->l, TRI_E_MISMATCH,
                             "P%u at %.100s speaks version %u of the "
                             "connection format, P%u version %d",
                             j, addr, g.version, s->cfg->id, TRI_WIRE_VERSION);
    if (g.from != j || g.to != s->cfg->id)
        return tri_link_fail(s->l, TRI_E_MISMATCH,
                             "P%u answers at %.100s where P%u was expected: "
                             "check the addresses",
                             g.from, addr, j);
    if (g.sealed == TRI_GREETING_STRANGER && sealed(s))
        return tri_link_fail(s->l, TRI_E_CRYPTO,
                             "P%u at %.100s and this party, P%u, do not know "
                             "each other's keys: compare the public keys in "
                             "both configurations",
                             j, addr, s->cfg->id);
    if (g.sealed != sealed(s))
        return tri_link_fail(s->l, TRI_E_MISMATCH,
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
    if (send_bytes(p->fd, confirm, sizeof(confirm)) != 0)
        retry(p);
    else
        joined(s, j, p->fd);
    return TRI_OK;
}

static int hear_answer(struct join *s, unsigned j)
{
    struct peer *p = &s->p[j];
    int rc;

    for (;;) {
        switch (read_bytes(p->fd, p->in,
                           p->state == GREETING ? (size_t)TRI_GREETING_BYTES
                                                : (size_t)TRI_SECURE_ANSWER,
                           &p->have)) {
        case 0:
            return TRI_OK;
        case -1:
            note(p, 0, "somebody there hung up: is another P%u running?",
                 s->cfg->id);
            retry(p);
            return TRI_OK;
        default:
            break;
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
    p->next = NULL;
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
    if (p->list != NULL)
        freeaddrinfo(p->list);
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
    return tri_link_fail(s->l, TRI_E_TIMEOUT, "%s", text);
}

/* Everything whose time has come; returns when something is due next. */
static uint64_t on_time(struct join *s)
{
    const uint64_t now = now_ms();
    uint64_t next = s->deadline;

    for (unsigned i = 0; i < CALLERS; i++) {
        struct caller *c = &s->callers[i];

        if (c->fd >= 0 && now >= c->until)
            drop_caller(s, c, ANYBODY, 0, "called, but said nothing");
        if (c->fd >= 0 && c->until < next)
            next = c->until;
    }
    for (unsigned j = 0; j < s->cfg->id; j++) {
        struct peer *p = &s->p[j];

        if (p->state == CONNECTING && now >= p->at) {
            note(p, 0, "no answer from there: wrong, or behind a firewall?");
            retry(p);
        }
        while (p->state == IDLE && now >= p->at)
            call(s, j);
        if (p->state != JOINED && p->at < next)
            next = p->at;
    }
    return next;
}

static int turn(struct join *s)
{
    struct pollfd w[SLOTS];
    const uint64_t next = on_time(s), now = now_ms();
    int rc = TRI_OK;

    w[0] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
    for (unsigned i = 0; i < CALLERS; i++)
        w[1 + i] = (struct pollfd){ .fd = s->callers[i].fd, .events = POLLIN };
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const struct peer *p = &s->p[j];
        struct pollfd *f = &w[1 + CALLERS + j];

        *f = (struct pollfd){ .fd = p->fd, .events = POLLIN };
        if (p->state == CONNECTING)
            f->events = POLLOUT;
        if (p->state == JOINED)
            f->events = POLLRDHUP;
    }
    if (poll(w, SLOTS, next > now ? (int)(next - now) : 0) <= 0)
        return TRI_OK;
    for (unsigned j = 0; j < TRI_PARTIES && rc == TRI_OK; j++) {
        if (w[1 + CALLERS + j].revents == 0)
            continue;
        if (s->p[j].state == JOINED)
            rejoin(&s->p[j]);
        else if (s->p[j].state == CONNECTING)
            connected(s, j);
        else if (s->p[j].state == GREETING || s->p[j].state == ANSWER)
            rc = hear_answer(s, j);
    }
    for (unsigned i = 0; i < CALLERS && rc == TRI_OK; i++)
        if (w[1 + i].revents != 0)
            rc = hear_caller(s, &s->callers[i]);
    if (rc == TRI_OK && w[0].revents != 0)
        rc = accept_callers(s);
    return rc;
}

static int check_config(struct tri_link *l, const struct tri_tcp_config *cfg)
{
    char host[TRI_TCP_HOST], port[TRI_TCP_PORT];

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
    }
    return TRI_OK;
}

int tri_tcp_join(struct tri_link *l, const struct tri_tcp_config *cfg,
                 int fd[TRI_PARTIES], struct tri_secure sec[TRI_PARTIES])
{
    struct join s = { .l = l, .cfg = cfg, .fd = -1 };
    int rc = check_config(l, cfg);

    for (unsigned i = 0; i < CALLERS; i++)
        s.callers[i].fd = -1;
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        s.p[j].fd = s.p[j].ended.fd = -1;
        s.p[j].pause = PAUSE_MIN_MS;
    }
    if (cfg->listen_fd > 0) {
        s.fd = cfg->listen_fd;
        (void)fcntl(s.fd, F_SETFL, O_NONBLOCK);
    } else if (rc == TRI_OK && cfg->id + 1 < TRI_PARTIES) {
        rc = tri_tcp_listen(
            &s.fd, NULL, cfg->listen != NULL ? cfg->listen : cfg->addr[cfg->id],
            l->error);
    }
    s.deadline = now_ms() + cfg->connect_ms;
    while (rc == TRI_OK && missing(&s) > 0)
        rc = now_ms() < s.deadline ? turn(&s) : too_late(&s);

    for (unsigned i = 0; i < CALLERS; i++)
        if (s.callers[i].fd >= 0)
            close(s.callers[i].fd);
    if (s.fd >= 0)
        close(s.fd);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        finish(&s.p[j], rc == TRI_OK, &fd[j], &sec[j]);
    tri_wipe(&s, sizeof(s));
    return rc;
}
