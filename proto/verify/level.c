#include "proto/verify/level.h"
#include "core/mem.h"

size_t tri_level_values(unsigned s)
{
    size_t n = 1;

    while (s-- > 0)
        n *= 3;
    return n;
}

void tri_level_weights(const struct tri_field *f, const uint64_t *r, unsigned s,
                       uint64_t *w)
{
    w[0] = 1;
    for (unsigned j = 0; j < s; j++)
        for (size_t k = 0; k < (size_t)1 << j; k++) {
            const uint64_t one = tri_field_mul(f, w[k], r[j]);

            w[k + ((size_t)1 << j)] = one;
            w[k] = tri_field_sub(f, w[k], one);
        }
}

/* Where the value at the point k of {0, 1}^s stands. */
static size_t place(size_t k, unsigned s)
{
    size_t at = 0;

    for (unsigned j = s; j-- > 0;)
        at = 3 * at + (k >> j & 1);
    return at;
}

void tri_level_first(const struct tri_field *f, uint64_t *q, unsigned s,
                     const uint64_t *w, uint64_t claim, int last)
{
    const size_t n = ((size_t)1 << s) - (last ? 1 : 0);

    for (size_t k = 1; k < n; k++)
        claim = tri_field_sub(
            f, claim, tri_field_mul(f, w != NULL ? w[k] : 1, q[place(k, s)]));
    q[0] = claim;
}

uint64_t tri_level_at(const struct tri_field *f, const uint64_t *q, unsigned s,
                      const uint64_t *r)
{
    uint64_t e[TRI_FIELD_VALUES], z;
    size_t n = tri_level_values(s);

    memcpy(e, q, n * sizeof *e);
    /* The lowest variable first: three values on end become one,
     * q0 + r (q1 - q0 - qinf) + r^2 qinf. */
    for (unsigned j = 0; j < s; j++) {
        n /= 3;
        for (size_t i = 0; i < n; i++) {
            const uint64_t q0 = e[3 * i], q1 = e[3 * i + 1], qi = e[3 * i + 2];
            uint64_t t = tri_field_mul(f, qi, r[j]);

            t = tri_field_add(f, t, tri_field_sub(f, q1, q0));
            t = tri_field_sub(f, t, qi);
            e[i] = tri_field_add(f, q0, tri_field_mul(f, t, r[j]));
        }
    }
    z = e[0];
    tri_wipe(e, sizeof e);
    return z;
}
