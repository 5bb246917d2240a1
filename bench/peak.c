#include <string.h>
#include "bench/peak.h"

enum { LOOPS = 2000 };

#if defined(__x86_64__)

/* Upper halves that are not zero would slow down the SSE kernels. */
static void clean(void)
{
    __asm__ volatile("vzeroupper");
}

/* Four multiply-adds: low product, cross products, their two sums (see
 * arch/x86/gemm_avx2.c). */
#define AVX2_MAC(low, cross, t, u)                         \
    "vpmuludq %%ymm14, %%ymm15, %%ymm" #t "\n\t"           \
    "vpmulld  %%ymm14, %%ymm15, %%ymm" #u "\n\t"           \
    "vpaddq %%ymm" #t ", %%ymm" #low ", %%ymm" #low "\n\t" \
    "vpaddd %%ymm" #u ", %%ymm" #cross ", %%ymm" #cross "\n\t"

static void gemm_avx2(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(AVX2_MAC(0, 4, 8, 9) AVX2_MAC(1, 5, 10, 11)
                             AVX2_MAC(2, 6, 12, 13) AVX2_MAC(3, 7, 8, 9)
                                 AVX2_MAC(0, 4, 10, 11) AVX2_MAC(1, 5, 12, 13)
                                     AVX2_MAC(2, 6, 8, 9) AVX2_MAC(3, 7, 10, 11)
                         :
                         :
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                           "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                           "xmm12", "xmm13");
    clean();
}

/* Eight multiply-adds. */
#define AVX512_MAC(acc, t)                      \
    "vpmullq %%zmm30, %%zmm31, %%zmm" #t "\n\t" \
    "vpaddq %%zmm" #t ", %%zmm" #acc ", %%zmm" #acc "\n\t"

static void gemm_avx512(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(
            AVX512_MAC(0, 24) AVX512_MAC(1, 25) AVX512_MAC(2, 26) AVX512_MAC(
                3, 27) AVX512_MAC(4, 28) AVX512_MAC(5, 29) AVX512_MAC(6, 24)
                AVX512_MAC(7, 25) AVX512_MAC(8, 26) AVX512_MAC(9, 27)
                    AVX512_MAC(10, 28) AVX512_MAC(11, 29) AVX512_MAC(12, 24)
                        AVX512_MAC(13, 25) AVX512_MAC(14, 26) AVX512_MAC(15, 27)
                            AVX512_MAC(16, 28) AVX512_MAC(17, 29)
                                AVX512_MAC(18, 24) AVX512_MAC(19, 25)
                                    AVX512_MAC(20, 26) AVX512_MAC(21, 27)
                                        AVX512_MAC(22, 28) AVX512_MAC(23, 29)
            :
            :
            : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
              "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
              "xmm15");
    clean();
}

/* The 36 products of bytes that 16 x 16 x 64 multiply-adds take. */
#define AMX_6                            \
    "tdpbuud %%tmm7, %%tmm6, %%tmm0\n\t" \
    "tdpbuud %%tmm7, %%tmm6, %%tmm1\n\t" \
    "tdpbuud %%tmm7, %%tmm6, %%tmm2\n\t" \
    "tdpbuud %%tmm7, %%tmm6, %%tmm3\n\t" \
    "tdpbuud %%tmm7, %%tmm6, %%tmm4\n\t" \
    "tdpbuud %%tmm7, %%tmm6, %%tmm5\n\t"

static void gemm_amx(void *arg)
{
    /* all tiles 16 rows of 64 bytes */
    static const uint8_t config[64] = {
        [0] = 1,   [16] = 64, [18] = 64, [20] = 64, [22] = 64, [24] = 64,
        [26] = 64, [28] = 64, [30] = 64, [48] = 16, [49] = 16, [50] = 16,
        [51] = 16, [52] = 16, [53] = 16, [54] = 16, [55] = 16
    };

    (void)arg;
    __asm__ volatile("ldtilecfg %0" ::"m"(config));
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(AMX_6 AMX_6 AMX_6 AMX_6 AMX_6 AMX_6 ::: "memory");
    __asm__ volatile("tilerelease" ::: "memory");
}

struct bench_work bench_peak_gemm(const char *isa)
{
    if (strcmp(isa, "avx2") == 0)
        return (struct bench_work){ gemm_avx2, NULL, LOOPS * 8.0 * 4 };
    if (strcmp(isa, "avx512") == 0)
        return (struct bench_work){ gemm_avx512, NULL, LOOPS * 24.0 * 8 };
    if (strcmp(isa, "amx") == 0)
        return (struct bench_work){ gemm_amx, NULL, LOOPS * 16.0 * 16 * 64 };
    return (struct bench_work){ NULL, NULL, 0 };
}

#else

struct bench_work bench_peak_gemm(const char *isa)
{
    (void)isa;
    return (struct bench_work){ NULL, NULL, 0 };
}

#endif
