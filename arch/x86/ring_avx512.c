/* Built with AVX-512 F, BW, DQ, VL (see Makefile); reached only through the
 * kernel table. */
#ifndef TRI_RING_MODEL /* tests/arch/ring_in_c.c */
#include <immintrin.h>
#endif
#include "arch/kernels.h"

/* 8 lanes a step; the last n % 8 elements under a mask, whose other lanes
 * neither read nor write memory. */
#define EACH_VECTOR(step, tail)                                 \
    do {                                                        \
        size_t i = 0;                                           \
        for (; i + 8 <= n; i += 8)                              \
            _mm512_storeu_si512(z + i, step(LOAD, i));          \
        if (i < n) {                                            \
            const __mmask8 m = (__mmask8)((1u << (n - i)) - 1); \
            _mm512_mask_storeu_epi64(z + i, m, step(tail, i));  \
        }                                                       \
    } while (0)
#define LOAD(p) _mm512_loadu_si512(p)
#define PART(p) _mm512_maskz_loadu_epi64(m, p)

TRI_DECL_RING3(tri_add_avx512)
{
#define STEP(ld, i) _mm512_add_epi64(ld(x + i), ld(y + i))
    EACH_VECTOR(STEP, PART);
#undef STEP
}

TRI_DECL_RING3(tri_sub_avx512)
{
#define STEP(ld, i) _mm512_sub_epi64(ld(x + i), ld(y + i))
    EACH_VECTOR(STEP, PART);
#undef STEP
}

TRI_DECL_RING3(tri_mul_avx512)
{
#define STEP(ld, i) _mm512_mullo_epi64(ld(x + i), ld(y + i))
    EACH_VECTOR(STEP, PART);
#undef STEP
}

TRI_DECL_RING3(tri_muladd_avx512)
{
#define STEP(ld, i) \
    _mm512_add_epi64(ld(z + i), _mm512_mullo_epi64(ld(x + i), ld(y + i)))
    EACH_VECTOR(STEP, PART);
#undef STEP
}

TRI_DECL_RINGC(tri_addc_avx512)
{
    const __m512i vc = _mm512_set1_epi64((long long)c);
#define STEP(ld, i) _mm512_add_epi64(ld(x + i), vc)
    EACH_VECTOR(STEP, PART);
#undef STEP
}

TRI_DECL_RINGC(tri_rsubc_avx512)
{
    const __m512i vc = _mm512_set1_epi64((long long)c);
#define STEP(ld, i) _mm512_sub_epi64(vc, ld(x + i))
    EACH_VECTOR(STEP, PART);
#undef STEP
}

TRI_DECL_RINGC(tri_scale_avx512)
{
    const __m512i vc = _mm512_set1_epi64((long long)c);
#define STEP(ld, i) _mm512_mullo_epi64(ld(x + i), vc)
    EACH_VECTOR(STEP, PART);
#undef STEP
}

TRI_DECL_RINGC(tri_axpy_avx512)
{
    const __m512i vc = _mm512_set1_epi64((long long)c);
#define STEP(ld, i) \
    _mm512_add_epi64(ld(z + i), _mm512_mullo_epi64(ld(x + i), vc))
    EACH_VECTOR(STEP, PART);
#undef STEP
}

/* Eight vectors at a time, so that z is loaded and stored once for eight. The
 * next eight are fetched meanwhile: x is often larger than the caches. */
TRI_DECL_AXPYS(tri_axpys_avx512)
{
    for (; k >= 8; k -= 8, c += 8, x += 8 * ldx) {
        const uint64_t *const next = k >= 16 ? x + 8 * ldx : x;
        __m512i vc[8];
        size_t i = 0;

        for (size_t p = 0; p < 8; p++)
            vc[p] = _mm512_set1_epi64((long long)c[p]);
        for (; i < n; i += 8) {
            const size_t left = n - i < 8 ? n - i : 8;
            const __mmask8 m = (__mmask8)(0xff >> (8 - left));
            __m512i sum = PART(z + i), more = _mm512_setzero_si512();

            for (size_t p = 0; p < 8; p += 2) {
                __builtin_prefetch(next + p * ldx + i);
                __builtin_prefetch(next + (p + 1) * ldx + i);
                sum = _mm512_add_epi64(
                    sum, _mm512_mullo_epi64(vc[p], PART(x + p * ldx + i)));
                more = _mm512_add_epi64(
                    more,
                    _mm512_mullo_epi64(vc[p + 1], PART(x + (p + 1) * ldx + i)));
            }
            _mm512_mask_storeu_epi64(z + i, m, _mm512_add_epi64(sum, more));
        }
    }
    for (size_t p = 0; p < k; p++)
        tri_axpy_avx512(z, x + p * ldx, c[p], n);
}

/* Four sums, as a product takes 15 cycles. */
TRI_DECL_RINGDOT(tri_dot_avx512)
{
    __m512i sum[4];
    uint64_t lane[8];
    size_t i = 0;

    for (size_t j = 0; j < 4; j++)
        sum[j] = _mm512_setzero_si512();
    for (; i + 32 <= n; i += 32)
        for (size_t j = 0; j < 4; j++)
            sum[j] = _mm512_add_epi64(
                sum[j],
                _mm512_mullo_epi64(LOAD(x + i + 8 * j), LOAD(y + i + 8 * j)));
    for (; i + 8 <= n; i += 8)
        sum[0] = _mm512_add_epi64(sum[0],
                                  _mm512_mullo_epi64(LOAD(x + i), LOAD(y + i)));
    if (i < n) {
        const __mmask8 m = (__mmask8)((1u << (n - i)) - 1);

        sum[1] = _mm512_add_epi64(sum[1],
                                  _mm512_mullo_epi64(PART(x + i), PART(y + i)));
    }
    sum[0] = _mm512_add_epi64(_mm512_add_epi64(sum[0], sum[1]),
                              _mm512_add_epi64(sum[2], sum[3]));
    _mm512_storeu_si512(lane, sum[0]);
    return lane[0] + lane[1] + lane[2] + lane[3] + lane[4] + lane[5] + lane[6] +
           lane[7];
}

TRI_DECL_RINGS(tri_shr_avx512)
{
    const __m128i count = _mm_cvtsi32_si128((int)s);
#define STEP(ld, i) _mm512_srl_epi64(ld(x + i), count)
    EACH_VECTOR(STEP, PART);
#undef STEP
}

TRI_DECL_RSS_MUL(tri_rss_mul_avx512)
{
#define OWN(ld, i) \
    _mm512_mullo_epi64(ld(x0 + i), _mm512_add_epi64(ld(y0 + i), ld(y1 + i)))
#define OTHER(ld, i) _mm512_mullo_epi64(ld(x1 + i), ld(y0 + i))
#define STEP(ld, i) \
    _mm512_add_epi64(_mm512_add_epi64(OWN(ld, i), OTHER(ld, i)), ld(a + i))
    EACH_VECTOR(STEP, PART);
#undef STEP
#undef OTHER
#undef OWN
}
