#ifndef TRI_NET_SECURE_H
#define TRI_NET_SECURE_H

#include <stddef.h>
#include <stdint.h>

#include "arch/kernels.h"
#include "core/aead.h"
#include "core/noise.h"
#include "net/link.h"
#include "net/record.h"

/** \file net/secure.h
 *
 * # Sealed connections
 *
 * Two parties that know each other's static public key make a connection
 * that nobody else can read, alter, replay, reorder or shorten unnoticed. The
 * functions here hold no socket; net/conn calls them.
 *
 * ## Handshake
 *
 * Noise KK (core/noise.h); the initiator is the party that connects, the one
 * with the higher number. The prologue is "trinn link 1", TRI_WIRE_VERSION
 * and both party numbers. Each payload is one byte, the algorithm (enum
 * tri_aead_alg) that its sender runs faster; records use AES-GCM if both
 * prefer it, else ChaCha20-Poly1305. Both know both, and the handshake
 * authenticates the choice: nobody in between can influence it.
 *
 *     initiator -> responder   call          49 bytes
 *     initiator <- responder   answer        49 bytes
 *     initiator -> responder   confirmation  16 bytes
 *
 * The confirmation is the tag of an empty text under the new keys. Only after
 * it the responder knows that the call was no copy of an earlier one.
 *
 * ## A client's handshake
 *
 * A client of a service calls each of the three parties. Noise IK: the client
 * knows their keys, and they learn its key from the call, which nobody else can
 * read; whether they know it is up to them. The prologue is "trinn service 1",
 * TRI_WIRE_VERSION and the party's number: a call to one party is of no use at
 * another.
 *
 *     client -> party   call          97 bytes
 *     client <- party   answer        49 bytes
 *     client -> party   confirmation  16 bytes
 *
 * ## Records
 *
 * A record of net/record.h becomes, on the wire,
 *
 * | bytes | sealed record                          |
 * |-------|----------------------------------------|
 * | 16    | header, encrypted                      |
 * | 16    | tag of the header                      |
 * | n     | payload, encrypted                     |
 * | 16    | tag of the payload, unless n is 0      |
 *
 * So a header is authentic before anything believes it, and a payload before
 * anyone uses it. Both nonces are the number of the record in its direction,
 * 64 bits from 0, and which of the two it is: a record fits at its own place
 * only. After TRI_SECURE_REKEY records the key is replaced by a hash of it.
 */
enum {
    TRI_SECURE_KEY = 32,
    TRI_SECURE_CALL = TRI_NOISE_OVERHEAD + 1,
    TRI_SECURE_ANSWER = TRI_NOISE_OVERHEAD + 1,
    TRI_SECURE_CONFIRM = TRI_AEAD_TAG,
    TRI_SECURE_CLIENT_CALL = TRI_SECURE_CALL + TRI_NOISE_STATIC,
    TRI_SECURE_HEADER = TRI_RECORD_HEADER + TRI_AEAD_TAG,
    TRI_SECURE_REKEY = 1 << 20 /**< records under one key */
};

/** The long-term keys of one party. */
struct tri_secure_keys {
    uint8_t own[TRI_SECURE_KEY];               /**< private, secret        */
    uint8_t peer[TRI_PARTIES][TRI_SECURE_KEY]; /**< public; [id] is unused */
};

/** One direction. */
struct tri_secure_way {
    uint8_t key[TRI_AEAD_KEY]; /**< secret                              */
    uint64_t epoch;            /**< record number / TRI_SECURE_REKEY    */
    struct tri_aead aead;      /**< under key                           */
};

/** One connection. Wipe with tri_secure_wipe(). */
struct tri_secure {
    const struct tri_kernels *k;
    struct tri_noise noise; /**< until the handshake is over           */
    int alg;                /**< enum tri_aead_alg of the records      */
    int best;               /**< what this side prefers                */
    struct tri_secure_way tx, rx;
    uint8_t exporter[TRI_HASH_BYTES]; /**< secret, the same on both sides */
};

void tri_secure_wipe(struct tri_secure *s);

/* ---- handshake ---------------------------------------------------------- */

/**
 * Initiator: start and write the call.
 *
 * \param id, peer   party numbers
 * \param best       enum tri_aead_alg, normally tri_aead_best(k)
 * \param ephemeral  32 fresh random bytes, secret
 * \return TRI_OK; TRI_E_CRYPTO if the peer's public key is of low order
 */
