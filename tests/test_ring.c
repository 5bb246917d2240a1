#include <criterion/criterion.h>
#include "tests/arch/check_ring.h"

TestSuite(ring, .timeout = 60);

Test(ring, all)
{
    for (size_t i = 0; i < tri_checks_ring_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_ring[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_ring[i].name, c.msg);
    }
}
