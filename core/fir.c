#include "core/err.h"
#include "core/fir.h"
#include "core/mem.h"
#include "core/block.h"

/*
 * The two-parallel fast FIR algorithm (Z. Mou and P. Duhamel, "Fast FIR
 * filtering: algorithms and implementations", 1987; K. Parhi, "VLSI Digital
 * Signal Processing Systems", ch. 9). Along its rows a convolution is
 *
 *   y[r] = w[0]*x[r] + w[1]*x[r+1] + ... + w[k-1]*x[r+k-1],
 *
 * where x[r] and y[r] are rows of images, w[i] is a row of the filter, and each
 * product is a convolution in the other dimension. With even and odd rows
 *
 *   x0[r] = x[2r]   x1[r] = x[2r+1]   x2[r] = x[2r+2]
 *   y0[r] = y[2r]   y1[r] = y[2r+1]   w0[i] = w[2i]   w1[i] = w[2i+1]
 *
 * and * for a whole convolution of half as many rows,
 *
 *   y0 = w0*x0 + w1*x1 = (w0 + w1)*x1 + w0*(x0 - x1)
 *   y1 = w0*x1 + w1*x2 = (w0 + w1)*x1 + w1*(x2 - x1).
 *
 * Three small convolutions take the place of four. They are split again, until
 * the filter has one row or the output an odd number. 5 rows become 3, 3 and 2;
 * then 2, 2, 1, 2, 2, 1, 1, 1, 1; then 1: 8 outputs cost 22 products of rows
 * instead of 40. Nothing is divided: the identity holds in any ring.
 *
 * Both gradients are the transposed maps. From dy0 and dy1,
 *
 *   by the input    t1 = dy0 + dy1 through w0 + w1   dx1 += t1 - t2 - t3
 *                   t2 = dy0       through w0        dx0 += t2
 *                   t3 = dy1       through w1        dx2 += t3
 *   by the filter   u1 = dy0 + dy1 on x1             dw0 += u1 + u2
 *                   u2 = dy0       on x0 - x1        dw1 += u1 + u3
 *                   u3 = dy1       on x2 - x1
 *
 * A few images are worked on at a time, so that they and all sums stay in the
 * L2 cache; their rows of the same number lie together, so that sums run over
 * long stretches of memory. The transformed filter is packed once.
 */
enum {
    POSITIONS = 256,       /* outputs that are worth a transformed filter  */
    TAPS = 200,            /* multiply-adds of a word worth its sums       */
    CHUNK_WORDS = 1 << 15, /* of X and Z that are worked on at a time      */
    IMAGE_WORDS = 1 << 17  /* of X and Z of the largest image              */
};

enum pass { FWD, DX, DW };

struct fir {
    const struct tri_conv *g;
    enum pass pass;
    struct tri_cx cx; /* of one worker */
    size_t n;         /* images       */
    size_t xw, zw;    /* words of a row of all n, in X and in Z */
    size_t uw;        /* words of a row of the transformed filter */
    int rc;
};

