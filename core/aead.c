#include "core/aead.h"

#include "core/ct.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "core/parts.h"
#include "core/poly1305.h"

/* The text is taken in pieces that stay in the L1 cache beside their key
 * stream, from which the first piece lacks block 0: the key of the tag. */
enum { BLOCK = 64, PIECE = 8192 };

/* From this length on, a kernel for both, where there is one, is worth a call
 * for block 0 alone. */
enum { FUSED = 2048 };

#define CHACHA_MAX ((((uint64_t)1 << 32) - 1) * BLOCK)

int tri_aead_best(const struct tri_kernels *k)
{
    return (k->cpu & (TRI_CPU_AESNI | TRI_CPU_ARMCE)) != 0 &&
                   tri_aead_gcm != NULL
               ? TRI_AEAD_AESGCM
               : TRI_AEAD_CHACHAPOLY;
}

int tri_aead_init(struct tri_aead *a, const struct tri_kernels *k, int alg,
                  const uint8_t key[TRI_AEAD_KEY])
{
    a->k = k;
    a->alg = alg;
    if (alg == TRI_AEAD_CHACHAPOLY) {
        memcpy(a->key, key, sizeof a->key);
        tri_le_words(a->key, sizeof a->key, sizeof *a->key);
    } else if (alg == TRI_AEAD_AESGCM && tri_aead_gcm != NULL)
        tri_aead_gcm->init(&a->gcm, k, key);
    else
        return TRI_E_ARG;
    return TRI_OK;
}

void tri_aead_wipe(struct tri_aead *a)
{
    tri_wipe(a, sizeof *a);
}

/* The authenticator, whose key is the start of block 0, with `ad`. */
static void start_tag(struct tri_poly1305 *m, const struct tri_aead *a,
                      const uint8_t block0[BLOCK], const void *ad, size_t adlen)
{
    tri_poly1305_init(m, a->k, block0);
    tri_poly1305_update(m, ad, adlen);
    tri_poly1305_pad(m);
}

/* RFC 8439, 2.8: the text is encrypted from block 1 on, and the tag covers
 * ad, cipher text, both padded, and both lengths. */
static void chachapoly(const struct tri_aead *a, uint8_t *out, uint8_t tag[16],
                       const uint8_t nonce[12], const void *ad, size_t adlen,
                       const uint8_t *in, size_t len, int open)
{
    _Alignas(64) uint8_t ks[PIECE];
    uint64_t lengths[2] = { adlen, len };
    size_t skip = BLOCK, widest;
    struct tri_poly1305 m;
    uint32_t n[3], counter = 0;

    memcpy(n, nonce, sizeof n);
    tri_le_words(n, sizeof n, sizeof *n);
    if (a->k->chachapoly != NULL && len >= FUSED) {
        const size_t turn = BLOCK * TRI_CHACHAPOLY_BLOCKS;
        const size_t take = len - len % turn;

        a->k->chacha20(ks, a->key, n, 0, 1);
        start_tag(&m, a, ks, ad, adlen);
        tri_poly1305_grow(&m);
        a->k->chachapoly(out, m.h, in, take / BLOCK, a->key, n, 1, m.p, open);
        counter = 1 + (uint32_t)(take / BLOCK);
        in += take;
        out += take;
        len -= take;
        skip = 0;
    }
    widest = len < PIECE - BLOCK ? len + BLOCK : PIECE;
    do {
        const size_t take = len < PIECE - skip ? len : PIECE - skip;
        const size_t blocks = (skip + take + BLOCK - 1) / BLOCK;

        a->k->chacha20(ks, a->key, n, counter, blocks);
        if (counter == 0)
            start_tag(&m, a, ks, ad, adlen);
        if (open)
            tri_poly1305_update(&m, in, take);
        a->k->xor_bytes(out, in, ks + skip, take);
        if (!open)
            tri_poly1305_update(&m, out, take);
        counter += (uint32_t)blocks;
        in += take;
        out += take;
        len -= take;
        skip = 0;
    } while (len > 0);
    tri_poly1305_pad(&m);
    tri_le_words(lengths, sizeof lengths, sizeof *lengths);
    tri_poly1305_update(&m, lengths, sizeof lengths);
    tri_poly1305_final(&m, tag);
    /* The last block may be key stream in part only. */
    tri_wipe(ks, (widest + BLOCK - 1) / BLOCK * BLOCK);
}

static int crypt(const struct tri_aead *a, void *out, uint8_t tag[16],
                 const uint8_t nonce[12], const void *ad, size_t adlen,
                 const void *in, size_t len, int open)
{
    const int gcm = a->alg == TRI_AEAD_AESGCM;

    if (len > (gcm ? TRI_GCM_MAX : CHACHA_MAX))
        return TRI_E_ARG;
    if (gcm)
        tri_aead_gcm->crypt(&a->gcm, out, tag, nonce, ad, adlen, in, len, open);
    else
        chachapoly(a, out, tag, nonce, ad, adlen, in, len, open);
    return TRI_OK;
}

int tri_aead_seal(const struct tri_aead *a, void *out, uint8_t tag[16],
                  const uint8_t nonce[12], const void *ad, size_t adlen,
                  const void *in, size_t len)
{
    return crypt(a, out, tag, nonce, ad, adlen, in, len, 0);
}

int tri_aead_open(const struct tri_aead *a, void *out, const uint8_t tag[16],
                  const uint8_t nonce[12], const void *ad, size_t adlen,
                  const void *in, size_t len)
{
    uint8_t want[TRI_AEAD_TAG];
    int rc = crypt(a, out, want, nonce, ad, adlen, in, len, 1);

    if (rc != TRI_OK)
        return rc;
    if (!tri_ct_public(tri_ct_equal(want, tag, sizeof want))) {
        tri_wipe(out, len);
        rc = TRI_E_CRYPTO;
    }
    tri_wipe(want, sizeof want);
    return rc;
}
