#include "proto/power.h"
#include "core/err.h"
#include "core/fmath.h"

int tri_power_bits(struct tri_engine *e, struct tri_ten *b,
                   const struct tri_ten *x, struct tri_ten *one, unsigned top,
                   unsigned step)
{
    const size_t m = x->n;
    struct tri_bits bits;
    int rc = e->ops->bits_alloc(e, &bits, top * m);

    if (rc != TRI_OK)
        return rc;
    b->fb = x->fb;
    for (unsigned j = 1; j <= top; j++) {
        const struct tri_copy row = {
            .dim = { 1, 1, 1, m },
            .zoff = (j - 1) * m,
            .zstep = { 0, 0, 0, 1 },
            .xstep = { 0, 0, 0, 1 },
        };
        e->ops->addc(e, one, x, -tri_pow2((int)(step * j)));
        e->ops->copy(e, b, one, &row);
    }
    rc = e->ops->sign(e, &bits, b);
    if (rc == TRI_OK)
        e->ops->number(e, b, &bits);
    return rc;
}
