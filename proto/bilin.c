#include "proto/bilin.h"
#include "core/conv.h"
#include "core/err.h"

enum { SLICE_ROWS = 512, FEW_ROWS = 64 };

void tri_bilin_sizes(const struct tri_bilin *op, size_t *x, size_t *y,
                     size_t *z)
{
    const struct tri_conv *g = &op->conv;

    switch (op->kind) {
    case TRI_BILIN_MATMUL:
        *x = op->m * op->k;
        *y = op->k * op->n;
        *z = op->m * op->n;
        return;
    case TRI_BILIN_CONV:
        *x = tri_conv_in(g);
        *y = tri_conv_filter(g);
        *z = tri_conv_out(g);
        return;
    case TRI_BILIN_CONV_DX:
        *x = tri_conv_out(g);
        *y = tri_conv_filter(g);
        *z = tri_conv_in(g);
        return;
    case TRI_BILIN_CONV_DW:
        *x = tri_conv_in(g);
        *y = tri_conv_out(g);
        *z = tri_conv_filter(g);
        return;
    case TRI_BILIN_MUL:
        break;
    }
    *x = *y = *z = op->n;
}

int tri_bilin_guarded(const struct tri_bilin *op)
{
    return op->kind != TRI_BILIN_MUL &&
           (op->kind != TRI_BILIN_MATMUL || op->m > 1 || op->n > 1 || op->tx);
}

int tri_bilin_scale(const struct tri_engine *e, const struct tri_bilin *op,
                    const struct tri_ten *x, const struct tri_ten *y)
{
    const int f = (int)e->f, both = x->fb + y->fb;

    return e->guard == 0 || !tri_bilin_guarded(op)
               ? both
               : both + 1 - (x->fb > f) - (y->fb > f);
}

/* Length of the axis that slices cut. */
static size_t batch(const struct tri_bilin *op)
{
    switch (op->kind) {
    case TRI_BILIN_MATMUL:
        return op->tx ? 1 : op->m;
    case TRI_BILIN_CONV:
    case TRI_BILIN_CONV_DX:
    case TRI_BILIN_CONV_DW:
        return op->conv.b;
    case TRI_BILIN_MUL:
        break;
    }
    return 1;
}

/* Multiplications; below 2^64 for all legal shapes that fit a memory. */
static uint64_t work(const struct tri_bilin *op)
{
    const struct tri_conv *g = &op->conv;

    if (op->kind == TRI_BILIN_MUL)
        return op->n;
    if (op->kind == TRI_BILIN_MATMUL)
        return (uint64_t)op->m * op->n * op->k;
    return (uint64_t)tri_conv_out(g) * g->kh * g->kw * g->c;
}

/* Slices of 2^shift multiplications, but none below `least` of the batch. */
static size_t slices_of(const struct tri_bilin *op, unsigned shift,
                        size_t least)
{
    const uint64_t n = work(op) >> shift;
    const size_t most = batch(op) / least;

    return n < most ? (size_t)n : most;
}

size_t tri_bilin_slices(const struct tri_bilin *op)
{
    const int rows = op->kind == TRI_BILIN_MATMUL;
    size_t n = slices_of(op, 25, rows ? SLICE_ROWS : 1);

    /* Every slice of a product packs all of y, which must be little beside
     * the rest of its work, unless that keeps the link waiting. */
    if (rows && n < slices_of(op, 31, FEW_ROWS))
        n = slices_of(op, 31, FEW_ROWS);
    return n > 0 ? n : 1;
}

void tri_bilin_slice(struct tri_bilin *part, const struct tri_bilin *op,
                     size_t slices, size_t i, size_t *ox, size_t *oy,
                     size_t *oz)
{
    const size_t b = batch(op);
    const size_t lo = b * i / slices, len = b * (i + 1) / slices - lo;
    size_t nx, ny, nz;

    *part = *op;
    *ox = *oy = *oz = 0;
    if (slices == 1)
        return;
    if (op->kind == TRI_BILIN_MATMUL)
        part->m = len;
    else
        part->conv.b = (uint32_t)len;
    tri_bilin_sizes(op, &nx, &ny, &nz);
    *ox = nx / b * lo;
    if (op->kind == TRI_BILIN_CONV_DW)
        *oy = ny / b * lo;
    else
        *oz = nz / b * lo;
}

int tri_bilin_ring(const struct tri_cx *cx, const struct tri_bilin *op,
                   tri_ring *z, const tri_ring *x, const tri_ring *y)
{
    switch (op->kind) {
    case TRI_BILIN_MATMUL:
        return tri_gemm(cx, op->tx, op->ty, op->m, op->n, op->k, x,
                        op->tx ? op->m : op->k, y, op->ty ? op->k : op->n, z,
                        op->n);
    case TRI_BILIN_CONV:
        return tri_conv_fwd(cx, &op->conv, z, x, y);
    case TRI_BILIN_CONV_DX:
        return tri_conv_dx(cx, &op->conv, z, x, y);
    case TRI_BILIN_CONV_DW:
        return tri_conv_dw(cx, &op->conv, z, x, y);
    case TRI_BILIN_MUL:
        break;
    }
    if (!tri_arena_measuring(cx->arena))
        cx->k->muladd(z, x, y, op->n);
    return TRI_OK;
}
