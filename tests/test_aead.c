#include <criterion/criterion.h>
#include "tests/core/check_aead.h"

TestSuite(aead, .timeout = 60);

Test(aead, all)
{
    for (size_t i = 0; i < tri_checks_aead_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_aead[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_aead[i].name, c.msg);
    }
}
