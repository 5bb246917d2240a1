/*
 * The drivers of boards, with devices that keep the rules: frames leave and
 * arrive as they are, rings go round, what is full loses frames and nothing
 * else; random bytes; cards and their seeds. Devices that keep no rules:
 * tests/fuzz/fuzz_drivers.c.
 */
#include <stdlib.h>
#include <string.h>

#include "boards/common/allwinner/emac.h"
#include "boards/common/allwinner/mmc.h"
#include "boards/common/cadence/gem.h"
#include "boards/common/sd/sdhci.h"
#include "boards/common/sd/partition.h"
#include "boards/common/setup.h"
#include "boards/common/virtio/net.h"
#include "boards/common/virtio/rng.h"
#include "core/err.h"
#include "core/le.h"
#include "tests/checks.h"

enum { RING = 64, WIRE = 256, FRAME = 1514 };
_Static_assert((int)RING == (int)TRI_GEM_RING &&
                   (int)RING == (int)TRI_EMAC_RING &&
                   (int)RING == (int)TRI_VIRTQ_SIZE,
               "rings");

static const uint8_t here[6] = { 2, 0, 0, 0, 0, 7 };
static const uint8_t peer[2][6] = { { 2, 0, 0, 0, 0, 8 },
                                    { 2, 0, 0, 0, 0, 9 } };
static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };

/* ---- a card of either kind ------------------------------------------------
 */

struct device {
    int up;          /* carrier */
    int asleep;      /* sends nothing at the moment */
    unsigned frames; /* on the wire */
    size_t len[WIRE];
    uint8_t wire[WIRE][1600];
    uint32_t reg[0x800];
    unsigned rx, tx; /* the device's place in the rings */
    struct tri_gem_shared *mem;
    struct tri_gem gem;
    struct tri_emac_shared *emem;
    int stands;
    unsigned burst; /* frames wire[0] that come as it is to stop */
    unsigned lag;   /* looks until it has stopped */
    struct tri_emac emac;
    struct tri_virtio v;
    struct tri_vnet net;
    struct tri_virtio_rng rng;
    uint16_t seen[2];
    unsigned rng_bytes; /* for each request; 0: none comes */
    int legacy;
    struct tri_nic card;
};

static void on_wire(struct device *d, const uint8_t *p, size_t n)
{
    if (d->frames < WIRE && n <= sizeof d->wire[0]) {
        memcpy(d->wire[d->frames], p, n);
        d->len[d->frames++] = n;
    }
}

/* Told to stop, does it still go on? It is looked at, or not. */
static int goes_on(struct device *d, unsigned looks)
{
    d->lag -= d->lag > 0 ? looks : 0;
    return d->lag > 0;
}

/* -- Cadence GEM -- */
enum { BUS = 0x10000000 };

static void *at_bus(struct device *d, uint32_t at)
{
    return (uint8_t *)d->mem + (at - BUS);
}

static void gem_send(struct device *d)
{
    while (!d->asleep && d->mem->tx[d->tx].state >> 31 == 0) {
        uint32_t *const state = &d->mem->tx[d->tx].state;

        on_wire(d, at_bus(d, d->mem->tx[d->tx].at), *state & 0x3fff);
        d->tx = (*state >> 30 & 1) != 0 ? 0 : d->tx + 1;
        *state |= UINT32_C(1) << 31;
    }
}

static void gem_arrives(struct device *d, const uint8_t *p, size_t n)
{
    uint32_t *const at = &d->mem->rx[d->rx].at;
    const int wrap = (*at & 2) != 0;

    if ((d->reg[0] & 1 << 2) == 0 && !goes_on(d, 0))
        return;
    if ((*at & 1) != 0) {
        d->reg[0x20 / 4] |= 1;
        return;
    }
    memcpy(at_bus(d, *at & ~UINT32_C(3)), p, n);
    d->mem->rx[d->rx].state = (uint32_t)n | 3 << 14;
    *at |= 1;
    d->rx = wrap ? 0 : d->rx + 1;
    d->reg[0x24 / 4] |= 2;
}

static uint32_t gem_read(void *ctx, unsigned reg)
{
    struct device *const d = ctx;

    if (reg == 0xfc)
        return 0x40070106;
    if (reg == 0x14 && d->reg[0] == 0)
        return goes_on(d, 1) ? 1 << 3 : 0;
    return reg == 0x08 ? 4 : d->reg[reg / 4];
}

