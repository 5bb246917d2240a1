#include "boards/host/owner/split.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/unnamed.h"
#include "boards/host/owner/reveal.h"
#include "boards/host/share/sharepair.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/ring.h"

enum { SEEDS = 2 }; /* at most */

unsigned tri_split_files(enum tri_sharing sharing)
{
    return sharing == TRI_SHARING_REPLICATED ? 3 : 2;
}

int tri_split_names(char *name[TRI_PARTIES], const char *prefix,
                    enum tri_sharing sharing, struct tri_why *why)
{
    const size_t size = strlen(prefix) + sizeof ".p0.share";
    int rc = TRI_OK;

    for (unsigned p = 0; p < TRI_PARTIES; p++)
        name[p] = NULL;
    for (unsigned p = 0; rc == TRI_OK && p < tri_split_files(sharing); p++) {
        name[p] = malloc(size);
        if (name[p] == NULL)
            rc = tri_why(why, TRI_E_NOMEM, "no memory");
        else
            snprintf(name[p], size, "%s.p%u.share", prefix, p);
    }
    return rc;
}

int tri_split_check(const char *prefix, enum tri_sharing sharing,
                    struct tri_why *why)
{
    char *name[TRI_PARTIES];
    int rc;

    if (prefix[strlen(prefix) - 1] == '/')
        return tri_why(why, TRI_E_ARG,
                       "option --out: '%s' is a directory; add how the names "
                       "of the files begin, such as %strain",
                       prefix, prefix);
    rc = tri_split_names(name, prefix, sharing, why);
    for (unsigned i = 0; rc == TRI_OK && i < tri_split_files(sharing); i++)
        rc = tri_out_check(name[i], why);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        free(name[i]);
    return rc;
}

/* What is split: a data set in the clear, or one in two shares. */
struct source {
    const struct tri_dataset *set;
    const struct tri_share *a, *b;
};

/* The i-th value of a set that fits, at scale fb: exact for a pixel. */
static int encode(uint64_t *out, const struct tri_dataset *set, size_t i,
                  unsigned fb)
{
    if (set->pixels == NULL)
        return tri_fixed_encode(out, (double)set->real[i], (int)fb);
    *out = (uint64_t)set->pixels[i] << (fb - 8);
    return TRI_OK;
}

/* Sample i, n words; `scratch` has room for 2 n more. */
static int sample(uint64_t *word, uint64_t *scratch, size_t n,
                  const struct source *of, const struct tri_share_head *h,
                  uint32_t i, struct tri_why *why)
{
    const size_t px = n - h->classes;
    int rc = TRI_OK;

    if (of->set == NULL)
        return tri_reveal_sample(word, scratch, n, i, of->a, of->b, why);
    for (size_t j = 0; rc == TRI_OK && j < px; j++)
        rc = encode(&word[j], of->set, i * px + j, h->fb);
    for (size_t j = 0; rc == TRI_OK && j < h->classes; j++)
        if (of->set->target != NULL)
            rc = tri_fixed_encode(
                &word[px + j],
                (double)of->set->target[(size_t)i * h->classes + j],
                (int)h->fb);
        else
            word[px + j] = of->set->labels[i] == j;
    return rc;
}

/* What the owner's seeds make of sample i is taken from it. */
static void mask(uint64_t *word, uint64_t *scratch, size_t n,
                 const struct tri_prg *g, unsigned seeds, uint32_t i)
{
    struct tri_stream t;

    for (unsigned j = 0; j < seeds; j++) {
        tri_stream_open(&t, &g[j], 0, i);
        tri_stream_words(&t, scratch, sizeof *scratch, n);
        for (size_t w = 0; w < n; w++)
            word[w] -= scratch[w];
        tri_stream_wipe(&t);
    }
}

