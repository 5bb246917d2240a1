#include "boards/host/serve/compute.h"
#include <stdlib.h>
#include <string.h>
#include "boards/common/agree.h"
#include "boards/host/base/report.h"
#include "boards/host/serve/query.h"
#include "boards/host/serve/room.h"
#include "boards/host/serve/talk.h"
#include "boards/host/serve/together.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/fail.h"
#include "net/host/secret.h"

/* ---- models in place ----------------------------------------------------- */

/* It is there: this was seen before the request was taken. */
static const struct tri_share *model(const struct tri_compute *c,
                                     const struct tri_ask *a)
{
    return &tri_store_find(c->store, a->model, TRI_SHARE_MODEL)->share;
}

/* What is known of it, or will be. */
static struct tri_room_needs *known_of(struct tri_compute *c,
                                       const struct tri_ask *a)
{
    const uint8_t *const id =
        tri_store_find(c->store, a->model, TRI_SHARE_MODEL)->id;
    size_t i = 0;

    while (i < c->knowns && memcmp(c->known[i].id, id, TRI_JOB_ID) != 0)
        i++;
    if (i == c->knowns) {
        i = c->knowns %= TRI_STORE_MOST; /* some have gone: all anew */
        memset(&c->known[i], 0, sizeof c->known[i]);
        memcpy(c->known[i].id, id, TRI_JOB_ID);
        c->knowns++;
    }
    return &c->known[i].needs;
}

/* *refused: what all three find wrong with it; the mesh lives on. */
static int load(struct tri_compute *c, struct tri_resident *r,
                const struct tri_ask *a, const struct tri_resident_shape *shape,
                int *refused, struct tri_why *why)
{
    const struct tri_share *const share = model(c, a);
    int rc;

    if (r->shape.batch > 0)
        tri_resident_close(r);
    *refused = tri_resident_prepare(r, c->s, c->o, share, a->model, shape, why);
    rc = tri_all_could(c->s->link, refused, why);
    if (rc == TRI_OK && *refused == TRI_OK)
        rc = tri_share_agree(c->s->link, c->o->kind, a->model, share, refused,
                             why);
    if (rc == TRI_OK && *refused == TRI_OK)
        rc = tri_resident_start(r, c->s, c->o, why);
    c->proving = r->s.proving;
    if (rc != TRI_OK || *refused != TRI_OK)
        tri_resident_close(r);
    return rc;
}

/* The one that was asked least lately, or a free one; `taken`: no free one. */
static struct tri_resident *oldest(struct tri_compute *c, int taken)
{
    struct tri_resident *first = NULL;

    for (int i = 0; i < TRI_RESIDENTS; i++) {
        struct tri_resident *const r = &c->resident[i];

        if ((!taken || r->shape.batch > 0) &&
            (first == NULL || r->used < first->used))
            first = r;
    }
    return first;
}

/* What a training leaves of the models' part. */
static uint64_t room_now(const struct tri_compute *c)
{
    return c->training < c->room->models ? c->room->models - c->training : 0;
}

/* How many of those in place have to go for so many bytes more. */
static uint8_t too_many(const struct tri_compute *c, uint64_t bytes)
{
    uint64_t after = 0; /* who is as old as the last of them, and older */
    uint8_t n = 0;

    for (;; n++) {
        uint64_t sum = bytes, next = UINT64_MAX;

        for (int i = 0; i < TRI_RESIDENTS; i++) {
            const struct tri_resident *const r = &c->resident[i];

            if (r->shape.batch == 0 || r->used <= after)
                continue;
            sum += tri_resident_bytes(r);
            next = r->used < next ? r->used : next;
        }
        if (next == UINT64_MAX || sum <= room_now(c))
            return n;
        after = next;
    }
}

/* The largest shape that fits all three: each says its rows (0: none fits) and
 * whether weights are read as needed, 4 bytes each. The rounds of
 * tri_agree_said(). */
static int agree_shape(struct tri_compute *c, const struct tri_ask *a,
                       struct tri_resident_shape *shape, int *refused,
                       struct tri_why *why)
{
    const struct tri_share *const share = model(c, a);
    const uint64_t room = room_now(c);
    struct tri_link *const l = c->s->link;
    uint8_t said[TRI_PARTIES][8] = { { 0 } };
    char needs[24], has[24];
    uint64_t bytes = 0;
    int rc;

    *refused = tri_room_shape(c->s, c->o, &share->net, share->head.fb, room,
                              known_of(c, a), shape, &bytes, why);
    if (*refused == TRI_E_NOMEM && why->text[0] == '\0')
        tri_why(why, TRI_E_NOMEM,
                "model %s takes %s, and there are %s for it%s", a->model,
                tri_bytes_text(needs, bytes), tri_bytes_text(has, room),
                c->training > 0 ? " while a training goes on; ask again later"
                                : "");
    tri_le_store32(said[l->id], *refused == TRI_OK ? shape->batch : 0);
    tri_le_store32(said[l->id] + 4, *refused == TRI_OK && shape->streams);
    rc = tri_agree_said(l, said, sizeof said[0], "how much of a model fits");
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        const uint32_t rows = tri_le_load32(said[j]);
        const uint32_t streams = tri_le_load32(said[j] + 4);