int tri_secure_call(struct tri_secure *s, const struct tri_kernels *k,
                    const struct tri_secure_keys *keys, unsigned id,
                    unsigned peer, int best, const uint8_t ephemeral[32],
                    uint8_t call[TRI_SECURE_CALL]);

/**
 * Responder: start, read the call and write the answer.
 * \return TRI_OK; TRI_E_CRYPTO if `peer` did not write this to `id`
 */
int tri_secure_answer(struct tri_secure *s, const struct tri_kernels *k,
                      const struct tri_secure_keys *keys, unsigned id,
                      unsigned peer, int best, const uint8_t ephemeral[32],
                      const uint8_t call[TRI_SECURE_CALL],
                      uint8_t answer[TRI_SECURE_ANSWER]);

/**
 * Initiator: read the answer and write the confirmation. The connection is
 * ready.
 * \return TRI_OK; TRI_E_CRYPTO if the peer did not write this to this call
 */
int tri_secure_finish(struct tri_secure *s,
                      const uint8_t answer[TRI_SECURE_ANSWER],
                      uint8_t confirm[TRI_SECURE_CONFIRM]);

/**
 * Responder: read the confirmation. The connection is ready; before, nothing
 * may be sent.
 * \return TRI_OK; TRI_E_CRYPTO
 */
int tri_secure_confirmed(struct tri_secure *s,
                         const uint8_t confirm[TRI_SECURE_CONFIRM]);

/**
 * Client: start and write the call to `party`; tri_secure_finish() takes the
 * answer.
 *
 * \param own, party_key  [32] own private key, secret; the party's public one
 * \return TRI_OK; TRI_E_CRYPTO if that is of low order
 */
int tri_secure_client_call(struct tri_secure *s, const struct tri_kernels *k,
                           const uint8_t own[32], const uint8_t party_key[32],
                           unsigned party, int best,
                           const uint8_t ephemeral[32],
                           uint8_t call[TRI_SECURE_CLIENT_CALL]);

/**
 * Party `id`: start and read a client's call.
 * \param client  receives the public key of who has written it
 * \return TRI_OK; TRI_E_CRYPTO if nobody has written this to this party
 */
int tri_secure_client_hear(struct tri_secure *s, const struct tri_kernels *k,
                           const uint8_t own[32], unsigned id,
                           const uint8_t call[TRI_SECURE_CLIENT_CALL],
                           uint8_t client[32]);

/** Then, if the party knows that key: write the answer. After
 *  tri_secure_confirmed() the connection is ready. TRI_OK; TRI_E_CRYPTO */
int tri_secure_client_answer(struct tri_secure *s, int best,
                             const uint8_t ephemeral[32],
                             uint8_t answer[TRI_SECURE_ANSWER]);

/* ---- records ------------------------------------------------------------ */

/**
 * Seal header and payload of record number `seq`; each number once, rising.
 *
 * \param out      [TRI_SECURE_HEADER, and if r->len > 0 also r->len +
 *                 TRI_AEAD_TAG]; no overlap with payload
 * \param payload  [r->len] secret
 * \return bytes written
 */
size_t tri_secure_seal(struct tri_secure *s, uint64_t seq, uint8_t *out,
                       const struct tri_record *r, const void *payload);

/**
 * Decrypt the header of record number `seq`, which is the one expected next
 * or a later one.
 *
 * \param out  the header in clear, for tri_record_parse(); zeros on error
 * \return TRI_OK; TRI_E_CRYPTO if it is not what the peer sealed
 */
int tri_secure_open_header(const struct tri_secure *s, uint64_t seq,
                           uint8_t out[TRI_RECORD_HEADER],
                           const uint8_t in[TRI_SECURE_HEADER]);

/** Record number `seq`, which has no payload, is through: later headers are
 *  read with the key of its time at once. */
void tri_secure_passed(struct tri_secure *s, uint64_t seq);

/**
 * Decrypt the payload of record number `seq` where it stands; each number
 * once, rising.
 *
 * \param buf  [len]; zeros on error
 * \return TRI_OK; TRI_E_CRYPTO
 */
int tri_secure_open(struct tri_secure *s, uint64_t seq, void *buf, size_t len,
                    const uint8_t tag[TRI_AEAD_TAG]);

#endif
