/* Sums of 64 x 64 bits: a word is 52 bits and 12 more, so that a product of
 * words is seven products of 52 bits. */
#include <immintrin.h>
#include "arch/kernels.h"
#include "arch/wide.h"

enum { STEPS = 512, COLS = 4 };

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

/* One row by up to COLS columns, a stretch of at most STEPS vectors. */
static inline void stretch(uint64_t (*z)[3], const uint64_t *x,
                           const uint64_t *y, size_t ldy, size_t cols, size_t n)
{
    const __m512i zero = _mm512_setzero_si512();
    __m512i a[COLS], b[COLS], c[COLS];

    for (size_t j = 0; j < COLS; j++)
        a[j] = b[j] = c[j] = zero;
    for (size_t i = 0; i < n; i += 8) {
        const __mmask8 in =
            n - i < 8 ? (__mmask8)((1u << (n - i)) - 1) : (__mmask8)0xff;
        const __m512i v = _mm512_maskz_loadu_epi64(in, x + i);
        const __m512i v1 = _mm512_srli_epi64(v, 52);

        for (size_t j = 0; j < cols; j++) {
            const __m512i w = _mm512_maskz_loadu_epi64(in, y + j * ldy + i);
            const __m512i w1 = _mm512_srli_epi64(w, 52);

            a[j] = lo(a[j], v, w);
            b[j] = hi(b[j], v, w);
            b[j] = lo(b[j], v, w1);
            c[j] = hi(c[j], v, w1);
            b[j] = lo(b[j], v1, w);
            c[j] = hi(c[j], v1, w);
            c[j] = lo(c[j], v1, w1);
        }
    }
    for (size_t j = 0; j < cols; j++) {
        add_lanes(z[j], a[j], 0);
        add_lanes(z[j], b[j], 52);
        add_lanes(z[j], c[j], 104);
    }
}

TRI_DECL_WORDS_DOTS(tri_words_dots_ifma)
{
    for (size_t i = 0, len; i < n; i += len) {
        len = n - i < 8 * STEPS ? n - i : 8 * STEPS;
        for (size_t a = 0; a < rows; a++) {
            const uint64_t *v = x + a * ldx + i, *w = y + i;
            size_t b = 0;

            for (; b + COLS <= cols; b += COLS)
                stretch(z + a * TRI_TILE + b, v, w + b * ldy, ldy, COLS, len);
            if (b < cols)
                stretch(z + a * TRI_TILE + b, v, w + b * ldy, ldy, cols - b,
                        len);
        }
    }
}