/* The component in words: value minus pseudo-random words. */
static int put_words(struct tri_share_out *o, unsigned files,
                     const struct source *of, const struct tri_share_head *h,
                     const struct tri_prg *g, struct tri_why *why)
{
    const size_t n = tri_share_sample(h);
    uint64_t *const word = malloc(24 * n);
    const uint64_t *const part[2] = { word, word };
    int rc = TRI_OK;

    if (word == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory for a sample");
    for (uint32_t i = 0; rc == TRI_OK && i < h->count; i++) {
        rc = sample(word, word + n, n, of, h, i, why);
        mask(word, word + n, n, g, files - 1, i);
        for (unsigned p = 0; rc == TRI_OK && p < files; p++)
            rc = tri_share_put(&o[p], part, n, why);
    }
    tri_wipe(word, 24 * n);
    free(word);
    return rc;
}

/* The header and the seeds of party p's file; which components are seeds, the
 * sharing says. */
static int begin(struct tri_share_out *o, struct tri_share_head *h, unsigned p,
                 uint8_t seed[SEEDS][TRI_SHARE_SEED], struct tri_why *why)
{
    const unsigned last = tri_split_files(h->sharing) - 1;
    unsigned words;
    int rc;

    h->party = p;
    h->seeded = 0;
    for (unsigned c = 0; c < tri_share_components(h); c++)
        if (tri_share_number(h, c) != last)
            h->seeded |= 1u << c;
    words = tri_share_in_words(h);
    h->content = TRI_SHARE_SEED * (uint64_t)(tri_share_components(h) - words) +
                 8 * (uint64_t)h->count * tri_share_sample(h) * words;
    rc = tri_share_start(o, h, "", why);
    for (unsigned c = 0; rc == TRI_OK && c < 2; c++)
        if ((h->seeded >> c & 1) != 0)
            rc = tri_share_put_seed(o, c, seed[tri_share_number(h, c)], why);
    return rc;
}

/* All shares into files that are open, but for what completes them. */
static int split(struct tri_share_out *o, const struct source *of,
                 struct tri_share_head h, const struct tri_kernels *k,
                 struct tri_why *why)
{
    const unsigned files = tri_split_files(h.sharing);
    uint8_t seed[SEEDS][TRI_SHARE_SEED];
    struct tri_prg g[SEEDS];
    int rc = tri_random(h.pair, sizeof h.pair, why);

    if (rc == TRI_OK)
        rc = tri_random(seed, sizeof seed, why);
    if (rc != TRI_OK)
        return rc;
    for (unsigned j = 0; j < SEEDS; j++)
        tri_prg_init(&g[j], k, seed[j], TRI_PRG_CHACHA20);
    for (unsigned p = 0; rc == TRI_OK && p < files; p++)
        rc = begin(&o[p], &h, p, seed, why);
    if (rc == TRI_OK)
        rc = put_words(o, files, of, &h, g, why);
    for (unsigned j = 0; j < SEEDS; j++)
        tri_prg_wipe(&g[j]);
    tri_wipe(seed, sizeof seed);
    return rc;
}

/* The header of a set's shares. */
static int head_of(struct tri_share_head *h, const struct tri_dataset *set,
                   enum tri_sharing sharing, unsigned fb, struct tri_why *why)
{
    *h = (struct tri_share_head){
        .sharing = sharing,
        .kind = TRI_SHARE_DATA,
        .fb = fb,
        .count = set->count,
        .h = set->h,
        .w = set->w,
        .c = set->c,
        .classes = set->classes,
    };
    tri_dataset_most(h->most, set);
    return tri_dataset_fits(set, fb, why);
}

/* Into the files of a prefix. */
static int split_named(const char *prefix, const struct source *of,
                       const struct tri_share_head *h,
                       const struct tri_kernels *k, struct tri_why *why)
{
    struct tri_share_out o[TRI_PARTIES] = { { .out.fd = -1 },
                                            { .out.fd = -1 },
                                            { .out.fd = -1 } };
    const unsigned files = tri_split_files(h->sharing);
    char *name[TRI_PARTIES];
    int rc = tri_split_names(name, prefix, h->sharing, why);

    for (unsigned p = 0; rc == TRI_OK && p < files; p++) {
        rc = tri_out_open(&o[p].out, name[p], why);
        o[p].out.fresh = 1;
    }
    if (rc == TRI_OK)
        rc = split(o, of, *h, k, why);
    if (rc == TRI_OK)
        rc = tri_share_finish_all(o, files, why);
    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        tri_share_abort(&o[p]);
        free(name[p]);
    }
    return rc;
}

int tri_split(const struct tri_dataset *set, const char *prefix,
              enum tri_sharing sharing, unsigned fb,
              const struct tri_kernels *k, struct tri_why *why)
{
    const struct source of = { .set = set };
    struct tri_share_head h;
    const int rc = head_of(&h, set, sharing, fb, why);

    return rc == TRI_OK ? split_named(prefix, &of, &h, k, why) : rc;
}

int tri_split_again(const struct tri_share *a, const struct tri_share *b,
                    const char *prefix, enum tri_sharing sharing,
                    const struct tri_kernels *k, struct tri_why *why)
{
    const struct source of = { .a = a, .b = b };
    const struct tri_share_head h = { .sharing = sharing,
                                      .kind = TRI_SHARE_DATA,
                                      .fb = a->head.fb,
                                      .count = a->head.count,
                                      .h = a->head.h,
                                      .w = a->head.w,
                                      .c = a->head.c,
                                      .classes = a->head.classes,
                                      .most = { a->head.most[0],
                                                a->head.most[1] } };

    return split_named(prefix, &of, &h, k, why);
}

int tri_split_unnamed(int fd[TRI_PARTIES], const struct tri_dataset *set,
                      enum tri_sharing sharing, unsigned fb,
                      const struct tri_kernels *k, struct tri_why *why)
{
    struct tri_share_out o[TRI_PARTIES] = { { .out.fd = -1 },
                                            { .out.fd = -1 },
                                            { .out.fd = -1 } };
    const unsigned files = tri_split_files(sharing);
    const struct source of = { .set = set };
    struct tri_share_head h;
    int rc = head_of(&h, set, sharing, fb, why);

    for (unsigned p = 0; p < TRI_PARTIES; p++)
        fd[p] = -1;
    for (unsigned p = 0; rc == TRI_OK && p < files; p++)
        rc = tri_out_unnamed(&o[p].out, why);
    if (rc == TRI_OK)
        rc = split(o, &of, h, k, why);
    for (unsigned p = 0; rc == TRI_OK && p < files; p++)
        rc = tri_share_take(&o[p], &fd[p], why);
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        tri_share_abort(&o[p]);
    return rc;
}
