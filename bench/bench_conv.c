#include <stdio.h>
#include "bench/bench.h"
#include "bench/peak.h"
#include "core/conv.h"
#include "core/err.h"

enum pass { FWD, DX, DW, GEMM };

struct job {
    struct tri_kernels k;
    struct tri_arena arena;
    struct tri_cx cx;
    struct tri_conv g;
    enum pass pass;
    uint64_t *X, *W, *Z;
};

static void run(void *arg)
{
    struct job *j = arg;
    const struct tri_conv *g = &j->g;
    int rc = TRI_OK;

    switch (j->pass) {
    case FWD:
        rc = tri_conv_fwd(&j->cx, g, j->Z, j->X, j->W);
        break;
    case DX:
        rc = tri_conv_dx(&j->cx, g, j->X, j->Z, j->W);
        break;
    case DW:
        rc = tri_conv_dw(&j->cx, g, j->W, j->X, j->Z);
        break;
    case GEMM:
        break;
    }
    if (rc != TRI_OK)
        __builtin_trap();
}

void bench_conv(struct bench *b)
{
    static const struct {
        const char *name;
        uint32_t b, side, c, o, stride, pad;
    } layers[] = { /* filters of 5 x 5 */
                   { "lenet conv1", 128, 28, 1, 20, 1, 0 },
                   { "lenet conv2", 128, 12, 20, 50, 1, 0 },
                   { "net d conv", 128, 28, 1, 5, 2, 2 },
                   { "lenet conv2, one", 1, 12, 20, 50, 1, 0 }
    };
    static const char *const pass[] = { "forward", "dx", "dw" };
    const size_t arena = (size_t)64 << 20;
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);
    struct job j, ref;

    j.X = bench_words(128 * 28 * 28 * 4);
    j.W = bench_words(1 << 16);
    j.Z = bench_words(128 * 24 * 24 * 20);
    tri_arena_init(&j.arena, bench_alloc(arena), arena);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        for (int p = FWD; p <= DW; p++) {
            j.g = (struct tri_conv){ .b = layers[i].b,
                                     .h = layers[i].side,
                                     .w = layers[i].side,
                                     .c = layers[i].c,
                                     .kh = 5,
                                     .kw = 5,
                                     .o = layers[i].o,
                                     .stride = layers[i].stride,
                                     .pad = layers[i].pad };
            j.pass = (enum pass)p;
            if (tri_conv_init(&j.g) != TRI_OK)
                __builtin_trap();
            /* of the definition: fewer are done, so that the share of the
             * peak may exceed 100 % */
            const double macs =
                (double)tri_conv_out(&j.g) * j.g.kh * j.g.kw * j.g.c;
            ref = j;
            tri_kernels_init(&ref.k, 0);
            ref.cx = (struct tri_cx){ &ref.k, b->par, &j.arena };
            for (size_t l = 0; l < levels; l++) {
                tri_kernels_init(&j.k, level[l].cpu);
                j.cx = (struct tri_cx){ &j.k, b->par, &j.arena };
                bench_measure(b,
                              (struct bench_row){ .area = "conv",
                                                  .name = layers[i].name,
                                                  .isa = j.k.gemm_name,
                                                  .shape = pass[p],
                                                  .unit = "mac/s" },
                              (struct bench_work){ run, &j, macs },
                              b->threads == 1 ? bench_peak_gemm(j.k.gemm_name)
                                              : (struct bench_work){ 0 },
                              l == 0 ? (struct bench_work){ 0 }
                                     : (struct bench_work){ run, &ref, macs });
            }
        }
}
