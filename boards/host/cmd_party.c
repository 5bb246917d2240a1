#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/cmd.h"
#include "boards/host/party.h"
#include "boards/host/session_host.h"
#include "core/err.h"

struct options {
    uint64_t id;
    const char *parties, *listen;
    struct tri_list shares, test_shares;
    const char *model, *model_out, *out;
};

#define TEXT(NAME, FIELD, META, HELP)                                     \
    {                                                                     \
        .name = NAME, .kind = TRI_OPT_TEXT,                               \
        .at = offsetof(struct options, FIELD), .meta = META, .help = HELP \
    }

#define LIST(NAME, FIELD, META, HELP)                                     \
    {                                                                     \
        .name = NAME, .kind = TRI_OPT_LIST,                               \
        .at = offsetof(struct options, FIELD), .meta = META, .help = HELP \
    }

static const struct tri_opt table[] = {
    { .name = "id",
      .kind = TRI_OPT_UINT,
      .at = offsetof(struct options, id),
      .max = 2,
      .meta = "0|1|2",
      .help = "which party this is: 0 and 1 hold shares, 2 assists" },
    TEXT("parties", parties, "H:P,H:P,H:P",
         "where party 0, 1 and 2 are, the same list on all three"),
    TEXT("listen", listen, "H:P",
         "listen here instead of at this party's place in the list;\n"
         ":PORT is every address of this machine"),
    LIST("shares", shares, "FILE",
         "this party's share of the data; given once for each owner, or\n"
         "with commas, in the same order to party 0 and 1"),
    LIST("test-shares", test_shares, "FILE",
         "train: this party's share of held-out data, evaluated after\n"
         "every epoch; as many as you like, too"),
    TEXT("model", model, "FILE",
         "evaluate, infer: this party's share of the model"),
    TEXT("model-out", model_out, "FILE",
         "train: write this party's share of the model"),
    TEXT("out", out, "FILE", "infer: write this party's share of the classes"),
};

static const char about[] =
    "Be one party of three (P0, P1 or P2). Tasks: train; evaluate (count the "
    "right answers "
    "of a model);\ninfer (classify: the shares of the classes go to --out, "
    "join them with `trinn reveal`).\n\nAll three parties must be given the "
    "same task and the same options; a difference is\nfound before anything "
    "starts. Files are each party's own; party 2 has none.\nParty 0 listens "
    "for 1 and 2, party 1 for 2. The connections are not encrypted: use a\n"
    "network that all three trust, or a tunnel.";

static int need(const char *value, const char *name, const char *task,
                struct tri_why *why)
{
    if (value != NULL)
        return TRI_OK;
    return tri_why(why, TRI_E_ARG,
                   "option --%s is missing: `party %s` of "
                   "party 0 and 1 needs it",
                   name, task);
}

static int refuse(const char *value, const char *name, const char *reason,
                  struct tri_why *why)
{
    if (value == NULL)
        return TRI_OK;
    return tri_why(why, TRI_E_ARG, "option --%s: %s; leave it away", name,
                   reason);
}

static int check_files(const struct options *o, enum tri_task task,
                       struct tri_why *why)
{
    const struct {
        const char *value, *name;
        unsigned may, must; /* bit t: in task t */
    } file[] = {
        { o->shares.item[0], "shares", 7, 7 },
        { o->test_shares.item[0], "test-shares", 1u << TRI_TASK_TRAIN, 0 },
        { o->model, "model", 1u << TRI_TASK_EVALUATE | 1u << TRI_TASK_INFER,
          1u << TRI_TASK_EVALUATE | 1u << TRI_TASK_INFER },
        { o->model_out, "model-out", 1u << TRI_TASK_TRAIN, 0 },
        { o->out, "out", 1u << TRI_TASK_INFER, 1u << TRI_TASK_INFER },
    };
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < sizeof file / sizeof *file; i++) {
        if (o->id == 2)
            rc = refuse(file[i].value, file[i].name, "party 2 holds no shares",
                        why);
        else if ((file[i].may >> task & 1) == 0)
            rc = refuse(file[i].value, file[i].name,
                        "has no meaning for this task", why);
        else if ((file[i].must >> task & 1) != 0)
            rc = need(file[i].value, file[i].name, tri_task_name(task), why);
    }
    if (rc == TRI_OK && task == TRI_TASK_INFER && o->shares.n > 1)
        rc = tri_why(why, TRI_E_ARG,
                     "option --shares: infer takes the images of one owner, to "
                     "whom the classes go back; run it once for each");
    return rc;
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

    if (r->tested > 0 && p->task != TRI_TASK_INFER)
        printf("right: %u of %u, %.2f %%\n", r->right, r->tested,
               100.0 * r->right / r->tested);
    if (p->task == TRI_TASK_TRAIN)
        printf("training: %u steps in %.2f s\n", r->steps, r->train_s);
    printf("sent: %s to party %u, %s to party %u\n",
           tri_bytes_text(a, r->stats.sent[(p->id + 1) % 3]), (p->id + 1) % 3,
           tri_bytes_text(b, r->stats.sent[(p->id + 2) % 3]), (p->id + 2) % 3);
    printf("rounds: %llu\nmemory: %s\n", (unsigned long long)r->stats.rounds,
           tri_bytes_text(m, r->peak));
}

