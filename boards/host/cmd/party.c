#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/party/party.h"
#include "boards/host/party/peers.h"
#include "boards/host/party/proposal.h"
#include "boards/host/party/session_open.h"
#include "core/err.h"

struct options {
    const char *config;
    int plaintext;
    uint64_t id;
    const char *parties, *listen;
    struct tri_list shares, test_shares;
    const char *model, *model_out, *out;
    const char *checkpoint;
    uint64_t every, accept_epochs;
    int resume, after_abort;
    int scores; /* enum tri_scores */
    int accept;
};

static const char *const scores[] = { "none", "logits", "probabilities", NULL };

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("config", AT(config), "FILE",
             "who the parties are, their public keys, this party's key\n"
             "(see README; `trinn check-config FILE` checks it)"),
    TRI_FLAG("insecure-plaintext", AT(plaintext),
             "instead of --config: do not seal the connections. For\n"
             "measurements and tests; with it:"),
    TRI_UINT("id", AT(id), "0|1|2", 0, 2, "which party this is"),
    TRI_TEXT("parties", AT(parties), "H:P,H:P,H:P",
             "where party 0, 1 and 2 are, the same list on all three"),
    TRI_TEXT("listen", AT(listen), "H:P",
             "listen here instead of at this party's place in the list;\n"
             ":PORT is every address of this machine"),
    TRI_LIST("shares", AT(shares), "FILE",
             "this party's share of the data; given once for each owner, or\n"
             "with commas, in the same order to all that hold shares"),
    TRI_LIST("test-shares", AT(test_shares), "FILE",
             "train: this party's share of held-out data, evaluated after\n"
             "every epoch; as many as you like, too"),
    TRI_TEXT("model", AT(model), "FILE",
             "evaluate, infer: this party's share of the model; train: go on\n"
             "from that one, in place of random weights"),
    TRI_TEXT("model-out", AT(model_out), "FILE",
             "train: write this party's share of the model"),
    TRI_TEXT("out", AT(out), "FILE",
             "infer: write this party's share of the classes"),
    TRI_TEXT("checkpoint", AT(checkpoint), "PREFIX",
             "train: save this party's state of the training to\n"
             "PREFIX.p<ID>.a.ckpt and .b.ckpt in turn; all parties"),
    TRI_UINT("every", AT(every), "N", 1, UINT32_MAX,
             "steps between checkpoints (default 100)"),
    TRI_FLAG("resume", AT(resume),
             "go on from the newest checkpoint that all three hold; the\n"
             "other options as before (threads, paths, addresses may differ)"),
    TRI_FLAG("after-abort", AT(after_abort),
             "train again with a checkpoint PREFIX whose last run was ended\n"
             "by verification (PREFIX.p<ID>.aborted says why): every try is a\n"
             "chance for who cheats"),
    TRI_CHOICE("scores", AT(scores), "KIND", scores,
               "infer: give the owner the scores of all classes, not the\n"
               "class only: logits or probabilities (default none); alike on\n"
               "all parties"),
    TRI_FLAG("accept-jobs", AT(accept),
             "party 1 and 2: network, engine and all options of the run are\n"
             "those that party 0 gives, shown here first. Those that this\n"
             "party gives itself must be the same"),
    TRI_UINT("accept-epochs", AT(accept_epochs), "N", 1, 10000,
             "with --accept-jobs: the most epochs that party 0 may propose\n"
             "(default 100, or as many as make 400 steps)"),
    { .name = NULL }
};

static int need(const char *value, const char *name, const char *task,
                const struct tri_engine_kind *kind, struct tri_why *why)
{
    if (value != NULL)
        return TRI_OK;
    return tri_why(why, TRI_E_ARG,
                   "option --%s is missing: `party %s` of %s needs it", name,
                   task, kind->holds[2] > 0 ? "every party" : "party 0 and 1");
}

static int refuse(const char *value, const char *name, const char *reason,
                  struct tri_why *why)
{
    if (value == NULL)
        return TRI_OK;
    return tri_why(why, TRI_E_ARG, "option --%s: %s; leave it out", name,
                   reason);
}

