#include "boards/host/party/options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/common/wish.h"
#include "boards/host/base/file.h"
#include "boards/host/formats/networks.h"
#include "boards/host/profile.h"
#include "core/err.h"
#include "proto/fused/pairs.h"
#include "proto/nn/adam.h"
#include "proto/nn/kind.h"

/* In the order of enum tri_optimizer. */
static const char *const optimizers[] = { "sgd", "adam", NULL };

static const char *const schedules[] = { "constant", "linear", "cosine", "step",
                                         NULL };
enum { NOT_SAID = -1, WEIGHTS_TEXT = 1000 };

static const char *const prgs[] = { "auto", "chacha20", "aes128", NULL };

/* In the order of enum tri_max_method. */
static const char *const maxima[] = { "auto", "tree", "pairs", NULL };

/* In the order of enum tri_security. */
static const char *const securities[] = { "passive", "active", NULL };

#define AT(FIELD) offsetof(struct tri_run_options, FIELD)

const struct tri_option tri_training_options[] = {
    TRI_TEXT("net", AT(net_name), "NAME|FILE",
             "one of the paper's networks, A to D, or of `trinn networks`,\n"
             "or a description in a file (default A)"),
    TRI_CHOICE("security", AT(security), "KIND", securities,
               "active (default), by engine rep3: what a party does is\n"
               "verified, and one that cheats ends the run before anything is\n"
               "opened or leaves; passive, by an --engine to be named: nobody\n"
               "sees it if a party spoils the result, or learns data by that"),
    TRI_TEXT("engine", AT(engine), "ENGINE",
             "what computes: rep3 (default), three parties that all hold\n"
             "shares; with --security passive also fused, two that hold them\n"
             "and one that helps, the fastest, or paper, the SecureNN\n"
             "paper's protocols step by step; or in the clear, for demo and\n"
             "clear: plain, the fixed point of the parties; float (default\n"
             "of clear)"),
    TRI_UINT("epochs", AT(epochs), "N", 1, 10000,
             "passes over the training data (default 4; if --batch is not\n"
             "given, at least as many as make 400 steps)"),
    TRI_UINT("steps", AT(steps), "N", 1, UINT32_MAX, "stop after N batches"),
    TRI_UINT(
        "batch", AT(batch), "N", 1, 4096,
        "samples at once (default 128; of fewer than 2048, if --epochs is\n"
        "not given, a 16th, at least 16)"),
    TRI_CHOICE(
        "optimizer", AT(optimizer), "KIND", optimizers,
        "sgd (default); or adam, whose steps do not depend on the size\n"
        "of gradients, at about 1 KB more for each weight in each step;\n"
        "not by engine paper"),
    TRI_REAL("rate", AT(rate), "R", 1e-6, 16,
             "learning rate (default 0.05; without batch normalisation, of\n"
             "images in colours or with more than six layers of weights, 0.03\n"
             "divided by the number of these, at most 0.01; of adam 0.001)"),
    TRI_CHOICE(
        "schedule", AT(schedule), "KIND", schedules,
        "of the learning rate: constant; linear or cosine: down to\n"
        "--rate-end at the last step; step: every epoch by the same factor.\n"
        "Costs no byte and no round (default constant; cosine where --rate\n"
        "is by default below 0.005)"),
    TRI_REAL("rate-end", AT(rate_end), "R", 1e-8, 16,
             "where the schedule ends (default: --rate / 100)"),
    TRI_UINT("warmup", AT(warmup), "STEPS", 0, 1000000,
             "let the rate rise to --rate first (default 0)"),
    TRI_REAL("momentum", AT(momentum), "M", 0, 0.99,
             "0 to 0.99; 0: none (default 0.9); of adam: beta1"),
    TRI_REAL("beta2", AT(adam.beta2), "B", 0.5, 0.9999,
             "adam: how long squares of gradients are remembered (default\n"
             "0.999)"),
    TRI_REAL("epsilon", AT(adam.epsilon), "E", 1e-6, 1,
             "adam: gradients below E count for less (default 0.0005); up to\n"
             "11585 times E are possible, with --compare K 2^((K-5)/2) times"),
    TRI_REAL("decay", AT(decay), "D", 0, 1,
             "weight decay: adds D times the weight to a gradient, in conv\n"
             "and fc, not for biases (default 0: none; often 0.0005)"),
    TRI_TEXT("class-weights", AT(weights), "W,W,...",
             "multiply the gradient of a sample by the weight of its class:\n"
             "rare classes get larger ones (default: all 1)"),
    TRI_UINT("frac", AT(frac), "F", 8, 16,
             "fraction bits of all numbers, 8 to 16 (default 16;\n"
             "engine paper: 13 for a long training, see rehearse)"),
    TRI_UINT("compare", AT(compare), "K", 4, 64,
             "bits of a comparison, 4 to 64 (default 32): numbers stay\n"
             "below 2^(K-1-F)"),
    TRI_UINT("seed", AT(seed), "S", 0, UINT64_MAX,
             "of first weights, order and generated digits: public\n"
             "(default 1)"),
    TRI_UINT("threads", AT(threads), "N", 0, 256,
             "threads (default 0: by the number of cores); of a party its own"),
    { .name = NULL }
};

