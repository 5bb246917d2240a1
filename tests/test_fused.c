#include <criterion/criterion.h>
#include "tests/proto/check_fused.h"

TestSuite(fused, .timeout = 120);

static void run(size_t i)
{
    struct tri_check c = { .seed = 0x5eed };

    tri_checks_fused[i].fn(&c);
    cr_assert(c.msg[0] == '\0', "%s", c.msg);
}

Test(fused, values)
{
    run(0);
}

Test(fused, cost)
{
    run(1);
}

Test(fused, rounding)
{
    run(2);
}

Test(fused, views)
{
    run(3);
}

Test(fused, curious_helper)
{
    run(4);
}

Test(fused, threads)
{
    run(5);
}

Test(fused, failures)
{
    run(6);
}

Test(fused, division)
{
    run(7);
}
