#include "boards/host/owner/split.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/formats/idx.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/ring.h"

int tri_split_names(char *name[2], const char *prefix, struct tri_why *why)
{
    const size_t size = strlen(prefix) + sizeof ".p0.share";

    name[0] = malloc(size);
    name[1] = malloc(size);
    if (name[0] == NULL || name[1] == NULL) {
        free(name[0]);
        free(name[1]);
        name[0] = name[1] = NULL;
        return tri_why(why, TRI_E_NOMEM, "no memory");
    }
    for (int p = 0; p < 2; p++)
        snprintf(name[p], size, "%s.p%d.share", prefix, p);
    return TRI_OK;
}

/* The i-th value of a set that fits, at scale fb: exact for a pixel. */
static int encode(uint64_t *out, const struct tri_dataset *set, size_t i,
                  unsigned fb)
{
    if (set->pixels == NULL)
        return tri_fixed_encode(out, (double)set->real[i], (int)fb);
    *out = (uint64_t)set->pixels[i] << (fb - 8);
    return TRI_OK;
}

/* P1's words: value minus P0's pseudo-random word. */
static int put_words(struct tri_share_out *o, const struct tri_dataset *set,
                     const struct tri_share_head *h, const struct tri_prg *g,
                     struct tri_why *why)
{
    const size_t px = (size_t)set->h * set->w * set->c;
    const size_t n = tri_share_sample(h);
    uint64_t *const word = malloc(8 * n);
    struct tri_stream t;
    int rc = TRI_OK;

    if (word == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory for a sample");
    for (uint32_t i = 0; rc == TRI_OK && i < set->count; i++) {
        tri_stream_open(&t, g, 0, i);
        tri_stream_read(&t, word, 8 * n);
        for (size_t j = 0; rc == TRI_OK && j < px; j++) {
            uint64_t v = 0;
            rc = encode(&v, set, i * px + j, h->fb);
            word[j] = v - word[j];
        }
        for (size_t j = 0; j < h->classes; j++)
            word[px + j] = (uint64_t)(set->labels[i] == j) - word[px + j];
        if (rc == TRI_OK)
            rc = tri_share_put(o, word, 8 * n, why);
    }
    tri_stream_wipe(&t);
    tri_wipe(word, 8 * n);
    free(word);
    return rc;
}

/* Both shares into files that are open, but for what completes them. */
static int split(struct tri_share_out o[2], const struct tri_dataset *set,
                 unsigned fb, const struct tri_kernels *k, struct tri_why *why)
{
    struct tri_share_head h = { .kind = TRI_SHARE_DATA,
                                .seeded = 1,
                                .fb = fb,
                                .count = set->count,
                                .h = set->h,
                                .w = set->w,
                                .c = set->c,
                                .content = TRI_SHARE_SEED };
    uint8_t seed[TRI_SHARE_SEED];
    struct tri_prg g = { 0 };
    int rc = tri_dataset_fits(set, fb, why);

    if (rc == TRI_OK)
        rc = tri_random(h.pair, sizeof h.pair, why);
    h.classes = set->labels != NULL ? TRI_IDX_CLASSES : 0;
    if (rc == TRI_OK)
        rc = tri_random(seed, sizeof seed, why);
    if (rc != TRI_OK)
        return rc;
    tri_prg_init(&g, k, seed, TRI_PRG_CHACHA20);
    rc = tri_share_start(&o[0], &h, "", why);
    if (rc == TRI_OK)
        rc = tri_share_put(&o[0], seed, sizeof seed, why);
    h.party = 1;
    h.seeded = 0;
    h.content = 8 * (uint64_t)set->count * tri_share_sample(&h);
    if (rc == TRI_OK)
        rc = tri_share_start(&o[1], &h, "", why);
    if (rc == TRI_OK)
        rc = put_words(&o[1], set, &h, &g, why);
    tri_prg_wipe(&g);
    tri_wipe(seed, sizeof seed);
    return rc;
}

int tri_split(const struct tri_dataset *set, const char *prefix, unsigned fb,
              const struct tri_kernels *k, struct tri_why *why)
{
    struct tri_share_out o[2] = { { .out.fd = -1 }, { .out.fd = -1 } };
    char *name[2];
    int rc = tri_split_names(name, prefix, why);

    for (int p = 0; rc == TRI_OK && p < 2; p++) {
        rc = tri_out_open(&o[p].out, name[p], why);
        o[p].out.fresh = 1;
    }
    if (rc == TRI_OK)
        rc = split(o, set, fb, k, why);
    if (rc == TRI_OK)
        rc = tri_share_finish_pair(o, why);
    for (int p = 0; p < 2; p++) {
        tri_share_abort(&o[p]);
        free(name[p]);
    }
    return rc;
}

int tri_split_unnamed(int fd[2], const struct tri_dataset *set, unsigned fb,
                      const struct tri_kernels *k, struct tri_why *why)
{
    struct tri_share_out o[2] = { { .out.fd = -1 }, { .out.fd = -1 } };
    int rc = TRI_OK;

    fd[0] = fd[1] = -1;
    for (int p = 0; rc == TRI_OK && p < 2; p++)
        rc = tri_out_unnamed(&o[p].out, NULL, why);
    if (rc == TRI_OK)
        rc = split(o, set, fb, k, why);
    for (int p = 0; rc == TRI_OK && p < 2; p++)
        rc = tri_share_take(&o[p], &fd[p], why);
    for (int p = 0; p < 2; p++)
        tri_share_abort(&o[p]);
    return rc;
}