static int check_files(const struct options *o,
                       const struct tri_run_options *run, enum tri_task task,
                       struct tri_why *why)
{
    const struct {
        const char *value, *name;
        unsigned may, must; /* bit t: in task t */
    } file[] = {
        { o->shares.item[0], "shares", 7, 7 },
        { o->test_shares.item[0], "test-shares", 1u << TRI_TASK_TRAIN, 0 },
        { o->model, "model", 7,
          1u << TRI_TASK_EVALUATE | 1u << TRI_TASK_INFER },
        { o->model_out, "model-out", 1u << TRI_TASK_TRAIN,
          1u << TRI_TASK_TRAIN },
        { o->out, "out", 1u << TRI_TASK_INFER, 1u << TRI_TASK_INFER },
    };
    char none[32];
    int rc = TRI_OK;

    snprintf(none, sizeof none, "party %u holds no shares", (unsigned)o->id);
    for (size_t i = 0; rc == TRI_OK && i < sizeof file / sizeof *file; i++) {
        if (run->kind->holds[o->id] == 0)
            rc = refuse(file[i].value, file[i].name, none, why);
        else if ((file[i].may >> task & 1) == 0)
            rc = refuse(file[i].value, file[i].name,
                        "has no meaning for this task", why);
        else if ((file[i].must >> task & 1) != 0)
            rc = need(file[i].value, file[i].name, tri_task_name(task),
                      run->kind, why);
    }
    if (rc == TRI_OK && task != TRI_TASK_INFER && o->scores != 0)
        rc = tri_why(why, TRI_E_ARG, "option --scores goes with infer only");
    if (rc == TRI_OK && task == TRI_TASK_INFER && o->shares.n > 1)
        rc = tri_why(why, TRI_E_ARG,
                     "option --shares: infer takes the images of one owner, to "
                     "whom the classes go back; run it once for each");
    return rc;
}

static int check_checkpoint(const struct options *o, enum tri_task task,
                            int every, struct tri_why *why)
{
    if (o->checkpoint == NULL && (o->resume || o->after_abort || every))
        return tri_why(why, TRI_E_ARG,
                       "option --%s goes with --checkpoint PREFIX",
                       o->resume        ? "resume"
                       : o->after_abort ? "after-abort"
                                        : "every");
    if (task != TRI_TASK_TRAIN)
        return refuse(o->checkpoint, "checkpoint",
                      "has no meaning for this task", why);
    return TRI_OK;
}

static int read_task(const char *word, enum tri_task *task, struct tri_why *why)
{
    for (int t = TRI_TASK_TRAIN; t <= TRI_TASK_INFER; t++)
        if (strcmp(word, tri_task_name((enum tri_task)t)) == 0) {
            *task = (enum tri_task)t;
            return TRI_OK;
        }
    return tri_why(why, TRI_E_ARG,
                   "'%s' is no task; give train, evaluate or infer", word);
}

/* "a:1,b:2,c:3" into its three parts; buf keeps them. */
static int read_parties(const char *text, char *buf, size_t size,
                        const char *addr[TRI_PARTIES], struct tri_why *why)
{
    int n = 0;

    if (strlen(text) >= size)
        return tri_why(why, TRI_E_ARG, "option --parties: is too long");
    strcpy(buf, text);
    for (char *part; (part = strsep(&buf, ",")) != NULL; n++) {
        char host[TRI_TCP_HOST], port[TRI_TCP_PORT];
        if (n >= TRI_PARTIES)
            continue;
        addr[n] = part;
        if (tri_tcp_split(part, host, port) != TRI_OK || host[0] == '\0')
            return tri_why(why, TRI_E_ARG,
                           "option --parties: '%s' is not HOST:PORT", part);
    }
    if (n != TRI_PARTIES)
        return tri_why(why, TRI_E_ARG,
                       "option --parties: '%s' does not name three parties; "
                       "give HOST:PORT,HOST:PORT,HOST:PORT",
                       text);
    return TRI_OK;
}

