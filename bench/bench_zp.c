#include <string.h>
#include "bench/bench.h"

/* Kernels of engine paper's private comparison: 64 bits over Z_127; one call is
 * 64 comparisons. */
enum { BITS = 64, CALLS = 64 };

struct job {
    struct tri_kernels k;
    tri_plane *a, *b, *c, *s, *u;
    uint64_t *v, *mask;
    uint8_t *flags, *rho;
    int op;
};

static const char *const op_name[] = { "bits", "unpack", "reject", "sub",
                                       "cmp",  "rotate", "zero",   "fill" };

static void once(struct job *j)
{
    const struct tri_kernels *k = &j->k;
    const tri_plane *const b = (const tri_plane *)j->b;
    const tri_plane *const s = (const tri_plane *)j->s;

    switch (j->op) {
    case 0:
        k->zp_bits(j->a, j->v, BITS);
        return;
    case 1:
        k->zp_unpack(j->a, b, BITS);
        return;
    case 2:
        k->zp_reject(j->mask, b, BITS, 0);
        return;
    case 3:
        k->zp_sub(j->a, b, s, BITS);
        return;
    case 4:
        k->zp_cmp(j->a, b, (const tri_plane *)j->c, j->flags,
                  j->flags + TRI_LANES, s, (const tri_plane *)j->u, BITS, 1);
        return;
    case 5:
        k->zp_rotate(j->a, j->rho, BITS);
        return;
    case 6:
        j->mask[0] = k->zp_zero(b, s, BITS);
        return;
    default:
        j->mask[0] = (uint64_t)k->zp_fill(j->a, BITS, 0, s, 4);
        return;
    }
}

static void run(void *arg)
{
    for (int i = 0; i < CALLS; i++)
        once(arg);
}

static tri_plane *planes(unsigned below)
{
    tri_plane *p = bench_alloc(TRI_PLANES * sizeof *p);
    const uint64_t *w = bench_words(TRI_PLANES * TRI_LANES);

    for (size_t i = 0; i < TRI_PLANES; i++)
        for (size_t lane = 0; lane < TRI_LANES; lane++)
            p[i][lane] =
                (uint8_t)(1 + (w[i * TRI_LANES + lane] >> 20) % (below - 1));
    return p;
}

void bench_zp(struct bench *b)
{
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);
    struct job j = { .a = planes(TRI_ZP),
                     .b = planes(TRI_ZP),
                     .c = planes(2),
                     .s = planes(TRI_ZP),
                     .u = planes(TRI_ZP),
                     .v = bench_words(TRI_LANES),
                     .mask = bench_words(TRI_PLANES),
                     .flags = bench_alloc(2 * TRI_LANES),
                     .rho = bench_alloc(TRI_LANES) };

    for (size_t i = 0; i < TRI_LANES; i++) {
        j.flags[i] = (uint8_t)(i % 3 == 0 ? 0xff : 0);
        j.rho[i] = (uint8_t)(i % BITS);
    }
    for (j.op = 0; j.op < (int)(sizeof op_name / sizeof *op_name); j.op++) {
        const char *last = "";

        for (size_t l = 0; l < levels; l++) {
            struct job ref = j;
            const double units = (double)CALLS * TRI_LANES;
            tri_kernels_init(&j.k, level[l].cpu);
            tri_kernels_init(&ref.k, 0);
            if (l > 0 && strcmp(j.k.zp_name, last) == 0)
                continue;
            last = j.k.zp_name;
            bench_measure(b,
                          (struct bench_row){ .area = "compare",
                                              .name = op_name[j.op],
                                              .isa = j.k.zp_name,
                                              .shape = "64 bits",
                                              .unit = "cmp/s",
                                              .alone = 1 },
                          (struct bench_work){ run, &j, units },
                          (struct bench_work){ 0 },
                          l == 0 ? (struct bench_work){ 0 }
                                 : (struct bench_work){ run, &ref, units });
        }
    }
}
