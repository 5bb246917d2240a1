#include "proto/verify/gates.h"
#include "arch/field.h"
#include "core/mem.h"

/* Blocks of a task. */
enum { BLOCK = TRI_GATES_BLOCK * TRI_GATES_GROUP, TASK = 16 };
_Static_assert(TASK *TRI_GATES_BLOCK <= TRI_CARRY_MOST, "sums of a task");

size_t tri_gates_groups(size_t n)
{
    return (n + TRI_GATES_GROUP - 1) / TRI_GATES_GROUP;
}

/* Where a walk is: `groups` groups of a segment, from product `at` on. */
struct block {
    const struct tri_verify_words *e;
    size_t segment, at, groups;
    size_t bits;              /* number of its first group                  */
    size_t folded[TRI_ROLES]; /* ... of its first folded row, in each proof */
    int in[TRI_ROLES];        /* is it part of that proof?                  */
    unsigned strands;
    struct tri_gates_room *room;
    uint64_t *free;
};

/* Past `groups` groups. */
static void step(struct block *b, size_t groups)
{
    b->at += groups * TRI_GATES_GROUP;
    b->bits += groups;
    for (unsigned r = 0; r < TRI_ROLES; r++)
        b->folded[r] += b->in[r] ? b->strands * groups : 0;
}

/* At the begin of a segment; 0 at the end. */
static int enter(const struct tri_gates *g, struct block *b)
{
    if (b->segment == g->segments)
        return 0;
    b->e = &g->segment[b->segment];
    b->at = 0;
    b->strands = b->e->prover == TRI_NOBODY ? 2 : 1;
    for (enum tri_role r = TRI_PROVER; r < TRI_ROLES; r++)
        b->in[r] = b->e->prover == TRI_NOBODY ||
                   b->e->prover == (int)tri_role_prover(g->id, r);
    return 1;
}

static size_t blocks(const struct tri_verify_words *e)
{
    return (tri_gates_groups(e->n) + TRI_GATES_BLOCK - 1) / TRI_GATES_BLOCK;
}

/* Before block n: 0 if there are no more. From where the worker's last task
 * began, as tasks come in order: else many small segments were walked through
 * again for every task. */
static int find(const struct tri_gates *g, size_t n, struct block *b)
{
    struct tri_gates_place *const p = &b->room->place;

    if (n < p->block)
        *p = (struct tri_gates_place){ .block = 0 };
    b->segment = p->segment;
    b->bits = p->bits;
    memcpy(b->folded, p->folded, sizeof b->folded);
    for (; enter(g, b); b->segment++) {
        if (n - p->block < blocks(b->e)) {
            step(b, (n - p->block) * TRI_GATES_BLOCK);
            return 1;
        }
        p->block += blocks(b->e);
        step(b, tri_gates_groups(b->e->n));
        p->segment = b->segment + 1;
        p->bits = b->bits;
        memcpy(p->folded, b->folded, sizeof p->folded);
    }
    return 0;
}

/* A pass over all blocks: what the tasks have in common. */
struct pass {
    const struct tri_gates *g;
    void (*block)(const struct pass *p, struct block *b);
    void (*after)(struct tri_gates_room *room); /* a task; or NULL         */
    const struct tri_gates_weights *w;
    const struct tri_field *f;
    const struct tri_gates_end *end;
    /* Weights of level 0, by rows and lanes; of u with those of a ring. */
    uint64_t u[TRI_GATES_RINGS][TRI_PLACES], v[TRI_PLACES];
};

static void task(void *arg, size_t n, unsigned worker)
{
    const struct pass *p = arg;
    struct block b = { .room = &p->g->room[worker] };
    int more = find(p->g, n * TASK, &b);

    for (size_t i = 0; i < TASK && more; i++) {
        const size_t left = tri_gates_groups(b.e->n) - b.at / TRI_GATES_GROUP;

        b.groups = left < TRI_GATES_BLOCK ? left : TRI_GATES_BLOCK;
        b.free = b.room->scratch;
        p->block(p, &b);
        step(&b, b.groups);
        while (more && b.at >= tri_gates_groups(b.e->n) * TRI_GATES_GROUP) {
            b.segment++;
            more = enter(p->g, &b);
        }
    }
    if (p->after != NULL)
        p->after(b.room);
}

