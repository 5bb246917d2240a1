#include "proto/fused/league.h"
#include "core/err.h"
#include "proto/fused/allpairs.h"

/*
 * Maximum of n at m places by groups of two to four in which everyone meets
 * everyone (allpairs.c): ceil(log4 n) levels of 4 rounds, where the tournament
 * takes ceil(log2 n). Groups are neighbours, so candidates stay in the order of
 * their first index and ties go to the smallest one. There are as few groups as
 * can be, and they are as equal as can be: ten are four, three and three.
 *
 * The gradient walks back: candidate i of a group gets [I_i] * g by a Beaver
 * product, 1 round a level; the first one the rest.
 */
enum { LEVELS = 32 };

/* The state of a maximum: shares of who won, of each level one after the other,
 * at scale 0: [c-1 x groups x m] of its groups of c, first of the larger ones.
 */

/* The groups of one level that have the same size. */
struct part {
    size_t cands, groups;
    size_t first; /* row of its first candidate */
    size_t won;   /* rows of the state before   */
};

/* Candidates of one level. */
struct level {
    size_t n;      /* before */
    size_t groups; /* after  */
    unsigned parts;
    struct part part[TRI_FUSED_PARTS];
    size_t won; /* rows of the state */
};

static struct level level(size_t n)
{
    struct level l = { .n = n,
                       .groups = (n + TRI_FUSED_CANDS - 1) / TRI_FUSED_CANDS };
    const size_t size = n / l.groups, larger = n % l.groups;
    size_t row = 0;

    for (unsigned i = 0; i < 2; i++) {
        const size_t groups = i == 0 ? larger : l.groups - larger;
        const struct part p = { size + 1 - i, groups, row, l.won };

        row += p.cands * groups;
        l.won += (p.cands - 1) * groups;
        if (groups > 0)
            l.part[l.parts++] = p;
    }
    return l;
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
    for (struct level l = level(n); l.n > 1; l = level(l.groups))
        rows += l.won;
    return e->holds == 0 ? TRI_OK
                         : tri_arena_alloc(e->s->cx.arena, &st->own, rows * m,
                                           sizeof(tri_ring));
}

/* Candidate c of every group of a part to row block c of it. */
static void gather(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct part *p, size_t m)
{
    for (size_t c = 0; c < p->cands; c++)
        copy_rows(e, z, p->first + c * p->groups, 1, x, p->first + c, p->cands,
                  p->groups, m);
}

/* Rows from `row` on, or NULL. */
static tri_ring *rows_at(const struct tri_ten *t, size_t row, size_t m)
{
    return t->v[0] == NULL ? NULL : (tri_ring *)t->v[0] + row * m;
}

int tri_fused_league(struct tri_engine *e, struct tri_ten *z,
                     struct tri_maxn *st, const struct tri_ten *x)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a), m = st->m;
    const struct level first = level(st->n);
    const struct tri_ten *from = x;
    struct tri_ten won = { .v = { st->own, NULL } }, all, next;
    size_t row = 0; /* of the state */
    int rc;

    if (x->n != st->n * m || z->n != m)
        return TRI_E_ARG;
    rc = rows_alloc(e, &all, first.n, m);
    if (rc == TRI_OK)
        rc = rows_alloc(e, &next, first.groups, m);
    for (struct level l = first; rc == TRI_OK && l.n > 1; l = level(l.groups)) {
        struct tri_fused_part part[TRI_FUSED_PARTS];
        size_t to = 0;

        for (unsigned i = 0; i < l.parts; i++) {
            const struct part *const p = &l.part[i];

            gather(e, &all, from, p, m);
            part[i] = (struct tri_fused_part){
                .cands = (unsigned)p->cands,
                .n = p->groups * m,
                .x = rows_at(&all, p->first, m),
                .z = rows_at(&next, to, m),
                .ind = rows_at(&won, row + p->won, m),
            };
            to += p->groups;
        }
        rc = tri_fused_allpairs(e, part, l.parts);
        row += l.won;
        next.fb = x->fb;
        from = &next;
    }
    if (rc == TRI_OK)
        copy_rows(e, z, 0, 1, from, 0, 1, 1, m);
    tri_arena_release(a, mark);
    return rc;
}

