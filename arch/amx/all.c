#include "arch/kernels.h"

/* In place of arch/x86/all.c with EXPERIMENTAL=1. */
tri_filler *const tri_fillers[] = {
    tri_fill_avx2,
    tri_fill_avx512,
    tri_fill_amx,
    tri_fill_aes_ref,
    tri_fill_aesni,
    tri_fill_aesni_avx2,
    tri_fill_aesni_avx512,
    tri_fill_vaes256,
    tri_fill_vaes,
    tri_fill_slice_ref,
    tri_fill_slice_avx2,
    tri_fill_slice_avx512,
    NULL,
};