static void run(struct pass *p)
{
    const struct tri_gates *g = p->g;
    const unsigned workers = tri_par_workers(g->par);
    size_t n = 0;

    for (unsigned i = 0; i < workers; i++)
        g->room[i].place = (struct tri_gates_place){ .block = 0 };
    for (size_t i = 0; i < g->segments; i++)
        n += blocks(&g->segment[i]);
    tri_par_run(g->par, task, p, (n + TASK - 1) / TASK);
}

static uint64_t *take(struct block *b)
{
    uint64_t *p = b->free;

    b->free += BLOCK;
    return p;
}

/* The block of an array, whole groups of it, as it lies in memory: where it
 * stands if it has them, else with zeros behind its end. */
static const void *raw(struct block *b, const void *p)
{
    const size_t want = b->groups * TRI_GATES_GROUP, bytes = b->e->bytes;
    size_t have;
    uint8_t *to;

    if (p != NULL && b->e->n - b->at >= want)
        return (const uint8_t *)p + b->at * bytes;
    have = p == NULL ? 0 : b->e->n - b->at;
    to = (uint8_t *)take(b);
    if (have > 0)
        memcpy(to, (const uint8_t *)p + b->at * bytes, have * bytes);
    memset(to + have * bytes, 0, (want - have) * bytes);
    return to;
}

/* The same in words. */
static const uint64_t *words(const struct tri_gates *g, struct block *b,
                             const void *p)
{
    const void *from = raw(b, p);
    uint64_t *to;

    if (b->e->bytes == sizeof *to)
        return from;
    to = take(b);
    g->k->narrow_widen(to, from, b->e->bytes, b->groups * TRI_GATES_GROUP);
    return to;
}

/* The block of component c of x (side 0) or y, in elements of so many bytes:
 * those of the segment, or words. */
static const void *operand(const struct tri_gates *g, struct block *b,
                           unsigned side, unsigned c, unsigned bytes)
{
    static const uint64_t zero[TRI_LANES];
    const void *const p = side == 0 ? b->e->x[c] : b->e->y[c];
    const size_t want = b->groups * TRI_GATES_GROUP, left = b->e->n - b->at;
    const size_t have = p == NULL ? 0 : left < want ? left : want;
    uint8_t *to;

    if ((b->e->planes >> side & 1) == 0)
        return bytes == b->e->bytes ? raw(b, p) : words(g, b, p);
    to = (uint8_t *)take(b);
    for (size_t i = 0, n; i < have; i += n) {
        n = have - i < TRI_LANES ? have - i : TRI_LANES;
        g->k->lane_share(to + i * bytes,
                         ((const uint64_t *)p)[(b->at + i) / 64], zero, bytes,
                         n);
    }
    memset(to + have * bytes, 0, (want - have) * bytes);
    return to;
}

/* The same in words. */
static const uint64_t *factor(const struct tri_gates *g, struct block *b,
                              unsigned side, unsigned c)
{
    return operand(g, b, side, c, sizeof(uint64_t));
}

static unsigned ring_of(const struct block *b)
{
    return b->e->bits == 64 ? 0 : b->e->bits == 32 ? 1 : 2;
}

/* ---- the prover's quotients ------------------------------------------------
 */

/* floor(x / 2^32) in two's complement. */
static uint64_t above(uint64_t x)
{
    return x >> 32 | (0 - (x >> 63)) << 32;
}

/* To the sums over the quotients T / 2^w with coefficient q of g, for each q
 * and each place of a group: of the quotients modulo 2^32, of what is above
 * that, in two's complement, and of what is to be taken away. */
