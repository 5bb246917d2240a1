#ifndef TRI_TESTS_ARCH_SLICE_H
#define TRI_TESTS_ARCH_SLICE_H

#include "arch/kernels.h"

/** Put the slice kernels of AVX-512, on the model of their instructions
 *  (tests/arch/avx512_model.h), into `k`. */
void tri_slice_in_c(struct tri_kernels *k);

#endif
