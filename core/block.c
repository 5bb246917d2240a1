#include "core/block.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/panel.h"

/*
 * Sizes are cut by shape alone. Loops, from the outside:
 *
 *   columns in blocks of nc               jc
 *     inner dimension in groups           one group of panels of B is packed,
 *                                         shared by all workers
 *       tasks: rows in blocks of mc       (x parts of the columns)
 *         inner blocks of kc in the group a block of A is packed, per worker
 *           panels of B, panels of A      the micro-kernel
 *
 * Few rows and columns with a long inner dimension leave too few tasks; then
 * the inner blocks are the tasks, each worker sums into its own copy of C,
 * and the copies are added at the end.
 *
 * What is packed is used once for each tile of the other factor. Where those
 * are few, it must not leave the L1 cache in between: a block of A is then a
 * panel or so; and for few rows all of A is packed, the panels of B are the
 * tasks, and each is used as soon as it is packed.
 */
enum {
    FEW_TASKS = 4,         /* tasks that keep a few cores busy              */
    SMALL_WORK = 1 << 16,  /* multiply-adds not worth a second thread        */
    SPLIT_INNER = 8,       /* inner blocks from which on they are tasks      */
    SPLIT_WORDS = 1 << 15, /* ... and the largest C for which they are       */
    SCATTER_WORDS = 1 << 14, /* rows x columns held back before a scatter    */
    FEW_TILES = 3,           /* tiles of one factor that make the other short */
    SHORT_WORDS = 1 << 11,   /* of a block of A that stays in the L1          */
    FEW_BLOCKS = 8           /* inner blocks of A packed at once for few rows */
};

/* What the tasks of a product are. */
enum way {
    BY_GRID,  /* blocks of rows, each with a part of the columns            */
    BY_PANEL, /* few rows: panels of B, while all of A is packed            */
    BY_INNER, /* a long inner dimension: its blocks, with a copy of C each  */
    BY_IMAGE  /* a sink that scatters: images                               */
};

struct job {
    const struct tri_kernels *k;
    const struct tri_factor *a, *b;
    const struct tri_sink *c;
    size_t m, n, inner;

    /* the plan: by shape, kernel and number of workers */
    enum way way;
    size_t mc, kc, nc;     /* block sizes, evened out                       */
    size_t blocks;         /* inner blocks in all                           */
    size_t at_once;        /* inner blocks of B that are packed together    */
    size_t row_blocks;     /* blocks of rows                                */
    size_t row_panels;     /* panels of all rows                            */
    size_t groups;         /* BY_GRID: parts of the columns                 */
    size_t aw, bw;         /* words of a full panel of A, of B              */
    size_t awords, bwords; /* words of A, of B                              */
    size_t tile;           /* words of T per worker                         */
    size_t rows;           /* BY_IMAGE: rows of T                           */

    /* where the product stands */
    size_t jc, nb, panels; /* present columns: first, count, panels         */
    size_t q0, qn;         /* present inner blocks: first, count            */

    /* Panels of A: BY_PANEL [qn x row_panels], else [workers x mc/mr].
     * Panels of B: BY_PANEL [workers], BY_INNER [workers x panels], else
     * [qn x panels]. */
    tri_ring *A, *B;
    const tri_ring *from; /* BY_GRID, BY_IMAGE: B, or packed by the caller  */
    tri_ring *T;          /* [workers x tile]. BY_INNER: copies of C;
                             BY_IMAGE: rows that wait to be scattered       */
};

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t ceil_div(size_t a, size_t b)
{
    return a / b + (a % b != 0);
}

/* Cut `n` into pieces of at most `most`, as equal as multiples of `unit` allow;
 * returns the size of a piece. */
static size_t even_cut(size_t n, size_t most, size_t unit)
{
    return ceil_div(ceil_div(n, ceil_div(n, most)), unit) * unit;
}

/* Size of an inner block. */
static size_t inner_cut(const struct tri_gemm_kernel *g, size_t inner)
{
    return even_cut(inner, g->kc, g->ku == 1 ? 2 : g->ku);
}

static size_t inner_at(const struct job *j, size_t q)
{
    return min(j->kc, j->inner - q * j->kc);
}

static void pack_b(const struct job *j, tri_ring *dst, size_t q, size_t panel)
{
    const struct tri_gemm_kernel *g = &j->k->gemm;
    const size_t at = panel * g->nr;

    tri_panel_pack(g, j->b, 1, dst, j->bw, j->jc + at, min(g->nr, j->nb - at),
                   q * j->kc, inner_at(j, q));
}

