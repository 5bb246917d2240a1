#include <criterion/criterion.h>
#include "tests/proto/check_max.h"

TestSuite(max, .timeout = 120);

static void run(size_t i)
{
    struct tri_check c = { .seed = 0x5eed };

    tri_checks_max[i].fn(&c);
    cr_assert(c.msg[0] == '\0', "%s", c.msg);
}

Test(max, values)
{
    run(0);
}

Test(max, cost)
{
    run(1);
}

Test(max, choice)
{
    run(2);
}
