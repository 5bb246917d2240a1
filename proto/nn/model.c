#include "proto/nn/model.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/le.h"
#include "core/mem.h"
#include "proto/nn/adam.h"
#include "proto/nn/kind.h"
#include "proto/nn/layer.h"
#include "proto/nn/loss.h"

/* ---- building -------------------------------------------------------------
 */

static int has_weights(const struct tri_layer_spec *s)
{
    return s->kind->weights != NULL;
}

/* Who reads each tensor. */
static void find_readers(struct tri_model *m)
{
    const struct tri_net *const net = m->net;

    for (size_t n = 0; n <= net->layers; n++)
        m->read[n] = (struct tri_readers){ (uint32_t)net->layers, 0, 0 };
    for (size_t i = 0; i < net->layers; i++) {
        const struct tri_layer_spec *const s = &net->layer[i];

        for (size_t k = 0; !s->kind->view && k < s->ins; k++) {
            struct tri_readers *const r =
                &m->read[tri_net_source(net, s->in[k])];

            r->count += r->last != i;
            r->last = (uint32_t)i;
            r->product |= s->kind->product;
        }
    }
    m->read[tri_net_source(net, (uint32_t)net->layers)].last =
        (uint32_t)net->layers;
}

/* The only layer that reads tensor n, or NULL. */
static const struct tri_layer_spec *only_reader(const struct tri_model *m,
                                                uint32_t n)
{
    const struct tri_readers *const r = &m->read[n];

    return r->count == 1 && r->last < m->net->layers ? &m->net->layer[r->last]
                                                     : NULL;
}

/* Does a training change its weights? */
static int trains(const struct tri_layer_spec *s)
{
    return has_weights(s) && !s->frozen;
}

/* First layer whose weights a training changes. */
static size_t first_weights(const struct tri_net *net)
{
    size_t i = 0;

    while (i < net->layers && !trains(&net->layer[i]))
        i++;
    return i;
}

/* The number of layers up to the last product. */
static size_t last_product(const struct tri_net *net)
{
    size_t n = net->layers;

    while (n > 0 && !net->layer[n - 1].kind->product)
        n--;
    return n;
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
    const size_t kept = tri_layer_kept(s);
    size_t weights, biases;
    int rc = TRI_OK;

    tri_layer_params(s, &weights, &biases);
    if (m->streams && s->kind->product) {
        l->w = m->shared;
        l->w.shape = s->kind->weights(s);
        l->w.n = weights;
    } else {
        rc = tri_ten_alloc(m->e, &l->w, s->kind->weights(s), f, 1);
        l->w.stays = 1;
    }
    if (rc == TRI_OK && biases > 0)
        rc = tri_ten_alloc(m->e, &l->b, tri_shape1((uint32_t)biases), f, 0);
    if (rc == TRI_OK && kept > 0)
        rc = tri_ten_alloc(m->e, &l->kept, tri_shape1((uint32_t)kept), f, 0);
    if (rc == TRI_OK && kept > 0)
        rc = tri_ten_alloc(m->e, &l->gain, l->w.shape, f, 0);
    if (rc == TRI_OK && kept > 0)
        rc = tri_ten_alloc(m->e, &l->shift, l->w.shape, f, 0);
    return rc;
}

/* Room for the weights of any product. */
static int build_shared(struct tri_model *m)
{
    size_t most = 1;

    for (size_t i = 0; i < m->net->layers; i++) {
        size_t weights, biases;

        tri_layer_params(&m->net->layer[i], &weights, &biases);
        if (m->net->layer[i].kind->product && weights > most)
            most = weights;
    }
    return most > UINT32_MAX
               ? TRI_E_ARG
               : tri_ten_alloc(m->e, &m->shared, tri_shape1((uint32_t)most),
                               (int)m->e->f, 1);
}

