#include "boards/host/serve/room.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/report.h"
#include "boards/host/party/rundata.h"
#include "boards/host/serve/clients.h"
#include "boards/host/serve/compute.h"
#include "boards/host/serve/store.h"
#include "boards/host/serve/talk.h"
#include "core/err.h"

enum {
    /* Code, tables, stacks, the connections of the three, what a request, a
     * reading of shares or a dry run takes for a while: 10 MB were measured
     * after joining, 13 MB with everything above. */
    PROGRAM = 16000000,
    /* A connection, and what is sealed of a message that leaves. */
    PLACE = 2 * (int)sizeof(struct tri_talk),
    PART = 4 /* of the limit that is for clients, at most */
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Bytes beside what `limit bytes` counts. */
static uint64_t places(const struct tri_config *c)
{
    return PLACE *
           smaller((uint64_t)TRI_CLIENTS_EACH * c->clients, TRI_CLIENTS_MOST);
}

/* A party keeps `limit bytes` of each client, and takes in as many again. */
static uint64_t requests(const struct tri_config *c)
{
    return 2 * (uint64_t)c->limit_bytes * c->clients;
}

/* What is known of all that they may store. */
static uint64_t stored(size_t others, const struct tri_config *c)
{
    return sizeof(struct tri_entry) *
           smaller(others + (uint64_t)TRI_STORE_EACH * c->clients,
                   TRI_STORE_MOST);
}

void tri_room_options(struct tri_run_options *out,
                      const struct tri_run_options *o)
{
    *out = *o;
    out->memory /= TRI_RESIDENTS;
}

int tri_room_start(struct tri_room *r, const struct tri_run_options *o,
                   const struct tri_kernels *k, unsigned threads,
                   const struct tri_config *c, size_t others,
                   struct tri_why *why)
{
    char all[24], text[4][24];

    r->limit = o->memory;
    if (r->limit == 0)
        return TRI_OK;
    tri_room_options(&r->o, o);
    tri_options_ledger(&r->o, 1);
    r->o.memory = 0;
    r->par.workers = threads;
    r->base.id = c->id;
    r->base.cx.k = k;
    r->base.cx.par = &r->par;
    r->program = PROGRAM;
    r->store = stored(others, c);
    r->clients = places(c) + smaller(requests(c), r->limit / PART);
    if (r->program + r->store + r->clients < r->limit) {
        r->models = r->limit - r->program - r->store - r->clients;
        return TRI_OK;
    }
    return tri_why(why, TRI_E_ARG,
                   "option --memory: of %s the program takes %s, what is known "
                   "of data sets and models %s, and %zu clients %s: "
                   "nothing is left for models; give more",
                   tri_bytes_text(all, r->limit),
                   tri_bytes_text(text[0], r->program),
                   tri_bytes_text(text[1], r->store), c->clients,
                   tri_bytes_text(text[2], r->clients));
}

int tri_room_clients(const struct tri_room *r, struct tri_config *c,
                     size_t others, struct tri_why *why)
{
    const uint64_t part = r->clients > places(c) ? r->clients - places(c) : 0;

    if (r->limit > 0 && stored(others, c) > r->store)
        return tri_why(why, TRI_E_ARG,
                       "option --memory: %zu clients, and what others have "
                       "stored, may be more than it was divided for; start the "
                       "party again",
                       c->clients);
    if (r->limit == 0 || requests(c) <= part)
        return TRI_OK;
    c->limit_bytes = (uint32_t)(part / 2 / c->clients);
    return c->limit_bytes >= TRI_CONFIG_BYTES_LEAST
               ? TRI_OK
               : tri_why(why, TRI_E_ARG,
                         "option --memory: %zu clients have %u bytes for "
                         "requests, each, and one request may have %d; give "
                         "more, or fewer clients",
                         c->clients, c->limit_bytes, TRI_CONFIG_BYTES_LEAST);
}

int tri_room_need(const struct tri_session *base,
                  const struct tri_run_options *o, const struct tri_net *net,
                  unsigned fb, struct tri_room_needs *known,
                  const struct tri_resident_shape *shape, uint64_t *bytes,
                  struct tri_why *why)
{
    uint64_t *at = NULL;
    size_t i = 0;
    int rc;

