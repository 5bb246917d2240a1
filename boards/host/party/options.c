#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/file.h"
#include "boards/host/party/options.h"
#include "core/err.h"
#include "proto/session.h"

static const char *const modes[] = { "fused", "paper", NULL };
static const char *const schedules[] = { "constant", "linear", "cosine", "step",
                                         NULL };
static const char *const prgs[] = { "auto", "chacha20", "aes128", NULL };

/* In the order of enum tri_max_method. */
static const char *const maxima[] = { "auto", "tree", "pairs", NULL };

#define AT(field) .at = offsetof(struct tri_run_options, field)

static const struct tri_option table[] = {
    { .name = "net",
      .kind = TRI_OPTION_TEXT,
      AT(net_name),
      .meta = "A|B|C|D|FILE",
      .help = "one of the paper's networks, or a description in a file\n"
              "(default A)" },
    { .name = "mode",
      .kind = TRI_OPTION_CHOICE,
      AT(mode),
      .choice = modes,
      .meta = "MODE",
      .help = "fused (default): the short protocols; paper: step by step" },
    { .name = "epochs",
      .kind = TRI_OPTION_UINT,
      AT(epochs),
      .min = 1,
      .max = 10000,
      .meta = "N",
      .help = "passes over the training data (default 4)" },
    { .name = "steps",
      .kind = TRI_OPTION_UINT,
      AT(steps),
      .min = 1,
      .max = UINT32_MAX,
      .meta = "N",
      .help = "stop after N batches" },
    { .name = "batch",
      .kind = TRI_OPTION_UINT,
      AT(batch),
      .min = 1,
      .max = 4096,
      .meta = "N",
      .help = "images at once (default 128)" },
    { .name = "rate",
      .kind = TRI_OPTION_REAL,
      AT(rate),
      .low = 1e-6,
      .high = 16,
      .meta = "R",
      .help = "learning rate (default 0.05)" },
    { .name = "schedule",
      .kind = TRI_OPTION_CHOICE,
      AT(schedule),
      .choice = schedules,
      .meta = "KIND",
      .help =
          "of the learning rate: constant (default); linear or cosine: down\n"
          "to --rate-end at the last step; step: every epoch by the same\n"
          "factor. Costs no byte and no round" },
    { .name = "rate-end",
      .kind = TRI_OPTION_REAL,
      AT(rate_end),
      .low = 1e-8,
      .high = 16,
      .meta = "R",
      .help = "where the schedule ends (default: --rate / 100)" },
    { .name = "warmup",
      .kind = TRI_OPTION_UINT,
      AT(warmup),
      .max = 1000000,
      .meta = "STEPS",
      .help = "let the rate rise to --rate first (default 0)" },
    { .name = "momentum",
      .kind = TRI_OPTION_REAL,
      AT(momentum),
      .low = 0,
      .high = 0.99,
      .meta = "M",
      .help = "0 to 0.99; 0: none (default 0.9)" },
    { .name = "frac",
      .kind = TRI_OPTION_UINT,
      AT(frac),
      .min = 8,
      .max = 16,
      .meta = "F",
      .help = "fraction bits of all numbers, 8 to 16 (default 16;\n"
              "mode paper: 13 for a long training, see rehearse)" },
    { .name = "compare",
      .kind = TRI_OPTION_UINT,
      AT(compare),
      .min = 4,
      .max = 64,
      .meta = "K",
      .help = "bits of a comparison, 4 to 64 (default 32): numbers stay\n"
              "below 2^(K-1-F)" },
    { .name = "seed",
      .kind = TRI_OPTION_UINT,
      AT(seed),
      .max = UINT64_MAX,
      .meta = "S",
      .help = "of first weights, order and generated digits: public\n"
              "(default 1)" },
    { .name = "prg",
      .kind = TRI_OPTION_CHOICE,
      AT(prg),
      .choice = prgs,
      .meta = "KIND",
      .help = "random numbers from chacha20, aes128 or (default) auto: AES\n"
              "where it is the faster one on all three processors" },
    { .name = "link",
      .kind = TRI_OPTION_TEXT,
      AT(link),
      .meta = "lan|wan|RTT:RATE",
      .help = "emulate a network: lan (0.2ms:625MB/s), wan (58ms:40MB/s) or\n"
              "such as 10ms:100MB/s" },
    { .name = "tune",
      .kind = TRI_OPTION_TEXT,
      AT(tune),
      .meta = "lan|wan|RTT:RATE",
      .help = "choose protocols for such a network, without emulating it\n"
              "(default: that of --link, otherwise 0.1ms:1GB/s)" },
    { .name = "max",
      .kind = TRI_OPTION_CHOICE,
      AT(max),
      .choice = maxima,
      .meta = "METHOD",
      .help = "maxima (max-pooling, softmax) by tree: fewest bytes; by\n"
              "pairs: fewest rounds; or (default) auto: what is faster by\n"
              "--tune" },
    { .name = "force",
      .kind = TRI_OPTION_FLAG,
      AT(force),
      .help = "train even if a rehearsal shows numbers out of range" },
    { .name = "loss-every",
      .kind = TRI_OPTION_UINT,
      AT(loss_every),
      .max = 1000000,
      .meta = "N",
      .help = "reveal to all parties the mean loss and the right answers of\n"
              "one batch in every N steps (default 50) and at the end of\n"
              "every epoch; 0: never" },
    { .name = "log",
      .kind = TRI_OPTION_TEXT,
      AT(log),
      .meta = "FILE",
      .help = "write what happens, one JSON object a line, to a new file\n"
              "(--resume: to the end of an existing one)" },
    { .name = "threads",
      .kind = TRI_OPTION_UINT,
      AT(threads),
      .max = 256,
      .meta = "N",
      .help = "threads of a party (default 0: by the number of cores)" },
    { .name = "deadline",
      .kind = TRI_OPTION_UINT,
      AT(deadline),
      .min = 1,
      .max = 86400,
      .meta = "SECONDS",
      .help = "give up on a party that is silent for so long (default 60)" },
};