static void pack_b_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;

    (void)worker;
    pack_b(j, j->B + task * j->bw, j->q0 + task / j->panels, task % j->panels);
}

/* Calls of the micro-kernel stand between these two. */
static void begin(const struct job *j)
{
    if (j->k->gemm.begin != NULL)
        j->k->gemm.begin();
}

static void end(const struct job *j)
{
    if (j->k->gemm.end != NULL)
        j->k->gemm.end();
}

/* C [mb x columns of panels p0..p1-1] += rows i0.. of A * inner block q. `B`
 * are all panels of the inner block; C points at row i0, column jc. */
static void block(const struct job *j, tri_ring *abuf, const tri_ring *B,
                  size_t i0, size_t mb, size_t q, size_t p0, size_t p1,
                  tri_ring *C, size_t ldc)
{
    const struct tri_gemm_kernel *g = &j->k->gemm;
    const size_t kq = inner_at(j, q), kp = tri_panel_inner(g, kq);

    tri_panel_pack(g, j->a, 0, abuf, j->aw, i0, mb, q * j->kc, kq);
    for (size_t p = p0; p < p1; p++) {
        const size_t at = p * g->nr, nn = min(g->nr, j->nb - at);

        for (size_t i = 0; i < mb; i += g->mr)
            g->fn(kp, abuf + i / g->mr * j->aw, B + p * j->bw, C + i * ldc + at,
                  ldc, min(g->mr, mb - i), nn);
    }
}

static tri_ring *abuf_of(const struct job *j, unsigned worker)
{
    return j->A + worker * (ceil_div(j->mc, j->k->gemm.mr) * j->aw);
}

/* Rows in blocks, columns in parts. */
static void grid_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const size_t i0 = task / j->groups * j->mc, part = task % j->groups;
    const size_t p0 = part * j->panels / j->groups;
    const size_t p1 = (part + 1) * j->panels / j->groups;

    begin(j);
    for (size_t q = 0; q < j->qn && p0 < p1; q++)
        block(j, abuf_of(j, worker), j->from + q * j->panels * j->bw, i0,
              min(j->mc, j->m - i0), j->q0 + q, p0, p1,
              j->c->C + i0 * j->c->ldc + j->jc, j->c->ldc);
    end(j);
}

static void pack_a_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const size_t q = j->q0 + task;

    (void)worker;
    tri_panel_pack(&j->k->gemm, j->a, 0, j->A + task * j->row_panels * j->aw,
                   j->aw, 0, j->m, q * j->kc, inner_at(j, q));
}

/* All rows, the columns of one panel. */
static void panel_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const struct tri_gemm_kernel *g = &j->k->gemm;
    const size_t at = task * g->nr, nn = min(g->nr, j->nb - at);
    tri_ring *B = j->B + worker * j->bw;

    begin(j);
    for (size_t q = 0; q < j->qn; q++) {
        const size_t kp = tri_panel_inner(g, inner_at(j, j->q0 + q));
        const tri_ring *A = j->A + q * j->row_panels * j->aw;

        pack_b(j, B, j->q0 + q, task);
        for (size_t i = 0; i < j->m; i += g->mr)
            g->fn(kp, A + i / g->mr * j->aw, B,
                  j->c->C + i * j->c->ldc + j->jc + at, j->c->ldc,
                  min(g->mr, j->m - i), nn);
    }
    end(j);
}

/* One inner block for all rows and columns, into the worker's copy of C. */
static void inner_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    tri_ring *B = j->B + worker * j->panels * j->bw;
    tri_ring *C = j->T + worker * j->tile;

    for (size_t p = 0; p < j->panels; p++)
        pack_b(j, B + p * j->bw, task, p);
    begin(j);
    for (size_t i = 0; i < j->m; i += j->mc)
        block(j, abuf_of(j, worker), B, i, min(j->mc, j->m - i), task, 0,
              j->panels, C + i * j->n, j->n);
    end(j);
}

/* Add one row of the product, columns jc.. of [kh x kw x c], to the pixels
 * that output position (y, x) of the image at `X` sees. */
