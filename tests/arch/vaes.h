#ifndef TRI_TESTS_ARCH_VAES_H
#define TRI_TESTS_ARCH_VAES_H

#include "arch/kernels.h"

/** \file tests/arch/vaes.h
 *
 * AES on 512 bits on the model of its instructions
 * (tests/arch/vaes_model.h): all in C, and with the CPU's own AVX-512.
 */

struct tri_vaes_build {
    tri_aes_ctr_fn aes_ctr;
    tri_ghash_fn ghash;
    tri_gcm_fn gcm;
};

extern const struct tri_vaes_build tri_vaes_in_c;
#if defined(__x86_64__)
extern const struct tri_vaes_build tri_vaes_on_avx512;
#endif

#endif