static void sum_block(const struct pass *p, struct block *b)
{
    const struct tri_gates *g = p->g;
    const struct tri_kernels *k = g->k;
    const struct tri_verify_words *e = b->e;
    /* Of two blocks the rooms are one. */
    uint64_t *const part = take(b), *const rest = take(b);

    (void)rest;
    if (!b->in[TRI_PROVER])
        return;
    if (e->planes != 0) {
        /* The product is below 2^w itself, and its quotient -1 where e2 is
         * above it, and otherwise 0. */
        k->narrow_borrow(b->room->sums + 2 * TRI_GATES_SUMS,
                         operand(g, b, 0, 0, e->bytes),
                         operand(g, b, 1, 1, e->bytes), raw(b, e->mask[1]),
                         e->bytes, g->bits + b->bits, b->groups);
        return;
    }
    k->words_carry(part, factor(g, b, 0, 0), factor(g, b, 0, 1),
                   factor(g, b, 1, 0), factor(g, b, 1, 1),
                   words(g, b, e->mask[1]), 64 - e->bits, b->groups);
    k->words_project(b->room->carried, TRI_CARRIED, part, TRI_CARRIED,
                     g->bits + b->bits, b->groups, TRI_CARRIED);
}

/* To the sums, those of a task. */
static void sum_task(struct tri_gates_room *room)
{
    for (size_t q = 0; q < TRI_SUMS; q++)
        for (size_t i = 0; i < TRI_PLACES; i++) {
            const uint64_t *const from = room->carried + q * TRI_CARRIED;
            uint64_t *const to = room->sums + q * TRI_PLACES + i;
            const uint64_t h2 = from[TRI_PLACES + i / 2] >> 32 * (i % 2);
            const uint64_t h0 = above(from[i]);
            const uint64_t low = h0 + ((uint64_t)(uint32_t)from[i] << 21);

            to[0] += (uint32_t)low;
            to[TRI_GATES_SUMS] += above(low) + ((uint64_t)(uint32_t)h2 << 11);
        }
    memset(room->carried, 0, sizeof room->carried);
}

/* The sums over all blocks: those of the first worker. */
static const uint64_t *sum(const struct tri_gates *g)
{
    struct tri_gates_room *const room = g->room;
    const unsigned workers = tri_par_workers(g->par);
    struct pass p = { .g = g, .block = sum_block, .after = sum_task };

    for (unsigned i = 0; i < workers; i++) {
        memset(room[i].sums, 0, sizeof room[i].sums);
        memset(room[i].carried, 0, sizeof room[i].carried);
    }
    run(&p);
    for (unsigned i = 1; i < workers; i++)
        g->k->add(room->sums, room->sums, room[i].sums,
                  TRI_GATES_PARTS * TRI_GATES_SUMS);
    return room->sums;
}

/* A number as three digits of 32 bits, of which the highest has the sign. Sums
 * of so many digits as there are here fit into a word. */
enum { DIGITS = 3, MIDDLE = 2 * TRI_SUMS - 1 };

/* z += x * h, where h has coefficients 0 and 1, n coefficients of x. */
static void times(uint64_t *z, const uint64_t *x, size_t n, uint64_t h)
{
    for (size_t i = 0; i < TRI_SUMS; i++)
        for (size_t m = 0; m < n && (h >> i & 1); m++)
            z[i + m] += x[m];
}

/* Digit d of the sum with coefficient q, at a place of a group. */
static uint64_t digit(const uint64_t *sums, size_t q, size_t place, unsigned d)
{
    const size_t at = q * TRI_GATES_GROUP + place;
    const uint64_t low = sums[at] - sums[2 * TRI_GATES_SUMS + at];
    const uint64_t high = above(low) + sums[TRI_GATES_SUMS + at];

    return d == 0 ? (uint32_t)low : d == 1 ? (uint32_t)high : above(high);
}

