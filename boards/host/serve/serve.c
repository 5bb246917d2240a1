#include "boards/host/serve/serve.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/base/report.h"
#include "boards/host/party/aborted.h"
#include "boards/host/party/session_open.h"
#include "boards/host/serve/clients.h"
#include "boards/host/serve/compute.h"
#include "boards/host/serve/metrics.h"
#include "boards/host/serve/order.h"
#include "boards/host/serve/reload.h"
#include "boards/host/serve/room.h"
#include "boards/host/serve/training.h"
#include "boards/host/serve/upload.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/host/clock.h"
#include "net/host/secret.h"

enum {
    IDLE_MS = 500,   /* between proposals without requests                 */
    LATE_MS = 250,   /* for a request to arrive here as well               */
    REJOIN_MS = 500, /* before the next attempt to join                    */
    EXPIRE_S = 30,   /* a request that nobody proposes                     */
    SOON = 4         /* the part of a computation that is waited for more  */
};

struct service {
    struct tri_peers *peers; /* clients and limits: the clients' thread */
    const struct tri_serve_options *o;
    struct tri_run_options run; /* as agreed on */
    struct tri_host h;
    struct tri_store store;
    struct tri_queue q;
    struct tri_compute compute;
    struct tri_training train;
    struct tri_order order;
    struct tri_room room;
    struct tri_job *taken[TRI_QUEUE_BATCH]; /* by this proposal */
    struct {
        atomic_ullong sent, received, rounds, computations;
    } seen; /* for metrics; of this mesh and those before */
    struct tri_link_stats counted; /* of this mesh, as far as it is in `seen` */
    struct tri_clients *clients;
    struct {
        uint64_t begin, end;
        size_t requests;      /* in it, and waiting at its end */
    } last;                   /* computation */
    uint64_t begun, proposed; /* ns: the last proposal */
    uint64_t step;            /* ns: the step of a training began */
    atomic_int joined;
    atomic_uint joins;
    char aborted[2 * TRI_CONFIG_NAME]; /* a file of the store */
    atomic_uint ends;                  /* that are noted there */
    int wake[2];
};