static void gem_write(void *ctx, unsigned reg, uint32_t v)
{
    struct device *const d = ctx;

    if (reg == 0x20 || reg == 0x24) /* written ones are cleared */
        d->reg[reg / 4] &= ~v;
    else if (reg == 0x34) /* transceiver 12 alone answers */
        d->reg[reg / 4] = (v >> 23 & 31) != 12 ? 0xffff
                          : d->up              ? 0x796d
                                               : 0x7949;
    else
        d->reg[reg / 4] = v;
    if (reg == 0x00 && (v & 1 << 9) != 0)
        gem_send(d);
}

static int gem_open(struct device *d, uint8_t own[6])
{
    d->reg[0x88 / 4] = 0x00000002;
    d->reg[0x8c / 4] = 0x0700;
    d->mem = calloc(1, sizeof *d->mem);
    d->gem = (struct tri_gem){ .ctx = d,
                               .read = gem_read,
                               .write = gem_write,
                               .mem = d->mem,
                               .bus = BUS };
    return d->mem != NULL && tri_gem_start(&d->gem, NULL, own, &d->card);
}

/* -- EMAC of Allwinner, as QEMU 7.2 has it -- */

static void *at_emac_bus(struct device *d, uint32_t at)
{
    return (uint8_t *)d->emem + (at - BUS);
}

static unsigned emac_next(struct tri_emac_desc *chain, struct device *d,
                          unsigned i)
{
    struct tri_emac_desc *const next = at_emac_bus(d, chain[i].next);

    return (unsigned)(next - chain);
}

static void emac_send(struct device *d)
{
    while (!d->asleep && d->emem->tx[d->tx].state >> 31 != 0) {
        struct tri_emac_desc *const t = &d->emem->tx[d->tx];

        if (t->size >> 29 == 3) /* first and last */
            on_wire(d, at_emac_bus(d, t->at), t->size & 0x7ff);
        t->state = 0;
        d->tx = emac_next(d->emem->tx, d, d->tx);
    }
}

/* It says when it has filled the last buffer. Where it finds none for a frame
 * it stands still until it is told to look again, and there is one. */
static void emac_arrives(struct device *d, const uint8_t *p, size_t n)
{
    struct tri_emac_desc *const chain = d->emem->rx;

    if ((d->reg[0x28 / 4] >> 30 & 1) == 0 && !goes_on(d, 0))
        return;
    if (d->stands || chain[d->rx].state >> 31 == 0) {
        d->stands = 1;
        d->reg[0x08 / 4] |= 1 << 9;
        return;
    }
    memcpy(at_emac_bus(d, chain[d->rx].at), p, n);
    chain[d->rx].state = (uint32_t)(n + 4) << 16 | 3 << 8;
    d->rx = emac_next(chain, d, d->rx);
    d->reg[0x08 / 4] |= chain[d->rx].state >> 31 == 0 ? 3 << 8 : 1 << 8;
}

static uint32_t emac_read(void *ctx, unsigned reg)
{
    struct device *const d = ctx;

    if (reg == 0xc0 && d->reg[0x28 / 4] >> 30 == 0)
        return goes_on(d, 1) ? 3 : 0;
    return d->reg[reg / 4];
}

static void emac_write(void *ctx, unsigned reg, uint32_t v)
{
    struct device *const d = ctx;

    if (reg == 0x04) /* the reset takes no time */
        v &= ~UINT32_C(1);
    if (reg == 0x08) /* written ones are cleared */
        v = d->reg[reg / 4] & ~v;
    if (reg == 0x48) { /* transceiver 1 alone answers */
        d->reg[0x4c / 4] = (v >> 12 & 31) != 1 ? 0xffff
                           : d->up             ? 0x796d
                                               : 0x7949;
        v &= ~UINT32_C(1);
    }
    for (; reg == 0x28 && v >> 30 == 0 && d->burst > 0; d->burst--)
        emac_arrives(d, d->wire[0], 100);
    d->reg[reg / 4] = v;
    if (reg == 0x34)
        d->rx =
            (unsigned)((struct tri_emac_desc *)at_emac_bus(d, v) - d->emem->rx);
    if (reg == 0x28 && v >> 30 == 3 && d->emem->rx[d->rx].state >> 31 != 0)
        d->stands = 0;
    if (reg == 0x14 && v >> 30 == 3)
        emac_send(d);
}

static int emac_open(struct device *d, uint8_t own[6])
{
    d->reg[0x54 / 4] = 0x00000002;
    d->reg[0x50 / 4] = 0x0700;
    d->emem = calloc(1, sizeof *d->emem);
    d->emac = (struct tri_emac){ .ctx = d,
                                 .read = emac_read,
                                 .write = emac_write,
                                 .mem = d->emem,
                                 .bus = BUS,
                                 .phy = 1 };
    return d->emem != NULL && tri_emac_start(&d->emac, own, &d->card);
}

/* -- virtio -- */