    for (uint32_t r = shape->batch; (r = tri_queue_rows_below(r)) > 0;)
        i++;
    if (known != NULL)
        at = &known->bytes[shape->scores][shape->streams != 0][i];
    if (at != NULL && *at > 0) {
        *bytes = *at;
        return TRI_OK;
    }
    rc = tri_resident_need(base, o, net, fb, shape, bytes, why);
    if (at != NULL && rc == TRI_OK)
        *at = *bytes;
    return rc;
}

int tri_room_shape(const struct tri_session *base,
                   const struct tri_run_options *o, const struct tri_net *net,
                   unsigned fb, uint64_t most, struct tri_room_needs *known,
                   struct tri_resident_shape *shape, uint64_t *bytes,
                   struct tri_why *why)
{
    const uint32_t rows = shape->batch;

    for (shape->streams = 0; shape->streams < 2; shape->streams++)
        for (shape->batch = rows; shape->batch > 0;
             shape->batch = tri_queue_rows_below(shape->batch)) {
            const int rc =
                tri_room_need(base, o, net, fb, known, shape, bytes, why);

            if (rc != TRI_OK || *bytes <= most)
                return rc;
        }
    return TRI_E_NOMEM;
}

/* TRI_OK; TRI_E_NOMEM: the models' part is too small for so many bytes. */
static int fits(const struct tri_room *r, uint64_t bytes, const char *what,
                const char *name, const char *with, const char *give,
                struct tri_why *why)
{
    char needs[24], part[24], all[24];

    return bytes <= r->models
               ? TRI_OK
               : tri_why(why, TRI_E_NOMEM,
                         "%s %s takes %s%s; this party has %s for models and a "
                         "training, of %s (--memory): %s",
                         what, name, tri_bytes_text(needs, bytes), with,
                         tri_bytes_text(part, r->models),
                         tri_bytes_text(all, r->limit), give);
}

int tri_room_takes(const struct tri_room *r, const struct tri_net *net,
                   unsigned fb, const char *name, struct tri_why *why)
{
    for (int scores = TRI_SCORES_NONE; r->limit > 0; scores++) {
        struct tri_resident_shape one = { 1, 1, (enum tri_scores)scores };
        uint64_t bytes;
        int rc = tri_resident_need(&r->base, &r->o, net, fb, &one, &bytes, why);

        if (rc == TRI_OK)
            rc = fits(r, bytes, "model", name,
                      " for one sample, with the weights of one layer at a "
                      "time",
                      "more, or a smaller --ledger, has to be given to `trinn "
                      "serve` at all three parties",
                      why);
        if (rc != TRI_OK)
            return rc;
        if (scores == TRI_SCORES_PROBABILITIES)
            break;
    }
    return TRI_OK;
}

/* What the first step of a training takes, by a dry run. */
static int first_step(const struct tri_room *r, const struct tri_run *run,
                      uint64_t *bytes, struct tri_why *why)
{
    struct tri_run_options *const o = malloc(sizeof *o);
    struct tri_outcome *const out = malloc(sizeof *out);
    struct tri_session s = r->base;
    struct tri_run one = *run;
    struct tri_rundata test;
    int rc = o != NULL && out != NULL ? TRI_OK
                                      : tri_why(why, TRI_E_NOMEM, "no memory");

    if (rc == TRI_OK) {
        *o = *run->o;
        tri_options_fit(o, run->train->count);
        o->ledger = r->o.ledger;
        o->steps = o->epochs = 1;
        o->warmup = 0;
        one.o = o;
        one.dry = 1;
        one.progress = (struct tri_progress){ .who = "", .silent = 1 };
        if (run->test != NULL) {
            const struct tri_data *const d = run->test;

            tri_rundata_zeros(&test, (uint32_t)smaller(d->count, o->batch),
                              d->h, d->w, d->c, d->classes);
            test.data.numbers = d->numbers;
            one.test = &test.data;
        }
        rc = tri_run(&one, &s, out, why);
        *bytes = out->peak + TRI_RUN_BESIDE;
    }
    free(out);
    free(o);
    return rc;
}

int tri_room_trains(const struct tri_room *r, const struct tri_run *run,
                    const char *name, struct tri_why *why)
{
    static const char give[] = "give a smaller --batch or network";
    uint64_t bytes = 0;
    int rc;

    if (r->limit == 0)
        return TRI_OK;
    /* What is far too large is not worth a dry run, for which others wait. */
    rc = fits(r, tri_run_model_bytes(run->o, r->base.id), "training", name,
              " for its model alone", give, why);
    if (rc == TRI_OK)
        rc = first_step(r, run, &bytes, why);
    return rc == TRI_OK ? fits(r, bytes, "training", name, "", give, why) : rc;
}
