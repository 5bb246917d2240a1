/*
 * Modulo a prime p of 50 bits, eight words at a time, with products of 52 bits.
 *
 * A sum of products of an element by words is kept as L + 2^52 M + 2^104 H, not
 * carried; STEPS of them fit. It is divided by 2^52 modulo p (Montgomery): with
 * m = -L / p mod 2^52 the lowest digit of sum + m p is 0, and its carry is
 * [L != 0]. Primes of fewer bits, which only tests have, go to the reference.
 */
#include <immintrin.h>
#include "arch/field.h"
#include "arch/kernels.h"

enum { STEPS = 512 };

struct consts {
    __m512i p, minus, low, mu, fix;
};

static int fits(const struct tri_field *f)
{
    return f->shift == 64 - TRI_FIELD_BITS;
}

static inline __m512i set(uint64_t x)
{
    return _mm512_set1_epi64((long long)x);
}

static inline __m512i load(const uint64_t *p)
{
    return _mm512_loadu_si512(p);
}

static inline void store(uint64_t *p, __m512i x)
{
    _mm512_storeu_si512(p, x);
}

static inline struct consts consts(const struct tri_field *f)
{
    return (struct consts){
        .p = set(f->p),
        .minus = set(f->minus),
        .low = set(((uint64_t)1 << 52) - 1),
        /* floor(2^101 / p), from floor(2^114 / p) = 2^64 + recip. */
        .mu = set((uint64_t)1 << 51 | f->recip >> 13),
        /* 2^156: what two divisions by 2^52, and the one after the product,
         * have taken. */
        .fix = set(tri_field_mul(f, f->two104, (uint64_t)1 << 52)),
    };
}

/* a + b * c, lower and upper 52 bits of the product. */
static inline __m512i lo(__m512i a, __m512i b, __m512i c)
{
    return _mm512_madd52lo_epu64(a, b, c);
}

static inline __m512i hi(__m512i a, __m512i b, __m512i c)
{
    return _mm512_madd52hi_epu64(a, b, c);
}

/* r - p where r >= p, for r < 2p. */
static inline __m512i below(__m512i r, __m512i p)
{
    return _mm512_min_epu64(r, _mm512_sub_epi64(r, p));
}

/* (l + 2^52 m) / 2^52 modulo p; l < 2^52. The result is below m + p + 1. */
static inline __m512i divide(__m512i l, __m512i m, const struct consts *c)
{
    const __m512i q = lo(_mm512_setzero_si512(), l, c->minus);
    const __mmask8 carry = _mm512_test_epi64_mask(l, l);

    m = hi(m, q, c->p);
    return _mm512_mask_add_epi64(m, carry, m, set(1));
}

/* (l + 2^52 m + 2^104 h) / 2^104 modulo p; below p + 2^21. */
static inline __m512i divide2(__m512i l, __m512i m, __m512i h,
                              const struct consts *c)
{
    m = _mm512_add_epi64(m, _mm512_srli_epi64(l, 52));
    m = divide(_mm512_and_si512(l, c->low), m, c);
    h = _mm512_add_epi64(h, _mm512_srli_epi64(m, 52));
    return divide(_mm512_and_si512(m, c->low), h, c);
}

/* x * y / 2^52 modulo p for x, y whose product is below 2^102: an element. */
static inline __m512i mont(__m512i x, __m512i y, const struct consts *c)
{
    const __m512i zero = _mm512_setzero_si512();

    return below(divide(lo(zero, x, y), hi(zero, x, y), c), c->p);
}

/* l + 2^52 m + 2^104 h modulo p: an element. */
static inline __m512i reduce(__m512i l, __m512i m, __m512i h,
                             const struct consts *c)
{
    return mont(divide2(l, m, h, c), c->fix, c);
}

/* x mod p for any word. */
static inline __m512i residue(__m512i x, const struct consts *c)
{
    const __m512i zero = _mm512_setzero_si512();
    const __m512i q = hi(zero, _mm512_srli_epi64(x, 49), c->mu);
    const __m512i up = _mm512_slli_epi64(hi(zero, q, c->p), 52);

    x = _mm512_sub_epi64(_mm512_sub_epi64(x, up), lo(zero, q, c->p));
    return below(below(x, c->p), c->p);
}

TRI_DECL_FIELD_WEIGHTS(tri_field_weights_ifma)
{
    const __m512i p = set(f->p), p2 = set(2 * f->p), p4 = set(4 * f->p);
    const __m512i p8 = set(8 * f->p);

    if (!fits(f)) {
        tri_field_weights_ref(z, tab, bits, rows, f);
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        const uint64_t b = bits[r];
        __m512i s = load(tab[0][b & 15]), t = load(tab[1][b >> 4 & 15]);

        for (unsigned j = 2; j < TRI_FIELD_TABLES; j += 2) {
            s = _mm512_add_epi64(s, load(tab[j][b >> 4 * j & 15]));
            t = _mm512_add_epi64(t, load(tab[j + 1][b >> (4 * j + 4) & 15]));
        }
        s = _mm512_add_epi64(s, t);
        s = below(below(below(below(s, p8), p4), p2), p);
        store(z + r * TRI_ROW, s);
    }
}

