#include <criterion/criterion.h>
#include "tests/host/check_models.h"

TestSuite(models, .timeout = 60);

Test(models, all)
{
    for (size_t i = 0; i < tri_checks_models_n; i++) {
        struct tri_check c = { .seed = 0x5eed };
        tri_checks_models[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_models[i].name, c.msg);
    }
}