/* Every step-th of some rows. */
struct rows {
    tri_ring *p;
    size_t step;
};

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t max(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Whether k filter rows and `out` output rows are not split further. */
static int whole(size_t k, size_t out)
{
    return k == 1 || out % 2 != 0;
}

/* Filter rows k0 = k - k/2 of w0 and of w0 + w1; k/2 of w1. */
static size_t half(size_t k)
{
    return k - k / 2;
}

/* Rows of the transformed filter: those of w0 + w1, of w0, of w1. */
static size_t filter_rows(size_t k, size_t out)
{
    return whole(k, out) ? k
                         : 2 * filter_rows(half(k), out / 2) +
                               filter_rows(k / 2, out / 2);
}

/* z = x op y, for n rows of w words. */
static void each(tri_ring3_fn op, struct rows z, struct rows x, struct rows y,
                 size_t n, size_t w)
{
    for (size_t r = 0; r < n; r++)
        op(z.p + r * z.step * w, x.p + r * x.step * w, y.p + r * y.step * w, w);
}

static struct rows at(struct rows r, size_t first, size_t step, size_t w)
{
    return (struct rows){ r.p + first * r.step * w, step * r.step };
}

/* One row of the filter and one row of each image: Z, X or U gets the product
 * of the other two. */
static int product(const struct fir *f, tri_ring *Z, tri_ring *X, tri_ring *U)
{
    struct tri_conv row = *f->g;
    const size_t o = row.o, taps = (size_t)row.kw * row.c, m = f->n * row.ow;

    row.b = row.kh = 1;
    row.h = row.oh = (uint32_t)f->n;

    const struct tri_factor packed = { .base = U, .packed = 1 };
    const struct tri_factor x = { .base = X,
                                  .g = &row,
                                  .by_tap = f->pass == DW };
    const struct tri_factor dz = { .base = Z,
                                   .rs = f->pass == DX ? o : 1,
                                   .ps = f->pass == DX ? 1 : o };
    const struct tri_sink z = { .C = Z, .ldc = o };
    const struct tri_sink dx = { .C = X, .g = &row };
    const struct tri_sink dw = { .C = U, .ldc = o };

    switch (f->pass) {
    case FWD:
        return tri_block_product(&f->cx, &x, &packed, &z, m, o, taps);
    case DX:
        return tri_block_product(&f->cx, &dz, &packed, &dx, m, taps, o);
    default:
        return tri_block_product(&f->cx, &x, &dz, &dw, taps, o, m);
    }
}

/* Words that split() needs at `tmp`. */
static size_t split_words(const struct fir *f, size_t k, size_t out)
{
    const size_t m = out / 2, k0 = half(k);

    return whole(k, out)
               ? 0
               : (m + k0 - 1) * f->xw + m * f->zw + split_words(f, k0, m);
}

/* The pass for k filter rows, `out` rows of Z and out + k - 1 of X. */
static void split(struct fir *f, struct rows Z, struct rows X, tri_ring *U,
                  size_t k, size_t out, tri_ring *tmp)
{
    const tri_ring3_fn add = f->cx.k->add, sub = f->cx.k->sub;
    const size_t m = out / 2, k0 = half(k), k1 = k / 2;
    const size_t n0 = m + k0 - 1, n1 = m + k1 - 1;
    const size_t xw = f->xw, zw = f->zw;

    if (whole(k, out)) {
        for (size_t r = 0; r < out; r++)
            for (size_t i = 0; i < k && f->rc == TRI_OK; i++)
                f->rc = product(f, at(Z, r, 1, zw).p, at(X, r + i, 1, xw).p,
                                U + i * f->uw);
        return;
    }

    const struct rows x0 = at(X, 0, 2, xw), x1 = at(X, 1, 2, xw);
    const struct rows x2 = at(X, 2, 2, xw);
    const struct rows y0 = at(Z, 0, 2, zw), y1 = at(Z, 1, 2, zw);
    const struct rows t = { tmp, 1 }, s = { tmp + n0 * xw, 1 };
    tri_ring *const U2 = U + filter_rows(k0, m) * f->uw;
    tri_ring *const U3 = U2 + (U2 - U);

    tmp = s.p + m * zw;
    if (f->pass == FWD) {
        memset(s.p, 0, m * zw * sizeof *s.p);
        split(f, s, x1, U, k0, m, tmp);
        each(add, y0, y0, s, m, zw);
        each(add, y1, y1, s, m, zw);
    } else {
        each(add, s, y0, y1, m, zw);
        split(f, s, x1, U, k0, m, tmp);
    }
    if (f->pass != DX) {
        each(sub, t, x0, x1, n0, xw);
        split(f, y0, t, U2, k0, m, tmp);
        each(sub, t, x2, x1, n1, xw);
        split(f, y1, t, U3, k1, m, tmp);
    } else {
        memset(t.p, 0, n0 * xw * sizeof *t.p);
        split(f, y0, t, U2, k0, m, tmp);
        each(add, x0, x0, t, n0, xw);
        each(sub, x1, x1, t, n0, xw);
        memset(t.p, 0, n1 * xw * sizeof *t.p);
        split(f, y1, t, U3, k1, m, tmp);
        each(add, x2, x2, t, n1, xw);
        each(sub, x1, x1, t, n1, xw);
    }
}

/* Words that transform() and back() need at `tmp`, with filter rows of w. */
static size_t sum_words(size_t k, size_t out, size_t w)
{
    return whole(k, out) ? 0 : half(k) * w + sum_words(half(k), out / 2, w);
}

/* U = the transformed filter, packed, from every step-th row of W on. */
static void transform(const struct fir *f, const tri_ring *W, size_t step,
                      tri_ring *U, size_t k, size_t out, tri_ring *tmp)
{
    const size_t o = f->g->o, taps = (size_t)f->g->kw * f->g->c, w = taps * o;
    const size_t m = out / 2, k0 = half(k), k1 = k / 2;

    if (whole(k, out)) {
        for (size_t i = 0; i < k; i++) {
            const struct tri_factor b = { .base = W + i * step * w,
                                          .rs = f->pass == DX ? o : 1,
                                          .ps = f->pass == DX ? 1 : o };

            tri_block_pack(f->cx.k, &b, U + i * f->uw, f->pass == DX ? taps : o,
                           f->pass == DX ? o : taps);
        }
        return;
    }
    tri_ring *const U2 = U + filter_rows(k0, m) * f->uw;
    tri_ring *const U3 = U2 + (U2 - U);
    const tri_ring *const W1 = W + step * w;

    for (size_t i = 0; i < k1; i++)
        f->cx.k->add(tmp + i * w, W + 2 * i * step * w, W1 + 2 * i * step * w,
                     w);
    if (k1 < k0)
        memcpy(tmp + k1 * w, W + 2 * k1 * step * w, w * sizeof *tmp);
    transform(f, tmp, 1, U, k0, m, tmp + k0 * w);
    transform(f, W, 2 * step, U2, k0, m, tmp);
    transform(f, W1, 2 * step, U3, k1, m, tmp);
}

/* The transpose: every step-th row of dW += what U [filter_rows x w] holds. */
static void back(const struct fir *f, tri_ring *dW, size_t step,
                 const tri_ring *U, size_t k, size_t out, tri_ring *tmp)
{
    const size_t w = f->uw, m = out / 2, k0 = half(k), k1 = k / 2;
    const tri_ring3_fn add = f->cx.k->add;

    if (whole(k, out)) {
        for (size_t i = 0; i < k; i++)
            add(dW + i * step * w, dW + i * step * w, U + i * w, w);
        return;
    }
    const tri_ring *const U2 = U + filter_rows(k0, m) * w;
    const tri_ring *const U3 = U2 + (U2 - U);

    memset(tmp, 0, k0 * w * sizeof *tmp);
    back(f, tmp, 1, U, k0, m, tmp + k0 * w);
    for (size_t i = 0; i < k; i++)
        add(dW + i * step * w, dW + i * step * w, tmp + i / 2 * w, w);
    back(f, dW, 2 * step, U2, k0, m, tmp);
    back(f, dW + step * w, 2 * step, U3, k1, m, tmp);
}

struct job {
    struct fir f;          /* for a full chunk */
    const tri_ring *in[2]; /* of X, of Z; NULL: */
    tri_ring *out[2];      /* ... the result */
    tri_ring *U;           /* packed filter, or [workers] sums of dU */
    size_t uwords;         /* of the sums of a worker */
    tri_ring *T;           /* [workers x words] */
    size_t words;
    uint8_t *panels; /* [workers x bytes], for products */
    size_t bytes;
    int rc;
};

/* Rows [n x rows x w] -> [rows x n x w]. */
static void gather(tri_ring *to, const tri_ring *from, size_t n, size_t rows,
                   size_t w)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t b = 0; b < n; b++, to += w)
            memcpy(to, from + (b * rows + r) * w, w * sizeof *to);
}

