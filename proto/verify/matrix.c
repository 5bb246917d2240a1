#include "proto/verify/matrix.h"
#include "core/mem.h"

enum { GATHER = 32 }; /* rows copied out of a view at a time */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

void tri_matrix_shape(struct tri_matrix_shape *s, const struct tri_bilin *op)
{
    struct tri_view v;
    struct tri_view_images im;
    size_t bits, rest = (size_t)GATHER * TRI_MATRIX_CHUNK;

    tri_view_init(&v, op);
    s->direct = v.m <= TRI_MATRIX_DIRECT && v.n <= TRI_MATRIX_DIRECT &&
                v.m * v.n <= TRI_MATRIX_DIRECT;
    s->groups = s->direct ? 1 : TRI_MATRIX_GROUPS;
    s->na = s->direct ? v.m : TRI_TILE;
    s->nb = s->direct ? v.n : TRI_TILE;
    s->kp = (v.k + TRI_MATRIX_PAD - 1) / TRI_MATRIX_PAD * TRI_MATRIX_PAD;
    s->sums = s->direct ? 0 : 4 * TRI_SUMS * s->kp;
    s->pairs = s->groups * s->na * s->nb;
    bits = v.m + v.n;
    if (tri_view_images(&v, &im)) {
        const size_t x = TRI_SUMS * im.w * im.c * (1 + op->conv.kh);
        const size_t z = TRI_SUMS * im.zw * v.n * 2;

        bits = im.b + TRI_SUMS * (im.zh + im.zw) + v.n;
        rest = rest > x ? rest : x;
        rest = rest > z ? rest : z;
    }
    s->scratch = rest + 3 * TRI_TILE * TRI_TILE;
    if (!s->direct)
        s->scratch += bits + TRI_SUMS * v.n;
}

/* ---- random sums ------------------------------------------------------------
 */

/* Bits of the rows, in one stage or in three, and of the columns. */
struct bits {
    const uint64_t *rows, *lines, *places, *cols;
};

static struct bits draw_bits(const struct tri_matrix *m,
                             const struct tri_matrix_cx *cx,
                             struct tri_coin *coin, uint64_t *out)
{
    struct tri_view_images im;
    struct bits b = { .rows = out };
    size_t n;

    if (tri_view_images(&m->view, &im)) {
        b.lines = b.rows + im.b;
        b.places = b.lines + TRI_SUMS * im.zh;
        b.cols = b.places + TRI_SUMS * im.zw;
    } else {
        b.cols = b.rows + m->view.m;
    }
    n = (size_t)(b.cols - b.rows) + m->view.n;
    tri_coin_words(coin, out, n);
    for (size_t i = 0; i < n; i++)
        out[i] &= cx->kept;
    return b;
}

/* z += sums of rows (X) or columns (Y) of the view. */
static void project_view(const struct tri_matrix *m,
                         const struct tri_matrix_cx *cx, unsigned side,
                         const uint64_t *x, const uint64_t *bits, uint64_t *z,
                         uint64_t *scratch)
{
    const size_t rows = side == 0 ? m->view.m : m->view.n, k = m->view.k;

    for (size_t at = 0, n; at < k; at += n) {
        n = least(k - at, TRI_MATRIX_CHUNK);
        for (size_t row = 0, r; row < rows; row += r) {
            r = least(rows - row, GATHER);
            for (size_t i = 0; i < r; i++)
                (side == 0 ? tri_view_row
                           : tri_view_col)(&m->view, x, row + i, at, n,
                                           scratch + i * TRI_MATRIX_CHUNK);
            cx->k->words_project(z + at, m->shape.kp, scratch, TRI_MATRIX_CHUNK,
                                 bits + row, r, n);
        }
    }
}

/* z += sums over all places of Z of what X has there, for each filter place and
 * channel. */
