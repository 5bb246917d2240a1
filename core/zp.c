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

/* Candidates that stand in for rejected ones: one plane of bytes at a time,
 * used from lane 0 up. */
struct spare {
    struct tri_stream *s;
    const tri_plane *ready; /* planes that were read in advance     */
    size_t nready;          /* how many of them are left            */
    uint64_t good;          /* lanes of `cand` that are still to use */
    tri_plane cand;
};

static unsigned lowest(uint64_t m)
{
    return (unsigned)__builtin_ctzll(m);
}

/* Make the next plane the current one. A candidate is the low bits of a byte;
 * those that are not below n are rejected, 0 too if `nonzero`. */
static void spare_next(struct spare *sp, unsigned low, unsigned n, int nonzero)
{
    const struct tri_kernels *k = sp->s->g->k;
    _Alignas(TRI_LANES) tri_plane over[1];
    uint64_t bad;

    if (sp->nready > 0) {
        memcpy(sp->cand, sp->ready[0], TRI_LANES);
        sp->ready++;
        sp->nready--;
    } else {
        tri_stream_read(sp->s, sp->cand, TRI_LANES);
    }

    /* What is not below n becomes 127: so zp_reject alone decides, here as
     * elsewhere, which secrets may be rejected in public. */
    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        const unsigned e = sp->cand[lane] & low;
        const unsigned is_over = ((n - 1 - e) >> 8) & 127;

        sp->cand[lane] = (uint8_t)e;
        over[0][lane] = (uint8_t)(e | is_over);
    }
    k->zp_reject(&bad, over, 1, 127, nonzero);
    sp->good = ~bad;
    tri_wipe(over, sizeof over);
}

/* Replace the lanes in `bad` of one plane. */
static void patch(uint8_t plane[TRI_LANES], uint64_t bad, struct spare *sp,
                  unsigned low, unsigned n, int nonzero)
{
    for (; bad != 0; bad &= bad - 1) {
        while (sp->good == 0)
            spare_next(sp, low, n, nonzero);
        plane[lowest(bad)] = sp->cand[lowest(sp->good)];
        sp->good &= sp->good - 1;
    }
}

void tri_zp_uniform(struct tri_stream *s, tri_plane *out, size_t n, unsigned p,
                    int nonzero)
{
    /* The most at p = 127: 84 planes of candidates and 2 to spare. */
    enum { MOST = TRI_PLANES * 7 / 8, SPARE = 4 };
    _Alignas(TRI_LANES) tri_plane raw[MOST + SPARE];
    const struct tri_kernels *k = s->g->k;
    const size_t planes = tri_zp_wire(n, p);
    const size_t ahead = n == 0 ? 0 : n * (nonzero ? 2 : 1) / (p + 1) + 1;
    uint64_t bad[TRI_PLANES];
    struct spare sp = { .s = s, .ready = raw + planes, .nready = ahead };

    tri_stream_read(s, raw, (planes + ahead) * TRI_LANES);
    k->zp_unpack(out, raw, n, tri_zp_bits(p));
    k->zp_reject(bad, out, n, p, nonzero);
    for (size_t i = 0; i < n; i++)
        patch(out[i], bad[i], &sp, p, p, nonzero);

    tri_wipe(raw, (planes + ahead) * TRI_LANES);
    tri_wipe(&sp, sizeof sp);
}

void tri_zp_below(struct tri_stream *s, uint8_t out[TRI_LANES], unsigned n)
{
    struct spare sp = { .s = s };
    unsigned low = 0;

    while (low < n - 1)
        low = 2 * low + 1;
    patch(out, ~(uint64_t)0, &sp, low, n, 0);
    tri_wipe(&sp, sizeof sp);
}

size_t tri_zp_store(const struct tri_kernels *k, uint8_t *wire,
                    const tri_plane *v, size_t n, unsigned p, size_t lanes)
{
    _Alignas(TRI_LANES) tri_plane packed[TRI_PLANES];
    const size_t planes = tri_zp_wire(n, p);

    k->zp_pack(packed, v, n, tri_zp_bits(p));
    if (lanes == TRI_LANES)
        memcpy(wire, packed, planes * TRI_LANES);
    else
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

    if (lanes == TRI_LANES)
        memcpy(packed, wire, planes * TRI_LANES);
    else
        for (size_t i = 0; i < planes; i++) {
            memcpy(packed[i], wire + i * lanes, lanes);
            memset(packed[i] + lanes, 0, TRI_LANES - lanes);
        }
    k->zp_unpack(v, packed, n, tri_zp_bits(p));
    k->zp_reject(bad, v, n, p, 0);
    for (size_t i = 0; i < n; i++)
        any |= bad[i];
    tri_wipe(packed, planes * TRI_LANES);
    return any == 0 ? TRI_OK : TRI_E_PROTO;
}
