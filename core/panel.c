#include "core/mem.h"
#include "core/panel.h"

/*
 * Packing goes by *runs*: stretches of inner elements over which every row
 * steps through memory evenly. In a run, element t of row i is
 *
 *     base[off[i] + start + t*step]   for lo[i] <= t < hi[i], and 0 elsewhere
 *
 * (the latter in the padding of a convolution). Offsets are taken modulo the
 * size of size_t; only elements in range are read.
 */
struct rows {
    size_t n; /* rows in use                     */
    size_t off[TRI_GEMM_SIDE];
    size_t y[TRI_GEMM_SIDE]; /* im2col: row and column of the   */
    size_t x[TRI_GEMM_SIDE]; /* input at the run's origin       */
    size_t first[TRI_GEMM_SIDE], end[TRI_GEMM_SIDE]; /* by taps: x in range */
    size_t lo[TRI_GEMM_SIDE], hi[TRI_GEMM_SIDE];     /* the same in a run   */
    int adjacent; /* off[i] = off[0] + i, all w rows */
};

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* dst[t*w + i] for one run that is in range throughout. */
static void run(tri_ring *dst, size_t w, const struct rows *r,
                const tri_ring *base, size_t start, size_t step, size_t len)
{
    size_t i = 0;

    if (r->adjacent) {
        const tri_ring *s = base + (r->off[0] + start);

        for (size_t t = 0; t < len; t++, s += step, dst += w) {
            size_t j = 0;

            for (; j + 8 <= w; j += 8)
                memcpy(dst + j, s + j, 8 * sizeof *dst);
            for (; j < w; j += 2)
                memcpy(dst + j, s + j, 2 * sizeof *dst);
        }
        return;
    }
    for (; i + 4 <= r->n; i += 4) {
        const tri_ring *s0 = base + (r->off[i] + start);
        const tri_ring *s1 = base + (r->off[i + 1] + start);
        const tri_ring *s2 = base + (r->off[i + 2] + start);
        const tri_ring *s3 = base + (r->off[i + 3] + start);
        tri_ring *d = dst + i;

        for (size_t t = 0; t < len; t++, d += w) {
            d[0] = s0[t * step];
            d[1] = s1[t * step];
            d[2] = s2[t * step];
            d[3] = s3[t * step];
        }
    }
    for (; i < r->n; i++) {
        const tri_ring *s = base + (r->off[i] + start);

        for (size_t t = 0; t < len; t++)
            dst[t * w + i] = s[t * step];
    }
}

/* dst[t*w + i] for any run. */
static void run_clipped(tri_ring *dst, size_t w, const struct rows *r,
                        const tri_ring *base, size_t start, size_t step,
                        size_t len)
{
    size_t whole = 0;

    for (size_t i = 0; i < r->n; i++)
        whole += r->lo[i] == 0 && r->hi[i] >= len;
    if (whole == r->n) {
        run(dst, w, r, base, start, step, len);
        return;
    }
    for (size_t i = 0; i < r->n; i++) {
        const size_t hi = min(r->hi[i], len), lo = min(r->lo[i], hi);
        const size_t at = r->off[i] + start;

        for (size_t t = 0; t < lo; t++)
            dst[t * w + i] = 0;
        for (size_t t = lo; t < hi; t++)
            dst[t * w + i] = base[at + t * step];
        for (size_t t = hi; t < len; t++)
            dst[t * w + i] = 0;
    }
}

static int adjacent(const struct rows *r, size_t w)
{
    for (size_t i = 1; i < r->n; i++)
        if (r->off[i] != r->off[0] + i)
            return 0;
    return r->n == w;
}

static void pack_plain(const struct tri_factor *f, size_t w, tri_ring *dst,
                       size_t r0, size_t rn, size_t p0, size_t pn)
{
    struct rows r;

    r.n = rn;
    for (size_t i = 0; i < rn; i++)
        r.off[i] = (r0 + i) * f->rs;
    r.adjacent = adjacent(&r, w);
    run(dst, w, &r, f->base, p0 * f->ps, f->ps, pn);
}

/* Coordinates that count up without divisions, the last one fastest. */
struct place {
    size_t b, y, x;
};

static struct place place(size_t n, size_t ny, size_t nx)
{
    return (struct place){ n / nx / ny, n / nx % ny, n % nx };
}

static void step(struct place *p, size_t by, size_t ny, size_t nx)
{
    p->x += by;
    if (p->x == nx) {
        p->x = 0;
        p->y++;
    }
    if (p->y == ny) {
        p->y = 0;
        p->b++;
    }
}

/* Rows are positions. A run is what the taps of one filter row see: kw*c
 * words that lie together. Coordinates wrap below 0, so that one comparison
 * tells whether they are in the image. */
