#include "boards/host/owner/splitmodel.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/unnamed.h"
#include "boards/host/owner/split.h"
#include "boards/host/share/sharepair.h"
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

/* All components but the last are random; a file gets those of its party. */
static int put_shares(struct tri_share_out *o, unsigned files, uint64_t *word,
                      size_t n, const struct tri_prg *g, struct tri_why *why)
{
    enum { PIECE = 4096 };
    uint64_t *const mask = malloc(2 * 8 * PIECE);
    struct tri_stream t;
    int rc = TRI_OK;

    if (mask == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    tri_stream_open(&t, g, 0, 0);
    for (size_t at = 0; rc == TRI_OK && at < n; at += PIECE) {
        const size_t m = n - at < PIECE ? n - at : PIECE;
        const uint64_t *part[TRI_PARTIES];

        for (unsigned j = 0; j < files; j++)
            part[j] = j < files - 1 ? mask + j * PIECE : word + at;
        for (unsigned j = 0; j + 1 < files; j++) {
            tri_stream_words(&t, mask + j * PIECE, sizeof *mask, m);
            for (size_t i = 0; i < m; i++)
                word[at + i] -= part[j][i];
        }
        for (unsigned p = 0; rc == TRI_OK && p < files; p++)
            rc = tri_share_put(
                &o[p],
                (const uint64_t *const[2]){ part[p], part[(p + 1) % files] }, m,
                why);
    }
    tri_stream_wipe(&t);
    tri_wipe(mask, 2 * 8 * PIECE);
    free(mask);
    return rc;
}

/* Into files with a prefix, or (NULL) without names: fd. */
static int split(uint64_t *word, size_t n, const char *text, const char *prefix,
                 int fd[TRI_PARTIES], enum tri_sharing sharing, unsigned fb,
                 const struct tri_kernels *k, struct tri_why *why)
{
    char *name[TRI_PARTIES] = { NULL, NULL, NULL };
    struct tri_share_head h = { .sharing = sharing,
                                .kind = TRI_SHARE_MODEL,
                                .fb = fb };
    struct tri_share_out o[TRI_PARTIES] = { { .out.fd = -1 },
                                            { .out.fd = -1 },
                                            { .out.fd = -1 } };
    const unsigned files = tri_split_files(sharing);
    uint8_t seed[TRI_SHARE_SEED];
    struct tri_prg g = { 0 };
    int rc = tri_random(h.pair, sizeof h.pair, why);

    if (rc == TRI_OK)
        rc = tri_random(seed, sizeof seed, why);
    if (rc != TRI_OK)
        return rc;
    if (prefix != NULL)
        rc = tri_split_names(name, prefix, sharing, why);
    tri_prg_init(&g, k, seed, TRI_PRG_CHACHA20);
    h.content = 8 * (uint64_t)n * tri_share_components(&h);
    for (unsigned p = 0; rc == TRI_OK && p < files; p++) {
        h.party = p;
        if (prefix != NULL) {
            rc = tri_share_create(&o[p], name[p], &h, text, why);
            continue;
        }
        rc = tri_out_unnamed(&o[p].out, why);
        if (rc == TRI_OK)
            rc = tri_share_start(&o[p], &h, text, why);
    }
    if (rc == TRI_OK)
        rc = put_shares(o, files, word, n, &g, why);
    if (rc == TRI_OK && prefix != NULL)
        rc = tri_share_finish_all(o, files, why);
    for (unsigned p = 0; rc == TRI_OK && prefix == NULL && p < files; p++)
        rc = tri_share_take(&o[p], &fd[p], why);
    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        tri_share_abort(&o[p]);
        free(name[p]);
    }
    tri_prg_wipe(&g);
    tri_wipe(seed, sizeof seed);
    return rc;
}

int tri_split_words(uint64_t *word, size_t n, const char *text,
                    const char *prefix, enum tri_sharing sharing, unsigned fb,
                    const struct tri_kernels *k, struct tri_why *why)
{
    return split(word, n, text, prefix, NULL, sharing, fb, k, why);
}

/* Read, split, forget. */
static int split_model(const struct tri_model_source *src,
                       char (*from)[TRI_ARRAY_NAME], const char *prefix,
                       int fd[TRI_PARTIES], enum tri_sharing sharing,
                       unsigned fb, const struct tri_kernels *k,
                       struct tri_why *why)
{
    struct loaded *const m = calloc(1, sizeof *m);
    int rc;

    if (m == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    rc = load(m, src, fb, why);
    if (rc == TRI_OK)
        rc = split(m->word, m->words, src->text, prefix, fd, sharing, fb, k,
                   why);
    for (size_t i = 0; rc == TRI_OK && from != NULL && i < m->places; i++)
        strcpy(from[i], m->of[i].weight->name);
    if (m->word != NULL)
        tri_wipe(m->word, 8 * m->words);
    free(m->word);
    tri_weightfile_close(&m->file);
    free(m);
    return rc;
}

int tri_split_model(const struct tri_model_source *src,
                    char (*from)[TRI_ARRAY_NAME], const char *prefix,
                    enum tri_sharing sharing, unsigned fb,
                    const struct tri_kernels *k, struct tri_why *why)
{
    return split_model(src, from, prefix, NULL, sharing, fb, k, why);
}

int tri_split_model_unnamed(int fd[TRI_PARTIES],
                            const struct tri_model_source *src,
                            enum tri_sharing sharing, unsigned fb,
                            const struct tri_kernels *k, struct tri_why *why)
{
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        fd[p] = -1;
    return split_model(src, NULL, NULL, fd, sharing, fb, k, why);
}
