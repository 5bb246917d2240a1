/* Built with AVX-512 F, BW, DQ, VL (see Makefile); reached only through the
 * kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

/* Tile sizes must be constants in the loops, whatever the compiler prefers. */
#define ALWAYS __attribute__((always_inline))

/*
 * vpmullq is three operations on the two ports that take 512 bits, so a
 * multiply-add of 8 lanes costs 4 of them; in pairs (arch/kernels.h) two cost
 * 6. 8 x 3 vectors of sums stay in registers, with the two vectors of B that
 * are in use; A is broadcast by the additions themselves.
 */
enum { MR = 8, NV = 3, NR = 8 * NV };

/* Two pairs of the inner side end in the sums of one row and one vector of
 * columns: z += (a0 + b1) * (a1 + b0). b0 and b1 are in zmm30 and zmm31, the
 * row's a0 and a1 in memory. */
#define MULADD_PAIR(z, a0, a1)                          \
    "vpaddq " a0 "(%[A])%{1to8%}, %%zmm31, %%zmm28\n\t" \
    "vpaddq " a1 "(%[A])%{1to8%}, %%zmm30, %%zmm29\n\t" \
    "vpmullq %%zmm28, %%zmm29, %%zmm28\n\t"             \
    "vpaddq %%zmm28, %[" z "], %[" z "]\n\t"

#define COLUMNS(j, b0, b1)                                                  \
    "vmovdqa64 " b0 "(%[B]), %%zmm30\n\t"                                   \
    "vmovdqa64 " b1 "(%[B]), %%zmm31\n\t" MULADD_PAIR("z0" j, "0", "64")    \
        MULADD_PAIR("z1" j, "8", "72") MULADD_PAIR("z2" j, "16", "80")      \
            MULADD_PAIR("z3" j, "24", "88") MULADD_PAIR("z4" j, "32", "96") \
                MULADD_PAIR("z5" j, "40", "104")                            \
                    MULADD_PAIR("z6" j, "48", "112")                        \
                        MULADD_PAIR("z7" j, "56", "120")

