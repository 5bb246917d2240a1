/* Built with AVX-512 F, BW, DQ, VL and VBMI, GFNI and VPCLMULQDQ (see
 * Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

typedef __m512i V;

#define INLINE static inline __attribute__((always_inline))

#define load(p)         _mm512_loadu_si512(p)
#define store(p, v)     _mm512_storeu_si512(p, v)
#define xor2(a, b)      _mm512_xor_si512(a, b)
#define xor3(a, b, c)   _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define even(a, b)      _mm512_clmulepi64_epi128(a, b, 0x00)
#define odd(a, b)       _mm512_clmulepi64_epi128(a, b, 0x11)
#define set1(x)         _mm512_set1_epi64((long long)(x))
#define affine(x, A)    _mm512_gf2p8affine_epi64_epi8(x, A, 0)
#define lanes(a, b, im) _mm512_shuffle_i64x2(a, b, im)

/* ---- G64 ----------------------------------------------------------------- */

/* Modulo X^64 + X^4 + X^3 + X + 1, of halves of products: what the upper half
 * h, times 27, has above X^64 is first added to h itself. */
INLINE V reduce(V low, V h)
{
    h = xor2(h, xor3(_mm512_srli_epi64(h, 63), _mm512_srli_epi64(h, 61),
                     _mm512_srli_epi64(h, 60)));
    low = xor3(low, h, _mm512_slli_epi64(h, 1));
    return xor3(low, _mm512_slli_epi64(h, 3), _mm512_slli_epi64(h, 4));
}

/* Of the products of even and of odd elements. */
INLINE V join(V e, V o)
{
    return reduce(_mm512_unpacklo_epi64(e, o), _mm512_unpackhi_epi64(e, o));
}

INLINE __mmask8 rest(size_t n)
{
    return (__mmask8)(0xff >> (8 - n));
}

TRI_DECL_GF_MUL(tri_gf_mul_gfni)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        const V a = load(x + i), b = load(y + i);

        store(z + i, join(even(a, b), odd(a, b)));
    }
    if (i < n) {
        const __mmask8 m = rest(n - i);
        const V a = _mm512_maskz_loadu_epi64(m, x + i);
        const V b = _mm512_maskz_loadu_epi64(m, y + i);

        _mm512_mask_storeu_epi64(z + i, m, join(even(a, b), odd(a, b)));
    }
}

/* One element out of the sum of four products. */
INLINE uint64_t total(V s)
{
    s = xor2(s, lanes(s, s, 0x4e));
    s = xor2(s, lanes(s, s, 0xb1));
    s = reduce(s, _mm512_unpackhi_epi64(s, s));
    return (uint64_t)_mm_cvtsi128_si64(_mm512_castsi512_si128(s));
}

TRI_DECL_GF_DOT(tri_gf_dot_gfni)
{
    V s = _mm512_setzero_si512();
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        const V a = load(x + i), b = load(y + i);

        s = xor3(s, even(a, b), odd(a, b));
    }
    if (i < n) {
        const __mmask8 m = rest(n - i);
        const V a = _mm512_maskz_loadu_epi64(m, x + i);
        const V b = _mm512_maskz_loadu_epi64(m, y + i);

        s = xor3(s, even(a, b), odd(a, b));
    }
    return total(s);
}

TRI_DECL_GF_COMB(tri_gf_comb_gfni)
{
    V e = _mm512_setzero_si512(), o = e;

    for (size_t t = 0; t < n; t++) {
        const V a = load(x + 8 * t), b = set1(w[t]);

        e = xor2(e, even(a, b));
        o = xor2(o, odd(a, b));
    }
    store(z, xor2(load(z), join(e, o)));
}

/* Lane i of the result is the sum of the four lanes of r[i]. */
INLINE V totals(const V r[4])
{
    const V a = xor2(lanes(r[0], r[1], 0x88), lanes(r[0], r[1], 0xdd));
    const V b = xor2(lanes(r[2], r[3], 0x88), lanes(r[2], r[3], 0xdd));

    return xor2(lanes(a, b, 0x88), lanes(a, b, 0xdd));
}

/* Rows a..a+3, columns b..b+3 of the matrix. */
INLINE void tile(uint64_t *z, const uint64_t *u, const uint64_t *v, size_t k,
                 size_t m)
{
    uint64_t out[8];
    V s[4][4];

    for (unsigned i = 0; i < 16; i++)
        s[i / 4][i % 4] = _mm512_setzero_si512();
    for (size_t t = 0; t < m; t++) {
        V y[4];

        for (unsigned j = 0; j < 4; j++)
            y[j] = load(v + (t * k + j) * 8);
        for (unsigned i = 0; i < 4; i++) {
            const V x = load(u + (t * k + i) * 8);

            for (unsigned j = 0; j < 4; j++)
                s[i][j] = xor3(s[i][j], even(x, y[j]), odd(x, y[j]));
        }
    }
    for (unsigned i = 0; i < 4; i += 2) {
        store(out, join(totals(s[i]), totals(s[i + 1])));
        for (unsigned j = 0; j < 8; j++)
            z[(i + j % 2) * k + j / 2] ^= out[j];
    }
}