/* The layers' parts of the vector of gradients, at the scale that it has. */
static void part_gradients(struct tri_model *m)
{
    size_t at = 0;

    for (size_t i = 0; i < m->net->layers; i++) {
        struct tri_layer *l = &m->layer[i];

        if (!trains(l->spec))
            continue;
        l->dw = tri_ten_slice(m->e, &m->grad, at, l->w.n);
        at += l->w.n;
        if (l->b.n > 0)
            l->db = tri_ten_slice(m->e, &m->grad, at, l->b.n);
        at += l->b.n;
    }
}

/* All gradients in one vector, so that one truncation serves the update of the
 * whole network; velocities likewise. These are at the fine scale, to which a
 * product of guarded operands is nearer by the bit that makes its truncation
 * cheap (fused/trunc.c). */
static int build_gradients(struct tri_model *m, int moments)
{
    size_t total = 0;
    int rc;

    for (size_t i = 0; i < m->net->layers; i++)
        if (trains(&m->net->layer[i]))
            total += m->layer[i].w.n + m->layer[i].b.n;
    if (total > UINT32_MAX / 2 || moments < 0 || moments > 2)
        return TRI_E_ARG;
    rc = tri_ten_alloc(m->e, &m->grad, tri_shape1((uint32_t)total), 0, 0);
    if (rc == TRI_OK && moments > 0)
        rc = tri_ten_alloc(m->e, &m->vel,
                           tri_shape2((uint32_t)moments, (uint32_t)total),
                           moments == 2 ? TRI_ADAM_BITS : tri_fine(m->e), 0);
    if (rc == TRI_OK && moments > 0)
        rc = tri_ten_zero(m->e, &m->vel);
    if (rc == TRI_OK)
        part_gradients(m);
    return rc;
}

/* Is the gradient of tensor n needed? */
static int learns(const struct tri_model *m, uint32_t n)
{
    n = tri_net_source(m->net, n);
    return n > 0 && m->layer[n - 1].learns;
}

/* The layer's input, and a second one, need gradients. */
static int passes_on(const struct tri_model *m, const struct tri_layer *l)
{
    return learns(m, l->spec->in[0]) ||
           (l->spec->ins > 1 && learns(m, l->spec->in[1]));
}

static size_t elements(const struct tri_shape *s)
{
    return (size_t)s->d[0] * s->d[1] * s->d[2] * s->d[3];
}

/* Does only a maximum read layer i? */
static int pooled(const struct tri_model *m, size_t i)
{
    const struct tri_layer_spec *const next = only_reader(m, (uint32_t)i + 1);

    return next != NULL && next->kind->selects && !next->kind->wide;
}

/* Does the gradient of its output come with its mask open, for products alone?
 * That of biases is found behind the maximum, then. */
static int comes_open(const struct tri_model *m, size_t i)
{
    const struct tri_layer *const l = &m->layer[i];
    const struct tri_layer_spec *next;
    struct tri_shape out;

    if (m->e->ops->grad_opens == NULL || !l->spec->kind->product ||
        !pooled(m, i) || (l->b.n > 0 && l->pool == NULL))
        return 0;
    next = only_reader(m, (uint32_t)i + 1);
    out = out_shape(next, m->batch);
    return next->pad == 0 &&
           m->e->ops->grad_opens(m->e, (size_t)next->size * next->size,
                                 elements(&out));
}

/* Tensor n, which no view gives, and its gradient. */
static struct tri_ten *tensor(struct tri_model *m, uint32_t n)
{
    return n > 0 ? &m->layer[n - 1].out : &m->in;
}

/* Input k of layer i is read by a later layer, too, or by this one again: its
 * gradient is added to what is there. */
static int comes_apart(const struct tri_model *m, size_t i, size_t k)
{
    const struct tri_net *const net = m->net;
    const struct tri_layer_spec *const s = &net->layer[i];
    const uint32_t n = tri_net_source(net, s->in[k]);

    return learns(m, n) &&
           (m->read[n].last != i ||
            (k == 0 && s->ins > 1 && tri_net_source(net, s->in[1]) == n));
}

