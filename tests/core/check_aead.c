#include <string.h>
#include "core/aead.h"
#include "core/err.h"
#include "core/poly1305.h"
#include "tests/checks.h"

struct vector {
    const char *where;
    int alg;
    const char *key, *nonce, *ad, *text, *sealed;
};

static const struct vector vectors[] = {
    { "RFC 8439, 2.8.2", TRI_AEAD_CHACHAPOLY,
      "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
      "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
      "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66"
      "202739393a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e6520"
      "74697020666f7220746865206675747572652c2073756e73637265656e20776f756c6420"
      "62652069742e",
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e"
      "8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c"
      "9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d265"
      "86cec64b61161ae10b594f09e26a7e902ecbd0600691" },
    { "RFC 8439, A.5", TRI_AEAD_CHACHAPOLY,
      "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0",
      "000000000102030405060708", "f33388860000000000004e91",
      "496e7465726e65742d4472616674732061726520647261667420646f63756d656e747320"
      "76616c696420666f722061206d6178696d756d206f6620736978206d6f6e74687320616e"
      "64206d617920626520757064617465642c207265706c616365642c206f72206f62736f6c"
      "65746564206279206f7468657220646f63756d656e747320617420616e792074696d652e"
      "20497420697320696e617070726f70726961746520746f2075736520496e7465726e6574"
      "2d447261667473206173207265666572656e6365206d6174657269616c206f7220746f20"
      "63697465207468656d206f74686572207468616e206173202fe2809c776f726b20696e20"
      "70726f67726573732e2fe2809d",
      "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18"
      "755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf332f830e710b97ce"
      "98c8a84abd0b948114ad176e008d33bd60f982b1ff37c8559797a06ef4f0ef61c186324e"
      "2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e9"
      "9040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a0d072b04"
      "b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a10"
      "73a6727627097a1049e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d"
      "6c6f2c29a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38" },
    { "AES-GCM test case 1", TRI_AEAD_AESGCM,
      "0000000000000000000000000000000000000000000000000000000000000000",
      "000000000000000000000000", "", "", "58e2fccefa7e3061367f1d57a4e7455a" },
    { "AES-GCM test case 2", TRI_AEAD_AESGCM,
      "0000000000000000000000000000000000000000000000000000000000000000",
      "000000000000000000000000", "", "00000000000000000000000000000000",
      "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf" },
    { "AES-GCM test case 3", TRI_AEAD_AESGCM,
      "feffe9928665731c6d6a8f946730830800000000000000000000000000000000",
      "cafebabefacedbaddecaf888", "",
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95"
      "956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b2"
      "5466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f59854d5c2af327cd64a6"
      "2cf35abd2ba6fab4" },
    { "AES-GCM test case 4", TRI_AEAD_AESGCM,
      "feffe9928665731c6d6a8f946730830800000000000000000000000000000000",
      "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95"
      "956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b2"
      "5466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95a"
      "e7121a47" },
};

/* Run `fn` for each kernel table that this CPU can have. */
static void each_cpu(struct tri_check *c,
                     void (*fn)(struct tri_check *c,
                                const struct tri_kernels *))
{
    const unsigned have = tri_cpu_detect();

    for (unsigned cpu = 0; cpu <= have && c->msg[0] == '\0'; cpu++) {
        struct tri_kernels k;

        if (cpu & ~have)
            continue;
        tri_kernels_init(&k, cpu);
        fn(c, &k);
    }
}

static void vectors_on(struct tri_check *c, const struct tri_kernels *k)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *v = &vectors[i];
        uint8_t key[32], nonce[12], ad[32], text[400], want[416], got[416];
        struct tri_aead a;

        tri_test_hex(key, 32, v->key);
        tri_test_hex(nonce, 12, v->nonce);
        const size_t adlen = tri_test_hex(ad, sizeof ad, v->ad);
        const size_t n = tri_test_hex(text, sizeof text, v->text);
        CHECK(c, tri_test_hex(want, sizeof want, v->sealed) == n + 16,
              "%s: the vector has a wrong length", v->where);

        CHECK(c, tri_aead_init(&a, k, v->alg, key) == TRI_OK, "init");
        CHECK(c,
              tri_aead_seal(&a, got, got + n, nonce, ad, adlen, text, n) ==
                  TRI_OK,
              "%s: seal", v->where);
        CHECK(c, memcmp(got, want, n + 16) == 0, "%s (%x)", v->where, k->cpu);
        CHECK(c,
              tri_aead_open(&a, got, got + n, nonce, ad, adlen, got, n) ==
                      TRI_OK &&
                  memcmp(got, text, n) == 0,
              "%s (%x): open", v->where, k->cpu);
    }
}

