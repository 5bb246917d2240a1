#include <criterion/criterion.h>
#include "tests/proto/check_securenn.h"

TestSuite(securenn, .timeout = 120);

static void run(size_t i)
{
    struct tri_check c = { .seed = 0x5eed };

    tri_checks_securenn[i].fn(&c);
    cr_assert(c.msg[0] == '\0', "%s", c.msg);
}

Test(securenn, products)
{
    run(0);
}

Test(securenn, operations)
{
    run(1);
}

Test(securenn, softmax)
{
    run(2);
}

Test(securenn, networks)
{
    run(3);
}

Test(securenn, slices)
{
    run(4);
}