static void note(const struct service *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void note(const struct service *s, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "trinn serve: party %u: ", s->peers->config.id);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

/* ---- what the door asks -------------------------------------------------- */

static int connected(const struct service *s, struct tri_why *why)
{
    return atomic_load(&s->joined)
               ? TRI_OK
               : tri_why(why, TRI_E_IO,
                         "the three parties are not connected to each other "
                         "at the moment; ask again later");
}

static int can_ask(void *self, const struct tri_config_client *who,
                   const struct tri_ask *a, struct tri_why *why)
{
    struct service *const s = self;
    const int rc = connected(s, why);

    return rc == TRI_OK ? tri_store_can_ask(&s->store, who, a, why) : rc;
}

static int can_fetch(struct service *s, const uint8_t key[TRI_KEY_BYTES],
                     const struct tri_work *w, struct tri_why *why)
{
    const struct tri_entry *const e =
        tri_store_find(&s->store, w->name, TRI_SHARE_MODEL);

    return e != NULL && tri_entry_of(e, key)
               ? TRI_OK
               : tri_why(why, TRI_E_ARG,
                         "client %s may not fetch %s: there is no such model, "
                         "or it belongs to somebody else",
                         w->who, w->name);
}

static int can_work(void *self, const struct tri_config_client *who,
                    struct tri_work *w, struct tri_why *why)
{
    struct service *const s = self;
    int rc = connected(s, why);

    if (rc != TRI_OK)
        return rc;
    memcpy(w->who, who->name, sizeof w->who);
    rc = tri_work_keys(w, &s->peers->config, why);
    if (rc != TRI_OK)
        return rc;
    return w->kind == TRI_MESSAGE_TRAIN
               ? tri_training_can(&s->train, who, w,
                                  s->peers->config.limit_store, why)
           : w->kind == TRI_MESSAGE_CANCEL
               ? tri_training_can_cancel(&s->train, who, w, why)
           : w->kind == TRI_MESSAGE_FETCH ? can_fetch(s, who->key, w, why)
                                          : TRI_OK;
}

static size_t jobs(void *self, unsigned client, char *out, size_t size)
{
    struct service *const s = self;

    return tri_training_list(&s->train,
                             client == TRI_CONFIG_CLIENTS
                                 ? NULL
                                 : s->peers->config.client[client].key,
                             out, size);
}

static size_t status(void *self, unsigned client, char *out, size_t size)
{
    struct service *const s = self;
    const struct tri_config *const c = &s->peers->config;
    const struct tri_queue_count n = tri_queue_counts(&s->q);
    size_t len;

    len = (size_t)snprintf(
        out, size,
        "party %u: %s, up %.0f s, joined %u times\nsecurity: %s\nqueries: "
        "%llu answered (%llu images), %llu failed, %llu refused, %zu wait\n"
        "mean time to an answer: %.1f ms\nyou are client %s and may:",
        c->id, atomic_load(&s->joined) ? "joined" : "not joined",
        (double)(tri_clock_ns() - s->begun) / 1e9, atomic_load(&s->joins),
        s->o->run->active ? "active" : "passive",
        (unsigned long long)n.answered, (unsigned long long)n.images,
        (unsigned long long)n.failed, (unsigned long long)n.refused, n.waiting,
        n.answered > 0 ? (double)n.wait_ns / 1e6 / (double)n.answered : 0.0,
        c->client[client].name);
    for (unsigned r = 1; tri_right_name(r) != NULL; r <<= 1)
        if (c->client[client].rights & r)
            len += (size_t)snprintf(out + len, size - len, " %s",
                                    tri_right_name(r));
    len += (size_t)snprintf(out + len, size - len, "\n");
    if (c->client[client].rights & TRI_RIGHT_ADMIN)
        len += (size_t)snprintf(out + len, size - len,
                                "ends in the middle of a verification: %u, at "
                                "%d it stays down\n",
                                atomic_load(&s->ends), TRI_ABORTED_SERVICE);
    return len +
           tri_store_list(&s->store, &c->client[client], out + len, size - len);
}

/* SIGHUP: the thread of the clients asks. */
static uint64_t reread(void *self)
{
    struct service *const s = self;
    char text[TRI_RELOAD_TEXT];
    struct tri_why why = { "" };
    uint64_t end = 0;

    if (!tri_reload_asked())
        return 0;
    if (tri_reload(&s->peers->config, s->peers->path, &s->room, &s->store, &end,
                   text, &why) == TRI_OK)
        note(s, "%.200s is read again: %s", s->peers->path, text);
    else
        note(s, "%.200s stays as it was: %s", s->peers->path, why.text);
    return end;
}

/* ---- metrics ------------------------------------------------------------- */

/* What the link has counted since the last time. */
static void count_link(struct service *s)
{
    const struct tri_link_stats *const now = &s->h.link.stats;

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        atomic_fetch_add(&s->seen.sent, now->sent[j] - s->counted.sent[j]);
        atomic_fetch_add(&s->seen.received,
                         now->received[j] - s->counted.received[j]);
    }
    atomic_fetch_add(&s->seen.rounds, now->rounds - s->counted.rounds);
    s->counted = *now;
}

static void look(void *self, struct tri_metrics_numbers *m)
{
    struct service *const s = self;
    const struct tri_queue_count n = tri_queue_counts(&s->q);

    *m = (struct tri_metrics_numbers){
        .up_s = (double)(tri_clock_ns() - s->begun) / 1e9,
        .joined = (unsigned)atomic_load(&s->joined),
        .joins = atomic_load(&s->joins),
        .asked = n.asked,
        .answered = n.answered,
        .images = n.images,
        .refused = n.refused,
        .failed = n.failed,
        .waiting = n.waiting,
        .wait_ns = n.wait_ns,
        .computations = atomic_load(&s->seen.computations),
        .sent = atomic_load(&s->seen.sent),
        .received = atomic_load(&s->seen.received),
        .rounds = atomic_load(&s->seen.rounds),
        .models = tri_store_models(&s->store),
        .ends = atomic_load(&s->ends)
    };
    memcpy(m->within, n.within, sizeof m->within);
    tri_clients_counts(s->clients, m);
}

