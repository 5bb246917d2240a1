#include "proto/fused/descend.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/additive.h"
#include "proto/fused/lanes.h"
#include "proto/fused/product.h"
#include "proto/fused/select.h"
#include "proto/local.h"
#include "proto/tournament.h"
#include "proto/wire.h"

/* Words that pass through the L1 cache at a time. */
enum { BLOCK = 256 };

/* Gradients of candidates, in rows of m: shares x and what is open of them. */
struct rows {
    tri_ring *x; /* P0, P1                                              */
    tri_ring *n; /* P0, P1: A - x. P2: A0 + A1                          */
    tri_ring *w; /* as a product keeps it. P0, P1: x - A + 2*A_j. P2: A0 - A1 */
};

/* One call. */
struct job {
    struct tri_engine *e;
    struct tri_session *s;
    size_t m;
    unsigned levels;
    size_t size[64];     /* candidates that enter each level */
    struct rows even[2]; /* what a level gets from the one after it, in turn */
    struct rows t;       /* what its winners get             */
    tri_ring *msg, *in;  /* P0, P1: A_j - x_j; [piece]       */

    /* one opening, as its tasks see it */
    struct rows open;
    tri_ring *last_x; /* P0, P1: what serves no more, or NULL */
    uint64_t id[2];   /* streams of A_0, A_1                  */
    size_t first, len;
};

static struct rows row(const struct job *j, const struct rows *r, size_t i)
{
    const size_t at = i * j->m;

    return (struct rows){ r->x == NULL ? NULL : r->x + at,
                          r->n == NULL ? NULL : r->n + at,
                          r->w == NULL ? NULL : r->w + at };
}

/* ---- opening ------------------------------------------------------------- */

/* P0, P1: A_j - x_j. */
static void mask_task(void *arg, size_t task, unsigned worker)
{
    const struct job *const j = arg;

    (void)worker;
    tri_fused_mask_range(j->s, j->msg, j->open.x, j->id[j->s->id],
                         tri_fused_range(j->first, j->len, task));
}

/* P0, P1: A - x, and x - A + 2*A_j = 2*x_j + (A_j - x_j) - (A_i - x_i). */
static void open_task(void *arg, size_t task, unsigned worker)
{
    const struct job *const j = arg;
    const struct tri_kernels *const k = j->s->cx.k;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);

    (void)worker;
    for (size_t n; g.at < g.end; g.at += n) {
        const tri_ring *const x = j->open.x + g.at, *const own = j->msg + g.at;
        const tri_ring *const other = j->in + (g.at - j->first);
        tri_ring *const w = j->open.w + g.at;

        n = tri_fused_min(BLOCK, g.end - g.at);
        k->add(w, x, x, n);
        tri_sent_add(k, w, w, own, n);
        k->sub(w, w, other, n);
        if (j->open.n != NULL)
            tri_sent_add(k, j->open.n + g.at, other, own, n);
        else
            tri_wipe(j->open.x + g.at, n * sizeof *x); /* serves no more */
    }
}

/* P2: A0 + A1 and A0 - A1. */
static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct job *const j = arg;
    const struct tri_kernels *const k = j->s->cx.k;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    struct tri_stream st[2];

    (void)worker;
    for (unsigned i = 0; i < 2; i++)
        tri_stream_open(&st[i], &j->s->prg[i], j->id[i], tri_fused_chunk(g.at));
    for (size_t n; g.at < g.end; g.at += n) {
        const tri_ring *const a0 = tri_fused_take(&st[0], 8, BLOCK);
        const tri_ring *const a1 = tri_fused_take(&st[1], 8, BLOCK);

        n = tri_fused_min(BLOCK, g.end - g.at);
        k->sub(j->open.w + g.at, a0, a1, n);
        if (j->open.n != NULL)
            k->add(j->open.n + g.at, a0, a1, n);
    }
    for (unsigned i = 0; i < 2; i++)
        tri_stream_wipe(&st[i]);
}

