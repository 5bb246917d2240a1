/* Built with AVX2 and PCLMULQDQ (see Makefile); reached only through the kernel
 * table. */
#include <immintrin.h>
#include "arch/kernels.h"

#define GF(name) tri_gf_##name##_avx2

typedef __m128i U;

#define u_load(p)      _mm_loadu_si128((const __m128i *)(const void *)(p))
#define u_store(p, x)  _mm_storeu_si128((__m128i *)(void *)(p), x)
#define u_xor(x, y)    _mm_xor_si128(x, y)
#define u_even(x, y)   _mm_clmulepi64_si128(x, y, 0x00)
#define u_odd(x, y)    _mm_clmulepi64_si128(x, y, 0x11)
#define u_low(x, y)    _mm_unpacklo_epi64(x, y)
#define u_high(x, y)   _mm_unpackhi_epi64(x, y)
#define u_shl(x, n)    _mm_slli_epi64(x, n)
#define u_shr(x, n)    _mm_srli_epi64(x, n)
#define u_dup(x)       _mm_set1_epi64x((long long)(x))
#define u_zip_lo(x, y) _mm_unpacklo_epi8(x, y)
#define u_zip_hi(x, y) _mm_unpackhi_epi8(x, y)

typedef __m256i V;
enum { VB = 32 };

#define v_load(p)        _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define v_store(p, x)    _mm256_storeu_si256((__m256i *)(void *)(p), x)
#define v_xor(x, y)      _mm256_xor_si256(x, y)
#define v_and(x, y)      _mm256_and_si256(x, y)
#define v_tbl(t, i)      _mm256_shuffle_epi8(t, i)
#define v_table(p)       _mm256_broadcastsi128_si256(u_load(p))
#define v_shr4(x)        _mm256_srli_epi16(x, 4)
#define v_set1(b)        _mm256_set1_epi8(b)
#define v_adds(x, y)     _mm256_adds_epu8(x, y)
#define v_sub(x, y)      _mm256_sub_epi8(x, y)
#define v_min(x, y)      _mm256_min_epu8(x, y)
#define v_zip_lo(x, y)   _mm256_unpacklo_epi8(x, y)
#define v_zip_hi(x, y)   _mm256_unpackhi_epi8(x, y)
#define v_words(p, q)    _mm256_loadu2_m128i((const void *)(q), (const void *)(p))
#define v_split(p, q, x) _mm256_storeu2_m128i((void *)(q), (void *)(p), x)

#include "arch/gf_bytes.inc"