/* Where gradients of tensors with several readers go first. */
static int build_apart(struct tri_model *m)
{
    int rc = TRI_OK;

    for (size_t k = 0; rc == TRI_OK && k < 2; k++) {
        struct tri_shape largest = tri_shape1(1);
        int any = 0;

        for (size_t i = 0; i < m->net->layers; i++) {
            const struct tri_layer_spec *const s = &m->net->layer[i];

            if (s->kind->view || k >= s->ins || !comes_apart(m, i, k))
                continue;
            const struct tri_ten *const x =
                tensor(m, tri_net_source(m->net, s->in[k]));
            any = 1;
            if (x->n > elements(&largest))
                largest = x->shape;
        }
        if (any)
            rc = tri_ten_alloc(m->e, &m->apart[k], largest, 0, 0);
    }
    return rc;
}

/*
 * ---- memory by liveness
 *
 * Layer i's forward is at time i, the loss at time L = the number of layers,
 * its backward at 2 L - i. Each activation and each gradient of one lives from
 * when it is written to when it is read last, and its buffer serves again
 * after that: the smallest that is free and large enough, or else the largest,
 * grown. Buffers of tensors that keep a mask are apart.
 *
 * Backward of a product reads its input, of some kinds their output; what
 * others need they remember elsewhere. Logits stay: whoever ran a step may look
 * at them.
 */
static struct tri_ten *buffer(struct tri_model *m, size_t s)
{
    return &m->layer[s / 2].buffer[s % 2];
}

/* A buffer for `shape` from time `born` to `until`. While there is a plan only,
 * t->n is the number of its buffer, and a buffer's fb the time until which it
 * is taken. */
static void take_buffer(struct tri_model *m, size_t *buffers, struct tri_ten *t,
                        struct tri_shape shape, int cached, size_t born,
                        size_t until)
{
    const size_t need = elements(&shape);
    size_t best = *buffers;

    cached = m->e->caches_masks ? cached : 0;
    for (size_t s = 0; s < *buffers; s++) {
        const size_t have = elements(&buffer(m, s)->shape);
        const size_t other =
            best < *buffers ? elements(&buffer(m, best)->shape) : 0;

        if (buffer(m, s)->fb < (int)born && buffer(m, s)->cached == cached &&
            (best == *buffers || (have >= need && have < other) ||
             (other < need && have > other)))
            best = s;
    }
    if (best == *buffers || elements(&buffer(m, best)->shape) < need)
        buffer(m, best)->shape = shape;
    *buffers += best == *buffers;
    buffer(m, best)->cached = cached;
    buffer(m, best)->fb = (int)until;
    t->shape = shape;
    t->n = best;
}

/* When tensor n + 1, which layer n gives, is read last. */
static size_t last_look(const struct tri_model *m, size_t n)
{
    const struct tri_net *const net = m->net;
    const struct tri_readers *const r = &m->read[n + 1];

    if (r->last == net->layers)
        return 2 * net->layers + 1;
    if (m->training && net->layer[n].kind->output && m->layer[n].learns)
        return 2 * net->layers - n;
    for (size_t i = n + 1; m->training && r->product && i <= r->last; i++)
        if (net->layer[i].kind->product && trains(&net->layer[i]) &&
            tri_net_source(net, net->layer[i].in[0]) == n + 1)
            return 2 * net->layers - i;
    return r->last;
}

/* The gradient of tensor n + 1, written first at time `born`. That of biases
 * before a maximum is made of it later. */
static void take_gradient(struct tri_model *m, size_t *buffers, size_t n,
                          size_t born)
{
    struct tri_layer *const l = &m->layer[n];
    const size_t last =
        l->bias != NULL ? tri_net_source(m->net, l->spec->in[0]) - 1 : n;

    if (l->learns)
        take_buffer(m, buffers, &l->dout, out_shape(l->spec, m->batch),
                    comes_open(m, n)
                        ? TRI_TEN_OPEN
                        : passes_on(m, l) && l->spec->kind->product,
                    born, 2 * m->net->layers - last);
}