/* The same the other way round, added. */
static void spread(const struct tri_kernels *k, tri_ring *to,
                   const tri_ring *from, size_t n, size_t rows, size_t w)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t b = 0; b < n; b++, from += w)
            k->add(to + (b * rows + r) * w, to + (b * rows + r) * w, from, w);
}

static void chunk_task(void *arg, size_t task, unsigned worker)
{
    struct job *j = arg;
    struct fir f = j->f;
    const struct tri_conv *g = f.g;
    const size_t first = task * f.n, n = min(f.n, g->b - first);
    const size_t rows[2] = { g->h, g->oh };
    const size_t w[2] = { (size_t)g->w * g->c, (size_t)g->ow * g->o };
    struct tri_arena arena;
    tri_ring *T = j->T + worker * j->words, *part[2];

    tri_arena_init(&arena, j->panels + worker * j->bytes, j->bytes);
    f.cx.arena = &arena;
    f.n = n;
    f.xw = n * w[0];
    f.zw = n * w[1];
    for (int i = 0; i < 2; T += n * rows[i] * w[i], i++) {
        part[i] = T;
        if (j->in[i] != NULL)
            gather(T, j->in[i] + first * rows[i] * w[i], n, rows[i], w[i]);
        else
            memset(T, 0, n * rows[i] * w[i] * sizeof *T);
    }
    split(&f, (struct rows){ part[1], 1 }, (struct rows){ part[0], 1 },
          j->U + worker * j->uwords, g->kh, g->oh, T);
    for (int i = 0; i < 2; i++)
        if (j->in[i] == NULL)
            spread(f.cx.k, j->out[i] + first * rows[i] * w[i], part[i], n,
                   rows[i], w[i]);
    if (f.rc != TRI_OK)
        __atomic_store_n(&j->rc, f.rc, __ATOMIC_RELAXED);
}