TRI_DECL_FIELD_SCALE(tri_field_scale_ifma)
{
    const __m512i zero = _mm512_setzero_si512();
    const struct consts c = consts(f);
    size_t left = per;

    if (!fits(f)) {
        tri_field_scale_ref(z, w, x, per, rows, f);
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        __m512i v = residue(load(x + r * TRI_ROW), &c);

        if (w != NULL) {
            const __m512i y = load(w);
            const __m512i l = lo(zero, v, y), h = hi(zero, v, y);
            /* The product without its low 49 bits, by 2^101 / p. */
            const __m512i up = _mm512_or_si512(_mm512_slli_epi64(h, 3),
                                               _mm512_srli_epi64(l, 49));
            const __m512i q = hi(zero, up, c.mu);

            v = _mm512_sub_epi64(l, lo(zero, q, c.p));
            v = _mm512_and_si512(v, c.low);
            v = below(below(v, c.p), c.p);
            if (--left == 0) {
                w += TRI_ROW;
                left = per;
            }
        }
        store(z + r * TRI_ROW, v);
    }
}

TRI_DECL_FIELD_COMB(tri_field_comb_ifma)
{
    const __m512i zero = _mm512_setzero_si512();
    const struct consts c = consts(f);

    if (!fits(f)) {
        tri_field_comb_ref(z, w, k, x, ldt, ldx, groups, n, f);
        return;
    }
    for (size_t j0 = 0, steps; j0 < k; j0 += steps) {
        uint64_t by[STEPS]; /* w * 2^104, which divide2 takes again */

        steps = k - j0 < STEPS ? k - j0 : STEPS;
        for (size_t j = 0; j < steps; j++)
            by[j] = tri_field_mul(f, f->two104, w[j0 + j]);
        for (size_t t = 0; t < groups; t++)
            for (size_t i = 0; i < n; i += TRI_ROW) {
                const uint64_t *v = x + t * ldt + j0 * ldx + i;
                __m512i l = zero, m = zero, m1 = zero, h = zero;

                for (size_t j = 0; j < steps; j++, v += ldx) {
                    const __m512i a = load(v), y = set(by[j]);
                    const __m512i up = _mm512_srli_epi64(a, 52);

                    l = lo(l, a, y);
                    m = hi(m, a, y);
                    m1 = lo(m1, up, y);
                    h = hi(h, up, y);
                }
                m = divide2(l, _mm512_add_epi64(m, m1), h, &c);
                m = _mm512_add_epi64(m, load(z + t * n + i));
                store(z + t * n + i, below(below(m, c.p), c.p));
            }
    }
}

/* From 2^s vectors to 3^s, as the reference has it. */
static inline void extend(__m512i *e, const uint64_t *x, unsigned s, __m512i p)
{
    size_t n = (size_t)1 << s, low = n;
    __m512i old[TRI_FIELD_VALUES];

    for (size_t i = 0; i < n; i++)
        e[i] = load(x + i * TRI_ROW);
    for (unsigned v = 0; v < s; v++, low /= 2) {
        const size_t half = low / 2, uppers = n / low;

        for (size_t i = 0; i < n; i++)
            old[i] = e[i];
        for (size_t up = 0; up < uppers; up++)
            for (size_t i = 0; i < half; i++) {
                const __m512i a = old[up * low + i];
                const __m512i b = old[up * low + half + i];
                const __m512i d = _mm512_sub_epi64(b, a);

                e[(3 * up + 0) * half + i] = a;
                e[(3 * up + 1) * half + i] = b;
                e[(3 * up + 2) * half + i] =
                    _mm512_min_epu64(d, _mm512_add_epi64(d, p));
            }
        n = n / 2 * 3;
    }
}

/* q[j] += the eight sums l + 2^52 m. */
static inline void settle(uint64_t *q, __m512i l, __m512i m,
                          const struct consts *c, const struct tri_field *f)
{
    uint64_t part[TRI_ROW];

    store(part, reduce(l, m, _mm512_setzero_si512(), c));
    for (size_t i = 0; i < TRI_ROW; i++)
        *q = tri_field_add(f, *q, part[i]);
}

/* s is a constant where this is inlined, so that all loops unroll. */
static inline void values(uint64_t *q, const uint64_t *u, const uint64_t *v,
                          unsigned s, size_t n, size_t groups,
                          const struct tri_field *f)
{
    const __m512i zero = _mm512_setzero_si512();
    const struct consts c = consts(f);
    const size_t each = (size_t)TRI_ROW << s;

    for (size_t t = 0, end; t < groups; t = end) {
        __m512i l[TRI_FIELD_VALUES], m[TRI_FIELD_VALUES];

        end = groups - t < 4 * STEPS ? groups : t + 4 * STEPS;
        for (size_t j = 0; j < n; j++)
            l[j] = m[j] = zero;
        for (; t < end; t++) {
            __m512i a[TRI_FIELD_VALUES], b[TRI_FIELD_VALUES];

            extend(a, u + t * each, s, c.p);
            extend(b, v + t * each, s, c.p);
            for (size_t j = 0; j < n; j++) {
                l[j] = lo(l[j], a[j], b[j]);
                m[j] = hi(m[j], a[j], b[j]);
            }
        }
        for (size_t j = 0; j < n; j++)
            settle(&q[j], l[j], m[j], &c, f);
    }
}

TRI_DECL_FIELD_VALUES(tri_field_values_ifma)
{
    if (!fits(f)) {
        tri_field_values_ref(q, u, v, s, groups, f);
        return;
    }
    switch (s) {
    case 0:
        values(q, u, v, 0, 1, groups, f);
        return;
    case 1:
        values(q, u, v, 1, 3, groups, f);
        return;
    case 2:
        values(q, u, v, 2, 9, groups, f);
        return;
    case 3:
        values(q, u, v, 3, 27, groups, f);
        return;
    default:
        values(q, u, v, 4, 81, groups, f);
    }
}
