#include "boards/host/serve/query.h"
#include <string.h>
#include "core/err.h"
#include "core/fmath.h"
#include "core/le.h"
#include "core/mem.h"
#include "core/ring.h"
#include "net/host/secret.h"

/* ---- into shares --------------------------------------------------------- */

static void start(struct tri_stream *t, struct tri_prg *g,
                  const struct tri_kernels *k,
                  const uint8_t secret[TRI_ASK_SECRET], uint32_t sample)
{
    tri_prg_init(g, k, secret, TRI_PRG_CHACHA20);
    tri_stream_open(t, g, 0, sample);
}

static void end(struct tri_stream *t, struct tri_prg *g)
{
    tri_stream_wipe(t);
    tri_prg_wipe(g);
}

static int encode(uint64_t *out, const struct tri_dataset *set, size_t i,
                  unsigned fb)
{
    if (set->pixels == NULL)
        return tri_fixed_encode(out, (double)set->real[i], (int)fb);
    *out = (uint64_t)set->pixels[i] << (fb - 8);
    return TRI_OK;
}

/* Component 2 of one sample of n values: what the two seeds leave. */
static int rest(struct tri_query *q, const struct tri_dataset *set,
                uint32_t from, uint32_t sample, size_t n,
                const struct tri_kernels *k)
{
    struct tri_stream t[2];
    struct tri_prg g[2];
    uint64_t v = 0, r[2];
    int rc = TRI_OK;

    for (unsigned c = 0; c < 2; c++)
        start(&t[c], &g[c], k, q->secret[c], sample);
    for (size_t i = 0; i < n; i++) {
        rc |= encode(&v, set, (size_t)from * n + i, q->ask.fb);
        for (unsigned c = 0; c < 2; c++)
            tri_stream_words(&t[c], &r[c], sizeof r[c], 1);
        tri_le_store64(q->words + 8 * ((size_t)sample * n + i),
                       v - r[0] - r[1]);
    }
    for (unsigned c = 0; c < 2; c++)
        end(&t[c], &g[c]);
    tri_wipe(r, sizeof r);
    tri_wipe(&v, sizeof v);
    return rc == TRI_OK ? TRI_OK : TRI_E_RANGE;
}

int tri_query_split(struct tri_query *q, const struct tri_dataset *set,
                    uint32_t first, uint32_t n, const struct tri_kernels *k,
                    struct tri_why *why)
{
    const size_t size = tri_dataset_size(set);
    int rc = tri_random(q->ask.random, sizeof q->ask.random, why);

    if (rc == TRI_OK)
        rc = tri_random(q->secret, sizeof q->secret, why);
    if (rc != TRI_OK)
        return rc;
    q->ask.count = n;
    q->ask.h = set->h;
    q->ask.w = set->w;
    q->ask.c = set->c;
    q->words = tri_secret_alloc(8 * size * n);
    if (q->words == NULL)
        return tri_why(why, TRI_E_NOMEM,
                       "no memory for the shares of %u "
                       "samples",
                       n);
    for (uint32_t i = 0; rc == TRI_OK && i < n; i++)
        rc = rest(q, set, first + i, i, size, k);
    if (rc != TRI_OK)
        return tri_why(why, rc, "a value is too large for %u fraction bits",
                       q->ask.fb);
    for (unsigned c = 0; c < 3; c++)
        tri_ask_commit(q->ask.commitment[c], q->secret[c], c, q->words,
                       tri_ask_values(&q->ask));
    tri_ask_print(q->public, &q->ask);
    return TRI_OK;
}

void tri_query_body(uint8_t *out, const struct tri_query *q, unsigned party)
{
    memcpy(out, q->public, TRI_ASK_PUBLIC);
    out += TRI_ASK_PUBLIC;
    for (unsigned c = 0; c < 2; c++, out += TRI_ASK_SECRET)
        memcpy(out, q->secret[(party + c) % 3], TRI_ASK_SECRET);
    if (party > 0)
        memcpy(out, q->words, 8 * tri_ask_values(&q->ask));
}

void tri_query_sample(uint64_t *const part[2], const struct tri_ask *a,
                      const uint8_t *body, unsigned party, uint32_t i,
                      const struct tri_kernels *k)
{
    const size_t n = (size_t)a->h * a->w * a->c;
    const uint8_t *const secret = body + TRI_ASK_PUBLIC;
    const uint8_t *const words = secret + 2 * TRI_ASK_SECRET + 8 * n * i;

    for (unsigned c = 0; c < 2; c++) {
        struct tri_stream t;
        struct tri_prg g;

        if ((party + c) % 3 == 2) {
            for (size_t w = 0; w < n; w++)
                part[c][w] = tri_le_load64(words + 8 * w);
            continue;
        }
        start(&t, &g, k, secret + (size_t)c * TRI_ASK_SECRET, i);
        tri_stream_words(&t, part[c], sizeof *part[c], n);
        end(&t, &g);
    }
}

void tri_query_end(struct tri_query *q)
{
    tri_secret_free(q->words);
    tri_wipe(q, sizeof *q);
}

/* ---- out of shares ------------------------------------------------------- */

/* Component `number` of number i, from the party that holds it as its first
 * (0), or from the one before, as its second (1). */
static uint64_t word(const uint8_t *const body[3], unsigned number,
                     unsigned copy, size_t all, size_t i)
{
    const uint8_t *const at = body[(number + 3 - copy) % 3] + TRI_ANSWER_HEAD;

    return tri_le_load64(at + 8 * (copy * all + i));
}

static int compare(const uint8_t *const body[3], size_t all,
                   struct tri_why *why)
{
    for (unsigned c = 0; c < 3; c++)
        for (size_t i = 0; i < all; i++)
            if (word(body, c, 0, all, i) != word(body, c, 1, all, i))
                return tri_why(why, TRI_E_CHEAT,
                               "the answers of party %u and party %u differ in "
                               "what both hold: one of the two has altered it; "
                               "nothing of the answer is to be believed",
                               (c + 2) % 3, c);
    return TRI_OK;
}

int tri_query_join(struct tri_results *results, const struct tri_ask *a,
                   uint32_t classes, const uint8_t *const body[3],
                   struct tri_why *why)
{
    const size_t all = (size_t)a->count * classes;
    int rc = tri_results_alloc(results, a->count, classes, a->scores != 0, why);

    if (rc == TRI_OK)
        rc = compare(body, all, why);
    for (uint32_t i = 0; rc == TRI_OK && i < a->count; i++) {
        unsigned ones = 0;

        for (uint32_t j = 0; rc == TRI_OK && j < classes; j++) {
            const size_t at = (size_t)i * classes + j;
            const uint64_t v = word(body, 0, 0, all, at) +
                               word(body, 1, 0, all, at) +
                               word(body, 2, 0, all, at);

            if (a->scores != 0)
                results->score[at] = (double)(int64_t)v * tri_pow2(-(int)a->fb);
            else if (v == 1)
                results->class[i] = j;
            if (a->scores == 0 && v > 1)
                ones = 2;
            ones += v == 1;
        }
        if (a->scores == 0 && ones != 1)
            rc = tri_why(why, TRI_E_FORMAT,
                         "the answer to sample %u is no class", i);
    }
    if (rc == TRI_OK && a->scores != 0)
        tri_results_rank(results);
    return rc;
}
