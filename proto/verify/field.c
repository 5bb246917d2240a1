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

/* x^(2^64 - 2). */
uint64_t tri_field_inverse(const struct tri_kernels *k, uint64_t x)
{
    uint64_t z = 1;

    for (unsigned n = 0; n < 63; n++) {
        x = tri_field_mul(k, x, x);
        z = tri_field_mul(k, z, x);
    }
    return z;
}

static uint64_t node(const uint64_t *s, size_t j)
{
    return s == NULL ? j : s[j];
}

/* L[j] is the product of r + s over all nodes s but s[j], over the same product
 * at r = s[j]. As the nodes are a group, the latter is the product W of all
 * nodes but 0, whatever j is. */
void tri_field_lagrange(const struct tri_kernels *k, uint64_t *L,
                        const uint64_t *s, size_t n, uint64_t r)
{
    uint64_t w = 1, after;

    for (size_t j = 1; j < n; j++)
        w = tri_field_mul(k, w, node(s, j));
    after = tri_field_inverse(k, w);
    L[0] = 1;
    for (size_t j = 1; j < n; j++)
        L[j] = tri_field_mul(k, L[j - 1], r ^ node(s, j - 1));
    for (size_t j = n; j-- > 0;) {
        L[j] = tri_field_mul(k, L[j], after);
        after = tri_field_mul(k, after, r ^ node(s, j));
    }
}

uint64_t tri_field_zero(const struct tri_kernels *k, size_t n, uint64_t r)
{
    uint64_t z = 1;

    for (size_t j = 0; j < n; j++)
        z = tri_field_mul(k, z, r ^ j);
    return z;
}

uint64_t tri_field_in_small(const struct tri_kernels *k, uint64_t r)
{
    uint64_t x = r;

    for (unsigned n = 0; n < 8; n++)
        x = tri_field_mul(k, x, x);
    return tri_ct_mask(tri_ct_is_zero(x ^ r));
}