TRI_DECL_GF_GRAM(tri_gf_gram_gfni)
{
    if (k % 4 != 0) {
        for (size_t t = 0; t < m; t++)
            for (size_t a = 0; a < k; a++)
                for (size_t b = 0; b < k; b++)
                    z[a * k + b] ^= tri_gf_dot_gfni(u + (t * k + a) * 8,
                                                    v + (t * k + b) * 8, 8);
        return;
    }
    for (size_t a = 0; a < k; a += 4)
        for (size_t b = 0; b < k; b += 4)
            tile(z + a * k + b, u + 8 * a, v + 8 * b, k, m);
}

/* ---- groups of words as planes: plane m has byte m of each word ------------
 */

/* As a square of 8 x 8, across its diagonal: bytes, ... */
INLINE V turn_bytes(V x)
{
    static const uint8_t order[64] = {
        0, 8,  16, 24, 32, 40, 48, 56, 1, 9,  17, 25, 33, 41, 49, 57,
        2, 10, 18, 26, 34, 42, 50, 58, 3, 11, 19, 27, 35, 43, 51, 59,
        4, 12, 20, 28, 36, 44, 52, 60, 5, 13, 21, 29, 37, 45, 53, 61,
        6, 14, 22, 30, 38, 46, 54, 62, 7, 15, 23, 31, 39, 47, 55, 63,
    };

    return _mm512_permutexvar_epi8(load(order), x);
}

/* ... and words of eight vectors. */
INLINE void turn_words(V x[8])
{
    V h[2][4];

    for (unsigned i = 0; i < 4; i++) {
        h[0][i] = _mm512_unpacklo_epi64(x[2 * i], x[2 * i + 1]);
        h[1][i] = _mm512_unpackhi_epi64(x[2 * i], x[2 * i + 1]);
    }
    for (unsigned i = 0; i < 2; i++) {
        const V a = lanes(h[i][0], h[i][1], 0x44);
        const V b = lanes(h[i][0], h[i][1], 0xee);
        const V c = lanes(h[i][2], h[i][3], 0x44);
        const V d = lanes(h[i][2], h[i][3], 0xee);

        x[i] = lanes(a, c, 0x88);
        x[i + 2] = lanes(a, c, 0xdd);
        x[i + 4] = lanes(b, d, 0x88);
        x[i + 6] = lanes(b, d, 0xdd);
    }
}

INLINE void planes(V p[8], const uint64_t *x)
{
    for (unsigned r = 0; r < 8; r++)
        p[r] = turn_bytes(load(x + 8 * r));
    turn_words(p);
}

/* Eight columns of a matrix of 64 x 64 bits: for each byte j of them the square
 * of 8 x 8 bits as the instruction wants it. It has highest bits first, and its
 * own squares are turned by it. */
INLINE V squares(const uint64_t *column)
{
    const V q = _mm512_shuffle_epi8(
        turn_bytes(load(column)),
        _mm512_set4_epi32(0x08090a0b, 0x0c0d0e0f, 0x00010203, 0x04050607));

    return affine(set1(0x0102040810204080), q);
}

INLINE V xor8(const V x[8])
{
    return xor3(xor3(x[0], x[1], x[2]), xor3(x[3], x[4], x[5]),
                xor2(x[6], x[7]));
}

TRI_DECL_GF_MAP(tri_gf_map_gfni)
{
    uint64_t A[8][8];

    for (unsigned m = 0; m < 8; m++)
        store(A[m], squares(M + 8 * m));
    for (size_t g = 0; g < groups; g++) {
        V p[8], q[8], t[8];

        planes(p, x + 64 * g);
        for (unsigned j = 0; j < 8; j++) {
            for (unsigned m = 0; m < 8; m++)
                t[m] = affine(p[m], set1(A[m][j]));
            q[j] = xor8(t);
        }
        turn_words(q);
        for (unsigned r = 0; r < 8; r++)
            store(z + g * ldz + 8 * r, turn_bytes(q[r]));
    }
}

/* Rows of n <= 2 groups, their bytes turned: a row's quadword m has byte m of
 * its words, and A[row][j] in quadword m the square from there to byte j of the
 * result. What the rows add up to is added up over m at the end. */
