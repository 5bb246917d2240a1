#include "core/err.h"
#include "proto/nn/layer.h"

/* Every loss ends in "something - label", the label lifted from scale 0 to f:
 * the gradient of one sample, not divided by the batch. */
int tri_loss_gradient(struct tri_model *m, struct tri_ten *dout)
{
    struct tri_engine *e = m->e;
    struct tri_ten *logits = tri_model_logits(m);
    const struct tri_ten *p = &m->prob;
    const int f = (int)e->s->f;
    int rc = TRI_OK;

    m->prob.fb = f;
    switch (m->net->loss) {
    case TRI_LOSS_SOFTMAX:
        rc = tri_softmax(e, &m->prob, logits);
        break;
    case TRI_LOSS_ASM:
        rc = tri_asm(e, &m->prob, logits);
        break;
    case TRI_LOSS_MSE:
        p = logits;
        break;
    }
    if (rc != TRI_OK)
        return rc;
    e->ops->scale(e, dout, &m->label, (int64_t)1 << f, f);
    e->ops->sub(e, dout, p, dout);
    return TRI_OK;
}

int tri_model_correct(struct tri_model *m, struct tri_ten *count)
{
    struct tri_engine *e = m->e;
    struct tri_ten *logits = tri_model_logits(m);
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const struct tri_bilin dot = {
        .kind = TRI_BILIN_MATMUL, .m = 1, .n = 1, .k = logits->n
    };
    struct tri_ten hot;
    int rc;

    if (count->n != 1)
        return TRI_E_ARG;
    rc = tri_ten_alloc(e, &hot, logits->shape, 0, 0);
    if (rc == TRI_OK)
        rc = tri_argmax(e, &hot, logits);
    if (rc == TRI_OK)
        rc = e->ops->bilin(e, &dot, count, &hot, &m->label);
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}
