/* Sums of 64 x 64 bits by products of 52 bits. A word x is its low 52 bits and
 * 12 more, t; it is also about 2^12 h. Of a sum S of products
 *
 *   A = the sum of lo(x, y)                        S = A + 2^52 B  mod 2^104
 *   B = that of hi(x, y) + lo(x, t') + lo(t, y)
 *   H = that of hi(h, h')                          2^77 H <= S < 2^77 H + 2^103
 *
 * so that S = 2^77 H + (A + 2^52 B - 2^77 H mod 2^104): five products each,
 * where an exact one takes seven. */
#include <immintrin.h>
#include "arch/kernels.h"
#include "arch/wide.h"

/* STEPS vectors of sums of A, B and H, and all their lanes, fit into a word. */
enum { STEPS = 64, ROWS = 3, COLS = 2 };

static inline __m512i lo(__m512i a, __m512i b, __m512i c)
{
    return _mm512_madd52lo_epu64(a, b, c);
}

static inline __m512i hi(__m512i a, __m512i b, __m512i c)
{
    return _mm512_madd52hi_epu64(a, b, c);
}

/* What comes next, of five arrays side by side, is asked for: to the L2 cache,
 * as these are too many for the L1. */
static inline void ahead(const uint64_t *p)
{
    _mm_prefetch((const char *)(p + 2048), _MM_HINT_T1);
}

/* s += x * y, where of a, b and c, 52 bits apart, c has all that is left. */
struct whole {
    __m512i a, b, c;
};

static inline void whole(struct whole *s, __m512i x, __m512i y)
{
    const __m512i t = _mm512_srli_epi64(x, 52), u = _mm512_srli_epi64(y, 52);

    s->a = lo(s->a, x, y);
    s->b = hi(lo(lo(s->b, x, u), t, y), x, y);
    s->c = hi(hi(lo(s->c, t, u), x, u), t, y);
}

TRI_DECL_WORDS_CARRY(tri_words_carry_ifma)
{
    const __m512i low = _mm512_set1_epi64(((int64_t)1 << 52) - 1);
    const __m512i bits21 = _mm512_set1_epi64(0x1fffff);
    const __m512i bits22 = _mm512_set1_epi64(0x3fffff);
    const __m128i by = _mm_cvtsi32_si128((int)shift);

    for (size_t i = 0; i < groups * TRI_PLACES; i += 8) {
        uint64_t *const to = z + i / TRI_PLACES * TRI_CARRIED;
        struct whole s = { _mm512_setzero_si512(), _mm512_setzero_si512(),
                           _mm512_setzero_si512() };
        __m512i t, h, b;

        ahead(x0 + i);
        ahead(x1 + i);
        ahead(y0 + i);
        ahead(y1 + i);
        ahead(m + i);
        whole(&s, _mm512_sll_epi64(_mm512_loadu_si512(x0 + i), by),
              _mm512_loadu_si512(y1 + i));
        whole(&s, _mm512_sll_epi64(_mm512_loadu_si512(y0 + i), by),
              _mm512_loadu_si512(x1 + i));
        s.b = _mm512_add_epi64(s.b, _mm512_srli_epi64(s.a, 52));
        t = _mm512_or_si512(_mm512_and_si512(s.a, low),
                            _mm512_slli_epi64(s.b, 52));
        /* The sum / 2^64 is 2^40 c and what is left of b. */
        s.b = _mm512_srli_epi64(s.b, 12);
        h = _mm512_add_epi64(s.b, _mm512_slli_epi64(s.c, 40));
        b = _mm512_and_si512(h, bits21);
        b = _mm512_mask_sub_epi64(
            b,
            _mm512_cmpgt_epu64_mask(
                _mm512_sll_epi64(_mm512_loadu_si512(m + i), by), t),
            b, _mm512_set1_epi64(1));
        _mm512_storeu_si512(
            to + i % TRI_PLACES,
            _mm512_add_epi64(_mm512_and_si512(_mm512_srli_epi64(h, 21), bits22),
                             _mm512_slli_epi64(b, 32)));
        s.c = _mm512_add_epi64(s.c, _mm512_srli_epi64(s.b, 40));
        _mm256_storeu_si256((__m256i *)(to + TRI_PLACES + i % TRI_PLACES / 2),
                            _mm512_cvtepi64_epi32(_mm512_srli_epi64(s.c, 3)));
    }
}

/* A product takes the low 52 bits of its operands alone. */
struct split {
    __m512i low, t, h;
};

