/* Built with -mavx2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#define CHAIN(name) tri_chain_##name##_avx2

typedef __m256i V;
#define VB 32

#define v_load(p)         _mm256_loadu_si256((const void *)(p))
#define v_store(p, v)     _mm256_storeu_si256((void *)(p), v)
#define v_all(byte)       _mm256_set1_epi8((char)(byte))
#define v_and(x, y)       _mm256_and_si256(x, y)
#define v_or(x, y)        _mm256_or_si256(x, y)
#define v_xor(x, y)       _mm256_xor_si256(x, y)
#define v_xor3(x, y, z)   v_xor(x, v_xor(y, z))
#define v_muladd(a, x, y) v_xor(a, v_and(x, y))
#define v_sel(m, a, b)    v_xor(b, v_and(m, v_xor(a, b)))

#include "arch/chain_planes.inc"
