#include "boards/host/serve/resident.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/party/modelfile.h"
#include "boards/host/party/session_open.h"
#include "boards/host/profile.h"
#include "boards/host/serve/message.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/host/secret.h"
#include "proto/argmax.h"
#include "proto/asm.h"
#include "proto/softmax.h"

/* ---- one query ----------------------------------------------------------- */

/* All rows of the input: those of images, then zeros. */
static int fill(struct tri_resident *r, uint32_t n, tri_resident_image *image,
                void *self)
{
    struct tri_engine *const e = &r->e;
    const size_t size = (size_t)r->net.h * r->net.w * r->net.c;
    uint64_t *buf = NULL, *part[2];
    int rc = TRI_OK;

    if (!e->s->dry) {
        buf = calloc(2 * size, sizeof *buf);
        if (buf == NULL)
            return TRI_E_NOMEM;
    }
    part[0] = buf;
    part[1] = buf != NULL ? buf + size : NULL;
    for (uint32_t i = 0; rc == TRI_OK && i < r->shape.batch; i++) {
        if (buf != NULL && i < n)
            image(self, i, part);
        if (buf != NULL && i == n)
            tri_wipe(buf, 2 * size * sizeof *buf);
        rc = tri_import(e, &r->m.in, i * size, size,
                        (const tri_ring *const *)part);
    }
    if (buf != NULL)
        tri_wipe(buf, 2 * size * sizeof *buf);
    free(buf);
    return rc;
}

static int results(struct tri_resident *r, struct tri_ten **out)
{
    struct tri_ten *const logits = tri_model_logits(&r->m);

    *out = r->shape.scores == TRI_SCORES_LOGITS ? logits : &r->hot;
    if (r->shape.scores == TRI_SCORES_NONE)
        return tri_argmax(&r->e, &r->hot, logits);
    if (r->shape.scores == TRI_SCORES_PROBABILITIES)
        return r->net.loss == TRI_LOSS_ASM
                   ? tri_asm(&r->e, &r->hot, logits)
                   : tri_softmax(&r->e, &r->hot, logits);
    return TRI_OK;
}

int tri_resident_ask(struct tri_resident *r, uint32_t n,
                     tri_resident_image *image, void *self,
                     uint64_t *const part[2])
{
    struct tri_ten *out = NULL;
    int rc = fill(r, n, image, self);

    if (rc == TRI_OK)
        rc = tri_model_forward(&r->m);
    if (rc == TRI_OK)
        rc = results(r, &out);
    /* All rows leave in a dry run, which counts the most. */
    if (rc == TRI_OK)
        rc = tri_export(&r->e, out, 0, (size_t)n * r->net.classes, part);
    return rc;
}

/* ---- loading ------------------------------------------------------------- */

static int fetch(void *self, struct tri_model *m, size_t layer)
{
    struct tri_resident *const r = self;

    return tri_model_load_layer(m, layer, r->share, &r->why);
}

/* Everything up to the first query. */
static int build(struct tri_resident *r, const struct tri_run_options *o,
                 unsigned fb, struct tri_why *why)
{
    struct tri_engine_config c = tri_options_config(o);
    const uint32_t batch = r->shape.batch;
    int rc;

    c.f = fb;
    rc = tri_engine_start(&r->e, o->kind, &r->s, &c);
    if (rc == TRI_OK)
        rc = tri_model_build(&r->m, &r->e, &r->net, batch,
                             r->shape.streams ? TRI_MODEL_STREAM : 0, 0);
    r->m.fetch = fetch;
    r->m.fetch_self = r;
    if (rc == TRI_OK)
        rc = tri_ten_alloc(&r->e, &r->hot, tri_shape2(batch, r->net.classes),
                           r->shape.scores == TRI_SCORES_NONE ? 0 : (int)r->e.f,
                           0);
    return rc == TRI_OK ? tri_model_load(&r->m, r->share, why) : rc;
}

