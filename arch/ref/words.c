/* Integers made of words: the definitions of arch/kernels.h. */
#include "arch/kernels.h"
#include "arch/wide.h"

TRI_DECL_WORDS_CARRY(tri_words_carry_ref)
{
    for (size_t i = 0; i < n; i++) {
        const struct tri_wide a = tri_wide_mul(x0[i] << shift, y1[i]);
        const struct tri_wide b = tri_wide_mul(y0[i] << shift, x1[i]);
        const struct tri_wide t = tri_wide_add(a, b);
        /* Beyond 128 bits there is one more: the carry of a.hi + b.hi + c. */
        const uint64_t c = t.lo < a.lo;
        const uint64_t top = (uint64_t)(t.hi - c < a.hi) + (t.hi < c);
        const uint64_t borrow = (m[i] << shift) > t.lo;
        const uint64_t h = t.hi - borrow;

        lo[i] = (uint32_t)h;
        hi[i] = (h >> 32) + (top << 32) - ((uint64_t)(h > t.hi) << 32);
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

TRI_DECL_WORDS_DOTS(tri_words_dots_ref)
{
    for (size_t a = 0; a < rows; a++)
        for (size_t b = 0; b < cols; b++)
            for (size_t i = 0; i < n; i++) {
                uint64_t *s = z[a * TRI_TILE + b];
                const size_t u = a * ldx + i, v = b * ldy + i;

                add_product(s, x0[u], y0[v]);
                add_product(s, x0[u], y1[v]);
                add_product(s, x1[u], y0[v]);
            }
}

TRI_DECL_WORDS_OUTER(tri_words_outer_ref)
{
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < rows; a++)
            for (size_t b = 0; b < cols; b++) {
                uint64_t *s = z[a * ldz + b];
                const size_t u = a * ldx + i, v = i * ldy + b;

                add_product(s, x0[u], y0[v]);
                add_product(s, x0[u], y1[v]);
                add_product(s, x1[u], y0[v]);
            }
}
