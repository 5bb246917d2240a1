#include "proto/plain/float.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/mem.h"
#include "proto/bilin.h"

/*
 * Engine `float`: the same layers in float32, what an ordinary program would
 * compute. Scales are carried along as labels and change no value, except in
 * `scale`, which multiplies by c * 2^-cb. Values are clear: branches on them
 * are allowed.
 */

static int check(struct tri_engine *e, int fits)
{
    const int rc = tri_session_check(e->s);

    return rc != TRI_OK ? rc : fits ? TRI_OK : TRI_E_ARG;
}

/* ---- local --------------------------------------------------------------- */

static int op_constant(struct tri_engine *e, struct tri_ten *z, const double *v)
{
    float *zv = z->v[0];

    for (size_t i = 0; i < z->n; i++)
        if (!(v[i] - v[i] == 0)) /* NaN or infinite */
            return TRI_E_RANGE;
    for (size_t i = 0; i < z->n && !e->s->dry; i++)
        zv[i] = (float)v[i];
    return TRI_OK;
}

static void op_add(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct tri_ten *y)
{
    const float *xv = x->v[0], *yv = y->v[0];
    float *zv = z->v[0];

    z->fb = x->fb;
    for (size_t i = 0; i < z->n && !e->s->dry; i++)
        zv[i] = xv[i] + yv[i];
}

static void op_sub(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct tri_ten *y)
{
    const float *xv = x->v[0], *yv = y->v[0];
    float *zv = z->v[0];

    z->fb = x->fb;
    for (size_t i = 0; i < z->n && !e->s->dry; i++)
        zv[i] = xv[i] - yv[i];
}

static void op_addc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x, double c)
{
    const float *xv = x->v[0];
    float *zv = z->v[0];

    z->fb = x->fb;
    for (size_t i = 0; i < z->n && !e->s->dry; i++)
        zv[i] = xv[i] + (float)c;
}

static void op_scale(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x, int64_t c, int cb)
{
    const float by = (float)((double)c * tri_pow2(-cb));
    const float *xv = x->v[0];
    float *zv = z->v[0];

    z->fb = x->fb + cb;
    for (size_t i = 0; i < z->n && !e->s->dry; i++)
        zv[i] = xv[i] * by;
}

static void op_copy(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x, const struct tri_copy *m)
{
    const size_t *const d = m->dim, zs = m->zstep[3], xs = m->xstep[3];

    if (e->s->dry)
        return;
    for (size_t r = 0; r < d[0] * d[1] * d[2]; r++) {
        const size_t i = r / (d[1] * d[2]), j = r / d[2] % d[1], l = r % d[2];
        float *zv = (float *)z->v[0] + m->zoff + i * m->zstep[0] +
                    j * m->zstep[1] + l * m->zstep[2];
        const float *xv = (const float *)x->v[0] + m->xoff + i * m->xstep[0] +
                          j * m->xstep[1] + l * m->xstep[2];

        if (m->add > 0)
            for (size_t t = 0; t < d[3]; t++)
                zv[t * zs] += xv[t * xs];
        else if (m->add < 0)
            for (size_t t = 0; t < d[3]; t++)
                zv[t * zs] -= xv[t * xs];
        else
            for (size_t t = 0; t < d[3]; t++)
                zv[t * zs] = xv[t * xs];
    }
}

/* ---- products ------------------------------------------------------------ */

/*
 * Every product is C [m x n] = A [m x k] * B [k x n] with matrices that may
 * exist only as an index rule. Blocks of them are gathered into panels, MR
 * rows or NR columns wide and zero-filled at the edges, and the inner loops
 * run over panels: plain C that compilers turn into vector code.
 */
enum { MR = 4, NR = 8, MC = 64, KC = 256, NC = 256 };

enum rule {
    DENSE,  /* [i][j] at p[i*ld + j]                                          */
    UNFOLD, /* [(b, oy, ox)][(ky, kx, c)]: what the filter sees               */
    FOLD,   /* [(b, iy, ix)][(ky, kx, o)]: the outputs that a pixel reaches   */
    FLIP    /* [(ky, kx, o)][c]: the filter, seen from the outputs            */
};

