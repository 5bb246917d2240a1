#include "proto/rep3/adder.h"
#include "core/mem.h"

/*
 * Three numbers of k bits. Carry-save: s_w is the exclusive or of the bits at
 * place w, c_w their majority; the sum is s + 2c. Its top bit is s_{k-1} ^
 * c_{k-2} ^ the carry into place k-1 of s + 2c, which is that of the leaves
 * w = k-2 .. 1, counted from the top as 0 .. m-1 with m = k-2:
 *
 *   p_w = s_w ^ c_{w-1}  (there after round 1),  g_w = s_w & c_{w-1} (round 2)
 *   G over U above L: G_U ^ P_U*G_L,  P: P_U*P_L
 *
 * P is there one round before G, so that a node may join three parts in one
 * round: U, a single leaf M, and L below:
 *
 *   G = G_U ^ P_U*g_M ^ P_UM*G_L
 *
 * After round r there can be G of up to 2^(r-1) - 1 leaves: 1, 3, 7, 15, 31
 * from round 2 on. With U of 2^(r-2) - 1 leaves, U and M together are a power
 * of two, and P over them, over the first half of U, and so on, are the same
 * gates. A node of at most 2^(r-2) leaves joins two parts: fewer gates.
 *
 * Rounds: the least r with k - 2 <= 2^(r-1) - 1: 3 at k = 4, 6 at k = 32
 * (18..33), 7 at k = 64.
 */

enum { NONE = 0xffff, LEAVES = 64 };

struct node {
    uint16_t x, y, round;
};

struct plan {
    struct tri_adder *a;
    unsigned m, base; /* leaves; the first node's number */
    unsigned nodes;
    struct node node[TRI_ADDER_GATES];
    uint16_t g[LEAVES];             /* of a leaf                       */
    uint16_t p[LEAVES][LEAVES + 1]; /* P over [at, at + len), or NONE */
};

static unsigned round_of(const struct plan *p, unsigned ref)
{
    if (ref < p->a->k)
        return 0;
    return ref < p->base ? 1 : p->node[ref - p->base].round;
}

static unsigned later(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static unsigned and_gate(struct plan *p, unsigned x, unsigned y,
                         unsigned least_round)
{
    const unsigned r = 1 + later(round_of(p, x), round_of(p, y));

    p->node[p->nodes] = (struct node){ (uint16_t)x, (uint16_t)y,
                                       (uint16_t)later(r, least_round) };
    return p->base + p->nodes++;
}

static void fold(struct plan *p, unsigned z, unsigned x)
{
    struct tri_adder *a = p->a;

    a->fold[a->folds++] = (struct tri_adder_fold){ (uint16_t)z, (uint16_t)x,
                                                   (uint16_t)round_of(p, z) };
}

/* The largest power of two that is below len, for len > 1. */
static unsigned below(unsigned len)
{
    unsigned u = 1;

    while (2 * u < len)
        u *= 2;
    return u;
}

/* P over leaves [at, at + len): blocks of powers of two from the top. Their
 * number is at most log2 of their length, and so is the depth. */
static unsigned all_ones(struct plan *p, unsigned at, unsigned len)
{
    if (p->p[at][len] == NONE) {
        const unsigned u = below(len);
        const unsigned x = all_ones(p, at, u);
        const unsigned y = all_ones(p, at + u, len - u);

        p->p[at][len] = (uint16_t)and_gate(p, x, y, 0);
    }
    return p->p[at][len];
}

/* G over leaves [at, at + len), to be there after round r. */
static unsigned generate(struct plan *p, unsigned at, unsigned len, unsigned r)
{
    const unsigned half = 1u << (r - 2);
    unsigned u, gu, gl, z;

    if (len == 1)
        return p->g[at];
    if (len <= half) {
        u = below(len);
        gu = generate(p, at, u, r - 1);
        gl = generate(p, at + u, len - u, r - 1);
        z = and_gate(p, all_ones(p, at, u), gl, round_of(p, gu));
    } else {
        unsigned m;

        u = half - 1;
        gu = generate(p, at, u, r - 1);
        gl = generate(p, at + half, len - half, r - 1);
        m = and_gate(p, all_ones(p, at, u), p->g[at + u], 0);
        z = and_gate(p, all_ones(p, at, half), gl,
                     later(round_of(p, gu), round_of(p, m)));
        fold(p, z, m);
    }
    fold(p, z, gu);
    return z;
}

/* Number the nodes' wires round by round. */
static void number(struct plan *p, unsigned out)
{
    struct tri_adder *a = p->a;
    uint16_t wire[TRI_ADDER_GATES];
    unsigned n = 0;

    for (unsigned r = 1; n < p->nodes; r++) {
        a->first[r] = n;
        a->rounds = r;
        for (unsigned i = 0; i < p->nodes; i++)
            if (p->node[i].round == r)
                wire[i] = (uint16_t)(p->base + n++);
        a->first[r + 1] = n;
    }
#define WIRE(ref) ((ref) < p->base ? (uint16_t)(ref) : wire[(ref)-p->base])
    for (unsigned i = 0; i < p->nodes; i++)
        a->gate[wire[i] - p->base] =
            (struct tri_adder_gate){ WIRE(p->node[i].x), WIRE(p->node[i].y) };
    for (unsigned i = 0; i < a->folds; i++) {
        a->fold[i].z = WIRE(a->fold[i].z);
        a->fold[i].x = WIRE(a->fold[i].x);
    }
    a->out = WIRE(out);
#undef WIRE
    a->wires = p->base + p->nodes;
}

void tri_adder_plan(struct tri_adder *a, unsigned k)
{
    struct plan p = { .a = a, .m = k - 2, .base = k + k - 2 };
    unsigned r = 2;

    memset(a, 0, sizeof *a);
    a->k = k;
    a->leaves = p.m;
    memset(p.p, 0xff, sizeof p.p);
    /* The carries are nodes 0 .. k-2. */
    for (unsigned w = 0; w + 1 < k; w++)
        (void)and_gate(&p, w, w, 0);
    for (unsigned i = 0; i < p.m; i++) {
        const unsigned w = k - 2 - i;

        p.p[i][1] = (uint16_t)(k + i);
        p.g[i] = (uint16_t)and_gate(&p, w, p.base + w - 1, 0);
    }
    while ((1u << (r - 1)) - 1 < p.m)
        r++;
    a->sum = k - 1;
    a->carry = p.base + k - 2;
    number(&p, generate(&p, 0, p.m, r));
}
