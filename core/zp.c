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

/* Candidates that stand in for rejected ones, a plane of bytes at a time. */
struct spare {
    struct tri_stream *s;
    const tri_plane *ready; /* planes that were read in advance      */
    size_t nready;          /* how many of them are left             */
    unsigned low, n;        /* low bits of a byte; below n it is good */
    int nonzero;            /* 0 is not good                          */
};

/* The good candidates of the next plane, in order; returns their number. */
static size_t spare_next(struct spare *sp, uint8_t good[TRI_LANES])
{
    const struct tri_kernels *k = sp->s->g->k;
    _Alignas(TRI_LANES) tri_plane cand[1], over[1];
    const uint64_t ones = 0x0101010101010101;
    size_t count = 0;
    uint64_t bad, x;

    if (sp->nready > 0) {
        memcpy(cand[0], sp->ready[0], TRI_LANES);
        sp->ready++;
        sp->nready--;
    } else {
        tri_stream_read(sp->s, cand[0], TRI_LANES);
    }

    /* What is not below n becomes 127: so zp_reject alone decides, here as
     * elsewhere, which secrets may be rejected in public. Eight lanes at once:
     * e + 128 - n, below 256, has bit 7 set if e >= n. */
    for (size_t lane = 0; lane < TRI_LANES; lane += sizeof x) {
        memcpy(&x, cand[0] + lane, sizeof x);
        x &= sp->low * ones;
        memcpy(cand[0] + lane, &x, sizeof x);
        x |= ((x + (128 - sp->n) * ones) >> 7 & ones) * 127;
        memcpy(over[0] + lane, &x, sizeof x);
    }
    k->zp_reject(&bad, over, 1, 127, sp->nonzero);

    for (size_t lane = 0; lane < TRI_LANES; lane++, bad >>= 1) {
        good[count] = cand[0][lane];
        count += ~bad & 1;
    }
    tri_wipe(cand, sizeof cand);
    tri_wipe(over, sizeof over);
    return count;
}

/* List the set bits of n masks in `at`, which has room for 64n + STEPS;
 * returns their number. Masks have few bits, but how many is unpredictable: a
 * fixed number of steps without a branch serves nearly all of them. */
enum { STEPS = 4 };

static size_t list(uint16_t *at, const uint64_t *mask, size_t n)
{
    const uint64_t top = (uint64_t)1 << 63; /* there is no lowest bit of 0 */
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t m = mask[i];

        for (unsigned step = 0; step < STEPS; step++) {
            at[count] = (uint16_t)(64 * i + (size_t)__builtin_ctzll(m | top));
            count += m != 0;
            m &= m - 1;
        }
        for (; m != 0; m &= m - 1)
            at[count++] = (uint16_t)(64 * i + (size_t)__builtin_ctzll(m));
    }
    return count;
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
    struct spare sp = { s, raw + planes, ahead, p, p, nonzero };
    uint64_t bad[TRI_PLANES];
    uint16_t at[TRI_PLANES * TRI_LANES + STEPS];
    uint8_t good[TRI_LANES], *v = out[0];
    size_t left, done = 0;

    tri_stream_read(s, raw, (planes + ahead) * TRI_LANES);
    k->zp_unpack(out, raw, n, tri_zp_bits(p));
    k->zp_reject(bad, out, n, p, nonzero);

    for (left = list(at, bad, n); left > 0;) {
        size_t take = spare_next(&sp, good);

        if (take > left)
            take = left;
        for (size_t i = 0; i < take; i++)
            v[at[done + i]] = good[i];
        done += take;
        left -= take;
    }
    tri_wipe(raw, (planes + ahead) * TRI_LANES);
    tri_wipe(good, sizeof good);
}

void tri_zp_below(struct tri_stream *s, uint8_t out[TRI_LANES], unsigned n)
{
    struct spare sp = { .s = s, .n = n };
    uint8_t good[TRI_LANES];

    while (sp.low < n - 1)
        sp.low = 2 * sp.low + 1;
    for (size_t done = 0; done < TRI_LANES;) {
        size_t take = spare_next(&sp, good);

        if (take > TRI_LANES - done)
            take = TRI_LANES - done;
        memcpy(out + done, good, take);
        done += take;
    }
    tri_wipe(good, sizeof good);
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
