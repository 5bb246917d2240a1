#include "boards/host/serve/training.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/party/session_open.h"
#include "boards/host/serve/definition.h"
#include "boards/host/serve/room.h"
#include "boards/host/serve/together.h"
#include "core/err.h"

/* ---- may it? ------------------------------------------------------------- */

/* Shares of the data sets of a list, not to be closed. */
struct sets {
    struct tri_share share[TRI_WORK_NAMES];
    struct tri_rundata data;
    size_t n;
};

/* Samples of one shape, at one scale. */
static int alike(const struct tri_share_head *a, const struct tri_share_head *b)
{
    return a->h == b->h && a->w == b->w && a->c == b->c &&
           a->classes == b->classes && a->fb == b->fb;
}

static int find_list(struct sets *s, struct tri_training *t,
                     const struct tri_config_client *who,
                     const tri_work_names names, struct tri_why *why)
{
    for (s->n = 0; s->n < TRI_WORK_NAMES && names[s->n][0] != '\0'; s->n++) {
        const struct tri_entry *const e =
            tri_store_find(t->store, names[s->n], TRI_SHARE_DATA);

        if (e == NULL || !tri_entry_allows(e, who))
            return tri_why(why, TRI_E_ARG,
                           "client %s may not train on %s: there is no such "
                           "data set, or its owner has not allowed it",
                           who->name, names[s->n]);
        s->share[s->n] = e->share;
        if (!alike(&e->share.head, &s->share[0].head))
            return tri_why(why, TRI_E_ARG,
                           "data sets %s and %s differ in their samples",
                           names[0], names[s->n]);
    }
    if (s->n > 0)
        tri_rundata_share(&s->data, s->share, s->n, why);
    return TRI_OK;
}

/* Data and test data: s[0] and s[1]. */
static int find_sets(struct sets s[2], struct tri_training *t,
                     const struct tri_config_client *who,
                     const struct tri_work *w, struct tri_why *why)
{
    int rc = find_list(&s[0], t, who, w->data, why);

    if (rc == TRI_OK)
        rc = find_list(&s[1], t, who, w->test, why);
    if (rc == TRI_OK && s[1].n > 0 &&
        s[1].share[0].head.fb != s[0].share[0].head.fb)
        rc =
            tri_why(why, TRI_E_ARG, "data and test data differ in their scale");
    return rc;
}

/* The same once more, after the door: data may have gone meanwhile, or others
 * have come by their names. */
static int still_may(struct sets s[2], struct tri_training *t,
                     const uint8_t key[TRI_KEY_BYTES], const struct tri_work *w,
                     struct tri_why *why)
{
    struct tri_config_client who = { .rights = TRI_RIGHT_TRAIN };

    memcpy(who.name, w->who, sizeof who.name);
    memcpy(who.key, key, sizeof who.key);
    return find_sets(s, t, &who, w, why);
}

/* As a run, without what it writes. */
static struct tri_run run_of(const struct tri_run_options *o,
                             const struct sets s[2])
{
    return (struct tri_run){ .task = TRI_TASK_TRAIN,
                             .o = o,
                             .engine = o->kind,
                             .train = &s[0].data.data,
                             .test = s[1].n > 0 ? &s[1].data.data : NULL };
}

/* The run's options: those of the service, and of the text. */
static int options(struct tri_run_options *o, const struct tri_run_options *of,
                   const struct tri_work *w, unsigned fb, struct tri_why *why)
{
    *o = *of;
    o->epochs = o->steps = o->batch = 0;
    o->memory = 0; /* the service's: its room is divided by itself */
    o->frac = fb;
    return tri_definition_parse(o, w->text, why);
}

/* \param more  bytes that the store does not count yet */
static int has_room(struct tri_training *t, const uint8_t key[TRI_KEY_BYTES],
                    const struct tri_work *w, uint64_t more, uint64_t limit,
                    struct tri_why *why)
{
    return more + tri_store_bytes(t->store, key) <= limit
               ? TRI_OK
               : tri_why(why, TRI_E_NOMEM,
                         "%s: its model and checkpoints would have %llu bytes, "
                         "more than `limit store` of this party leaves",
                         w->name,
                         (unsigned long long)tri_definition_bytes(
                             w->text, t->store->peers->config.id));
}

