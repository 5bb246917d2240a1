#include "tests/support/patience.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net/host/clock.h"
#include "tests/support/links.h"

enum { NAP_MS = 9, WORK_MS = 1, TURN_MS = NAP_MS + WORK_MS, MOST = 16 };

struct witness {
    atomic_int over;
    uint64_t start, turns, took, late; /* ms; late: the latest turn */
};

static uint64_t worked_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *watch(void *arg)
{
    struct witness *const w = arg;

    do { /* the first one begins before the thread does */
        const uint64_t worked = worked_ns();
        uint64_t now, took;

        tri_links_sleep(NAP_MS);
        while (worked_ns() - worked < WORK_MS * 1000000u)
            ;
        now = tri_links_ms();
        took = now - w->start;
        w->start = now;
        w->turns++;
        w->took += took;
        if (took > w->late + TURN_MS)
            w->late = took - TURN_MS;
    } while (!atomic_load(&w->over));
    return NULL;
}

static int was_busy(const struct witness *w, uint32_t ms)
{
    return w->late * 10 > ms || w->took > 2 * TURN_MS * w->turns;
}

void tri_patience(struct tri_check *c, uint32_t ms, tri_patience_fn *fn,
                  void *arg)
{
    for (uint32_t times = 1; times <= MOST; times *= 2) {
        struct tri_check own = { .seed = c->seed };
        struct witness w = { .start = tri_links_ms() };
        pthread_t thread;

        if (pthread_create(&thread, NULL, watch, &w) != 0) {
            tri_check_fail(c, "no thread");
            return;
        }
        fn(&own, times * ms, arg);
        atomic_store(&w.over, 1);
        pthread_join(thread, NULL);
        if (own.msg[0] != '\0' && times < MOST && was_busy(&w, times * ms)) {
            fprintf(stderr, "again, the machine was late by %u ms: %s\n",
                    (unsigned)w.late, own.msg);
            continue;
        }
        if (own.msg[0] != '\0')
            tri_check_fail(c, "%.300s (times of %u ms; late by %u ms)", own.msg,
                           (unsigned)(times * ms), (unsigned)w.late);
        memcpy(c->skip, own.skip, sizeof c->skip);
        c->seed = own.seed;
        return;
    }
}
