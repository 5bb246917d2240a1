#include <criterion/criterion.h>
#include "tests/arch/check_poly1305.h"

TestSuite(poly1305, .timeout = 60);

Test(poly1305, all)
{
    for (size_t i = 0; i < tri_checks_poly1305_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_poly1305[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_poly1305[i].name,
                  c.msg);
    }
}