int tri_training_can(struct tri_training *t,
                     const struct tri_config_client *who,
                     const struct tri_work *w, uint64_t limit,
                     struct tri_why *why)
{
    const unsigned id = t->store->peers->config.id;
    struct sets *const s = calloc(2, sizeof *s);
    struct tri_run_options *const o = malloc(sizeof *o);
    int rc = s != NULL && o != NULL ? TRI_OK
                                    : tri_why(why, TRI_E_NOMEM, "no memory");

    if (rc == TRI_OK &&
        tri_store_known(t->store, w->name, NULL) != TRI_STORE_FREE)
        rc = tri_why(why, TRI_E_ARG,
                     "there is a data set or a model %s already", w->name);
    if (rc == TRI_OK)
        rc = find_sets(s, t, who, w, why);
    if (rc == TRI_OK)
        rc = options(o, t->given, w, s[0].share[0].head.fb, why);
    if (rc == TRI_OK)
        rc = has_room(t, who->key, w, tri_definition_bytes(w->text, id), limit,
                      why);
    if (rc == TRI_OK) {
        const struct tri_run r = run_of(o, s);

        tri_options_fit(o, s[0].data.data.count);
        rc = tri_run_check(&r, why);
        if (rc == TRI_OK)
            rc = tri_run_check_small(&r, why);
        if (rc == TRI_OK)
            rc = tri_room_trains(t->room, &r, w->name, why);
        if (rc == TRI_OK)
            rc = tri_room_takes(t->room, &o->net, (unsigned)o->frac, w->name,
                                why);
    }
    free(o);
    free(s);
    return rc;
}

int tri_training_can_cancel(struct tri_training *t,
                            const struct tri_config_client *who,
                            struct tri_work *w, struct tri_why *why)
{
    return tri_store_trains(t->store, w->name,
                            who->rights & TRI_RIGHT_ADMIN ? NULL : who->key,
                            w->of)
               ? TRI_OK
               : tri_why(why, TRI_E_ARG,
                         "client %s has no training %s that goes on", who->name,
                         w->name);
}

/* ---- beginning and cancelling -------------------------------------------- */

int tri_training_begin(struct tri_training *t, const struct tri_job *j,
                       int *refused, struct tri_why *why)
{
    struct sets *const s = calloc(2, sizeof *s);
    struct tri_entry *e = NULL;
    int rc;

    *refused = s != NULL ? still_may(s, t, j->key, j->work, why)
                         : tri_why(why, TRI_E_NOMEM, "no memory");
    free(s);
    if (*refused == TRI_OK)
        *refused = tri_store_begin(t->store, &e, j->key, j->id, j->work, why);
    if (*refused == TRI_OK) /* others may have been begun since the door */
        *refused = has_room(t, j->key, j->work, 0, j->store, why);
    rc = tri_all_could(&t->h->link, refused, why);
    if (rc == TRI_OK && *refused == TRI_OK)
        tri_store_begun(t->store, e);
    else if (e != NULL && rc == TRI_OK)
        tri_store_drop(t->store, e);
    return rc;
}

static void remember(struct tri_training *t, const char *name,
                     const uint8_t owner[TRI_KEY_BYTES], const char *text)
{
    unsigned i;

    fprintf(stderr, "trinn serve: party %u: training %s has ended: %s\n",
            t->store->peers->config.id, name, text);
    (void)pthread_mutex_lock(&t->lock);
    i = t->ends++ % TRI_TRAIN_ENDED;
    snprintf(t->ended[i].name, sizeof t->ended[i].name, "%s", name);
    memcpy(t->ended[i].owner, owner, TRI_KEY_BYTES);
    tri_without_directories(t->ended[i].text, sizeof t->ended[i].text, text);
    (void)pthread_mutex_unlock(&t->lock);
}

/* It has ended without a model. */
static void drop(struct tri_training *t, struct tri_entry *e, const char *text)
{
    char name[sizeof e->name];
    uint8_t owner[sizeof e->owner];

    memcpy(name, e->name, sizeof name);
    memcpy(owner, e->owner, sizeof owner);
    tri_store_drop(t->store, e);
    remember(t, name, owner, text);
}

void tri_training_joined(struct tri_training *t)
{
    if (t->broken[0] != '\0' && tri_store_any(t->store, t->broken) == NULL)
        remember(t, t->broken, t->owner,
                 "another party has given it up; its own answer or its output "
                 "says why");
    t->broken[0] = '\0';
}

