#include "proto/verify/field.h"
#include "core/ct.h"
#include "core/mem.h"

/* phi(t), a root of t^8 + t^4 + t^3 + t + 1. */
static const uint64_t phi_t = 0x033ce8beddc8a656;

uint64_t tri_field_mul(const struct tri_kernels *k, uint64_t x, uint64_t y)
{
    return k->gf_dot(&x, &y, 1);
}

void tri_field_tower(const struct tri_kernels *k, uint64_t T[64])
{
    uint64_t power = 1;

    for (size_t b = 0; b < 8; b++) {
        for (size_t c = 0; c < 8; c++)
            T[8 * c + b] = tri_field_mul(k, power, (uint64_t)1 << c);
        power = tri_field_mul(k, power, phi_t);
    }
}

void tri_field_nodes(const struct tri_kernels *k, uint64_t *s, size_t n)
{
    uint64_t power = 1;

    s[0] = 0;
    for (size_t half = 1; half < n; half *= 2) {
        for (size_t j = 0; j < half && half + j < n; j++)
            s[half + j] = s[j] ^ power;
        power = tri_field_mul(k, power, phi_t);
    }
}

/* One over the product of the first 2^i nodes but 0: numbers, and images of
 * numbers. */
static const uint64_t over_nodes[2][9] = {
    { 1, 1, 0x7ffffffffffffffb, 0x2e53e53e53e53e50, 0x58dd6fc10437db9c,
      0xd962bcab2ef12d8c, 0x95871edd292d4b1a, 0xd0582cf78347d406,
      0x58f456bf8ecd32a1 },
    { 1, 1, 0x49bdc8cfa69eba8c, 0x1750b86ed7f47d08, 0x5dd1981faca261d2,
      0x454a70e754ee7a57, 0xa1e83c9e0d85cb4f, 0x033ce8beddc8a657, 1 },
};

static uint64_t node(const uint64_t *s, size_t j)
{
    return s == NULL ? j : s[j];
}

/* The product of t[0..n), which are lost; n is a power of two. */
static uint64_t multiply_all(const struct tri_kernels *k, uint64_t *t, size_t n)
{
    for (size_t half = n / 2; half > 0; half /= 2)
        k->gf_mul(t, t, t + half, half);
    return t[0];
}

/* L[j] is the product of r + s over all nodes s but s[j], over the same product
 * at r = s[j]. As the nodes are a group, the latter is the product of all nodes
 * but 0, whatever j is. Products of all but one come from a tree: t[m +
 * j] is that of j, j + m, j + 2m, ...; L[j] grows down from its root. */
void tri_field_lagrange(const struct tri_kernels *k, uint64_t *L,
                        const uint64_t *s, size_t n, uint64_t r)
{
    uint64_t t[2 * TRI_FIELD_NODES];

    L[0] = over_nodes[s != NULL][__builtin_ctzll(n)];
    for (size_t j = 0; j < n; j++)
        t[n + j] = r ^ node(s, j);
    for (size_t m = n / 2; m > 0; m /= 2)
        k->gf_mul(t + m, t + 2 * m, t + 3 * m, m);
    for (size_t m = 1; m < n; m *= 2) {
        k->gf_mul(L + m, L, t + 2 * m, m);
        k->gf_mul(L, L, t + 3 * m, m);
    }
}

uint64_t tri_field_zero(const struct tri_kernels *k, size_t n, uint64_t r)
{
    uint64_t t[TRI_FIELD_NODES];

    for (size_t j = 0; j < n; j++)
        t[j] = r ^ j;
    return multiply_all(k, t, n);
}

uint64_t tri_field_in_small(const struct tri_kernels *k, uint64_t r)
{
    uint64_t x = r;

    for (unsigned n = 0; n < 8; n++)
        x = tri_field_mul(k, x, x);
    return tri_ct_mask(tri_ct_is_zero(x ^ r));
}