static void plan_buffers(struct tri_model *m, size_t *buffers)
{
    const struct tri_net *const net = m->net;
    const size_t end = net->layers;

    *buffers = 0;
    for (size_t i = 0; i < end; i++)
        if (!net->layer[i].kind->view)
            take_buffer(m, buffers, &m->layer[i].out,
                        out_shape(&net->layer[i], m->batch),
                        m->training && m->read[i + 1].product, i,
                        last_look(m, i));
    if (!m->training)
        return;
    take_gradient(m, buffers, tri_net_source(net, (uint32_t)end) - 1, end);
    for (size_t i = end; i-- > 0;)
        for (size_t k = 0; k < net->layer[i].ins && !net->layer[i].kind->view;
             k++) {
            const uint32_t n = tri_net_source(net, net->layer[i].in[k]);

            if (n > 0 && m->read[n].last == i &&
                (k == 0 || n != tri_net_source(net, net->layer[i].in[0])))
                take_gradient(m, buffers, n - 1, 2 * end - i);
        }
}

/* t in the buffer whose number it has. */
static void settle(struct tri_model *m, struct tri_ten *t, int fb)
{
    const struct tri_shape shape = t->shape;

    *t = *buffer(m, t->n);
    t->shape = shape;
    t->n = elements(&shape);
    t->fb = fb;
}

static int build_buffers(struct tri_model *m)
{
    size_t buffers;
    int rc = TRI_OK;

    plan_buffers(m, &buffers);
    for (size_t s = 0; s < buffers && rc == TRI_OK; s++) {
        rc = tri_ten_alloc(m->e, buffer(m, s), buffer(m, s)->shape, 0,
                           buffer(m, s)->cached);
        buffer(m, s)->stays = 1;
    }
    for (size_t i = 0; i < m->net->layers && rc == TRI_OK; i++) {
        struct tri_layer *const l = &m->layer[i];

        if (l->spec->kind->view)
            continue;
        settle(m, &l->out, l->fb);
        if (m->training && l->learns)
            settle(m, &l->dout, l->fb);
        if (m->training && (passes_on(m, l) || has_weights(l->spec)) &&
            l->spec->kind->remember != NULL)
            rc = l->spec->kind->remember(m->e, l);
    }
    return rc;
}

/* Where input k of layer i has its gradient, or NULL. */
static struct tri_ten *gradient(struct tri_model *m, size_t i, size_t k)
{
    struct tri_layer *const l = &m->layer[i];
    const uint32_t n = tri_net_source(m->net, l->spec->in[k]);

    if (!m->training || !learns(m, n))
        return NULL;
    if (!comes_apart(m, i, k))
        return &m->layer[n - 1].dout;
    l->apart[k] = tri_ten_slice(m->e, &m->apart[k], 0, tensor(m, n)->n);
    l->apart[k].shape = tensor(m, n)->shape;
    return &l->apart[k];
}

/* Tie the layers together. Views move nothing: the next layer reads what stands
 * before them, mask included. */
static int tie(struct tri_model *m, size_t i)
{
    struct tri_layer *const l = &m->layer[i];
    const struct tri_layer_spec *const s = l->spec;

    l->in = tensor(m, tri_net_source(m->net, s->in[0]));
    if (s->kind->view)
        return tri_ten_view(&l->out, l->in, out_shape(s, m->batch));
    l->din = gradient(m, i, 0);
    if (s->ins > 1) {
        l->with = tensor(m, tri_net_source(m->net, s->in[1]));
        l->dwith = gradient(m, i, 1);
    }
    return TRI_OK;
}

/* Without training: layer i alone reads a product. */
static int folds(const struct tri_model *m, size_t i)
{
    const uint32_t n = tri_net_source(m->net, m->net->layer[i].in[0]);

    return !m->training && !m->streams && n > 0 &&
           m->net->layer[n - 1].kind->product &&
           only_reader(m, n) == &m->net->layer[i];
}

/* Does a layer take a product as wide as it is? */
static int takes_wide(const struct tri_engine *e,
                      const struct tri_layer_spec *s)
{
    return s->kind->wide || (s->kind->selects && e->late_trunc);
}

