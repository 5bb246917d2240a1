#include "arch/fill.h"

/* Linux gives a process tiles on request only, once for all of its threads. */
static int tiles_granted(void)
{
#if defined(__linux__)
    enum { ARCH_PRCTL = 158, REQ_XCOMP_PERM = 0x1023, TILE_DATA = 18 };
    long rc;

    __asm__ volatile("syscall"
                     : "=a"(rc)
                     : "a"((long)ARCH_PRCTL), "D"((long)REQ_XCOMP_PERM),
                       "S"((long)TILE_DATA)
                     : "rcx", "r11", "memory");
    return rc == 0;
#else
    return 0;
#endif
}

unsigned tri_fill_amx(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_AMX) || !(cpu & TRI_CPU_AVX512) || !tiles_granted())
        return 0;
    k->gemm = (struct tri_gemm_kernel){ .fn = tri_gemm_amx,
                                        .limbs = tri_limbs_amx,
                                        .begin = tri_gemm_begin_amx,
                                        .end = tri_gemm_end_amx,
                                        .weave = tri_weave_avx512,
                                        .mr = 32,
                                        .nr = 16,
                                        .ku = 64,
                                        .mc = 256,
                                        .kc = 128,
                                        .nc = 1024 };
    k->gemm_name = "amx";
    return TRI_CPU_AMX;
}