static void project_images(const struct tri_matrix *m,
                           const struct tri_matrix_cx *cx,
                           const struct tri_view_images *im, const uint64_t *x,
                           const struct bits *b, uint64_t *z, uint64_t *scratch)
{
    const struct tri_conv *g = &m->view.op->conv;
    const size_t line = im->w * im->c, sums = TRI_SUMS * line;
    uint64_t *images = scratch, *lines = scratch + sums;

    memset(lines, 0, g->kh * sums * sizeof *lines);
    for (size_t y = 0; y < im->h; y++) {
        memset(images, 0, sums * sizeof *images);
        cx->k->words_project(images, line, x + y * line, im->h * line, b->rows,
                             im->b, line);
        for (size_t ky = 0; ky < g->kh; ky++)
            for (size_t zy = 0; zy < im->zh; zy++)
                if (tri_view_meets(&m->view, zy, y, ky))
                    cx->k->words_project(lines + ky * sums, line, images, line,
                                         b->lines + zy * TRI_SUMS, TRI_SUMS,
                                         line);
    }
    for (size_t ky = 0; ky < g->kh; ky++)
        for (size_t kx = 0; kx < g->kw; kx++)
            for (size_t xx = 0; xx < im->w; xx++)
                for (size_t zx = 0; zx < im->zw; zx++)
                    if (tri_view_meets(&m->view, zx, xx, kx))
                        cx->k->words_project(
                            z + (ky * g->kw + kx) * im->c, m->shape.kp,
                            lines + ky * sums + xx * im->c, line,
                            b->places + zx * TRI_SUMS, TRI_SUMS, im->c);
}

/* out += entries of each group for something of the shape of Z. */
static void project_z(const struct tri_matrix *m,
                      const struct tri_matrix_cx *cx, const uint64_t *z,
                      const struct bits *b, uint64_t *out, uint64_t *sum,
                      uint64_t *scratch)
{
    const size_t n = m->view.n;
    struct tri_view_images im;

    memset(sum, 0, TRI_SUMS * n * sizeof *sum);
    if (tri_view_images(&m->view, &im)) {
        const size_t line = im.zw * n, sums = TRI_SUMS * line;
        uint64_t *images = scratch, *lines = scratch + sums;

        memset(lines, 0, sums * sizeof *lines);
        for (size_t y = 0; y < im.zh; y++) {
            memset(images, 0, sums * sizeof *images);
            cx->k->words_project(images, line, z + y * line, im.zh * line,
                                 b->rows, im.b, line);
            cx->k->words_project(lines, line, images, line,
                                 b->lines + y * TRI_SUMS, TRI_SUMS, line);
        }
        for (size_t x = 0; x < im.zw; x++)
            cx->k->words_project(sum, n, lines + x * n, line,
                                 b->places + x * TRI_SUMS, TRI_SUMS, n);
    } else {
        cx->k->words_project(sum, n, z, n, b->rows, m->view.m, n);
    }
    for (size_t a = 0; a < TRI_SUMS; a++)
        for (size_t j = 0; j < TRI_TILE; j++) {
            const size_t bit = a / TRI_TILE * TRI_TILE + j;
            uint64_t s = 0;

            for (size_t i = 0; i < n; i++)
                s += sum[a * n + i] & (0 - (b->cols[i] >> bit & 1));
            out[a * TRI_TILE + j] += s;
        }
}

void tri_matrix_project(const struct tri_matrix *m,
                        const struct tri_matrix_cx *cx, struct tri_coin *coin)
{
    const struct tri_verify_matrix *e = m->entry;
    const struct tri_kernels *k = cx->k;
    const size_t pairs = m->shape.pairs;
    uint64_t *sum = cx->scratch + 3 * TRI_TILE * TRI_TILE, *scratch;
    struct tri_view_images im;
    struct bits b;

    if (m->shape.direct) {
        memcpy(m->c[0], e->mask[1], pairs * sizeof *m->c[0]);
        k->sub(m->c[1], e->z, e->mask[1], pairs);
        memcpy(m->c[2], e->mask[0], pairs * sizeof *m->c[2]);
        return;
    }
    b = draw_bits(m, cx, coin, sum + TRI_SUMS * m->view.n);
    scratch = sum + TRI_SUMS * m->view.n + (b.cols - b.rows) + m->view.n;
    memset(m->sums[0], 0, m->shape.sums * sizeof *m->sums[0]);
    for (unsigned j = 0; j < 2; j++) {
        if (tri_view_images(&m->view, &im))
            project_images(m, cx, &im, e->x[j], &b, m->sums[j], scratch);
        else
            project_view(m, cx, 0, e->x[j], b.rows, m->sums[j], scratch);
        project_view(m, cx, 1, e->y[j], b.cols, m->sums[2 + j], scratch);
    }
    for (unsigned j = 0; j < 3; j++)
        memset(m->c[j], 0, pairs * sizeof *m->c[j]);
    project_z(m, cx, e->mask[1], &b, m->c[0], sum, scratch);
    project_z(m, cx, e->z, &b, m->c[1], sum, scratch);
    project_z(m, cx, e->mask[0], &b, m->c[2], sum, scratch);
    k->sub(m->c[1], m->c[1], m->c[0], pairs);
}

/* ---- the prover's quotients -------------------------------------------------
 */

