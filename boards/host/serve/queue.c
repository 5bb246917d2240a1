#include "boards/host/serve/queue.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "boards/host/serve/talk.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/host/clock.h"
#include "net/host/secret.h"

static const uint64_t second = 1000000000;

int tri_queue_start(struct tri_queue *q, int wake)
{
    pthread_condattr_t attr;
    int bad;

    memset(q, 0, sizeof *q);
    q->wake = wake;
    bad = pthread_condattr_init(&attr);
    bad |= pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    bad |= pthread_mutex_init(&q->lock, NULL);
    bad |= pthread_cond_init(&q->more, &attr);
    (void)pthread_condattr_destroy(&attr);
    return bad == 0 ? TRI_OK : TRI_E_NOMEM;
}

void tri_job_free(struct tri_job *j)
{
    if (j == NULL)
        return;
    tri_secret_free(j->body);
    tri_secret_free(j->block);
    free(j->work);
    tri_wipe(j, sizeof *j);
    free(j);
}

void tri_queue_end(struct tri_queue *q)
{
    struct tri_job *lists[2] = { q->first, q->done };

    for (int i = 0; i < 2; i++)
        for (struct tri_job *j = lists[i], *next; j != NULL; j = next) {
            next = j->next;
            tri_job_free(j);
        }
    (void)pthread_mutex_destroy(&q->lock);
    (void)pthread_cond_destroy(&q->more);
}

/* ---- waiting ------------------------------------------------------------- */

static struct tri_job *find(const struct tri_queue *q, const uint8_t *id)
{
    struct tri_job *j = q->first;

    while (j != NULL && memcmp(j->id, id, TRI_JOB_ID) != 0)
        j = j->next;
    return j;
}

/* Out of the list of those that wait. */
static void unlink_job(struct tri_queue *q, struct tri_job *j)
{
    struct tri_job *before = NULL;

    for (struct tri_job *p = q->first; p != j; p = p->next)
        before = p;
    if (before != NULL)
        before->next = j->next;
    else
        q->first = j->next;
    if (q->last == j)
        q->last = before;
    j->next = NULL;
    q->count.waiting--;
}

/* The client has one less of its own here. */
static void settle(struct tri_queue *q, const struct tri_job *j)
{
    q->jobs[j->client]--;
    q->bytes[j->client] -= j->len;
}

static int later(struct tri_queue *q, const struct timespec *end)
{
    return pthread_cond_timedwait(&q->more, &q->lock, end) == 0;
}

static struct timespec after_ns(uint64_t ns)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ns / second);
    t.tv_nsec += (long)(ns % second);
    if (t.tv_nsec >= (long)second) {
        t.tv_nsec -= (long)second;
        t.tv_sec++;
    }
    return t;
}

static struct timespec after(unsigned ms)
{
    return after_ns((uint64_t)ms * 1000000);
}

/* Locked: one more request; non-zero if the rate permits it. */
static int credit(struct tri_queue *q, double rate, unsigned client,
                  uint64_t now)
{
    const double gain =
        (double)(now - q->credit_at[client]) / (double)second * rate;

    q->count.asked++;
    q->credit[client] =
        q->credit_at[client] == 0 || q->credit[client] + gain > rate
            ? rate
            : q->credit[client] + gain;
    q->credit_at[client] = now;
    return q->credit[client] >= 1;
}

static int busy(const struct tri_config *c, unsigned client, const char *what,
                struct tri_why *why)
{
    return tri_why(why, TRI_E_NOMEM,
                   "busy: client %s has reached `limit %s` of this party; ask "
                   "again later",
                   c->client[client].name, what);
}

/* `waits`: it is to be kept, with len bytes. */
static int judge(struct tri_queue *q, const struct tri_config *c,
                 unsigned client, int waits, uint64_t len, uint64_t now,
                 struct tri_why *why)
{
    const char *what = NULL;

    (void)pthread_mutex_lock(&q->lock);
    if (!credit(q, c->limit_rate, client, now))
        what = "rate";
    else if (waits && q->jobs[client] >= c->limit_jobs)
        what = "jobs";
    else if (waits && q->bytes[client] + len > c->limit_bytes)
        what = "bytes";
    else
        q->credit[client] -= 1;
    if (what != NULL)
        q->count.refused++;
    (void)pthread_mutex_unlock(&q->lock);
    return what == NULL ? TRI_OK : busy(c, client, what, why);
}

