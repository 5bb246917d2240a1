/* No OS header: boards link this file as it is. */
#include "net/ether/link.h"

#include "core/err.h"
#include "core/mem.h"
#include "net/ether/conn.h"
#include "net/ether/end.h"
#include "net/ether/greet.h"
#include "net/fail.h"

enum {
    HURRY_US = 500, /* a flush waits for a peer before it copies */
    FRAMES = 256,   /* taken in before anything is sent          */
    ROUNDS = 16     /* of taking in and sending, in one turn     */
};

/* ---- what the state machine needs --------------------------------------- */

static int io_send(void *ctx, const struct tri_piece *v, unsigned n)
{
    struct tri_ether_conn *c = ctx;

    for (unsigned i = 0; i < n; i++)
        c->e->sent[c->peer] += v[i].n;
    c->e->sent[c->peer] += TRI_ETHER_HEAD;
    c->e->d.send(c->e->d.ctx, c->mac, v, n);
    return 1;
}

static unsigned io_source(void *ctx, uint64_t off, uint32_t len,
                          struct tri_piece v[TRI_ARQ_PIECES])
{
    struct tri_ether_conn *c = ctx;

    return tri_ether_out_source(&c->out, off, len, v);
}

static size_t io_sink(void *ctx, const uint8_t *p, size_t n)
{
    struct tri_ether_conn *c = ctx;

    if (c->step == JOINED)
        return tri_ether_in_feed(&c->in, c->e->l, c->peer, p, n);
    if (n > c->want - c->have)
        n = c->want - c->have;
    memcpy(c->hs + c->have, p, n);
    c->have += n;
    return n;
}

/* ---- one turn ----------------------------------------------------------- */

static void take_frame(struct tri_ether *e, const uint8_t *p, size_t n,
                       const uint8_t *from, uint64_t now)
{
    struct tri_frame f;
    struct tri_ether_conn *c;

    if (tri_frame_parse(&f, p, n) != TRI_OK || f.from < e->base ||
        f.from > e->base + 2 || f.to != e->base + e->id)
        return; /* another's frame */
    c = &e->c[f.from - e->base];
    if (c->e == NULL)
        return; /* its own name, or of no party here */
    if (!c->fixed && f.type == TRI_FRAME_HELLO)
        memcpy(c->mac, from, TRI_ETHER_MAC);
    else if (memcmp(c->mac, from, TRI_ETHER_MAC) != 0)
        return;
    e->received[c->peer] += n + TRI_ETHER_HEAD;
    tri_arq_input(&c->arq, &f, now);
    c->fixed |= c->arq.state == TRI_ARQ_OPEN;
}

void tri_ether_push(struct tri_ether *e)
{
    if (e->d.flush != NULL)
        e->d.flush(e->d.ctx);
}

uint64_t tri_ether_serve(struct tri_ether_conn *c, uint64_t now)
{
    if (c->e == NULL)
        return UINT64_MAX;
    tri_ether_out_acked(&c->out, c->arq.una);
    tri_ether_out_pump(&c->out);
    c->arq.end = c->out.end;
    return tri_arq_poll(&c->arq, now);
}

uint64_t tri_ether_turn(struct tri_ether *e)
{
    uint64_t next = 0, now = tri_ether_now(e);

    e->turns++;
    for (int round = 0; round < ROUNDS && next <= now; round++) {
        const uint8_t *p, *from;
        size_t n;

        for (int i = 0; i < FRAMES; i++) {
            p = e->d.receive(e->d.ctx, &n, &from);
            if (p == NULL)
                break;
            take_frame(e, p, n, from, now);
        }
        next = UINT64_MAX;
        for (unsigned k = 1; k < TRI_PARTIES; k++) {
            const uint64_t t = tri_ether_serve(tri_ether_peer(e, k), now);

            next = t < next ? t : next;
        }
        tri_ether_push(e);
        now = tri_ether_now(e);
    }
    return next;
}

void tri_ether_enter(struct tri_link *l)
{
    struct tri_ether *e = l->self;

    if (e->d.lock != NULL)
        e->d.lock(e->d.ctx);
    e->l = l;
    e->inside = 1;
}

int tri_ether_leave(struct tri_link *l, int rc)
{
    struct tri_ether *e = l->self;

    memcpy(l->stats.sent, e->sent, sizeof e->sent);
    memcpy(l->stats.received, e->received, sizeof e->received);
    l->stats.wait_ns = e->wait_ns;
    e->inside = 0;
    if (e->d.unlock != NULL)
        e->d.unlock(e->d.ctx);
    return rc;
}