static void used(struct tri_virtq *q, unsigned id, uint32_t len)
{
    q->used.ring[q->used.idx % RING].id = id;
    q->used.ring[q->used.idx % RING].len = len;
    q->used.idx++;
}

static void virtio_send(struct device *d)
{
    struct tri_virtq *const q = &d->net.tx;

    for (; !d->asleep && d->seen[1] != q->avail.idx; d->seen[1]++) {
        const unsigned id = q->avail.ring[d->seen[1] % RING];

        on_wire(d, (uint8_t *)(uintptr_t)q->desc[id].at + 12,
                q->desc[id].len - 12);
        used(q, id, 0);
    }
}

static void virtio_arrives(struct device *d, const uint8_t *p, size_t n)
{
    struct tri_virtq *const q = &d->net.rx;

    if (d->seen[0] != q->avail.idx &&
        (d->reg[0x70 / 4] != 0 || goes_on(d, 0))) {
        const unsigned id = q->avail.ring[d->seen[0]++ % RING];

        memcpy((uint8_t *)(uintptr_t)q->desc[id].at + 12, p, n);
        used(q, id, (uint32_t)n + 12);
    }
}

static void rng_answers(struct device *d)
{
    struct tri_virtq *const q = &d->rng.q;

    for (; d->rng_bytes > 0 && d->seen[0] != q->avail.idx; d->seen[0]++) {
        const unsigned id = q->avail.ring[d->seen[0] % RING];

        memset((uint8_t *)(uintptr_t)q->desc[id].at, 0xa5, d->rng_bytes);
        used(q, id, d->rng_bytes);
    }
}

static uint32_t virtio_read(void *ctx, unsigned reg)
{
    struct device *const d = ctx;

    switch (reg) {
    case 0x00:
        return 0x74726976;
    case 0x04:
        return d->legacy ? 1 : 2;
    case 0x10:
        return d->reg[0x14 / 4] == 1 ? 1 : 1 << 5 | 1 << 16;
    case 0x34:
        return 256;
    case 0x44:
        return 0;
    case 0x70:
        return d->reg[reg / 4] == 0 && goes_on(d, 1) ? 4 : d->reg[reg / 4];
    case 0x100:
        return 0x00000002;
    case 0x104:
        return 0x0700 | (uint32_t)d->up << 16;
    default:
        return d->reg[reg / 4];
    }
}

static void virtio_write(void *ctx, unsigned reg, uint32_t v)
{
    struct device *const d = ctx;

    if (reg != 0x08)
        d->reg[reg / 4] = v;
    if (reg == 0x50 && d->reg[0x08 / 4] == TRI_VIRTIO_RNG)
        rng_answers(d);
    else if (reg == 0x50 && v == 1)
        virtio_send(d);
}

static struct tri_virtio virtio(struct device *d, uint32_t kind)
{
    d->reg[0x08 / 4] = kind;
    return (struct tri_virtio){ .ctx = d,
                                .read = virtio_read,
                                .write = virtio_write };
}

static int virtio_open(struct device *d, uint8_t own[6])
{
    const struct tri_virtio v = virtio(d, TRI_VIRTIO_NET);

    return tri_vnet_start(&d->net, &v, own, &d->card);
}

/* ---- frames ---------------------------------------------------------------
 */

struct kind {
    const char *name;
    int (*open)(struct device *d, uint8_t own[6]);
    void (*arrives)(struct device *d, const uint8_t *p, size_t n);
    void (*send)(struct device *d);
    int (*stop)(struct device *d);
};

static int gem_stop(struct device *d)
{
    return tri_gem_stop(&d->gem);
}

static int emac_stop(struct device *d)
{
    return tri_emac_stop(&d->emac);
}

static int virtio_stop(struct device *d)
{
    return tri_virtio_stop(&d->net.v);
}

static const struct kind kinds[] = {
    { "gem", gem_open, gem_arrives, gem_send, gem_stop },
    { "emac", emac_open, emac_arrives, emac_send, emac_stop },
    { "virtio", virtio_open, virtio_arrives, virtio_send, virtio_stop },
};

struct box {
    struct device d[2];
    struct tri_cards cards;
    struct tri_ether_driver driver;
};

static int open_box(struct box *b, const struct kind *k)
{
    uint8_t own[6] = { 0 };

    memset(b, 0, sizeof *b);
    for (int i = 0; i < 2; i++) {
        b->d[i].up = 1;
        if (!k->open(&b->d[i], own) || memcmp(own, here, 6) != 0 ||
            !tri_cards_add(&b->cards, &b->d[i].card))
            return 0;
    }
    memcpy(b->cards.own, own, 6);
    tri_cards_driver(&b->cards, &b->driver);
    return !tri_cards_add(&b->cards, &b->d[0].card);
}

