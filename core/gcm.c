#include "core/gcm.h"

#include "core/le.h"
#include "core/mem.h"

enum { BLOCK = 16, STREAM = 64 };

void tri_gcm_init(struct tri_gcm *g, const struct tri_kernels *k,
                  const uint8_t key[16])
{
    static const uint32_t zero[3];
    static const uint8_t none[BLOCK];
    uint8_t ks[STREAM];

    g->k = k;
    k->aes_expand(g->rk, key);
    k->aes_ctr(ks, g->rk, zero, 0, 1);
    memcpy(g->h, ks, BLOCK); /* H = E(0) */
    for (unsigned i = 1; i < TRI_GHASH_POWERS; i++) {
        memcpy(ks, g->h + BLOCK * (i - 1), BLOCK);
        k->ghash(ks, g->h, none, 1); /* (H^i ^ 0) * H */
        memcpy(g->h + BLOCK * i, ks, BLOCK);
    }
    tri_wipe(ks, sizeof ks);
}

/* GHASH of `n` bytes, with zeros up to a full block. */
static void absorb(const struct tri_gcm *g, uint8_t y[BLOCK], const uint8_t *in,
                   size_t n)
{
    uint8_t last[BLOCK] = { 0 };
    const size_t rest = n % BLOCK;

    g->k->ghash(y, g->h, in, n / BLOCK);
    if (rest > 0) {
        memcpy(last, in + (n - rest), rest);
        g->k->ghash(y, g->h, last, 1);
    }
}

static void put_bits(uint8_t out[8], uint64_t bytes)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(8 * bytes >> (56 - 8 * i));
}

/* SP 800-38D, 7.1 and 7.2: out = in ^ key stream from counter 2 on, and the
 * tag, which the block of counter 1 hides. */
void tri_gcm_crypt(const struct tri_gcm *g, uint8_t *out, uint8_t tag[16],
                   const uint8_t nonce[12], const void *ad, size_t adlen,
                   const uint8_t *in, size_t len, int open)
{
    uint8_t y[BLOCK] = { 0 }, ks[STREAM], lengths[BLOCK];
    const size_t blocks = len / BLOCK, rest = len % BLOCK;
    uint32_t n[3];

    memcpy(n, nonce, sizeof n);
    tri_le_words(n, sizeof n, sizeof *n);
    if (adlen > 0)
        absorb(g, y, ad, adlen);
    g->k->gcm(out, y, in, blocks, g->rk, g->h, n, 2, open);
    if (rest > 0) {
        g->k->aes_ctr(ks, g->rk, n, (uint32_t)(2 + blocks), 1);
        in += BLOCK * blocks;
        out += BLOCK * blocks;
        if (open)
            absorb(g, y, in, rest);
        for (size_t i = 0; i < rest; i++)
            out[i] = in[i] ^ ks[i];
        if (!open)
            absorb(g, y, out, rest);
    }
    put_bits(lengths, adlen);
    put_bits(lengths + 8, len);
    g->k->ghash(y, g->h, lengths, 1);
    g->k->aes_ctr(ks, g->rk, n, 1, 1);
    for (unsigned i = 0; i < BLOCK; i++)
        tag[i] = y[i] ^ ks[i];
    tri_wipe(ks, sizeof ks);
    tri_wipe(y, sizeof y);
}

const struct tri_gcm_ops tri_gcm_ops = { tri_gcm_init, tri_gcm_crypt };
