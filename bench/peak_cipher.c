#include <string.h>
#include "bench/peak.h"

#if defined(__x86_64__)

enum { LOOPS = 500 };

/* Where a loop of this length lies in memory makes up to 8 % of its speed. */
#define PEAK static __attribute__((aligned(64))) void

/* Upper halves that are not zero would slow down the SSE kernels. */
static void clean(void)
{
    __asm__ volatile("vzeroupper");
}

/* A quarter round on eight blocks: rotations by 16 and 8 are byte shuffles,
 * those by 12 and 7 two shifts and an or. */
#define AVX2_STEP(a, b, d)                             \
    "vpaddd %%ymm" #b ", %%ymm" #a ", %%ymm" #a "\n\t" \
    "vpxor  %%ymm" #a ", %%ymm" #d ", %%ymm" #d "\n\t"
#define AVX2_ROTB(d) "vpshufb %%ymm15, %%ymm" #d ", %%ymm" #d "\n\t"
#define AVX2_ROTS(d, t, s)                            \
    "vpsrld $" #s ", %%ymm" #d ", %%ymm" #t "\n\t"    \
    "vpslld $32-" #s ", %%ymm" #d ", %%ymm" #d "\n\t" \
    "vpor %%ymm" #t ", %%ymm" #d ", %%ymm" #d "\n\t"
#define AVX2_QR3(S)            S(0, 1, 2, 3, 12) S(4, 5, 6, 7, 13) S(8, 9, 10, 11, 14)
#define AVX2_Q1(a, b, c, d, t) AVX2_STEP(a, b, d) AVX2_ROTB(d)
#define AVX2_Q2(a, b, c, d, t) AVX2_STEP(c, d, b) AVX2_ROTS(b, t, 20)
#define AVX2_Q4(a, b, c, d, t) AVX2_STEP(c, d, b) AVX2_ROTS(b, t, 25)

