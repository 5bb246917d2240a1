#include "proto/nn/batchnorm.h"
#include "core/err.h"
#include "core/fmath.h"
#include "proto/nn/layer.h"
#include "proto/rsqrt.h"

/* Letters: n elements of a channel in a batch, c channels. */

enum { FB = 20 }; /* of variances and inverse deviations */

static const double epsilon = 1e-5, pace = 0.1;

static struct tri_shape weights(const struct tri_layer_spec *l)
{
    return tri_shape1(l->oc);
}

static size_t kept(const struct tri_layer_spec *l)
{
    return 2 * (size_t)l->oc;
}

static int remember(struct tri_engine *e, struct tri_layer *l)
{
    const int rc = tri_ten_alloc(e, &l->norm, l->out.shape, (int)e->f, 0);

    return rc == TRI_OK ? tri_ten_alloc(e, &l->inverse, l->w.shape, FB, 0) : rc;
}

static int init(struct tri_engine *e, struct tri_layer *l)
{
    const size_t c = l->w.n;
    struct tri_ten variance = tri_ten_slice(e, &l->kept, c, c);
    int rc = tri_ten_zero(e, &l->w);

    if (rc == TRI_OK)
        rc = tri_ten_zero(e, &l->b);
    if (rc == TRI_OK)
        rc = tri_ten_zero(e, &l->kept);
    if (rc == TRI_OK) {
        e->ops->addc(e, &l->w, &l->w, 1);
        e->ops->addc(e, &variance, &variance, 1);
        tri_ten_changed(&l->kept);
    }
    return rc;
}

/* ---- pieces ----------------------------------------------------------------
 */

/* z = x of c elements, in every row. */
static void spread(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x)
{
    const struct tri_copy rows = {
        .dim = { 1, 1, z->n / x->n, x->n },
        .zstep = { 0, 0, x->n, 1 },
        .xstep = { 0, 0, 0, 1 },
    };

    z->fb = x->fb;
    e->ops->copy(e, z, x, &rows);
}

/* z = x * y, y of c elements; z is not x. */
static int times_rows(struct tri_engine *e, struct tri_ten *z,
                      struct tri_ten *x, const struct tri_ten *y, int fb)
{
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    struct tri_ten wide;
    int rc = tri_ten_alloc(e, &wide, x->shape, y->fb, 0);

