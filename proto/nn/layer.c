#include "proto/nn/layer.h"
#include "core/err.h"
#include "core/fmath.h"

int tri_bias_add(struct tri_engine *e, struct tri_ten *x,
                 const struct tri_ten *b)
{
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const struct tri_copy rows = {
        .dim = { 1, 1, x->n / b->n, b->n },
        .zstep = { 0, 0, b->n, 1 },
        .xstep = { 0, 0, 0, 1 },
        .add = 1,
    };
    struct tri_ten wide;
    const int rc = tri_ten_alloc(e, &wide, b->shape, b->fb, 0);

    if (rc == TRI_OK) {
        tri_lift(e, &wide, b, x->fb);
        e->ops->copy(e, x, &wide, &rows);
    }
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

void tri_bias_gradient(struct tri_engine *e, struct tri_ten *db,
                       const struct tri_ten *x, int fb)
{
    struct tri_copy c = {
        .dim = { 1, 1, 1, db->n },
        .zstep = { 0, 0, 0, 1 },
        .xstep = { 0, 0, 0, 1 },
    };

    db->fb = x->fb;
    e->ops->copy(e, db, x, &c);
    c.dim[2] = x->n / db->n - 1;
    c.xoff = c.xstep[2] = db->n;
    c.add = 1;
    e->ops->copy(e, db, x, &c);
    tri_lift(e, db, db, fb);
}

int tri_affine(struct tri_engine *e, struct tri_layer *l,
               const struct tri_bilin *op)
{
    int rc = e->ops->bilin(e, op, &l->out, l->in, &l->w);

    if (rc == TRI_OK && l->b.n > 0 && l->pool == NULL)
        rc = tri_bias_add(e, &l->out, &l->b);
    if (rc == TRI_OK && !l->late)
        rc = tri_rescale(e, &l->out, l->fb);
    return rc;
}

int tri_gradients(struct tri_engine *e, struct tri_layer *l,
                  const struct tri_bilin *dx, const struct tri_bilin *dw)
{
    int rc = TRI_OK;

    if (l->din != NULL) {
        rc = e->ops->bilin(e, dx, l->din, &l->dout, &l->w);
        if (rc == TRI_OK && !l->late_din)
            rc = tri_rescale(e, l->din, tri_fine(e));
    }
    if (rc == TRI_OK && l->dw.n > 0)
        rc = e->ops->bilin(e, dw, &l->dw, l->in, &l->dout);
    if (rc == TRI_OK && l->dw.n > 0)
        rc = tri_rescale(e, &l->dw, l->dw.fb - (int)tri_beyond(e, &l->dout));
    if (rc == TRI_OK && l->db.n > 0)
        tri_bias_gradient(
            e, &l->db, l->pool != NULL ? &l->pool->dout : &l->dout, l->dw.fb);
    return rc;
}

uint32_t tri_compare_once(const struct tri_layer_spec *l)
{
    (void)l;
    return 1;
}

int tri_remember_bits(struct tri_engine *e, struct tri_layer *l)
{
    const int rc = e->ops->bits_alloc(e, &l->bits, l->out.n);

    l->bits.stays = 1;
    return rc;
}

int tri_rational(double r, int64_t *c, int *cb)
{
    if (!(r >= tri_pow2(-40) && r <= tri_pow2(10)))
        return TRI_E_ARG;
    *cb = 0;
    while (r < 32768) {
        r *= 2;
        ++*cb;
    }
    *c = tri_round(r);
    while (*cb > 0 && *c % 2 == 0) {
        *c /= 2;
        --*cb;
    }
    return TRI_OK;
}
