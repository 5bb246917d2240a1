#include "boards/host/party/party.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/base/reserve.h"
#include "boards/host/party/outfile.h"
#include "boards/host/party/session_open.h"
#include "boards/host/profile.h"
#include "boards/host/share/sharetensor.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/hello.h"
#include "net/host/secret.h"

static const struct tri_parts *const parts = &tri_profile_parts;

/* All that one party holds open. */
struct open_party {
    const struct tri_party *p; /* own */
    struct tri_party own;
    const struct tri_run_options *given;
    struct tri_run_options o; /* own.o: as given, then as agreed on, and as the
                                 data want it */
    struct tri_host own_host, *h; /* h: that one, or of who is joined */
    struct tri_session branch;    /* of the latter */
    struct tri_reserve reserve;
    struct shares {
        struct tri_share *share;
        size_t n; /* at most TRI_MAX_LIST */
    } share[TRI_FILES];
    struct tri_heads head[TRI_FILES]; /* as agreed */
    uint8_t digest[TRI_HASH_BYTES];   /* of what was agreed */
    struct tri_rundata data[2];       /* train, test */
    struct tri_checkpoint ck;
    struct tri_outfile outfile;
    const struct tri_outcome *out;
    int known; /* joined: all three know that one of them could not */
};

/* Is the file one for this run? */
static int check_file(const struct open_party *q, int i, size_t j,
                      struct tri_why *why)
{
    const struct tri_party *const p = q->p;
    const char *const name = p->file[i].name[j];
    const struct tri_share *const s = &q->share[i].share[j];
    const int rc = tri_share_serves(s, tri_share_of(p->o->kind), p->id, why);

    if (rc != TRI_OK)
        return rc;
    if (s->head.fb != p->o->frac)
        return tri_why(why, TRI_E_ARG,
                       "%s: has %u fraction bits, the run %llu; give --frac "
                       "%u to all parties",
                       name, s->head.fb, (unsigned long long)p->o->frac,
                       s->head.fb);
    if (i == TRI_FILE_MODEL && strcmp(s->text, p->o->text) != 0)
        return tri_why(why, TRI_E_ARG,
                       "%s: is a model of another network than --net %s", name,
                       p->o->net_name);
    return TRI_OK;
}

static int open_files(struct open_party *q, struct tri_why *why)
{
    const struct tri_joined *const known = q->p->joined;
    int rc = TRI_OK;

    for (int i = 0; rc == TRI_OK && i < TRI_FILES; i++) {
        const size_t n = q->p->file[i].n;
        if (n == 0)
            continue;
        q->share[i].share = malloc(n * sizeof *q->share[i].share);
        if (q->share[i].share == NULL)
            return tri_why(why, TRI_E_NOMEM, "no memory");
        for (size_t j = 0; rc == TRI_OK && j < n; j++) {
            struct tri_share *const s = &q->share[i].share[j];

            q->share[i].n = j + 1;
            rc = known != NULL && known->share[i] != NULL
                     ? tri_share_again(s, known->share[i][j], &q->h->k, why)
                     : tri_share_open(s, q->p->file[i].name[j],
                                      i == TRI_FILE_MODEL ? TRI_SHARE_MODEL
                                                          : TRI_SHARE_DATA,
                                      -1, &q->h->k, why);
        }
    }
    return rc;
}

static int check_files(const struct open_party *q, struct tri_why *why)
{
    int rc = TRI_OK;

    for (int i = 0; i < TRI_FILES; i++)
        for (size_t j = 0; rc == TRI_OK && j < q->share[i].n; j++)
            rc = check_file(q, i, j, why);
    return rc;
}

/* Find out now, not after hours, that an output cannot be written. */
static int try_output(const char *path, struct tri_why *why)
{
    return path == NULL ? TRI_OK : tri_out_check(path, why);
}

/* Has the training that is to go on come to its end already, and is the model
 * by that name its own? */
