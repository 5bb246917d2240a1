#ifndef TRI_BOARDS_HOST_SERVE_QUEUE_H
#define TRI_BOARDS_HOST_SERVE_QUEUE_H

#include <pthread.h>
#include "boards/host/serve/metrics.h"
#include "boards/host/serve/work.h"

/** \file boards/host/serve/queue.h
 *
 * # The requests of clients, between the thread that talks and the one that
 * computes
 *
 * A request comes in from its client's connection, waits, is taken by the order
 * of all three parties (order.h), and goes back with an answer. It is in one of
 * the two lists of the queue, or with the thread that has taken it; who takes
 * it out has to give it back or free it. All functions lock.
 *
 * Fair: P0 takes the oldest request of the client whose requests have taken
 * least of the parties' time lately, and what else fits into the same
 * computation. A proposal that the others do not follow counts as well, and
 * for TRI_QUEUE_ALONE_S no request of that client shares a computation with one
 * of another: who sends requests to one party only holds up nobody else.
 */
enum {
    TRI_QUEUE_BATCH = 32,              /**< requests of one computation */
    TRI_QUEUE_IMAGES = TRI_ASK_IMAGES, /**< images of one computation */
    TRI_QUEUE_SIZES = 4, /**< rows that networks have, up to those images */
    TRI_QUEUE_ALONE_S = 10,
    TRI_QUEUE_TRIES = 3 /**< proposals that another party does not
                             follow, until P0 gives the request back   */
};

struct tri_job {
    struct tri_job *next;
    uint8_t id[TRI_JOB_ID];
    struct tri_ask ask;    /**< a query ...                          */
    struct tri_work *work; /**< ... or something else, from malloc() */
    uint8_t *body;         /**< as it came, in memory for secrets        */
    uint64_t len;
    char who[TRI_CONFIG_CLIENT_NAME]; /**< the client's name ...    */
    uint8_t key[TRI_KEY_BYTES];       /**< ... and its public key   */
    unsigned client; /**< index in the configuration              */
    unsigned place;  /**< of its connection ...                   */
    uint64_t visit;  /**< ... and which of the place's visitors   */
    uint32_t number; /**< the client's                            */
    uint64_t since;  /**< ns: when it came ...                    */
    uint64_t taken;  /**< ... and when it was taken; 0: was not   */
    double part;     /**< of what is computed with it; 0: all     */
    uint64_t store;  /**< bytes that the client may keep here     */
    unsigned tries;
    /* the answer */
    struct tri_message reply;
    uint8_t *block; /**< as of tri_talk_block()                  */
};

/** What is counted; for status and metrics. */
struct tri_queue_count {
    uint64_t asked, refused, answered, failed, images;
    uint64_t wait_ns; /**< from a request's arrival to its answer, all added  */
    uint64_t within[TRI_METRICS_BOUNDS]; /**< answers by that time       */
    size_t waiting;
};

struct tri_queue {
    pthread_mutex_t lock;
    pthread_cond_t more;              /* something waits, or something ends */
    struct tri_job *first, *last;     /* waiting, by age */
    struct tri_job *done, *done_last; /* to be sent       */
    int wake;                         /* descriptor to write to for `done` */
    struct tri_queue_count count;
    /* of every client */
    uint64_t bytes[TRI_CONFIG_CLIENTS], jobs[TRI_CONFIG_CLIENTS];
    uint64_t used[TRI_CONFIG_CLIENTS];    /* ns */
    uint64_t spurned[TRI_CONFIG_CLIENTS]; /* ns: a proposal of its requests was
                                             not followed; 0: none was */
    double credit[TRI_CONFIG_CLIENTS];    /* requests */
    uint64_t credit_at[TRI_CONFIG_CLIENTS];
    uint64_t least; /* what the client had used that was taken last: who begins
                       to ask is no better off */
};

/** Start. \param wake  a descriptor that takes a byte for every answer
 *  \return TRI_OK; TRI_E_NOMEM */