struct matrix {
    enum rule rule;
    int trans; /* the matrix is the transpose of what the rule says */
    const float *p;
    size_t ld;
    const struct tri_conv *g;
};

static size_t less(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* UNFOLD, row i, columns j .. j+n-1. For one ky, the columns (kx, c) lie
 * together in the image, too, except where they hang over its edge. */
static void unfold_row(const struct matrix *m, float *dst, size_t step,
                       size_t i, size_t j, size_t n)
{
    const struct tri_conv *g = m->g;
    const size_t run = (size_t)g->kw * g->c;
    const size_t x0 = i % g->ow * g->stride, y0 = i / g->ow % g->oh * g->stride;
    const size_t image = i / ((size_t)g->ow * g->oh);
    /* columns of a run inside the image: lo <= col < hi */
    const size_t lo = (x0 < g->pad ? g->pad - x0 : 0) * g->c;
    const size_t hi = less(g->kw, g->w + g->pad - x0) * g->c;

    while (n > 0) {
        const size_t ky = j / run, col = j % run, len = less(n, run - col);
        const size_t y = y0 + ky;

        size_t a = lo > col ? less(lo - col, len) : 0;
        const size_t b = hi > col ? less(hi - col, len) : 0;
        /* where column 0 of the run would be, as an index */
        const size_t at =
            ((image * g->h + (y - g->pad)) * g->w + x0) * g->c + col;

        if (y < g->pad || y >= g->h + g->pad)
            a = len;
        for (size_t t = 0; t < a; t++)
            dst[t * step] = 0;
        for (size_t t = a; t < b; t++)
            dst[t * step] = m->p[at + t - (size_t)g->pad * g->c];
        for (size_t t = a > b ? a : b; t < len; t++)
            dst[t * step] = 0;
        dst += len * step;
        j += len;
        n -= len;
    }
}

static void fold_row(const struct matrix *m, float *dst, size_t step, size_t i,
                     size_t j, size_t n)
{
    const struct tri_conv *g = m->g;
    const size_t x = i % g->w + g->pad, y = i / g->w % g->h + g->pad;
    const size_t b = i / ((size_t)g->w * g->h);

    while (n > 0) {
        const size_t o = j % g->o, kx = j / g->o % g->kw;
        const size_t ky = j / g->o / g->kw, len = less(n, g->o - o);
        const size_t oy = (y - ky) / g->stride, ox = (x - kx) / g->stride;
        const int hit = y >= ky && (y - ky) % g->stride == 0 && oy < g->oh &&
                        x >= kx && (x - kx) % g->stride == 0 && ox < g->ow;

        for (size_t t = 0; t < len; t++)
            dst[t * step] =
                hit ? m->p[((b * g->oh + oy) * g->ow + ox) * g->o + o + t] : 0;
        dst += len * step;
        j += len;
        n -= len;
    }
}

/* Row i of the rule, columns j .. j+n-1, to dst[0], dst[step], ... */
static void row(const struct matrix *m, float *dst, size_t step, size_t i,
                size_t j, size_t n)
{
    const float *from;

    switch (m->rule) {
    case DENSE:
        from = m->p + i * m->ld + j;
        for (size_t t = 0; t < n; t++)
            dst[t * step] = from[t];
        break;
    case UNFOLD:
        unfold_row(m, dst, step, i, j, n);
        break;
    case FOLD:
        fold_row(m, dst, step, i, j, n);
        break;
    case FLIP:
        from = m->p + (i / m->g->o * m->g->c + j) * m->g->o + i % m->g->o;
        for (size_t t = 0; t < n; t++)
            dst[t * step] = from[t * m->g->o];
        break;
    }
}

/* Panels of `width` rows (of columns, if `cols`) i .. i+ni-1 of m, over the
 * inner index p .. p+np-1. The last one is filled up with zeros. Whole rows
 * are fetched, whichever way they run. */
static void pack(const struct matrix *m, float *dst, size_t width, size_t i,
                 size_t ni, size_t p, size_t np, int cols)
{
    const size_t last = ni / width * width;
    float along[MC > NC ? MC : NC];

    if (last < ni)
        memset(dst + last * np, 0, width * np * sizeof *dst);
    if (!m->trans == !cols) { /* rows run along the panels */
        for (size_t a = 0; a < ni; a++)
            row(m, dst + a / width * width * np + a % width, width, i + a, p,
                np);
        return;
    }
    for (size_t q = 0; q < np; q++) { /* rows run across them */
        float *d = dst + q * width;

        row(m, along, 1, p + q, i, ni);
        for (size_t a = 0; a < ni; a += width, d += width * np)
            for (size_t b = 0; b < less(width, ni - a); b++)
                d[b] = along[a + b];
    }
}

/* C[rows x cols] += panel a * panel b. */
static void tile(size_t kc, const float *restrict a, const float *restrict b,
                 float *restrict c, size_t ldc, size_t rows, size_t cols)
{
    float acc[MR][NR] = { { 0 } };

    for (size_t p = 0; p < kc; p++, a += MR, b += NR)
        for (size_t i = 0; i < MR; i++)
            for (size_t j = 0; j < NR; j++)
                acc[i][j] += a[i] * b[j];
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            c[i * ldc + j] += acc[i][j];
}

struct job {
    const struct matrix *a;
    const float *b; /* packed */
    float *abuf;    /* MC * KC for every worker */
    float *c;
    size_t ldc, m, p, kc, j, nc;
};

static void block_task(void *arg, size_t task, unsigned worker)
{
    const struct job *w = arg;
    const size_t i0 = task * MC, mc = less(MC, w->m - i0);
    float *a = w->abuf + (size_t)worker * MC * KC;

    pack(w->a, a, MR, i0, mc, w->p, w->kc, 0);
    for (size_t j = 0; j < w->nc; j += NR)
        for (size_t i = 0; i < mc; i += MR)
            tile(w->kc, a + i * w->kc, w->b + j * w->kc,
                 w->c + (i0 + i) * w->ldc + w->j + j, w->ldc, less(MR, mc - i),
                 less(NR, w->nc - j));
}

static int product(const struct tri_cx *cx, size_t m, size_t n, size_t k,
                   const struct matrix *a, const struct matrix *b, float *c)
{
    struct tri_arena *arena = cx->arena;
    const size_t mark = tri_arena_mark(arena);
    struct job w = { .a = a, .c = c, .ldc = n, .m = m };
    float *bbuf;
    int rc = tri_arena_alloc(arena, &w.abuf,
                             (size_t)tri_par_workers(cx->par) * MC * KC,
                             sizeof(float));

    if (rc == TRI_OK)
        rc = tri_arena_alloc(arena, &bbuf, (size_t)NC * KC, sizeof(float));
    if (rc == TRI_OK && !tri_arena_measuring(arena)) {
        memset(c, 0, m * n * sizeof *c);
        w.b = bbuf;
        for (w.j = 0; w.j < n; w.j += NC)
            for (w.p = 0; w.p < k; w.p += KC) {
                w.nc = less(NC, n - w.j);
                w.kc = less(KC, k - w.p);
                pack(b, bbuf, NR, w.j, w.nc, w.p, w.kc, 1);
                tri_par_run(cx->par, block_task, &w, (m + MC - 1) / MC);
            }
    }
    tri_arena_release(arena, mark);
    return rc;
}

static int op_bilin(struct tri_engine *e, const struct tri_bilin *op,
                    struct tri_ten *z, struct tri_ten *x, struct tri_ten *y)
{
    const struct tri_conv *g = &op->conv;
    const struct tri_cx *cx = &e->s->cx;
    const size_t taps = (size_t)g->kh * g->kw;
    struct matrix a = { .p = x->v[0], .g = g }, b = { .p = y->v[0], .g = g };
    size_t nx, ny, nz;
    int rc;

    tri_bilin_sizes(op, &nx, &ny, &nz);
    rc = check(e, nx == x->n && ny == y->n && nz == z->n);
    if (rc != TRI_OK)
        return rc;
    switch (op->kind) {
    case TRI_BILIN_MUL:
        for (size_t i = 0; i < nz && !e->s->dry; i++)
            ((float *)z->v[0])[i] = a.p[i] * b.p[i];
        break;
    case TRI_BILIN_MATMUL:
        a.trans = op->tx;
        a.ld = op->tx ? op->m : op->k;
        b.trans = op->ty;
        b.ld = op->ty ? op->k : op->n;
        rc = product(cx, op->m, op->n, op->k, &a, &b, z->v[0]);
        break;
    case TRI_BILIN_CONV:
        a.rule = UNFOLD;
        b.ld = g->o;
        rc = product(cx, (size_t)g->b * g->oh * g->ow, g->o, taps * g->c, &a,
                     &b, z->v[0]);
        break;
    case TRI_BILIN_CONV_DX:
        a.rule = FOLD;
        b.rule = FLIP;
        rc = product(cx, (size_t)g->b * g->h * g->w, g->c, taps * g->o, &a, &b,
                     z->v[0]);
        break;
    case TRI_BILIN_CONV_DW:
        a.rule = UNFOLD;
        a.trans = 1;
        b.ld = g->o;
        rc = product(cx, taps * g->c, g->o, (size_t)g->b * g->oh * g->ow, &a,
                     &b, z->v[0]);
        break;
    }
    if (rc != TRI_OK)
        return tri_session_fail(e->s, rc, "product", TRI_NOBODY);
    z->fb = x->fb + y->fb;
    return TRI_OK;
}

/* ---- comparisons, maximum, division ---------------------------------------
 */

static int op_trunc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x)
{
    const int rc = check(e, z->n == x->n && z->fb <= x->fb);

    if (rc == TRI_OK && !e->s->dry && z->v[0] != x->v[0])
        memcpy(z->v[0], x->v[0], x->n * sizeof(float));
    return rc;
}

