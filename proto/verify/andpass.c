#include "proto/verify/andpass.h"
#include "core/mem.h"
#include "proto/verify/field.h"

/* Entries of a block also fit into u, v and weight. FEW groups of an entry are
 * worth a block of their own. */
enum {
    BLOCK = TRI_ANDS_BLOCK,
    BLOCK_0 = TRI_ANDS_BLOCK_0,
    TASK = 2 * BLOCK,
    FEW = 6
};

static const uint64_t *array(const struct tri_verify_ands *e,
                             enum tri_ands_array which)
{
    switch (which) {
    case TRI_ANDS_X0:
        return e->x[0];
    case TRI_ANDS_X1:
        return e->x[1];
    case TRI_ANDS_Y0:
        return e->y[0];
    case TRI_ANDS_Y1:
        return e->y[1];
    case TRI_ANDS_E1:
        return e->e1;
    case TRI_ANDS_E2:
        break;
    }
    return e->e2;
}

/* The words of `groups` groups from group `at` on: where they are, if they are
 * in one entry, else copied to buf; NULL if nobody has any of them. Calls of a
 * task never go back. */
static const uint64_t *words(const struct tri_ands_gates *g,
                             struct tri_ands_cursor *c,
                             enum tri_ands_array which, size_t at,
                             size_t groups, uint64_t *buf)
{
    const struct tri_verify_ands *e = g->entry;
    const size_t from = 64 * at, n = 64 * groups;
    size_t have = 0;
    int any = 0;
    struct tri_ands_cursor i;

    while (from - c->first >= e[c->entry].words)
        c->first += e[c->entry++].words;
    i = *c;
    if (n <= e[i.entry].words - (from - i.first)) {
        const uint64_t *const p = array(&e[i.entry], which);

        return p == NULL ? NULL : p + (from - i.first);
    }
    while (have < n && i.entry < g->entries) {
        const uint64_t *p = array(&e[i.entry], which);
        const size_t skip = from + have - i.first;
        const size_t rest = e[i.entry].words - skip;
        const size_t len = rest < n - have ? rest : n - have;

        if (p != NULL)
            memcpy(buf + have, p + skip, 8 * len);
        else
            memset(buf + have, 0, 8 * len);
        any |= p != NULL;
        have += len;
        i.first += e[i.entry++].words;
    }
    memset(buf + have, 0, 8 * (n - have));
    return any ? buf : NULL;
}

/* How many groups from group `at` on, at most `most`, are best done at once: as
 * many as are in one entry, so that they need not be copied, and otherwise all
 * before the next entry that has a few. */
static size_t stretch(const struct tri_ands_gates *g, struct tri_ands_cursor c,
                      size_t at, size_t most)
{
    size_t from = 64 * at;

    for (; c.entry < g->entries; c.first += g->entry[c.entry++].words) {
        const size_t end = c.first + g->entry[c.entry].words;

        if (from < c.first)
            from = (c.first + 63) / 64 * 64;
        if (from >= 64 * (at + most))
            break;
        if (end >= from + 64 * FEW)
            return from > 64 * at             ? from / 64 - at
                   : (end - from) / 64 < most ? (end - from) / 64
                                              : most;
    }
    return most;
}

/* A pass over the gates: what the tasks have in common. */
struct pass {
    const struct tri_ands_gates *g;
    const struct tri_ands_weights *w;
    const uint64_t *A, *B;
    uint64_t *u, *v;
    const struct tri_ands_eye *eye;
    size_t eyes, at_once; /* groups of a block */
    /* `groups` groups from group `at` on */
    void (*block)(const struct pass *p, struct tri_ands_scratch *s,
                  struct tri_ands_cursor *c, size_t at, size_t groups);
};

static void task(void *arg, size_t n, unsigned worker)
{
    const struct pass *p = arg;
    const size_t all = p->g->plan->groups, begin = n * TASK;
    const size_t end = all - begin < TASK ? all : begin + TASK;
    struct tri_ands_scratch *const s = &p->g->scratch[worker];
    struct tri_ands_cursor c = s->cursor;

    /* Tasks come in order: the entries before are not walked through again. */
    if (c.first > 64 * begin)
        c = (struct tri_ands_cursor){ 0, 0 };
    for (size_t at = begin, now; at < end; at += now) {
        now = end - at < p->at_once ? end - at : p->at_once;
        now = stretch(p->g, c, at, now);
        p->block(p, s, &c, at, now);
    }
    s->cursor = c;
}

static void run(struct pass *p)
{
    const unsigned workers = tri_par_workers(p->g->par);

    for (unsigned i = 0; i < workers; i++)
        p->g->scratch[i].cursor = (struct tri_ands_cursor){ 0, 0 };
    tri_par_run(p->g->par, task, p, (p->g->plan->groups + TASK - 1) / TASK);
}

/* Factors that the prover knows of a product, and their product's two terms:
 * x0 with y1, y0 with x1. */
struct pair {
    const uint64_t *u, *v;
};

