#include "core/err.h"
#include "core/mem.h"
#include "core/zp.h"

unsigned tri_zp_bits(unsigned p)
{
    return p == 31 ? 5 : 7;
}

size_t tri_zp_wire(size_t n, unsigned p)
{
    return (n * tri_zp_bits(p) + 7) / 8;
}

static size_t spares(size_t n, unsigned p, int nonzero)
{
    const size_t m = 3 + n * (nonzero ? 4 : 2) / (p + 1);

    return m < TRI_SPARES ? m : TRI_SPARES;
}

static const tri_plane *take(struct tri_stream *s, size_t planes)
{
    return (const tri_plane *)tri_stream_take(s, planes * TRI_LANES);
}

void tri_zp_uniform(struct tri_stream *s, tri_plane *out, size_t n, unsigned p,
                    int nonzero)
{
    _Alignas(TRI_LANES) tri_plane tail[8 + TRI_SPARES];
    const struct tri_kernels *k = s->g->k;
    const unsigned bits = tri_zp_bits(p);
    const size_t m = spares(n, p, nonzero);
    const size_t head = n / 8 * 8, last = n - head;
    const tri_plane *raw = take(s, tri_zp_wire(n + m, p));
    int more;

    /* Eight candidates are whole planes: what follows is unpacked apart, as
     * `out` has no room for spares. */
    k->zp_unpack(out, raw, head, bits);
    k->zp_unpack(tail, raw + head / 8 * bits, last + m, bits);
    memcpy(out + head, tail, last * TRI_LANES);
    more = k->zp_fill(out, n, p, nonzero, (const tri_plane *)tail + last, m);
    while (more) {
        raw = take(s, 1);
        for (size_t lane = 0; lane < TRI_LANES; lane++)
            tail[0][lane] = raw[0][lane] & (uint8_t)p;
        /* What is left is p, whatever was rejected. A spare 0 where that is
         * unwanted becomes p, too. */
        more = k->zp_fill(out, n, p, nonzero, (const tri_plane *)tail, 1);
    }
    tri_wipe(tail, (last + m) * TRI_LANES);
}

/* The candidates of a plane, and as bits which of them are not below n. */
static uint64_t candidates(struct tri_stream *s, uint8_t out[TRI_LANES],
                           const uint8_t *raw, unsigned low, unsigned n)
{
    _Alignas(TRI_LANES) tri_plane over[1];
    uint64_t bad;

    /* What is not below n becomes 127: so zp_reject alone decides which
     * secrets may be rejected in public. */
    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        const unsigned e = raw[lane] & low;

        out[lane] = (uint8_t)e;
        over[0][lane] = (uint8_t)(e | (127 * ((e + 128 - n) >> 7)));
    }
    s->g->k->zp_reject(&bad, (const tri_plane *)over, 1, 127, 0);
    tri_wipe(over, sizeof over);
    return bad;
}

void tri_zp_below(struct tri_stream *s, uint8_t out[TRI_LANES],
                  uint8_t top[TRI_LANES], unsigned n)
{
    const uint8_t *raw = tri_stream_take(s, TRI_LANES);
    uint8_t again[TRI_LANES] = { 0 };
    unsigned low = 0;
    uint64_t left;

    while (low < n - 1)
        low = 2 * low + 1;
    for (size_t lane = 0; top != NULL && lane < TRI_LANES; lane++)
        top[lane] = raw[lane] >> 7;
    if (low == n - 1) {
        for (size_t lane = 0; lane < TRI_LANES; lane++)
            out[lane] = raw[lane] & (uint8_t)low;
        return;
    }
    left = candidates(s, out, raw, low, n);
    while (left != 0) {
        uint64_t bad;

        raw = tri_stream_take(s, TRI_LANES);
        bad = candidates(s, again, raw, low, n);
        for (size_t lane = 0; lane < TRI_LANES; lane++)
            if (left >> lane & 1)
                out[lane] = again[lane];
        left &= bad;
    }
    tri_wipe(again, sizeof again);
}

size_t tri_zp_store(const struct tri_kernels *k, uint8_t *wire,
                    const tri_plane *v, size_t n, unsigned p, size_t lanes)
{
    _Alignas(TRI_LANES) tri_plane packed[TRI_PLANES];
    const size_t planes = tri_zp_wire(n, p);

    if (lanes == TRI_LANES) {
        k->zp_pack((tri_plane *)wire, v, n, tri_zp_bits(p));
        return planes * lanes;
    }
    k->zp_pack(packed, v, n, tri_zp_bits(p));
    for (size_t i = 0; i < planes; i++)
        memcpy(wire + i * lanes, packed[i], lanes);
    tri_wipe(packed, planes * TRI_LANES);
    return planes * lanes;
}

int tri_zp_load(const struct tri_kernels *k, tri_plane *v, const uint8_t *wire,
                size_t n, unsigned p, size_t lanes)
{
    _Alignas(TRI_LANES) tri_plane packed[TRI_PLANES];
    const size_t planes = tri_zp_wire(n, p);
    uint64_t bad[TRI_PLANES], any = 0;

    if (lanes == TRI_LANES) {
        k->zp_unpack(v, (const tri_plane *)wire, n, tri_zp_bits(p));
    } else {
        for (size_t i = 0; i < planes; i++) {
            memcpy(packed[i], wire + i * lanes, lanes);
            memset(packed[i] + lanes, 0, TRI_LANES - lanes);
        }
        k->zp_unpack(v, (const tri_plane *)packed, n, tri_zp_bits(p));
        tri_wipe(packed, planes * TRI_LANES);
    }
    k->zp_reject(bad, v, n, p, 0);
    for (size_t i = 0; i < n; i++)
        any |= bad[i];
    return any == 0 ? TRI_OK : TRI_E_PROTO;
}
