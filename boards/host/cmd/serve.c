#include "boards/host/serve/serve.h"
#include <stddef.h>
#include <stdio.h>
#include "boards/host/cmd/cmd.h"
#include "core/err.h"

struct options {
    const char *config;
    uint64_t window;
    int after_abort;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("config", AT(config), "FILE",
             "who the parties and the clients are; see the README of\n"
             "boards/host/serve"),
    TRI_UINT("batch-window", AT(window), "MS", 0, 10000,
             "let a query wait so long for others that can be computed with\n"
             "it; heeded by party 0 (default 0: only while another is\n"
             "computed, and until clients that are answered ask again, for\n"
             "a quarter of that time)"),
    TRI_FLAG("after-abort", AT(after_abort),
             "start although verification has ended this service (the store's\n"
             "file .aborted says why), and forget that: every try is a chance\n"
             "for the party that cheats"),
    { .name = NULL }
};
#undef AT
#define AT(FIELD) offsetof(struct tri_run_options, FIELD)

static const char *const securities[] = { "passive", "active", NULL };

static const struct tri_option alike[] = {
    TRI_CHOICE("security", AT(security), "KIND", securities,
               "active (default): what a party does is verified; passive:\n"
               "goes with --engine rep3"),
    TRI_TEXT("engine", AT(engine), "ENGINE", "rep3"),
    TRI_UINT("compare", AT(compare), "K", 4, 64,
             "width of comparisons in bits (default 32)"),
    TRI_SIZE("ledger", AT(ledger), "SIZE", 16000, 64000000000,
             "bytes of products after which they are verified (default: by\n"
             "memory)"),
    TRI_SIZE(
        "memory", AT(memory), "SIZE", 1000000, 1000000000000,
        "what each party may take, as 512M: models that do not fit beside\n"
        "others make room or are computed in parts, if need be with\n"
        "weights read from their file as they are needed; what cannot\n"
        "fit is refused (default: what the machine has)"),
    TRI_TEXT("link", AT(link), "lan|wan|RTT:RATE", "emulate a network"),
    TRI_TEXT("tune", AT(tune), "lan|wan|RTT:RATE",
             "choose protocols for such a network, without emulating it"),
    TRI_UINT("threads", AT(threads), "N", 0, 256,
             "of this party (default: by cores)"),
    TRI_FLAG("no-spin", AT(no_spin), "waits sleep at once"),
    { .name = NULL }
};

static struct options own;
static struct tri_run_options run_options;

static int check(struct tri_run_options *o, struct tri_why *why)
{
    int rc = tri_options_engine(o, 3, why);

    if (rc == TRI_OK)
        rc = tri_options_security(o, why);
    if (rc == TRI_OK && o->kind->holds[2] == 0)
        rc = tri_why(why, TRI_E_ARG,
                     "option --engine: clients share for engine rep3; leave "
                     "it out");
    return rc == TRI_OK ? tri_options_link(o, why) : rc;
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    static struct tri_peers peers;
    struct tri_run_options *const o = &run_options;
    const struct tri_serve_options s = { o, tri_options_threads(o, 1),
                                         own.window, own.after_abort };
    int rc = check(o, why);

    (void)a;
    if (rc == TRI_OK && own.config == NULL)
        rc = tri_why(why, TRI_E_ARG, "option --config is missing");
    if (rc == TRI_OK)
        rc = tri_peers_open(&peers, own.config, why);
    if (rc != TRI_OK)
        return rc;
    tri_options_warn(o);
    o->line.separate = 1;
    rc = tri_serve(&peers, &s, why);
    tri_peers_wipe(&peers);
    return rc;
}

const struct tri_command tri_cmd_serve = {
    .name = "serve",
    .what = "be a party that stays up and answers clients",
    .usage = "serve --config FILE [OPTIONS]",
    .about = "Join the two others, stay connected, and answer the clients that "
             "the configuration names,\nuntil SIGTERM or Ctrl-C. Needs the "
             "lines service (of all three), store and client. Models\nare the "
             "files NAME.share in the store. Every party decides by its own "
             "configuration what\na client may do; what not all three allow is "
             "not done. All three give the same options,\nbut for --threads, "
             "--no-spin, --batch-window\nand --after-abort.",
    .group = { { table, &own, NULL }, { alike, &run_options, NULL } },
    .usual = &run_options,
    .run = run
};
