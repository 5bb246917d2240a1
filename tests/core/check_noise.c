#include <string.h>
#include "core/err.h"
#include "core/noise.h"
#include "tests/checks.h"

/* Noise_KK_25519_ChaChaPoly_BLAKE2s from the test vectors of the cacophony
 * library. Transport message i is sealed under nonce i / 2, even ones by the
 * initiator. */
static const char prologue_hex[] = "4a6f686e2047616c74";
static const char init_static[] =
    "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1";
static const char init_ephemeral[] =
    "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
static const char init_remote[] =
    "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62";
static const char resp_static[] =
    "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
static const char resp_ephemeral[] =
    "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
static const char resp_remote[] =
    "6bc3822a2aa7f4e6981d6538692b3cdf3e6df9eea6ed269eb41d93c22757b75a";
/* As the library records it: h between the two messages. */
static const char handshake_hash[] =
    "00071ae0d43b50742f7c6cffabd10cbff038004cf84e0e4175d1bc6e33d9f316";
/* After both; computed independently. */
static const char final_hash[] =
    "1362b8627a00907ce11e558aba8ce7cbca88e83f0e84ce7db5159b1c3e25ab59";
static const struct {
    const char *payload, *sealed;
} messages[] = {
    { "4c756477696720766f6e204d69736573",
      "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944266a5f53"
      "784aa3becb0f7485c2759c328937867a4cbaafef07422b0725e098be" },
    { "4d757272617920526f746862617264",
      "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843008aeea5"
      "d76d6abcbab87a18502c8a8352d9933ac11e2a7d228038d721e31e" },
    { "462e20412e20486179656b",
      "5f92113edf78c3e56e6d67201f5f9e0c8f2930c3e1ffb64ede0358" },
    { "4361726c204d656e676572",
      "30ebbd9cdcef7f40d99c8cd11e880dac28f5c9e5032c1059b3b56a" },
    { "4a65616e2d426170746973746520536179",
      "b011620dc31f88abd1788db50912952fe45da56e9d0907ab2cbce5f609b58b1cf2" },
    { "457567656e2042f6686d20766f6e2042617765726b",
      "a0661971e9047b28a815c7b1f62fefb471e4d34bc2a5b48149e7f80c3772b8e4aae8b44b"
      "aa" },
};

enum { LONGEST = 64 };

struct side {
    struct tri_noise z;
    uint8_t s[32], rs[32], e[32];
    struct tri_noise_keys keys;
};

static struct tri_kernels kernels;

static void vector_sides(struct side *i, struct side *r)
{
    uint8_t prologue[16];
    const size_t n = tri_test_hex(prologue, sizeof prologue, prologue_hex);

    tri_test_hex(i->s, 32, init_static);
    tri_test_hex(i->e, 32, init_ephemeral);
    tri_test_hex(i->rs, 32, init_remote);
    tri_test_hex(r->s, 32, resp_static);
    tri_test_hex(r->e, 32, resp_ephemeral);
    tri_test_hex(r->rs, 32, resp_remote);
    tri_noise_init(&i->z, &kernels, 1, i->s, i->rs, prologue, n);
    tri_noise_init(&r->z, &kernels, 0, r->s, r->rs, prologue, n);
}

