#include <string.h>
#include "proto/verify/field.h"
#include "tests/checks.h"

static struct tri_kernels k;

static uint64_t mul(uint64_t x, uint64_t y)
{
    return tri_field_mul(&k, x, y);
}

/* x * y in the field of AES. */
static unsigned mul8(unsigned x, unsigned y)
{
    unsigned z = 0;

    for (; y != 0; y >>= 1, x = x << 1 ^ (x >> 7) * 0x11b)
        z ^= y & 1 ? x : 0;
    return z;
}

/* G8 lies in G64: sums and products of images are images of those; nothing else
 * is in it. */
static void check_embedding(struct tri_check *c)
{
    uint64_t s[256], seed = c->seed;

    tri_kernels_init(&k, tri_cpu_detect());
    tri_field_nodes(&k, s, 256);
    for (unsigned x = 0; x < 256; x++) {
        CHECK(c, tri_field_in_small(&k, s[x]) == UINT64_MAX, "image of %u", x);
        CHECK(c, tri_field_in_small(&k, s[x] ^ (uint64_t)2 << x % 63) == 0,
              "beside the image of %u", x);
        CHECK(c, tri_field_in_small(&k, tri_test_rand(&seed)) == 0, "random");
        for (unsigned y = 0; y < 256; y++)
            CHECK(c,
                  (s[x] ^ s[y]) == s[x ^ y] && mul(s[x], s[y]) == s[mul8(x, y)],
                  "%u and %u", x, y);
    }
}

/* T is one to one, and linear over G8. */
static void check_tower(struct tri_check *c)
{
    uint64_t T[64], row[64], s[256], seed = c->seed;
    unsigned rank = 0;

    tri_kernels_init(&k, tri_cpu_detect());
    tri_field_tower(&k, T);
    memcpy(row, T, sizeof T);
    for (unsigned bit = 0; bit < 64; bit++)
        for (unsigned i = rank; i < 64; i++)
            if (row[i] >> bit & 1) {
                const uint64_t pivot = row[i];

                row[i] = row[rank];
                row[rank++] = pivot;
                for (unsigned j = rank; j < 64; j++)
                    row[j] ^= row[j] >> bit & 1 ? pivot : 0;
                break;
            }
    CHECK(c, rank == 64, "rank %u", rank);
    tri_field_nodes(&k, s, 256);
    for (unsigned trial = 0; trial < 50; trial++) {
        const uint64_t t = tri_test_rand(&seed);
        const unsigned v = (unsigned)(tri_test_rand(&seed) % 256);
        uint64_t words[2][64] = { { t } };

        for (unsigned i = 0; i < 8; i++)
            words[1][0] |= (uint64_t)mul8(t >> 8 * i & 255, v) << 8 * i;
        k.gf_map(words[0], 64, words[0], T, 1);
        k.gf_map(words[1], 64, words[1], T, 1);
        CHECK(c, mul(words[0][0], s[v]) == words[1][0], "trial %u", trial);
    }
}

/* A polynomial by its coefficients is what its values say, on both kinds of
 * nodes. */
static void check_lagrange(struct tri_check *c)
{
    uint64_t f[256], s[256], L[256], seed = c->seed;

    tri_kernels_init(&k, tri_cpu_detect());
    tri_field_nodes(&k, s, 256);
    for (size_t n = 2; n <= 256; n *= 2)
        for (unsigned kind = 0; kind < 2; kind++) {
            uint64_t r = tri_test_rand(&seed), want = 0, got = 0, zero = 1;

            for (size_t i = 0; i < n; i++)
                f[i] = tri_test_rand(&seed);
            for (size_t i = n; i-- > 0;)
                want = mul(want, r) ^ f[i];
            tri_field_lagrange(&k, L, kind ? s : NULL, n, r);
            for (size_t j = 0; j < n; j++) {
                const uint64_t x = kind ? s[j] : j;
                uint64_t value = 0;

                for (size_t i = n; i-- > 0;)
                    value = mul(value, x) ^ f[i];
                got ^= mul(L[j], value);
                zero = mul(zero, r ^ j);
            }
            CHECK(c, got == want, "%zu nodes of kind %u", n, kind);
            CHECK(c, tri_field_zero(&k, n, r) == zero, "zero of %zu", n);
            CHECK(c, tri_field_zero(&k, n, n - 1) == 0, "zero at a node");
        }
}

const struct tri_check_entry tri_checks_g64[] = {
    { "g64/embedding", check_embedding },
    { "g64/tower", check_tower },
    { "g64/lagrange", check_lagrange },
};
const size_t tri_checks_g64_n = sizeof tri_checks_g64 / sizeof *tri_checks_g64;
