#include <criterion/criterion.h>
#include "tests/host/check_formats.h"

TestSuite(formats, .timeout = 60);

Test(formats, all)
{
    for (size_t i = 0; i < tri_checks_formats_n; i++) {
        struct tri_check c = { .seed = 0x5eed };
        tri_checks_formats[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_formats[i].name,
                  c.msg);
    }
}