/* The lock is free meanwhile, and tri_ether_tend() stays away. */
void tri_ether_nap(struct tri_link *l, uint64_t until)
{
    struct tri_ether *e = l->self;
    const uint64_t start = tri_ether_now(e);

    if (e->d.unlock != NULL)
        e->d.unlock(e->d.ctx);
    if (e->d.wait != NULL)
        e->d.wait(e->d.ctx, until);
    if (e->d.lock != NULL)
        e->d.lock(e->d.ctx);
    e->wait_ns += (tri_ether_now(e) - start) * 1000u;
}

void tri_ether_tend(void *mem)
{
    struct tri_ether *e = mem;

    if (e->d.lock != NULL)
        e->d.lock(e->d.ctx);
    if (!e->inside && !e->over && e->turns == e->tended)
        (void)tri_ether_turn(e);
    e->tended = e->turns;
    if (e->d.unlock != NULL)
        e->d.unlock(e->d.ctx);
}

/* ---- waiting ------------------------------------------------------------ */

/* Grows with every byte that is acknowledged, or arrives from `from`. */
static uint64_t progress(const struct tri_link *l, unsigned from)
{
    struct tri_ether *e = l->self;
    const struct tri_ether_conn *a = tri_ether_peer(e, 1),
                                *b = tri_ether_peer(e, 2);

    return a->arq.una + b->arq.una +
           (from != TRI_ETHER_NOBODY ? e->c[from].in.done : 0);
}

/* How long a wait may last, by its progress. All 0 at first. */
struct patience {
    uint64_t seen; /* progress, at the last turn    */
    uint64_t end;  /* of the wait                   */
    uint64_t from; /* progress, when `end` was set  */
    uint64_t some; /* of `from`'s bytes, likewise   */
};

/*
 * One turn of a wait: step, look for failures, sleep unless `ready` holds.
 * The connections tell whether a peer is silent; here ends the patience with
 * one that is not.
 */
static int turn(struct tri_link *l, unsigned from, size_t len,
                int (*ready)(const struct tri_link *l, unsigned j), unsigned j,
                struct patience *w)
{
    struct tri_ether *e = l->self;
    uint64_t next = tri_ether_turn(e);
    const uint64_t now = tri_ether_now(e), done = progress(l, from);
    const uint64_t mine =
        from != TRI_ETHER_NOBODY ? (uint64_t)e->c[from].in.done : done;
    int rc;

    if (w->end == 0 || done - w->from >= TRI_LINK_LEAST) {
        w->end = now + TRI_LINK_SLOW * (uint64_t)l->deadline_ms * 1000u;
        w->from = done;
        w->some = mine;
    }
    w->seen = done;
    if (ready(l, j))
        return TRI_OK;
    rc = tri_ether_check(l, from);
    if (rc == TRI_OK && now >= w->end)
        rc = tri_ether_late(l, from, len, mine != w->some);
    if (rc == TRI_OK && e->hurry && next > now + HURRY_US)
        next = now + HURRY_US;
    if (rc == TRI_OK)
        tri_ether_nap(l, next < w->end ? next : w->end);
    return rc;
}

static int wait_for(struct tri_link *l, unsigned from, size_t len,
                    int (*ready)(const struct tri_link *l, unsigned j),
                    unsigned j)
{
    struct patience w = { 0 };
    int rc = TRI_OK;

    while (rc == TRI_OK && !ready(l, j))
        rc = turn(l, from, len, ready, j, &w);
    return rc;
}

/* ---- operations --------------------------------------------------------- */

static int has_room(const struct tri_link *l, unsigned to)
{
    const struct tri_ether *e = l->self;

    return e->c[to].out.q_count < TRI_ETHER_QUEUE;
}

static int is_complete(const struct tri_link *l, unsigned from)
{
    const struct tri_ether *e = l->self;
    const struct tri_ether_in *m = &e->c[from].in;

    return !m->active && m->rc == TRI_OK && !m->bye;
}

static int is_free(const struct tri_link *l, unsigned nobody)
{
    struct tri_ether *e = l->self;

    (void)nobody;
    return tri_ether_out_free(&tri_ether_peer(e, 1)->out) &&
           tri_ether_out_free(&tri_ether_peer(e, 2)->out);
}

