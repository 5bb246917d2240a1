#include "core/err.h"
#include "proto/engine.h"

/*
 * Maximum of n at m places at once, in ceil(log2 n) levels. On every level
 * neighbours meet: match i is candidate 2i against 2i+1, an odd one out goes
 * through. So candidates stay in the order of their first index, and as a
 * match goes to its first side unless that is smaller, ties go to the
 * smallest index.
 *
 *   level:  d = a - b,  r = relu(d),  winner = b + r,  bit = [d >= 0]
 *
 * Costs (n-1)*m relus (their bits are free) in ceil(log2 n) relus' rounds.
 * The gradient walks back: the winner's gradient g goes to a as t = bit * g,
 * to b as g - t: (n-1)*m selects.
 */

static size_t half_up(size_t n)
{
    return n - n / 2;
}

/* The bits of level `l` with `n` matches. In a dry run there are none: the
 * caller's `dummy` stands in. */
static struct tri_bits *level_bits(const struct tri_maxn *st, unsigned l,
                                   size_t n, struct tri_bits *dummy)
{
    if (st->bits != NULL)
        return &st->bits[l];
    *dummy = (struct tri_bits){ .n = n };
    return dummy;
}

/* Rows i*zs of z = rows off + i*xs of x, `rows` rows of `m` elements. */
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

/* The first `rows` rows of a buffer. */
static struct tri_ten rows_of(const struct tri_ten *buf, size_t rows, size_t m)
{
    struct tri_ten t = *buf;

    t.shape = tri_shape2((uint32_t)rows, (uint32_t)m);
    t.n = rows * m;
    return t;
}

static int rows_alloc(struct tri_engine *e, struct tri_ten *t, size_t rows,
                      size_t m, int fb)
{
    return tri_ten_alloc(e, t, tri_shape2((uint32_t)rows, (uint32_t)m), fb, 0);
}

int tri_tournament_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                         size_t m)
{
    struct tri_arena *a = e->s->cx.arena;
    unsigned levels = 0;
    int rc;

    if (n == 0 || n > UINT32_MAX || m > UINT32_MAX)
        return TRI_E_ARG;
    *st = (struct tri_maxn){ .n = n, .m = m };
    for (size_t c = n; c > 1; c = half_up(c))
        levels++;
    rc = tri_arena_alloc(a, &st->bits, levels, sizeof *st->bits);
    for (unsigned l = 0; rc == TRI_OK && n > 1; l++, n = half_up(n)) {
        struct tri_bits dummy;
        rc = e->ops->bits_alloc(e, level_bits(st, l, n / 2 * m, &dummy),
                                n / 2 * m);
    }
    return rc;
}

int tri_tournament(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x)
{
    struct tri_arena *arena = e->s->cx.arena;
    const size_t mark = tri_arena_mark(arena), m = st->m;
    struct tri_ten a, b;
    const struct tri_ten *from = x;
    size_t n = st->n;
    int rc;

    if (x->n != n * m || z->n != m)
        return TRI_E_ARG;
    rc = rows_alloc(e, &a, half_up(n), m, x->fb);
    if (rc == TRI_OK)
        rc = rows_alloc(e, &b, n / 2, m, x->fb);
    for (unsigned l = 0; rc == TRI_OK && n > 1; l++, n = half_up(n)) {
        const size_t h = n / 2;
        struct tri_ten al = rows_of(&a, h, m), bl = rows_of(&b, h, m);
        struct tri_bits dummy;

        /* From the second level on `from` is `a`, whose first row stays where
         * it is. An odd one out is the last of the even rows. */
        copy_rows(e, &bl, 0, 1, from, 1, 2, h, m);
        if (from == x)
            copy_rows(e, &a, 0, 1, from, 0, 2, 1, m);
        copy_rows(e, &a, 1, 1, from, 2, 2, half_up(n) - 1, m);
        e->ops->sub(e, &al, &al, &bl);
        rc = e->ops->relu(e, &al, level_bits(st, l, h * m, &dummy), &al);
        if (rc != TRI_OK)
            break;
        e->ops->add(e, &al, &al, &bl);
        from = &a;
    }
    if (rc == TRI_OK)
        copy_rows(e, z, 0, 1, from, 0, 1, 1, m);
    tri_arena_release(arena, mark);
    return rc;
}

int tri_tournament_grad(struct tri_engine *e, struct tri_ten *dx,
                        const struct tri_maxn *st, const struct tri_ten *dz)
{
    struct tri_arena *arena = e->s->cx.arena;
    const size_t mark = tri_arena_mark(arena), m = st->m;
    struct tri_ten g, t, w;
    size_t size[64]; /* candidates at every level */
    unsigned l = 0;
    int rc;

    if (dx->n != st->n * m || dz->n != m)
        return TRI_E_ARG;
    for (size_t n = st->n; n > 1; n = half_up(n))
        size[l++] = n;
    /* g: gradients of the candidates that a level leaves */
    rc = rows_alloc(e, &g, half_up(st->n), m, dz->fb);
    if (rc == TRI_OK)
        rc = rows_alloc(e, &t, st->n / 2, m, dz->fb);
    if (rc == TRI_OK)
        rc = rows_alloc(e, &w, st->n / 2, m, dz->fb);
    if (rc == TRI_OK)
        copy_rows(e, l > 0 ? &g : dx, 0, 1, dz, 0, 1, 1, m);
    while (rc == TRI_OK && l-- > 0) {
        const size_t n = size[l], h = n / 2;
        struct tri_ten *to = l > 0 ? &g : dx;
        struct tri_ten tl = rows_of(&t, h, m), wl = rows_of(&w, h, m);
        struct tri_ten gl = rows_of(&g, h, m);
        struct tri_bits dummy;

        rc = e->ops->select(e, &tl, level_bits(st, l, h * m, &dummy), &gl);
        if (rc != TRI_OK)
            break;
        wl.fb = gl.fb;
        e->ops->sub(e, &wl, &gl, &tl);
        if (n % 2 != 0) /* first: `to` may be `g` */
            copy_rows(e, to, n - 1, 1, &g, h, 1, 1, m);
        copy_rows(e, to, 0, 2, &tl, 0, 1, h, m);
        copy_rows(e, to, 1, 2, &wl, 0, 1, h, m);
    }
    tri_arena_release(arena, mark);
    return rc;
}
