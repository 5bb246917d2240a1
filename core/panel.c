#include "core/mem.h"
#include "core/panel.h"

/*
 * Packing goes by *runs*: stretches of inner elements over which every row
 * steps through memory evenly: element t of row i of a run is
 *
 *     base[off[i] + start + t*step]
 *
 * A convolution has no padding here (core/conv.c).
 */

/* A number in three digits, the last one fastest, so that packing counts up
 * instead of dividing. */
struct place {
    size_t b, y, x;
};

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static struct place place(size_t n, size_t ny, size_t nx)
{
    return (struct place){ n / nx / ny, n / nx % ny, n % nx };
}

/* n / d, but at most `most`: where that is small, sooner than a division. */
static size_t quotient(size_t n, size_t d, size_t most)
{
    size_t q = 0;

    for (; q < most && n >= d; n -= d)
        q++;
    return q;
}

static void advance(struct place *p, size_t by, size_t ny, size_t nx)
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

static void pack_plain(const struct tri_gemm_kernel *k,
                       const struct tri_factor *f, size_t w, tri_ring *dst,
                       size_t r0, size_t rn, size_t p0, size_t pn)
{
    const struct tri_weave v = { p0 * f->ps, f->ps, pn, 0, 1 };
    size_t off[TRI_GEMM_SIDE];

    for (size_t i = 0; i < rn; i++)
        off[i] = (r0 + i) * f->rs;
    k->weave(dst, w, f->base, off, rn, &v);
}

/* Cut the next run off `n` elements, `at` elements behind the start of a run of
 * `full`; `more` full ones may follow it at once if it is one itself. */
static void next_run(struct tri_weave *v, size_t full, size_t at, size_t n,
                     size_t more)
{
    v->len = min(full - at, n);
    v->runs = v->len == full ? quotient(n, full, more + 1) : 1;
}

/* Rows are positions, from `pos` on, which moves to the row after the last. A
 * run is what the taps of one filter row see: kw*c words that lie together;
 * the first is `tap.y`, from its word tap.x on. */
static void pack_positions(const struct tri_gemm_kernel *k,
                           const struct tri_factor *f, size_t w, tri_ring *dst,
                           struct place *pos, size_t rn, struct place tap,
                           size_t pn)
{
    const struct tri_conv *g = f->g;
    const size_t width = (size_t)g->kw * g->c, line = (size_t)g->w * g->c;
    const size_t step = (size_t)g->stride * g->c;
    struct tri_weave v = { .step = 1, .skip = line };
    size_t off[TRI_GEMM_SIDE];

    for (size_t i = 0, n; i < rn; i += n) {
        const size_t at =
            (pos->b * g->h + pos->y * g->stride) * line + pos->x * step;

        n = min(rn - i, g->ow - pos->x);
        for (size_t j = 0; j < n; j++)
            off[i + j] = at + j * step;
        advance(pos, n, g->oh, g->ow);
    }
    while (pn != 0) {
        v.start = tap.y * line + tap.x;
        next_run(&v, width, tap.x, pn, g->kh);
        k->weave(dst, w, f->base, off, rn, &v);
        pn -= v.runs * v.len;
        dst += v.runs * v.len * w;
        tap.y += v.runs;
        tap.x = 0;
    }
}

/* Rows are taps (b, y, x: filter row, column, channel), from `tap` on, which
 * moves to the row after the last. A run is one line of output positions; the
 * first is that of `pos`, from there on. */
static void pack_taps(const struct tri_gemm_kernel *k,
                      const struct tri_factor *f, size_t w, tri_ring *dst,
                      struct place *tap, size_t rn, struct place pos, size_t pn)
{
    const struct tri_conv *g = f->g;
    const size_t line = (size_t)g->w * g->c;
    struct tri_weave v = { .step = (size_t)g->stride * g->c,
                           .skip = g->stride * line };
    size_t off[TRI_GEMM_SIDE];

    for (size_t i = 0; i < rn; i++) {
        off[i] = tap->b * line + tap->y * g->c + tap->x;
        advance(tap, 1, g->kw, g->c);
    }
    while (pn != 0) {
        v.start = (pos.b * g->h + pos.y * g->stride) * line + pos.x * v.step;
        next_run(&v, g->ow, pos.x, pn, g->oh - pos.y - 1);
        k->weave(dst, w, f->base, off, rn, &v);
        pn -= v.runs * v.len;
        dst += v.runs * v.len * w;
        pos.x += v.len;
        pos.y += v.runs - 1;
        advance(&pos, 0, g->oh, g->ow);
    }
}

size_t tri_panel_inner(const struct tri_gemm_kernel *k, size_t pn)
{
    return (pn + k->ku - 1) / k->ku * k->ku;
}

size_t tri_panel_words(const struct tri_gemm_kernel *k, size_t w, size_t pn)
{
    const size_t rows = tri_panel_inner(k, pn) + (k->pairs != NULL);

    return (rows * w + 7) / 8 * 8;
}

void tri_panel_pack(const struct tri_gemm_kernel *k, const struct tri_factor *f,
                    int columns, tri_ring *dst, size_t words, size_t r0,
                    size_t rn, size_t p0, size_t pn)
{
    const size_t w = columns ? k->nr : k->mr;
    const size_t inner = tri_panel_inner(k, pn);
    struct place row = { 0, 0, 0 }, in = { 0, 0, 0 };

    if (f->g != NULL && f->by_tap) {
        row = place(r0, f->g->kw, f->g->c);
        in = place(p0, f->g->oh, f->g->ow);
    } else if (f->g != NULL) {
        row = place(r0, f->g->oh, f->g->ow);
        in = place(p0, f->g->kh, (size_t)f->g->kw * f->g->c);
    }
    for (size_t n; rn != 0; rn -= n, r0 += n, dst += words) {
        n = min(rn, w);
        if (inner != pn)
            memset(dst + pn * w, 0, (inner - pn) * w * sizeof *dst);
        if (f->g == NULL)
            pack_plain(k, f, w, dst, r0, n, p0, pn);
        else if (f->by_tap)
            pack_taps(k, f, w, dst, &row, n, in, pn);
        else
            pack_positions(k, f, w, dst, &row, n, in, pn);

        if (k->pairs != NULL)
            k->pairs(dst, inner, w);
        if (k->limbs != NULL)
            k->limbs(dst, inner, columns);
    }
}
