#include "proto/verify/view.h"
#include "core/mem.h"

enum { TURN = 64 }; /* columns turned at a time */

void tri_view_init(struct tri_view *v, const struct tri_bilin *op)
{
    const struct tri_conv *g = &op->conv;

    v->op = op;
    switch (op->kind) {
    case TRI_BILIN_CONV:
        v->m = (size_t)g->b * g->oh * g->ow;
        v->n = g->o;
        v->k = (size_t)g->kh * g->kw * g->c;
        return;
    case TRI_BILIN_CONV_DX:
        v->m = (size_t)g->b * g->h * g->w;
        v->n = g->c;
        v->k = (size_t)g->kh * g->kw * g->o;
        return;
    case TRI_BILIN_CONV_DW:
        v->m = (size_t)g->kh * g->kw * g->c;
        v->n = g->o;
        v->k = (size_t)g->b * g->oh * g->ow;
        return;
    case TRI_BILIN_MATMUL:
    case TRI_BILIN_MUL:
        break;
    }
    v->m = op->m;
    v->n = op->n;
    v->k = op->k;
}

/* Place in -> out of a convolution on one axis; -1 for none. */
static ptrdiff_t in_of(const struct tri_conv *g, size_t out, size_t at,
                       size_t size)
{
    const ptrdiff_t in = (ptrdiff_t)(out * g->stride + at) - (ptrdiff_t)g->pad;

    return in >= 0 && in < (ptrdiff_t)size ? in : -1;
}

static ptrdiff_t out_of(const struct tri_conv *g, size_t in, size_t at,
                        size_t size)
{
    const ptrdiff_t t = (ptrdiff_t)(in + g->pad) - (ptrdiff_t)at;

    return t >= 0 && t % (ptrdiff_t)g->stride == 0 &&
                   t / (ptrdiff_t)g->stride < (ptrdiff_t)size
               ? t / (ptrdiff_t)g->stride
               : -1;
}

/* A row of CONV or CONV_DX: the words of one place at a time. */
static void image_row(const struct tri_view *v, const uint64_t *x, size_t row,
                      size_t k0, size_t n, uint64_t *out)
{
    const struct tri_conv *g = &v->op->conv;
    const int dx = v->op->kind == TRI_BILIN_CONV_DX;
    struct tri_view_images im;
    size_t place, ch, len, zx, zy, image;

    if (!tri_view_images(v, &im))
        return;
    zx = row % im.zw;
    zy = row / im.zw % im.zh;
    image = row / im.zw / im.zh;
    place = k0 / im.c;
    ch = k0 % im.c;
    for (size_t i = 0; i < n; i += len, place++, ch = 0) {
        const size_t ky = place / g->kw, kx = place % g->kw;
        const ptrdiff_t sy =
            dx ? out_of(g, zy, ky, im.h) : in_of(g, zy, ky, im.h);
        const ptrdiff_t sx =
            dx ? out_of(g, zx, kx, im.w) : in_of(g, zx, kx, im.w);

        len = im.c - ch < n - i ? im.c - ch : n - i;
        if (sy < 0 || sx < 0)
            memset(out + i, 0, len * sizeof *out);
        else
            memcpy(
                out + i,
                x + ((image * im.h + (size_t)sy) * im.w + (size_t)sx) * im.c +
                    ch,
                len * sizeof *out);
    }
}

static void lines(const uint64_t *x, size_t step, size_t rows, size_t n,
                  uint64_t *out, size_t ld)
{
    for (size_t r = 0; r < rows; r++)
        memcpy(out + r * ld, x + r * step, n * sizeof *out);
}