static void check_vectors(struct tri_check *c)
{
    each_cpu(c, vectors_on);
}

/* Tags from OpenSSL. Text byte i is 7i + i/256 mod 256, the key is 0..31 (0..15
 * for AES), the nonce 100..111, the associated data 200..212. */
static const struct {
    size_t n;
    const char *chachapoly, *aesgcm;
} tags[] = {
    { 0, "15727d1533b285e2c8068469f69e6ef2",
      "d7f52fe5e4dd3244e1917b2e9425d7da" },
    { 1, "7cf18e78139166d9ad3eecc304af9dd3",
      "88fa70eceba27152dbbf2a287705eeca" },
    { 15, "0f745d184df50bec9541e694b66841bd",
      "d9cb74b3dd422fba5587ec70c5278f87" },
    { 16, "02e58427629b09690c6b839e2419cdfa",
      "5fba0887b5914f167f2919580204fb14" },
    { 17, "923cd4b7eba564fb7d7ffcfc16ff374f",
      "1fa0e846959cd8174801647a6bd9bb46" },
    { 63, "3b065c8b450a0ed683e03e06bbe6a409",
      "c0ec65d7fd9303ac84a4553e7a78d92a" },
    { 64, "51de3742d553d93f7fe4099ec7a8cd23",
      "94f25d39fc4af71b0d4a0c2c7d3d9339" },
    { 65, "cadfe6942c9426f1fce4edce0121f0f6",
      "8cb2e1ee80a422c618a808ddaf48e325" },
    { 127, "f8f3b7cce704231a76c2cd19d23781cc",
      "04eb8d0b6763b2c4c1b79ccf0f0832a1" },
    { 128, "f52e76070bf40a2540ba02e3ef5cf7a4",
      "6ec56feb133ce982c170a2faf0e2f073" },
    { 129, "6c9d1266e4ff5ade69fb9f764ba7ee6c",
      "2bea809c4f2471a6f42a913c17051b05" },
    { 255, "05bc12dbcaba6a776fa2d30d06f2c78a",
      "0df5051d9a3ac551aee39a96a3af9048" },
    { 256, "2dbf5ba738d57de0d1312ccfd289bc38",
      "9c61081323bfbcc9308d07666a8356a8" },
    { 511, "34db1a5af41979f66ac211bcef1d54a2",
      "aa3e802cb59f8f21ac6ab33e32eccea2" },
    { 512, "ef3db15cdf651a6dd4e5c8514c151935",
      "588b88ec37a2f650ff938dfcd8e363f4" },
    { 513, "ef4f5f1f5e0e3c53065f4940a675c75b",
      "50948ec42e651bf8612f1a5b31a6b2bf" },
    { 1023, "feedd1049275775fc4896f714ff19357",
      "2915cbfeb7e235bb79e84a30ecc0ecb1" },
    { 1024, "f06fd390651db3caf1761fb6db07254a",
      "ab59f70b300e39ea9d1874db9720545f" },
    { 1025, "9a8b0d376f9338e0d5dc79b2770a1d3e",
      "3d56dd7eb7c90962a9f09cc788edfeea" },
    { 4096, "c254d056b9ff8695ac429cb7a2e771f2",
      "6ea56b6da1be446545d326084adbc290" },
    { 8127, "f38071b8d57d13a025e1b4ce090e7c6a",
      "714575416a542f3c8c907032d245d0d1" },
    { 8128, "dc0379118bb42ea3b0e91e779625c3bf",
      "7d130cbe2e3b7fd6c75e648b18add790" },
    { 8129, "500a30d62641d44dca380b11b6db10c0",
      "dcb21ce95fd63e0109c4f5af39fd6738" },
    { 8191, "fe2fb7620f147fffb1490c6cf75268c9",
      "266a8c1b8b8032c89df2f9ceb5ffe6ad" },
    { 8192, "2633002f7d2e926814d9642dc4ea5c77",
      "499e22f3ef959f41864fe9a549538959" },
    { 8193, "06c2b6b75e14d08e1b37a30cfa4c7ee2",
      "98ce4f80863677a70e866b3cfe194825" },
    { 16384, "bf373764fc7f8e26925f8629257279bc",
      "45fd382d9a013e81b4f97098c4eb4709" },
    { 65543, "53a994b5098c14bb04b6ee40de515361",
      "6572c7683e62dbbafcdefbb6cab41e85" },
};

