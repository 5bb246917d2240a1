#include "proto/verify/matrix.h"
#include "arch/wide.h"
#include "core/mem.h"

/* Rows copied out of a view at a time, so far apart that they do not meet in
 * one set of a cache. */
enum { GATHER = 32, APART = TRI_MATRIX_CHUNK + TRI_ROW };
/* The same where they are summed up: more rows, and few pages of memory. */
enum { LINES = 64, NARROW = 128, CLOSE = NARROW + TRI_ROW };
/* The same where they are columns in memory: whole lines of it are read. */
enum { LONG = 416, SLIM = 32, SIDE = SLIM + TRI_ROW };
_Static_assert((size_t)LINES *CLOSE <= (size_t)GATHER * APART &&
                   (size_t)LONG * SIDE <= (size_t)GATHER * APART,
               "room for one");
/* Sums of a square of GATHER by GATHER entries, tile by tile. */
enum {
    TILES = GATHER / TRI_TILE,
    TILE_WORDS = 3 * TRI_TILE * TRI_TILE,
    SQUARE = TILES * TILES * TILE_WORDS,
    INNER = 8 * TRI_MATRIX_CHUNK /* inner elements of a task */
};
_Static_assert((int)SQUARE >= 3 * (int)TRI_MATRIX_DIRECT,
               "room for all of a direct product");

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Are rows that are places of images summed up in stages: images, lines,
 * places? If there are few images it is less to add up all rows at once, since
 * every sum passes through all the later stages. By the words that are added;
 * \return 0 also where rows are no such places. */
static int in_stages(const struct tri_view *v, struct tri_view_images *im)
{
    const struct tri_conv *g = &v->op->conv;
    size_t x, z;

    if (!tri_view_images(v, im))
        return 0;
    x = im->b * im->h * im->w * im->c +
        TRI_SUMS * g->kh * (im->zh * im->w + g->kw * im->zw) * im->c;
    z = v->m * v->n + TRI_SUMS * (im->zh + 1) * im->zw * v->n;
    return 2 * x + 3 * z < 2 * v->m * v->k + 3 * v->m * v->n;
}