/* Is layer i's output as wide as a product, unless it is truncated? */
static int leaves_wide(const struct tri_model *m, size_t i)
{
    const struct tri_layer_spec *const s = &m->net->layer[i];
    const uint32_t n = tri_net_source(m->net, s->in[0]);

    return s->kind->product || s->kind->folds ||
           (s->kind->selects && !s->kind->wide && n > 0 &&
            m->layer[n - 1].late);
}

/* A maximum alone reads what layer i multiplies, and nothing is rounded in
 * between: max(x + b) = max(x) + b, for all its candidates have the same b, and
 * the gradient of b is the sum of theirs. */
static void tie_bias(struct tri_model *m, size_t i)
{
    struct tri_layer *const l = &m->layer[i];

    if (!l->late || l->b.n == 0 || !l->spec->kind->product || !pooled(m, i))
        return;
    l->pool = &m->layer[m->read[i + 1].last];
    l->pool->bias = &l->b;
}

/* May the gradient by layer i's input stay wide, since nothing but the gradient
 * of weights that are first on their path, of fewer elements, is made of it? */
static int late_gradient(const struct tri_model *m, size_t i)
{
    const struct tri_layer_spec *const s = &m->net->layer[i];
    const uint64_t size = (uint64_t)m->batch * s->ih * s->iw * s->ic;
    size_t reader = i;

    if (!m->e->late_trunc || !s->kind->product)
        return 0;
    for (;;) {
        const uint32_t n = tri_net_source(m->net, m->net->layer[reader].in[0]);
        const struct tri_layer *const l = n > 0 ? &m->layer[n - 1] : NULL;

        if (l == NULL || only_reader(m, n) != &m->net->layer[reader])
            return 0;
        if (!l->spec->kind->selects)
            return l->spec->kind->product && !passes_on(m, l) && size > l->w.n;
        reader = n - 1;
    }
}

int tri_model_build(struct tri_model *m, struct tri_engine *e,
                    const struct tri_net *net, uint32_t batch, int training,
                    int moments)
{
    const int f = (int)e->f;
    size_t products;
    int rc;

    memset(m, 0, sizeof *m); /* a literal of this size might be on the stack */
    m->net = net;
    m->e = e;
    m->batch = batch;
    m->streams = training == TRI_MODEL_STREAM;
    m->training = training = training > 0;
    if (batch == 0 || net->layers == 0 || net->layers > TRI_MAX_LAYERS ||
        first_weights(net) == net->layers)
        return TRI_E_ARG;
    find_readers(m);
    products = last_product(net);

    rc = tri_ten_alloc(e, &m->in, tri_shape4(batch, net->h, net->w, net->c), f,
                       training && m->read[0].product);
    m->in.stays = 1;
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &m->label, tri_shape2(batch, net->classes), 0, 0);
    if (rc == TRI_OK && net->loss == TRI_LOSS_SIGMOID)
        rc = tri_ten_alloc(e, &m->pair, tri_shape2(batch, net->classes), f, 0);
    if (rc == TRI_OK && training && net->loss != TRI_LOSS_MSE)
        rc = tri_ten_alloc(e, &m->prob, tri_shape2(batch, net->classes), f, 0);
    if (rc == TRI_OK && m->streams)
        rc = build_shared(m);
    for (size_t i = 0; i < net->layers; i++) {
        const struct tri_layer_spec *const next =
            only_reader(m, (uint32_t)i + 1);
        struct tri_layer *l = &m->layer[i];

        l->spec = &net->layer[i];
        l->step = &m->step;
        l->number = i + 1;
        l->fb = i + 1 < products ? tri_fine(e) : f;
        l->late =
            next != NULL && leaves_wide(m, i) &&
            (takes_wide(e, next) || (next->kind->folds && !training &&
                                     !m->streams && l->spec->kind->product));
        l->folded = l->spec->kind->folds && folds(m, i);
        l->learns = trains(l->spec) || passes_on(m, l);
        if (rc == TRI_OK && has_weights(l->spec))
            rc = build_weights(m, l);
        l->late_din = rc == TRI_OK && late_gradient(m, i);
    }
    if (rc == TRI_OK && training)
        rc = build_gradients(m, moments);
    for (size_t i = 0; rc == TRI_OK && i < net->layers; i++)
        tie_bias(m, i);
    if (rc == TRI_OK)
        rc = build_buffers(m);
    if (rc == TRI_OK && training)
        rc = build_apart(m);
    for (size_t i = 0; rc == TRI_OK && i < net->layers; i++)
        rc = tie(m, i);
    return rc;
}

