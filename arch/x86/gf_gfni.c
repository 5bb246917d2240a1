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

/* A square for all lanes. clang (14 at least) writes a wrong address where this
 * instruction broadcasts from near a base: it does not divide the displacement
 * by 8. So there the square goes through a register. */
INLINE V every(uint64_t square)
{
    V A = set1(square);

#ifdef __clang__
    __asm__("" : "+v"(A));
#endif
    return A;
}

/* ---- G64 ----------------------------------------------------------------- */

/* Modulo X^64 + X^4 + X^3 + X + 1, of halves of products: what the upper half
 * h, times 27, has above X^64 is first added to h itself. X^4 + X^3 + X + 1 is
 * (X^3 + 1)(X + 1). */
INLINE V reduce(V low, V h)
{
    h = xor2(h, xor3(_mm512_srli_epi64(h, 63), _mm512_srli_epi64(h, 61),
                     _mm512_srli_epi64(h, 60)));
    h = xor2(h, _mm512_slli_epi64(h, 3));
    return xor3(low, h, _mm512_slli_epi64(h, 1));
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

/* Rows a..a+3, columns b..b+3: the sums of (u_a + u_b)(v_a + v_b), or where a
 * is b, of u_a v_a. `same`: rows and columns are the same, and what is below
 * the diagonal stays 0. */
INLINE void tile(uint64_t *z, const uint64_t *u, const uint64_t *v, size_t a,
                 size_t b, size_t k, size_t m, int same)
{
    uint64_t out[8];
    V s[4][4];

    for (unsigned i = 0; i < 16; i++)
        s[i / 4][i % 4] = _mm512_setzero_si512();
    for (size_t t = 0; t < m; t++) {
        V x[4], y[4];

        for (unsigned j = 0; j < 4; j++) {
            x[j] = load(u + (t * k + b + j) * 8);
            y[j] = load(v + (t * k + b + j) * 8);
        }
        for (unsigned i = 0; i < 4; i++) {
            const V ui = same ? x[i] : load(u + (t * k + a + i) * 8);
            const V vi = same ? y[i] : load(v + (t * k + a + i) * 8);

            for (unsigned j = same ? i : 0; j < 4; j++) {
                const V p = same && i == j ? ui : xor2(ui, x[j]);
                const V q = same && i == j ? vi : xor2(vi, y[j]);

                s[i][j] = xor3(s[i][j], even(p, q), odd(p, q));
            }
        }
    }
    for (unsigned i = 0; i < 4; i += 2) {
        store(out, join(totals(s[i]), totals(s[i + 1])));
        for (unsigned j = 0; j < 8; j++)
            z[(a + i + j % 2) * k + b + j / 2] = out[j];
    }
}

/* The same for any k. */
INLINE void small_gram(uint64_t *z, const uint64_t *u, const uint64_t *v,
                       size_t k, size_t m)
{
    for (size_t a = 0; a < k; a++)
        for (size_t b = a; b < k; b++) {
            V s = _mm512_setzero_si512();

            for (size_t t = 0; t < m; t++) {
                V p = load(u + (t * k + a) * 8), q = load(v + (t * k + a) * 8);

                if (a != b) {
                    p = xor2(p, load(u + (t * k + b) * 8));
                    q = xor2(q, load(v + (t * k + b) * 8));
                }
                s = xor3(s, even(p, q), odd(p, q));
            }
            z[a * k + b] = total(s);
        }
}

TRI_DECL_GF_GRAM(tri_gf_gram_gfni)
{
    uint64_t s[TRI_GF_GRAM * TRI_GF_GRAM];

    if (k % 4 != 0)
        small_gram(s, u, v, k, m);
    for (size_t a = 0; k % 4 == 0 && a < k; a += 4) {
        tile(s, u, v, a, a, k, m, 1);
        for (size_t b = a + 4; b < k; b += 4)
            tile(s, u, v, a, b, k, m, 0);
    }
    for (size_t a = 0; a < k; a++) {
        z[a * k + a] ^= s[a * k + a];
        for (size_t b = a + 1; b < k; b++)
            z[a * k + b] ^= s[a * k + b] ^ s[a * k + a] ^ s[b * k + b];
    }
}

/* ---- groups of words as planes: plane m has byte m of each word ------------
 */

enum { AHEAD = 8 }; /* groups */

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

/* Have the words of a group brought that is worked on later: as the work on one
 * takes longer than the processor looks ahead, they would be waited for. */
INLINE void fetch(const uint64_t *x, size_t group)
{
    for (unsigned r = 0; r < 8; r++)
        _mm_prefetch((const char *)((uintptr_t)x + 64 * (8 * group + r)),
                     _MM_HINT_T0);
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

        fetch(x, g + AHEAD);
        planes(p, x + 64 * g);
        for (unsigned j = 0; j < 8; j++) {
            for (unsigned m = 0; m < 8; m++)
                t[m] = affine(p[m], every(A[m][j]));
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
    for (size_t g = 0; g < n; g++)
        fetch(x, g + 2 * AHEAD);
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
 * Point 64 + 8P + p takes bits 8k + h of a word by the square N_(P^k), whose
 * column h is tri_gf_coset[8(P^k) + (p^h)]: y_P is the sum of N_(P^k) x_k. This
 * is a product in the group ring of Z_2^3, whose elements are polynomials in u,
 * v, w with u^2 = v^2 = w^2 = 0: the one for k is the product of 1+u, 1+v, 1+w
 * over the bits of k. Coefficient S of x, a set of u, v, w, is the sum of x_k
 * over all k that contain S, and y goes back in the same way. A coefficient of
 * the product has N_A x_B + N_B x_A for all A, B apart that make S, which is
 *
 *   (N_A + N_B)(x_A + x_B) + N_A x_A + N_B x_B:
 *
 * 8 products of a coefficient each, 7 of 1 and another one, 3 of u, v, w by
 * twos, and 3 of u, v, w and the other two. 21 squares instead of 64.
 */
enum { BATCH = 4, TERMS = 21 };

enum { ONE_ = 7, U_V = 15, U_W, V_W, U_VW, V_UW, W_UV };

/* For each p, what stands before the 21 products. */
static const uint64_t square[8][TERMS] = {
    { 0xc47b4b9ffabddd24, 0x73e7fd0886cd483f, 0xbe08fff52c971dd9,
      0x7287ab3fcd2b5de1, 0xdfa285a62a34c9a1, 0xf1def108a43885ec,
      0x3fbf857a18ecc634, 0x9ab5aac1a8cf0682, 0xb79cb6977c70951b,
      0x7a73b46ad62ac0fd, 0xb6fce0a0379680c5, 0x1bd9ce39d0891485,
      0x35a5ba975e8558c8, 0xfbc4cee5e2511b10, 0x5ecee15e5272dba6,
      0xcdef02fdaa5a55e6, 0xac4578aeacf9819e, 0x61aa7a5306a3d478,
      0x4c5878729e218e0b, 0x4fd60efd88af9835, 0xad252e99e71f9440 },
    { 0xc8b7876ff57eee18, 0xb3dbfe0449ce843f, 0x7d04fffa1c6b2ee6,
      0xb14b573fce17aed2, 0xef514a591538c652, 0xf2edf20458344adc,
      0x3f7f4ab524dcc938, 0x657a55c254cf0941, 0x7b6c796bbcb06a27,
      0xb5b37895e915c0fe, 0x79fcd0503b6940ca, 0x27e6cd36e046284a,
      0x3a5a756bad4aa4c4, 0xf7c8cddad1a22720, 0xadcdd2ada1b1e759,
      0xcedf01fe55a5aad9, 0x5c8ab45d5cf6426d, 0x9255b5a30953e8b4,
      0x8ca4b4b16d124d07, 0x8fe90dfe445f643a, 0x5e1a1d66db2f6880 },
    { 0x31de1e6ffae77781, 0xdcbdf702293712cf, 0xeb02fff5836d4776,
      0xd82daecf378e57b4, 0x7fa825a98ac136a4, 0xf47bf402a1c225b3,
      0xcfef25da42b339c1, 0x6ae5aa34a23f0928, 0xed63e96dd3d0654e,
      0xdadce19a798a30f7, 0xe9f3b0a0cd692035, 0x4e763bc670264125,
      0xc5a5ea6d5b255232, 0xfe313bb5b8544e40, 0x5b3bb45b58d87ea9,
      0x37bf08f7aa5a55b9, 0xa315d2aba3f6246b, 0x94aada5c09ac71d2,
      0x1352d2d86b842b0e, 0x1f790bf722af62c5, 0xa7858b66bd4f6110 },
    { 0x32ed2d9ff5dbbb42, 0xec7efb01163b21cf, 0xd701fffa439e8bb9,
      0xe41e5dcf3b4dab78, 0xbf541a5645c23958, 0xf8b7f80152c11a73,
      0xcfdf1ae5817336c2, 0x95da5538513f0614, 0xde93d69ee3e09a8d,
      0xe5ecd265b64530fb, 0xd6f37050ce96103a, 0x8db937c9b019821a,
      0xca5ad59ea71aa131, 0xfd32377a74a88d80, 0xa73778a7a4e4bd56,
      0x3b7f04fb55a5aa76, 0x532ae15753f91897, 0x6855e5ac065cb2e1,
      0x23a1e1e49748170d, 0x2fb607fb115f91ca, 0x5b4a47997e8f9220 },
    { 0x4cb7b4f9afdbdd42, 0x377edf8068dc84f3, 0xeb80ff5fc279d19d,
      0x2778baf3dcb2d51e, 0xfd2a586aa2439c1a, 0x1fed1f804a8358ce,
      0xf3fb58a781ce6c43, 0xa95baa1c8afc6028, 0x7bc96b79c70759b1,
      0xa7374ba66da20cdf, 0x6bcf0e0a7369085c, 0xb19dec930d984158,
      0x535aab79e558858c, 0xbf4cec5e2e15b101, 0xe5ec1ee52527bd6a,
      0xdcfe20dfaaa5556e, 0xca5487eaca9f18e9, 0x16aaa735603a4d87,
      0xc4858727e912e8b0, 0xf46de0df88fa8953, 0xda52e2997ef14904 },
    { 0x8c7b78f65fe7ee81, 0x3bbdef4094ec48f3, 0xd740ffafc1b6e26e,
      0x1bb475f3ec71ea2d, 0xfe15a49551836c25, 0x2fde2f408543a4cd,
      0xf3f7a45b42cd9c83, 0x56a7552c45fc9014, 0xb7c697b6cb0ba672,
      0x5b3b87599e510cef, 0x97cf0d05b39604ac, 0x726edc630e6482a4,
      0xa3a557b6daa44a4c, 0x7f8cdcad1d2a7202, 0xdadc2dda1a1b7e95,
      0xecfd10ef555aaa9d, 0xc5a84bd5c56f24d6, 0x29555b3a90358e4b,
      0xc84a4b1bd621d470, 0xf89ed0ef44f546a3, 0xe5a1d166bdf28608 },
    { 0x13ede1f6af7e7718, 0xcddb7f20927321fc, 0xbe20ff5f38d67467,
      0x8dd2eafc73e8754b, 0xf78a529aa81c634a, 0x4fb74f201a2c523b,
      0xfcfe52ad243b931c, 0xa65eaa432af39082, 0xde369ed63d0d56e4,
      0xadcd1ea997a8037f, 0x9e3f0b0adc960253, 0xe467b36c07621452,
      0x5c5aaed6b5522523, 0xef13b35b8b45e404, 0xb5b34bb5858de79a,
      0x73fb807faaa5559b, 0x3a512dba3a6f42b6, 0x49aaadc590ca172d,
      0x31252d8db648b2e0, 0xf197b07f22fa265c, 0x7a58b866dbf41601 },
    { 0x23ded2f95fbdbb24, 0xcee7bf1061b312fc, 0x7d10ffaf34e9b89b,
      0x4ee1d5fcb3d4ba87, 0xfb45a165542c9385, 0x8f7b8f10251ca137,
      0xfcfda15e1837632c, 0x59ad558315f36041, 0xed396de93e0ea9d8,
      0x5ece2d566b5403bf, 0x6d3f0705ec6901a3, 0xd89b739c0b9128a1,
      0xaca55de97aa11a13, 0xdf2373a7478ad808, 0x7a73877a4a4edb65,
      0xb3f740bf555aaa67, 0x35a21e75359f8179, 0x86555eca60c52b1e,
      0x321a1e4e798471d0, 0xf26b70bf11f519ac, 0xb5a47499e7f82902 },
};

/* What stands behind them. u, v, w are bits 0, 1, 2 of a number. */
INLINE void combine(V c[TERMS], const uint64_t *x)
{
    planes(c, x);
    for (unsigned bit = 1; bit < 8; bit *= 2)
        for (unsigned k = 0; k < 8; k++)
            if ((k & bit) == 0)
                c[k] = xor2(c[k], c[k | bit]);
    for (unsigned S = 1; S < 8; S++)
        c[ONE_ + S] = xor2(c[0], c[S]);
    c[U_V] = xor2(c[1], c[2]);
    c[U_W] = xor2(c[1], c[4]);
    c[V_W] = xor2(c[2], c[4]);
    c[U_VW] = xor2(c[1], c[6]);
    c[V_UW] = xor2(c[2], c[5]);
    c[W_UV] = xor2(c[4], c[3]);
}

/* The values at 64 + 8P + p, P < 8. */
INLINE void values(V y[8], const V c[TERMS], const uint64_t s[TERMS])
{
#define F(i) affine(c[i], every(s[i]))
    const V one = F(0), u = F(1), v = F(2), uv = F(3), w = F(4), uw = F(5);
    const V vw = F(6), uvw = F(7);

    y[3] = xor3(xor3(uv, one, F(ONE_ + 3)), F(U_V), xor2(u, v));
    y[5] = xor3(xor3(uw, one, F(ONE_ + 5)), F(U_W), xor2(u, w));
    y[6] = xor3(xor3(vw, one, F(ONE_ + 6)), F(V_W), xor2(v, w));
    y[7] = xor3(xor3(uvw, one, F(ONE_ + 7)), xor3(u, v, w), xor3(uv, uw, vw));
    y[7] = xor2(y[7], xor3(F(U_VW), F(V_UW), F(W_UV)));
    y[1] = xor3(u, one, F(ONE_ + 1));
    y[2] = xor3(v, one, F(ONE_ + 2));
    y[4] = xor3(w, one, F(ONE_ + 4));
#undef F
    y[0] =
        xor3(xor3(one, y[1], y[2]), xor3(y[3], y[4], y[5]), xor2(y[6], y[7]));
    y[1] = xor3(y[1], y[3], xor2(y[5], y[7]));
    y[2] = xor3(y[2], y[3], xor2(y[6], y[7]));
    y[4] = xor3(y[4], y[5], xor2(y[6], y[7]));
    for (unsigned P = 3; P < 7; P++)
        if (P != 4)
            y[P] = xor2(y[P], y[7]);
}

/* v[8P + p]: x*y at all points, for one group, added to v where `more`. */
INLINE void products(V v[64], const uint64_t *x, const uint64_t *y, int more)
{
    V a[64], b[8], c[TERMS];

    combine(c, x);
    for (unsigned p = 0; p < 8; p++)
        values(a + 8 * p, c, square[p]);
    combine(c, y);
    for (unsigned p = 0; p < 8; p++) {
        values(b, c, square[p]);
        for (unsigned i = 0; i < 8; i++) {
            const V z = _mm512_gf2p8mul_epi8(a[8 * p + i], b[i]);

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

            fetch(x0, at + g + AHEAD / 2);
            fetch(y1, at + g + AHEAD / 2);
            if (y0 != NULL) {
                fetch(y0, at + g + AHEAD / 2);
                fetch(x1, at + g + AHEAD / 2);
            }
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
