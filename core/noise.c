#include "core/noise.h"

#include "core/err.h"
#include "core/mem.h"

/* ---- HMAC and HKDF (specification, 4.3) --------------------------------- */

enum { HASH = TRI_HASH_BYTES, HASH_BLOCK = 64 };

/* HMAC-BLAKE2s (RFC 2104) of a | b. */
static void hmac(uint8_t out[HASH], const uint8_t key[HASH], const void *a,
                 size_t na, const void *b, size_t nb)
{
    uint8_t pad[HASH_BLOCK], inner[HASH];
    struct tri_hash s;

    memset(pad, 0x36, sizeof pad);
    for (unsigned i = 0; i < HASH; i++)
        pad[i] ^= key[i];
    tri_hash_init(&s, NULL, 0);
    tri_hash_update(&s, pad, sizeof pad);
    tri_hash_update(&s, a, na);
    tri_hash_update(&s, b, nb);
    tri_hash_final(&s, inner);

    for (unsigned i = 0; i < HASH_BLOCK; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    tri_hash_init(&s, NULL, 0);
    tri_hash_update(&s, pad, sizeof pad);
    tri_hash_update(&s, inner, sizeof inner);
    tri_hash_final(&s, out);
    tri_wipe(pad, sizeof pad);
    tri_wipe(inner, sizeof inner);
}

/* Up to three outputs; those that are NULL are left out. ck may be out1. */
static void hkdf(uint8_t out1[HASH], uint8_t out2[HASH], uint8_t *out3,
                 const uint8_t ck[HASH], const void *ikm, size_t n)
{
    const uint8_t count[3] = { 1, 2, 3 };
    uint8_t temp[HASH];

    hmac(temp, ck, ikm, n, NULL, 0);
    hmac(out1, temp, count, 1, NULL, 0);
    hmac(out2, temp, out1, HASH, count + 1, 1);
    if (out3 != NULL)
        hmac(out3, temp, out2, HASH, count + 2, 1);
    tri_wipe(temp, sizeof temp);
}

/* ---- the symmetric state (5.2) ------------------------------------------ */

static void mix_hash(struct tri_noise *z, const void *data, size_t n)
{
    struct tri_hash s;

    tri_hash_init(&s, NULL, 0);
    tri_hash_update(&s, z->h, sizeof z->h);
    tri_hash_update(&s, data, n);
    tri_hash_final(&s, z->h);
}

/* MixKey(DH(key, point)). */
static int mix_dh(struct tri_noise *z, const uint8_t key[32],
                  const uint8_t point[32])
{
    uint8_t shared[32];
    const int rc = tri_x25519(shared, key, point);

    hkdf(z->ck, z->key, NULL, z->ck, shared, sizeof shared);
    tri_wipe(shared, sizeof shared);
    return rc;
}

/* In both patterns a MixKey precedes whatever is encrypted: the nonce is 0. */
static const uint8_t nonce[TRI_AEAD_NONCE];

static int encrypt_and_hash(struct tri_noise *z, uint8_t *out, const void *in,
                            size_t n)
{
    struct tri_aead a;
    int rc = tri_aead_init(&a, z->k, TRI_AEAD_CHACHAPOLY, z->key);

    if (rc == TRI_OK)
        rc = tri_aead_seal(&a, out, out + n, nonce, z->h, sizeof z->h, in, n);
    tri_aead_wipe(&a);
    if (rc == TRI_OK)
        mix_hash(z, out, n + TRI_AEAD_TAG);
    return rc;
}

static int decrypt_and_hash(struct tri_noise *z, void *out, const uint8_t *in,
                            size_t n)
{
    struct tri_aead a;
    int rc = tri_aead_init(&a, z->k, TRI_AEAD_CHACHAPOLY, z->key);

    if (rc == TRI_OK)
        rc = tri_aead_open(&a, out, in + n, nonce, z->h, sizeof z->h, in, n);
    tri_aead_wipe(&a);
    if (rc == TRI_OK)
        mix_hash(z, in, n + TRI_AEAD_TAG);
    return rc;
}

/* ---- the pattern -------------------------------------------------------- */

static int die(struct tri_noise *z, int rc)
{
    tri_wipe(z, sizeof *z);
    z->step = -1;
    return rc;
}

/* All but the keys that are known before. A name is longer than a hash. */
static void start(struct tri_noise *z, const struct tri_kernels *k,
                  const char *name, size_t len, int initiator,
                  const uint8_t s[32], const void *prologue, size_t n)
{
    memset(z, 0, sizeof *z);
    z->k = k;
    z->initiator = initiator;
    memcpy(z->s, s, sizeof z->s);
    tri_hash(z->h, name, len);
    memcpy(z->ck, z->h, sizeof z->ck);
    mix_hash(z, prologue, n);
}

void tri_noise_init(struct tri_noise *z, const struct tri_kernels *k,
                    int initiator, const uint8_t s[32], const uint8_t rs[32],
                    const void *prologue, size_t n)
{
    static const char name[] = "Noise_KK_25519_ChaChaPoly_BLAKE2s";
    uint8_t own[32];

    start(z, k, name, sizeof name - 1, initiator, s, prologue, n);
    memcpy(z->rs, rs, sizeof z->rs);
    tri_x25519_public(own, s);
    mix_hash(z, initiator ? own : rs, sizeof own);
    mix_hash(z, initiator ? rs : own, sizeof own);
}

void tri_noise_init_ik(struct tri_noise *z, const struct tri_kernels *k,
                       const uint8_t s[32], const uint8_t *rs,
                       const void *prologue, size_t n)
{
    static const char name[] = "Noise_IK_25519_ChaChaPoly_BLAKE2s";
    uint8_t own[32];

    start(z, k, name, sizeof name - 1, rs != NULL, s, prologue, n);
    z->ik = 1;
    if (rs != NULL)
        memcpy(z->rs, rs, sizeof z->rs);
    tri_x25519_public(own, s);
    mix_hash(z, rs != NULL ? rs : own, sizeof own);
}

/* The initiator's static key, under the key of es: written to `out`, or read
 * from `in`. */
static int pass_static(struct tri_noise *z, uint8_t *out, const uint8_t *in)
{
    uint8_t own[32];

    if (!z->initiator)
        return decrypt_and_hash(z, z->rs, in, sizeof z->rs);
    tri_x25519_public(own, z->s);
    return encrypt_and_hash(z, out, own, sizeof own);
}

/* es, ss of the first message, with s between them in IK; or ee, se of the
 * second. In es and se the first letter is the initiator's key. */
static int mix_keys(struct tri_noise *z, uint8_t *out, const uint8_t *in)
{
    int rc;

    if (z->step == 0) {
        rc = z->initiator ? mix_dh(z, z->e, z->rs) : mix_dh(z, z->s, z->re);
        if (rc == TRI_OK && z->ik)
            rc = pass_static(z, out, in);
        return rc == TRI_OK ? mix_dh(z, z->s, z->rs) : rc;
    }
    rc = mix_dh(z, z->e, z->re);
    if (rc != TRI_OK)
        return rc;
    return z->initiator ? mix_dh(z, z->s, z->re) : mix_dh(z, z->e, z->rs);
}

/* Bytes before the payload of this step's message. */
static size_t front(const struct tri_noise *z)
{
    return TRI_X25519_BYTES +
           (z->ik && z->step == 0 ? (size_t)TRI_NOISE_STATIC : 0);
}

int tri_noise_write(struct tri_noise *z, const uint8_t e[32], uint8_t *out,
                    const void *payload, size_t n)
{
    int rc;

    if (z->step < 0)
        return TRI_E_DEAD;
    if (z->step > 1 || (z->step == 0) != (z->initiator != 0))
        return TRI_E_ARG;
    memcpy(z->e, e, sizeof z->e);
    tri_x25519_public(out, e);
    mix_hash(z, out, TRI_X25519_BYTES);
    rc = mix_keys(z, out + TRI_X25519_BYTES, NULL);
    if (rc == TRI_OK)
        rc = encrypt_and_hash(z, out + front(z), payload, n);
    if (rc != TRI_OK)
        return die(z, rc);
    z->step++;
    return TRI_OK;
}

int tri_noise_read(struct tri_noise *z, void *payload, const uint8_t *in,
                   size_t n)
{
    int rc;

    if (z->step < 0)
        return TRI_E_DEAD;
    if (z->step > 1 || (z->step == 0) == (z->initiator != 0))
        return TRI_E_ARG;
    memcpy(z->re, in, sizeof z->re);
    mix_hash(z, in, TRI_X25519_BYTES);
    rc = mix_keys(z, NULL, in + TRI_X25519_BYTES);
    if (rc == TRI_OK)
        rc = decrypt_and_hash(z, payload, in + front(z), n);
    if (rc != TRI_OK) {
        if (n > 0)
            tri_wipe(payload, n);
        return die(z, rc);
    }
    z->step++;
    return TRI_OK;
}

int tri_noise_split(struct tri_noise *z, struct tri_noise_keys *out)
{
    if (z->step < 0)
        return TRI_E_DEAD;
    if (z->step < 2)
        return TRI_E_ARG;
    /* The first key is that of the initiator's direction. */
    hkdf(z->initiator ? out->send : out->receive,
         z->initiator ? out->receive : out->send, out->exporter, z->ck, NULL,
         0);
    memcpy(out->hash, z->h, sizeof out->hash);
    (void)die(z, TRI_OK);
    return TRI_OK;
}