void tri_gates_quotients(const struct tri_gates *g, uint64_t (*q)[3])
{
    const uint64_t *const sums = sum(g);
    uint64_t all[DIGITS][TRI_GATES_QUOTIENTS] = { { 0 } };

    for (unsigned d = 0; d < DIGITS; d++)
        for (size_t l = 0; l < TRI_ROW; l++) {
            uint64_t lane[MIDDLE] = { 0 }, place[TRI_SUMS];

            for (size_t j = 0; j < TRI_GATES_ROWS; j++) {
                for (size_t i = 0; i < TRI_SUMS; i++)
                    place[i] = digit(sums, i, j * TRI_ROW + l, d);
                times(lane, place, TRI_SUMS, g->row[j]);
            }
            times(all[d], lane, MIDDLE, g->lane[l]);
            tri_wipe(lane, sizeof lane);
            tri_wipe(place, sizeof place);
        }
    for (size_t m = 0; m < TRI_GATES_QUOTIENTS; m++) {
        const uint64_t mid = all[1][m] + (all[0][m] >> 32);

        q[m][0] = (uint32_t)all[0][m] | mid << 32;
        q[m][1] = all[2][m] + (mid >> 32);
        q[m][2] = 0 - (q[m][1] >> 63);
    }
    tri_wipe(all, sizeof all);
}

/* ---- modulo a prime ---------------------------------------------------------
 */

/* The value of a polynomial at X; powers from X^0 on. */
static uint64_t value(const struct tri_field *f, const uint64_t *power,
                      uint64_t h)
{
    uint64_t z = 0;

    for (size_t i = 0; i < TRI_SUMS; i++)
        if (h >> i & 1)
            z = tri_field_add(f, z, power[i]);
    return z;
}

void tri_gates_weigh(struct tri_gates_weights *w, const struct tri_gates *g,
                     const struct tri_field *f, uint64_t X)
{
    uint64_t power[TRI_SUMS];
    const uint64_t low = tri_field_mul(f, 1, (uint64_t)1 << 32);

    power[0] = 1;
    for (size_t i = 1; i < TRI_SUMS; i++)
        power[i] = tri_field_mul(f, power[i - 1], X);
    w->power[0] = X;
    for (size_t i = 1; i < TRI_GATES_QUOTIENTS; i++)
        w->power[i] = tri_field_mul(f, w->power[i - 1], X);
    for (size_t j = 0; j < TRI_GATES_ROWS; j++)
        w->row[j] = value(f, power, g->row[j]);
    for (size_t l = 0; l < TRI_ROW; l++)
        w->lane[l] = value(f, power, g->lane[l]);
    w->ring[0] = 1;
    w->ring[1] = low;
    w->ring[2] = tri_field_mul(f, low, (uint64_t)1 << 16);
    for (size_t t = 0; t < TRI_FIELD_TABLES; t++)
        for (size_t m = 0; m < 16; m++) {
            w->group[t][m] = 0;
            for (size_t b = 0; b < 4; b++)
                if (m >> b & 1)
                    w->group[t][m] =
                        tri_field_add(f, w->group[t][m], w->power[4 * t + b]);
        }
}

/* What the two strands of a party are made of: components of x and y. */
static const uint64_t *strand(const struct tri_gates *g, struct block *b,
                              unsigned s, unsigned side, unsigned component)
{
    return factor(g, b, s != side, component);
}

/* The words of a strand are below 2 to this. */
static unsigned bits_of(const struct block *b, unsigned s, unsigned side)
{
    return b->e->planes >> (s != side) & 1 ? 1 : b->e->bits;
}

/* X g of the groups of a block. */
static void weights(const struct pass *p, const struct block *b,
                    const struct tri_gates_weights *w,
                    const struct tri_field *f, uint64_t by[TRI_GATES_BLOCK])
{
    p->g->k->field_weights(by, w->group, p->g->bits + b->bits, b->groups, f);
}

static void values_block(const struct pass *p, struct block *b)
{
    const struct tri_gates *g = p->g;
    uint64_t by[TRI_GATES_BLOCK];

    if (!b->in[TRI_PROVER])
        return;
    weights(p, b, p->w, p->f, by);
    for (unsigned s = 0; s < b->strands; s++)
        g->k->field_first(b->room->values[ring_of(b)], by, p->w->lane,
                          strand(g, b, s, 0, 0), bits_of(b, s, 0),
                          strand(g, b, s, 1, 1), bits_of(b, s, 1), b->groups,
                          p->f);
}

