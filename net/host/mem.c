#include "net/host/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/err.h"
#include "net/fail.h"
#include "net/host/clock.h"
#include "net/record.h"

struct message {
    const void *buf; /* the sender's, or own */
    void *own;       /* copy made by a flush, or NULL */
    size_t len;
    uint64_t depth;
};

/* One direction: sent by one party, taken by another. */
struct queue {
    struct message m[TRI_MEM_QUEUE];
    size_t head, count;
    size_t kept; /* bytes in own copies */
    size_t lent; /* messages in the sender's buffers: the newest */
    uint64_t wire, cut;
    int broken;
};

/* What the three links share, under one lock. */
struct hub {
    pthread_mutex_t lock;
    pthread_cond_t wake[TRI_PARTIES];
    struct queue q[TRI_PARTIES][TRI_PARTIES]; /* [from][to] */
    enum { RUNS, ENDED, FAILED } state[TRI_PARTIES];
    struct tri_bye why[TRI_PARTIES]; /* FAILED: what it says */
    unsigned links;
};

/* Everybody looks again: something has changed. */
static void wake_all(struct hub *h)
{
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        pthread_cond_signal(&h->wake[i]);
}

/* Copy what fits aside, oldest first, so that its buffer is the sender's
 * again. */
static int set_aside(struct queue *q)
{
    for (size_t i = q->count - q->lent; i < q->count; i++) {
        struct message *m = &q->m[(q->head + i) % TRI_MEM_QUEUE];

        if (q->kept + m->len > TRI_MEM_BUFFER)
            return TRI_OK;
        m->own = malloc(m->len);
        if (m->own == NULL)
            return TRI_E_NOMEM;
        memcpy(m->own, m->buf, m->len);
        m->buf = m->own;
        q->kept += m->len;
        q->lent--;
    }
    return TRI_OK;
}

/* This party gives up because of `blamed`, with the text of the link: the
 * others see it at once, and its buffers are its own again. */
static int give_up(struct tri_link *l, int blamed, int rc)
{
    struct hub *h = l->self;

    if (h->state[l->id] == RUNS) {
        h->state[l->id] = tri_link_over(l) ? ENDED : FAILED;
        l->blamed = blamed;
        tri_bye_make(&h->why[l->id], rc, blamed, l->error);
    }
    for (unsigned to = 0; to < TRI_PARTIES; to++) {
        struct queue *q = &h->q[l->id][to];

        /* What a socket would still deliver is kept; the rest, which is at
         * the end of the queue, is dropped. */
        (void)set_aside(q);
        q->count -= q->lent;
        q->lent = 0;
    }
    wake_all(h);
    return rc;
}

/* Sleep until something changes. 0, or -1 at the deadline. */
static int nap(struct tri_link *l, uint64_t deadline)
{
    struct hub *h = l->self;
    const struct timespec at = { (time_t)(deadline / 1000000000u),
                                 (long)(deadline % 1000000000u) };
    const uint64_t t = tri_clock_ns();
    const int rc = pthread_cond_timedwait(&h->wake[l->id], &h->lock, &at);

    l->stats.wait_ns += tri_clock_ns() - t;
    return rc != 0 ? -1 : 0;
}

static uint64_t deadline_of(const struct tri_link *l)
{
    return tri_clock_ns() + (uint64_t)l->deadline_ms * 1000000u;
}

/* A party that failed ends everybody's wait. */
static int check_failed(struct tri_link *l)
{
    const struct hub *h = l->self;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (i != l->id && h->state[i] == FAILED)
            return give_up(l, h->why[i].blamed,
                           tri_link_fail_heard(l, i, &h->why[i]));
    return TRI_OK;
}

/* Can a message still go to `to`? */
static int check_open(struct tri_link *l, unsigned to)
{
    struct hub *h = l->self;

    if (h->q[l->id][to].broken || h->state[to] == ENDED)
        return give_up(l, (int)to, tri_link_fail_gone(l, to));
    return check_failed(l);
}

static int mem_send(struct tri_link *l, unsigned to, const void *buf,
                    size_t len)
{
    struct hub *h = l->self;
    struct queue *q = &h->q[l->id][to];
    const uint64_t deadline = deadline_of(l);
    int rc;

    pthread_mutex_lock(&h->lock);
    for (;;) {
        rc = check_open(l, to);
        if (rc != TRI_OK || q->count < TRI_MEM_QUEUE)
            break;
        if (nap(l, deadline) != 0 && q->count == TRI_MEM_QUEUE) {
            rc = give_up(l, (int)to, tri_link_fail_stuck(l, to));
            break;
        }
    }
    if (rc == TRI_OK && q->wire + tri_record_wire(len) > q->cut) {
        q->broken = 1;
        rc = check_open(l, to);
    }
    if (rc == TRI_OK) {
        q->m[(q->head + q->count++) % TRI_MEM_QUEUE] =
            (struct message){ buf, NULL, len, l->stats.rounds + 1 };
        q->lent++;
        q->wire += tri_record_wire(len);
        l->stats.sent[to] += tri_record_wire(len);
        pthread_cond_signal(&h->wake[to]);
    }
    pthread_mutex_unlock(&h->lock);
    return rc;
}