enum { LONGEST = 65543 };

static void long_on(struct tri_check *c, const struct tri_kernels *k)
{
    static uint8_t text[LONGEST], buf[LONGEST];
    uint8_t key[32], nonce[12], ad[13], want[16], tag[16];

    for (size_t i = 0; i < LONGEST; i++)
        text[i] = (uint8_t)(7 * i + i / 256);
    for (unsigned i = 0; i < 32; i++)
        key[i] = (uint8_t)i;
    for (unsigned i = 0; i < 12; i++)
        nonce[i] = (uint8_t)(100 + i);
    for (unsigned i = 0; i < 13; i++)
        ad[i] = (uint8_t)(200 + i);
    for (int alg = TRI_AEAD_CHACHAPOLY; alg <= TRI_AEAD_AESGCM; alg++) {
        struct tri_aead a;

        CHECK(c, tri_aead_init(&a, k, alg, key) == TRI_OK, "init");
        for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
            const size_t n = tags[i].n;

            tri_test_hex(want, 16,
                         alg == TRI_AEAD_AESGCM ? tags[i].aesgcm
                                                : tags[i].chachapoly);
            /* once from elsewhere, once in place */
            memset(buf, 0, n);
            tri_aead_seal(&a, buf, tag, nonce, ad, 13, text, n);
            CHECK(c, memcmp(tag, want, 16) == 0, "%d (%x): %zu bytes", alg,
                  k->cpu, n);
            memcpy(buf, text, n);
            tri_aead_seal(&a, buf, tag, nonce, ad, 13, buf, n);
            CHECK(c, memcmp(tag, want, 16) == 0, "%d (%x): %zu bytes in place",
                  alg, k->cpu, n);
            CHECK(c,
                  tri_aead_open(&a, buf, tag, nonce, ad, 13, buf, n) ==
                          TRI_OK &&
                      memcmp(buf, text, n) == 0,
                  "%d (%x): %zu bytes opened", alg, k->cpu, n);
        }
        tri_aead_wipe(&a);
    }
}

static void check_long(struct tri_check *c)
{
    each_cpu(c, long_on);
}

enum { SHORT = 300 };

struct sealed {
    uint8_t nonce[12], ad[20], text[SHORT], tag[16];
};

