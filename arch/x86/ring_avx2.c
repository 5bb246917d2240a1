/* Built with -mavx2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

static inline __m256i load(const uint64_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

static inline void store(uint64_t *p, __m256i v)
{
    _mm256_storeu_si256((__m256i *)p, v);
}

/* Low 64 bits of a*b per lane. AVX2 has only 32x32->64, so with
 * a = ah:al and b = bh:bl:  al*bl + ((ah*bl + al*bh) << 32)  (mod 2^64). */
static inline __m256i mullo(__m256i a, __m256i b)
{
    const __m256i ah = _mm256_srli_epi64(a, 32);
    const __m256i bh = _mm256_srli_epi64(b, 32);
    const __m256i cross =
        _mm256_add_epi64(_mm256_mul_epu32(ah, b), _mm256_mul_epu32(a, bh));

    return _mm256_add_epi64(_mm256_mul_epu32(a, b),
                            _mm256_slli_epi64(cross, 32));
}

/* 4 lanes a step; the last n % 4 elements go to the reference. */
TRI_DECL_RING3(tri_add_avx2)
{
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        store(z + i, _mm256_add_epi64(load(x + i), load(y + i)));
    tri_add_ref(z + i, x + i, y + i, n - i);
}

TRI_DECL_RING3(tri_sub_avx2)
{
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        store(z + i, _mm256_sub_epi64(load(x + i), load(y + i)));
    tri_sub_ref(z + i, x + i, y + i, n - i);
}

TRI_DECL_RING3(tri_mul_avx2)
{
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        store(z + i, mullo(load(x + i), load(y + i)));
    tri_mul_ref(z + i, x + i, y + i, n - i);
}

TRI_DECL_RING3(tri_muladd_avx2)
{
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        store(z + i,
              _mm256_add_epi64(load(z + i), mullo(load(x + i), load(y + i))));
    tri_muladd_ref(z + i, x + i, y + i, n - i);
}

TRI_DECL_RINGC(tri_addc_avx2)
{
    const __m256i vc = _mm256_set1_epi64x((long long)c);
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        store(z + i, _mm256_add_epi64(load(x + i), vc));
    tri_addc_ref(z + i, x + i, c, n - i);
}

TRI_DECL_RINGC(tri_rsubc_avx2)
{
    const __m256i vc = _mm256_set1_epi64x((long long)c);
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        store(z + i, _mm256_sub_epi64(vc, load(x + i)));
    tri_rsubc_ref(z + i, x + i, c, n - i);
}

TRI_DECL_RINGC(tri_scale_avx2)
{
    const __m256i vc = _mm256_set1_epi64x((long long)c);
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        store(z + i, mullo(load(x + i), vc));
    tri_scale_ref(z + i, x + i, c, n - i);
}

TRI_DECL_RINGC(tri_axpy_avx2)
{
    const __m256i vc = _mm256_set1_epi64x((long long)c);
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        store(z + i, _mm256_add_epi64(load(z + i), mullo(load(x + i), vc)));
    tri_axpy_ref(z + i, x + i, c, n - i);
}

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
            __m256i low = load(z + i), cross = _mm256_setzero_si256();

            for (size_t p = 0; p < 4; p++) {
                const __m256i v = load(x + p * ldx + i);

                low = _mm256_add_epi64(low, _mm256_mul_epu32(v, vc[p]));
                cross =
                    _mm256_add_epi32(cross, _mm256_mullo_epi32(v, swapped[p]));
            }
            cross = _mm256_add_epi64(cross, _mm256_srli_epi64(cross, 32));
            store(z + i, _mm256_add_epi64(low, _mm256_slli_epi64(cross, 32)));
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
            const __m256i a = load(x + i + 4 * j), b = load(y + i + 4 * j);
            const __m256i swapped = _mm256_shuffle_epi32(b, 0xb1);

            low[j] = _mm256_add_epi64(low[j], _mm256_mul_epu32(a, b));
            cross[j] =
                _mm256_add_epi32(cross[j], _mm256_mullo_epi32(a, swapped));
        }
    low[0] = _mm256_add_epi64(low[0], low[1]);
    cross[0] = _mm256_add_epi32(cross[0], cross[1]);
    cross[0] = _mm256_add_epi64(cross[0], _mm256_srli_epi64(cross[0], 32));
    store(sum, _mm256_add_epi64(low[0], _mm256_slli_epi64(cross[0], 32)));
    return sum[0] + sum[1] + sum[2] + sum[3] + tri_dot_ref(x + i, y + i, n - i);
}

TRI_DECL_RINGS(tri_shr_avx2)
{
    const __m128i count = _mm_cvtsi32_si128((int)s);
    size_t i = 0;

    for (; i + 4 <= n; i += 4)
        store(z + i, _mm256_srl_epi64(load(x + i), count));
    tri_shr_ref(z + i, x + i, s, n - i);
}

TRI_DECL_RSS_MUL(tri_rss_mul_avx2)
{
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        const __m256i y = load(y0 + i);
        const __m256i own =
            mullo(load(x0 + i), _mm256_add_epi64(y, load(y1 + i)));
        const __m256i other = mullo(load(x1 + i), y);

        store(z + i,
              _mm256_add_epi64(_mm256_add_epi64(own, other), load(a + i)));
    }
    tri_rss_mul_ref(z + i, x0 + i, x1 + i, y0 + i, y1 + i, a + i, n - i);
}
