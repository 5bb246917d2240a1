/* No OS header: boards link this file as it is. */
#include "net/ether/out.h"

#include "core/mem.h"

enum where { RING, LENT, ASIDE };

/* ---- memory ------------------------------------------------------------- */

/* n bytes in one piece; *take is what to give back, in the same order. NULL
 * if there is no room. */
static uint8_t *fifo_get(struct tri_ether_fifo *f, size_t n, size_t *take)
{
    const int wrap = f->size - f->tail < n;
    const size_t skip = wrap ? f->size - f->tail : 0;
    uint8_t *p;

    if (f->used + skip + n > f->size)
        return NULL;
    if (wrap)
        f->tail = 0;
    p = f->mem + f->tail;
    f->tail += n;
    f->used += skip + n;
    *take = skip + n;
    return p;
}

static struct tri_ether_span *span_at(struct tri_ether_out *o, size_t i)
{
    return &o->s[(o->s_head + i) % TRI_ETHER_SPANS];
}

static void add_span(struct tri_ether_out *o, const uint8_t *p, size_t len,
                     size_t take, int where)
{
    struct tri_ether_span *s =
        o->s_count > 0 ? span_at(o, o->s_count - 1) : NULL;

    if (s != NULL && s->where == RING && where == RING && s->p + s->len == p &&
        s->len < TRI_ETHER_SHORT) {
        s->len += len;
        s->take += take;
    } else {
        s = span_at(o, o->s_count++);
        *s = (struct tri_ether_span){ p, len, o->end, take, where };
        o->lent += where == LENT;
    }
    o->end += len;
}

/* ---- records ------------------------------------------------------------ */

void tri_ether_out_init(struct tri_ether_out *o, uint8_t *mem, size_t room,
                        struct tri_secure *sec)
{
    memset(o, 0, sizeof *o);
    o->sec = sec;
    o->ring = (struct tri_ether_fifo){ .mem = mem, .size = room };
    o->aside = (struct tri_ether_fifo){ .mem = mem + room, .size = room };
}

int tri_ether_out_send(struct tri_ether_out *o, const void *buf, size_t len,
                       uint32_t depth)
{
    if (o->q_count == TRI_ETHER_QUEUE)
        return 0;
    o->q[(o->q_head + o->q_count++) % TRI_ETHER_QUEUE] =
        (struct tri_ether_message){ buf, len, depth };
    return 1;
}

int tri_ether_out_raw(struct tri_ether_out *o, const void *p, size_t n)
{
    size_t take;
    uint8_t *at;

    if (o->s_count == TRI_ETHER_SPANS)
        return 0;
    at = fifo_get(&o->ring, n, &take);
    if (at == NULL)
        return 0;
    memcpy(at, p, n);
    add_span(o, at, n, take, RING);
    return 1;
}

/* Lay out one record; 0 if there is no room. */
static int lay(struct tri_ether_out *o, const struct tri_record *r,
               const uint8_t *payload)
{
    const int lend = o->sec == NULL && r->len > TRI_ETHER_SHORT;
    const size_t n = o->sec != NULL ? TRI_SECURE_HEADER + r->len +
                                          (r->len > 0 ? TRI_AEAD_TAG : 0)
                     : lend ? TRI_RECORD_HEADER
                            : (size_t)TRI_RECORD_HEADER + r->len;
    size_t take;
    uint8_t *at;

    if (o->s_count + 2 > TRI_ETHER_SPANS)
        return 0;
    at = fifo_get(&o->ring, n, &take);
    if (at == NULL)
        return 0;
    if (o->sec != NULL) {
        (void)tri_secure_seal(o->sec, o->seq, at, r, payload);
    } else {
        tri_record_print(at, r);
        if (!lend && payload != NULL) /* a goodbye has none */
            memcpy(at + TRI_RECORD_HEADER, payload, r->len);
    }
    add_span(o, at, n, take, RING);
    if (lend)
        add_span(o, payload, r->len, 0, LENT);
    o->seq++;
    return 1;
}