static void close_box(struct box *b)
{
    for (int i = 0; i < 2; i++) {
        free(b->d[i].mem);
        free(b->d[i].emem);
    }
    free(b);
}

/* Payload number i of n bytes. */
static void fill(uint8_t *p, unsigned i, size_t n)
{
    for (size_t k = 0; k < n; k++)
        p[k] = (uint8_t)(i + 7 * k);
}

static void send(struct box *b, const uint8_t to[6], unsigned i, size_t n)
{
    uint8_t p[1600];
    struct tri_piece v[2];

    fill(p, i, n);
    v[0] = (struct tri_piece){ p, n / 3 };
    v[1] = (struct tri_piece){ p + n / 3, n - n / 3 };
    b->driver.send(b->driver.ctx, to, v, 2);
}

/* Is frame f on the wire of device d that with payload i of n bytes? */
static int was_sent(const struct device *d, unsigned f, const uint8_t to[6],
                    unsigned i, size_t n)
{
    uint8_t want[1600] = { 0 };

    memcpy(want, to, 6);
    memcpy(want + 6, here, 6);
    want[12] = TRI_ETHERTYPE >> 8;
    want[13] = TRI_ETHERTYPE & 0xff;
    fill(want + 14, i, n);
    return f < d->frames && d->len[f] == (14 + n < 60 ? 60 : 14 + n) &&
           memcmp(d->wire[f], want, d->len[f]) == 0;
}

static size_t frame(uint8_t out[1600], const uint8_t to[6],
                    const uint8_t from[6], unsigned type, unsigned i, size_t n)
{
    memcpy(out, to, 6);
    memcpy(out + 6, from, 6);
    out[12] = (uint8_t)(type >> 8);
    out[13] = (uint8_t)type;
    fill(out + 14, i, n);
    return 14 + n;
}

/* Does the driver give payload i of n bytes from that sender? */
static int comes(struct box *b, const uint8_t from[6], unsigned i, size_t n)
{
    uint8_t want[1600];
    const uint8_t *who, *p;
    size_t got = 0;

    fill(want, i, n);
    p = b->driver.receive(b->driver.ctx, &got, &who);
    return p != NULL && got == n && memcmp(p, want, n) == 0 &&
           memcmp(who, from, 6) == 0;
}

static void both_ways(struct tri_check *c, struct box *b, const struct kind *k)
{
    const unsigned type = TRI_ETHERTYPE;
    const uint8_t *from;
    uint8_t f[1600];
    size_t n;

    /* Nobody was heard: to both wires. Then by the one where it was. */
    send(b, peer[1], 1, 20);
    b->driver.flush(b->driver.ctx);
    CHECK(c,
          was_sent(&b->d[0], 0, peer[1], 1, 20) &&
              was_sent(&b->d[1], 0, peer[1], 1, 20),
          "%s: a short frame", k->name);
    k->arrives(&b->d[1], f, frame(f, here, peer[1], type, 2, 100));
    CHECK(c, comes(b, peer[1], 2, 100), "%s: a frame comes", k->name);
    send(b, peer[1], 3, 1500);
    b->driver.flush(b->driver.ctx);
    CHECK(c, was_sent(&b->d[1], 1, peer[1], 3, 1500), "%s: a long one",
          k->name);
    CHECK(c, b->d[0].frames == 1, "%s: a frame goes astray", k->name);
    send(b, peer[1], 4, 1501);
    b->driver.flush(b->driver.ctx);
    CHECK(c, b->d[1].frames == 2, "%s: too long, but leaves", k->name);

    /* Of others, by others, of another kind, too short, too long: nothing. */
    k->arrives(&b->d[0], f, frame(f, peer[1], peer[0], type, 5, 100));
    k->arrives(&b->d[0], f, frame(f, here, here, type, 5, 100));
    k->arrives(&b->d[0], f, frame(f, here, all, type, 5, 100));
    k->arrives(&b->d[0], f, frame(f, here, peer[0], 0x0800, 5, 100));
    k->arrives(&b->d[0], f, 1);
    k->arrives(&b->d[0], f, 13);
    k->arrives(&b->d[0], f, frame(f, here, peer[0], type, 5, 1501));
    CHECK(c, b->driver.receive(b->driver.ctx, &n, &from) == NULL,
          "%s: a frame for nobody here", k->name);
    k->arrives(&b->d[0], f, frame(f, all, peer[0], type, 6, 1500));
    CHECK(c, comes(b, peer[0], 6, 1500), "%s: a frame for all", k->name);
}

