#include <string.h>
#include "core/poly1305.h"
#include "tests/checks.h"

struct vector {
    const char *where, *key, *hex, *text, *tag;
};

static const char ietf[] =
    "Any submission to the IETF intended by the Contributor for publication "
    "as all or part of an IETF Internet-Draft or RFC and any statement made "
    "within the context of an IETF activity is considered an \"IETF "
    "Contribution\". Such statements include oral statements in IETF "
    "sessions, as well as written and electronic communications made at any "
    "time or place, which are addressed to";

/* RFC 8439, 2.5.2 and A.3. */
static const struct vector vectors[] = {
    { "2.5.2",
      "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b", NULL,
      "Cryptographic Forum Research Group",
      "a8061dc1305136c6c22b8baf0c0127a9" },
    { "A.3 #1",
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0000000000000000000000000000000000000000000000000000000000000000"
      "0000000000000000000000000000000000000000000000000000000000000000",
      NULL, "00000000000000000000000000000000" },
    { "A.3 #2",
      "0000000000000000000000000000000036e5f6b5c5e06070f0efca96227a863e", NULL,
      ietf, "36e5f6b5c5e06070f0efca96227a863e" },
    { "A.3 #3",
      "36e5f6b5c5e06070f0efca96227a863e00000000000000000000000000000000", NULL,
      ietf, "f3477e7cd95417af89a6b8794c310cf0" },
    { "A.3 #4",
      "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0", NULL,
      "'Twas brillig, and the slithy toves\nDid gyre and gimble in the "
      "wabe:\nAll mimsy were the borogoves,\nAnd the mome raths outgrabe.",
      "4541669a7eaaee61e708dc7cbcc5eb62" },
    { "A.3 #5",
      "0200000000000000000000000000000000000000000000000000000000000000",
      "ffffffffffffffffffffffffffffffff", NULL,
      "03000000000000000000000000000000" },
    { "A.3 #6",
      "02000000000000000000000000000000ffffffffffffffffffffffffffffffff",
      "02000000000000000000000000000000", NULL,
      "03000000000000000000000000000000" },
    { "A.3 #7",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff"
      "11000000000000000000000000000000",
      NULL, "05000000000000000000000000000000" },
    { "A.3 #8",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "fffffffffffffffffffffffffffffffffbfefefefefefefefefefefefefefefe"
      "01010101010101010101010101010101",
      NULL, "00000000000000000000000000000000" },
    { "A.3 #9",
      "0200000000000000000000000000000000000000000000000000000000000000",
      "fdffffffffffffffffffffffffffffff", NULL,
      "faffffffffffffffffffffffffffffff" },
    { "A.3 #10",
      "0100000000000000040000000000000000000000000000000000000000000000",
      "e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000"
      "0000000000000000000000000000000001000000000000000000000000000000",
      NULL, "14000000000000005500000000000000" },
    { "A.3 #11",
      "0100000000000000040000000000000000000000000000000000000000000000",
      "e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000"
      "00000000000000000000000000000000",
      NULL, "13000000000000000000000000000000" },
};

/* Each vector, whole and cut into pieces of 1, 2, .. 40 bytes. */
static void check_vectors(struct tri_check *c)
{
    struct tri_kernels k;

    tri_kernels_init(&k, tri_cpu_detect());
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *v = &vectors[i];
        uint8_t key[32], want[16], got[16], msg[400];
        size_t n;

        tri_test_hex(key, 32, v->key);
        tri_test_hex(want, 16, v->tag);
        if (v->hex != NULL) {
            n = tri_test_hex(msg, sizeof msg, v->hex);
        } else {
            n = strlen(v->text);
            memcpy(msg, v->text, n);
        }
        for (size_t cut = 1; cut <= 40; cut++) {
            const size_t piece = cut == 40 ? n : cut;
            struct tri_poly1305 m;

            tri_poly1305_init(&m, &k, key);
            for (size_t at = 0; at < n; at += piece)
                tri_poly1305_update(&m, msg + at,
                                    n - at < piece ? n - at : piece);
            tri_poly1305_final(&m, got);
            CHECK(c, memcmp(got, want, 16) == 0, "RFC 8439, %s, pieces of %zu",
                  v->where, piece);
        }
    }
}

enum { MOST = 150 };

/* Every kernel on every block count, against the reference: random and all
 * ones in key and text, so that every limb runs full. */
