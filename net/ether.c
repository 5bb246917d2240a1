#include "net/ether.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/ether_arq.h"
#include "net/ether_in.h"
#include "net/ether_out.h"
#include "net/ether_port.h"
#include "net/fail.h"
#include "net/random.h"
#include "net/record.h"

enum {
    NOBODY = TRI_PARTIES,
    SEGMENTS = 4096, /* frames under way to one peer                   */
    HURRY_US = 500,  /* a flush waits for a peer before it copies       */
    LINGER_MS = 100, /* for a peer that has ended to hear our end      */
    FRAMES = 256,    /* taken in before anything is sent               */
    ROUNDS = 16,     /* of taking in and sending, in one step          */
    REASON = 8 + TRI_SECURE_HEADER, /* record number, goodbye           */
    INPUT = TRI_GREETING_BYTES + TRI_SECURE_CALL
};

enum step { START, GREETING, CALL, ANSWER, CONFIRM, JOINED };

struct ether;

struct conn {
    struct ether *e; /* NULL: own entry */
    unsigned peer;
    uint8_t mac[TRI_PORT_MAC];
    int fixed; /* mac is from the configuration, or of an open session */
    struct tri_arq arq;
    struct tri_ether_out out;
    struct tri_ether_in in;
    struct tri_secure sec;
    uint8_t *ring, *mem;
    struct tri_arq_seg *seg;
    int gone; /* said an orderly goodbye */

    /* joining */
    enum step step;
    uint8_t hs[INPUT];
    size_t have, want;
};

struct ether {
    unsigned id;
    struct tri_link *l; /* while inside; the caller may move it in between */
    struct tri_port port;
    struct conn c[TRI_PARTIES];
    int sealed, joined, gave_up;
    uint64_t sent[TRI_PARTIES], received[TRI_PARTIES], wait_ns;

    pthread_mutex_t lock;
    pthread_t thread;
    int running, stop;
    int hurry;      /* a flush looks often whether it can copy */
    int inside;     /* the party is in a function of the link */
    uint64_t calls; /* how often it was                       */
};

static uint64_t now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static unsigned other(const struct tri_link *l, unsigned k)
{
    return (l->id + k) % TRI_PARTIES;
}

static struct conn *peer(struct ether *e, unsigned k)
{
    return &e->c[(e->id + k) % TRI_PARTIES];
}

/* ---- what the state machine needs --------------------------------------- */

static int io_send(void *ctx, const struct tri_piece *v, unsigned n)
{
    struct conn *c = ctx;

    for (unsigned i = 0; i < n; i++)
        c->e->sent[c->peer] += v[i].n;
    c->e->sent[c->peer] += TRI_PORT_HEAD;
    tri_port_send(&c->e->port, c->mac, v, n);
    return 1;
}

static unsigned io_source(void *ctx, uint64_t off, uint32_t len,
                          struct tri_piece v[TRI_ARQ_PIECES])
{
    struct conn *c = ctx;

    return tri_ether_out_source(&c->out, off, len, v);
}

static size_t io_sink(void *ctx, const uint8_t *p, size_t n)
{
    struct conn *c = ctx;

    if (c->step == JOINED)
        return tri_ether_in_feed(&c->in, c->e->l, c->peer, p, n);
    if (n > c->want - c->have)
        n = c->want - c->have;
    memcpy(c->hs + c->have, p, n);
    c->have += n;
    return n;
}

/* ---- one step ----------------------------------------------------------- */

static void take_frame(struct ether *e, const uint8_t *p, size_t n,
                       const uint8_t *from, uint64_t now)
{
    struct tri_frame f;
    struct conn *c;

    if (tri_frame_parse(&f, p, n) != TRI_OK || f.from > 2)
        return;
    c = &e->c[f.from];
    if (c->e == NULL || f.to != e->id)
        return; /* its own name, or another's frame */
    if (!c->fixed && f.type == TRI_FRAME_HELLO)
        memcpy(c->mac, from, TRI_PORT_MAC);
    else if (memcmp(c->mac, from, TRI_PORT_MAC) != 0)
        return;
    e->received[f.from] += n + TRI_PORT_HEAD;
    tri_arq_input(&c->arq, &f, now);
    c->fixed |= c->arq.state == TRI_ARQ_OPEN;
}

