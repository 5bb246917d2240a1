#include "boards/host/serve/resident.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/party/modelfile.h"
#include "boards/host/party/session_open.h"
#include "boards/host/profile.h"
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
    for (uint32_t i = 0; rc == TRI_OK && i < r->batch; i++) {
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

    *out = r->scores == TRI_SCORES_LOGITS ? logits : &r->hot;
    if (r->scores == TRI_SCORES_NONE)
        return tri_argmax(&r->e, &r->hot, logits);
    if (r->scores == TRI_SCORES_PROBABILITIES)
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

/* Everything up to the first query. */
static int build(struct tri_resident *r, const struct tri_run_options *o,
                 const struct tri_share *share, struct tri_why *why)
{
    struct tri_engine_config c = tri_options_config(o);
    int rc;

    c.f = share->head.fb;
    rc = tri_engine_start(&r->e, o->kind, &r->s, &c);
    if (rc == TRI_OK)
        rc = tri_model_build(&r->m, &r->e, &r->net, r->batch, 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(&r->e, &r->hot, tri_shape2(r->batch, r->net.classes),
                           r->scores == TRI_SCORES_NONE ? 0 : (int)r->e.f, 0);
    return rc == TRI_OK ? tri_model_load(&r->m, share, why) : rc;
}

/* Two queries, as the second one must not need more than the first. */
static int measure(struct tri_resident *r, const struct tri_run_options *o,
                   const struct tri_share *share, struct tri_why *why)
{
    uint64_t *const none[2] = { NULL, NULL };
    int rc;

    tri_arena_measure(&r->arena);
    r->s.dry = 1;
    r->s.cx.arena = &r->arena;
    rc = build(r, o, share, why);
    for (int i = 0; rc == TRI_OK && i < 2; i++) {
        const struct tri_cost before = r->s.cost;

        rc = tri_resident_ask(r, r->batch, NULL, NULL, none);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            r->cost.depth[j] = r->s.cost.depth[j] - before.depth[j];
    }
    tri_engine_end(&r->e);
    return rc;
}

static void start(struct tri_resident *r, const struct tri_session *from,
                  struct tri_session *keys)
{
    tri_session_branch(&r->s, from, keys);
    memset(&r->e, 0, sizeof r->e);
    memset(&r->m, 0, sizeof r->m);
}

int tri_resident_prepare(struct tri_resident *r, const struct tri_session *base,
                         const struct tri_run_options *o,
                         const struct tri_share *share, const char *name,
                         uint32_t batch, enum tri_scores scores,
                         struct tri_why *why)
{
    size_t size;
    int rc;

    memset(r, 0, sizeof *r);
    memcpy(r->name, name, strnlen(name, sizeof r->name - 1));
    r->batch = batch;
    r->scores = scores;
    r->net = share->net;
    start(r, base, NULL);
    rc = measure(r, o, share, why);
    if (rc != TRI_OK)
        return tri_why(why, rc, "model %s: %s", name, tri_strerror(rc));
    size = r->arena.peak > 0 ? r->arena.peak : TRI_ALIGN;
    if (tri_profile_parts.memory != NULL)
        rc = tri_profile_parts.memory(size, name, why);
    if (rc != TRI_OK)
        return rc;
    r->block = tri_secret_alloc(size);
    r->size = size;
    return r->block != NULL
               ? TRI_OK
               : tri_why(why, TRI_E_NOMEM,
                         "the system has no %zu bytes for model %s", size,
                         name);
}

int tri_resident_start(struct tri_resident *r, struct tri_session *base,
                       const struct tri_run_options *o,
                       const struct tri_share *share, struct tri_why *why)
{
    int rc;

    start(r, base, base);
    tri_arena_init(&r->arena, r->block, r->size);
    r->s.cx.arena = &r->arena;
    rc = build(r, o, share, why);
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