const char *const tri_training_only[] = {
    "epochs",   "steps",   "rate",          "schedule", "rate-end",   "warmup",
    "momentum", "decay",   "class-weights", "seed",     "loss-every", "force",
    "beta2",    "epsilon", "optimizer",     NULL
};

const struct tri_option tri_parties_options[] = {
    TRI_CHOICE("prg", AT(prg), "KIND", prgs,
               "random numbers from chacha20, aes128 or (default) auto: AES\n"
               "where it is the faster one on all three processors"),
    TRI_TEXT("link", AT(link), "lan|wan|RTT:RATE",
             "emulate a network: lan (0.2ms:625MB/s), wan (58ms:40MB/s) or\n"
             "such as 10ms:100MB/s"),
    TRI_TEXT("tune", AT(tune), "lan|wan|RTT:RATE",
             "choose protocols for such a network, without emulating it\n"
             "(default: that of --link, otherwise 0.1ms:1GB/s)"),
    TRI_CHOICE("max", AT(max), "METHOD", maxima,
               "maxima (max-pooling, softmax) by tree: fewest bytes; by\n"
               "pairs: fewest rounds; or (default) auto: what is faster by\n"
               "--tune"),
    TRI_SIZE("ledger", AT(ledger), "SIZE", 16000, 64000000000,
             "active: memory of products that wait to be verified together,\n"
             "with K, M or G: 64M is 64 million bytes, as is 64 (default: by\n"
             "memory, on all three the least of what each can spare)"),
    TRI_SIZE(
        "memory", AT(memory), "SIZE", 1000000, 1000000000000,
        "what each party may take, as 512M: classifications and counts go\n"
        "in batches that fit, if need be with weights read from the file\n"
        "of the model as they are needed; a training that does not fit is\n"
        "refused (default: what the machine has)"),
    TRI_UINT("loss-every", AT(loss_every), "N", 0, 1000000,
             "reveal to all parties the mean loss and the right answers of\n"
             "one batch in every N steps (default 50) and at the end of\n"
             "every epoch; 0: never"),
    TRI_FLAG("reveal-small", AT(reveal_small),
             "party: open losses and counts of fewer than 16 samples, too,\n"
             "which say much about each of them"),
    TRI_FLAG("force", AT(force),
             "train even if a rehearsal shows numbers out of range"),
    TRI_TEXT("log", AT(log), "FILE",
             "write what happens, one JSON object a line, to a new file\n"
             "(--resume: to the end of an existing one)"),
    TRI_UINT("deadline", AT(deadline), "SECONDS", 1, 86400,
             "give up on a party that is silent for so long (default 60)"),
    TRI_FLAG("no-spin", AT(no_spin),
             "sleep at once when waiting for the others; usually a wait looks\n"
             "for up to 50 microseconds first"),
    { .name = NULL }
};

