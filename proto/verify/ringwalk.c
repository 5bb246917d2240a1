#include "proto/verify/ringwalk.h"

int tri_ring_walk_on(const struct tri_ring_check *c, struct tri_ring_walk *k)
{
    const struct tri_matrix_shape *s;

    if (k->matrix == c->plan->count.matrices)
        return 0;
    s = &c->matrix[k->matrix].shape;
    k->at += k->n;
    if (k->at == s->kp) {
        k->at = 0;
        k->w += s->na + s->nb;
        k->row += 2 * s->kp / TRI_ROW;
        if (++k->group == s->groups) {
            k->group = 0;
            if (++k->matrix == c->plan->count.matrices)
                return 0;
            s = &c->matrix[k->matrix].shape;
        }
    }
    k->n = s->kp - k->at < TRI_MATRIX_CHUNK ? s->kp - k->at : TRI_MATRIX_CHUNK;
    return 1;
}

/* One side's words of a step, and the number of their first row: u has X first,
 * v has Y first. */
size_t tri_ring_side(const struct tri_ring_check *c,
                     const struct tri_ring_walk *k, const struct tri_field *f,
                     unsigned of, unsigned component, unsigned xy,
                     uint64_t *out)
{
    const struct tri_matrix *m = &c->matrix[k->matrix];

    tri_matrix_side(m, &c->mx, xy, component, k->group,
                    k->w + (xy == 0 ? 0 : m->shape.na), k->at, k->n, out, f);
    return k->row + ((xy == of ? 0 : m->shape.kp) + k->at) / TRI_ROW;
}