int tri_queue_start(struct tri_queue *q, int wake);
/** Free all that waits. */
void tri_queue_end(struct tri_queue *q);

/** May client `client` send a request of so many bytes now? Counts it for the
 *  rate. \return TRI_OK; TRI_E_NOMEM, with a text: busy */
int tri_queue_admit(struct tri_queue *q, const struct tri_config *c,
                    unsigned client, uint64_t len, uint64_t now,
                    struct tri_why *why);

/** Is there room for so many bytes beside what waits? Not a request of its own:
 *  nothing is counted for the rate. TRI_OK; TRI_E_NOMEM, with a text. */
int tri_queue_holds(struct tri_queue *q, const struct tri_config *c,
                    unsigned client, uint64_t len, struct tri_why *why);

/** As tri_queue_admit() for a question that is answered at once: the rate
 * alone. */
int tri_queue_permit(struct tri_queue *q, const struct tri_config *c,
                     unsigned client, uint64_t now, struct tri_why *why);

/** The client has gone, and another may have its place: it begins as if nobody
 *  had been there. */
void tri_queue_forget(struct tri_queue *q, unsigned client);

/** Let a request wait. \return TRI_OK; TRI_E_ARG: one of that name does already
 *  (it is not taken then) */
int tri_queue_add(struct tri_queue *q, struct tri_job *j);

void tri_job_free(struct tri_job *j);

/** Images that the network has rows for which computes so many: a few sizes,
 *  TRI_QUEUE_IMAGES at most. */
uint32_t tri_queue_rows(uint64_t images);
/** The next smaller one of these sizes; 0: there is none. */
uint32_t tri_queue_rows_below(uint32_t than);

/** Wait until n requests are there, for `ns` at most. */
void tri_queue_gather(struct tri_queue *q, size_t n, uint64_t ns);

/** P0: names of requests that may be computed together; waits up to `ms` for
 *  the first one. \return how many */
size_t tri_queue_pick(struct tri_queue *q,
                      uint8_t id[TRI_QUEUE_BATCH][TRI_JOB_ID], unsigned ms);

/** The other parties: bit i is set if request id[i] is there. Waits up to `ms`
 *  for those that are not. */
uint32_t tri_queue_have(struct tri_queue *q, const uint8_t id[][TRI_JOB_ID],
                        size_t n, unsigned ms);

/** Take out request `id`; NULL: it is not there. A party takes what it votes
 *  for: its client may hang up meanwhile. */
struct tri_job *tri_queue_take(struct tri_queue *q,
                               const uint8_t id[TRI_JOB_ID]);

/** Let a request that was taken wait on, where its age puts it. \param tries
 * P0, as the others did not follow: after so many times it is refused; 0: it is
 * not counted */
void tri_queue_return(struct tri_queue *q, struct tri_job *j, unsigned tries);

/** Give a request back with an answer of `len` bytes in `block` ... */
void tri_queue_answer(struct tri_queue *q, struct tri_job *j, uint8_t *block,
                      uint64_t len);
/** ... or with a text ... */
void tri_queue_tell(struct tri_queue *q, struct tri_job *j, const char *text);
/** ... or with a refusal. */
void tri_queue_refuse(struct tri_queue *q, struct tri_job *j, int err,
                      const char *text);

/** Refuse what has waited since before `since`. */
void tri_queue_expire(struct tri_queue *q, uint64_t since, const char *text);

/** The next one with an answer, or NULL. */
struct tri_job *tri_queue_done(struct tri_queue *q);

/** Forget what waits for a connection that has ended. */
void tri_queue_gone(struct tri_queue *q, unsigned place, uint64_t visit);

/** A line for each request of `client` that waits; TRI_CONFIG_CLIENTS: of all.
 *  \return length */
size_t tri_queue_list(struct tri_queue *q, const struct tri_config *c,
                      unsigned client, uint64_t now, char *out, size_t size);

struct tri_queue_count tri_queue_counts(struct tri_queue *q);

#endif
