/* Built with AVX-512, VAES and VPCLMULQDQ (see Makefile); reached only through
 * the kernel table. The tests build it again, on a model of the instructions
 * that they include first, for CPUs without them. */
#if !defined(TRI_VAES_MODEL) || defined(__AVX512F__)
#include <immintrin.h>
#endif
#include "arch/kernels.h"

/*
 * AES-128-CTR and GCM on registers of four blocks, 32 blocks a turn.
 *
 * GHASH adds the lanes up at the very end only. Lane j takes in the blocks
 * j, 4 + j, 8 + j, .. of the text: with X0 .. X7 the registers of one turn,
 *
 *   A = A * H^32 + X0 * H^28 + X1 * H^24 + .. + X6 * H^4 + X7,
 *
 * the same powers in all lanes and one reduction, and the hash is the sum of
 * A[j] * H^(4-j). The powers above H^8 are computed first, which pays from
 * some turns on; shorter texts and what a turn leaves over are for the kernels
 * of 128 bits.
 */
enum { BLOCK = 16, WIDTH = 64, TURN = 8 * WIDTH, TURN_BLOCKS = 32, LEAST = 64 };

#ifndef TRI_VAES_MODEL
#define AES_ROUND(x, k) _mm512_aesenc_epi128(x, k)
#define AES_LAST(x, k)  _mm512_aesenclast_epi128(x, k)
#define CLMUL(a, b, i)  _mm512_clmulepi64_epi128(a, b, i)
#define REST(name)      tri_##name##_avx512
#endif

#define EACH(op) \
    op(0);       \
    op(1);       \
    op(2);       \
    op(3);       \
    op(4);       \
    op(5);       \
    op(6);       \
    op(7)

#define XOR(a, b)     _mm512_xor_si512(a, b)
#define XOR3(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)

/* The same 16 bytes in every lane. */
static inline __m512i everywhere(const void *p)
{
    const __m512i x = _mm512_maskz_loadu_epi64(3, p);

    return _mm512_shuffle_i32x4(x, x, 0);
}

/* The same four words of 32 bits in every lane. */
static inline __m512i words(int a, int b, int c, int d)
{
    return _mm512_setr_epi32(a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d);
}

/* ---- AES in counter mode --------------------------------------------------
 */

struct aes {
    __m512i rk[11];
    __m512i base; /* the next four counter blocks, counters little-endian */
    __m512i v[8]; /* blocks in work */
};

static inline void aes_init(struct aes *s, const uint8_t *rk,
                            const uint32_t nonce[3], uint32_t counter)
{
    const __m512i n =
        words((int)nonce[0], (int)nonce[1], (int)nonce[2], (int)counter);
    const __m512i first =
        _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3);

    for (unsigned i = 0; i < 11; i++)
        s->rk[i] = everywhere(rk + 16 * i);
    s->base = _mm512_add_epi32(n, first);
}

static inline void aes_start(struct aes *s)
{
    const __m512i four = words(0, 0, 0, 4);
    const __m512i be = words(0x03020100, 0x07060504, 0x0b0a0908, 0x0c0d0e0f);

#define START(i)                                               \
    s->v[i] = XOR(_mm512_shuffle_epi8(s->base, be), s->rk[0]); \
    s->base = _mm512_add_epi32(s->base, four)
    EACH(START);
#undef START
}

static inline void aes_round(struct aes *s, unsigned r)
{
    const __m512i k = s->rk[r];

#define ROUND(i) s->v[i] = AES_ROUND(s->v[i], k)
    EACH(ROUND);
#undef ROUND
}

static inline void aes_last(struct aes *s)
{
    const __m512i k = s->rk[10];

#define LAST(i) s->v[i] = AES_LAST(s->v[i], k)
    EACH(LAST);
#undef LAST
}

/* A turn's key stream, in s->v. */
static inline void aes_turn(struct aes *s)
{
    aes_start(s);
    for (unsigned r = 1; r < 10; r++)
        aes_round(s, r);
    aes_last(s);
}