static uint64_t serve(struct conn *c, uint64_t now)
{
    tri_ether_out_acked(&c->out, c->arq.una);
    tri_ether_out_pump(&c->out);
    c->arq.end = c->out.end;
    return tri_arq_poll(&c->arq, now);
}

/* Take in what there is, send what is due. When to come again. */
static uint64_t step(struct ether *e)
{
    uint64_t next = 0, now = now_us();

    for (int round = 0; round < ROUNDS && next <= now; round++) {
        const uint8_t *p, *from;
        size_t n;

        for (int i = 0; i < FRAMES; i++) {
            p = tri_port_receive(&e->port, &n, &from);
            if (p == NULL)
                break;
            take_frame(e, p, n, from, now);
        }
        next = UINT64_MAX;
        for (unsigned k = 1; k < TRI_PARTIES; k++) {
            const uint64_t t = serve(peer(e, k), now);

            next = t < next ? t : next;
        }
        tri_port_flush(&e->port);
        now = now_us();
    }
    return next;
}

static void lock(struct tri_link *l)
{
    struct ether *e = l->self;

    pthread_mutex_lock(&e->lock);
    e->l = l;
    e->inside = 1;
    e->calls++;
}

static int unlock(struct tri_link *l, int rc)
{
    struct ether *e = l->self;

    memcpy(l->stats.sent, e->sent, sizeof e->sent);
    memcpy(l->stats.received, e->received, sizeof e->received);
    l->stats.wait_ns = e->wait_ns;
    e->inside = 0;
    pthread_mutex_unlock(&e->lock);
    return rc;
}

/* Sleep until a frame arrives, or at most until `until`. The lock is free
 * meanwhile, and the other thread stays away. */
static void nap(struct tri_link *l, uint64_t until)
{
    struct ether *e = l->self;
    struct pollfd p = { .fd = e->port.fd, .events = POLLIN };
    const uint64_t now = now_us();
    const uint64_t us = until > now ? until - now : 0;
    const struct timespec t = { (time_t)(us / 1000000u),
                                (long)(us % 1000000u) * 1000 };

    pthread_mutex_unlock(&e->lock);
    (void)ppoll(&p, 1, &t, NULL);
    pthread_mutex_lock(&e->lock);
    e->wait_ns += (now_us() - now) * 1000u;
}