void tri_matrix_shape(struct tri_matrix_shape *s, const struct tri_bilin *op)
{
    struct tri_view v;
    struct tri_view_images im;
    size_t bits, rest;

    tri_view_init(&v, op);
    rest =
        4 * (size_t)GATHER * APART + tri_view_planes_room(&v, TRI_MATRIX_CHUNK);
    s->direct = v.m <= TRI_MATRIX_DIRECT && v.n <= TRI_MATRIX_DIRECT &&
                v.m * v.n <= TRI_MATRIX_DIRECT;
    s->groups = s->direct ? 1 : TRI_MATRIX_GROUPS;
    s->na = s->direct ? v.m : TRI_TILE;
    s->nb = s->direct ? v.n : TRI_TILE;
    s->kp = (v.k + TRI_MATRIX_PAD - 1) / TRI_MATRIX_PAD * TRI_MATRIX_PAD;
    s->ld = s->kp + TRI_ROW;
    s->sums = s->direct ? 0 : 4 * TRI_SUMS * s->ld;
    s->pairs = s->groups * s->na * s->nb;
    bits = v.m + v.n;
    if (in_stages(&v, &im)) {
        const size_t x = TRI_SUMS * im.w * im.c * (1 + op->conv.kh);
        const size_t z = TRI_SUMS * im.zw * v.n * 2;

        bits = im.b + TRI_SUMS * (im.zh + im.zw) + v.n;
        rest = rest > x ? rest : x;
        rest = rest > z ? rest : z;
    }
    s->scratch = rest + SQUARE;
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

    if (in_stages(&m->view, &im)) {
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

/* n inner elements from `at` on of one side as its lines are read. */
static struct tri_view_planes planes(const struct tri_matrix *m,
                                     const struct tri_kernels *k, unsigned side,
                                     const uint64_t *x, size_t at, size_t n,
                                     uint64_t *room)
{
    const size_t left = at < m->view.k ? m->view.k - at : 0;

    return side == 0 ? tri_view_planes(&m->view, k, x, at, least(left, n), room)
                     : (struct tri_view_planes){ .x = x };
}

/* `rows` lines of one side, n of each from `at` on; zeros behind the end. */
static void gather(const struct tri_matrix *m, const struct tri_kernels *k,
                   unsigned side, const struct tri_view_planes *p, size_t row,
                   size_t rows, size_t at, size_t n, uint64_t *out, size_t ld)
{
    const size_t left = at < m->view.k ? m->view.k - at : 0;
    const size_t have = least(left, n);

    if (side == 0)
        tri_view_rows(&m->view, k, p, row, rows, at, have, out, ld);
    else
        tri_view_cols(&m->view, k, p->x, row, rows, at, have, out, ld);
    for (size_t i = 0; i < rows && have < n; i++)
        memset(out + i * ld + have, 0, (n - have) * sizeof *out);
}

/* z += sums of rows (X, but not of CONV_DW) or columns (Y) of the view. */
static void project_view(const struct tri_matrix *m,
                         const struct tri_matrix_cx *cx, unsigned side,
                         const uint64_t *x, const uint64_t *bits, uint64_t *z,
                         uint64_t *scratch)
{
    const size_t rows = side == 0 ? m->view.m : m->view.n, k = m->view.k;
    const struct tri_view_planes p = { .x = x };

    for (size_t at = 0, n; at < k; at += n) {
        n = least(k - at, NARROW);
        for (size_t row = 0, r; row < rows; row += r) {
            r = least(rows - row, LINES);
            gather(m, cx->k, side, &p, row, r, at, n, scratch, CLOSE);
            cx->k->words_project(z + at, m->shape.ld, scratch, CLOSE,
                                 bits + row, r, n);
        }
    }
}

/* The same of CONV_DW's rows, from where they stand in planes. */
static void project_planes(const struct tri_matrix *m,
                           const struct tri_matrix_cx *cx, const uint64_t *x,
                           const uint64_t *bits, uint64_t *z, uint64_t *scratch)
{
    const struct tri_conv *g = &m->view.op->conv;
    const size_t k = m->view.k, rows = g->kw * g->c;

    for (size_t at = 0, n; at < k; at += n) {
        struct tri_view_planes p;

        n = least(k - at, NARROW);
        p = tri_view_planes(&m->view, cx->k, x, at, n, scratch);
        for (size_t i = 0, len; i < n; i += len)
            for (size_t row = 0; row < m->view.m; row += rows) {
                const uint64_t *from =
                    tri_view_plane(&m->view, &p, row, at + i, &len);

                len = least(len, n - i);
                cx->k->words_project(z + at + i, m->shape.ld, from, p.apart,
                                     bits + row, rows, len);
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
        for (size_t zx = 0; zx < im->zw; zx++)
            for (size_t kx = 0, n; kx < g->kw; kx += n) {
                const size_t xx = tri_view_run(&m->view, zx, kx, &n);

                if (xx < im->w)
                    cx->k->words_project(
                        z + (ky * g->kw + kx) * im->c, m->shape.ld,
                        lines + ky * sums + xx * im->c, line,
                        b->places + zx * TRI_SUMS, TRI_SUMS, n * im->c);
            }
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
    if (in_stages(&m->view, &im)) {
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

/* Sums are of X_0, X_1, Y_0, Y_1, and c of what is given for it: a task each.
 */
struct sums {
    const struct tri_matrix *m;
    const struct tri_matrix_cx *cx;
    struct bits b;
};

enum { OF_X = 2, OF_XY = 4, OF_ALL = 7 };

static void project_task(void *arg, size_t t, unsigned worker)
{
    const struct sums *s = arg;
    const struct tri_matrix *m = s->m;
    const struct tri_matrix_cx *cx = s->cx;
    const struct tri_verify_matrix *e = m->entry;
    const uint64_t *const z[3] = { e->mask[1], e->z, e->mask[0] };
    uint64_t *const sum = cx->scratch + worker * cx->each;
    uint64_t *const scratch =
        sum + TRI_SUMS * m->view.n + (s->b.cols - s->b.rows) + m->view.n;
    struct tri_view_images im;

    if (t >= OF_XY)
        project_z(m, cx, z[t - OF_XY], &s->b, m->c[t - OF_XY], sum, scratch);
    else if (t >= OF_X)
        project_view(m, cx, 1, e->y[t - OF_X], s->b.cols, m->sums[t], scratch);
    else if (in_stages(&m->view, &im))
        project_images(m, cx, &im, e->x[t], &s->b, m->sums[t], scratch);
    else if (m->view.op->kind == TRI_BILIN_CONV_DW)
        project_planes(m, cx, e->x[t], s->b.rows, m->sums[t], scratch);
    else
        project_view(m, cx, 0, e->x[t], s->b.rows, m->sums[t], scratch);
}

void tri_matrix_project(const struct tri_matrix *m,
                        const struct tri_matrix_cx *cx, struct tri_coin *coin)
{
    const struct tri_verify_matrix *e = m->entry;
    const struct tri_kernels *k = cx->k;
    const size_t pairs = m->shape.pairs;
    struct sums s = { .m = m, .cx = cx };

    if (m->shape.direct) {
        memcpy(m->c[0], e->mask[1], pairs * sizeof *m->c[0]);
        k->sub(m->c[1], e->z, e->mask[1], pairs);
        memcpy(m->c[2], e->mask[0], pairs * sizeof *m->c[2]);
        return;
    }
    s.b = draw_bits(m, cx, coin, cx->scratch + TRI_SUMS * m->view.n);
    memset(m->sums[0], 0, m->shape.sums * sizeof *m->sums[0]);
    for (unsigned j = 0; j < 3; j++)
        memset(m->c[j], 0, pairs * sizeof *m->c[j]);
    tri_par_run(cx->par, project_task, &s, OF_ALL);
    k->sub(m->c[1], m->c[1], m->c[0], pairs);
}

/* ---- the prover's quotients -------------------------------------------------
 */

/* Rows `row`.. of X by columns `col`.. of Y: to the worker's scratch, tile by
 * tile, of each [TRI_TILE x TRI_TILE] numbers of three words. `whole`: all rows
 * and columns of a direct product, [rows x cols] numbers, with Y left where it
 * stands: its columns lie side by side, and each of its words is read once. */
struct square {
    const struct tri_matrix *m;
    const struct tri_matrix_cx *cx;
    int whole;
    size_t row, rows, col, cols;
};

static void whole_task(const struct square *s, size_t at, size_t n,
                       uint64_t *sums)
{
    const struct tri_matrix *m = s->m;
    const struct tri_kernels *k = s->cx->k;
    const struct tri_verify_matrix *e = m->entry;
    uint64_t *const x = sums + SQUARE, *const room = x + 4 * GATHER * APART;
    const size_t y = at * m->view.n;

    for (size_t row = 0, r; row < s->rows; row += r) {
        r = least(s->rows - row, GATHER);
        for (unsigned j = 0; j < 2; j++) {
            const struct tri_view_planes p =
                planes(m, k, 0, e->x[j], at, n, room);

            gather(m, k, 0, &p, row, r, at, n, x + j * GATHER * APART, APART);
        }
        k->words_outer((uint64_t(*)[3])sums + row * s->cols, s->cols, x,
                       x + GATHER * APART, APART, r, e->y[0] + y, e->y[1] + y,
                       m->view.n, s->cols, n);
    }
}

static void square_task(void *arg, size_t task, unsigned worker)
{
    const struct square *s = arg;
    const struct tri_matrix *m = s->m;
    const struct tri_matrix_cx *cx = s->cx;
    const struct tri_verify_matrix *e = m->entry;
    const size_t row = s->row, rows = s->rows, col = s->col, cols = s->cols;
    const size_t end = least(m->view.k, (task + 1) * INNER);
    const size_t ld = m->shape.direct ? APART : m->shape.ld;
    uint64_t *const scratch = cx->scratch + worker * cx->each;

    for (size_t at = task * INNER, n; at < end; at += n) {
        const uint64_t *v[4]; /* X_0, X_1, Y_0, Y_1 */

        n = least(end - at, TRI_MATRIX_CHUNK);
        if (s->whole) {
            whole_task(s, at, n, scratch);
            continue;
        }
        for (unsigned j = 0; j < 4; j++) {
            uint64_t *to = scratch + SQUARE + j * GATHER * APART;

            v[j] = to;
            if (m->shape.direct) {
                const struct tri_view_planes p =
                    planes(m, cx->k, j / 2, j < 2 ? e->x[j] : e->y[j - 2], at,
                           n, scratch + SQUARE + 4 * (size_t)GATHER * APART);

                gather(m, cx->k, j / 2, &p, j < 2 ? row : col,
                       j < 2 ? rows : cols, at, n, to, APART);
            } else {
                v[j] = m->sums[j] + (j < 2 ? row : col) * ld + at;
            }
        }
        for (size_t a = 0; a < rows; a += TRI_TILE)
            for (size_t b = 0; b < cols; b += TRI_TILE) {
                uint64_t(*t)[3] = (uint64_t(*)[3])(
                    scratch +
                    (a / TRI_TILE * TILES + b / TRI_TILE) * TILE_WORDS);
                const size_t r = least(rows - a, TRI_TILE);
                const size_t c = least(cols - b, TRI_TILE);
                const uint64_t *x0 = v[0] + a * ld, *x1 = v[1] + a * ld;
                const uint64_t *y0 = v[2] + b * ld, *y1 = v[3] + b * ld;

                cx->k->words_dots(t, x0, x1, ld, r, y0, y1, ld, c, n);
            }
    }
}

/* A square over all k, in the first worker's scratch. */
static void square(struct square *s)
{
    const struct tri_matrix_cx *cx = s->cx;
    const unsigned workers = tri_par_workers(cx->par);

    for (unsigned w = 0; w < workers; w++)
        memset(cx->scratch + w * cx->each, 0, SQUARE * sizeof *cx->scratch);
    tri_par_run(cx->par, square_task, s, (s->m->view.k + INNER - 1) / INNER);
    for (unsigned w = 1; w < workers; w++)
        for (size_t i = 0; i < SQUARE; i += 3)
            for (unsigned j = 0; j < 3; j++)
                tri_wide_add_at(cx->scratch + i,
                                cx->scratch[w * cx->each + i + j], 64 * j);
}

void tri_matrix_quotients(const struct tri_matrix *m,
                          const struct tri_matrix_cx *cx, uint64_t (*q)[3])
{
    const struct tri_matrix_shape *s = &m->shape;
    /* With few rows the time goes into reading Y from memory, which squares ask
     * for ahead. */
    const int whole = s->direct && s->na >= TRI_ROW && s->nb >= TRI_ROW &&
                      tri_view_turned(&m->view, 1);
    const size_t high = whole ? s->na : GATHER, wide = whole ? s->nb : GATHER;

    for (size_t g = 0; g < s->groups; g++)
        for (size_t row = 0; row < s->na; row += high)
            for (size_t col = 0; col < s->nb; col += wide) {
                const size_t r = least(s->na - row, high);
                const size_t c = least(s->nb - col, wide);

                struct square sq = {
                    m, cx, whole, g * TRI_TILE + row, r, g * TRI_TILE + col, c
                };

                square(&sq);
                for (size_t i = 0; i < r * c; i++) {
                    const size_t a = i / c, b = i % c;
                    const size_t at = (g * s->na + row + a) * s->nb + col + b;
                    const uint64_t *e =
                        whole
                            ? cx->scratch + 3 * i
                            : cx->scratch +
                                  (a / TRI_TILE * TILES + b / TRI_TILE) *
                                      TILE_WORDS +
                                  3 * (a % TRI_TILE * TRI_TILE + b % TRI_TILE);
                    const uint64_t borrow = m->c[0][at] > e[0];

                    q[at][0] = e[1] - borrow;
                    q[at][1] = e[2] - (e[1] < borrow);
                    q[at][2] = 0 - (uint64_t)(e[2] < (e[1] < borrow));
                }
            }
}

void tri_matrix_sides(const struct tri_matrix *m,
                      const struct tri_matrix_cx *cx, unsigned side,
                      unsigned component, size_t group, size_t at, size_t n,
                      const struct tri_matrix_side to[2])
{
    const struct tri_verify_matrix *e = m->entry;
    const uint64_t *x = side == 0 ? e->x[component] : e->y[component];
    const size_t rows = side == 0 ? m->shape.na : m->shape.nb;
    const int turned = tri_view_turned(&m->view, side);
    const size_t most = turned ? LONG : GATHER, wide = turned ? SLIM : n;
    const size_t ld = turned ? SIDE : APART;
    struct tri_view_planes p;

    for (unsigned j = 0; j < 2; j++)
        memset(to[j].out, 0, n * sizeof *to[j].out);
    if (!m->shape.direct) {
        x = m->sums[2 * side + component] + group * TRI_TILE * m->shape.ld + at;
        for (unsigned j = 0; j < 2; j++)
            cx->k->field_comb(to[j].out, to[j].w, TRI_TILE, x, 64, 0,
                              m->shape.ld, 1, n, to[j].f);
        return;
    }
    p = planes(m, cx->k, side, x, at, n, cx->scratch + GATHER * APART);
    for (size_t i = 0, some; i < n; i += some) {
        some = least(n - i, wide);
        for (size_t row = 0, r; row < rows; row += r) {
            r = least(rows - row, most);
            gather(m, cx->k, side, &p, row, r, at + i, some, cx->scratch, ld);
            for (unsigned j = 0; j < 2; j++)
                cx->k->field_comb(to[j].out + i, to[j].w + row, r, cx->scratch,
                                  64, 0, ld, 1, some, to[j].f);
        }
    }
}
