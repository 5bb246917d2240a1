#include <string.h>
#include "bench/bench.h"

/* Kernels of fused and rep3 on blocks of 64 words in the L1 cache. */
enum { CALLS = 64 };

struct job {
    struct tri_kernels k;
    uint64_t *z, *x, *y;
    uint8_t *bytes;
    int op;
};

static const char *const op_name[] = { "mask",   "bits",       "pack",
                                       "spread", "share 16",   "pick",
                                       "choose", "choose, 16", "trunc, 16",
                                       "keep",   "flip" };

static void once(struct job *j)
{
    const struct tri_kernels *k = &j->k;
    uint64_t *const z = j->z;
    const uint64_t *const x = j->x, *const y = j->y;
    const struct tri_lane_choice choice = { .t = x,
                                            .e = y,
                                            .k = x + TRI_LANES,
                                            .r = y + TRI_LANES,
                                            .tn = x,
                                            .en = y,
                                            .width = j->op == 7 ? 2 : 0,
                                            .shift = 13,
                                            .c = 1 };
    const struct tri_lane_wrap wrap = {
        .w = y, .width = 2, .shift = 13, .h = x[0], .f = x[1], .g = x[2]
    };

    switch (j->op) {
    case 0:
        k->lane_mask(z, z + TRI_LANES, x, 1, y, y + TRI_LANES, TRI_LANES);
        return;
    case 1:
        z[0] = k->lane_bits(x, 1, 63, TRI_LANES);
        return;
    case 2:
        z[0] = k->lane_pack(j->bytes, TRI_LANES);
        return;
    case 3:
        k->lane_spread(j->bytes, x[0], 0xff, TRI_LANES);
        return;
    case 4:
        k->lane_share(z, x[0], y, 2, TRI_LANES);
        return;
    case 5:
        k->lane_pick(z, x[0], x, 13, y, TRI_LANES);
        return;
    case 9:
        k->lane_keep(z, x[0], x, y, 8, TRI_LANES);
        return;
    case 10:
        k->lane_flip(z, x[0], x, y, 8, TRI_LANES);
        return;
    case 8:
        k->lane_trunc(z, x, &wrap, TRI_LANES);
        return;
    default:
        k->lane_choose(z, x[0], &choice, TRI_LANES);
        return;
    }
}

static void run(void *arg)
{
    for (int i = 0; i < CALLS; i++)
        once(arg);
}

void bench_lane(struct bench *b)
{
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);
    struct job j = { .z = bench_words(2 * TRI_LANES),
                     .x = bench_words(2 * TRI_LANES),
                     .y = bench_words(2 * TRI_LANES),
                     .bytes = bench_alloc(TRI_LANES) };

    for (j.op = 0; j.op < (int)(sizeof op_name / sizeof *op_name); j.op++) {
        const char *last = "";

        for (size_t l = 0; l < levels; l++) {
            const double units = (double)CALLS * TRI_LANES;
            struct job ref = j;

            tri_kernels_init(&j.k, level[l].cpu);
            tri_kernels_init(&ref.k, 0);
            if (l > 0 && strcmp(j.k.lane_name, last) == 0)
                continue;
            last = j.k.lane_name;
            bench_measure(b,
                          (struct bench_row){ .area = "lane",
                                              .name = op_name[j.op],
                                              .isa = j.k.lane_name,
                                              .shape = "64 words",
                                              .unit = "word/s" },
                          (struct bench_work){ run, &j, units },
                          (struct bench_work){ 0 },
                          l == 0 ? (struct bench_work){ 0 }
                                 : (struct bench_work){ run, &ref, units });
        }
    }
}
