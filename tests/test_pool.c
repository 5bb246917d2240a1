#include <criterion/criterion.h>
#include "tests/host/check_pool.h"

Test(pool, all, .timeout = 120)
{
    for (size_t i = 0; i < tri_checks_pool_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_pool[i].fn(&c);
        cr_assert(c.msg[0] == '\0', "%s: %s", tri_checks_pool[i].name, c.msg);
    }
}
