#ifndef TRI_CORE_NOISE_H
#define TRI_CORE_NOISE_H

#include <stddef.h>
#include <stdint.h>
#include "arch/kernels.h"
#include "core/aead.h"
#include "core/hash.h"
#include "core/x25519.h"

/** \file core/noise.h
 *
 * # Noise KK and IK, 25519_ChaChaPoly_BLAKE2s (specification, revision 34)
 *
 * A handshake of two messages. In KK both sides know each other's static public
 * key. In IK the responder learns the initiator's from the first message, where
 * nobody else can read it, and has to know by itself whom it lets in.
 * Afterwards both hold the same fresh keys, and nobody else does, not even one
 * who learns a static private key later.
 *
 *     initiator -> responder   e, es, ss, payload     48 + n bytes
 *     initiator <- responder   e, ee, se, payload     48 + n bytes
 *
 * and in IK
 *
 *     initiator -> responder   e, es, s, ss, payload  96 + n bytes
 *     initiator <- responder   e, ee, se, payload     48 + n bytes
 *
 * The first message proves the initiator's static key, but may be a copy of
 * an earlier one: the responder must not believe in the session before it has
 * opened something under the keys of tri_noise_split(). The first payload
 * lacks forward secrecy; put no secret in it.
 *
 * Every error is final: the state is wiped, and all later calls return
 * TRI_E_DEAD. Constant time in all keys.
 */
enum {
    TRI_NOISE_OVERHEAD = TRI_X25519_BYTES + TRI_AEAD_TAG,
    TRI_NOISE_STATIC = TRI_X25519_BYTES + TRI_AEAD_TAG /**< in IK's first */
};

struct tri_noise {
    const struct tri_kernels *k;
    int step; /**< messages done: 0..2; -1: dead           */
    int initiator;
    int ik;                    /**< of the two patterns                       */
    uint8_t h[TRI_HASH_BYTES]; /**< hash of all that was said             */
    uint8_t ck[TRI_HASH_BYTES]; /**< chaining key, secret                  */
    uint8_t key[TRI_AEAD_KEY];  /**< of the next payload, secret           */
    uint8_t s[32], rs[32];      /**< own static private, peer's public key */
    uint8_t e[32], re[32];      /**< the same of the ephemeral keys        */
};

/**
 * Start.
 *
 * \param s         [32] own static private key, secret
 * \param rs        [32] the peer's static public key
 * \param prologue  [n] public; the handshake fails unless it is equal on
 *                  both sides
 */
void tri_noise_init(struct tri_noise *z, const struct tri_kernels *k,
                    int initiator, const uint8_t s[32], const uint8_t rs[32],
                    const void *prologue, size_t n);

/** The same in IK. \param rs  initiator: the responder's static public key;
 *  NULL: the responder, for whom z->rs is the initiator's once its message has
 *  been read */
void tri_noise_init_ik(struct tri_noise *z, const struct tri_kernels *k,
                       const uint8_t s[32], const uint8_t *rs,
                       const void *prologue, size_t n);

/**
 * Write this side's message.
 *
 * \param e    [32] fresh random bytes: the ephemeral private key, secret
 * \param out  [n + TRI_NOISE_OVERHEAD], in IK's first message TRI_NOISE_STATIC
 *             more; no overlap with payload
 * \return TRI_OK; TRI_E_ARG (not this side's turn); TRI_E_CRYPTO (the peer's
 *         key is a point of low order); TRI_E_DEAD
 */
int tri_noise_write(struct tri_noise *z, const uint8_t e[32], uint8_t *out,
                    const void *payload, size_t n);

/**
 * Read the other side's message of n + TRI_NOISE_OVERHEAD bytes (IK's first:
 * TRI_NOISE_STATIC more).
 *
 * \param payload  [n], wiped on error
 * \return TRI_OK; TRI_E_ARG (not the other side's turn); TRI_E_CRYPTO (it
 *         was not written by the peer, for this prologue and, if it is the
 *         second one, in answer to the first); TRI_E_DEAD
 */
int tri_noise_read(struct tri_noise *z, void *payload, const uint8_t *in,
                   size_t n);

/** What a handshake leaves behind. Keys are secret. */
struct tri_noise_keys {
    uint8_t send[32], receive[32]; /**< of the two directions */
    uint8_t exporter[32]; /**< for other use: the third output of the HKDF
                               whose first two are the ones above         */
    uint8_t hash[32];     /**< names this session; public, equal          */
};

/** Take the keys after both messages and wipe the state.
 *  \return TRI_OK; TRI_E_ARG (messages are missing); TRI_E_DEAD */
int tri_noise_split(struct tri_noise *z, struct tri_noise_keys *out);

#endif
