#include <criterion/criterion.h>
#include "tests/host/check_plot.h"

TestSuite(plot, .timeout = 60);

Test(plot, all)
{
    for (size_t i = 0; i < tri_checks_plot_n; i++) {
        struct tri_check c = { .seed = 0x5eed };
        tri_checks_plot[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_plot[i].name, c.msg);
    }
}