PEAK chacha20_avx2(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(AVX2_QR3(AVX2_Q1) AVX2_QR3(AVX2_Q2) AVX2_QR3(AVX2_Q1)
                             AVX2_QR3(AVX2_Q4)
                         :
                         :
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                           "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                           "xmm12", "xmm13", "xmm14");
    clean();
}

#define AVX512_STEP(a, b, d, s)                        \
    "vpaddd %%zmm" #b ", %%zmm" #a ", %%zmm" #a "\n\t" \
    "vpxord %%zmm" #a ", %%zmm" #d ", %%zmm" #d "\n\t" \
    "vprold $" #s ", %%zmm" #d ", %%zmm" #d "\n\t"
#define AVX512_Q1(a, b, c, d) AVX512_STEP(a, b, d, 16)
#define AVX512_Q2(a, b, c, d) AVX512_STEP(c, d, b, 12)
#define AVX512_Q3(a, b, c, d) AVX512_STEP(a, b, d, 8)
#define AVX512_Q4(a, b, c, d) AVX512_STEP(c, d, b, 7)
#define AVX512_QR4(S) \
    S(0, 4, 8, 12) S(1, 5, 9, 13) S(2, 6, 10, 14) S(3, 7, 11, 15)

PEAK chacha20_avx512(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(AVX512_QR4(AVX512_Q1) AVX512_QR4(AVX512_Q2)
                             AVX512_QR4(AVX512_Q3) AVX512_QR4(AVX512_Q4)
                         :
                         :
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                           "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                           "xmm12", "xmm13", "xmm14", "xmm15");
    clean();
}

/* Eight blocks: addition of the counter, byte swap, ten rounds. */
#define AES_EACH(S) S(0) S(1) S(2) S(3) S(4) S(5) S(6) S(7)
#define AES_START(b)                  \
    "movdqa %%xmm8, %%xmm" #b "\n\t"  \
    "paddd  %%xmm9, %%xmm" #b "\n\t"  \
    "pshufb %%xmm10, %%xmm" #b "\n\t" \
    "pxor   %%xmm11, %%xmm" #b "\n\t"
#define AES_ROUND(b) "aesenc %%xmm11, %%xmm" #b "\n\t"
#define AES_LAST(b)  "aesenclast %%xmm11, %%xmm" #b "\n\t"
#define AES_3        AES_EACH(AES_ROUND) AES_EACH(AES_ROUND) AES_EACH(AES_ROUND)

PEAK aes_aesni(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(
            AES_EACH(AES_START) AES_3 AES_3 AES_3 AES_EACH(AES_LAST)
            :
            :
            : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7");
}

#define TWICE(s) s s
#define FOUR(s)  TWICE(s) TWICE(s)
#define FIVE(s)  FOUR(s) s

/* ---- ChaCha20-Poly1305 ---------------------------------------------------
 *
 * A quarter round is 4 additions, 4 exclusive ors and 4 rotations. A block of
 * 64 bytes has 80 of them, then its start is added, words become blocks
 * (shuffles), and the text is xored. Poly1305 takes 5 x 5 products of 26-bit
 * limbs for a vector of blocks; for two vectors one addition to the state and
 * one pass of carries (arch/x86/poly1305_avx512.c).
 */

/* clang-format off */
/* 256 bytes on zmm0-15 (key stream) and zmm16-31 (authenticator). */
#define Z(op, a, b, c)  op " %%zmm" #a ", %%zmm" #b ", %%zmm" #c "\n\t"
#define ZI(op, n, a, b) op " $" #n ", %%zmm" #a ", %%zmm" #b "\n\t"
/* Four columns, and something between their steps. */
#define Z_ROUND(i, j, k, l)         \
    AVX512_QR4(AVX512_Q1) i         \
    AVX512_QR4(AVX512_Q2) j         \
    AVX512_QR4(AVX512_Q3) k         \
    AVX512_QR4(AVX512_Q4) l

#define Z_PRODUCT(acc, t) \
    Z("vpmuludq", 30, 31, t) Z("vpaddq", t, acc, acc)
#define Z_PRODUCTS                              \
    Z_PRODUCT(16, 21) Z_PRODUCT(17, 22)         \
    Z_PRODUCT(18, 23) Z_PRODUCT(19, 24)         \
    Z_PRODUCT(20, 25)
#define Z_FIRST                                         \
    Z("vpmuludq", 30, 31, 16) Z("vpmuludq", 30, 31, 17) \
    Z("vpmuludq", 30, 31, 18) Z("vpmuludq", 30, 31, 19) \
    Z("vpmuludq", 30, 31, 20)
/* Limbs of a vector of blocks. */
#define Z_SPLIT                                                \
    Z("vpunpcklqdq", 30, 31, 21) Z("vpunpckhqdq", 30, 31, 22)  \
    Z("vpandq", 30, 21, 23)                                    \
    ZI("vpsrlq", 26, 21, 24) Z("vpandq", 30, 24, 24)           \
    ZI("vpsrlq", 52, 21, 25) ZI("vpsllq", 12, 22, 26)          \
    "vpternlogq $0xa8, %%zmm30, %%zmm26, %%zmm25\n\t"          \
    ZI("vpsrlq", 14, 22, 27) Z("vpandq", 30, 27, 27)           \
    ZI("vpsrlq", 40, 22, 28) Z("vporq", 30, 28, 28)
#define Z_ADD5                                          \
    Z("vpaddq", 30, 31, 21) Z("vpaddq", 30, 31, 22)     \
    Z("vpaddq", 30, 31, 23) Z("vpaddq", 30, 31, 24)     \
    Z("vpaddq", 30, 31, 25)
#define Z_CARRY1(x, from, to) \
    ZI("vpsrlq", 26, from, x) Z("vpandq", 30, from, from) Z("vpaddq", x, to, to)
#define Z_CARRY                                                 \
    Z_CARRY1(21, 16, 17) Z_CARRY1(22, 19, 20)                   \
    Z_CARRY1(21, 17, 18)                                        \
    ZI("vpsrlq", 26, 20, 22) Z("vpandq", 30, 20, 20)            \
    ZI("vpsllq", 2, 22, 23)                                     \
    Z("vpaddq", 22, 23, 22) Z("vpaddq", 22, 16, 16)             \
    Z_CARRY1(21, 18, 19) Z_CARRY1(22, 16, 17)                   \
    Z_CARRY1(21, 19, 20)
#define Z_FINISH                                        \
    Z("vpaddd", 31, 0, 0) Z("vpaddd", 31, 4, 4)         \
    Z("vpaddd", 31, 8, 8) Z("vpaddd", 31, 12, 12)       \
    Z("vpxord", 31, 1, 1) Z("vpxord", 31, 5, 5)         \
    Z("vpxord", 31, 9, 9) Z("vpxord", 31, 13, 13)
#define Z_SHUFFLES                                              \
    FOUR(Z("vpunpckldq", 30, 31, 21)                            \
         Z("vpunpckhqdq", 30, 31, 22)                           \
         "vshufi32x4 $0x44, %%zmm30, %%zmm31, %%zmm23\n\t"      \
         "vshufi32x4 $0x88, %%zmm30, %%zmm31, %%zmm24\n\t")
/* clang-format on */

PEAK chachapoly_avx512(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(
            Z_ROUND(Z_ADD5, Z_SPLIT, Z_FIRST, Z_PRODUCTS)
                Z_ROUND(Z_PRODUCTS, Z_PRODUCTS, Z_PRODUCTS, Z_SPLIT)
                    Z_ROUND(Z_PRODUCTS, Z_PRODUCTS, Z_PRODUCTS, Z_PRODUCTS)
                        Z_ROUND(Z_PRODUCTS, Z_CARRY, Z_SHUFFLES, )
                            Z_ROUND(Z_FINISH, , , )
            :
            :
            : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
              "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
              "xmm15");
    clean();
}

/* clang-format off */
/* 384 bytes: with 16 registers the two take turns, and the processor
 * interleaves them. */
#define Y(op, a, b, c)  op " %%ymm" #a ", %%ymm" #b ", %%ymm" #c "\n\t"
#define YI(op, n, a, b) op " $" #n ", %%ymm" #a ", %%ymm" #b "\n\t"
#define Y_QR                                    \
    AVX2_QR3(AVX2_Q1) AVX2_QR3(AVX2_Q2)         \
    AVX2_QR3(AVX2_Q1) AVX2_QR3(AVX2_Q4)
#define Y_PRODUCT(acc, t) \
    Y("vpmuludq", 14, 15, t) Y("vpaddq", t, acc, acc)
#define Y_PRODUCTS                              \
    Y_PRODUCT(0, 5) Y_PRODUCT(1, 6)             \
    Y_PRODUCT(2, 7) Y_PRODUCT(3, 8)             \
    Y_PRODUCT(4, 9)
#define Y_FIRST                                         \
    Y("vpmuludq", 14, 15, 0) Y("vpmuludq", 14, 15, 1)   \
    Y("vpmuludq", 14, 15, 2) Y("vpmuludq", 14, 15, 3)   \
    Y("vpmuludq", 14, 15, 4)
#define Y_SPLIT                                                 \
    Y("vpunpcklqdq", 14, 15, 5) Y("vpunpckhqdq", 14, 15, 6)     \
    Y("vpand", 14, 5, 7)                                        \
    YI("vpsrlq", 26, 5, 8) Y("vpand", 14, 8, 8)                 \
    YI("vpsrlq", 52, 5, 9) YI("vpsllq", 12, 6, 10)              \
    Y("vpor", 9, 10, 9) Y("vpand", 14, 9, 9)                    \
    YI("vpsrlq", 14, 6, 11) Y("vpand", 14, 11, 11)              \
    YI("vpsrlq", 40, 6, 12) Y("vpor", 14, 12, 12)
#define Y_ADD5                                          \
    Y("vpaddq", 14, 15, 5) Y("vpaddq", 14, 15, 6)       \
    Y("vpaddq", 14, 15, 7) Y("vpaddq", 14, 15, 8)       \
    Y("vpaddq", 14, 15, 9)
#define Y_CARRY1(x, from, to) \
    YI("vpsrlq", 26, from, x) Y("vpand", 14, from, from) Y("vpaddq", x, to, to)
#define Y_CARRY                                                 \
    Y_CARRY1(5, 0, 1) Y_CARRY1(6, 3, 4) Y_CARRY1(7, 1, 2)       \
    YI("vpsrlq", 26, 4, 8) Y("vpand", 14, 4, 4)                 \
    YI("vpsllq", 2, 8, 9) Y("vpaddq", 8, 9, 8)                  \
    Y("vpaddq", 8, 0, 0)                                        \
    Y_CARRY1(10, 2, 3) Y_CARRY1(11, 0, 1) Y_CARRY1(12, 3, 4)
#define Y_POLY                                          \
    Y_SPLIT Y_ADD5 Y_FIRST FOUR(Y_PRODUCTS)             \
    Y_SPLIT FIVE(Y_PRODUCTS) Y_CARRY
#define Y_FINISH                                                    \
    FOUR(Y("vpaddd", 14, 15, 0) Y("vpaddd", 14, 15, 1)              \
         Y("vpaddd", 14, 15, 2)                                     \
         Y("vpunpckldq", 14, 15, 3) Y("vpunpckhdq", 14, 15, 4)      \
         Y("vpunpcklqdq", 14, 15, 5) Y("vpunpckhqdq", 14, 15, 6)    \
         Y("vpunpcklqdq", 14, 15, 7) Y("vpunpckhqdq", 14, 15, 8)    \
         "vperm2i128 $0x20, %%ymm14, %%ymm15, %%ymm9\n\t"           \
         "vperm2i128 $0x31, %%ymm14, %%ymm15, %%ymm10\n\t"          \
         "vperm2i128 $0x20, %%ymm14, %%ymm15, %%ymm11\n\t"          \
         Y("vpxor", 14, 15, 9) Y("vpxor", 14, 15, 10)               \
         Y("vpxor", 14, 15, 11))
/* clang-format on */

PEAK chachapoly_avx2(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(FOUR(Y_QR) TWICE(Y_QR) Y_QR Y_POLY FOUR(Y_QR)
                             TWICE(Y_QR) Y_POLY FOUR(Y_QR) TWICE(Y_QR)
                                 Y_QR Y_FINISH Y_POLY
                         :
                         :
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                           "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                           "xmm12", "xmm13", "xmm14", "xmm15");
    clean();
}

/* ---- AES-128-GCM ---------------------------------------------------------
 *
 * For 16 bytes ten rounds and the counter as above, one exclusive or with the
 * text, one reversal of bytes, three carry-less products after Karatsuba with
 * a shuffle and an exclusive or before and three behind; for eight blocks one
 * reduction: two products, four shuffles and shifts of bytes, eight exclusive
 * ors. AES has one port to itself; all else shares the two others.
 */
#define GHASH_BLOCK                         \
    "movdqa %%xmm11, %%xmm12\n\t"           \
    "pshufb %%xmm15, %%xmm12\n\t"           \
    "pshufd $0x4e, %%xmm12, %%xmm13\n\t"    \
    "pxor %%xmm12, %%xmm13\n\t"             \
    "movdqa %%xmm12, %%xmm14\n\t"           \
    "pclmulqdq $0x00, %%xmm11, %%xmm14\n\t" \
    "pxor %%xmm14, %%xmm8\n\t"              \
    "pclmulqdq $0x11, %%xmm11, %%xmm12\n\t" \
    "pxor %%xmm12, %%xmm9\n\t"              \
    "pclmulqdq $0x00, %%xmm11, %%xmm13\n\t" \
    "pxor %%xmm13, %%xmm10\n\t"
#define GHASH_REDUCE                                          \
    "pxor %%xmm8, %%xmm10\n\t"                                \
    "pxor %%xmm9, %%xmm10\n\t"                                \
    "movdqa %%xmm10, %%xmm12\n\t"                             \
    "pslldq $8, %%xmm12\n\t"                                  \
    "psrldq $8, %%xmm10\n\t"                                  \
    "pxor %%xmm12, %%xmm8\n\t"                                \
    "pxor %%xmm10, %%xmm9\n\t" TWICE(                         \
        "pshufd $0x4e, %%xmm8, %%xmm13\n\t"                   \
        "pclmulqdq $0x00, %%xmm11, %%xmm8\n\t"                \
        "pxor %%xmm13, %%xmm8\n\t") "pxor %%xmm9, %%xmm8\n\t" \
                                    "pxor %%xmm9, %%xmm9\n\t" \
                                    "pxor %%xmm10, %%xmm10\n\t"
#define GCM_TEXT(b) "pxor %%xmm15, %%xmm" #b "\n\t"
#define GCM_START(b)                  \
    "movdqa %%xmm15, %%xmm" #b "\n\t" \
    "paddd  %%xmm11, %%xmm" #b "\n\t" \
    "pshufb %%xmm15, %%xmm" #b "\n\t" \
    "pxor   %%xmm11, %%xmm" #b "\n\t"

PEAK gcm_aesni(void *arg)
{
    (void)arg;
    for (int i = 0; i < LOOPS; i++)
        __asm__ volatile(AES_EACH(GCM_START) FOUR(TWICE(
            AES_EACH(AES_ROUND) GHASH_BLOCK)) AES_EACH(AES_ROUND)
                             GHASH_REDUCE AES_EACH(AES_LAST) AES_EACH(GCM_TEXT)
                         :
                         :
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                           "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                           "xmm12", "xmm13", "xmm14", "xmm15");
}

/* ChaCha20 has 80 quarter rounds in a block of 64 bytes. */
static const double QR_BYTES = 64.0 / 80;

struct bench_work bench_peak_chacha20(const char *isa)
{
    if (strcmp(isa, "avx2") == 0)
        return (struct bench_work){ chacha20_avx2, NULL,
                                    LOOPS * 3.0 * 8 * QR_BYTES };
    if (strcmp(isa, "avx512") == 0)
        return (struct bench_work){ chacha20_avx512, NULL,
                                    LOOPS * 4.0 * 16 * QR_BYTES };
    return (struct bench_work){ NULL, NULL, 0 };
}

/* AES-NI, whatever else a kernel uses: the AES unit is the limit. */
static int aesni(const char *isa)
{
    return strcmp(isa, "aesni") == 0 || strcmp(isa, "avx2") == 0 ||
           strcmp(isa, "avx512") == 0;
}

struct bench_work bench_peak_aes(const char *isa)
{
    if (aesni(isa))
        return (struct bench_work){ aes_aesni, NULL, LOOPS * 8.0 * 16 };
    return (struct bench_work){ NULL, NULL, 0 };
}

struct bench_work bench_peak_chachapoly(const char *isa)
{
    if (strcmp(isa, "avx2") == 0)
        return (struct bench_work){ chachapoly_avx2, NULL, LOOPS * 384.0 };
    if (strcmp(isa, "avx512") == 0)
        return (struct bench_work){ chachapoly_avx512, NULL, LOOPS * 256.0 };
    return (struct bench_work){ NULL, NULL, 0 };
}

struct bench_work bench_peak_gcm(const char *isa)
{
    if (aesni(isa))
        return (struct bench_work){ gcm_aesni, NULL, LOOPS * 8.0 * 16 };
    return (struct bench_work){ NULL, NULL, 0 };
}

#else

struct bench_work bench_peak_chacha20(const char *isa)
{
    (void)isa;
    return (struct bench_work){ NULL, NULL, 0 };
}

struct bench_work bench_peak_aes(const char *isa)
{
    (void)isa;
    return (struct bench_work){ NULL, NULL, 0 };
}

struct bench_work bench_peak_chachapoly(const char *isa)
{
    (void)isa;
    return (struct bench_work){ NULL, NULL, 0 };
}

struct bench_work bench_peak_gcm(const char *isa)
{
    (void)isa;
    return (struct bench_work){ NULL, NULL, 0 };
}

#endif
