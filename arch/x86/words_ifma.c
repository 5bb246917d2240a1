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