static int start_metrics(struct service *s, struct tri_metrics **m,
                         struct tri_why *why)
{
    char path[2 * TRI_CONFIG_NAME];
    int rc = TRI_OK;

    *m = NULL;
    if (s->peers->config.metrics[0] == '\0')
        return rc;
    rc = tri_peers_path(s->peers, TRI_DIR_CONFIG, s->peers->config.metrics,
                        path, why);
    return rc == TRI_OK ? tri_metrics_start(m, path, look, s, why) : rc;
}

/* ---- one proposal -------------------------------------------------------- */

/* A query may have come before the three parties lost each other. */
static struct tri_job *still_there(struct service *s, struct tri_job *j)
{
    const struct tri_entry *e;

    if (j == NULL || j->work != NULL)
        return j;
    e = tri_store_find(&s->store, j->ask.model, TRI_SHARE_MODEL);
    if (e != NULL && e->share.net.h == j->ask.h && e->share.net.w == j->ask.w &&
        e->share.net.c == j->ask.c && e->share.head.fb == j->ask.fb)
        return j;
    tri_queue_refuse(&s->q, j, TRI_E_ARG, "the model is not there any more");
    return NULL;
}

/* What is there is taken: its client may hang up before the others have
 * voted. */
static uint32_t have(void *self, const uint8_t id[][TRI_JOB_ID], size_t n)
{
    struct service *const s = self;
    uint32_t bits = 0;

    (void)tri_queue_have(&s->q, id, n, LATE_MS);
    for (size_t i = 0; i < n; i++) {
        s->taken[i] = still_there(s, tri_queue_take(&s->q, id[i]));
        bits |= (uint32_t)(s->taken[i] != NULL) << i;
    }
    return bits;
}

/* P0: more may come that can be computed with it. Clients that ask again as
 * soon as they have an answer are soon back: so as many as were there at the
 * end of the last computation are waited for, for a part of the time that it
 * took. */
static void wait_for_more(struct service *s)
{
    const uint64_t now = tri_clock_ns(), took = s->last.end - s->last.begin;

    if (s->o->window > 0)
        tri_queue_gather(&s->q, TRI_QUEUE_BATCH, s->o->window * 1000000);
    else if (now - s->last.end < took)
        tri_queue_gather(&s->q, s->last.requests, took / SOON);
}

/* What was agreed on; the rest goes back to wait. */
static size_t agreed(struct service *s, struct tri_job *job[TRI_QUEUE_BATCH])
{
    const int first = s->h.link.id == TRI_ORDER_FIRST;
    size_t n = 0;

    for (size_t i = 0; i < TRI_QUEUE_BATCH; i++) {
        struct tri_job *const j = s->taken[i];

        s->taken[i] = NULL;
        if (j == NULL)
            continue;
        if (n < s->order.n && memcmp(s->order.id[n], j->id, TRI_JOB_ID) == 0)
            job[n++] = j;
        else
            tri_queue_return(&s->q, j, first ? TRI_QUEUE_TRIES : 0);
    }
    return n;
}

/* Requests that P0 may not propose together: all three see the same. */
static int together(struct tri_job *const *job, size_t n)
{
    uint64_t images = 0;

    for (size_t i = 0; i < n; i++) {
        images += job[i]->ask.count; /* a request alone never has more */
        if (n > 1 && job[i]->work != NULL)
            return 0;
        if (!tri_ask_alike(&job[i]->ask, &job[0]->ask))
            return 0;
    }
    for (size_t i = 0; i < n && images > 0; i++)
        job[i]->part = (double)job[i]->ask.count / (double)images;
    return images <= TRI_QUEUE_IMAGES;
}