void tri_gates_values(const struct tri_gates *g,
                      const struct tri_gates_weights *w,
                      const struct tri_field *f, uint64_t *q)
{
    const unsigned workers = tri_par_workers(g->par);
    struct pass p = { .g = g, .block = values_block, .w = w, .f = f };

    for (unsigned i = 0; i < workers; i++)
        memset(g->room[i].values, 0, sizeof g->room[i].values);
    run(&p);
    for (unsigned n = 0; n < workers; n++)
        for (size_t r = 0; r < TRI_GATES_RINGS; r++)
            for (size_t i = 0; i < 9; i++)
                q[i] = tri_field_add(
                    f, q[i],
                    tri_field_mul(f, w->ring[r], g->room[n].values[r][i]));
}

/* The prover's rows of a block. */
static void fold(const struct pass *p, struct block *b)
{
    const struct tri_gates *g = p->g;
    const struct tri_gates_end *end = p->end;
    const struct tri_field *f = end->f[TRI_PROVER];
    const struct tri_kernels *k = g->k;
    uint64_t by[TRI_GATES_BLOCK];

    weights(p, b, end->w[TRI_PROVER], f, by);
    for (unsigned s = 0; s < b->strands; s++) {
        const size_t at = (b->folded[TRI_PROVER] + s * b->groups) * TRI_ROW;

        k->field_fold(end->u + at, by, p->u[ring_of(b)], TRI_GATES_ROWS,
                      strand(g, b, s, 0, 0), bits_of(b, s, 0), b->groups, f);
        k->field_fold(end->v + at, NULL, p->v, TRI_GATES_ROWS,
                      strand(g, b, s, 1, 1), bits_of(b, s, 1), b->groups, f);
    }
}

/* z, of a group, += sums over the groups of a block. */
static void add_up(const struct tri_gates *g, const struct block *b,
                   const struct tri_field *f, uint64_t *z, const uint64_t *w,
                   const uint64_t *x, unsigned bits)
{
    g->k->field_comb(z, w, b->groups, x, bits, 0, TRI_GATES_GROUP, 1,
                     TRI_GATES_GROUP, f);
}

/* What a verifier has of the sum of T: e1 or e2. */
static const uint64_t *rest_of(const struct tri_gates *g, struct block *b,
                               enum tri_role role)
{
    const struct tri_verify_words *e = b->e;
    const size_t n = b->groups * TRI_GATES_GROUP;
    const uint64_t ring = ~(uint64_t)0 >> (64 - e->bits);
    uint64_t *t;

    if (role == TRI_V2)
        return words(g, b, e->mask[0]);
    if (e->prover != TRI_NOBODY)
        return words(g, b, e->z);
    t = take(b);
    g->k->narrow_rest(t, words(g, b, e->z), factor(g, b, 0, 1),
                      factor(g, b, 1, 1), words(g, b, e->mask[1]), n);
    for (size_t i = 0; i < n && e->bits < 64; i++)
        t[i] &= ring;
    return t;
}

static void tally(const struct pass *p, struct block *b, enum tri_role role)
{
    const struct tri_gates *g = p->g;
    const struct tri_gates_end *end = p->end;
    const struct tri_field *f = end->f[role];
    struct tri_gates_tally *t = &b->room->tally[role];
    const size_t rows = (b->groups + TRI_ROW - 1) / TRI_ROW;
    uint64_t by[TRI_GATES_BLOCK] = { 0 }, axis[TRI_GATES_BLOCK] = { 0 };

    weights(p, b, end->w[role], f, by);
    add_up(g, b, f, t->rest[ring_of(b)], by, rest_of(g, b, role), b->e->bits);
    for (unsigned s = 0; s < b->strands; s++) {
        const unsigned side = role == TRI_V1 ? 0 : 1;

        end->axis(end->arg, role, b->folded[role] + s * b->groups, b->groups,
                  axis);
        if (role == TRI_V1)
            g->k->field_scale(axis, axis, by, rows, f);
        add_up(g, b, f, t->side[role == TRI_V1 ? ring_of(b) : 0], axis,
               strand(g, b, s, side, 1 - side), bits_of(b, s, side));
    }
}

