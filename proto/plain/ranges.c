#include "proto/plain/ranges.h"
#include "core/err.h"
#include "core/fmath.h"
#include "proto/plain/plain.h"

/* ---- what is noted ----------------------------------------------------------
 */

static int bound(const struct tri_engine_config *c, enum tri_range_kind kind)
{
    const int k = (int)c->k;

    if (!c->rehearsed->compares_k || kind < TRI_RANGE_COMPARE)
        return 62;
    if (kind == TRI_RANGE_DIVISOR)
        return k - 2;
    return k - 1 < 62 ? k - 1 : 62;
}

static void note(struct tri_engine *e, enum tri_range_kind kind, double most,
                 int fb)
{
    struct tri_ranges *const r = e->config.ranges;
    struct tri_range *const at = &r->at[r->place % TRI_RANGE_PLACES][kind];

    if (most > at->most)
        *at = (struct tri_range){ most, fb, bound(&e->config, kind) };
}

/* Largest |x|, as a number that has no sign bit to lose: |-2^63| is 2^63. */
static double largest(const struct tri_ten *x)
{
    const uint64_t *const v = x->v[0];
    uint64_t most = 0;

    for (size_t i = 0; i < x->n; i++) {
        const uint64_t m = v[i] >> 63 != 0 ? 0 - v[i] : v[i];
        most = m > most ? m : most;
    }
    return (double)most;
}

/* A truncation that is not exact fails with probability |x| / 2^64. In
 * integers, so that every machine comes to the same sum. */
static void note_wrong(struct tri_engine *e, const struct tri_ten *x)
{
    const uint64_t *const v = x->v[0];

    for (size_t i = 0; !e->trunc_exact && i < x->n; i++)
        e->config.ranges->wrong += (v[i] >> 63 != 0 ? 0 - v[i] : v[i]) >> 24;
}

/* Largest difference between two of n at one of m places. */
static double widest(const struct tri_ten *x, size_t n, size_t m)
{
    const int64_t *const v = x->v[0];
    double most = 0;

    for (size_t j = 0; j < m; j++) {
        int64_t low = v[j], high = v[j];
        for (size_t i = 1; i < n; i++) {
            low = v[i * m + j] < low ? v[i * m + j] : low;
            high = v[i * m + j] > high ? v[i * m + j] : high;
        }
        if ((double)high - (double)low > most)
            most = (double)high - (double)low;
    }
    return most;
}

/* ---- the operations that have a bound --------------------------------------
 */

static void op_scale(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x, int64_t c, int cb)
{
    const double by = c < 0 ? -(double)c : (double)c;

    if (!e->s->dry && c != 1)
        note(e, TRI_RANGE_SCALED, by * largest(x), x->fb + cb);
    tri_plain_ops.scale(e, z, x, c, cb);
}

static int op_bilin(struct tri_engine *e, const struct tri_bilin *op,
                    struct tri_ten *z, struct tri_ten *x, struct tri_ten *y)
{
    const int rc = tri_plain_ops.bilin(e, op, z, x, y);

    if (rc == TRI_OK && !e->s->dry)
        note(e, TRI_RANGE_PRODUCT, largest(z), z->fb);
    return rc;
}

static int op_trunc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x)
{
    if (!e->s->dry && x->fb != z->fb) {
        note(e, TRI_RANGE_TRUNC, largest(x), x->fb);
        note_wrong(e, x);
    }
    return tri_plain_ops.trunc(e, z, x);
}

static int op_relu(struct tri_engine *e, struct tri_ten *z,
                   struct tri_bits *bits, const struct tri_ten *x)
{
    if (!e->s->dry) {
        const double most = largest(x);

        if (x->fb != z->fb) {
            note(e, TRI_RANGE_TRUNC, most, x->fb);
            note_wrong(e, x);
        }
        note(e, TRI_RANGE_COMPARE, most * tri_pow2(z->fb - x->fb), z->fb);
    }
    return tri_plain_ops.relu(e, z, bits, x);
}

static int op_sign(struct tri_engine *e, struct tri_bits *bits,
                   const struct tri_ten *x)
{
    if (!e->s->dry)
        note(e, TRI_RANGE_COMPARE, largest(x), x->fb);
    return tri_plain_ops.sign(e, bits, x);
}

static int op_maxn(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x)
{
    if (!e->s->dry && x->n == st->n * st->m)
        note(e, TRI_RANGE_COMPARE, widest(x, st->n, st->m), x->fb);
    return tri_plain_ops.maxn(e, z, st, x);
}

static int op_div(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x, const struct tri_ten *y)
{
    if (!e->s->dry)
        note(e, TRI_RANGE_DIVISOR, largest(y), y->fb);
    return tri_plain_ops.div(e, z, x, y);
}

static int op_start(struct tri_engine *e)
{
    struct tri_ranges *const r = e->config.ranges;

    if (r == NULL || e->config.rehearsed == NULL)
        return TRI_E_ARG;
    r->ops = tri_plain_ops;
    r->ops.scale = op_scale;
    r->ops.bilin = op_bilin;
    r->ops.trunc = op_trunc;
    r->ops.relu = op_relu;
    r->ops.sign = op_sign;
    r->ops.maxn = op_maxn;
    r->ops.div = op_div;
    e->ops = &r->ops;
    e->trunc_exact = e->config.rehearsed->trunc_exact;
    return TRI_OK;
}

static const struct tri_engine_ops start_ops = { .start = op_start };

const struct tri_engine_kind tri_engine_ranges = {
    .name = "ranges",
    .about = "plain, and notes how near numbers come to their bounds",
    .parties = 1,
    .holds = { 1 },
    .trunc_exact = 1,
    .elem = sizeof(tri_ring),
    .ops = &start_ops,
};

/* ---- what it means ----------------------------------------------------------
 */

double tri_range_headroom(const struct tri_range *r)
{
    double bits = 64;

    if (r->most > 0)
        bits = r->bound - tri_log(r->most) / 0.69314718055994530942;
    /* Down to halves: 64.0 stays, and what reaches the bound is below 0. */
    return (double)tri_round(2 * bits - 0.5) / 2;
}

const struct tri_range *tri_ranges_least(const struct tri_ranges *r,
                                         unsigned *place,
                                         enum tri_range_kind *kind)
{
    const struct tri_range *least = NULL;
    double bits = 0;

    for (unsigned p = 0; p < TRI_RANGE_PLACES; p++)
        for (int k = 0; k < TRI_RANGE_KINDS; k++) {
            const struct tri_range *const at = &r->at[p][k];
            const double b = at->most * tri_pow2(-at->bound);

            if (at->most > 0 && (least == NULL || b > bits)) {
                least = at;
                bits = b;
                *place = p;
                *kind = (enum tri_range_kind)k;
            }
        }
    return least;
}
