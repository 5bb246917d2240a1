#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include "tests/checks.h"

/* Part `part` of `parts`: the checks whose numbers leave this remainder. */
static void run(const struct tri_check_entry *e, size_t n, size_t part,
                size_t parts)
{
    for (size_t i = part; i < n; i += parts) {
        struct tri_check c = { .seed = 0x5eed };

        e[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", e[i].name, c.msg);
        if (c.skip[0] != '\0')
            fprintf(stderr, "%s skipped: %s\n", e[i].name, c.skip);
    }
}

#define WRAP(stem, parts)                                            \
    ParameterizedTestParameters(stem, part)                          \
    {                                                                \
        static size_t part[parts];                                   \
                                                                     \
        for (size_t i = 0; i < (parts); i++)                         \
            part[i] = i;                                             \
        return cr_make_param_array(size_t, part, parts);             \
    }                                                                \
    ParameterizedTest(size_t *part, stem, part, .timeout = 1200)     \
    {                                                                \
        run(tri_checks_##stem, tri_checks_##stem##_n, *part, parts); \
    }
TRI_CHECK_TABLES(WRAP)
