#include "arch/kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* Register state that the OS saves: bits of XCR0. */
enum { XCR0_YMM = 0x6, XCR0_ZMM = 0xe6 };

static unsigned xcr0(void)
{
    unsigned lo, hi;

    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return lo;
}

unsigned tri_cpu_detect(void)
{
    const unsigned f = 1u << 16, dq = 1u << 17, bw = 1u << 30, vl = 1u << 31;
    unsigned a, b, c, d, os, cpu = 0;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return 0;
    os = xcr0();
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return 0;
    if ((os & XCR0_YMM) == XCR0_YMM && (b & bit_AVX2))
        cpu |= TRI_CPU_AVX2;
    if ((os & XCR0_ZMM) == XCR0_ZMM &&
        (b & (f | dq | bw | vl)) == (f | dq | bw | vl) && (b & bit_AVX2))
        cpu |= TRI_CPU_AVX512;
    return cpu;
}

#elif defined(__aarch64__)

unsigned tri_cpu_detect(void)
{
    return TRI_CPU_NEON; /* mandatory in ARMv8-A */
}

#else

unsigned tri_cpu_detect(void)
{
    return 0;
}

#endif

const char *tri_cpu_name(unsigned bit)
{
    switch (bit) {
    case TRI_CPU_AVX2:
        return "avx2";
    case TRI_CPU_AVX512:
        return "avx512";
    case TRI_CPU_NEON:
        return "neon";
    default:
        return NULL;
    }
}

#define FILL_RING(k, isa)               \
    do {                                \
        (k)->add = tri_add_##isa;       \
        (k)->sub = tri_sub_##isa;       \
        (k)->mul = tri_mul_##isa;       \
        (k)->muladd = tri_muladd_##isa; \
        (k)->addc = tri_addc_##isa;     \
        (k)->rsubc = tri_rsubc_##isa;   \
        (k)->scale = tri_scale_##isa;   \
        (k)->axpy = tri_axpy_##isa;     \
        (k)->shr = tri_shr_##isa;       \
        (k)->ring_name = #isa;          \
    } while (0)

#define FILL_GEMM(k, isa, mr_, nr_, mc_, kc_, nc_) \
    do {                                           \
        (k)->gemm = (struct tri_gemm_kernel){      \
            .fn = tri_gemm_##isa,                  \
            .mr = (mr_),                           \
            .nr = (nr_),                           \
            .mc = (mc_),                           \
            .kc = (kc_),                           \
            .nc = (nc_),                           \
        };                                         \
        (k)->gemm_name = #isa;                     \
    } while (0)

#define FILL_CHACHA20(k, isa)               \
    do {                                    \
        (k)->chacha20 = tri_chacha20_##isa; \
        (k)->chacha20_name = #isa;          \
    } while (0)

#define FILL_ZP(k, isa)                       \
    do {                                      \
        (k)->zp_digits = tri_zp_digits_##isa; \
        (k)->zp_unpack = tri_zp_unpack_##isa; \
        (k)->zp_pack = tri_zp_pack_##isa;     \
        (k)->zp_reject = tri_zp_reject_##isa; \
        (k)->zp_sub = tri_zp_sub_##isa;       \
        (k)->zp_deal = tri_zp_deal_##isa;     \
        (k)->zp_cmp4 = tri_zp_cmp4_##isa;     \
        (k)->zp_cmp2 = tri_zp_cmp2_##isa;     \
        (k)->zp_rotate = tri_zp_rotate_##isa; \
        (k)->zp_zero = tri_zp_zero_##isa;     \
        (k)->zp_name = #isa;                  \
    } while (0)

void tri_kernels_init(struct tri_kernels *k, unsigned cpu)
{
    cpu &= tri_cpu_detect();
    k->cpu = cpu;

    FILL_RING(k, ref);
    FILL_GEMM(k, ref, 4, 4, 64, 256, 512);
    FILL_CHACHA20(k, ref);
    FILL_ZP(k, ref);

#if defined(__x86_64__)
    if (cpu & TRI_CPU_AVX2) {
        FILL_RING(k, avx2);
        FILL_GEMM(k, avx2, 4, 8, 96, 256, 512);
        FILL_CHACHA20(k, avx2);
        FILL_ZP(k, avx2);
    }
    if (cpu & TRI_CPU_AVX512) {
        FILL_RING(k, avx512);
        FILL_GEMM(k, avx512, 8, 24, 96, 256, 960);
        FILL_CHACHA20(k, avx512);
        FILL_ZP(k, avx512);
    }
#elif defined(__aarch64__)
    if (cpu & TRI_CPU_NEON) {
        FILL_RING(k, neon);
        FILL_GEMM(k, neon, 4, 4, 64, 256, 512);
        FILL_CHACHA20(k, neon);
        FILL_ZP(k, neon);
    }
#endif
}