int tri_queue_holds(struct tri_queue *q, const struct tri_config *c,
                    unsigned client, uint64_t len, struct tri_why *why)
{
    int over;

    (void)pthread_mutex_lock(&q->lock);
    over = q->bytes[client] + len > c->limit_bytes;
    q->count.refused += (uint64_t)over;
    (void)pthread_mutex_unlock(&q->lock);
    if (len > c->limit_bytes)
        return tri_why(why, TRI_E_NOMEM,
                       "%llu bytes, with what client %s has not read yet, are "
                       "more than `limit bytes` of this party",
                       (unsigned long long)len, c->client[client].name);
    return over ? busy(c, client, "bytes", why) : TRI_OK;
}

int tri_queue_admit(struct tri_queue *q, const struct tri_config *c,
                    unsigned client, uint64_t len, uint64_t now,
                    struct tri_why *why)
{
    return judge(q, c, client, 1, len, now, why);
}

int tri_queue_permit(struct tri_queue *q, const struct tri_config *c,
                     unsigned client, uint64_t now, struct tri_why *why)
{
    return judge(q, c, client, 0, 0, now, why);
}

/* What is still computed for it is its own, and is given back. */
void tri_queue_forget(struct tri_queue *q, unsigned client)
{
    (void)pthread_mutex_lock(&q->lock);
    q->used[client] = q->least;
    q->spurned[client] = q->credit_at[client] = 0;
    (void)pthread_mutex_unlock(&q->lock);
}

int tri_queue_add(struct tri_queue *q, struct tri_job *j)
{
    int rc = TRI_OK;

    (void)pthread_mutex_lock(&q->lock);
    if (find(q, j->id) != NULL) {
        q->count.refused++;
        rc = TRI_E_ARG;
    } else {
        j->next = NULL;
        if (q->last != NULL)
            q->last->next = j;
        else
            q->first = j;
        q->last = j;
        if (q->jobs[j->client]++ == 0 && q->used[j->client] < q->least)
            q->used[j->client] = q->least;
        q->bytes[j->client] += j->len;
        q->count.waiting++;
        (void)pthread_cond_broadcast(&q->more);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return rc;
}

/* ---- taking -------------------------------------------------------------- */

/* Whose turn is it? The oldest request of the client that has had least. */
static struct tri_job *turn(struct tri_queue *q)
{
    struct tri_job *best = NULL;

    for (struct tri_job *j = q->first; j != NULL; j = j->next)
        if (best == NULL || j->tries < best->tries ||
            (j->tries == best->tries &&
             q->used[j->client] < q->used[best->client]))
            best = j;
    if (best != NULL && q->used[best->client] > q->least)
        q->least = q->used[best->client];
    return best;
}

static const uint32_t rows[TRI_QUEUE_SIZES] = { 1, 8, 32, TRI_QUEUE_IMAGES };

uint32_t tri_queue_rows(uint64_t images)
{
    size_t i = 0;

    while (rows[i] < images && rows[i] < TRI_QUEUE_IMAGES)
        i++;
    return rows[i];
}

uint32_t tri_queue_rows_below(uint32_t than)
{
    uint32_t most = 0;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i] < than)
            most = rows[i];
    return most;
}

/* Of n requests the first that fill at least half the rows they need: a network
 * computes all its rows, whether they are asked for or not. */
static size_t filling(const uint32_t *count, size_t n)
{
    uint64_t images = 0;

    for (size_t i = 0; i < n; i++)
        images += count[i];
    for (; n > 1 && 2 * images < tri_queue_rows(images); n--)
        images -= count[n - 1];
    return n;
}

void tri_queue_gather(struct tri_queue *q, size_t n, uint64_t ns)
{
    const struct timespec end = after_ns(ns);

    (void)pthread_mutex_lock(&q->lock);
    while (q->count.waiting < n && later(q, &end))
        ;
    (void)pthread_mutex_unlock(&q->lock);
}

/* The others may not have what this client sends, and wait for it in vain. */
static int alone(const struct tri_queue *q, unsigned client)
{
    return q->spurned[client] != 0 &&
           tri_clock_ns() - q->spurned[client] < TRI_QUEUE_ALONE_S * second;
}

static int shares(const struct tri_queue *q, const struct tri_job *a,
                  const struct tri_job *b)
{
    return a->client == b->client ||
           (!alone(q, a->client) && !alone(q, b->client));
}

