#include "boards/host/owner/splitmodel.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/owner/split.h"
#include "core/err.h"
#include "core/mem.h"

/* A model from a file, as words. */
struct loaded {
    struct tri_weightfile file;
    struct tri_place place[TRI_MAX_LAYERS];
    struct tri_params of[TRI_MAX_LAYERS];
    size_t places, words;
    uint64_t *word;
};

static int load(struct loaded *m, const struct tri_model_source *src,
                unsigned fb, struct tri_why *why)
{
    int rc = tri_weightfile_open(&m->file, src->path, why);

    m->places = tri_places(m->place, src->net, src->layout);
    m->words = tri_places_words(m->place, m->places);
    if (rc == TRI_OK)
        rc = tri_weights_match(m->of, m->place, m->places, m->file.t, m->file.n,
                               src->layers, src->path, why);
    if (rc != TRI_OK)
        return rc;
    m->word = malloc(8 * m->words);
    if (m->word == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory for %zu weights", m->words);
    return tri_weights_encode(m->word, m->place, m->places, m->of, fb,
                              src->path, why);
}

/* P0's words are random, P1's the difference. */
static int put_shares(struct tri_share_out o[2], uint64_t *word, size_t n,
                      const struct tri_prg *g, struct tri_why *why)
{
    enum { PIECE = 4096 };
    uint64_t *const mask = malloc(8 * PIECE);
    struct tri_stream t;
    int rc = TRI_OK;

    if (mask == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    tri_stream_open(&t, g, 0, 0);
    for (size_t at = 0; rc == TRI_OK && at < n; at += PIECE) {
        const size_t m = n - at < PIECE ? n - at : PIECE;
        tri_stream_read(&t, mask, 8 * m);
        for (size_t i = 0; i < m; i++)
            word[at + i] -= mask[i];
        rc = tri_share_put(&o[0], mask, 8 * m, why);
        if (rc == TRI_OK)
            rc = tri_share_put(&o[1], word + at, 8 * m, why);
    }
    tri_stream_wipe(&t);
    tri_wipe(mask, 8 * PIECE);
    free(mask);
    return rc;
}

static int write_shares(struct loaded *m, const char *text,
                        const char *const name[2], unsigned fb,
                        const struct tri_kernels *k, struct tri_why *why)
{
    struct tri_share_head h = { .kind = TRI_SHARE_MODEL,
                                .fb = fb,
                                .content = 8 * (uint64_t)m->words };
    struct tri_share_out o[2] = { { .out.fd = -1 }, { .out.fd = -1 } };
    uint8_t seed[TRI_SHARE_SEED];
    struct tri_prg g = { 0 };
    int rc = tri_random(h.pair, sizeof h.pair, why);

    if (rc == TRI_OK)
        rc = tri_random(seed, sizeof seed, why);
    if (rc != TRI_OK)
        return rc;
    tri_prg_init(&g, k, seed, TRI_PRG_CHACHA20);
    for (unsigned p = 0; rc == TRI_OK && p < 2; p++) {
        h.party = p;
        rc = tri_share_create(&o[p], name[p], &h, text, why);
    }
    if (rc == TRI_OK)
        rc = put_shares(o, m->word, m->words, &g, why);
    if (rc == TRI_OK)
        rc = tri_share_finish_pair(o, why);
    tri_share_abort(&o[0]);
    tri_share_abort(&o[1]);
    tri_prg_wipe(&g);
    tri_wipe(seed, sizeof seed);
    return rc;
}

int tri_split_model(const struct tri_model_source *src,
                    char (*from)[TRI_ARRAY_NAME], const char *prefix,
                    unsigned fb, const struct tri_kernels *k,
                    struct tri_why *why)
{
    struct loaded *const m = calloc(1, sizeof *m);
    char *name[2] = { NULL, NULL };
    int rc;

    if (m == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    rc = load(m, src, fb, why);
    if (rc == TRI_OK)
        rc = tri_split_names(name, prefix, why);
    if (rc == TRI_OK)
        rc = write_shares(m, src->text, (const char *const *)name, fb, k, why);
    for (size_t i = 0; rc == TRI_OK && from != NULL && i < m->places; i++)
        strcpy(from[i], m->of[i].weight->name);
    free(name[0]);
    free(name[1]);
    if (m->word != NULL)
        tri_wipe(m->word, 8 * m->words);
    free(m->word);
    tri_weightfile_close(&m->file);
    free(m);
    return rc;
}
