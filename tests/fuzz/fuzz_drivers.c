/*
 * Drivers of boards, with devices and wires that keep no rules: registers hold
 * anything, and before each of them is read the device may have written
 * anything to the memory that it shares with the driver. Nothing outside the
 * driver's buffers is written, what is given on lies inside, and every call
 * ends.
 */
#include <stdlib.h>
#include <string.h>

#include "boards/common/allwinner/emac.h"
#include "boards/common/allwinner/mmc.h"
#include "boards/common/cadence/gem.h"
#include "boards/common/sd/sdhci.h"
#include "boards/common/sd/partition.h"
#include "boards/common/virtio/net.h"
#include "boards/common/virtio/rng.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

/* What the device does: bytes of the input, then zeros. */
static const uint8_t *in;
static size_t left;

static unsigned next(void)
{
    if (left == 0)
        return 0;
    left--;
    return *in++;
}

static uint32_t word(void)
{
    uint32_t v = 0;

    for (int i = 0; i < 4; i++)
        v = v << 8 | next();
    return v;
}

/* Memory that a device writes to. */
struct shared {
    uint8_t *p[2];
    size_t n[2];
    struct tri_virtq *q[2];
    struct tri_gem_shared *m;
    struct tri_emac_shared *e;
};

/* A register that says what the driver asks for first may do so: else nothing
 * behind that is ever reached. */
struct device {
    struct shared s;
    unsigned kind;
    int rules;       /* those registers are honest */
    uint32_t status; /* of a virtio device, as it was written */
};

/* Almost what a device would do: an element comes back, perhaps of a number or
 * a length that cannot be. */
static void answer(const struct shared *s)
{
    const unsigned i = next();
    struct tri_virtq *const q = s->q[i & 1];
    const uint32_t len = (i & 2) != 0 ? word() : 12 + (i & 4) * 400;

    if (s->m != NULL) {
        s->m->rx[i % TRI_GEM_RING].state = len | 3 << 14;
        s->m->rx[i % TRI_GEM_RING].at |= 1;
        s->m->tx[i % TRI_GEM_RING].state |= UINT32_C(1) << 31;
    }
    if (s->e != NULL) {
        s->e->rx[i % TRI_EMAC_RING].state =
            (len << 16 | 3 << 8) & UINT32_MAX >> 1;
        s->e->tx[i % TRI_EMAC_RING].state = 0;
    }
    if (q != NULL) {
        q->used.ring[q->used.idx % TRI_VIRTQ_SIZE].id =
            (i & 8) != 0 ? word() : i >> 4;
        q->used.ring[q->used.idx % TRI_VIRTQ_SIZE].len = len;
        q->used.idx++;
    }
}

static void scribble(const struct shared *s)
{
    const unsigned what = next(), area = what & 1;

    if ((what & 6) == 4)
        answer(s);
    if ((what & 2) == 0 || s->p[area] == NULL)
        return;
    for (unsigned k = what >> 2 & 15; k > 0; k--)
        s->p[area][word() % s->n[area]] = (uint8_t)next();
    if ((what & 0xc0) == 0xc0) /* all of one byte */
        memset(s->p[area], (int)next(), s->n[area]);
}

static uint32_t honest(const struct device *d, unsigned reg)
{
    switch (d->kind << 12 | reg) {
    case 0x0fc:
        return 0x40070106; /* GEM: the module */
    case 0x088:
        return 2; /* its address */
    case 0x008:
        return 4; /* its transceiver has answered */
    case 0x1000:
        return 0x74726976;
    case 0x1004:
        return 2;
    case 0x1008:
        return TRI_VIRTIO_NET;
    case 0x2000:
        return 0x74726976;
    case 0x2004:
        return 2;
    case 0x2008:
        return TRI_VIRTIO_RNG;
    case 0x1010:
    case 0x2010:
        return UINT32_MAX; /* all features */
    case 0x1034:
    case 0x2034:
        return 64;
    case 0x1044:
    case 0x2044:
        return 0;
    case 0x1070:
    case 0x2070:
        return d->status;
    case 0x014: /* GEM and EMAC: stopped */
    case 0x40b0:
    case 0x40c0:
        return 0;
    case 0x3024:
        return 1 << 16; /* a card, and nothing is busy */
    case 0x302c:
        return 2;
    case 0x3030:
        return 0x33; /* done, may read, may write */
    case 0x3010:
    case 0x5020:
        return next() == 0 ? 0x1aa : 0xc0ff81aa;
    case 0x4054:
        return 2; /* EMAC: its address */
    case 0x4004:  /* it was reset */
    case 0x4048:  /* its transceiver has answered */
    case 0x5000:  /* Allwinner's controller: likewise; nothing is busy */
    case 0x5018:
    case 0x503c:
        return 0;
    case 0x5038:
        return 0xc; /* an answer has come, a block has moved */
    default:
        return word();
    }
}