/* Something else than a query. */
static int do_work(struct service *s, struct tri_job *j, struct tri_why *why)
{
    const enum tri_message_kind kind = j->work->kind;
    int rc = TRI_OK, refused = TRI_OK;
    char text[200], plain[sizeof why->text];

    if (kind == TRI_MESSAGE_UPLOAD)
        rc = tri_upload_place(&s->store, &s->h.link, s->run.kind, &s->room, j,
                              &refused, why);
    else if (kind == TRI_MESSAGE_TRAIN)
        rc = tri_training_begin(&s->train, j, &refused, why);
    else if (kind == TRI_MESSAGE_FETCH) {
        refused = can_fetch(s, j->key, j->work, why);
        rc = tri_all_could(&s->h.link, &refused, why);
    } else
        rc = tri_training_cancel(&s->train, j, &refused, why);
    if (rc == TRI_OK && refused == TRI_OK) {
        snprintf(text, sizeof text, "%s is %s\n", j->work->name,
                 kind == TRI_MESSAGE_UPLOAD  ? "stored"
                 : kind == TRI_MESSAGE_TRAIN ? "to be trained"
                 : kind == TRI_MESSAGE_FETCH ? "open to be read"
                                             : "cancelled");
        note(s, "client %s: %.*s", j->who, (int)strlen(text) - 1, text);
        tri_queue_tell(&s->q, j, text);
        return rc;
    }
    tri_without_directories(plain, sizeof plain, why->text);
    tri_queue_refuse(&s->q, j, rc != TRI_OK ? rc : refused, plain);
    if (rc == TRI_OK)
        *why = (struct tri_why){ "" };
    return rc;
}

/* \param idle  ms that P0 waits for something; -1: it proposes nothing */
static int one_proposal(struct service *s, int idle, struct tri_why *why)
{
    struct tri_link *const l = &s->h.link;
    struct tri_job *job[TRI_QUEUE_BATCH];
    size_t n;
    int rc;

    if (l->id == TRI_ORDER_FIRST) {
        if (idle >= 0 && tri_queue_pick(&s->q, s->order.id, (unsigned)idle) > 0)
            wait_for_more(s);
        s->order.n = idle >= 0 ? tri_queue_pick(&s->q, s->order.id, 0) : 0;
    }
    memset(s->taken, 0, sizeof s->taken);
    rc = tri_order_agree(&s->order, l, have, s);
    if (rc != TRI_OK)
        s->order.n = 0;
    n = agreed(s, job);
    if (rc == TRI_OK && n < s->order.n)
        rc = tri_link_kill(l, TRI_E_PROTO, TRI_NOBODY, "order of requests");
    if (rc == TRI_OK && n > 0 && !together(job, n))
        rc = tri_link_kill(l, TRI_E_PROTO, TRI_ORDER_FIRST,
                           "requests that do not go together");
    if (rc != TRI_OK) {
        for (size_t i = 0; i < n; i++)
            tri_queue_refuse(&s->q, job[i], rc, l->error);
        return tri_why(why, rc, "%s", l->error);
    }
    if (n > 0) {
        s->last.begin = tri_clock_ns();
        rc = job[0]->work != NULL ? do_work(s, job[0], why)
                                  : tri_compute(&s->compute, job, n, why);
        s->last.end = tri_clock_ns();
        atomic_fetch_add(&s->seen.computations, 1);
        s->last.requests = n + tri_queue_counts(&s->q).waiting;
    }
    /* A step of a training may take as long: it has to have had a chance. */
    if (s->proposed > EXPIRE_S * UINT64_C(1000000000))
        tri_queue_expire(&s->q, s->proposed - EXPIRE_S * UINT64_C(1000000000),
                         "this request has waited for 30 s, and was not begun");
    s->proposed = tri_clock_ns();
    return rc;
}

/* ---- the mesh ------------------------------------------------------------ */