static void check_variants(struct tri_check *c)
{
    static uint8_t text[16 * MOST + 16];
    const unsigned have = tri_cpu_detect();
    uint64_t seed = c->seed;

    for (unsigned cpu = 0; cpu <= have; cpu++) {
        struct tri_kernels k, ref;

        if (cpu & ~have)
            continue;
        tri_kernels_init(&k, cpu);
        tri_kernels_init(&ref, 0);
        for (size_t n = 0; n < 3 * MOST; n++) {
            const size_t len = 16 * (n % MOST) + n / MOST % 16;
            uint8_t key[32], want[16], got[16];
            struct tri_poly1305 m;

            for (size_t i = 0; i < 32; i++)
                key[i] = n < MOST ? 0xff : (uint8_t)tri_test_rand(&seed);
            for (size_t i = 0; i < len + n % 3; i++)
                text[i] = n < 2 * MOST ? 0xff : (uint8_t)tri_test_rand(&seed);
            tri_poly1305_init(&m, &ref, key);
            tri_poly1305_update(&m, text + n % 3, len);
            tri_poly1305_final(&m, want);
            tri_poly1305_init(&m, &k, key);
            tri_poly1305_update(&m, text + n % 3, len);
            tri_poly1305_final(&m, got);
            CHECK(c, memcmp(got, want, 16) == 0, "%s: %zu bytes, seed %llx",
                  k.poly1305_name, len, (unsigned long long)c->seed);
        }
    }
}

/* The kernels with and without closing bits, from a state that is not 0. */
static void check_closing(struct tri_check *c)
{
    static uint8_t text[16 * MOST];
    const unsigned have = tri_cpu_detect();
    uint64_t seed = c->seed;

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)tri_test_rand(&seed);
    for (unsigned cpu = 0; cpu <= have; cpu++) {
        struct tri_kernels k;

        if (cpu & ~have)
            continue;
        tri_kernels_init(&k, cpu);
        for (uint32_t bit = 0; bit < 2; bit++) {
            uint8_t key[32] = { 0 }, one[16], both[16];
            struct tri_poly1305 m, s;

            for (unsigned i = 0; i < 16; i++)
                key[i] = (uint8_t)tri_test_rand(&seed);
            tri_poly1305_init(&m, &k, key);
            tri_poly1305_update(&m, text, sizeof text); /* fills powers */
            s = m;
            k.poly1305(m.h, m.p, text, MOST, bit);
            for (size_t i = 0; i < MOST; i++)
                k.poly1305(s.h, s.p, text + 16 * i, 1, bit);
            tri_poly1305_final(&m, both);
            tri_poly1305_final(&s, one);
            CHECK(c, memcmp(one, both, 16) == 0,
                  "%s: closing bit %u, seed %llx", k.poly1305_name, bit,
                  (unsigned long long)c->seed);
        }
    }
}

/* A kernel may leave limbs above 26 bits: the carry that comes back into limb
 * 0 may have to go further. */
static void check_carry(struct tri_check *c)
{
    const uint32_t ones = (1u << 26) - 1;
    const struct {
        uint32_t h[5];
        uint8_t want[16];
    } cases[] = {
        /* 2^26 - 3 + (2^130 - 2^26) + 2^130 = 7 mod 2^130 - 5 */
        { { ones - 2, ones, ones, ones, ones + (1u << 26) }, { 7 } },
        /* 2^26 - 3 + (2^52 - 2^26) + 2^52 + 2^130 = 2^53 + 2 */
        { { ones - 2, ones, 1, 0, 1u << 26 }, { 2, 0, 0, 0, 0, 0, 32 } },
    };
    const uint8_t key[32] = { 1 };
    struct tri_kernels k;

    tri_kernels_init(&k, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tri_poly1305 m;
        uint8_t tag[16];

        tri_poly1305_init(&m, &k, key);
        memcpy(m.h, cases[i].h, sizeof m.h);
        tri_poly1305_final(&m, tag);
        CHECK(c, memcmp(tag, cases[i].want, 16) == 0, "carry, case %zu", i);
    }
}

const struct tri_check_entry tri_checks_poly1305[] = {
    { "poly1305_carry", check_carry },
    { "poly1305_vectors", check_vectors },
    { "poly1305_variants", check_variants },
    { "poly1305_closing", check_closing },
};
const size_t tri_checks_poly1305_n =
    sizeof tri_checks_poly1305 / sizeof *tri_checks_poly1305;