static void check_vectors(struct tri_check *c)
{
    uint8_t payload[LONGEST], sealed[LONGEST], want[LONGEST], got[LONGEST];
    uint8_t key[32];
    struct side side[2];

    tri_kernels_init(&kernels, tri_cpu_detect());
    vector_sides(&side[0], &side[1]);
    for (unsigned m = 0; m < 6; m++) {
        struct side *from = &side[m % 2], *to = &side[1 - m % 2];
        const size_t n =
            tri_test_hex(payload, sizeof payload, messages[m].payload);
        const size_t len = tri_test_hex(want, sizeof want, messages[m].sealed);
        uint8_t nonce[12] = { 0, 0, 0, 0, (uint8_t)(m / 2 - 1) };
        struct tri_aead a;

        if (m < 2) {
            CHECK(c, len == n + TRI_NOISE_OVERHEAD, "message %u: length", m);
            CHECK(c,
                  tri_noise_write(&from->z, from->e, sealed, payload, n) ==
                      TRI_OK,
                  "message %u: write", m);
            CHECK(c, memcmp(sealed, want, len) == 0, "message %u", m);
            CHECK(c, tri_noise_read(&to->z, got, sealed, n) == TRI_OK,
                  "message %u: read", m);
            CHECK(c, memcmp(got, payload, n) == 0, "message %u: payload", m);
            tri_test_hex(want, 32, handshake_hash);
            CHECK(c,
                  m != 0 || (memcmp(from->z.h, want, 32) == 0 &&
                             memcmp(to->z.h, want, 32) == 0),
                  "handshake hash");
            continue;
        }
        if (m == 2) {
            CHECK(c,
                  tri_noise_split(&from->z, &from->keys) == TRI_OK &&
                      tri_noise_split(&to->z, &to->keys) == TRI_OK,
                  "split");
            tri_test_hex(key, 32, final_hash);
            CHECK(c,
                  memcmp(from->keys.hash, key, 32) == 0 &&
                      memcmp(to->keys.hash, key, 32) == 0,
                  "final hash");
            CHECK(c, memcmp(from->keys.exporter, to->keys.exporter, 32) == 0,
                  "exporter secrets differ");
            CHECK(c,
                  memcmp(from->keys.exporter, from->keys.send, 32) != 0 &&
                      memcmp(from->keys.exporter, from->keys.receive, 32) != 0,
                  "the exporter secret is a transport key");
        }
        CHECK(c, len == n + TRI_AEAD_TAG, "message %u: length", m);
        tri_aead_init(&a, &kernels, TRI_AEAD_CHACHAPOLY, from->keys.send);
        tri_aead_seal(&a, sealed, sealed + n, nonce, NULL, 0, payload, n);
        CHECK(c, memcmp(sealed, want, len) == 0, "transport message %u", m);
        tri_aead_init(&a, &kernels, TRI_AEAD_CHACHAPOLY, to->keys.receive);
        CHECK(c,
              tri_aead_open(&a, got, sealed + n, nonce, NULL, 0, sealed, n) ==
                  TRI_OK,
              "transport message %u: open", m);
    }
}

static void random_bytes(uint8_t *p, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)tri_test_rand(seed);
}

/* Two parties with fresh keys that know each other. */
static void random_sides(struct side *i, struct side *r, uint64_t *seed)
{
    random_bytes(i->s, 32, seed);
    random_bytes(r->s, 32, seed);
    random_bytes(i->e, 32, seed);
    random_bytes(r->e, 32, seed);
    tri_x25519_public(r->rs, i->s);
    tri_x25519_public(i->rs, r->s);
}

static void start(struct side *i, struct side *r)
{
    tri_noise_init(&i->z, &kernels, 1, i->s, i->rs, "p", 1);
    tri_noise_init(&r->z, &kernels, 0, r->s, r->rs, "p", 1);
}

enum { N = 7, LEN = N + TRI_NOISE_OVERHEAD };

/* Run; the codes of both readings, TRI_OK for one that did not happen. */
static void run(struct side *i, struct side *r, int rc[2], uint8_t got[2][N],
                size_t flip)
{
    uint8_t m1[LEN], m2[LEN];

    rc[0] = rc[1] = TRI_OK;
    memset(got, 0xff, 2 * N);
    (void)tri_noise_write(&i->z, i->e, m1, "initial", N);
    if (flip < 8 * LEN)
        m1[flip / 8] ^= (uint8_t)(1u << flip % 8);
    rc[0] = tri_noise_read(&r->z, got[0], m1, N);
    if (rc[0] != TRI_OK)
        return;
    (void)tri_noise_write(&r->z, r->e, m2, "respond", N);
    if (flip >= 8 * LEN && flip < 16 * LEN)
        m2[flip / 8 - LEN] ^= (uint8_t)(1u << flip % 8);
    rc[1] = tri_noise_read(&i->z, got[1], m2, N);
}

/* A flipped bit in any byte ends the handshake, even bit 255 of an ephemeral
 * key, which X25519 ignores but the hash does not. */
