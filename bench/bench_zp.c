#include <string.h>
#include "bench/bench.h"

/* Kernels of the private comparison at k = 32: 16 digits of base 4, p = 31;
 * one call is 64 comparisons. cmp2 and bits: engine paper, 64 bits, p = 127. */
enum { DIGITS = 16, CALLS = 64 };

struct job {
    struct tri_kernels k;
    tri_plane *a, *b, *c, *s, *u;
    uint64_t *v, *mask;
    uint8_t *flags, *rho;
    int op;
};

static const char *const op_name[] = { "digits",       "unpack", "pack",
                                       "reject",       "deal",   "cmp4",
                                       "rotate",       "zero",   "bits (paper)",
                                       "cmp2 (paper)", "fill" };

static void once(struct job *j)
{
    const struct tri_kernels *k = &j->k;

    switch (j->op) {
    case 0:
        k->zp_digits(j->a, j->v, DIGITS, 2);
        return;
    case 1:
        k->zp_unpack(j->a, (const tri_plane *)j->b, 3 * DIGITS, 5);
        return;
    case 2:
        k->zp_pack(j->a, (const tri_plane *)j->b, 3 * DIGITS, 5);
        return;
    case 3:
        k->zp_reject(j->mask, (const tri_plane *)j->b, 3 * DIGITS, 31, 0);
        return;
    case 4:
        k->zp_deal(j->a, (const tri_plane *)j->c, (const tri_plane *)j->b,
                   DIGITS, 31);
        return;
    case 5:
        k->zp_cmp4(j->a, (const tri_plane *)j->b, (const tri_plane *)j->c,
                   j->flags, j->flags + TRI_LANES, (const tri_plane *)j->s,
                   (const tri_plane *)j->u, DIGITS, 31, 1);
        return;
    case 6:
        k->zp_rotate(j->a, j->rho, DIGITS);
        return;
    case 7:
        j->mask[0] = k->zp_zero((const tri_plane *)j->b,
                                (const tri_plane *)j->s, DIGITS, 31);
        return;
    case 8:
        k->zp_digits(j->a, j->v, 64, 1);
        return;
    case 10:
        j->mask[0] = (uint64_t)k->zp_fill(j->a, 3 * DIGITS, 31, 0,
                                          (const tri_plane *)j->s, 6);
        return;
    default:
        k->zp_cmp2(j->a, (const tri_plane *)j->b, (const tri_plane *)j->c,
                   j->flags, j->flags + TRI_LANES, (const tri_plane *)j->s,
                   (const tri_plane *)j->u, 64, 127, 1);
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
    struct job j = { .a = planes(31),
                     .b = planes(31),
                     .c = planes(2),
                     .s = planes(31),
                     .u = planes(31),
                     .v = bench_words(TRI_LANES),
                     .mask = bench_words(TRI_PLANES),
                     .flags = bench_alloc(2 * TRI_LANES),
                     .rho = bench_alloc(TRI_LANES) };

    for (size_t i = 0; i < TRI_LANES; i++) {
        j.flags[i] = (uint8_t)(i % 3 == 0 ? 0xff : 0);
        j.rho[i] = (uint8_t)(i % DIGITS);
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
            bench_measure(
                b,
                (struct bench_row){
                    .area = "compare",
                    .name = op_name[j.op],
                    .isa = j.k.zp_name,
                    .shape = j.op == 8 || j.op == 9 ? "64 bits" : "16 digits",
                    .unit = "cmp/s",
                    .alone = 1 },
                (struct bench_work){ run, &j, units }, (struct bench_work){ 0 },
                l == 0 ? (struct bench_work){ 0 }
                       : (struct bench_work){ run, &ref, units });
        }
    }
}
