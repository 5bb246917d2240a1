/* The kernels' own source, all of its instructions modelled. */
#define TRI_SLICE_MODEL
#include "tests/arch/avx512_model.h"
#define tri_slice_transpose_avx512 tri_slice_transpose_in_c
#define tri_slice_and_avx512       tri_slice_and_in_c
#define tri_slice_maj_avx512       tri_slice_maj_in_c
#include "arch/x86/slice_avx512.c"
#include "arch/fill.h"
#include "tests/arch/slice.h"

void tri_slice_in_c(struct tri_kernels *k)
{
    FILL_SLICE(k, avx512);
    k->slice_name = "avx512, modelled";
}
