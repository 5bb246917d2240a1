#include <string.h>
#include "arch/kernels.h"
#include "tests/checks.h"
#include "tests/support/words.h"

/* Fields of characteristic 2: the reference against definitions by polynomials,
 * every other kernel against the reference. */

enum { GROUPS = 6, ROOM = 8, N = 64 * GROUPS + 2 * ROOM };

/* Sets of instructions, each adding to the one before; 0 when there is no more.
 */
static int table(struct tri_kernels *k, size_t level)
{
    static const unsigned set[] = {
        0,
        TRI_CPU_AVX2 | TRI_CPU_AESNI | TRI_CPU_NEON | TRI_CPU_ARMCE,
        UINT32_MAX,
    };

    if (level >= sizeof set / sizeof *set)
        return 0;
    tri_kernels_init(k, set[level] & tri_cpu_detect());
    return 1;
}

/* x * y modulo a polynomial of degree n: the whole product, then its long
 * division. `low` is the polynomial without X^n. */
static uint64_t long_mul(uint64_t x, uint64_t y, unsigned n, uint64_t low)
{
    unsigned bit[128] = { 0 };
    uint64_t z = 0;

    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < n; j++)
            bit[i + j] ^= (unsigned)(x >> i & y >> j & 1);
    for (unsigned i = 127; i >= n; i--)
        for (unsigned j = 0; bit[i] && j < n; j++)
            bit[i - n + j] ^= (unsigned)(low >> j & 1);
    for (unsigned i = 0; i < n; i++)
        z |= (uint64_t)bit[i] << i;
    return z;
}

static uint64_t mul64(uint64_t x, uint64_t y)
{
    return long_mul(x, y, 64, 0x1b);
}

static uint8_t mul8(uint8_t x, uint8_t y)
{
    return (uint8_t)long_mul(x, y, 8, 0x1b);
}

/* The value at p of the polynomial of degree below 64 with bit h of x at h: by
 * Lagrange's formula, as it stands. */
static uint8_t extend(uint64_t x, uint8_t p)
{
    uint8_t z = 0;

    for (unsigned h = 0; h < 64; h++) {
        uint8_t over = 1, under = 1;

        if (!(x >> h & 1))
            continue;
        for (unsigned j = 0; j < 64; j++)
            if (j != h) {
                over = mul8(over, (uint8_t)(p ^ j));
                under = mul8(under, (uint8_t)(h ^ j));
            }
        for (unsigned i = 0; i < 254; i++) /* 1/under = under^254 */
            over = mul8(over, under);
        z ^= over;
    }
    return z;
}

static void check_definitions(struct tri_check *c)
{
    static uint8_t z[TRI_GF_CROSS];
    uint64_t seed = c->seed, x[64], y[64], x1[64], y1[64], got[64], t = 0;
    struct tri_kernels k;

    tri_kernels_init(&k, 0);
    tri_test_words(x, 64, &seed);
    tri_test_words(y, 64, &seed);
    k.gf_mul(got, x, y, 64);
    for (unsigned i = 0; i < 64; i++) {
        CHECK(c, got[i] == mul64(x[i], y[i]), "mul %u", i);
        t ^= got[i];
    }
    CHECK(c, k.gf_dot(x, y, 64) == t, "dot");
    memset(got, 0, sizeof got);
    k.gf_comb(got, x, y, 7);
    for (unsigned i = 0; i < 7; i++)
        got[3] ^= mul64(y[i], x[8 * i + 3]);
    CHECK(c, got[3] == 0, "comb");
    memset(got, 0, sizeof got);
    k.gf_gram(got, x, y, 4, 2);
    for (unsigned i = 0; i < 8; i++) { /* a = 1, b = 2; and a = b = 3 */
        got[6] ^= mul64(x[8 + i], y[16 + i]) ^ mul64(x[40 + i], y[48 + i]);
        got[6] ^= mul64(x[16 + i], y[8 + i]) ^ mul64(x[48 + i], y[40 + i]);
        got[15] ^= mul64(x[24 + i], y[24 + i]) ^ mul64(x[56 + i], y[56 + i]);
    }
    CHECK(c, got[6] == 0 && got[15] == 0 && got[9] == 0, "gram");

    memset(x, 0, sizeof x);
    memset(x1, 0, sizeof x1);
    memset(y1, 0, sizeof y1);
    x[5] = tri_test_rand(&seed);
    y[5] = tri_test_rand(&seed);
    x1[5] = tri_test_rand(&seed);
    y1[5] = tri_test_rand(&seed);
    t = tri_test_rand(&seed);
    k.gf_cross(z, x, y, x1, y1, &t, 1);
    for (unsigned p = 0; p < 64; p += 7) {
        const uint8_t v = mul8(extend(x[5], (uint8_t)(64 + p)),
                               extend(y1[5], (uint8_t)(64 + p))) ^
                          mul8(extend(y[5], (uint8_t)(64 + p)),
                               extend(x1[5], (uint8_t)(64 + p)));

        for (unsigned b = 0; b < 8; b++)
            CHECK(c, z[(b * 64 + p) * 64 + 5] == mul8(v, (uint8_t)(t >> 8 * b)),
                  "cross at %u, byte %u", p, b);
    }
}