static void check_tampering(struct tri_check *c)
{
    static const uint8_t zero[N];
    uint64_t seed = c->seed;
    struct side i, r;

    tri_kernels_init(&kernels, tri_cpu_detect());
    random_sides(&i, &r, &seed);
    for (size_t bit = 0; bit < 16 * LEN; bit += 3) {
        const unsigned second = bit >= 8 * LEN;
        uint8_t got[2][N];
        int rc[2];

        start(&i, &r);
        run(&i, &r, rc, got, bit);
        CHECK(c, rc[second] == TRI_E_CRYPTO, "bit %zu flipped: code %d", bit,
              rc[second]);
        CHECK(c, memcmp(got[second], zero, N) == 0,
              "bit %zu flipped: payload released", bit);
        CHECK(c,
              tri_noise_write(second ? &i.z : &r.z, r.e, got[0], NULL, 0) ==
                      TRI_E_DEAD &&
                  tri_noise_split(second ? &i.z : &r.z, &i.keys) == TRI_E_DEAD,
              "bit %zu flipped: the state lives on", bit);
    }
    start(&i, &r);
    {
        uint8_t got[2][N];
        int rc[2];

        run(&i, &r, rc, got, SIZE_MAX);
        CHECK(c, rc[0] == TRI_OK && rc[1] == TRI_OK, "the true handshake");
        CHECK(c,
              memcmp(got[0], "initial", N) == 0 &&
                  memcmp(got[1], "respond", N) == 0,
              "payloads");
        CHECK(c,
              tri_noise_split(&i.z, &i.keys) == TRI_OK &&
                  tri_noise_split(&r.z, &r.keys) == TRI_OK,
              "split");
        CHECK(c,
              memcmp(i.keys.send, r.keys.receive, 32) == 0 &&
                  memcmp(i.keys.receive, r.keys.send, 32) == 0 &&
                  memcmp(i.keys.send, i.keys.receive, 32) != 0,
              "keys");
    }
}

/* One who lacks either static private key, or says another prologue, fails. */
static void check_strangers(struct tri_check *c)
{
    uint64_t seed = c->seed;
    uint8_t got[2][N];
    struct side i, r;
    int rc[2];

    tri_kernels_init(&kernels, 0);
    for (unsigned what = 0; what < 5; what++) {
        random_sides(&i, &r, &seed);
        if (what == 0) /* somebody else calls */
            random_bytes(i.s, 32, &seed);
        if (what == 1) /* somebody else answers */
            random_bytes(r.s, 32, &seed);
        if (what == 2) /* a wrong key of the caller is on file */
            random_bytes(r.rs, 32, &seed);
        if (what == 3) /* a key of low order is on file */
            memset(r.rs, 0, 32);
        start(&i, &r);
        if (what == 4)
            tri_noise_init(&r.z, &kernels, 0, r.s, r.rs, "q", 1);
        run(&i, &r, rc, got, SIZE_MAX);
        CHECK(c, rc[0] == TRI_E_CRYPTO, "case %u accepted", what);
    }
}

/* A first message works twice, but the copy's sender cannot go on: the keys
 * differ from session to session, and it has none of them. */
static void check_replay(struct tri_check *c)
{
    uint64_t seed = c->seed;
    uint8_t m1[LEN], m2[LEN], again[LEN], got[N];
    struct side i, r, r2;

    tri_kernels_init(&kernels, tri_cpu_detect());
    random_sides(&i, &r, &seed);
    start(&i, &r);
    r2 = r;
    random_bytes(r2.e, 32, &seed);
    CHECK(c, tri_noise_write(&i.z, i.e, m1, "initial", N) == TRI_OK, "write");
    CHECK(c,
          tri_noise_read(&r.z, got, m1, N) == TRI_OK &&
              tri_noise_write(&r.z, r.e, m2, "respond", N) == TRI_OK,
          "first use");
    CHECK(c,
          tri_noise_read(&r2.z, got, m1, N) == TRI_OK &&
              tri_noise_write(&r2.z, r2.e, again, "respond", N) == TRI_OK,
          "the copy");
    CHECK(c, tri_noise_split(&r.z, &r.keys) == TRI_OK, "split");
    CHECK(c, tri_noise_split(&r2.z, &r2.keys) == TRI_OK, "split");
    CHECK(c, memcmp(r.keys.receive, r2.keys.receive, 32) != 0,
          "the copy gives the same keys");
    /* Nor is an answer of one session good for another. */
    {
        struct side i2 = i;

        CHECK(c, tri_noise_read(&i.z, got, m2, N) == TRI_OK, "answer");
        start(&i2, &r2);
        random_bytes(i2.e, 32, &seed);
        (void)tri_noise_write(&i2.z, i2.e, m1, "initial", N);
        CHECK(c, tri_noise_read(&i2.z, got, m2, N) == TRI_E_CRYPTO,
              "the answer to another call accepted");
    }
}