/* What products of n images need from an arena. */
static size_t product_bytes(struct fir f, size_t n)
{
    struct tri_arena dry;

    tri_arena_measure(&dry);
    f.cx.arena = &dry;
    f.n = n;
    (void)product(&f, NULL, NULL, NULL);
    return dry.peak;
}

static int run(const struct tri_cx *cx, const struct tri_conv *g,
               enum pass pass, struct job *j, const tri_ring *W, tri_ring *dW)
{
    const size_t mark = tri_arena_mark(cx->arena);
    const size_t taps = (size_t)g->kw * g->c, w = taps * g->o;
    const size_t workers = tri_par_workers(cx->par);
    const size_t image = tri_conv_in(g) / g->b + tri_conv_out(g) / g->b;
    const size_t all = filter_rows(g->kh, g->oh);
    struct fir *f = &j->f;
    tri_ring *tmp;
    int rc;

    *f = (struct fir){ .g = g, .pass = pass, .cx = { cx->k, NULL, NULL } };
    f->n = min(g->b, max(CHUNK_WORDS / image, 1));
    f->xw = f->n * g->w * g->c;
    f->zw = f->n * g->ow * g->o;
    f->uw = pass == DW   ? w
            : pass == DX ? tri_block_packed(cx->k, taps, g->o)
                         : tri_block_packed(cx->k, g->o, taps);
    j->uwords = pass == DW ? all * w : 0;
    j->words = f->n * image + split_words(f, g->kh, g->oh);
    j->bytes = max(product_bytes(*f, f->n), product_bytes(*f, g->b % f->n));

    rc = tri_arena_alloc(cx->arena, &j->U, (pass == DW ? workers : 1) * all,
                         f->uw * sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(cx->arena, &tmp, sum_words(g->kh, g->oh, w),
                             sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(cx->arena, &j->T, workers * j->words,
                             sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(cx->arena, &j->panels, workers, j->bytes);
    if (rc != TRI_OK || tri_arena_measuring(cx->arena))
        goto done;

    if (pass == DW)
        memset(j->U, 0, workers * all * w * sizeof *j->U);
    else
        transform(f, W, 1, j->U, g->kh, g->oh, tmp);
    tri_par_run(cx->par, chunk_task, j, (g->b - 1) / f->n + 1);
    for (size_t i = 0; pass == DW && i < workers; i++)
        back(f, dW, 1, j->U + i * j->uwords, g->kh, g->oh, tmp);
    rc = j->rc;

done:
    tri_arena_release(cx->arena, mark);
    return rc;
}

int tri_fir_fwd(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *Z,
                const tri_ring *X, const tri_ring *W)
{
    struct job j = { .in = { X, NULL }, .out = { NULL, Z } };

    return run(cx, g, FWD, &j, W, NULL);
}

int tri_fir_dx(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dX,
               const tri_ring *dZ, const tri_ring *W)
{
    struct job j = { .in = { NULL, dZ }, .out = { dX, NULL } };

    return run(cx, g, DX, &j, W, NULL);
}

int tri_fir_dw(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dW,
               const tri_ring *X, const tri_ring *dZ)
{
    struct job j = { .in = { X, dZ } };

    return run(cx, g, DW, &j, NULL, dW);
}

int tri_fir_pays(const struct tri_kernels *k, const struct tri_conv *g)
{
    const size_t taps = (size_t)g->kw * g->c;
    const size_t line = (size_t)g->kh * g->kw;

    return k->gemm.limbs == NULL && g->stride == 1 && !whole(g->kh, g->oh) &&
           (size_t)g->b * g->oh * g->ow >= POSITIONS && line * g->c >= TAPS &&
           line * g->o >= TAPS && g->o <= k->gemm.nc && taps <= k->gemm.nc &&
           (tri_conv_in(g) + tri_conv_out(g)) / g->b <= IMAGE_WORDS;
}

const struct tri_fir_ops tri_fir_ops = { tri_fir_pays, tri_fir_fwd, tri_fir_dx,
                                         tri_fir_dw };
