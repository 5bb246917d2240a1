#include "boards/host/serve/compute.h"
#include <stdlib.h>
#include <string.h>
#include "boards/common/agree.h"
#include "boards/host/serve/query.h"
#include "boards/host/serve/talk.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/host/secret.h"

/* ---- models in place ----------------------------------------------------- */

/* Could all three? 1 byte from each to both others. */
static int all_could(struct tri_link *l, int mine, int *all,
                     struct tri_why *why)
{
    uint8_t said[TRI_PARTIES] = { 0 };
    int rc;

    said[l->id] = mine == TRI_OK;
    rc = tri_exchange(l, said, 1);
    *all = rc == TRI_OK && said[0] == 1 && said[1] == 1 && said[2] == 1;
    return rc == TRI_OK ? rc : tri_why(why, rc, "%s", l->error);
}

/* Do the three files of a model belong together? TRI_E_MISMATCH if not. */
static int agree(struct tri_compute *c, const struct tri_share *share,
                 struct tri_why *why)
{
    struct tri_at_hand *const file = calloc(TRI_FILES, sizeof *file);
    struct tri_heads *const heads = calloc(TRI_FILES, sizeof *heads);
    uint8_t digest[TRI_HASH_BYTES];
    int rc = TRI_E_NOMEM;

    if (file != NULL && heads != NULL) {
        file[TRI_FILE_MODEL].n = 1;
        file[TRI_FILE_MODEL].file[0] =
            (struct tri_named_head){ share->path, &share->head };
        rc = tri_agree(c->s->link, c->o->kind, file, heads, digest, why);
    }
    free(file);
    free(heads);
    return rc;
}

/* *refused: what all three find wrong with it; the mesh lives on. */
static int load(struct tri_compute *c, struct tri_resident *r,
                const struct tri_ask *a, uint32_t batch, int *refused,
                struct tri_why *why)
{
    const struct tri_share *const share = tri_models_find(c->models, a->model);
    struct tri_run_options o = *c->o;
    int rc, all;

    o.frac = share->head.fb;
    if (r->batch > 0)
        tri_resident_close(r);
    *refused = tri_resident_prepare(r, c->s, &o, share, a->model, batch,
                                    (enum tri_scores)a->scores, why);
    rc = all_could(c->s->link, *refused, &all, why);
    if (rc == TRI_OK && !all && *refused == TRI_OK)
        *refused = tri_why(why, TRI_E_IO,
                           "another party cannot load model %s; its output "
                           "says why",
                           a->model);
    if (rc == TRI_OK && all) {
        rc = agree(c, share, why);
        if (rc == TRI_E_MISMATCH && c->s->link->dead == TRI_OK) {
            *refused = rc;
            rc = TRI_OK;
        }
    }
    if (rc == TRI_OK && *refused == TRI_OK)
        rc = tri_resident_start(r, c->s, &o, share, why);
    if (rc != TRI_OK || *refused != TRI_OK)
        tri_resident_close(r);
    return rc;
}

/* The network for `n` images of the query, or NULL. */
static int find(struct tri_compute *c, const struct tri_ask *a, uint32_t n,
                struct tri_resident **out, int *refused, struct tri_why *why)
{
    struct tri_resident *oldest = &c->resident[0];
    const uint32_t batch = tri_queue_rows(n);
    int rc;

    *refused = TRI_OK;
    for (int i = 0; i < TRI_RESIDENTS; i++) {
        struct tri_resident *const r = &c->resident[i];

        if (r->batch == batch && strcmp(r->name, a->model) == 0 &&
            (uint32_t)r->scores == a->scores) {
            r->used = ++c->count;
            *out = r;
            return TRI_OK;
        }
        if (r->used < oldest->used)
            oldest = r;
    }
    rc = load(c, oldest, a, batch, refused, why);
    oldest->used = ++c->count;
    *out = oldest;
    return rc;
}

/* ---- queries ------------------------------------------------------------- */

/* The images of several queries, one after the other. */
struct images {
    const struct tri_compute *c;
    struct tri_job *const *job;
    uint32_t from;
};

/* The query that image i belongs to; *i becomes its number there. */
static size_t query_of(struct tri_job *const *job, uint32_t *i)
{
    size_t j = 0;

    for (; *i >= job[j]->ask.count; j++)
        *i -= job[j]->ask.count;
    return j;
}

