#include "tests/support/check.h"
#include "tests/support/words.h"

void tri_test_words(uint64_t *p, size_t n, uint64_t *seed)
{
    static const uint64_t edge[] = { 0,
                                     1,
                                     UINT64_MAX,
                                     (uint64_t)1 << 63,
                                     ((uint64_t)1 << 63) - 1,
                                     0xffffffff,
                                     0xffffffff00000000,
                                     0x80000000,
                                     0x100000000 };

    for (size_t i = 0; i < n; i++) {
        const uint64_t r = tri_test_rand(seed);

        p[i] = r & 3 ? tri_test_rand(seed)
                     : edge[(r >> 2) % (sizeof edge / sizeof *edge)];
    }
}

static unsigned vector_sets(void)
{
    return tri_cpu_detect() &
           (TRI_CPU_AVX2 | TRI_CPU_AVX512 | TRI_CPU_NEON | TRI_CPU_AMX);
}

size_t tri_test_subsets(void)
{
    size_t n = 1;

    for (unsigned cpu = vector_sets(); cpu != 0; cpu &= cpu - 1)
        n *= 2;
    return n;
}

void tri_test_kernels(struct tri_kernels *k, size_t i)
{
    unsigned cpu = 0;

    /* the bits of i, spread over the bits that are there */
    for (unsigned have = vector_sets(); have != 0; have &= have - 1, i >>= 1)
        if (i & 1)
            cpu |= have & (0 - have);
    tri_kernels_init(k, cpu);
}