/* out[r*ld + i] = x[r + i*step]: a line of the result is a column here. */
static void turn(const struct tri_kernels *k, const uint64_t *x, size_t step,
                 size_t rows, size_t n, uint64_t *out, size_t ld)
{
    size_t off[TURN];

    if (step == 1) {
        lines(x, 1, rows, n, out, ld);
        return;
    }
    for (size_t i = 0; i < TURN; i++)
        off[i] = i * step;
    for (size_t i = 0; i < n; i += TURN, x += TURN * step)
        k->gemm.weave(out + i, ld, x, off, n - i < TURN ? n - i : TURN,
                      &(struct tri_weave){ .step = 1, .len = rows, .runs = 1 });
}

/* The places of all images and lines that a line of Z looks at. */
static void seen(const struct tri_conv *g, size_t line, size_t *from,
                 size_t *to)
{
    const size_t image = line / g->oh, oy = line % g->oh;
    const size_t end = oy * g->stride + g->kh;
    const size_t top = oy * g->stride > g->pad ? oy * g->stride - g->pad : 0;
    const size_t bottom = end > g->pad ? end - g->pad : 0;

    *from = image * g->h + (top < g->h ? top : g->h);
    *to = image * g->h + (bottom < g->h ? bottom : g->h);
}

size_t tri_view_planes_room(const struct tri_view *v, size_t n)
{
    const struct tri_conv *g = &v->op->conv;
    const size_t lines = n / (g->ow > 0 ? g->ow : 1) + 2;
    const size_t images = lines / (g->oh > 0 ? g->oh : 1) + 2;
    const size_t in = lines * g->stride + images * g->kh;

    if (v->op->kind != TRI_BILIN_CONV_DW || g->c == 1)
        return 0;
    /* A channel's words are rounded up to an even number. */
    return ((in < images * g->h ? in : images * g->h) * g->w + 1) * g->c;
}

struct tri_view_planes tri_view_planes(const struct tri_view *v,
                                       const struct tri_kernels *k,
                                       const uint64_t *x, size_t k0, size_t n,
                                       uint64_t *room)
{
    const struct tri_conv *g = &v->op->conv;
    struct tri_view_planes p = { .x = x };
    size_t from, to, unused;

    if (v->op->kind != TRI_BILIN_CONV_DW || g->c == 1 || n == 0)
        return p;
    seen(g, k0 / g->ow, &from, &unused);
    seen(g, (k0 + n - 1) / g->ow, &unused, &to);
    if (to < from) /* nothing but padding */
        to = from;
    p = (struct tri_view_planes){ .x = room,
                                  .first = from,
                                  .apart = (to - from) * g->w };
    p.apart += p.apart % 2;
    turn(k, x + from * g->w * g->c, g->c, g->c, (to - from) * g->w, room,
         p.apart);
    return p;
}

/* out = n words of x, `step` apart. */
static void pick(uint64_t *out, const uint64_t *x, size_t step, size_t n)
{
    enum { AT_ONCE = 8 };
    size_t i = 0;

    for (; step == 1 && i + AT_ONCE <= n; i += AT_ONCE)
        memcpy(out + i, x + i, AT_ONCE * sizeof *out);
    for (; i < n; i++)
        out[i] = x[i * step];
}

/* A row of CONV_DW, a channel at a filter place: what it sees, line by line. */
static void filter_row(const struct tri_view *v,
                       const struct tri_view_planes *p, size_t row, size_t k0,
                       size_t n, uint64_t *out)
{
    const struct tri_conv *g = &v->op->conv;
    const size_t ch = row % g->c, kx = row / g->c % g->kw;
    const size_t ky = row / g->c / g->kw;
    const size_t step = g->stride, right = g->w + g->pad;
    /* Places lo .. hi of a line lie inside the image. */
    const size_t lo = kx < g->pad ? (g->pad - kx + step - 1) / step : 0;
    const size_t hi = right > kx ? (right - kx + step - 1) / step : 0;
    size_t ox = k0 % g->ow, oy = k0 / g->ow % g->oh;
    size_t image = k0 / g->ow / g->oh, len;

    for (size_t i = 0; i < n; i += len, ox = 0) {
        const ptrdiff_t iy = in_of(g, oy, ky, g->h);
        size_t from = ox > lo ? ox : lo, to;

        len = g->ow - ox < n - i ? g->ow - ox : n - i;
        to = iy < 0 ? from : ox + len < hi ? ox + len : hi;
        if (from >= to || from > ox || to < ox + len)
            memset(out + i, 0, len * sizeof *out);
        if (from < to)
            pick(out + i + (from - ox),
                 p->x + ch * p->apart +
                     (image * g->h + (size_t)iy - p->first) * g->w +
                     from * step + kx - g->pad,
                 step, to - from);
        if (++oy == g->oh) {
            oy = 0;
            image++;
        }
    }
}