        if ((rows > 0 && rows != tri_queue_rows(rows)) || streams > 1)
            rc = tri_link_end(l, TRI_E_PROTO, (int)j,
                              "P%u does not say how much of a model fits", j);
        else if (rows == 0 && *refused == TRI_OK)
            *refused =
                tri_why(why, TRI_E_NOMEM,
                        "party %u has no memory for model %s now", j, a->model);
        shape->batch = rows < shape->batch ? rows : shape->batch;
        shape->streams |= streams == 1;
    }
    return rc == TRI_OK ? rc : tri_why(why, rc, "%s", l->error);
}

/* Those asked least lately go until all three have room for it: each says how
 * many have to (1 byte). The rounds of tri_agree_said(). */
static int make_room(struct tri_compute *c, const struct tri_ask *a,
                     const struct tri_resident_shape *shape, int *refused,
                     struct tri_why *why)
{
    enum { IN_VAIN = 255 };
    const struct tri_share *const share = model(c, a);
    struct tri_link *const l = c->s->link;
    uint8_t said[TRI_PARTIES] = { 0 }, most = 0;
    uint64_t bytes = 0;
    int rc = tri_room_need(c->s, c->o, &share->net, share->head.fb,
                           known_of(c, a), shape, &bytes, why);

    said[l->id] =
        rc != TRI_OK || bytes > room_now(c) ? IN_VAIN : too_many(c, bytes);
    rc = tri_agree_said(l, said, 1, "what has to make room");
    if (rc != TRI_OK)
        return tri_why(why, rc, "%s", l->error);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        most = said[j] > most ? said[j] : most;
    if (most == IN_VAIN)
        *refused = tri_why(why, TRI_E_NOMEM, "there is no memory for model %s",
                           a->model);
    for (int i = 0; *refused == TRI_OK && i < most && oldest(c, 1) != NULL; i++)
        tri_resident_close(oldest(c, 1));
    return rc;
}

/* With a limit: the shape, and the model if it is there in that shape, for
 * queries of another size; else room for it. */
static int fit(struct tri_compute *c, const struct tri_ask *a,
               struct tri_resident_shape *shape, struct tri_resident **there,
               int *refused, struct tri_why *why)
{
    const int rc = agree_shape(c, a, shape, refused, why);

    if (rc != TRI_OK || *refused != TRI_OK)
        return rc;
    for (int i = 0; i < TRI_RESIDENTS; i++) {
        struct tri_resident *const r = &c->resident[i];

        if (strcmp(r->name, a->model) == 0 && r->shape.batch == shape->batch &&
            r->shape.streams == shape->streams &&
            r->shape.scores == shape->scores)
            *there = r;
    }
    return *there != NULL ? rc : make_room(c, a, shape, refused, why);
}

/* The network for `n` images of the query, or fewer at a time. */
static int find(struct tri_compute *c, const struct tri_ask *a, uint32_t n,
                struct tri_resident **out, int *refused, struct tri_why *why)
{
    const uint32_t rows = tri_queue_rows(n);
    struct tri_resident_shape shape = { .batch = rows,
                                        .scores = (enum tri_scores)a->scores };
    struct tri_resident *r = NULL;
    int rc = TRI_OK;

    *refused = TRI_OK;
    for (int i = 0; i < TRI_RESIDENTS; i++)
        if ((c->resident[i].serves & rows) != 0 &&
            strcmp(c->resident[i].name, a->model) == 0 &&
            (uint32_t)c->resident[i].shape.scores == a->scores)
            r = &c->resident[i];
    if (r == NULL && c->room != NULL)
        rc = fit(c, a, &shape, &r, refused, why);
    if (rc == TRI_OK && *refused == TRI_OK && r == NULL) {
        r = oldest(c, 0);
        rc = load(c, r, a, &shape, refused, why);
    }
    if (r != NULL && r->shape.batch > 0) {
        r->used = ++c->count;
        r->serves |= rows;
    }
    *out = r;
    return rc;
}

/* ---- queries ------------------------------------------------------------- */

/* The images of several queries, one after the other. */
struct images {
    const struct tri_compute *c;
    struct tri_job *const *job;
    uint32_t first; /* of this turn */
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
    const struct tri_job *j;

    i += m->first;
    j = m->job[query_of(m->job, &i)];
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
    struct images m = { .c = c, .job = job };
    struct tri_resident *r;
    uint32_t total = 0;
    int rc;

    for (size_t j = 0; j < n; j++)
        total += job[j]->ask.count;
    rc = find(c, &job[0]->ask, total, &r, refused, why);
    if (rc != TRI_OK || *refused != TRI_OK)
        return rc;
    for (; rc == TRI_OK && m.first < total; m.first += r->shape.batch) {
        const uint32_t left = total - m.first;
        uint64_t *const to[2] = { part[0] + (size_t)m.first * classes,
                                  part[1] + (size_t)m.first * classes };

        rc = tri_resident_ask(r, left < r->shape.batch ? left : r->shape.batch,
                              image, &m, to);
    }
    c->proving = r->s.proving;
    if (rc != TRI_OK)
        return tri_why(why, rc, "%s",
                       r->why.text[0] != '\0'         ? r->why.text
                       : c->s->link->error[0] != '\0' ? c->s->link->error
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
        if (c->resident[i].shape.batch > 0)
            tri_resident_close(&c->resident[i]);
}
