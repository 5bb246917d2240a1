/* Sums of 64 x 64 bits: a word is 52 bits and 12 more, so that a product of
 * words is seven products of 52 bits. */
#include <immintrin.h>
#include "arch/kernels.h"
#include "arch/wide.h"

enum { STEPS = 512, ROWS = 2, COLS = 2 };

static inline __m512i lo(__m512i a, __m512i b, __m512i c)
{
    return _mm512_madd52lo_epu64(a, b, c);
}

static inline __m512i hi(__m512i a, __m512i b, __m512i c)
{
    return _mm512_madd52hi_epu64(a, b, c);
}

static inline void add_lanes(uint64_t z[3], __m512i v, unsigned bits)
{
    uint64_t lane[8];

    _mm512_storeu_si512(lane, v);
    for (size_t i = 0; i < 8; i++)
        tri_wide_add_at(z, lane[i], bits);
}

/* A word's top 12 bits, those of y0 + y1 and its carry beyond 52 bits, and what
 * is left: a product takes the low 52 bits of its operands alone. */
struct split {
    __m512i low, top;
};

static inline struct split one(__m512i x)
{
    return (struct split){ x, _mm512_srli_epi64(x, 52) };
}

static inline struct split sum(__m512i x, __m512i y)
{
    const __m512i low = _mm512_set1_epi64(((int64_t)1 << 52) - 1);
    const __m512i carried =
        _mm512_add_epi64(_mm512_and_si512(x, low), _mm512_and_si512(y, low));

    return (struct split){
        carried, _mm512_add_epi64(_mm512_srli_epi64(carried, 52),
                                  _mm512_add_epi64(_mm512_srli_epi64(x, 52),
                                                   _mm512_srli_epi64(y, 52)))
    };
}

struct digits {
    __m512i a, b, c; /* times 1, 2^52, 2^104 */
};

static inline void multiply(struct digits *s, struct split x, struct split y)
{
    s->a = lo(s->a, x.low, y.low);
    s->b = hi(s->b, x.low, y.low);
    s->b = lo(s->b, x.low, y.top);
    s->c = hi(s->c, x.low, y.top);
    s->b = lo(s->b, x.top, y.low);
    s->c = hi(s->c, x.top, y.low);
    s->c = lo(s->c, x.top, y.top);
}

/* Up to ROWS rows by COLS columns, a stretch of at most STEPS vectors. */
static inline __attribute__((always_inline)) void stretch(
    uint64_t (*z)[3], const uint64_t *x0, const uint64_t *x1, size_t ldx,
    size_t rows, const uint64_t *y0, const uint64_t *y1, size_t ldy,
    size_t cols, size_t n)
{
    const __m512i zero = _mm512_setzero_si512();
    struct digits s[ROWS][COLS];

    for (size_t a = 0; a < rows; a++)
        for (size_t b = 0; b < cols; b++)
            s[a][b] = (struct digits){ zero, zero, zero };
    for (size_t i = 0; i < n; i += 8) {
        const __mmask8 in =
            n - i < 8 ? (__mmask8)((1u << (n - i)) - 1) : (__mmask8)0xff;
        struct split u[ROWS][2];

        for (size_t a = 0; a < rows; a++) {
            u[a][0] = one(_mm512_maskz_loadu_epi64(in, x0 + a * ldx + i));
            u[a][1] = one(_mm512_maskz_loadu_epi64(in, x1 + a * ldx + i));
        }
        for (size_t b = 0; b < cols; b++) {
            const __m512i v0 = _mm512_maskz_loadu_epi64(in, y0 + b * ldy + i);
            const __m512i v1 = _mm512_maskz_loadu_epi64(in, y1 + b * ldy + i);
            const struct split both = sum(v0, v1), first = one(v0);

            for (size_t a = 0; a < rows; a++) {
                multiply(&s[a][b], u[a][0], both);
                multiply(&s[a][b], u[a][1], first);
            }
        }
    }
    for (size_t a = 0; a < rows; a++)
        for (size_t b = 0; b < cols; b++) {
            uint64_t *const to = z[a * TRI_TILE + b];

            add_lanes(to, s[a][b].a, 0);
            add_lanes(to, s[a][b].b, 52);
            add_lanes(to, s[a][b].c, 104);
        }
}

TRI_DECL_WORDS_DOTS(tri_words_dots_ifma)
{
    for (size_t i = 0, len; i < n; i += len) {
        len = n - i < 8 * STEPS ? n - i : 8 * STEPS;
        for (size_t a = 0; a < rows; a += ROWS)
            for (size_t b = 0; b < cols; b += COLS) {
                uint64_t(*to)[3] = z + a * TRI_TILE + b;
                const uint64_t *u0 = x0 + a * ldx + i, *u1 = x1 + a * ldx + i;
                const uint64_t *v0 = y0 + b * ldy + i, *v1 = y1 + b * ldy + i;

                if (a + ROWS <= rows && b + COLS <= cols)
                    stretch(to, u0, u1, ldx, ROWS, v0, v1, ldy, COLS, len);
                else if (b + COLS <= cols)
                    stretch(to, u0, u1, ldx, 1, v0, v1, ldy, COLS, len);
                else if (a + ROWS <= rows)
                    stretch(to, u0, u1, ldx, ROWS, v0, v1, ldy, 1, len);
                else
                    stretch(to, u0, u1, ldx, 1, v0, v1, ldy, 1, len);
            }
    }
}
