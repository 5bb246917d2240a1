/* Poly1305, 8 blocks side by side, 16 in one step; reached only through the
 * kernel table. */
#include <immintrin.h>

#include "arch/kernels.h"

enum { N = TRI_POLY1305_POWERS };

struct limbs {
    __m512i v[5];
};

/* The limbs of 8 blocks, in the order 0, 4, 1, 5, 2, 6, 3, 7. */
static inline void split(struct limbs *m, const uint8_t *in, __m512i closing)
{
    const __m512i low26 = _mm512_set1_epi64((1 << 26) - 1);
    const __m512i a = _mm512_loadu_si512(in);
    const __m512i b = _mm512_loadu_si512(in + 64);
    const __m512i lo = _mm512_unpacklo_epi64(a, b);
    const __m512i hi = _mm512_unpackhi_epi64(a, b);

    m->v[0] = _mm512_and_si512(lo, low26);
    m->v[1] = _mm512_and_si512(_mm512_srli_epi64(lo, 26), low26);
    /* (x | y) & z is function 0xa8 */
    m->v[2] = _mm512_ternarylogic_epi64(_mm512_srli_epi64(lo, 52),
                                        _mm512_slli_epi64(hi, 12), low26, 0xa8);
    m->v[3] = _mm512_and_si512(_mm512_srli_epi64(hi, 14), low26);
    m->v[4] = _mm512_or_si512(_mm512_srli_epi64(hi, 40), closing);
}

/* A multiplier: its limbs, and five times limbs 1..4 for what passes 2^130. */
struct factor {
    __m512i r[5], r5[5];
};

static inline void factor_of(struct factor *f, const __m512i v[5])
{
    for (unsigned l = 0; l < 5; l++) {
        f->r[l] = v[l];
        f->r5[l] = _mm512_add_epi64(v[l], _mm512_slli_epi64(v[l], 2));
    }
}

/* r^e in every lane. */
static inline void power(struct factor *f, const uint32_t *p, unsigned e)
{
    __m512i v[5];

    for (unsigned l = 0; l < 5; l++)
        v[l] = _mm512_set1_epi64(p[(l + 1) * N - e]);
    factor_of(f, v);
}

/* r^(e+7) down to r^e in the order of split(): what the blocks still lack. */
static inline void powers(struct factor *f, const uint32_t *p, unsigned e)
{
    const __m512i order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
    __m512i v[5];

    for (unsigned l = 0; l < 5; l++)
        v[l] = _mm512_permutexvar_epi64(
            order, _mm512_cvtepu32_epi64(_mm256_loadu_si256(
                       (const __m256i *)(p + (l + 1) * N - e - 7))));
    factor_of(f, v);
}

#define MUL(a, b) _mm512_mul_epu32(a, b)
#define ADD(a, b) _mm512_add_epi64(a, b)

static inline void mul(struct limbs *d, const struct limbs *x,
                       const struct factor *f)
{
    const __m512i *v = x->v;

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
    const __m512i low26 = _mm512_set1_epi64((1 << 26) - 1);
    __m512i *v = h->v, c, d;

#define STEP(x, from, to)                     \
    do {                                      \
        x = _mm512_srli_epi64(from, 26);      \
        from = _mm512_and_si512(from, low26); \
        to = ADD(to, x);                      \
    } while (0)
    STEP(c, v[0], v[1]);
    STEP(d, v[3], v[4]);
    STEP(c, v[1], v[2]);
    d = _mm512_srli_epi64(v[4], 26);
    v[4] = _mm512_and_si512(v[4], low26);
    v[0] = ADD(v[0], ADD(d, _mm512_slli_epi64(d, 2)));
    STEP(c, v[2], v[3]);
    STEP(d, v[0], v[1]);
    STEP(c, v[3], v[4]);
#undef STEP
}

/* The sum of the lanes, as carried limbs. */
static void fold(uint32_t h[5], const struct limbs *x)
{
    uint64_t c = 0, s[5];

    for (unsigned l = 0; l < 5; l++)
        s[l] = (uint64_t)_mm512_reduce_add_epi64(x->v[l]);
    for (unsigned l = 0; l < 5; l++) {
        c += s[l];
        h[l] = (uint32_t)(c & ((1 << 26) - 1));
        c >>= 26;
    }
    c = 5 * c + h[0];
    h[0] = (uint32_t)(c & ((1 << 26) - 1));
    h[1] += (uint32_t)(c >> 26);
}

/* h = ((h + Ma) * r^8 + Mb) * r^8 for each 16 blocks but the last, where the
 * lanes take the powers that their blocks lack. */
TRI_DECL_POLY1305(tri_poly1305_avx512)
{
    const size_t wide = nblocks < TRI_POLY1305_WIDE ? 0 : nblocks / 16;

    if (wide > 0) {
        const __m512i closing = _mm512_set1_epi64((long long)hibit << 24);
        struct factor r16, r8;
        struct limbs x, m, d;

        power(&r16, p, 16);
        power(&r8, p, 8);
        for (unsigned l = 0; l < 5; l++)
            x.v[l] = _mm512_set_epi64(0, 0, 0, 0, 0, 0, 0, h[l]);
        for (size_t i = 1; i < wide; i++, in += 256) {
            split(&m, in, closing);
            add(&x, &m);
            mul(&d, &x, &r16);
            split(&m, in + 128, closing);
            muladd(&d, &m, &r8);
            carry(&d);
            for (unsigned l = 0; l < 5; l++)
                x.v[l] = d.v[l];
        }
        powers(&r16, p, 9);
        powers(&r8, p, 1);
        split(&m, in, closing);
        add(&x, &m);
        mul(&d, &x, &r16);
        split(&m, in + 128, closing);
        muladd(&d, &m, &r8);
        carry(&d);
        fold(h, &d);
        in += 256;
        nblocks -= 16 * wide;
    }
    tri_poly1305_ref(h, p, in, nblocks, hibit);
}
