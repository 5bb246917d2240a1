#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/checks.h"

/*
 * Runs the checks without Criterion: under an emulator, on a board.
 *
 *   check [-s SEED] [NAME...]
 *
 * NAME selects the checks whose names start with it. One line a check, then
 * "N passed, N failed", and ", N skipped" if any. Exit status 1 on failure.
 */
#define TABLE(stem, parts) { tri_checks_##stem, &tri_checks_##stem##_n },

static const struct {
    const struct tri_check_entry *checks;
    const size_t *n;
} tables[] = { TRI_CHECK_TABLES(TABLE) };

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
