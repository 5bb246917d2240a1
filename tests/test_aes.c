#include <criterion/criterion.h>
#include "tests/arch/check_aes.h"

TestSuite(aes, .timeout = 60);

Test(aes, all)
{
    for (size_t i = 0; i < tri_checks_aes_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_aes[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_aes[i].name, c.msg);
    }
}