static uint32_t reg_read(void *ctx, unsigned reg)
{
    const struct device *const d = ctx;

    scribble(&d->s);
    return d->rules ? honest(d, reg) : word();
}

static void reg_write(void *ctx, unsigned reg, uint32_t v)
{
    struct device *const d = ctx;

    if (reg == 0x70)
        d->status = v;
    scribble(&d->s);
}

/* A second is 60 looks at a register: a card that keeps the rules is awake by
 * then. */
static uint64_t now(void)
{
    static uint64_t us;

    return us += 1 << 14;
}

/* ---- a card ---------------------------------------------------------------
 */

static void use(struct tri_cards *c, const struct device *d)
{
    struct tri_ether_driver e = { .ctx = NULL };
    static uint8_t out[3000];

    memset(c->own, 2, sizeof c->own);
    tri_cards_driver(c, &e);
    for (unsigned turns = 0; left > 0 && turns < 4096; turns++) {
        const unsigned op = next();
        uint8_t to[TRI_ETHER_MAC] = { 2, 2, 2, 2, 2, (uint8_t)(op >> 5) };

        if ((op & 7) < 3) {
            const struct tri_piece v[2] = { { out, next() * 7 },
                                            { out, next() } };

            e.send(e.ctx, to, v, 2);
        } else if ((op & 7) == 3) {
            e.flush(e.ctx);
        } else if ((op & 7) == 4) {
            MUST(e.trouble(e.ctx) != NULL);
        } else {
            const uint8_t *from = NULL, *p;
            size_t n = SIZE_MAX;

            scribble(&d->s);
            p = e.receive(e.ctx, &n, &from);
            MUST(p == NULL ||
                 (p == c->frame + TRI_ETHER_HEAD && n <= TRI_NIC_MTU &&
                  from == c->frame + TRI_ETHER_MAC));
        }
        for (unsigned i = 0; i < TRI_ETHER_MAC; i++)
            MUST(c->own[i] == 2);
        MUST(c->n == 1 && c->next < sizeof c->heard / sizeof *c->heard);
    }
}

static void gem(struct device *d)
{
    struct tri_gem_shared *const m = aligned_alloc(64, sizeof *m);
    struct tri_gem g = {
        .ctx = d, .read = reg_read, .write = reg_write, .mem = m, .bus = 0x1000
    };
    struct tri_cards *const c = calloc(1, sizeof *c);
    struct tri_nic card;
    uint8_t own[TRI_ETHER_MAC];

    MUST(m != NULL && c != NULL);
    memset(m, 0, sizeof *m);
    d->s = (struct shared){ { (uint8_t *)m->rx, m->rx_buf[0] },
                            { sizeof m->rx + sizeof m->tx, sizeof m->rx_buf },
                            { NULL, NULL },
                            m,
                            NULL };
    if (tri_gem_start(&g, NULL, own, &card) && tri_cards_add(c, &card))
        use(c, d);
    (void)tri_gem_stop(&g);
    MUST(g.rx < TRI_GEM_RING && g.tx < TRI_GEM_RING && g.mem == m);
    free(c);
    free(m);
}

static void emac(struct device *d)
{
    struct tri_emac_shared *const m = aligned_alloc(64, sizeof *m);
    struct tri_emac g = { .ctx = d,
                          .read = reg_read,
                          .write = reg_write,
                          .mem = m,
                          .bus = 0x1000,
                          .phy = 1 };
    struct tri_cards *const c = calloc(1, sizeof *c);
    struct tri_nic card;
    uint8_t own[TRI_ETHER_MAC];

    MUST(m != NULL && c != NULL);
    memset(m, 0, sizeof *m);
    d->s = (struct shared){ { (uint8_t *)m->rx, m->rx_buf[0] },
                            { sizeof m->rx + sizeof m->tx, sizeof m->rx_buf },
                            { NULL, NULL },
                            NULL,
                            m };
    if (tri_emac_start(&g, own, &card) && tri_cards_add(c, &card))
        use(c, d);
    (void)tri_emac_stop(&g);
    MUST(g.rx < TRI_EMAC_RING && g.tx < TRI_EMAC_RING && g.mem == m);
    free(c);
    free(m);
}