static int op_relu(struct tri_engine *e, struct tri_ten *z,
                   struct tri_bits *bits, const struct tri_ten *x)
{
    const float *xv = x->v[0];
    float *zv = z->v[0];
    const int rc = check(e, z->n == x->n && z->fb <= x->fb &&
                                (bits == NULL || bits->n == x->n));

    if (rc != TRI_OK || e->s->dry)
        return rc;
    for (size_t i = 0; i < z->n; i++) {
        const int keep = xv[i] >= 0;
        if (bits != NULL)
            ((uint8_t *)bits->own)[i] = (uint8_t)keep;
        zv[i] = keep ? xv[i] : 0;
    }
    return TRI_OK;
}

static int op_sign(struct tri_engine *e, struct tri_bits *bits,
                   const struct tri_ten *x)
{
    const int rc = check(e, bits->n == x->n);

    if (rc != TRI_OK || e->s->dry)
        return rc;
    for (size_t i = 0; i < x->n; i++)
        ((uint8_t *)bits->own)[i] = ((const float *)x->v[0])[i] >= 0;
    return TRI_OK;
}

static int op_select(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_bits *bits, const struct tri_ten *x)
{
    const uint8_t *keep = bits->own;
    const int rc = check(e, z->n == x->n && bits->n == x->n);

    if (rc != TRI_OK)
        return rc;
    z->fb = x->fb;
    for (size_t i = 0; i < z->n && !e->s->dry; i++)
        ((float *)z->v[0])[i] = keep[i] ? ((const float *)x->v[0])[i] : 0;
    return TRI_OK;
}