static void rounds(struct tri_check *c, struct box *b, const struct kind *k)
{
    struct device *const d = &b->d[1];
    const uint8_t *from;
    uint8_t f[1600];
    size_t n;

    d->frames = 0;
    for (unsigned i = 0; i < 3 * RING; i++) {
        send(b, peer[1], i, 60 + i);
        b->driver.flush(b->driver.ctx);
        CHECK(c, was_sent(d, i, peer[1], i, 60 + i), "%s: sent %u", k->name, i);
        k->arrives(d, f, frame(f, here, peer[1], TRI_ETHERTYPE, i, 50 + i));
        CHECK(c, comes(b, peer[1], i, 50 + i), "%s: came %u", k->name, i);
    }

    /* More than there is room for: the first ones, then again new ones. */
    d->frames = 0;
    d->asleep = 1;
    for (unsigned i = 0; i < 2 * RING; i++) {
        send(b, peer[1], i, 90);
        b->driver.flush(b->driver.ctx);
        k->arrives(d, f, frame(f, here, peer[1], TRI_ETHERTYPE, i, 80));
    }
    d->asleep = 0;
    k->send(d);
    CHECK(c, d->frames == RING, "%s: %u frames left", k->name, d->frames);
    for (unsigned i = 0; i < RING; i++)
        CHECK(c, was_sent(d, i, peer[1], i, 90) && comes(b, peer[1], i, 80),
              "%s: %u of a full ring", k->name, i);
    CHECK(c, b->driver.receive(b->driver.ctx, &n, &from) == NULL,
          "%s: more than there was room for", k->name);
    send(b, peer[1], 1, 70);
    b->driver.flush(b->driver.ctx);
    k->arrives(d, f, frame(f, here, peer[1], TRI_ETHERTYPE, 2, 70));
    CHECK(c, was_sent(d, RING, peer[1], 1, 70) && comes(b, peer[1], 2, 70),
          "%s: stuck after a full ring", k->name);
}

static void check_frames(struct tri_check *c)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct box *const b = malloc(sizeof *b);

        CHECK(c, b != NULL && open_box(b, &kinds[i]), "%s: no card",
              kinds[i].name);
        both_ways(c, b, &kinds[i]);
        if (c->msg[0] == '\0')
            rounds(c, b, &kinds[i]);
        if (c->msg[0] == '\0' && b->driver.trouble(b->driver.ctx)[0] != '\0')
            tri_check_fail(c, "%s: trouble", kinds[i].name);
        b->d[1].up = 0;
        if (c->msg[0] == '\0' &&
            strcmp(b->driver.trouble(b->driver.ctx), " has no carrier") != 0)
            tri_check_fail(c, "%s: no carrier, and no word", kinds[i].name);
        close_box(b);
    }
}

/* A card whose buffers are full, are given back, and are full again before the
 * driver has told the device of it. */
static void check_burst(struct tri_check *c)
{
    struct box *const b = malloc(sizeof *b);
    struct device *d;
    uint8_t f[1600];
    const size_t n = frame(f, here, peer[0], TRI_ETHERTYPE, 1, 86);

    CHECK(c, b != NULL && open_box(b, &kinds[1]), "no card");
    d = &b->d[1];
    memcpy(d->wire[0], f, n);
    for (unsigned i = 0; i < RING; i++)
        emac_arrives(d, f, n);
    d->burst = RING + 1;
    for (unsigned i = 0; i < 2 * RING && c->msg[0] == '\0'; i++)
        if (!comes(b, peer[0], 1, 86))
            tri_check_fail(c, "frame %u of two full rings", i);
    if (c->msg[0] == '\0' && comes(b, peer[0], 1, 86))
        tri_check_fail(c, "more frames than came");
    emac_arrives(d, f, frame(f, here, peer[0], TRI_ETHERTYPE, 2, 50));
    if (c->msg[0] == '\0' && !comes(b, peer[0], 2, 50))
        tri_check_fail(c, "the card stands still");
    close_box(b);
}

/* ---- random bytes ---------------------------------------------------------
 */

static uint64_t clock_us;

static uint64_t now(void)
{
    return clock_us += 1000;
}