static void vnet(struct device *d)
{
    struct tri_vnet *const n = calloc(1, sizeof *n);
    struct tri_cards *const c = calloc(1, sizeof *c);
    const struct tri_virtio v = { .ctx = d,
                                  .read = reg_read,
                                  .write = reg_write };
    struct tri_nic card;
    uint8_t own[TRI_ETHER_MAC];

    MUST(n != NULL && c != NULL);
    d->s = (struct shared){ { (uint8_t *)&n->rx.used, n->rx_buf[0] },
                            { sizeof n->rx.used, sizeof n->rx_buf },
                            { &n->rx, &n->tx },
                            NULL,
                            NULL };
    if ((next() & 1) != 0)
        d->s.p[0] = (uint8_t *)&n->tx.used;
    if (tri_vnet_start(n, &v, own, &card) && tri_cards_add(c, &card))
        use(c, d);
    (void)tri_virtio_stop(&v);
    for (unsigned i = 0; i < TRI_VIRTQ_SIZE; i++)
        MUST(n->rx.lent[i] <= 1 && n->tx.lent[i] <= 1);
    MUST(n->at < TRI_VIRTQ_SIZE);
    free(c);
    free(n);
}

/* ---- what else a board has ------------------------------------------------
 */

static void rng(struct device *d)
{
    struct tri_virtio_rng *const r = calloc(1, sizeof *r);
    const struct tri_virtio v = { .ctx = d,
                                  .read = reg_read,
                                  .write = reg_write };
    const size_t n = 1 + next();
    uint8_t *const out = malloc(n);

    MUST(r != NULL && out != NULL);
    d->s = (struct shared){ { (uint8_t *)&r->q.used, r->buf },
                            { sizeof r->q.used, sizeof r->buf },
                            { &r->q, NULL },
                            NULL,
                            NULL };
    if (tri_virtio_rng_start(r, &v))
        for (int i = 0; i < 4; i++) {
            memset(out, 1, n);
            if (tri_virtio_rng_draw(r, out, n, now) != TRI_OK)
                for (size_t k = 0; k < n; k++)
                    MUST(out[k] == 0);
        }
    free(out);
    free(r);
}

/* A card behind either controller. */
static void slot(struct device *d, int (*start)(struct tri_sd *s),
                 struct tri_partition t)
{
    struct tri_sd s = {
        .ctx = d, .read = reg_read, .write = reg_write, .now = now
    };
    struct tri_seed seed;
    const size_t room = 1 + word() % 5000;
    uint8_t *const p = calloc(room, 1), key[40];
    size_t n = 0;
    int rc;

    MUST(p != NULL);
    t.ctx = &s;
    d->s = (struct shared){ .p = { NULL, NULL } };
    if (start(&s) == TRI_OK && tri_partition_find(&t) == TRI_OK) {
        MUST(t.first > 0 && t.blocks > 1 && t.first + t.blocks > t.first);
        rc = tri_partition_setup(&t, &n, p, room);
        MUST(rc != TRI_OK || n <= room);
        for (size_t i = 0; rc != TRI_OK && i < room; i++)
            MUST(p[i] == 0);
        rc = tri_seed_start(&seed, &t);
        MUST((tri_seed_draw(&seed, key, sizeof key) == TRI_OK) ==
             (rc == TRI_OK));
    }
    free(p);
}

static void sd(struct device *d)
{
    slot(d, tri_sdhci_start,
         (struct tri_partition){ .get = tri_sdhci_get, .put = tri_sdhci_put });
}

static void mmc(struct device *d)
{
    slot(d, tri_mmc_start,
         (struct tri_partition){ .get = tri_mmc_get, .put = tri_mmc_put });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const kinds[])(struct device *) = { gem, vnet, rng,
                                                      sd,  emac, mmc };
    struct device d = { .rules = 0 };
    unsigned first;

    in = data;
    left = size;
    first = next();
    d.kind = (first & 0x20) == 0 ? first & 3 : 4 + (first & 1);
    d.rules = (first & 0x1c) != 0;
    kinds[d.kind](&d);
    return 0;
}
