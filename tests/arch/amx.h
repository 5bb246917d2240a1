#ifndef TRI_TESTS_ARCH_AMX_H
#define TRI_TESTS_ARCH_AMX_H

#include "arch/kernels.h"

/** \file tests/arch/amx.h
 *
 * The AMX product on the model of its instructions (tests/arch/amx_model.h):
 * all in C, and with the CPU's own AVX-512.
 */

struct tri_amx_build {
    tri_gemm_fn gemm;
    tri_limbs_fn limbs;
    tri_gemm_turn_fn begin, end;
    int (*fault)(void); /**< non-zero after an instruction was misused */
    unsigned needs;     /**< bits of enum tri_cpu */
};

extern const struct tri_amx_build tri_amx_in_c, tri_amx_on_avx512;

/** Those of this build, then NULL: none without EXPERIMENTAL=1. */
extern const struct tri_amx_build *const tri_amx_builds[];

#endif
