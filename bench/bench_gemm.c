#include <stdio.h>
#include "bench/bench.h"
#include "bench/peak.h"
#include "core/err.h"

struct shape {
    const char *name;
    size_t m, n, k;
    int ta, tb;
};

struct job {
    struct tri_kernels k;
    struct tri_arena arena;
    struct tri_cx cx;
    struct shape s;
    uint64_t *A, *B, *C;
};

static void run(void *arg)
{
    struct job *j = arg;
    const struct shape *s = &j->s;

    if (tri_gemm(&j->cx, s->ta, s->tb, s->m, s->n, s->k, j->A,
                 s->ta ? s->m : s->k, j->B, s->tb ? s->k : s->n, j->C,
                 s->n) != TRI_OK)
        __builtin_trap();
}

static void prepare(struct job *j, const struct bench *b, unsigned cpu)
{
    tri_kernels_init(&j->k, cpu);
    j->cx = (struct tri_cx){ &j->k, b->par, &j->arena };
}

/* Products of LeNet at batch 128: forward, gradient by input and by weights;
 * the convolutions as the products they are. */
void bench_gemm(struct bench *b)
{
    static const struct shape shapes[] = {
        { "square", 256, 256, 256, 0, 0 },
        { "square", 512, 512, 512, 0, 0 },
        { "square", 1024, 1024, 1024, 0, 0 },
        { "fc1 forward", 128, 500, 800, 0, 0 },
        { "fc1 dx", 128, 800, 500, 0, 1 },
        { "fc1 dw", 800, 500, 128, 1, 0 },
        { "fc2 forward", 128, 10, 500, 0, 0 },
        { "fc2 dx", 128, 500, 10, 0, 1 },
        { "fc2 dw", 500, 10, 128, 1, 0 },
        { "one image fc1", 1, 500, 800, 0, 0 },
        { "one image fc2", 1, 10, 500, 0, 0 },
    };
    const size_t arena = (size_t)64 << 20;
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);
    struct job j, ref;

    j.A = bench_words(1 << 20);
    j.B = bench_words(1 << 20);
    j.C = bench_words(1 << 20);
    tri_arena_init(&j.arena, bench_alloc(arena), arena);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct shape *s = &shapes[i];
        const double macs = (double)s->m * (double)s->n * (double)s->k;
        const char *text = bench_text("%zux%zux%zu", s->m, s->n, s->k);

        j.s = *s;
        ref = j;
        prepare(&ref, b, 0);
        ref.cx.arena = &j.arena;
        for (size_t l = 0; l < levels; l++) {
            /* The reference needs seconds for the largest. */
            if (l == 0 && macs > 2e8)
                continue;
            prepare(&j, b, level[l].cpu);
            bench_measure(b,
                          (struct bench_row){ .area = "gemm",
                                              .name = s->name,
                                              .isa = j.k.gemm_name,
                                              .shape = text,
                                              .unit = "mac/s" },
                          (struct bench_work){ run, &j, macs },
                          b->threads == 1 ? bench_peak_gemm(j.k.gemm_name)
                                          : (struct bench_work){ 0 },
                          l == 0 || macs > 2e8
                              ? (struct bench_work){ 0 }
                              : (struct bench_work){ run, &ref, macs });
        }
    }
}