static void check_rng(struct tri_check *c)
{
    static struct device d;
    const struct tri_virtio v = virtio(&d, TRI_VIRTIO_RNG);
    uint8_t out[201];

    /* an old one is told apart, stopped and not used */
    d.reg[0x70 / 4] = 7;
    d.legacy = 1;
    CHECK(c, tri_virtio_legacy(&v) && !tri_virtio_rng_start(&d.rng, &v),
          "a legacy device");
    CHECK(c, d.reg[0x70 / 4] == 7, "it is changed");
    CHECK(c, tri_virtio_stop(&v) && d.reg[0x70 / 4] == 0, "it goes on");
    d.reg[0x08 / 4] = 0;
    CHECK(c, !tri_virtio_legacy(&v), "an empty place");
    d.reg[0x08 / 4] = TRI_VIRTIO_RNG;
    d.legacy = 0;
    CHECK(c, !tri_virtio_legacy(&v), "a device of today");
    d.rng_bytes = 7;
    CHECK(c, tri_virtio_rng_start(&d.rng, &v), "no source");
    memset(out, 0, sizeof out);
    CHECK(c, tri_virtio_rng_draw(&d.rng, out, 200, now) == TRI_OK, "no bytes");
    for (int i = 0; i < 201; i++)
        CHECK(c, out[i] == (i < 200 ? 0xa5 : 0), "byte %d: %02x", i, out[i]);
    d.rng_bytes = 0;
    for (int i = 0; i < 2; i++) { /* it says nothing; too late is too late */
        memset(out, 1, sizeof out);
        CHECK(c, tri_virtio_rng_draw(&d.rng, out, 200, now) == TRI_E_IO,
              "bytes from a device that gives none");
        for (int j = 0; j < 200; j++)
            CHECK(c, out[j] == 0, "byte %d stays", j);
        d.rng_bytes = 7;
    }
}

/* ---- cards and seeds ------------------------------------------------------
 */

enum { BLOCKS = 64, FIRST = 8 };

/* A host controller with a card. */
struct slot {
    uint8_t card[BLOCKS][512];
    int forgets;  /* takes what is written, and keeps it not */
    int large;    /* counts blocks and not bytes */
    unsigned ill; /* a block that comes, and then counts as misread; 0: none */
    uint32_t argument, response, raised;
    uint32_t block;
    unsigned at; /* of the block that moves */
    int app, awake, writes;
};

static void slot_command(struct slot *s, uint32_t v)
{
    const unsigned number = v >> 24;

    s->response = 0x900;
    s->raised |= 1;
    if (number == 8)
        s->response = s->argument;
    else if (s->app && number == 41)
        s->response = 0x00ff8000 | (s->awake++ > 1 ? UINT32_C(1) << 31 : 0) |
                      (uint32_t)s->large << 30;
    else if (number == 3)
        s->response = 0xb3680500;
    else if (number == 7 && s->argument != 0xb3680000)
        s->raised |= 1 << 15;
    else if (number == 17 || number == 24) {
        s->block = s->large ? s->argument : s->argument / 512;
        s->at = 0;
        s->writes = number == 24;
        if (s->block >= BLOCKS)
            s->raised |= 1 << 15;
        else
            s->raised |= number == 24 ? 1 << 4 : 1 << 5;
    }
    s->app = number == 55;
}

static uint32_t slot_read(void *ctx, unsigned reg)
{
    struct slot *const s = ctx;

    switch (reg) {
    case 0x10:
        return s->response;
    case 0x20:
        if (s->at < 512) {
            s->at += 4;
            if (s->at == 512)
                s->raised |= s->ill > 0 && s->block == s->ill ? 1 << 15 : 2;
            return tri_le_load32(s->card[s->block] + s->at - 4);
        }
        return 0;
    case 0x24:
        return 1 << 16;
    case 0x2c:
        return 2;
    case 0x30:
        return s->raised;
    default:
        return 0;
    }
}

static void slot_write(void *ctx, unsigned reg, uint32_t v)
{
    struct slot *const s = ctx;

    if (reg == 0x08)
        s->argument = v;
    else if (reg == 0x0c)
        slot_command(s, v);
    else if (reg == 0x20 && s->writes && s->at < 512) {
        if (!s->forgets)
            tri_le_store32(s->card[s->block] + s->at, v);
        s->at += 4;
        s->raised |= s->at == 512 ? 2 : 0;
    } else if (reg == 0x30)
        s->raised &= ~v;
}

/* The same card behind Allwinner's controller, which says by other bits what
 * has happened. */
static uint32_t mmc_read(void *ctx, unsigned reg)
{
    const struct slot *const s = ctx;

    switch (reg) {
    case 0x20:
        return s->response;
    case 0x38:
        return (s->raised & 1) << 2 | (s->raised & 2) << 2 |
               (s->raised & 1 << 15) >> 7;
    case 0x3c:
        return s->at < 512 && !s->writes ? 0 : 1 << 2;
    case 0x200:
        return slot_read(ctx, 0x20);
    default:
        return 0;
    }
}