void tri_options_default(struct tri_run_options *o)
{
    *o = (struct tri_run_options){ .net_name = "A",
                                   .mode = TRI_MODE_FUSED,
                                   .epochs = 4,
                                   .batch = 128,
                                   .rate = 0.05,
                                   .momentum = 0.9,
                                   .frac = 16,
                                   .compare = 32,
                                   .seed = 1,
                                   .loss_every = 50,
                                   .deadline = 60 };
}

struct tri_option_group tri_options_table(struct tri_run_options *o)
{
    return (struct tri_option_group){ table, sizeof table / sizeof *table, o };
}

const char *tri_mode_name(int mode)
{
    return modes[mode];
}

struct tri_schedule tri_options_schedule(const struct tri_run_options *o)
{
    return (struct tri_schedule){
        .kind = (enum tri_schedule_kind)o->schedule,
        .warmup = (uint32_t)o->warmup,
        .end = o->rate_end > 0 ? o->rate_end : o->rate / 100,
    };
}

int tri_options_net(struct tri_run_options *o, struct tri_why *why)
{
    const char *const builtin = tri_net_builtin(o->net_name);
    uint8_t *file = NULL;
    char err[TRI_NET_ERROR] = "";
    size_t len = 0;
    int rc;

    if (builtin == NULL) {
        rc = tri_file_read(o->net_name, TRI_NET_TEXT, &file, &len, why);
        if (rc != TRI_OK)
            return rc;
    }
    rc = tri_net_parse(&o->net, builtin != NULL ? builtin : (char *)file,
                       builtin != NULL ? strlen(builtin) : len, err);
    free(file);
    if (rc != TRI_OK)
        return tri_why(why, rc, "%s: %s", o->net_name, err);
    len = tri_net_print(&o->net, o->text, sizeof o->text);
    if (len == 0 || len >= sizeof o->text)
        return tri_why(why, TRI_E_FORMAT, "%s: the network's text is too long",
                       o->net_name);
    o->text[len] = '\0';
    return TRI_OK;
}

int tri_options_link(struct tri_run_options *o, struct tri_why *why)
{
    char err[TRI_EMULATE_ERROR] = "";

    o->line = (struct tri_line){ 0, 0, 0 };
    if (o->link != NULL && tri_emulate_parse(&o->line, o->link, err) != TRI_OK)
        return tri_why(why, TRI_E_ARG, "option --link: %s", err);
    o->tuned = o->line;
    if (o->tune != NULL && tri_emulate_parse(&o->tuned, o->tune, err) != TRI_OK)
        return tri_why(why, TRI_E_ARG, "option --tune: %s", err);
    return TRI_OK;
}

/* "none", or round trip and rate in exact numbers. */
static void line_text(char out[64], const struct tri_line *line)
{
    if (line->rate == 0)
        strcpy(out, "none");
    else
        snprintf(out, 64, "%llu ns, %llu B/s", (unsigned long long)line->rtt_ns,
                 (unsigned long long)line->rate);
}

size_t tri_options_print(const struct tri_run_options *o, const char *task,
                         char *out, size_t size)
{
    char link[64], tune[64];
    int n;

    line_text(link, &o->line);
    line_text(tune, &o->tuned);
    n = snprintf(
        out, size,
        "version " TRI_VERSION "\nengine securenn\ntask %s\nmode %s\nepochs "
        "%llu\nsteps %llu\nbatch %llu\n"
        "rate %.17g\nschedule %s\nrate-end %.17g\nwarmup %llu\nmomentum "
        "%.17g\nfrac %llu\ncompare %llu\nseed %llu\nloss-every %llu\nprg "
        "%s\nlink %s\ntune "
        "%s\nmax %s\n%s",
        task, modes[o->mode], (unsigned long long)o->epochs,
        (unsigned long long)o->steps, (unsigned long long)o->batch, o->rate,
        schedules[o->schedule], o->rate_end, (unsigned long long)o->warmup,
        o->momentum, (unsigned long long)o->frac,
        (unsigned long long)o->compare, (unsigned long long)o->seed,
        (unsigned long long)o->loss_every, prgs[o->prg], link, tune,
        maxima[o->max], o->text);

    return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}
