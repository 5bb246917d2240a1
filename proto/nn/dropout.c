#include "proto/nn/dropout.h"
#include "core/err.h"
#include "core/le.h"
#include "proto/nn/layer.h"

static void copy(struct tri_engine *e, struct tri_ten *z,
                 const struct tri_ten *x, size_t at, size_t n)
{
    const struct tri_copy run = {
        .dim = { 1, 1, 1, n },
        .zoff = at,
        .zstep = { 0, 0, 0, 1 },
        .xoff = at,
        .xstep = { 0, 0, 0, 1 },
    };

    if (n > 0)
        e->ops->copy(e, z, x, &run);
}

/* z = x where the coins say so, run by run. */
static void keep(struct tri_engine *e, struct tri_ten *z,
                 const struct tri_ten *x, const struct tri_layer *l)
{
    const uint32_t below = l->spec->ratio * 65536 / 10000;
    uint8_t key[32] = "trinn dropout";
    uint8_t coin[2 * 256];
    struct tri_prg g;
    struct tri_stream s;
    size_t start = 0; /* of the run that is open */

    tri_le_store32(key + 16, l->step->number);
    tri_le_store32(key + 20, (uint32_t)l->number);
    tri_le_store64(key + 24, l->step->seed);
    tri_prg_init(&g, e->s->cx.k, key, TRI_PRG_CHACHA20);
    tri_stream_open(&s, &g, tri_prg_next(&g), 0);
    for (size_t i = 0; i < x->n; i++) {
        if (i % 256 == 0)
            tri_stream_read(&s, coin, sizeof coin);
        if (coin[i % 256 * 2] + 256u * coin[i % 256 * 2 + 1] < below) {
            copy(e, z, x, start, i - start);
            start = i + 1;
        }
    }
    copy(e, z, x, start, x->n - start);
    tri_prg_wipe(&g);
}

static int drop(struct tri_engine *e, struct tri_ten *z,
                const struct tri_ten *x, const struct tri_layer *l)
{
    const int fb = x->fb;
    int64_t c;
    int cb, rc;

    z->fb = fb;
    if (l->step->number == 0) {
        copy(e, z, x, 0, x->n);
        return TRI_OK;
    }
    rc = tri_rational(1 / (1 - (double)l->spec->ratio / 10000), &c, &cb);
    if (rc == TRI_OK)
        rc = tri_ten_zero(e, z);
    if (rc != TRI_OK)
        return rc;
    if (!e->s->dry)
        keep(e, z, x, l);
    e->ops->scale(e, z, z, c, cb);
    return tri_rescale(e, z, fb);
}

static int forward(struct tri_engine *e, struct tri_layer *l)
{
    return drop(e, &l->out, l->in, l);
}

static int backward(struct tri_engine *e, struct tri_layer *l)
{
    return drop(e, l->din, &l->dout, l);
}

const struct tri_layer_kind tri_layer_dropout = {
    .name = "dropout",
    .form = "dropout PART, such as dropout 0.5",
    .parse = tri_item_ratio,
    .text = tri_item_ratio_text,
    .forward = forward,
    .backward = backward,
};