static int ether_send(struct tri_link *l, unsigned to, const void *buf,
                      size_t len)
{
    struct tri_ether *e = l->self;
    struct tri_ether_conn *c = &e->c[to];
    int rc;

    tri_ether_enter(l);
    rc = tri_ether_check(l, TRI_ETHER_NOBODY);
    if (rc == TRI_OK && c->gone)
        rc = tri_ether_ended(l, to);
    if (rc == TRI_OK)
        rc = wait_for(l, TRI_ETHER_NOBODY, 0, has_room, to);
    if (rc == TRI_OK) {
        (void)tri_ether_out_send(&c->out, buf, len,
                                 (uint32_t)(l->stats.rounds + 1));
        (void)tri_ether_serve(c, tri_ether_now(e));
        tri_ether_push(e);
    }
    return tri_ether_leave(l, rc);
}

static int ether_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct tri_ether *e = l->self;
    struct tri_ether_conn *c = &e->c[from];
    int rc;

    tri_ether_enter(l);
    rc = c->in.bye ? tri_ether_ended(l, from) : TRI_OK;
    if (rc == TRI_OK) {
        tri_ether_in_want(&c->in, buf, len);
        tri_arq_drain(&c->arq);
        rc = wait_for(l, from, len, is_complete, from);
    }
    c->in.active = 0;
    if (rc == TRI_OK) {
        const uint32_t ahead = c->in.x.depth - (uint32_t)l->stats.rounds;

        if (ahead < UINT32_MAX / 2) /* the depth is modulo 2^32 */
            l->stats.rounds += ahead;
    }
    return tri_ether_leave(l, rc);
}

/* A peer that takes what is sent frees the buffers soon: no copy then. */
int tri_ether_flush(struct tri_link *l)
{
    struct tri_ether *e = l->self;
    struct patience w = { 0 };
    uint64_t before = 0;
    int rc = TRI_OK;

    tri_ether_enter(l);
    e->hurry = 1;
    while (rc == TRI_OK) {
        rc = turn(l, TRI_ETHER_NOBODY, 0, is_free, 0, &w);
        if (rc != TRI_OK || is_free(l, 0))
            break;
        if (w.seen == before) {
            tri_ether_out_aside(&tri_ether_peer(e, 1)->out);
            tri_ether_out_aside(&tri_ether_peer(e, 2)->out);
        }
        before = w.seen;
    }
    e->hurry = 0;
    return tri_ether_leave(l, rc);
}

static int ether_poll(struct tri_link *l)
{
    tri_ether_enter(l);
    (void)tri_ether_turn(l->self);
    return tri_ether_leave(l, tri_ether_check(l, TRI_ETHER_NOBODY));
}

static const struct tri_link_ops ether_ops = {
    .send = ether_send,
    .recv = ether_recv,
    .flush = tri_ether_flush,
    .poll = ether_poll,
    .close = tri_ether_close,
    .fail = tri_ether_fail,
};

/* ---- starting ----------------------------------------------------------- */

static size_t room(const struct tri_ether_config *cfg)
{
    return cfg->room != 0 ? cfg->room : TRI_ETHER_ROOM;
}

static size_t aligned(size_t n)
{
    return (n + TRI_ETHER_ALIGN - 1) / TRI_ETHER_ALIGN * TRI_ETHER_ALIGN;
}

/* Of one connection: what arrived, what waits, what is under way. */
static size_t buffers(const struct tri_ether_config *cfg)
{
    return 3 * aligned(room(cfg)) +
           aligned(TRI_ETHER_SEGMENTS * sizeof(struct tri_arq_seg));
}

size_t tri_ether_memory(const struct tri_ether_config *cfg)
{
    return aligned(sizeof(struct tri_ether)) + 2 * buffers(cfg);
}

