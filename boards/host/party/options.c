#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
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

#define AT(FIELD) offsetof(struct tri_run_options, FIELD)

const struct tri_option tri_run_option_table[] = {
    { .name = "net",
      TRI_OPTION_TEXT,
      AT(net_name),
      "A|B|C|D|FILE",
      "one of the paper's networks, or a description in a file\n"
      "(default A)" },
    { .name = "mode",
      TRI_OPTION_CHOICE,
      AT(mode),
      "MODE",
      "fused (default): the short protocols; paper: step by step",
      .choice = modes },
    { .name = "epochs",
      TRI_OPTION_UINT,
      AT(epochs),
      "N",
      "passes over the training data (default 4)",
      .min = 1,
      .max = 10000 },
    { .name = "steps",
      TRI_OPTION_UINT,
      AT(steps),
      "N",
      "stop after N batches",
      .min = 1,
      .max = UINT32_MAX },
    { .name = "batch",
      TRI_OPTION_UINT,
      AT(batch),
      "N",
      "images at once (default 128)",
      .min = 1,
      .max = 4096 },
    { .name = "rate",
      TRI_OPTION_REAL,
      AT(rate),
      "R",
      "learning rate (default 0.05)",
      .low = 1e-6,
      .high = 16 },
    { .name = "schedule",
      TRI_OPTION_CHOICE,
      AT(schedule),
      "KIND",
      "of the learning rate: constant (default); linear or cosine: down\n"
      "to --rate-end at the last step; step: every epoch by the same\n"
      "factor. Costs no byte and no round",
      .choice = schedules },
    { .name = "rate-end",
      TRI_OPTION_REAL,
      AT(rate_end),
      "R",
      "where the schedule ends (default: --rate / 100)",
      .low = 1e-8,
      .high = 16 },
    { .name = "warmup",
      TRI_OPTION_UINT,
      AT(warmup),
      "STEPS",
      "let the rate rise to --rate first (default 0)",
      .max = 1000000 },
    { .name = "momentum",
      TRI_OPTION_REAL,
      AT(momentum),
      "M",
      "0 to 0.99; 0: none (default 0.9)",
      .low = 0,
      .high = 0.99 },
    { .name = "frac",
      TRI_OPTION_UINT,
      AT(frac),
      "F",
      "fraction bits of all numbers, 8 to 16 (default 16;\n"
      "mode paper: 13 for a long training, see rehearse)",
      .min = 8,
      .max = 16 },
    { .name = "compare",
      TRI_OPTION_UINT,
      AT(compare),
      "K",
      "bits of a comparison, 4 to 64 (default 32): numbers stay\n"
      "below 2^(K-1-F)",
      .min = 4,
      .max = 64 },
    { .name = "seed",
      TRI_OPTION_UINT,
      AT(seed),
      "S",
      "of first weights, order and generated digits: public\n"
      "(default 1)",
      .max = UINT64_MAX },
    { .name = "prg",
      TRI_OPTION_CHOICE,
      AT(prg),
      "KIND",
      "random numbers from chacha20, aes128 or (default) auto: AES\n"
      "where it is the faster one on all three processors",
      .choice = prgs },
    { .name = "link",
      TRI_OPTION_TEXT,
      AT(link),
      "lan|wan|RTT:RATE",
      "emulate a network: lan (0.2ms:625MB/s), wan (58ms:40MB/s) or\n"
      "such as 10ms:100MB/s" },
    { .name = "tune",
      TRI_OPTION_TEXT,
      AT(tune),
      "lan|wan|RTT:RATE",
      "choose protocols for such a network, without emulating it\n"
      "(default: that of --link, otherwise 0.1ms:1GB/s)" },
    { .name = "max",
      TRI_OPTION_CHOICE,
      AT(max),
      "METHOD",
      "maxima (max-pooling, softmax) by tree: fewest bytes; by\n"
      "pairs: fewest rounds; or (default) auto: what is faster by\n"
      "--tune",
      .choice = maxima },
    { .name = "force",
      TRI_OPTION_FLAG,
      AT(force),
      NULL,
      "train even if a rehearsal shows numbers out of range" },
    { .name = "loss-every",
      TRI_OPTION_UINT,
      AT(loss_every),
      "N",
      "reveal to all parties the mean loss and the right answers of\n"
      "one batch in every N steps (default 50) and at the end of\n"
      "every epoch; 0: never",
      .max = 1000000 },
    { .name = "log",
      TRI_OPTION_TEXT,
      AT(log),
      "FILE",
      "write what happens, one JSON object a line, to a new file\n"
      "(--resume: to the end of an existing one)" },
    { .name = "threads",
      TRI_OPTION_UINT,
      AT(threads),
      "N",
      "threads of a party (default 0: by the number of cores)",
      .max = 256 },
    { .name = "deadline",
      TRI_OPTION_UINT,
      AT(deadline),
      "SECONDS",
      "give up on a party that is silent for so long (default 60)",
      .min = 1,
      .max = 86400 },
    { .name = NULL }
};

unsigned tri_options_threads(const struct tri_run_options *o, int parties)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN) / parties;

    if (o->threads != 0)
        return (unsigned)o->threads;
    return cores < 1 ? 1 : cores > 64 ? 64 : (unsigned)cores;
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
