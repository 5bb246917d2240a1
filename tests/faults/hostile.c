#include "tests/faults/hostile.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/err.h"
#include "net/bye.h"
#include "net/ether/conn.h"
#include "net/tcp/join.h"

enum { BATCH = 4096, WIRE = BATCH * TRI_SECURE_HEADER };

/* One connection of it: over TCP, or a part of a link over Ethernet. */
struct line {
    int fd;
    struct tri_ether_conn *ether; /* NULL: TCP */
    struct tri_secure sec;
    uint64_t seq;
    uint8_t wire[WIRE];
};

/* Into the stream as far as there is room: it leaves in the next turn. */
static int lay(struct line *c, size_t n)
{
    if (c->ether->arq.state == TRI_ARQ_OPEN)
        (void)tri_ether_out_raw(&c->ether->out, c->wire, n);
    return c->ether->arq.state == TRI_ARQ_OPEN;
}

/* All n bytes; 0 if the other side has ended. */
static int push(struct line *c, size_t n)
{
    if (c->ether != NULL)
        return lay(c, n);
    for (size_t at = 0; at < n;) {
        struct pollfd p = { .fd = c->fd, .events = POLLOUT };
        const ssize_t k = send(c->fd, c->wire + at, n - at, MSG_NOSIGNAL);

        if (k < 0 &&
            (poll(&p, 1, 10000) != 1 || (p.revents & (POLLERR | POLLHUP)) != 0))
            return 0;
        at += k > 0 ? (size_t)k : 0;
    }
    return 1;
}

static int put(struct line *c, struct tri_record r, const void *payload)
{
    r.seq += (uint32_t)c->seq;
    return push(c, tri_secure_seal(&c->sec, c->seq++, c->wire, &r, payload));
}

static int beat(struct line *c, unsigned n)
{
    size_t size = 0;

    for (unsigned i = 0; i < n; i++, c->seq++) {
        const struct tri_record r = { 0, TRI_RECORD_BEAT, (uint32_t)c->seq, 0 };

        size += tri_secure_seal(&c->sec, c->seq, c->wire + size, &r, NULL);
    }
    return push(c, size);
}

static void strike(struct line *c, enum hostile_kind kind)
{
    static const uint8_t bytes[5000] = {
        5, 0, 'o', 'h', '\n', 27, '[', '2', 'J'
    };

    switch (kind) {
    case HOSTILE_LENGTH:
        (void)put(c, (struct tri_record){ 5000, TRI_RECORD_LAST, 0, 1 }, bytes);
        break;
    case HOSTILE_FLAGS:
        (void)put(c, (struct tri_record){ 36, 9, 0, 1 }, bytes);
        break;
    case HOSTILE_NUMBER:
        (void)put(c, (struct tri_record){ 36, TRI_RECORD_LAST, 3, 1 }, bytes);
        break;
    case HOSTILE_BYE:
        (void)put(c, (struct tri_record){ 9, TRI_RECORD_BYE, 0, 0 }, bytes);
        break;
    case HOSTILE_NOISE:
        memset(c->wire, 0x5a, 500);
        (void)push(c, 500);
        break;
    default:
        break;
    }
}

/* Signs of life, or far too many, until the other side has ended. */
static void live(struct line *c[2], const struct hostile *h,
                 const unsigned peer[2])
{
    int open = 3;

    while (open != 0) {
        for (int k = 0; k < 2; k++) {
            const int floods =
                h->kind == HOSTILE_FLOOD && (h->to >> peer[k] & 1) != 0;

            if ((open >> k & 1) != 0 && !beat(c[k], floods ? BATCH : 1))
                open &= ~(1 << k);
        }
        if (h->kind != HOSTILE_FLOOD)
            (void)poll(NULL, 0, 50);
    }
}

int hostile_run(const struct tri_tcp_config *cfg, const struct hostile *h)
{
    struct tri_link l = { .id = cfg->id };
    struct tri_secure sec[TRI_PARTIES];
    struct line *c[2];
    unsigned peer[2];
    int fd[TRI_PARTIES] = { -1, -1, -1 };

    if (tri_tcp_join(&l, cfg, fd, sec) != TRI_OK)
        return -1;
    for (unsigned k = 0; k < 2; k++) {
        peer[k] = (cfg->id + 1 + k) % TRI_PARTIES;
        c[k] = calloc(1, sizeof *c[k]);
        if (c[k] == NULL)
            return -1;
        c[k]->fd = fd[peer[k]];
        c[k]->sec = sec[peer[k]];
    }
    for (unsigned k = 0; k < 2; k++)
        if ((h->to >> peer[k] & 1) != 0)
            strike(c[k], h->kind);
    live(c, h, peer);
    for (unsigned k = 0; k < 2; k++) {
        close(c[k]->fd);
        free(c[k]);
    }
    return 0;
}

/* ---- over Ethernet ------------------------------------------------------ */

/* A frame that asks for a sign of life, as sound as any. */
static void ask(struct tri_ether_conn *c)
{
    const struct tri_arq *const a = &c->arq;
    const struct tri_frame f = { .type = TRI_FRAME_ASK,
                                 .from = a->cfg.id,
                                 .to = a->cfg.peer,
                                 .epoch = a->cfg.epoch,
                                 .peer_epoch = a->peer_epoch,
                                 .stamp = (uint32_t)tri_ether_now(c->e),
                                 .window = 65536,
                                 .echo = a->echo,
                                 .seq = a->nxt,
                                 .ack = a->rcv };
    uint8_t head[TRI_FRAME_HEADER];
    const struct tri_piece v = { head, sizeof head };

    tri_frame_print(head, &f, NULL, 0);
    c->e->d.send(c->e->d.ctx, c->mac, &v, 1);
}

/* Turn after turn until both others have given up. */
static void live_ether(struct tri_link *l, struct line *c[2],
                       const struct hostile *h)
{
    enum { ASKS = 64, BEATS = 16 };
    struct tri_ether *const e = l->self;
    int open = 1;

    while (open) {
        open = 0;
        tri_ether_enter(l);
        for (int k = 0; k < 2; k++) {
            struct tri_ether_conn *const to = c[k]->ether;

            open |= to->arq.state == TRI_ARQ_OPEN;
            if ((h->to >> to->peer & 1) == 0)
                continue;
            for (int i = 0; h->kind == HOSTILE_FRAMES && i < ASKS; i++)
                ask(to);
            if (h->kind == HOSTILE_FLOOD)
                (void)beat(c[k], BEATS);
        }
        (void)tri_ether_turn(e);
        (void)tri_ether_leave(l, TRI_OK);
        if (h->kind != HOSTILE_FRAMES)
            (void)poll(NULL, 0, 1);
    }
}

int hostile_run_ether(const struct tri_ether_config *cfg,
                      const struct hostile *h)
{
    struct tri_link l;
    struct tri_ether *e;
    struct line *c[2];

    if (tri_ether_open(&l, cfg) != TRI_OK)
        return -1;
    e = l.self;
    tri_ether_enter(&l);
    for (unsigned k = 0; k < 2; k++) {
        c[k] = calloc(1, sizeof *c[k]);
        if (c[k] == NULL)
            return -1;
        c[k]->ether = tri_ether_peer(e, k + 1);
        c[k]->sec = c[k]->ether->sec;
        if ((h->to >> c[k]->ether->peer & 1) != 0)
            strike(c[k], h->kind);
    }
    (void)tri_ether_leave(&l, TRI_OK);
    live_ether(&l, c, h);
    free(c[0]);
    free(c[1]);
    return 0;
}