    if (rc == TRI_OK) {
        spread(e, &wide, y);
        rc = tri_multiply(e, z, x, &wide, fb);
    }
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

/* t = t / n at scale fb: first by a power of two, which is free, so that a sum
 * of many large numbers leaves room for the factor. */
static int divide(struct tri_engine *e, struct tri_ten *t, size_t n, int fb)
{
    int power = 0, cb;
    int64_t c;
    int rc;

    while (n >> power > 1)
        power++;
    rc = tri_rational(tri_pow2(power) / (double)n, &c, &cb);
    e->ops->scale(e, t, t, 1, power);
    if (rc == TRI_OK && c > 1)
        rc = tri_rescale(e, t, fb + 8);
    if (rc == TRI_OK) {
        e->ops->scale(e, t, t, c, cb);
        rc = tri_rescale(e, t, fb);
    }
    return rc;
}

/* mean [c] of the rows of x at scale fb. */
static int row_mean(struct tri_engine *e, struct tri_ten *mean,
                    const struct tri_ten *x, int fb)
{
    tri_bias_gradient(e, mean, x, x->fb);
    return divide(e, mean, x->n / mean->n, fb);
}

/* ---- evaluation ------------------------------------------------------------
 */

enum { SCALE, BIAS, MEAN, VARIANCE, GAIN, SHIFT };

/* The layers' vectors of c side by side in `all`, or (`out`) back from it. */
static void gather(struct tri_model *m, struct tri_ten *all, int which, int out)
{
    size_t at = 0;

    for (size_t i = 0; i < m->net->layers; i++) {
        struct tri_layer *const l = &m->layer[i];
        const size_t c = l->w.n;
        struct tri_ten *const of[] = { &l->w,    &l->b,    &l->kept,
                                       &l->kept, &l->gain, &l->shift };
        struct tri_copy one = { .dim = { 1, 1, 1, c },
                                .zstep = { 0, 0, 0, 1 },
                                .xstep = { 0, 0, 0, 1 } };

        if (l->spec->kind != &tri_layer_batchnorm)
            continue;
        of[which]->fb = (int)m->e->f;
        *(out ? &one.xoff : &one.zoff) = at;
        *(out ? &one.zoff : &one.xoff) = which == VARIANCE ? c : 0;
        m->e->ops->copy(m->e, out ? of[which] : all, out ? all : of[which],
                        &one);
        at += c;
    }
}

/* The gains into the weights and biases of the layers' sources. */
static int fold(struct tri_model *m, struct tri_layer *l)
{
    struct tri_engine *const e = m->e;
    const uint32_t n = tri_net_source(m->net, l->spec->in[0]);
    struct tri_layer *const of = &m->layer[n - 1];
    struct tri_ten *const part[] = { &of->w, &of->b };
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    int rc = TRI_OK;

    for (size_t i = 0; i < 2 && rc == TRI_OK && part[i]->n > 0; i++) {
        struct tri_ten old;

        rc = tri_ten_alloc(e, &old, part[i]->shape, part[i]->fb, 0);
        if (rc == TRI_OK) {
            tri_lift(e, &old, part[i], part[i]->fb);
            rc = times_rows(e, part[i], &old, &l->gain, (int)e->f);
        }
    }
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

/*
 * Of all layers at once: gain = w / sqrt(v + epsilon), shift = b - m gain.
 *
 *   inverse square root of all channels, two products
 *   one product for every layer that folds
 */
static int prepare(struct tri_model *m)
{
    struct tri_engine *const e = m->e;
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const int f = (int)e->f;
    struct tri_ten v, w, x, gain;
    struct tri_ten *const small[] = { &v, &w, &x, &gain };
    uint32_t channels = 0;
    int rc = TRI_OK;

    for (size_t i = 0; i < m->net->layers; i++)
        if (m->net->layer[i].kind == &tri_layer_batchnorm)
            channels += m->net->layer[i].oc;
    if (channels == 0)
        return TRI_OK;
    for (size_t i = 0; rc == TRI_OK && i < 4; i++)
        rc = tri_ten_alloc(e, small[i], tri_shape1(channels), f, 0);
    if (rc == TRI_OK) {
        gather(m, &w, VARIANCE, 0);
        tri_lift(e, &v, &w, FB);
        e->ops->addc(e, &v, &v, epsilon);
        x.fb = FB;
        rc = tri_rsqrt(e, &x, &v);
    }
    if (rc == TRI_OK) {
        gather(m, &w, SCALE, 0);
        rc = tri_multiply(e, &gain, &w, &x, f);
    }
    if (rc == TRI_OK) {
        gather(m, &gain, GAIN, 1);
        gather(m, &w, MEAN, 0);
        rc = tri_multiply(e, &v, &w, &gain, f);
    }
    if (rc == TRI_OK) {
        gather(m, &w, BIAS, 0);
        e->ops->sub(e, &w, &w, &v);
        gather(m, &w, SHIFT, 1);
    }
    tri_arena_release(e->s->cx.arena, mark);
    for (size_t i = 0; rc == TRI_OK && i < m->net->layers; i++)
        if (m->layer[i].folded)
            rc = fold(m, &m->layer[i]);
    return rc;
}

static int evaluate(struct tri_engine *e, struct tri_layer *l)
{
    int rc = TRI_OK;

    if (l->folded)
        tri_lift(e, &l->out, l->in, l->in->fb);
    else
        rc = times_rows(e, &l->out, l->in, &l->gain, l->in->fb + (int)e->f);
    return rc == TRI_OK ? tri_bias_add(e, &l->out, &l->shift) : rc;
}

/* ---- a step of training ----------------------------------------------------
 */

/* kept += pace * (now - kept): means of scale f, variances of FB, whose
 * estimate without bias is `factor` times theirs. One truncation. */
static int run_on(struct tri_engine *e, struct tri_layer *l,
                  const struct tri_ten *mean, const struct tri_ten *v,
                  double factor)
{
    enum { BITS = 16 };
    const size_t mark = tri_arena_mark(e->s->cx.arena), c = l->w.n;
    struct tri_ten old, new, part;
    int rc = tri_ten_alloc(e, &old, l->kept.shape, FB, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &new, l->kept.shape, FB + BITS, 0);
    if (rc == TRI_OK) {
        part = tri_ten_slice(e, &new, 0, c);
        tri_times(e, &part, mean, pace, FB + BITS);
        part = tri_ten_slice(e, &new, c, c);
        tri_times(e, &part, v, pace * factor, FB + BITS);
        tri_lift(e, &old, &l->kept, FB);
        tri_times(e, &old, &old, 1 - pace, FB + BITS);
        e->ops->add(e, &new, &new, &old);
        rc = e->ops->trunc(e, &l->kept, &new);
    }
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

/* norm = (x - mean) / deviation. */
static int normalise(struct tri_engine *e, struct tri_layer *l)
{
    const size_t mark = tri_arena_mark(e->s->cx.arena), c = l->w.n;
    const int f = (int)e->f, fb = l->in->fb;
    const size_t n = l->in->n / c;
    struct tri_ten mean, v, x, square;
    int rc = tri_ten_alloc(e, &mean, l->w.shape, f, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &v, l->w.shape, FB, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &x, l->in->shape, fb, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &square, l->in->shape, fb, 0);
    if (rc == TRI_OK)
        rc = row_mean(e, &mean, l->in, fb);
    if (rc == TRI_OK) {
        spread(e, &x, &mean);
        e->ops->sub(e, &x, l->in, &x);
        rc = tri_multiply(e, &square, &x, &x, 2 * fb);
    }
    if (rc == TRI_OK)
        rc = row_mean(e, &v, &square, FB);
    if (rc == TRI_OK)
        rc = run_on(e, l, &mean, &v, n > 1 ? (double)n / (double)(n - 1) : 1);
    if (rc == TRI_OK) {
        e->ops->addc(e, &v, &v, epsilon);
        l->inverse.fb = FB;
        rc = tri_rsqrt(e, &l->inverse, &v);
    }
    if (rc == TRI_OK)
        rc = times_rows(e, &l->norm, &x, &l->inverse, f);
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

static int forward(struct tri_engine *e, struct tri_layer *l)
{
    int rc;

    if (l->step->number == 0) {
        rc = evaluate(e, l);
    } else {
        rc = normalise(e, l);
        if (rc == TRI_OK)
            rc = times_rows(e, &l->out, &l->norm, &l->w, 2 * (int)e->f);
        if (rc == TRI_OK)
            rc = tri_bias_add(e, &l->out, &l->b);
    }
    return rc == TRI_OK && !l->late ? tri_rescale(e, &l->out, l->fb) : rc;
}

/*
 * With d = dout and h = norm:
 *   dw = sum d h, db = sum d,
 *   din = w / deviation * (d - mean(d) - h mean(d h)).
 */
static int back(struct tri_engine *e, struct tri_layer *l, struct tri_ten *p)
{
    const struct tri_ten *const d = &l->dout;
    const int f = (int)e->f;
    struct tri_ten one, two, gain;
    struct tri_ten *const small[] = { &one, &two, &gain };
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < 3; i++)
        rc = tri_ten_alloc(e, small[i], l->w.shape, f, 0);
    if (rc == TRI_OK)
        rc = row_mean(e, &one, d, d->fb);
    if (rc == TRI_OK)
        rc = row_mean(e, &two, p, f);
    if (rc == TRI_OK)
        rc = tri_multiply(e, &gain, &l->w, &l->inverse, FB);
    if (rc == TRI_OK)
        rc = times_rows(e, p, &l->norm, &two, d->fb);
    if (rc == TRI_OK) {
        e->ops->sub(e, p, d, p);
        spread(e, l->din, &one);
        e->ops->sub(e, p, p, l->din);
        rc = times_rows(e, l->din, p, &gain, d->fb);
    }
    return rc;
}

static int backward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const int products = 2 * (int)e->f + e->guard; /* scale of gradients */
    struct tri_ten p;
    int rc;

    if (l->step->number == 0)
        return TRI_E_ARG;
    rc = tri_ten_alloc(e, &p, l->dout.shape, 0, 0);
    if (rc == TRI_OK)
        rc = tri_multiply(e, &p, &l->dout, &l->norm, l->dout.fb + (int)e->f);
    if (rc == TRI_OK) {
        if (l->dw.n > 0) {
            tri_bias_gradient(e, &l->dw, &p, products);
            tri_bias_gradient(e, &l->db, &l->dout, products);
        }
        rc = l->din != NULL ? back(e, l, &p) : TRI_OK;
    }
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

const struct tri_layer_kind tri_layer_batchnorm = {
    .name = "batchnorm",
    .form = "batchnorm",
    .folds = 1,
    .parse = tri_item_plain,
    .weights = weights,
    .kept = kept,
    .init = init,
    .prepare = prepare,
    .remember = remember,
    .forward = forward,
    .backward = backward,
};
