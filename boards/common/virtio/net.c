#include "boards/common/virtio/net.h"
#include "core/mem.h"

enum { MAC = 1 << 5, STATUS = 1 << 16 }; /* features */
enum { RX = 0, TX = 1, LINK_UP = 1 };    /* queues; of the status */

static void offer(struct tri_vnet_card *c, unsigned i)
{
    tri_virtq_lend(&c->rx, i, c->rx_buf[i], TRI_VNET_SLOT, 1);
}

int tri_vnet_add(struct tri_vnet *n, const struct tri_virtio *v)
{
    struct tri_vnet_card *const c = &n->card[n->cards];

    if (n->cards == TRI_VNET_CARDS)
        return 0;
    c->v = *v;
    c->kick = 0;
    if (!tri_virtio_start(&c->v, TRI_VIRTIO_NET, MAC | STATUS, &c->features) ||
        (c->features & MAC) == 0 || !tri_virtq_start(&c->v, &c->rx, RX) ||
        !tri_virtq_start(&c->v, &c->tx, TX))
        return 0;
    for (unsigned i = 0; n->cards == 0 && i < TRI_ETHER_MAC; i++)
        n->own[i] =
            (uint8_t)(c->v.read(c->v.ctx, TRI_VIRTIO_CONFIG + i / 4 * 4) >>
                      8 * (i % 4));
    tri_virtio_ready(&c->v);
    for (unsigned i = 0; i < TRI_VIRTQ_SIZE; i++)
        offer(c, i);
    tri_virtq_kick(&c->v, &c->rx);
    n->cards++;
    return 1;
}

/* ---- sending --------------------------------------------------------------
 */

/* A place for a frame, or NONE: all are under way. */
static unsigned place(struct tri_vnet_card *c)
{
    uint32_t len;

    while (tri_virtq_back(&c->v, &c->tx, &len) != TRI_VIRTQ_NONE)
        ;
    for (unsigned i = 0; i < TRI_VIRTQ_SIZE; i++)
        if (!c->tx.lent[i])
            return i;
    return TRI_VIRTQ_NONE;
}

static void send_on(struct tri_vnet *n, struct tri_vnet_card *c,
                    const uint8_t to[TRI_ETHER_MAC], const struct tri_piece *v,
                    unsigned pieces)
{
    enum { LEAST = 60 };
    const unsigned i = place(c);
    size_t at = TRI_VNET_HEAD;
    uint8_t *const p = c->tx_buf[i % TRI_VIRTQ_SIZE];

    if (i == TRI_VIRTQ_NONE || c->v.broken)
        return;
    memset(p, 0, TRI_VNET_HEAD + LEAST);
    memcpy(p + at, to, TRI_ETHER_MAC);
    memcpy(p + at + TRI_ETHER_MAC, n->own, TRI_ETHER_MAC);
    p[at + 12] = TRI_ETHERTYPE >> 8;
    p[at + 13] = TRI_ETHERTYPE & 0xff;
    at += TRI_ETHER_HEAD;
    for (unsigned k = 0; k < pieces; k++) {
        if (v[k].n > TRI_VNET_SLOT - at)
            return;
        memcpy(p + at, v[k].p, v[k].n);
        at += v[k].n;
    }
    if (at < TRI_VNET_HEAD + LEAST)
        at = TRI_VNET_HEAD + LEAST;
    tri_virtq_lend(&c->tx, i, p, (uint32_t)at, 0);
    c->kick = 1;
}

void tri_vnet_send(void *ctx, const uint8_t to[TRI_ETHER_MAC],
                   const struct tri_piece *v, unsigned n)
{
    struct tri_vnet *const w = ctx;

    for (unsigned i = 0; i < sizeof w->heard / sizeof *w->heard; i++)
        if (memcmp(w->heard[i].mac, to, TRI_ETHER_MAC) == 0) {
            send_on(w, &w->card[w->heard[i].card], to, v, n);
            return;
        }
    for (unsigned c = 0; c < w->cards; c++)
        send_on(w, &w->card[c], to, v, n);
}

