/* AES-128 in counter mode (FIPS 197, NIST SP 800-38A) and GHASH and GCM (NIST
 * SP 800-38D): the definitions, one block at a time, without tables. Never
 * optimise this file.
 *
 * It also runs where no variant exists, on secrets: no branch and no address
 * depends on one. */
#include "arch/kernels.h"
#include "arch/ref/aes_sbox.h"

static uint64_t load_be64(const uint8_t *in)
{
    uint64_t x = 0;

    for (unsigned i = 0; i < 8; i++)
        x = x << 8 | in[i];
    return x;
}

static void store_be64(uint8_t *out, uint64_t x)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(x >> (56 - 8 * i));
}

static void sub_bytes(uint8_t s[16])
{
    store_be64(s, tri_aes_sbox(load_be64(s)));
    store_be64(s + 8, tri_aes_sbox(load_be64(s + 8)));
}

/* Byte r + 4c is row r, column c of the state. */
static void shift_rows(uint8_t s[16])
{
    uint8_t t[16];

    for (unsigned i = 0; i < 16; i++)
        t[i] = s[(i + 4 * (i % 4)) % 16];
    for (unsigned i = 0; i < 16; i++)
        s[i] = t[i];
}

static void mix_columns(uint8_t s[16])
{
    for (unsigned c = 0; c < 16; c += 4) {
        const uint8_t all = s[c] ^ s[c + 1] ^ s[c + 2] ^ s[c + 3];
        const uint8_t first = s[c];

        for (unsigned r = 0; r < 4; r++) {
            const uint8_t next = r < 3 ? s[c + r + 1] : first;

            s[c + r] ^= all ^ (uint8_t)tri_aes_xtime(s[c + r] ^ next);
        }
    }
}

static void add_round_key(uint8_t s[16], const uint8_t *rk)
{
    for (unsigned i = 0; i < 16; i++)
        s[i] ^= rk[i];
}

/* FIPS 197, 5.1. */
static void cipher(uint8_t s[16], const uint8_t *rk)
{
    add_round_key(s, rk);
    for (unsigned round = 1; round <= 10; round++) {
        sub_bytes(s);
        shift_rows(s);
        if (round < 10)
            mix_columns(s);
        add_round_key(s, rk + 16 * round);
    }
}

/* FIPS 197, 5.2, with Nk = 4. */
TRI_DECL_AES_EXPAND(tri_aes_expand_ref)
{
    uint64_t rcon = 1;

    for (unsigned i = 0; i < 16; i++)
        rk[i] = key[i];
    for (unsigned i = 16; i < TRI_AES_KEY_BYTES; i += 4) {
        uint32_t w = 0;

        for (unsigned b = 4; b-- > 0;)
            w = w << 8 | rk[i - 4 + b];
        if (i % 16 == 0) {
            w = w >> 8 | w << 24; /* RotWord of a little-endian word */
            w = (uint32_t)tri_aes_sbox(w) ^ (uint32_t)rcon;
            rcon = tri_aes_xtime(rcon);
        }
        for (unsigned b = 0; b < 4; b++, w >>= 8)
            rk[i + b] = rk[i - 16 + b] ^ (uint8_t)w;
    }
}

TRI_DECL_AES_CTR(tri_aes_ctr_ref)
{
    for (size_t blk = 0; blk < 4 * nblocks; blk++) {
        const uint32_t at = counter + (uint32_t)blk;
        uint8_t *s = out + 16 * blk;

        for (unsigned i = 0; i < 12; i++)
            s[i] = (uint8_t)(nonce[i / 4] >> i % 4 * 8);
        for (unsigned i = 0; i < 4; i++)
            s[12 + i] = (uint8_t)(at >> (24 - 8 * i));
        cipher(s, rk);
    }
}

/* SP 800-38D, algorithm 1: the leftmost bit is the coefficient of x^0. */
static void multiply(uint8_t y[16], const uint8_t h[16])
{
    uint64_t zh = 0, zl = 0, vh = load_be64(h), vl = load_be64(h + 8);

    for (unsigned i = 0; i < 128; i++) {
        const uint64_t take = 0 - (uint64_t)(y[i / 8] >> (7 - i % 8) & 1);
        const uint64_t wrap = 0 - (vl & 1);

        zh ^= vh & take;
        zl ^= vl & take;
        vl = vl >> 1 | vh << 63;
        vh = vh >> 1 ^ ((uint64_t)0xe1 << 56 & wrap);
    }
    store_be64(y, zh);
    store_be64(y + 8, zl);
}

TRI_DECL_GHASH(tri_ghash_ref)
{
    for (size_t blk = 0; blk < nblocks; blk++) {
        for (unsigned i = 0; i < 16; i++)
            y[i] ^= in[16 * blk + i];
        multiply(y, h);
    }
}

TRI_DECL_GCM(tri_gcm_ref)
{
    uint8_t ks[64];

    for (size_t blk = 0; blk < nblocks; blk++) {
        const size_t at = 16 * blk;

        if (blk % 4 == 0)
            tri_aes_ctr_ref(ks, rk, nonce, counter + (uint32_t)blk, 1);
        if (open)
            tri_ghash_ref(y, h, in + at, 1);
        for (unsigned i = 0; i < 16; i++)
            out[at + i] = in[at + i] ^ ks[at % 64 + i];
        if (!open)
            tri_ghash_ref(y, h, out + at, 1);
    }
}