/* A last, partial turn computes all and stores what was asked for. */
TRI_DECL_AES_CTR(tri_aes_ctr_vaes)
{
    struct aes s;

    if (nblocks == 0)
        return;
    aes_init(&s, rk, nonce, counter);
    for (; nblocks >= 8; nblocks -= 8, out += TURN) {
        aes_turn(&s);
#define STORE(i) _mm512_storeu_si512(out + WIDTH * (i), s.v[i])
        EACH(STORE);
#undef STORE
    }
    if (nblocks == 0)
        return;
    aes_turn(&s);
#define STORE(i)     \
    if (i < nblocks) \
    _mm512_storeu_si512(out + WIDTH * (i), s.v[i])
    EACH(STORE);
#undef STORE
}

/* ---- GHASH ----------------------------------------------------------------
 */

/* On blocks with their bytes reversed: see arch/x86/aes_blocks.inc. */
static inline __m512i reverse(__m512i x)
{
    return _mm512_shuffle_epi8(
        x, words(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203));
}

/* A reversed block as multiplier: times x. */
static inline __m512i multiplier(__m512i a)
{
    const __m512i poly = words(1, 0, 0, (int)0xc2000000u);
    const __m512i top = _mm512_srai_epi32(_mm512_shuffle_epi32(a, 0xff), 31);
    const __m512i twice =
        _mm512_or_si512(_mm512_slli_epi64(a, 1),
                        _mm512_bslli_epi128(_mm512_srli_epi64(a, 63), 8));

    return XOR(twice, _mm512_and_si512(top, poly));
}

/* Unreduced products: low, high, and the two middle ones. */
struct product {
    __m512i lo, hi, mid;
};

static inline void multiply(struct product *p, __m512i a, __m512i m)
{
    p->lo = CLMUL(a, m, 0x00);
    p->hi = CLMUL(a, m, 0x11);
    p->mid = XOR(CLMUL(a, m, 0x01), CLMUL(a, m, 0x10));
}

static inline void accumulate(struct product *p, __m512i a, __m512i m)
{
    p->lo = XOR(p->lo, CLMUL(a, m, 0x00));
    p->hi = XOR(p->hi, CLMUL(a, m, 0x11));
    p->mid = XOR3(p->mid, CLMUL(a, m, 0x01), CLMUL(a, m, 0x10));
}

static inline __m512i reduce(const struct product *p)
{
    const __m512i fold = words(0, (int)0xc2000000u, 0, 0);
    const __m512i hi = XOR(p->hi, _mm512_bsrli_epi128(p->mid, 8));
    __m512i lo = XOR(p->lo, _mm512_bslli_epi128(p->mid, 8));

    lo = XOR(_mm512_shuffle_epi32(lo, 0x4e), CLMUL(lo, fold, 0x00));
    return XOR3(hi, _mm512_shuffle_epi32(lo, 0x4e), CLMUL(lo, fold, 0x00));
}

static inline __m512i product(__m512i a, __m512i m)
{
    struct product p;

    multiply(&p, a, m);
    return reduce(&p);
}

struct ghash {
    __m512i m[8];     /* multipliers H^4, H^8, .. H^32, in all lanes */
    __m512i end;      /* H^4, H^3, H^2, H                            */
    __m512i first;    /* the hash so far, for the first block; then 0 */
    __m512i a;        /* see above, reversed                         */
    struct product p; /* of the turn in work                         */
    const uint8_t *src;
};