static void mmc_write(void *ctx, unsigned reg, uint32_t v)
{
    struct slot *const s = ctx;

    if (reg == 0x18 && v >> 31 != 0 && (v & 1 << 21) == 0)
        slot_command(s, (v & 63) << 24);
    else if (reg == 0x1c || reg == 0x38 || reg == 0x200)
        slot_write(ctx, reg == 0x1c ? 0x08 : reg == 0x38 ? 0x30 : 0x20, v);
}

static const struct host {
    int (*start)(struct tri_sd *s);
    int (*get)(void *ctx, uint32_t block, uint8_t out[512]);
    int (*put)(void *ctx, uint32_t block, const uint8_t in[512]);
    uint32_t (*read)(void *ctx, unsigned reg);
    void (*write)(void *ctx, unsigned reg, uint32_t v);
} hosts[] = {
    { tri_sdhci_start, tri_sdhci_get, tri_sdhci_put, slot_read, slot_write },
    { tri_mmc_start, tri_mmc_get, tri_mmc_put, mmc_read, mmc_write },
};

static struct slot slot;
static struct tri_sd sd;
static struct tri_partition store;

/* A card with a partition of all but its first blocks, behind one of another
 * kind. */
static int new_card(const struct host *h, uint64_t *seed, uint32_t blocks)
{
    sd = (struct tri_sd){
        .ctx = &slot, .read = h->read, .write = h->write, .now = now
    };
    store = (struct tri_partition){ .ctx = &sd, .get = h->get, .put = h->put };
    memset(&slot, 0, sizeof slot);
    slot.large = (int)(tri_test_rand(seed) & 1);
    for (int i = 0; i < 512; i++)
        slot.card[FIRST][i] = (uint8_t)tri_test_rand(seed);
    slot.card[0][446 + 4] = 0x0c;
    slot.card[0][462 + 4] = 0xda;
    tri_le_store32(slot.card[0] + 462 + 8, FIRST);
    tri_le_store32(slot.card[0] + 462 + 12, blocks);
    slot.card[0][510] = 0x55;
    slot.card[0][511] = 0xaa;
    return h->start(&sd) == TRI_OK && sd.present &&
           tri_partition_find(&store) == TRI_OK && store.first == FIRST &&
           store.blocks == blocks;
}

static void check_card(struct tri_check *c)
{
    const struct tri_setup u = { .bytes = { 5, 5, 3000, 20 } };
    const uint32_t size = 268 + 32 + 3030;
    uint8_t room[4000];
    size_t n;

    for (int turn = 0; turn < 8; turn++) {
        CHECK(c, new_card(&hosts[turn % 2], &c->seed, BLOCKS - FIRST),
              "no card, no partition");
        CHECK(c,
              tri_partition_setup(&store, &n, room, sizeof room) == TRI_OK &&
                  n == 0,
              "a setup where there is none");
        for (int i = 0; i < 3584; i++)
            slot.card[FIRST + 1 + i / 512][i % 512] =
                (uint8_t)tri_test_rand(&c->seed);
        tri_setup_encode(slot.card[FIRST + 1], &u);
        memset(room, 0, sizeof room);
        CHECK(c,
              tri_partition_setup(&store, &n, room, size) == TRI_OK &&
                  n == size && memcmp(room, slot.card[FIRST + 1], size) == 0 &&
                  room[size] == 0,
              "the setup is another, of %zu bytes", n);
        CHECK(c,
              tri_partition_setup(&store, &n, room, size - 1) == TRI_E_NOMEM &&
                  n == size,
              "%u bytes in less", size);
        slot.ill = FIRST + 3;
        CHECK(c, tri_partition_setup(&store, &n, room, sizeof room) == TRI_E_IO,
              "a setup of which a block is misread");
        for (uint32_t i = 0; i < size; i++)
            CHECK(c, room[i] == 0, "byte %u of it stays", i);
        store.blocks = 7; /* the setup needs that many, and the seed one more */
        CHECK(c, tri_partition_setup(&store, &n, room, size) == TRI_E_FORMAT,
              "a setup larger than its partition");
        CHECK(c, store.get(&sd, BLOCKS, room) == TRI_E_IO, "no such block");
        slot.card[0][462 + 4] = 0x83;
        CHECK(c, tri_partition_find(&store) == TRI_E_FORMAT,
              "another's partition");
        slot.card[0][511] = 0;
        CHECK(c, tri_partition_find(&store) == TRI_E_FORMAT, "no table");
    }
}

