#include <criterion/criterion.h>
#include "tests/net/check_emulate.h"

Test(shape, all, .timeout = 120)
{
    for (size_t i = 0; i < tri_checks_shape_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_shape[i].fn(&c);
        cr_assert(c.msg[0] == '\0', "%s: %s", tri_checks_shape[i].name, c.msg);
        if (c.skip[0] != '\0')
            cr_log_warn("%s skipped: %s", tri_checks_shape[i].name, c.skip);
    }
}
