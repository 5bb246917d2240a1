#include <string.h>
#include "core/le.h"
#include "tests/checks.h"
#include "tests/arch/vaes.h"

static const char nist_key[] = "2b7e151628aed2a6abf7158809cf4f3c";

/* FIPS 197, A.1: the last round key; zero key: the first derived one. */
static void check_schedule(struct tri_check *c)
{
    uint8_t key[16], rk[TRI_AES_KEY_BYTES], want[16];

    tri_test_hex(key, 16, nist_key);
    tri_aes_expand_ref(rk, key);
    CHECK(c, memcmp(rk, key, 16) == 0, "round key 0");
    tri_test_hex(want, 16, "a0fafe1788542cb123a339392a6c7605");
    CHECK(c, memcmp(rk + 16, want, 16) == 0, "FIPS 197, A.1, round key 1");
    tri_test_hex(want, 16, "d014f9a8c9ee2589e13f0cc8b6630ca6");
    CHECK(c, memcmp(rk + 160, want, 16) == 0, "FIPS 197, A.1, round key 10");
}

/* Kernels that most CPUs cannot run, on a model of their instructions. */
static const struct {
    const char *name;
    const struct tri_vaes_build *build;
    unsigned needs;
} models[] = {
    { "vaes, modelled", &tri_vaes_in_c, TRI_TEST_BIG ? ~0u : 0 },
#if defined(__x86_64__)
    { "vaes, modelled on AVX-512", &tri_vaes_on_avx512, TRI_CPU_AVX512 },
#endif
};

/* The table of the least set of features from `*cpu` on that this CPU has;
 * behind the last one come the models. 0 if there is none. */
static int table(struct tri_kernels *k, unsigned *cpu)
{
    const unsigned have = tri_cpu_detect();
    size_t m;

    while (*cpu <= have && (*cpu & ~have))
        ++*cpu;
    tri_kernels_init(k, *cpu <= have ? *cpu : 0);
    if (*cpu <= have)
        return 1;
    m = *cpu - have - 1;
    if (m >= sizeof models / sizeof *models || (models[m].needs & ~have))
        return 0;
    k->aes_name = models[m].name;
    k->aes_ctr = models[m].build->aes_ctr;
    k->ghash = models[m].build->ghash;
    k->gcm = models[m].build->gcm;
    return 1;
}

static void check_vectors(struct tri_check *c)
{
    struct tri_kernels k;
    uint8_t key[16], rk[TRI_AES_KEY_BYTES], counter[16], want[64], got[64];
    uint32_t nonce[3];

    tri_test_hex(key, 16, nist_key);
    tri_aes_expand_ref(rk, key);
    tri_test_hex(counter, 16, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    for (unsigned i = 0; i < 3; i++)
        nonce[i] = tri_le_load32(counter + 4 * i);
    tri_test_hex(want, 64,
                 "ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc507"
                 "3ae6a2cc3787889374fbeb4c81b17ba6c44e89c399ff0f198c6d40a31db15"
                 "6cabfe");
    for (unsigned cpu = 0; table(&k, &cpu); cpu++) {
        k.aes_ctr(got, rk, nonce, 0xfcfdfeff, 1);
        CHECK(c, memcmp(got, want, 64) == 0, "%s: SP 800-38A, F.5.1",
              k.aes_name);
    }
}

enum { MOST = 37, GUARD = 64, LONG = 170 };

struct keys {
    uint8_t rk[TRI_AES_KEY_BYTES], h[TRI_GHASH_KEY_BYTES];
    uint32_t nonce[3];
};

static void random_bytes(void *p, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)tri_test_rand(seed);
}

/* Powers of a random H, some with the top bits set that a shift loses. */
static void random_keys(struct keys *k, uint64_t *seed)
{
    static const uint8_t zero[16];

    random_bytes(k, sizeof *k, seed);
    for (unsigned i = 1; i < TRI_GHASH_POWERS; i++) {
        memcpy(k->h + 16 * i, k->h + 16 * (i - 1), 16);
        tri_ghash_ref(k->h + 16 * i, k->h, zero, 1);
    }
}

/* Did anything outside [at, at + n) change? */
static int touched(const uint8_t *p, size_t size, size_t at, size_t n)
{
    for (size_t i = 0; i < size; i++)
        if ((i < at || i >= at + n) && p[i] != 0xa5)
            return 1;
    return 0;
}

