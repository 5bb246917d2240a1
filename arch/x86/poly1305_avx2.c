/* Poly1305, 4 blocks side by side, 8 in one step; reached only through the
 * kernel table. */
#include <immintrin.h>

#include "arch/kernels.h"

enum { N = TRI_POLY1305_POWERS };

struct limbs {
    __m256i v[5];
};

/* The limbs of 4 blocks, in the order 0, 2, 1, 3. */
static inline void split(struct limbs *m, const uint8_t *in, __m256i closing)
{
    const __m256i low26 = _mm256_set1_epi64x((1 << 26) - 1);
    const __m256i a = _mm256_loadu_si256((const __m256i *)in);
    const __m256i b = _mm256_loadu_si256((const __m256i *)(in + 32));
    const __m256i lo = _mm256_unpacklo_epi64(a, b);
    const __m256i hi = _mm256_unpackhi_epi64(a, b);
    const __m256i mid =
        _mm256_or_si256(_mm256_srli_epi64(lo, 52), _mm256_slli_epi64(hi, 12));

    m->v[0] = _mm256_and_si256(lo, low26);
    m->v[1] = _mm256_and_si256(_mm256_srli_epi64(lo, 26), low26);
    m->v[2] = _mm256_and_si256(mid, low26);
    m->v[3] = _mm256_and_si256(_mm256_srli_epi64(hi, 14), low26);
    m->v[4] = _mm256_or_si256(_mm256_srli_epi64(hi, 40), closing);
}

/* A multiplier: its limbs, and five times limbs 1..4 for what passes 2^130. */
struct factor {
    __m256i r[5], r5[5];
};

static inline void factor_of(struct factor *f, const __m256i v[5])
{
    for (unsigned l = 0; l < 5; l++) {
        f->r[l] = v[l];
        f->r5[l] = _mm256_add_epi64(v[l], _mm256_slli_epi64(v[l], 2));
    }
}

/* r^e in every lane. */
static inline void power(struct factor *f, const uint32_t *p, unsigned e)
{
    __m256i v[5];

    for (unsigned l = 0; l < 5; l++)
        v[l] = _mm256_set1_epi64x(p[(l + 1) * N - e]);
    factor_of(f, v);
}

/* r^(e+3), r^(e+1), r^(e+2), r^e: what blocks 0, 2, 1, 3 still lack. */
static inline void powers(struct factor *f, const uint32_t *p, unsigned e)
{
    __m256i v[5];

    for (unsigned l = 0; l < 5; l++)
        v[l] = _mm256_permute4x64_epi64(
            _mm256_cvtepu32_epi64(
                _mm_loadu_si128((const __m128i *)(p + (l + 1) * N - e - 3))),
            _MM_SHUFFLE(3, 1, 2, 0));
    factor_of(f, v);
}

#define MUL(a, b) _mm256_mul_epu32(a, b)
#define ADD(a, b) _mm256_add_epi64(a, b)

static inline void mul(struct limbs *d, const struct limbs *x,
                       const struct factor *f)
{
    const __m256i *v = x->v;

    for (unsigned l = 0; l < 5; l++)
        d->v[l] = MUL(v[0], f->r[l]);
    for (unsigned i = 1; i < 5; i++)
        for (unsigned l = 0; l < 5; l++)
            d->v[l] = ADD(d->v[l],
                          MUL(v[i], l >= i ? f->r[l - i] : f->r5[l + 5 - i]));
}

static inline void muladd(struct limbs *d, const struct limbs *x,
                          const struct factor *f)
{
    for (unsigned i = 0; i < 5; i++)
        for (unsigned l = 0; l < 5; l++)
            d->v[l] = ADD(
                d->v[l], MUL(x->v[i], l >= i ? f->r[l - i] : f->r5[l + 5 - i]));
}

static inline void add(struct limbs *d, const struct limbs *x)
{
    for (unsigned l = 0; l < 5; l++)
        d->v[l] = ADD(d->v[l], x->v[l]);
}

/* Two chains of carries side by side; limbs end below 2^26 + 2^10. */
static inline void carry(struct limbs *h)
{
    const __m256i low26 = _mm256_set1_epi64x((1 << 26) - 1);
    __m256i *v = h->v, c, d;

#define STEP(x, from, to)                     \
    do {                                      \
        x = _mm256_srli_epi64(from, 26);      \
        from = _mm256_and_si256(from, low26); \
        to = ADD(to, x);                      \
    } while (0)
    STEP(c, v[0], v[1]);
    STEP(d, v[3], v[4]);
    STEP(c, v[1], v[2]);
    d = _mm256_srli_epi64(v[4], 26);
    v[4] = _mm256_and_si256(v[4], low26);
    v[0] = ADD(v[0], ADD(d, _mm256_slli_epi64(d, 2)));
    STEP(c, v[2], v[3]);
    STEP(d, v[0], v[1]);
    STEP(c, v[3], v[4]);
#undef STEP
}

/* The sum of the lanes, as carried limbs. */
static void fold(uint32_t h[5], const struct limbs *x)
{
    uint64_t c = 0, s[5];

    for (unsigned l = 0; l < 5; l++) {
        const __m128i t = _mm_add_epi64(_mm256_castsi256_si128(x->v[l]),
                                        _mm256_extracti128_si256(x->v[l], 1));

        s[l] =
            (uint64_t)_mm_cvtsi128_si64(t) + (uint64_t)_mm_extract_epi64(t, 1);
    }
    for (unsigned l = 0; l < 5; l++) {
        c += s[l];
        h[l] = (uint32_t)(c & ((1 << 26) - 1));
        c >>= 26;
    }
    c = 5 * c + h[0];
    h[0] = (uint32_t)(c & ((1 << 26) - 1));
    h[1] += (uint32_t)(c >> 26);
}

/* h = ((h + Ma) * r^4 + Mb) * r^4 for each 8 blocks but the last, where the
 * lanes take the powers that their blocks lack. */
TRI_DECL_POLY1305(tri_poly1305_avx2)
{
    const size_t wide = nblocks < TRI_POLY1305_WIDE ? 0 : nblocks / 8;

    if (wide > 0) {
        const __m256i closing = _mm256_set1_epi64x((long long)hibit << 24);
        struct factor r8, r4;
        struct limbs x, m, d;

        power(&r8, p, 8);
        power(&r4, p, 4);
        for (unsigned l = 0; l < 5; l++)
            x.v[l] = _mm256_set_epi64x(0, 0, 0, h[l]);
        for (size_t i = 1; i < wide; i++, in += 128) {
            split(&m, in, closing);
            add(&x, &m);
            mul(&d, &x, &r8);
            split(&m, in + 64, closing);
            muladd(&d, &m, &r4);
            carry(&d);
            for (unsigned l = 0; l < 5; l++)
                x.v[l] = d.v[l];
        }
        powers(&r8, p, 5);
        powers(&r4, p, 1);
        split(&m, in, closing);
        add(&x, &m);
        mul(&d, &x, &r8);
        split(&m, in + 64, closing);
        muladd(&d, &m, &r4);
        carry(&d);
        fold(h, &d);
        in += 128;
        nblocks -= 8 * wide;
    }
    tri_poly1305_ref(h, p, in, nblocks, hibit);
}