/* x[64k + h] is column h of matrix k. */
static void check_maps(struct tri_check *c)
{
    static uint64_t M[512], x[64], z[64], f[8], want[8];
    uint64_t seed = c->seed;
    struct tri_kernels k;

    tri_kernels_init(&k, 0);
    tri_test_words(M, 512, &seed);
    tri_test_words(x, 64, &seed);
    k.gf_map(z, 64, x, M, 1);
    k.gf_fold(f, x, M, 1);
    for (unsigned j = 0; j < 64; j++) {
        uint64_t one = 0;

        for (unsigned h = 0; h < 64; h++) {
            one ^= x[j] >> h & 1 ? M[h] : 0;
            want[j % 8] ^= x[j] >> h & 1 ? M[64 * (j / 8) + h] : 0;
        }
        CHECK(c, z[j] == one, "map of word %u", j);
    }
    CHECK(c, memcmp(f, want, sizeof want) == 0, "fold");
}

/* Every kernel against the reference: all small sizes, any alignment, whole
 * outputs, so that what is written beside them shows. */
static void check_kernels(struct tri_check *c)
{
    static uint64_t x[N], y[N], x1[N], y1[N], M[512 + ROOM],
        u[4 * 32 * 8 + ROOM], v[4 * 32 * 8 + ROOM], z[2][2 * N + 1024];
    static uint8_t zc[2][TRI_GF_CROSS];
    struct tri_kernels k, ref;
    const char *last = "";

    tri_kernels_init(&ref, 0);
    for (size_t level = 0; table(&k, level); level++) {
        uint64_t seed = c->seed;

        if (strcmp(k.gf_name, last) == 0)
            continue;
        last = k.gf_name;
        for (unsigned trial = 0; trial < 60; trial++) {
            const size_t ox = tri_test_rand(&seed) % ROOM;
            const size_t oz = tri_test_rand(&seed) % ROOM;
            const size_t n = trial < 40 ? trial : tri_test_rand(&seed) % 200;
            const size_t groups =
                trial % 2 ? tri_test_rand(&seed) % (GROUPS + 1) : trial / 2 % 3;
            const size_t side = (size_t)1 << trial % 6, m = trial % 4;
            const size_t ld = 64 + 8 * (trial % 3);

            tri_test_words(x, N, &seed);
            tri_test_words(y, N, &seed);
            tri_test_words(x1, N, &seed);
            tri_test_words(y1, N, &seed);
            tri_test_words(M, 512 + ROOM, &seed);
            tri_test_words(u, sizeof u / 8, &seed);
            tri_test_words(v, sizeof v / 8, &seed);
            tri_test_words(z[0], sizeof z[0] / 8, &seed);
            tri_test_words((uint64_t *)zc[0], sizeof zc[0] / 8, &seed);
            memcpy(z[1], z[0], sizeof z[0]);
            memcpy(zc[1], zc[0], sizeof zc[0]);
#define SAME(call, name)                                      \
    do {                                                      \
        for (unsigned s = 0; s < 2; s++) {                    \
            const struct tri_kernels *q = s ? &k : &ref;      \
            uint64_t *const to = z[s] + oz;                   \
            (void)to;                                         \
                                                              \
            call;                                             \
        }                                                     \
        CHECK(c,                                              \
              memcmp(z[0], z[1], sizeof z[0]) == 0 &&         \
                  memcmp(zc[0], zc[1], sizeof zc[0]) == 0,    \
              "%s/%s: seed 0x%llx trial %u", name, k.gf_name, \
              (unsigned long long)c->seed, trial);            \
    } while (0)
            SAME(q->gf_mul(to, x + ox, y, n), "mul");
            SAME(q->gf_mul(to, to, y, n), "mul in place");
            SAME(*to = q->gf_dot(x + ox, y, n), "dot");
            SAME(q->gf_comb(to, x + ox, y, n / 8), "comb");
            SAME(q->gf_gram(to, u + ox, v, side, m), "gram");
            SAME(q->gf_map(to, ld, x + ox, M + oz, groups), "map");
            SAME(q->gf_map(to, 64, to, M + oz, groups), "map in place");
            SAME(q->gf_fold(to, x + ox, M + oz, groups), "fold");
            SAME(q->gf_cross(zc[s], x + ox, y, x1, y1 + oz, M, groups % 3),
                 "cross");
            SAME(q->gf_cross(zc[s], x + ox, NULL, NULL, y1, M, groups % 3),
                 "cross of one pair");
        }
    }
}

/* More groups than a block of any kernel. */
static void check_cross(struct tri_check *c)
{
    enum { MANY = 21 };
    static uint64_t w[4][64 * MANY], t[MANY];
    static uint8_t z[2][TRI_GF_CROSS];
    struct tri_kernels k, ref;
    uint64_t seed = c->seed;

    tri_kernels_init(&ref, 0);
    tri_kernels_init(&k, tri_cpu_detect());
    tri_test_words(w[0], 4 * 64 * MANY, &seed);
    tri_test_words(t, MANY, &seed);
    ref.gf_cross(z[0], w[0], w[1], w[2], w[3], t, MANY);
    k.gf_cross(z[1], w[0], w[1], w[2], w[3], t, MANY);
    CHECK(c, memcmp(z[0], z[1], sizeof z[0]) == 0, "cross/%s", k.gf_name);
}

const struct tri_check_entry tri_checks_gf[] = {
    { "gf/definitions", check_definitions },
    { "gf/maps", check_maps },
    { "gf/kernels", check_kernels },
    { "gf/cross", check_cross },
};
const size_t tri_checks_gf_n = sizeof tri_checks_gf / sizeof *tri_checks_gf;
