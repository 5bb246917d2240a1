/* The kernels' own source, all of its instructions modelled. */
#define TRI_RING_MODEL
#include "tests/arch/avx512_model.h"
#define tri_add_avx512     tri_add_in_c
#define tri_sub_avx512     tri_sub_in_c
#define tri_mul_avx512     tri_mul_in_c
#define tri_muladd_avx512  tri_muladd_in_c
#define tri_addc_avx512    tri_addc_in_c
#define tri_rsubc_avx512   tri_rsubc_in_c
#define tri_scale_avx512   tri_scale_in_c
#define tri_axpy_avx512    tri_axpy_in_c
#define tri_axpys_avx512   tri_axpys_in_c
#define tri_dot_avx512     tri_dot_in_c
#define tri_shr_avx512     tri_shr_in_c
#define tri_rss_mul_avx512 tri_rss_mul_in_c
#include "arch/x86/ring_avx512.c"
#include "arch/fill.h"
#include "tests/arch/ring.h"

void tri_ring_in_c(struct tri_kernels *k)
{
    FILL_RING(k, avx512);
    k->ring_name = "avx512, modelled";
}