void tri_ether_out_pump(struct tri_ether_out *o)
{
    while (o->q_count > 0) {
        const struct tri_ether_message *m = &o->q[o->q_head];
        const size_t at = (size_t)o->record * TRI_RECORD_MAX;
        const size_t left = m->len - at;
        const int last = left <= TRI_RECORD_MAX;
        const struct tri_record r = {
            .len = last ? (uint32_t)left : TRI_RECORD_MAX,
            .flags = last ? TRI_RECORD_LAST : 0,
            .seq = (uint32_t)o->seq,
            .depth = m->depth,
        };

        if (!lay(o, &r, m->buf + at))
            return;
        o->record++;
        if (last) {
            o->record = 0;
            o->q_head = (o->q_head + 1) % TRI_ETHER_QUEUE;
            o->q_count--;
        }
    }
}

int tri_ether_out_bye(struct tri_ether_out *o)
{
    const struct tri_record r = { 0, TRI_RECORD_BYE, (uint32_t)o->seq, 0 };

    return o->q_count == 0 && lay(o, &r, NULL);
}

size_t tri_ether_out_reason(struct tri_ether_out *o, const struct tri_bye *b,
                            uint8_t out[TRI_ETHER_REASON])
{
    uint8_t why[TRI_BYE_MAX];
    const size_t n = tri_bye_print(why, b);
    const struct tri_record r = { (uint32_t)n, TRI_RECORD_BYE, (uint32_t)o->seq,
                                  0 };

    if (o->sec != NULL)
        return tri_secure_seal(o->sec, o->seq, out, &r, why);
    tri_record_print(out, &r);
    memcpy(out + TRI_RECORD_HEADER, why, n);
    return TRI_RECORD_HEADER + n;
}

/* ---- lent bytes --------------------------------------------------------- */

void tri_ether_out_aside(struct tri_ether_out *o)
{
    for (size_t i = 0; i < o->s_count && o->lent > 0; i++) {
        struct tri_ether_span *s = span_at(o, i);
        uint8_t *at;

        if (s->where != LENT)
            continue;
        at = fifo_get(&o->aside, s->len, &s->take);
        if (at == NULL)
            return;
        memcpy(at, s->p, s->len);
        s->p = at;
        s->where = ASIDE;
        o->lent--;
    }
}

int tri_ether_out_free(const struct tri_ether_out *o)
{
    return o->q_count == 0 && o->lent == 0;
}

void tri_ether_out_acked(struct tri_ether_out *o, uint64_t off)
{
    while (o->s_count > 0) {
        struct tri_ether_span *s = span_at(o, 0);

        if (s->off + s->len > off)
            return;
        if (s->where == RING)
            o->ring.used -= s->take;
        else if (s->where == ASIDE)
            o->aside.used -= s->take;
        else
            o->lent--;
        o->s_head = (o->s_head + 1) % TRI_ETHER_SPANS;
        o->s_count--;
    }
}

unsigned tri_ether_out_source(void *ctx, uint64_t off, uint32_t len,
                              struct tri_piece v[TRI_ARQ_PIECES])
{
    struct tri_ether_out *o = ctx;
    size_t lo = 0, hi = o->s_count; /* the span that holds `off` */
    unsigned n = 0;

    while (hi - lo > 1) {
        const size_t mid = lo + (hi - lo) / 2;

        if (span_at(o, mid)->off <= off)
            lo = mid;
        else
            hi = mid;
    }
    for (; lo < o->s_count && len > 0 && n < TRI_ARQ_PIECES; lo++) {
        const struct tri_ether_span *s = span_at(o, lo);
        const size_t skip = (size_t)(off - s->off);
        const size_t k = s->len - skip < len ? s->len - skip : len;

        v[n++] = (struct tri_piece){ s->p + skip, k };
        off += k;
        len -= (uint32_t)k;
    }
    return n;
}