/* While the party computes: acknowledge, repeat, give signs of life. */
static void *tend(void *arg)
{
    struct ether *e = arg;
    const struct timespec tick = { 0, TRI_ETHER_TICK_MS * 1000000 };
    uint64_t calls = 0;

    pthread_mutex_lock(&e->lock);
    while (!e->stop) {
        if (!e->inside && e->calls == calls)
            (void)step(e);
        calls = e->calls;
        pthread_mutex_unlock(&e->lock);
        (void)nanosleep(&tick, NULL);
        pthread_mutex_lock(&e->lock);
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

/* ---- the end ------------------------------------------------------------ */

/* Tell both others, at once, that this party ends because of `blamed`, and
 * let go of all buffers. */
static int give_up(struct tri_link *l, unsigned blamed, int rc)
{
    struct ether *e = l->self;
    const uint64_t now = now_us();

    for (unsigned k = 1; k < TRI_PARTIES && !e->gave_up; k++) {
        struct conn *c = peer(e, k);
        uint8_t reason[REASON];
        size_t n;

        for (unsigned i = 0; i < 8; i++)
            reason[i] = (uint8_t)(c->out.seq >> 8 * i);
        n = 8 + tri_ether_out_reason(&c->out, blamed + 1, reason + 8);
        tri_arq_abort(&c->arq, reason, (uint32_t)n, now);
    }
    e->gave_up = 1;
    tri_port_flush(&e->port);
    for (unsigned k = 1; k < TRI_PARTIES; k++) {
        struct conn *c = peer(e, k);

        c->out.q_count = c->out.s_count = c->out.lent = 0;
        c->in.active = 0;
    }
    return rc;
}

static int ended(struct tri_link *l, unsigned peer, int bye)
{
    return give_up(l, bye > 0 ? (unsigned)bye - 1 : peer,
                   tri_link_fail_bye(l, peer, bye));
}

/* The peer gave up, and says why. */
static int aborted(struct tri_link *l, struct conn *c)
{
    const size_t n = c->arq.reason_len;
    const int sealed = c->out.sec != NULL;
    uint8_t clear[TRI_RECORD_HEADER];
    struct tri_record r;
    uint64_t seq = 0;
    int rc = TRI_E_PROTO;

    if (n == 8 + (sealed ? (size_t)TRI_SECURE_HEADER : TRI_RECORD_HEADER)) {
        for (unsigned i = 0; i < 8; i++)
            seq |= (uint64_t)c->arq.reason[i] << 8 * i;
        memcpy(clear, c->arq.reason + 8, sizeof clear);
        rc = TRI_OK;
        if (seq < c->in.seq || seq - c->in.seq > UINT32_MAX)
            rc = TRI_E_PROTO;
        else if (sealed)
            rc = tri_secure_open_header(&c->sec, seq, clear, c->arq.reason + 8);
        if (rc == TRI_OK)
            rc = tri_record_parse(&r, clear);
        if (rc == TRI_OK && (r.flags != TRI_RECORD_BYE || r.depth == 0 ||
                             r.seq != (uint32_t)seq))
            rc = TRI_E_PROTO;
    }
    if (rc == TRI_OK)
        return ended(l, c->peer, (int)r.depth);
    return give_up(l, c->peer,
                   tri_link_fail(l, sealed ? TRI_E_CRYPTO : TRI_E_PROTO,
                                 "somebody ended the connection to P%u, but "
                                 "it was not P%u",
                                 c->peer, c->peer));
}

/* "; interface eth0 has no carrier", or "". */
static const char *trouble(const struct ether *e, char text[64])
{
    const char *what = tri_port_trouble(&e->port);

    text[0] = '\0';
    if (what[0] != '\0')
        (void)snprintf(text, 64, "; interface %s%s", e->port.name, what);
    return text;
}

static int check_conn(struct tri_link *l, struct conn *c, int wanted)
{
    struct ether *e = l->self;
    char text[64];

    if (c->in.rc != TRI_OK)
        return give_up(l, c->peer, c->in.rc);
    switch (c->arq.state) {
    case TRI_ARQ_RESET:
        return give_up(l, c->peer,
                       tri_link_fail(l, TRI_E_IO,
                                     "P%u on interface %s has started again: "
                                     "this session is over",
                                     c->peer, e->port.name));
    case TRI_ARQ_ABORTED:
        return aborted(l, c);
    case TRI_ARQ_DEAD:
        return give_up(l, c->peer,
                       tri_link_fail(l, TRI_E_TIMEOUT,
                                     "no frame from P%u on interface %s for "
                                     "%.1f s%s",
                                     c->peer, e->port.name,
                                     (double)l->deadline_ms / 1e3,
                                     trouble(e, text)));
    default:
        break;
    }
    if (wanted && c->in.bye >= 0)
        return ended(l, c->peer, c->in.bye);
    if (c->arq.fin_rcv) {
        c->gone = 1;
        if ((wanted && c->in.active && c->arq.taken == c->arq.rcv) ||
            !tri_ether_out_free(&c->out))
            return ended(l, c->peer, wanted ? -1 : 0);
    }
    return TRI_OK;
}

static int check(struct tri_link *l, unsigned from)
{
    struct ether *e = l->self;
    int rc = TRI_OK;

    for (unsigned k = 1; k < TRI_PARTIES && rc == TRI_OK; k++)
        rc = check_conn(l, peer(e, k), other(l, k) == from);
    return rc;
}

static int late(struct tri_link *l, unsigned from, size_t len)
{
    struct ether *e = l->self;
    char text[64];
    unsigned j = other(l, 1);

    if (from != NOBODY && trouble(e, text)[0] != '\0')
        return give_up(l, from,
                       tri_link_fail(l, TRI_E_TIMEOUT,
                                     "P%u sent nothing for %.1f s%s", from,
                                     (double)l->deadline_ms / 1e3, text));
    if (from != NOBODY)
        return give_up(l, from, tri_link_fail_silent(l, from, len));
    if (tri_ether_out_free(&e->c[j].out))
        j = other(l, 2);
    return give_up(l, j, tri_link_fail_stuck(l, j));
}

/* ---- waiting ------------------------------------------------------------ */

/* Grows with every byte that is acknowledged, or arrives from `from`. */
static uint64_t progress(const struct tri_link *l, unsigned from)
{
    struct ether *e = l->self;
    const struct conn *a = peer(e, 1), *b = peer(e, 2);

    return a->arq.una + b->arq.una + (from != NOBODY ? e->c[from].in.done : 0);
}

/*
 * One turn of a wait: step, look for failures, sleep unless `ready` holds.
 * *deadline is 0 at first and after progress, of which *seen is the measure.
 */
static int turn(struct tri_link *l, unsigned from, size_t len,
                int (*ready)(const struct tri_link *l, unsigned j), unsigned j,
                uint64_t *deadline, uint64_t *seen)
{
    struct ether *e = l->self;
    uint64_t next = step(e);
    const uint64_t now = now_us(), done = progress(l, from);
    int rc;

    if (*deadline == 0 || done != *seen)
        *deadline = now + (uint64_t)l->deadline_ms * 1000u;
    *seen = done;
    if (ready(l, j))
        return TRI_OK;
    rc = check(l, from);
    if (rc == TRI_OK && now >= *deadline)
        rc = late(l, from, len);
    if (rc == TRI_OK && e->hurry && next > now + HURRY_US)
        next = now + HURRY_US;
    if (rc == TRI_OK)
        nap(l, next < *deadline ? next : *deadline);
    return rc;
}

static int wait_for(struct tri_link *l, unsigned from, size_t len,
                    int (*ready)(const struct tri_link *l, unsigned j),
                    unsigned j)
{
    uint64_t deadline = 0, seen = 0;
    int rc = TRI_OK;

    while (rc == TRI_OK && !ready(l, j))
        rc = turn(l, from, len, ready, j, &deadline, &seen);
    return rc;
}

/* ---- operations --------------------------------------------------------- */

static int has_room(const struct tri_link *l, unsigned to)
{
    const struct ether *e = l->self;

    return e->c[to].out.q_count < TRI_ETHER_QUEUE;
}

static int is_complete(const struct tri_link *l, unsigned from)
{
    const struct ether *e = l->self;
    const struct tri_ether_in *m = &e->c[from].in;

    return !m->active && m->rc == TRI_OK && m->bye < 0;
}

static int is_free(const struct tri_link *l, unsigned nobody)
{
    struct ether *e = l->self;

    (void)nobody;
    return tri_ether_out_free(&peer(e, 1)->out) &&
           tri_ether_out_free(&peer(e, 2)->out);
}

static int ether_send(struct tri_link *l, unsigned to, const void *buf,
                      size_t len)
{
    struct ether *e = l->self;
    struct conn *c = &e->c[to];
    int rc;

    lock(l);
    rc = check(l, NOBODY);
    if (rc == TRI_OK && c->gone)
        rc = ended(l, to, 0);
    if (rc == TRI_OK)
        rc = wait_for(l, NOBODY, 0, has_room, to);
    if (rc == TRI_OK) {
        (void)tri_ether_out_send(&c->out, buf, len,
                                 (uint32_t)(l->stats.rounds + 1));
        (void)serve(c, now_us());
        tri_port_flush(&e->port);
    }
    return unlock(l, rc);
}

static int ether_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct ether *e = l->self;
    struct conn *c = &e->c[from];
    int rc;

    lock(l);
    rc = c->in.bye >= 0 ? ended(l, from, c->in.bye) : TRI_OK;
    if (rc == TRI_OK) {
        tri_ether_in_want(&c->in, buf, len);
        tri_arq_drain(&c->arq);
        rc = wait_for(l, from, len, is_complete, from);
    }
    c->in.active = 0;
    if (rc == TRI_OK) {
        const uint32_t ahead = c->in.depth - (uint32_t)l->stats.rounds;

        if (ahead < UINT32_MAX / 2) /* the depth is modulo 2^32 */
            l->stats.rounds += ahead;
    }
    return unlock(l, rc);
}

/* A peer that takes what is sent frees the buffers soon: no copy then. */
static int ether_flush(struct tri_link *l)
{
    struct ether *e = l->self;
    uint64_t deadline = 0, seen = 0, before = 0;
    int rc = TRI_OK;

    lock(l);
    e->hurry = 1;
    while (rc == TRI_OK) {
        rc = turn(l, NOBODY, 0, is_free, 0, &deadline, &seen);
        if (rc != TRI_OK || is_free(l, 0))
            break;
        if (seen == before) {
            tri_ether_out_aside(&peer(e, 1)->out);
            tri_ether_out_aside(&peer(e, 2)->out);
        }
        before = seen;
    }
    e->hurry = 0;
    return unlock(l, rc);
}

static int ether_poll(struct tri_link *l)
{
    lock(l);
    (void)step(l->self);
    return unlock(l, check(l, NOBODY));
}

static void ether_fail(struct tri_link *l)
{
    lock(l);
    (void)unlock(l, give_up(l, l->id, TRI_OK));
}

/* ---- closing ------------------------------------------------------------ */

/* Does the connection still have something to tell? `since` the end began. */
static int unheard(const struct conn *c, uint64_t since, uint64_t now)
{
    const struct tri_arq *a = &c->arq;

    if (a->state == TRI_ARQ_GIVEN_UP)
        return tri_arq_aborting(a);
    if (a->state != TRI_ARQ_OPEN || a->una > c->out.end)
        return 0;
    return !a->fin_rcv || now - since < LINGER_MS * 1000u;
}

/* Stay until both others have heard the end. */
static void linger(struct tri_link *l)
{
    struct ether *e = l->self;
    const uint64_t since = now_us();
    const uint64_t end = since + (uint64_t)l->deadline_ms * 1000u;
    uint64_t now = since;

    while (now < end && (unheard(peer(e, 1), since, now) ||
                         unheard(peer(e, 2), since, now))) {
        uint64_t next = step(e);

        now = now_us();
        if (next > now + 10000)
            next = now + 10000; /* to look at the clock */
        if (unheard(peer(e, 1), since, now) || unheard(peer(e, 2), since, now))
            nap(l, next);
        now = now_us();
    }
}

/* An orderly goodbye. */
static void part(struct tri_link *l)
{
    struct ether *e = l->self;

    for (unsigned k = 1; k < TRI_PARTIES; k++) {
        struct conn *c = peer(e, k);
        uint64_t until = now_us() + (uint64_t)l->deadline_ms * 1000u;

        while (!tri_ether_out_bye(&c->out) && now_us() < until &&
               c->arq.state == TRI_ARQ_OPEN)
            nap(l, step(e));
        c->arq.end = c->out.end;
        c->arq.fin = 1;
    }
}

static void release(struct ether *e)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct conn *c = &e->c[j];

        if (c->ring != NULL)
            tri_wipe(c->ring, TRI_ETHER_WINDOW);
        if (c->mem != NULL)
            tri_wipe(c->mem, TRI_ETHER_RING + TRI_ETHER_ASIDE);
        free(c->ring);
        free(c->mem);
        free(c->seg);
    }
    if (e->port.fd >= 0)
        tri_port_close(&e->port);
    pthread_mutex_destroy(&e->lock);
    tri_wipe(e, sizeof *e);
    free(e);
}

