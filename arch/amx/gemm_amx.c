/* Built with AVX-512 flags and EXPERIMENTAL=1 only (see Makefile): it has run
 * on the model of the instructions that the tests include first, never on a CPU
 * that has them. Reached only through the kernel table. */
#if !defined(TRI_AMX_MODEL) || defined(__AVX512F__)
#include <immintrin.h>
#endif
#include "arch/kernels.h"

/*
 * AMX multiplies bytes: TDPBUUD adds to each of 16 x 16 sums of 32 bits the
 * inner product of 64 unsigned bytes. With words cut into bytes, a = the sum of
 * a_i * 2^8i, the product modulo 2^64 is
 *
 *   the sum over d < 8 of 2^8d * D_d,   D_d = the sum over i + j = d of
 * a_i*b_j:
 *
 * 36 products of bytes instead of 64. D_d is summed over the inner side in 32
 * bits. For d >= 4 only its low half reaches the result, so that it may
 * overflow; for d <= 3 at most 4 products of 255^2 are added for each inner
 * element, which is exact for inner sizes up to 2^32 / (4 * 255^2) = 16512.
 *
 * A tile is 16 rows of 64 bytes: of one byte position of A, 16 rows by 64 inner
 * elements; of B, 16 groups of 4 inner elements by 16 columns. There are eight.
 * A product takes 16 cycles, but the sum it adds to is ready only after 52
 * (Intel 64 and IA-32 Architectures Optimization Reference Manual, on AMX), so
 * four sums are kept in turn: D_d and D_d-1, each for two blocks of 16 rows.
 * For each a_i they need b_d-i and b_d-1-i, of which the first is there from
 * the step before. That takes 60 loads of 8 cycles, on another port, for 72
 * products of 16, from panels of 32 and 16 KB: products are the limit, and for
 * 64 inner elements there are
 *
 *   72 * 16 cycles for 32 * 16 * 64 multiply-adds: 28.4 a cycle.
 *
 * With kc = 128, storing 16 tiles and recombining takes some 400 cycles of
 * other units for each 2304 of products.
 */
enum { SIDE = 16, INNER = 64, LIMBS = 8, TILE_WORDS = 128, ROWS = 2 * SIDE };

#ifndef TRI_AMX_MODEL
#define TILE_CONFIG(p) __asm__ volatile("ldtilecfg (%0)" ::"r"(p) : "memory")
#define TILE_RELEASE() __asm__ volatile("tilerelease" ::: "memory")
#define TILE_ZERO(t)   __asm__ volatile("tilezero %%tmm" #t ::: "memory")
#define TILE_LOAD(t, p)                                                        \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #t ::"r"(p), "r"((size_t)64) \
                     : "memory")
#define TILE_STORE(p, t)                                           \
    __asm__ volatile("tilestored %%tmm" #t ", (%0,%1,1)" ::"r"(p), \
                     "r"((size_t)64)                               \
                     : "memory")
/* c += a * b */
#define TILE_DPBUUD(c, a, b)                                         \
    __asm__ volatile("tdpbuud %%tmm" #b ", %%tmm" #a ", %%tmm" #c :: \
                         : "memor"                                   \
                           "y")
#endif

