#include <cpuid.h>
#include "arch/kernels.h"

/* Register state that the OS saves: bits of XCR0. */
enum { XCR0_YMM = 0x6, XCR0_ZMM = 0xe6, XCR0_TILES = 0x60000 };

static unsigned xcr0(void)
{
    unsigned lo, hi;

    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return lo;
}

unsigned tri_cpu_detect(void)
{
    const unsigned amx = 1u << 24 | 1u << 25; /* AMX-TILE, AMX-INT8 */
    const unsigned vaes = 1u << 9 | 1u << 10; /* VAES, VPCLMULQDQ */
    const unsigned gfni = 1u << 8 | 1u << 1;  /* GFNI, AVX512-VBMI */
    const unsigned ifma = 1u << 21;
    const unsigned f = 1u << 16, dq = 1u << 17, bw = 1u << 30, vl = 1u << 31;
    const unsigned aes = bit_AES | bit_PCLMUL | bit_SSSE3 | bit_SSE4_1;
    unsigned a, b, c, d, os, cpu = 0;

    if (!__get_cpuid(1, &a, &b, &c, &d))
        return 0;
    if ((c & aes) == aes)
        cpu |= TRI_CPU_AESNI;
    if (!(c & bit_OSXSAVE))
        return cpu;
    os = xcr0();
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return cpu;
    if ((os & XCR0_YMM) == XCR0_YMM && (b & bit_AVX2))
        cpu |= TRI_CPU_AVX2;
    if ((os & XCR0_ZMM) == XCR0_ZMM &&
        (b & (f | dq | bw | vl)) == (f | dq | bw | vl) && (b & bit_AVX2))
        cpu |= TRI_CPU_AVX512;
    if ((cpu & TRI_CPU_AVX2) && (c & vaes) == vaes)
        cpu |= TRI_CPU_VAES;
    if ((cpu & TRI_CPU_AVX512) && (c & gfni) == gfni)
        cpu |= TRI_CPU_GFNI;
    if ((cpu & TRI_CPU_AVX512) && (b & ifma))
        cpu |= TRI_CPU_IFMA;
    if ((cpu & TRI_CPU_AVX512) && (os & XCR0_TILES) == XCR0_TILES &&
        (d & amx) == amx)
        cpu |= TRI_CPU_AMX;
    return cpu;
}
