#include "core/hash.h"
#include "core/mem.h"

enum { BLOCK = 64 };

static const uint32_t iv[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
};

/* RFC 7693, 2.7: which message word a step takes, by round. */
static const uint8_t sigma[10][16] = {
    { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
    { 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
    { 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
    { 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
    { 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
    { 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
    { 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
    { 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
    { 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
    { 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static uint32_t rotr(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void mix(uint32_t v[16], unsigned a, unsigned b, unsigned c, unsigned d,
                uint32_t x, uint32_t y)
{
    v[a] += v[b] + x;
    v[d] = rotr(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotr(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = rotr(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = rotr(v[b] ^ v[c], 7);
}

/* RFC 7693, 3.2. `total` already counts this block's bytes. */
static void compress(struct tri_hash *s, const uint8_t block[BLOCK], int last)
{
    uint32_t m[16], v[16];

    memcpy(m, block, sizeof m);
    tri_le_words(m, sizeof m, sizeof *m);
    for (unsigned i = 0; i < 8; i++) {
        v[i] = s->h[i];
        v[8 + i] = iv[i];
    }
    v[12] ^= (uint32_t)s->total;
    v[13] ^= (uint32_t)(s->total >> 32);
    if (last)
        v[14] = ~v[14];

    for (unsigned r = 0; r < 10; r++) {
        const uint8_t *g = sigma[r];

        mix(v, 0, 4, 8, 12, m[g[0]], m[g[1]]);
        mix(v, 1, 5, 9, 13, m[g[2]], m[g[3]]);
        mix(v, 2, 6, 10, 14, m[g[4]], m[g[5]]);
        mix(v, 3, 7, 11, 15, m[g[6]], m[g[7]]);
        mix(v, 0, 5, 10, 15, m[g[8]], m[g[9]]);
        mix(v, 1, 6, 11, 12, m[g[10]], m[g[11]]);
        mix(v, 2, 7, 8, 13, m[g[12]], m[g[13]]);
        mix(v, 3, 4, 9, 14, m[g[14]], m[g[15]]);
    }

    for (unsigned i = 0; i < 8; i++)
        s->h[i] ^= v[i] ^ v[8 + i];
    tri_wipe(m, sizeof m);
    tri_wipe(v, sizeof v);
}

void tri_hash_init(struct tri_hash *s, const void *key, size_t keylen)
{
    memset(s, 0, sizeof *s);
    memcpy(s->h, iv, sizeof s->h);
    s->h[0] ^= 0x01010000u ^ (uint32_t)keylen << 8 ^ TRI_HASH_BYTES;
    if (keylen > 0) { /* the key is a first block, padded with zeros */
        memcpy(s->buf, key, keylen);
        s->have = BLOCK;
    }
}

void tri_hash_update(struct tri_hash *s, const void *data, size_t n)
{
    const uint8_t *in = data;

    while (n > 0) {
        size_t take = BLOCK - s->have;

        /* A full buffer waits: only the final call knows the last block. */
        if (take == 0) {
            s->total += BLOCK;
            compress(s, s->buf, 0);
            s->have = 0;
            continue;
        }
        if (take > n)
            take = n;
        memcpy(s->buf + s->have, in, take);
        s->have += (uint32_t)take;
        in += take;
        n -= take;
    }
}

void tri_hash_final(struct tri_hash *s, uint8_t out[TRI_HASH_BYTES])
{
    s->total += s->have;
    memset(s->buf + s->have, 0, BLOCK - s->have);
    compress(s, s->buf, 1);
    tri_le_words(s->h, sizeof s->h, sizeof *s->h);
    memcpy(out, s->h, TRI_HASH_BYTES);
    tri_wipe(s, sizeof *s);
}

void tri_hash(uint8_t out[TRI_HASH_BYTES], const void *data, size_t n)
{
    struct tri_hash s;

    tri_hash_init(&s, NULL, 0);
    tri_hash_update(&s, data, n);
    tri_hash_final(&s, out);
}
