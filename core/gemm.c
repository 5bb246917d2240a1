#include "core/err.h"
#include "core/gemm.h"
#include "core/mem.h"
#include "core/block.h"

/*
 * A few rows (or a few columns, seen as rows of the transpose): panels would
 * be mostly padding, and packing would cost more than the product. Let S
 * [s x k] be the small factor, L [k x n] the long one, Z = S * L. Where L's
 * rows are contiguous in n, rows of Z are sums of scaled rows of L; where they
 * are contiguous in k, elements of Z are inner products.
 */
enum {
    SKINNY = 6,       /* most rows                                     */
    SKINNY_INNER = 3, /* inner sizes up to here take scaled rows       */
    SHORT = 8,        /* vectors below are too short for either        */
    CHUNK = 256,      /* elements of n in a task: rows of Z fit the L1 */
    FEWEST = 2,       /* rows of Z of which twice that fits            */
    LEAST = 64,       /* elements of n worth a task                    */
    AT_ONCE = 8,      /* rows of L that then stay in the L1            */
    NARROW_INNER = 64 /* inner sizes worth transposing the result for  */
};

struct skinny {
    const struct tri_kernels *k;
    const tri_ring *S, *L;
    size_t s, n, inner;
    size_t srow, sinner; /* S: element (i, p) at S[i*srow + p*sinner]   */
    size_t ldl;          /* L: words between its contiguous stretches   */
    tri_ring *Z;
    size_t zrow, zcol; /* Z: element (i, j) at Z[i*zrow + j*zcol]     */
    size_t chunk;      /* elements of n in a task                     */
    tri_ring *tmp;     /* [workers x s x chunk] where zcol is not 1   */
};

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void scaled_rows_task(void *arg, size_t task, unsigned worker)
{
    const struct skinny *k = arg;
    const size_t j0 = task * k->chunk, n = min(k->chunk, k->n - j0);
    /* All at once lets the kernel see what comes next. */
    const size_t most = k->s == 1 ? k->inner : AT_ONCE;
    tri_ring *Z = k->Z + j0;
    size_t ldz = k->zrow;

    if (k->zcol != 1) {
        Z = k->tmp + worker * (k->s * k->chunk);
        ldz = k->chunk;
        memset(Z, 0, k->s * k->chunk * sizeof *Z);
    }
    for (size_t p = 0; p < k->inner; p += most)
        for (size_t i = 0; i < k->s; i++)
            k->k->axpys(Z + i * ldz, k->L + p * k->ldl + j0, k->ldl,
                        k->S + i * k->srow + p, min(most, k->inner - p), n);
    if (k->zcol != 1)
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < k->s; i++)
                k->Z[i * k->zrow + (j0 + j) * k->zcol] += Z[i * ldz + j];
}

static void inner_products_task(void *arg, size_t task, unsigned worker)
{
    const struct skinny *k = arg;
    const size_t j0 = task * k->chunk, n = min(k->chunk, k->n - j0);

    (void)worker;
    for (size_t j = j0; j < j0 + n; j++)
        for (size_t i = 0; i < k->s; i++)
            k->Z[i * k->zrow + j * k->zcol] +=
                k->k->dot(k->S + i * k->srow, k->L + j * k->ldl, k->inner);
}

