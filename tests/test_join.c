#include <criterion/criterion.h>
#include "tests/net/check_join.h"

Test(join, all, .timeout = 120)
{
    for (size_t i = 0; i < tri_checks_join_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_join[i].fn(&c);
        cr_assert(c.msg[0] == '\0', "%s: %s", tri_checks_join[i].name, c.msg);
    }
}
