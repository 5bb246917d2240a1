/* AES-128-CTR with AES-NI and GHASH with PCLMULQDQ, 8 blocks in flight;
 * reached only through the kernel table. */
#include <immintrin.h>

#include "arch/kernels.h"

/* Something for each of the 8 blocks, spelled out so that they stay in
 * registers. */
#define EACH(op) \
    op(0);       \
    op(1);       \
    op(2);       \
    op(3);       \
    op(4);       \
    op(5);       \
    op(6);       \
    op(7)

static inline __m128i load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

static inline void store(uint8_t *p, __m128i x)
{
    _mm_storeu_si128((__m128i *)p, x);
}

/* ---- counter blocks ----------------------------------------------------- */

static inline __m128i counter_vector(const uint32_t nonce[3], uint32_t counter)
{
    return _mm_set_epi32((int)counter, (int)nonce[2], (int)nonce[1],
                         (int)nonce[0]);
}

/* The counter block: the last word becomes big-endian. */
static inline __m128i counter_block(__m128i base, int i)
{
    const __m128i be =
        _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 14, 13, 12);

    return _mm_shuffle_epi8(_mm_add_epi32(base, _mm_set_epi32(i, 0, 0, 0)), be);
}

struct eight {
    __m128i v[8];
};

#define INIT(i)  b->v[i] = _mm_xor_si128(counter_block(base, i), k)
#define ROUND(i) b->v[i] = _mm_aesenc_si128(b->v[i], k)
#define LAST(i)  b->v[i] = _mm_aesenclast_si128(b->v[i], k)

static inline void start(struct eight *b, __m128i base, const uint8_t *rk)
{
    const __m128i k = load(rk);

    EACH(INIT);
}

static inline void one_round(struct eight *b, const uint8_t *rk)
{
    const __m128i k = load(rk);

    EACH(ROUND);
}

static inline void finish(struct eight *b, const uint8_t *rk)
{
    const __m128i k = load(rk + 160);

    EACH(LAST);
}

static inline void encrypt(struct eight *b, __m128i base, const uint8_t *rk)
{
    start(b, base, rk);
    for (unsigned r = 1; r < 10; r++)
        one_round(b, rk + 16 * r);
    finish(b, rk);
}

TRI_DECL_AES_CTR(tri_aes_ctr_aesni)
{
    const __m128i step = _mm_set_epi32(8, 0, 0, 0);
    __m128i base = counter_vector(nonce, counter);
    struct eight b;

#define STORE(i) store(out + 16 * (i), b.v[i])
    for (; nblocks >= 2; nblocks -= 2, out += 128) {
        encrypt(&b, base, rk);
        EACH(STORE);
        base = _mm_add_epi32(base, step);
    }
#undef STORE
    if (nblocks > 0) {
        encrypt(&b, base, rk);
        for (unsigned i = 0; i < 4; i++)
            store(out + 16 * i, b.v[i]);
    }
}

/* ---- GHASH -------------------------------------------------------------- */

/* Bytes reversed, a block's bit 127 - i is the coefficient of x^i, and a*b in
 * GHASH is a*(b*x)*x^-128 in the field of reversed bits, whose polynomial is
 * x^128 + x^127 + x^126 + x^121 + 1 (RFC 8452, appendix A). */