/* All eight tiles: 16 rows of 64 bytes, as LDTILECFG reads them. */
static const struct {
    uint8_t palette, start_row, zero[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} config = {
    .palette = 1,
    .bytes = { 64, 64, 64, 64, 64, 64, 64, 64 },
    .rows = { 16, 16, 16, 16, 16, 16, 16, 16 },
};

TRI_DECL_GEMM_TURN(tri_gemm_begin_amx)
{
    TILE_CONFIG(&config);
}

TRI_DECL_GEMM_TURN(tri_gemm_end_amx)
{
    TILE_RELEASE();
}

/* D_d and D_d-1 of both blocks of rows, d = 1, 3, 5 or 7: tiles 0, 1 and 2, 3.
 * a_i is in tiles 4 and 5, b_j in 6 or 7. */
static void two_sums(const uint64_t *a, const uint64_t *b, size_t chunks,
                     size_t d, uint32_t high[ROWS][SIDE],
                     uint32_t low[ROWS][SIDE])
{
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
    TILE_ZERO(3);
    for (; chunks != 0; chunks--) {
        const uint64_t *x = a, *y = b + d * TILE_WORDS;

        TILE_LOAD(6, y);
        for (;;) {
            TILE_LOAD(4, x);
            TILE_LOAD(5, x + LIMBS * TILE_WORDS);
            TILE_DPBUUD(0, 4, 6);
            TILE_DPBUUD(1, 5, 6);
            y -= TILE_WORDS;
            TILE_LOAD(7, y);
            TILE_DPBUUD(2, 4, 7);
            TILE_DPBUUD(3, 5, 7);
            x += TILE_WORDS;

            TILE_LOAD(4, x);
            TILE_LOAD(5, x + LIMBS * TILE_WORDS);
            TILE_DPBUUD(0, 4, 7);
            TILE_DPBUUD(1, 5, 7);
            if (y == b)
                break;
            y -= TILE_WORDS;
            TILE_LOAD(6, y);
            TILE_DPBUUD(2, 4, 6);
            TILE_DPBUUD(3, 5, 6);
            x += TILE_WORDS;
        }
        a += 2 * LIMBS * TILE_WORDS;
        b += LIMBS * TILE_WORDS;
    }
    TILE_STORE(high[0], 0);
    TILE_STORE(high[SIDE], 1);
    TILE_STORE(low[0], 2);
    TILE_STORE(low[SIDE], 3);
}

static inline __m512i load(const void *p)
{
    return _mm512_loadu_si512(p);
}

/* D_d + 2^32 * D_d+4 for the eight columns that `pick` selects. */
static inline __m512i word(__m512i low, __m512i pick, __m512i high)
{
    return _mm512_permutex2var_epi32(low, pick, high);
}

/* kc is a multiple of 64, and at most 16512. */
TRI_DECL_GEMM(tri_gemm_amx)
{
    _Alignas(64) uint32_t s[LIMBS][ROWS][SIDE];
    const __m512i pick[2] = {
        _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7,
                          23),
        _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30,
                          15, 31),
    };

    for (size_t d = 1; d < LIMBS; d += 2)
        two_sums(A, B, kc / INNER, d, s[d], s[d - 1]);

    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j += 8) {
            const __mmask8 mask =
                (__mmask8)(n - j < 8 ? 0xff >> (8 - (n - j)) : 0xff);
            const __m512i p = pick[j / 8];
            uint64_t *c = C + i * ldc + j;
            __m512i z = word(load(s[3][i]), p, load(s[7][i]));

            z = _mm512_slli_epi64(z, 8);
            z = _mm512_add_epi64(z, word(load(s[2][i]), p, load(s[6][i])));
            z = _mm512_slli_epi64(z, 8);
            z = _mm512_add_epi64(z, word(load(s[1][i]), p, load(s[5][i])));
            z = _mm512_slli_epi64(z, 8);
            z = _mm512_add_epi64(z, word(load(s[0][i]), p, load(s[4][i])));
            z = _mm512_add_epi64(z, _mm512_maskz_loadu_epi64(mask, c));
            _mm512_mask_storeu_epi64(c, mask, z);
        }
}

/* Four inner elements k of 16 columns n, in[k*w + n]: out[l][n] are their bytes
 * of position l, 4 bytes for each column. */
