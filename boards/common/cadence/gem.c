#include "boards/common/cadence/gem.h"
#include "boards/common/peek.h"
#include "core/le.h"
#include "core/mem.h"

/* Registers. */
enum {
    CONTROL = 0x000,
    CONFIG = 0x004,
    STATUS = 0x008,
    DMA = 0x010,
    TX_STATUS = 0x014,
    RX_BASE = 0x018,
    TX_BASE = 0x01c,
    RX_STATUS = 0x020,
    RAISED = 0x024,
    ENABLE = 0x028,
    DISABLE = 0x02c,
    PHY = 0x034,
    MAC_LOW = 0x088,
    MAC_HIGH = 0x08c,
    MODULE = 0x0fc,
    TX_BASE_1 = 0x440,
    RX_BASE_1 = 0x480,
    DISABLE_1 = 0x620
};

enum {
    GEM = 7, /* of the module's number */
    /* control */
    RECEIVE = 1 << 2,
    TRANSMIT = 1 << 3,
    MANAGE = 1 << 4,
    CLEAR = 1 << 5,
    GO = 1 << 9,
    /* transmission: status */
    GOING = 1 << 3,
    /* configuration: full duplex, frames of 1536 bytes, 1 Gb/s, the checksum
     * cut off, the transceiver's clock by 224, a bus of 64 bits */
    SETTINGS = 1 << 1 | 1 << 8 | 1 << 10 | 1 << 17 | 7 << 18 | 1 << 21,
    /* DMA: bursts of 16, all of the packet memory, slots for reception */
    BURSTS = 16 | 3 << 8 | 1 << 10 | TRI_GEM_SLOT / 64 << 16,
    NO_BUFFER = 1 << 0,  /* received: status */
    FRAME_CAME = 1 << 1, /* interrupts */
    FRAME_LOST = 1 << 2,
    PHY_IDLE = 1 << 2
};

/* Descriptors: of the receiver's address, and of the two states. */
enum { RX_OURS = 1, RX_WRAP = 2, RX_FIRST = 1 << 14, RX_LAST = 1 << 15 };
enum { RX_LENGTH = 0x1fff, TX_LAST = 1 << 15, TX_WRAP = 1 << 30 };
static const uint32_t tx_ours = UINT32_C(1) << 31;

_Static_assert((int)TRI_NIC_FRAME <= (int)TRI_GEM_SLOT, "a slot");

static uint32_t rd(const struct tri_gem *g, unsigned reg)
{
    return g->read(g->ctx, reg);
}

static void wr(const struct tri_gem *g, unsigned reg, uint32_t v)
{
    g->write(g->ctx, reg, v);
}

/* Where the device finds what lies at p, in the memory that both share. */
static uint32_t bus(const struct tri_gem *g, const void *p)
{
    return g->bus + (uint32_t)((uintptr_t)p - (uintptr_t)g->mem);
}

/* ---- the transceiver ------------------------------------------------------
 */

enum { PHYS = 32, BASIC_STATUS = 1, LINK_UP = 1 << 2, NO_PHY = 0xffff };

/* A register of a transceiver (IEEE 802.3, clause 22), NO_PHY without one. */
static unsigned phy_read(const struct tri_gem *g, unsigned phy, unsigned reg)
{
    enum { TRIES = 10000 };

    wr(g, PHY,
       UINT32_C(1) << 30 | UINT32_C(2) << 28 | phy << 23 | reg << 18 |
           UINT32_C(2) << 16);
    for (unsigned i = 0; i < TRIES; i++)
        if ((rd(g, STATUS) & PHY_IDLE) != 0)
            return rd(g, PHY) & 0xffff;
    return NO_PHY;
}

/* The first that answers. */
static unsigned phy_find(const struct tri_gem *g)
{
    unsigned phy = 0;

    while (phy < PHYS && (phy_read(g, phy, BASIC_STATUS) == NO_PHY ||
                          phy_read(g, phy, BASIC_STATUS) == 0))
        phy++;
    return phy;
}

static const char *trouble(void *ctx)
{
    const struct tri_gem *const g = ctx;

    if (g->phy == PHYS)
        return " has no transceiver";
    /* It remembers that the link was down until it is asked. */
    (void)phy_read(g, g->phy, BASIC_STATUS);
    return (phy_read(g, g->phy, BASIC_STATUS) & LINK_UP) == 0
               ? " has no carrier"
               : "";
}

/* ---- frames ---------------------------------------------------------------
 */

static uint8_t *place(void *ctx)
{
    struct tri_gem *const g = ctx;

    return (tri_peek(&g->mem->tx[g->tx].state) & tx_ours) != 0
               ? g->mem->tx_buf[g->tx]
               : NULL;
}

static void post(void *ctx, size_t n)
{
    struct tri_gem *const g = ctx;
    const unsigned i = g->tx;

    g->tx = (i + 1) % TRI_GEM_RING;
    g->mem->tx[i].at = bus(g, g->mem->tx_buf[i]);
    tri_poke(&g->mem->tx[i].state,
             (uint32_t)n | TX_LAST | (g->tx == 0 ? TX_WRAP : 0));
}

