#include "boards/host/serve/ask.h"
#include <string.h>
#include "boards/host/serve/query.h"
#include "core/err.h"
#include "net/host/secret.h"

struct tri_asker {
    struct tri_card card;
    struct tri_calls calls;
    struct tri_kernels k;
    uint8_t key[TRI_KEY_BYTES]; /* private */
    uint8_t pub[TRI_KEY_BYTES];
};

/* ---- connections --------------------------------------------------------- */

int tri_asker_open(struct tri_asker **asker, const char *card, const char *key,
                   uint32_t ms, struct tri_why *why)
{
    struct tri_asker *const a = tri_secret_alloc(sizeof *a);
    int rc;

    *asker = NULL;
    if (a == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    rc = tri_card_load(&a->card, card, why);
    if (rc == TRI_OK)
        rc = tri_key_load(key, a->key, why);
    if (rc == TRI_OK) {
        tri_kernels_init(&a->k, tri_cpu_detect());
        tri_x25519_public(a->pub, a->key);
        rc = tri_calls_open(&a->calls, &a->card, a->key, &a->k, ms, why);
    }
    if (rc == TRI_OK)
        *asker = a;
    else
        tri_asker_close(a);
    return rc;
}

void tri_asker_close(struct tri_asker *a)
{
    if (a == NULL)
        return;
    tri_calls_close(&a->calls);
    tri_secret_free(a);
}

/* ---- queries ------------------------------------------------------------- */

static int stray(unsigned party, struct tri_why *why)
{
    return tri_why(why, TRI_E_PROTO,
                   "the answer of party %u does not belong to the query",
                   party);
}

/* Join the answers of one query behind what there is. If only one has another
 * size than both others, it is that one. */
static int join(struct tri_results *all, uint32_t first,
                const struct tri_calls *calls, const struct tri_query *q,
                const uint8_t id[TRI_JOB_ID], struct tri_why *why)
{
    const uint8_t *body[TRI_PARTIES];
    uint32_t here[TRI_PARTIES] = { 0 }, classes;
    struct tri_results part = { 0 };
    int rc = TRI_OK;

    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        const struct tri_talk *const t = calls->talk[j];

        body[j] = t->body;
        if (tri_answer_parse(&here[j], t->body, t->m.len, id, q->ask.count) !=
            TRI_OK)
            rc = stray(j, why);
    }
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (here[j] != here[(j + 1) % 3] && here[j] != here[(j + 2) % 3])
            rc = stray(j, why);
    classes = here[0];
    if (rc == TRI_OK && all->class == NULL)
        rc = tri_results_alloc(all, all->count, classes, q->ask.scores != 0,
                               why);
    if (rc == TRI_OK && classes != all->classes)
        rc = tri_why(why, TRI_E_PROTO, "the answers have other sizes");
    if (rc == TRI_OK)
        rc = tri_query_join(&part, &q->ask, classes, body, why);
    if (rc == TRI_OK) {
        memcpy(all->class + first, part.class, part.count * sizeof *part.class);
        if (part.score != NULL)
            memcpy(all->score + (size_t)first * classes, part.score,
                   (size_t)part.count * classes * sizeof *part.score);
    }
    tri_results_free(&part);
    return rc;
}

/* Samples first .. first+n-1. */
static int ask_some(struct tri_asker *s, const struct tri_asker_what *what,
                    struct tri_results *all, const struct tri_dataset *set,
                    uint32_t first, uint32_t n, struct tri_why *why)
{
    struct tri_query q = { .ask = { .scores = (uint32_t)what->scores,
                                    .fb = what->fb } };
    uint8_t id[TRI_JOB_ID], *block[TRI_PARTIES];
    uint64_t len[TRI_PARTIES];
    int rc;

    memcpy(q.ask.model, what->model, strlen(what->model));
    rc = tri_query_split(&q, set, first, n, &s->k, why);
    tri_job_id(id, s->card.key, s->pub, TRI_MESSAGE_ASK, q.public,
               TRI_ASK_PUBLIC);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        len[j] = tri_ask_bytes(&q.ask, j);
        block[j] = tri_talk_block((size_t)len[j]);
        if (block[j] != NULL)
            tri_query_body(block[j] + TRI_MESSAGE_HEAD, &q, j);
    }
    if (rc == TRI_OK)
        rc = tri_calls_send(&s->calls, TRI_MESSAGE_ASK, block, len, why);
    if (rc == TRI_OK)
        rc = tri_calls_hear(&s->calls, TRI_MESSAGE_ANSWER, what->ms, why);
    if (rc == TRI_OK)
        rc = join(all, first, &s->calls, &q, id, why);
    tri_query_end(&q);
    return rc;
}

/* As many samples as are computed at once: queries of others come between. */
static uint32_t share_of(const struct tri_dataset *set, uint32_t left)
{
    const uint32_t most = (uint32_t)(TRI_ASK_VALUES / tri_dataset_size(set));
    const uint32_t few = most < TRI_ASK_IMAGES ? most : TRI_ASK_IMAGES;

    return left < few ? left : few;
}

int tri_asker_ask(struct tri_asker *a, const struct tri_asker_what *what,
                  const struct tri_dataset *set, struct tri_results *all,
                  struct tri_why *why)
{
    int rc = tri_config_name(what->model, strlen(what->model))
                 ? tri_dataset_fits(set, what->fb, why)
                 : tri_why(why, TRI_E_ARG, "'%.60s' is no name of a model",
                           what->model);

    *all = (struct tri_results){ .count = set->count };
    for (uint32_t at = 0, n; rc == TRI_OK && at < set->count; at += n) {
        n = share_of(set, set->count - at);
        rc = n > 0 ? ask_some(a, what, all, set, at, n, why)
                   : tri_why(why, TRI_E_ARG, "the samples are too large");
    }
    return rc;
}