static void scatter(const struct job *j, tri_ring *X, size_t y, size_t x,
                    const tri_ring *row)
{
    const struct tri_conv *g = j->c->g;
    const size_t width = (size_t)g->kw * g->c;
    const size_t top = y * g->stride - g->pad; /* wraps below 0 */
    const size_t left = x * g->stride - g->pad;
    const size_t lo = left > g->w ? (0 - left) * g->c : 0;
    const size_t hi = min(width, (g->w - left) * g->c);
    size_t i = j->jc / width, at = j->jc % width;

    for (size_t n = j->nb, len; n != 0; n -= len, row += len, i++, at = 0) {
        size_t from, to;

        len = min(width - at, n);
        from = at > lo ? at : lo;
        to = min(at + len, hi);
        if (top + i < g->h && from < to) {
            tri_ring *z = X + (((top + i) * g->w + left) * g->c + from);

            j->k->add(z, z, row + (from - at), to - from);
        }
    }
}

/* One image: a few positions at a time. */
static void scatter_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const struct tri_conv *g = j->c->g;
    const size_t per = (size_t)g->oh * g->ow;
    tri_ring *X = j->c->C + task * ((size_t)g->h * g->w * g->c);
    tri_ring *T = j->T + worker * j->tile;
    size_t y = 0, x = 0;

    begin(j);
    for (size_t i = 0; i < per; i += j->rows) {
        const size_t mb = min(j->rows, per - i);

        memset(T, 0, mb * j->nb * sizeof *T);
        for (size_t q = 0; q < j->qn; q++)
            block(j, abuf_of(j, worker), j->from + q * j->panels * j->bw,
                  task * per + i, mb, j->q0 + q, 0, j->panels, T, j->nb);
        for (size_t r = 0; r < mb; r++) {
            scatter(j, X, y, x, T + r * j->nb);
            if (++x == g->ow) {
                x = 0;
                y++;
            }
        }
    }
    end(j);
}

size_t tri_block_packed(const struct tri_kernels *k, size_t n, size_t inner)
{
    const struct tri_gemm_kernel *g = &k->gemm;
    const size_t kc = inner_cut(g, inner);

    return ceil_div(inner, kc) * ceil_div(n, g->nr) *
           tri_panel_words(g, g->nr, kc);
}

void tri_block_pack(const struct tri_kernels *k, const struct tri_factor *b,
                    tri_ring *dst, size_t n, size_t inner)
{
    const struct tri_gemm_kernel *g = &k->gemm;
    const size_t kc = inner_cut(g, inner);
    const size_t words = tri_panel_words(g, g->nr, kc);

    for (size_t p = 0; p < inner; p += kc, dst += ceil_div(n, g->nr) * words)
        tri_panel_pack(g, b, 1, dst, words, 0, n, p, min(kc, inner - p));
}

/* ---- the plan ------------------------------------------------------------ */

static enum way choose_way(const struct job *j)
{
    const struct tri_gemm_kernel *g = &j->k->gemm;

    if (j->c->g != NULL)
        return BY_IMAGE;
    if (j->b->packed)
        return BY_GRID;
    if (j->blocks >= SPLIT_INNER && j->n <= g->nc && j->m * j->n <= SPLIT_WORDS)
        return BY_INNER;
    return j->m <= FEW_TILES * g->mr ? BY_PANEL : BY_GRID;
}

/* Rows of a block, and parts of the columns. */
static void cut_tasks(struct job *j)
{
    const struct tri_gemm_kernel *g = &j->k->gemm;
    const size_t panels = j->nc / g->nr;

    j->row_panels = ceil_div(j->m, g->mr);
    j->mc = g->mc;
    if (panels <= FEW_TILES)
        j->mc = min(j->mc, SHORT_WORDS / j->kc / g->mr * g->mr);
    j->mc = even_cut(j->m, j->mc != 0 ? j->mc : g->mr, g->mr);
    if (j->way == BY_IMAGE) {
        j->rows = SCATTER_WORDS / j->nc / g->mr * g->mr;
        j->rows = min(j->rows != 0 ? j->rows : g->mr, j->mc);
        j->mc = j->rows;
    }
    j->row_blocks = ceil_div(j->m, j->mc);
    j->groups = 1;
    if (j->row_blocks < FEW_TASKS)
        j->groups = min(ceil_div(FEW_TASKS, j->row_blocks), panels / 4);
    if (j->groups == 0)
        j->groups = 1;
}