static inline void bytes_of_four(__m512i out[LIMBS], const uint64_t *in,
                                 size_t w)
{
    const __m512i pick[2] = { _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14),
                              _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15) };
    __m512i t[2][2][2]; /* [columns 0 to 7, 8 to 15][limb / 4][limb / 2 % 2] */

    for (size_t h = 0; h < 2; h++) {
        const uint64_t *p = in + 8 * h;
        const __m512i k0 = load(p), k1 = load(p + w);
        const __m512i k2 = load(p + 2 * w), k3 = load(p + 3 * w);
        /* even and odd columns: bytes of k0, k1 and of k2, k3 in turn */
        const __m512i e01 = _mm512_unpacklo_epi8(k0, k1);
        const __m512i o01 = _mm512_unpackhi_epi8(k0, k1);
        const __m512i e23 = _mm512_unpacklo_epi8(k2, k3);
        const __m512i o23 = _mm512_unpackhi_epi8(k2, k3);
        /* 4 bytes of each of limbs 0 to 3, and of limbs 4 to 7 */
        const __m512i el = _mm512_unpacklo_epi16(e01, e23);
        const __m512i eh = _mm512_unpackhi_epi16(e01, e23);
        const __m512i ol = _mm512_unpacklo_epi16(o01, o23);
        const __m512i oh = _mm512_unpackhi_epi16(o01, o23);

        /* 16 bytes: two columns of one limb, then of the next */
        t[h][0][0] = _mm512_unpacklo_epi32(el, ol);
        t[h][0][1] = _mm512_unpackhi_epi32(el, ol);
        t[h][1][0] = _mm512_unpacklo_epi32(eh, oh);
        t[h][1][1] = _mm512_unpackhi_epi32(eh, oh);
    }
    for (size_t l = 0; l < LIMBS; l++)
        out[l] = _mm512_permutex2var_epi64(t[0][l / 4][l / 2 % 2], pick[l % 2],
                                           t[1][l / 4][l / 2 % 2]);
}

/* out[i][j] = in[j][i], 16 x 16 words of 32 bits. */
static inline void transpose(__m512i v[SIDE])
{
    const __m512i even = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    const __m512i odd = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    const __m512i low = _mm512_setr_epi64(0, 1, 2, 3, 8, 9, 10, 11);
    const __m512i high = _mm512_setr_epi64(4, 5, 6, 7, 12, 13, 14, 15);
    __m512i a[SIDE], b[SIDE];

    /* squares of 4 x 4 within 128 bits */
    for (size_t i = 0; i < SIDE; i += 4) {
        const __m512i w0 = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        const __m512i w1 = _mm512_unpackhi_epi32(v[i], v[i + 1]);
        const __m512i w2 = _mm512_unpacklo_epi32(v[i + 2], v[i + 3]);
        const __m512i w3 = _mm512_unpackhi_epi32(v[i + 2], v[i + 3]);

        a[i] = _mm512_unpacklo_epi64(w0, w2);
        a[i + 1] = _mm512_unpackhi_epi64(w0, w2);
        a[i + 2] = _mm512_unpacklo_epi64(w1, w3);
        a[i + 3] = _mm512_unpackhi_epi64(w1, w3);
    }
    /* then squares of such squares, 2 x 2 twice */
    for (size_t i = 0; i < 4; i++) {
        b[i] = _mm512_permutex2var_epi64(a[i], even, a[i + 4]);
        b[i + 4] = _mm512_permutex2var_epi64(a[i], odd, a[i + 4]);
        b[i + 8] = _mm512_permutex2var_epi64(a[i + 8], even, a[i + 12]);
        b[i + 12] = _mm512_permutex2var_epi64(a[i + 8], odd, a[i + 12]);
    }
    for (size_t i = 0; i < 8; i++) {
        v[i] = _mm512_permutex2var_epi64(b[i], low, b[i + 8]);
        v[i + 8] = _mm512_permutex2var_epi64(b[i], high, b[i + 8]);
    }
}

TRI_DECL_LIMBS(tri_limbs_amx)
{
    const size_t w = columns ? SIDE : ROWS;
    _Alignas(64) __m512i t[ROWS / SIDE][LIMBS][SIDE];

    for (; kc != 0; kc -= INNER, P += INNER * w) {
        uint64_t *to = P;

        for (size_t h = 0; h < w / SIDE; h++)
            for (size_t r = 0; r < SIDE; r++) {
                __m512i four[LIMBS];

                bytes_of_four(four, P + r * 4 * w + h * SIDE, w);
                for (size_t l = 0; l < LIMBS; l++)
                    t[h][l][r] = four[l];
            }
        for (size_t h = 0; h < w / SIDE; h++)
            for (size_t l = 0; l < LIMBS; l++) {
                if (!columns)
                    transpose(t[h][l]);
                for (size_t r = 0; r < SIDE; r++, to += 8)
                    _mm512_storeu_si512(to, t[h][l][r]);
            }
    }
}
