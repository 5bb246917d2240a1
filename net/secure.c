/* No OS header: boards link this file as it is. */
#include "net/secure.h"

#include "core/err.h"
#include "core/hash.h"
#include "core/le.h"
#include "core/mem.h"

/* What a nonce belongs to; its last eight bytes are the record's number. */
enum part { HEADER, PAYLOAD, CONFIRM };

static void make_nonce(uint8_t nonce[TRI_AEAD_NONCE], enum part part,
                       uint64_t seq)
{
    memset(nonce, 0, TRI_AEAD_NONCE);
    nonce[0] = (uint8_t)part;
    tri_le_store64(nonce + 4, seq);
}

void tri_secure_wipe(struct tri_secure *s)
{
    tri_wipe(s, sizeof *s);
}

/* ---- keys --------------------------------------------------------------- */

/* The next epoch's key: a hash, so that the present one cannot tell an
 * earlier one. */
static void next_key(uint8_t key[TRI_AEAD_KEY])
{
    static const char label[] = "trinn rekey 1";
    struct tri_hash s;

    tri_hash_init(&s, key, TRI_AEAD_KEY);
    tri_hash_update(&s, label, sizeof label - 1);
    tri_hash_final(&s, key);
}

/* `w` moved on to the epoch of `seq`; never back. */
static void move_on(struct tri_secure_way *w, uint64_t seq)
{
    const uint64_t epoch = seq / TRI_SECURE_REKEY;

    if (w->epoch >= epoch)
        return;
    for (; w->epoch < epoch; w->epoch++)
        next_key(w->key);
    /* The algorithm was accepted at the start. */
    (void)tri_aead_init(&w->aead, w->aead.k, w->aead.alg, w->key);
}

static void start_way(struct tri_secure *s, struct tri_secure_way *w,
                      const uint8_t key[TRI_AEAD_KEY])
{
    memcpy(w->key, key, sizeof w->key);
    w->epoch = 0;
    (void)tri_aead_init(&w->aead, s->k, s->alg, key);
}

/* ---- handshake ---------------------------------------------------------- */

static int fail(struct tri_secure *s, int rc)
{
    tri_secure_wipe(s);
    return rc;
}

static void start(struct tri_secure *s, const struct tri_kernels *k,
                  const struct tri_secure_keys *keys, unsigned id,
                  unsigned peer, int initiator)
{
    static const char label[] = "trinn link 1";
    uint8_t prologue[sizeof label + 2];
    const unsigned caller = initiator ? id : peer;

    memset(s, 0, sizeof *s);
    s->k = k;
    memcpy(prologue, label, sizeof label - 1);
    prologue[sizeof label - 1] = TRI_WIRE_VERSION;
    prologue[sizeof label] = (uint8_t)caller;
    prologue[sizeof label + 1] = (uint8_t)(id + peer - caller);
    tri_noise_init(&s->noise, k, initiator, keys->own, keys->peer[peer],
                   prologue, sizeof prologue);
}

/* Both messages are through; `theirs` is the peer's preference. */
static int settle(struct tri_secure *s, uint8_t theirs)
{
    struct tri_noise_keys keys;
    const int rc = tri_noise_split(&s->noise, &keys);

    if (rc != TRI_OK)
        return rc;
    s->alg = s->best == TRI_AEAD_AESGCM && theirs == TRI_AEAD_AESGCM
                 ? TRI_AEAD_AESGCM
                 : TRI_AEAD_CHACHAPOLY;
    start_way(s, &s->tx, keys.send);
    start_way(s, &s->rx, keys.receive);
    memcpy(s->exporter, keys.exporter, sizeof s->exporter);
    tri_wipe(&keys, sizeof keys);
    return TRI_OK;
}

/* Write a call or an answer, which says what this side prefers. */
static int say(struct tri_secure *s, int best, const uint8_t ephemeral[32],
               uint8_t *out)
{
    const uint8_t mine = (uint8_t)best;
    int rc;

    s->best = best;
    rc = tri_noise_write(&s->noise, ephemeral, out, &mine, 1);
    return rc == TRI_OK ? TRI_OK : fail(s, rc);
}

/* Read a call. s->alg is what the other side prefers, until settle(). */
static int hear(struct tri_secure *s, const uint8_t *call)
{
    uint8_t theirs = 0;
    const int rc = tri_noise_read(&s->noise, &theirs, call, 1);

    s->alg = theirs;
    return rc == TRI_OK ? TRI_OK : fail(s, rc);
}

int tri_secure_call(struct tri_secure *s, const struct tri_kernels *k,
                    const struct tri_secure_keys *keys, unsigned id,
                    unsigned peer, int best, const uint8_t ephemeral[32],
                    uint8_t call[TRI_SECURE_CALL])
{
    start(s, k, keys, id, peer, 1);
    return say(s, best, ephemeral, call);
}

int tri_secure_answer(struct tri_secure *s, const struct tri_kernels *k,
                      const struct tri_secure_keys *keys, unsigned id,
                      unsigned peer, int best, const uint8_t ephemeral[32],
                      const uint8_t call[TRI_SECURE_CALL],
                      uint8_t answer[TRI_SECURE_ANSWER])
{
    int rc;

    start(s, k, keys, id, peer, 0);
    rc = hear(s, call);
    /* From here on as to a client. */
    return rc == TRI_OK ? tri_secure_client_answer(s, best, ephemeral, answer)
                        : rc;
}

/* ---- a client's handshake ----------------------------------------------- */