#define ZERO(z)   "vpxord %[" z "], %[" z "], %[" z "]\n\t"
#define ZEROES(i) ZERO("z" i "0") ZERO("z" i "1") ZERO("z" i "2")
#define SUMS(i) \
    [z##i##0] "=&v"(z[i][0]), [z##i##1] "=&v"(z[i][1]), [z##i##2] "=&v"(z[i][2])

/* Two rows of A, one in even, one in odd places; four columns of B, each
 * twice. */
static inline __m512i two_rows(const uint64_t *A)
{
    return _mm512_broadcast_i64x2(_mm_load_si128((const __m128i *)A));
}

static inline __m512i each_twice(const uint64_t *B, __m512i twice)
{
    return _mm512_permutexvar_epi64(twice, _mm512_load_si512(B));
}

/* All of a tile. Written out, as the compilers keep sums in memory. kc > 0. */
static inline ALWAYS void full_tile(size_t kc, const uint64_t *A,
                                    const uint64_t *B, __m512i z[MR][NV])
{
    const uint64_t *const end = A + kc * MR;

    /* clang-format off */
    __asm__(ZEROES("0") ZEROES("1") ZEROES("2") ZEROES("3")
            ZEROES("4") ZEROES("5") ZEROES("6") ZEROES("7")
            ".p2align 5\n"
            "1:\n\t"
            COLUMNS("0", "0", "192")
            COLUMNS("1", "64", "256")
            COLUMNS("2", "128", "320")
            "sub $-128, %[A]\n\t"
            "add $384, %[B]\n\t"
            "cmp %[end], %[A]\n\t"
            "jne 1b\n\t"
            : SUMS(0), SUMS(1), SUMS(2), SUMS(3), SUMS(4), SUMS(5), SUMS(6),
              SUMS(7), [A] "+r"(A), [B] "+r"(B)
            : [end] "r"(end)
            : "memory", "cc", "xmm28", "xmm29", "xmm30", "xmm31");
    /* clang-format on */
}

/* Up to half a vector of columns: two rows share a vector of sums, row by row
 * in turn. The columns of B, each twice, are in zmm30 and zmm31. */
#define HALF_PAIR(z, a0, a1)                    \
    "vbroadcasti64x2 " a0 "(%[A]), %%zmm28\n\t" \
    "vbroadcasti64x2 " a1 "(%[A]), %%zmm29\n\t" \
    "vpaddq %%zmm31, %%zmm28, %%zmm28\n\t"      \
    "vpaddq %%zmm30, %%zmm29, %%zmm29\n\t"      \
    "vpmullq %%zmm28, %%zmm29, %%zmm28\n\t"     \
    "vpaddq %%zmm28, %[" z "], %[" z "]\n\t"

#define HALF(b0, b1)                                                        \
    "vpermq " b0 "(%[B]), %[twice], %%zmm30\n\t"                            \
    "vpermq " b1 "(%[B]), %[twice], %%zmm31\n\t" HALF_PAIR("h0", "0", "64") \
        HALF_PAIR("h1", "16", "80") HALF_PAIR("h2", "32", "96")             \
            HALF_PAIR("h3", "48", "112")

#define TWO_ZEROES(i) ZERO("z" i "0") ZERO("z" i "1")
#define TWO_SUMS(i)   [z##i##0] "=&v"(z[i][0]), [z##i##1] "=&v"(z[i][1])

/* As full_tile(), for two vectors of columns and a half. */
static inline ALWAYS void half_tile(size_t kc, const uint64_t *A,
                                    const uint64_t *B, __m512i z[MR][NV],
                                    __m512i h[MR / 2], __m512i twice)
{
    const uint64_t *const end = A + kc * MR;

    /* clang-format off */
    __asm__(TWO_ZEROES("0") TWO_ZEROES("1") TWO_ZEROES("2") TWO_ZEROES("3")
            TWO_ZEROES("4") TWO_ZEROES("5") TWO_ZEROES("6") TWO_ZEROES("7")
            ZERO("h0") ZERO("h1") ZERO("h2") ZERO("h3")
            ".p2align 5\n"
            "1:\n\t"
            COLUMNS("0", "0", "192")
            COLUMNS("1", "64", "256")
            HALF("128", "320")
            "sub $-128, %[A]\n\t"
            "add $384, %[B]\n\t"
            "cmp %[end], %[A]\n\t"
            "jne 1b\n\t"
            : TWO_SUMS(0), TWO_SUMS(1), TWO_SUMS(2), TWO_SUMS(3), TWO_SUMS(4),
              TWO_SUMS(5), TWO_SUMS(6), TWO_SUMS(7), [h0] "=&v"(h[0]),
              [h1] "=&v"(h[1]), [h2] "=&v"(h[2]), [h3] "=&v"(h[3]),
              [A] "+r"(A), [B] "+r"(B)
            : [end] "r"(end), [twice] "v"(twice)
            : "memory", "cc", "xmm28", "xmm29", "xmm30", "xmm31");
    /* clang-format on */
}

#define EACH_ROW(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7)

/* As tile() below with mv = MR, nv = NV and m = MR; kc > 0. What are loops
 * there is written out, as sums that a loop names are kept in memory. */
static void whole_tile(size_t kc, const uint64_t *A, const uint64_t *B,
                       uint64_t *C, size_t ldc, size_t n)
{
    const __mmask8 last = (__mmask8)(0xff >> (NR - n));
    __m512i z[MR][NV];

    for (size_t i = 0; i < MR; i++)
        for (size_t j = 0; j < NV; j++)
            __builtin_prefetch(C + i * ldc + 8 * j, 1);
    full_tile(kc, A, B, z);
    A += kc * MR;
    B += kc * NR;
    const __m512i b0 = _mm512_load_si512(B), b1 = _mm512_load_si512(B + 8);
    const __m512i b2 = _mm512_load_si512(B + 16);
#define TAKE(i)                                                 \
    {                                                           \
        const __m512i a = _mm512_set1_epi64((long long)A[i]);   \
        const uint64_t *c = C + i * ldc;                        \
        z[i][0] = _mm512_add_epi64(                             \
            _mm512_sub_epi64(z[i][0], _mm512_add_epi64(a, b0)), \
            _mm512_loadu_si512(c));                             \
        z[i][1] = _mm512_add_epi64(                             \
            _mm512_sub_epi64(z[i][1], _mm512_add_epi64(a, b1)), \
            _mm512_loadu_si512(c + 8));                         \
        z[i][2] = _mm512_add_epi64(                             \
            _mm512_sub_epi64(z[i][2], _mm512_add_epi64(a, b2)), \
            _mm512_maskz_loadu_epi64(last, c + 16));            \
    }
#define PUT(i)                                     \
    _mm512_storeu_si512(C + i * ldc, z[i][0]);     \
    _mm512_storeu_si512(C + i * ldc + 8, z[i][1]); \
    _mm512_mask_storeu_epi64(C + i * ldc + 16, last, z[i][2]);
    EACH_ROW(TAKE)
    EACH_ROW(PUT)
}

/* The same for NR - 8 < n <= NR - 4: a third of the third vector less. */
static void narrow_tile(size_t kc, const uint64_t *A, const uint64_t *B,
                        uint64_t *C, size_t ldc, size_t n)
{
    const __m512i twice = _mm512_setr_epi64(0, 0, 1, 1, 2, 2, 3, 3);
    const __m512i apart = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    const __mmask8 last = (__mmask8)(0xf >> (NR - 4 - n));
    __m512i z[MR][NV], h[MR / 2];
    __m256i even[MR / 2], odd[MR / 2];

    for (size_t i = 0; i < MR; i++)
        for (size_t j = 0; j < NV; j++)
            __builtin_prefetch(C + i * ldc + 8 * j, 1);
    half_tile(kc, A, B, z, h, twice);
    A += kc * MR;
    B += kc * NR;
    const __m512i b0 = _mm512_load_si512(B), b1 = _mm512_load_si512(B + 8);
    const __m512i b2 = each_twice(B + 16, twice);
#define TAKE_TWO(i)                                             \
    {                                                           \
        const __m512i a = _mm512_set1_epi64((long long)A[i]);   \
        const uint64_t *c = C + i * ldc;                        \
        z[i][0] = _mm512_add_epi64(                             \
            _mm512_sub_epi64(z[i][0], _mm512_add_epi64(a, b0)), \
            _mm512_loadu_si512(c));                             \
        z[i][1] = _mm512_add_epi64(                             \
            _mm512_sub_epi64(z[i][1], _mm512_add_epi64(a, b1)), \
            _mm512_loadu_si512(c + 8));                         \
    }
#define TAKE_HALF(r)                                                        \
    {                                                                       \
        const __m512i a = two_rows(A + 2 * r);                              \
        const uint64_t *c = C + 2 * r * ldc + 16;                           \
        const __m512i x = _mm512_permutexvar_epi64(                         \
            apart, _mm512_sub_epi64(h[r], _mm512_add_epi64(a, b2)));        \
        even[r] = _mm256_add_epi64(_mm512_castsi512_si256(x),               \
                                   _mm256_maskz_loadu_epi64(last, c));      \
        odd[r] = _mm256_add_epi64(_mm512_extracti64x4_epi64(x, 1),          \
                                  _mm256_maskz_loadu_epi64(last, c + ldc)); \
    }
#define PUT_TWO(i)                             \
    _mm512_storeu_si512(C + i * ldc, z[i][0]); \
    _mm512_storeu_si512(C + i * ldc + 8, z[i][1]);
#define PUT_HALF(r)                                                \
    _mm256_mask_storeu_epi64(C + 2 * r * ldc + 16, last, even[r]); \
    _mm256_mask_storeu_epi64(C + (2 * r + 1) * ldc + 16, last, odd[r]);
    EACH_ROW(TAKE_TWO)
    TAKE_HALF(0)
    TAKE_HALF(1)
    TAKE_HALF(2)
    TAKE_HALF(3)
    EACH_ROW(PUT_TWO) PUT_HALF(0) PUT_HALF(1) PUT_HALF(2) PUT_HALF(3)
}

/* The first `mv` rows and `nv` vectors of columns, with `half` four columns
 * more; all are constants in each copy, so that the sums stay in registers. */
static inline ALWAYS void tile(size_t kc, const uint64_t *A, const uint64_t *B,
                               uint64_t *C, size_t ldc, size_t m, size_t n,
                               const size_t mv, const size_t nv, const int half)
{
    const __mmask8 last = (__mmask8)(half ? 0xff : 0xff >> (8 * nv - n));
    const __mmask8 rest = (__mmask8)(half ? 0xf >> (8 * nv + 4 - n) : 0);
    const __m512i twice = _mm512_setr_epi64(0, 0, 1, 1, 2, 2, 3, 3);
    const __m512i apart = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    __m512i z[MR][NV], h[MR / 2];
    __m256i even[MR / 2], odd[MR / 2];

    /* The product takes long enough for C to arrive meanwhile. */
    for (size_t i = 0; i < mv; i++)
        for (size_t j = 0; j < nv + (half != 0); j++)
            __builtin_prefetch(C + i * ldc + 8 * j, 1);
    for (size_t i = 0; i < mv; i++)
        for (size_t j = 0; j < nv; j++)
            z[i][j] = _mm512_setzero_si512();
    for (size_t i = 0; half && i < mv / 2; i++)
        h[i] = _mm512_setzero_si512();
    for (; kc != 0; kc -= 2, A += 2 * MR, B += 2 * NR) {
        __m512i b0[NV], b1[NV];

        for (size_t j = 0; j < nv; j++) {
            b0[j] = _mm512_load_si512(B + 8 * j);
            b1[j] = _mm512_load_si512(B + NR + 8 * j);
        }
        for (size_t i = 0; nv != 0 && i < mv; i++) {
            const __m512i a0 = _mm512_set1_epi64((long long)A[i]);
            const __m512i a1 = _mm512_set1_epi64((long long)A[MR + i]);

            for (size_t j = 0; j < nv; j++)
                z[i][j] = _mm512_add_epi64(
                    z[i][j], _mm512_mullo_epi64(_mm512_add_epi64(a0, b1[j]),
                                                _mm512_add_epi64(a1, b0[j])));
        }
        if (half) {
            const __m512i c0 = each_twice(B + 8 * nv, twice);
            const __m512i c1 = each_twice(B + NR + 8 * nv, twice);

            for (size_t i = 0; i < mv / 2; i++) {
                const __m512i a0 = two_rows(A + 2 * i);
                const __m512i a1 = two_rows(A + MR + 2 * i);

                h[i] = _mm512_add_epi64(
                    h[i], _mm512_mullo_epi64(_mm512_add_epi64(a0, c1),
                                             _mm512_add_epi64(a1, c0)));
            }
        }
    }
    /* A and B now stand at the rows of pair sums. All of C is read before any
     * of it is written: a load that follows a masked store to the same 64
     * bytes waits for it, whatever the mask. */
    for (size_t i = 0; i < mv; i++) {
        const __m512i a = _mm512_set1_epi64((long long)A[i]);

        if (i < m)
            for (size_t j = 0; j < nv; j++)
                z[i][j] = _mm512_add_epi64(
                    _mm512_sub_epi64(
                        z[i][j],
                        _mm512_add_epi64(a, _mm512_load_si512(B + 8 * j))),
                    _mm512_maskz_loadu_epi64(j + 1 < nv ? 0xff : last,
                                             C + i * ldc + 8 * j));
    }
    for (size_t i = 0; half && i < mv / 2; i++) {
        const __m512i x = _mm512_permutexvar_epi64(
            apart, _mm512_sub_epi64(
                       h[i], _mm512_add_epi64(two_rows(A + 2 * i),
                                              each_twice(B + 8 * nv, twice))));
        const uint64_t *c = C + 2 * i * ldc + 8 * nv;

        if (2 * i < m)
            even[i] = _mm256_add_epi64(_mm512_castsi512_si256(x),
                                       _mm256_maskz_loadu_epi64(rest, c));
        if (2 * i + 1 < m)
            odd[i] = _mm256_add_epi64(_mm512_extracti64x4_epi64(x, 1),
                                      _mm256_maskz_loadu_epi64(rest, c + ldc));
    }
    for (size_t i = 0; i < mv; i++)
        if (i < m)
            for (size_t j = 0; j < nv; j++)
                _mm512_mask_storeu_epi64(C + i * ldc + 8 * j,
                                         j + 1 < nv ? 0xff : last, z[i][j]);
    for (size_t i = 0; half && i < mv; i++)
        if (i < m)
            _mm256_mask_storeu_epi64(C + i * ldc + 8 * nv, rest,
                                     i % 2 == 0 ? even[i / 2] : odd[i / 2]);
}

static inline ALWAYS void rows(size_t kc, const uint64_t *A, const uint64_t *B,
                               uint64_t *C, size_t ldc, size_t m, size_t n,
                               const size_t mv)
{
    const int halves = mv == MR; /* else not worth their code */

    if (n > 20 || (n > 16 && !halves))
        tile(kc, A, B, C, ldc, m, n, mv, 3, 0);
    else if (n > 16)
        tile(kc, A, B, C, ldc, m, n, mv, 2, halves);
    else if (n > 12 || (n > 8 && !halves))
        tile(kc, A, B, C, ldc, m, n, mv, 2, 0);
    else if (n > 8)
        tile(kc, A, B, C, ldc, m, n, mv, 1, halves);
    else if (n > 4 || !halves)
        tile(kc, A, B, C, ldc, m, n, mv, 1, 0);
    else
        tile(kc, A, B, C, ldc, m, n, mv, 0, halves);
}

TRI_DECL_GEMM(tri_gemm_avx512)
{
    if (m == MR && n > NR - 4 && kc != 0)
        whole_tile(kc, A, B, C, ldc, n);
    else if (m == MR && n > NR - 8 && kc != 0)
        narrow_tile(kc, A, B, C, ldc, n);
    else if (m > 4)
        rows(kc, A, B, C, ldc, m, n, 8);
    else if (m > 2)
        rows(kc, A, B, C, ldc, m, n, 4);
    else
        rows(kc, A, B, C, ldc, m, n, 2);
}

TRI_DECL_PAIRS(tri_pairs_avx512)
{
    for (size_t i = 0; i < w; i += 8) {
        __m512i z = _mm512_setzero_si512();

        for (size_t k = 0; k < kc; k += 2)
            z = _mm512_add_epi64(
                z, _mm512_mullo_epi64(_mm512_load_si512(P + k * w + i),
                                      _mm512_load_si512(P + (k + 1) * w + i)));
        _mm512_store_si512(P + kc * w + i, z);
    }
}

/* Rows i < n are x[off[i]...]: 8 x 8 words a step, edges under masks. */
static __attribute__((noinline)) void transpose(uint64_t *P, size_t w,
                                                const uint64_t *x,
                                                const size_t *off, size_t n,
                                                size_t start, size_t len)
{
    const __mmask8 mn = (__mmask8)(0xff >> (8 - n));

    for (size_t t = 0; t < len; t += 8) {
        const size_t nt = len - t < 8 ? len - t : 8;
        const __mmask8 mt = (__mmask8)(0xff >> (8 - nt));
        __m512i a[8], b[8];

        for (size_t i = 0; i < 8; i++)
            a[i] = i < n
                       ? _mm512_maskz_loadu_epi64(mt, x + (off[i] + start + t))
                       : _mm512_setzero_si512();
        for (size_t i = 0; i < 8; i += 2) {
            b[i] = _mm512_unpacklo_epi64(a[i], a[i + 1]);
            b[i + 1] = _mm512_unpackhi_epi64(a[i], a[i + 1]);
        }
        /* b[i]: columns 0 2 4 6 (i even) or 1 3 5 7 of two rows */
        for (size_t i = 0; i < 2; i++) {
            a[i] = _mm512_shuffle_i64x2(b[i], b[i + 2], 0x88);
            a[i + 2] = _mm512_shuffle_i64x2(b[i], b[i + 2], 0xdd);
            a[i + 4] = _mm512_shuffle_i64x2(b[i + 4], b[i + 6], 0x88);
            a[i + 6] = _mm512_shuffle_i64x2(b[i + 4], b[i + 6], 0xdd);
        }
        for (size_t i = 0; i < 4; i++) {
            b[i] = _mm512_shuffle_i64x2(a[i], a[i + 4], 0x88);
            b[i + 4] = _mm512_shuffle_i64x2(a[i], a[i + 4], 0xdd);
        }
        for (size_t i = 0; i < 8; i++)
            if (i < nt)
                _mm512_mask_storeu_epi64(P + (t + i) * w, mn, b[i]);
    }
}

/* Rows that lie side by side: a mask of them, and where row 0 would be. */
struct stretch {
    size_t at;
    __mmask8 rows;
};

/* Cuts n <= 8 rows into as few stretches as there are. */
static inline size_t stretches(struct stretch s[8], const size_t *off, size_t n)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == 0 || off[i] - i != s[k - 1].at)
            s[k++] = (struct stretch){ off[i] - i, 0 };
        s[k - 1].rows |= (__mmask8)(1u << i);
    }
    return k;
}