/* The pairs of a block of which neither is zero: how many. */
static size_t operands(const struct pass *p, struct tri_ands_scratch *s,
                       struct tri_ands_cursor *c, size_t at, size_t groups,
                       struct pair pair[2])
{
    static const enum tri_ands_array of[2][2] = {
        { TRI_ANDS_X0, TRI_ANDS_Y1 }, { TRI_ANDS_Y0, TRI_ANDS_X1 }
    };
    size_t n = 0;

    for (unsigned i = 0; i < 2; i++) {
        struct pair *const q = &pair[n];

        q->u = words(p->g, c, of[i][0], at, groups, s->in[2 * i]);
        q->v = words(p->g, c, of[i][1], at, groups, s->in[2 * i + 1]);
        n += q->u != NULL && q->v != NULL;
    }
    return n;
}

/* f = the map of the words of an array, or zeros. */
static void fold(const struct pass *p, struct tri_ands_scratch *s,
                 struct tri_ands_cursor *c, enum tri_ands_array which,
                 size_t at, size_t groups, const uint64_t M[512], uint64_t *f)
{
    const uint64_t *const x = words(p->g, c, which, at, groups, s->in[0]);

    if (x != NULL)
        p->g->k->gf_fold(f, x, M, groups);
    else
        memset(f, 0, 64 * groups);
}

/* s->weight[n*g+i] = e * b[i], i < n, for the groups of a block. */
static void group_weights(const struct pass *p, struct tri_ands_scratch *s,
                          size_t at, size_t groups, const uint64_t *b, size_t n)
{
    for (size_t j = 0; j < groups; j++) {
        for (size_t i = 0; i < n; i++)
            s->weight[n * j + i] = p->w->e[at + j];
        p->g->k->gf_mul(s->weight + n * j, s->weight + n * j, b, n);
    }
}

/* ab[8k+i] = a[k] * b[i]. */
static void place_weights(const struct tri_ands_gates *g,
                          const struct tri_ands_weights *w, uint64_t ab[64])
{
    for (size_t j = 0; j < 64; j++)
        ab[j] = tri_field_mul(g->k, w->a[j / 8], w->b[j % 8]);
}

/* ---- level 0 ------------------------------------------------------------- */

static void gram_block(const struct pass *p, struct tri_ands_scratch *s,
                       struct tri_ands_cursor *c, size_t at, size_t groups)
{
    const struct tri_kernels *k = p->g->k;
    struct pair q[2];
    const size_t n = operands(p, s, c, at, groups, q), each = 64 * groups;

    if (n == 0)
        return;
    group_weights(p, s, at, groups, p->B, 64);
    for (size_t i = 0; i < n; i++) {
        k->gf_map(s->u + each * i, 64, q[i].u, p->A, groups);
        k->gf_map(s->v + each * i, 64, q[i].v, p->A, groups);
        k->gf_mul(s->u + each * i, s->u + each * i, s->weight, each);
    }
    k->gf_gram(s->sum[0], s->u, s->v, 8, n * groups);
}

void tri_ands_gram(const struct tri_ands_gates *g,
                   const struct tri_ands_weights *w, const uint64_t M[64],
                   uint64_t G[64])
{
    const unsigned workers = tri_par_workers(g->par);
    uint64_t ab[64];
    struct pass p = {
        .g = g, .w = w, .A = M, .B = ab, .at_once = BLOCK_0, .block = gram_block
    };

    place_weights(g, w, ab);
    for (unsigned i = 0; i < workers; i++)
        memset(g->scratch[i].sum[0], 0, 8 * 64);
    run(&p);
    memset(G, 0, 8 * 64);
    for (unsigned i = 0; i < workers; i++)
        for (size_t j = 0; j < 64; j++)
            G[j] ^= g->scratch[i].sum[0][j];
}

/* Entry 2g + part of the vector is made of a block's f[part]. */
static void put(uint64_t *z, uint64_t f[2][BLOCK * 8], size_t groups)
{
    for (size_t j = 0; j < groups; j++)
        for (size_t part = 0; part < 2; part++)
            memcpy(z + 8 * (2 * j + part), f[part] + 8 * j, 64);
}

static void fold_block(const struct pass *p, struct tri_ands_scratch *s,
                       struct tri_ands_cursor *c, size_t at, size_t groups)
{
    const struct tri_kernels *k = p->g->k;

    group_weights(p, s, at, groups, p->w->b, 8);
    fold(p, s, c, TRI_ANDS_X0, at, groups, p->A, s->f[0]);
    fold(p, s, c, TRI_ANDS_Y0, at, groups, p->A, s->f[1]);
    for (size_t part = 0; part < 2; part++)
        k->gf_mul(s->f[part], s->f[part], s->weight, 8 * groups);
    put(p->u + 16 * at, s->f, groups);
    fold(p, s, c, TRI_ANDS_Y1, at, groups, p->B, s->f[0]);
    fold(p, s, c, TRI_ANDS_X1, at, groups, p->B, s->f[1]);
    put(p->v + 16 * at, s->f, groups);
}

void tri_ands_fold(const struct tri_ands_gates *g,
                   const struct tri_ands_weights *w, const uint64_t A[512],
                   const uint64_t B[512], uint64_t *u, uint64_t *v)
{
    struct pass p = { .g = g,
                      .w = w,
                      .A = A,
                      .B = B,
                      .u = u,
                      .v = v,
                      .at_once = BLOCK,
                      .block = fold_block };

    run(&p);
}

