#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "net/secure.h"
#include "tests/checks.h"

static void random_bytes(void *p, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)tri_test_rand(seed);
}

/* Keys of three parties that know each other. */
static void make_keys(struct tri_secure_keys keys[3], uint64_t *seed)
{
    for (unsigned i = 0; i < 3; i++) {
        random_bytes(keys[i].own, 32, seed);
        for (unsigned j = 0; j < 3; j++)
            tri_x25519_public(keys[j].peer[i], keys[i].own);
    }
}

/* P2 calls P0. */
struct pair {
    struct tri_kernels k;
    struct tri_secure_keys keys[3];
    struct tri_secure caller, answerer;
    uint8_t call[TRI_SECURE_CALL], answer[TRI_SECURE_ANSWER];
    uint8_t confirm[TRI_SECURE_CONFIRM];
    int best[2]; /* of caller and answerer */
};

static void prepare(struct pair *p, uint64_t *seed)
{
    memset(p, 0, sizeof *p);
    tri_kernels_init(&p->k, tri_cpu_detect());
    make_keys(p->keys, seed);
    p->best[0] = p->best[1] = TRI_AEAD_AESGCM;
}

/* The handshake; byte `flip` of all that crosses is altered. Returns the
 * first error. */
static int shake(struct pair *p, uint64_t *seed, size_t flip)
{
    uint8_t e[2][32];
    int rc;

    random_bytes(e, sizeof e, seed);
    rc = tri_secure_call(&p->caller, &p->k, &p->keys[2], 2, 0, p->best[0], e[0],
                         p->call);
    if (flip < sizeof p->call)
        p->call[flip] ^= 0x10;
    if (rc == TRI_OK)
        rc = tri_secure_answer(&p->answerer, &p->k, &p->keys[0], 0, 2,
                               p->best[1], e[1], p->call, p->answer);
    if (flip - sizeof p->call < sizeof p->answer)
        p->answer[flip - sizeof p->call] ^= 0x10;
    if (rc == TRI_OK)
        rc = tri_secure_finish(&p->caller, p->answer, p->confirm);
    if (flip - sizeof p->call - sizeof p->answer < sizeof p->confirm)
        p->confirm[flip - sizeof p->call - sizeof p->answer] ^= 0x10;
    if (rc == TRI_OK)
        rc = tri_secure_confirmed(&p->answerer, p->confirm);
    return rc;
}

enum { ALL = TRI_SECURE_CALL + TRI_SECURE_ANSWER + TRI_SECURE_CONFIRM };

static void check_handshake(struct tri_check *c)
{
    static const uint8_t zero[sizeof(struct tri_secure)];
    static struct pair p;
    uint64_t seed = c->seed;

    prepare(&p, &seed);
    for (int a = 1; a <= 2; a++)
        for (int b = 1; b <= 2; b++) {
            const int want = a == TRI_AEAD_AESGCM && b == TRI_AEAD_AESGCM
                                 ? TRI_AEAD_AESGCM
                                 : TRI_AEAD_CHACHAPOLY;

            p.best[0] = a;
            p.best[1] = b;
            CHECK(c, shake(&p, &seed, SIZE_MAX) == TRI_OK, "%d with %d", a, b);
            CHECK(c, p.caller.alg == want && p.answerer.alg == want,
                  "%d with %d agree on %d and %d", a, b, p.caller.alg,
                  p.answerer.alg);
            CHECK(c, memcmp(p.caller.exporter, p.answerer.exporter, 32) == 0,
                  "exporter secrets differ");
            CHECK(c,
                  memcmp(p.caller.tx.key, p.answerer.rx.key, 32) == 0 &&
                      memcmp(p.caller.rx.key, p.answerer.tx.key, 32) == 0 &&
                      memcmp(p.caller.tx.key, p.caller.rx.key, 32) != 0,
                  "keys");
            CHECK(c, memcmp(&p.caller.noise.ck, zero, 32) == 0,
                  "the handshake's secrets are left behind");
        }
    for (size_t flip = 0; flip < ALL; flip++) {
        CHECK(c, shake(&p, &seed, flip) == TRI_E_CRYPTO,
              "byte %zu of the handshake altered", flip);
        CHECK(c,
              memcmp(flip < TRI_SECURE_CALL || flip >= ALL - TRI_SECURE_CONFIRM
                         ? &p.answerer
                         : &p.caller,
                     zero, sizeof p.caller) == 0,
              "byte %zu altered: the state is not wiped", flip);
    }
    /* A call to somebody else, and one from somebody else. */
    {
        const uint8_t e[32] = { 1 };

        (void)tri_secure_call(&p.caller, &p.k, &p.keys[2], 2, 1, 1, e, p.call);
        CHECK(c,
              tri_secure_answer(&p.answerer, &p.k, &p.keys[0], 0, 2, 1, e,
                                p.call, p.answer) == TRI_E_CRYPTO,
              "a call to P1 answered by P0");
        (void)tri_secure_call(&p.caller, &p.k, &p.keys[1], 1, 0, 1, e, p.call);
        CHECK(c,
              tri_secure_answer(&p.answerer, &p.k, &p.keys[0], 0, 2, 1, e,
                                p.call, p.answer) == TRI_E_CRYPTO,
              "a call of P1 taken for one of P2");
    }
}