static int setup_conn(struct tri_link *l, unsigned j, uint8_t *mem,
                      const struct tri_ether_config *cfg)
{
    static const uint8_t zeros[TRI_ETHER_MAC];
    struct tri_ether *e = l->self;
    struct tri_ether_conn *c = &e->c[j];
    const size_t n = aligned(room(cfg));
    uint32_t epoch;
    struct tri_arq_config a = {
        .id = (uint8_t)(e->base + cfg->id),
        .peer = (uint8_t)(e->base + j),
        .mtu = e->d.mtu,
        .dead_us = (uint64_t)cfg->deadline_ms * 1000u,
        .ring = mem,
        .ring_bytes = (uint32_t)room(cfg),
        .seg = (struct tri_arq_seg *)(void *)(mem + 3 * n),
        .segs = TRI_ETHER_SEGMENTS,
        .io = { c, io_send, io_source, io_sink },
    };

    if (cfg->pair != 0 && cfg->pair != 1 + j) {
        c->step = JOINED; /* never anything to do */
        return TRI_OK;
    }
    if (e->d.random(e->d.ctx, &epoch, sizeof epoch) != TRI_OK)
        return tri_link_fail(l, TRI_E_IO, "the system has no random bytes");
    c->e = e;
    c->peer = j;
    c->fixed = memcmp(cfg->mac[j], zeros, sizeof zeros) != 0;
    if (c->fixed)
        memcpy(c->mac, cfg->mac[j], sizeof c->mac);
    else
        memset(c->mac, 0xff, sizeof c->mac);
    tri_ether_out_init(&c->out, mem + n, room(cfg), NULL);
    a.epoch = epoch | 1u;
    return tri_arq_init(&c->arq, &a, tri_ether_now(e));
}

int tri_ether_check_config(struct tri_link *l,
                           const struct tri_ether_config *cfg)
{
    if (cfg->id >= TRI_PARTIES || cfg->pair > TRI_PARTIES ||
        cfg->pair == 1 + cfg->id || cfg->connect_ms == 0 ||
        cfg->deadline_ms == 0 || cfg->deadline_ms > INT32_MAX)
        return tri_link_fail(l, TRI_E_ARG,
                             "a party number from 0 to 2 and two deadlines "
                             "above 0 are needed");
    if (cfg->keys == NULL && !cfg->plaintext)
        return tri_link_fail(l, TRI_E_ARG,
                             "neither keys nor plaintext are asked for");
    if (cfg->keys != NULL && cfg->k == NULL)
        return tri_link_fail(l, TRI_E_ARG, "keys without kernels");
    if (room(cfg) < TRI_ETHER_ROOM_MIN || room(cfg) > TRI_ETHER_ROOM_MAX ||
        room(cfg) % 8 != 0)
        return tri_link_fail(
            l, TRI_E_ARG,
            "buffers of %u bytes: only %d to %d are possible, in "
            "multiples of 8",
            (unsigned)room(cfg), TRI_ETHER_ROOM_MIN, TRI_ETHER_ROOM_MAX);
    return TRI_OK;
}

int tri_ether_join(struct tri_link *l, const struct tri_ether_config *cfg,
                   const struct tri_ether_driver *d, void *mem)
{
    struct tri_ether *e = mem;
    int rc;

    *l = (struct tri_link){ .id = cfg->id,
                            .blamed = TRI_NOBODY,
                            .deadline_ms = cfg->deadline_ms };
    rc = tri_ether_check_config(l, cfg);
    if (rc != TRI_OK)
        goto out;
    memset(e, 0, sizeof *e);
    e->d = *d;
    e->id = cfg->id;
    e->base = cfg->pair != 0 ? TRI_FRAME_PAIR : 0;
    e->buffers = (uint8_t *)mem + aligned(sizeof *e);
    e->size = 2 * buffers(cfg);
    l->self = e;
    tri_ether_enter(l);
    for (unsigned k = 1; k < TRI_PARTIES && rc == TRI_OK; k++)
        rc = setup_conn(l, tri_ether_other(l, k),
                        e->buffers + (k - 1) * buffers(cfg), cfg);
    if (rc == TRI_OK) {
        rc = tri_ether_greet(l, cfg);
        if (rc != TRI_OK) {
            /* What has begun is ended: the others hear of it. First the
             * greeting, which may tell them the reason. */
            (void)tri_ether_turn(e);
            (void)tri_ether_give_up(l, (int)l->id, rc);
            tri_ether_linger(l);
        }
    }
    if (rc == TRI_OK)
        l->ops = &ether_ops;
    else
        tri_ether_wipe(e);
    (void)tri_ether_leave(l, TRI_OK);
out:
    if (rc != TRI_OK) {
        l->self = NULL;
        l->dead = rc;
        (void)tri_link_fail(l, rc, "%s", tri_strerror(rc));
    }
    return rc;
}
