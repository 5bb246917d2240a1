#include "proto/nn/model.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/le.h"
#include "core/mem.h"
#include "proto/nn/kind.h"
#include "proto/nn/layer.h"
#include "proto/nn/loss.h"
#include "proto/nn/relu.h"

/* ---- building -------------------------------------------------------------
 */

static int has_weights(const struct tri_layer_spec *s)
{
    return s->kind->weights != NULL;
}

/* The next layer after i that computes something, or NULL. */
static const struct tri_layer_spec *next_of(const struct tri_net *net, size_t i)
{
    while (++i < net->layers)
        if (!net->layer[i].kind->view)
            return &net->layer[i];
    return NULL;
}

/* First layer with weights: nothing before it needs a gradient. */
static size_t first_weights(const struct tri_net *net)
{
    size_t i = 0;

    while (i < net->layers && !has_weights(&net->layer[i]))
        i++;
    return i;
}

/* Layers with weights that come after layer i. */
static int products_after(const struct tri_net *net, size_t i)
{
    int n = 0;

    while (++i < net->layers)
        n += has_weights(&net->layer[i]);
    return n;
}

/* Does a layer take a product as wide as it is? */
static int takes_wide(const struct tri_engine *e,
                      const struct tri_layer_spec *s)
{
    return s->kind == &tri_layer_relu ||
           (s->kind->selects && e->late_trunc);
}

/* Is layer i's output as wide as a product, unless it is truncated? */
static int leaves_wide(const struct tri_engine *e, const struct tri_net *net,
                       size_t i)
{
    while (i > 0 && net->layer[i].kind->selects &&
           net->layer[i].kind != &tri_layer_relu && e->late_trunc)
        i--;
    return has_weights(&net->layer[i]);
}

/* May the gradient by layer i's input stay wide, since nothing but the first
 * weights' gradient, of fewer elements, is made of it? */
static int late_gradient(const struct tri_model *m, size_t i)
{
    const struct tri_net *net = m->net;
    const struct tri_layer_spec *s = &net->layer[i];
    const uint64_t n = (uint64_t)m->batch * s->ih * s->iw * s->ic;
    const size_t first = first_weights(net);

    if (!m->e->late_trunc || !has_weights(s) || i <= first)
        return 0;
    while (--i > first)
        if (!net->layer[i].kind->selects && !net->layer[i].kind->view)
            return 0;
    return n > m->layer[first].w.n;
}

static struct tri_shape out_shape(const struct tri_layer_spec *s, uint32_t B)
{
    return s->kind->flat ? tri_shape2(B, s->oc)
                         : tri_shape4(B, s->oh, s->ow, s->oc);
}

/* Weights and biases keep their masks for as long as they do not change;
 * activations and gradients that enter several products keep theirs, too. */
static int build_weights(struct tri_model *m, struct tri_layer *l)
{
    const struct tri_layer_spec *s = l->spec;
    const int f = (int)m->e->f;
    const int rc = tri_ten_alloc(m->e, &l->w, s->kind->weights(s), f, 1);

    return rc != TRI_OK || s->nobias
               ? rc
               : tri_ten_alloc(m->e, &l->b, tri_shape1(s->out), f, 0);
}

/* The layers' parts of the vector of gradients, at the scale that it has. */
static void part_gradients(struct tri_model *m)
{
    size_t at = 0;

    for (size_t i = 0; i < m->net->layers; i++) {
        struct tri_layer *l = &m->layer[i];

        if (!has_weights(l->spec))
            continue;
        l->dw = tri_ten_slice(m->e, &m->grad, at, l->w.n);
        at += l->w.n;
        if (l->b.n > 0)
            l->db = tri_ten_slice(m->e, &m->grad, at, l->b.n);
        at += l->b.n;
    }
}

/* All gradients in one vector, so that one truncation serves the update of the
 * whole network; velocities likewise. */
static int build_gradients(struct tri_model *m, int momentum)
{
    const int f = (int)m->e->f;
    size_t total = 0;
    int rc;

    for (size_t i = 0; i < m->net->layers; i++)
        total += m->layer[i].w.n + m->layer[i].b.n;
    if (total > UINT32_MAX)
        return TRI_E_ARG;
    rc = tri_ten_alloc(m->e, &m->grad, tri_shape1((uint32_t)total), 0, 0);
    if (rc == TRI_OK && momentum)
        rc = tri_ten_alloc(m->e, &m->vel, tri_shape1((uint32_t)total), f, 0);
    if (rc == TRI_OK && momentum)
        rc = tri_ten_zero(m->e, &m->vel);
    if (rc == TRI_OK)
        part_gradients(m);
    return rc;
}