/* Words of the buffers, and what is packed together. */
static void size_buffers(struct job *j, size_t workers)
{
    const struct tri_gemm_kernel *g = &j->k->gemm;
    const size_t panels = j->nc / g->nr;

    /* As many inner blocks of B as take the room of kc x nc. */
    j->at_once = min(j->blocks, g->nc / j->nc != 0 ? g->nc / j->nc : 1);
    j->awords = workers * ceil_div(j->mc, g->mr) * j->aw;
    j->bwords = j->at_once * panels * j->bw;
    if (j->b->packed) {
        j->at_once = j->blocks;
        j->bwords = 0;
    }
    switch (j->way) {
    case BY_GRID:
        break;
    case BY_PANEL:
        j->at_once = min(j->blocks, FEW_BLOCKS);
        j->awords = j->at_once * j->row_panels * j->aw;
        j->bwords = workers * j->bw;
        break;
    case BY_INNER:
        j->bwords = workers * panels * j->bw;
        j->tile = j->m * j->n;
        break;
    case BY_IMAGE:
        j->tile = j->rows * j->nc;
        break;
    }
}

static void plan_product(struct job *j, size_t workers)
{
    const struct tri_gemm_kernel *g = &j->k->gemm;

    j->kc = inner_cut(g, j->inner);
    j->nc = even_cut(j->n, g->nc, g->nr);
    j->blocks = ceil_div(j->inner, j->kc);
    j->aw = tri_panel_words(g, g->mr, j->kc);
    j->bw = tri_panel_words(g, g->nr, j->kc);
    j->way = choose_way(j);
    cut_tasks(j);
    size_buffers(j, workers);
}

static int take_buffers(struct job *j, struct tri_arena *a, size_t workers)
{
    int rc = tri_arena_alloc(a, &j->A, j->awords, sizeof(tri_ring));

    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &j->B, j->bwords, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &j->T, workers * j->tile, sizeof(tri_ring));
    j->from = j->b->packed ? j->b->base : j->B;
    return rc;
}

/* ---- the run ------------------------------------------------------------- */

/* BY_INNER: all inner blocks of the present columns, which are all columns. */
static void run_inner(struct job *j, const struct tri_par *par, size_t workers)
{
    memset(j->T, 0, workers * j->tile * sizeof *j->T);
    tri_par_run(par, inner_task, j, j->blocks);
    for (size_t w = 0; w < workers; w++)
        for (size_t i = 0; i < j->m; i++) {
            tri_ring *z = j->c->C + i * j->c->ldc;

            j->k->add(z, z, j->T + w * j->tile + i * j->n, j->n);
        }
}

/* The other ways: the present inner blocks of the present columns. */
static void run_group(struct job *j, const struct tri_par *par)
{
    if (j->way == BY_PANEL) {
        tri_par_run(par, pack_a_task, j, j->qn);
        tri_par_run(par, panel_task, j, j->panels);
        return;
    }
    if (!j->b->packed)
        tri_par_run(par, pack_b_task, j, j->qn * j->panels);
    if (j->way == BY_IMAGE)
        tri_par_run(par, scatter_task, j, j->c->g->b);
    else
        tri_par_run(par, grid_task, j, j->row_blocks * j->groups);
}

int tri_block_product(const struct tri_cx *cx, const struct tri_factor *a,
                      const struct tri_factor *b, const struct tri_sink *c,
                      size_t m, size_t n, size_t k)
{
    const struct tri_par *par =
        m * n < SMALL_WORK && m * n * k < SMALL_WORK ? NULL : cx->par;
    const size_t workers = tri_par_workers(par);
    const size_t mark = tri_arena_mark(cx->arena);
    struct job j = { cx->k, a, b, c, .m = m, .n = n, .inner = k };
    int rc;

    if (m == 0 || n == 0 || k == 0)
        return TRI_OK;
    plan_product(&j, workers);
    rc = take_buffers(&j, cx->arena, workers);
    if (rc != TRI_OK || tri_arena_measuring(cx->arena))
        goto done;
    for (j.jc = 0; j.jc < n; j.jc += j.nc) {
        j.nb = min(j.nc, n - j.jc);
        j.panels = ceil_div(j.nb, cx->k->gemm.nr);
        if (j.way == BY_INNER) {
            run_inner(&j, par, workers);
            continue;
        }
        for (j.q0 = 0; j.q0 < j.blocks; j.q0 += j.at_once) {
            j.qn = min(j.at_once, j.blocks - j.q0);
            run_group(&j, par);
        }
    }

done:
    tri_arena_release(cx->arena, mark);
    return rc;
}
