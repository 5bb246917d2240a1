#include "proto/fused/league.h"
#include "core/err.h"
#include "proto/fused/allpairs.h"

/*
 * Maximum of n at m places by groups of four in which everyone meets everyone
 * (allpairs.c): ceil(log4 n) levels of 4 rounds, where the tournament takes
 * ceil(log2 n). Groups are neighbours, so candidates stay in the order of
 * their first index and ties go to the smallest one. A last group of two or
 * three is filled up with copies of its last candidate, which cannot win
 * against it; a single one goes through.
 *
 * The gradient walks back: candidate i of a group gets [I_i] * g by a Beaver
 * product, 1 round a level; the first one the rest.
 */
enum { GROUP = 4, LEVELS = 32 };

/* The state of a maximum: shares of who won, [GROUP-1 x groups x m] of each
 * level one after the other, at scale 0. */

/* Candidates of one level. */
struct level {
    size_t n;      /* before                               */
    size_t groups; /* that play                            */
    size_t through;
};

static struct level level(size_t n)
{
    const size_t rest = n % GROUP;

    return (struct level){ n, n / GROUP + (rest > 1), rest == 1 };
}

static size_t after(struct level l)
{
    return l.groups + l.through;
}

/* Rows of [rows x m]: row zoff + i * zs of z = row xoff + i * xs of x. */
static void copy_rows(struct tri_engine *e, struct tri_ten *z, size_t zoff,
                      size_t zs, const struct tri_ten *x, size_t xoff,
                      size_t xs, size_t rows, size_t m)
{
    const struct tri_copy c = {
        .dim = { 1, 1, rows, m },
        .zoff = zoff * m,
        .zstep = { 0, 0, zs * m, 1 },
        .xoff = xoff * m,
        .xstep = { 0, 0, xs * m, 1 },
    };

    z->fb = x->fb;
    e->ops->copy(e, z, x, &c);
}

static int rows_alloc(struct tri_engine *e, struct tri_ten *t, size_t rows,
                      size_t m)
{
    return rows > UINT32_MAX || m > UINT32_MAX
               ? TRI_E_ARG
               : tri_ten_alloc(e, t, tri_shape2((uint32_t)rows, (uint32_t)m), 0,
                               0);
}

int tri_fused_league_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                           size_t m)
{
    size_t rows = 0;

    if (n == 0 || n > UINT32_MAX || m > UINT32_MAX)
        return TRI_E_ARG;
    *st = (struct tri_maxn){ .n = n, .m = m };
    for (struct level l = level(n); l.n > 1; l = level(after(l)))
        rows += l.groups;
    return e->holds == 0
               ? TRI_OK
               : tri_arena_alloc(e->s->cx.arena, &st->own,
                                 (GROUP - 1) * rows * m, sizeof(tri_ring));
}

/* Candidate c of every group to row block c of z: [GROUP x groups * m]. */
static void gather(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, struct level l, size_t m)
{
    const size_t full = l.n / GROUP;

    for (size_t c = 0; c < GROUP; c++) {
        const size_t in = GROUP * full + c;

        copy_rows(e, z, c * l.groups, 1, x, c, GROUP, full, m);
        if (l.groups > full)
            copy_rows(e, z, c * l.groups + full, 1, x, in < l.n ? in : l.n - 1,
                      1, 1, m);
    }
}

int tri_fused_league(struct tri_engine *e, struct tri_ten *z,
                     struct tri_maxn *st, const struct tri_ten *x)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a), m = st->m;
    const struct level first = level(st->n);
    const struct tri_ten *from = x;
    tri_ring *ind = st->own;
    struct tri_ten four, next;
    int rc;

    if (x->n != st->n * m || z->n != m)
        return TRI_E_ARG;
    rc = rows_alloc(e, &four, GROUP * first.groups, m);
    if (rc == TRI_OK)
        rc = rows_alloc(e, &next, after(first), m);
    for (struct level l = first; rc == TRI_OK && l.n > 1; l = level(after(l))) {
        const size_t played = l.groups * m;

        gather(e, &four, from, l, m);
        if (l.through) /* first: `from` may be `next` */
            copy_rows(e, &next, l.groups, 1, from, l.n - 1, 1, 1, m);
        rc = tri_fused_max4(e, next.v[0], ind, four.v[0], played);
        if (ind != NULL)
            ind += (GROUP - 1) * played;
        next.fb = x->fb;
        from = &next;
    }
    if (rc == TRI_OK)
        copy_rows(e, z, 0, 1, from, 0, 1, 1, m);
    tri_arena_release(a, mark);
    return rc;
}

