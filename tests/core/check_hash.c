#include <string.h>
#include "core/hash.h"
#include "tests/checks.h"

/* Keys are 00 01 02 ..; data are 7i + 3 mod 256. Computed with Python's
 * hashlib, an independent implementation. */
static const struct {
    size_t keylen, n;
    const char *digest;
} vectors[] = {
    { 0, 0,
      "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9" },
    { 0, 1,
      "a28ac19d6bcbe2cd1d7de183485768d598e996b07889b9b11f418cb1b4a4fb0d" },
    { 0, 63,
      "de27df0e375d83c49f1af9ca8270f9f2fe7b70bf800fc01672db0e9746021ebf" },
    { 0, 64,
      "5377e4ff957bda4d4535f4879876b71a61056c4cec31e78397c66ec47a86a130" },
    { 0, 65,
      "19b1b26fba093f4a670d8913e1b71cbb2916dfa701018cc6b05785c966593374" },
    { 0, 127,
      "6846f99493436241d0a6f289c9a911b1d0f4860db8f2b5df5295ffd37d03a3c4" },
    { 0, 128,
      "83470c75afa23d90cd7659906e4b47daa278131fbb225241dd37a40fd5355ac7" },
    { 0, 129,
      "26fd8892ab0a5f12d4acbff1efd7dcd92b99e2d377f888f07e3cb81b232b11cf" },
    { 0, 1000,
      "02a016193469710efadf8fb005ca19b509331cb847df5598cc0794bded669681" },
    { 1, 0,
      "cdcf93dac5437c31bf1e79a8398fbbddd1cef4427428ced165264455a9c48a95" },
    { 1, 64,
      "c2e14825ac32de84b70ad157c88f6d9bc765c3b1ec5d3b3a34f42eff608cf98c" },
    { 1, 129,
      "d68bbd48f7f05b627cc0e56076813d1425f519bc655563bda741cba4945be5dd" },
    { 16, 0,
      "fcfc1128807d157b01adec1ebe0a0927e5ac0ea65000fcec0852218dbb147106" },
    { 16, 64,
      "d24c86b41ec58465fa6f769853f97f34a49d3179e91ae7df76c81417e7a5d827" },
    { 16, 129,
      "7afcc53db76a19191ef100154857f23f77bfe117629e288adfb315ad1d722e59" },
    { 32, 0,
      "48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49" },
    { 32, 1,
      "722ac21d94c3868234e075bb5692678e6460c23466b10b48acf133e6f89f9082" },
    { 32, 63,
      "1b40734002093e70c462a8d12967377efd57653c412650984b7fe50c79251b24" },
    { 32, 64,
      "ce3c22b930e6395797de1e490600d305294ff2e30eb187bb63120e3f5e3fc129" },
    { 32, 65,
      "82e02e62a066f2f3cd7a8a542581cbf441e35cf7a771fc7adb0965d8446b71cb" },
    { 32, 127,
      "361e9929ef8d35b28050d29f9137eadf24b2f22e682029a67381b35846477d2d" },
    { 32, 128,
      "b434a9ad31b133b873924a29f24cfd8e00431b1c2aa088176e7ef5b311aed79b" },
    { 32, 129,
      "fac34ebd5385a5dc8310e5dbe4aa071b32ab769164c222f782848a8b08584420" },
    { 32, 1000,
      "f79818aa3bc6f7d7aa15e75574dccc5198d22b7b370f43216cc2a8c52fe5c3f5" },
};

static void check_vectors(struct tri_check *c)
{
    uint8_t data[1000], key[32], want[TRI_HASH_BYTES], got[TRI_HASH_BYTES];
    struct tri_hash s;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(7 * i + 3);
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;

    tri_test_hex(want, sizeof want,
                 "508c5e8c327c14e2e1a72ba34eeb452f"
                 "37458b209ed63a294d999b4c86675982");
    tri_hash(got, "abc", 3);
    CHECK(c, memcmp(got, want, sizeof got) == 0, "RFC 7693, appendix B");

    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        CHECK(c, tri_test_hex(want, sizeof want, vectors[i].digest) == 32,
              "vector %zu has a wrong length", i);
        tri_hash_init(&s, key, vectors[i].keylen);
        tri_hash_update(&s, data, vectors[i].n);
        tri_hash_final(&s, got);
        CHECK(c, memcmp(got, want, sizeof got) == 0, "%zu bytes, key of %zu",
              vectors[i].n, vectors[i].keylen);
    }
}

/* RFC 7693, appendix E: one hash over the hashes of generated inputs, with and
 * without a key; here for 32-byte digests only, the one size provided. The
 * expected value is Python's, whose hash over all the sizes is the RFC's. */
static void sequence(uint8_t *out, size_t n, uint32_t seed)
{
    uint32_t a = 0xdead4bad * seed, b = 1;

    for (size_t i = 0; i < n; i++) {
        const uint32_t t = a + b;

        a = b;
        b = t;
        out[i] = (uint8_t)(t >> 24);
    }
}

static void check_sequence(struct tri_check *c)
{
    static const size_t lengths[] = { 0, 3, 64, 65, 255, 1024 };
    uint8_t in[1024], key[32], md[32], want[32];
    struct tri_hash all, s;

    tri_hash_init(&all, NULL, 0);
    sequence(key, 32, 32);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        sequence(in, lengths[i], (uint32_t)lengths[i]);
        tri_hash(md, in, lengths[i]);
        tri_hash_update(&all, md, 32);
        tri_hash_init(&s, key, 32);
        tri_hash_update(&s, in, lengths[i]);
        tri_hash_final(&s, md);
        tri_hash_update(&all, md, 32);
    }
    tri_hash_final(&all, md);
    tri_test_hex(want, sizeof want,
                 "caf4e0cc2111755c0b9672541eb94740"
                 "6ea171d4b62cb363cf80ab560214d804");
    CHECK(c, memcmp(md, want, 32) == 0, "hash of hashes");
}

/* However the input is cut, and the state is wiped in the end. */
static void check_pieces(struct tri_check *c)
{
    static const struct tri_hash wiped;
    uint8_t data[300], want[TRI_HASH_BYTES], got[TRI_HASH_BYTES];
    uint64_t seed = c->seed;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)tri_test_rand(&seed);
    for (size_t n = 0; n <= sizeof data; n++) {
        struct tri_hash s;

        tri_hash(want, data, n);
        tri_hash_init(&s, NULL, 0);
        for (size_t at = 0; at < n;) {
            size_t take = (size_t)(tri_test_rand(&seed) % 80);

            if (take > n - at)
                take = n - at;
            tri_hash_update(&s, data + at, take);
            at += take;
        }
        tri_hash_final(&s, got);
        CHECK(c, memcmp(got, want, sizeof got) == 0, "%zu bytes, seed %llx", n,
              (unsigned long long)c->seed);
        CHECK(c, memcmp(&s, &wiped, sizeof s) == 0, "state is left behind");
    }
}

const struct tri_check_entry tri_checks_hash[] = {
    { "hash_vectors", check_vectors },
    { "hash_sequence", check_sequence },
    { "hash_pieces", check_pieces },
};
const size_t tri_checks_hash_n =
    sizeof tri_checks_hash / sizeof *tri_checks_hash;