static inline struct split left(__m512i x)
{
    return (struct split){ x, _mm512_srli_epi64(x, 52),
                           _mm512_srli_epi64(x, 12) };
}

/* y on the right, with one bit less in h: so has the sum of two. */
static inline struct split right(__m512i y)
{
    return (struct split){ y, _mm512_srli_epi64(y, 52),
                           _mm512_srli_epi64(y, 13) };
}

/* x + y, whose carry beyond 52 bits is part of t. */
static inline struct split sum(struct split x, struct split y)
{
    const __m512i low = _mm512_set1_epi64(((int64_t)1 << 52) - 1);
    const __m512i carried = _mm512_add_epi64(_mm512_and_si512(x.low, low),
                                             _mm512_and_si512(y.low, low));

    return (struct split){ carried,
                           _mm512_add_epi64(_mm512_srli_epi64(carried, 52),
                                            _mm512_add_epi64(x.t, y.t)),
                           _mm512_add_epi64(x.h, y.h) };
}

struct digits {
    __m512i a, b, h;
};

static inline void multiply(struct digits *s, struct split x, struct split y)
{
    s->a = lo(s->a, x.low, y.low);
    s->b = hi(s->b, x.low, y.low);
    s->h = hi(s->h, x.h, y.h);
    s->b = lo(s->b, x.low, y.t);
    s->b = lo(s->b, x.t, y.low);
}

static inline uint64_t lanes(__m512i v)
{
    uint64_t lane[8], z = 0;

    _mm512_storeu_si512(lane, v);
    for (size_t i = 0; i < 8; i++)
        z += lane[i];
    return z;
}

static inline void add_sum(uint64_t z[3], const struct digits *s)
{
    const uint64_t a = lanes(s->a);
    const uint64_t b = lanes(s->b);
    const uint64_t h = lanes(s->h);
    const uint64_t low = a + (b << 52);
    const uint64_t rest = (b >> 12) + (low < a) - (h << 13);

    tri_wide_add_at(z, low, 0);
    tri_wide_add_at(z, rest & (((uint64_t)1 << 40) - 1), 64);
    tri_wide_add_at(z, h, 77);
}

/* Up to ROWS rows by COLS columns, a stretch of at most STEPS vectors. */
static inline __attribute__((always_inline)) void stretch(
    uint64_t (*z)[3], const uint64_t *x0, const uint64_t *x1, size_t ldx,
    size_t rows, const uint64_t *y0, const uint64_t *y1, size_t ldy,
    size_t cols, size_t n)
{
    const __m512i zero = _mm512_setzero_si512();
    /* Registers, which no address is taken of, and where they go. */
    struct digits s[ROWS][COLS], end[ROWS][COLS];

    for (size_t a = 0; a < rows; a++)
        for (size_t b = 0; b < cols; b++)
            s[a][b] = (struct digits){ zero, zero, zero };
    for (size_t i = 0; i < n; i += 8) {
        const __mmask8 in =
            n - i < 8 ? (__mmask8)((1u << (n - i)) - 1) : (__mmask8)0xff;
        struct split u[ROWS][2];

        for (size_t a = 0; a < rows; a++) {
            u[a][0] = left(_mm512_maskz_loadu_epi64(in, x0 + a * ldx + i));
            u[a][1] = left(_mm512_maskz_loadu_epi64(in, x1 + a * ldx + i));
        }
        for (size_t b = 0; b < cols; b++) {
            const struct split first =
                right(_mm512_maskz_loadu_epi64(in, y0 + b * ldy + i));
            const struct split both = sum(
                first, right(_mm512_maskz_loadu_epi64(in, y1 + b * ldy + i)));

            for (size_t a = 0; a < rows; a++) {
                multiply(&s[a][b], u[a][0], both);
                multiply(&s[a][b], u[a][1], first);
            }
        }
    }
    for (size_t a = 0; a < rows; a++)
        for (size_t b = 0; b < cols; b++)
            end[a][b] = s[a][b];
    for (size_t a = 0; a < rows; a++)
        for (size_t b = 0; b < cols; b++)
            add_sum(z[a * TRI_TILE + b], &end[a][b]);
}

/* Constants, so that sums are registers. */
#define STRETCH(r, c)                                     \
    case COLS *(r) + (c):                                 \
        stretch(to, u0, u1, ldx, r, v0, v1, ldy, c, len); \
        break;

