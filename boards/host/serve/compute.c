#include "boards/host/serve/compute.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/serve/query.h"
#include "boards/host/serve/talk.h"
#include "boards/host/serve/together.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/host/secret.h"

/* ---- models in place ----------------------------------------------------- */

/* It is there: this was seen before the request was taken. */
static const struct tri_share *model(const struct tri_compute *c,
                                     const struct tri_ask *a)
{
    return &tri_store_find(c->store, a->model, TRI_SHARE_MODEL)->share;
}

/* *refused: what all three find wrong with it; the mesh lives on. */
static int load(struct tri_compute *c, struct tri_resident *r,
                const struct tri_ask *a, uint32_t batch, int *refused,
                struct tri_why *why)
{
    const struct tri_share *const share = model(c, a);
    int rc;

    if (r->batch > 0)
        tri_resident_close(r);
    *refused = tri_resident_prepare(r, c->s, c->o, share, a->model, batch,
                                    (enum tri_scores)a->scores, why);
    rc = tri_all_could(c->s->link, refused, why);
    if (rc == TRI_OK && *refused == TRI_OK)
        rc = tri_share_agree(c->s->link, c->o->kind, a->model, share, refused,
                             why);
    if (rc == TRI_OK && *refused == TRI_OK)
        rc = tri_resident_start(r, c->s, c->o, share, why);
    c->proving = r->s.proving;
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
    const struct tri_job *const j = m->job[query_of(m->job, &i)];

    tri_query_sample(part, &j->ask, j->body, m->c->s->id, i, m->c->s->cx.k);
}

/* The results of n images go to the answers of their queries. */
static void put(struct tri_job *const *job, uint8_t *const *block, uint32_t n,
                uint32_t classes, uint64_t *const part[2])
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = i;
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
    const uint32_t classes = model(c, &job[0]->ask)->net.classes;
    uint64_t *const part[2] = { buf, buf + (size_t)TRI_QUEUE_IMAGES * classes };
    struct images m = { c, job };
    struct tri_resident *r;
    uint32_t total = 0;
    int rc;

    for (size_t j = 0; j < n; j++)
        total += job[j]->ask.count;
    rc = find(c, &job[0]->ask, total, &r, refused, why);
    if (rc != TRI_OK || *refused != TRI_OK)
        return rc;
    rc = tri_resident_ask(r, total, image, &m, part);
    c->proving = r->s.proving;
    if (rc != TRI_OK)
        return tri_why(why, rc, "%s",
                       c->s->link->error[0] != '\0' ? c->s->link->error
                                                    : tri_strerror(rc));
    put(job, block, total, classes, part);
    return rc;
}

int tri_compute(struct tri_compute *c, struct tri_job *const job[], size_t n,
                struct tri_why *why)
{
    const uint32_t classes = model(c, &job[0]->ask)->net.classes;
    const size_t words = (size_t)2 * TRI_QUEUE_IMAGES * classes;
    uint64_t *const buf = tri_secret_alloc(words * sizeof *buf);
    uint8_t *block[TRI_QUEUE_BATCH] = { NULL };
    int rc,
        refused = buf != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    for (size_t j = 0; j < n; j++) {
        block[j] = tri_talk_block(
            (size_t)tri_answer_bytes(job[j]->ask.count, classes));
        if (block[j] == NULL)
            refused = tri_why(why, TRI_E_NOMEM, "no memory");
    }
    rc = tri_all_could(c->s->link, &refused, why);
    if (rc == TRI_OK && refused == TRI_OK)
        rc = ask(c, job, n, block, buf, &refused, why);
    for (size_t j = 0; j < n; j++) {
        if (rc == TRI_OK && refused == TRI_OK) {
            tri_answer_print(block[j] + TRI_MESSAGE_HEAD, job[j]->id,
                             job[j]->ask.count, classes);
            tri_queue_answer(c->q, job[j], block[j],
                             tri_answer_bytes(job[j]->ask.count, classes));
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
