#include <stdlib.h>
#include <string.h>
#include "bench/bench.h"
#include "bench/floor.h"
#include "core/chain.h"

/* The private comparison of engine fused, its kernels alone: 512 comparisons in
 * the L1 and L2 caches, from planes to planes; random planes stand ready. */
struct job {
    struct tri_kernels k;
    struct tri_chain c;
    tri_plane *out, *x, *r, *label;
    int op;
};

static const struct {
    const char *name;
    unsigned bits;
} op_of[] = { { "deal, P2", 31 },   { "answer, P0", 31 }, { "answer, P1", 31 },
              { "open, P2", 31 },   { "deal, P2", 63 },   { "answer, P0", 63 },
              { "answer, P1", 63 }, { "open, P2", 63 } };

static void run(void *arg)
{
    const struct job *j = arg;
    const struct tri_kernels *k = &j->k;
    const tri_plane *x = (const tri_plane *)j->x;
    const tri_plane *r = (const tri_plane *)j->r;
    tri_plane *out = j->out;

    for (unsigned i = 0; i < j->c.digits; i++) {
        const unsigned w = j->c.w[i], W = j->c.digits - i;
        const unsigned rows = (i == 0 ? 1 : 2) * W;
        const struct tri_chain_step v = {
            .b = r,
            .c = x,
            .to = (const tri_plane *)j->label,
            .from = i == 0 ? NULL : (const tri_plane *)j->label + 1,
            .u = (const tri_plane *)out,
            .w = w,
            .W = W,
            .one = j->op % 4 == 1,
        };

        if (j->op % 4 == 0)
            k->chain_deal(out, x, r, w);
        else if (j->op % 4 == 3)
            k->chain_open(j->label, (const tri_plane *)out, r, W, i == 0);
        else
            k->chain_answer(out, &v);
        x += w;
        r += j->op % 4 == 3 ? rows : (1u << w) - 1;
        out += j->op % 4 == 0 ? (1u << w) - 1 : rows;
    }
}

void bench_chain(struct bench *b)
{
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);
    const size_t words = sizeof(tri_plane) / 8;
    struct job j = { .out = (tri_plane *)bench_words(371 * words),
                     .x = (tri_plane *)bench_words(64 * words),
                     .r = (tri_plane *)bench_words(371 * words),
                     .label = (tri_plane *)bench_words(32 * words) };

    for (j.op = 0; j.op < (int)(sizeof op_of / sizeof *op_of); j.op++) {
        const char *last = "";

        tri_chain_plan(&j.c, op_of[j.op].bits);
        for (size_t l = 0; l < levels; l++) {
            struct job ref = j;

            tri_kernels_init(&j.k, level[l].cpu);
            tri_kernels_init(&ref.k, 0);
            if (l > 0 && strcmp(j.k.chain_name, last) == 0)
                continue;
            last = j.k.chain_name;
            bench_measure(
                b,
                (struct bench_row){ .area = "chain",
                                    .name = op_of[j.op].name,
                                    .isa = j.k.chain_name,
                                    .shape = op_of[j.op].bits == 31 ? "31 bits"
                                                                    : "63 bits",
                                    .unit = "cmp/s",
                                    .alone = 1 },
                (struct bench_work){ run, &j, TRI_CHAIN_LANES },
                (struct bench_work){ 0 },
                l == 0 ? (struct bench_work){ 0 }
                       : (struct bench_work){ run, &ref, TRI_CHAIN_LANES });
        }
    }
}

double bench_comparison(const struct bench *b, int id)
{
    const size_t words = sizeof(tri_plane) / 8;
    struct job j = { .out = (tri_plane *)bench_words(371 * words),
                     .x = (tri_plane *)bench_words(64 * words),
                     .r = (tri_plane *)bench_words(371 * words),
                     .label = (tri_plane *)bench_words(32 * words) };
    const struct bench_work w = { run, &j, TRI_CHAIN_LANES };
    double seconds;

    tri_kernels_init(&j.k, b->cpu);
    tri_chain_plan(&j.c, op_of[0].bits);
    j.op = id < 2 ? 1 + id : 0;
    seconds = 1 / bench_best(&w);
    j.op = 3;
    if (id == 2)
        seconds += 1 / bench_best(&w);
    free(j.out);
    free(j.x);
    free(j.r);
    free(j.label);
    return seconds;
}
