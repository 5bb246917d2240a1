#include "proto/nn/adam.h"
#include "core/err.h"
#include "core/fmath.h"
#include "proto/nn/layer.h"
#include "proto/rsqrt.h"

/*
 * For each of n weights, in pieces:
 *
 *   h = G / (B epsilon)                      one truncation
 *   h^2                                      one product
 *   m, v                                     one truncation of 2 n
 *   x = v / (1 - beta2^t) + 1                one truncation
 *   z = 1 / sqrt(x)                          10 comparisons, 4 products
 *   m z rate / (1 - beta1^t)                 one product, one truncation
 *
 * Widths, in stored bits, for |h| < 2^13.5: h^2 43, m 30, v 43 and with its
 * factor of 16 bits 59; m z is below 2^7 times the rate and has 37 fraction
 * bits and a factor of 16: 60.
 *
 * What comparisons see is 16 x, at least 16 units: v has lost less than 1.5
 * units of 2^-16 in each step and forgets them like its squares, so that x is
 * above 1 - 1.5 2^-16 / (1 - beta2) > 0.7, and its own truncation takes 1.5
 * units. x goes into the root as x 2^-26, whose scale is 30, so that the
 * least root, 2^-13.5, has 20 bits as well.
 */
enum {
    PIECE = 1 << 15,
    BITS = TRI_ADAM_BITS, /* of betas, too */
    GRAD = 8,             /* of h */
    SQUARE = 4,           /* of x */
    ROOT = 8,             /* of z times 2^13 */
    WIDTH = 15            /* of the factor by the rate */
};

/* What a step multiplies by: c * 2^-cb each. */
struct factors {
    int64_t unit, beta1, beta2, unbias, rate;
    int unit_cb, rate_cb;
};

int tri_adam_valid(double beta1, const struct tri_adam *a)
{
    const double b2 = a->beta2;

    return beta1 >= 0 && b2 >= 0.5 && b2 <= 0.9999 &&
           a->epsilon >= tri_pow2(-20) && a->epsilon <= 1 &&
           (1 - beta1) * (1 - beta1) * b2 <
               tri_pow2(14) * (1 - b2) * (b2 - beta1 * beta1);
}

/* 1 - beta^t */
static double unbias(int64_t beta, uint32_t t)
{
    double power = 1, square = (double)beta * tri_pow2(-BITS);

    for (; t > 0; t >>= 1) {
        if (t & 1)
            power *= square;
        square *= square;
    }
    return 1 - power;
}

static int find_factors(struct factors *f, const struct tri_model *m,
                        const struct tri_sgd *sgd)
{
    const struct tri_adam *const a = m->adam;
    int rc;

    if (m->step.number == 0 || !m->e->trunc_exact ||
        !tri_adam_valid(sgd->momentum, a) || !(sgd->rate >= tri_pow2(-28)) ||
        sgd->rate > 16)
        return TRI_E_ARG;
    rc = tri_rational(tri_pow2(-20) / (a->epsilon * m->batch), &f->unit,
                      &f->unit_cb);
    if (rc != TRI_OK)
        return rc;
    f->unit_cb -= 20;
    f->beta1 = tri_round(sgd->momentum * tri_pow2(BITS));
    f->beta2 = tri_round(a->beta2 * tri_pow2(BITS));
    f->unbias = tri_round(tri_pow2(BITS) / unbias(f->beta2, m->step.number));
    f->rate_cb = WIDTH - 4;
    while (sgd->rate * tri_pow2(f->rate_cb) < tri_pow2(WIDTH))
        f->rate_cb++;
    f->rate = tri_round(sgd->rate * tri_pow2(f->rate_cb) /
                        unbias(f->beta1, m->step.number));
    return TRI_OK;
}

/* Sums g of a piece and its moments m and v, to a step in g. */
static int piece(struct tri_engine *e, struct tri_ten *g, struct tri_ten *m,
                 struct tri_ten *v, const struct factors *f)
{
    const int64_t one = (int64_t)1 << BITS;
    const struct tri_shape n = g->shape;
    struct tri_ten both, wide, t, z, part[2];
    int rc = tri_ten_alloc(e, &both, tri_shape2(2, n.d[0]), BITS, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &t, n, 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &z, n, ROOT, 0);
    if (rc != TRI_OK)
        return rc;
    e->ops->scale(e, g, g, f->unit, f->unit_cb);
    if (g->fb < GRAD)
        tri_lift(e, g, g, GRAD);
    rc = tri_rescale(e, g, GRAD);
    if (rc == TRI_OK)
        rc = tri_multiply(e, &t, g, g, BITS);
    if (rc != TRI_OK)
        return rc;
    for (size_t i = 0; i < 2; i++)
        part[i] = tri_ten_slice(e, &both, i * g->n, g->n);
    e->ops->scale(e, &part[0], m, f->beta1, BITS);
    e->ops->scale(e, &z, g, (one - f->beta1) << (BITS - GRAD), 2 * BITS - GRAD);
    e->ops->add(e, &part[0], &part[0], &z);
    e->ops->scale(e, &part[1], v, f->beta2, BITS);
    e->ops->scale(e, &t, &t, one - f->beta2, BITS);
    e->ops->add(e, &part[1], &part[1], &t);
    wide = both;
    wide.fb = 2 * BITS;
    rc = e->ops->trunc(e, &both, &wide);
    if (rc != TRI_OK)
        return rc;
    for (size_t i = 0; i < 2; i++)
        part[i].fb = BITS;
    e->ops->scale(e, m, &part[0], 1, 0);
    e->ops->scale(e, v, &part[1], 1, 0);
    e->ops->scale(e, &t, v, f->unbias, BITS);
    rc = tri_rescale(e, &t, SQUARE);
    if (rc == TRI_OK) {
        e->ops->addc(e, &t, &t, 1);
        e->ops->scale(e, &t, &t, 1, 30 - SQUARE);
        z.fb = ROOT;
        rc = tri_rsqrt_coarse(e, &z, &t);
    }
    if (rc == TRI_OK) {
        e->ops->scale(e, &z, &z, 1, (30 - SQUARE) / 2);
        rc = tri_multiply(e, g, m, &z, BITS + ROOT + (30 - SQUARE) / 2);
    }
    if (rc == TRI_OK) {
        e->ops->scale(e, g, g, f->rate, f->rate_cb);
        rc = tri_rescale(e, g, (int)e->f);
    }
    return rc;
}

int tri_adam_step(struct tri_model *m, const struct tri_sgd *sgd)
{
    struct tri_engine *const e = m->e;
    const size_t all = m->grad.n, mark = tri_arena_mark(e->s->cx.arena);
    struct factors f;
    int rc = find_factors(&f, m, sgd);

    for (size_t at = 0, n; rc == TRI_OK && at < all; at += n) {
        n = all - at < PIECE ? all - at : PIECE;
        struct tri_ten g = tri_ten_slice(e, &m->grad, at, n);
        struct tri_ten first = tri_ten_slice(e, &m->vel, at, n);
        struct tri_ten second = tri_ten_slice(e, &m->vel, all + at, n);

        rc = piece(e, &g, &first, &second, &f);
        tri_arena_release(e->s->cx.arena, mark);
    }
    m->grad.fb = (int)e->f;
    return rc;
}
