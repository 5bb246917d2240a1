#include <string.h>
#include "core/err.h"
#include "arch/wide.h"
#include "core/x25519.h"
#include "tests/checks.h"

struct vector {
    const char *where, *key, *point, *out;
};

/* The last four: key 1, 2, .., 32; shared secrets from OpenSSL. */
static const struct vector vectors[] = {
    { "RFC 7748, 5.2, first",
      "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
    { "RFC 7748, 5.2, second (bit 255 set)",
      "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
    { "RFC 7748, 6.1, shared secret",
      "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
      "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
    { "RFC 7748, 6.1, the other side",
      "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
      "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
      "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
    { "p + 2",
      "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
      "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "0989cc65eeda6d8051c96629f916d2b8d947e68219702d29a3efd3438698590a" },
    { "2, the same modulo p",
      "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
      "0200000000000000000000000000000000000000000000000000000000000000",
      "0989cc65eeda6d8051c96629f916d2b8d947e68219702d29a3efd3438698590a" },
    { "2^255 - 1",
      "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "bc1a5eacfb62da8bffcf2bb301bd98686b9b43b694db9d62ef9440c2332ce759" },
    { "2^256 - 1",
      "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "bc1a5eacfb62da8bffcf2bb301bd98686b9b43b694db9d62ef9440c2332ce759" },
};

static void check_vectors(struct tri_check *c)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *v = &vectors[i];
        uint8_t key[32], point[32], want[32], got[32];

        tri_test_hex(key, 32, v->key);
        tri_test_hex(point, 32, v->point);
        tri_test_hex(want, 32, v->out);
        CHECK(c, tri_x25519(got, key, point) == TRI_OK, "%s: refused",
              v->where);
        CHECK(c, memcmp(got, want, 32) == 0, "%s", v->where);
        /* in place */
        CHECK(c, tri_x25519(point, key, point) == TRI_OK, "%s: refused",
              v->where);
        CHECK(c, memcmp(point, want, 32) == 0, "%s: in place", v->where);
    }
}

/* RFC 7748, 5.2: k = u = 9, then k, u = X25519(k, u), k. */
static void check_iterated(struct tri_check *c)
{
    static const struct {
        unsigned times;
        const char *out;
    } marks[] = {
        { 1,
          "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079" },
        { 1000,
          "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51" },
    };
    uint8_t k[32] = { 9 }, u[32] = { 9 }, z[32], want[32];
    unsigned times = 0;

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        for (; times < marks[i].times; times++) {
            CHECK(c, tri_x25519(z, k, u) == TRI_OK, "iteration %u", times);
            memcpy(u, k, 32);
            memcpy(k, z, 32);
        }
        tri_test_hex(want, 32, marks[i].out);
        CHECK(c, memcmp(k, want, 32) == 0, "after %u iterations",
              marks[i].times);
    }
}

/* Both sides of random exchanges, and the public key as a product with 9. */
static void check_exchange(struct tri_check *c)
{
    uint64_t seed = c->seed;

    for (unsigned round = 0; round < 50; round++) {
        uint8_t a[32], b[32], pa[32], pb[32], sa[32], sb[32];
        const uint8_t nine[32] = { 9 };

        for (unsigned i = 0; i < 32; i++) {
            a[i] = (uint8_t)tri_test_rand(&seed);
            b[i] = (uint8_t)tri_test_rand(&seed);
        }
        tri_x25519_public(pa, a);
        CHECK(c, tri_x25519(pb, a, nine) == TRI_OK && memcmp(pa, pb, 32) == 0,
              "public key, seed %llx", (unsigned long long)c->seed);
        tri_x25519_public(pb, b);
        CHECK(c,
              tri_x25519(sa, a, pb) == TRI_OK &&
                  tri_x25519(sb, b, pa) == TRI_OK && memcmp(sa, sb, 32) == 0,
              "round %u, seed %llx", round, (unsigned long long)c->seed);
    }
}

/* Every encoding of the points of order 1, 2, 4 and 8 gives 0: refused. */
static void check_low_order(struct tri_check *c)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    };
    static const uint8_t zero[32];
    uint64_t seed = c->seed;

    for (size_t i = 0; i < 2 * sizeof points / sizeof *points; i++) {
        uint8_t key[32], point[32], out[32];

        for (unsigned j = 0; j < 32; j++)
            key[j] = (uint8_t)tri_test_rand(&seed);
        tri_test_hex(point, 32, points[i / 2]);
        point[31] |= (uint8_t)(i % 2 << 7);
        memset(out, 0xff, sizeof out);
        CHECK(c, tri_x25519(out, key, point) == TRI_E_CRYPTO,
              "point %zu of low order accepted", i / 2);
        CHECK(c, memcmp(out, zero, 32) == 0, "point %zu: output", i / 2);
    }
}

/* The product from halves, for compilers without a 128-bit type, against
 * the other one, and both against (2^64 - 1)^2. */
static void check_wide(struct tri_check *c)
{
    const struct tri_wide top = tri_wide_mul_halves(~0ull, ~0ull);
    uint64_t seed = c->seed;

    CHECK(c, top.lo == 1 && top.hi == ~0ull - 1, "(2^64 - 1)^2");
    for (unsigned i = 0; i < 10000; i++) {
        const uint64_t a = tri_test_rand(&seed) >> i % 64;
        const uint64_t b = ~(tri_test_rand(&seed) >> i / 64 % 64);
        const struct tri_wide x = tri_wide_mul(a, b);
        const struct tri_wide y = tri_wide_mul_halves(a, b);
        const struct tri_wide s = tri_wide_muladd(x, ~a, b);

        CHECK(c, x.lo == y.lo && x.hi == y.hi, "%llx * %llx",
              (unsigned long long)a, (unsigned long long)b);
        /* a*b + (2^64 - 1 - a)*b = 2^64 b - b */
        CHECK(c, s.lo == 0 - b && s.hi == b - (b != 0), "sum, %llx, %llx",
              (unsigned long long)a, (unsigned long long)b);
    }
}

const struct tri_check_entry tri_checks_x25519[] = {
    { "x25519_vectors", check_vectors },
    { "x25519_iterated", check_iterated },
    { "x25519_exchange", check_exchange },
    { "x25519_low_order", check_low_order },
    { "x25519_wide", check_wide },
};
const size_t tri_checks_x25519_n =
    sizeof tri_checks_x25519 / sizeof *tri_checks_x25519;
