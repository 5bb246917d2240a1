/* Built with AVX-512 F, BW, DQ, VL (see Makefile); reached only through the
 * kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

/* Tile sizes must be constants in the loops, whatever the compiler prefers. */
#define ALWAYS __attribute__((always_inline))

/*
 * vpmullq is three operations on the two ports that take 512 bits, so a
 * multiply-add of 8 lanes costs 4 of them; in pairs (arch/kernels.h) two cost
 * 6. 8 x 3 vectors of sums, 6 vectors of B and the two factors fill the 32
 * registers; A is broadcast by the additions themselves.
 */
enum { MR = 8, NV = 3, NR = 8 * NV };

/* The first `mv` rows and `nv` vectors of columns; both are constants in each
 * copy, so that the sums stay in registers. */
static inline ALWAYS void tile(size_t kc, const uint64_t *A, const uint64_t *B,
                               uint64_t *C, size_t ldc, size_t m, size_t n,
                               const size_t mv, const size_t nv)
{
    const __mmask8 last = (__mmask8)(0xff >> (8 * nv - n));
    __m512i z[MR][NV];

    /* The product takes long enough for C to arrive meanwhile. */
    for (size_t i = 0; i < mv; i++)
        for (size_t j = 0; j < nv; j++)
            __builtin_prefetch(C + i * ldc + 8 * j, 1);
    for (size_t i = 0; i < mv; i++)
        for (size_t j = 0; j < nv; j++)
            z[i][j] = _mm512_setzero_si512();
    for (; kc != 0; kc -= 2, A += 2 * MR, B += 2 * NR) {
        __m512i b0[NV], b1[NV];

        for (size_t j = 0; j < nv; j++) {
            b0[j] = _mm512_load_si512(B + 8 * j);
            b1[j] = _mm512_load_si512(B + NR + 8 * j);
        }
        for (size_t i = 0; i < mv; i++) {
            const __m512i a0 = _mm512_set1_epi64((long long)A[i]);
            const __m512i a1 = _mm512_set1_epi64((long long)A[MR + i]);

            for (size_t j = 0; j < nv; j++)
                z[i][j] = _mm512_add_epi64(
                    z[i][j], _mm512_mullo_epi64(_mm512_add_epi64(a0, b1[j]),
                                                _mm512_add_epi64(a1, b0[j])));
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
    for (size_t i = 0; i < mv; i++)
        if (i < m)
            for (size_t j = 0; j < nv; j++)
                _mm512_mask_storeu_epi64(C + i * ldc + 8 * j,
                                         j + 1 < nv ? 0xff : last, z[i][j]);
}

static inline ALWAYS void rows(size_t kc, const uint64_t *A, const uint64_t *B,
                               uint64_t *C, size_t ldc, size_t m, size_t n,
                               const size_t mv)
{
    if (n > 16)
        tile(kc, A, B, C, ldc, m, n, mv, 3);
    else if (n > 8)
        tile(kc, A, B, C, ldc, m, n, mv, 2);
    else
        tile(kc, A, B, C, ldc, m, n, mv, 1);
}

TRI_DECL_GEMM(tri_gemm_avx512)
{
    if (m > 4)
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

static inline int adjacent(const size_t *off, size_t n)
{
    size_t apart = 0;

    for (size_t i = 1; i < n; i++)
        apart |= off[i] - off[0] - i;
    return apart == 0;
}

/* All rows lie side by side: memory is read in its order. */
static void copy_rows(uint64_t *P, size_t w, const uint64_t *x, size_t off,
                      size_t rows, const struct tri_weave *v)
{
    const __mmask8 last = (__mmask8)(0xff >> (7 - (rows - 1) % 8));

    for (size_t r = 0; r < v->runs; r++) {
        const uint64_t *from = x + (off + v->start + r * v->skip);

        for (size_t t = 0; t < v->len; t++, from += v->step, P += w) {
            size_t i = 0;

            for (; i + 8 < rows; i += 8)
                _mm512_storeu_si512(P + i, _mm512_loadu_si512(from + i));
            _mm512_mask_storeu_epi64(P + i, last,
                                     _mm512_maskz_loadu_epi64(last, from + i));
        }
    }
}

/* Eight rows a step: copied where they lie side by side, else transposed. */
TRI_DECL_WEAVE(tri_weave_avx512)
{
    if (rows != 0 && adjacent(off, rows)) {
        copy_rows(P, w, x, off[0], rows, v);
        return;
    }
    for (size_t i = 0; i < rows; i += 8) {
        const size_t n = rows - i < 8 ? rows - i : 8;
        const __mmask8 m = (__mmask8)(0xff >> (8 - n));
        const int copy = adjacent(off + i, n);
        uint64_t *p = P + i;

        if (!copy && v->step != 1) {
            tri_weave_ref(p, w, x, off + i, n, v);
            continue;
        }
        for (size_t r = 0; r < v->runs; r++, p += copy ? 0 : v->len * w) {
            const size_t start = v->start + r * v->skip;
            const uint64_t *from = x + (off[i] + start);

            if (!copy)
                transpose(p, w, x, off + i, n, start, v->len);
            else
                for (size_t t = 0; t < v->len; t++, from += v->step, p += w)
                    _mm512_mask_storeu_epi64(p, m,
                                             _mm512_maskz_loadu_epi64(m, from));
        }
    }
}