TRI_DECL_WORDS_DOTS(tri_words_dots_ifma)
{
    for (size_t i = 0, len; i < n; i += len) {
        len = n - i < 8 * STEPS ? n - i : 8 * STEPS;
        for (size_t a = 0, r; a < rows; a += r) {
            r = rows - a < ROWS ? rows - a : ROWS;
            for (size_t b = 0, c; b < cols; b += c) {
                uint64_t(*to)[3] = z + a * TRI_TILE + b;
                const uint64_t *u0 = x0 + a * ldx + i, *u1 = x1 + a * ldx + i;
                const uint64_t *v0 = y0 + b * ldy + i, *v1 = y1 + b * ldy + i;

                c = cols - b < COLS ? cols - b : COLS;
                switch (COLS * r + c) {
                    STRETCH(3, 2)
                    STRETCH(3, 1)
                    STRETCH(2, 2)
                    STRETCH(2, 1)
                    STRETCH(1, 2)
                    STRETCH(1, 1)
                }
            }
        }
    }
}

/* ---- columns side by side ---------------------------------------------------
 *
 * A lane is a column here, and a whole product of words modulo 2^64 is one
 * instruction. Let M = 2^24 - 1, and m the sum of the digits of a word to the
 * base 2^24, which is below 2^25.01. Of a sum S of at most LEN products
 * x0 * (y0 + y1) + x1 * y0
 *
 *   L = S mod 2^64
 *   H = the sum of hi(h, h')        2^77 H <= S < 2^77 H + LEN * 6.5 * 2^77
 *   R = the sum of lo(m, m')        S = R mod M; m of y0 + y1 is that of both
 *
 * so that S = 2^77 H + L + 2^64 e, where 0 <= e < M, since 6.5 * 2^77 * LEN is
 * below 2^88 - 2^64; and 2^64 = 2^16, 2^77 = 2^5 and 2^24 = 1 mod M, whence e =
 * 2^8 (R - 2^5 H - L) mod M: three products each.
 */
enum {
    LEN = 256,
    HIGH = 3, /* rows by ... */
    WIDE = 2  /* ... vectors of columns that are added up in registers */
};

struct sums {
    __m512i l, h, r;
};

static inline __m512i base24(__m512i x)
{
    const __m512i low = _mm512_set1_epi64((1 << 24) - 1);

    return _mm512_add_epi64(
        _mm512_add_epi64(_mm512_and_si512(x, low), _mm512_srli_epi64(x, 48)),
        _mm512_and_si512(_mm512_srli_epi64(x, 24), low));
}

static inline void add_outer(struct sums *s, uint64_t x, uint64_t xh,
                             uint64_t xm, __m512i y, __m512i h, __m512i m)
{
    const __m512i v = _mm512_set1_epi64((long long)x);

    s->l = _mm512_add_epi64(s->l, _mm512_mullo_epi64(v, y));
    s->h = hi(s->h, _mm512_set1_epi64((long long)xh), h);
    s->r = lo(s->r, _mm512_set1_epi64((long long)xm), m);
}

/* Eight columns of a row. */
static void end_outer(uint64_t (*z)[3], const struct sums *s, size_t cols)
{
    const __m512i low = _mm512_set1_epi64((1 << 24) - 1);
    const __m512i l = s->l, h = s->h;
    /* 2^8 (R + 2^5 (-H) + (-L)) mod M: minus is the complement of 24 bits. */
    __m512i e = _mm512_sub_epi64(low, base24(base24(l)));
    uint64_t part[3][8];

    e = _mm512_add_epi64(e, _mm512_set1_epi64((1 << 24) - 1));
    e = _mm512_add_epi64(
        e, _mm512_slli_epi64(_mm512_sub_epi64(_mm512_set1_epi64((1 << 25) - 2),
                                              base24(base24(h))),
                             5));
    e = _mm512_add_epi64(e, base24(s->r));
    e = base24(base24(_mm512_slli_epi64(e, 8)));
    /* M becomes 0. */
    e = _mm512_and_si512(
        _mm512_add_epi64(e, _mm512_srli_epi64(
                                _mm512_add_epi64(e, _mm512_set1_epi64(1)), 24)),
        low);
    _mm512_storeu_si512(part[0], l);
    _mm512_storeu_si512(part[1], e);
    _mm512_storeu_si512(part[2], h);
    for (size_t i = 0; i < cols; i++) {
        tri_wide_add_at(z[i], part[0][i], 0);
        tri_wide_add_at(z[i], part[1][i], 64);
        tri_wide_add_at(z[i], part[2][i], 77);
    }
}

