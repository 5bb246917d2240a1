/*
 * Modulo a prime p of 50 bits, eight words at a time, with products of 52 bits.
 *
 * A sum of products of an element by words is kept as L + 2^52 M + 2^104 H, not
 * carried; STEPS of them fit. It is divided by 2^52 modulo p (Montgomery): with
 * q = L / p mod 2^52 it has the lowest digit of q p, so that it is the digits
 * above these that are subtracted. Products take the low 52 bits of a word by
 * themselves. Primes of fewer bits, which only tests have, go to the reference.
 */
#include <immintrin.h>
#include "arch/field.h"
#include "arch/kernels.h"

/* Vectors side by side; words to ask for ahead, from the L2 cache on: what is
 * asked for from the L1 makes loads wait. */
enum { STEPS = 512, COLS = 4, AHEAD = 2048 };

struct consts {
    __m512i p, inverse, fix;
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
        .inverse = set(0 - f->minus),
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

/* An element from what is between -p and p. */
static inline __m512i above(__m512i r, __m512i p)
{
    return _mm512_min_epu64(r, _mm512_add_epi64(r, p));
}

/* (l + 2^52 m) / 2^52 modulo p, where m has what is above the low 52 bits of l:
 * less than p below m. */
static inline __m512i divide(__m512i l, __m512i m, const struct consts *c)
{
    const __m512i zero = _mm512_setzero_si512();

    return _mm512_sub_epi64(m, hi(zero, lo(zero, l, c->inverse), c->p));
}

/* (l + 2^52 m + 2^104 h) / 2^104 modulo p: an element. */
static inline __m512i divide2(__m512i l, __m512i m, __m512i h,
                              const struct consts *c)
{
    m = divide(l, _mm512_add_epi64(m, _mm512_srli_epi64(l, 52)), c);
    h = divide(m, _mm512_add_epi64(h, _mm512_srai_epi64(m, 52)), c);
    return above(h, c->p);
}

/* x * y / 2^52 modulo p for x, y whose product is below 2^102: an element. */
static inline __m512i mont(__m512i x, __m512i y, const struct consts *c)
{
    const __m512i zero = _mm512_setzero_si512();

    return above(divide(lo(zero, x, y), hi(zero, x, y), c), c->p);
}

/* l + 2^52 m + 2^104 h modulo p: an element. */
static inline __m512i reduce(__m512i l, __m512i m, __m512i h,
                             const struct consts *c)
{
    return mont(divide2(l, m, h, c), c->fix, c);
}

/* From a table of 16 words. */
static inline __m512i pick(const uint64_t *tab, __m512i at)
{
    return _mm512_permutex2var_epi64(load(tab), at, load(tab + 8));
}

TRI_DECL_FIELD_WEIGHTS(tri_field_weights_ifma)
{
    const __m512i p = set(f->p), p2 = set(2 * f->p), p4 = set(4 * f->p);
    const __m512i p8 = set(8 * f->p);

    if (!fits(f)) {
        tri_field_weights_ref(z, tab, bits, n, f);
        return;
    }
    for (size_t t = 0; t < n; t += 8) {
        const __mmask8 in =
            n - t < 8 ? (__mmask8)((1u << (n - t)) - 1) : (__mmask8)0xff;
        __m512i b = _mm512_maskz_loadu_epi64(in, bits + t);
        __m512i s = pick(tab[0], b);

        for (unsigned j = 1; j < TRI_FIELD_TABLES; j++) {
            b = _mm512_srli_epi64(b, 4);
            s = _mm512_add_epi64(s, pick(tab[j], b));
        }
        s = below(below(below(below(s, p8), p4), p2), p);
        _mm512_mask_storeu_epi64(z + t, in, s);
    }
}

/* x * w / 2^52: of a word in two parts, a + 2^51 b, with w103 = 2^51 w; one of
 * up to 52 bits is `small`. An element. */
static inline __m512i product(__m512i x, __m512i w52, __m512i w103, int small,
                              const struct consts *c)
{
    const __m512i zero = _mm512_setzero_si512();
    const __m512i a = _mm512_and_si512(x, set(((uint64_t)1 << 51) - 1));
    const __m512i b = _mm512_srli_epi64(x, 51);
    __m512i l, m;

    if (small)
        return mont(x, w52, c);
    l = lo(lo(zero, a, w52), b, w103);
    m = hi(hi(zero, a, w52), b, w103);
    m = _mm512_add_epi64(m, _mm512_srli_epi64(l, 52));
    return above(divide(l, m, c), c->p);
}

/* x / 2^52 modulo p for any word: an element. */
static inline __m512i lift(__m512i x, const struct consts *c)
{
    return above(divide(x, _mm512_srli_epi64(x, 52), c), c->p);
}

/* 2^103, which makes 2^51 w from w. */
static inline __m512i two103(const struct tri_field *f)
{
    return set(tri_field_mul(f, (uint64_t)1 << 49, (uint64_t)1 << 54));
}

TRI_DECL_FIELD_SCALE(tri_field_scale_ifma)
{
    const struct consts c = consts(f);
    const __m512i up = two103(f);

    if (!fits(f)) {
        tri_field_scale_ref(z, w, x, rows, f);
        return;
    }
    for (size_t i = 0; i < rows * TRI_ROW; i += TRI_ROW) {
        const __m512i w52 = mont(load(w + i), set(f->two104), &c);

        store(z + i, product(load(x + i), w52, mont(w52, up, &c), 0, &c));
    }
}

/* `cols` rows of the sum over j < k of by[j] * x[j*ldx ..]; by is w * 2^104,
 * which divide2 takes again. `small`: words have no bits above the 52 that a
 * product takes. Inlined with constants for these two; words are read in the
 * order of memory, and what comes next is asked for. */
static inline __attribute__((always_inline)) void comb(
    uint64_t *z, const uint64_t *by, size_t k, const uint64_t *x, size_t ldx,
    size_t cols, int small, const struct consts *c)
{
    const __m512i zero = _mm512_setzero_si512();
    __m512i l[COLS], m[COLS], h[COLS];

    for (size_t i = 0; i < cols; i++)
        l[i] = m[i] = h[i] = zero;
    for (size_t j = 0; j < k; j++, x += ldx) {
        const __m512i y = set(by[j]);

        for (size_t i = 0; i < cols; i++) {
            const __m512i a = load(x + i * TRI_ROW);

            _mm_prefetch((const char *)(x + i * TRI_ROW + AHEAD), _MM_HINT_T1);
            l[i] = lo(l[i], a, y);
            m[i] = hi(m[i], a, y);
            if (!small) {
                const __m512i up = _mm512_srli_epi64(a, 52);

                h[i] = hi(h[i], up, y);
                m[i] = lo(m[i], up, y);
            }
        }
    }
    for (size_t i = 0; i < cols; i++) {
        const __m512i t = divide2(l[i], m[i], h[i], c);

        store(z + i * TRI_ROW,
              below(_mm512_add_epi64(t, load(z + i * TRI_ROW)), c->p));
    }
}

TRI_DECL_FIELD_COMB(tri_field_comb_ifma)
{
    const struct consts c = consts(f);

    if (!fits(f)) {
        tri_field_comb_ref(z, w, k, x, bits, ldt, ldx, groups, n, f);
        return;
    }
    for (size_t j0 = 0, steps; j0 < k; j0 += steps) {
        uint64_t by[STEPS];

        steps = k - j0 < STEPS ? k - j0 : STEPS;
        for (size_t j = 0; j < steps; j += TRI_ROW) {
            const __mmask8 in = steps - j < TRI_ROW
                                    ? (__mmask8)((1u << (steps - j)) - 1)
                                    : 0xff;

            store(by + j,
                  mont(_mm512_maskz_loadu_epi64(in, w + j0 + j), c.fix, &c));
        }
        for (size_t t = 0; t < groups; t++) {
            const uint64_t *v = x + t * ldt + j0 * ldx;
            const int small = bits <= TRI_FIELD_SMALL;
            size_t i = 0;

            for (; i + COLS * TRI_ROW <= n; i += COLS * TRI_ROW)
                if (small)
                    comb(z + t * n + i, by, steps, v + i, ldx, COLS, 1, &c);
                else
                    comb(z + t * n + i, by, steps, v + i, ldx, COLS, 0, &c);
            for (; i < n; i += TRI_ROW)
                if (small)
                    comb(z + t * n + i, by, steps, v + i, ldx, 1, 1, &c);
                else
                    comb(z + t * n + i, by, steps, v + i, ldx, 1, 0, &c);
        }
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

/* a - b, an element. */
static inline __m512i minus(__m512i a, __m512i b, __m512i p)
{
    const __m512i d = _mm512_sub_epi64(a, b);

    return _mm512_min_epu64(d, _mm512_add_epi64(d, p));
}

/* The values at 0, 1, infinity number `at` of up to two upper variables, of
 * `upper`, at the point of the lower ones that row `x` has; `apart` words lie
 * between two points of the first upper variable. An element. */
static inline __m512i upper_value(const uint64_t *x, unsigned upper,
                                  unsigned at, size_t apart, __m512i p)
{
    const unsigned one = at % 3, two = at / 3;
    __m512i v[2];

    for (unsigned i = 0; i < 2; i++) {
        const uint64_t *from = x + 2 * i * apart;

        if (i == 1 && (upper < 2 || two == 0))
            return v[0];
        if (i == 0 && two == 1)
            continue;
        v[i] = one == 1 ? load(from + apart) : load(from);
        if (one == 2)
            v[i] = minus(load(from + apart), v[i], p);
    }
    return two == 1 ? v[1] : minus(v[1], v[0], p);
}

/* The 3^low values of the lower variables, low <= 2, from 2^low rows: below 4p,
 * and so below 2^52. */
static inline void lower_values(__m512i *e, const __m512i *x, unsigned low,
                                __m512i p)
{
    if (low == 0) {
        e[0] = x[0];
        return;
    }
    e[0] = x[0];
    e[1] = x[1];
    e[2] = _mm512_add_epi64(_mm512_sub_epi64(x[1], x[0]), p);
    if (low == 1)
        return;
    e[3] = x[2];
    e[4] = x[3];
    e[5] = _mm512_add_epi64(_mm512_sub_epi64(x[3], x[2]), p);
    e[6] = _mm512_add_epi64(_mm512_sub_epi64(x[2], x[0]), p);
    e[7] = _mm512_add_epi64(_mm512_sub_epi64(x[3], x[1]), p);
    e[8] =
        _mm512_add_epi64(_mm512_sub_epi64(e[5], e[2]), _mm512_add_epi64(p, p));
}

/* Some groups, at one point of the upper variables. All numbers but `groups`
 * are constants where this is inlined. */
static inline void __attribute__((always_inline))
at_point(uint64_t *q, const uint64_t *u, const uint64_t *v, unsigned low,
         unsigned upper, unsigned at, size_t groups, const struct consts *c,
         const struct tri_field *f)
{
    const size_t rows = (size_t)1 << low, apart = rows * TRI_ROW;
    const size_t each = apart << upper, n = low == 0 ? 1 : low == 1 ? 3 : 9;
    const __m512i zero = _mm512_setzero_si512();
    __m512i l[9], m[9];

    for (size_t j = 0; j < n; j++)
        l[j] = m[j] = zero;
    for (size_t t = 0; t < groups; t++, u += each, v += each) {
        __m512i x[4], y[4], a[9], b[9];

        for (size_t i = 0; i < rows; i++) {
            x[i] = upper_value(u + i * TRI_ROW, upper, at, apart, c->p);
            y[i] = upper_value(v + i * TRI_ROW, upper, at, apart, c->p);
        }
        lower_values(a, x, low, c->p);
        lower_values(b, y, low, c->p);
        for (size_t j = 0; j < n; j++) {
            l[j] = lo(l[j], a[j], b[j]);
            m[j] = hi(m[j], a[j], b[j]);
        }
    }
    for (size_t j = 0; j < n; j++)
        settle(&q[at * n + j], l[j], m[j], c, f);
}

/* Groups that stay in the nearest cache while all points are gone through. */
enum { NEAR = 512 };

#define POINT(low, upper, at) at_point(q, u, v, low, upper, at, n, &c, f)

TRI_DECL_FIELD_VALUES(tri_field_values_ifma)
{
    const struct consts c = consts(f);
    const size_t most = s < 3 ? 4 * STEPS : NEAR >> s;
    const size_t each = (size_t)TRI_ROW << s;

    if (!fits(f)) {
        tri_field_values_ref(q, u, v, s, groups, f);
        return;
    }
    for (size_t n; groups > 0; groups -= n, u += n * each, v += n * each) {
        n = groups < most ? groups : most;
        switch (s) {
        case 0:
            POINT(0, 0, 0);
            break;
        case 1:
            POINT(1, 0, 0);
            break;
        case 2:
            POINT(2, 0, 0);
            break;
        case 3:
            POINT(2, 1, 0);
            POINT(2, 1, 1);
            POINT(2, 1, 2);
            break;
        default:
            POINT(2, 2, 0);
            POINT(2, 2, 1);
            POINT(2, 2, 2);
            POINT(2, 2, 3);
            POINT(2, 2, 4);
            POINT(2, 2, 5);
            POINT(2, 2, 6);
            POINT(2, 2, 7);
            POINT(2, 2, 8);
        }
    }
}

/* Groups at a time, of which the weights are on the stack. */
enum { FIRST = 64 };

/* At least `n` weights, times by / 2^52. */
static inline void weigh(uint64_t *z, const uint64_t *g, size_t n, __m512i by,
                         const struct consts *c)
{
    for (size_t t = 0; t < n; t += TRI_ROW) {
        const __mmask8 in =
            n - t < TRI_ROW ? (__mmask8)((1u << (n - t)) - 1) : (__mmask8)0xff;

        store(z + t, mont(_mm512_maskz_loadu_epi64(in, g + t), by, c));
    }
}

/* Up to FIRST groups; `xs`, `ys`: whether words are small enough to be taken as
 * they are, constants where this is inlined. Of y * 2^-52 the weights make up
 * for the factor. */
static inline __attribute__((always_inline)) void first(
    uint64_t *q, const uint64_t *g, const uint64_t *e, const uint64_t *x,
    int xs, const uint64_t *y, int ys, size_t groups, const struct consts *c,
    const struct tri_field *f)
{
    const __m512i zero = _mm512_setzero_si512(), up = two103(f);
    uint64_t w52[FIRST], w103[FIRST];
    __m512i l[9], m[9];

    weigh(w52, g, groups, ys ? set(f->two104) : c->fix, c);
    if (!xs)
        weigh(w103, w52, groups, up, c);
    for (size_t j = 0; j < 9; j++)
        l[j] = m[j] = zero;
    for (size_t t = 0; t < groups; t++) {
        const __m512i w = set(w52[t]), w2 = xs ? zero : set(w103[t]);
        __m512i u[4], v[4], a[9], b[9];

        for (size_t i = 0; i < 4; i++, x += TRI_ROW, y += TRI_ROW) {
            _mm_prefetch((const char *)(x + AHEAD), _MM_HINT_T1);
            _mm_prefetch((const char *)(y + AHEAD), _MM_HINT_T1);
            u[i] = product(load(x), w, w2, xs, c);
            v[i] = ys ? load(y) : lift(load(y), c);
        }
        lower_values(a, u, 2, c->p);
        lower_values(b, v, 2, c->p);
        for (size_t j = 0; j < 9; j++) {
            l[j] = lo(l[j], a[j], b[j]);
            m[j] = hi(m[j], a[j], b[j]);
        }
    }
    for (size_t j = 0; j < 9; j++) {
        const __m512i lanes = mont(load(e), set(f->two104), c);
        const __m512i s = mont(reduce(l[j], m[j], zero, c), lanes, c);

        q[j] = tri_field_add(
            f, q[j], tri_field_mul(f, 1, (uint64_t)_mm512_reduce_add_epi64(s)));
    }
}

TRI_DECL_FIELD_FIRST(tri_field_first_ifma)
{
    const struct consts c = consts(f);
    const int xs = xbits <= TRI_FIELD_SMALL, ys = ybits < TRI_FIELD_BITS;

    if (!fits(f)) {
        tri_field_first_ref(q, g, e, x, xbits, y, ybits, groups, f);
        return;
    }
    for (size_t n; groups > 0; groups -= n, g += n) {
        n = groups < FIRST ? groups : FIRST;
        if (xs && ys)
            first(q, g, e, x, 1, y, 1, n, &c, f);
        else if (xs)
            first(q, g, e, x, 1, y, 0, n, &c, f);
        else if (ys)
            first(q, g, e, x, 0, y, 1, n, &c, f);
        else
            first(q, g, e, x, 0, y, 0, n, &c, f);
        x += n * 4 * TRI_ROW;
        y += n * 4 * TRI_ROW;
    }
}

/* `k` and `small` are constants where this is inlined for many rows. */
static inline __attribute__((always_inline)) void fold(
    uint64_t *z, const uint64_t *g, const __m512i *w, size_t k,
    const uint64_t *x, int small, size_t rows, const struct consts *c,
    const struct tri_field *f)
{
    const __m512i zero = _mm512_setzero_si512();
    const size_t each = k * TRI_ROW;

    for (size_t t0 = 0, n; t0 < rows; t0 += n) {
        uint64_t by[FIRST];

        n = rows - t0 < FIRST ? rows - t0 : FIRST;
        if (g != NULL)
            weigh(by, g + t0, n, set(f->two104), c);
        for (size_t t = 0; t < n; t++, x += each, z += TRI_ROW) {
            __m512i l = zero, m = zero, h = zero, s;

            for (size_t j = 0; j < k; j++) {
                const __m512i a = load(x + j * TRI_ROW);

                _mm_prefetch((const char *)(x + j * TRI_ROW + AHEAD),
                             _MM_HINT_T1);
                l = lo(l, a, w[j]);
                m = hi(m, a, w[j]);
                if (!small) {
                    const __m512i up = _mm512_srli_epi64(a, 52);

                    h = hi(h, up, w[j]);
                    m = lo(m, up, w[j]);
                }
            }
            s = divide2(l, m, h, c);
            store(z, g == NULL ? s : mont(s, set(by[t]), c));
        }
    }
}

TRI_DECL_FIELD_FOLD(tri_field_fold_ifma)
{
    const struct consts c = consts(f);
    const int small = bits <= TRI_FIELD_SMALL;
    __m512i by[1 << TRI_FIELD_VARS];

    if (!fits(f)) {
        tri_field_fold_ref(z, g, w, k, x, bits, rows, f);
        return;
    }
    for (size_t j = 0; j < k; j++)
        by[j] = mont(load(w + j * TRI_ROW), c.fix, &c);
    if (k == 4 && small)
        fold(z, g, by, 4, x, 1, rows, &c, f);
    else if (k == 4)
        fold(z, g, by, 4, x, 0, rows, &c, f);
    else
        fold(z, g, by, k, x, small, rows, &c, f);
}
