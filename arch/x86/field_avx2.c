/* Built with AVX2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/field.h"
#include "arch/kernels.h"

#define FIELD(name) tri_field_##name##_avx2

typedef __m256i V;
enum { VW = 4 };

#define v_load(p)     _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define v_store(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define v_all(x)      _mm256_set1_epi64x((long long)(x))
#define v_add(x, y)   _mm256_add_epi64(x, y)
#define v_sub(x, y)   _mm256_sub_epi64(x, y)
#define v_and(x, y)   _mm256_and_si256(x, y)
#define v_shr(x, n)   _mm256_srli_epi64(x, n)
#define v_mul32(x, y) _mm256_mul_epu32(x, y)

/* b where the sign of x is set, else a. */
static inline V pick(V x, V a, V b)
{
    return _mm256_castpd_si256(_mm256_blendv_pd(_mm256_castsi256_pd(a),
                                                _mm256_castsi256_pd(b),
                                                _mm256_castsi256_pd(x)));
}

static inline V v_below(V r, V p)
{
    const V t = v_sub(r, p);

    return pick(t, t, r);
}

static inline V v_above(V d, V p)
{
    return pick(d, d, v_add(d, p));
}

#include "arch/field_words.inc"
