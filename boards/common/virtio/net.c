#include "boards/common/virtio/net.h"
#include "core/mem.h"

enum { MAC = 1 << 5, STATUS = 1 << 16 }; /* features */
enum { RX = 0, TX = 1, LINK_UP = 1 };    /* queues; of the status */

_Static_assert((int)TRI_VNET_HEAD + (int)TRI_NIC_FRAME <= (int)TRI_VNET_SLOT,
               "a slot");

static void offer(struct tri_vnet *c, unsigned i)
{
    tri_virtq_lend(&c->rx, i, c->rx_buf[i], TRI_VNET_SLOT, 1);
}

static uint8_t *place(void *ctx)
{
    struct tri_vnet *const c = ctx;
    uint32_t len;

    while (tri_virtq_back(&c->v, &c->tx, &len) != TRI_VIRTQ_NONE)
        ;
    for (unsigned i = 0; !c->v.broken && i < TRI_VIRTQ_SIZE; i++)
        if (!c->tx.lent[i]) {
            c->at = i;
            memset(c->tx_buf[i], 0, TRI_VNET_HEAD);
            return c->tx_buf[i] + TRI_VNET_HEAD;
        }
    return NULL;
}

static void post(void *ctx, size_t n)
{
    struct tri_vnet *const c = ctx;

    tri_virtq_lend(&c->tx, c->at, c->tx_buf[c->at],
                   (uint32_t)(TRI_VNET_HEAD + n), 0);
}

static void kick(void *ctx)
{
    struct tri_vnet *const c = ctx;

    tri_virtq_kick(&c->v, &c->tx);
}

static size_t take(void *ctx, uint8_t frame[TRI_NIC_FRAME])
{
    struct tri_vnet *const c = ctx;
    uint32_t len = 0;
    const unsigned i = tri_virtq_back(&c->v, &c->rx, &len);
    size_t n = 0;

    if (i == TRI_VIRTQ_NONE)
        return 0;
    if (len > TRI_VNET_HEAD && len <= TRI_VNET_HEAD + TRI_NIC_FRAME) {
        n = len - TRI_VNET_HEAD;
        memcpy(frame, c->rx_buf[i] + TRI_VNET_HEAD, n);
    }
    offer(c, i);
    tri_virtq_kick(&c->v, &c->rx);
    return n == 0 ? 1 : n;
}

static void quiet(void *ctx)
{
    struct tri_vnet *const c = ctx;

    tri_virtio_quiet(&c->v);
}

static const char *trouble(void *ctx)
{
    struct tri_vnet *const c = ctx;

    if (c->v.broken)
        return " breaks the rules of its kind";
    if ((c->features & STATUS) != 0 &&
        (c->v.read(c->v.ctx, TRI_VIRTIO_CONFIG + 4) >> 16 & LINK_UP) == 0)
        return " has no carrier";
    return "";
}

int tri_vnet_start(struct tri_vnet *c, const struct tri_virtio *v,
                   uint8_t mac[TRI_ETHER_MAC], struct tri_nic *card)
{
    c->v = *v;
    c->at = 0;
    if (!tri_virtio_start(&c->v, TRI_VIRTIO_NET, MAC | STATUS, &c->features) ||
        (c->features & MAC) == 0 || !tri_virtq_start(&c->v, &c->rx, RX) ||
        !tri_virtq_start(&c->v, &c->tx, TX))
        return 0;
    for (unsigned i = 0; i < TRI_ETHER_MAC; i++)
        mac[i] = (uint8_t)(c->v.read(c->v.ctx, TRI_VIRTIO_CONFIG + i / 4 * 4) >>
                           8 * (i % 4));
    tri_virtio_ready(&c->v);
    for (unsigned i = 0; i < TRI_VIRTQ_SIZE; i++)
        offer(c, i);
    tri_virtq_kick(&c->v, &c->rx);
    *card = (struct tri_nic){ .ctx = c,
                              .place = place,
                              .post = post,
                              .kick = kick,
                              .take = take,
                              .quiet = quiet,
                              .trouble = trouble };
    return 1;
}
