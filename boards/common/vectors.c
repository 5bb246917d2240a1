#include "boards/common/vectors.h"
#include "core/aead.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/parts.h"
#include "core/x25519.h"

enum { MOST = 160 };

/* Hexadecimal digits of either case to bytes; how many. */
static size_t bytes(uint8_t out[MOST], const char *digits)
{
    size_t n = 0;

    for (; digits[2 * n] != '\0'; n++)
        for (size_t i = 0; i < 2; i++) {
            const char d = digits[2 * n + i];

            out[n] = (uint8_t)(out[n] << 4 |
                               (d <= '9' ? d - '0' : (d | 0x20) - 'a' + 10));
        }
    return n;
}

static int equal(const uint8_t *got, const char *digits)
{
    uint8_t want[MOST];

    return memcmp(got, want, bytes(want, digits)) == 0;
}

/* The four functions of core/mem.h, on which every other test relies: up to
 * three words, at every place in a word; copies over themselves, either way. */
static int memory(const struct tri_kernels *k)
{
    enum { ROOM = 64, LONGEST = 24, MIDDLE = 20 };
    static uint8_t from[ROOM], to[ROOM];
    int bad = 0;

    (void)k;
    for (size_t i = 0; i < ROOM; i++)
        from[i] = (uint8_t)(7 + 13 * i);
    for (size_t n = 0; n <= LONGEST; n++)
        for (size_t at = 0; at < MIDDLE; at++) {
            memcpy(to, from, sizeof to);
            memmove(to + at, to + MIDDLE - at, n);
            for (size_t i = 0; i < ROOM; i++)
                bad |= to[i] != from[i - at < n ? i + MIDDLE - 2 * at : i];
            memset(to + at, 0x100 + (int)n, n);
            for (size_t i = at; i < at + n; i++)
                bad |= to[i] != n;
            memcpy(to + at, from + at, n);
            for (size_t i = 0; i < n; i++) {
                bad |= memcmp(to + at, from + at, n) != 0;
                to[at + i] ^= 0x80;
                bad |= (memcmp(to + at, from + at, n) > 0) !=
                       (to[at + i] > from[at + i]);
                bad |= memcmp(to + at, from + at, i) != 0;
                to[at + i] ^= 0x80;
            }
            bad |= memcmp(to, from, sizeof to) != 0;
        }
    return !bad;
}

/* RFC 7693, appendix B. */
static int blake2s(const struct tri_kernels *k)
{
    uint8_t out[TRI_HASH_BYTES];

    (void)k;
    tri_hash(out, "abc", 3);
    return equal(out, "508c5e8c327c14e2e1a72ba34eeb452f"
                      "37458b209ed63a294d999b4c86675982");
}

/* RFC 7748, section 5.2. */
static int x25519(const struct tri_kernels *k)
{
    uint8_t key[MOST], point[MOST], out[32];

    (void)k;
    bytes(key,
          "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    bytes(point,
          "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    return tri_x25519(out, key, point) == TRI_OK &&
           equal(out, "c3da55379de9c6908e94ea4df28d084f"
                      "32eccf03491c71f754b4075577a28552");
}

static int aead(const struct tri_kernels *k, int alg, const char *key,
                const char *nonce, const char *ad, const char *text,
                const char *sealed)
{
    uint8_t k8[MOST] = { 0 }, n8[MOST], a8[MOST], t8[MOST], out[MOST + 16];
    struct tri_aead a;
    size_t len, adlen;
    int ok;

    bytes(k8, key);
    bytes(n8, nonce);
    adlen = bytes(a8, ad);
    len = bytes(t8, text);
    ok = tri_aead_init(&a, k, alg, k8) == TRI_OK &&
         tri_aead_seal(&a, out, out + len, n8, a8, adlen, t8, len) == TRI_OK &&
         equal(out, sealed) &&
         tri_aead_open(&a, out, out + len, n8, a8, adlen, out, len) == TRI_OK &&
         memcmp(out, t8, len) == 0;
    tri_aead_wipe(&a);
    return ok;
}

/* RFC 8439, section 2.8.2. */
static int chachapoly(const struct tri_kernels *k)
{
    return aead(
        k, TRI_AEAD_CHACHAPOLY,
        "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
        "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
        "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f"
        "66202739393a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e"
        "652074697020666f7220746865206675747572652c2073756e73637265656e20776f75"
        "6c642062652069742e",
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea4"
        "5e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d77"
        "8b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de5"
        "76d26586cec64b61161ae10b594f09e26a7e902ecbd0600691");
}

/* The GCM specification (McGrew, Viega), test case 2. */
static int aesgcm(const struct tri_kernels *k)
{
    return aead(k, TRI_AEAD_AESGCM,
                "00000000000000000000000000000000"
                "00000000000000000000000000000000",
                "000000000000000000000000", "",
                "00000000000000000000000000000000",
                "0388dace60b6a392f328c2b971b2fe78"
                "ab6e47d42cec13bdf53a67b21257bddf");
}

static const struct {
    const char *name;
    int (*fn)(const struct tri_kernels *k);
} test[] = {
    { "memory", memory },
    { "BLAKE2s, RFC 7693", blake2s },
    { "X25519, RFC 7748", x25519 },
    { "ChaCha20-Poly1305, RFC 8439", chachapoly },
    { "AES-128-GCM, test case 2", aesgcm },
};

int tri_vectors(const struct tri_kernels *k, tri_selftest_fn *tell, void *self)
{
    int bad = 0;

    for (size_t i = 0; i < sizeof test / sizeof *test; i++) {
        int ok;

        if (test[i].fn == aesgcm && tri_aead_gcm == NULL)
            continue; /* is not linked */
        ok = test[i].fn(k);
        if (tell != NULL)
            tell(self, test[i].name, ok);
        bad += !ok;
    }
    return bad;
}