void tri_vnet_flush(void *ctx)
{
    struct tri_vnet *const w = ctx;

    for (unsigned c = 0; c < w->cards; c++) {
        if (w->card[c].kick)
            tri_virtq_kick(&w->card[c].v, &w->card[c].tx);
        w->card[c].kick = 0;
    }
}

/* ---- receiving ------------------------------------------------------------
 */

static void remember(struct tri_vnet *w, const uint8_t mac[TRI_ETHER_MAC],
                     unsigned card)
{
    const unsigned places = sizeof w->heard / sizeof *w->heard;
    unsigned i = 0;

    while (i < places && memcmp(w->heard[i].mac, mac, TRI_ETHER_MAC) != 0)
        i++;
    if (i == places) {
        i = w->next;
        w->next = (w->next + 1) % places;
    }
    memcpy(w->heard[i].mac, mac, TRI_ETHER_MAC);
    w->heard[i].card = card;
}

/* Is what stands in w->frame for this interface? */
static int ours(const struct tri_vnet *w, size_t n)
{
    static const uint8_t all[TRI_ETHER_MAC] = { 255, 255, 255, 255, 255, 255 };
    const uint8_t *const f = w->frame;

    return n >= TRI_ETHER_HEAD && f[12] == TRI_ETHERTYPE >> 8 &&
           f[13] == (TRI_ETHERTYPE & 0xff) && (f[6] & 1) == 0 &&
           (memcmp(f, w->own, TRI_ETHER_MAC) == 0 ||
            memcmp(f, all, TRI_ETHER_MAC) == 0) &&
           memcmp(f + TRI_ETHER_MAC, w->own, TRI_ETHER_MAC) != 0;
}

/* The next frame of a card to w->frame, and its place back to the device. What
 * is looked at is the copy: the device may go on writing to its place. */
static size_t take(struct tri_vnet *w, struct tri_vnet_card *c)
{
    uint32_t len = 0;
    const unsigned i = tri_virtq_back(&c->v, &c->rx, &len);
    size_t n = 0;

    if (i == TRI_VIRTQ_NONE)
        return 0;
    if (len > TRI_VNET_HEAD && len <= TRI_VNET_SLOT) {
        n = len - TRI_VNET_HEAD;
        memcpy(w->frame, c->rx_buf[i] + TRI_VNET_HEAD, n);
    }
    offer(c, i);
    tri_virtq_kick(&c->v, &c->rx);
    return n == 0 ? 1 : n; /* 1: something that is no frame */
}

const uint8_t *tri_vnet_receive(void *ctx, size_t *n, const uint8_t **from)
{
    struct tri_vnet *const w = ctx;

    for (unsigned c = 0; c < w->cards; c++) {
        struct tri_vnet_card *const card = &w->card[c];
        int quiet = 0;

        /* Lowered before the last look: a frame that comes later raises it. A
         * flood of frames for others keeps nobody here. */
        for (unsigned most = 0; most < TRI_VIRTQ_SIZE; most++) {
            const size_t len = take(w, card);

            if (len == 0 && quiet)
                break;
            if (len == 0) {
                tri_virtio_quiet(&card->v);
                quiet = 1;
                continue;
            }
            if (!ours(w, len))
                continue;
            remember(w, w->frame + TRI_ETHER_MAC, c);
            *n = len - TRI_ETHER_HEAD;
            *from = w->frame + TRI_ETHER_MAC;
            return w->frame + TRI_ETHER_HEAD;
        }
    }
    return NULL;
}

const char *tri_vnet_trouble(void *ctx)
{
    struct tri_vnet *const w = ctx;

    for (unsigned c = 0; c < w->cards; c++) {
        struct tri_vnet_card *const card = &w->card[c];

        if (card->v.broken)
            return " breaks the rules of its kind";
        if ((card->features & STATUS) != 0 &&
            (card->v.read(card->v.ctx, TRI_VIRTIO_CONFIG + 4) >> 16 &
             LINK_UP) == 0)
            return " has no carrier";
    }
    return "";
}
