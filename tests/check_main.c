#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/core/check_aead.h"
#include "tests/arch/check_aes.h"
#include "tests/arch/check_chacha20.h"
#include "tests/host/check_checkpoint.h"
#include "tests/host/check_config.h"
#include "tests/core/check_core.h"
#include "tests/net/check_ether.h"
#include "tests/host/check_formats.h"
#include "tests/proto/check_fused.h"
#include "tests/core/check_gemm.h"
#include "tests/core/check_hash.h"
#include "tests/net/check_join.h"
#include "tests/arch/check_lane.h"
#include "tests/net/check_link.h"
#include "tests/proto/check_loss.h"
#include "tests/proto/check_max.h"
#include "tests/host/check_models.h"
#include "tests/proto/check_nn.h"
#include "tests/proto/check_paper.h"
#include "tests/proto/check_plain.h"
#include "tests/host/check_plot.h"
#include "tests/core/check_noise.h"
#include "tests/arch/check_poly1305.h"
#include "tests/host/check_pool.h"
#include "tests/core/check_prg.h"
#include "tests/arch/check_ring.h"
#include "tests/net/check_sealed.h"
#include "tests/net/check_secure.h"
#include "tests/proto/check_securenn.h"
#include "tests/net/check_emulate.h"
#include "tests/core/check_x25519.h"
#include "tests/arch/check_zp.h"

/*
 * Runs the checks without Criterion: under an emulator, on a board.
 *
 *   check [-s SEED] [NAME...]
 *
 * NAME selects the checks whose names start with it. One line a check, then
 * "N passed, N failed", and ", N skipped" if any. Exit status 1 on failure.
 */
#define TABLE(stem)                               \
    {                                             \
        tri_checks_##stem, &tri_checks_##stem##_n \
    }

static const struct {
    const struct tri_check_entry *checks;
    const size_t *n;
} tables[] = {
    /* clang-format off */
    TABLE(aead),
    TABLE(aes),
    TABLE(chacha20),
    TABLE(checkpoint),
    TABLE(config),
    TABLE(core),
    TABLE(ether),
    TABLE(formats),
    TABLE(fused),
    TABLE(gemm),
    TABLE(hash),
    TABLE(join),
    TABLE(lane),
    TABLE(link),
    TABLE(loss),
    TABLE(max),
    TABLE(models),
    TABLE(nn),
    TABLE(paper),
    TABLE(plain),
    TABLE(plot),
    TABLE(noise),
    TABLE(poly1305),
    TABLE(pool),
    TABLE(prg),
    TABLE(ring),
    TABLE(sealed),
    TABLE(secure),
    TABLE(securenn),
    TABLE(shape),
    TABLE(x25519),
    TABLE(zp),
    /* clang-format on */
};

static int selected(const char *name, char **prefix, int n)
{
    for (int i = 0; i < n; i++)
        if (strncmp(name, prefix[i], strlen(prefix[i])) == 0)
            return 1;
    return n == 0;
}

int main(int argc, char **argv)
{
    unsigned passed = 0, failed = 0, skipped = 0;
    unsigned long long seed = 0x5eed;
    int first = 1;

    if (argc > 2 && strcmp(argv[1], "-s") == 0) {
        seed = strtoull(argv[2], NULL, 0);
        first = 3;
    }

    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t i = 0; i < *tables[t].n; i++) {
            const struct tri_check_entry *e = &tables[t].checks[i];
            struct tri_check c = { .seed = seed };

            if (!selected(e->name, argv + first, argc - first))
                continue;
            e->fn(&c);
            if (c.msg[0] != '\0') {
                failed++;
                printf("FAIL %s: %s\n", e->name, c.msg);
            } else if (c.skip[0] != '\0') {
                skipped++;
                printf("skip %s: %s\n", e->name, c.skip);
            } else {
                passed++;
                printf("ok   %s\n", e->name);
            }
            fflush(stdout);
        }

    printf("%u passed, %u failed", passed, failed);
    if (skipped > 0)
        printf(", %u skipped", skipped);
    printf("\n");
    return failed > 0;
}
