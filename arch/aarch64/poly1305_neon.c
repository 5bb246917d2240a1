/* Poly1305, 2 blocks side by side, 4 in one step; reached only through the
 * kernel table. */
#include <arm_neon.h>

#include "arch/kernels.h"

enum { N = TRI_POLY1305_POWERS };

struct limbs {
    uint32x2_t v[5];
};

/* The limbs of 2 blocks. */
static inline void split(struct limbs *m, const uint8_t *in, uint32_t closing)
{
    const uint32x2_t low26 = vdup_n_u32((1 << 26) - 1);
    const uint64x2_t a = vreinterpretq_u64_u8(vld1q_u8(in));
    const uint64x2_t b = vreinterpretq_u64_u8(vld1q_u8(in + 16));
    const uint64x2_t lo = vzip1q_u64(a, b), hi = vzip2q_u64(a, b);
    const uint64x2_t mid = vorrq_u64(vshrq_n_u64(lo, 52), vshlq_n_u64(hi, 12));

    m->v[0] = vand_u32(vmovn_u64(lo), low26);
    m->v[1] = vand_u32(vshrn_n_u64(lo, 26), low26);
    m->v[2] = vand_u32(vmovn_u64(mid), low26);
    m->v[3] = vand_u32(vshrn_n_u64(hi, 14), low26);
    m->v[4] = vorr_u32(vmovn_u64(vshrq_n_u64(hi, 40)), vdup_n_u32(closing));
}

/* A multiplier: its limbs, and five times limbs 1..4 for what passes 2^130. */
struct factor {
    uint32x2_t r[5], r5[5];
};

/* r^(e+d) in the first lane, r^e in the second. */
static inline void power(struct factor *f, const uint32_t *p, unsigned e,
                         unsigned d)
{
    for (unsigned l = 0; l < 5; l++) {
        const uint32_t *at = p + (l + 1) * N - e;

        f->r[l] = vset_lane_u32(*(at - d), vdup_n_u32(*at), 0);
        f->r5[l] = vmul_n_u32(f->r[l], 5);
    }
}

static inline void muladd(uint64x2_t d[5], const struct limbs *x,
                          const struct factor *f)
{
    for (unsigned i = 0; i < 5; i++)
        for (unsigned l = 0; l < 5; l++)
            d[l] = vmlal_u32(d[l], x->v[i],
                             l >= i ? f->r[l - i] : f->r5[l + 5 - i]);
}

static inline void add(struct limbs *d, const struct limbs *x)
{
    for (unsigned l = 0; l < 5; l++)
        d->v[l] = vadd_u32(d->v[l], x->v[l]);
}

/* Two chains of carries side by side; limbs end below 2^26 + 2^10. */
static inline void carry(struct limbs *h, uint64x2_t v[5])
{
    const uint64x2_t low26 = vdupq_n_u64((1 << 26) - 1);
    uint64x2_t d;

#define STEP(from, to)                           \
    do {                                         \
        v[to] = vsraq_n_u64(v[to], v[from], 26); \
        v[from] = vandq_u64(v[from], low26);     \
    } while (0)
    STEP(0, 1);
    STEP(3, 4);
    STEP(1, 2);
    d = vshrq_n_u64(v[4], 26);
    v[4] = vandq_u64(v[4], low26);
    v[0] = vaddq_u64(v[0], vaddq_u64(d, vshlq_n_u64(d, 2)));
    STEP(2, 3);
    STEP(0, 1);
    STEP(3, 4);
#undef STEP
    for (unsigned l = 0; l < 5; l++)
        h->v[l] = vmovn_u64(v[l]);
}

/* The sum of the lanes, as carried limbs. */
static void fold(uint32_t h[5], const struct limbs *x)
{
    uint64_t c = 0;

    for (unsigned l = 0; l < 5; l++) {
        c += (uint64_t)vget_lane_u32(x->v[l], 0) + vget_lane_u32(x->v[l], 1);
        h[l] = (uint32_t)(c & ((1 << 26) - 1));
        c >>= 26;
    }
    c = 5 * c + h[0];
    h[0] = (uint32_t)(c & ((1 << 26) - 1));
    h[1] += (uint32_t)(c >> 26);
}

/* x = (x + Ma) * fa + Mb * fb, 4 blocks. */
static inline void step(struct limbs *x, const uint8_t *in, uint32_t closing,
                        const struct factor *fa, const struct factor *fb)
{
    uint64x2_t d[5];
    struct limbs m;

    for (unsigned l = 0; l < 5; l++)
        d[l] = vdupq_n_u64(0);
    split(&m, in, closing);
    add(x, &m);
    muladd(d, x, fa);
    split(&m, in + 32, closing);
    muladd(d, &m, fb);
    carry(x, d);
}

/* h = ((h + Ma) * r^2 + Mb) * r^2 for each 4 blocks but the last, where the
 * lanes take the powers that their blocks lack. */
TRI_DECL_POLY1305(tri_poly1305_neon)
{
    const size_t wide = nblocks < TRI_POLY1305_WIDE ? 0 : nblocks / 4;

    if (wide > 0) {
        const uint32_t closing = hibit << 24;
        struct factor r4, r2;
        struct limbs x;

        power(&r4, p, 4, 0);
        power(&r2, p, 2, 0);
        for (unsigned l = 0; l < 5; l++)
            x.v[l] = vset_lane_u32(h[l], vdup_n_u32(0), 0);
        for (size_t i = 1; i < wide; i++, in += 64)
            step(&x, in, closing, &r4, &r2);
        power(&r4, p, 3, 1);
        power(&r2, p, 1, 1);
        step(&x, in, closing, &r4, &r2);
        fold(h, &x);
        in += 64;
        nblocks -= 4 * wide;
    }
    tri_poly1305_ref(h, p, in, nblocks, hibit);
}