/* Training keeps every activation, its gradient, and what the backward pass
 * needs besides. */
static int build_training(struct tri_model *m, size_t i, size_t first)
{
    struct tri_layer *l = &m->layer[i];
    const struct tri_layer_spec *next = next_of(m->net, i);
    const struct tri_shape shape = out_shape(l->spec, m->batch);
    int rc = tri_ten_alloc(m->e, &l->out, shape, l->fb,
                           next != NULL && has_weights(next));

    if (rc == TRI_OK && i >= first)
        rc = tri_ten_alloc(m->e, &l->dout, shape, l->fb,
                           i > first && has_weights(l->spec));
    if (rc != TRI_OK || i <= first)
        return rc;
    return l->spec->kind->remember != NULL ? l->spec->kind->remember(m->e, l)
                                           : TRI_OK;
}

static size_t elements(const struct tri_shape *s)
{
    return (size_t)s->d[0] * s->d[1] * s->d[2] * s->d[3];
}

/* Without training a layer's input is dead once its output is there: two
 * buffers in turn, each as large as its largest tenant. Every activation
 * enters one product at most, so none keeps its mask. */
static int build_inference(struct tri_model *m)
{
    struct tri_ten buf[2];
    size_t turn = 0;
    int rc = TRI_OK;

    for (size_t b = 0; b < 2 && rc == TRI_OK; b++) {
        struct tri_shape largest = tri_shape1(1);

        turn = 0;
        for (size_t i = 0; i < m->net->layers; i++) {
            const struct tri_layer_spec *s = &m->net->layer[i];
            const struct tri_shape shape = out_shape(s, m->batch);
            if (!s->kind->view && turn++ % 2 == b &&
                elements(&shape) > elements(&largest))
                largest = shape;
        }
        rc = tri_ten_alloc(m->e, &buf[b], largest, 0, 0);
    }
    turn = 0;
    for (size_t i = 0; i < m->net->layers && rc == TRI_OK; i++) {
        struct tri_layer *l = &m->layer[i];

        if (l->spec->kind->view)
            continue;
        l->out = buf[turn++ % 2];
        l->out.shape = out_shape(l->spec, m->batch);
        l->out.n = elements(&l->out.shape);
        l->out.fb = l->fb;
    }
    return rc;
}

int tri_model_build(struct tri_model *m, struct tri_engine *e,
                    const struct tri_net *net, uint32_t batch, int training,
                    int momentum)
{
    const int f = (int)e->f;
    const size_t first = first_weights(net);
    struct tri_ten *in, *din = NULL;
    int rc;

    *m = (struct tri_model){
        .net = net, .e = e, .batch = batch, .training = training
    };
    if (batch == 0 || net->layers == 0 || net->layers > TRI_MAX_LAYERS ||
        first == net->layers)
        return TRI_E_ARG;

    rc = tri_ten_alloc(e, &m->in, tri_shape4(batch, net->h, net->w, net->c), f,
                       training && first == 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &m->label, tri_shape2(batch, net->classes), 0, 0);
    if (rc == TRI_OK && net->loss == TRI_LOSS_SIGMOID)
        rc = tri_ten_alloc(e, &m->pair, tri_shape2(batch, net->classes), f, 0);
    if (rc == TRI_OK && training && net->loss != TRI_LOSS_MSE)
        rc = tri_ten_alloc(e, &m->prob, tri_shape2(batch, net->classes), f, 0);
    for (size_t i = 0; i < net->layers; i++) {
        const struct tri_layer_spec *next = next_of(net, i);
        struct tri_layer *l = &m->layer[i];

        l->spec = &net->layer[i];
        l->fb = products_after(net, i) > 0 ? tri_fine(e) : f;
        l->late = next != NULL && leaves_wide(e, net, i) && takes_wide(e, next);
        if (rc == TRI_OK && has_weights(l->spec))
            rc = build_weights(m, l);
        l->late_din = rc == TRI_OK && late_gradient(m, i);
    }
    if (rc == TRI_OK && training)
        rc = build_gradients(m, momentum);
    for (size_t i = 0; rc == TRI_OK && training && i < net->layers; i++)
        if (!net->layer[i].kind->view)
            rc = build_training(m, i, first);
    if (rc == TRI_OK && !training)
        rc = build_inference(m);

    /* Tie the layers together. Flattening moves nothing: the next layer reads
     * what stands before it, mask included. */
    in = &m->in;
    for (size_t i = 0; rc == TRI_OK && i < net->layers; i++) {
        struct tri_layer *l = &m->layer[i];

        l->in = in;
        if (l->spec->kind->view) {
            rc = tri_ten_view(&l->out, in, out_shape(l->spec, batch));
            continue;
        }
        l->din = din;
        in = &l->out;
        if (training && i >= first)
            din = &l->dout;
    }
    return rc;
}

