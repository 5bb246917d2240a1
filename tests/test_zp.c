#include <criterion/criterion.h>
#include "tests/arch/check_zp.h"

TestSuite(zp, .timeout = 60);

static void run(size_t i)
{
    struct tri_check c = { .seed = 0x5eed };

    tri_checks_zp[i].fn(&c);
    cr_assert(c.msg[0] == '\0', "%s: %s", tri_checks_zp[i].name, c.msg);
}

Test(zp, variants)
{
    run(0);
}

Test(zp, references_and_sampling)
{
    for (size_t i = 1; i < tri_checks_zp_n; i++)
        run(i);
}
