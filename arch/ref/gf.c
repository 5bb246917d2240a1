/* Fields of characteristic 2: the definitions of arch/kernels.h. What a bit
 * decides is decided by a mask: operands are secret. */
#include "arch/kernels.h"

/* 0x84 / (64 ^ j) over G8. */
const uint8_t tri_gf_coset[64] = {
    0x76, 0x30, 0x02, 0xcc, 0xc5, 0x37, 0xeb, 0xb5, 0x36, 0x5b, 0x5c,
    0x0f, 0xe8, 0x89, 0x19, 0xc8, 0x3f, 0xa4, 0xa2, 0xa5, 0x3c, 0x0d,
    0x1d, 0xe2, 0xd4, 0xca, 0x38, 0x49, 0x4a, 0xbb, 0xf9, 0x29, 0xad,
    0xb7, 0x7a, 0xf5, 0x9e, 0xb2, 0x86, 0xc1, 0x6f, 0xe7, 0xb0, 0x9f,
    0x24, 0xa3, 0xaf, 0x68, 0x2d, 0xae, 0x85, 0x0e, 0x98, 0xbd, 0x40,
    0xd9, 0x2a, 0xe5, 0x62, 0x35, 0x03, 0x16, 0x28, 0xbf,
};

/* All ones if bit n of x is set, else 0. */
static uint64_t mask(uint64_t x, unsigned n)
{
    uint64_t bit = x >> n & 1;

    __asm__("" : "+r"(bit)); /* no compiler makes a branch of it */
    return 0 - bit;
}

/* From the highest bit of y: what was there is doubled before each next one. */
static uint64_t mul64(uint64_t x, uint64_t y)
{
    uint64_t z = 0;

    for (unsigned n = 64; n-- > 0;)
        z = (z << 1 ^ (mask(z, 63) & 0x1b)) ^ (mask(y, n) & x);
    return z;
}

static uint8_t mul8(uint8_t x, uint8_t y)
{
    unsigned z = 0;

    for (unsigned n = 8; n-- > 0;)
        z = (z << 1 ^ (unsigned)(mask(z, 7) & 0x11b)) ^
            (unsigned)(mask(y, n) & x);
    return (uint8_t)z;
}

static uint64_t map(const uint64_t *M, uint64_t x)
{
    uint64_t z = 0;

    for (unsigned h = 0; h < 64; h++)
        z ^= mask(x, h) & M[h];
    return z;
}

static uint8_t at(uint64_t x, unsigned p)
{
    uint64_t z = 0;

    for (unsigned h = 0; h < 64; h++)
        z ^= mask(x, h) & tri_gf_coset[p ^ h];
    return (uint8_t)z;
}

TRI_DECL_GF_MUL(tri_gf_mul_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = mul64(x[i], y[i]);
}

TRI_DECL_GF_DOT(tri_gf_dot_ref)
{
    uint64_t z = 0;

    for (size_t i = 0; i < n; i++)
        z ^= mul64(x[i], y[i]);
    return z;
}

TRI_DECL_GF_COMB(tri_gf_comb_ref)
{
    for (size_t t = 0; t < n; t++)
        for (size_t i = 0; i < 8; i++)
            z[i] ^= mul64(w[t], x[8 * t + i]);
}

TRI_DECL_GF_GRAM(tri_gf_gram_ref)
{
    for (size_t t = 0; t < m; t++)
        for (size_t a = 0; a < k; a++)
            for (size_t b = 0; b < k; b++)
                z[a < b ? a * k + b : b * k + a] ^=
                    tri_gf_dot_ref(u + (t * k + a) * 8, v + (t * k + b) * 8, 8);
}

TRI_DECL_GF_MAP(tri_gf_map_ref)
{
    for (size_t g = 0; g < groups; g++)
        for (size_t j = 0; j < 64; j++)
            z[g * ldz + j] = map(M, x[64 * g + j]);
}

TRI_DECL_GF_FOLD(tri_gf_fold_ref)
{
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < 8; i++) {
            z[8 * g + i] = 0;
            for (size_t k = 0; k < 8; k++)
                z[8 * g + i] ^= map(M + 64 * k, x[64 * g + 8 * k + i]);
        }
}

TRI_DECL_GF_CROSS(tri_gf_cross_ref)
{
    for (size_t w = 0; w < 64 * groups; w++)
        for (unsigned p = 0; p < 64; p++) {
            uint8_t v = mul8(at(x0[w], p), at(y1[w], p));

            if (y0 != NULL)
                v ^= mul8(at(y0[w], p), at(x1[w], p));
            for (unsigned c = 0; c < 8; c++)
                z[(c * 64 + p) * 64 + w % 64] ^=
                    mul8(v, (uint8_t)(t[w / 64] >> 8 * c));
        }
}