/* The next opening is that of r->x: r->n, unless NULL, and r->w. */
static void open_begin(struct job *j, const struct rows *r)
{
    struct tri_session *const s = j->s;

    j->open = *r;
    for (unsigned i = 0; i < 2; i++)
        if (s->id == i || s->id == 2)
            j->id[i] = tri_prg_next(tri_additive_key(s, s->id == 2 ? i : 2));
}

/* A piece of r->x is there. What it was chosen from has served at last_x. */
static int open_send(void *arg, size_t first, size_t len)
{
    struct job *const j = arg;

    j->first = first;
    j->len = len;
    tri_fused_tasks(j->s, mask_task, j, len);
    if (j->last_x != NULL)
        tri_wipe(j->last_x + first, len * sizeof *j->last_x);
    return tri_send_words(j->s->link, 1 - j->s->id, j->msg + first, len);
}

/* P0, P1: the other's answer of n elements. P2 makes its own. */
static int open_end(struct job *j, size_t n)
{
    struct tri_session *const s = j->s;
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        if (s->id < 2)
            rc = tri_recv_words(s->link, 1 - s->id, j->in, j->len);
        if (rc == TRI_OK)
            tri_fused_tasks(s, s->id == 2 ? deal_task : open_task, j, j->len);
    }
    return rc == TRI_OK ? tri_flush(s->link) : rc;
}

/* g->x is opened, m of it. */
static int open_top(struct job *j, const struct rows *g)
{
    const size_t piece = tri_fused_piece(j->m);
    int rc = TRI_OK;

    if (j->s->dry) {
        tri_cost_swap(&j->s->cost, 0, 1, 8 * j->m, 8 * j->m);
        return TRI_OK;
    }
    open_begin(j, g);
    for (size_t at = 0, n; j->s->id < 2 && rc == TRI_OK && at < j->m; at += n) {
        n = tri_fused_min(piece, j->m - at);
        rc = open_send(j, at, n);
    }
    return rc == TRI_OK ? open_end(j, j->m) : rc;
}

/* n elements: t->x = bit * g->x, which is open, and it is opened. */
static int match(struct job *j, const struct rows *t, const struct rows *g,
                 const struct tri_bits *bits, size_t n)
{
    const struct tri_fused_each each = { open_send, j };
    int rc;

    if (!j->s->dry)
        open_begin(j, t);
    rc = tri_fused_select_open(j->e, t->x, bits, g->x, g->n, n, &each);
    if (rc == TRI_OK && j->s->dry)
        tri_cost_swap(&j->s->cost, 0, 1, 8 * n, 8 * n);
    return rc == TRI_OK && !j->s->dry ? open_end(j, n) : rc;
}

/* ---- rows ---------------------------------------------------------------- */

/* z = x, or z = x - y, of n elements each of all that there is. */
static void combine(const struct job *j, const struct rows *z,
                    const struct rows *x, const struct rows *y, size_t n)
{
    tri_ring *const to[] = { z->x, z->n, z->w };
    const tri_ring *const from[] = { x->x, x->n, x->w };
    const struct rows *const less = y != NULL ? y : x;
    const tri_ring *const off[] = { less->x, less->n, less->w };

    for (int i = 0; i < 3; i++) {
        if (to[i] == NULL)
            continue;
        if (y != NULL)
            j->s->cx.k->sub(to[i], from[i], off[i], n);
        else if (to[i] != from[i])
            memcpy(to[i], from[i], n * sizeof *to[i]);
    }
}

/* The last level: what comes from t and g goes to its place, image by image,
 * and adds up where windows overlap. */