static void op_number(struct tri_engine *e, struct tri_ten *z,
                      const struct tri_bits *bits)
{
    z->fb = 0;
    for (size_t i = 0; i < z->n && !e->s->dry; i++)
        ((float *)z->v[0])[i] = ((const uint8_t *)bits->own)[i];
}

static int op_bits_alloc(struct tri_engine *e, struct tri_bits *bits, size_t n)
{
    *bits = (struct tri_bits){ .n = n };
    return tri_arena_alloc(e->s->cx.arena, &bits->own, n, 1);
}

/* The state is the index of the maximum, as a uint32_t. */
static int op_maxn_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                         size_t m)
{
    if (n == 0 || n > UINT32_MAX || m > UINT32_MAX)
        return TRI_E_ARG;
    *st = (struct tri_maxn){ .n = n, .m = m };
    return tri_arena_alloc(e->s->cx.arena, &st->own, m, sizeof(uint32_t));
}

static int op_maxn(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x)
{
    const float *v = x->v[0];
    float *max = z->v[0];
    uint32_t *ind = st->own;
    const int rc = check(e, x->n == st->n * st->m && z->n == st->m);

    if (rc != TRI_OK)
        return rc;
    z->fb = x->fb;
    if (e->s->dry)
        return TRI_OK;
    for (size_t j = 0; j < st->m; j++) {
        size_t best = 0;
        for (size_t i = 1; i < st->n; i++)
            if (v[i * st->m + j] > v[best * st->m + j])
                best = i;
        max[j] = v[best * st->m + j];
        ind[j] = (uint32_t)best;
    }
    return TRI_OK;
}

