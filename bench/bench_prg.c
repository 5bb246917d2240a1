#include <string.h>
#include "bench/bench.h"
#include "bench/peak.h"
#include "core/prg.h"
#include "core/zp.h"

enum { BYTES = 16384, PLANES = 64 };

struct job {
    struct tri_kernels k;
    struct tri_prg g;
    uint8_t *out;
    tri_plane *planes;
    int nonzero;
};

static void blocks(void *arg)
{
    struct job *j = arg;
    static const uint32_t nonce[3] = { 1, 2, 3 };

    if (j->g.kind == TRI_PRG_AES128)
        j->k.aes_ctr(j->out, j->g.rk, nonce, 0, BYTES / 64);
    else
        j->k.chacha20(j->out, j->g.key, nonce, 0, BYTES / 64);
}

static void uniform(void *arg)
{
    struct job *j = arg;
    struct tri_stream s;

    tri_stream_open(&s, &j->g, 0, 0);
    for (int i = 0; i < 16; i++)
        tri_zp_uniform(&s, j->planes, PLANES, j->nonzero);
}

static void prepare(struct job *j, unsigned cpu, enum tri_prg_kind kind)
{
    static const uint8_t key[32] = { 1 };

    tri_kernels_init(&j->k, cpu);
    tri_prg_init(&j->g, &j->k, key, kind);
}

void bench_prg(struct bench *b)
{
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);
    struct job j = { .out = bench_alloc(BYTES),
                     .planes = bench_alloc(TRI_PLANES * sizeof(tri_plane)) };
    struct job ref = j;

    for (int kind = TRI_PRG_CHACHA20; kind <= TRI_PRG_AES128; kind++) {
        const char *last = "";

        prepare(&ref, 0, (enum tri_prg_kind)kind);
        for (size_t l = 0; l < levels; l++) {
            const char *isa;

            prepare(&j, level[l].cpu, (enum tri_prg_kind)kind);
            isa = kind == TRI_PRG_AES128 ? j.k.aes_name : j.k.chacha20_name;
            if (strcmp(isa, last) == 0)
                continue;
            last = isa;
            bench_measure(b,
                          (struct bench_row){ .area = "prg",
                                              .name = tri_prg_name(j.g.kind),
                                              .isa = isa,
                                              .shape = "16 KiB",
                                              .unit = "B/s",
                                              .alone = 1 },
                          (struct bench_work){ blocks, &j, BYTES },
                          kind == TRI_PRG_AES128 ? bench_peak_aes(isa)
                                                 : bench_peak_chacha20(isa),
                          l == 0 ? (struct bench_work){ 0 }
                                 : (struct bench_work){ blocks, &ref, BYTES });
        }
    }
    prepare(&ref, 0, TRI_PRG_CHACHA20);
    for (int nonzero = 0; nonzero < 2; nonzero++) {
        const double units = 16.0 * PLANES * TRI_LANES;
        const char *last = "";

        j.nonzero = ref.nonzero = nonzero;
        for (size_t l = 0; l < levels; l++) {
            prepare(&j, level[l].cpu, TRI_PRG_CHACHA20);
            if (strcmp(j.k.zp_name, last) == 0)
                continue;
            last = j.k.zp_name;
            bench_measure(
                b,
                (struct bench_row){ .area = "prg",
                                    .name = nonzero ? "non-zero" : "uniform",
                                    .isa = j.k.zp_name,
                                    .shape = "Z_127",
                                    .unit = "elem/s" },
                (struct bench_work){ uniform, &j, units },
                (struct bench_work){ 0 },
                l == 0 ? (struct bench_work){ 0 }
                       : (struct bench_work){ uniform, &ref, units });
        }
    }
}
