/* Carries of products and random sums, four words at a time. Built with AVX2
 * (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"
#include "arch/wide.h"

#define WORDS(name) tri_words_##name##_avx2

typedef __m256i V;
enum { VW = 4 };

#define v_load(p)     _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define v_store(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define v_all(x)      _mm256_set1_epi64x((long long)(x))
#define v_zero()      _mm256_setzero_si256()
#define v_add(x, y)   _mm256_add_epi64(x, y)
#define v_sub(x, y)   _mm256_sub_epi64(x, y)
#define v_and(x, y)   _mm256_and_si256(x, y)
#define v_xor(x, y)   _mm256_xor_si256(x, y)
#define v_or(x, y)    _mm256_or_si256(x, y)
#define v_shr(x, n)   _mm256_srli_epi64(x, n)
#define v_shl(x, n)   _mm256_slli_epi64(x, n)
#define v_by(x, n)    _mm256_sll_epi64(x, n)
#define v_mul32(x, y) _mm256_mul_epu32(x, y)

/* All ones where x > y. */
static inline V v_above(V x, V y)
{
    const V sign = v_all((uint64_t)1 << 63);

    return _mm256_cmpgt_epi64(v_xor(x, sign), v_xor(y, sign));
}

/* x * y from products of halves. */
static inline void wide(V x, V y, V *lo, V *hi)
{
    const V low = v_all(0xffffffff), x1 = v_shr(x, 32), y1 = v_shr(y, 32);
    const V p0 = v_mul32(x, y), mid = v_add(v_mul32(x1, y), v_shr(p0, 32));
    const V mid2 = v_add(v_mul32(x, y1), v_and(mid, low));

    *lo = v_or(v_shl(mid2, 32), v_and(p0, low));
    *hi = v_add(v_mul32(x1, y1), v_add(v_shr(mid, 32), v_shr(mid2, 32)));
}

TRI_DECL_WORDS_CARRY(WORDS(carry))
{
    const V even = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    const V bits21 = v_all(0x1fffff), bits22 = v_all(0x3fffff);
    const __m128i by = _mm_cvtsi32_si128((int)shift);

    for (size_t i = 0; i < groups * TRI_PLACES; i += VW) {
        uint64_t *const to = z + i / TRI_PLACES * TRI_CARRIED;
        V l0, h0, l1, h1, t, c, b;

        wide(v_by(v_load(x0 + i), by), v_load(y1 + i), &l0, &h0);
        wide(v_by(v_load(y0 + i), by), v_load(x1 + i), &l1, &h1);
        t = v_add(l0, l1);
        /* h1 < 2^64 - 1, so that the carry does not run over. */
        h1 = v_sub(h1, v_above(l0, t));
        c = v_add(h0, h1);
        b = v_add(v_and(c, bits21), v_above(v_by(v_load(m + i), by), t));
        v_store(to + i % TRI_PLACES,
                v_add(v_and(v_shr(c, 21), bits22), v_shl(b, 32)));
        h1 = v_and(v_above(h0, c), v_all((uint64_t)1 << 21));
        c = _mm256_permutevar8x32_epi32(v_or(v_shr(c, 43), h1), even);
        _mm_storeu_si128(
            (__m128i *)(void *)(to + TRI_PLACES + i % TRI_PLACES / 2),
            _mm256_castsi256_si128(c));
    }
}

typedef __m256i P;
enum { PW = 16 };

#define p_zero()      _mm256_setzero_si256()
#define p_or(x, y)    _mm256_or_si256(x, y)
#define p_store(p, v) v_store(p, v)

static inline P p_bit(uint64_t bits, uint16_t x)
{
    const P one = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024,
                                    2048, 4096, 8192, 16384, -32768);
    const P set = _mm256_and_si256(_mm256_set1_epi16((short)bits), one);

    return _mm256_and_si256(_mm256_cmpeq_epi16(set, one),
                            _mm256_set1_epi16((short)x));
}

#include "arch/words_project.inc"
#include "arch/x86/words_dots.inc"