static void summary(const struct tri_party *p, const struct tri_outcome *r)
{
    char a[24], b[24], m[24];

    if (r->rmse > 0)
        printf("RMSE: %.6g of %u samples\n", r->rmse, r->tested);
    else if (r->tested > 0 && p->task != TRI_TASK_INFER)
        printf("right: %u of %u, %.2f %%\n", r->right, r->tested,
               100.0 * r->right / r->tested);
    if (p->task == TRI_TASK_TRAIN)
        printf("training: %u steps in %.2f s\n", r->steps, r->train_s);
    printf("sent: %s to party %u, %s to party %u\n",
           tri_bytes_text(a, r->stats.sent[(p->id + 1) % 3]), (p->id + 1) % 3,
           tri_bytes_text(b, r->stats.sent[(p->id + 2) % 3]), (p->id + 2) % 3);
    printf("connections: %s\nrandom numbers: %s\n",
           r->sealed
               ? "sealed"
               : "INSECURE PLAINTEXT, neither encrypted nor authenticated",
           tri_prg_name(r->prg));
    if (p->o->active)
        printf("security: active, products were verified: %llu batches in "
               "%.2f s\n",
               (unsigned long long)r->proofs.batches,
               (double)r->proofs.ns / 1e9);
    else
        puts("security: passive, nothing was verified");
    if (p->o->line.rate != 0)
        printf("emulated network: %s\n", p->o->link);
    printf("rounds: %llu\nmemory: %s\n", (unsigned long long)r->stats.rounds,
           tri_bytes_text(m, r->peak));
}

/* Who the others are and how to reach them. */
static int meet(const struct options *o, const struct tri_run_options *run,
                const struct tri_peers *peers, struct tri_tcp_config *tcp,
                struct tri_why *why)
{
    static char buf[3 * (TRI_TCP_HOST + TRI_TCP_PORT)];

    if (o->config != NULL) {
        tri_peers_tcp(peers, tcp);
    } else {
        tri_peers_warn();
        *tcp = (struct tri_tcp_config){ .id = (unsigned)o->id,
                                        .listen = o->listen,
                                        .plaintext = 1,
                                        .connect_ms =
                                            (uint32_t)run->deadline * 1000 };
    }
    tcp->deadline_ms = (uint32_t)run->deadline * 1000;
    return o->config != NULL
               ? TRI_OK
               : read_parties(o->parties, buf, sizeof buf, tcp->addr, why);
}

/* Names of files to the files that the configuration means by them. */
static int place(struct options *o, struct tri_run_options *opt,
                 const struct tri_peers *peers, struct tri_why *why)
{
    enum { OWN = 5 };
    static char path[OWN][2 * TRI_CONFIG_NAME];
    const char **const own[OWN] = { &o->model, &o->model_out, &o->out,
                                    &o->checkpoint, &opt->log };
    struct tri_list *const list[2] = { &o->shares, &o->test_shares };
    char name[2 * TRI_CONFIG_NAME];
    int rc = TRI_OK;

    if (o->config == NULL)
        return TRI_OK;
    for (int i = 0; rc == TRI_OK && i < OWN; i++)
        if (*own[i] != NULL) {
            rc = tri_peers_path(peers, TRI_DIR_OUT, *own[i], path[i], why);
            *own[i] = path[i];
        }
    for (int i = 0; i < 2; i++)
        for (size_t j = 0; rc == TRI_OK && j < list[i]->n; j++) {
            rc = tri_peers_path(peers, TRI_DIR_DATA, list[i]->item[j], name,
                                why);
            if (rc == TRI_OK)
                rc = tri_list_replace(list[i], j, name, why);
        }
    return rc;
}

/* Three parties on one machine share its clock. */
static int one_machine(const struct tri_tcp_config *tcp)
{
    char host[TRI_TCP_HOST], port[TRI_TCP_PORT];

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (tcp->addr[j] != NULL &&
            (tri_tcp_split(tcp->addr[j], host, port) != TRI_OK ||
             (strncmp(host, "127.", 4) != 0 && strcmp(host, "::1") != 0 &&
              strcmp(host, "localhost") != 0)))
            return 0;
    return 1;
}

static int check_net(struct options *o, struct tri_run_options *opt,
                     enum tri_task task, struct tri_why *why)
{
    const int rc =
        task == TRI_TASK_INFER
            ? tri_run_scores((enum tri_scores *)&o->scores, &opt->net, why)
            : TRI_OK;

    return rc == TRI_OK ? tri_options_link(opt, why) : rc;
}

/* All that this party alone can find wrong in its options. */
static int check(struct options *o, struct tri_run_options *opt,
                 const struct tri_peers *peers, const struct tri_args *a,
                 enum tri_task task, struct tri_why *why)
{
    static const char *const opens_only[] = { "reveal-small", NULL };
    char command[24];
    int rc = o->accept ? TRI_OK : check_files(o, opt, task, why);