static void pack_positions(const struct tri_factor *f, size_t w, tri_ring *dst,
                           size_t r0, size_t rn, size_t p0, size_t pn)
{
    const struct tri_conv *g = f->g;
    const size_t width = (size_t)g->kw * g->c;
    struct place pos = place(r0, g->oh, g->ow);
    size_t row = p0 / width, at = p0 % width;
    struct rows r;

    r.n = rn;
    for (size_t i = 0; i < rn; i++) {
        r.y[i] = pos.y * g->stride - g->pad;
        r.x[i] = pos.x * g->stride - g->pad;
        r.off[i] = ((pos.b * g->h + r.y[i]) * g->w + r.x[i]) * g->c;
        step(&pos, 1, g->oh, g->ow);
    }
    r.adjacent = adjacent(&r, w);

    for (size_t len; pn != 0; pn -= len, dst += len * w, row++, at = 0) {
        const size_t start = row * g->w * g->c + at;

        len = min(width - at, pn);
        if (g->pad == 0) {
            run(dst, w, &r, f->base, start, 1, len);
            continue;
        }
        for (size_t i = 0; i < rn; i++) {
            /* taps lo..hi-1 of the filter row are inside the image */
            const size_t lo = r.x[i] > g->w ? (0 - r.x[i]) * g->c : 0;
            const size_t hi = (g->w - r.x[i]) * g->c;
            const int inside = r.y[i] + row < g->h;

            r.lo[i] = lo > at ? lo - at : 0;
            r.hi[i] = inside && hi > at ? hi - at : 0;
        }
        run_clipped(dst, w, &r, f->base, start, 1, len);
    }
}

/* Rows are taps. A run is one line of output positions. */
static void pack_taps(const struct tri_factor *f, size_t w, tri_ring *dst,
                      size_t r0, size_t rn, size_t p0, size_t pn)
{
    const struct tri_conv *g = f->g;
    const size_t s = g->stride;
    struct place tap = place(r0, g->kw, g->c); /* b, y, x: row, column, c */
    struct place pos = place(p0, g->oh, g->ow);
    struct rows r;

    r.n = rn;
    for (size_t i = 0; i < rn; i++) {
        /* places t with pad <= x_i + t*stride < pad + w are in the image */
        const size_t end = (size_t)g->pad + g->w;

        r.y[i] = tap.b;
        r.x[i] = tap.y;
        r.off[i] = (r.y[i] * g->w + r.x[i]) * g->c + tap.x;
        r.first[i] = r.x[i] < g->pad ? (g->pad - r.x[i] + s - 1) / s : 0;
        r.end[i] = r.x[i] < end ? (end - r.x[i] + s - 1) / s : 0;
        step(&tap, 1, g->kw, g->c);
    }
    r.adjacent = adjacent(&r, w);

    for (size_t len; pn != 0; pn -= len, dst += len * w) {
        const size_t y = pos.y * s - g->pad, x = pos.x * s - g->pad;
        const size_t start = ((pos.b * g->h + y) * g->w + x) * g->c;

        len = min(g->ow - pos.x, pn);
        if (g->pad == 0) {
            run(dst, w, &r, f->base, start, s * g->c, len);
        } else {
            for (size_t i = 0; i < rn; i++) {
                const size_t lo = r.first[i], hi = r.end[i];
                const int inside = y + r.y[i] < g->h;

                r.lo[i] = lo > pos.x ? lo - pos.x : 0;
                r.hi[i] = inside && hi > pos.x ? hi - pos.x : 0;
            }
            run_clipped(dst, w, &r, f->base, start, s * g->c, len);
        }
        step(&pos, len, g->oh, g->ow);
    }
}

size_t tri_panel_inner(const struct tri_gemm_kernel *k, size_t pn)
{
    return k->pairs != NULL ? pn + (pn & 1) : pn;
}

size_t tri_panel_words(const struct tri_gemm_kernel *k, size_t w, size_t pn)
{
    const size_t rows = tri_panel_inner(k, pn) + (k->pairs != NULL);

    return (rows * w + 7) / 8 * 8;
}

void tri_panel_pack(const struct tri_gemm_kernel *k, const struct tri_factor *f,
                    size_t w, tri_ring *dst, size_t r0, size_t rn, size_t p0,
                    size_t pn)
{
    const size_t inner = tri_panel_inner(k, pn);

    if (rn < w)
        memset(dst, 0, inner * w * sizeof *dst);
    else if (inner != pn)
        memset(dst + pn * w, 0, w * sizeof *dst);

    if (f->g == NULL)
        pack_plain(f, w, dst, r0, rn, p0, pn);
    else if (f->by_tap)
        pack_taps(f, w, dst, r0, rn, p0, pn);
    else
        pack_positions(f, w, dst, r0, rn, p0, pn);

    if (k->pairs != NULL)
        k->pairs(dst, inner, w);
}
