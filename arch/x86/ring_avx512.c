/* Built with AVX-512 F, BW, DQ, VL (see Makefile); reached only through the
 * kernel table. */
#ifndef TRI_RING_MODEL /* tests/arch/ring_in_c.c */
#include <immintrin.h>
#endif
#include "arch/kernels.h"

#define RING(name) tri_##name##_avx512
#define REF(name)  tri_##name##_ref
typedef __m512i V;
#define v_load(p)   _mm512_loadu_si512(p)
#define v_part(p)   _mm512_maskz_loadu_epi64(m, p)
#define v_all(x)    _mm512_set1_epi64((long long)(x))
#define v_add(a, b) _mm512_add_epi64(a, b)
#define v_sub(a, b) _mm512_sub_epi64(a, b)
#define v_mul(a, b) _mm512_mullo_epi64(a, b)
#define v_shr(x, k) _mm512_srl_epi64(x, _mm_cvtsi32_si128((int)(k)))

/* The last n % 8 words under a mask, whose other lanes neither read nor write
 * memory. */
#define EACH(OF, rest)                                          \
    do {                                                        \
        size_t i = 0;                                           \
        for (; i + 8 <= n; i += 8)                              \
            _mm512_storeu_si512(z + i, OF(v_load));             \
        if (i < n) {                                            \
            const __mmask8 m = (__mmask8)((1u << (n - i)) - 1); \
            _mm512_mask_storeu_epi64(z + i, m, OF(v_part));     \
        }                                                       \
    } while (0)

#include "arch/ring_words.inc"

/* Eight vectors at a time, so that z is loaded and stored once for eight. The
 * next eight are fetched meanwhile: x is often larger than the caches. */
TRI_DECL_AXPYS(tri_axpys_avx512)
{
    for (; k >= 8; k -= 8, c += 8, x += 8 * ldx) {
        const uint64_t *const next = k >= 16 ? x + 8 * ldx : x;
        V vc[8];
        size_t i = 0;

        for (size_t p = 0; p < 8; p++)
            vc[p] = v_all(c[p]);
        for (; i < n; i += 8) {
            const size_t left = n - i < 8 ? n - i : 8;
            const __mmask8 m = (__mmask8)(0xff >> (8 - left));
            V sum = v_part(z + i), more = _mm512_setzero_si512();

            for (size_t p = 0; p < 8; p += 2) {
                __builtin_prefetch(next + p * ldx + i);
                __builtin_prefetch(next + (p + 1) * ldx + i);
                sum = v_add(sum, v_mul(vc[p], v_part(x + p * ldx + i)));
                more = v_add(more,
                             v_mul(vc[p + 1], v_part(x + (p + 1) * ldx + i)));
            }
            _mm512_mask_storeu_epi64(z + i, m, v_add(sum, more));
        }
    }
    for (size_t p = 0; p < k; p++)
        tri_axpy_avx512(z, x + p * ldx, c[p], n);
}

/* Four sums, as a product takes 15 cycles. */
TRI_DECL_RINGDOT(tri_dot_avx512)
{
    V sum[4];
    uint64_t lane[8];
    size_t i = 0;

    for (size_t j = 0; j < 4; j++)
        sum[j] = _mm512_setzero_si512();
    for (; i + 32 <= n; i += 32)
        for (size_t j = 0; j < 4; j++)
            sum[j] = v_add(sum[j],
                           v_mul(v_load(x + i + 8 * j), v_load(y + i + 8 * j)));
    for (; i + 8 <= n; i += 8)
        sum[0] = v_add(sum[0], v_mul(v_load(x + i), v_load(y + i)));
    if (i < n) {
        const __mmask8 m = (__mmask8)((1u << (n - i)) - 1);

        sum[1] = v_add(sum[1], v_mul(v_part(x + i), v_part(y + i)));
    }
    sum[0] = v_add(v_add(sum[0], sum[1]), v_add(sum[2], sum[3]));
    _mm512_storeu_si512(lane, sum[0]);
    return lane[0] + lane[1] + lane[2] + lane[3] + lane[4] + lane[5] + lane[6] +
           lane[7];
}