    snprintf(command, sizeof command, "party %s", tri_task_name(task));
    if (rc == TRI_OK && task != TRI_TASK_TRAIN)
        rc = tri_args_refuse(a, tri_training_only, command, why);
    if (rc == TRI_OK && task == TRI_TASK_INFER)
        rc = tri_args_refuse(a, opens_only, command, why);
    if (rc == TRI_OK)
        rc = check_checkpoint(o, task, tri_args_given(a, "every"), why);
    if (rc == TRI_OK)
        rc = place(o, opt, peers, why);
    if (rc == TRI_OK && !o->accept)
        rc = tri_options_net(opt, why);
    return rc == TRI_OK && !o->accept ? check_net(o, opt, task, why) : rc;
}

/* What party 0 proposes: shown, then checked as this party's own options. */
struct adoption {
    struct options *o;
    struct tri_run_options *opt;
    const struct tri_args *a;
    struct tri_proposal proposal;
};

static int adopt(void *self, struct tri_party *p, const char *text,
                 struct tri_why *why)
{
    struct adoption *const q = self;
    int rc;

    puts("party 0 proposes:");
    for (const char *at = text; *at != '\0'; at += strcspn(at, "\n") + 1)
        printf("    %.*s\n", (int)strcspn(at, "\n"), at);
    fflush(stdout);
    q->proposal.most_epochs = q->o->accept_epochs;
    rc = tri_proposal_adopt(&q->proposal, q->opt, q->a, text, why);
    if (rc == TRI_OK)
        rc = tri_options_engine(q->opt, TRI_PARTIES, why);
    if (rc == TRI_OK)
        rc = tri_options_security(q->opt, why);
    if (rc == TRI_OK)
        rc = check_files(q->o, q->opt, p->task, why);
    if (rc == TRI_OK)
        rc = check_net(q->o, q->opt, p->task, why);
    if (rc != TRI_OK)
        return rc;
    if (q->proposal.every > 0 && !tri_args_given(q->a, "every"))
        p->every = q->proposal.every;
    p->scores = (enum tri_scores)q->o->scores;
    q->opt->line.separate = p->ether != NULL || !one_machine(&p->tcp);
    tri_options_warn(q->opt);
    return TRI_OK;
}

static int may(void *self, const struct tri_run_options *o, uint64_t samples,
               struct tri_why *why)
{
    return tri_proposal_may(&((struct adoption *)self)->proposal, o, samples,
                            why);
}

static int party(struct options *o, struct tri_run_options *opt,
                 const struct tri_peers *peers, const struct tri_args *a,
                 enum tri_task task, struct tri_why *why)
{
    static struct adoption adoption;
    const struct tri_adopter adopter = { &adoption, adopt, may };
    struct tri_party p = { .id = (unsigned)o->id,
                           .task = task,
                           .rehearse = task == TRI_TASK_TRAIN && !o->accept,
                           .adopter = o->accept ? &adopter : NULL,
                           .o = opt,
                           .every = (uint32_t)o->every,
                           .resume = o->resume,
                           .after_abort = o->after_abort,
                           .scores = (enum tri_scores)o->scores,
                           .who = "" };
    struct tri_outcome out;
    int rc = meet(o, opt, peers, &p.tcp, why);

    if (rc != TRI_OK)
        return rc;
    adoption = (struct adoption){ .o = o, .opt = opt, .a = a };
    if (o->config != NULL && peers->config.party[peers->config.id].ether)
        p.ether = &peers->config;
    p.keys = peers->keys;
    p.reveal_small = opt->reveal_small;
    rc = check(o, opt, peers, a, task, why);
    p.scores = (enum tri_scores)o->scores;
    if (rc != TRI_OK) {
        tri_party_refuse(&p, why);
        return rc;
    }
    opt->line.separate = p.ether != NULL || !one_machine(&p.tcp);
    p.threads = tri_options_threads(opt, 1);
    p.model_out = o->model_out;
    p.log = opt->log;
    p.result_out = o->out;
    p.checkpoint = o->checkpoint;
    p.file[task == TRI_TASK_TRAIN ? TRI_FILE_TRAIN : TRI_FILE_TEST] =
        (struct tri_names){ o->shares.item, o->shares.n };
    if (task == TRI_TASK_TRAIN)
        p.file[TRI_FILE_TEST] =
            (struct tri_names){ o->test_shares.item, o->test_shares.n };
    p.file[TRI_FILE_MODEL] = (struct tri_names){ &o->model, o->model != NULL };
    if (!o->accept)
        tri_options_warn(opt);
    rc = tri_party_run(&p, &out, why);
    if (rc == TRI_OK)
        summary(&p, &out);
    return rc;
}