/* An ephemeral key of low order is refused before anything is decrypted. */
static void check_low_order(struct tri_check *c)
{
    static const uint8_t zero[N];
    uint64_t seed = c->seed;
    uint8_t m[LEN], got[N];
    struct side i, r;

    tri_kernels_init(&kernels, 0);
    random_sides(&i, &r, &seed);
    start(&i, &r);
    CHECK(c, tri_noise_write(&i.z, i.e, m, "initial", N) == TRI_OK, "write");
    memset(m, 0, TRI_X25519_BYTES);
    memset(got, 0xff, sizeof got);
    CHECK(c, tri_noise_read(&r.z, got, m, N) == TRI_E_CRYPTO, "accepted");
    CHECK(c, memcmp(got, zero, N) == 0, "payload not wiped");
}

static void check_order(struct tri_check *c)
{
    uint64_t seed = c->seed;
    uint8_t m[LEN], got[N];
    struct side i, r;

    tri_kernels_init(&kernels, 0);
    random_sides(&i, &r, &seed);
    start(&i, &r);
    memset(m, 0, sizeof m);
    CHECK(c, tri_noise_read(&i.z, got, m, N) == TRI_E_ARG, "initiator reads");
    CHECK(c, tri_noise_write(&r.z, r.e, m, "respond", N) == TRI_E_ARG,
          "responder writes first");
    CHECK(c, tri_noise_split(&i.z, &i.keys) == TRI_E_ARG, "early split");
    CHECK(c, tri_noise_write(&i.z, i.e, m, "initial", N) == TRI_OK, "write");
    CHECK(c, tri_noise_write(&i.z, i.e, m, "initial", N) == TRI_E_ARG,
          "initiator writes twice");
    CHECK(c, tri_noise_split(&i.z, &i.keys) == TRI_E_ARG, "early split");
}

/* Noise_IK_25519_ChaChaPoly_BLAKE2s of the same library, with the same keys. */
static const char ik_hash[] =
    "7c9d1ae29dbc8b86386f0b2b56a19a7ffac0145ad5eba9fedba32b00db3f1bea";
static const char *const ik_sealed[] = {
    ("ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
     "0b03ddc7aac5123d06a1b23b71670e32e76c28239a7ca4ac8f784de7e44c1adb"
     "fc6e83fef7352a58d9d56157400c0a737b1d171ce368229c7b752ac25b8faf4e"
     "ca690f6d896f543be02c996ab2b86b76"),
    ("95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
     "d9b5a8927f0ac9655ef76833bc7e5561f42e691ac8404efd6fbd6308b6a27c"),
    "2c256ed08fcd08c2980f954ee4beaccb61c9581340f5dd2fd1cf3b",
    "d6033f70eee20945c7c9dba304e397ee3b284ff5e00fd9efb095d3",
};
enum { IK = TRI_NOISE_STATIC }; /* bytes that only its first message has */

