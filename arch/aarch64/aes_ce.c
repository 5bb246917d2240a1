/* AES-128-CTR and GHASH with the ARMv8 cryptography extension, 8 blocks in
 * flight; reached only through the kernel table. */
#include <arm_neon.h>

#include "arch/kernels.h"

/* ---- counter blocks ----------------------------------------------------- */

static inline void encrypt(uint8x16_t b[8], uint32x4_t base, const uint8_t *rk)
{
    for (unsigned i = 0; i < 8; i++) {
        const uint32_t at = vgetq_lane_u32(base, 3) + i;

        b[i] = vreinterpretq_u8_u32(
            vsetq_lane_u32(__builtin_bswap32(at), base, 3));
    }
    for (unsigned r = 0; r < 9; r++) {
        const uint8x16_t k = vld1q_u8(rk + 16 * r);

        for (unsigned i = 0; i < 8; i++)
            b[i] = vaesmcq_u8(vaeseq_u8(b[i], k));
    }
    for (unsigned i = 0; i < 8; i++)
        b[i] =
            veorq_u8(vaeseq_u8(b[i], vld1q_u8(rk + 144)), vld1q_u8(rk + 160));
}

static inline uint32x4_t counter_vector(const uint32_t nonce[3],
                                        uint32_t counter)
{
    const uint32_t w[4] = { nonce[0], nonce[1], nonce[2], counter };

    return vld1q_u32(w);
}

static inline uint32x4_t eight_on(uint32x4_t base)
{
    return vsetq_lane_u32(vgetq_lane_u32(base, 3) + 8, base, 3);
}

TRI_DECL_AES_CTR(tri_aes_ctr_ce)
{
    uint32x4_t base = counter_vector(nonce, counter);
    uint8x16_t b[8];

    for (; nblocks > 0; base = eight_on(base)) {
        const size_t take = nblocks >= 2 ? 2 : 1;

        encrypt(b, base, rk);
        for (size_t i = 0; i < 4 * take; i++)
            vst1q_u8(out + 16 * i, b[i]);
        out += 64 * take;
        nblocks -= take;
    }
}

/* ---- GHASH -------------------------------------------------------------- */

/* Bytes reversed, a block's bit 127 - i is the coefficient of x^i, and a*b in
 * GHASH is a*(b*x)*x^-128 in the field of reversed bits, whose polynomial is
 * x^128 + x^127 + x^126 + x^121 + 1 (RFC 8452, appendix A). */
static inline uint64x2_t reverse(uint8x16_t x)
{
    const uint8x16_t r = vrev64q_u8(x);

    return vreinterpretq_u64_u8(vextq_u8(r, r, 8));
}

/* A power of H as multiplier: its bytes reversed, times x. */
static inline uint64x2_t multiplier(const uint8_t *h)
{
    const uint64x2_t a = reverse(vld1q_u8(h));
    const uint64_t lo = vgetq_lane_u64(a, 0), hi = vgetq_lane_u64(a, 1);
    const uint64_t top = 0 - (hi >> 63);
    const uint64_t w[2] = {
        lo << 1 ^ (top & 1), (hi << 1 | lo >> 63) ^ (top & 0xc200000000000000u)
    };

    return vld1q_u64(w);
}

static inline uint64x2_t swap(uint64x2_t x)
{
    return vextq_u64(x, x, 1);
}

/* Carry-less product of the low halves. */
static inline uint64x2_t clmul(uint64x2_t a, uint64x2_t b)
{
    return vreinterpretq_u64_p128(vmull_p64((poly64_t)vgetq_lane_u64(a, 0),
                                            (poly64_t)vgetq_lane_u64(b, 0)));
}

/* Carry-less product of the high halves. */
static inline uint64x2_t clmul_high(uint64x2_t a, uint64x2_t b)
{
    return vreinterpretq_u64_p128(
        vmull_high_p64(vreinterpretq_p64_u64(a), vreinterpretq_p64_u64(b)));
}

/* Unreduced products after Karatsuba: low, high, and the sum of both with the
 * two middle ones. */
struct product {
    uint64x2_t lo, hi, mid;
};

static inline void accumulate(struct product *p, uint64x2_t a, uint64x2_t h)
{
    p->lo = veorq_u64(p->lo, clmul(a, h));
    p->hi = veorq_u64(p->hi, clmul_high(a, h));
    p->mid =
        veorq_u64(p->mid, clmul(veorq_u64(a, swap(a)), veorq_u64(h, swap(h))));
}

/* x^-128 times the product: 64 bits are folded up, twice. */
static inline uint64x2_t reduce(const struct product *p)
{
    const uint64x2_t zero = vdupq_n_u64(0);
    const uint64x2_t fold = vdupq_n_u64(0xc200000000000000u);
    const uint64x2_t mid = veorq_u64(p->mid, veorq_u64(p->lo, p->hi));
    uint64x2_t lo = veorq_u64(p->lo, vextq_u64(zero, mid, 1));
    const uint64x2_t hi = veorq_u64(p->hi, vextq_u64(mid, zero, 1));

    lo = veorq_u64(swap(lo), clmul(lo, fold));
    lo = veorq_u64(swap(lo), clmul(lo, fold));
    return veorq_u64(hi, lo);
}

/* y after n blocks, n <= 8; m[i] multiplies by H^(i+1). */
static inline uint64x2_t absorb(const uint64x2_t *m, uint64x2_t y,
                                const uint8_t *in, unsigned n)
{
    const uint64x2_t zero = vdupq_n_u64(0);
    struct product p = { zero, zero, zero };

    for (unsigned i = 0; i < n; i++) {
        uint64x2_t x = reverse(vld1q_u8(in + 16 * i));

        if (i == 0)
            x = veorq_u64(x, y);
        accumulate(&p, x, m[n - 1 - i]);
    }
    return reduce(&p);
}

TRI_DECL_GHASH(tri_ghash_ce)
{
    const unsigned powers = nblocks >= 8 ? 8 : 1;
    uint64x2_t v = reverse(vld1q_u8(y)), m[8];

    for (unsigned i = 0; i < powers; i++)
        m[i] = multiplier(h + 16 * i);
    for (; nblocks >= 8; nblocks -= 8, in += 128)
        v = absorb(m, v, in, 8);
    for (; nblocks > 0; nblocks--, in += 16)
        v = absorb(m, v, in, 1);
    vst1q_u8(y, vreinterpretq_u8_u64(reverse(vreinterpretq_u8_u64(v))));
}

/* ---- GCM ---------------------------------------------------------------- */

TRI_DECL_GCM(tri_gcm_ce)
{
    uint32x4_t base = counter_vector(nonce, counter);
    uint64x2_t v = reverse(vld1q_u8(y)), m[8];
    uint8x16_t b[8];

    for (unsigned i = 0; i < 8; i++)
        m[i] = multiplier(h + 16 * i);
    for (; nblocks > 0; base = eight_on(base)) {
        const unsigned take = nblocks >= 8 ? 8 : (unsigned)nblocks;

        encrypt(b, base, rk);
        if (open)
            v = absorb(m, v, in, take);
        for (unsigned i = 0; i < take; i++)
            vst1q_u8(out + 16 * i, veorq_u8(vld1q_u8(in + 16 * i), b[i]));
        if (!open)
            v = absorb(m, v, out, take);
        in += 16 * take;
        out += 16 * take;
        nblocks -= take;
    }
    vst1q_u8(y, vreinterpretq_u8_u64(reverse(vreinterpretq_u8_u64(v))));
}
