#include <criterion/criterion.h>
#include "tests/arch/check_lane.h"

TestSuite(lane, .timeout = 60);

Test(lane, all)
{
    for (size_t i = 0; i < tri_checks_lane_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_lane[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_lane[i].name, c.msg);
    }
}
