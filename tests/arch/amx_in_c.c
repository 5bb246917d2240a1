/* The kernel's own source, all of its instructions modelled. */
#define TRI_AMX_MODEL
#include "tests/arch/amx_model.h"
#define tri_gemm_amx       tri_gemm_amx_in_c
#define tri_limbs_amx      tri_limbs_amx_in_c
#define tri_gemm_begin_amx tri_gemm_begin_amx_in_c
#define tri_gemm_end_amx   tri_gemm_end_amx_in_c
#include "arch/amx/gemm_amx.c"
#include "tests/arch/amx.h"

static int fault(void)
{
    return amx_fault;
}

const struct tri_amx_build tri_amx_in_c = {
    tri_gemm_amx, tri_limbs_amx, tri_gemm_begin_amx, tri_gemm_end_amx, fault, 0
};