static int party(const struct options *o, struct tri_options *run,
                 enum tri_task task, struct tri_why *why)
{
    static char buf[3 * (TRI_TCP_HOST + TRI_TCP_PORT)];
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct tri_party p = { .id = (unsigned)o->id,
                           .task = task,
                           .o = run,
                           .model_out = o->model_out,
                           .result_out = o->out,
                           .who = "" };
    struct tri_outcome out;
    int rc = read_parties(o->parties, buf, sizeof buf, p.tcp.addr, why);

    if (rc == TRI_OK)
        rc = tri_options_net(run, why);
    if (rc != TRI_OK)
        return rc;
    p.threads = (unsigned)run->threads;
    if (p.threads == 0)
        p.threads = cores < 1 ? 1 : cores > 64 ? 64 : (unsigned)cores;
    p.tcp.id = p.id;
    p.tcp.listen = o->listen;
    p.tcp.plaintext = 1;
    p.tcp.connect_ms = p.tcp.deadline_ms = (uint32_t)run->deadline * 1000;
    p.file[task == TRI_TASK_TRAIN ? TRI_FILE_TRAIN : TRI_FILE_TEST] =
        (struct tri_names){ o->shares.item, o->shares.n };
    if (task == TRI_TASK_TRAIN)
        p.file[TRI_FILE_TEST] =
            (struct tri_names){ o->test_shares.item, o->test_shares.n };
    p.file[TRI_FILE_MODEL] = (struct tri_names){ &o->model, o->model != NULL };
    rc = tri_party_run(&p, &out, why);
    if (rc != TRI_OK)
        return rc;
    summary(&p, &out);
    return tri_cmd_flush(why);
}

static int command(struct options *o, int argc, char **argv,
                   struct tri_why *why)
{
    struct tri_options run;
    struct tri_opts opts[2] = { { table, sizeof table / sizeof *table, o } };
    const struct tri_command cmd = {
        .usage = "party train|evaluate|infer --id 0|1|2 --parties "
                 "HOST:PORT,HOST:PORT,HOST:PORT\n       [OPTIONS]",
        .about = about,
        .opts = opts,
        .nopts = 2,
        .min_words = 1,
        .max_words = 1
    };
    enum tri_task task = TRI_TASK_TRAIN;
    struct tri_args a;
    int rc;

    tri_options_default(&run);
    opts[1] = tri_options_table(&run);
    rc = tri_args_parse(&a, &cmd, argc, argv, why);
    if (rc != TRI_OK)
        return rc;
    if (a.help) {
        tri_args_help(stdout, &cmd);
        return tri_cmd_flush(why);
    }
    rc = read_task(a.word[0], &task, why);
    if (rc == TRI_OK && o->id > 2)
        rc = tri_why(why, TRI_E_ARG, "option --id is missing; give 0, 1 or 2");
    if (rc == TRI_OK && o->parties == NULL)
        rc = tri_why(why, TRI_E_ARG,
                     "option --parties is missing; give "
                     "HOST:PORT,HOST:PORT,HOST:PORT");
    if (rc == TRI_OK)
        rc = check_files(o, task, why);
    return rc == TRI_OK ? party(o, &run, task, why) : rc;
}

int tri_cmd_party(int argc, char **argv, struct tri_why *why)
{
    struct options o = { .id = 3 };
    const int rc = command(&o, argc, argv, why);

    tri_list_free(&o.shares);
    tri_list_free(&o.test_shares);
    return rc;
}
