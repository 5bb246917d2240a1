#ifndef TRI_NET_TCP_COOKIE_H
#define TRI_NET_TCP_COOKIE_H

#include <stdint.h>

#include "net/secure.h"

/** \file net/tcp/cookie.h
 *
 * # A proof before work
 *
 * The answer to a call costs five X25519 and a connection that is kept. Who
 * is called often answers a few calls a second at once; to all others it gives
 * a *cookie* and hangs up. The caller calls again and adds a *proof*, which
 * costs the called party two hashes. As WireGuard's cookies
 * (https://www.wireguard.com/papers/wireguard.pdf, 5.4.7), but the proof also
 * shows the caller's private key.
 *
 *     key    = BLAKE2s(X25519(own, peer); "trinn cookie 1" | caller | called)
 *     cookie = BLAKE2s(secret; address | caller | count), 16 bytes
 *     proof  = BLAKE2s(key; cookie | call), 16 bytes
 *
 * A semicolon stands behind the key of a hash; `secret` is drawn by the called
 * party when it starts to wait, and told to nobody; `address` is the caller's
 * as the called party sees it, without the port; `count` is the number of
 * proofs of this caller that were right.
 *
 * Why it is safe. The called party keeps nothing for a cookie: it makes it
 * anew to check a proof. Who lacks both private keys does not know `key`, and
 * cannot prove anything. A recorded proof is of no use: after its first use
 * `count` is another, in another wait `secret` is, and from elsewhere
 * `address` is. A cookie tells nothing of `secret`, a proof nothing of the key:
 * BLAKE2s under a key is a pseudorandom function; and the label keeps this use
 * of X25519(own, peer) apart from that in the handshake. A false cookie leads
 * to a second call with a proof that the true party does not take, and so to a
 * pause and another cookie. Whoever can send one to the caller could as well
 * end its connection. The proof lets nobody in: the handshake follows it
 * as ever.
 */
enum {
    TRI_COOKIE_BYTES = 16,
    TRI_PROOF_BYTES = 16,
    TRI_COOKIE_ADDRESS = 16, /**< IPv6, or IPv4 mapped to it */
    TRI_COOKIE_KEY = 32
};

/** What the called party needs. */
struct tri_cookie_jar {
    uint8_t secret[32]; /**< random, for one wait         */
    uint32_t count[TRI_PARTIES];
};

/** The key between this party and `peer`; secret.
 *  \return TRI_OK; TRI_E_CRYPTO if the peer's public key is of low order */
int tri_cookie_key(uint8_t key[TRI_COOKIE_KEY],
                   const struct tri_secure_keys *keys, unsigned id,
                   unsigned peer);

/** The cookie that `caller` at `address` gets at the moment. */
void tri_cookie_make(uint8_t cookie[TRI_COOKIE_BYTES],
                     const struct tri_cookie_jar *jar, unsigned caller,
                     const uint8_t address[TRI_COOKIE_ADDRESS]);

/** The caller's proof. */
void tri_cookie_prove(uint8_t proof[TRI_PROOF_BYTES],
                      const uint8_t key[TRI_COOKIE_KEY],
                      const uint8_t cookie[TRI_COOKIE_BYTES],
                      const uint8_t call[TRI_SECURE_CALL]);

/** Non-zero if `proof` is right; it never is again. */
int tri_cookie_proved(struct tri_cookie_jar *jar, unsigned caller,
                      const uint8_t key[TRI_COOKIE_KEY],
                      const uint8_t address[TRI_COOKIE_ADDRESS],
                      const uint8_t call[TRI_SECURE_CALL],
                      const uint8_t proof[TRI_PROOF_BYTES]);

#endif
