/* Modulo a prime: the definitions of arch/kernels.h. */
#include "arch/field.h"
#include "arch/kernels.h"

TRI_DECL_FIELD_WEIGHTS(tri_field_weights_ref)
{
    for (size_t t = 0; t < n; t++) {
        uint64_t s = 0;

        for (size_t j = 0; j < TRI_FIELD_TABLES; j++)
            s += tab[j][bits[t] >> 4 * j & 15];
        z[t] = tri_field_mul(f, 1, s);
    }
}

TRI_DECL_FIELD_SCALE(tri_field_scale_ref)
{
    for (size_t i = 0; i < rows * TRI_ROW; i++)
        z[i] = tri_field_mul(f, w[i], x[i]);
}

TRI_DECL_FIELD_COMB(tri_field_comb_ref)
{
    (void)bits;
    for (size_t t = 0; t < groups; t++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < k; j++)
                z[t * n + i] = tri_field_add(
                    f, z[t * n + i],
                    tri_field_mul(f, w[j], x[t * ldt + j * ldx + i]));
}

/* From 2^s values on {0, 1}^s to 3^s on {0, 1, infinity}^s: one variable after
 * the other, the highest first, so that what is done stays in front. */
static void extend(uint64_t e[TRI_FIELD_VALUES], const uint64_t *x, unsigned s,
                   const struct tri_field *f)
{
    size_t n = (size_t)1 << s; /* values so far */
    size_t low = n;            /* of which so many for each upper point */

    for (size_t i = 0; i < n; i++)
        e[i] = x[i * TRI_ROW];
    for (unsigned v = 0; v < s; v++, low /= 2) {
        const size_t half = low / 2, uppers = n / low;
        uint64_t old[TRI_FIELD_VALUES];

        for (size_t i = 0; i < n; i++)
            old[i] = e[i];
        for (size_t up = 0; up < uppers; up++)
            for (size_t i = 0; i < half; i++) {
                const uint64_t a = old[up * low + i];
                const uint64_t b = old[up * low + half + i];

                e[(3 * up + 0) * half + i] = a;
                e[(3 * up + 1) * half + i] = b;
                e[(3 * up + 2) * half + i] = tri_field_sub(f, b, a);
            }
        n = n / 2 * 3;
    }
}

TRI_DECL_FIELD_VALUES(tri_field_values_ref)
{
    const size_t rows = (size_t)1 << s;
    uint64_t a[TRI_FIELD_VALUES], b[TRI_FIELD_VALUES];
    size_t n = 1;

    for (unsigned j = 0; j < s; j++)
        n *= 3;
    for (size_t t = 0; t < groups; t++)
        for (size_t i = 0; i < TRI_ROW; i++) {
            extend(a, u + t * rows * TRI_ROW + i, s, f);
            extend(b, v + t * rows * TRI_ROW + i, s, f);
            for (size_t j = 0; j < n; j++)
                q[j] = tri_field_add(f, q[j], tri_field_mul(f, a[j], b[j]));
        }
}

TRI_DECL_FIELD_FIRST(tri_field_first_ref)
{
    enum { GROUP = 4 * TRI_ROW };

    (void)xbits;
    (void)ybits;
    for (size_t t = 0; t < groups; t++) {
        uint64_t u[GROUP], v[GROUP];

        for (size_t i = 0; i < GROUP; i++) {
            u[i] = tri_field_mul(f, g[t], x[t * GROUP + i]);
            u[i] = tri_field_mul(f, u[i], e[i % TRI_ROW]);
            v[i] = tri_field_mul(f, 1, y[t * GROUP + i]);
        }
        tri_field_values_ref(q, u, v, 2, 1, f);
    }
}

TRI_DECL_FIELD_FOLD(tri_field_fold_ref)
{
    (void)bits;
    for (size_t t = 0; t < rows; t++)
        for (size_t i = 0; i < TRI_ROW; i++) {
            uint64_t s = 0;

            for (size_t j = 0; j < k; j++)
                s = tri_field_add(f, s,
                                  tri_field_mul(f, w[j * TRI_ROW + i],
                                                x[(t * k + j) * TRI_ROW + i]));
            z[t * TRI_ROW + i] = g == NULL ? s : tri_field_mul(f, s, g[t]);
        }
}
