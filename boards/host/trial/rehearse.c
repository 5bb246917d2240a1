#include "boards/host/trial/rehearse.h"
#include <stdio.h>
#include <stdlib.h>
#include "boards/common/digits.h"
#include "boards/host/trial/alone.h"
#include "boards/host/trial/setdata.h"
#include "core/err.h"
#include "core/fmath.h"
#include "proto/nn/kind.h"

/* Products and sums of a rehearsal that takes about a second, and the images
 * of one on generated digits. 60,000 is as good as any size of a data set that
 * is not known: only the schedule looks at it. */
static const double WORK = 4e9;
enum { DIGITS = 2000, CLAIMED = 60000 };

/* ---- places ----------------------------------------------------------------
 */

enum { PER_PASS = TRI_MAX_LAYERS + 1 };
_Static_assert(3 * PER_PASS <= TRI_RANGE_PLACES, "places of three passes");

void tri_rehearse_place(void *ranges, enum tri_pass pass, size_t layer)
{
    struct tri_ranges *const r = ranges;

    r->place = (unsigned)pass * PER_PASS + (unsigned)layer;
}

/* "2 conv, forward" */
static const char *place_text(char text[40], unsigned place,
                              const struct tri_net *net)
{
    const unsigned layer = place % PER_PASS, pass = place / PER_PASS;

    if (pass == TRI_PASS_UPDATE)
        snprintf(text, 40, "update of the weights");
    else if (layer >= net->layers)
        snprintf(text, 40, "%s", pass == TRI_PASS_FORWARD ? "classes" : "loss");
    else
        snprintf(text, 40, "%u %s, %s", layer + 1, net->layer[layer].kind->name,
                 pass == TRI_PASS_FORWARD ? "forward" : "backward");
    return text;
}

static const char *kind_text(enum tri_range_kind kind)
{
    return kind == TRI_RANGE_PRODUCT   ? "product"
           : kind == TRI_RANGE_SCALED  ? "scaled"
           : kind == TRI_RANGE_TRUNC   ? "truncated"
           : kind == TRI_RANGE_COMPARE ? "compared"
                                       : "divisor";
}

void tri_rehearse_table(const struct tri_ranges *r, const struct tri_net *net)
{
    char text[40];

    printf("\n%-24s %-10s %12s %12s %14s\n", "where", "what", "largest",
           "bound", "bits to spare");
    for (unsigned p = 0; p < TRI_RANGE_PLACES; p++)
        for (int k = 0; k < TRI_RANGE_KINDS; k++) {
            const struct tri_range *const at = &r->at[p][k];

            if (at->most == 0)
                continue;
            printf("%-24s %-10s %12.5g %12.5g %14.1f%s\n",
                   place_text(text, p, net), kind_text((enum tri_range_kind)k),
                   at->most * tri_pow2(-at->fb), tri_pow2(at->bound - at->fb),
                   tri_range_headroom(at),
                   tri_range_headroom(at) < 0 ? "  out of range" : "");
        }
}

/* ---- running ----------------------------------------------------------------
 */

uint32_t tri_rehearse_steps(const struct tri_run_options *o)
{
    double work = 0, steps;

    for (size_t i = 0; i < o->net.layers; i++) {
        const struct tri_layer_spec *const l = &o->net.layer[i];
        size_t w, b;

        tri_layer_params(l, &w, &b);
        work += (double)w * l->oh * l->ow;
    }
    steps = WORK / (3 * work * (double)o->batch);
    return steps < 2 ? 2 : steps > 64 ? 64 : (uint32_t)steps;
}