/* Two queries, as the second one must not need more than the first. */
static int measure(struct tri_resident *r, const struct tri_run_options *o,
                   unsigned fb, struct tri_why *why)
{
    uint64_t *const none[2] = { NULL, NULL };
    int rc;

    tri_arena_measure(&r->arena);
    r->s.dry = 1;
    r->s.cx.arena = &r->arena;
    rc = build(r, o, fb, why);
    for (int i = 0; rc == TRI_OK && i < 2; i++) {
        const struct tri_cost before = r->s.cost;

        rc = tri_resident_ask(r, r->shape.batch, NULL, NULL, none);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            r->cost.depth[j] = r->s.cost.depth[j] - before.depth[j];
    }
    tri_engine_end(&r->e);
    r->size = r->arena.peak > 0 ? r->arena.peak : TRI_ALIGN;
    return rc;
}

static void start(struct tri_resident *r, const struct tri_session *from,
                  struct tri_session *keys)
{
    tri_session_branch(&r->s, from, keys);
    memset(&r->e, 0, sizeof r->e);
    memset(&r->m, 0, sizeof r->m);
}

/* Beside its block: the rows of a query and its answer pass through. */
uint64_t tri_resident_bytes(const struct tri_resident *r)
{
    const size_t image = (size_t)r->net.h * r->net.w * r->net.c;

    return r->size + sizeof *r +
           2 * sizeof(uint64_t) *
               (image + (size_t)TRI_ASK_IMAGES * r->net.classes);
}

int tri_resident_need(const struct tri_session *base,
                      const struct tri_run_options *o,
                      const struct tri_net *net, unsigned fb,
                      const struct tri_resident_shape *shape, uint64_t *bytes,
                      struct tri_why *why)
{
    struct tri_resident *const r = calloc(1, sizeof *r);
    int rc;

    if (r == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    r->shape = *shape;
    r->net = *net;
    start(r, base, NULL);
    rc = measure(r, o, fb, why);
    *bytes = tri_resident_bytes(r);
    free(r);
    return rc == TRI_OK ? rc : tri_why(why, rc, "%s", tri_strerror(rc));
}

int tri_resident_prepare(struct tri_resident *r, const struct tri_session *base,
                         const struct tri_run_options *o,
                         const struct tri_share *share, const char *name,
                         const struct tri_resident_shape *shape,
                         struct tri_why *why)
{
    int rc;

    memset(r, 0, sizeof *r);
    memcpy(r->name, name, strnlen(name, sizeof r->name - 1));
    r->shape = *shape;
    r->net = share->net;
    r->share = share;
    start(r, base, NULL);
    rc = measure(r, o, share->head.fb, why);
    if (rc != TRI_OK)
        return tri_why(why, rc, "model %s: %s", name, tri_strerror(rc));
    if (tri_profile_parts.memory != NULL)
        rc = tri_profile_parts.memory(r->size, name, why);
    if (rc != TRI_OK)
        return rc;
    r->block = tri_secret_alloc(r->size);
    return r->block != NULL
               ? TRI_OK
               : tri_why(why, TRI_E_NOMEM,
                         "the system has no %zu bytes for model %s", r->size,
                         name);
}

int tri_resident_start(struct tri_resident *r, struct tri_session *base,
                       const struct tri_run_options *o, struct tri_why *why)
{
    int rc;

    start(r, base, base);
    tri_arena_init(&r->arena, r->block, r->size);
    r->s.cx.arena = &r->arena;
    rc = build(r, o, r->share->head.fb, why);
    return rc == TRI_OK
               ? rc
               : tri_why(why, rc, "model %s: %s", r->name,
                         base->link->error[0] != '\0' ? base->link->error
                                                      : tri_strerror(rc));
}

void tri_resident_close(struct tri_resident *r)
{
    tri_engine_end(&r->e);
    tri_session_wipe(&r->s);
    tri_secret_free(r->block);
    memset(r, 0, sizeof *r);
}
