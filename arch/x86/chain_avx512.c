/* Built with AVX-512 F, BW, DQ and VL (see Makefile); reached only through the
 * kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#define CHAIN(name) tri_chain_##name##_avx512

typedef __m512i V;
#define VB 64

#define v_load(p)         _mm512_loadu_si512(p)
#define v_store(p, v)     _mm512_storeu_si512(p, v)
#define v_all(byte)       _mm512_set1_epi8((char)(byte))
#define v_and(x, y)       _mm512_and_si512(x, y)
#define v_or(x, y)        _mm512_or_si512(x, y)
#define v_xor(x, y)       _mm512_xor_si512(x, y)
#define v_xor3(x, y, z)   _mm512_ternarylogic_epi64(x, y, z, 0x96)
#define v_muladd(a, x, y) _mm512_ternarylogic_epi64(a, x, y, 0x78)
/* 0xca is the truth table of "m ? a : b". */
#define v_sel(m, a, b) _mm512_ternarylogic_epi64(m, a, b, 0xca)

#include "arch/chain_planes.inc"
