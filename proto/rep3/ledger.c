#include "proto/rep3/ledger.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/bilin.h"
#include "proto/verify/ring.h"

/* An entry without its words, as it counts for the end of a batch. */
enum { PIECE = 256, HEAD = 192 };
_Static_assert(sizeof(struct tri_ledger_entry) <= HEAD, "an entry's head");

/* ---- entries ------------------------------------------------------------- */

static size_t words_bytes(size_t n)
{
    return (n * sizeof(uint64_t) + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN;
}

static int proves(int prover, unsigned id)
{
    return prover == TRI_NOBODY || prover == (int)id;
}

/* Carve out n words. */
static uint64_t *carve(uint8_t **at, int has, size_t n)
{
    uint64_t *const p = has ? (void *)*at : NULL;

    *at += has ? words_bytes(n) : 0;
    return p;
}

/* A new entry, with arrays of nx, ny and n words where this party has a role;
 * NULL in a dry run, and if the arena is full. */
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
    const int z = v1 && init->kind != TRI_LEDGER_ANDS;
    const size_t head = (sizeof *init + TRI_ALIGN - 1) / TRI_ALIGN * TRI_ALIGN;
    const size_t x = words_bytes(nx), y = words_bytes(ny);
    const size_t n = words_bytes(init->n);
    const size_t size = head + (size_t)(mine + (all || v1)) * x +
                        (size_t)(mine + (all || v2)) * y +
                        (size_t)(z + v2 + mine) * n;
    struct tri_ledger_entry *en;
    uint8_t *at;

    p->left += init->n;
    /* the same on all parties, also where one has no role, or other pointers */
    p->bytes += all ? HEAD + 2 * x + 2 * y + 3 * n : HEAD + 3 * n;
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
    en->x[0] = carve(&at, mine, nx);
    en->x[1] = carve(&at, all || v1, nx);
    en->y[0] = carve(&at, all || v2, ny);
    en->y[1] = carve(&at, mine, ny);
    en->z = carve(&at, z, en->n);
    en->mask[0] = carve(&at, v2, en->n);
    en->mask[1] = carve(&at, mine, en->n);
    if (r->last == NULL)
        r->first = en;
    else
        r->last->next = en;
    r->last = en;
    return en;
}

/* ---- operands ------------------------------------------------------------ */

struct fill {
    uint64_t *to;
    const void *from; /* NULL: the word `same` */
    enum tri_rep3_width w;
    uint64_t same;
    size_t n;
};

static void widen(uint64_t *z, const void *x, enum tri_rep3_width w, size_t n)
{
    if (w == TRI_REP3_16)
        for (size_t i = 0; i < n; i++)
            z[i] = ((const uint16_t *)x)[i];
    else if (w == TRI_REP3_32)
        for (size_t i = 0; i < n; i++)
            z[i] = ((const uint32_t *)x)[i];
    else
        memcpy(z, x, n * sizeof *z);
}

static void fill_task(void *arg, size_t task, unsigned worker)
{
    const struct fill *f = arg;
    const size_t at = task * TRI_REP3_CHUNK;
    const size_t n = f->n - at < TRI_REP3_CHUNK ? f->n - at : TRI_REP3_CHUNK;
    const uint8_t *const from = f->from;

    (void)worker;
    if (from == NULL)
        for (size_t i = 0; i < n; i++)
            f->to[at + i] = f->same;
    else if (f->w == TRI_REP3_BITS)
        for (size_t i = 0; i < n; i++)
            f->to[at + i] =
                ((const uint64_t *)f->from)[(at + i) / 64] >> i % 64 & 1;
    else
        widen(f->to + at, from + at * tri_rep3_bytes(f->w), f->w, n);
}

static void fill(struct tri_engine *e, uint64_t *to, const void *from,
                 enum tri_rep3_width w, uint64_t same, size_t n)
{
    struct fill f = { to, from, w, same, n };

    if (to != NULL)
        tri_par_run(e->s->cx.par, fill_task, &f,
                    (n + TRI_REP3_CHUNK - 1) / TRI_REP3_CHUNK);
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
        .bits = 8 * (unsigned)g->w,
        .n = g->n,
    };

    if (!begin(e, g))
        return;
    g->entry = append(e, &init, g->n, g->n);
    if (g->entry == NULL || g->w == TRI_REP3_BITS)
        return;
    for (unsigned c = 0; c < 2; c++) {
        fill(e, g->entry->x[c], g->x[c], g->xw, 0, g->n);
        fill(e, g->entry->y[c], g->y[c], g->yw, (int)c == e->const_comp, g->n);
    }
}

