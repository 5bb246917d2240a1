#include "boards/host/owner/results.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/file.h"
#include "boards/host/base/print.h"
#include "boards/host/formats/npy.h"
#include "core/err.h"
#include "core/mem.h"

int tri_results_alloc(struct tri_results *r, uint32_t count, uint32_t classes,
                      int scores, struct tri_why *why)
{
    *r = (struct tri_results){ .count = count, .classes = classes };
    r->class = calloc(count, sizeof *r->class);
    if (scores)
        r->score = calloc((size_t)count * classes, sizeof *r->score);
    if (r->class != NULL && (!scores || r->score != NULL))
        return TRI_OK;
    return tri_why(why, TRI_E_NOMEM, "no memory for the results of %u samples",
                   count);
}

void tri_results_free(struct tri_results *r)
{
    if (r->score != NULL)
        tri_wipe(r->score, (size_t)r->count * r->classes * sizeof *r->score);
    if (r->class != NULL)
        tri_wipe(r->class, (size_t)r->count * sizeof *r->class);
    free(r->score);
    free(r->class);
    *r = (struct tri_results){ 0 };
}

void tri_results_rank(struct tri_results *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        const double *const row = r->score + (size_t)i * r->classes;
        uint32_t best = 0;
        for (uint32_t j = 1; j < r->classes; j++)
            if (row[j] > row[best])
                best = j;
        r->class[i] = best;
    }
}

void tri_results_print(FILE *out, const struct tri_results *r, int scores)
{
    for (uint32_t i = 0; i < r->count; i++) {
        if (!scores)
            fprintf(out, "%u\n", r->class[i]);
        for (uint32_t j = 0; scores && j < r->classes; j++)
            fprintf(out, "%.9g%c", r->score[(size_t)i * r->classes + j],
                    j + 1 < r->classes ? ',' : '\n');
    }
}

struct chosen {
    const struct tri_results *r;
    int scores;
};

static int print(FILE *f, const void *arg, struct tri_why *why)
{
    const struct chosen *const c = arg;

    (void)why;
    tri_results_print(f, c->r, c->scores);
    return TRI_OK;
}

static int put_npy(struct tri_out *o, const struct tri_results *r, int scores,
                   struct tri_why *why)
{
    const enum tri_dtype type = scores ? TRI_DTYPE_F32 : TRI_DTYPE_I64;
    const uint64_t d[2] = { r->count, r->classes };
    const size_t n = scores ? (size_t)r->count * r->classes : r->count;
    uint8_t head[TRI_NPY_HEADER], v[8];
    int rc = tri_out_write(o, head, tri_npy_header(head, type, d, 1 + !!scores),
                           why);

    for (size_t i = 0; rc == TRI_OK && i < n; i++) {
        tri_array_put(v, type, 0, scores ? r->score[i] : r->class[i]);
        rc = tri_out_write(o, v, tri_dtype_size(type), why);
    }
    return rc;
}

int tri_results_write(const char *path, const struct tri_results *r, int scores,
                      struct tri_why *why)
{
    const struct chosen c = { r, scores };
    struct tri_out o;
    int rc;

    if (path == NULL || tri_file_stem(path, ".npy") == 0)
        return tri_file_print(path, print, &c, why);
    rc = tri_out_open(&o, path, why);
    o.fresh = 1;
    if (rc == TRI_OK)
        rc = put_npy(&o, r, scores, why);
    if (rc == TRI_OK)
        return tri_out_commit(&o, why);
    tri_out_abort(&o);
    return rc;
}