static void seed_of(struct tri_check *c, const struct host *h)
{
    enum { STARTS = 3, DRAWS = 3, N = 70 };
    static uint8_t out[STARTS * DRAWS][N];
    uint8_t old[512], none[N] = { 0 };
    struct tri_seed seed = { .ready = 0 };

    CHECK(c, new_card(h, &c->seed, BLOCKS - FIRST), "no card");
    CHECK(c, tri_seed_draw(&seed, out[0], N) == TRI_E_IO, "bytes of no seed");
    for (int s = 0; s < STARTS; s++) {
        memcpy(old, slot.card[FIRST], 512);
        CHECK(c, tri_seed_start(&seed, &store) == TRI_OK, "no seed");
        for (int i = 0; i < 512; i += 32) /* all of it is new */
            CHECK(c, memcmp(old + i, slot.card[FIRST] + i, 32) != 0,
                  "part %d of the seed stays", i / 32);
        for (int d = 0; d < DRAWS; d++)
            CHECK(c, tri_seed_draw(&seed, out[s * DRAWS + d], N) == TRI_OK,
                  "no bytes");
    }
    for (int i = 0; i < STARTS * DRAWS; i++)
        for (int j = 0; j < i; j++)
            for (int k = 0; k + 8 <= N; k += 8)
                CHECK(c, memcmp(out[i] + k, out[j] + k, 8) != 0,
                      "draws %d and %d are alike", i, j);

    /* A card that does not keep its successor, one without a seed. */
    memcpy(old, slot.card[FIRST], 512);
    slot.forgets = 1;
    CHECK(c, tri_seed_start(&seed, &store) == TRI_E_IO, "a seed comes twice");
    CHECK(c,
          tri_seed_draw(&seed, out[0], N) == TRI_E_IO &&
              memcmp(out[0], none, N) == 0,
          "bytes of a seed that stays");
    slot.forgets = 0;
    memset(slot.card[FIRST], 0xff, 512);
    CHECK(c, tri_seed_start(&seed, &store) == TRI_E_IO,
          "an erased block is a seed");
}

static void check_seed(struct tri_check *c)
{
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (c->msg[0] == '\0')
            seed_of(c, &hosts[i]);
}

/* What the device may write to, as a number. */
static uint64_t memory_of(const struct device *d)
{
    const uint8_t *const p = d->mem    ? (const uint8_t *)d->mem
                             : d->emem ? (const uint8_t *)d->emem
                                       : (const uint8_t *)&d->net;
    const size_t n = d->mem    ? sizeof *d->mem
                     : d->emem ? sizeof *d->emem
                               : sizeof d->net;
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum = 31 * sum + p[i];
    return sum;
}

/* A card that is stopped, however long that takes, writes nothing more; one
 * that does not stop is none that is used. */
static void check_still(struct tri_check *c)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct kind *const k = &kinds[i];
        struct box *const b = malloc(sizeof *b);
        struct device *const d = &b->d[0];
        uint8_t f[1600], own[6];
        uint64_t before;

        CHECK(c, b != NULL && open_box(b, k), "%s: no cards", k->name);
        for (int stopped = 0; stopped < 2; stopped++) {
            d->lag = stopped != 0 ? 5 : 0;
            CHECK(c, stopped == 0 || k->stop(d), "%s: does not stop", k->name);
            before = memory_of(d);
            k->arrives(d, f, frame(f, here, peer[0], TRI_ETHERTYPE, 1, 100));
            CHECK(c, (memory_of(d) == before) == stopped,
                  "%s: memory is written %d", k->name, stopped);
        }
        d->lag = UINT32_MAX;
        CHECK(c, !k->stop(d), "%s: stops by itself", k->name);
        free(d->mem);
        free(d->emem);
        d->mem = NULL;
        d->emem = NULL;
        CHECK(c, !k->open(d, own), "%s: does not stop, and is used", k->name);
        close_box(b);
    }
}

/* What stands in a card's registers where nobody has set an address is none,
 * and neither is one of several cards. */
static void check_address(struct tri_check *c)
{
    static const uint8_t want[6] = { 2, 0x22, 0x33, 0x44, 0x55, 0x66 };
    uint8_t own[6];

    CHECK(c,
          tri_nic_address(own, 0x44332202, 0xffff6655) &&
              memcmp(own, want, sizeof own) == 0,
          "an address is not read");
    CHECK(c, tri_nic_address(own, 0, 1), "four zeros are no address");
    CHECK(c, !tri_nic_address(own, 0, 0xffff0000), "no address is one");
    CHECK(c, !tri_nic_address(own, 0x44332201, 0x6655), "one of several cards");
}

const struct tri_check_entry tri_checks_drivers[] = {
    { "drivers_frames", check_frames }, { "drivers_burst", check_burst },
    { "drivers_rng", check_rng },       { "drivers_card", check_card },
    { "drivers_seed", check_seed },     { "drivers_address", check_address },
    { "drivers_still", check_still },
};
const size_t tri_checks_drivers_n =
    sizeof tri_checks_drivers / sizeof *tri_checks_drivers;
