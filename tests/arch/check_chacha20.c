#include <string.h>
#include "arch/kernels.h"
#include "core/le.h"
#include "tests/checks.h"

/* The instruction sets that these kernels differ by. */
enum { VECTOR = TRI_CPU_AVX2 | TRI_CPU_AVX512 | TRI_CPU_NEON };

enum { MOST = 70, GUARD = 64 };

struct vector {
    const char *where, *key, *nonce;
    uint32_t counter;
    size_t nblocks;
    const char *out;
};

static const struct vector vectors[] = {
    { "RFC 8439, 2.3.2",
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      "000000090000004a00000000", 1, 1,
      "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
      "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e" },
    { "RFC 8439, 2.4.2",
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      "000000000000004a00000000", 1, 2,
      "224f51f3401bd9e12fde276fb8631ded8c131f823d2c06e27e4fcaec9ef3cf78"
      "8a3b0aa372600a92b57974cded2b9334794cba40c63e34cdea212c4cf07d41b7"
      "69a6749f3f630f4122cafe28ec4dc47e26d4346d70b98c73f3e9c53ac40c5945"
      "398b6eda1a832c89c167eacd901d7e2bf363740373201aa188fbbce83991c4ed" },
    { "RFC 8439, A.1, 1 and 2",
      "0000000000000000000000000000000000000000000000000000000000000000",
      "000000000000000000000000", 0, 2,
      "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
      "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
      "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
      "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f" },
    { "RFC 8439, A.1, 3",
      "0000000000000000000000000000000000000000000000000000000000000001",
      "000000000000000000000000", 1, 1,
      "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
      "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0" },
    { "RFC 8439, A.1, 4",
      "00ff000000000000000000000000000000000000000000000000000000000000",
      "000000000000000000000000", 2, 1,
      "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
      "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096" },
    { "RFC 8439, A.1, 5",
      "0000000000000000000000000000000000000000000000000000000000000000",
      "000000000000000000000002", 0, 1,
      "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
      "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d" },
};

static void check_vectors(struct tri_check *c)
{
    const unsigned have = tri_cpu_detect() & VECTOR;

    for (unsigned cpu = 0; cpu <= have; cpu++) {
        struct tri_kernels k;

        if (cpu & ~have)
            continue;
        tri_kernels_init(&k, cpu);
        for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
            const struct vector *v = &vectors[i];
            uint8_t want[128], got[128], bytes[32];
            uint32_t key[8], nonce[3];

            tri_test_hex(bytes, 32, v->key);
            for (unsigned w = 0; w < 8; w++)
                key[w] = tri_le_load32(bytes + 4 * w);
            tri_test_hex(bytes, 12, v->nonce);
            for (unsigned w = 0; w < 3; w++)
                nonce[w] = tri_le_load32(bytes + 4 * w);
            CHECK(c, tri_test_hex(want, sizeof want, v->out) == 64 * v->nblocks,
                  "%s: vector has a wrong length", v->where);
            k.chacha20(got, key, nonce, v->counter, v->nblocks);
            CHECK(c, memcmp(got, want, 64 * v->nblocks) == 0, "%s: %s",
                  k.chacha20_name, v->where);
        }
    }
}

/* Every block count, every alignment class, counters that wrap. */
static void check_variants(struct tri_check *c)
{
    static uint8_t want[MOST * 64], got[GUARD + MOST * 64 + GUARD + 4];
    const unsigned have = tri_cpu_detect() & VECTOR;
    uint64_t seed = c->seed;

    for (unsigned cpu = 0; cpu <= have; cpu++) {
        struct tri_kernels k;

        if (cpu & ~have)
            continue;
        tri_kernels_init(&k, cpu);
        for (size_t n = 0; n <= MOST; n++) {
            const size_t at = GUARD + n % 4;
            uint32_t key[8], nonce[3], counter;

            for (unsigned i = 0; i < 8; i++)
                key[i] = (uint32_t)tri_test_rand(&seed);
            for (unsigned i = 0; i < 3; i++)
                nonce[i] = (uint32_t)tri_test_rand(&seed);
            counter =
                n % 3 ? (uint32_t)tri_test_rand(&seed) : 0u - (uint32_t)(n / 2);

            tri_chacha20_ref(want, key, nonce, counter, n);
            memset(got, 0xa5, sizeof got);
            k.chacha20(got + at, key, nonce, counter, n);
            CHECK(c, memcmp(got + at, want, 64 * n) == 0,
                  "%s: %zu blocks from %u, seed %llx", k.chacha20_name, n,
                  counter, (unsigned long long)c->seed);
            for (size_t i = 0; i < sizeof got; i++)
                CHECK(c, (i >= at && i < at + 64 * n) || got[i] == 0xa5,
                      "%s: %zu blocks: wrote outside, at %zu", k.chacha20_name,
                      n, i);
        }
    }
}

/* The reference numbers blocks modulo 2^32 and one after the other. */
static void check_counter(struct tri_check *c)
{
    const uint32_t key[8] = { 1, 2, 3 }, nonce[3] = { 4, 5, 6 };
    uint8_t run[4 * 64], one[64];

    tri_chacha20_ref(run, key, nonce, 0xfffffffe, 4);
    for (uint32_t i = 0; i < 4; i++) {
        tri_chacha20_ref(one, key, nonce, 0xfffffffe + i, 1);
        CHECK(c, memcmp(run + 64 * i, one, 64) == 0, "block %u of a run", i);
    }
    CHECK(c, memcmp(run, run + 128, 64) != 0, "the counter has no effect");
}

const struct tri_check_entry tri_checks_chacha20[] = {
    { "chacha20_vectors", check_vectors },
    { "chacha20_variants", check_variants },
    { "chacha20_counter", check_counter },
};
const size_t tri_checks_chacha20_n =
    sizeof tri_checks_chacha20 / sizeof *tri_checks_chacha20;