static inline __m128i reverse(__m128i x)
{
    return _mm_shuffle_epi8(
        x, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/* A power of H as multiplier: its bytes reversed, times x. */
static inline __m128i multiplier(const uint8_t *h)
{
    const __m128i poly = _mm_set_epi32((int)0xc2000000u, 0, 0, 1);
    const __m128i a = reverse(load(h));
    const __m128i top = _mm_srai_epi32(_mm_shuffle_epi32(a, 0xff), 31);
    const __m128i twice = _mm_or_si128(
        _mm_slli_epi64(a, 1), _mm_slli_si128(_mm_srli_epi64(a, 63), 8));

    return _mm_xor_si128(twice, _mm_and_si128(top, poly));
}

/* Halves exchanged. */
static inline __m128i swap(__m128i x)
{
    return _mm_shuffle_epi32(x, 0x4e);
}

/* Unreduced products after Karatsuba: low, high, and the sum of both with the
 * two middle ones. */
struct product {
    __m128i lo, hi, mid;
};

struct multipliers {
    __m128i h[TRI_GHASH_POWERS];
    __m128i sum[TRI_GHASH_POWERS]; /* both halves added, in the low half */
};

static inline void take(struct multipliers *m, const uint8_t *h, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        m->h[i] = multiplier(h + 16 * i);
        m->sum[i] = _mm_xor_si128(m->h[i], swap(m->h[i]));
    }
}

static inline void accumulate(struct product *p, __m128i a, __m128i h,
                              __m128i sum)
{
    const __m128i s = _mm_xor_si128(a, swap(a));

    p->lo = _mm_xor_si128(p->lo, _mm_clmulepi64_si128(a, h, 0x00));
    p->hi = _mm_xor_si128(p->hi, _mm_clmulepi64_si128(a, h, 0x11));
    p->mid = _mm_xor_si128(p->mid, _mm_clmulepi64_si128(s, sum, 0x00));
}

static inline void clear(struct product *p)
{
    p->lo = p->hi = p->mid = _mm_setzero_si128();
}

/* x^-128 times the product: 64 bits are folded up, twice. */
static inline __m128i reduce(const struct product *p)
{
    const __m128i fold = _mm_set_epi32(0, 0, (int)0xc2000000u, 0);
    const __m128i mid = _mm_xor_si128(p->mid, _mm_xor_si128(p->lo, p->hi));
    __m128i lo = _mm_xor_si128(p->lo, _mm_slli_si128(mid, 8));
    const __m128i hi = _mm_xor_si128(p->hi, _mm_srli_si128(mid, 8));

    lo = _mm_xor_si128(swap(lo), _mm_clmulepi64_si128(lo, fold, 0x00));
    lo = _mm_xor_si128(swap(lo), _mm_clmulepi64_si128(lo, fold, 0x00));
    return _mm_xor_si128(hi, lo);
}

/* Block i of 8 at `in`; the first one takes y along. */
static inline void absorb(struct product *p, const struct multipliers *m,
                          __m128i y, const uint8_t *in, unsigned i)
{
    __m128i x = reverse(load(in + 16 * i));

    if (i == 0)
        x = _mm_xor_si128(x, y);
    accumulate(p, x, m->h[7 - i], m->sum[7 - i]);
}

static inline __m128i absorb_eight(const struct multipliers *m, __m128i y,
                                   const uint8_t *in)
{
    struct product p;

    clear(&p);
    for (unsigned i = 0; i < 8; i++)
        absorb(&p, m, y, in, i);
    return reduce(&p);
}

static inline __m128i absorb_one(const struct multipliers *m, __m128i y,
                                 const uint8_t *in)
{
    struct product p;

    clear(&p);
    accumulate(&p, _mm_xor_si128(reverse(load(in)), y), m->h[0], m->sum[0]);
    return reduce(&p);
}

TRI_DECL_GHASH(tri_ghash_aesni)
{
    struct multipliers m;
    __m128i v = reverse(load(y));

    if (nblocks == 0)
        return;
    take(&m, h, nblocks >= 8 ? 8 : 1);
    for (; nblocks >= 8; nblocks -= 8, in += 128)
        v = absorb_eight(&m, v, in);
    for (; nblocks > 0; nblocks--, in += 16)
        v = absorb_one(&m, v, in);
    store(y, reverse(v));
}

/* ---- GCM ---------------------------------------------------------------- */

/* Encrypt 8 counter blocks; in their shadow take in the 8 blocks at `src`. */
static inline __m128i both(struct eight *b, __m128i base, const uint8_t *rk,
                           const struct multipliers *m, __m128i y,
                           const uint8_t *src)
{
    struct product p;

    clear(&p);
    start(b, base, rk);
#define STEP(i)                        \
    one_round(b, rk + 16 * ((i) + 1)); \
    absorb(&p, m, y, src, i)
    EACH(STEP);
#undef STEP
    one_round(b, rk + 16 * 9);
    y = reduce(&p);
    finish(b, rk);
    return y;
}

/* Sealing, the blocks to take in are those of the step before. */
TRI_DECL_GCM(tri_gcm_aesni)
{
    const __m128i step = _mm_set_epi32(8, 0, 0, 0);
    __m128i base = counter_vector(nonce, counter);
    __m128i v = reverse(load(y));
    struct multipliers m;
    struct eight b;

    if (nblocks == 0)
        return;
    take(&m, h, 8);
#define CRYPT(i) \
    store(out + 16 * (i), _mm_xor_si128(load(in + 16 * (i)), b.v[i]))
    if (nblocks >= 8) {
        const uint8_t *src = in;
        size_t n = nblocks / 8;

        if (!open) {
            src = out;
            encrypt(&b, base, rk);
            EACH(CRYPT);
            base = _mm_add_epi32(base, step);
            in += 128;
            out += 128;
            n--;
        }
        for (; n > 0; n--, src += 128) {
            v = both(&b, base, rk, &m, v, src);
            EACH(CRYPT);
            base = _mm_add_epi32(base, step);
            in += 128;
            out += 128;
        }
        if (!open)
            v = absorb_eight(&m, v, src);
        nblocks %= 8;
    }
#undef CRYPT
    if (nblocks > 0)
        encrypt(&b, base, rk);
    for (size_t i = 0; i < nblocks; i++) {
        if (open)
            v = absorb_one(&m, v, in + 16 * i);
        store(out + 16 * i, _mm_xor_si128(load(in + 16 * i), b.v[i]));
        if (!open)
            v = absorb_one(&m, v, out + 16 * i);
    }
    store(y, reverse(v));
}