/* A row of X: x0 and x1 where they stand, and their h and m. */
struct row {
    const uint64_t *x[2];
    uint64_t h[2][LEN], m[2][LEN];
};

static void prepare(struct row *r, const uint64_t *x0, const uint64_t *x1,
                    size_t n)
{
    r->x[0] = x0;
    r->x[1] = x1;
    for (unsigned j = 0; j < 2; j++)
        for (size_t i = 0; i < n; i += 8) {
            const __mmask8 in =
                n - i < 8 ? (__mmask8)((1u << (n - i)) - 1) : (__mmask8)0xff;
            const __m512i v = _mm512_maskz_loadu_epi64(in, r->x[j] + i);

            _mm512_storeu_si512(r->h[j] + i, _mm512_srli_epi64(v, 12));
            _mm512_storeu_si512(r->m[j] + i, base24(v));
        }
}

/* `high` rows by `wide` vectors of columns, n steps. */
static inline __attribute__((always_inline)) void outer(
    uint64_t (*z)[3], size_t ldz, const struct row *x, size_t high,
    const uint64_t *y0, const uint64_t *y1, size_t ldy, size_t wide,
    size_t cols, size_t n)
{
    const __m512i zero = _mm512_setzero_si512();
    struct sums s[HIGH][WIDE], end[HIGH][WIDE];
    __mmask8 in[WIDE];

    for (size_t b = 0; b < wide; b++)
        in[b] = cols - 8 * b < 8 ? (__mmask8)((1u << (cols - 8 * b)) - 1)
                                 : (__mmask8)0xff;
    for (size_t a = 0; a < high; a++)
        for (size_t b = 0; b < wide; b++)
            s[a][b] = (struct sums){ zero, zero, zero };
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < wide; b++) {
            const __m512i u =
                _mm512_maskz_loadu_epi64(in[b], y0 + i * ldy + 8 * b);
            const __m512i w =
                _mm512_maskz_loadu_epi64(in[b], y1 + i * ldy + 8 * b);
            const __m512i y = _mm512_add_epi64(u, w);
            const __m512i uh = _mm512_srli_epi64(u, 13), um = base24(u);
            const __m512i yh = _mm512_add_epi64(uh, _mm512_srli_epi64(w, 13));
            const __m512i ym = _mm512_add_epi64(um, base24(w));

            for (size_t a = 0; a < high; a++) {
                const struct row *r = &x[a];

                add_outer(&s[a][b], r->x[0][i], r->h[0][i], r->m[0][i], y, yh,
                          ym);
                add_outer(&s[a][b], r->x[1][i], r->h[1][i], r->m[1][i], u, uh,
                          um);
            }
        }
    for (size_t a = 0; a < high; a++)
        for (size_t b = 0; b < wide; b++)
            end[a][b] = s[a][b];
    for (size_t a = 0; a < high; a++)
        for (size_t b = 0; b < wide; b++)
            end_outer(z + a * ldz + 8 * b, &end[a][b],
                      cols - 8 * b < 8 ? cols - 8 * b : 8);
}

TRI_DECL_WORDS_OUTER(tri_words_outer_ifma)
{
    struct row x[HIGH];

    for (size_t i = 0, len; i < n; i += len) {
        len = n - i < LEN ? n - i : LEN;
        for (size_t a = 0, r; a < rows; a += r) {
            r = rows - a < HIGH ? 1 : HIGH;
            for (size_t j = 0; j < r; j++)
                prepare(&x[j], x0 + (a + j) * ldx + i, x1 + (a + j) * ldx + i,
                        len);
            for (size_t b = 0, c; b < cols; b += c) {
                uint64_t(*to)[3] = z + a * ldz + b;
                const uint64_t *v0 = y0 + i * ldy + b, *v1 = y1 + i * ldy + b;

                c = cols - b < 8 * WIDE ? cols - b : 8 * WIDE;
                if (r == HIGH && c > 8)
                    outer(to, ldz, x, HIGH, v0, v1, ldy, WIDE, c, len);
                else if (r == HIGH)
                    outer(to, ldz, x, HIGH, v0, v1, ldy, 1, c, len);
                else if (c > 8)
                    outer(to, ldz, x, 1, v0, v1, ldy, WIDE, c, len);
                else
                    outer(to, ldz, x, 1, v0, v1, ldy, 1, c, len);
            }
        }
    }
}
