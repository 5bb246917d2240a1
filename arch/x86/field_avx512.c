/* Built with AVX-512 F (see Makefile); reached only through the kernel table.
 */
#include <immintrin.h>
#include "arch/field.h"
#include "arch/kernels.h"

#define FIELD(name) tri_field_##name##_avx512

typedef __m512i V;
enum { VW = 8 };

#define v_load(p)     _mm512_loadu_si512(p)
#define v_store(p, v) _mm512_storeu_si512(p, v)
#define v_all(x)      _mm512_set1_epi64((long long)(x))
#define v_add(x, y)   _mm512_add_epi64(x, y)
#define v_sub(x, y)   _mm512_sub_epi64(x, y)
#define v_and(x, y)   _mm512_and_si512(x, y)
#define v_shr(x, n)   _mm512_srli_epi64(x, n)
#define v_mul32(x, y) _mm512_mul_epu32(x, y)
#define v_below(r, p) _mm512_min_epu64(r, v_sub(r, p))
#define v_above(d, p) _mm512_min_epu64(d, v_add(d, p))

#include "arch/field_words.inc"
