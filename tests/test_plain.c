#include <criterion/criterion.h>
#include "tests/proto/check_plain.h"

TestSuite(plain, .timeout = 60);

Test(plain, all)
{
    for (size_t i = 0; i < tri_checks_plain_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_plain[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_plain[i].name, c.msg);
    }
}
