#include <string.h>
#include "arch/kernels.h"
#include "tests/checks.h"
#include "tests/support/words.h"

/* Kernels of the chain of labels against their definition, comparison by
 * comparison: every width of a digit and of a label, any alignment, in place
 * where that is allowed; nothing else is written. */
enum { MOST = 31, LABEL = 2 * TRI_CHAIN_DIGITS + 1, ROOM = 64 };

/* Planes anywhere in a place with room around them. */
struct planes {
    uint8_t b[(LABEL + MOST) * sizeof(tri_plane) + 2 * ROOM];
};

static tri_plane *at(struct planes *p, uint64_t *seed)
{
    return (tri_plane *)(p->b + ROOM + tri_test_rand(seed) % 2 * 13);
}

static void randomise(struct planes *p, uint64_t *seed)
{
    for (size_t i = 0; i + 8 <= sizeof p->b; i += 8) {
        const uint64_t r = tri_test_rand(seed);

        memcpy(p->b + i, &r, 8);
    }
}

static unsigned bit(const tri_plane *p, size_t plane, size_t lane)
{
    return p[plane][lane / 8] >> lane % 8 & 1u;
}

static void set(tri_plane *p, size_t plane, size_t lane, unsigned b)
{
    p[plane][lane / 8] =
        (uint8_t)((p[plane][lane / 8] & ~(1u << lane % 8)) | b << lane % 8);
}

static unsigned number(const tri_plane *p, unsigned w, size_t lane)
{
    unsigned v = 0;

    for (unsigned b = 0; b < w; b++)
        v |= bit(p, b, lane) << b;
    return v;
}

static void want_deal(tri_plane *out, const tri_plane *x, const tri_plane *r,
                      unsigned w)
{
    for (size_t l = 0; l < TRI_CHAIN_LANES; l++)
        for (unsigned j = 1; j < 1u << w; j++)
            set(out, j - 1, l, (number(x, w, l) >= j) ^ bit(r, j - 1, l));
}

static void want_answer(tri_plane *out, const struct tri_chain_step *v)
{
    const unsigned W = v->W;

    for (size_t l = 0; l < TRI_CHAIN_LANES; l++)
        for (unsigned q = 0; q < (v->from == NULL ? 1u : 2u); q++) {
            const unsigned s = v->from == NULL ? 0 : q ^ bit(v->from, 2 * W, l);
            const unsigned flip = bit(v->to, 2 * (W - 1), l);
            const unsigned j = number(v->c, v->w, l) + s;
            const unsigned g = j == 0            ? v->one
                               : j == 1u << v->w ? 0
                                                 : bit(v->b, j - 1, l);
            const unsigned n = v->one ? 1 ^ flip ^ g : g;

            for (unsigned p = 0; p < W; p++) {
                const int last = p == W - 1;
                unsigned z = bit(v->u, q * W + p, l);

                z ^= last ? n
                          : n & (bit(v->to, p, l) ^ bit(v->to, W - 1 + p, l));
                if (v->one && !last)
                    z ^= bit(v->to, p, l);
                if (v->one && v->from != NULL)
                    z ^= bit(v->from, q * W + p, l);
                set(out, q * W + p, l, z);
            }
        }
}

static void want_open(tri_plane *label, const tri_plane *a, const tri_plane *b,
                      unsigned W, int first)
{
    for (size_t l = 0; l < TRI_CHAIN_LANES; l++) {
        const unsigned q = first ? 0 : bit(label, W, l);

        for (unsigned p = 0; p < W; p++)
            set(label, p, l,
                (first ? 0 : bit(label, p, l)) ^ bit(a, q * W + p, l) ^
                    bit(b, q * W + p, l));
    }
}

enum { IN = 5 };

struct trial {
    struct planes in[IN], out, want;
};

/* The kernel wrote what is wanted and nothing else. */
static int same(const struct planes *got, const struct planes *want)
{
    return memcmp(got->b, want->b, sizeof got->b) == 0;
}

static void check_kernels(struct tri_check *c)
{
    static struct trial t;
    uint64_t seed = c->seed;

    for (size_t sub = 0; sub < tri_test_subsets(); sub++) {
        struct tri_kernels k;

        tri_test_kernels(&k, sub);
        for (unsigned W = 1; W <= TRI_CHAIN_DIGITS; W++)
            for (unsigned turn = 0; turn < 20; turn++) {
                const unsigned w = 1 + turn % TRI_CHAIN_BITS;
                const unsigned one = turn / 5 % 2, first = turn / 10;
                const unsigned rows = first ? 1 : 2;
                tri_plane *in[IN], *out, *want;
                struct tri_chain_step v = { .w = w, .W = W, .one = one };

                for (size_t i = 0; i < IN; i++) {
                    randomise(&t.in[i], &seed);
                    in[i] = at(&t.in[i], &seed);
                }
                randomise(&t.out, &seed);
                out = at(&t.out, &seed);
#define WANT()       \
    (t.want = t.out, \
     want = (tri_plane *)(t.want.b + ((uint8_t *)out - t.out.b)))

                WANT();
                want_deal(want, in[0], turn & 1 ? want : in[1], w);
                k.chain_deal(out, in[0], turn & 1 ? out : in[1], w);
                CHECK(c, same(&t.out, &t.want), "deal/%s: digit of %u bits",
                      k.chain_name, w);

                v.b = in[0];
                v.c = in[1];
                v.to = in[2];
                v.from = first ? NULL : in[3];
                WANT();
                v.u = W & 1 ? want : in[4];
                want_answer(want, &v);
                v.u = W & 1 ? out : in[4];
                k.chain_answer(out, &v);
                CHECK(c, same(&t.out, &t.want),
                      "answer/%s: digit of %u bits, label of %u, %u rows, P%u",
                      k.chain_name, w, W, rows, 1 - one);

                WANT();
                want_open(want, in[0], in[1], W, (int)first);
                k.chain_open(out, in[0], in[1], W, (int)first);
                CHECK(c, same(&t.out, &t.want), "open/%s: label of %u, %u rows",
                      k.chain_name, W, rows);
            }
    }
}

const struct tri_check_entry tri_checks_chain[] = {
    { "chain/kernels", check_kernels },
};
const size_t tri_checks_chain_n =
    sizeof tri_checks_chain / sizeof *tri_checks_chain;
