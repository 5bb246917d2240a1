#include <criterion/criterion.h>
#include "tests/net/check_sealed.h"

TestSuite(sealed, .timeout = 60);

Test(sealed, all)
{
    for (size_t i = 0; i < tri_checks_sealed_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_sealed[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_sealed[i].name, c.msg);
    }
}