void tri_view_rows(const struct tri_view *v, const struct tri_kernels *k,
                   const struct tri_view_planes *p, size_t row, size_t rows,
                   size_t k0, size_t n, uint64_t *out, size_t ld)
{
    if (v->op->kind == TRI_BILIN_MATMUL && v->op->tx)
        turn(k, p->x + k0 * v->m + row, v->m, rows, n, out, ld);
    else if (v->op->kind == TRI_BILIN_MATMUL)
        lines(p->x + row * v->k + k0, v->k, rows, n, out, ld);
    else
        for (size_t r = 0; r < rows; r++)
            if (v->op->kind == TRI_BILIN_CONV_DW)
                filter_row(v, p, row + r, k0, n, out + r * ld);
            else
                image_row(v, p->x, row + r, k0, n, out + r * ld);
}

void tri_view_cols(const struct tri_view *v, const struct tri_kernels *k,
                   const uint64_t *y, size_t col, size_t cols, size_t k0,
                   size_t n, uint64_t *out, size_t ld)
{
    const struct tri_conv *g = &v->op->conv;
    size_t len;

    if (v->op->kind == TRI_BILIN_MATMUL && v->op->ty) {
        lines(y + col * v->k + k0, v->k, cols, n, out, ld);
    } else if (v->op->kind != TRI_BILIN_CONV_DX) {
        turn(k, y + k0 * v->n + col, v->n, cols, n, out, ld);
    } else {
        for (size_t i = 0; i < n; i += len) {
            const size_t place = (k0 + i) / g->o, ch = (k0 + i) % g->o;

            len = g->o - ch < n - i ? g->o - ch : n - i;
            lines(y + (place * g->c + col) * g->o + ch, g->o, cols, len,
                  out + i, ld);
        }
    }
}

int tri_view_images(const struct tri_view *v, struct tri_view_images *im)
{
    const struct tri_conv *g = &v->op->conv;

    if (v->op->kind == TRI_BILIN_CONV)
        *im = (struct tri_view_images){
            .b = g->b, .h = g->h, .w = g->w, .c = g->c, .zh = g->oh, .zw = g->ow
        };
    else if (v->op->kind == TRI_BILIN_CONV_DX)
        *im = (struct tri_view_images){
            .b = g->b, .h = g->oh, .w = g->ow, .c = g->o, .zh = g->h, .zw = g->w
        };
    else
        return 0;
    return 1;
}

int tri_view_meets(const struct tri_view *v, size_t z, size_t x, size_t at)
{
    const struct tri_conv *g = &v->op->conv;

    return v->op->kind == TRI_BILIN_CONV_DX ? x * g->stride + at == z + g->pad
                                            : z * g->stride + at == x + g->pad;
}

size_t tri_view_run(const struct tri_view *v, size_t z, size_t kx, size_t *n)
{
    const struct tri_conv *g = &v->op->conv;
    const int dx = v->op->kind == TRI_BILIN_CONV_DX;
    const size_t w = dx ? g->ow : g->w;
    const ptrdiff_t x = dx ? out_of(g, z, kx, w) : in_of(g, z, kx, w);

    *n = 1;
    if (x < 0)
        return w;
    if (!dx)
        *n = g->kw - kx < w - (size_t)x ? g->kw - kx : w - (size_t)x;
    return (size_t)x;
}
