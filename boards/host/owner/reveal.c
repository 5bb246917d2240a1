#include "boards/host/owner/reveal.h"
#include <stdlib.h>
#include "boards/host/formats/weightfile.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/ring.h"
#include "proto/nn/conv.h"

/* Which component of b it is that a lacks. */
static unsigned lacking(const struct tri_share *a, const struct tri_share *b)
{
    const unsigned both = tri_share_components(&a->head);

    return both == 2 &&
           tri_share_number(&b->head, 0) != tri_share_number(&a->head, both);
}

/* n words of both shares from word `first` on, joined in x: all that a holds,
 * and of b the component that a lacks. */
static int join(uint64_t *x, size_t n, uint64_t first,
                const struct tri_share *a, const struct tri_share *b,
                struct tri_why *why)
{
    enum { PIECE = 512 };
    const unsigned both = tri_share_components(&a->head);
    const unsigned of_b = lacking(a, b);
    uint64_t buf[4][PIECE];
    int rc = TRI_OK;

    for (size_t at = 0, m; rc == TRI_OK && at < n; at += m) {
        m = n - at < PIECE ? n - at : PIECE;
        rc = tri_share_words(a, (uint64_t *const[2]){ buf[0], buf[1] }, m,
                             first + at, why);
        if (rc == TRI_OK)
            rc = tri_share_words(b, (uint64_t *const[2]){ buf[2], buf[3] }, m,
                                 first + at, why);
        for (size_t i = 0; rc == TRI_OK && i < m; i++)
            x[at + i] =
                buf[0][i] + (both == 2 ? buf[1][i] : 0) + buf[2 + of_b][i];
    }
    tri_wipe(buf, sizeof buf);
    return rc;
}

int tri_reveal_sample(uint64_t *x, uint64_t *scratch, size_t n, uint32_t i,
                      const struct tri_share *a, const struct tri_share *b,
                      struct tri_why *why)
{
    const size_t px = n - a->head.classes;
    uint64_t *const v[2] = { scratch, scratch + n };
    uint64_t *const y[2] = { v[0] + px, v[1] + px };
    int rc = tri_share_fetch(a, i, v, px < n ? y : NULL, why);

    for (size_t j = 0; rc == TRI_OK && j < n; j++)
        x[j] = v[0][j] + (tri_share_components(&a->head) == 2 ? v[1][j] : 0);
    if (rc == TRI_OK)
        rc = tri_share_fetch(b, i, v, px < n ? y : NULL, why);
    for (size_t j = 0; rc == TRI_OK && j < n; j++)
        x[j] += v[lacking(a, b)][j];
    return rc;
}

/* The place of the 1 in a one-hot row, or -1. The row is the result: from
 * here on it is nobody's secret. */
static int hot(const uint64_t *row, uint32_t n)
{
    int at = -1;

    for (uint32_t i = 0; i < n; i++) {
        if (row[i] > 1 || (row[i] == 1 && at >= 0))
            return -1;
        if (row[i] == 1)
            at = (int)i;
    }
    return at;
}

int tri_reveal_result(struct tri_results *r, const struct tri_share *a,
                      const struct tri_share *b, struct tri_why *why)
{
    const uint32_t n = a->head.classes;
    const int scores = a->head.kind == TRI_SHARE_SCORES;
    uint64_t *const x = malloc(8 * (size_t)n);
    int rc = tri_results_alloc(r, a->head.count, n, scores, why);

    if (rc == TRI_OK && x == NULL)
        rc = tri_why(why, TRI_E_NOMEM, "no memory for %u classes", n);
    for (uint32_t i = 0; rc == TRI_OK && i < r->count; i++) {
        int class = 0;
        rc = join(x, n, (uint64_t)i * n, a, b, why);
        for (uint32_t j = 0; scores && j < n; j++)
            r->score[(size_t)i * n + j] =
                tri_fixed_decode(x[j], (int)a->head.fb);
        if (rc == TRI_OK && !scores)
            class = hot(x, n);
        if (class < 0)
            rc = tri_why(why, TRI_E_FORMAT,
                         "%s and %s: sample %u is not one class; the shares "
                         "were not made together",
                         a->path, b->path, i);
        r->class[i] = (uint32_t) class;
    }
    free(x);
    if (rc == TRI_OK && scores)
        tri_results_rank(r);
    return rc;
}

static void print_rows(FILE *out, const uint64_t *x, size_t n, size_t cols,
                       unsigned fb)
{
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%.9g%c", tri_fixed_decode(x[i], (int)fb),
                (i + 1) % cols == 0 ? '\n' : ' ');
}

static void print_head(FILE *out, size_t layer, const struct tri_layer_spec *l,
                       size_t weights)
{
    if (l->kind == &tri_layer_conv)
        fprintf(out, "layer %zu weights %u %u %u %u\n", layer, l->size, l->size,
                l->ic, l->oc);
    else
        fprintf(out, "layer %zu weights %zu %u\n", layer, weights / l->oc,
                l->oc);
}

size_t tri_reveal_numbers(const struct tri_share *a)
{
    return (size_t)(a->head.content / 8 / tri_share_components(&a->head));
}

int tri_reveal_words(uint64_t **x, const struct tri_share *a,
                     const struct tri_share *b, struct tri_why *why)
{
    const size_t total = tri_reveal_numbers(a);

    *x = malloc(total * 8 + 1);
    if (*x == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory for %zu weights", total);
    return join(*x, total, 0, a, b, why);
}

static void forget(uint64_t *x, const struct tri_share *a)
{
    if (x != NULL)
        tri_wipe(x, tri_reveal_numbers(a) * 8);
    free(x);
}

int tri_reveal_weights(const char *path, enum tri_layout layout,
                       const struct tri_share *a, const struct tri_share *b,
                       struct tri_why *why)
{
    uint64_t *x;
    int rc = tri_reveal_words(&x, a, b, why);

    if (rc == TRI_OK)
        rc = tri_weightfile_write(path, &a->net, layout, x, a->head.fb, why);
    forget(x, a);
    return rc;
}

int tri_reveal_model(FILE *out, const struct tri_share *a,
                     const struct tri_share *b, struct tri_why *why)
{
    uint64_t *x;
    const uint64_t *at;
    const int rc = tri_reveal_words(&x, a, b, why);

    if (rc != TRI_OK)
        goto out;
    at = x;
    for (const char *p = a->text; *p != '\0'; p++) {
        if (p == a->text || p[-1] == '\n')
            fputs("# ", out);
        fputc(*p, out);
    }
    for (size_t i = 0; i < a->net.layers; i++) {
        const struct tri_layer_spec *const l = &a->net.layer[i];
        size_t w, bias;
        tri_layer_params(l, &w, &bias);
        if (w == 0)
            continue;
        print_head(out, i + 1, l, w);
        print_rows(out, at, w, l->oc, a->head.fb);
        if (bias > 0)
            fprintf(out, "layer %zu biases %zu\n", i + 1, bias);
        print_rows(out, at + w, bias, bias, a->head.fb);
        at += w + bias;
        if (tri_layer_kept(l) > 0) {
            const size_t n = tri_layer_kept(l) / 2;

            fprintf(out, "layer %zu running means %zu\n", i + 1, n);
            print_rows(out, at, n, n, a->head.fb);
            fprintf(out, "layer %zu running variances %zu\n", i + 1, n);
            print_rows(out, at + n, n, n, a->head.fb);
            at += 2 * n;
        }
    }
out:
    forget(x, a);
    return rc;
}