/* Either a configuration, or plaintext with all that it needs. */
static int check_peers(const struct options *o, struct tri_why *why)
{
    static const char reason[] = "the configuration says that";
    int rc;

    if (o->config != NULL && o->plaintext)
        return tri_why(why, TRI_E_ARG,
                       "options --config and --insecure-plaintext exclude each "
                       "other: with keys the connections are sealed");
    if (o->plaintext && o->accept)
        return tri_why(why, TRI_E_ARG,
                       "option --accept-jobs goes with --config: without keys "
                       "anybody could be party 0");
    if (!o->accept && o->accept_epochs > 0)
        return tri_why(why, TRI_E_ARG,
                       "option --accept-epochs goes with --accept-jobs");
    if (o->config != NULL) {
        rc = refuse(o->id < 3 ? "" : NULL, "id", reason, why);
        if (rc == TRI_OK)
            rc = refuse(o->parties, "parties", reason, why);
        return rc == TRI_OK ? refuse(o->listen, "listen", reason, why) : rc;
    }
    if (!o->plaintext)
        return tri_why(why, TRI_E_ARG,
                       "option --config is missing: make a key with `trinn "
                       "keygen FILE`, write who the parties are into a "
                       "configuration (README, \"Three hosts\"), check "
                       "it with `trinn check-config FILE`. Only for tests: "
                       "--insecure-plaintext with --id and --parties");
    if (o->id > 2)
        return tri_why(why, TRI_E_ARG,
                       "option --id is missing; give 0, 1 or 2");
    if (o->parties == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --parties is missing; give "
                       "HOST:PORT,HOST:PORT,HOST:PORT");
    return TRI_OK;
}

static struct options own = { .id = 3, .every = 100 };
static struct tri_run_options alike;

static int start(struct options *o, struct tri_peers *peers,
                 const struct tri_args *a, struct tri_why *why)
{
    enum tri_task task = TRI_TASK_TRAIN;
    int rc = read_task(a->word[0], &task, why);

    if (rc == TRI_OK && !o->accept)
        rc = tri_options_engine(&alike, TRI_PARTIES, why);
    if (rc == TRI_OK && !o->accept)
        rc = tri_options_security(&alike, why);
    if (rc == TRI_OK)
        rc = check_peers(o, why);
    if (rc == TRI_OK && o->config != NULL) {
        rc = tri_peers_open(peers, o->config, why);
        o->id = peers->config.id;
        if (!tri_args_given(a, "deadline"))
            alike.deadline = peers->config.deadline;
    }
    if (rc == TRI_OK && o->accept && o->id == 0)
        rc = tri_why(why, TRI_E_ARG,
                     "option --accept-jobs: party 0 is the one that proposes; "
                     "leave it out here and give the options of the run");
    return rc == TRI_OK ? party(o, &alike, peers, a, task, why) : rc;
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    static struct tri_peers peers;
    const int rc = start(&own, &peers, a, why);

    tri_peers_wipe(&peers);
    tri_list_free(&own.shares);
    tri_list_free(&own.test_shares);
    return rc;
}

const struct tri_command tri_cmd_party = {
    .name = "party",
    .what = "be one of three parties on three machines",
    .usage = "party train|evaluate|infer --config FILE [OPTIONS]",
    .about =
        "Be one party of three, who all hold shares; by engines fused and "
        "paper P0 and P1 hold them, and P2 helps. Tasks: "
        "train; evaluate (count the right answers of a model); infer "
        "(classify: the shares of the classes go to --out, their owner joins "
        "them with `trinn reveal`).\n\n"
        "All three parties must be given the same task and the same options; a "
        "difference is found before anything starts. With --accept-jobs party "
        "1 "
        "and 2 take them from party 0. --threads, --force, "
        "--log, --deadline and --no-spin may differ. Files are each "
        "party's "
        "own; a party "
        "that helps has none. With `data` and `out` in the configuration, "
        "names in "
        "--shares and --test-shares are relative to the first, in --model, "
        "--model-out and --out to the second. Party 0 listens for 1 and 2, "
        "party 1 for 2. Connections are sealed; `trinn keygen` makes the "
        "keys.",
    .group = { { table, &own, NULL },
               TRI_TRAINING_GROUP(&alike),
               TRI_PARTIES_GROUP(&alike) },
    .min_words = 1,
    .max_words = 1,
    .usual = &alike,
    .run = run
};
