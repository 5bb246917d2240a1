#include <criterion/criterion.h>
#include "tests/core/check_noise.h"

TestSuite(noise, .timeout = 60);

Test(noise, all)
{
    for (size_t i = 0; i < tri_checks_noise_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_noise[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_noise[i].name, c.msg);
    }
}
