#include "boards/common/allwinner/emac.h"
#include "boards/common/peek.h"
#include "core/le.h"
#include "core/mem.h"

/* Registers. */
enum {
    MODE = 0x00,
    RESET = 0x04,
    RAISED = 0x08,
    NOTICED = 0x0c,
    TX_ON = 0x10,
    TX_DMA = 0x14,
    TX_CHAIN = 0x20,
    RX_ON = 0x24,
    RX_DMA = 0x28,
    RX_CHAIN = 0x34,
    FILTER = 0x38,
    PHY = 0x48,
    PHY_DATA = 0x4c,
    MAC_HIGH = 0x50,
    MAC_LOW = 0x54,
    TX_STATE = 0xb0,
    RX_STATE = 0xc0
};

enum {
    FULL_DUPLEX_100 = 1 << 0 | 3 << 2, /* mode */
    RESET_ALL = 1 << 0,                /* reset */
    BURSTS = 8 << 24,
    FRAME_CAME = 1 << 8, /* raised */
    NO_BUFFER = 1 << 9,
    WHOLE = 1 << 1, /* DMA: frames are stored before they go on */
    DMA_STATE = 7,  /* 0: it has stopped */
    PHY_BUSY = 1 << 0,
    PHY_CLOCK = 3 << 20, /* 1/128 */
    /* descriptors: of the received state; of the size */
    RX_LAST = 1 << 8,
    RX_FIRST = 1 << 9,
    RX_LENGTH = 0x3fff,
    SLOT = 2044, /* of 11 bits, in words */
    CHAINED = 1 << 24,
    TX_FIRST = 1 << 29,
    TX_LAST = 1 << 30,
    CHECKSUM = 4 /* bytes behind a received frame */
};
static const uint32_t theirs = UINT32_C(1) << 31; /* the device's descriptor */
static const uint32_t on = UINT32_C(1) << 31;
static const uint32_t start = UINT32_C(3) << 30; /* DMA runs, and looks now */

_Static_assert((int)TRI_NIC_FRAME + (int)CHECKSUM <= (int)SLOT &&
                   (int)SLOT <= (int)TRI_EMAC_SLOT,
               "a slot");

static uint32_t rd(const struct tri_emac *g, unsigned reg)
{
    return g->read(g->ctx, reg);
}

static void wr(const struct tri_emac *g, unsigned reg, uint32_t v)
{
    g->write(g->ctx, reg, v);
}

/* Where the device finds what lies at p, in the memory that both share. */
static uint32_t bus(const struct tri_emac *g, const void *p)
{
    return g->bus + (uint32_t)((uintptr_t)p - (uintptr_t)g->mem);
}

/* Until none of the bits is there; 0 if they stay. */
static int gone(const struct tri_emac *g, unsigned reg, uint32_t bits)
{
    enum { TRIES = 100000 };

    for (unsigned i = 0; i < TRIES; i++)
        if ((rd(g, reg) & bits) == 0)
            return 1;
    return 0;
}

/* ---- the transceiver ------------------------------------------------------
 */

enum { BASIC_STATUS = 1, LINK_UP = 1 << 2, NO_PHY = 0xffff };

/* A register of the transceiver (IEEE 802.3, clause 22), NO_PHY without one. */
static unsigned phy_read(const struct tri_emac *g, unsigned reg)
{
    wr(g, PHY, PHY_CLOCK | g->phy << 12 | reg << 4 | PHY_BUSY);
    return gone(g, PHY, PHY_BUSY) ? rd(g, PHY_DATA) & 0xffff : NO_PHY;
}

static const char *trouble(void *ctx)
{
    const struct tri_emac *const g = ctx;
    unsigned status;

    /* It remembers that the link was down until it is asked. */
    (void)phy_read(g, BASIC_STATUS);
    status = phy_read(g, BASIC_STATUS);
    return status == NO_PHY          ? " has no transceiver"
           : (status & LINK_UP) == 0 ? " has no carrier"
                                     : "";
}

/* ---- frames ---------------------------------------------------------------
 */

static uint8_t *place(void *ctx)
{
    struct tri_emac *const g = ctx;

    return (tri_peek(&g->mem->tx[g->tx].state) & theirs) == 0
               ? g->mem->tx_buf[g->tx]
               : NULL;
}

/* Descriptor i of a chain and its buffer to the device. */
static void give(struct tri_emac *g, struct tri_emac_desc *chain, unsigned i,
                 const uint8_t *buffer, uint32_t size)
{
    chain[i].size = size;
    chain[i].at = bus(g, buffer);
    chain[i].next = bus(g, &chain[(i + 1) % TRI_EMAC_RING]);
    tri_poke(&chain[i].state, theirs);
}

