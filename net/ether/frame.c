/* No OS header: boards link this file as it is. */
#include "net/ether/frame.h"

#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"

static const uint8_t magic[3] = { 'T', 'E', TRI_FRAME_VERSION };

/* ---- checksum ----------------------------------------------------------- */

/*
 * Four lanes take the words of the frame in turn:
 *
 *     lane = rot(lane ^ word * K1, 31) * K2
 *
 * Each step is a bijection of the lane for a given word, and of the word for a
 * given lane, so a change in one word always changes its lane. A product does
 * not spread the top bit: after the rotation the other product does. One
 * product alone would let a single bit cancel a single bit.
 */
static const uint64_t mul_word = 0xc2e3b4a7d96f1f35u;
static const uint64_t mul_lane = 0x9e3779b97f4a7c15u;

struct sum {
    uint64_t lane[4];
    uint64_t part;  /* bytes of a word not yet complete */
    unsigned bytes; /* how many                         */
    unsigned at;    /* lane of the next word            */
    uint64_t total;
};

static uint64_t mix(uint64_t lane, uint64_t word)
{
    lane ^= word * mul_word;
    return (lane << 31 | lane >> 33) * mul_lane;
}

static void sum_init(struct sum *s)
{
    *s = (struct sum){ .lane = { 1, 2, 3, 4 } };
}

static void sum_word(struct sum *s, uint64_t w)
{
    s->lane[s->at] = mix(s->lane[s->at], w);
    s->at = (s->at + 1) % 4;
}

static void sum_byte(struct sum *s, uint8_t b)
{
    s->part |= (uint64_t)b << 8 * s->bytes;
    if (++s->bytes == 8) {
        sum_word(s, s->part);
        s->part = 0;
        s->bytes = 0;
    }
}

static void sum_words(struct sum *s, const uint8_t *p, size_t words)
{
    for (; words > 0 && s->at != 0; words--, p += 8)
        sum_word(s, tri_le_load64(p));
    uint64_t a = s->lane[0], b = s->lane[1], c = s->lane[2], d = s->lane[3];
    for (; words >= 4; words -= 4, p += 32) {
        a = mix(a, tri_le_load64(p));
        b = mix(b, tri_le_load64(p + 8));
        c = mix(c, tri_le_load64(p + 16));
        d = mix(d, tri_le_load64(p + 24));
    }
    s->lane[0] = a;
    s->lane[1] = b;
    s->lane[2] = c;
    s->lane[3] = d;
    for (; words > 0; words--, p += 8)
        sum_word(s, tri_le_load64(p));
}

static void sum_add(struct sum *s, const void *data, size_t n)
{
    const uint8_t *p = data;

    s->total += n;
    if (s->bytes != 0 && n >= 8) { /* words lie across the pieces */
        const unsigned shift = 8 * s->bytes;

        for (; n >= 8; n -= 8, p += 8) {
            const uint64_t w = tri_le_load64(p);

            sum_word(s, s->part | w << shift);
            s->part = w >> (64 - shift);
        }
    } else if (n >= 8) {
        sum_words(s, p, n / 8);
        p += n & ~(size_t)7;
        n &= 7;
    }
    for (; n > 0; n--)
        sum_byte(s, *p++);
}

static uint32_t sum_final(struct sum *s)
{
    uint64_t h = s->total;

    if (s->bytes > 0)
        sum_word(s, s->part);
    for (unsigned i = 0; i < 4; i++)
        h = mix(h, s->lane[i]);
    return (uint32_t)(h >> 32) ^ (uint32_t)h;
}

/* ---- frames ------------------------------------------------------------- */

void tri_frame_print(uint8_t out[TRI_FRAME_HEADER], const struct tri_frame *f,
                     const struct tri_piece *v, unsigned n)
{
    struct sum s;

    memcpy(out, magic, sizeof magic);
    out[3] = f->type;
    tri_le_store32(out + 4, 0);
    out[8] = f->from;
    out[9] = f->to;
    tri_le_store16(out + 10, f->len);
    tri_le_store32(out + 12, f->epoch);
    tri_le_store32(out + 16, f->peer_epoch);
    tri_le_store32(out + 20, f->stamp);
    tri_le_store64(out + 24, f->seq);
    tri_le_store64(out + 32, f->ack);
    tri_le_store32(out + 40, f->window);
    tri_le_store32(out + 44, f->echo);
    sum_init(&s);
    sum_add(&s, out, TRI_FRAME_HEADER);
    for (unsigned i = 0; i < n; i++)
        sum_add(&s, v[i].p, v[i].n);
    tri_le_store32(out + 4, sum_final(&s));
}

static int payload_fits(const struct tri_frame *f)
{
    uint32_t last = 0;

    switch (f->type) {
    case TRI_FRAME_HELLO:
        return f->len == 4 && f->seq <= 1;
    case TRI_FRAME_DATA:
        return f->len >= 1 && f->seq + f->len >= f->seq;
    case TRI_FRAME_ACK:
        if (f->len % 8 != 0 || f->len > 8 * TRI_FRAME_SACKS)
            return 0;
        for (unsigned i = 0; i < f->len; i += 8) {
            const uint32_t lo = tri_le_load32(f->payload + i);
            const uint32_t hi = tri_le_load32(f->payload + i + 4);

            if (lo <= last || hi <= lo) /* a gap, then something */
                return 0;
            last = hi;
        }
        return f->ack + last >= f->ack;
    case TRI_FRAME_PROBE:
        return 1;
    case TRI_FRAME_ABORT:
        return f->len >= 1 && f->len <= TRI_FRAME_REASON;
    case TRI_FRAME_ASK:
    case TRI_FRAME_PROBE_OK:
    case TRI_FRAME_RESET:
    case TRI_FRAME_ABORT_OK:
        return f->len == 0;
    case TRI_FRAME_FIN:
        return f->len == 0 && f->seq + 1 != 0;
    default:
        return 0;
    }
}

int tri_frame_parse(struct tri_frame *f, const uint8_t *p, size_t n)
{
    static const uint8_t zero[4] = { 0 };
    struct sum s;

    if (n < TRI_FRAME_HEADER || memcmp(p, magic, sizeof magic) != 0)
        return TRI_E_PROTO;
    *f = (struct tri_frame){
        .type = p[3],
        .from = p[8],
        .to = p[9],
        .len = (uint16_t)tri_le_load16(p + 10),
        .epoch = tri_le_load32(p + 12),
        .peer_epoch = tri_le_load32(p + 16),
        .stamp = tri_le_load32(p + 20),
        .seq = tri_le_load64(p + 24),
        .ack = tri_le_load64(p + 32),
        .window = tri_le_load32(p + 40),
        .echo = tri_le_load32(p + 44),
        .payload = p + TRI_FRAME_HEADER,
    };
    if (f->len > n - TRI_FRAME_HEADER)
        return TRI_E_PROTO;
    sum_init(&s);
    sum_add(&s, p, 4);
    sum_add(&s, zero, 4);
    sum_add(&s, p + 8, TRI_FRAME_HEADER - 8 + (size_t)f->len);
    if (sum_final(&s) != tri_le_load32(p + 4))
        return TRI_E_PROTO;
    if (f->from > TRI_FRAME_PAIR + 2 || f->from % TRI_FRAME_PAIR > 2 ||
        f->to % TRI_FRAME_PAIR > 2 ||
        f->from / TRI_FRAME_PAIR != f->to / TRI_FRAME_PAIR ||
        f->from == f->to || f->epoch == 0 || !payload_fits(f))
        return TRI_E_PROTO;
    return TRI_OK;
}
