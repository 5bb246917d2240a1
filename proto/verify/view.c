#include "proto/verify/view.h"
#include "core/mem.h"

enum {
    TURN = 64, /* columns turned at a time              */
    NEXT = 64  /* words of a column that are asked for early */
};

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

int tri_view_turned(const struct tri_view *v, unsigned side)
{
    if (v->op->kind == TRI_BILIN_MATMUL)
        return side == 0 ? v->op->tx : !v->op->ty;
    return side == 1 && v->op->kind != TRI_BILIN_CONV_DX;
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

/* Asks for the columns behind `rows` of these, in each of n lines: they are
 * next, and too far apart for the processor to foresee it. */
static void announce(const uint64_t *x, size_t step, size_t rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < rows && r < NEXT; r += TRI_ROW)
            __builtin_prefetch(x + i * step + rows + r, 0, 2);
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
    for (size_t i = 0, some; i < n; i += some, x += TURN * step) {
        some = n - i < TURN ? n - i : TURN;
        announce(x, step, rows, some);
        k->gemm.weave(out + i, ld, x, off, some,
                      &(struct tri_weave){ .step = 1, .len = rows, .runs = 1 });
    }
}

/* Lines of a plane that an image has for each of the stride's phases. */
static size_t deep(const struct tri_conv *g)
{
    return g->oh + (g->kh - 1) / g->stride;
}

/* Words from one plane to the next: rows of eight, an odd number, since planes
 * are read side by side and are not to meet in one set of a cache. Of so many
 * lines of Z, in one image more than is said here. */
static size_t plane_words(const struct tri_conv *g, size_t lines, size_t images)
{
    const size_t all = images * (g->stride * deep(g) - g->oh) + lines +
                       (g->stride - 1) * deep(g) + (g->kh - 1) / g->stride;

    return (all * g->ow / TRI_ROW + 1) / 2 * 2 * TRI_ROW + TRI_ROW;
}

size_t tri_view_planes_room(const struct tri_view *v, size_t n)
{
    const struct tri_conv *g = &v->op->conv;
    size_t lines;

    if (v->op->kind != TRI_BILIN_CONV_DW)
        return 0;
    lines = n / g->ow + 2;
    return plane_words(g, lines, lines / g->oh + 1) * g->kw * g->c;
}

/* A line of all planes: what line y of an image, padding included, has for each
 * filter column and channel. */
static void plane_line(const struct tri_view *v, const struct tri_kernels *k,
                       const uint64_t *x, size_t image, size_t y, uint64_t *out,
                       size_t apart)
{
    const struct tri_conv *g = &v->op->conv;
    const size_t step = g->stride, right = g->w + g->pad;
    const int inside = y >= g->pad && y - g->pad < g->h;
    size_t off[TURN];

    for (size_t i = 0; i < TURN; i++)
        off[i] = i * step * g->c;
    for (size_t kx = 0; kx < g->kw; kx++, out += g->c * apart) {
        /* Places lo .. hi of the line lie inside the image. */
        size_t lo = kx < g->pad ? (g->pad - kx + step - 1) / step : 0;
        size_t hi = right > kx ? (right - kx + step - 1) / step : 0;

        hi = hi < g->ow ? hi : g->ow;
        if (!inside || lo >= hi)
            lo = hi = 0;
        for (size_t ch = 0; hi - lo < g->ow && ch < g->c; ch++) {
            memset(out + ch * apart, 0, lo * sizeof *out);
            memset(out + ch * apart + hi, 0, (g->ow - hi) * sizeof *out);
        }
        for (size_t i = lo; i < hi; i += TURN)
            k->gemm.weave(
                out + i, apart,
                x + ((image * g->h + y - g->pad) * g->w + i * step + kx -
                     g->pad) *
                        g->c,
                off, hi - i < TURN ? hi - i : TURN,
                &(struct tri_weave){ .step = 1, .len = g->c, .runs = 1 });
    }
}

struct tri_view_planes tri_view_planes(const struct tri_view *v,
                                       const struct tri_kernels *k,
                                       const uint64_t *x, size_t k0, size_t n,
                                       uint64_t *room)
{
    const struct tri_conv *g = &v->op->conv;
    struct tri_view_planes p = { .x = x };
    size_t first, last;

    if (v->op->kind != TRI_BILIN_CONV_DW || n == 0)
        return p;
    first = k0 / g->ow;
    last = (k0 + n - 1) / g->ow;
    p = (struct tri_view_planes){ .x = room,
                                  .image = first / g->oh,
                                  .skip = first % g->oh * g->ow,
                                  .each = g->stride * deep(g) * g->ow };
    p.apart = plane_words(g, last - first + 1, last / g->oh - first / g->oh);
    for (size_t image = p.image; image <= last / g->oh; image++) {
        const size_t from = image == p.image ? first % g->oh : 0;
        const size_t to = image == last / g->oh ? last % g->oh : g->oh - 1;

        for (size_t phase = 0; phase < g->stride && phase < g->kh; phase++)
            for (size_t i = from; i <= to + (g->kh - 1 - phase) / g->stride;
                 i++)
                plane_line(v, k, x, image, i * g->stride + phase,
                           room + (image - p.image) * p.each +
                               (phase * deep(g) + i) * g->ow - p.skip,
                           p.apart);
    }
    return p;
}

const uint64_t *tri_view_plane(const struct tri_view *v,
                               const struct tri_view_planes *p, size_t row,
                               size_t k0, size_t *run)
{
    const struct tri_conv *g = &v->op->conv;
    const size_t ky = row / (g->kw * g->c), image = k0 / (g->oh * g->ow);
    const size_t at = k0 % (g->oh * g->ow);

    *run = g->oh * g->ow - at;
    return p->x + row % (g->kw * g->c) * p->apart +
           (image - p->image) * p->each +
           (ky % g->stride * deep(g) + ky / g->stride) * g->ow + at - p->skip;
}

/* A row of CONV_DW, image by image. */
static void filter_row(const struct tri_view *v,
                       const struct tri_view_planes *p, size_t row, size_t k0,
                       size_t n, uint64_t *out)
{
    for (size_t i = 0, len; i < n; i += len) {
        const uint64_t *from = tri_view_plane(v, p, row, k0 + i, &len);

        len = len < n - i ? len : n - i;
        memcpy(out + i, from, len * sizeof *out);
    }
}

void tri_view_rows(const struct tri_view *v, const struct tri_kernels *k,
                   const struct tri_view_planes *p, size_t row, size_t rows,
                   size_t k0, size_t n, uint64_t *out, size_t ld)
{
    if (tri_view_turned(v, 0))
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

    if (tri_view_turned(v, 1)) {
        turn(k, y + k0 * v->n + col, v->n, cols, n, out, ld);
    } else if (v->op->kind == TRI_BILIN_MATMUL) {
        lines(y + col * v->k + k0, v->k, cols, n, out, ld);
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