unsigned tri_options_threads(const struct tri_run_options *o, int parties)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN) / parties;

    if (o->threads != 0)
        return (unsigned)o->threads;
    if (tri_profile_parts.pool == NULL)
        return 1;
    return cores < 1 ? 1 : cores > 64 ? 64 : (unsigned)cores;
}

struct tri_schedule tri_options_schedule(const struct tri_run_options *o)
{
    return (struct tri_schedule){
        .kind = o->schedule == NOT_SAID ? TRI_RATE_CONSTANT
                                        : (enum tri_schedule_kind)o->schedule,
        .warmup = (uint32_t)o->warmup,
        .end = o->rate_end > 0 ? o->rate_end : o->rate / 100,
    };
}

void tri_options_fit(struct tri_run_options *o, uint64_t samples)
{
    enum { BATCH = 128, PARTS = 16, LEAST = 16, STEPS = 400, EPOCHS = 4 };

    if (o->batch == 0 && o->epochs == 0) {
        o->batch = BATCH;
        while (o->batch > LEAST && o->batch > samples / PARTS)
            o->batch /= 2;
        if (samples >= o->batch && samples / o->batch < STEPS / EPOCHS)
            o->epochs = (STEPS - 1) / (samples / o->batch) + 1;
    }
    if (o->batch == 0)
        o->batch = BATCH;
    if (o->epochs == 0)
        o->epochs = EPOCHS;
}

void tri_options_usual(struct tri_run_options *o)
{
    memset(o, 0, sizeof *o);
    o->net_name = "A";
    o->momentum = 0.9;
    o->frac = 16;
    o->compare = 32;
    o->seed = 1;
    o->loss_every = 50;
    o->schedule = NOT_SAID;
    o->deadline = 60;
    o->security = TRI_SECURITY_USUAL;
}

/* "1,0.5,20": one number for each class. The list stays for as long as the
 * program runs, like the options. */