static void ether_close(struct tri_link *l)
{
    struct ether *e = l->self;
    const int alive = l->dead == TRI_OK && ether_flush(l) == TRI_OK;

    lock(l);
    if (alive)
        part(l);
    else
        (void)give_up(l, l->id, TRI_OK);
    linger(l);
    e->stop = 1;
    (void)unlock(l, TRI_OK);
    if (e->running)
        pthread_join(e->thread, NULL);
    release(e);
}

static const struct tri_link_ops ether_ops = {
    .send = ether_send,
    .recv = ether_recv,
    .flush = ether_flush,
    .poll = ether_poll,
    .close = ether_close,
    .fail = ether_fail,
};

/* ---- joining ------------------------------------------------------------ */

/*
 * As over TCP (net/tcp_join.c), on the stream of each connection once it is
 * open; both sides greet at once.
 *
 *   P_high -> P_low   greeting, call     24 + 49 bytes
 *   P_high <- P_low   greeting           24 bytes
 *   P_high <- P_low   answer             49 bytes
 *   P_high -> P_low   confirmation       16 bytes
 */
static void say(struct conn *c, const void *p, size_t n)
{
    (void)tri_ether_out_raw(&c->out, p, n); /* the ring is empty: it fits */
}

static void expect(struct conn *c, enum step step, size_t n)
{
    c->step = step;
    c->have = 0;
    c->want = n;
}

