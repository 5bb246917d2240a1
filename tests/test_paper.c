#include <criterion/criterion.h>
#include "tests/support/check_paper.h"

TestSuite(paper, .timeout = 60);

/* The checks from..to of the list. */
static void run(size_t from, size_t to)
{
    for (size_t i = from; i <= to; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_paper[i].fn(&c);
        cr_assert(c.msg[0] == '\0', "%s: %s", tri_checks_paper[i].name, c.msg);
    }
}

Test(paper, ring)
{
    run(0, 2);
}

Test(paper, compare)
{
    run(3, 5);
}

Test(paper, relu_divide)
{
    run(6, 7);
}

Test(paper, maxpool_truncation)
{
    run(8, 9);
}

Test(paper, costs_threads)
{
    run(10, 11);
}

Test(paper, privacy)
{
    run(12, 16);
}

Test(paper, failures)
{
    run(17, 18);
}