INLINE void fold(uint64_t *z, const uint64_t *x, V A[8][8], size_t n)
{
    V s[2][8];

    for (size_t g = 0; g < n; g++)
        for (unsigned j = 0; j < 8; j++)
            s[g][j] = _mm512_setzero_si512();
    for (unsigned r = 0; r < 8; r += 2) {
        V a[2], b[2];

        for (size_t g = 0; g < n; g++) {
            a[g] = turn_bytes(load(x + 64 * g + 8 * r));
            b[g] = turn_bytes(load(x + 64 * g + 8 * r + 8));
        }
        for (unsigned j = 0; j < 8; j++)
            for (size_t g = 0; g < n; g++)
                s[g][j] = xor3(s[g][j], affine(a[g], A[r][j]),
                               affine(b[g], A[r + 1][j]));
    }
    for (size_t g = 0; g < n; g++) {
        V t[4];

        for (unsigned j = 0; j < 4; j++)
            t[j] = xor2(_mm512_unpacklo_epi64(s[g][2 * j], s[g][2 * j + 1]),
                        _mm512_unpackhi_epi64(s[g][2 * j], s[g][2 * j + 1]));
        store(z + 8 * g, turn_bytes(totals(t)));
    }
}

TRI_DECL_GF_FOLD(tri_gf_fold_gfni)
{
    V A[8][8];
    size_t g = 0;

    for (unsigned r = 0; r < 8; r++) {
        for (unsigned m = 0; m < 8; m++)
            A[r][m] = squares(M + 64 * r + 8 * m);
        turn_words(A[r]);
    }
    for (; g + 2 <= groups; g += 2)
        fold(z + 8 * g, x + 64 * g, A, 2);
    if (g < groups)
        fold(z + 8 * g, x + 64 * g, A, 1);
}

/* ---- cross ----------------------------------------------------------------
 *
 * Point 64 + 8P + p takes bits 8k + h of a word by the square N of P ^ k, whose
 * column h is tri_gf_coset[8(P^k) + (p^h)]. In each of the three bits of P ^ k
 *
 *   y0 = N0 x0 + N1 x1 = N0 (x0 + x1) + (N0 + N1) x1
 *   y1 = N1 x0 + N0 x1 = N0 (x0 + x1) + (N0 + N1) x0:
 *
 * 27 squares instead of 64. Digit 0, 1 or 2 of a number d below 27 says x0, x1
 * or their sum. Set bits of e say for which bits it is the sum: square[p][e]
 * is the sum of N over all numbers that are disjoint from e.
 */
static const uint64_t square[8][8] = {
    { 0xc47b4b9ffabddd24, 0xb79cb6977c70951b, 0x7a73b46ad62ac0fd,
      0x7b13e25d9dccd523, 0x1bd9ce39d0891485, 0x99e0c239f27cd956,
      0x9a6eb4b6e4f2cf68, 0xf065b948a3e359d8 },
    { 0xc8b7876ff57eee18, 0x7b6c796bbcb06a27, 0xb5b37895e915c0fe,
      0xb723d1ae6eccea13, 0x27e6cd36e046284a, 0x66d0c136f1bce6a9,
      0x659d7879d8f1cf94, 0xf09a768453d3a6e4 },
    { 0x31de1e6ffae77781, 0xed63e96dd3d0654e, 0xdadce19a798a30f7,
      0xde4cb8576733758c, 0x4e763bc670264125, 0x66b038c6f8d37659,
      0x6a9be1e9b1f83f92, 0xf095e612acbc5672 },
    { 0x32ed2d9ff5dbbb42, 0xde93d69ee3e09a8d, 0xe5ecd265b64530fb,
      0xed8c74ab9b33ba4c, 0x8db937c9b019821a, 0x997034c9f4e3b9a6,
      0x9567d2d672f43f61, 0xf06ad9215c7ca9b1 },
    { 0x4cb7b4f9afdbdd42, 0x7bc96b79c70759b1, 0xa7374ba66da20cdf,
      0xb7312ed5d9cc5d32, 0xb19dec930d984158, 0x990e2c932fc79d65,
      0xa9e64b6b4e2ffc86, 0x0f569b843a3e958d },
    { 0x8c7b78f65fe7ee81, 0xb7c697b6cb0ba672, 0x5b3b87599e510cef,
      0x7b321deae6ccae31, 0x726edc630e6482a4, 0x660d1c631fcb6e9a,
      0x56d987978d1ffc49, 0x0fa96748353d6a4e },
    { 0x13ede1f6af7e7718, 0xde369ed63d0d56e4, 0xadcd1ea997a8037f,
      0xedc48b75763357c8, 0xe467b36c07621452, 0x660b836c8f3d6795,
      0xa6b91e9e1b8ff329, 0x0f596e21cacb6527 },
    { 0x23ded2f95fbdbb24, 0xed396de93e0ea9d8, 0x5ece2d566b5403bf,
      0xdec847bab933abc4, 0xd89b739c0b9128a1, 0x9907439c4f3e9b6a,
      0x59762d6d274ff316, 0x0fa69d12c5c79a1b },
};

