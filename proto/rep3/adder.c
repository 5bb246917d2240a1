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
 * Three ways to save gates or rounds:
 *
 *   - A single leaf above L needs no g of its own: its carry is the majority of
 *     s, c and G_L, which is s ^ p*(s ^ G_L). So a *chain* of leaves, one above
 *     the other, has one gate for each, and a round.
 *   - P is there one round before G, so that three parts join in one round:
 *     G = G_U ^ P_U*G_M ^ P_UM*G_L.
 *   - The lowest part needs no P, and neither does what contains it.
 *
 * So from the lowest part on, a *spine* of joins of two or three parts, whose
 * other parts are *blocks* with a P: chains, joined two by two. A block of s
 * leaves in c chains has 2(s-1) + c gates; c chains of l leaves are there after
 * round l + 1 + ceil(log2 c). The sizes along the spine are those that take the
 * fewest gates, found from small to large; where three parts join, trying
 * blocks M as long as U or longer by one costs a gate too many here and there.
 *
 * k = 32: 6 rounds and 100 gates, or 7 and 92; k = 64: 7 and 211, or 8 and 195.
 */

enum { NONE = 0xffff, LEAVES = 62, NEVER = 0x7fff };

struct node {
    uint16_t x, y, round;
};

struct plan {
    struct tri_adder *a;
    unsigned base; /* the first node's number */
    unsigned nodes;
    struct node node[TRI_ADDER_GATES];
    /* A spine of so many leaves after round r: gates, and how it begins: a
     * block of u above the rest, or of u and m. */
    uint16_t cost[TRI_ADDER_ROUNDS + 1][LEAVES + 1];
    uint16_t block[TRI_ADDER_ROUNDS + 1][LEAVES + 1]; /* of a block */
    uint8_t u[TRI_ADDER_ROUNDS + 1][LEAVES + 1];
    uint8_t m[TRI_ADDER_ROUNDS + 1][LEAVES + 1];
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

/* ---- parts --------------------------------------------------------------- */

/* Of a single leaf that has no g, s stands for it. */
struct part {
    unsigned g, p, s;
};

static struct part single(const struct plan *p, unsigned at)
{
    return (struct part){ NONE, p->a->k + at, p->a->k - 2 - at };
}

static struct part leaf(struct plan *p, unsigned at)
{
    struct part z = single(p, at);

    /* The carries are nodes 0 .. k-2. */
    z.g = and_gate(p, z.s, p->base + z.s - 1, 0);
    return z;
}

/* G of two parts. What it was in the lower one is gone. */
static unsigned join(struct plan *p, const struct part *upper, unsigned lower)
{
    const unsigned top = upper->g == NONE ? upper->s : upper->g;
    unsigned z;

    if (upper->g == NONE)
        fold(p, lower, upper->s);
    z = and_gate(p, upper->p, lower, round_of(p, top));
    fold(p, z, top);
    return z;
}

/* The fewest chains of `len` leaves that are joined after round r, or NEVER. */
static unsigned chains(unsigned len, unsigned r)
{
    unsigned depth = 0;

    for (unsigned c = 1; c <= len; c++) {
        while (1u << depth < c)
            depth++;
        if (depth + 1 < r && c * (r - 1 - depth) >= len)
            return c;
    }
    return NEVER;
}

/* Leaves at .. at+len-1 after round r, P one round before; r is enough. */
static struct part block(struct plan *p, unsigned at, unsigned len, unsigned r)
{
    const unsigned c = chains(len, r);
    const unsigned high = c == 1 ? 1 : len * (c / 2) / c;
    struct part u, l, z;

    if (len == 1)
        return leaf(p, at);
    u = c == 1 ? single(p, at) : block(p, at, high, r - 1);
    l = block(p, at + high, len - high, r - 1);
    z.p = and_gate(p, u.p, l.p, 0);
    z.g = join(p, &u, l.g);
    z.s = NONE;
    return z;
}

/* ---- the spine ----------------------------------------------------------- */

/* The best of a spine of len leaves after round r. */
static void weigh(struct plan *p, unsigned r, unsigned len)
{
    const uint16_t *const block = p->block[r - 1], *const cost = p->cost[r - 1];
    unsigned best = NEVER;

    for (unsigned u = 1; u < len; u++) {
        /* A single leaf needs no g at the top. */
        const unsigned top = 1 + (u == 1 ? 0 : block[u]);
        unsigned two = top + cost[len - u], m = 0;

        for (unsigned v = u; v <= u + 1 && u + v < len; v++) {
            const unsigned three = top + block[v] + 2 + cost[len - u - v];

            if (three < two) {
                two = three;
                m = v;
            }
        }
        if (two >= best)
            continue;
        best = two;
        p->u[r][len] = (uint8_t)u;
        p->m[r][len] = (uint8_t)m;
    }
    p->cost[r][len] = (uint16_t)best;
}

/* Rounds of the circuit. */
static unsigned weigh_all(struct plan *p, unsigned leaves, unsigned worth)
{
    unsigned least = 0;

    for (unsigned r = 2; r <= TRI_ADDER_ROUNDS; r++) {
        p->cost[r][1] = p->block[r][1] = 1;
        for (unsigned n = 2; n <= leaves; n++) {
            const unsigned c = chains(n, r);

            p->block[r][n] = (uint16_t)(c == NEVER ? NEVER : 2 * (n - 1) + c);
            if (r == 2)
                p->cost[r][n] = NEVER;
            else
                weigh(p, r, n);
        }
        if (least > 0)
            return p->cost[least][leaves] > p->cost[r][leaves] + worth ? r
                                                                       : least;
        if (p->cost[r][leaves] < NEVER)
            least = r;
    }
    return least;
}

/* G over the leaves from `at` on, after round r. */
static unsigned spine(struct plan *p, unsigned at, unsigned r)
{
    const unsigned len = p->a->leaves - at;
    const unsigned nu = p->u[r][len], nm = p->m[r][len];
    struct part u, m;
    unsigned l, upper, z;

    if (len == 1)
        return leaf(p, at).g;
    l = spine(p, at + nu + nm, r - 1);
    u = nu == 1 ? single(p, at) : block(p, at, nu, r - 1);
    if (nm == 0)
        return join(p, &u, l);
    m = block(p, at + nu, nm, r - 1);
    upper = join(p, &u, m.g);
    z = and_gate(p, and_gate(p, u.p, m.p, 0), l, round_of(p, upper));
    fold(p, z, upper);
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

void tri_adder_plan(struct tri_adder *a, unsigned k, unsigned worth)
{
    struct plan p = { .a = a, .base = k + k - 2 };

    memset(a, 0, sizeof *a);
    a->k = k;
    a->worth = worth;
    a->leaves = k - 2;
    for (unsigned w = 0; w + 1 < k; w++)
        (void)and_gate(&p, w, w, 0);
    a->sum = k - 1;
    a->carry = p.base + k - 2;
    number(&p, spine(&p, 0, weigh_all(&p, a->leaves, worth)));
}
