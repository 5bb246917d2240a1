/* Integers made of words: the definitions of arch/kernels.h. */
#include "arch/kernels.h"
#include "arch/wide.h"

TRI_DECL_WORDS_CARRY(tri_words_carry_ref)
{
    for (size_t r = 0; r < groups * TRI_PLACES; r++) {
        const struct tri_wide a = tri_wide_mul(x0[r] << shift, y1[r]);
        const struct tri_wide b = tri_wide_mul(y0[r] << shift, x1[r]);
        const struct tri_wide t = tri_wide_add(a, b);
        /* Beyond 128 bits there is one more: the carry of a.hi + b.hi + c. */
        const uint64_t c = t.lo < a.lo;
        const uint64_t top = (uint64_t)(t.hi - c < a.hi) + (t.hi < c);
        const uint64_t borrow = (m[r] << shift) > t.lo;
        const uint64_t h0 = (t.hi & 0x1fffff) - borrow;
        const uint64_t h2 = t.hi >> 43 | top << 21;
        const size_t i = r % TRI_PLACES;
        uint64_t *to = z + r / TRI_PLACES * TRI_CARRIED;

        to[i] = (t.hi >> 21 & 0x3fffff) + (h0 << 32);
        to += TRI_PLACES + i / 2;
        *to = i % 2 == 0 ? h2 : *to | h2 << 32;
    }
}

TRI_DECL_WORDS_PROJECT(tri_words_project_ref)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < TRI_SUMS; j++)
            for (size_t i = 0; i < n; i++)
                z[j * ldz + i] += x[r * ldx + i] & (0 - (bits[r] >> j & 1));
}

static void add_product(uint64_t s[3], uint64_t x, uint64_t y)
{
    const struct tri_wide t = tri_wide_mul(x, y);
    uint64_t carry;

    s[0] += t.lo;
    carry = s[0] < t.lo;
    s[1] += carry;
    carry = s[1] < carry;
    s[1] += t.hi;
    s[2] += carry + (s[1] < t.hi);
}

static void add_products(uint64_t s[3], uint64_t x0, uint64_t x1, uint64_t y0,
                         uint64_t y1)
{
    add_product(s, x0, y0);
    add_product(s, x0, y1);
    add_product(s, x1, y0);
}

TRI_DECL_WORDS_DOTS(tri_words_dots_ref)
{
    for (size_t a = 0; a < rows; a++)
        for (size_t b = 0; b < cols; b++)
            for (size_t i = 0; i < n; i++) {
                const size_t u = a * ldx + i, v = b * ldy + i;

                add_products(z[a * TRI_TILE + b], x0[u], x1[u], y0[v], y1[v]);
            }
}

TRI_DECL_WORDS_OUTER(tri_words_outer_ref)
{
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < rows; a++)
            for (size_t b = 0; b < cols; b++) {
                const size_t u = a * ldx + i, v = i * ldy + b;

                add_products(z[a * ldz + b], x0[u], x1[u], y0[v], y1[v]);
            }
}