/* `rows` lines of one side, n of each from `at` on; zeros up to PAD. */
static void gather(const struct tri_matrix *m, unsigned side, const uint64_t *x,
                   size_t row, size_t rows, size_t at, size_t n, uint64_t *out)
{
    const size_t left = at < m->view.k ? m->view.k - at : 0;
    const size_t have = least(left, n);

    for (size_t i = 0; i < rows; i++, out += TRI_MATRIX_CHUNK) {
        (side == 0 ? tri_view_row : tri_view_col)(&m->view, x, row + i, at,
                                                  have, out);
        memset(out + have, 0, (n - have) * sizeof *out);
    }
}

/* t[a][b] += rows `row`.. of X by columns `col`.., over all k. */
static void tile(const struct tri_matrix *m, const struct tri_matrix_cx *cx,
                 size_t row, size_t rows, size_t col, size_t cols,
                 uint64_t (*t)[3])
{
    const struct tri_verify_matrix *e = m->entry;
    uint64_t *buf = cx->scratch + 3 * TRI_TILE * TRI_TILE;
    const size_t k = m->view.k;

    for (size_t at = 0, n; at < k; at += n) {
        const uint64_t *v[4]; /* X_0, X_1, Y_0, Y_1 */
        size_t ld = m->shape.kp;

        n = least(k - at, TRI_MATRIX_CHUNK);
        for (unsigned j = 0; j < 4 && m->shape.direct; j++) {
            uint64_t *to = buf + j * TRI_TILE * TRI_MATRIX_CHUNK;

            gather(m, j / 2, j < 2 ? e->x[j] : e->y[j - 2], j < 2 ? row : col,
                   j < 2 ? rows : cols, at, n, to);
            v[j] = to;
            ld = TRI_MATRIX_CHUNK;
        }
        for (unsigned j = 0; j < 4 && !m->shape.direct; j++)
            v[j] = m->sums[j] + (j < 2 ? row : col) * ld + at;
        cx->k->words_dots(t, v[0], ld, rows, v[2], ld, cols, n);
        cx->k->words_dots(t, v[0], ld, rows, v[3], ld, cols, n);
        cx->k->words_dots(t, v[1], ld, rows, v[2], ld, cols, n);
    }
}

void tri_matrix_quotients(const struct tri_matrix *m,
                          const struct tri_matrix_cx *cx, uint64_t (*q)[3])
{
    const struct tri_matrix_shape *s = &m->shape;
    uint64_t(*t)[3] = (uint64_t(*)[3])cx->scratch;

    for (size_t g = 0; g < s->groups; g++)
        for (size_t row = 0; row < s->na; row += TRI_TILE)
            for (size_t col = 0; col < s->nb; col += TRI_TILE) {
                const size_t r = least(s->na - row, TRI_TILE);
                const size_t c = least(s->nb - col, TRI_TILE);

                memset(t, 0, 3 * TRI_TILE * TRI_TILE * sizeof(uint64_t));
                tile(m, cx, g * TRI_TILE + row, r, g * TRI_TILE + col, c, t);
                for (size_t a = 0; a < r; a++)
                    for (size_t b = 0; b < c; b++) {
                        const size_t at =
                            (g * s->na + row + a) * s->nb + col + b;
                        const uint64_t *e = t[a * TRI_TILE + b];
                        const uint64_t borrow = m->c[0][at] > e[0];

                        q[at][0] = e[1] - borrow;
                        q[at][1] = e[2] - (e[1] < borrow);
                        q[at][2] = 0 - (uint64_t)(e[2] < (e[1] < borrow));
                    }
            }
}

void tri_matrix_side(const struct tri_matrix *m, const struct tri_matrix_cx *cx,
                     unsigned side, unsigned component, size_t group,
                     const uint64_t *w, size_t at, size_t n, uint64_t *out,
                     const struct tri_field *f)
{
    const struct tri_verify_matrix *e = m->entry;
    const size_t rows = side == 0 ? m->shape.na : m->shape.nb;

    memset(out, 0, n * sizeof *out);
    if (!m->shape.direct) {
        cx->k->field_comb(out, w, TRI_TILE,
                          m->sums[2 * side + component] +
                              group * TRI_TILE * m->shape.kp + at,
                          0, m->shape.kp, 1, n, f);
        return;
    }
    for (size_t row = 0, r; row < rows; row += r) {
        r = least(rows - row, GATHER);
        gather(m, side, side == 0 ? e->x[component] : e->y[component], row, r,
               at, n, cx->scratch);
        cx->k->field_comb(out, w + row, r, cx->scratch, 0, TRI_MATRIX_CHUNK, 1,
                          n, f);
    }
}
