#include <criterion/criterion.h>
#include "tests/core/check_prg.h"

Test(prg, all, .timeout = 60)
{
    for (size_t i = 0; i < tri_checks_prg_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_prg[i].fn(&c);
        cr_assert(c.msg[0] == '\0', "%s: %s", tri_checks_prg[i].name, c.msg);
    }
}