static int greet(struct conn *c, const struct tri_ether_config *cfg)
{
    const struct tri_greeting g = { TRI_WIRE_VERSION, cfg->id, c->peer,
                                    cfg->keys != NULL };
    uint8_t wire[TRI_GREETING_BYTES], call[TRI_SECURE_CALL], ephemeral[32];
    int rc = TRI_OK;

    tri_greeting_print(wire, &g);
    say(c, wire, sizeof wire);
    if (cfg->keys != NULL && cfg->id > c->peer) {
        rc = tri_net_random(ephemeral, sizeof ephemeral);
        if (rc == TRI_OK)
            rc = tri_secure_call(&c->sec, cfg->k, cfg->keys, cfg->id, c->peer,
                                 tri_aead_best(cfg->k), ephemeral, call);
        tri_wipe(ephemeral, sizeof ephemeral);
        if (rc == TRI_OK)
            say(c, call, sizeof call);
    }
    expect(c, GREETING, TRI_GREETING_BYTES);
    return rc;
}

static int no_key(struct conn *c)
{
    return tri_link_fail(c->e->l, TRI_E_CRYPTO,
                         "who answers as P%u on interface %s has not the key "
                         "of P%u",
                         c->peer, c->e->port.name, c->peer);
}

static int hear_greeting(struct conn *c, const struct tri_ether_config *cfg)
{
    const uint32_t sealed = cfg->keys != NULL;
    struct tri_greeting g;

    if (tri_greeting_parse(&g, c->hs) != TRI_OK)
        return tri_link_fail(c->e->l, TRI_E_PROTO,
                             "something else than P%u answers on interface %s",
                             c->peer, c->e->port.name);
    if (g.version != TRI_WIRE_VERSION)
        return tri_link_fail(c->e->l, TRI_E_MISMATCH,
                             "P%u speaks version %u of the connection format, "
                             "P%u version %d",
                             c->peer, g.version, cfg->id, TRI_WIRE_VERSION);
    if (g.from != c->peer || g.to != cfg->id)
        return tri_link_fail(c->e->l, TRI_E_MISMATCH,
                             "P%u answers where P%u was expected", g.from,
                             c->peer);
    if (g.sealed != sealed)
        return tri_link_fail(c->e->l, TRI_E_MISMATCH,
                             "P%u uses %s, P%u %s: give all three parties keys",
                             c->peer, g.sealed ? "keys" : "no keys", cfg->id,
                             sealed ? "does" : "does not");
    if (!sealed)
        expect(c, JOINED, 0);
    else if (cfg->id > c->peer)
        expect(c, ANSWER, TRI_SECURE_ANSWER);
    else
        expect(c, CALL, TRI_SECURE_CALL);
    return TRI_OK;
}