/* Every bit of the sealed message matters, and nothing is released. */
static void forgeries_on(struct tri_check *c, const struct tri_kernels *k)
{
    static const uint8_t zero[SHORT];
    uint64_t seed = c->seed;

    for (int alg = TRI_AEAD_CHACHAPOLY; alg <= TRI_AEAD_AESGCM; alg++) {
        uint8_t key[32], out[SHORT];
        struct sealed s, bad;
        struct tri_aead a;

        for (size_t i = 0; i < sizeof s; i++)
            ((uint8_t *)&s)[i] = (uint8_t)tri_test_rand(&seed);
        for (unsigned i = 0; i < 32; i++)
            key[i] = (uint8_t)tri_test_rand(&seed);
        CHECK(c, tri_aead_init(&a, k, alg, key) == TRI_OK, "init");
        tri_aead_seal(&a, s.text, s.tag, s.nonce, s.ad, 20, s.text, SHORT);
        for (size_t bit = 0; bit < 8 * sizeof s; bit++) {
            bad = s;
            ((uint8_t *)&bad)[bit / 8] ^= (uint8_t)(1u << bit % 8);
            memset(out, 0xff, sizeof out);
            CHECK(c,
                  tri_aead_open(&a, out, bad.tag, bad.nonce, bad.ad, 20,
                                bad.text, SHORT) == TRI_E_CRYPTO,
                  "%d (%x): bit %zu flipped and accepted", alg, k->cpu, bit);
            CHECK(c, memcmp(out, zero, SHORT) == 0,
                  "%d (%x): bit %zu flipped: text released", alg, k->cpu, bit);
        }
        /* A part of it, or a longer or shorter ad, is another message. */
        for (size_t n = 0; n < SHORT; n += 7) {
            memset(out, 0xff, sizeof out);
            CHECK(c,
                  tri_aead_open(&a, out, s.tag, s.nonce, s.ad, 20, s.text, n) ==
                          TRI_E_CRYPTO &&
                      memcmp(out, zero, n) == 0,
                  "%d (%x): cut to %zu bytes", alg, k->cpu, n);
        }
        for (size_t n = 0; n < 20; n++)
            CHECK(c,
                  tri_aead_open(&a, out, s.tag, s.nonce, s.ad, n, s.text,
                                SHORT) == TRI_E_CRYPTO,
                  "%d (%x): associated data cut to %zu bytes", alg, k->cpu, n);
        CHECK(c,
              tri_aead_open(&a, out, s.tag, s.nonce, s.ad, 20, s.text, SHORT) ==
                  TRI_OK,
              "%d (%x): the true message refused", alg, k->cpu);
    }
}

static void check_forgeries(struct tri_check *c)
{
    const unsigned have = tri_cpu_detect();
    struct tri_kernels k;

    tri_kernels_init(&k, have);
    forgeries_on(c, &k);
    tri_kernels_init(&k, 0);
    if (c->msg[0] == '\0')
        forgeries_on(c, &k);
}

static void check_limits(struct tri_check *c)
{
    const uint8_t key[32] = { 1 }, nonce[12] = { 2 };
    uint8_t tag[16] = { 3 }, out[1] = { 4 };
    struct tri_kernels k;
    struct tri_aead a;

    tri_kernels_init(&k, 0);
    CHECK(c, tri_aead_init(&a, &k, 0, key) == TRI_E_ARG, "algorithm 0");
    CHECK(c, tri_aead_init(&a, &k, 3, key) == TRI_E_ARG, "algorithm 3");
    CHECK(c, tri_aead_best(&k) == TRI_AEAD_CHACHAPOLY, "best without AES");
#if SIZE_MAX > 0xffffffff
    for (int alg = TRI_AEAD_CHACHAPOLY; alg <= TRI_AEAD_AESGCM; alg++) {
        const size_t most = alg == TRI_AEAD_AESGCM ? (size_t)TRI_GCM_MAX
                                                   : ((size_t)1 << 38) - 64;

        CHECK(c, tri_aead_init(&a, &k, alg, key) == TRI_OK, "init");
        CHECK(c,
              tri_aead_seal(&a, out, tag, nonce, NULL, 0, out, most + 1) ==
                      TRI_E_ARG &&
                  tri_aead_open(&a, out, tag, nonce, NULL, 0, out, most + 1) ==
                      TRI_E_ARG,
              "%d: a text of %zu bytes", alg, most + 1);
    }
#endif
    CHECK(c, tag[0] == 3 && out[0] == 4, "outputs of refused calls");
    (void)nonce;
}

