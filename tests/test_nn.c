#include <criterion/criterion.h>
#include "tests/proto/check_nn.h"

TestSuite(nn, .timeout = 120);

/* Two halves, so that they can run side by side. */
static void run(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_nn[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_nn[i].name, c.msg);
    }
}

Test(nn, layers)
{
    run(0, tri_checks_nn_n / 2);
}

Test(nn, training)
{
    run(tri_checks_nn_n / 2, tri_checks_nn_n);
}
