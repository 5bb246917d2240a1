#include "proto/plain/plain.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/mem.h"
#include "proto/bilin.h"
#include "proto/local.h"
#include "proto/plain/ranges.h"
#include "proto/softmax.h"

/*
 * Engine `plain`: the fixed-point arithmetic of the secure engines on clear
 * values in one process. What they compute exactly (sums, products, signs,
 * maxima) it computes exactly; where they are off by up to one unit in the
 * last place (trunc, relu with rescaling, div), so is it; and where a number
 * leaves the range in which they are right, it stops (ranges.h). Values are
 * clear here: branches on them are allowed.
 */

static int check(struct tri_engine *e, int fits)
{
    const int rc = tri_session_check(e->s);

    return rc != TRI_OK ? rc : fits ? TRI_OK : TRI_E_ARG;
}

/* After a bound was passed: no value that the secure engines would not have. */
static int left(struct tri_engine *e, struct tri_ten *z, int rc)
{
    if (rc != TRI_OK && !e->s->dry)
        memset(z->v[0], 0, z->n * sizeof(tri_ring));
    return rc;
}

/* What a scale meets that is too large kills the session: the next operation
 * that can fail does. */
static void op_scale(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x, int64_t c, int cb)
{
    if (c != 1)
        (void)tri_range_meet_all(e, TRI_RANGE_SCALED, x,
                                 c < 0 ? -(double)c : (double)c, x->fb + cb);
    tri_local_scale(e, z, x, c, cb);
}

/* A product as it is, to the scale at which the rehearsed engine has it. */
static void to_scale(const struct tri_engine *e, struct tri_ten *z, int fb)
{
    int64_t *const w = z->v[0];

    if (fb > z->fb && !e->s->dry)
        e->s->cx.k->add(z->v[0], z->v[0], z->v[0], z->n);
    for (size_t i = 0; fb < z->fb && !e->s->dry && i < z->n; i++)
        w[i] >>= 1;
    z->fb = fb;
}

static int op_bilin(struct tri_engine *e, const struct tri_bilin *op,
                    struct tri_ten *z, struct tri_ten *x, struct tri_ten *y)
{
    const int fb = tri_bilin_scale(e, op, x, y);
    size_t nx, ny, nz;
    int rc;

    tri_bilin_sizes(op, &nx, &ny, &nz);
    rc = check(e, nx == x->n && ny == y->n && nz == z->n);
    if (rc != TRI_OK)
        return rc;
    if (!e->s->dry)
        memset(z->v[0], 0, nz * sizeof(tri_ring));
    rc = tri_bilin_ring(&e->s->cx, op, z->v[0], x->v[0], y->v[0]);
    if (rc != TRI_OK)
        return tri_session_fail(e->s, rc, "product", TRI_NOBODY);
    z->fb = x->fb + y->fb;
    tri_ten_changed(z);
    rc = tri_range_meet_all(e, TRI_RANGE_PRODUCT, z, tri_pow2(fb - z->fb), fb);
    to_scale(e, z, fb);
    return left(e, z, rc);
}

/*
 * x >> shift, rounded to one of the two neighbours so that the mean is exact,
 * as the secure truncation does it: a weight update of a tenth of a unit must
 * move the weight one time in ten, not never. The coin is a fixed public hash
 * (the finaliser of splitmix64) of the value and its place, so that a run can
 * be repeated.
 */
static int64_t round_shift(uint64_t x, size_t i, unsigned shift)
{
    uint64_t h = x + (i + 1) * 0x9e3779b97f4a7c15u;

    if (shift == 0)
        return (int64_t)x;
    h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 27) * 0x94d049bb133111ebu;
    h ^= h >> 31;
    return (int64_t)(x + (h >> (64 - shift))) >> shift;
}

static int op_trunc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x)
{
    const int shift = x->fb - z->fb;
    int rc = check(e, z->n == x->n && shift >= 0 && shift < 62);

    if (rc == TRI_OK && shift != 0)
        rc = left(e, z, tri_range_meet_all(e, TRI_RANGE_TRUNC, x, 1, x->fb));
    if (rc != TRI_OK)
        return rc;
    tri_ten_changed(z);
    if (e->s->dry)
        return TRI_OK;
    for (size_t i = 0; i < z->n; i++)
        ((uint64_t *)z->v[0])[i] = (uint64_t)round_shift(
            ((const uint64_t *)x->v[0])[i], i, (unsigned)shift);
    return TRI_OK;
}

