/* Built with -mavx2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

/* Tile sizes must be constants in the loops, whatever the compiler prefers. */
#define ALWAYS __attribute__((always_inline))

/*
 * AVX2 multiplies 32 bits at most. With s = sh:sl and t = th:tl the low word
 * of s*t is sl*tl + ((sh*tl + sl*th) << 32). One vpmuludq gives sl*tl and one
 * vpmulld of s with the halves of t swapped gives both cross products modulo
 * 2^32, which is all that is left of them after the shift. The two are summed
 * apart, and the cross sums folded and shifted once at the end.
 *
 * In pairs (arch/kernels.h) two multiply-adds of 4 lanes take 8 operations
 * instead of 10, on three ports. One row of A at a time by five vectors of
 * columns leaves room for both factors of the row: B comes from memory as an
 * operand of the additions, so that nothing is loaded by an instruction of its
 * own but A's two words. What counts is that: four instructions can start in a
 * cycle, and fewer where a neighbour uses the same core.
 */
enum { MR = 8, NV = 5, NR = 4 * NV };

struct sum {
    __m256i low, cross;
};

static inline __m256i load(const uint64_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

static inline void store(uint64_t *p, __m256i v)
{
    _mm256_storeu_si256((__m256i *)p, v);
}

static inline __m256i broadcast(const uint64_t *p)
{
    return _mm256_set1_epi64x((long long)*p);
}

static inline struct sum zero(void)
{
    return (struct sum){ _mm256_setzero_si256(), _mm256_setzero_si256() };
}

static inline void muladd(struct sum *z, __m256i s, __m256i t)
{
    const __m256i swapped = _mm256_shuffle_epi32(t, 0xb1);

    z->low = _mm256_add_epi64(z->low, _mm256_mul_epu32(s, t));
    z->cross = _mm256_add_epi32(z->cross, _mm256_mullo_epi32(s, swapped));
}

static inline __m256i fold(struct sum z)
{
    const __m256i cross =
        _mm256_add_epi64(z.cross, _mm256_srli_epi64(z.cross, 32));

    return _mm256_add_epi64(z.low, _mm256_slli_epi64(cross, 32));
}

#define ZERO(z) "vpxor %[" z "], %[" z "], %[" z "]\n\t"

/* Two pairs of the inner side end in the sums low and cross of one vector of
 * columns: low, cross += (a0 + b1) * (a1 + b0). a0 and a1 are registers, b0 and
 * b1 places from B. */
#define MULADD_PAIR(low, cross, b0, b1)       \
    "vpaddq " b1 "(%[B]), %[a0], %[s]\n\t"    \
    "vpaddq " b0 "(%[B]), %[a1], %[t]\n\t"    \
    "vpshufd $0xb1, %[t], %[u]\n\t"           \
    "vpmuludq %[s], %[t], %[t]\n\t"           \
    "vpmulld %[s], %[u], %[u]\n\t"            \
    "vpaddq %[t], %[" low "], %[" low "]\n\t" \
    "vpaddd %[u], %[" cross "], %[" cross "]\n\t"

/* One row of A and all of NR columns. Written out, as the compilers keep sums
 * in memory. kc > 0. */
static inline ALWAYS void full_row(size_t kc, const uint64_t *A,
                                   const uint64_t *B, struct sum z[NV])
{
    __m256i a0, a1, s, t, u;

    /* clang-format off */
    __asm__(ZERO("l0") ZERO("l1") ZERO("l2") ZERO("l3") ZERO("l4")
            ZERO("c0") ZERO("c1") ZERO("c2") ZERO("c3") ZERO("c4")
            ".p2align 5\n"
            "1:\n\t"
            "vpbroadcastq (%[A]), %[a0]\n\t"
            "vpbroadcastq 64(%[A]), %[a1]\n\t"
            MULADD_PAIR("l0", "c0", "0", "160")
            MULADD_PAIR("l1", "c1", "32", "192")
            MULADD_PAIR("l2", "c2", "64", "224")
            MULADD_PAIR("l3", "c3", "96", "256")
            MULADD_PAIR("l4", "c4", "128", "288")
            "sub $-128, %[A]\n\t"
            "add $320, %[B]\n\t"
            "sub $2, %[kc]\n\t"
            "jne 1b\n\t"
            : [a0] "=&x"(a0), [a1] "=&x"(a1),
              [s] "=&x"(s), [t] "=&x"(t), [u] "=&x"(u),
              [l0] "=&x"(z[0].low), [l1] "=&x"(z[1].low),
              [l2] "=&x"(z[2].low), [l3] "=&x"(z[3].low),
              [l4] "=&x"(z[4].low),
              [c0] "=&x"(z[0].cross), [c1] "=&x"(z[1].cross),
              [c2] "=&x"(z[2].cross), [c3] "=&x"(z[3].cross),
              [c4] "=&x"(z[4].cross),
              [A] "+&r"(A), [B] "+&r"(B), [kc] "+&r"(kc)
            :
            : "memory", "cc");
    /* clang-format on */
}

/* C [n] += one row of sums. a and B are the row's and the columns' sums over
 * pairs. */
static inline ALWAYS void finish(uint64_t *C, const struct sum z[NV],
                                 const uint64_t *a, const uint64_t *B, size_t n,
                                 const size_t nv)
{
    uint64_t part[4];

    for (size_t j = 0; j < nv; j++) {
        const __m256i ab = _mm256_sub_epi64(
            fold(z[j]), _mm256_add_epi64(broadcast(a), load(B + 4 * j)));

        if (j + 1 < nv || n == 4 * nv)
            store(C + 4 * j, _mm256_add_epi64(load(C + 4 * j), ab));
        else
            store(part, ab);
    }
    for (size_t l = n / 4 * 4; l < n; l++)
        C[l] += part[l % 4];
}

/* One row and three to five vectors of columns; `nv` is a constant in each
 * copy, here and below. */
static inline ALWAYS void one_row(size_t kc, const uint64_t *A,
                                  const uint64_t *B, uint64_t *C, size_t n,
                                  const size_t nv)
{
    struct sum z[NV];

    for (size_t j = 0; j < nv; j++)
        z[j] = zero();
    if (nv == NV && kc != 0) {
        full_row(kc, A, B, z);
        A += kc * MR;
        B += kc * NR;
        kc = 0;
    }
    for (; kc != 0; kc -= 2, A += 2 * MR, B += 2 * NR) {
        const __m256i a = broadcast(A), b = broadcast(A + MR);

        for (size_t j = 0; j < nv; j++)
            muladd(&z[j], _mm256_add_epi64(a, load(B + NR + 4 * j)),
                   _mm256_add_epi64(b, load(B + 4 * j)));
    }
    /* A and B now stand at the rows of pair sums. */
    finish(C, z, A, B, n, nv);
}

/* Two rows and one or two vectors, which alone would leave registers idle. The
 * second row of A is there, but goes to C only if m is 2 or more. */
static inline ALWAYS void two_rows(size_t kc, const uint64_t *A,
                                   const uint64_t *B, uint64_t *C, size_t ldc,
                                   size_t m, size_t n, const size_t nv)
{
    struct sum z0[NV], z1[NV];

    for (size_t j = 0; j < nv; j++)
        z0[j] = z1[j] = zero();
    for (; kc != 0; kc -= 2, A += 2 * MR, B += 2 * NR) {
        const __m256i a = broadcast(A), b = broadcast(A + MR);
        const __m256i c = broadcast(A + 1), d = broadcast(A + MR + 1);

        for (size_t j = 0; j < nv; j++) {
            const __m256i b0 = load(B + 4 * j), b1 = load(B + NR + 4 * j);

            muladd(&z0[j], _mm256_add_epi64(a, b1), _mm256_add_epi64(b, b0));
            muladd(&z1[j], _mm256_add_epi64(c, b1), _mm256_add_epi64(d, b0));
        }
    }
    finish(C, z0, A, B, n, nv);
    if (m > 1)
        finish(C + ldc, z1, A + 1, B, n, nv);
}

static inline ALWAYS void rows(size_t kc, const uint64_t *A, const uint64_t *B,
                               uint64_t *C, size_t ldc, size_t m, size_t n,
                               const size_t nv)
{
    if (nv > 2)
        for (size_t i = 0; i < m; i++)
            one_row(kc, A + i, B, C + i * ldc, n, nv);
    else
        for (size_t i = 0; i < m; i += 2)
            two_rows(kc, A + i, B, C + i * ldc, ldc, m - i, n, nv);
}

TRI_DECL_GEMM(tri_gemm_avx2)
{
    if (n > 16)
        rows(kc, A, B, C, ldc, m, n, 5);
    else if (n > 12)
        rows(kc, A, B, C, ldc, m, n, 4);
    else if (n > 8)
        rows(kc, A, B, C, ldc, m, n, 3);
    else if (n > 4)
        rows(kc, A, B, C, ldc, m, n, 2);
    else
        rows(kc, A, B, C, ldc, m, n, 1);
}

TRI_DECL_PAIRS(tri_pairs_avx2)
{
    size_t i = 0;

    for (; i + 4 <= w; i += 4) {
        struct sum z = zero();

        for (size_t k = 0; k < kc; k += 2)
            muladd(&z, load(P + k * w + i), load(P + (k + 1) * w + i));
        store(P + kc * w + i, fold(z));
    }
    for (; i < w; i++) {
        uint64_t sum = 0;

        for (size_t k = 0; k < kc; k += 2)
            sum += P[k * w + i] * P[(k + 1) * w + i];
        P[kc * w + i] = sum;
    }
}

static inline int adjacent(const size_t *off, size_t n)
{
    size_t apart = 0;

    for (size_t i = 1; i < n; i++)
        apart |= off[i] - off[0] - i;
    return apart == 0;
}

/* All rows lie side by side: memory is read in its order. */
static void copy_rows(uint64_t *P, size_t w, const uint64_t *x, size_t off,
                      size_t rows, struct tri_weave v)
{
    for (size_t r = 0; r < v.runs; r++) {
        const uint64_t *from = x + (off + v.start + r * v.skip);

        for (size_t t = 0; t < v.len; t++, from += v.step, P += w) {
            size_t i = 0;

            for (; i + 4 <= rows; i += 4)
                store(P + i, load(from + i));
            for (; i < rows; i++)
                P[i] = from[i];
        }
    }
}

/* Words of rows 0 and 1 in the lower half, of rows 2 and 3 in the upper. */
static inline __m256i halves(const uint64_t *low, const uint64_t *high)
{
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low)),
        _mm_loadu_si128((const __m128i *)high), 1);
}

