#include "boards/host/trial/clear.h"
#include <stdlib.h>
#include "boards/host/formats/weightfile.h"
#include "boards/host/trial/alone.h"
#include "boards/host/trial/setdata.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/ring.h"
#include "proto/plain/ranges.h"

/* Trained floats pass through fixed point of so many bits: F32 keeps all of
 * its 24 bits from 2^-17 on, and what is smaller is off by 2^-41. */
enum { FLOAT_BITS = 40 };

/* What the callbacks of a run work on. */
struct tri_start {
    const struct tri_clear_job *j;
    struct tri_why *why;
    struct tri_place place[TRI_MAX_LAYERS];
    size_t places;
    struct tri_weightfile in; /* n 0: none */
    struct tri_params of[TRI_MAX_LAYERS];
    const char *from, *file; /* read, written */
    struct tri_results *r;
    struct tri_clear clear;
};

static struct tri_run run_of(const struct tri_clear_job *j, enum tri_task task,
                             const struct tri_clear *clear,
                             const struct tri_data *data)
{
    struct tri_run r = {
        .task = task, .o = j->o, .engine = j->o->kind, .clear = clear
    };

    tri_progress_start(&r.progress, "", 0);
    if (task == TRI_TASK_TRAIN)
        r.train = data;
    else
        r.test = data;
    return r;
}

/* ---- training --------------------------------------------------------------
 */

/* The n elements of t as words of fb bits. */
static int encode(uint64_t *word, struct tri_engine *e, const struct tri_ten *t,
                  int fb)
{
    double v[256];
    int rc = TRI_OK;

    for (size_t at = 0, n; rc == TRI_OK && at < t->n; at += n) {
        struct tri_ten part;

        n = t->n - at < 256 ? t->n - at : 256;
        part = tri_ten_slice(e, t, at, n);
        rc = tri_open(e, v, &part, TRI_OPEN_ALL);
        for (size_t i = 0; rc == TRI_OK && i < n; i++)
            rc = tri_fixed_encode(&word[at + i], v[i], fb);
    }
    return rc;
}

static int save(void *self, struct tri_model *m)
{
    const struct tri_start *const s = self;
    const unsigned fb = m->e->elem == sizeof(float) ? FLOAT_BITS : m->e->f;
    const size_t n = tri_places_words(s->place, s->places);
    uint64_t *const word = malloc(8 * n);
    int rc = TRI_OK;

    if (word == NULL)
        return tri_why(s->why, TRI_E_NOMEM, "no memory for %zu weights", n);
    for (size_t p = 0; rc == TRI_OK && p < s->places; p++) {
        const struct tri_layer *const l = &m->layer[s->place[p].layer - 1];
        uint64_t *const w = word + s->place[p].first;

        rc = encode(w, m->e, &l->w, (int)fb);
        if (rc == TRI_OK)
            rc = encode(w + l->w.n, m->e, &l->b, (int)fb);
        if (rc == TRI_OK)
            rc = encode(w + l->w.n + l->b.n, m->e, &l->kept, (int)fb);
        if (rc != TRI_OK)
            tri_why(s->why, rc,
                    "the training left its range: layer %zu has a weight that "
                    "is no number or too large; give a smaller --rate",
                    s->place[p].layer);
    }
    if (rc == TRI_OK)
        rc = tri_weightfile_write(s->file, m->net, s->j->layout, word, fb,
                                  s->why);
    tri_wipe(word, 8 * n);
    free(word);
    return rc;
}

/* ---- models in files --------------------------------------------------------
 */

/* m numbers of an array as public constants, from number `first` of t on;
 * `source` finds them. */
static int fill(struct tri_engine *e, struct tri_ten *t, size_t first, size_t m,
                const struct tri_array *a, const struct tri_place *p,
                size_t (*source)(const struct tri_place *p, size_t i))
{
    double v[256];
    int rc = TRI_OK;

    for (size_t at = 0, n; rc == TRI_OK && at < m; at += n) {
        struct tri_ten part;

        n = m - at < 256 ? m - at : 256;
        part = tri_ten_slice(e, t, first + at, n);
        for (size_t i = 0; i < n; i++)
            v[i] = tri_array_get(a, source(p, at + i));
        rc = e->ops->constant(e, &part, v);
    }
    tri_ten_changed(t);
    return rc;
}