static int read_weights(struct tri_run_options *o, struct tri_why *why)
{
    const size_t n = o->net.classes;
    const char *at = o->weights;
    char *end;

    if (o->weights == NULL)
        return TRI_OK;
    if (strlen(o->weights) > WEIGHTS_TEXT || o->net.loss == TRI_LOSS_MSE)
        return tri_why(why, TRI_E_ARG, "option --class-weights: %s",
                       o->net.loss == TRI_LOSS_MSE
                           ? "the network of a regression has no classes"
                           : "the list is longer than 1000 characters");
    o->weight = malloc(n * sizeof *o->weight);
    if (o->weight == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    for (size_t i = 0; i < n; i++) {
        o->weight[i] = strtod(at, &end);
        if (strspn(at, "0123456789.,e-") != strlen(at) || end == at ||
            *end != (i + 1 < n ? ',' : '\0') ||
            !(o->weight[i] >= 0x1p-10 && o->weight[i] <= 0x1p10))
            return tri_why(why, TRI_E_ARG,
                           "option --class-weights: give %zu numbers from "
                           "0.001 to 1024 with commas, not '%s'",
                           n, o->weights);
        at = end + 1;
    }
    return TRI_OK;
}

/* 0.05 is right for what is scaled: by batch normalisation, and if not so, in a
 * few products of tables or of the mostly black pixels of digits. Colours have
 * a large mean, and many products in a row multiply their errors: a rate that
 * is too high there ends in ReLUs that let nothing through; with many products
 * also late, where it does not fall. */
static void choose_rate(struct tri_run_options *o)
{
    enum { FEW = 6 };
    const struct tri_net *const net = &o->net;
    const int colours = net->c > 1 && (net->h > 1 || net->w > 1);
    size_t products = 0, normal = 0;

    for (size_t i = 0; i < net->layers; i++) {
        products += net->layer[i].kind->product != 0;
        normal += strcmp(net->layer[i].kind->name, "batchnorm") == 0;
    }
    if (normal > 0 || (!colours && products <= FEW))
        o->rate = 0.05;
    else
        o->rate = products <= 3 ? 0.01 : 0.03 / (double)products;
    if (o->schedule == NOT_SAID && normal == 0 && products > FEW)
        o->schedule = TRI_RATE_COSINE;
}

int tri_options_optimizer(struct tri_run_options *o, struct tri_why *why)
{
    const int adam = o->optimizer == TRI_OPTIMIZER_ADAM;
    struct tri_adam *const a = &o->adam;

    if (o->rate == 0 && adam)
        o->rate = 0.001;
    if (o->rate == 0)
        choose_rate(o);
    if (o->schedule == NOT_SAID)
        o->schedule = TRI_RATE_CONSTANT;
    if (!adam && (a->beta2 != 0 || a->epsilon != 0))
        return tri_why(why, TRI_E_ARG, "option --%s goes with --optimizer adam",
                       a->beta2 != 0 ? "beta2" : "epsilon");
    if (adam && a->beta2 == 0)
        a->beta2 = 0.999;
    if (adam && a->epsilon == 0)
        a->epsilon = 0.0005;
    if (adam && !tri_adam_valid(o->momentum, a))
        return tri_why(why, TRI_E_ARG,
                       "option --momentum: with %g as beta1 of adam the steps "
                       "grow too large; give a smaller one, or a larger "
                       "--beta2 than %g",
                       o->momentum, a->beta2);
    return TRI_OK;
}

int tri_options_moments(const struct tri_run_options *o)
{
    return o->optimizer == TRI_OPTIMIZER_ADAM ? 2 : o->momentum > 0;
}

int tri_options_net_text(struct tri_run_options *o, const char *text,
                         size_t len, struct tri_why *why)
{
    char err[TRI_NET_ERROR] = "";
    const int rc = tri_net_parse(&o->net, text, len, err);

    if (rc != TRI_OK)
        return tri_why(why, rc, "%s: %s", o->net_name, err);
    len = tri_net_print(&o->net, o->text, sizeof o->text);
    if (len == 0 || len >= sizeof o->text)
        return tri_why(why, TRI_E_FORMAT, "%s: the network's text is too long",
                       o->net_name);
    o->text[len] = '\0';
    return read_weights(o, why);
}

int tri_options_net(struct tri_run_options *o, struct tri_why *why)
{
    const char *const builtin = tri_networks_text(o->net_name);
    uint8_t *file = NULL;
    size_t len = 0;
    int rc;

    if (builtin == NULL) {
        rc = tri_file_read(o->net_name, TRI_NET_TEXT, &file, &len, why);
        if (rc != TRI_OK)
            return rc;
    }
    if (file != NULL && len >= 3 && memcmp(file, "\xef\xbb\xbf", 3) == 0) {
        free(file);
        return tri_why(why, TRI_E_FORMAT,
                       "%s: line 1 starts with a byte order mark (bytes ef bb "
                       "bf); save the file without it",
                       o->net_name);
    }
    rc = tri_options_net_text(o, builtin != NULL ? builtin : (char *)file,
                              builtin != NULL ? strlen(builtin) : len, why);
    free(file);
    return rc == TRI_OK ? tri_options_optimizer(o, why) : rc;
}

int tri_options_lines(struct tri_run_options *o, const char *text, size_t len,
                      char *buf, size_t size, struct tri_why *why)
{
    enum { MOST = 32 };
    const struct tri_command c = { .name = "train",
                                   .usage = "",
                                   .group = {
                                       { tri_training_options, o, NULL },
                                       { tri_parties_options, o, NULL } } };
    struct tri_args a;
    char *argv[MOST];
    int argc = 0;

    for (const char *p = text; p < text + len; argc++) {
        const size_t n = strcspn(p, "\n"), name = strcspn(p, " \n");
        int used;

        if (argc == MOST || name == n)
            return tri_why(why, TRI_E_FORMAT, "this is no text of options");
        used = snprintf(buf, size, "--%.*s=%.*s", (int)name, p,
                        (int)(n - name - 1), p + name + 1);
        if (used < 0 || (size_t)used >= size)
            return tri_why(why, TRI_E_FORMAT, "the options' text is too long");
        argv[argc] = buf;
        buf += used + 1;
        size -= (size_t)used + 1;
        p += n + 1;
    }
    return tri_args_parse(&a, &c, argc, argv, why);
}

static int serves(const struct tri_engine_kind *kind, unsigned parties)
{
    return parties == 0 || kind->parties == parties;
}

static const struct tri_engine_kind *usual(unsigned parties)
{
    const struct tri_engine_kind *const *k = tri_profile_engines;

    while (*k != NULL && !serves(*k, parties))
        k++;
    return *k;
}

/* "rep3, fused, paper" */
static void names_of(char *out, size_t size, unsigned parties)
{
    size_t n = 0;

    out[0] = '\0';
    for (const struct tri_engine_kind *const *k = tri_profile_engines;
         *k != NULL; k++)
        if (serves(*k, parties) && n < size)
            n += (size_t)snprintf(out + n, size - n, "%s%s", n > 0 ? ", " : "",
                                  (*k)->name);
}

int tri_options_engine(struct tri_run_options *o, unsigned parties,
                       struct tri_why *why)
{
    char names[128];

    o->kind = o->engine == NULL
                  ? usual(parties)
                  : tri_engine_find(tri_profile_engines, o->engine);
    if (o->kind != NULL && serves(o->kind, parties))
        return TRI_OK;
    if (o->engine == NULL)
        return tri_why(why, TRI_E_ARG,
                       "this program was built without an engine for this");
    names_of(names, sizeof names, parties);
    return tri_why(why, TRI_E_ARG,
                   "option --engine: '%s' cannot be used here; give one of: %s",
                   o->engine, names);
}

/* Whoever types an engine's name must not get less than it may think it has. */
int tri_options_security(struct tri_run_options *o, struct tri_why *why)
{
    const char *const name = o->kind->name;
    char names[128];

    names_of(names, sizeof names, TRI_PARTIES);
    o->active = o->kind->parties > 1 && o->security != TRI_SECURITY_PASSIVE;
    if (o->ledger != 0 && !o->active)
        return tri_why(why, TRI_E_ARG,
                       "option --ledger: nothing is verified here; leave it "
                       "out");
    if (o->kind->parties == 1)
        return o->security < 0
                   ? TRI_OK
                   : tri_why(why, TRI_E_ARG,
                             "option --security: engine %s computes in the "
                             "clear, by one party; leave it out",
                             name);
    if (o->security == TRI_SECURITY_PASSIVE && o->engine == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --security: without verification you have to "
                       "say by which engine: add --engine with one of %s",
                       names);
    if (!o->active || o->kind->verifies)
        return TRI_OK;
    if (o->engine == NULL)
        return tri_why(why, TRI_E_ARG,
                       "this program was built without an engine that verifies "
                       "what a party does (MINIMAL=1); give all parties "
                       "--security passive --engine %s, or build it with "
                       "ENGINE=rep3",
                       name);
    return tri_why(why, TRI_E_ARG,
                   "option --engine: %s does not verify what a party does, so "
                   "that one that cheats can spoil the result or learn data, "
                   "and nobody sees it; if you want that give --security "
                   "passive --engine %s, else leave --engine out",
                   name, name);
}

void tri_options_warn(const struct tri_run_options *o)
{
    if (!o->active && o->kind->parties > 1)
        fputs("trinn: --security passive: a party that cheats can spoil the "
              "result or learn data, and nobody sees it\n",
              stderr);
}

struct tri_engine_config tri_options_config(const struct tri_run_options *o)
{
    return (struct tri_engine_config){ .f = (unsigned)o->frac,
                                       .k = (unsigned)o->compare,
                                       .max = o->max,
                                       .rtt_ns = o->tuned.rtt_ns,
                                       .rate = o->tuned.rate,
                                       .active = o->active,
                                       .ledger = (size_t)o->ledger,
                                       .rehearsed = o->kind };
}

unsigned tri_options_ledger_wish(const struct tri_run_options *o,
                                 unsigned parties)
{
    uint64_t spare = UINT64_MAX;
    int group;

    if (!o->active || o->ledger != 0)
        return 0;
    if (tri_profile_parts.spare != NULL)
        spare = tri_profile_parts.spare("", &group) / parties;
    if (o->memory != 0 && o->memory < spare)
        spare = o->memory;
    return tri_wish_ledger(spare, o->tuned.rtt_ns);
}

void tri_options_ledger(struct tri_run_options *o, unsigned parties)
{
    const uint8_t said[TRI_PARTIES] = { tri_wish(
        TRI_PRG_CHACHA20, tri_options_ledger_wish(o, parties)) };

    if (o->active && o->ledger == 0)
        o->ledger = tri_wishes_ledger(said);
}

int tri_options_link(struct tri_run_options *o, struct tri_why *why)
{
    char err[TRI_EMULATE_ERROR] = "";

    const struct tri_emulate_ops *const line = tri_profile_parts.emulate;
    int rc = tri_profile_need(
        o->link != NULL || o->tune != NULL, line != NULL,
        o->link != NULL ? "option --link" : "option --tune", why);

    if (rc == TRI_OK)
        rc = tri_profile_need(o->max == TRI_MAX_PAIRS, tri_fused_pairs != NULL,
                              "option --max pairs", why);
    /* What all parties must do alike is said as it is done. */
    if (tri_fused_pairs == NULL)
        o->max = TRI_MAX_TREE;
    o->line = o->tuned = (struct tri_line){ 0, 0, 0 };
    if (rc != TRI_OK)
        return rc;
    if (o->link != NULL && line->parse(&o->line, o->link, err) != TRI_OK)
        return tri_why(why, TRI_E_ARG, "option --link: %s", err);
    o->tuned = o->line;
    if (o->tune != NULL && line->parse(&o->tuned, o->tune, err) != TRI_OK)
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

/* "3 5 ": the layers whose weights stay as they are. */
static void frozen_text(char *out, size_t size, const struct tri_net *net)
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < net->layers; i++)
        if (net->layer[i].frozen && n < size)
            n += (size_t)snprintf(out + n, size - n, "%zu ", i + 1);
}

