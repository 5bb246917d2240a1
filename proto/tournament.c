#include "proto/tournament.h"
#include "core/err.h"

/*
 * Maximum of n at m places at once, in ceil(log2 n) levels. On every level
 * neighbours meet: match i is candidate 2i against 2i+1, an odd one out goes
 * through. So candidates stay in the order of their first index, and as a
 * match goes to its first side unless that is smaller, ties go to the
 * smallest index.
 *
 *   level:  d = a - b,  r = relu(d),  winner = b + r,  bit = [d >= 0]
 *
 * Where d is compared without its last bits, the bit of a small negative d may
 * be 1: then r = d, and the winner is a, less than b by as little.
 *
 * Costs (n-1)*m relus (their bits are free) in ceil(log2 n) relus' rounds.
 * The gradient walks back: the winner's gradient g goes to a as t = bit * g,
 * to b as g - t: (n-1)*m selects.
 */

static size_t half_up(size_t n)
{
    return n - n / 2;
}

struct tri_bits *tri_tournament_bits(const struct tri_maxn *st, unsigned l,
                                     size_t n, struct tri_bits *dummy)
{
    if (st->own != NULL)
        return (struct tri_bits *)st->own + l;
    *dummy = (struct tri_bits){ .n = n };
    return dummy;
}

static struct tri_ten row(const struct tri_engine *e, const struct tri_ten *t,
                          size_t i, size_t m)
{
    return tri_ten_slice(e, t, i * m, m);
}

/* Row i of z = row j of x. */
static void copy_row(struct tri_engine *e, struct tri_ten *z, size_t i,
                     const struct tri_ten *x, size_t j, size_t m)
{
    const struct tri_copy c = {
        .dim = { 1, 1, 1, m },
        .zoff = i * m,
        .zstep = { 0, 0, 0, 1 },
        .xoff = j * m,
        .xstep = { 0, 0, 0, 1 },
    };

    e->ops->copy(e, z, x, &c);
}

struct tri_copy tri_window_at(const struct tri_windows *w, size_t i)
{
    struct tri_copy c = w->first;

    c.xoff += i % w->across * w->right + i / w->across * w->down;
    return c;
}

struct tri_copy tri_window_to(const struct tri_windows *w, size_t i)
{
    const struct tri_copy c = tri_window_at(w, i);
    struct tri_copy r = { .zoff = c.xoff, .add = c.add };

    for (int d = 0; d < 4; d++) {
        r.dim[d] = c.dim[d];
        r.zstep[d] = c.xstep[d];
        r.xstep[d] = c.zstep[d];
    }
    return r;
}

/* z [m] = candidate i of x, or more or less it. */
static void take(struct tri_engine *e, struct tri_ten *z,
                 const struct tri_ten *x, const struct tri_windows *w, size_t i,
                 int add)
{
    struct tri_copy c = tri_window_at(w, i);

    c.add = add;
    e->ops->copy(e, z, x, &c);
}

/* Candidate i of z = x [m], or more where windows overlap. */
static void put(struct tri_engine *e, struct tri_ten *z,
                const struct tri_windows *w, size_t i, const struct tri_ten *x)
{
    const struct tri_copy c = tri_window_to(w, i);

    e->ops->copy(e, z, x, &c);
}

struct tri_windows tri_window_image(const struct tri_windows *w, size_t p,
                                    size_t m, size_t *at, size_t *each)
{
    struct tri_windows one = *w;

    one.first.dim[0] = 1;
    one.first.xoff += p * w->first.xstep[0];
    *each = m / w->first.dim[0];
    *at = p * *each;
    return one;
}

/* d = candidate 2i less candidate 2i + 1. */
static void difference(struct tri_engine *e, const struct tri_ten *d,
                       const struct tri_ten *x, const struct tri_windows *w,
                       size_t i)
{
    for (size_t p = 0; p < w->first.dim[0]; p++) {
        size_t at, each;
        const struct tri_windows one = tri_window_image(w, p, d->n, &at, &each);
        struct tri_ten part = tri_ten_slice(e, d, at, each);

        take(e, &part, x, &one, 2 * i, 0);
        take(e, &part, x, &one, 2 * i + 1, -1);
    }
}

/* Candidate 2i = t, 2i + 1 = g - t, which t becomes. */
static void share_out(struct tri_engine *e, struct tri_ten *dx,
                      const struct tri_windows *w, size_t i,
                      const struct tri_ten *g, const struct tri_ten *t)
{
    for (size_t p = 0; p < w->first.dim[0]; p++) {
        size_t at, each;
        const struct tri_windows one = tri_window_image(w, p, t->n, &at, &each);
        const struct tri_ten whole = tri_ten_slice(e, g, at, each);
        struct tri_ten part = tri_ten_slice(e, t, at, each);

        put(e, dx, &one, 2 * i, &part);
        e->ops->sub(e, &part, &whole, &part);
        put(e, dx, &one, 2 * i + 1, &part);
    }
}

struct tri_windows tri_tournament_windows(const struct tri_maxn *st)
{
    return st->windows != NULL
               ? *st->windows
               : (struct tri_windows){ .first = { .dim = { 1, 1, 1, st->m },
                                                  .zstep = { 0, 0, 0, 1 },
                                                  .xstep = { 0, 0, 0, 1 } },
                                       .across = st->n,
                                       .right = st->m };
}

static int rows_alloc(struct tri_engine *e, struct tri_ten *t, size_t rows,
                      size_t m, int fb)
{
    return tri_ten_alloc(e, t, tri_shape2((uint32_t)rows, (uint32_t)m), fb, 0);
}