/* The words are made to see that all numbers fit the run's scale. */
static int load(void *self, struct tri_model *m)
{
    const struct tri_start *const s = self;
    const size_t n = tri_places_words(s->place, s->places);
    uint64_t *const word = malloc(8 * n);
    int rc;

    if (word == NULL)
        return tri_why(s->why, TRI_E_NOMEM, "no memory for %zu weights", n);
    rc = tri_weights_encode(word, s->place, s->places, s->of, m->e->f, s->from,
                            s->why);
    tri_wipe(word, 8 * n);
    free(word);
    for (size_t p = 0; rc == TRI_OK && p < s->places; p++) {
        struct tri_layer *const l = &m->layer[s->place[p].layer - 1];
        const struct tri_params *const of = &s->of[p];
        const size_t half = l->kept.n / 2;

        rc = fill(m->e, &l->w, 0, l->w.n, of->weight, &s->place[p],
                  tri_place_source);
        if (rc == TRI_OK && l->b.n > 0)
            rc = fill(m->e, &l->b, 0, l->b.n, of->bias, &s->place[p],
                      tri_place_vector);
        for (size_t i = 0; rc == TRI_OK && half > 0 && i < 2; i++)
            rc = fill(m->e, &l->kept, i * half, half,
                      i == 0 ? of->mean : of->variance, &s->place[p],
                      tri_place_vector);
    }
    return rc;
}

int tri_start_open(struct tri_start **start, const struct tri_clear_job *j,
                   const char *model, const char *layers, struct tri_why *why)
{
    struct tri_start *const s = *start = calloc(1, sizeof *s);
    int rc;

    if (s == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    s->j = j;
    s->why = why;
    s->from = model;
    s->clear.self = s;
    s->places = tri_places(s->place, &j->o->net, j->layout);
    if (model == NULL)
        return TRI_OK;
    s->clear.load = load;
    rc = tri_weightfile_open(&s->in, model, why);
    if (rc == TRI_OK)
        rc = tri_weights_match(s->of, s->place, s->places, s->in.t, s->in.n,
                               layers, model, why);
    for (size_t i = 0; rc == TRI_OK && i < s->places; i++)
        tri_weights_say(stderr, &s->place[i], s->of[i].weight->name);
    return rc;
}

const struct tri_clear *tri_start_clear(const struct tri_start *s)
{
    return s != NULL ? &s->clear : NULL;
}

void tri_start_close(struct tri_start *s)
{
    if (s != NULL)
        tri_weightfile_close(&s->in);
    free(s);
}

int tri_clear_train(const struct tri_clear_job *j, const char *model,
                    const char *layers, const struct tri_dataset *set,
                    const char *model_out, struct tri_why *why)
{
    struct tri_start *s;
    struct tri_setdata data;
    struct tri_outcome out;
    struct tri_run r;
    int rc = tri_start_open(&s, j, model, layers, why);

    if (rc == TRI_OK) {
        s->file = model_out;
        s->clear.save = save;
        tri_setdata(&data, set, why);
        r = run_of(j, TRI_TASK_TRAIN, &s->clear, &data.data);
        rc = tri_alone_run(&r, j->threads, &out, why);
    }
    tri_start_close(s);
    return rc;
}

/* ---- classification --------------------------------------------------------
 */

static int result(void *self, const double *score, uint32_t first, uint32_t n)
{
    struct tri_results *const r = ((struct tri_start *)self)->r;

    memcpy(r->score + (size_t)first * r->classes, score,
           sizeof *score * n * r->classes);
    return TRI_OK;
}

int tri_clear_infer(const struct tri_clear_job *j, const char *model,
                    const char *layers, const struct tri_dataset *set,
                    enum tri_scores scores, struct tri_results *r,
                    struct tri_why *why)
{
    struct tri_start *s;
    struct tri_setdata data;
    struct tri_outcome out;
    struct tri_run run;
    int rc = tri_start_open(&s, j, model, layers, why);

    *r = (struct tri_results){ 0 };
    if (rc == TRI_OK)
        rc = tri_results_alloc(r, set->count, j->o->net.classes, 1, why);
    if (rc != TRI_OK)
        goto end;
    s->r = r;
    s->clear.result = result;
    tri_setdata(&data, set, why);
    run = run_of(j, TRI_TASK_INFER, &s->clear, &data.data);
    if (j->ranges != NULL) {
        *j->ranges = (struct tri_ranges){ 0 };
        run.engine = &tri_engine_ranges;
        run.ranges = j->ranges;
    }
    run.scores = scores == TRI_SCORES_NONE ? TRI_SCORES_LOGITS : scores;
    rc = tri_alone_run(&run, j->threads, &out, why);
    if (rc == TRI_OK)
        tri_results_rank(r);
end:
    tri_start_close(s);
    return rc;
}