size_t tri_options_print(const struct tri_run_options *o, const char *task,
                         char *out, size_t size)
{
    char link[64], tune[64], ledger[24] = "by memory",
                             frozen[5 * TRI_MAX_LAYERS];
    int n;

    if (!o->active || o->ledger != 0)
        snprintf(ledger, sizeof ledger, "%llu",
                 (unsigned long long)(o->active ? o->ledger : 0));

    line_text(link, &o->line);
    line_text(tune, &o->tuned);
    frozen_text(frozen, sizeof frozen, &o->net);
    n = snprintf(
        out, size,
        "version " TRI_VERSION "\nengine %s\ntask %s\nepochs "
        "%llu\nsteps %llu\nbatch %llu\n"
        "optimizer %s\nrate %.17g\nschedule %s\nrate-end %.17g\nwarmup "
        "%llu\nmomentum %.17g\nbeta2 %.17g\nepsilon %.17g\ndecay "
        "%.17g\nclass-weights %s\nfrozen %s\nfrac %llu\ncompare "
        "%llu\nseed "
        "%llu\nloss-every %llu\nprg "
        "%s\nlink %s\ntune "
        "%s\nmax %s\nsecurity %s\nledger %s\nmemory %llu\nreveal-small "
        "%s\n%s",
        o->kind->name, task, (unsigned long long)o->epochs,
        (unsigned long long)o->steps, (unsigned long long)o->batch,
        optimizers[o->optimizer], o->rate,
        schedules[tri_options_schedule(o).kind], o->rate_end,
        (unsigned long long)o->warmup, o->momentum, o->adam.beta2,
        o->adam.epsilon, o->decay, o->weights != NULL ? o->weights : "none",
        frozen, (unsigned long long)o->frac, (unsigned long long)o->compare,
        (unsigned long long)o->seed, (unsigned long long)o->loss_every,
        prgs[o->prg], link, tune, maxima[o->max], securities[o->active], ledger,
        (unsigned long long)o->memory, o->reveal_small ? "yes" : "no", o->text);

    return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}