/* Every block count, misaligned, counters that wrap. */
static void check_ctr(struct tri_check *c)
{
    static uint8_t want[64 * MOST], got[GUARD + 64 * MOST + GUARD];
    struct tri_kernels k;
    uint64_t seed = c->seed;

    for (unsigned cpu = 0; table(&k, &cpu); cpu++) {
        for (size_t n = 0; n <= MOST; n++) {
            const size_t at = GUARD - n % 5;
            const uint32_t counter = 0u - (uint32_t)(n % 3 * n);
            struct keys key;

            random_keys(&key, &seed);
            tri_aes_ctr_ref(want, key.rk, key.nonce, counter, n);
            memset(got, 0xa5, sizeof got);
            k.aes_ctr(got + at, key.rk, key.nonce, counter, n);
            CHECK(c, memcmp(got + at, want, 64 * n) == 0,
                  "%s: ctr, %zu blocks, seed %llx", k.aes_name, n,
                  (unsigned long long)c->seed);
            CHECK(c, !touched(got, sizeof got, at, 64 * n),
                  "%s: ctr, %zu blocks: wrote outside", k.aes_name, n);
        }
    }
}

static void check_ghash(struct tri_check *c)
{
    static uint8_t text[16 * LONG + 8];
    struct tri_kernels k;
    uint64_t seed = c->seed;

    for (unsigned cpu = 0; table(&k, &cpu); cpu++) {
        for (size_t n = 0; n <= LONG; n = n < MOST ? n + 1 : n + 3) {
            uint8_t want[16], got[16];
            struct keys key;

            random_keys(&key, &seed);
            random_bytes(text, sizeof text, &seed);
            random_bytes(want, 16, &seed);
            memcpy(got, want, 16);
            tri_ghash_ref(want, key.h, text + n % 5, n);
            if (n < TRI_GHASH_POWERS) /* only H may be read */
                memset(key.h + 16, 0xff, sizeof key.h - 16);
            k.ghash(got, key.h, text + n % 5, n);
            CHECK(c, memcmp(got, want, 16) == 0,
                  "%s: ghash, %zu blocks, seed %llx", k.aes_name, n,
                  (unsigned long long)c->seed);
        }
    }
}

/* Sealing and opening, in place and not. */
static void check_gcm(struct tri_check *c)
{
    static uint8_t text[16 * LONG + 8], want[16 * LONG],
        got[GUARD + 16 * LONG + GUARD];
    struct tri_kernels k;
    uint64_t seed = c->seed;

    for (unsigned cpu = 0; table(&k, &cpu); cpu++) {
        for (size_t n = 0; n < 4 * LONG; n = n < 4 * MOST ? n + 1 : n + 3) {
            const size_t blocks = n / 4, at = GUARD - n % 7;
            const int open = n & 1, same = n >> 1 & 1;
            const uint32_t counter = 0u - (uint32_t)(n % 9);
            uint8_t y[16], z[16], *in = same ? got + at : text + n % 5;
            struct keys key;

            random_keys(&key, &seed);
            random_bytes(y, 16, &seed);
            memcpy(z, y, 16);
            memset(got, 0xa5, sizeof got);
            random_bytes(in, 16 * blocks, &seed);
            tri_gcm_ref(want, y, in, blocks, key.rk, key.h, key.nonce, counter,
                        open);
            k.gcm(got + at, z, in, blocks, key.rk, key.h, key.nonce, counter,
                  open);
            CHECK(c, memcmp(y, z, 16) == 0,
                  "%s: gcm, hash of %zu blocks, seed %llx", k.aes_name, blocks,
                  (unsigned long long)c->seed);
            CHECK(c, memcmp(got + at, want, 16 * blocks) == 0,
                  "%s: gcm, %zu blocks, seed %llx", k.aes_name, blocks,
                  (unsigned long long)c->seed);
            CHECK(c, !touched(got, sizeof got, at, 16 * blocks),
                  "%s: gcm, %zu blocks: wrote outside", k.aes_name, blocks);
        }
    }
}

const struct tri_check_entry tri_checks_aes[] = {
    { "aes_schedule", check_schedule }, { "aes_vectors", check_vectors },
    { "aes_ctr", check_ctr },           { "aes_ghash", check_ghash },
    { "aes_gcm", check_gcm },
};
const size_t tri_checks_aes_n = sizeof tri_checks_aes / sizeof *tri_checks_aes;