static int join(struct service *s, struct tri_why *why)
{
    struct tri_tcp_config tcp;
    char *const text = calloc(1, TRI_OPTIONS_TEXT);
    int rc;

    tri_peers_tcp(s->peers, &tcp);
    s->run = *s->o->run;
    rc = tri_session_start(&s->h, s->peers->config.id, s->o->threads, why);
    if (rc == TRI_OK && text == NULL)
        rc = tri_why(why, TRI_E_NOMEM, "no memory");
    if (rc == TRI_OK) {
        struct tri_run_options *const o = malloc(sizeof *o);

        (void)tri_options_print(&s->run, "serve", text, TRI_OPTIONS_TEXT);
        rc = o == NULL ? tri_why(why, TRI_E_NOMEM, "no memory") : TRI_OK;
        if (rc == TRI_OK) {
            tri_room_options(o, &s->run);
            rc = tri_session_connect(
                &s->h, &tcp,
                s->peers->config.party[tcp.id].ether ? &s->peers->config : NULL,
                o, text, NULL, why);
        }
        free(o);
    }
    free(text);
    if (rc == TRI_OK && s->run.active && s->run.ledger == 0)
        s->run.ledger = s->h.ledger;
    return rc;
}

/* What waits has as much time as the step before. Who asks one thing after the
 * other is waited for as by wait_for_more(). P0 says by a proposal of nothing
 * that it is over. */
static int between_steps(void *self)
{
    struct service *const s = self;
    const uint64_t end = 2 * tri_clock_ns() - s->step;
    struct tri_why why = { "" };
    int rc, idle = 0;

    do {
        const uint64_t begun = s->last.begin;

        rc = one_proposal(s, tri_clock_ns() < end ? idle : -1, &why);
        idle = s->last.begin != begun
                   ? (int)((s->last.end - s->last.begin) / SOON / 1000000)
                   : 0;
    } while (rc == TRI_OK && s->order.proposed > 0);
    s->step = tri_clock_ns();
    count_link(s);
    return rc;
}

/* A training may take all the memory of models: they are put in place anew,
 * beside it, and as there is more again when it ends. */
static void training_begins(void *self, uint64_t bytes)
{
    struct service *const s = self;

    s->compute.training = bytes;
    if (s->room.limit > 0)
        tri_compute_end(&s->compute);
}

static int train(struct service *s, struct tri_entry *e, struct tri_why *why)
{
    const int rc = tri_training_run(&s->train, e, why);

    training_begins(s, 0);
    return rc;
}

static int serve_joined(struct service *s, struct tri_why *why)
{
    int rc = tri_store_agree(&s->store, &s->h.link);

    if (rc != TRI_OK)
        return tri_why(why, rc, "%s",
                       s->h.link.error[0] != '\0' ? s->h.link.error
                                                  : tri_strerror(rc));
    tri_training_joined(&s->train);
    s->order.number = 0;
    s->compute =
        (struct tri_compute){ .s = &s->h.s,
                              .o = &s->run,
                              .store = &s->store,
                              .q = &s->q,
                              .room = s->room.limit > 0 ? &s->room : NULL };
    atomic_fetch_add(&s->joins, 1);
    atomic_store(&s->joined, 1);
    note(s, "joined");
    tri_cleanup_hold(1);
    memset(&s->counted, 0, sizeof s->counted);
    while (rc == TRI_OK && !tri_cleanup_asked()) {
        struct tri_entry *next;

        /* A training that ends the mesh does so before clients are heard again,
         * if they are not heard first. */
        rc = one_proposal(s, IDLE_MS, why);
        next = tri_store_next(&s->store);
        s->step = tri_clock_ns();
        if (rc == TRI_OK && next != NULL)
            rc = train(s, next, why);
        count_link(s);
    }
    if (rc == TRI_E_STOPPED && tri_cleanup_asked())
        rc = TRI_OK;
    atomic_store(&s->joined, 0);
    tri_queue_expire(&s->q, UINT64_MAX,
                     "the three parties have lost each other; ask again");
    tri_compute_end(&s->compute);
    return rc;
}

