#include <stdio.h>
#include "boards/common/selftest.h"
#include "boards/host/cmd/cmd.h"
#include "core/err.h"

static const unsigned isa[] = { 0,
                                TRI_CPU_AESNI,
                                TRI_CPU_AVX2,
                                TRI_CPU_AVX512,
                                TRI_CPU_VAES,
                                TRI_CPU_GFNI,
                                TRI_CPU_IFMA,
                                TRI_CPU_AMX,
                                TRI_CPU_NEON,
                                TRI_CPU_ARMCE };

static void print_cpu(unsigned cpu)
{
    printf("instruction sets of this CPU that Trinn uses:");
    for (size_t i = 1; i < sizeof isa / sizeof *isa; i++)
        if ((cpu & isa[i]) != 0)
            printf(" %s", tri_cpu_name(isa[i]));
    puts(cpu == 0 ? " none" : "");
}

static void print_kernel(void *self, const char *name, int same)
{
    (void)self;
    printf("  %-15s %s\n", name, same ? "ok" : "FAILED");
}

/* Every level up to what the CPU has: 0, then each set added in turn. */
static int run_levels(unsigned cpu)
{
    unsigned level = 0;
    int bad = 0;

    for (size_t i = 0; i < sizeof isa / sizeof *isa; i++) {
        struct tri_kernels k;
        int now;

        if (i > 0 && (cpu & isa[i]) == 0)
            continue;
        level |= isa[i];
        tri_kernels_init(&k, level);
        printf("\nring %s, gemm %s, chacha20 %s, poly1305 %s, aes %s, zp %s, "
               "lane %s, chain %s, slice %s, gf %s, field %s, words %s%s\n",
               k.ring_name, k.gemm_name, k.chacha20_name, k.poly1305_name,
               k.aes_name, k.zp_name, k.lane_name, k.chain_name, k.slice_name,
               k.gf_name, k.field_name, k.words_name,
               level == cpu ? " (in use)" : "");
        now = tri_selftest(&k, 0x5eed + level, print_kernel, NULL);
        bad += now;
    }
    return bad;
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    struct tri_kernels k;
    int bad;

    (void)a;
    tri_kernels_init(&k, tri_cpu_detect());
    print_cpu(k.cpu);
    bad = run_levels(k.cpu);
    if (bad > 0)
        return tri_why(why, TRI_E_CRYPTO,
                       "selftest: %d kernels differ from the reference; do "
                       "not use this machine or build",
                       bad);
    puts("\nok");
    return TRI_OK;
}

const struct tri_command tri_cmd_selftest = {
    .name = "selftest",
    .what = "compare the fast code with the reference on this CPU",
    .usage = "selftest",
    .about = "Compare every kernel of every instruction set of this CPU "
             "with the reference in\nplain C, to the last bit. Exit code 1 "
             "if one differs.",
    .run = run
};