static void image(void *self, uint32_t i, uint64_t *const part[2])
{
    const struct images *const m = self;
    uint32_t at = m->from + i;
    const struct tri_job *const j = m->job[query_of(m->job, &at)];

    tri_query_sample(part, &j->ask, j->body, m->c->s->id, at, m->c->s->cx.k);
}

/* The results of n images from `from` on go to the answers of their queries. */
static void put(struct tri_job *const *job, uint8_t *const *block,
                uint32_t from, uint32_t n, uint32_t classes,
                uint64_t *const part[2])
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = from + i;
        const size_t j = query_of(job, &at);
        const size_t all = (size_t)job[j]->ask.count * classes;
        uint8_t *const out = block[j] + TRI_MESSAGE_HEAD + TRI_ANSWER_HEAD;

        for (size_t c = 0; c < 2; c++)
            for (size_t k = 0; k < classes; k++)
                tri_le_store64(out + 8 * (c * all + (size_t)at * classes + k),
                               part[c][(size_t)i * classes + k]);
    }
}

static int ask(struct tri_compute *c, struct tri_job *const *job, size_t n,
               uint8_t **block, uint64_t *buf, int *refused,
               struct tri_why *why)
{
    const uint32_t classes =
        tri_models_find(c->models, job[0]->ask.model)->net.classes;
    uint64_t *const part[2] = { buf, buf + (size_t)TRI_QUEUE_IMAGES * classes };
    uint32_t total = 0;
    int rc = TRI_OK;

    for (size_t j = 0; j < n; j++)
        total += job[j]->ask.count;
    for (uint32_t at = 0, len; rc == TRI_OK && *refused == TRI_OK && at < total;
         at += len) {
        struct images m = { c, job, at };
        struct tri_resident *r;

        len = total - at < TRI_QUEUE_IMAGES ? total - at : TRI_QUEUE_IMAGES;
        rc = find(c, &job[0]->ask, len, &r, refused, why);
        if (rc != TRI_OK || *refused != TRI_OK)
            break;
        rc = tri_resident_ask(r, len, image, &m, part);
        if (rc == TRI_OK)
            put(job, block, at, len, classes, part);
        else
            (void)tri_why(why, rc, "%s",
                          c->s->link->error[0] != '\0' ? c->s->link->error
                                                       : tri_strerror(rc));
    }
    return rc;
}

static uint64_t answer_bytes(const struct tri_job *j, uint32_t classes)
{
    return TRI_ANSWER_HEAD + 16ull * j->ask.count * classes;
}

int tri_compute(struct tri_compute *c, struct tri_job *const job[], size_t n,
                struct tri_why *why)
{
    const uint32_t classes =
        tri_models_find(c->models, job[0]->ask.model)->net.classes;
    const size_t words = (size_t)2 * TRI_QUEUE_IMAGES * classes;
    uint64_t *const buf = tri_secret_alloc(words * sizeof *buf);
    uint8_t *block[TRI_QUEUE_BATCH] = { NULL };
    int rc, all, refused = buf != NULL ? TRI_OK : TRI_E_NOMEM;

    for (size_t j = 0; j < n; j++) {
        block[j] = tri_talk_block((size_t)answer_bytes(job[j], classes));
        if (block[j] == NULL)
            refused = TRI_E_NOMEM;
    }
    rc = all_could(c->s->link, refused, &all, why);
    if (rc == TRI_OK && !all)
        refused = tri_why(why, TRI_E_NOMEM, "a party has no memory for this");
    if (rc == TRI_OK && refused == TRI_OK)
        rc = ask(c, job, n, block, buf, &refused, why);
    for (size_t j = 0; j < n; j++) {
        if (rc == TRI_OK && refused == TRI_OK) {
            tri_answer_print(block[j] + TRI_MESSAGE_HEAD, job[j]->id,
                             job[j]->ask.count, classes);
            tri_queue_answer(c->q, job[j], block[j],
                             answer_bytes(job[j], classes), job[j]->ask.count);
        } else {
            tri_secret_free(block[j]);
            tri_queue_refuse(c->q, job[j], rc != TRI_OK ? rc : refused,
                             why->text);
        }
    }
    tri_secret_free(buf);
    if (rc == TRI_OK && refused != TRI_OK)
        *why = (struct tri_why){ "" };
    return rc;
}

void tri_compute_end(struct tri_compute *c)
{
    for (int i = 0; i < TRI_RESIDENTS; i++)
        if (c->resident[i].batch > 0)
            tri_resident_close(&c->resident[i]);
}