/* Hand the oldest message over. */
static int take(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct hub *h = l->self;
    struct queue *q = &h->q[from][l->id];
    struct message *m = &q->m[q->head];

    if (m->len != len)
        return give_up(l, (int)from,
                       tri_link_fail_length(l, from, m->len, 0, len));
    memcpy(buf, m->buf, len);
    if (m->depth > l->stats.rounds)
        l->stats.rounds = m->depth;
    l->stats.received[from] += tri_record_wire(len);
    if (m->own != NULL)
        q->kept -= len;
    else
        q->lent--;
    free(m->own);
    q->head = (q->head + 1) % TRI_MEM_QUEUE;
    q->count--;
    pthread_cond_signal(&h->wake[from]);
    return TRI_OK;
}

static int mem_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct hub *h = l->self;
    struct queue *q = &h->q[from][l->id];
    const uint64_t deadline = deadline_of(l);
    int rc = TRI_OK, late = 0;

    pthread_mutex_lock(&h->lock);
    while (rc == TRI_OK && q->count == 0) {
        if (q->broken || h->state[from] == ENDED)
            rc = give_up(l, (int)from, tri_link_fail_gone(l, from));
        else
            rc = check_failed(l);
        if (rc == TRI_OK && late)
            rc = give_up(l, (int)from, tri_link_fail_silent(l, from, len));
        if (rc == TRI_OK)
            late = nap(l, deadline) != 0;
    }
    if (rc == TRI_OK)
        rc = take(l, from, buf, len);
    pthread_mutex_unlock(&h->lock);
    return rc;
}

static int mem_flush(struct tri_link *l)
{
    struct hub *h = l->self;
    uint64_t deadline = deadline_of(l);
    int rc = TRI_OK;

    pthread_mutex_lock(&h->lock);
    for (unsigned to = 0; to < TRI_PARTIES && rc == TRI_OK; to++) {
        struct queue *q = &h->q[l->id][to];
        size_t before = 0;

        while (to != l->id && rc == TRI_OK) {
            rc = set_aside(q);
            if (rc != TRI_OK)
                rc = give_up(
                    l, (int)l->id,
                    tri_link_fail(l, rc, "P%u is out of memory", l->id));
            if (rc != TRI_OK || q->lent == 0)
                break;
            if (q->lent != before)
                deadline = deadline_of(l);
            before = q->lent;
            rc = check_open(l, to);
            if (rc == TRI_OK && nap(l, deadline) != 0 && q->lent == before)
                rc = give_up(l, (int)to, tri_link_fail_stuck(l, to));
        }
    }
    pthread_mutex_unlock(&h->lock);
    return rc;
}

/* A message is visible to its receiver as soon as it is queued. */
static int mem_poll(struct tri_link *l)
{
    (void)l;
    return TRI_OK;
}

static void hub_free(struct hub *h)
{
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        for (unsigned j = 0; j < TRI_PARTIES; j++) {
            struct queue *q = &h->q[i][j];

            for (size_t k = 0; k < q->count; k++)
                free(q->m[(q->head + k) % TRI_MEM_QUEUE].own);
        }
        pthread_cond_destroy(&h->wake[i]);
    }
    pthread_mutex_destroy(&h->lock);
    free(h);
}

static void mem_fail(struct tri_link *l, int err)
{
    struct hub *h = l->self;

    pthread_mutex_lock(&h->lock);
    (void)give_up(l, l->blamed, err);
    pthread_mutex_unlock(&h->lock);
}

static void mem_close(struct tri_link *l)
{
    struct hub *h = l->self;
    unsigned left;

    if (l->dead != TRI_OK || mem_flush(l) != TRI_OK)
        mem_fail(l, l->dead);
    pthread_mutex_lock(&h->lock);
    if (h->state[l->id] == RUNS)
        h->state[l->id] = ENDED;
    left = --h->links;
    wake_all(h);
    pthread_mutex_unlock(&h->lock);
    if (left == 0)
        hub_free(h);
}

static const struct tri_link_ops mem_ops = {
    .send = mem_send,
    .recv = mem_recv,
    .flush = mem_flush,
    .poll = mem_poll,
    .close = mem_close,
    .fail = mem_fail,
};

int tri_mem_create(struct tri_link l[TRI_PARTIES], uint32_t deadline_ms)
{
    pthread_condattr_t attr;
    struct hub *h;

    if (l == NULL || deadline_ms == 0)
        return TRI_E_ARG;
    h = calloc(1, sizeof(*h));
    if (h == NULL)
        return TRI_E_NOMEM;
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    h->links = TRI_PARTIES;
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        pthread_cond_init(&h->wake[i], &attr);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            h->q[i][j].cut = UINT64_MAX;
        l[i] = (struct tri_link){ .ops = &mem_ops,
                                  .self = h,
                                  .id = i,
                                  .blamed = TRI_NOBODY,
                                  .deadline_ms = deadline_ms };
    }
    pthread_condattr_destroy(&attr);
    return TRI_OK;
}

void tri_mem_cut(struct tri_link *l, unsigned to, uint64_t bytes)
{
    struct hub *h = l->self;

    pthread_mutex_lock(&h->lock);
    h->q[l->id][to].cut = bytes;
    pthread_mutex_unlock(&h->lock);
}