/* `by_row` tells that L is contiguous in n. */
static int skinny_product(const struct tri_cx *cx, struct skinny *k, int by_row)
{
    const size_t mark = tri_arena_mark(cx->arena);
    const size_t workers = tri_par_workers(cx->par);
    size_t tasks;
    tri_ring *S = NULL;
    int rc = TRI_OK;

    k->chunk = (k->n + workers - 1) / workers;
    k->chunk = k->chunk < LEAST ? LEAST : k->chunk;
    k->chunk = min(k->chunk, k->s <= FEWEST ? 2 * CHUNK : CHUNK);
    tasks = (k->n + k->chunk - 1) / k->chunk;
    if (by_row && k->zcol != 1)
        rc = tri_arena_alloc(cx->arena, &k->tmp, workers * k->s * k->chunk,
                             sizeof(tri_ring));
    if (rc == TRI_OK && k->sinner != 1)
        rc = tri_arena_alloc(cx->arena, &S, k->s * k->inner, sizeof(tri_ring));
    if (rc != TRI_OK || tri_arena_measuring(cx->arena))
        goto done;

    if (S != NULL) {
        for (size_t i = 0; i < k->s; i++)
            for (size_t p = 0; p < k->inner; p++)
                S[i * k->inner + p] = k->S[i * k->srow + p * k->sinner];
        k->S = S;
        k->srow = k->inner;
    }
    tri_par_run(cx->par, by_row ? scaled_rows_task : inner_products_task, k,
                tasks);

done:
    tri_arena_release(cx->arena, mark);
    return rc;
}

/*
 * So few columns leave half of a tile's width empty, but tiles are finer in
 * rows: the transpose of the product, added to C by columns.
 */
static int narrow_product(const struct tri_cx *cx, const struct tri_factor *a,
                          const struct tri_factor *b, const struct tri_sink *c,
                          size_t m, size_t n, size_t k)
{
    const size_t mark = tri_arena_mark(cx->arena);
    struct tri_sink t = { .ldc = m };
    int rc = tri_arena_alloc(cx->arena, &t.C, m * n, sizeof(tri_ring));

    if (rc == TRI_OK && !tri_arena_measuring(cx->arena))
        memset(t.C, 0, m * n * sizeof *t.C);
    if (rc == TRI_OK)
        rc = tri_block_product(cx, b, a, &t, n, m, k);
    if (rc == TRI_OK && !tri_arena_measuring(cx->arena))
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                c->C[i * c->ldc + j] += t.C[j * m + i];
    tri_arena_release(cx->arena, mark);
    return rc;
}

int tri_gemm(const struct tri_cx *cx, int ta, int tb, size_t m, size_t n,
             size_t k, const tri_ring *A, size_t lda, const tri_ring *B,
             size_t ldb, tri_ring *C, size_t ldc)
{
    const struct tri_factor a = { .base = A,
                                  .rs = ta ? 1 : lda,
                                  .ps = ta ? lda : 1 };
    const struct tri_factor b = { .base = B,
                                  .rs = tb ? ldb : 1,
                                  .ps = tb ? 1 : ldb };
    const struct tri_sink c = { .C = C, .ldc = ldc };

    if (lda < (ta ? m : k) || ldb < (tb ? k : n) || ldc < n)
        return TRI_E_ARG;
    if (m == 0 || n == 0 || k == 0)
        return TRI_OK;

    if ((m <= SKINNY || (k <= SKINNY_INNER && !tb)) && m <= n &&
        (tb ? k : n) >= SHORT) {
        struct skinny s = { .k = cx->k,
                            .S = A,
                            .L = B,
                            .s = m,
                            .n = n,
                            .inner = k,
                            .srow = a.rs,
                            .sinner = a.ps,
                            .ldl = ldb,
                            .Z = C,
                            .zrow = ldc,
                            .zcol = 1 };
        return skinny_product(cx, &s, !tb);
    }
    if (n <= SKINNY && n < m && (ta ? m : k) >= SHORT) {
        struct skinny s = { .k = cx->k,
                            .S = B,
                            .L = A,
                            .s = n,
                            .n = m,
                            .inner = k,
                            .srow = b.rs,
                            .sinner = b.ps,
                            .ldl = lda,
                            .Z = C,
                            .zrow = 1,
                            .zcol = ldc };
        return skinny_product(cx, &s, ta != 0);
    }
    if (2 * n <= cx->k->gemm.nr && m >= 4 * n && k >= NARROW_INNER)
        return narrow_product(cx, &a, &b, &c, m, n, k);
    return tri_block_product(cx, &a, &b, &c, m, n, k);
}
