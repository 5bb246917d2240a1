/* Built with AVX-512 (see Makefile): only the tiles are modelled. */
#if defined(__x86_64__)
#define TRI_AMX_MODEL
#include "tests/arch/amx_model.h"
#define tri_gemm_amx       tri_gemm_amx_on_avx512
#define tri_limbs_amx      tri_limbs_amx_on_avx512
#define tri_gemm_begin_amx tri_gemm_begin_amx_on_avx512
#define tri_gemm_end_amx   tri_gemm_end_amx_on_avx512
#include "arch/amx/gemm_amx.c"
#include "tests/arch/amx.h"

static int fault(void)
{
    return amx_fault;
}

const struct tri_amx_build tri_amx_on_avx512 = {
    tri_gemm_amx,     tri_limbs_amx, tri_gemm_begin_amx,
    tri_gemm_end_amx, fault,         TRI_CPU_AVX512
};
#endif
