#include <criterion/criterion.h>
#include "tests/core/check_core.h"

TestSuite(core, .timeout = 60);

Test(core, all)
{
    for (size_t i = 0; i < tri_checks_core_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_core[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_core[i].name, c.msg);
    }
}
