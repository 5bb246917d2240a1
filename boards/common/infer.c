#include "boards/common/infer.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/argmax.h"

static int load(struct tri_infer *q)
{
    struct tri_model *const m = q->m;
    uint64_t at = 0;
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < q->net->layers; i++) {
        struct tri_ten *part[3];
        const size_t n = tri_layer_state(&m->layer[i], part);

        for (size_t j = 0; rc == TRI_OK && j < n; j++)
            rc = tri_sharemem_tensor(q->model, m->e, part[j], &at);
    }
    return rc;
}

/* Rows n.. of the input become 0. */
static int clear(struct tri_engine *e, struct tri_ten *t, size_t from)
{
    static double zeros[256]; /* no constant: those are in an image */
    int rc = TRI_OK;

    for (size_t n; rc == TRI_OK && from < t->n; from += n) {
        struct tri_ten part;

        n = t->n - from < 256 ? t->n - from : 256;
        part = tri_ten_slice(e, t, from, n);
        rc = e->ops->constant(e, &part, zeros);
    }
    tri_ten_changed(t);
    return rc;
}

/* Images first..first+n-1 to the input. */
static int fetch(struct tri_infer *q, uint32_t first, uint32_t n)
{
    struct tri_ten *const in = &q->m->in;
    int rc = TRI_OK;

    if (q->m->e->holds == 0)
        return TRI_OK;
    for (uint32_t i = 0; rc == TRI_OK && i < n; i++)
        rc = tri_sharemem_image(q->data, q->m->e, first + i, in, i);
    return rc == TRI_OK ? clear(q->m->e, in, n * (in->n / q->m->batch)) : rc;
}

static void layer(void *self, enum tri_pass pass, size_t number)
{
    const struct tri_infer *const q = self;

    (void)pass;
    (void)number;
    q->alive();
}

static int classify(struct tri_infer *q, struct tri_engine *e)
{
    const uint32_t classes = q->net->classes, batch = q->m->batch;
    struct tri_ten hot;
    int rc = tri_ten_alloc(e, &hot, tri_shape2(batch, classes), 0, 0);

    if (rc == TRI_OK)
        tri_engine_name(e, q->head.pair, sizeof q->head.pair);
    for (uint32_t at = 0; rc == TRI_OK && at < q->count; at += batch) {
        const uint32_t n = q->count - at < batch ? q->count - at : batch;
        tri_ring *part[2] = { NULL, NULL };

        for (unsigned c = 0; !e->s->dry && c < e->holds; c++)
            part[c] = q->result[c] + (size_t)at * classes;
        rc = fetch(q, at, n);
        if (rc == TRI_OK)
            rc = tri_model_forward(q->m);
        if (rc == TRI_OK)
            rc = tri_argmax(e, &hot, tri_model_logits(q->m));
        if (rc == TRI_OK)
            rc = tri_export(e, &hot, 0, (size_t)n * classes, part);
    }
    return rc;
}

int tri_infer(struct tri_infer *q, struct tri_session *s)
{
    const size_t words = (size_t)q->count * q->net->classes;
    struct tri_engine e;
    int rc = tri_engine_start(&e, q->kind, s, q->config);

    if (rc != TRI_OK)
        return rc;
    q->head =
        (struct tri_share_head){ .sharing = q->kind->holds[2] > 0
                                                ? TRI_SHARING_REPLICATED
                                                : TRI_SHARING_ADDITIVE,
                                 .kind = TRI_SHARE_RESULT,
                                 .party = s->id,
                                 .fb = e.f,
                                 .count = q->count,
                                 .classes = q->net->classes,
                                 .content = (uint64_t)8 * e.holds * words };
    for (unsigned c = 0; rc == TRI_OK && c < e.holds; c++)
        rc = tri_arena_alloc(s->cx.arena, &q->result[c], words,
                             sizeof *q->result[c]);
    if (rc == TRI_OK)
        rc = tri_model_build(q->m, &e, q->net,
                             q->batch < q->count ? q->batch : q->count, 0, 0);
    q->m->trace = layer;
    q->m->trace_self = q;
    if (rc == TRI_OK)
        rc = load(q);
    if (rc == TRI_OK)
        rc = classify(q, &e);
    if (rc == TRI_OK && s->link != NULL)
        rc = tri_flush(s->link);
    tri_engine_end(&e);
    return rc;
}