/* Rows [row, row + rows) of a tensor. */
static struct tri_ten some_rows(const struct tri_ten *t, size_t row,
                                size_t rows, size_t m)
{
    struct tri_ten r = *t;

    r.n = rows * m;
    r.v[0] = rows_at(t, row, m);
    return r;
}

/* One level back: g [groups x m] to `to` [n x m], which may be g. ind: the
 * level's. */
static int back(struct tri_engine *e, struct tri_ten *to,
                const struct tri_ten *g, struct tri_ten *ind,
                struct tri_ten *rep, struct tri_ten *won, const struct level *l,
                size_t m)
{
    const struct tri_bilin mul = { .kind = TRI_BILIN_MUL, .n = l->won * m };
    size_t from = 0; /* row of g */
    int rc;

    rep->n = won->n = mul.n;
    for (unsigned i = 0; i < l->parts; i++) {
        const struct part *const p = &l->part[i];

        for (size_t c = 1; c < p->cands; c++)
            copy_rows(e, rep, p->won + (c - 1) * p->groups, 1, g, from, 1,
                      p->groups, m);
        from += p->groups;
    }
    rc = e->ops->bilin(e, &mul, won, ind, rep);
    if (rc != TRI_OK)
        return rc;
    won->fb = g->fb;
    /* The first of a group: what the others leave. */
    copy_rows(e, rep, 0, 1, g, 0, 1, l->groups, m);
    from = 0;
    for (unsigned i = 0; i < l->parts; i++) {
        const struct part *const p = &l->part[i];
        struct tri_ten rest = some_rows(rep, from, p->groups, m);

        for (size_t c = 1; c < p->cands; c++) {
            const struct tri_ten part =
                some_rows(won, p->won + (c - 1) * p->groups, p->groups, m);

            e->ops->sub(e, &rest, &rest, &part);
            copy_rows(e, to, p->first + c, p->cands, &part, 0, 1, p->groups, m);
        }
        copy_rows(e, to, p->first, p->cands, &rest, 0, 1, p->groups, m);
        from += p->groups;
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
    for (struct level l = first; l.n > 1; l = level(l.groups)) {
        at[levels++] = l;
        rows += l.won;
    }
    /* g: gradients of the candidates that a level leaves */
    rc = rows_alloc(e, &g, first.groups, m);
    if (rc == TRI_OK)
        rc = rows_alloc(e, &rep, first.won, m);
    if (rc == TRI_OK)
        rc = rows_alloc(e, &won, first.won, m);
    if (rc == TRI_OK)
        copy_rows(e, levels > 0 ? &g : dx, 0, 1, dz, 0, 1, 1, m);
    while (rc == TRI_OK && levels-- > 0) {
        const struct level *const l = &at[levels];
        struct tri_ten ind = { .n = l->won * m };

        rows -= l->won;
        if (st->own != NULL)
            ind.v[0] = (tri_ring *)st->own + rows * m;
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
    /* bytes from P2 to P1 for a comparison, an entry of a table and a match, ns
     * of processor time that a comparison costs more or less anywhere */
    enum {
        PAIR_BYTES = 14,
        ENTRY_BYTES = 16,
        MATCH_BYTES = 30,
        COMPARE_NS = 50
    };
    const double matches = (double)(n - 1);
    double pairs = 0, entries = 0, levels = 0, bytes, compare;

    if (n < 3 || e->config.max == TRI_MAX_TREE)
        return 0;
    if (e->config.max == TRI_MAX_PAIRS)
        return 1;
    for (size_t q = n; q > 1; q -= q / 2)
        levels++;
    for (struct level l = level(n); l.n > 1; l = level(l.groups), levels--)
        for (unsigned i = 0; i < l.parts; i++) {
            const struct part *const p = &l.part[i];
            const double groups = (double)p->groups;

            pairs += groups * (double)(p->cands * (p->cands - 1) / 2);
            entries += groups * (double)((p->cands - 1) << (p->cands - 1));
        }
    bytes =
        (pairs * PAIR_BYTES + entries * ENTRY_BYTES - matches * MATCH_BYTES) *
        (double)m;
    compare = (pairs - matches) * (double)m * COMPARE_NS;
    return levels * 4 * tri_rtt(e) / 2 > bytes / tri_rate(e) * 1e9 + compare;
}