enum { BATCH = 4 };

/* c[9*d2 + 3*d1 + d0]. */
INLINE void combine(V c[27], const uint64_t *x)
{
    V p[8], t[3][4];

    planes(p, x);
    for (unsigned i = 0; i < 4; i++) {
        t[0][i] = p[i];
        t[1][i] = p[4 + i];
        t[2][i] = xor2(p[i], p[4 + i]);
    }
    for (unsigned d = 0; d < 3; d++)
        for (unsigned e = 0; e < 3; e++) {
            const V lo = e == 2 ? xor2(t[d][0], t[d][2]) : t[d][2 * e];
            const V hi = e == 2 ? xor2(t[d][1], t[d][3]) : t[d][2 * e + 1];

            c[9 * d + 3 * e] = lo;
            c[9 * d + 3 * e + 1] = hi;
            c[9 * d + 3 * e + 2] = xor2(lo, hi);
        }
}

/* Four sums y[2*P1 + P0] of what digit d of bit 2 contributes. */
INLINE void quarter(V y[4], const V *c, const V *s)
{
    V f[3][3], both[2];

    for (unsigned d = 0; d < 3; d++)
        for (unsigned e = 0; e < 3; e++)
            f[d][e] = affine(c[3 * d + e], s[2 * (d == 2) + (e == 2)]);
    both[0] = xor2(f[2][2], f[2][1]);
    both[1] = xor2(f[2][2], f[2][0]);
    for (unsigned P = 0; P < 4; P++)
        y[P] = xor3(both[P % 2], f[1 - P / 2][2], f[1 - P / 2][1 - P % 2]);
}

/* The values at 64 + 8P + p, P < 8. */
INLINE void values(V y[8], const V c[27], const V s[8])
{
    V both[4];

    quarter(both, c + 18, s + 4);
    quarter(y, c + 9, s);
    quarter(y + 4, c, s);
    for (unsigned i = 0; i < 8; i++)
        y[i] = xor2(y[i], both[i % 4]);
}

/* v[8P + p]: x*y at all points, for one group, added to v where `more`. */
INLINE void products(V v[64], const uint64_t *x, const uint64_t *y, int more)
{
    V c[2][27];

    combine(c[0], x);
    combine(c[1], y);
    for (unsigned p = 0; p < 8; p++) {
        V s[8], a[8], b[8];

        for (unsigned e = 0; e < 8; e++)
            s[e] = set1(square[p][e]);
        values(a, c[0], s);
        values(b, c[1], s);
        for (unsigned i = 0; i < 8; i++) {
            const V z = _mm512_gf2p8mul_epi8(a[i], b[i]);

            v[8 * i + p] = more ? xor2(v[8 * i + p], z) : z;
        }
    }
}

/* z += t * v for `n` <= BATCH groups, four bytes of the weights at a time: what
 * is loaded of v serves all of them. */
INLINE void weigh(uint8_t *z, V v[BATCH][64], const uint64_t *t, size_t n)
{
    for (unsigned c = 0; c < 8; c += 4) {
        V w[BATCH][4];

        for (size_t g = 0; g < n; g++)
            for (unsigned i = 0; i < 4; i++)
                w[g][i] = _mm512_set1_epi8((char)(t[g] >> 8 * (c + i)));
        for (unsigned p = 0; p < 64; p++) {
            V s[4];

            for (unsigned i = 0; i < 4; i++)
                s[i] = load(z + ((c + i) * 64 + p) * 64);
            for (size_t g = 0; g + 2 <= n; g += 2)
                for (unsigned i = 0; i < 4; i++)
                    s[i] = xor3(s[i], _mm512_gf2p8mul_epi8(v[g][p], w[g][i]),
                                _mm512_gf2p8mul_epi8(v[g + 1][p], w[g + 1][i]));
            for (unsigned i = 0; n % 2 != 0 && i < 4; i++)
                s[i] =
                    xor2(s[i], _mm512_gf2p8mul_epi8(v[n - 1][p], w[n - 1][i]));
            for (unsigned i = 0; i < 4; i++)
                store(z + ((c + i) * 64 + p) * 64, s[i]);
        }
    }
}

TRI_DECL_GF_CROSS(tri_gf_cross_gfni)
{
    V v[BATCH][64];

    for (size_t at = 0, n; at < groups; at += n) {
        n = groups - at < BATCH ? groups - at : BATCH;
        for (size_t g = 0; g < n; g++) {
            const size_t w = 64 * (at + g);

            products(v[g], x0 + w, y1 + w, 0);
            if (y0 != NULL)
                products(v[g], y0 + w, x1 + w, 1);
        }
        if (n == BATCH)
            weigh(z, v, t + at, BATCH);
        else
            weigh(z, v, t + at, n);
    }
}