void tri_ledger_enter_bilin(struct tri_engine *e, struct tri_rep3_gate *g,
                            const struct tri_bilin *op)
{
    const struct tri_ledger_entry init = { .kind = TRI_LEDGER_MATRIX,
                                           .op = *op,
                                           .prover = TRI_NOBODY,
                                           .bits = 64,
                                           .n = g->n };
    size_t nx, ny, nz;

    if (!begin(e, g))
        return;
    tri_bilin_sizes(op, &nx, &ny, &nz);
    g->entry = append(e, &init, nx, ny);
    for (unsigned c = 0; g->entry != NULL && c < 2; c++) {
        fill(e, g->entry->x[c], g->x[c], TRI_REP3_64, 0, nx);
        fill(e, g->entry->y[c], g->y[c], TRI_REP3_64, 0, ny);
    }
}

/* ---- messages ------------------------------------------------------------ */

struct arrival {
    const struct tri_rep3 *r;
    const struct tri_ledger_entry *en;
    const uint8_t *z;
    size_t at, n; /* elements of the entry */
    uint64_t op;
    enum tri_rep3_width w;
};

/* to = F(k, op), from a chunk on. */
static void mask(const struct arrival *a, const struct tri_prg *k, size_t task,
                 uint64_t *to, size_t n)
{
    const size_t each = tri_rep3_bytes(a->w);
    struct tri_stream st;
    union {
        uint16_t of16[PIECE];
        uint32_t of32[PIECE];
    } raw;

    tri_stream_open(&st, k, a->op, (uint32_t)task);
    if (each == sizeof *to)
        tri_stream_read(&st, to, n * each);
    for (size_t at = 0, len; each < sizeof *to && at < n; at += len) {
        len = n - at < PIECE ? n - at : PIECE;
        tri_stream_read(&st, &raw, len * each);
        widen(to + at, &raw, a->w, len);
    }
    tri_stream_wipe(&st);
    tri_wipe(&raw, sizeof raw);
}

static void arrival_task(void *arg, size_t task, unsigned worker)
{
    const struct arrival *a = arg;
    const struct tri_ledger_entry *en = a->en;
    const size_t begin = task * TRI_REP3_CHUNK, left = a->n - begin;
    const size_t n = left < TRI_REP3_CHUNK ? left : TRI_REP3_CHUNK;
    const size_t at = a->at + begin;
    const uint64_t *z = (const void *)a->z, *x = en->x[1], *y = en->y[1];
    uint64_t *e1 = en->mask[1];

    (void)worker;
    if (en->mask[0] != NULL)
        mask(a, &a->r->own, task, en->mask[0] + at, n);
    if (en->mask[1] != NULL)
        mask(a, &a->r->next, task, en->mask[1] + at, n);
    if (en->z != NULL)
        widen(en->z + at, a->z + begin * tri_rep3_bytes(a->w), a->w, n);
    if (en->kind != TRI_LEDGER_ANDS)
        return;
    for (size_t i = at; i < at + n; i++)
        e1[i] ^= z[i - a->at];
    for (size_t i = at; !en->majority && i < at + n; i++)
        e1[i] ^= x[i] & y[i];
}

void tri_ledger_arrived(struct tri_engine *e, const struct tri_rep3_gate *g)
{
    struct tri_ledger_entry *en = g->entry;
    struct arrival a = { tri_rep3_self(e), en, g->z[1], 0, g->n, g->op, g->w };

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

int tri_ledger_full(const struct tri_engine *e)
{
    return e->config.active && e->pending.left == 0 &&
           e->pending.bytes >= e->config.ledger;
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
                (struct tri_verify_words){ .x = { en->x[0], en->x[1] },
                                           .y = { en->y[0], en->y[1] },
                                           .z = en->z,
                                           .mask = { en->mask[0], en->mask[1] },
                                           .n = en->n,
                                           .bits = en->bits,
                                           .prover = en->prover };
            break;
        case TRI_LEDGER_MATRIX:
            *matrix++ = (struct tri_verify_matrix){ .op = en->op,
                                                    .x = { en->x[0], en->x[1] },
                                                    .y = { en->y[0], en->y[1] },
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
        r->first = r->last = NULL;
    tri_arena_drop_far(e->s->cx.arena);
}
