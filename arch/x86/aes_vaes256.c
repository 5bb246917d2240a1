/* Built with AVX2, VAES and VPCLMULQDQ (see Makefile), for CPUs that have no
 * AVX-512 beside them; reached only through the kernel table. */
#include <immintrin.h>

#include "arch/kernels.h"

/* Operations on a register of two blocks. */
#define VAES(name)      tri_##name##_vaes256
#define REST(name)      tri_##name##_avx2
#define AES_ROUND(x, k) _mm256_aesenc_epi128(x, k)
#define AES_LAST(x, k)  _mm256_aesenclast_epi128(x, k)
#define CLMUL(a, b, i)  _mm256_clmulepi64_epi128(a, b, i)
#define REG             __m256i
#define LANES           2
#define ZERO            _mm256_setzero_si256()
#define GET(p)          _mm256_loadu_si256((const __m256i *)(p))
#define PUT(p, x)       _mm256_storeu_si256((__m256i *)(p), x)
#define XOR(a, b)       _mm256_xor_si256(a, b)
#define XOR3(a, b, c)   XOR(XOR(a, b), c)
#define AND(a, b)       _mm256_and_si256(a, b)
#define OR(a, b)        _mm256_or_si256(a, b)
#define ADD32(a, b)     _mm256_add_epi32(a, b)
#define SHUFFLE8(a, b)  _mm256_shuffle_epi8(a, b)
#define SHUFFLE32(a, i) _mm256_shuffle_epi32(a, i)
#define SRAI32(a, i)    _mm256_srai_epi32(a, i)
#define SLLI64(a, i)    _mm256_slli_epi64(a, i)
#define SRLI64(a, i)    _mm256_srli_epi64(a, i)
#define BSLLI(a, i)     _mm256_bslli_epi128(a, i)
#define BSRLI(a, i)     _mm256_bsrli_epi128(a, i)
#define LANE_NUMBERS    _mm256_setr_epi32(0, 0, 0, 0, 0, 0, 0, 1)

static inline __m128i load(const void *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

/* 16 bytes in the first lane, zeros in the other. */
static inline __m256i first_lane(const void *p)
{
    return _mm256_zextsi128_si256(load(p));
}

static inline void put_lane(void *p, __m256i x)
{
    _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(x));
}

/* The same 16 bytes in both lanes. */
static inline __m256i everywhere(const void *p)
{
    return _mm256_broadcastsi128_si256(load(p));
}

/* The same four words of 32 bits in both lanes. */
static inline __m256i words(int a, int b, int c, int d)
{
    return _mm256_setr_epi32(a, b, c, d, a, b, c, d);
}

/* The sum of the lanes, in both of them. */
static inline __m256i sum(__m256i x)
{
    return XOR(x, _mm256_permute4x64_epi64(x, 0x4e));
}

#include "arch/x86/aes_vaes.inc"

static inline void powers(struct ghash *g, const uint8_t *h)
{
    const __m256i low = reverse(GET(h)); /* H, H^2 */
    __m256i even[4];                     /* H^2, H^4, H^6, H^8 */

    for (unsigned i = 0; i < 4; i++) {
        even[i] = reverse(everywhere(h + BLOCK * (2 * i + 1)));
        g->m[i] = multiplier(even[i]);
    }
    for (unsigned i = 0; i < 4; i++)
        g->m[4 + i] = multiplier(product(even[i], g->m[3]));
    g->end = multiplier(_mm256_permute4x64_epi64(low, 0x4e));
}