/* One level back: g [after x m] to `to` [n x m]. ind: the level's. */
static int back(struct tri_engine *e, struct tri_ten *to,
                const struct tri_ten *g, struct tri_ten *ind,
                struct tri_ten *rep, struct tri_ten *won, struct level l,
                size_t m)
{
    const size_t full = l.n / GROUP, played = l.groups * m;
    const struct tri_bilin mul = { .kind = TRI_BILIN_MUL,
                                   .n = (GROUP - 1) * played };
    struct tri_ten rest = *g;
    int rc;

    rep->n = won->n = mul.n;
    for (size_t c = 1; c < GROUP; c++)
        copy_rows(e, rep, (c - 1) * l.groups, 1, g, 0, 1, l.groups, m);
    rc = e->ops->bilin(e, &mul, won, ind, rep);
    if (rc != TRI_OK)
        return rc;
    won->fb = g->fb;
    /* The first of a group: what the others leave. */
    rest.n = rep->n = played;
    e->ops->copy(e, rep, &rest,
                 &(struct tri_copy){ .dim = { 1, 1, 1, played },
                                     .zstep = { 0, 0, 0, 1 },
                                     .xstep = { 0, 0, 0, 1 } });
    for (size_t c = 1; c < GROUP; c++) {
        struct tri_ten part = *won;

        part.n = played;
        if (part.v[0] != NULL)
            part.v[0] = (tri_ring *)part.v[0] + (c - 1) * played;
        e->ops->sub(e, rep, rep, &part);
    }
    if (l.through) /* first: `to` may be `g` */
        copy_rows(e, to, l.n - 1, 1, g, l.groups, 1, 1, m);
    copy_rows(e, to, 0, GROUP, rep, 0, 1, l.groups, m);
    for (size_t c = 1; c < GROUP; c++) {
        copy_rows(e, to, c, GROUP, won, (c - 1) * l.groups, 1, full, m);
        if (l.groups > full && GROUP * full + c < l.n)
            copy_rows(e, to, GROUP * full + c, 1, won,
                      (c - 1) * l.groups + full, 1, 1, m);
    }
    return TRI_OK;
}

int tri_fused_league_grad(struct tri_engine *e, struct tri_ten *dx,
                          const struct tri_maxn *st, const struct tri_ten *dz)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a), m = st->m;
    const struct level first = level(st->n);
    struct level at[LEVELS];
    struct tri_ten g, rep, won;
    size_t levels = 0, rows = 0;
    int rc;

    if (dx->n != st->n * m || dz->n != m)
        return TRI_E_ARG;
    for (struct level l = first; l.n > 1; l = level(after(l))) {
        at[levels++] = l;
        rows += l.groups;
    }
    /* g: gradients of the candidates that a level leaves */
    rc = rows_alloc(e, &g, after(first), m);
    if (rc == TRI_OK)
        rc = rows_alloc(e, &rep, (GROUP - 1) * first.groups, m);
    if (rc == TRI_OK)
        rc = rows_alloc(e, &won, (GROUP - 1) * first.groups, m);
    if (rc == TRI_OK)
        copy_rows(e, levels > 0 ? &g : dx, 0, 1, dz, 0, 1, 1, m);
    while (rc == TRI_OK && levels-- > 0) {
        const struct level l = at[levels];
        struct tri_ten ind = { .n = (GROUP - 1) * l.groups * m };

        rows -= l.groups;
        if (st->own != NULL)
            ind.v[0] = (tri_ring *)st->own + (GROUP - 1) * rows * m;
        rc = back(e, levels > 0 ? &g : dx, &g, &ind, &rep, &won, l, m);
    }
    tri_arena_release(a, mark);
    return rc;
}

/*
 * Which of the two is faster on a given network: the league saves rounds and
 * sends more. What counts is the busiest line, from P2 to P1.
 */
int tri_fused_prefer_league(const struct tri_engine *e, size_t n, size_t m)
{
    /* bytes from P2 to P1 for a group and a match, ns of processor time that a
     * comparison costs more or less anywhere */
    enum { GROUP_BYTES = 468, MATCH_BYTES = 30, COMPARE_NS = 50 };
    double groups = 0, matches = (double)(n - 1), levels = 0;
    double bytes, compare;

    if (n < 3 || e->config.max == TRI_MAX_TREE)
        return 0;
    if (e->config.max == TRI_MAX_PAIRS)
        return 1;
    for (size_t q = n; q > 1; q -= q / 2)
        levels++;
    for (struct level l = level(n); l.n > 1; l = level(after(l))) {
        groups += (double)l.groups;
        levels--;
    }
    bytes = (groups * GROUP_BYTES - matches * MATCH_BYTES) * (double)m;
    compare = (groups * 6 - matches) * (double)m * COMPARE_NS;
    return levels * 4 * tri_rtt(e) / 2 > bytes / tri_rate(e) * 1e9 + compare;
}
