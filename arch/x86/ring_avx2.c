/* Built with -mavx2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#define RING(name) tri_##name##_avx2
#define REF(name)  tri_##name##_ref
typedef __m256i V;
#define v_load(p)     _mm256_loadu_si256((const void *)(p))
#define v_store(p, v) _mm256_storeu_si256((void *)(p), v)
#define v_all(x)      _mm256_set1_epi64x((long long)(x))
#define v_add(a, b)   _mm256_add_epi64(a, b)
#define v_sub(a, b)   _mm256_sub_epi64(a, b)
#define v_shr(x, k)   _mm256_srl_epi64(x, _mm_cvtsi32_si128((int)(k)))

/* Low 64 bits of a*b per lane. AVX2 has only 32x32->64, so with
 * a = ah:al and b = bh:bl:  al*bl + ((ah*bl + al*bh) << 32)  (mod 2^64). */
static inline V v_mul(V a, V b)
{
    const __m256i ah = _mm256_srli_epi64(a, 32);
    const __m256i bh = _mm256_srli_epi64(b, 32);
    const __m256i cross =
        _mm256_add_epi64(_mm256_mul_epu32(ah, b), _mm256_mul_epu32(a, bh));

    return _mm256_add_epi64(_mm256_mul_epu32(a, b),
                            _mm256_slli_epi64(cross, 32));
}

/* The last n % 4 words go to the reference. */
#define EACH(OF, rest)                  \
    do {                                \
        size_t i = 0;                   \
        for (; i + 4 <= n; i += 4)      \
            v_store(z + i, OF(v_load)); \
        rest;                           \
    } while (0)

#include "arch/ring_words.inc"

/* Four vectors at a time, so that z is loaded and stored once for four; sums
 * of products as in tri_dot_avx2. */
TRI_DECL_AXPYS(tri_axpys_avx2)
{
    for (; k >= 4; k -= 4, c += 4, x += 4 * ldx) {
        __m256i vc[4], swapped[4];
        size_t i = 0;

        for (size_t p = 0; p < 4; p++) {
            vc[p] = _mm256_set1_epi64x((long long)c[p]);
            swapped[p] = _mm256_shuffle_epi32(vc[p], 0xb1);
        }
        for (; i + 4 <= n; i += 4) {
            __m256i low = v_load(z + i), cross = _mm256_setzero_si256();

            for (size_t p = 0; p < 4; p++) {
                const __m256i v = v_load(x + p * ldx + i);

                low = _mm256_add_epi64(low, _mm256_mul_epu32(v, vc[p]));
                cross =
                    _mm256_add_epi32(cross, _mm256_mullo_epi32(v, swapped[p]));
            }
            cross = _mm256_add_epi64(cross, _mm256_srli_epi64(cross, 32));
            v_store(z + i, _mm256_add_epi64(low, _mm256_slli_epi64(cross, 32)));
        }
        tri_axpys_ref(z + i, x + i, ldx, c, 4, n - i);
    }
    for (size_t p = 0; p < k; p++)
        tri_axpy_avx2(z, x + p * ldx, c[p], n);
}

/* The cross products are summed on their own, modulo 2^32 in two halves of a
 * lane, and shifted once at the end. */
TRI_DECL_RINGDOT(tri_dot_avx2)
{
    __m256i low[2], cross[2];
    uint64_t sum[4];
    size_t i = 0;

    for (size_t j = 0; j < 2; j++)
        low[j] = cross[j] = _mm256_setzero_si256();
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 2; j++) {
            const __m256i a = v_load(x + i + 4 * j), b = v_load(y + i + 4 * j);
            const __m256i swapped = _mm256_shuffle_epi32(b, 0xb1);

            low[j] = _mm256_add_epi64(low[j], _mm256_mul_epu32(a, b));
            cross[j] =
                _mm256_add_epi32(cross[j], _mm256_mullo_epi32(a, swapped));
        }
    low[0] = _mm256_add_epi64(low[0], low[1]);
    cross[0] = _mm256_add_epi32(cross[0], cross[1]);
    cross[0] = _mm256_add_epi64(cross[0], _mm256_srli_epi64(cross[0], 32));
    v_store(sum, _mm256_add_epi64(low[0], _mm256_slli_epi64(cross[0], 32)));
    return sum[0] + sum[1] + sum[2] + sum[3] + tri_dot_ref(x + i, y + i, n - i);
}
