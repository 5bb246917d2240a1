#include <criterion/criterion.h>
#include "tests/arch/check_chacha20.h"

Test(chacha20, all, .timeout = 60)
{
    for (size_t i = 0; i < tri_checks_chacha20_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_chacha20[i].fn(&c);
        cr_assert(c.msg[0] == '\0', "%s: %s", tri_checks_chacha20[i].name,
                  c.msg);
    }
}