static void kick(void *ctx)
{
    struct tri_gem *const g = ctx;

    wr(g, CONTROL, RECEIVE | TRANSMIT | MANAGE | GO);
}

/* Slot i to the device. */
static void offer(struct tri_gem *g, unsigned i)
{
    g->mem->rx[i].state = 0;
    tri_poke(&g->mem->rx[i].at,
             bus(g, g->mem->rx_buf[i]) | (i == TRI_GEM_RING - 1 ? RX_WRAP : 0));
}

static size_t take(void *ctx, uint8_t frame[TRI_NIC_FRAME])
{
    struct tri_gem *const g = ctx;
    const unsigned i = g->rx;
    size_t n = 0;

    if ((tri_peek(&g->mem->rx[i].at) & RX_OURS) != 0) {
        const uint32_t state = tri_peek(&g->mem->rx[i].state);
        const uint32_t len = state & RX_LENGTH;

        if ((state & RX_FIRST) != 0 && (state & RX_LAST) != 0 &&
            len <= TRI_NIC_FRAME) {
            n = len;
            memcpy(frame, g->mem->rx_buf[i], n);
        }
        offer(g, i);
        g->rx = (i + 1) % TRI_GEM_RING;
        return n == 0 ? 1 : n;
    }
    /* A device that found no slot waits for a word that there are some. */
    if ((rd(g, RX_STATUS) & NO_BUFFER) != 0) {
        wr(g, RX_STATUS, NO_BUFFER);
        wr(g, CONTROL, RECEIVE | TRANSMIT | MANAGE);
    }
    return 0;
}

/* Some of these devices clear what is read, others what is written. */
static void quiet(void *ctx)
{
    struct tri_gem *const g = ctx;
    const uint32_t raised = rd(g, RAISED);

    if (raised != 0)
        wr(g, RAISED, raised);
}

/* ---- setting up -----------------------------------------------------------
 */

static void rings(struct tri_gem *g)
{
    struct tri_gem_shared *const m = g->mem;

    memset(m, 0, sizeof *m);
    g->rx = g->tx = 0;
    for (unsigned i = 0; i < TRI_GEM_RING; i++) {
        offer(g, i);
        m->tx[i].at = bus(g, m->tx_buf[i]);
        m->tx[i].state = tx_ours | (i == TRI_GEM_RING - 1 ? TX_WRAP : 0);
    }
    /* The second queue has one descriptor each way, which stays the driver's.
     */
    m->idle_rx.at = bus(g, m->rx_buf) | RX_OURS | RX_WRAP;
    m->idle_tx.at = bus(g, m->tx_buf);
    m->idle_tx.state = tx_ours | TX_WRAP;
}

static int is_card(const struct tri_gem *g)
{
    return (rd(g, MODULE) >> 16 & 0xfff) == GEM;
}

/* Reception stops at once, transmission when what goes on is over. */
int tri_gem_stop(const struct tri_gem *g)
{
    enum { TRIES = 100000 };

    if (!is_card(g))
        return 1;
    wr(g, CONTROL, 0);
    for (unsigned i = 0; i < TRIES; i++)
        if ((rd(g, TX_STATUS) & GOING) == 0)
            return 1;
    return 0;
}

int tri_gem_start(struct tri_gem *g, const uint8_t *mac,
                  uint8_t own[TRI_ETHER_MAC], struct tri_nic *card)
{
    if (!is_card(g) || !tri_nic_address(own, rd(g, MAC_LOW), rd(g, MAC_HIGH)) ||
        !tri_gem_stop(g))
        return 0;
    if (mac != NULL)
        memcpy(own, mac, TRI_ETHER_MAC);
    wr(g, CONTROL, CLEAR);
    wr(g, DISABLE, UINT32_MAX);
    wr(g, DISABLE_1, UINT32_MAX);
    wr(g, TX_STATUS, UINT32_MAX);
    wr(g, RX_STATUS, UINT32_MAX);
    quiet(g);
    rings(g);
    wr(g, CONFIG, SETTINGS);
    wr(g, DMA, BURSTS);
    wr(g, RX_BASE, bus(g, g->mem->rx));
    wr(g, TX_BASE, bus(g, g->mem->tx));
    wr(g, RX_BASE_1, bus(g, &g->mem->idle_rx));
    wr(g, TX_BASE_1, bus(g, &g->mem->idle_tx));
    wr(g, MAC_LOW, tri_le_load32(own));
    wr(g, MAC_HIGH, tri_le_load16(own + 4));
    wr(g, CONTROL, MANAGE);
    g->phy = phy_find(g);
    wr(g, ENABLE, FRAME_CAME | FRAME_LOST);
    wr(g, CONTROL, RECEIVE | TRANSMIT | MANAGE);
    *card = (struct tri_nic){ .ctx = g,
                              .place = place,
                              .post = post,
                              .kick = kick,
                              .take = take,
                              .quiet = quiet,
                              .trouble = trouble };
    return 1;
}