/* A copied call gets an answer, and that is all. */
static void check_replayed_call(struct tri_check *c)
{
    static struct pair p;
    static struct tri_secure again;
    uint8_t e[32], answer[TRI_SECURE_ANSWER];
    uint64_t seed = c->seed;

    prepare(&p, &seed);
    CHECK(c, shake(&p, &seed, SIZE_MAX) == TRI_OK, "handshake");
    random_bytes(e, 32, &seed);
    CHECK(c,
          tri_secure_answer(&again, &p.k, &p.keys[0], 0, 2, TRI_AEAD_AESGCM, e,
                            p.call, answer) == TRI_OK,
          "the copied call");
    CHECK(c, tri_secure_confirmed(&again, p.confirm) == TRI_E_CRYPTO,
          "a copied call and confirmation make a session");
}

enum { N = 100, WIRE = TRI_SECURE_HEADER + N + TRI_AEAD_TAG };

static const struct tri_record record = { N, TRI_RECORD_LAST, 7, 3 };

/* Open a sealed record of N bytes as number seq; buf gets the payload. */
static int open_as(struct tri_secure *s, uint64_t seq, const uint8_t *wire,
                   uint8_t buf[N])
{
    uint8_t header[TRI_RECORD_HEADER];
    struct tri_record r;
    int rc = tri_secure_open_header(s, seq, header, wire);

    memcpy(buf, wire + TRI_SECURE_HEADER, N);
    if (rc != TRI_OK) {
        static const uint8_t zero[TRI_RECORD_HEADER];

        /* nothing of a forged header is released */
        return memcmp(header, zero, sizeof header) == 0 ? rc : TRI_OK;
    }
    if (tri_record_parse(&r, header) != TRI_OK || r.len != N ||
        r.flags != record.flags || r.seq != record.seq ||
        r.depth != record.depth)
        return TRI_E_PROTO;
    return tri_secure_open(s, seq, buf, N, wire + TRI_SECURE_HEADER + N);
}

/* Altered, shifted, reordered and copied records, and those of the other
 * direction, are refused and leave nothing behind. */