/* ---- a verifier's one pass ------------------------------------------------
 */

/* s->weight[j] = the weight of entry t + j, but for b. 2^n entries end as one;
 * n is the result. All numbers of blocks are powers of two. */
static unsigned entry_weights(const struct pass *p,
                              const struct tri_ands_eye *eye,
                              struct tri_ands_scratch *s, size_t at,
                              size_t groups)
{
    const struct tri_ands_plan *plan = p->g->plan;
    unsigned below = 0;

    for (size_t j = 0; j < 2 * groups; j++)
        s->weight[j] = eye->weighted ? eye->w->e[at + j / 2] : 1;
    for (unsigned l = 1; l < plan->levels; l++) {
        for (size_t j = 0; j < 2 * groups; j++)
            s->v[j] = eye->L[l][(2 * at + j) >> below & (plan->k[l] - 1)];
        p->g->k->gf_mul(s->weight, s->weight, s->v, 2 * groups);
        below += (unsigned)__builtin_ctz(plan->k[l]);
    }
    return below;
}

static void see(const struct pass *p, size_t number, struct tri_ands_scratch *s,
                struct tri_ands_cursor *c, size_t at, size_t groups)
{
    const struct tri_kernels *k = p->g->k;
    const struct tri_ands_eye *eye = &p->eye[number];
    unsigned below;

    for (size_t part = 0; part < 2; part++)
        fold(p, s, c, eye->part[part], at, groups, eye->fold, s->f[part]);
    put(s->u, s->f, groups);
    below = entry_weights(p, eye, s, at, groups);
    for (size_t j = 0, n; j < 2 * groups; j += n) {
        const size_t t = 2 * at + j;
        const size_t rest = (((t >> below) + 1) << below) - t;

        n = rest < 2 * groups - j ? rest : 2 * groups - j;
        k->gf_comb(s->sum[number] + 8 * (t >> below), s->u + 8 * j,
                   s->weight + j, n);
    }
    fold(p, s, c, eye->e, at, groups, eye->first, s->f[0]);
    k->gf_comb(s->first[number], s->f[0], eye->w->e + at, groups);
}

/* ---- the first polynomial ------------------------------------------------ */

static void first_block(const struct pass *p, struct tri_ands_scratch *s,
                        struct tri_ands_cursor *c, size_t at, size_t groups)
{
    struct pair q[2];
    const size_t n = operands(p, s, c, at, groups, q);

    if (n > 0)
        p->g->k->gf_cross(s->cross, q[0].u, n > 1 ? q[1].u : NULL,
                          n > 1 ? q[1].v : NULL, q[0].v, p->w->t + at, groups);
    for (size_t i = 0; i < p->eyes; i++)
        see(p, i, s, c, at, groups);
}

/* Bytes c of one place, added over all groups, are an element of G64 by T; what
 * is left of theta is a[k] * b[i]. */
void tri_ands_first(const struct tri_ands_gates *g,
                    const struct tri_ands_weights *w, uint64_t q[TRI_ANDS_Q],
                    struct tri_ands_eye *eye, size_t eyes)
{
    const unsigned workers = tri_par_workers(g->par);
    uint64_t T[64], t[64], ab[64];
    struct pass p = { .g = g,
                      .w = w,
                      .eye = eye,
                      .eyes = eyes,
                      .at_once = BLOCK,
                      .block = first_block };

    place_weights(g, w, ab);
    for (unsigned i = 0; i < workers; i++) {
        memset(g->scratch[i].cross, 0, TRI_GF_CROSS);
        memset(g->scratch[i].sum, 0, sizeof g->scratch[i].sum);
        memset(g->scratch[i].first, 0, sizeof g->scratch[i].first);
    }
    run(&p);
    for (size_t n = 0; n < eyes; n++) {
        memset(eye[n].left, 0, sizeof eye[n].left);
        memset(eye[n].sum, 0, sizeof eye[n].sum);
        for (unsigned i = 0; i < workers; i++) {
            for (size_t j = 0; j < TRI_ANDS_NODES; j++)
                eye[n].left[j] ^= g->scratch[i].sum[n][j];
            for (size_t j = 0; j < 8; j++)
                eye[n].sum[j] ^= g->scratch[i].first[n][j];
        }
    }
    for (unsigned i = 1; i < workers; i++)
        g->k->xor_bytes(g->scratch->cross, g->scratch->cross,
                        g->scratch[i].cross, TRI_GF_CROSS);
    tri_field_tower(g->k, T);
    for (size_t at = 0; at < 64; at++) {
        for (size_t j = 0; j < 64; j++) {
            t[j] = 0;
            for (size_t c = 0; c < 8; c++)
                t[j] |= (uint64_t)g->scratch->cross[(c * 64 + at) * 64 + j]
                        << 8 * c;
        }
        g->k->gf_map(t, 64, t, T, 1);
        q[at] = g->k->gf_dot(t, ab, 64);
    }
    tri_wipe(t, sizeof t);
}