static inline int adjacent(const size_t *off, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (off[i] != off[0] + i)
            return 0;
    return 1;
}

/* Words of a page, where the processor's own prefetching stops. */
enum { PAGE = 512 };

/* All rows lie side by side: memory is read in its order. */
static void copy_rows(uint64_t *P, size_t w, const uint64_t *x, size_t off,
                      size_t rows, struct tri_weave v)
{
    const __mmask8 last = (__mmask8)(0xff >> (7 - (rows - 1) % 8));

    if (rows <= 8) {
        for (size_t r = 0; r < v.runs; r++) {
            const uint64_t *from = x + (off + v.start + r * v.skip);

            for (size_t t = 0; t < v.len; t++, from += v.step, P += w)
                _mm512_mask_storeu_epi64(P, last,
                                         _mm512_maskz_loadu_epi64(last, from));
        }
        return;
    }
    for (size_t r = 0; r < v.runs; r++) {
        const uint64_t *from = x + (off + v.start + r * v.skip);

        for (size_t t = 0; t < v.len; t++, from += v.step, P += w) {
            size_t i = 0;

            for (; i + 8 < rows; i += 8) {
                __builtin_prefetch(from + i + PAGE);
                _mm512_storeu_si512(P + i, _mm512_loadu_si512(from + i));
            }
            _mm512_mask_storeu_epi64(P + i, last,
                                     _mm512_maskz_loadu_epi64(last, from + i));
        }
    }
}

