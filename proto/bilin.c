#include "core/err.h"
#include "proto/engine.h"

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
