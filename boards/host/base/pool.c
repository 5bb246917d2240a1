/*
 * A run publishes fn, arg and n, then a new ticket: generation | tasks left.
 * Claiming a task is a compare-and-swap that takes one off. It succeeds only
 * in the generation in which the ticket was read, and while a task of that
 * generation is unclaimed its run has not returned; so the fn, arg and n read
 * between the two belong to the claimed task. That a task is left stands in
 * the ticket alone: a late thread cannot take it from the n of the next run.
 */
#include "boards/host/base/pool.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include "core/err.h"

enum {
    SPINS = 2000, /* looks before sleeping: some microseconds; parties may
                     share cores, so not more */
    LINE = 64     /* bytes of a cache line: keep the hot words apart */
};

/* A ticket counts with 32 bits. */
#define TASKS_MAX ((size_t)UINT32_MAX)

struct worker {
    struct tri_pool_state *s;
    pthread_t thread;
    unsigned index;
};

struct tri_pool_state {
    _Alignas(LINE) _Atomic uint64_t ticket;
    _Alignas(LINE) _Atomic size_t done; /* finished tasks of this run */
    _Alignas(LINE) _Atomic(tri_task_fn *) fn;
    _Atomic(void *) arg;
    _Atomic size_t n;
    _Atomic unsigned sleepers; /* threads waiting on `work` */
    _Atomic int caller_sleeps; /* the caller waits on `finished` */
    _Atomic int stop;
    pthread_mutex_t lock;
    pthread_cond_t work, finished;
    unsigned threads;
    struct worker worker[TRI_POOL_MAX];
};

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static uint32_t generation(uint64_t ticket)
{
    return (uint32_t)(ticket >> 32);
}

/* Take tasks until none is left; returns the generation they were of. */
static uint32_t take_tasks(struct tri_pool_state *s, unsigned index)
{
    uint64_t ticket = atomic_load(&s->ticket);

    for (;;) {
        tri_task_fn *fn = atomic_load_explicit(&s->fn, memory_order_relaxed);
        void *arg = atomic_load_explicit(&s->arg, memory_order_relaxed);
        const size_t n = atomic_load_explicit(&s->n, memory_order_relaxed);
        const uint32_t left = (uint32_t)ticket;

        if (left == 0)
            return generation(ticket);
        if (!atomic_compare_exchange_weak(&s->ticket, &ticket, ticket - 1))
            continue;
        fn(arg, n - left, index);
        if (atomic_fetch_add(&s->done, 1) + 1 == n &&
            atomic_load(&s->caller_sleeps)) {
            pthread_mutex_lock(&s->lock);
            pthread_cond_signal(&s->finished);
            pthread_mutex_unlock(&s->lock);
        }
        ticket = atomic_load(&s->ticket);
    }
}

/* Wait for a generation other than `seen`, or the end. */
static void await_work(struct tri_pool_state *s, uint32_t seen)
{
    for (int i = 0; i < SPINS; i++) {
        if (generation(
                atomic_load_explicit(&s->ticket, memory_order_relaxed)) != seen)
            return;
        relax();
    }
    pthread_mutex_lock(&s->lock);
    atomic_fetch_add(&s->sleepers, 1);
    while (generation(atomic_load(&s->ticket)) == seen &&
           !atomic_load(&s->stop))
        pthread_cond_wait(&s->work, &s->lock);
    atomic_fetch_sub(&s->sleepers, 1);
    pthread_mutex_unlock(&s->lock);
}

static void *worker_main(void *arg)
{
    const struct worker *w = arg;
    struct tri_pool_state *s = w->s;

    while (!atomic_load(&s->stop))
        await_work(s, take_tasks(s, w->index));
    return NULL;
}

static void await_done(struct tri_pool_state *s, size_t n)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&s->done) == n)
            return;
        relax();
    }
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->caller_sleeps, 1);
    while (atomic_load(&s->done) != n)
        pthread_cond_wait(&s->finished, &s->lock);
    atomic_store(&s->caller_sleeps, 0);
    pthread_mutex_unlock(&s->lock);
}

static void run_some(struct tri_pool_state *s, tri_task_fn *fn, void *arg,
                     size_t n)
{
    const uint64_t next =
        (uint64_t)(generation(atomic_load(&s->ticket)) + 1u) << 32 | n;
    unsigned sleepers;

    atomic_store_explicit(&s->fn, fn, memory_order_relaxed);
    atomic_store_explicit(&s->arg, arg, memory_order_relaxed);
    atomic_store_explicit(&s->n, n, memory_order_relaxed);
    atomic_store_explicit(&s->done, 0, memory_order_relaxed);
    atomic_store(&s->ticket, next);
    sleepers = atomic_load(&s->sleepers);
    if (sleepers > 0) {
        pthread_mutex_lock(&s->lock);
        for (size_t i = 0; i < sleepers && i < n - 1; i++)
            pthread_cond_signal(&s->work);
        pthread_mutex_unlock(&s->lock);
    }
    (void)take_tasks(s, 0);
    await_done(s, n);
}

/* A task with a number past 32 bits. */
struct shifted {
    tri_task_fn *fn;
    void *arg;
    size_t first;
};

static void run_shifted(void *arg, size_t task, unsigned index)
{
    const struct shifted *f = arg;

    f->fn(f->arg, f->first + task, index);
}

static void pool_run(void *self, tri_task_fn *fn, void *arg, size_t n)
{
    struct shifted f = { fn, arg, 0 };

    if (n > 0 && n <= TASKS_MAX) {
        run_some(self, fn, arg, n);
        return;
    }
    for (; f.first < n; f.first += TASKS_MAX)
        run_some(self, run_shifted, &f,
                 n - f.first < TASKS_MAX ? n - f.first : TASKS_MAX);
}

static void state_free(struct tri_pool_state *s)
{
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->stop, 1);
    atomic_fetch_add(&s->ticket, (uint64_t)1 << 32); /* ends the spinning */
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
    for (unsigned i = 0; i < s->threads; i++)
        pthread_join(s->worker[i].thread, NULL);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->finished);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

int tri_pool_start(struct tri_pool *p, unsigned workers)
{
    struct tri_pool_state *s;
    sigset_t all, old;
    int rc = 0;

    if (p == NULL || workers < 1 || workers > TRI_POOL_MAX)
        return TRI_E_ARG;
    s = aligned_alloc(LINE, sizeof(*s));
    if (s == NULL)
        return TRI_E_NOMEM;
    *s = (struct tri_pool_state){ .threads = 0 };
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    pthread_cond_init(&s->finished, NULL);

    /* Signals are the caller's business. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (rc == 0 && s->threads + 1 < workers) {
        struct worker *w = &s->worker[s->threads];

        w->s = s;
        w->index = s->threads + 1;
        rc = pthread_create(&w->thread, NULL, worker_main, w);
        if (rc == 0)
            s->threads++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc != 0) {
        state_free(s);
        return TRI_E_NOMEM;
    }
    p->state = s;
    p->par = (struct tri_par){ workers, s, pool_run };
    return TRI_OK;
}

void tri_pool_stop(struct tri_pool *p)
{
    if (p->state != NULL)
        state_free(p->state);
    p->state = NULL;
    p->par = (struct tri_par){ 1, NULL, NULL };
}

const struct tri_pool_ops tri_pool_ops = { tri_pool_start, tri_pool_stop };
