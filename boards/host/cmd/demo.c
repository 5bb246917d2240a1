#include <stddef.h>
#include <stdio.h>
#include <unistd.h>
#include "boards/host/party/peers.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/trial/demo.h"
#include "boards/host/watch/runlog.h"
#include "core/err.h"

static const char *const engines[] = { "securenn", "plain", "float", NULL };

static const struct tri_option table[] = {
    { .name = "engine",
      .kind = TRI_OPTION_CHOICE,
      .at = offsetof(struct tri_demo, engine),
      .choice = engines,
      .meta = "ENGINE",
      .help = "securenn (default): three parties; plain: the same fixed-point\n"
              "computation in the clear, in one process; float: only what\n"
              "the others are compared with, to find good settings fast" },
    { .name = "data",
      .kind = TRI_OPTION_TEXT,
      .at = offsetof(struct tri_demo, data),
      .meta = "DIR",
      .help = "directory with the unpacked MNIST files; without it digits\n"
              "are generated" },
    { .name = "limit",
      .kind = TRI_OPTION_UINT,
      .at = offsetof(struct tri_demo, limit),
      .min = 1,
      .max = 1000000,
      .meta = "N",
      .help = "training images (default 4000; with --data: all)" },
    { .name = "test",
      .kind = TRI_OPTION_UINT,
      .at = offsetof(struct tri_demo, test),
      .min = 1,
      .max = 1000000,
      .meta = "N",
      .help = "held-out images (default 1000; with --data: all)" },
    { .name = "insecure-plaintext",
      .kind = TRI_OPTION_FLAG,
      .at = offsetof(struct tri_demo, plaintext),
      .help = "do not seal the connections, to measure what sealing costs" },
};

/* All parties are on this machine: they share its cores. */
static unsigned threads(const struct tri_demo *d)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const long each = d->engine == TRI_ENGINE_SECURENN ? cores / 3 : cores;

    if (d->o.threads != 0)
        return (unsigned)d->o.threads;
    return each < 1 ? 1 : each > 64 ? 64 : (unsigned)each;
}

int tri_cmd_demo(int argc, char **argv, struct tri_why *why)
{
    static struct tri_demo d;
    struct tri_option_group opts[2] = { { table, sizeof table / sizeof *table,
                                          &d } };
    const struct tri_command cmd = {
        .usage = "demo [OPTIONS]",
        .about =
            "Train a network with three parties on this machine, over "
            "sealed TCP connections with keys\nmade for the run, and classify "
            "held-out images. The data is split into shares first; no\nparty "
            "has more than its own. The same training in the clear (float) "
            "runs afterwards,\nfor comparison.",
        .opts = opts,
        .nopts = 2
    };
    struct tri_args a;
    int rc;

    tri_options_default(&d.o);
    opts[1] = tri_options_table(&d.o);
    rc = tri_args_parse(&a, &cmd, argc, argv, why);
    if (rc != TRI_OK)
        return rc;
    if (a.help) {
        tri_args_help(stdout, &cmd);
        return tri_cmd_flush(why);
    }
    rc = tri_options_net(&d.o, why);
    if (rc == TRI_OK)
        rc = tri_options_link(&d.o, why);
    if (rc == TRI_OK && d.engine != TRI_ENGINE_SECURENN &&
        (d.plaintext || d.o.link != NULL))
        rc = tri_why(
            why, TRI_E_ARG,
            "option --%s: --engine plain and float have no connections; leave "
            "it away",
            d.plaintext ? "insecure-plaintext" : "link");
    if (rc == TRI_OK)
        rc = tri_runlog_check(d.o.log, 0, why);
    if (rc != TRI_OK)
        return rc;
    if (d.plaintext)
        tri_peers_warn();
    d.threads = threads(&d);
    rc = tri_demo_run(&d, why);
    return rc == TRI_OK ? tri_cmd_flush(why) : rc;
}