static void pause_ms(unsigned ms)
{
    const struct timespec t = { (time_t)(ms / 1000),
                                (long)(ms % 1000) * 1000000 };

    (void)nanosleep(&t, NULL);
}

/* Who cheats and hangs up before it is found looks like a crash: such ends are
 * counted. TRI_E_CHEAT: it was found, or they are too many. */
static int note_end(struct service *s, int rc, struct tri_why *why)
{
    struct tri_why most = { "" };

    if (rc == TRI_E_CHEAT)
        return tri_aborted_note(s->aborted, why);
    if (!s->compute.proving && !s->train.proving)
        return rc;
    s->compute.proving = s->train.proving = 0;
    (void)tri_aborted_suspect(s->aborted, TRI_ABORTED_SERVICE, rc, why);
    atomic_store(&s->ends, tri_aborted_ends(s->aborted));
    if (tri_aborted_check(s->aborted, TRI_ABORTED_SERVICE, 0, &most) == TRI_OK)
        return rc;
    *why = most;
    return TRI_E_CHEAT;
}

static int serve_on(struct service *s, struct tri_why *why)
{
    for (;;) {
        struct tri_why here = { "" };
        int rc = join(s, &here);
        const int came = rc == TRI_OK;

        if (came)
            rc = serve_joined(s, &here);
        if (rc != TRI_OK && s->h.linked)
            (void)tri_session_tell(&s->h.link, rc, &here);
        tri_session_end(&s->h);
        if (rc == TRI_OK)
            return TRI_OK; /* asked to stop */
        if (came)
            rc = note_end(s, rc, &here);
        if (rc == TRI_E_CHEAT || (!came && atomic_load(&s->joins) == 0 &&
                                  tri_exit_code(rc) == TRI_EXIT_INPUT))
            return tri_why(why, rc, "%s", here.text);
        note(s, "%s; joining again", here.text);
        if (tri_cleanup_asked())
            return TRI_OK;
        tri_cleanup_hold(0);
        pause_ms(REJOIN_MS);
    }
}

/* ---- start and end ------------------------------------------------------- */

/* Has verification ended it before? */
static int look_back(struct service *s, struct tri_why *why)
{
    int rc =
        tri_peers_path(s->peers, TRI_DIR_STORE, ".aborted", s->aborted, why);

    if (rc != TRI_OK)
        return rc;
    tri_out_sweep(s->aborted);
    rc = tri_aborted_check(s->aborted, TRI_ABORTED_SERVICE, s->o->after_abort,
                           why);
    if (s->o->after_abort)
        tri_aborted_clear(s->aborted);
    if (rc == TRI_OK)
        atomic_store(&s->ends, tri_aborted_ends(s->aborted));
    return rc;
}

static int check(const struct tri_peers *peers, struct tri_why *why)
{
    const struct tri_config *const c = &peers->config;

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (c->service[j][0] == '\0')
            return tri_why(why, TRI_E_ARG,
                           "%.200s: a line is missing: service %u HOST:PORT",
                           peers->path, j);
    if (c->store[0] == '\0' || c->clients == 0)
        return tri_why(why, TRI_E_ARG, "%.200s: a line is missing: %s",
                       peers->path,
                       c->store[0] == '\0' ? "store DIRECTORY"
                                           : "client NAME PUBLICKEY RIGHT...");
    return TRI_OK;
}

/* --memory: what it is for, said before anything is promised. */
static int divide(struct service *s, const struct tri_kernels *k,
                  struct tri_why *why)
{
    struct tri_config *const c = &s->peers->config;
    struct tri_room *const r = &s->room;
    char text[5][24];
    const size_t others = tri_store_others_than(&s->store, c);
    int rc = tri_room_start(r, s->o->run, k, s->o->threads, c, others, why);

