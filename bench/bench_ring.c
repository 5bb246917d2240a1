#include "bench/bench.h"

enum { N = 4096 }; /* three vectors of 32 KiB: in the L2 cache */

struct job {
    struct tri_kernels k;
    uint64_t *z, *x, *y;
    int op;
};

static const char *const op_name[] = { "add", "mul", "muladd", "scale",
                                       "axpy" };

static void run(void *arg)
{
    struct job *j = arg;

    switch (j->op) {
    case 0:
        j->k.add(j->z, j->x, j->y, N);
        return;
    case 1:
        j->k.mul(j->z, j->x, j->y, N);
        return;
    case 2:
        j->k.muladd(j->z, j->x, j->y, N);
        return;
    case 3:
        j->k.scale(j->z, j->x, j->y[0], N);
        return;
    default:
        j->k.axpy(j->z, j->x, j->y[0], N);
        return;
    }
}

void bench_ring(struct bench *b)
{
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);
    struct job j = { .z = bench_words(N),
                     .x = bench_words(N),
                     .y = bench_words(N) };

    for (j.op = 0; j.op < 5; j.op++)
        for (size_t l = 0; l < levels; l++) {
            struct job ref = j;
            tri_kernels_init(&j.k, level[l].cpu);
            tri_kernels_init(&ref.k, 0);
            bench_measure(b,
                          (struct bench_row){ .area = "ring",
                                              .name = op_name[j.op],
                                              .isa = j.k.ring_name,
                                              .shape = "4096 words",
                                              .unit = "word/s" },
                          (struct bench_work){ run, &j, N },
                          (struct bench_work){ 0 },
                          l == 0 ? (struct bench_work){ 0 }
                                 : (struct bench_work){ run, &ref, N });
        }
}