static int op_maxn_grad(struct tri_engine *e, struct tri_ten *dx,
                        const struct tri_maxn *st, const struct tri_ten *dz)
{
    const uint32_t *ind = st->own;
    const int rc = check(e, dx->n == st->n * st->m && dz->n == st->m);

    if (rc != TRI_OK)
        return rc;
    dx->fb = dz->fb;
    if (e->s->dry)
        return TRI_OK;
    memset(dx->v[0], 0, dx->n * sizeof(float));
    for (size_t j = 0; j < st->m; j++)
        ((float *)dx->v[0])[ind[j] * st->m + j] = ((const float *)dz->v[0])[j];
    return TRI_OK;
}

static int op_div(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x, const struct tri_ten *y)
{
    const size_t m = y->n, n = m > 0 ? x->n / m : 0;
    const int rc = check(e, m * n == x->n && z->n == x->n && x->fb == y->fb);

    if (rc != TRI_OK)
        return rc;
    for (size_t i = 0; i < m * n && !e->s->dry; i++)
        ((float *)z->v[0])[i] =
            ((const float *)x->v[0])[i] / ((const float *)y->v[0])[i / n];
    return TRI_OK;
}

/* ---- results --------------------------------------------------------------
 */

static int op_import(struct tri_engine *e, struct tri_ten *t, size_t at,
                     size_t n, const tri_ring *const part[2])
{
    for (size_t i = 0; i < n && !e->s->dry; i++)
        ((float *)t->v[0])[at + i] = (float)tri_fixed_decode(part[0][i], t->fb);
    return TRI_OK;
}

/* What does not fit the scale becomes a failure of the run. */
static int op_export(struct tri_engine *e, const struct tri_ten *t, size_t at,
                     size_t n, tri_ring *const part[2])
{
    int rc = TRI_OK;

    for (size_t i = 0; i < n && rc == TRI_OK && !e->s->dry; i++)
        rc = tri_fixed_encode(&part[0][i], ((const float *)t->v[0])[at + i],
                              t->fb);
    return rc == TRI_OK ? rc : tri_session_fail(e->s, rc, "export", TRI_NOBODY);
}

static int op_open(struct tri_engine *e, double *out, const struct tri_ten *x,
                   unsigned audience)
{
    for (size_t i = 0; i < x->n && !e->s->dry && (audience & 1) != 0; i++)
        out[i] = (double)((const float *)x->v[0])[i];
    return TRI_OK;
}

static int op_refresh(struct tri_engine *e, struct tri_ten *x)
{
    (void)x;
    return check(e, 1);
}

static const struct tri_engine_ops ops = {
    .constant = op_constant,
    .add = op_add,
    .sub = op_sub,
    .addc = op_addc,
    .scale = op_scale,
    .copy = op_copy,
    .bilin = op_bilin,
    .trunc = op_trunc,
    .relu = op_relu,
    .sign = op_sign,
    .select = op_select,
    .number = op_number,
    .bits_alloc = op_bits_alloc,
    .maxn_alloc = op_maxn_alloc,
    .maxn = op_maxn,
    .maxn_grad = op_maxn_grad,
    .div = op_div,
    .import = op_import,
    .export = op_export,
    .open = op_open,
    .refresh = op_refresh,
};

const struct tri_engine_kind tri_engine_float = {
    .name = "float",
    .about = "in the clear, in float32",
    .parties = 1,
    .holds = { 1 },
    .trunc_exact = 1,
    .elem = sizeof(float),
    .ops = &ops,
};
