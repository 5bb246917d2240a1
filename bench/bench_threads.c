#include <stdio.h>
#include <unistd.h>
#include "bench/bench.h"
#include "core/conv.h"
#include "core/err.h"
#include "boards/host/base/pool.h"

/* Products of LeNet's training step at batch 128, on several threads beside
 * the same on one. */
enum kind { GEMM, FWD, DX, DW };

struct job {
    struct tri_cx cx;
    const char *name, *pass;
    enum kind kind;
    int ta, tb;
    size_t m, n, k;
    struct tri_conv g;
    uint64_t *A, *B, *C;
};

static void run(void *arg)
{
    const struct job *j = arg;
    int rc = TRI_OK;

    switch (j->kind) {
    case GEMM:
        rc = tri_gemm(&j->cx, j->ta, j->tb, j->m, j->n, j->k, j->A,
                      j->ta ? j->m : j->k, j->B, j->tb ? j->k : j->n, j->C,
                      j->n);
        break;
    case FWD:
        rc = tri_conv_fwd(&j->cx, &j->g, j->C, j->A, j->B);
        break;
    case DX:
        rc = tri_conv_dx(&j->cx, &j->g, j->A, j->C, j->B);
        break;
    case DW:
        rc = tri_conv_dw(&j->cx, &j->g, j->B, j->A, j->C);
        break;
    }
    if (rc != TRI_OK)
        __builtin_trap();
}

#define CONV1 .g = { 128, 28, 28, 1, 5, 5, 20, 1, 0, 0, 0 }
#define CONV2 .g = { 128, 12, 12, 20, 5, 5, 50, 1, 0, 0, 0 }

void bench_threads(struct bench *b)
{
    static const struct job jobs[] = {
        { .name = "fc1", .pass = "forward", .m = 128, .n = 500, .k = 800 },
        { .name = "fc1", .pass = "dx", .m = 128, .n = 800, .k = 500, .tb = 1 },
        { .name = "fc1", .pass = "dw", .m = 800, .n = 500, .k = 128, .ta = 1 },
        { .name = "lenet conv1", .pass = "forward", .kind = FWD, CONV1 },
        { .name = "lenet conv1", .pass = "dw", .kind = DW, CONV1 },
        { .name = "lenet conv2", .pass = "forward", .kind = FWD, CONV2 },
        { .name = "lenet conv2", .pass = "dx", .kind = DX, CONV2 },
        { .name = "lenet conv2", .pass = "dw", .kind = DW, CONV2 },
    };
    const unsigned threads = b->threads > 1 ? b->threads : 2;
    const size_t arena = (size_t)64 << 20;
    struct tri_kernels k;
    struct tri_arena many, single;
    struct tri_pool pool;
    uint64_t *A, *B, *C;

    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return;
    if (tri_pool_start(&pool, threads) != TRI_OK) {
        fprintf(stderr, "bench: cannot start %u threads\n", threads);
        return;
    }
    A = bench_words(128 * 28 * 28 * 4);
    B = bench_words(1 << 19);
    C = bench_words(128 * 24 * 24 * 20);
    tri_kernels_init(&k, b->cpu);
    tri_arena_init(&many, bench_alloc(arena), arena);
    tri_arena_init(&single, bench_alloc(arena), arena);
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        struct job on = jobs[i], one;
        double macs = (double)on.m * (double)on.n * (double)on.k;

        if (on.kind != GEMM) {
            if (tri_conv_init(&on.g) != TRI_OK)
                __builtin_trap();
            macs = (double)tri_conv_out(&on.g) * on.g.kh * on.g.kw * on.g.c;
        }
        on.A = A;
        on.B = B;
        on.C = C;
        one = on;
        on.cx = (struct tri_cx){ &k, tri_pool_par(&pool), &many };
        one.cx = (struct tri_cx){ &k, NULL, &single };
        bench_measure(b,
                      (struct bench_row){ .area = "threads",
                                          .name = on.name,
                                          .isa = k.gemm_name,
                                          .shape = bench_text("%s, %u threads",
                                                              on.pass, threads),
                                          .unit = "mac/s" },
                      (struct bench_work){ run, &on, macs },
                      (struct bench_work){ 0 },
                      (struct bench_work){ run, &one, macs });
    }
    tri_pool_stop(&pool);
}
