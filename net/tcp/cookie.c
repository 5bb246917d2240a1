#include "net/tcp/cookie.h"

#include "core/err.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/x25519.h"

int tri_cookie_key(uint8_t key[TRI_COOKIE_KEY],
                   const struct tri_secure_keys *keys, unsigned id,
                   unsigned peer)
{
    static const char label[] = "trinn cookie 1";
    const uint8_t ids[2] = { (uint8_t)(id > peer ? id : peer),
                             (uint8_t)(id > peer ? peer : id) };
    uint8_t shared[TRI_X25519_BYTES];
    struct tri_hash s;
    const int rc = tri_x25519(shared, keys->own, keys->peer[peer]);

    tri_hash_init(&s, shared, sizeof shared);
    tri_hash_update(&s, label, sizeof label - 1);
    tri_hash_update(&s, ids, sizeof ids);
    tri_hash_final(&s, key);
    tri_wipe(shared, sizeof shared);
    return rc;
}

void tri_cookie_make(uint8_t cookie[TRI_COOKIE_BYTES],
                     const struct tri_cookie_jar *jar, unsigned caller,
                     const uint8_t address[TRI_COOKIE_ADDRESS])
{
    const uint32_t n = jar->count[caller];
    const uint8_t end[5] = { (uint8_t)caller, (uint8_t)n, (uint8_t)(n >> 8),
                             (uint8_t)(n >> 16), (uint8_t)(n >> 24) };
    uint8_t digest[TRI_HASH_BYTES];
    struct tri_hash s;

    tri_hash_init(&s, jar->secret, sizeof jar->secret);
    tri_hash_update(&s, address, TRI_COOKIE_ADDRESS);
    tri_hash_update(&s, end, sizeof end);
    tri_hash_final(&s, digest);
    memcpy(cookie, digest, TRI_COOKIE_BYTES);
}

void tri_cookie_prove(uint8_t proof[TRI_PROOF_BYTES],
                      const uint8_t key[TRI_COOKIE_KEY],
                      const uint8_t cookie[TRI_COOKIE_BYTES],
                      const uint8_t call[TRI_SECURE_CALL])
{
    uint8_t digest[TRI_HASH_BYTES];
    struct tri_hash s;

    tri_hash_init(&s, key, TRI_COOKIE_KEY);
    tri_hash_update(&s, cookie, TRI_COOKIE_BYTES);
    tri_hash_update(&s, call, TRI_SECURE_CALL);
    tri_hash_final(&s, digest);
    memcpy(proof, digest, TRI_PROOF_BYTES);
}

int tri_cookie_proved(struct tri_cookie_jar *jar, unsigned caller,
                      const uint8_t key[TRI_COOKIE_KEY],
                      const uint8_t address[TRI_COOKIE_ADDRESS],
                      const uint8_t call[TRI_SECURE_CALL],
                      const uint8_t proof[TRI_PROOF_BYTES])
{
    uint8_t cookie[TRI_COOKIE_BYTES], want[TRI_PROOF_BYTES], differ = 0;

    tri_cookie_make(cookie, jar, caller, address);
    tri_cookie_prove(want, key, cookie, call);
    for (unsigned i = 0; i < TRI_PROOF_BYTES; i++)
        differ |= (uint8_t)(want[i] ^ proof[i]);
    tri_wipe(want, sizeof want);
    if (differ != 0)
        return 0;
    jar->count[caller]++;
    return 1;
}