static void spread(const struct job *j, tri_ring *dx,
                   const struct tri_windows *w, tri_ring *t, tri_ring *g)
{
    const struct tri_kernels *const k = j->s->cx.k;
    const size_t n = j->size[0];

    for (size_t p = 0; p < w->first.dim[0]; p++) {
        size_t at, each;
        const struct tri_windows one = tri_window_image(w, p, j->m, &at, &each);

        for (size_t i = 0; i < (n + 1) / 2; i++) {
            const struct tri_copy first = tri_window_to(&one, 2 * i);
            const struct tri_copy second = tri_window_to(&one, 2 * i + 1);
            tri_ring *const ti = t + i * j->m + at;
            tri_ring *const gi = g + i * j->m + at;

            if (2 * i + 1 < n) {
                tri_local_move(k, dx, ti, &first);
                k->sub(gi, gi, ti, each);
                tri_local_move(k, dx, gi, &second);
                tri_wipe(ti, each * sizeof *ti);
            } else { /* had no opponent */
                tri_local_move(k, dx, gi, &first);
            }
            tri_wipe(gi, each * sizeof *gi);
        }
    }
}

/* rc, or of memory for rows. */
static int words(const struct job *j, int rc, tri_ring **p, size_t rows)
{
    return rc == TRI_OK
               ? tri_arena_alloc(j->s->cx.arena, p, rows * j->m, sizeof **p)
               : rc;
}

/* What is wiped early, or another party knows, lies below *known. */
static int allocate(struct job *j, size_t *known)
{
    struct tri_arena *const a = j->s->cx.arena;
    const size_t h = j->size[0] / 2, most = h * j->m;
    const int holds = j->e->holds > 0;
    const size_t g = j->levels > 1 ? j->size[1] : 1;
    struct rows *const even = j->even;
    int rc = TRI_OK;

    if (holds) {
        rc = tri_arena_alloc(a, &j->in,
                             tri_fused_min(most, tri_fused_piece(most)),
                             sizeof *j->in);
        rc = words(j, rc, &j->msg, h);
        rc = words(j, rc, &j->t.x, h);
        rc = words(j, rc, &even[0].x, g);
        rc = words(j, rc, &even[0].n, g);
    }
    rc = words(j, rc, &j->t.w, h);
    rc = words(j, rc, &even[0].w, g);
    *known = tri_arena_mark(a);
    if (!holds)
        rc = words(j, rc, &even[0].n, g);
    if (j->levels < 3)
        return rc;
    rc = words(j, rc, &j->t.n, j->size[1] / 2);
    if (holds)
        rc = words(j, rc, &even[1].x, j->size[2]);
    rc = words(j, rc, &even[1].n, j->size[2]);
    return words(j, rc, &even[1].w, j->size[2]);
}

/* What the last match leaves, of which the second side gets what is left. */
static struct rows top(const struct job *j)
{
    return j->levels < 2 ? j->even[0] : row(j, &j->even[j->levels % 2], 1);
}

/* P0, P1: x_j, or a share of its half. */
static void begin(const struct job *j, int half, const tri_ring *x)
{
    const struct tri_kernels *const k = j->s->cx.k;
    const struct rows g = top(j);

    for (size_t at = 0, n; at < j->m; at += n) {
        n = tri_fused_min(BLOCK, j->m - at);
        if (half) {
            k->addc(g.x + at, x + at, j->s->id, n);
            k->shr(g.x + at, g.x + at, 1, n);
        } else {
            memcpy(g.x + at, x + at, n * sizeof *x);
        }
    }
}

/* Level by level, from the one of two candidates down. */
static int walk(struct job *j, tri_ring *dx, const struct tri_maxn *st,
                const struct tri_windows *w)
{
    struct rows g = top(j);
    int rc = open_top(j, &g);

    for (unsigned l = j->levels; rc == TRI_OK && l-- > 0;) {
        const size_t n = j->size[l], h = n / 2;
        const struct rows next = j->even[(l + 1) % 2];
        struct rows t = l > 0 && l + 1 == j->levels ? next : j->t;
        struct tri_bits dummy;

        if (l == 0)
            t.n = NULL;
        j->last_x = l == 0 ? g.x : NULL;
        rc = match(j, &t, &g, tri_tournament_bits(st, l, h * j->m, &dummy),
                   h * j->m);
        if (rc != TRI_OK || j->s->dry)
            continue;
        if (l == 0) {
            if (j->last_x != NULL && n % 2 != 0)
                tri_wipe(g.x + h * j->m, j->m * sizeof *g.x);
            spread(j, dx, w, t.w, g.w);
            break;
        }
        for (size_t i = 0; i < h; i++) {
            const struct rows ti = row(j, &t, i), gi = row(j, &g, i);
            const struct rows first = row(j, &next, 2 * i);
            const struct rows second = row(j, &next, 2 * i + 1);

            combine(j, &first, &ti, NULL, j->m);
            combine(j, &second, &gi, &ti, j->m);
        }
        if (n % 2 != 0) {
            const struct rows last = row(j, &next, n - 1);
            const struct rows through = row(j, &g, h);

            combine(j, &last, &through, NULL, j->m);
        }
        g = next;
    }
    return rc;
}

