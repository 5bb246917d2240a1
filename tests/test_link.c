#include <criterion/criterion.h>
#include "tests/net/check_link.h"

Test(link, all, .timeout = 120)
{
    for (size_t i = 0; i < tri_checks_link_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_link[i].fn(&c);
        cr_assert(c.msg[0] == '\0', "%s: %s", tri_checks_link[i].name, c.msg);
    }
}