/* Stands before x where a mask hides the words there. */
static inline const void *word(const uint64_t *x, size_t at)
{
    return (const void *)((uintptr_t)x + at * sizeof *x);
}

/* One masked load for each of `k` stretches, a constant in each copy. */
static inline ALWAYS void gather_rows(uint64_t *P, size_t w, const uint64_t *x,
                                      const struct stretch *s, size_t k,
                                      size_t n, struct tri_weave v)
{
    const __mmask8 all = (__mmask8)(0xff >> (8 - n));

    for (size_t r = 0; r < v.runs; r++) {
        size_t at = v.start + r * v.skip;

        for (size_t t = 0; t < v.len; t++, at += v.step, P += w) {
            __m512i z =
                _mm512_maskz_loadu_epi64(s[0].rows, word(x, s[0].at + at));

            for (size_t i = 1; i < k; i++)
                z = _mm512_mask_loadu_epi64(z, s[i].rows,
                                            word(x, s[i].at + at));
            _mm512_mask_storeu_epi64(P, all, z);
        }
    }
}

/* Eight rows a step: loaded by stretches where those are few or words of a row
 * lie apart, else transposed. */
TRI_DECL_WEAVE(tri_weave_avx512)
{
    struct stretch s[8];

    if (rows != 0 && adjacent(off, rows)) {
        copy_rows(P, w, x, off[0], rows, *v);
        return;
    }
    for (size_t i = 0; i < rows; i += 8) {
        const size_t n = rows - i < 8 ? rows - i : 8;
        const size_t k = stretches(s, off + i, n);

        if (k == 1)
            gather_rows(P + i, w, x, s, 1, n, *v);
        else if (k == 2)
            gather_rows(P + i, w, x, s, 2, n, *v);
        else if (k == 3)
            gather_rows(P + i, w, x, s, 3, n, *v);
        else if (v->step != 1)
            gather_rows(P + i, w, x, s, k, n, *v);
        else
            for (size_t r = 0; r < v->runs; r++)
                transpose(P + i + r * v->len * w, w, x, off + i, n,
                          v->start + r * v->skip, v->len);
    }
}
