#include <criterion/criterion.h>
#include <string.h>
#include "tests/host/check_host.h"

TestSuite(host, .timeout = 60);

/* All checks whose name starts with `prefix`, one after the other. */
static void run(const char *prefix)
{
    size_t ran = 0;

    for (size_t i = 0; i < tri_checks_host_n; i++) {
        struct tri_check c = { .seed = 0x5eed };
        if (strncmp(tri_checks_host[i].name, prefix, strlen(prefix)) != 0)
            continue;
        tri_checks_host[i].fn(&c);
        cr_expect(c.msg[0] == '\0', "%s: %s", tri_checks_host[i].name, c.msg);
        ran++;
    }
    cr_assert(ran > 0, "no check is called %s", prefix);
}

Test(host, idx)
{
    run("idx_");
    run("set_files");
}

Test(host, digits)
{
    run("digits_");
}

Test(host, share)
{
    run("share_");
    run("split_full");
}

Test(host, run_files)
{
    run("rundata");
    run("owners");
    run("model_file");
    run("result_");
}

Test(host, atomic_write)
{
    run("atomic_write");
}

Test(host, options)
{
    run("args_");
    run("options_text");
}

Test(host, selftest)
{
    run("selftest");
}
