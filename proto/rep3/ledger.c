#include "proto/rep3/ledger.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/bilin.h"
#include "proto/rep3/and.h"
#include "proto/verify/ring.h"

/* An entry without its words, as it counts for the end of a batch. */
enum { HEAD = 256 };
_Static_assert(sizeof(struct tri_ledger_entry) <= HEAD, "an entry's head");

/* ---- entries ------------------------------------------------------------- */

static size_t array_bytes(size_t n, enum tri_rep3_width w)
{
    const size_t bytes = n * tri_rep3_bytes(w);

    return (bytes + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN;
}

static int proves(int prover, unsigned id)
{
    return prover == TRI_NOBODY || prover == (int)id;
}

/* Carve out an array. */
static void *carve(uint8_t **at, int has, size_t bytes)
{
    void *const p = has ? *at : NULL;

    *at += has ? bytes : 0;
    return p;
}

/* A new entry, with arrays of nx, ny and n elements where this party has a
 * role, of planes nx or ny words; NULL in a dry run, and if the arena is full.
 */
static struct tri_ledger_entry *append(struct tri_engine *e,
                                       const struct tri_ledger_entry *init,
                                       size_t nx, size_t ny)
{
    struct tri_rep3 *r = tri_rep3_self(e);
    struct tri_pending *p = &e->pending;
    const int all = init->prover == TRI_NOBODY;
    const int mine = proves(init->prover, e->s->id);
    const int v1 = proves(init->prover, tri_rep3_next(e->s->id));
    const int v2 = proves(init->prover, tri_rep3_prev(e->s->id));
    const int words = init->kind != TRI_LEDGER_ANDS, z = v1 && words;
    int has_x[2] = { mine, all || v1 }, has_y[2] = { all || v2, mine };
    const size_t head = (sizeof *init + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN;
    const size_t x = array_bytes(nx, init->xw), y = array_bytes(ny, init->yw);
    const size_t n = array_bytes(init->n, init->w);
    size_t size = head + (size_t)(z + v2 + mine) * n;
    struct tri_ledger_entry *en;
    uint8_t *at;

    for (unsigned c = 0; c < 2; c++) {
        const unsigned place = (e->s->id + c) % TRI_PARTIES;

        if (init->majority) {
            has_x[c] = place != 1;
            has_y[c] = place == 1;
        }
        size += (has_x[c] ? x : 0) + (has_y[c] ? y : 0);
    }
    p->left += init->n;
    /* the same on all parties, also where one has no role, or other pointers;
     * of a product that one party proves, what that party has */
    p->bytes += HEAD + (init->majority ? 2 * n + 2 * x
                        : !all         ? n + x + y
                        : words        ? 3 * n + 2 * x + 2 * y
                                       : 2 * n + 2 * x + 2 * y);
    switch (init->kind) {
    case TRI_LEDGER_ANDS:
        p->ands++;
        p->and_words += init->n;
        break;
    case TRI_LEDGER_WORDS:
        p->words++;
        tri_ring_count_words(&p->ring, init->n, init->prover);
        break;
    case TRI_LEDGER_MATRIX:
        p->matrices++;
        tri_ring_count_matrix(&p->ring, &init->op);
        break;
    }
    if (tri_arena_alloc_far(e->s->cx.arena, &en, size, 1) != TRI_OK ||
        en == NULL)
        return NULL;
    *en = *init;
    en->left = en->n;
    at = (uint8_t *)en + head;
    for (unsigned c = 0; c < 2; c++) {
        en->x[c] = carve(&at, has_x[c], x);
        en->y[c] = carve(&at, has_y[c], y);
        if (init->majority && (e->s->id + c) % TRI_PARTIES == 2)
            en->y[c] = en->x[c];
        en->at[0][c] = en->x[c];
        en->at[1][c] = en->y[c];
    }
    en->z = carve(&at, z, n);
    en->mask[0] = carve(&at, v2, n);
    en->mask[1] = carve(&at, mine, n);
    if (r->last == NULL)
        r->first = en;
    else
        r->last->next = en;
    r->last = en;
    return en;
}

/* ---- operands ------------------------------------------------------------ */

/* Is component c of x (side 0) or y left in place? */
static int refers(const struct tri_ledger_entry *en, unsigned side, unsigned c)
{
    return en->at[side][c] != (side == 0 ? en->x[c] : en->y[c]);
}

/* Have n words at a and m at b any in common? */
static int meets(const void *a, size_t n, const void *b, size_t m)
{
    const uintptr_t p = (uintptr_t)a, q = (uintptr_t)b;

    return p < q + 8 * m && q < p + 8 * n;
}

/* Look at it whenever something changes, if it has operands in place. */
static void watch(struct tri_engine *e, struct tri_ledger_entry *en)
{
    struct tri_rep3 *const r = tri_rep3_self(e);

    if (refers(en, 0, 0) || refers(en, 0, 1) || refers(en, 1, 0) ||
        refers(en, 1, 1)) {
        en->next_referring = r->referring;
        r->referring = en;
    }
}

/* Elements at .. at+n-1 of an operand of a gate: those of `from`, of width w,
 * or `same` where it is NULL. at is a multiple of 64. */
static void keep(void *to, const void *from, enum tri_rep3_width w,
                 uint64_t same, size_t at, size_t n)
{
    const size_t each = tri_rep3_bytes(w);

    if (to == NULL)
        return;
    if (w == TRI_REP3_BITS) {
        at /= 64;
        n = tri_rep3_blocks(n);
    }
    if (from == NULL) /* of a product of words of 64 bits */
        for (size_t i = at; i < at + n; i++)
            ((uint64_t *)to)[i] = same;
    else
        memcpy((uint8_t *)to + at * each, (const uint8_t *)from + at * each,
               n * each);
}

void tri_ledger_keep(const struct tri_engine *e, const struct tri_rep3_gate *g,
                     size_t at, size_t n)
{
    for (unsigned c = 0; g->entry != NULL && c < 2; c++) {
        if (!refers(g->entry, 0, c))
            keep(g->entry->x[c], g->x[c], g->xw, 0, at, n);
        if (!refers(g->entry, 1, c))
            keep(g->entry->y[c], g->y[c], g->yw, (int)c == e->const_comp, at,
                 n);
    }
}

struct whole {
    const struct tri_engine *e;
    const struct tri_rep3_gate *g;
};

static void keep_task(void *arg, size_t task, unsigned worker)
{
    const struct whole *w = arg;
    const size_t at = task * TRI_REP3_CHUNK, left = w->g->n - at;

    (void)worker;
    tri_ledger_keep(w->e, w->g, at,
                    left < TRI_REP3_CHUNK ? left : TRI_REP3_CHUNK);
}

void tri_ledger_keep_all(struct tri_engine *e, const struct tri_rep3_gate *g)
{
    struct whole w = { e, g };

    if (g->entry != NULL)
        tri_par_run(e->s->cx.par, keep_task, &w,
                    (g->n + TRI_REP3_CHUNK - 1) / TRI_REP3_CHUNK);
}

static int begin(struct tri_engine *e, struct tri_rep3_gate *g)
{
    g->op = e->s->dry ? 0 : tri_rep3_op(tri_rep3_self(e));
    g->entry = NULL;
    return e->config.active && g->n > 0;
}

void tri_ledger_enter(struct tri_engine *e, struct tri_rep3_gate *g)
{
    const struct tri_ledger_entry init = {
        .kind = g->w == TRI_REP3_BITS ? TRI_LEDGER_ANDS : TRI_LEDGER_WORDS,
        .prover = g->prover,
        .majority = g->majority,
        .w = g->w,
        .xw = g->xw,
        .yw = g->yw,
        .n = g->n,
    };
    const size_t blocks =
        init.kind == TRI_LEDGER_WORDS ? tri_rep3_blocks(g->n) : g->n;

    if (begin(e, g))
        g->entry = append(e, &init, g->xw == TRI_REP3_BITS ? blocks : g->n,
                          g->yw == TRI_REP3_BITS ? blocks : g->n);
    if (g->entry == NULL || !g->x_stays)
        return;
    for (unsigned c = 0; c < 2; c++)
        g->entry->at[0][c] = g->x[c];
    watch(e, g->entry);
}

struct copy {
    uint64_t *to;
    const uint64_t *from;
    size_t n;
};

static void copy_task(void *arg, size_t task, unsigned worker)
{
    const struct copy *c = arg;
    const size_t at = task * TRI_REP3_CHUNK, left = c->n - at;

    (void)worker;
    memcpy(c->to + at, c->from + at,
           8 * (left < TRI_REP3_CHUNK ? left : TRI_REP3_CHUNK));
}

/* Component c of x (side 0) or y goes to the room that is kept for it. */
static void copy_operand(struct tri_engine *e, struct tri_ledger_entry *en,
                         unsigned side, unsigned c, size_t n)
{
    struct copy job = { side == 0 ? en->x[c] : en->y[c], en->at[side][c], n };

    tri_par_run(e->s->cx.par, copy_task, &job,
                (n + TRI_REP3_CHUNK - 1) / TRI_REP3_CHUNK);
    en->at[side][c] = job.to;
}

void tri_ledger_enter_bilin(struct tri_engine *e, struct tri_rep3_gate *g,
                            const struct tri_bilin *op, const struct tri_ten *x,
                            const struct tri_ten *y)
{
    const struct tri_ten *const of[2] = { x, y };
    const struct tri_ledger_entry init = { .kind = TRI_LEDGER_MATRIX,
                                           .op = *op,
                                           .prover = TRI_NOBODY,
                                           .w = TRI_REP3_64,
                                           .xw = TRI_REP3_64,
                                           .yw = TRI_REP3_64,
                                           .n = g->n };
    struct tri_ledger_entry *en;

    if (!begin(e, g))
        return;
    en = g->entry = append(e, &init, x->n, y->n);
    if (en == NULL)
        return;
    for (unsigned side = 0; side < 2; side++)
        for (unsigned c = 0; c < 2; c++) {
            en->at[side][c] = of[side]->v[c];
            if (!of[side]->stays)
                copy_operand(e, en, side, c, of[side]->n);
        }
    watch(e, en);
}

void tri_ledger_changes(struct tri_engine *e, const uint64_t *const v[2],
                        size_t n)
{
    struct tri_ledger_entry **at, *en;

    if (e->s->dry)
        return;
    at = &tri_rep3_self(e)->referring;
    while ((en = *at) != NULL) {
        size_t of[2] = { en->n, en->n }, nz;
        int left = 0;

        if (en->kind == TRI_LEDGER_MATRIX)
            tri_bilin_sizes(&en->op, &of[0], &of[1], &nz);
        for (unsigned side = 0; side < 2; side++)
            for (unsigned c = 0; c < 2; c++) {
                if (refers(en, side, c) &&
                    meets(en->at[side][c], of[side], v[c], n))
                    copy_operand(e, en, side, c, of[side]);
                left |= refers(en, side, c);
            }
        /* One that has all its own need not be looked at again. */
        if (left)
            at = &en->next_referring;
        else
            *at = en->next_referring;
    }
}

/* ---- masks --------------------------------------------------------------- */

/* Where those of the gate's elements go. */
static void notes(const struct tri_rep3_gate *g, void *note[2])
{
    struct tri_ledger_entry *en = g->entry;

    note[0] = note[1] = NULL;
    for (unsigned i = 0; en != NULL && i < 2; i++)
        if (en->mask[i] != NULL)
            note[i] =
                (uint8_t *)en->mask[i] + en->masked * tri_rep3_bytes(g->w);
    if (en != NULL)
        en->masked += g->n;
}

void tri_ledger_zero(struct tri_engine *e, const struct tri_rep3_gate *g)
{
    void *note[2];

    notes(g, note);
    tri_rep3_zero(e, g->op, g->z[0], g->n, g->w, note);
}

void tri_ledger_blind(struct tri_engine *e, const struct tri_rep3_gate *g)
{
    void *note[2];

    notes(g, note);
    tri_rep3_blind(e, g->op, g->z[0], g->n, note);
}

void tri_ledger_draw(struct tri_engine *e, const struct tri_rep3_gate *g,
                     int next, void *z)
{
    struct tri_rep3 *r = tri_rep3_self(e);
    void *note[2];

    notes(g, note);
    tri_rep3_draw(e, next ? &r->next : &r->own, g->op, z, g->n, g->w,
                  note[next]);
}

/* ---- messages ------------------------------------------------------------ */

struct arrival {
    const struct tri_ledger_entry *en;
    const uint8_t *z;
    size_t at, n; /* elements of the entry */
};

static void arrived_bits(const struct tri_ledger_entry *en, const uint64_t *z,
                         size_t at, size_t n)
{
    const uint64_t *x = en->x[1], *y = en->y[1];
    uint64_t *const e1 = (uint64_t *)en->mask[1] + at;

    for (size_t i = 0; en->majority && i < n; i++)
        e1[i] ^= z[i];
    for (size_t i = 0; !en->majority && i < n; i++)
        e1[i] ^= z[i] ^ (x[at + i] & y[at + i]);
}

static void arrival_task(void *arg, size_t task, unsigned worker)
{
    const struct arrival *a = arg;
    const struct tri_ledger_entry *en = a->en;
    const size_t begin = task * TRI_REP3_CHUNK, left = a->n - begin;
    const size_t n = left < TRI_REP3_CHUNK ? left : TRI_REP3_CHUNK;
    const size_t at = a->at + begin, each = tri_rep3_bytes(en->w);
    const uint8_t *const z = a->z + begin * each;

    (void)worker;
    if (en->kind == TRI_LEDGER_ANDS)
        arrived_bits(en, (const void *)z, at, n);
    else if (en->z != NULL)
        memcpy((uint8_t *)en->z + at * each, z, n * each);
}

void tri_ledger_arrived(struct tri_engine *e, const struct tri_rep3_gate *g)
{
    struct tri_ledger_entry *en = g->entry;
    struct arrival a = { en, g->z[1], 0, g->n };

    if (!e->config.active)
        return;
    e->pending.left -= g->n;
    if (en == NULL)
        return;
    a.at = en->n - en->left;
    en->left -= g->n;
    tri_par_run(e->s->cx.par, arrival_task, &a,
                (g->n + TRI_REP3_CHUNK - 1) / TRI_REP3_CHUNK);
}

/* ---- batches ------------------------------------------------------------- */

int tri_ledger_due(const struct tri_engine *e)
{
    return e->config.active && e->pending.bytes >= e->config.ledger;
}

int tri_ledger_full(const struct tri_engine *e)
{
    return tri_ledger_due(e) && e->pending.left == 0;
}

/* Which operands are planes; entry.h. */
static unsigned planes_of(const struct tri_ledger_entry *en)
{
    return (en->xw == TRI_REP3_BITS ? 1u : 0u) |
           (en->yw == TRI_REP3_BITS ? 2u : 0u);
}

int tri_ledger_batch(struct tri_engine *e, struct tri_verify_batch *b)
{
    struct tri_arena *a = e->s->cx.arena;
    const struct tri_pending *p = &e->pending;
    struct tri_verify_ands *ands = NULL;
    struct tri_verify_words *words = NULL;
    struct tri_verify_matrix *matrix = NULL;
    int rc = tri_arena_alloc(a, &ands, p->ands, sizeof *ands);

    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &words, p->words, sizeof *words);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &matrix, p->matrices, sizeof *matrix);
    *b = (struct tri_verify_batch){ ands,    words,    matrix,
                                    p->ands, p->words, p->matrices };
    if (rc != TRI_OK || e->s->dry)
        return rc;
    for (const struct tri_ledger_entry *en = tri_rep3_self(e)->first;
         en != NULL; en = en->next)
        switch (en->kind) {
        case TRI_LEDGER_ANDS:
            *ands++ = (struct tri_verify_ands){ .x = { en->x[0], en->x[1] },
                                                .y = { en->y[0], en->y[1] },
                                                .e1 = en->mask[1],
                                                .e2 = en->mask[0],
                                                .words = en->n };
            break;
        case TRI_LEDGER_WORDS:
            *words++ =
                (struct tri_verify_words){ .x = { en->at[0][0], en->at[0][1] },
                                           .y = { en->at[1][0], en->at[1][1] },
                                           .z = en->z,
                                           .mask = { en->mask[0], en->mask[1] },
                                           .n = en->n,
                                           .bits = 8 * (unsigned)en->w,
                                           .bytes = (unsigned)en->w,
                                           .planes = planes_of(en),
                                           .prover = en->prover };
            break;
        case TRI_LEDGER_MATRIX:
            *matrix++ =
                (struct tri_verify_matrix){ .op = en->op,
                                            .x = { en->at[0][0], en->at[0][1] },
                                            .y = { en->at[1][0], en->at[1][1] },
                                            .z = en->z,
                                            .mask = { en->mask[0],
                                                      en->mask[1] } };
            break;
        }
    return TRI_OK;
}

void tri_ledger_clear(struct tri_engine *e)
{
    struct tri_rep3 *r = tri_rep3_self(e);
    struct tri_pending *p = &e->pending;

    *p = (struct tri_pending){ .copied = p->copied, .imported = p->imported };
    if (r != NULL)
        r->first = r->last = r->referring = NULL;
    tri_arena_drop_far(e->s->cx.arena);
}
