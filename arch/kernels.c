#include "arch/kernels.h"

#include "arch/experimental.h"

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
    const unsigned vaes = 1u << 9 | 1u << 10; /* VAES, VPCLMULQDQ */
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
    if ((cpu & TRI_CPU_AVX512) && (c & vaes) == vaes)
        cpu |= TRI_CPU_VAES;
    return cpu | tri_experimental_detect(cpu);
}

#elif defined(__aarch64__)

unsigned tri_cpu_detect(void)
{
    uint64_t features;

    /* Linux lets programs read this register; 2 is AES with PMULL. */
    __asm__("mrs %0, id_aa64isar0_el1" : "=r"(features));
    return TRI_CPU_NEON /* mandatory in ARMv8-A */
           | ((features >> 4 & 15) >= 2 ? TRI_CPU_ARMCE : 0u);
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
    case TRI_CPU_AESNI:
        return "aesni";
    case TRI_CPU_AVX2:
        return "avx2";
    case TRI_CPU_AVX512:
        return "avx512";
    case TRI_CPU_VAES:
        return "vaes";
    case TRI_CPU_AMX:
        return "amx";
    case TRI_CPU_NEON:
        return "neon";
    case TRI_CPU_ARMCE:
        return "ce";
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
        (k)->axpys = tri_axpys_##isa;   \
        (k)->dot = tri_dot_##isa;       \
        (k)->shr = tri_shr_##isa;       \
        (k)->ring_name = #isa;          \
    } while (0)

#define FILL_GEMM(k, isa, pairs_, mr_, nr_, mc_, kc_, nc_) \
    do {                                                   \
        (k)->gemm = (struct tri_gemm_kernel){              \
            .fn = tri_gemm_##isa,                          \
            .pairs = (pairs_),                             \
            .ku = (pairs_) != NULL ? 2 : 1,                \
            .weave = tri_weave_##isa,                      \
            .mr = (mr_),                                   \
            .nr = (nr_),                                   \
            .mc = (mc_),                                   \
            .kc = (kc_),                                   \
            .nc = (nc_),                                   \
        };                                                 \
        (k)->gemm_name = #isa;                             \
    } while (0)

#define FILL_CHACHA20(k, isa)               \
    do {                                    \
        (k)->chacha20 = tri_chacha20_##isa; \
        (k)->chacha20_name = #isa;          \
    } while (0)

#define FILL_XOR(k, isa)                \
    do {                                \
        (k)->xor_bytes = tri_xor_##isa; \
        (k)->xor_name = #isa;           \
    } while (0)

#define FILL_POLY1305(k, isa)               \
    do {                                    \
        (k)->poly1305 = tri_poly1305_##isa; \
        (k)->poly1305_name = #isa;          \
    } while (0)

#define FILL_AES(k, isa)                  \
    do {                                  \
        (k)->aes_ctr = tri_aes_ctr_##isa; \
        (k)->ghash = tri_ghash_##isa;     \
        (k)->gcm = tri_gcm_##isa;         \
        (k)->aes_name = #isa;             \
    } while (0)

#define FILL_ZP(k, isa)                       \
    do {                                      \
        (k)->zp_digits = tri_zp_digits_##isa; \
        (k)->zp_unpack = tri_zp_unpack_##isa; \
        (k)->zp_pack = tri_zp_pack_##isa;     \
        (k)->zp_reject = tri_zp_reject_##isa; \
        (k)->zp_fill = tri_zp_fill_##isa;     \
        (k)->zp_sub = tri_zp_sub_##isa;       \
        (k)->zp_deal = tri_zp_deal_##isa;     \
        (k)->zp_cmp4 = tri_zp_cmp4_##isa;     \
        (k)->zp_cmp2 = tri_zp_cmp2_##isa;     \
        (k)->zp_rotate = tri_zp_rotate_##isa; \
        (k)->zp_zero = tri_zp_zero_##isa;     \
        (k)->zp_name = #isa;                  \
    } while (0)

#define FILL_LANE(k, isa)                         \
    do {                                          \
        (k)->lane_mask = tri_lane_mask_##isa;     \
        (k)->lane_join = tri_lane_join_##isa;     \
        (k)->lane_test = tri_lane_test_##isa;     \
        (k)->lane_bits = tri_lane_bits_##isa;     \
        (k)->lane_pack = tri_lane_pack_##isa;     \
        (k)->lane_spread = tri_lane_spread_##isa; \
        (k)->lane_share = tri_lane_share_##isa;   \
        (k)->lane_pick = tri_lane_pick_##isa;     \
        (k)->lane_choose = tri_lane_choose_##isa; \
        (k)->lane_trunc = tri_lane_trunc_##isa;   \
        (k)->lane_name = #isa;                    \
    } while (0)

void tri_kernels_init(struct tri_kernels *k, unsigned cpu)
{
    cpu &= tri_cpu_detect();
    k->cpu = cpu;

    FILL_RING(k, ref);
    FILL_GEMM(k, ref, NULL, 4, 4, 64, 256, 512);
    FILL_CHACHA20(k, ref);
    FILL_XOR(k, ref);
    FILL_POLY1305(k, ref);
    k->chachapoly = NULL;
    FILL_AES(k, ref);
    FILL_ZP(k, ref);
    FILL_LANE(k, ref);

#if defined(__x86_64__)
    if (cpu & TRI_CPU_AVX2) {
        FILL_RING(k, avx2);
        FILL_GEMM(k, avx2, tri_pairs_avx2, 8, 20, 96, 128, 500);
        FILL_CHACHA20(k, avx2);
        FILL_XOR(k, avx2);
        FILL_POLY1305(k, avx2);
        FILL_ZP(k, avx2);
        FILL_LANE(k, avx2);
    }
    if (cpu & TRI_CPU_AVX512) {
        FILL_RING(k, avx512);
        FILL_GEMM(k, avx512, tri_pairs_avx512, 8, 24, 144, 256, 960);
        FILL_CHACHA20(k, avx512);
        FILL_XOR(k, avx512);
        FILL_POLY1305(k, avx512);
        k->chachapoly = tri_chachapoly_avx512;
        FILL_ZP(k, avx512);
        FILL_LANE(k, avx512);
    }
    if (cpu & TRI_CPU_AESNI) {
        FILL_AES(k, aesni);
        if (cpu & TRI_CPU_AVX2)
            FILL_AES(k, avx2);
        if (cpu & TRI_CPU_AVX512)
            FILL_AES(k, avx512);
        if ((cpu & TRI_CPU_AVX512) && (cpu & TRI_CPU_VAES))
            FILL_AES(k, vaes);
    }
    tri_experimental_fill(k, cpu);
#elif defined(__aarch64__)
    if (cpu & TRI_CPU_NEON) {
        FILL_RING(k, neon);
        FILL_GEMM(k, neon, NULL, 4, 4, 64, 256, 512);
        FILL_CHACHA20(k, neon);
        FILL_XOR(k, neon);
        FILL_POLY1305(k, neon);
        FILL_ZP(k, neon);
    }
    if (cpu & TRI_CPU_ARMCE)
        FILL_AES(k, ce);
#endif
}
