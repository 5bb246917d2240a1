#include "net/tcp/door.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "core/hash.h"
#include "core/mem.h"
#include "net/fail.h"
#include "net/host/random.h"
#include "net/record.h"

enum {
    ANYBODY = TRI_PARTIES,
    SHUT_MS = 50,        /* until the next try, where there is no descriptor */
    SPARE = 2,           /* descriptors for the calls of this party itself   */
    STARVED_NS = 1000000 /* before a socket without memory is ready again */
};

int tri_door_starved(int e)
{
    return e == EMFILE || e == ENFILE || e == ENOMEM || e == ENOBUFS;
}

int tri_door_send(const struct tri_tcp_config *cfg, int fd, uint32_t to,
                  unsigned kind, const uint8_t *more, size_t n)
{
    const struct tri_greeting g = { TRI_WIRE_VERSION, cfg->id, to, kind };
    uint8_t wire[TRI_GREETING_BYTES + TRI_DOOR_INPUT];

    tri_greeting_print(wire, &g);
    if (n > 0)
        memcpy(wire + TRI_GREETING_BYTES, more, n);
    n += TRI_GREETING_BYTES;
    /* The first bytes on a new connection: there is room for them. */
    errno = 0;
    return send(fd, wire, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n ? 0
                                                                        : -1;
}

int tri_door_read(int fd, uint8_t *buf, size_t n, size_t *have)
{
    const struct timespec pause = { 0, STARVED_NS };

    while (*have < n) {
        const ssize_t k = recv(fd, buf + *have, n - *have, MSG_DONTWAIT);

        if (k > 0) {
            *have += (size_t)k;
        } else if (k == 0) {
            errno = 0;
            return -1;
        } else if (tri_door_starved(errno)) {
            const int e = errno;

            (void)nanosleep(&pause, NULL); /* poll() will not wait for it */
            errno = e;
            return 0;
        } else if (errno != EINTR) {
            return errno == EAGAIN ? 0 : -1;
        }
    }
    return 1;
}

/* ---- places ------------------------------------------------------------- */

/* The place becomes free; the last caller moves to it. */
static void leave(struct tri_door *d, struct tri_door_caller *c)
{
    d->group[c->group]--;
    if (c->sec != NULL) {
        tri_secure_wipe(c->sec);
        d->taken[c->sec - d->sec] = 0;
    }
    *c = d->c[--d->n];
}

/* Note what came of a caller, who may have been `from`. */
static void note(struct tri_door *d, unsigned from, int known, const char *text)
{
    for (unsigned j = d->cfg->id + 1; j < TRI_PARTIES; j++)
        if (d->host.wanted(d->host.self, j) && (from == j || from == ANYBODY))
            d->host.note(d->host.self, j, known, text);
}

/* Forget a caller, who may have been `from`. */
static void drop(struct tri_door *d, struct tri_door_caller *c, unsigned from,
                 int known, const char *what)
{
    char name[TRI_TCP_SHOWN], text[TRI_TCP_SHOWN + 120];

    tri_tcp_print(name, &c->addr);
    (void)snprintf(text, sizeof text, "%s %s", name, what);
    note(d, from, known, text);
    d->calls++;
    close(c->fd);
    leave(d, c);
}

/* Nothing can be sent to a caller, or heard from it: errno e, or 0. */
static void lose(struct tri_door *d, struct tri_door_caller *c, unsigned from,
                 int e)
{
    char what[100];

    if (!tri_door_starved(e)) {
        drop(d, c, from, 0,
             from == ANYBODY ? "called, but hung up without a greeting"
                             : "hung up during the greeting");
        return;
    }
    (void)snprintf(what, sizeof what,
                   "called, but the system of P%u fails it: %.60s", d->cfg->id,
                   strerror(e));
    drop(d, c, from, TRI_DOOR_PASSES, what);
}

/* The system has no memory to hear a caller; it is tried again. */
static void not_heard(struct tri_door *d, unsigned from, int e)
{
    char text[100];

    (void)snprintf(text, sizeof text, "the system of P%u fails its call: %.60s",
                   d->cfg->id, strerror(e));
    note(d, from, TRI_DOOR_PASSES, text);
}

/* 0: not answered; 1: answered; 2: has proved its key. */
static int rank(const struct tri_door_caller *c)
{
    return c->proved ? 2 : c->step == TRI_DOOR_CONFIRM;
}

/* Is `a` to go rather than `b`? */
static int less(const struct tri_door *d, const struct tri_door_caller *a,
                const struct tri_door_caller *b)
{
    if (rank(a) != rank(b))
        return rank(a) < rank(b);
    if (d->group[a->group] != d->group[b->group])
        return d->group[a->group] > d->group[b->group];
    return a->until < b->until;
}

static void make_room(struct tri_door *d, uint64_t now)
{
    if (now >= d->most_until)
        d->most = TRI_DOOR_CALLERS;
    while (d->n > 0 && d->n >= d->most) {
        struct tri_door_caller *c = &d->c[0];

        for (size_t i = 1; i < d->n; i++)
            if (less(d, &d->c[i], c))
                c = &d->c[i];
        drop(d, c, rank(c) > 0 ? c->from : ANYBODY, 0,
             "called, but said too little");
    }
}

/* ---- what they say ------------------------------------------------------ */

static unsigned own_kind(const struct tri_door *d)
{
    return d->cfg->keys != NULL ? TRI_GREETING_SEALED : TRI_GREETING_PLAIN;
}

/* A caller that greets and does not fit. */
static int refuse(struct tri_door *d, struct tri_door_caller *c,
                  const struct tri_greeting *g)
{
    const unsigned id = d->cfg->id;
    char what[100];

    if (g->version != TRI_WIRE_VERSION) {
        /* The answer tells the caller the same. */
        (void)tri_door_send(d->cfg, c->fd, id + 1, own_kind(d), NULL, 0);
        (void)snprintf(what, sizeof(what),
                       "speaks version %u of the connection format, not %d",
                       g->version, TRI_WIRE_VERSION);
        drop(d, c, ANYBODY, 1, what);
        return TRI_OK;
    }
    (void)tri_door_send(d->cfg, c->fd, g->from, own_kind(d), NULL, 0);
    if (g->to != id || g->from <= id) {
        (void)snprintf(what, sizeof(what),
                       "is P%u and wanted P%u: check the addresses", g->from,
                       g->to);
        drop(d, c, g->from > id ? g->from : ANYBODY, 1, what);
        return TRI_OK;
    }
    if (d->cfg->keys != NULL) {
        (void)snprintf(what, sizeof(what),
                       "is P%u and uses no keys: give all three parties keys",
                       g->from);
        drop(d, c, g->from, 1, what);
        return TRI_OK;
    }
    tri_tcp_print(what, &c->addr);
    drop(d, c, g->from, 1, "uses keys");
    return tri_link_fail(d->l, TRI_E_MISMATCH,
                         "%s is P%u and uses keys, P%u does not: give all "
                         "three parties keys",
                         what, g->from, id);
}

/* Of this kind, on a connection of our kind? */
static int fits(const struct tri_door *d, const struct tri_greeting *g)
{
    return g->version == TRI_WIRE_VERSION && g->to == d->cfg->id &&
           g->from > d->cfg->id &&
           (g->sealed == own_kind(d) ||
            (g->sealed == TRI_GREETING_PROVED && d->cfg->keys != NULL));
}

static void enter(struct tri_door *d, struct tri_door_caller *c)
{
    d->host.enter(d->host.self, c->from, c->fd, c->sec);
    leave(d, c);
}

/* The greeting is complete. *gone: the caller has no place any more. */
static int hear_greeting(struct tri_door *d, struct tri_door_caller *c,
                         int *gone)
{
    struct tri_greeting g;

    *gone = 1;
    if (tri_greeting_parse(&g, c->in) != TRI_OK) {
        drop(d, c, ANYBODY, 0, "called, but is not a party");
        return TRI_OK;
    }
    if (!fits(d, &g))
        return refuse(d, c, &g);
    /* A second P_j gets no answer. If the first is gone, it will be noticed,
     * and the second calls again. */
    if (!d->host.wanted(d->host.self, g.from)) {
        drop(d, c, g.from, 0, "is another one");
        return TRI_OK;
    }
    c->from = g.from;
    c->kind = g.sealed;
    if (g.sealed == TRI_GREETING_PLAIN) {
        if (tri_door_send(d->cfg, c->fd, g.from, g.sealed, NULL, 0) != 0)
            lose(d, c, g.from, errno);
        else
            enter(d, c);
        return TRI_OK;
    }
    *gone = 0;
    c->step = TRI_DOOR_CALL;
    c->have = 0;
    c->want =
        g.sealed == TRI_GREETING_PROVED ? TRI_DOOR_INPUT : TRI_SECURE_CALL;
    return TRI_OK;
}

/* May one more call be answered without a proof? */
static int afford(struct tri_door *d, uint64_t now)
{
    const uint64_t pace = TRI_DOOR_MS / TRI_DOOR_CALLS;

    while (d->credit < TRI_DOOR_CALLS && now - d->credit_at >= pace) {
        d->credit++;
        d->credit_at += pace;
    }
    if (d->credit == TRI_DOOR_CALLS)
        d->credit_at = now;
    if (d->credit == 0)
        return 0;
    d->credit--;
    return 1;
}

/* There are as many as callers. */
static struct tri_secure *free_state(struct tri_door *d)
{
    size_t i = 0;

    while (d->taken[i])
        i++;
    d->taken[i] = 1;
    return &d->sec[i];
}

static void give_cookie(struct tri_door *d, struct tri_door_caller *c)
{
    uint8_t cookie[TRI_COOKIE_BYTES];

    tri_cookie_make(cookie, &d->jar, c->from, c->bytes);
    (void)tri_door_send(d->cfg, c->fd, c->from, TRI_GREETING_COOKIE, cookie,
                        sizeof cookie);
    drop(d, c, c->from, 0, "called among many, and has to prove its key");
}

static int answer(struct tri_door *d, struct tri_door_caller *c)
{
    uint8_t out[TRI_SECURE_ANSWER], ephemeral[32];
    int rc = tri_net_random(ephemeral, sizeof(ephemeral));

    if (rc == TRI_OK)
        rc = tri_secure_answer(c->sec, d->cfg->k, d->cfg->keys, d->cfg->id,
                               c->from, tri_aead_best(d->cfg->k), ephemeral,
                               c->in, out);
    tri_wipe(ephemeral, sizeof(ephemeral));
    if (rc != TRI_OK)
        return rc;
    return tri_door_send(d->cfg, c->fd, c->from, TRI_GREETING_SEALED, out,
                         sizeof out) == 0
               ? TRI_OK
               : TRI_E_IO;
}

/* The call is complete. \return non-zero if the caller has no place any more */
static int hear_call(struct tri_door *d, struct tri_door_caller *c,
                     uint64_t now)
{
    char what[100];
    int rc;

    c->proved = c->kind == TRI_GREETING_PROVED &&
                tri_cookie_proved(&d->jar, c->from, d->key[c->from], c->bytes,
                                  c->in, c->in + TRI_SECURE_CALL);
    if (!c->proved && !afford(d, now)) {
        give_cookie(d, c);
        return 1;
    }
    errno = 0;
    c->sec = free_state(d);
    rc = answer(d, c);
    if (rc == TRI_OK) {
        c->step = TRI_DOOR_CONFIRM;
        c->have = 0;
        c->want = TRI_SECURE_CONFIRM;
        return 0;
    }
    if (rc == TRI_E_CRYPTO) {
        (void)tri_door_send(d->cfg, c->fd, c->from, TRI_GREETING_STRANGER, NULL,
                            0);
        (void)snprintf(what, sizeof(what),
                       "called as P%u, but has not the key of P%u that is "
                       "known here",
                       c->from, c->from);
        drop(d, c, c->from, 1, what);
    } else {
        lose(d, c, c->from, errno);
    }
    return 1;
}

static void hear_confirm(struct tri_door *d, struct tri_door_caller *c)
{
    if (tri_secure_confirmed(c->sec, c->in) != TRI_OK)
        drop(d, c, c->from, 1, "repeats an old call");
    else if (!d->host.wanted(d->host.self, c->from))
        drop(d, c, c->from, 0, "is another one");
    else
        enter(d, c);
}

/* Hear what there is. The caller may have no place afterwards. */
static int hear(struct tri_door *d, struct tri_door_caller *c, uint64_t now)
{
    int rc = TRI_OK, gone = 0;

    while (!gone) {
        const int whole = tri_door_read(c->fd, c->in, c->want, &c->have);

        const unsigned from = c->step == TRI_DOOR_GREETING ? ANYBODY : c->from;

        if (whole == 0 && tri_door_starved(errno))
            not_heard(d, from, errno);
        if (whole < 0)
            lose(d, c, from, errno);
        if (whole <= 0)
            return TRI_OK;
        switch (c->step) {
        case TRI_DOOR_GREETING:
            rc = hear_greeting(d, c, &gone);
            break;
        case TRI_DOOR_CALL:
            gone = hear_call(d, c, now);
            break;
        case TRI_DOOR_CONFIRM:
            hear_confirm(d, c);
            gone = 1;
            break;
        }
    }
    return rc;
}

/* ---- who comes ---------------------------------------------------------- */

static void place(struct tri_door *d, int fd, const union tri_tcp_addr *addr,
                  uint64_t now)
{
    struct tri_door_caller *const c = &d->c[d->n++];
    uint8_t digest[TRI_HASH_BYTES];
    struct tri_hash s;

    *c = (struct tri_door_caller){ .fd = fd,
                                   .until = now + TRI_DOOR_MS,
                                   .want = TRI_GREETING_BYTES,
                                   .addr = *addr };
    tri_tcp_bytes(c->bytes, addr);
    /* Under a key: nobody can choose addresses that look like another. */
    tri_hash_init(&s, d->jar.secret, sizeof d->jar.secret);
    tri_hash_update(&s, c->bytes, sizeof c->bytes);
    tri_hash_final(&s, digest);
    c->group = digest[0];
    d->group[c->group]++;
}

/* The system has no descriptor, or no memory, for one more. If there is one
 * more (accept() does not look before), the door waits a little: that may pass.
 * If it has not, there are fewer places for some time; without callers there
 * is nothing to give away. Zero if the door waits.
 */
static int fewer(struct tri_door *d, uint64_t now, int err)
{
    struct pollfd p = { .fd = d->fd, .events = POLLIN };
    char text[100];

    if (poll(&p, 1, 0) != 1)
        return 0;
    if (d->n > 0 && d->refused) {
        d->most = d->n > SPARE + 1 ? d->n - SPARE : 1;
        d->most_until = now + TRI_DOOR_MS;
        return 1;
    }
    d->refused = 1;
    d->shut_until = now + SHUT_MS;
    (void)snprintf(text, sizeof text, "cannot take its call: %.60s",
                   strerror(err));
    if (d->n == 0)
        note(d, ANYBODY, TRI_DOOR_PASSES, text);
    return 0;
}

/* Not all that wait: more may come without an end, and a deadline has to be
 * kept. */
static int take_callers(struct tri_door *d, uint64_t now)
{
    int rc = TRI_OK;

    for (int i = 0; i < TRI_DOOR_BURST && rc == TRI_OK; i++) {
        union tri_tcp_addr addr;
        socklen_t len = sizeof addr;
        int fd;

        memset(&addr, 0, sizeof addr);
        make_room(d, now);
        fd = accept4(d->fd, &addr.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            d->refused = 0;
            place(d, fd, &addr, now);
            rc = hear(d, &d->c[d->n - 1], now);
        } else if (tri_door_starved(errno)) {
            if (!fewer(d, now, errno))
                break;
        } else if (errno == EAGAIN) {
            break;
        } /* else one that has failed already, or a signal */
    }
    return rc;
}

/* ---- interface ---------------------------------------------------------- */

int tri_door_open(struct tri_door *d, struct tri_link *l,
                  const struct tri_tcp_config *cfg, int fd,
                  const struct tri_door_host *host)
{
    int rc = tri_net_random(d->jar.secret, sizeof d->jar.secret);

    d->l = l;
    d->cfg = cfg;
    d->host = *host;
    d->fd = fd;
    d->most = TRI_DOOR_CALLERS;
    d->credit = TRI_DOOR_CALLS;
    for (unsigned j = cfg->id + 1; cfg->keys != NULL && j < TRI_PARTIES; j++)
        /* Nobody can prove a key that makes no secret. */
        if (tri_cookie_key(d->key[j], cfg->keys, cfg->id, j) != TRI_OK)
            rc |= tri_net_random(d->key[j], sizeof d->key[j]);
    return rc == TRI_OK
               ? TRI_OK
               : tri_link_fail(l, TRI_E_IO, "the system has no random bytes");
}

size_t tri_door_watch(const struct tri_door *d, uint64_t now, struct pollfd *p)
{
    p[0] = (struct pollfd){ .fd = now >= d->shut_until ? d->fd : -1,
                            .events = POLLIN };
    for (size_t i = 0; i < d->n; i++)
        p[1 + i] = (struct pollfd){ .fd = d->c[i].fd, .events = POLLIN };
    return 1 + d->n;
}

int tri_door_serve(struct tri_door *d, uint64_t now, const struct pollfd *p,
                   size_t n)
{
    int rc = TRI_OK;

    /* Backwards: who leaves gives its place to one that has been heard. */
    for (size_t i = n - 1; i > 0 && rc == TRI_OK; i--)
        if (p[i].revents != 0)
            rc = hear(d, &d->c[i - 1], now);
    if (rc == TRI_OK && p[0].revents != 0)
        rc = take_callers(d, now);
    return rc;
}

uint64_t tri_door_on_time(struct tri_door *d, uint64_t now)
{
    uint64_t next = now < d->shut_until ? d->shut_until : UINT64_MAX;

    for (size_t i = d->n; i > 0; i--) {
        struct tri_door_caller *const c = &d->c[i - 1];

        if (now >= c->until)
            drop(d, c, c->step == TRI_DOOR_CONFIRM ? c->from : ANYBODY, 0,
                 "called, but said nothing");
        else if (c->until < next)
            next = c->until;
    }
    return next;
}

void tri_door_close(struct tri_door *d)
{
    while (d->n > 0) {
        close(d->c[0].fd);
        leave(d, &d->c[0]);
    }
    if (d->fd >= 0)
        close(d->fd);
    tri_wipe(d, sizeof *d);
    d->fd = -1;
}