/* The kernel beneath: every length, unaligned, in place, nothing outside. */
static void xor_on(struct tri_check *c, const struct tri_kernels *k)
{
    uint8_t a[200], b[200], want[200], got[300];
    uint64_t seed = c->seed;

    for (size_t n = 0; n <= 3 * 199; n++) {
        const size_t len = n / 3, at = 40 + n % 7;
        const uint8_t *x = n % 3 == 0 ? got + at : a;
        const uint8_t *y = n % 3 == 1 ? got + at : b;

        memset(got, 0xa5, sizeof got);
        for (size_t i = 0; i < len; i++) {
            a[i] = (uint8_t)tri_test_rand(&seed);
            b[i] = (uint8_t)tri_test_rand(&seed);
            want[i] = a[i] ^ b[i];
            if (n % 3 < 2)
                got[at + i] = n % 3 == 0 ? a[i] : b[i];
        }
        k->xor_bytes(got + at, x, y, len);
        CHECK(c, memcmp(got + at, want, len) == 0, "%s: xor of %zu bytes",
              k->xor_name, len);
        for (size_t i = 0; i < sizeof got; i++)
            CHECK(c, (i >= at && i < at + len) || got[i] == 0xa5,
                  "%s: xor of %zu bytes wrote outside", k->xor_name, len);
    }
}

static void check_xor(struct tri_check *c)
{
    each_cpu(c, xor_on);
}

/* Both ciphers in one kernel, beside the reference's three: sealing and
 * opening, in place and not, unaligned, counters that wrap; text and key all
 * ones in part, so that every limb runs full. */
static void fused_on(struct tri_check *c, const struct tri_kernels *k)
{
    enum { TURN = 64 * TRI_CHACHAPOLY_BLOCKS, MOST = 5 * TURN, GUARD = 64 };
    static uint8_t text[MOST + 8], want[MOST], got[GUARD + MOST + GUARD];
    struct tri_kernels ref;
    uint64_t seed = c->seed;

    if (k->chachapoly == NULL)
        return;
    tri_kernels_init(&ref, 0);
    for (size_t n = 0; n < 48; n++) {
        const size_t len = n / 8 * TURN, at = GUARD - n % 7;
        const int opening = n & 1, same = n >> 1 & 1, ones = n >> 2 & 1;
        uint8_t *in = same ? got + at : text + n % 5, one[32], wants[16],
                gots[16];
        uint32_t key[8], nonce[3], counter = 0u - (uint32_t)(n % 30);
        struct tri_poly1305 m, w;

        for (unsigned i = 0; i < 8; i++)
            key[i] = (uint32_t)tri_test_rand(&seed);
        for (unsigned i = 0; i < 3; i++)
            nonce[i] = (uint32_t)tri_test_rand(&seed);
        for (unsigned i = 0; i < 32; i++)
            one[i] = ones ? 0xff : (uint8_t)tri_test_rand(&seed);
        memset(got, 0xa5, sizeof got);
        for (size_t i = 0; i < len; i++)
            in[i] = ones ? 0xff : (uint8_t)tri_test_rand(&seed);
        tri_poly1305_init(&w, &ref, one);
        tri_poly1305_update(&w, one, 16); /* h is not 0 */
        m = w;
        m.k = k;
        tri_poly1305_grow(&m);

        ref.chacha20(want, key, nonce, counter, len / 64);
        ref.xor_bytes(want, want, in, len);
        tri_poly1305_update(&w, opening ? in : want, len);
        tri_poly1305_final(&w, wants);
        k->chachapoly(got + at, m.h, in, len / 64, key, nonce, counter, m.p,
                      opening);
        tri_poly1305_final(&m, gots);
        CHECK(c, memcmp(got + at, want, len) == 0,
              "both at once: text of %zu bytes, case %zu, seed %llx", len, n,
              (unsigned long long)c->seed);
        CHECK(c, memcmp(gots, wants, 16) == 0,
              "both at once: tag of %zu bytes, case %zu, seed %llx", len, n,
              (unsigned long long)c->seed);
        for (size_t i = 0; i < sizeof got; i++)
            CHECK(c, (i >= at && i < at + len) || got[i] == 0xa5,
                  "both at once: %zu bytes: wrote outside", len);
    }
}

static void check_fused(struct tri_check *c)
{
    each_cpu(c, fused_on);
}

const struct tri_check_entry tri_checks_aead[] = {
    { "aead_xor", check_xor },
    { "aead_fused", check_fused },
    { "aead_vectors", check_vectors },
    { "aead_long", check_long },
    { "aead_forgeries", check_forgeries },
    { "aead_limits", check_limits },
};
const size_t tri_checks_aead_n =
    sizeof tri_checks_aead / sizeof *tri_checks_aead;
