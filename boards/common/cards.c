#include "boards/common/cards.h"
#include "core/le.h"
#include "core/mem.h"

enum { FLOOD = 64 }; /* frames for others that are thrown away in one go */

int tri_nic_address(uint8_t own[TRI_ETHER_MAC], uint32_t low, uint32_t high)
{
    tri_le_store32(own, low);
    tri_le_store16(own + 4, high);
    return (low | (high & 0xffff)) != 0 && (own[0] & 1) == 0;
}

int tri_cards_add(struct tri_cards *c, const struct tri_nic *card)
{
    if (c->n == TRI_CARDS)
        return 0;
    c->card[c->n++] = *card;
    return 1;
}

/* ---- sending --------------------------------------------------------------
 */

static void send_on(struct tri_cards *w, unsigned c,
                    const uint8_t to[TRI_ETHER_MAC], const struct tri_piece *v,
                    unsigned pieces)
{
    uint8_t *const p = w->card[c].place(w->card[c].ctx);
    size_t at = TRI_ETHER_HEAD;

    if (p == NULL)
        return;
    memset(p, 0, TRI_NIC_LEAST);
    memcpy(p, to, TRI_ETHER_MAC);
    memcpy(p + TRI_ETHER_MAC, w->own, TRI_ETHER_MAC);
    p[12] = TRI_ETHERTYPE >> 8;
    p[13] = TRI_ETHERTYPE & 0xff;
    for (unsigned k = 0; k < pieces; k++) {
        if (v[k].n > TRI_NIC_FRAME - at)
            return;
        memcpy(p + at, v[k].p, v[k].n);
        at += v[k].n;
    }
    w->card[c].post(w->card[c].ctx, at < TRI_NIC_LEAST ? TRI_NIC_LEAST : at);
    w->kick[c] = 1;
}

static void send(void *ctx, const uint8_t to[TRI_ETHER_MAC],
                 const struct tri_piece *v, unsigned n)
{
    struct tri_cards *const w = ctx;

    for (unsigned i = 0; i < sizeof w->heard / sizeof *w->heard; i++)
        if (memcmp(w->heard[i].mac, to, TRI_ETHER_MAC) == 0) {
            send_on(w, w->heard[i].card, to, v, n);
            return;
        }
    for (unsigned c = 0; c < w->n; c++)
        send_on(w, c, to, v, n);
}

static void flush(void *ctx)
{
    struct tri_cards *const w = ctx;

    for (unsigned c = 0; c < w->n; c++) {
        if (w->kick[c])
            w->card[c].kick(w->card[c].ctx);
        w->kick[c] = 0;
    }
}

/* ---- receiving ------------------------------------------------------------
 */

static void remember(struct tri_cards *w, const uint8_t mac[TRI_ETHER_MAC],
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
static int ours(const struct tri_cards *w, size_t n)
{
    static const uint8_t all[TRI_ETHER_MAC] = { 255, 255, 255, 255, 255, 255 };
    const uint8_t *const f = w->frame;

    return n >= TRI_ETHER_HEAD && f[12] == TRI_ETHERTYPE >> 8 &&
           f[13] == (TRI_ETHERTYPE & 0xff) && (f[6] & 1) == 0 &&
           (memcmp(f, w->own, TRI_ETHER_MAC) == 0 ||
            memcmp(f, all, TRI_ETHER_MAC) == 0) &&
           memcmp(f + TRI_ETHER_MAC, w->own, TRI_ETHER_MAC) != 0;
}

static const uint8_t *receive(void *ctx, size_t *n, const uint8_t **from)
{
    struct tri_cards *const w = ctx;

    for (unsigned c = 0; c < w->n; c++) {
        const struct tri_nic *const card = &w->card[c];
        int quiet = 0;

        /* Lowered before the last look: a frame that comes later raises it. A
         * flood of frames for others keeps nobody here. */
        for (unsigned most = 0; most < FLOOD; most++) {
            const size_t len = card->take(card->ctx, w->frame);

            if (len == 0 && quiet)
                break;
            if (len == 0) {
                card->quiet(card->ctx);
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

static const char *trouble(void *ctx)
{
    struct tri_cards *const w = ctx;

    for (unsigned c = 0; c < w->n; c++) {
        const char *const text = w->card[c].trouble(w->card[c].ctx);

        if (text[0] != '\0')
            return text;
    }
    return "";
}

void tri_cards_driver(struct tri_cards *c, struct tri_ether_driver *d)
{
    d->ctx = c;
    d->mtu = TRI_NIC_MTU;
    d->send = send;
    d->flush = flush;
    d->receive = receive;
    d->trouble = trouble;
}
