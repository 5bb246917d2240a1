/* Words as they lie in memory, and sums of single bits: 64 groups of them as
 * words of 64 bits, of which what two have in common is counted. */
#include <immintrin.h>
#include "arch/kernels.h"

enum { MOST = 64, ROWS = TRI_PLACES / 8, AHEAD = 4096 };

static inline void ahead(const void *p)
{
    _mm_prefetch((const char *)p + AHEAD, _MM_HINT_T0);
}

TRI_DECL_NARROW_WIDEN(tri_narrow_widen_avx512)
{
    const uint16_t *h = x;
    const uint32_t *w = x;
    size_t i = 0;

    if (bytes == 2)
        for (; i + 8 <= n; i += 8) {
            ahead(h + i);
            _mm512_storeu_si512(z + i, _mm512_cvtepu16_epi64(_mm_loadu_si128(
                                           (const __m128i *)(h + i))));
        }
    else if (bytes == 4)
        for (; i + 8 <= n; i += 8) {
            ahead(w + i);
            _mm512_storeu_si512(z + i, _mm512_cvtepu32_epi64(_mm256_loadu_si256(
                                           (const __m256i *)(w + i))));
        }
    tri_narrow_widen_ref(z + i, (const uint8_t *)x + i * bytes, bytes, n - i);
}

/* Bit i of the result: m > x * y, of the words of a group. */
static inline uint32_t above(const uint8_t *x, const uint8_t *y,
                             const uint8_t *m, unsigned bytes)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < bytes / 2; i++) {
        const __m512i a = _mm512_loadu_si512(x + 64 * i);
        const __m512i b = _mm512_loadu_si512(y + 64 * i);
        const __m512i c = _mm512_loadu_si512(m + 64 * i);

        ahead(x + 64 * i);
        ahead(y + 64 * i);
        ahead(m + 64 * i);
        if (bytes == 2)
            bits = _mm512_cmpgt_epu16_mask(c, _mm512_mullo_epi16(a, b));
        else if (bytes == 4)
            bits |=
                (uint32_t)_mm512_cmpgt_epu32_mask(c, _mm512_mullo_epi32(a, b))
                << 16 * i;
        else
            bits |=
                (uint32_t)_mm512_cmpgt_epu64_mask(c, _mm512_mullo_epi64(a, b))
                << 8 * i;
    }
    return bits;
}

/* Bit b of 64 bytes. */
static inline uint64_t plane(__m512i bytes, unsigned b)
{
    const __m128i by = _mm_cvtsi32_si128((int)(7 - b));

    return _mm512_movepi8_mask(_mm512_sll_epi16(bytes, by));
}

/* The ones of each word. */
static inline __m512i count(__m512i v)
{
    const __m512i low = _mm512_set1_epi8(15);
    const __m512i ones = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m512i a = _mm512_shuffle_epi8(ones, _mm512_and_si512(v, low));
    const __m512i b = _mm512_shuffle_epi8(
        ones, _mm512_and_si512(_mm512_srli_epi16(v, 4), low));

    return _mm512_sad_epu8(_mm512_add_epi8(a, b), _mm512_setzero_si512());
}

TRI_DECL_NARROW_BORROW(tri_narrow_borrow_avx512)
{
    const size_t each = (size_t)TRI_PLACES * bytes;
    const uint8_t *at[3] = { x, y, m };

    for (size_t n; groups > 0; groups -= n, bits += n) {
        /* Byte j of a group's places, and of its bits. */
        uint8_t place[ROWS][MOST] = { { 0 } };
        uint8_t bit[TRI_SUMS / 8][MOST] = { { 0 } };
        uint64_t of_bit[TRI_SUMS];
        __m512i word[ROWS];

        n = groups < MOST ? groups : MOST;
        for (size_t t = 0; t < n; t++) {
            const uint32_t b = bytes == 2   ? above(at[0], at[1], at[2], 2)
                               : bytes == 4 ? above(at[0], at[1], at[2], 4)
                                            : above(at[0], at[1], at[2], 8);

            for (unsigned i = 0; i < 3; i++)
                at[i] += each;
            for (unsigned j = 0; j < ROWS; j++)
                place[j][t] = (uint8_t)(b >> 8 * j);
            for (unsigned j = 0; j < TRI_SUMS / 8; j++)
                bit[j][t] = (uint8_t)(bits[t] >> 8 * j);
        }
        for (unsigned j = 0; j < TRI_SUMS; j++)
            of_bit[j] = plane(_mm512_loadu_si512(bit[j / 8]), j % 8);
        for (unsigned j = 0; j < ROWS; j++) {
            const __m512i v = _mm512_loadu_si512(place[j]);
            uint64_t w[8];

            for (unsigned i = 0; i < 8; i++)
                w[i] = plane(v, i);
            word[j] = _mm512_loadu_si512(w);
        }
        for (size_t q = 0; q < TRI_SUMS; q++) {
            const __m512i mine = _mm512_set1_epi64((long long)of_bit[q]);

            for (unsigned j = 0; j < ROWS; j++) {
                uint64_t *to = z + q * TRI_PLACES + 8 * j;
                const __m512i c = count(_mm512_and_si512(word[j], mine));

                _mm512_storeu_si512(
                    to, _mm512_add_epi64(_mm512_loadu_si512(to), c));
            }
        }
    }
}

TRI_DECL_NARROW_REST(tri_narrow_rest_avx512)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        const __m512i t = _mm512_mullo_epi64(_mm512_loadu_si512(x + i),
                                             _mm512_loadu_si512(y + i));
        const __m512i u = _mm512_sub_epi64(_mm512_loadu_si512(a + i),
                                           _mm512_loadu_si512(m + i));

        ahead(a + i);
        ahead(m + i);
        _mm512_storeu_si512(z + i, _mm512_sub_epi64(u, t));
    }
    tri_narrow_rest_ref(z + i, a + i, x + i, y + i, m + i, n - i);
}
