#include "arch/experimental.h"

#include <cpuid.h>

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

/* The bits of XCR0 for register state that the OS saves. A CPU with AVX-512 has
 * XGETBV. */
static int tiles_saved(void)
{
    enum { XCR0_TILES = 0x60000 };
    unsigned lo, hi;

    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return (lo & XCR0_TILES) == XCR0_TILES;
}

unsigned tri_experimental_detect(unsigned cpu)
{
    const unsigned amx = 1u << 24 | 1u << 25; /* AMX-TILE, AMX-INT8 */
    unsigned a, b, c, d;

    return (cpu & TRI_CPU_AVX512) && __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
                   (d & amx) == amx && tiles_saved() && tiles_granted()
               ? TRI_CPU_AMX
               : 0;
}

void tri_experimental_fill(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_AMX) || !(cpu & TRI_CPU_AVX512))
        return;
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
}