static int op_relu(struct tri_engine *e, struct tri_ten *z,
                   struct tri_bits *bits, const struct tri_ten *x)
{
    const int shift = x->fb - z->fb;
    int rc = check(e, z->n == x->n && shift >= 0 && shift < 62 &&
                          (bits == NULL || bits->n == x->n));

    if (rc == TRI_OK && shift != 0)
        rc = left(e, z, tri_range_meet_all(e, TRI_RANGE_TRUNC, x, 1, x->fb));
    if (rc == TRI_OK)
        rc = left(e, z,
                  tri_range_meet_all(e, TRI_RANGE_COMPARE, x,
                                     tri_pow2(z->fb - x->fb), z->fb));
    if (rc != TRI_OK)
        return rc;
    tri_ten_changed(z);
    if (e->s->dry)
        return TRI_OK;
    for (size_t i = 0; i < z->n; i++) {
        const int64_t t =
            round_shift(((const uint64_t *)x->v[0])[i], i, (unsigned)shift);
        ((uint64_t *)z->v[0])[i] = t > 0 ? (uint64_t)t : 0;
        if (bits != NULL)
            ((uint8_t *)bits->own)[i] = t >= 0;
    }
    return TRI_OK;
}

static int op_sign(struct tri_engine *e, struct tri_bits *bits,
                   const struct tri_ten *x)
{
    int rc = check(e, bits->n == x->n);

    if (rc == TRI_OK)
        rc = tri_range_meet_all(e, TRI_RANGE_COMPARE, x, 1, x->fb);
    if (rc != TRI_OK || e->s->dry)
        return rc;
    for (size_t i = 0; i < x->n; i++)
        ((uint8_t *)bits->own)[i] = ((const uint64_t *)x->v[0])[i] >> 63 == 0;
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
    tri_ten_changed(z);
    if (e->s->dry)
        return TRI_OK;
    for (size_t i = 0; i < z->n; i++)
        ((uint64_t *)z->v[0])[i] = keep[i] ? ((const uint64_t *)x->v[0])[i] : 0;
    return TRI_OK;
}

static void op_number(struct tri_engine *e, struct tri_ten *z,
                      const struct tri_bits *bits)
{
    z->fb = 0;
    tri_ten_changed(z);
    if (e->s->dry)
        return;
    for (size_t i = 0; i < z->n; i++)
        ((uint64_t *)z->v[0])[i] = ((const uint8_t *)bits->own)[i];
}

static int op_bits_alloc(struct tri_engine *e, struct tri_bits *bits, size_t n)
{
    *bits = (struct tri_bits){ .n = n };
    return tri_arena_alloc(e->s->cx.arena, &bits->own, n, 1);
}

/* The state is the index of the maximum. */
static int op_maxn_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                         size_t m)
{
    if (n == 0 || m > UINT32_MAX)
        return TRI_E_ARG;
    *st = (struct tri_maxn){ .n = n, .m = m };
    return tri_arena_alloc(e->s->cx.arena, &st->own, m, sizeof(uint64_t));
}

static int op_maxn(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x)
{
    const int64_t *v = x->v[0];
    int64_t *max = z->v[0];
    uint64_t *ind = st->own;
    int rc = check(e, x->n == st->n * st->m && z->n == st->m);

    if (rc == TRI_OK)
        rc = left(e, z, tri_range_meet_widest(e, x, st->n, st->m));
    if (rc != TRI_OK)
        return rc;
    z->fb = x->fb;
    tri_ten_changed(z);
    if (e->s->dry)
        return TRI_OK;
    for (size_t j = 0; j < st->m; j++) {
        size_t best = 0;
        for (size_t i = 1; i < st->n; i++)
            if (v[i * st->m + j] > v[best * st->m + j])
                best = i;
        max[j] = v[best * st->m + j];
        ind[j] = best;
    }
    return TRI_OK;
}

static int op_maxn_grad(struct tri_engine *e, struct tri_ten *dx,
                        const struct tri_maxn *st, const struct tri_ten *dz)
{
    const uint64_t *ind = st->own;
    const int rc = check(e, dx->n == st->n * st->m && dz->n == st->m);

    if (rc != TRI_OK)
        return rc;
    dx->fb = dz->fb;
    tri_ten_changed(dx);
    if (e->s->dry)
        return TRI_OK;
    memset(dx->v[0], 0, dx->n * sizeof(tri_ring));
    for (size_t j = 0; j < st->m; j++)
        ((uint64_t *)dx->v[0])[ind[j] * st->m + j] =
            ((const uint64_t *)dz->v[0])[j];
    return TRI_OK;
}

