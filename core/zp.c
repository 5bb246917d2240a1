#include "core/err.h"
#include "core/mem.h"
#include "core/zp.h"

/* Planes of so many packed elements. */
static size_t packed(size_t n)
{
    return (7 * n + 7) / 8;
}

static size_t spares(size_t n, int nonzero)
{
    return 3 + n * (nonzero ? 4 : 2) / (TRI_ZP + 1);
}

static const tri_plane *take(struct tri_stream *s, size_t planes)
{
    return (const tri_plane *)tri_stream_take(s, planes * TRI_LANES);
}

void tri_zp_uniform(struct tri_stream *s, tri_plane *out, size_t n, int nonzero)
{
    _Alignas(TRI_LANES) tri_plane tail[8 + TRI_SPARES];
    const struct tri_kernels *k = s->g->k;
    const size_t m = spares(n, nonzero);
    const size_t head = n / 8 * 8, last = n - head;
    const tri_plane *raw = take(s, packed(n + m));
    int more;

    /* Eight candidates are whole planes: what follows is unpacked apart, as
     * `out` has no room for spares. */
    k->zp_unpack(out, raw, head);
    k->zp_unpack(tail, raw + head / 8 * 7, last + m);
    memcpy(out + head, tail, last * TRI_LANES);
    more = k->zp_fill(out, n, nonzero, (const tri_plane *)tail + last, m);
    while (more) {
        raw = take(s, 1);
        for (size_t lane = 0; lane < TRI_LANES; lane++)
            tail[0][lane] = raw[0][lane] & TRI_ZP;
        /* What is left is p, whatever was rejected. A spare 0 where that is
         * unwanted becomes p, too. */
        more = k->zp_fill(out, n, nonzero, (const tri_plane *)tail, 1);
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
    s->g->k->zp_reject(&bad, (const tri_plane *)over, 1, 0);
    tri_wipe(over, sizeof over);
    return bad;
}

void tri_zp_below(struct tri_stream *s, uint8_t out[TRI_LANES], unsigned n)
{
    const uint8_t *raw = tri_stream_take(s, TRI_LANES);
    uint8_t again[TRI_LANES] = { 0 };
    unsigned low = 0;
    uint64_t left;

    while (low < n - 1)
        low = 2 * low + 1;
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