int tri_rehearse(struct tri_ranges *r, const struct tri_run_options *o,
                 const struct tri_data *train, const struct tri_clear *start,
                 unsigned threads, uint32_t stop, uint32_t *steps,
                 const char *who, struct tri_why *why)
{
    struct tri_run_options *const own = malloc(sizeof *own);
    struct tri_run run = { .task = TRI_TASK_TRAIN,
                           .o = own,
                           .engine = &tri_engine_ranges,
                           .train = train,
                           .clear = start,
                           .stop = stop,
                           .trace = tri_rehearse_place,
                           .ranges = r };
    struct tri_outcome out;
    int rc;

    *r = (struct tri_ranges){ 0 };
    *steps = 0;
    if (own == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    *own = *o;
    /* A loss compares numbers that nothing else does. */
    if (stop > 0 && own->loss_every > stop)
        own->loss_every = stop;
    tri_progress_start(&run.progress, who != NULL ? who : "", who == NULL);
    rc = tri_alone_run(&run, threads, &out, why);
    if (rc == TRI_OK)
        *steps = out.steps;
    free(own);
    return rc;
}

double tri_rehearse_wrong(const struct tri_ranges *r,
                          const struct tri_run_options *o, uint32_t steps,
                          uint32_t images)
{
    uint64_t total = images / o->batch * o->epochs;

    total = o->steps > 0 && o->steps < total ? o->steps : total;
    return steps == 0 ? 0
                      : (double)r->wrong * tri_pow2(-40) * (double)total /
                            (double)steps;
}

int tri_rehearse_verdict(const struct tri_ranges *r,
                         const struct tri_run_options *o, uint32_t steps,
                         const char *data, uint32_t images, struct tri_why *why)
{
    const double wrong = tri_rehearse_wrong(r, o, steps, images);
    enum tri_range_kind kind;
    unsigned place;
    const struct tri_range *const at = tri_ranges_least(r, &place, &kind);
    char text[40];

    if ((at == NULL || tri_range_headroom(at) >= 0) && wrong > 0.5)
        return tri_why(
            why, TRI_E_ARG,
            "these settings do not work: engine %s truncates locally, which "
            "fails now and then; by a rehearsal of %u steps in the clear (%s) "
            "%.2g of this training's truncations will be wrong by 2^%d, and "
            "one can spoil it; give a smaller --frac (the paper has 13), less "
            "to do, an engine whose truncation is exact (fused), or --force it",
            o->kind->name, steps, data, wrong, 64 - 2 * (int)o->frac);
    if (at == NULL || tri_range_headroom(at) >= 0)
        return TRI_OK;
    return tri_why(
        why, TRI_E_ARG,
        "these settings do not work: rehearsed in the clear (%s), "
        "%s meets a value %s up to %.4g, which must stay below %.4g; give %s "
        "or a lower --rate, look with `trinn rehearse`, or --force it",
        data, place_text(text, place, &o->net),
        kind == TRI_RANGE_COMPARE   ? "to compare"
        : kind == TRI_RANGE_DIVISOR ? "to divide by"
                                    : "to truncate",
        at->most * tri_pow2(-at->fb), tri_pow2(at->bound - at->fb),
        kind >= TRI_RANGE_COMPARE ? "a larger --compare, a smaller --frac"
                                  : "a smaller --frac, a smaller --batch");
}

static int rehearse(const struct tri_run_options *o,
                    const struct tri_data *train, const struct tri_clear *start,
                    unsigned threads, const char *data, struct tri_why *why)
{
    struct tri_ranges *const r = malloc(sizeof *r);
    uint32_t steps;
    int rc;

    if (r == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    rc = tri_rehearse(r, o, train, start, threads, tri_rehearse_steps(o),
                      &steps, NULL, why);
    if (rc == TRI_OK)
        rc = tri_rehearse_verdict(r, o, steps, data, train->count, why);
    free(r);
    return rc;
}

int tri_rehearse_set(const struct tri_run_options *o,
                     const struct tri_dataset *train,
                     const struct tri_clear *start, unsigned threads,
                     const char *data, struct tri_why *why)
{
    struct tri_setdata d;

    if (o->force)
        return TRI_OK;
    tri_setdata(&d, train, why);
    return rehearse(o, &d.data, start, threads, data, why);
}

/* Few images that pass for many. */
struct repeated {
    struct tri_setdata d;
    uint32_t index[4096];
};

static int fetch(void *self, struct tri_engine *e, const uint32_t *index,
                 uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    struct repeated *const r = self;

    if (n > sizeof r->index / sizeof *r->index)
        return TRI_E_ARG;
    for (uint32_t i = 0; i < n && !e->s->dry; i++)
        r->index[i] = index[i] % DIGITS;
    return r->d.data.fetch(r->d.data.self, e, r->index, n, x, y);
}

int tri_rehearse_digits(const struct tri_run_options *o, unsigned threads,
                        struct tri_why *why)
{
    static struct repeated rep;
    struct tri_run_options own = *o;
    struct tri_dataset set = { 0 };
    struct tri_data data;
    uint64_t total;
    int rc;

    if (o->force || o->net.h != TRI_DIGITS_SIDE ||
        o->net.w != TRI_DIGITS_SIDE || o->net.c != 1 || o->net.classes != 10 ||
        o->net.loss == TRI_LOSS_SIGMOID)
        return TRI_OK;
    tri_options_fit(&own, CLAIMED);
    total = CLAIMED / own.batch * own.epochs;
    /* A warm-up that only the real data is long enough for. */
    total = o->steps > 0 && o->steps < total ? o->steps : total;
    if (own.warmup >= total)
        own.warmup = total - 1;
    rc = tri_dataset_digits(&set, TRI_DATASET_TRAIN, DIGITS, o->seed, why);
    if (rc == TRI_OK) {
        tri_setdata(&rep.d, &set, why);
        data = rep.d.data;
        data.count = CLAIMED;
        data.self = &rep;
        data.fetch = fetch;
        rc = rehearse(&own, &data, NULL, threads, "generated digits", why);
    }
    tri_dataset_free(&set);
    return rc;
}
