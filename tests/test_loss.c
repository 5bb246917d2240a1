#include <criterion/criterion.h>
#include "tests/proto/check_loss.h"

TestSuite(loss, .timeout = 60);

Test(loss, all)
{
    for (size_t i = 0; i < tri_checks_loss_n; i++) {
        struct tri_check c = { .seed = 0x5eed };
        tri_checks_loss[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_loss[i].name, c.msg);
    }
}
