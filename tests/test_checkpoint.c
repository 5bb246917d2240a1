#include <criterion/criterion.h>
#include "tests/host/check_checkpoint.h"

TestSuite(checkpoint, .timeout = 60);

Test(checkpoint, all)
{
    for (size_t i = 0; i < tri_checks_checkpoint_n; i++) {
        struct tri_check c = { .seed = 0x5eed };
        tri_checks_checkpoint[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_checkpoint[i].name,
                  c.msg);
    }
}
