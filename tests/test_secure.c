#include <criterion/criterion.h>
#include "tests/net/check_secure.h"

TestSuite(secure, .timeout = 60);

Test(secure, all)
{
    for (size_t i = 0; i < tri_checks_secure_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_secure[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_secure[i].name, c.msg);
    }
}
