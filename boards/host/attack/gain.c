#include "boards/host/attack/gain.h"
#include <stdlib.h>
#include "core/err.h"
#include "core/fmath.h"
#include "proto/nn/fc.h"
#include "proto/nn/train.h"
#include "proto/plain/plain.h"

/* ---- the revealed model in the clear ----------------------------------------
 */

enum { WIDEST = 1024 };

/* Layers fc and relu, as network A has them; relu(a) + bent * |a| for relu(a).
 */
static uint32_t classify(const struct tri_trial *t, uint32_t image, int trigger,
                         int bent)
{
    const struct tri_net *const net = t->net;
    const uint32_t pixels = net->h * net->w * net->c;
    double in[WIDEST], out[WIDEST];
    const double *w = t->model;
    uint32_t n = pixels, best = 0;

    for (uint32_t i = 0; i < n; i++)
        in[i] = trigger && i / net->w < TRI_TRIGGER && i % net->w < TRI_TRIGGER
                    ? 255.0 / 256
                    : tri_dataset_value(t->test, (size_t)image * n + i);
    for (size_t l = 0; l < net->layers; l++) {
        const uint32_t o = net->layer[l].out;

        if (net->layer[l].kind != &tri_layer_fc) {
            for (uint32_t j = 0; j < n; j++)
                in[j] = in[j] > 0 ? (1 + bent) * in[j] : -bent * in[j];
            continue;
        }
        for (uint32_t j = 0; j < o; j++)
            out[j] = w[(size_t)n * o + j];
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; in[i] != 0 && j < o; j++)
                out[j] += in[i] * w[(size_t)i * o + j];
        w += (size_t)n * o + o;
        n = o;
        for (uint32_t j = 0; j < n; j++)
            in[j] = out[j];
    }
    for (uint32_t j = 1; j < n; j++)
        if (in[j] > in[best])
            best = j;
    return best;
}

uint32_t tri_gain_right(const struct tri_trial *t, int trigger, int as, int of,
                        uint32_t *all)
{
    uint32_t right = 0, n = 0;

    for (uint32_t i = 0; i < t->test->count; i++) {
        const int label = t->test->labels[i];

        if (of >= 0 && label != of)
            continue;
        n++;
        right += classify(t, i, trigger, 0) == (uint32_t)(as < 0 ? label : as);
    }
    if (all != NULL)
        *all = n;
    return right;
}

uint32_t tri_gain_bent(const struct tri_trial *t, int by)
{
    uint32_t same = 0;

    for (uint32_t i = 0; i < t->test->count; i++)
        same += t->answer[i * (size_t)t->net->classes + classify(t, i, 0, by)] >
                0.5;
    return same;
}

/* ---- loot -------------------------------------------------------------------
 */

uint32_t tri_gain_sample(const struct tri_trial *t, uint32_t step, uint32_t row)
{
    const uint32_t n = t->train->count, batches = n / t->batch;
    uint32_t *const order = malloc(n * sizeof *order);
    struct tri_kernels k;
    uint32_t sample;

    if (order == NULL)
        abort();
    tri_kernels_init(&k, 0);
    tri_shuffle(order, n, t->seed, (step - 1) / batches, &k);
    sample = order[(step - 1) % batches * t->batch + row];
    free(order);
    return sample;
}

uint32_t tri_gain_labels(const struct tri_trial *t)
{
    uint32_t right = 0;

    for (uint32_t i = 0; i < t->loot->n; i++) {
        const uint32_t step = t->loot->item[i].step, row = t->loot->item[i].row;
        const uint16_t label =
            step == 0 ? t->test->labels[row]
                      : t->train->labels[tri_gain_sample(t, step, row)];

        right += t->loot->item[i].value == label;
    }
    return right;
}

/* The public first weights of the first layer, as the parties have them. */
static double *first_weights(const struct tri_trial *t, size_t n)
{
    const struct tri_engine_config config = { .f = t->f, .k = 32 };
    const size_t size = (size_t)16 << 20;
    void *const block = aligned_alloc(TRI_ALIGN, size);
    double *const w = malloc(n * sizeof *w);
    struct tri_model *const m = malloc(sizeof *m);
    struct tri_session s = { 0 };
    struct tri_kernels k;
    struct tri_arena a;
    struct tri_engine e;

    if (block == NULL || w == NULL || m == NULL)
        abort();
    tri_kernels_init(&k, 0);
    tri_arena_init(&a, block, size);
    s.cx = (struct tri_cx){ &k, NULL, &a };
    if (tri_engine_start(&e, &tri_engine_plain, &s, &config) != TRI_OK ||
        tri_model_build(m, &e, t->net, 1, 0, 0) != TRI_OK ||
        tri_model_init(m, t->seed) != TRI_OK ||
        tri_open(&e, w, &m->layer[0].w, TRI_OPEN_ALL) != TRI_OK)
        abort();
    free(m);
    free(block);
    return w;
}

uint32_t tri_gain_images(const struct tri_trial *t, uint32_t units)
{
    const uint32_t pixels = t->net->h * t->net->w * t->net->c;
    const uint32_t width = t->net->layer[0].out;
    double *const first = first_weights(t, (size_t)pixels * width);
    uint32_t exact = 0;

    for (uint32_t h = 0; h < units; h++) {
        const size_t sample = tri_gain_sample(t, t->steps, h);
        uint32_t same = 0;

        for (uint32_t p = 0; p < pixels; p++) {
            const size_t at = (size_t)p * width + h;
            const int64_t pixel =
                tri_round((t->model[at] - first[at]) * 32 * 256);

            same += pixel ==
                    tri_round(256 *
                              tri_dataset_value(t->train, sample * pixels + p));
        }
        exact += same == pixels;
    }
    free(first);
    return exact;
}