size_t tri_queue_pick(struct tri_queue *q,
                      uint8_t id[TRI_QUEUE_BATCH][TRI_JOB_ID], unsigned ms)
{
    const struct timespec end = after(ms);
    uint32_t count[TRI_QUEUE_BATCH];
    struct tri_job *first;
    size_t n = 0;

    (void)pthread_mutex_lock(&q->lock);
    while (q->first == NULL && later(q, &end))
        ;
    first = turn(q);
    if (first != NULL) {
        uint64_t images = first->ask.count;

        count[n] = first->ask.count;
        memcpy(id[n++], first->id, TRI_JOB_ID);
        for (struct tri_job *j = q->first; j != NULL && n < TRI_QUEUE_BATCH;
             j = j->next)
            if (j != first && j->tries == first->tries && first->work == NULL &&
                j->work == NULL && tri_ask_alike(&j->ask, &first->ask) &&
                shares(q, j, first) &&
                images + j->ask.count <= TRI_QUEUE_IMAGES) {
                count[n] = j->ask.count;
                memcpy(id[n++], j->id, TRI_JOB_ID);
                images += j->ask.count;
            }
        n = filling(count, n);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return n;
}

uint32_t tri_queue_have(struct tri_queue *q, const uint8_t id[][TRI_JOB_ID],
                        size_t n, unsigned ms)
{
    const uint32_t all = n == 32 ? UINT32_MAX : (1u << n) - 1;
    const struct timespec end = after(ms);
    uint32_t have;

    (void)pthread_mutex_lock(&q->lock);
    do {
        have = 0;
        for (size_t i = 0; i < n; i++)
            have |= (uint32_t)(find(q, id[i]) != NULL) << i;
    } while (have != all && later(q, &end));
    (void)pthread_mutex_unlock(&q->lock);
    return have;
}

struct tri_job *tri_queue_take(struct tri_queue *q,
                               const uint8_t id[TRI_JOB_ID])
{
    struct tri_job *j;

    (void)pthread_mutex_lock(&q->lock);
    j = find(q, id);
    if (j != NULL) {
        unlink_job(q, j);
        j->taken = tri_clock_ns();
    }
    (void)pthread_mutex_unlock(&q->lock);
    return j;
}

/* ---- giving back --------------------------------------------------------- */

/* Into the span of times it belongs to. */
static void tally(struct tri_queue *q, uint64_t ns)
{
    q->count.wait_ns += ns;
    for (unsigned i = 0; i < TRI_METRICS_BOUNDS; i++)
        if (ns <= (uint64_t)tri_metrics_bound[i] * 1000000) {
            q->count.within[i]++;
            return;
        }
}

/* Locked: its client has had the time since it was taken. */
static void charge(struct tri_queue *q, struct tri_job *j)
{
    const double part = j->part > 0 ? j->part : 1;

    if (j->taken != 0)
        q->used[j->client] +=
            (uint64_t)((double)(tri_clock_ns() - j->taken) * part);
    j->taken = 0;
}

/* Locked: the answer is there. */
static void finish(struct tri_queue *q, struct tri_job *j)
{
    charge(q, j);
    settle(q, j);
    tri_secret_free(j->body);
    j->body = NULL;
    j->next = NULL;
    if (q->done_last != NULL)
        q->done_last->next = j;
    else
        q->done = j;
    q->done_last = j;
    /* A full pipe wakes as well. */
    if (write(q->wake, "", 1) < 0)
        return;
}

static void reply(struct tri_queue *q, struct tri_job *j,
                  enum tri_message_kind kind, uint8_t *block, uint64_t len)
{
    j->block = block;
    j->reply = (struct tri_message){ kind, j->number, len };
    (void)pthread_mutex_lock(&q->lock);
    q->count.answered++;
    q->count.images += j->ask.count;
    tally(q, tri_clock_ns() - j->since);
    finish(q, j);
    (void)pthread_mutex_unlock(&q->lock);
}

void tri_queue_answer(struct tri_queue *q, struct tri_job *j, uint8_t *block,
                      uint64_t len)
{
    reply(q, j, TRI_MESSAGE_ANSWER, block, len);
}

void tri_queue_tell(struct tri_queue *q, struct tri_job *j, const char *text)
{
    const size_t n = strlen(text);
    uint8_t *const block = tri_talk_block(n);

    if (block != NULL)
        memcpy(block + TRI_MESSAGE_HEAD, text, n);
    reply(q, j, TRI_MESSAGE_TEXT_REPLY, block, n);
}

static void refuse(struct tri_queue *q, struct tri_job *j, int err,
                   const char *text)
{
    j->block = tri_talk_refusal(&j->reply, j->number, err, text);
    q->count.failed++;
    finish(q, j);
}

void tri_queue_refuse(struct tri_queue *q, struct tri_job *j, int err,
                      const char *text)
{
    (void)pthread_mutex_lock(&q->lock);
    refuse(q, j, err, text);
    (void)pthread_mutex_unlock(&q->lock);
}

void tri_queue_return(struct tri_queue *q, struct tri_job *j, unsigned tries)
{
    (void)pthread_mutex_lock(&q->lock);
    if (tries > 0) {
        charge(q, j);
        q->spurned[j->client] = tri_clock_ns();
    }
    if (tries > 0 && ++j->tries >= tries) {
        refuse(q, j, TRI_E_MISMATCH,
               "not all three parties have this request: it did not reach "
               "them, or one of them has refused it");
    } else {
        struct tri_job **at = &q->first;

        while (*at != NULL && (*at)->since < j->since)
            at = &(*at)->next;
        j->next = *at;
        *at = j;
        if (j->next == NULL)
            q->last = j;
        q->count.waiting++;
    }
    (void)pthread_mutex_unlock(&q->lock);
}

void tri_queue_expire(struct tri_queue *q, uint64_t since, const char *text)
{
    (void)pthread_mutex_lock(&q->lock);
    for (struct tri_job *j = q->first, *next; j != NULL; j = next) {
        next = j->next;
        if (j->since < since) {
            unlink_job(q, j);
            refuse(q, j, TRI_E_TIMEOUT, text);
        }
    }
    (void)pthread_mutex_unlock(&q->lock);
}

struct tri_job *tri_queue_done(struct tri_queue *q)
{
    struct tri_job *j;

    (void)pthread_mutex_lock(&q->lock);
    j = q->done;
    if (j != NULL)
        q->done = j->next;
    if (q->done == NULL)
        q->done_last = NULL;
    (void)pthread_mutex_unlock(&q->lock);
    return j;
}

void tri_queue_gone(struct tri_queue *q, unsigned place, uint64_t visit)
{
    (void)pthread_mutex_lock(&q->lock);
    for (struct tri_job *j = q->first, *next; j != NULL; j = next) {
        next = j->next;
        if (j->place == place && j->visit == visit) {
            unlink_job(q, j);
            settle(q, j);
            tri_job_free(j);
        }
    }
    (void)pthread_mutex_unlock(&q->lock);
}

/* ---- what is seen of it -------------------------------------------------- */

static const char *what_for(const struct tri_job *j)
{
    if (j->work == NULL)
        return "ask";
    return j->work->kind == TRI_MESSAGE_UPLOAD  ? "send"
           : j->work->kind == TRI_MESSAGE_TRAIN ? "train"
           : j->work->kind == TRI_MESSAGE_FETCH ? "fetch"
                                                : "cancel";
}

size_t tri_queue_list(struct tri_queue *q, const struct tri_config *c,
                      unsigned client, uint64_t now, char *out, size_t size)
{
    struct tri_text t = { out, size, 0 };

    (void)pthread_mutex_lock(&q->lock);
    for (const struct tri_job *j = q->first; j != NULL; j = j->next)
        if (client == j->client || client == TRI_CONFIG_CLIENTS)
            tri_text_add(&t,
                         "%02x%02x%02x%02x  %s %s  %u images  client %s  "
                         "waits %.1f s\n",
                         j->id[0], j->id[1], j->id[2], j->id[3], what_for(j),
                         j->work != NULL ? j->work->name : j->ask.model,
                         j->ask.count, c->client[j->client].name,
                         (double)(now - j->since) / 1e9);
    (void)pthread_mutex_unlock(&q->lock);
    return tri_message_lines(&t);
}

struct tri_queue_count tri_queue_counts(struct tri_queue *q)
{
    struct tri_queue_count count;

    (void)pthread_mutex_lock(&q->lock);
    count = q->count;
    (void)pthread_mutex_unlock(&q->lock);
    return count;
}
