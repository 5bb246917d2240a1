#include <string.h>
#include "bench/bench.h"

/* Kernels of replicated sharing, in the L1 cache. */
enum { N = 512, CALLS = N / TRI_LANES };

struct job {
    struct tri_kernels k;
    uint64_t *z, *x, *y;
    int op;
};

static const struct {
    const char *name, *shape;
} op_of[] = { { "transpose", "64 words, 64 planes" },
              { "transpose", "64 words, 32 planes" },
              { "transpose", "32 planes, 64 words" },
              { "and", "512 words" },
              { "maj", "512 words" },
              { "rss_mul", "512 words" } };

static void run(void *arg)
{
    const struct job *j = arg;
    const struct tri_kernels *k = &j->k;
    uint64_t *const z = j->z;
    const uint64_t *const x = j->x, *const y = j->y;

    switch (j->op) {
    case 3:
        k->slice_and(z, x, x + N, y, y + N, y, N);
        return;
    case 4:
        k->slice_maj(z, x, y, y + N, N);
        return;
    case 5:
        k->rss_mul(z, x, x + N, y, y + N, y, N);
        return;
    default:
        break;
    }
    for (size_t i = 0; i < N; i += TRI_LANES)
        if (j->op == 2) /* plane b of block i at x[b * CALLS + i] */
            k->slice_transpose(z + i, 1, 64, x + i / TRI_LANES, CALLS, 32, 0);
        else
            k->slice_transpose(z + i / TRI_LANES, CALLS, j->op == 0 ? 64 : 32,
                               x + i, 1, 64, 0);
}

void bench_slice(struct bench *b)
{
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);
    struct job j = { .z = bench_words(N),
                     .x = bench_words(2 * N),
                     .y = bench_words(2 * N) };

    for (j.op = 0; j.op < (int)(sizeof op_of / sizeof *op_of); j.op++) {
        const char *last = "";

        for (size_t l = 0; l < levels; l++) {
            struct job ref = j;

            tri_kernels_init(&j.k, level[l].cpu);
            tri_kernels_init(&ref.k, 0);
            if (l > 0 && strcmp(j.k.slice_name, last) == 0)
                continue;
            last = j.k.slice_name;
            bench_measure(b,
                          (struct bench_row){ .area = "slice",
                                              .name = op_of[j.op].name,
                                              .isa = j.k.slice_name,
                                              .shape = op_of[j.op].shape,
                                              .unit = "word/s" },
                          (struct bench_work){ run, &j, N },
                          (struct bench_work){ 0 },
                          l == 0 ? (struct bench_work){ 0 }
                                 : (struct bench_work){ run, &ref, N });
        }
    }
}