static void check_ik_vectors(struct tri_check *c)
{
    uint8_t prologue[16], sealed[IK + LONGEST], want[2 * LONGEST], got[LONGEST];
    const size_t np = tri_test_hex(prologue, sizeof prologue, prologue_hex);
    struct side side[2];

    tri_kernels_init(&kernels, tri_cpu_detect());
    vector_sides(&side[0], &side[1]);
    tri_noise_init_ik(&side[0].z, &kernels, side[0].s, side[0].rs, prologue,
                      np);
    tri_noise_init_ik(&side[1].z, &kernels, side[1].s, NULL, prologue, np);
    for (unsigned m = 0; m < 4; m++) {
        struct side *const from = &side[m % 2], *const to = &side[1 - m % 2];
        uint8_t payload[LONGEST];
        const size_t n =
            tri_test_hex(payload, sizeof payload, messages[m].payload);
        const size_t len = tri_test_hex(want, sizeof want, ik_sealed[m]);
        const uint8_t nonce[12] = { 0 };
        struct tri_aead a;

        if (m < 2) {
            CHECK(c, len == n + TRI_NOISE_OVERHEAD + (m == 0 ? IK : 0),
                  "message %u: length", m);
            CHECK(c,
                  tri_noise_write(&from->z, from->e, sealed, payload, n) ==
                          TRI_OK &&
                      memcmp(sealed, want, len) == 0,
                  "message %u", m);
            CHECK(c,
                  tri_noise_read(&to->z, got, sealed, n) == TRI_OK &&
                      memcmp(got, payload, n) == 0,
                  "message %u: read", m);
            CHECK(c, m != 0 || memcmp(to->z.rs, side[1].rs, 32) == 0,
                  "the responder has not learnt who calls");
            tri_test_hex(want, 32, ik_hash);
            CHECK(c, m != 0 || memcmp(to->z.h, want, 32) == 0,
                  "handshake hash");
            continue;
        }
        if (m == 2)
            CHECK(c,
                  tri_noise_split(&from->z, &from->keys) == TRI_OK &&
                      tri_noise_split(&to->z, &to->keys) == TRI_OK,
                  "split");
        tri_aead_init(&a, &kernels, TRI_AEAD_CHACHAPOLY, from->keys.send);
        tri_aead_seal(&a, sealed, sealed + n, nonce, NULL, 0, payload, n);
        CHECK(c, len == n + TRI_AEAD_TAG && memcmp(sealed, want, len) == 0,
              "transport message %u", m);
    }
}

/* A flipped bit in any byte of IK's messages ends the handshake. */
static void check_ik_tampering(struct tri_check *c)
{
    uint64_t seed = c->seed;
    uint8_t m1[IK + LEN], m2[LEN], got[N];
    struct side i, r;

    tri_kernels_init(&kernels, tri_cpu_detect());
    random_sides(&i, &r, &seed);
    for (size_t at = 0; at <= sizeof m1 + sizeof m2; at++) {
        const int first = at < sizeof m1, honest = at == sizeof m1 + sizeof m2;
        int rc;

        tri_noise_init_ik(&i.z, &kernels, i.s, i.rs, "p", 1);
        tri_noise_init_ik(&r.z, &kernels, r.s, NULL, "p", 1);
        CHECK(c, tri_noise_write(&i.z, i.e, m1, "initial", N) == TRI_OK,
              "write");
        if (first)
            m1[at] ^= 0x40;
        rc = tri_noise_read(&r.z, got, m1, N);
        CHECK(c, rc == (first ? TRI_E_CRYPTO : TRI_OK), "byte %zu: %d", at, rc);
        if (first)
            continue;
        CHECK(c, tri_noise_write(&r.z, r.e, m2, "respond", N) == TRI_OK,
              "answer");
        if (!honest)
            m2[at - sizeof m1] ^= 0x40;
        rc = tri_noise_read(&i.z, got, m2, N);
        CHECK(c, rc == (honest ? TRI_OK : TRI_E_CRYPTO), "byte %zu: %d", at,
              rc);
    }
}

const struct tri_check_entry tri_checks_noise[] = {
    { "noise_vectors", check_vectors },
    { "noise_tampering", check_tampering },
    { "noise_strangers", check_strangers },
    { "noise_replay", check_replay },
    { "noise_low_order", check_low_order },
    { "noise_order", check_order },
    { "noise_ik_vectors", check_ik_vectors },
    { "noise_ik_tampering", check_ik_tampering },
};
const size_t tri_checks_noise_n =
    sizeof tri_checks_noise / sizeof *tri_checks_noise;
