#ifndef TRI_TESTS_ARCH_RING_H
#define TRI_TESTS_ARCH_RING_H

#include "arch/kernels.h"

/** Put the ring kernels of AVX-512, on the model of their instructions
 *  (tests/arch/avx512_model.h), into `k`. */
void tri_ring_in_c(struct tri_kernels *k);

#endif
