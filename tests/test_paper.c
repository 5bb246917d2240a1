#include <criterion/criterion.h>
#include "tests/proto/check_paper.h"

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
    run(3, 6);
}

Test(paper, relu_divide)
{
    run(7, 8);
}

Test(paper, maxpool_truncation)
{
    run(9, 10);
}

Test(paper, costs_threads)
{
    run(11, 12);
}

Test(paper, privacy)
{
    run(13, 17);
}

Test(paper, failures)
{
    run(18, 19);
}
