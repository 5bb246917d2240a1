#include "proto/local.h"
#include "core/err.h"
#include "core/mem.h"

int tri_local_constant(struct tri_engine *e, struct tri_ten *z, const double *v)
{
    tri_ring probe;

    for (size_t i = 0; i < z->n; i++)
        if (tri_fixed_encode(&probe, v[i], z->fb) != TRI_OK)
            return TRI_E_RANGE;
    tri_ten_changed(z);
    if (e->s->dry)
        return TRI_OK;
    for (unsigned c = 0; c < e->holds; c++)
        memset(z->v[c], 0, z->n * sizeof(tri_ring));
    if (e->const_comp >= 0) {
        tri_ring *w = z->v[e->const_comp];
        for (size_t i = 0; i < z->n; i++)
            (void)tri_fixed_encode(&w[i], v[i], z->fb);
    }
    return TRI_OK;
}

void tri_local_add(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct tri_ten *y)
{
    z->fb = x->fb;
    tri_ten_changed(z);
    if (e->s->dry)
        return;
    for (unsigned c = 0; c < e->holds; c++)
        e->s->cx.k->add(z->v[c], x->v[c], y->v[c], z->n);
}

void tri_local_sub(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct tri_ten *y)
{
    z->fb = x->fb;
    tri_ten_changed(z);
    if (e->s->dry)
        return;
    for (unsigned c = 0; c < e->holds; c++)
        e->s->cx.k->sub(z->v[c], x->v[c], y->v[c], z->n);
}

/* A constant outside the range of the scale is a bug of the caller; it is
 * clamped to the bound, as no local operation can fail. */
void tri_local_addc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x, double c)
{
    const double max = tri_fixed_max(x->fb);
    tri_ring w = 0;

    if (tri_fixed_encode(&w, c, x->fb) != TRI_OK)
        (void)tri_fixed_encode(&w, c < 0 ? -max : max, x->fb);
    z->fb = x->fb;
    tri_ten_changed(z);
    if (e->s->dry)
        return;
    for (unsigned i = 0; i < e->holds; i++)
        e->s->cx.k->addc(z->v[i], x->v[i], (int)i == e->const_comp ? w : 0,
                         z->n);
}

void tri_local_scale(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x, int64_t c, int cb)
{
    z->fb = x->fb + cb;
    /* c = 1 in place only renames the scale: the words, and so the opened
     * mask, stay what they are. */
    if (c == 1 && z == x)
        return;
    tri_ten_changed(z);
    if (e->s->dry)
        return;
    for (unsigned i = 0; i < e->holds; i++)
        e->s->cx.k->scale(z->v[i], x->v[i], (uint64_t)c, z->n);
}

/* One run of the innermost dimension. */
static void copy_run(const struct tri_kernels *k, tri_ring *z, size_t zstep,
                     const tri_ring *x, size_t xstep, size_t n, int add)
{
    if (zstep == 1 && xstep == 1) {
        if (add > 0)
            k->add(z, z, x, n);
        else if (add < 0)
            k->sub(z, z, x, n);
        else
            memcpy(z, x, n * sizeof *z);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        tri_ring *d = z + i * zstep;
        *d = add < 0 ? *d - x[i * xstep] : x[i * xstep] + (add ? *d : 0);
    }
}

void tri_local_move(const struct tri_kernels *k, tri_ring *z, const tri_ring *x,
                    const struct tri_copy *m)
{
    z += m->zoff;
    x += m->xoff;
    for (size_t i = 0; i < m->dim[0]; i++)
        for (size_t j = 0; j < m->dim[1]; j++)
            for (size_t l = 0; l < m->dim[2]; l++)
                copy_run(
                    k, z + i * m->zstep[0] + j * m->zstep[1] + l * m->zstep[2],
                    m->zstep[3],
                    x + i * m->xstep[0] + j * m->xstep[1] + l * m->xstep[2],
                    m->xstep[3], m->dim[3], m->add);
}

void tri_local_copy(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x, const struct tri_copy *m)
{
    tri_ten_changed(z);
    for (unsigned c = 0; c < e->holds && !e->s->dry; c++)
        tri_local_move(e->s->cx.k, z->v[c], x->v[c], m);
}