static void check_records(struct tri_check *c)
{
    static const uint8_t zero[N];
    static struct pair p;
    uint8_t text[N], wire[3][WIRE], buf[N], goodbye[TRI_SECURE_HEADER];
    uint64_t seed = c->seed;

    prepare(&p, &seed);
    random_bytes(text, N, &seed);
    for (int alg = 1; alg <= 2; alg++) {
        const struct tri_record bye = { 0, TRI_RECORD_BYE, 3, 0 };

        p.best[0] = alg;
        CHECK(c, shake(&p, &seed, SIZE_MAX) == TRI_OK, "handshake");
        for (unsigned i = 0; i < 3; i++)
            CHECK(c,
                  tri_secure_seal(&p.caller, i, wire[i], &record, text) == WIRE,
                  "length");
        CHECK(c, memcmp(wire[0], wire[1], WIRE) != 0, "records look the same");
        CHECK(c,
              tri_secure_seal(&p.caller, 3, goodbye, &bye, NULL) ==
                  TRI_SECURE_HEADER,
              "length of a goodbye");
        for (size_t bit = 0; bit < 8 * WIRE; bit++) {
            wire[0][bit / 8] ^= (uint8_t)(1u << bit % 8);
            CHECK(c, open_as(&p.answerer, 0, wire[0], buf) == TRI_E_CRYPTO,
                  "%d: bit %zu flipped", alg, bit);
            CHECK(c, bit < 8 * TRI_SECURE_HEADER || memcmp(buf, zero, N) == 0,
                  "%d: bit %zu flipped: payload released", alg, bit);
            wire[0][bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (unsigned i = 0; i < 3; i++) /* number i in place j */
            for (unsigned j = 0; j < 3; j++)
                CHECK(c,
                      i == j ||
                          open_as(&p.answerer, j, wire[i], buf) == TRI_E_CRYPTO,
                      "%d: record %u in the place of %u", alg, i, j);
        CHECK(c, open_as(&p.caller, 0, wire[0], buf) == TRI_E_CRYPTO,
              "%d: a record sent back to its sender", alg);
        /* a header with the payload of another record */
        memcpy(buf, wire[1] + TRI_SECURE_HEADER, N);
        CHECK(c,
              tri_secure_open(&p.answerer, 0, buf, N,
                              wire[1] + WIRE - TRI_AEAD_TAG) == TRI_E_CRYPTO,
              "%d: payloads exchanged", alg);
        /* a header in the place of a payload */
        memcpy(buf, wire[0], TRI_RECORD_HEADER);
        CHECK(c,
              tri_secure_open(&p.answerer, 0, buf, TRI_RECORD_HEADER,
                              wire[0] + TRI_RECORD_HEADER) == TRI_E_CRYPTO,
              "%d: a header taken for a payload", alg);
        for (unsigned i = 0; i < 3; i++)
            CHECK(c,
                  open_as(&p.answerer, i, wire[i], buf) == TRI_OK &&
                      memcmp(buf, text, N) == 0,
                  "%d: record %u", alg, i);
    }
}

/* Keys change after TRI_SECURE_REKEY records, on both sides, and a header can
 * be looked at before that. */
static void check_rekey(struct tri_check *c)
{
    static struct pair p;
    uint8_t text[N], wire[2][WIRE], buf[N], header[TRI_RECORD_HEADER];
    uint8_t old[TRI_AEAD_KEY];
    uint64_t seed = c->seed;

    prepare(&p, &seed);
    random_bytes(text, N, &seed);
    CHECK(c, shake(&p, &seed, SIZE_MAX) == TRI_OK, "handshake");
    memcpy(old, p.caller.tx.key, sizeof old);
    for (uint64_t epoch = 1; epoch <= 3; epoch++) {
        const uint64_t seq = epoch * TRI_SECURE_REKEY;

        (void)tri_secure_seal(&p.caller, seq - 1, wire[0], &record, text);
        CHECK(c, memcmp(old, p.caller.tx.key, sizeof old) == 0,
              "a new key before record %llu", (unsigned long long)seq);
        (void)tri_secure_seal(&p.caller, seq, wire[1], &record, text);
        CHECK(c, memcmp(old, p.caller.tx.key, sizeof old) != 0,
              "no new key at record %llu", (unsigned long long)seq);
        memcpy(old, p.caller.tx.key, sizeof old);
        CHECK(c,
              tri_secure_open_header(&p.answerer, seq, header, wire[1]) ==
                  TRI_OK,
              "a look ahead");
        for (unsigned i = 0; i < 2; i++)
            CHECK(c,
                  open_as(&p.answerer, seq - 1 + i, wire[i], buf) == TRI_OK &&
                      memcmp(buf, text, N) == 0,
                  "record %llu", (unsigned long long)(seq - 1 + i));
        CHECK(c, memcmp(p.answerer.rx.key, old, sizeof old) == 0,
              "keys differ in epoch %llu", (unsigned long long)epoch);
    }
}

enum { CLIENT = TRI_SECURE_CLIENT_CALL + TRI_SECURE_ANSWER + 16 };

/* A client calls P1; byte `flip` of all that crosses is altered. */
static int client_shake(struct pair *p, uint64_t *seed, size_t flip,
                        unsigned party, uint8_t client[32])
{
    uint8_t e[2][32], wire[CLIENT];
    uint8_t *const answer = wire + TRI_SECURE_CLIENT_CALL;
    uint8_t *const confirm = answer + TRI_SECURE_ANSWER;
    int rc;

    random_bytes(e, sizeof e, seed);
    rc = tri_secure_client_call(&p->caller, &p->k, p->keys[0].own,
                                p->keys[0].peer[1], party, p->best[0], e[0],
                                wire);
    if (flip < TRI_SECURE_CLIENT_CALL)
        wire[flip] ^= 0x10;
    if (rc == TRI_OK)
        rc = tri_secure_client_hear(&p->answerer, &p->k, p->keys[1].own, 1,
                                    wire, client);
    if (rc == TRI_OK)
        rc = tri_secure_client_answer(&p->answerer, p->best[1], e[1], answer);
    if (flip >= TRI_SECURE_CLIENT_CALL && flip < CLIENT - 16)
        wire[flip] ^= 0x10;
    if (rc == TRI_OK)
        rc = tri_secure_finish(&p->caller, answer, confirm);
    if (flip >= CLIENT - 16 && flip < CLIENT)
        wire[flip] ^= 0x10;
    return rc == TRI_OK ? tri_secure_confirmed(&p->answerer, confirm) : rc;
}

static void check_client(struct tri_check *c)
{
    static const uint8_t zero[32];
    static struct pair p;
    uint64_t seed = c->seed;
    uint8_t client[32];

    prepare(&p, &seed);
    for (int a = 1; a <= 2; a++) {
        p.best[0] = a;
        CHECK(c, client_shake(&p, &seed, SIZE_MAX, 1, client) == TRI_OK,
              "a client that prefers %d", a);
        CHECK(c, memcmp(client, p.keys[1].peer[0], 32) == 0,
              "the party takes the client for somebody else");
        CHECK(c,
              p.caller.alg == a && p.answerer.alg == a &&
                  memcmp(p.caller.tx.key, p.answerer.rx.key, 32) == 0 &&
                  memcmp(p.caller.rx.key, p.answerer.tx.key, 32) == 0 &&
                  memcmp(p.caller.tx.key, p.caller.rx.key, 32) != 0,
              "keys");
        CHECK(c, memcmp(&p.answerer.noise.ck, zero, 32) == 0,
              "the handshake's secrets are left behind");
    }
    for (size_t flip = 0; flip < CLIENT; flip++)
        CHECK(c, client_shake(&p, &seed, flip, 1, client) == TRI_E_CRYPTO,
              "byte %zu of a client's handshake altered", flip);
    CHECK(c, client_shake(&p, &seed, SIZE_MAX, 2, client) == TRI_E_CRYPTO,
          "a call to P2 answered by P1");
}

const struct tri_check_entry tri_checks_secure[] = {
    { "secure_handshake", check_handshake },
    { "secure_replayed_call", check_replayed_call },
    { "secure_records", check_records },
    { "secure_rekey", check_rekey },
    { "secure_client", check_client },
};
const size_t tri_checks_secure_n =
    sizeof tri_checks_secure / sizeof *tri_checks_secure;