static int hear_call(struct conn *c, const struct tri_ether_config *cfg)
{
    uint8_t answer[TRI_SECURE_ANSWER], ephemeral[32];
    int rc = tri_net_random(ephemeral, sizeof ephemeral);

    if (rc == TRI_OK)
        rc = tri_secure_answer(&c->sec, cfg->k, cfg->keys, cfg->id, c->peer,
                               tri_aead_best(cfg->k), ephemeral, c->hs, answer);
    tri_wipe(ephemeral, sizeof ephemeral);
    if (rc != TRI_OK)
        return no_key(c);
    say(c, answer, sizeof answer);
    expect(c, CONFIRM, TRI_SECURE_CONFIRM);
    return TRI_OK;
}

static int hear(struct conn *c, const struct tri_ether_config *cfg)
{
    uint8_t confirm[TRI_SECURE_CONFIRM];

    switch (c->step) {
    case GREETING:
        return hear_greeting(c, cfg);
    case CALL:
        return hear_call(c, cfg);
    case ANSWER:
        if (tri_secure_finish(&c->sec, c->hs, confirm) != TRI_OK)
            return no_key(c);
        say(c, confirm, sizeof confirm);
        break;
    case CONFIRM:
        if (tri_secure_confirmed(&c->sec, c->hs) != TRI_OK)
            return no_key(c);
        break;
    default:
        return TRI_OK;
    }
    expect(c, JOINED, 0);
    return TRI_OK;
}