/*
 * A tournament's gradient (tournament.c) of which nothing is made but products:
 * it is opened for them, under masks, and no shares of it are needed. A
 * selection opens its operand as well, and what a match leaves to its second
 * side is what it got less what the first side gets: so it is open, too.
 *
 *   G = the gradient of the maximum, opened: A - G         1 round
 *   of every level, from the last one on:
 *     T = bit * G     by select.c, of the G that is open
 *     T opened        A_T - T                              1 round
 *     the two sides   T and G - T, under A_T and A - A_T
 *
 * Bytes: 16 of G, and 8 + 16 of each T: 24 n - 8 of n candidates. Selections
 * that open their operands take 24 (n - 1), and the product 16 n more. One
 * round a level, and one; the last of them is the product's.
 *
 * Correct. What a party keeps of an open value is linear in the value's shares
 * and its masks': A - x, x - A + 2*A_j for the product (product.c), and at P2
 * A0 + A1 and A0 - A1. So what belongs to G - T comes by subtracting. Where a
 * product halves its operand, for it has a guard bit, G is halved here, once:
 * its shares' halves are shares of G/2, rounded, modulo 2^63, and so are
 * products of them with bits. Every gradient is 0 or G, so each is rounded as
 * if it were halved itself: by half a unit of its own, up or down, without
 * bias.
 *
 * Private. As in select.c and product.c: every value that is opened has a mask
 * of its own, which the one who sees it does not know; the masks of second
 * sides follow from them, and nothing is sent of these. P2 receives nothing.
 */
int tri_fused_descend(struct tri_engine *e, struct tri_ten *dx,
                      const struct tri_maxn *st, const struct tri_ten *dz)
{
    struct tri_session *const s = e->s;
    struct tri_arena *const a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const struct tri_windows w = tri_tournament_windows(st);
    struct job j = { .e = e, .s = s, .m = st->m };
    size_t known = mark;
    int rc = tri_session_check(s);

    if (st->n < 2 || dz->n != st->m || st->m > TRI_FUSED_MAX_N / st->n ||
        (st->windows == NULL && dx->n != st->n * st->m) ||
        dx->cached != TRI_TEN_OPEN)
        return TRI_E_ARG;
    for (size_t n = st->n; n > 1; n = n - n / 2)
        j.size[j.levels++] = n;
    dx->fb = dz->fb;
    tri_ten_changed(dx);
    if (rc == TRI_OK)
        rc = allocate(&j, &known);
    if (rc == TRI_OK && !s->dry && s->id < 2)
        begin(&j, dz->fb > (int)e->f, dz->v[0]);
    if (rc == TRI_OK && !s->dry && w.first.add)
        memset(dx->cache, 0, dx->n * sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = walk(&j, dx->cache, st, &w);
    if (rc == TRI_OK)
        tri_fused_opened(e, dx);
    else
        tri_session_fail(s, rc, "gradient of a maximum", TRI_NOBODY);
    if (rc != TRI_OK && dx->cache != NULL)
        tri_wipe(dx->cache, dx->n * sizeof(tri_ring));
    tri_arena_release(a, rc == TRI_OK ? known : mark);
    tri_arena_drop(a, mark);
    return rc;
}