int tri_training_cancel(struct tri_training *t, const struct tri_job *j,
                        int *refused, struct tri_why *why)
{
    struct tri_entry *const e = tri_store_any(t->store, j->work->name);
    int rc;

    *refused = TRI_OK;
    if (e == NULL || e->turn == 0 ||
        memcmp(e->id, j->work->of, TRI_JOB_ID) != 0)
        *refused = tri_why(why, TRI_E_ARG, "there is no training %s any more",
                           j->work->name);
    rc = tri_all_could(&t->h->link, refused, why);
    if (rc != TRI_OK || *refused != TRI_OK)
        return rc;
    if (strcmp(t->now, e->name) == 0)
        t->cancelled = 1;
    else
        drop(t, e, "cancelled");
    return rc;
}

/* ---- running ------------------------------------------------------------- */

static void begins(void *self, uint64_t bytes)
{
    struct tri_training *const t = self;

    t->begins(t->self, bytes);
}

static int after_step(void *self, uint32_t step, uint32_t total,
                      enum tri_when when)
{
    struct tri_training *const t = self;
    int rc;

    if (when != TRI_STEP_COUNTED) {
        (void)pthread_mutex_lock(&t->lock);
        t->step = step;
        t->total = total;
        (void)pthread_mutex_unlock(&t->lock);
    }
    rc = t->between(t->self);
    /* The step is saved, and all three know the same of what waits. */
    t->yields = rc == TRI_OK && when != TRI_STEP_COUNTED &&
                step % TRI_TRAIN_EVERY == 0 && step < total &&
                (when == TRI_STEP_LAST || tri_store_others(t->store, t->owner));
    return rc == TRI_OK && (t->cancelled || t->yields) ? TRI_E_STOPPED : rc;
}

/* What becomes of a training, and what a party says of it before: GOES and the
 * number of its checkpoints is that it can. */
enum fate { ENDS, HOLDS, GOES };

/* A party that has written two knows that each of the others had one: it has
 * gone since, and may come back. With one alone it may never have been there,
 * and nothing is lost. */
static enum fate of_saved(struct tri_training *t, const char *name,
                          const uint8_t said[TRI_PARTIES], int *resume,
                          struct tri_why *why)
{
    unsigned none = TRI_PARTIES, two = 0;

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        none = said[j] == GOES ? j : none;
        two += said[j] == GOES + 2;
    }
    *resume = none == TRI_PARTIES;
    if (!*resume && two > 0) {
        (void)tri_why(why, TRI_E_MISMATCH,
                      "the checkpoints of party %u are not there any more",
                      none);
        return HOLDS;
    }
    if (!*resume)
        tri_store_clear(t->store, name);
    return GOES;
}

/* Can all three go on with it? */
static int agree_fate(struct tri_training *t, const struct tri_entry *e,
                      enum fate *fate, int *resume, struct tri_why *why)
{
    uint8_t said[TRI_PARTIES] = { 0 };
    const enum fate own = *fate;
    int rc;

    said[t->h->s.id] =
        (uint8_t)(own + (own == GOES ? tri_store_saved(t->store, e->name) : 0));
    rc = tri_agree_said(&t->h->link, said, 1, "whether they can go on");
    if (rc != TRI_OK)
        return tri_why(why, rc, "%s", t->h->link.error);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const enum fate theirs = said[j] > GOES + 2 ? ENDS
                                 : said[j] > GOES   ? GOES
                                                    : (enum fate)said[j];

        if (theirs < GOES && own == GOES && *fate > theirs)
            (void)tri_why(why, TRI_E_IO,
                          "party %u cannot go on with it; its own answer or "
                          "its output says why",
                          j);
        *fate = theirs < *fate ? theirs : *fate;
    }
    if (*fate == GOES)
        *fate = of_saved(t, e->name, said, resume, why);
    return rc;
}

/* Data sets are there: still_may() has seen them. */
static int run_party(struct tri_training *t, const struct tri_entry *e,
                     struct tri_run_options *o, int resume, struct tri_why *why)
{
    const struct tri_share *share[2][TRI_WORK_NAMES];
    const char *path[2][TRI_WORK_NAMES];
    /* All three know the same of what waits. */
    const struct tri_joined joined = { .h = t->h,
                                       .between = after_step,
                                       .self = t,
                                       .turn =
                                           tri_store_others(t->store, e->owner)
                                               ? TRI_TRAIN_EVERY
                                               : TRI_TRAIN_TURN,
                                       .share = { share[0], share[1], NULL },
                                       .memory = t->room->models,
                                       .begins = begins };
    char *const out = tri_store_path(t->store, e->name, ".share");
    char *const prefix = tri_store_path(t->store, e->name, "");
    struct tri_party *const p = calloc(1, sizeof *p);
    struct tri_outcome *const outcome = malloc(sizeof *outcome);
    int rc = out != NULL && prefix != NULL && p != NULL && outcome != NULL
                 ? TRI_OK
                 : tri_why(why, TRI_E_NOMEM, "no memory");