static void start_client(struct tri_secure *s, const struct tri_kernels *k,
                         const uint8_t own[32], const uint8_t *party_key,
                         unsigned party)
{
    static const char label[] = "trinn service 1";
    uint8_t prologue[sizeof label + 1];

    memset(s, 0, sizeof *s);
    s->k = k;
    memcpy(prologue, label, sizeof label - 1);
    prologue[sizeof label - 1] = TRI_WIRE_VERSION;
    prologue[sizeof label] = (uint8_t)party;
    tri_noise_init_ik(&s->noise, k, own, party_key, prologue, sizeof prologue);
}

int tri_secure_client_call(struct tri_secure *s, const struct tri_kernels *k,
                           const uint8_t own[32], const uint8_t party_key[32],
                           unsigned party, int best,
                           const uint8_t ephemeral[32],
                           uint8_t call[TRI_SECURE_CLIENT_CALL])
{
    start_client(s, k, own, party_key, party);
    return say(s, best, ephemeral, call);
}

int tri_secure_client_hear(struct tri_secure *s, const struct tri_kernels *k,
                           const uint8_t own[32], unsigned id,
                           const uint8_t call[TRI_SECURE_CLIENT_CALL],
                           uint8_t client[32])
{
    int rc;

    start_client(s, k, own, NULL, id);
    rc = hear(s, call);
    if (rc == TRI_OK)
        memcpy(client, s->noise.rs, 32);
    return rc;
}

int tri_secure_client_answer(struct tri_secure *s, int best,
                             const uint8_t ephemeral[32],
                             uint8_t answer[TRI_SECURE_ANSWER])
{
    int rc = say(s, best, ephemeral, answer);

    if (rc == TRI_OK)
        rc = settle(s, (uint8_t)s->alg);
    return rc == TRI_OK ? TRI_OK : fail(s, rc);
}

/* ---- both --------------------------------------------------------------- */

int tri_secure_finish(struct tri_secure *s,
                      const uint8_t answer[TRI_SECURE_ANSWER],
                      uint8_t confirm[TRI_SECURE_CONFIRM])
{
    uint8_t theirs = 0, nonce[TRI_AEAD_NONCE];
    int rc = tri_noise_read(&s->noise, &theirs, answer, 1);

    if (rc == TRI_OK)
        rc = settle(s, theirs);
    if (rc == TRI_OK) {
        make_nonce(nonce, CONFIRM, 0);
        rc = tri_aead_seal(&s->tx.aead, confirm, confirm, nonce, NULL, 0,
                           confirm, 0);
    }
    return rc == TRI_OK ? TRI_OK : fail(s, rc);
}

int tri_secure_confirmed(struct tri_secure *s,
                         const uint8_t confirm[TRI_SECURE_CONFIRM])
{
    uint8_t nonce[TRI_AEAD_NONCE], none = 0;
    int rc;

    make_nonce(nonce, CONFIRM, 0);
    rc = tri_aead_open(&s->rx.aead, &none, confirm, nonce, NULL, 0, &none, 0);
    return rc == TRI_OK ? TRI_OK : fail(s, rc);
}

/* ---- records ------------------------------------------------------------ */

size_t tri_secure_seal(struct tri_secure *s, uint64_t seq, uint8_t *out,
                       const struct tri_record *r, const void *payload)
{
    uint8_t nonce[TRI_AEAD_NONCE];

    move_on(&s->tx, seq);
    tri_record_print(out, r);
    make_nonce(nonce, HEADER, seq);
    /* Lengths are far below any limit of the algorithms. */
    (void)tri_aead_seal(&s->tx.aead, out, out + TRI_RECORD_HEADER, nonce, NULL,
                        0, out, TRI_RECORD_HEADER);
    if (r->len == 0)
        return TRI_SECURE_HEADER;
    make_nonce(nonce, PAYLOAD, seq);
    out += TRI_SECURE_HEADER;
    (void)tri_aead_seal(&s->tx.aead, out, out + r->len, nonce, NULL, 0, payload,
                        r->len);
    return TRI_SECURE_HEADER + (size_t)r->len + TRI_AEAD_TAG;
}

int tri_secure_open_header(const struct tri_secure *s, uint64_t seq,
                           uint8_t out[TRI_RECORD_HEADER],
                           const uint8_t in[TRI_SECURE_HEADER])
{
    struct tri_secure_way later;
    const struct tri_secure_way *w = &s->rx;
    uint8_t nonce[TRI_AEAD_NONCE];
    int rc;

    if (seq / TRI_SECURE_REKEY != w->epoch) {
        later = *w;
        move_on(&later, seq);
        w = &later;
    }
    make_nonce(nonce, HEADER, seq);
    rc = tri_aead_open(&w->aead, out, in + TRI_RECORD_HEADER, nonce, NULL, 0,
                       in, TRI_RECORD_HEADER);
    if (w == &later)
        tri_wipe(&later, sizeof later);
    return rc;
}

void tri_secure_passed(struct tri_secure *s, uint64_t seq)
{
    move_on(&s->rx, seq);
}

int tri_secure_open(struct tri_secure *s, uint64_t seq, void *buf, size_t len,
                    const uint8_t tag[TRI_AEAD_TAG])
{
    uint8_t nonce[TRI_AEAD_NONCE];

    move_on(&s->rx, seq);
    make_nonce(nonce, PAYLOAD, seq);
    return tri_aead_open(&s->rx.aead, buf, tag, nonce, NULL, 0, buf, len);
}
