/* Words as they lie in memory, and sums of single bits, eight words at a time.
 */
#include <immintrin.h>
#include "arch/kernels.h"

#define NARROW(name) tri_narrow_##name##_avx512

typedef __m512i V;
enum { VW = 8, AHEAD = 4096 };

#define load(p)     _mm512_loadu_si512(p)
#define store(p, v) _mm512_storeu_si512(p, v)
#define all(x)      _mm512_set1_epi64((long long)(x))
#define add(x, y)   _mm512_add_epi64(x, y)
#define both(x, y)  _mm512_and_si512(x, y)

static inline void ahead(const void *p)
{
    _mm_prefetch((const char *)p + AHEAD, _MM_HINT_T1);
}

TRI_DECL_NARROW_WIDEN(NARROW(widen))
{
    const uint16_t *h = x;
    const uint32_t *w = x;
    size_t i = 0;

    if (bytes == 2)
        for (; i + VW <= n; i += VW) {
            ahead(h + i);
            store(z + i, _mm512_cvtepu16_epi64(
                             _mm_loadu_si128((const __m128i *)(h + i))));
        }
    else if (bytes == 4)
        for (; i + VW <= n; i += VW) {
            ahead(w + i);
            store(z + i, _mm512_cvtepu32_epi64(
                             _mm256_loadu_si256((const __m256i *)(w + i))));
        }
    tri_narrow_widen_ref(z + i, (const uint8_t *)x + i * bytes, bytes, n - i);
}

/* Bit i of the result: m > x * y, of the words of a group. */
static inline uint32_t above(const uint8_t *x, const uint8_t *y,
                             const uint8_t *m, unsigned bytes)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < bytes / 2; i++) {
        const __m512i a = load(x + 64 * i);
        const __m512i b = load(y + 64 * i);
        const __m512i c = load(m + 64 * i);

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
static inline uint64_t plane(const uint8_t *bytes, unsigned b)
{
    const __m128i by = _mm_cvtsi32_si128((int)(7 - b));

    return _mm512_movepi8_mask(_mm512_sll_epi16(load(bytes), by));
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

#include "arch/x86/narrow_borrow.inc"

TRI_DECL_NARROW_REST(NARROW(rest))
{
    size_t i = 0;

    for (; i + VW <= n; i += VW) {
        const __m512i t = _mm512_mullo_epi64(load(x + i), load(y + i));
        const __m512i u = _mm512_sub_epi64(load(a + i), load(m + i));

        ahead(a + i);
        ahead(m + i);
        store(z + i, _mm512_sub_epi64(u, t));
    }
    tri_narrow_rest_ref(z + i, a + i, x + i, y + i, m + i, n - i);
}
