#include "net/tcp/life.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#include "core/err.h"
#include "net/conn/out.h"
#include "net/host/clock.h"

enum { BEAT_MS = 1000 /* most between two heartbeats */ };

void tri_tcp_push(struct tri_tcp *t)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != t->id)
            tri_conn_push(&t->c[j]);
}

/* Not to one that has ended: it would answer with a reset, which may overtake
 * its last messages. */
void tri_tcp_beat(struct tri_tcp *t)
{
    const uint64_t now = tri_clock_ns();

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct tri_conn *c = &t->c[j];
        struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };

        if (j == t->id || now - c->last_tx < t->beat_ns ||
            tri_conn_pending(c) || c->tx_broken || t->gone[j] || t->hup[j] ||
            c->said || t->gave_up)
            continue;
        if (poll(&p, 1, 0) != 0)
            continue;
        tri_conn_beat(c);
        tri_conn_push(c);
    }
}

uint64_t tri_tcp_next_beat(const struct tri_tcp *t)
{
    uint64_t at = UINT64_MAX;

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != t->id && t->c[j].last_tx + t->beat_ns < at)
            at = t->c[j].last_tx + t->beat_ns;
    return at;
}

static void *beat_while_computing(void *arg)
{
    struct tri_tcp *t = arg;
    struct timespec at;

    (void)pthread_mutex_lock(&t->wake_lock);
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    while (!t->stop) {
        const uint64_t ns = (uint64_t)at.tv_nsec + t->beat_ns / 2;

        at.tv_sec += (time_t)(ns / 1000000000u);
        at.tv_nsec = (long)(ns % 1000000000u);
        while (!t->stop &&
               pthread_cond_timedwait(&t->wake, &t->wake_lock, &at) == 0)
            ;
        if (t->stop || pthread_mutex_trylock(&t->lock) != 0)
            continue;
        tri_tcp_push(t);
        tri_tcp_beat(t);
        (void)pthread_mutex_unlock(&t->lock);
        (void)clock_gettime(CLOCK_MONOTONIC, &at);
    }
    (void)pthread_mutex_unlock(&t->wake_lock);
    return NULL;
}

int tri_tcp_start(struct tri_tcp *t, unsigned id, uint32_t deadline_ms,
                  int threaded)
{
    pthread_condattr_t attr;
    sigset_t all, before;

    t->id = id;
    t->beat_ns = (uint64_t)deadline_ms * 250000u;
    if (t->beat_ns > BEAT_MS * UINT64_C(1000000))
        t->beat_ns = BEAT_MS * UINT64_C(1000000);
    t->started = 1;
    (void)pthread_mutex_init(&t->lock, NULL);
    (void)pthread_mutex_init(&t->wake_lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&t->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    if (!threaded)
        return TRI_OK;
    /* Signals are for the threads of the program. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    t->threaded =
        pthread_create(&t->thread, NULL, beat_while_computing, t) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return t->threaded ? TRI_OK : TRI_E_NOMEM;
}

void tri_tcp_stop(struct tri_tcp *t)
{
    if (!t->started)
        return;
    if (t->threaded) {
        (void)pthread_mutex_lock(&t->wake_lock);
        t->stop = 1;
        (void)pthread_cond_signal(&t->wake);
        (void)pthread_mutex_unlock(&t->wake_lock);
        (void)pthread_join(t->thread, NULL);
    }
    (void)pthread_cond_destroy(&t->wake);
    (void)pthread_mutex_destroy(&t->wake_lock);
    (void)pthread_mutex_destroy(&t->lock);
}