/* round(x * 2^bits / y) for 0 <= x <= y < 2^62, y > 0, digit by digit. */
static uint64_t divide(uint64_t x, uint64_t y, int bits)
{
    uint64_t q = x / y, rest = x % y;

    for (int i = 0; i < bits; i++) {
        rest <<= 1;
        q <<= 1;
        if (rest >= y) {
            rest -= y;
            q |= 1;
        }
    }
    return q + (2 * rest >= y);
}

/* z = x / y, row by row, where y is what an operation of that kind takes. */
static int quotients(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x, const struct tri_ten *y,
                     enum tri_range_kind kind)
{
    const size_t m = y->n, n = m > 0 ? x->n / m : 0;
    int rc = check(e, m * n == x->n && z->n == x->n && x->fb == y->fb &&
                          z->fb >= 0 && z->fb < 62);

    if (rc == TRI_OK)
        rc = left(e, z, tri_range_meet_all(e, kind, y, 1, y->fb));
    if (rc != TRI_OK)
        return rc;
    tri_ten_changed(z);
    if (e->s->dry)
        return TRI_OK;
    for (size_t j = 0; j < m; j++) {
        const uint64_t d = ((const uint64_t *)y->v[0])[j];
        if (d == 0 || d >> 62 != 0)
            return left(e, z,
                        tri_session_fail(e->s, TRI_E_SPOILT,
                                         "a divisor that is not above 0",
                                         TRI_NOBODY));
        for (size_t i = j * n; i < (j + 1) * n; i++)
            ((uint64_t *)z->v[0])[i] =
                divide(((const uint64_t *)x->v[0])[i], d, z->fb);
    }
    return TRI_OK;
}

static int op_div(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x, const struct tri_ten *y)
{
    return quotients(e, z, x, y, TRI_RANGE_DIVISOR);
}

/* Without comparisons: a row and its sum are truncated and multiplied. */
static int op_normalise(struct tri_engine *e, struct tri_ten *z,
                        const struct tri_ten *x)
{
    struct tri_arena *const a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct tri_ten sum;
    int rc = tri_ten_alloc(e, &sum, tri_shape1(x->shape.d[0]), x->fb, 0);

    if (rc == TRI_OK) {
        tri_row_sums(e, &sum, x);
        rc = quotients(e, z, x, &sum, TRI_RANGE_TRUNC);
    }
    tri_arena_release(a, mark);
    return rc;
}

/* In and out come the words as they are: in the clear, the value has one
 * representation. */
static int op_import(struct tri_engine *e, struct tri_ten *t, size_t at,
                     size_t n, const tri_ring *const part[2])
{
    if (!e->s->dry)
        memcpy((tri_ring *)t->v[0] + at, part[0], n * sizeof(tri_ring));
    return TRI_OK;
}

static int op_export(struct tri_engine *e, const struct tri_ten *t, size_t at,
                     size_t n, tri_ring *const part[2])
{
    if (!e->s->dry)
        memcpy(part[0], (const tri_ring *)t->v[0] + at, n * sizeof(tri_ring));
    return TRI_OK;
}

static int op_open(struct tri_engine *e, double *out, const struct tri_ten *x,
                   unsigned audience)
{
    for (size_t i = 0; i < x->n && !e->s->dry && (audience & 1) != 0; i++)
        out[i] = tri_fixed_decode(((const tri_ring *)x->v[0])[i], x->fb);
    return TRI_OK;
}

static int op_refresh(struct tri_engine *e, struct tri_ten *x)
{
    (void)x;
    return check(e, 1);
}

/* Two tables begin alike. */
#define OPS                                                                   \
    .constant = tri_local_constant, .add = tri_local_add,                     \
    .sub = tri_local_sub, .addc = tri_local_addc, .scale = op_scale,          \
    .copy = tri_local_copy, .bilin = op_bilin, .trunc = op_trunc,             \
    .relu = op_relu, .sign = op_sign, .select = op_select,                    \
    .number = op_number, .bits_alloc = op_bits_alloc,                         \
    .maxn_alloc = op_maxn_alloc, .maxn = op_maxn, .maxn_grad = op_maxn_grad,  \
    .div = op_div, .import = op_import, .export = op_export, .open = op_open, \
    .refresh = op_refresh

const struct tri_engine_ops tri_plain_ops = { OPS };

const struct tri_engine_ops tri_plain_rows_ops = {
    OPS,
    .normalise = op_normalise,
};

const struct tri_engine_kind tri_engine_plain = {
    .name = "plain",
    .about = "in the clear, in the fixed point of the parties",
    .parties = 1,
    .holds = { 1 },
    .trunc_exact = 1,
    .compares_k = 1,
    .elem = sizeof(tri_ring),
    .ops = &tri_plain_ops,
};