/* Rows i < 4 are a[i][0..len): 4 x 4 words a step. */
static inline void transpose4(uint64_t *P, size_t w, const uint64_t *const a[4],
                              size_t len)
{
    size_t t = 0;

    for (; t + 2 <= len; t += 2, P += 2 * w) {
        const __m256i even = halves(a[0] + t, a[2] + t);
        const __m256i odd = halves(a[1] + t, a[3] + t);

        store(P, _mm256_unpacklo_epi64(even, odd));
        store(P + w, _mm256_unpackhi_epi64(even, odd));
    }
    if (t < len)
        for (size_t i = 0; i < 4; i++)
            P[i] = a[i][t];
}

/* Stands before x where a mask hides the words there. */
static inline const long long *word(const uint64_t *x, size_t at)
{
    return (const long long *)((uintptr_t)x + at * sizeof *x);
}

/* Four rows whose words lie apart: a masked load for each stretch of rows side
 * by side. */
static void gather4(uint64_t *P, size_t w, const uint64_t *x, const size_t *off,
                    struct tri_weave v)
{
    _Alignas(32) int64_t rows[4][4] = { { 0 } };
    size_t at[4], k = 0;

    for (size_t i = 0; i < 4; i++) {
        if (i == 0 || off[i] - i != at[k - 1])
            at[k++] = off[i] - i;
        rows[k - 1][i] = -1;
    }
    for (size_t r = 0; r < v.runs; r++) {
        size_t from = v.start + r * v.skip;

        for (size_t t = 0; t < v.len; t++, from += v.step, P += w) {
            __m256i z = _mm256_setzero_si256();

            for (size_t i = 0; i < k; i++)
                z = _mm256_or_si256(
                    z, _mm256_maskload_epi64(
                           word(x, at[i] + from),
                           _mm256_load_si256((const __m256i *)rows[i])));
            store(P, z);
        }
    }
}

/* Rows side by side are copied, four others a step transposed; what is left
 * goes to the reference. */
TRI_DECL_WEAVE(tri_weave_avx2)
{
    size_t i = 0;

    if (rows != 0 && adjacent(off, rows)) {
        copy_rows(P, w, x, off[0], rows, *v);
        return;
    }
    for (; i + 4 <= rows; i += 4) {
        if (adjacent(off + i, 4)) {
            copy_rows(P + i, w, x, off[i], 4, *v);
        } else if (v->step == 1) {
            for (size_t r = 0; r < v->runs; r++) {
                const size_t start = v->start + r * v->skip;
                const uint64_t *const a[4] = { x + (start + off[i]),
                                               x + (start + off[i + 1]),
                                               x + (start + off[i + 2]),
                                               x + (start + off[i + 3]) };

                transpose4(P + i + r * v->len * w, w, a, v->len);
            }
        } else {
            gather4(P + i, w, x, off + i, *v);
        }
    }
    if (i < rows)
        tri_weave_ref(P + i, w, x, off + i, rows - i, v);
}