static void post(void *ctx, size_t n)
{
    struct tri_emac *const g = ctx;

    give(g, g->mem->tx, g->tx, g->mem->tx_buf[g->tx],
         (uint32_t)n | TX_FIRST | TX_LAST | CHAINED);
    g->tx = (g->tx + 1) % TRI_EMAC_RING;
}

static void kick(void *ctx)
{
    const struct tri_emac *const g = ctx;

    wr(g, TX_DMA, start | WHOLE);
}

static void offer(struct tri_emac *g, unsigned i)
{
    give(g, g->mem->rx, i, g->mem->rx_buf[i], SLOT | CHAINED);
}

static int came(const struct tri_emac *g, unsigned i)
{
    return (tri_peek(&g->mem->rx[i].state) & theirs) == 0;
}

/* A device that found no buffer waits for a word that there are some. By then
 * it need not know any more where it was. What it says is taken back first:
 * if all buffers are full after that, it may have to say so no more, and is
 * told again when they are not. */
static void again(struct tri_emac *g)
{
    unsigned i = g->rx, n = 0;

    wr(g, RX_DMA, WHOLE);
    wr(g, RAISED, NO_BUFFER);
    for (; n < TRI_EMAC_RING && came(g, i); n++)
        i = (i + 1) % TRI_EMAC_RING;
    g->full = n == TRI_EMAC_RING;
    wr(g, RX_CHAIN, bus(g, &g->mem->rx[i]));
    wr(g, RX_DMA, start | WHOLE);
}

static size_t take(void *ctx, uint8_t frame[TRI_NIC_FRAME])
{
    struct tri_emac *const g = ctx;
    uint32_t state;
    size_t n;

    if (!came(g, g->rx) && (g->full || (rd(g, RAISED) & NO_BUFFER) != 0))
        again(g);
    state = tri_peek(&g->mem->rx[g->rx].state);
    if ((state & theirs) != 0)
        return 0;
    n = state >> 16 & RX_LENGTH;
    if ((state & RX_FIRST) != 0 && (state & RX_LAST) != 0 && n > CHECKSUM + 1 &&
        n <= TRI_NIC_FRAME + CHECKSUM) {
        n -= CHECKSUM;
        memcpy(frame, g->mem->rx_buf[g->rx], n);
    } else {
        n = 1;
    }
    offer(g, g->rx);
    g->rx = (g->rx + 1) % TRI_EMAC_RING;
    return n;
}

/* What is written is cleared. That there was no buffer, take() is to see. */
static void quiet(void *ctx)
{
    const struct tri_emac *const g = ctx;

    wr(g, RAISED, FRAME_CAME);
}

/* ---- setting up -----------------------------------------------------------
 */

static void chains(struct tri_emac *g)
{
    memset(g->mem, 0, sizeof *g->mem);
    g->rx = g->tx = 0;
    g->full = 0;
    for (unsigned i = 0; i < TRI_EMAC_RING; i++) {
        offer(g, i);
        g->mem->tx[i].next = bus(g, &g->mem->tx[(i + 1) % TRI_EMAC_RING]);
    }
}

/* DMA ends with the frame that it is at. */
int tri_emac_stop(const struct tri_emac *g)
{
    wr(g, RX_DMA, WHOLE);
    wr(g, TX_DMA, WHOLE);
    wr(g, RX_ON, 0);
    wr(g, TX_ON, 0);
    return gone(g, RX_STATE, DMA_STATE) && gone(g, TX_STATE, DMA_STATE);
}

int tri_emac_start(struct tri_emac *g, uint8_t own[TRI_ETHER_MAC],
                   struct tri_nic *card)
{
    if (!tri_nic_address(own, rd(g, MAC_LOW), rd(g, MAC_HIGH)) ||
        !tri_emac_stop(g))
        return 0;
    wr(g, RESET, RESET_ALL);
    if (!gone(g, RESET, RESET_ALL))
        return 0;
    chains(g);
    wr(g, RESET, BURSTS);
    wr(g, MODE, FULL_DUPLEX_100);
    wr(g, MAC_HIGH, tri_le_load16(own + 4));
    wr(g, MAC_LOW, tri_le_load32(own));
    wr(g, FILTER, 0);
    wr(g, TX_CHAIN, bus(g, g->mem->tx));
    wr(g, RX_CHAIN, bus(g, g->mem->rx));
    wr(g, NOTICED, FRAME_CAME);
    wr(g, TX_ON, on);
    wr(g, RX_ON, on);
    wr(g, RX_DMA, start | WHOLE);
    *card = (struct tri_nic){ .ctx = g,
                              .place = place,
                              .post = post,
                              .kick = kick,
                              .take = take,
                              .quiet = quiet,
                              .trouble = trouble };
    return 1;
}