static int trained(const struct open_party *q, const struct tri_share *model)
{
    const struct shares *const train = &q->share[TRI_FILE_TRAIN];
    struct tri_run_options *const o = malloc(sizeof *o);
    uint8_t name[TRI_RUN_NAME];
    uint64_t samples = 0, last;
    int yes = 0;

    if (o == NULL)
        return 0;
    *o = q->o;
    for (size_t j = 0; j < train->n; j++)
        samples += train->share[j].head.count;
    tri_options_fit(o, samples);
    last = tri_run_steps(o, samples);
    for (int i = 0; i < 2; i++) {
        const struct tri_share *const s = &q->ck.slot[i];
        if (s->fd < 0 || s->head.count != last)
            continue;
        tri_run_name(name, s->text);
        yes |= memcmp(name, model->head.pair, sizeof name) == 0;
    }
    free(o);
    return yes;
}

/* A training that goes on may have written its model already, before another
 * party crashed: then it is replaced, but nothing else by that name is. */
static int try_model(const struct open_party *q, struct tri_why *why)
{
    const struct tri_party *const p = q->p;
    const char *const path = p->model_out;
    struct tri_share *s;
    int rc;

    if (!p->resume || path == NULL || access(path, F_OK) != 0)
        return try_output(path, why);
    s = malloc(sizeof *s);
    if (s == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    rc = tri_share_open(s, path, TRI_SHARE_MODEL, -1, &q->h->k, why);
    if (rc == TRI_OK)
        rc = tri_share_serves(s, tri_share_of(p->o->kind), p->id, why);
    if (rc == TRI_OK && (strcmp(s->text, p->o->text) != 0 || !trained(q, s)))
        rc = tri_why(why, TRI_E_ARG,
                     "%s: is the model of another training than the one that "
                     "goes on; remove it or give --model-out another name",
                     path);
    tri_share_close(s);
    free(s);
    return rc == TRI_OK ? tri_out_try(path, why) : rc;
}

/* The scores are part of what the parties must do alike. */
static const char *task_text(const struct tri_party *p)
{
    return p->scores == TRI_SCORES_NONE     ? tri_task_name(p->task)
           : p->scores == TRI_SCORES_LOGITS ? "infer (logits)"
                                            : "infer (probabilities)";
}

static int agree(struct open_party *q, struct tri_why *why)
{
    struct tri_at_hand file[TRI_FILES];

    _Static_assert((int)TRI_MAX_LIST <= (int)TRI_AGREE_MOST, "too long a list");
    for (int i = 0; i < TRI_FILES; i++) {
        file[i].n = q->share[i].n;
        for (size_t j = 0; j < file[i].n; j++)
            file[i].file[j] =
                (struct tri_named_head){ q->share[i].share[j].path,
                                         &q->share[i].share[j].head };
    }
    return tri_agree(&q->h->link, q->p->o->kind, file, q->head, q->digest, why);
}

size_t tri_party_text(const struct tri_party *p, char *out, size_t size)
{
    size_t n = tri_options_print(p->o, task_text(p), out, size);

    if (p->task == TRI_TASK_TRAIN && p->checkpoint != NULL)
        n += (size_t)snprintf(out + n, size - n, "checkpoint every %u steps\n",
                              p->every);
    else
        n += (size_t)snprintf(out + n, size - n, "checkpoint no\n");
    snprintf(out + n, size - n, "resume %s\n", p->resume ? "yes" : "no");
    return n;
}

/* What can be found wrong with the run at this party alone. */
static int prepare_run(struct open_party *q, struct tri_why *why)
{
    const struct tri_party *const p = q->p;
    int rc =
        tri_profile_need(p->o->prg == TRI_PRG_ONLY_AES128,
                         q->h->k.aes_ctr != NULL, "option --prg aes128", why);

    if (rc == TRI_OK)
        rc = check_files(q, why);
    if (rc == TRI_OK && p->checkpoint != NULL) {
        q->ck.every = p->every;
        q->ck.resume = p->resume;
        q->ck.after_abort = p->after_abort;
        q->ck.elsewhere = p->joined != NULL; /* of all that is computed */
        q->ck.sharing = tri_share_of(p->o->kind);
        rc = parts->checkpoint->open(&q->ck, p->checkpoint, p->id, &q->h->k,
                                     why);
    }
    if (rc == TRI_OK)
        rc = try_model(q, why);
    if (rc == TRI_OK && p->rehearse && !p->resume && parts->rehearse != NULL)
        rc = parts->rehearse(p->o, p->threads, why);
    if (rc == TRI_OK && parts->watch != NULL)
        rc = parts->watch->check(p->log, p->resume, why);
    return rc;
}

/* The run is what party 0 proposes, if this party can do it and may. */
static int adopt(void *self, const char *theirs, char *mine,
                 struct tri_why *why)
{
    struct open_party *const q = self;
    const struct tri_adopter *const a = q->p->adopter;
    int rc;

    q->own.o = q->given;
    rc = a->adopt(a->self, &q->own, theirs, why);
    q->own.o = &q->o;
    q->o = *q->given;
    if (rc == TRI_OK)
        rc = prepare_run(q, why);
    if (rc == TRI_OK)
        (void)tri_party_text(q->p, mine, TRI_HELLO_TEXT + 1);
    return rc;
}

/* The text for the others is what must be alike; a checkpoint keeps it, and
 * a continuation must have the same but for one line. */
static int connect_all(struct open_party *q, struct tri_why *why)
{
    const struct tri_party *const p = q->p;
    const struct tri_session_late late = { q, adopt };
    char *const config = calloc(1, TRI_PARTY_TEXT);
    size_t n;
    int rc;

    _Static_assert((int)TRI_PARTY_TEXT <= (int)TRI_HELLO_TEXT, "too long");
    if (config == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    if (p->adopter == NULL)
        (void)tri_party_text(p, config, TRI_PARTY_TEXT);
    if (p->joined != NULL)
        tri_session_branch(&q->branch, &q->h->s, &q->h->s);
    rc = p->joined != NULL
             ? TRI_OK
             : tri_session_connect(q->h, &p->tcp, p->ether, p->o, config,
                                   p->adopter != NULL ? &late : NULL, why);
    if (rc == TRI_OK)
        rc = agree(q, why);
    n = rc == TRI_OK ? tri_party_text(p, config, TRI_PARTY_TEXT) : 0;
    config[n] = '\0';
    if (rc == TRI_OK && p->checkpoint != NULL)
        rc = parts->checkpoint->agree(&q->ck, &q->h->link, config, q->digest,
                                      why);
    free(config);
    return rc;
}

/* Where samples of kind `i` come from; NULL if no party has them. */
static const struct tri_data *source(struct open_party *q, int i,
                                     struct tri_why *why)
{
    const struct tri_share_head *const h = q->head[i].head;
    struct tri_data *const d = &q->data[i].data;
    uint32_t count = 0;

    if (q->head[i].n == 0)
        return NULL;
    for (size_t j = 0; j < q->head[i].n; j++)
        count += h[j].count;
    if (q->share[i].n > 0)
        tri_rundata_share(&q->data[i], q->share[i].share, q->share[i].n, why);
    else
        tri_rundata_none(&q->data[i], h, count);
    for (size_t j = 0; j < q->head[i].n; j++)
        for (int k = 0; k < 2; k++)
            if (h[j].most[k] > d->most[k])
                d->most[k] = h[j].most[k];
    return d;
}

/* Are all three prepared? If not, all know it and the mesh goes on. */
static int all_prepared(void *self, int mine, struct tri_why *why)
{
    struct open_party *const q = self;
    const int rc = tri_all_could(&q->h->link, &mine, why);

    q->known = rc == TRI_OK && mine != TRI_OK;
    return rc == TRI_OK ? mine : rc;
}

static int ready(void *self, int mine, struct tri_why *why)
{
    struct open_party *const q = self;
    const struct tri_joined *const j = q->p->joined;

    if (j->begins != NULL && q->out->peak > 0) /* it is counted */
        j->begins(j->self, q->out->peak + TRI_RUN_BESIDE);
    return all_prepared(q, mine, why);
}

/* Bytes of what this party writes at the end. */
static uint64_t out_bytes(const struct open_party *q, const struct tri_run *r)
{
    const struct tri_run_options *const o = q->p->o;
    const struct tri_share_head h = { .sharing = tri_share_of(o->kind) };
    uint64_t words = 0;

    if (r->task == TRI_TASK_TRAIN)
        return tri_run_model_bytes(o, q->p->id);
    if (r->task == TRI_TASK_INFER)
        words = (uint64_t)r->test->count * o->net.classes;
    return tri_share_header(&h) + 8 * words * o->kind->holds[q->p->id];
}

/* The run with its output, and all three in place or none. */
static int run_and_write(struct open_party *q, struct tri_run *r,
                         struct tri_outcome *out, struct tri_why *why)
{
    const struct tri_party *const p = q->p;
    const int training = p->task == TRI_TASK_TRAIN;
    struct tri_outfile *const f = &q->outfile;
    int rc = tri_outfile_open(f, &q->h->link,
                              training ? p->model_out : p->result_out,
                              p->resume, out_bytes(q, r), why);

    rc = p->joined != NULL ? all_prepared(q, rc, why)
                           : tri_session_tell(&q->h->link, rc, why);
    f->stays = p->joined != NULL;
    if (rc == TRI_OK && f->share.out.fd >= 0)
        r->out = &f->share;
    q->out = out;
    if (rc == TRI_OK)
        rc = tri_run(r, p->joined != NULL ? &q->branch : &q->h->s, out, why);
    /* All three have seen it, in what was opened: the mesh goes on. */
    if (rc == TRI_E_SPOILT && p->joined != NULL && q->h->link.dead == TRI_OK)
        rc = all_prepared(q, rc, why);
    if (rc == TRI_OK) {
        rc = tri_outfile_place(f, why);
        if (rc != TRI_OK && p->checkpoint != NULL)
            tri_why_add(why, rc,
                        "; the last step is saved: start all three with "
                        "--resume to write the model");
    }
    tri_outfile_close(f);
    return rc;
}

static int run(struct open_party *q, struct tri_outcome *out,
               struct tri_why *why)
{
    const struct tri_party *const p = q->p;
    struct tri_run r = { .task = p->task,
                         .o = &q->o,
                         .engine = p->o->kind,
                         .scores = p->scores,
                         .log = p->log,
                         .plan = 1 };
    int rc = TRI_OK;

    tri_progress_start(&r.progress, p->who, p->silent);
    if (p->joined != NULL) {
        r.between = p->joined->between;
        r.between_self = p->joined->self;
        r.turn = p->joined->turn;
        r.ready = ready;
        r.ready_self = q;
        q->o.memory = p->joined->memory;
    }
    if (p->checkpoint != NULL)
        r.checkpoint = &q->ck;
    if (p->resume)
        tri_progress_note(&r.progress, "continuing after step %u", q->ck.first);
    r.train = source(q, TRI_FILE_TRAIN, why);
    r.test = source(q, TRI_FILE_TEST, why);
    r.model = q->share[TRI_FILE_MODEL].share;
    r.goes_on = q->head[TRI_FILE_MODEL].n > 0;
    if ((p->task == TRI_TASK_TRAIN ? r.train : r.test) == NULL)
        return tri_why(why, TRI_E_MISMATCH,
                       "the parties that hold shares have no data for this "
                       "task");
    tri_options_fit(&q->o, r.train != NULL ? r.train->count : UINT64_MAX);
    if (!p->reveal_small)
        rc = tri_run_check_small(&r, why);
    if (rc == TRI_OK && p->adopter != NULL && p->task == TRI_TASK_TRAIN)
        rc = tri_session_tell(
            &q->h->link,
            p->adopter->may(p->adopter->self, &q->o, r.train->count, why), why);
    return rc == TRI_OK ? run_and_write(q, &r, out, why) : rc;
}

/* Without a rehearsal nobody knows whether numbers will stay in range. */
static int check_parts(const struct tri_party *p, struct tri_why *why)
{
    int rc = tri_profile_need(p->checkpoint != NULL, parts->checkpoint != NULL,
                              "option --checkpoint", why);

    if (rc == TRI_OK)
        rc = tri_profile_need(p->log != NULL, parts->watch != NULL,
                              "option --log", why);
    if (rc == TRI_OK)
        rc = tri_profile_need(p->threads > 1, parts->pool != NULL,
                              "option --threads", why);
    if (rc == TRI_OK && p->rehearse && parts->rehearse == NULL && !p->o->force)
        rc = tri_why(why, TRI_E_ARG,
                     "this program was built without the rehearsal before a "
                     "training (MINIMAL=1); run `trinn rehearse` of a full "
                     "build with the same options, then give --force here");
    return rc;
}

/* Everything that can be found wrong before the others are there. */
static int prepare(struct open_party *q, struct tri_why *why)
{
    const struct tri_party *const p = q->p;
    int rc = tri_reserve_take(&q->reserve, why);

    if (rc == TRI_OK)
        rc = check_parts(p, why);
    if (rc == TRI_OK && p->joined == NULL)
        rc = tri_session_start(q->h, p->id, p->threads, why);
    if (rc == TRI_OK)
        rc = open_files(q, why);
    if (rc == TRI_OK)
        rc = try_output(p->result_out, why);
    return rc == TRI_OK && p->adopter == NULL ? prepare_run(q, why) : rc;
}

void tri_party_refuse(const struct tri_party *p, const struct tri_why *why)
{
    tri_session_refuse(&p->tcp, p->ether, why);
}

int tri_party_run(const struct tri_party *p, struct tri_outcome *out,
                  struct tri_why *why)
{
    struct open_party *const q = tri_secret_alloc(sizeof *q);
    int rc;

    *out = (struct tri_outcome){ 0 };
    if (q == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    q->given = p->o;
    q->o = *p->o;
    q->own = *p;
    q->own.o = &q->o;
    q->p = &q->own;
    q->h = p->joined != NULL ? p->joined->h : &q->own_host;
    rc = prepare(q, why);
    tri_reserve_give(&q->reserve);
    if (p->joined != NULL)
        rc = all_prepared(q, rc, why);
    else if (rc != TRI_OK)
        tri_party_refuse(p, why);
    if (rc == TRI_OK)
        rc = connect_all(q, why);
    if (q->o.active && q->o.ledger == 0)
        q->o.ledger = q->h->ledger;
    if (p->keys != NULL) /* only handshakes need the private key */
        tri_wipe(p->keys->own, sizeof p->keys->own);
    if (rc == TRI_OK)
        rc = run(q, out, why);
    out->proving = (p->joined != NULL ? &q->branch : &q->h->s)->proving;
    if (p->checkpoint != NULL && parts->checkpoint != NULL)
        rc = parts->checkpoint->ended(&q->ck, rc, out->proving, why);
    /* What is wrong with the options or between the files is found by all; what
     * is wrong here alone has to be told. All stop together. */
    if (q->h->linked && !q->known &&
        !(p->joined != NULL && rc == TRI_E_STOPPED) &&
        (tri_exit_code(rc) == TRI_EXIT_RUN || rc == TRI_E_FORMAT))
        (void)tri_session_tell(&q->h->link, rc, why);
    out->prg = q->h->prg;
    out->sealed = p->tcp.keys != NULL;
    if (p->joined == NULL)
        tri_session_end(q->h);
    if (p->checkpoint != NULL && parts->checkpoint != NULL)
        parts->checkpoint->close(&q->ck);
    for (int i = 0; i < TRI_FILES; i++) {
        for (size_t j = 0; j < q->share[i].n; j++)
            tri_share_close(&q->share[i].share[j]);
        free(q->share[i].share);
    }
    tri_secret_free(q);
    return rc;
}