/* What levels leave, but the last one: in two buffers in turn. */
static int buffers_alloc(struct tri_engine *e, struct tri_ten buf[2], size_t n,
                         size_t m, int fb)
{
    int rc = TRI_OK;

    for (int i = 0; rc == TRI_OK && i < 2 && n > 2; i++) {
        n = half_up(n);
        rc = rows_alloc(e, &buf[i], n, m, fb);
    }
    return rc;
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
    rc = tri_arena_alloc(a, &st->own, levels, sizeof(struct tri_bits));
    for (unsigned l = 0; rc == TRI_OK && n > 1; l++, n = half_up(n)) {
        struct tri_bits dummy;
        rc = e->ops->bits_alloc(
            e, tri_tournament_bits(st, l, n / 2 * m, &dummy), n / 2 * m);
    }
    return rc;
}

/* Levels write to two buffers in turn, the last one to z. */
int tri_tournament(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x)
{
    struct tri_arena *arena = e->s->cx.arena;
    const size_t mark = tri_arena_mark(arena), m = st->m;
    struct tri_ten buf[2];
    const struct tri_ten *from = x;
    const struct tri_windows w = tri_tournament_windows(st);
    const unsigned drop = e->late_trunc ? tri_beyond(e, x) : 0;
    size_t n = st->n;
    int rc;

    if ((st->windows == NULL && x->n != n * m) || z->n != m)
        return TRI_E_ARG;
    rc = buffers_alloc(e, buf, n, m, x->fb);
    z->fb = x->fb;
    tri_ten_changed(z);
    if (n == 1)
        take(e, z, x, &w, 0, 0);
    for (unsigned l = 0; rc == TRI_OK && n > 1; l++, n = half_up(n)) {
        const size_t h = n / 2;
        struct tri_ten *to = n == 2 ? z : &buf[l % 2];
        struct tri_ten d = tri_ten_slice(e, to, 0, h * m);
        struct tri_bits dummy;
        struct tri_bits *const bits = tri_tournament_bits(st, l, h * m, &dummy);

        bits->drop = drop;
        bits->stays = st->stays;
        for (size_t i = 0; i < h; i++) {
            struct tri_ten di = row(e, to, i, m);

            if (l == 0 && st->windows != NULL) {
                difference(e, &di, from, &w, i);
            } else {
                const struct tri_ten a = row(e, from, 2 * i, m);
                const struct tri_ten b = row(e, from, 2 * i + 1, m);

                e->ops->sub(e, &di, &a, &b);
            }
        }
        rc = e->ops->relu(e, &d, bits, &d);
        if (rc != TRI_OK)
            break;
        for (size_t i = 0; i < h; i++) {
            struct tri_ten di = row(e, to, i, m);

            if (l == 0) {
                take(e, &di, from, &w, 2 * i + 1, 1);
            } else {
                const struct tri_ten b = row(e, from, 2 * i + 1, m);

                e->ops->add(e, &di, &di, &b);
            }
        }
        if (n % 2 != 0) {
            struct tri_ten last = row(e, to, h, m);

            if (l == 0)
                take(e, &last, from, &w, n - 1, 0);
            else
                copy_row(e, to, h, from, n - 1, m);
        }
        from = to;
    }
    tri_arena_release(arena, mark);
    return rc;
}

int tri_tournament_grad(struct tri_engine *e, struct tri_ten *dx,
                        const struct tri_maxn *st, const struct tri_ten *dz)
{
    struct tri_arena *arena = e->s->cx.arena;
    const size_t mark = tri_arena_mark(arena), m = st->m;
    const struct tri_ten *g = dz; /* of the candidates that a level leaves */
    const struct tri_windows w = tri_tournament_windows(st);
    struct tri_ten buf[2], t;
    size_t size[64]; /* candidates at every level */
    unsigned l = 0;
    int rc;

    if ((st->windows == NULL && dx->n != st->n * m) || dz->n != m)
        return TRI_E_ARG;
    for (size_t n = st->n; n > 1; n = half_up(n))
        size[l++] = n;
    rc = buffers_alloc(e, buf, st->n, m, dz->fb);
    if (rc == TRI_OK)
        rc = rows_alloc(e, &t, st->n / 2, m, dz->fb);
    dx->fb = dz->fb;
    tri_ten_changed(dx);
    if (l == 0)
        put(e, dx, &w, 0, dz);
    while (rc == TRI_OK && l-- > 0) {
        const size_t n = size[l], h = n / 2;
        struct tri_ten *to = l > 0 ? &buf[(l - 1) % 2] : dx;
        const struct tri_ten gl = tri_ten_slice(e, g, 0, h * m);
        struct tri_ten tl = tri_ten_slice(e, &t, 0, h * m);
        struct tri_bits dummy;

        rc = e->ops->select(e, &tl, tri_tournament_bits(st, l, h * m, &dummy),
                            &gl);
        if (rc != TRI_OK)
            break;
        for (size_t i = 0; i < h; i++) {
            const struct tri_ten gi = row(e, g, i, m);
            struct tri_ten ti = row(e, &t, i, m);

            if (l == 0) {
                share_out(e, to, &w, i, &gi, &ti);
            } else {
                struct tri_ten second = row(e, to, 2 * i + 1, m);

                copy_row(e, to, 2 * i, &t, i, m);
                e->ops->sub(e, &second, &gi, &ti);
            }
        }
        if (n % 2 != 0) {
            const struct tri_ten last = row(e, g, h, m);

            if (l == 0)
                put(e, to, &w, n - 1, &last);
            else
                copy_row(e, to, n - 1, g, h, m);
        }
        g = to;
    }
    tri_arena_release(arena, mark);
    return rc;
}
