#include <criterion/criterion.h>
#include "tests/core/check_hash.h"

Test(hash, all, .timeout = 60)
{
    for (size_t i = 0; i < tri_checks_hash_n; i++) {
        struct tri_check c = { .seed = 0x5eed };

        tri_checks_hash[i].fn(&c);
        cr_assert(c.msg[0] == '\0', "%s: %s", tri_checks_hash[i].name, c.msg);
    }
}