/* As far as what has arrived allows. */
static int advance(struct conn *c, const struct tri_ether_config *cfg)
{
    int rc = TRI_OK;

    if (c->step == START && c->arq.state != TRI_ARQ_OPEN)
        return TRI_OK;
    if (c->step == START)
        rc = greet(c, cfg);
    while (rc == TRI_OK && c->step != JOINED) {
        tri_arq_drain(&c->arq);
        if (c->have < c->want)
            break;
        rc = hear(c, cfg);
    }
    if (rc != TRI_OK)
        return rc;
    if (c->step == JOINED) {
        tri_ether_in_init(&c->in, cfg->keys != NULL ? &c->sec : NULL);
        c->out.sec = c->in.sec;
        if (c->in.sec != NULL)
            memcpy(c->e->l->secret[c->peer], c->sec.exporter,
                   sizeof c->e->l->secret[0]);
        return TRI_OK;
    }
    if (c->arq.state > TRI_ARQ_OPEN || c->arq.fin_rcv)
        return tri_link_fail(c->e->l, TRI_E_IO,
                             "P%u ended before the connection was made; see "
                             "its output",
                             c->peer);
    return TRI_OK;
}

static int missing(struct tri_link *l, const struct conn *c,
                   const struct tri_ether_config *cfg)
{
    char text[64], at[32] = "by broadcast";

    if (c->fixed)
        (void)snprintf(at, sizeof at, "at %02x:%02x:%02x:%02x:%02x:%02x",
                       c->mac[0], c->mac[1], c->mac[2], c->mac[3], c->mac[4],
                       c->mac[5]);
    return tri_link_fail(l, TRI_E_TIMEOUT,
                         "P%u did not answer on interface %s, called %s for "
                         "%.1f s%s",
                         c->peer, cfg->interface, at,
                         (double)cfg->connect_ms / 1e3, trouble(c->e, text));
}

static int join(struct tri_link *l, const struct tri_ether_config *cfg)
{
    struct ether *e = l->self;
    const uint64_t end = now_us() + (uint64_t)cfg->connect_ms * 1000u;
    struct conn *a = peer(e, 1), *b = peer(e, 2);
    int rc = TRI_OK;

    while (rc == TRI_OK && (a->step != JOINED || b->step != JOINED)) {
        uint64_t next = step(e);

        if (a->step != JOINED)
            rc = advance(a, cfg);
        if (rc == TRI_OK && b->step != JOINED)
            rc = advance(b, cfg);
        if (rc != TRI_OK)
            break;
        (void)serve(a, now_us());
        (void)serve(b, now_us());
        tri_port_flush(&e->port);
        if (a->step == JOINED && b->step == JOINED)
            break;
        if (now_us() >= end)
            return missing(l, a->step != JOINED ? a : b, cfg);
        nap(l, next < end ? next : end);
    }
    return rc;
}