static void end_block(const struct pass *p, struct block *b)
{
    if (b->in[TRI_PROVER])
        fold(p, b);
    for (enum tri_role r = TRI_V1; r < TRI_ROLES; r++) {
        b->free = b->room->scratch;
        if (b->in[r])
            tally(p, b, r);
    }
}

/* z += x, modulo p. */
static void add_tally(const struct tri_field *f, struct tri_gates_tally *z,
                      const struct tri_gates_tally *x)
{
    for (size_t r = 0; r < TRI_GATES_RINGS; r++)
        for (size_t i = 0; i < TRI_GATES_GROUP; i++) {
            z->side[r][i] = tri_field_add(f, z->side[r][i], x->side[r][i]);
            z->rest[r][i] = tri_field_add(f, z->rest[r][i], x->rest[r][i]);
        }
}

void tri_gates_end(const struct tri_gates *g, struct tri_gates_end *end)
{
    const unsigned workers = tri_par_workers(g->par);
    const struct tri_gates_weights *w = end->w[TRI_PROVER];
    const struct tri_field *f = end->f[TRI_PROVER];
    struct pass p = { .g = g, .block = end_block, .end = end };
    struct block b = { .room = g->room };

    for (size_t i = 0; i < TRI_PLACES; i++) {
        p.v[i] = w->fold[i / TRI_ROW];
        for (size_t r = 0; r < TRI_GATES_RINGS; r++)
            p.u[r][i] = tri_field_mul(
                f, w->ring[r], tri_field_mul(f, p.v[i], w->lane[i % TRI_ROW]));
    }
    for (unsigned i = 0; i < workers; i++)
        memset(g->room[i].tally, 0, sizeof g->room[i].tally);
    run(&p);
    for (enum tri_role r = TRI_V1; r < TRI_ROLES; r++) {
        end->tally[r] = g->room->tally[r];
        for (unsigned i = 1; i < workers; i++)
            add_tally(end->f[r], &end->tally[r], &g->room[i].tally[r]);
    }
    (void)find(g, SIZE_MAX, &b);
    memcpy(end->rows, b.folded, sizeof b.folded);
}

void tri_gates_row(const struct tri_gates_tally *t, enum tri_role role,
                   const struct tri_gates_weights *w, const struct tri_field *f,
                   uint64_t *row)
{
    for (size_t l = 0; l < TRI_ROW; l++) {
        row[l] = 0;
        for (size_t r = 0; r < TRI_GATES_RINGS; r++)
            for (size_t j = 0; j < TRI_GATES_ROWS; j++) {
                uint64_t z =
                    tri_field_mul(f, t->side[r][j * TRI_ROW + l], w->fold[j]);

                if (role == TRI_V1)
                    z = tri_field_mul(f, z, w->ring[r]);
                row[l] = tri_field_add(f, row[l], z);
            }
        if (role == TRI_V1)
            row[l] = tri_field_mul(f, row[l], w->lane[l]);
    }
}

uint64_t tri_gates_share(const struct tri_gates_tally *t,
                         const struct tri_gates_weights *w,
                         const struct tri_field *f)
{
    uint64_t sum = 0;

    for (size_t r = 0; r < TRI_GATES_RINGS; r++)
        for (size_t i = 0; i < TRI_GATES_GROUP; i++) {
            uint64_t z = tri_field_mul(f, t->rest[r][i], w->row[i / TRI_ROW]);

            z = tri_field_mul(f, z, w->lane[i % TRI_ROW]);
            sum = tri_field_add(f, sum, tri_field_mul(f, z, w->ring[r]));
        }
    return sum;
}
