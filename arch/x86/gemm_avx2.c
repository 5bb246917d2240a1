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
 * instead of 10. Eight vectors of sums in two registers each are all the
 * registers there are: the factors come from memory, whose ports have room.
 */
enum { MR = 4, NV = 2, NR = 4 * NV };

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

/* One or two vectors of columns; `nv` is a constant in each copy. */
static inline ALWAYS void tile(size_t kc, const uint64_t *A, const uint64_t *B,
                               uint64_t *C, size_t ldc, size_t m, size_t n,
                               const size_t nv)
{
    struct sum z[MR][NV];
    uint64_t part[NR];

    for (size_t i = 0; i < MR; i++)
        for (size_t j = 0; j < nv; j++)
            z[i][j] = zero();
    for (; kc != 0; kc -= 2, A += 2 * MR, B += 2 * NR)
        for (size_t i = 0; i < MR; i++) {
            const __m256i a0 = broadcast(A + i), a1 = broadcast(A + MR + i);

            for (size_t j = 0; j < nv; j++)
                muladd(&z[i][j], _mm256_add_epi64(a0, load(B + NR + 4 * j)),
                       _mm256_add_epi64(a1, load(B + 4 * j)));
        }
    /* A and B now stand at the rows of pair sums. */
    for (size_t i = 0; i < MR; i++) {
        uint64_t *c = C + i * ldc;

        if (i >= m)
            break;

        for (size_t j = 0; j < nv; j++) {
            const __m256i ab = _mm256_sub_epi64(
                fold(z[i][j]),
                _mm256_add_epi64(broadcast(A + i), load(B + 4 * j)));

            if (4 * j + 4 <= n)
                store(c + 4 * j, _mm256_add_epi64(load(c + 4 * j), ab));
            else
                store(part + 4 * j, ab);
        }
        for (size_t j = n / 4 * 4; j < n; j++)
            c[j] += part[j];
    }
}

TRI_DECL_GEMM(tri_gemm_avx2)
{
    if (n > 4)
        tile(kc, A, B, C, ldc, m, n, 2);
    else
        tile(kc, A, B, C, ldc, m, n, 1);
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

static inline int adjacent4(const size_t *off)
{
    return off[1] == off[0] + 1 && off[2] == off[0] + 2 && off[3] == off[0] + 3;
}

/* Rows that lie side by side are copied, 4 words a step; pairs of others are
 * transposed, 2 x 2 words a step; what is left goes to the reference. */
TRI_DECL_WEAVE(tri_weave_avx2)
{
    size_t i = 0, n;

    for (; i + 2 <= rows; i += n) {
        uint64_t *p = P + i;

        n = i + 4 <= rows && adjacent4(off + i) ? 4 : 2;
        if (n == 2 && v->step != 1) {
            tri_weave_ref(p, w, x, off + i, 2, v);
            continue;
        }
        for (size_t r = 0; r < v->runs; r++) {
            const size_t start = v->start + r * v->skip;
            const uint64_t *a = x + (off[i] + start);
            const uint64_t *b = x + (off[i + 1] + start);
            size_t t = 0;

            for (; n == 4 && t < v->len; t++, p += w)
                store(p, load(a + t * v->step));
            for (; t + 2 <= v->len; t += 2, p += 2 * w) {
                const __m128i va = _mm_loadu_si128((const __m128i *)(a + t));
                const __m128i vb = _mm_loadu_si128((const __m128i *)(b + t));

                _mm_storeu_si128((__m128i *)p, _mm_unpacklo_epi64(va, vb));
                _mm_storeu_si128((__m128i *)(p + w),
                                 _mm_unpackhi_epi64(va, vb));
            }
            if (t < v->len) {
                p[0] = a[t];
                p[1] = b[t];
                p += w;
            }
        }
    }
    if (i < rows)
        tri_weave_ref(P + i, w, x, off + i, rows - i, v);
}