static int setup_conn(struct tri_link *l, unsigned peer,
                      const struct tri_ether_config *cfg)
{
    static const uint8_t zeros[TRI_PORT_MAC];
    struct ether *e = l->self;
    struct conn *c = &e->c[peer];
    uint32_t epoch;
    struct tri_arq_config a = {
        .id = (uint8_t)cfg->id,
        .peer = (uint8_t)peer,
        .mtu = e->port.mtu,
        .dead_us = (uint64_t)cfg->deadline_ms * 1000u,
        .ring_bytes = TRI_ETHER_WINDOW,
        .segs = SEGMENTS,
        .io = { c, io_send, io_source, io_sink },
    };

    if (tri_net_random(&epoch, sizeof epoch) != TRI_OK)
        return tri_link_fail(l, TRI_E_IO, "the system has no random bytes");
    c->e = e;
    c->peer = peer;
    c->fixed = memcmp(cfg->mac[peer], zeros, sizeof zeros) != 0;
    if (c->fixed)
        memcpy(c->mac, cfg->mac[peer], sizeof c->mac);
    else
        memset(c->mac, 0xff, sizeof c->mac);
    c->ring = malloc(TRI_ETHER_WINDOW);
    c->mem = malloc(TRI_ETHER_RING + TRI_ETHER_ASIDE);
    c->seg = calloc(SEGMENTS, sizeof *c->seg);
    if (c->ring == NULL || c->mem == NULL || c->seg == NULL)
        return TRI_E_NOMEM;
    tri_ether_out_init(&c->out, c->mem, NULL);
    a.epoch = epoch | 1u;
    a.ring = c->ring;
    a.seg = c->seg;
    return tri_arq_init(&c->arq, &a, now_us());
}

static int check_config(struct tri_link *l, const struct tri_ether_config *cfg)
{
    if (cfg->id >= TRI_PARTIES || cfg->connect_ms == 0 ||
        cfg->deadline_ms == 0 || cfg->deadline_ms > INT32_MAX)
        return tri_link_fail(l, TRI_E_ARG,
                             "a party number from 0 to 2 and two deadlines "
                             "above 0 are needed");
    if (cfg->keys == NULL && !cfg->plaintext)
        return tri_link_fail(l, TRI_E_ARG,
                             "neither keys nor plaintext are asked for");
    if (cfg->keys != NULL && cfg->k == NULL)
        return tri_link_fail(l, TRI_E_ARG, "keys without kernels");
    return TRI_OK;
}

/* What has begun is ended: the others hear of it. */
static void undo(struct tri_link *l)
{
    struct ether *e = l->self;

    if (e == NULL)
        return;
    if (e->port.fd >= 0 && peer(e, 1)->e != NULL && peer(e, 2)->e != NULL) {
        (void)step(e); /* the greeting, which may tell them the reason */
        (void)give_up(l, l->id, TRI_OK);
        linger(l);
    }
    (void)unlock(l, TRI_OK);
    release(e);
    l->self = NULL;
    l->ops = NULL;
}

int tri_ether_open(struct tri_link *l, const struct tri_ether_config *cfg)
{
    struct ether *e = NULL;
    int rc;

    *l = (struct tri_link){ .id = cfg->id, .deadline_ms = cfg->deadline_ms };
    rc = check_config(l, cfg);
    if (rc == TRI_OK) {
        e = calloc(1, sizeof *e);
        rc = e == NULL ? TRI_E_NOMEM : TRI_OK;
    }
    if (rc != TRI_OK)
        goto out;
    l->self = e;
    e->id = cfg->id;
    e->port.fd = -1;
    (void)pthread_mutex_init(&e->lock, NULL);
    lock(l);
    rc = tri_port_open(&e->port, l, cfg->interface, cfg->mtu);
    if (rc != TRI_OK)
        e->port.fd = -1;
    for (unsigned k = 1; k < TRI_PARTIES && rc == TRI_OK; k++)
        rc = setup_conn(l, other(l, k), cfg);
    if (rc == TRI_OK)
        rc = join(l, cfg);
    if (rc == TRI_OK && pthread_create(&e->thread, NULL, tend, e) != 0)
        rc = TRI_E_NOMEM;
    e->running = rc == TRI_OK;
    if (rc == TRI_OK) {
        l->ops = &ether_ops;
        (void)unlock(l, TRI_OK);
    }
out:
    if (rc != TRI_OK) {
        undo(l);
        l->dead = rc;
        (void)tri_link_fail(l, rc, "%s", tri_strerror(rc));
    }
    return rc;
}