    for (int f = 0; rc == TRI_OK && f < 2; f++) {
        const char(*const name)[TRI_CONFIG_CLIENT_NAME] =
            f == 0 ? e->work.data : e->work.test;
        size_t n = 0;

        for (; n < TRI_WORK_NAMES && name[n][0] != '\0'; n++) {
            share[f][n] =
                &tri_store_find(t->store, name[n], TRI_SHARE_DATA)->share;
            path[f][n] = share[f][n]->path;
        }
        p->file[f == 0 ? TRI_FILE_TRAIN : TRI_FILE_TEST] =
            (struct tri_names){ path[f], n };
    }
    if (rc == TRI_OK) {
        p->id = t->h->s.id;
        p->task = TRI_TASK_TRAIN;
        p->o = o;
        p->threads = t->threads;
        p->model_out = out;
        p->checkpoint = prefix;
        p->every = TRI_TRAIN_EVERY;
        p->resume = resume;
        p->who = "";
        p->silent = 1;
        p->joined = &joined;
        rc = tri_party_run(p, outcome, why);
        t->proving = outcome->proving;
    }
    free(outcome);
    free(p);
    free(prefix);
    free(out);
    return rc;
}

/* Has this party ended the mesh over it again, with no step more than before?
 * A connection that breaks is no fault of a training. */
static int is_stuck(struct tri_training *t, struct tri_entry *e, int rc)
{
    const struct tri_link *const l = &t->h->link;

    if (t->step > e->reached) {
        e->reached = t->step;
        e->stuck = 0;
    } else if (l->blamed == (int)l->id || rc == TRI_E_PROTO) {
        e->stuck++;
    }
    return e->stuck >= TRI_TRAIN_STUCK;
}

static void hold(struct tri_training *t, struct tri_entry *e, const char *text)
{
    char plain[TRI_STORE_WHY];

    tri_without_directories(plain, sizeof plain, text);
    fprintf(stderr, "trinn serve: party %u: training %s is held: %s\n",
            t->h->s.id, e->name, text);
    tri_store_hold(t->store, e, plain);
}

/* It has failed here. Is there something that could be gone on with after
 * another start? Numbers that leave their range will do so again. */
static int lasts(const struct tri_training *t, const struct tri_entry *e,
                 int rc)
{
    return rc != TRI_E_SPOILT &&
           (e->kept || tri_store_saved(t->store, e->name) > 0);
}

/* It has failed at all three, and they are joined: is it held? */
static int part(struct tri_training *t, struct tri_entry *e, int rc,
                struct tri_why *why)
{
    uint8_t said[TRI_PARTIES] = { 0 };

    said[t->h->s.id] = (uint8_t)lasts(t, e, rc);
    rc = tri_agree_said(&t->h->link, said, 1, "what becomes of a training");
    if (rc != TRI_OK)
        return tri_why(why, rc, "%s", t->h->link.error);
    if (said[0] != 0 || said[1] != 0 || said[2] != 0)
        hold(t, e, why->text);
    else
        drop(t, e, why->text);
    return rc;
}

/* What came of it. */
static int settle(struct tri_training *t, struct tri_entry *e, int rc,
                  struct tri_why *why)
{
    const int alive = t->h->link.dead == TRI_OK;

    if (rc == TRI_OK) {
        rc = tri_store_placed(t->store, e, why);
        if (rc != TRI_OK)
            return tri_session_tell(&t->h->link, rc, why);
        tri_store_clear(t->store, e->name);
        tri_store_agreed(t->store, e);
        fprintf(stderr, "trinn serve: party %u: model %s is trained\n",
                t->h->s.id, e->name);
        return rc;
    }
    if (rc == TRI_E_STOPPED && alive && t->cancelled)
        drop(t, e, "cancelled");
    else if (rc == TRI_E_STOPPED && alive && t->yields)
        (void)is_stuck(t, e, rc); /* it is not: it got on */
    else if (rc == TRI_E_STOPPED || rc == TRI_E_CHEAT)
        return rc;
    else if (alive)
        rc = part(t, e, rc, why);
    else if (tri_exit_code(rc) != TRI_EXIT_INPUT && rc != TRI_E_NOMEM &&
             !is_stuck(t, e, rc))
        memcpy(t->broken, e->name, sizeof t->broken);
    else if (lasts(t, e, rc)) {
        e->unfit = 1; /* the others hear so when they have joined */
        hold(t, e, why->text);
    } else
        drop(t, e, why->text);
    if (t->h->link.dead != TRI_OK)
        return rc;
    *why = (struct tri_why){ "" };
    return TRI_OK;
}