/* ---- initial weights --------------------------------------------------------
 */

/* Uniform in [-1, 1), 53 bits. */
static double uniform(struct tri_stream *s)
{
    uint64_t w;

    tri_stream_words(s, &w, sizeof w, 1);
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

        if (l->spec->kind->init != NULL)
            rc = l->spec->kind->init(m->e, l);
        if (!has_weights(l->spec) || l->spec->kind->init != NULL)
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

size_t tri_layer_state(struct tri_layer *l, struct tri_ten *list[3])
{
    struct tri_ten *const all[] = { &l->w, &l->b, &l->kept };
    size_t n = 0;

    for (size_t i = 0; i < 3; i++)
        if (all[i]->n > 0)
            list[n++] = all[i];
    return n;
}

size_t tri_model_state(struct tri_model *m,
                       struct tri_ten *list[TRI_MODEL_STATE])
{
    size_t n = 0;

    for (size_t i = 0; i < m->net->layers; i++)
        n += tri_layer_state(&m->layer[i], list + n);
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

/* A step of training changes what evaluations have to prepare. */
static int prepare(struct tri_model *m)
{
    const int needed = m->step.number == 0 && !m->prepared;
    int rc = TRI_OK;

    m->prepared = m->step.number == 0;
    for (size_t i = 0; needed && rc == TRI_OK && tri_layer_kinds[i] != NULL;
         i++)
        if (tri_layer_kinds[i]->prepare != NULL)
            rc = tri_layer_kinds[i]->prepare(m);
    return rc;
}

int tri_model_forward(struct tri_model *m)
{
    int rc = prepare(m);

    for (size_t i = 0; rc == TRI_OK && i < m->net->layers; i++) {
        trace(m, TRI_PASS_FORWARD, i);
        if (m->streams && m->net->layer[i].kind->product)
            rc = m->fetch(m->fetch_self, m, i);
        if (rc == TRI_OK && !m->net->layer[i].kind->view)
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

/* The gradient of a tensor with several readers gets one more part. */
static void merge(struct tri_engine *e, struct tri_ten *sum,
                  struct tri_ten *part)
{
    struct tri_ten *const low = sum->fb < part->fb ? sum : part;

    tri_lift(e, low, low, low == sum ? part->fb : sum->fb);
    e->ops->add(e, sum, sum, part);
}

static int backward(struct tri_model *m, size_t i)
{
    struct tri_layer *const l = &m->layer[i];
    const int rc = l->spec->kind->backward(m->e, l);

    for (size_t k = 0; rc == TRI_OK && k < l->spec->ins; k++)
        if (l->apart[k].n > 0)
            merge(m->e,
                  &m->layer[tri_net_source(m->net, l->spec->in[k]) - 1].dout,
                  &l->apart[k]);
    return rc;
}

int tri_model_backward(struct tri_model *m)
{
    const uint32_t last = tri_net_source(m->net, (uint32_t)m->net->layers);
    int rc;

    if (!m->training)
        return TRI_E_ARG;
    trace(m, TRI_PASS_BACKWARD, m->net->layers); /* the loss */
    rc = tri_loss_gradient(m, &m->layer[last - 1].dout);
    for (size_t i = last; rc == TRI_OK && i-- > 0;) {
        if (!m->layer[i].learns)
            continue;
        trace(m, TRI_PASS_BACKWARD, i);
        if (!m->net->layer[i].kind->view)
            rc = backward(m, i);
    }
    trace(m, TRI_PASS_BACKWARD, TRI_MAX_LAYERS);
    return rc;
}

/* The gradients of weights of products get decay * B * w, piece by piece. */
static int decay(struct tri_model *m, double share)
{
    enum { PIECE = 1 << 14 };
    struct tri_engine *const e = m->e;
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const int up = m->grad.fb - (int)e->f;
    const int64_t c = tri_round(share * m->batch * tri_pow2(up));
    struct tri_ten room;
    int rc =
        c > 0 ? tri_ten_alloc(e, &room, tri_shape1(PIECE), 0, 0) : TRI_E_ARG;

    for (size_t i = 0; rc == TRI_OK && i < m->net->layers; i++) {
        struct tri_layer *const l = &m->layer[i];

        for (size_t at = 0, n; at < l->dw.n && l->spec->kind->product;
             at += n) {
            n = l->w.n - at < PIECE ? l->w.n - at : PIECE;
            const struct tri_ten w = tri_ten_slice(e, &l->w, at, n);
            struct tri_ten g = tri_ten_slice(e, &l->dw, at, n);
            struct tri_ten part = tri_ten_slice(e, &room, 0, n);

            e->ops->scale(e, &part, &w, c, up);
            e->ops->add(e, &g, &g, &part);
        }
    }
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

/*
 * Gradients are sums over the batch, as wide as products. The mean and the
 * learning rate are one public factor c * 2^-cb, applied at full precision;
 * only then comes the truncation to f, which rounds without bias: steps smaller
 * than one unit of a weight act in the mean instead of getting lost. With a
 * power of two for rate / B, c is 1 and the factor costs nothing.
 *
 * Velocities are sums over the batch, too: at the fine scale, f or more, they
 * resolve the mean gradient with that and log2 B bits.
 */
static int sgd_step(struct tri_model *m, const struct tri_sgd *sgd, int64_t c,
                    int cb)
{
    struct tri_engine *const e = m->e;
    const int f = (int)e->f;
    int rc = TRI_OK;

    if (sgd->momentum > 0) {
        const int up = m->grad.fb - m->vel.fb;
        const int64_t keep = tri_round(sgd->momentum * tri_pow2(up));
        e->ops->scale(e, &m->vel, &m->vel, keep, up);
        e->ops->add(e, &m->vel, &m->vel, &m->grad);
        rc = tri_rescale(e, &m->vel, tri_fine(e));
        e->ops->scale(e, &m->grad, &m->vel, c, cb);
    } else {
        e->ops->scale(e, &m->grad, &m->grad, c, cb);
    }
    return rc == TRI_OK ? tri_rescale(e, &m->grad, f) : rc;
}

int tri_model_update(struct tri_model *m, const struct tri_sgd *sgd)
{
    struct tri_engine *e = m->e;
    const size_t moments = m->adam != NULL ? 2 : sgd->momentum > 0;
    int64_t c;
    int cb;
    int rc = tri_rational(sgd->rate / m->batch, &c, &cb);

    m->prepared = 0;
    if (rc != TRI_OK || !m->training ||
        !(sgd->momentum >= 0 && sgd->momentum <= 0.99) ||
        !(sgd->decay >= 0 && sgd->decay <= 1) ||
        (moments > 0 && m->vel.n != moments * m->grad.n))
        return TRI_E_ARG;
    trace(m, TRI_PASS_UPDATE, 0);
    m->grad.fb = m->layer[first_weights(m->net)].dw.fb; /* as of all others */
    if (sgd->decay > 0)
        rc = decay(m, sgd->decay);
    if (rc == TRI_OK)
        rc = m->adam != NULL ? tri_adam_step(m, sgd) : sgd_step(m, sgd, c, cb);
    if (rc != TRI_OK)
        return rc;
    part_gradients(m);
    for (size_t i = 0; i < m->net->layers; i++) {
        struct tri_layer *l = &m->layer[i];

        if (!trains(l->spec))
            continue;
        e->ops->sub(e, &l->w, &l->w, &l->dw);
        if (l->b.n > 0)
            e->ops->sub(e, &l->b, &l->b, &l->db);
    }
    trace(m, TRI_PASS_UPDATE, TRI_MAX_LAYERS);
    return TRI_OK;
}
