#include <criterion/criterion.h>
#include "tests/core/check_gemm.h"

TestSuite(gemm, .timeout = 60);

Test(gemm, all)
{
    for (size_t i = 0; i < tri_checks_gemm_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_gemm[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_gemm[i].name, c.msg);
    }
}
