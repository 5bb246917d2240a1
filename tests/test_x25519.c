#include <criterion/criterion.h>
#include "tests/core/check_x25519.h"

TestSuite(x25519, .timeout = 60);

Test(x25519, all)
{
    for (size_t i = 0; i < tri_checks_x25519_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_x25519[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_x25519[i].name, c.msg);
    }
}