static inline void ghash_init(struct ghash *g, const uint8_t *h,
                              const uint8_t *y, const uint8_t *src)
{
    const __m512i low = reverse(_mm512_loadu_si512(h)); /* H .. H^4 */
    const __m512i high = reverse(_mm512_loadu_si512(h + 64));
    const __m512i h4488 = _mm512_shuffle_i32x4(low, high, 0xff);
    const __m512i h8 = multiplier(_mm512_shuffle_i32x4(high, high, 0xff));
    const __m512i h12 = product(h4488, h8); /* 12, 12, 16, 16 */
    const __m512i h16 = multiplier(_mm512_shuffle_i32x4(h12, h12, 0xff));
    const __m512i to16 = _mm512_shuffle_i32x4(h4488, h12, 0x88);
    const __m512i lo = multiplier(to16), hi = multiplier(product(to16, h16));

#define LANE(x, j) _mm512_shuffle_i32x4(x, x, 0x55 * (j))
    g->m[0] = LANE(lo, 0);
    g->m[1] = LANE(lo, 1);
    g->m[2] = LANE(lo, 2);
    g->m[3] = LANE(lo, 3);
    g->m[4] = LANE(hi, 0);
    g->m[5] = LANE(hi, 1);
    g->m[6] = LANE(hi, 2);
    g->m[7] = LANE(hi, 3);
#undef LANE
    g->end = multiplier(_mm512_shuffle_i32x4(low, low, 0x1b));
    g->first = reverse(_mm512_maskz_loadu_epi64(3, y));
    g->a = _mm512_setzero_si512();
    g->src = src;
}

/* Step s of 9 for a turn. */
static inline void ghash_step(struct ghash *g, unsigned s)
{
    __m512i x;

    if (s == 0) {
        multiply(&g->p, g->a, g->m[7]);
        return;
    }
    x = reverse(_mm512_loadu_si512(g->src + WIDTH * (s - 1)));
    if (s == 1) {
        x = XOR(x, g->first);
        g->first = _mm512_setzero_si512();
    }
    if (s < 8) {
        accumulate(&g->p, x, g->m[7 - s]);
    } else {
        g->a = XOR(reduce(&g->p), x);
        g->src += TURN;
    }
}

static inline void ghash_turn(struct ghash *g)
{
#define HASH(i) ghash_step(g, i)
    EACH(HASH);
    HASH(8);
#undef HASH
}

/* The sum of the lanes, in all of them. */
static inline __m512i sum(__m512i x)
{
    x = XOR(x, _mm512_shuffle_i32x4(x, x, 0x4e));
    return XOR(x, _mm512_shuffle_i32x4(x, x, 0xb1));
}

static inline void ghash_end(const struct ghash *g, uint8_t *y)
{
    struct product p;

    multiply(&p, g->a, g->end);
    p.lo = sum(p.lo);
    p.hi = sum(p.hi);
    p.mid = sum(p.mid);
    _mm512_mask_storeu_epi64(y, 3, reverse(reduce(&p)));
}

TRI_DECL_GHASH(tri_ghash_vaes)
{
    if (nblocks >= LEAST) {
        struct ghash g;

        ghash_init(&g, h, y, in);
        for (; nblocks >= TURN_BLOCKS; nblocks -= TURN_BLOCKS)
            ghash_turn(&g);
        ghash_end(&g, y);
        in = g.src;
    }
    REST(ghash)(y, h, in, nblocks);
}

/* ---- GCM ------------------------------------------------------------------
 */

/* A turn's key stream; in its shadow the hash of a turn's blocks. */
static inline void both(struct aes *s, struct ghash *g)
{
    aes_start(s);
#define BOTH(i)          \
    aes_round(s, i + 1); \
    ghash_step(g, i)
    EACH(BOTH);
    BOTH(8);
#undef BOTH
    aes_last(s);
}

/* Sealing, the blocks to take in are those of the turn before. */
TRI_DECL_GCM(tri_gcm_vaes)
{
    if (nblocks >= LEAST) {
        struct ghash g;
        struct aes s;

        aes_init(&s, rk, nonce, counter);
        ghash_init(&g, h, y, open ? in : out);
        for (int ahead = !open; nblocks >= TURN_BLOCKS; ahead = 0) {
            if (ahead)
                aes_turn(&s);
            else
                both(&s, &g);
#define CRYPT(i)                           \
    _mm512_storeu_si512(out + WIDTH * (i), \
                        XOR(s.v[i], _mm512_loadu_si512(in + WIDTH * (i))))
            EACH(CRYPT);
#undef CRYPT
            in += TURN;
            out += TURN;
            counter += TURN_BLOCKS;
            nblocks -= TURN_BLOCKS;
        }
        if (!open)
            ghash_turn(&g);
        ghash_end(&g, y);
    }
    REST(gcm)(out, y, in, nblocks, rk, h, nonce, counter, open);
}