/* ---- initial weights --------------------------------------------------------
 */

/* Uniform in [-1, 1), 53 bits. */
static double uniform(struct tri_stream *s)
{
    uint64_t w;

    tri_stream_read(s, &w, sizeof w);
    return (double)(w >> 11) * tri_pow2(-52) - 1;
}

/* Two independent normal numbers (Marsaglia's polar method). */
static void normal_pair(struct tri_stream *s, double out[2])
{
    double x, y, q;

    do {
        x = uniform(s);
        y = uniform(s);
        q = x * x + y * y;
    } while (q >= 1 || q == 0);
    q = tri_sqrt(-2 * tri_log(q) / q);
    out[0] = x * q;
    out[1] = y * q;
}

static int init_normal(struct tri_engine *e, struct tri_ten *w,
                       double deviation, struct tri_stream *s)
{
    enum { PIECE = 256 }; /* even: pairs are never cut */
    double v[PIECE] = { 0 };
    int rc = TRI_OK;

    for (size_t at = 0; rc == TRI_OK && at < w->n; at += PIECE) {
        const size_t n = w->n - at < PIECE ? w->n - at : PIECE;
        struct tri_ten part = tri_ten_slice(e, w, at, n);

        for (size_t i = 0; i < n && !e->s->dry; i += 2) {
            normal_pair(s, v + i);
            v[i] *= deviation;
            v[i + 1] *= deviation;
        }
        rc = e->ops->constant(e, &part, v);
    }
    tri_ten_changed(w);
    return rc;
}

int tri_model_init(struct tri_model *m, uint64_t seed)
{
    uint8_t key[32] = "trinn initial weights";
    struct tri_prg g;
    struct tri_stream s;
    int rc = TRI_OK;

    tri_le_store64(key + 24, seed);
    tri_prg_init(&g, m->e->s->cx.k, key, TRI_PRG_CHACHA20);
    for (size_t i = 0; rc == TRI_OK && i < m->net->layers; i++) {
        struct tri_layer *l = &m->layer[i];

        if (!has_weights(l->spec))
            continue;
        tri_stream_open(&s, &g, tri_prg_next(&g), 0);
        rc = init_normal(m->e, &l->w,
                         tri_sqrt(2 / ((double)l->w.n / l->spec->out)), &s);
        if (rc == TRI_OK && l->b.n > 0)
            rc = tri_ten_zero(m->e, &l->b);
    }
    tri_prg_wipe(&g);
    return rc;
}

/* ---- what lasts -------------------------------------------------------------
 */

size_t tri_model_state(struct tri_model *m,
                       struct tri_ten *list[TRI_MODEL_STATE])
{
    size_t n = 0;

    for (size_t i = 0; i < m->net->layers; i++) {
        struct tri_layer *l = &m->layer[i];

        if (!has_weights(l->spec))
            continue;
        list[n++] = &l->w;
        if (l->b.n > 0)
            list[n++] = &l->b;
    }
    if (m->vel.n > 0)
        list[n++] = &m->vel;
    return n;
}

/* ---- running ----------------------------------------------------------------
 */

/* The session learns where the run is, for a message of failure. */
static void note_place(const struct tri_model *m, enum tri_pass pass,
                       size_t layer)
{
    static const char *const name[] = { "forward", "backward", "update" };
    struct tri_at at = { 0, NULL, name[pass] };

    if (pass == TRI_PASS_UPDATE) {
        at.kind = layer < TRI_MAX_LAYERS ? "weights" : NULL;
    } else if (layer == m->net->layers) {
        at.kind = "loss";
    } else if (layer < TRI_MAX_LAYERS) {
        at.layer = (unsigned)layer + 1;
        at.kind = m->net->layer[layer].kind->name;
    }
    m->e->s->at = at;
}

static void trace(const struct tri_model *m, enum tri_pass pass, size_t layer)
{
    note_place(m, pass, layer);
    if (m->trace != NULL)
        m->trace(m->trace_self, pass, layer);
}