    if (rc == TRI_OK)
        rc = tri_room_clients(r, c, others, why);
    if (rc != TRI_OK || r->limit == 0)
        return rc;
    note(s,
         "memory: of %s %s are for the program, %s for what is known of data "
         "sets and models, %s for %zu clients (`limit bytes` of each is %u), "
         "%s for models in place and a training",
         tri_bytes_text(text[0], r->limit), tri_bytes_text(text[1], r->program),
         tri_bytes_text(text[2], r->store), tri_bytes_text(text[3], r->clients),
         c->clients, c->limit_bytes, tri_bytes_text(text[4], r->models));
    for (size_t i = 0; i < s->store.n; i++) {
        const struct tri_entry *const e = s->store.entry[i];
        struct tri_resident_shape shape = { .batch = TRI_QUEUE_IMAGES };
        uint64_t bytes;

        if (!e->placed || e->share.head.kind != TRI_SHARE_MODEL)
            continue;
        rc = tri_room_takes(r, &e->share.net, e->share.head.fb, e->name, why);
        if (rc == TRI_OK)
            rc =
                tri_room_shape(&r->base, &r->o, &e->share.net, e->share.head.fb,
                               r->models, NULL, &shape, &bytes, why);
        if (rc != TRI_OK)
            return tri_why_add(why, TRI_E_ARG, "; or remove it from the store");
        note(s, "model %s: %s in place, for %u images at once%s", e->name,
             tri_bytes_text(text[0], bytes), shape.batch,
             shape.streams ? ", with weights from its file as needed" : "");
    }
    return rc;
}

int tri_serve(struct tri_peers *peers, const struct tri_serve_options *o,
              struct tri_why *why)
{
    struct service *const s = calloc(1, sizeof *s);
    struct tri_metrics *metrics = NULL;
    struct tri_clients_host host;
    struct tri_kernels k;
    int rc =
        s != NULL ? check(peers, why) : tri_why(why, TRI_E_NOMEM, "no memory");

    if (rc != TRI_OK) {
        free(s);
        return rc;
    }
    tri_kernels_init(&k, tri_cpu_detect());
    host = (struct tri_clients_host){ .self = s,
                                      .store = &s->store,
                                      .can_ask = can_ask,
                                      .can_work = can_work,
                                      .jobs = jobs,
                                      .status = status,
                                      .reread = reread };
    s->peers = peers;
    s->o = o;
    s->run = *o->run;
    s->begun = tri_clock_ns();
    tri_reload_listen();
    s->train = (struct tri_training){ .store = &s->store,
                                      .given = o->run,
                                      .h = &s->h,
                                      .threads = o->threads,
                                      .between = between_steps,
                                      .begins = training_begins,
                                      .room = &s->room,
                                      .self = s };
    if (pthread_mutex_init(&s->train.lock, NULL) != 0) {
        free(s);
        return tri_why(why, TRI_E_NOMEM, "no memory");
    }
    rc = tri_store_open(&s->store, peers, &k, why);
    if (rc == TRI_OK)
        rc = divide(s, &k, why);
    if (rc == TRI_OK)
        rc = look_back(s, why);
    if (rc == TRI_OK)
        tri_upload_sweep(&s->store);
    if (rc == TRI_OK && pipe2(s->wake, O_CLOEXEC | O_NONBLOCK) != 0)
        rc = tri_why(why, TRI_E_IO, "no descriptor for a pipe");
    if (rc == TRI_OK) {
        rc = tri_queue_start(&s->q, s->wake[1]);
        if (rc == TRI_OK)
            rc =
                tri_clients_start(&s->clients, &peers->config, peers->keys->own,
                                  &k, &s->q, s->wake[0], &host, why);
        if (rc == TRI_OK)
            rc = start_metrics(s, &metrics, why);
        if (rc == TRI_OK) {
            note(s, "%zu data sets and models; clients call %s", s->store.n,
                 peers->config.service[peers->config.id]);
            rc = serve_on(s, why);
        }
        tri_metrics_stop(metrics);
        tri_clients_stop(s->clients);
        tri_queue_end(&s->q);
        close(s->wake[0]);
        close(s->wake[1]);
    }
    tri_store_close(&s->store);
    (void)pthread_mutex_destroy(&s->train.lock);
    free(s);
    return rc;
}
