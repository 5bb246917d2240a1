#include "proto/plain/ranges.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/text.h"
#include "proto/plain/plain.h"

/* ---- what is noted ----------------------------------------------------------
 */

static int bound(const struct tri_engine *e, enum tri_range_kind kind)
{
    const struct tri_engine_kind *const of =
        e->config.rehearsed != NULL ? e->config.rehearsed : e->kind;
    const int k = (int)e->config.k;

    if (!of->compares_k || kind < TRI_RANGE_COMPARE)
        return 62;
    if (kind == TRI_RANGE_DIVISOR)
        return k - 2;
    return k - 1 < 62 ? k - 1 : 62;
}

static const char *const verb[] = { "a product of", "a scaled value of",
                                    "truncates", "compares", "divides by" };

int tri_range_meet(struct tri_engine *e, enum tri_range_kind kind, double most,
                   int fb)
{
    struct tri_ranges *const r = e->config.ranges;
    const int bits = bound(e, kind);
    char where[96];

    if (r != NULL) {
        struct tri_range *const at = &r->at[r->place % TRI_RANGE_PLACES][kind];

        if (most > at->most)
            *at = (struct tri_range){ most, fb, bits };
        return TRI_OK;
    }
    if (most < tri_pow2(bits))
        return TRI_OK;
    tri_text_print(where, sizeof where, "%s %.1f, which must stay below %.1f",
                   verb[kind], most * tri_pow2(-fb), tri_pow2(bits - fb));
    return tri_session_fail(e->s, TRI_E_SPOILT, where, TRI_NOBODY);
}

/* Largest |x|, as a number that has no sign bit to lose: |-2^63| is 2^63. Bits
 * that a double has no room for are cut: what is below a bound stays below. */
static double largest(const struct tri_ten *x)
{
    const uint64_t *const v = x->v[0];
    uint64_t most = 0;

    for (size_t i = 0; i < x->n; i++) {
        const uint64_t m = v[i] >> 63 != 0 ? 0 - v[i] : v[i];
        most = m > most ? m : most;
    }
    return (double)(most >> 53 != 0 ? most >> 11 << 11 : most);
}

/* A truncation that is not exact fails with probability |x| / 2^64. In
 * integers, so that every machine comes to the same sum. */
static void note_wrong(struct tri_engine *e, const struct tri_ten *x)
{
    const uint64_t *const v = x->v[0];

    for (size_t i = 0; i < x->n; i++)
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

int tri_range_meet_all(struct tri_engine *e, enum tri_range_kind kind,
                       const struct tri_ten *x, double times, int fb)
{
    if (e->s->dry)
        return TRI_OK;
    if (kind == TRI_RANGE_TRUNC && e->config.ranges != NULL && !e->trunc_exact)
        note_wrong(e, x);
    return tri_range_meet(e, kind, times * largest(x), fb);
}

int tri_range_meet_widest(struct tri_engine *e, const struct tri_ten *x,
                          size_t n, size_t m)
{
    const int drop = e->late_trunc ? (int)tri_beyond(e, x) : 0;

    return e->s->dry ? TRI_OK
                     : tri_range_meet(e, TRI_RANGE_COMPARE,
                                      widest(x, n, m) * tri_pow2(-drop),
                                      x->fb - drop);
}

static int op_start(struct tri_engine *e)
{
    if (e->config.ranges == NULL || e->config.rehearsed == NULL)
        return TRI_E_ARG;
    e->ops = e->config.rehearsed->ops->normalise != NULL ? &tri_plain_rows_ops
                                                         : &tri_plain_ops;
    e->trunc_exact = e->config.rehearsed->trunc_exact;
    e->late_trunc = e->config.rehearsed->late_trunc;
    e->guard = e->config.rehearsed->guard;
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