/* Of the data sets of a list, one that not all three have now, or NULL. */
static const char *missing(struct tri_training *t, const tri_work_names names)
{
    for (size_t i = 0; i < TRI_WORK_NAMES && names[i][0] != '\0'; i++)
        if (tri_store_find(t->store, names[i], TRI_SHARE_DATA) == NULL)
            return names[i];
    return NULL;
}

/* What the door has seen, once more: *o, by the options as they were given.
 * What the three have agreed on since may be something else after the next
 * start, and a checkpoint would not fit then. Without the consent of an owner
 * it ends; what another start could bring back is waited for. */
static enum fate look_again(struct tri_training *t, struct tri_entry *e,
                            struct tri_run_options *o, struct tri_why *why)
{
    struct sets *const s = calloc(2, sizeof *s);
    const char *gone = missing(t, e->work.data);
    enum fate fate = HOLDS;

    if (gone == NULL)
        gone = missing(t, e->work.test);
    if (e->unfit)
        (void)tri_why(why, TRI_E_IO, "%s", e->why);
    else if (gone != NULL)
        (void)tri_why(why, TRI_E_ARG, "not all three parties have data set %s",
                      gone);
    else if (s == NULL || o == NULL)
        (void)tri_why(why, TRI_E_NOMEM, "no memory");
    else if (still_may(s, t, e->owner, &e->work, why) != TRI_OK)
        fate = ENDS;
    else if (options(o, t->given, &e->work, s[0].share[0].head.fb, why) ==
             TRI_OK)
        fate = GOES;
    free(s);
    return fate;
}

int tri_training_run(struct tri_training *t, struct tri_entry *e,
                     struct tri_why *why)
{
    struct tri_run_options *const o = malloc(sizeof *o);
    enum fate fate;
    int resume = 0, rc;

    memcpy(t->owner, e->owner, sizeof t->owner);
    (void)pthread_mutex_lock(&t->lock);
    memcpy(t->now, e->name, sizeof t->now);
    t->step = t->total = 0;
    (void)pthread_mutex_unlock(&t->lock);
    t->cancelled = t->yields = t->proving = 0;
    fate = look_again(t, e, o, why);
    rc = agree_fate(t, e, &fate, &resume, why);
    if (rc == TRI_OK && fate == GOES)
        rc = run_party(t, e, o, resume, why);
    if (rc != TRI_OK || fate == GOES) {
        rc = settle(t, e, rc, why);
    } else {
        if (fate == HOLDS)
            hold(t, e, why->text);
        else
            drop(t, e, why->text);
        *why = (struct tri_why){ "" };
    }
    if (rc == TRI_OK)
        tri_store_yield(t->store, t->owner);
    (void)pthread_mutex_lock(&t->lock);
    t->now[0] = '\0';
    (void)pthread_mutex_unlock(&t->lock);
    free(o);
    return rc;
}

/* ---- what is seen of it -------------------------------------------------- */

size_t tri_training_list(struct tri_training *t,
                         const uint8_t owner[TRI_KEY_BYTES], char *out,
                         size_t size)
{
    struct tri_text all = { out, size, 0 };

    (void)pthread_mutex_lock(&t->lock);
    all.n = tri_store_list_trainings(t->store, owner, t->now, t->step, t->total,
                                     out, size);
    for (unsigned i = t->ends > TRI_TRAIN_ENDED ? t->ends - TRI_TRAIN_ENDED : 0;
         i < t->ends; i++) {
        const unsigned k = i % TRI_TRAIN_ENDED;

        if (owner == NULL ||
            memcmp(owner, t->ended[k].owner, TRI_KEY_BYTES) == 0)
            tri_text_add(&all, "train %s  has ended: %s\n", t->ended[k].name,
                         t->ended[k].text);
    }
    (void)pthread_mutex_unlock(&t->lock);
    return tri_message_lines(&all);
}