static struct tri_ten *output(struct tri_model *m)
{
    return &m->layer[m->net->layers - 1].out;
}

/* The logits of two classes from the one of the second: 0 beside it. */
static int widen(struct tri_model *m)
{
    const struct tri_copy second = {
        .dim = { 1, 1, 1, m->batch },
        .zoff = 1,
        .zstep = { 0, 0, 0, 2 },
        .xstep = { 0, 0, 0, 1 },
    };
    const int rc = tri_ten_zero(m->e, &m->pair);

    if (rc == TRI_OK)
        m->e->ops->copy(m->e, &m->pair, output(m), &second);
    tri_ten_changed(&m->pair);
    return rc;
}

int tri_model_forward(struct tri_model *m)
{
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < m->net->layers; i++) {
        trace(m, TRI_PASS_FORWARD, i);
        if (!m->net->layer[i].kind->view)
            rc = m->net->layer[i].kind->forward(m->e, &m->layer[i]);
    }
    if (rc == TRI_OK && m->net->loss == TRI_LOSS_SIGMOID)
        rc = widen(m);
    trace(m, TRI_PASS_FORWARD, TRI_MAX_LAYERS);
    return rc;
}

struct tri_ten *tri_model_logits(struct tri_model *m)
{
    return m->net->loss == TRI_LOSS_SIGMOID ? &m->pair : output(m);
}

int tri_model_backward(struct tri_model *m)
{
    const size_t first = first_weights(m->net);
    size_t i = m->net->layers;
    int rc;

    if (!m->training)
        return TRI_E_ARG;
    while (m->net->layer[i - 1].kind->view)
        i--;
    trace(m, TRI_PASS_BACKWARD, m->net->layers); /* the loss */
    rc = tri_loss_gradient(m, &m->layer[i - 1].dout);
    while (rc == TRI_OK && i-- > first) {
        trace(m, TRI_PASS_BACKWARD, i);
        if (!m->net->layer[i].kind->view)
            rc = m->net->layer[i].kind->backward(m->e, &m->layer[i]);
    }
    trace(m, TRI_PASS_BACKWARD, TRI_MAX_LAYERS);
    return rc;
}

/*
 * Gradients are sums over the batch, as wide as products. The mean and the
 * learning rate are one public factor c * 2^-cb, applied at full precision;
 * only then comes the truncation to f, which rounds without bias: steps smaller
 * than one unit of a weight act in the mean instead of getting lost. With a
 * power of two for rate / B, c is 1 and the factor costs nothing.
 *
 * Velocities are sums over the batch, too: at scale f, they resolve the mean
 * gradient with f + log2 B bits.
 */
int tri_model_update(struct tri_model *m, const struct tri_sgd *sgd)
{
    struct tri_engine *e = m->e;
    const int f = (int)e->f;
    const int moving = sgd->momentum > 0;
    int64_t c;
    int cb;
    int rc = tri_rational(sgd->rate / m->batch, &c, &cb);

    if (rc != TRI_OK || !m->training ||
        !(sgd->momentum >= 0 && sgd->momentum <= 0.99) ||
        (moving && m->vel.n == 0))
        return TRI_E_ARG;
    trace(m, TRI_PASS_UPDATE, 0);
    m->grad.fb = m->layer[first_weights(m->net)].dw.fb; /* as of all others */
    if (moving) {
        const int up = m->grad.fb - m->vel.fb;
        const int64_t keep = tri_round(sgd->momentum * tri_pow2(up));
        e->ops->scale(e, &m->vel, &m->vel, keep, up);
        e->ops->add(e, &m->vel, &m->vel, &m->grad);
        rc = tri_rescale(e, &m->vel, f);
        e->ops->scale(e, &m->grad, &m->vel, c, cb);
    } else {
        e->ops->scale(e, &m->grad, &m->grad, c, cb);
    }
    if (rc == TRI_OK)
        rc = tri_rescale(e, &m->grad, f);
    if (rc != TRI_OK)
        return rc;
    part_gradients(m);
    for (size_t i = 0; i < m->net->layers; i++) {
        struct tri_layer *l = &m->layer[i];

        if (!has_weights(l->spec))
            continue;
        e->ops->sub(e, &l->w, &l->w, &l->dw);
        if (l->b.n > 0)
            e->ops->sub(e, &l->b, &l->b, &l->db);
    }
    trace(m, TRI_PASS_UPDATE, TRI_MAX_LAYERS);
    return TRI_OK;
}
