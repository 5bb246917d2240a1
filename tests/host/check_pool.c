#include "tests/checks.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/err.h"
#include "boards/host/base/pool.h"
#include "tests/support/links.h"

enum { TASKS_MAX = 5000 };

struct job {
    uint64_t key;
    uint64_t out[TASKS_MAX]; /* plain memory: ordering is the pool's part */
    uint32_t count[TASKS_MAX];
    _Atomic int busy[TRI_POOL_MAX];
    unsigned workers;
    _Atomic int clash;
    unsigned spin;
};

static void task(void *arg, size_t t, unsigned worker)
{
    struct job *j = arg;

    if (worker >= j->workers || atomic_exchange(&j->busy[worker], 1))
        atomic_store(&j->clash, 1);
    for (volatile unsigned i = 0; i < j->spin; i++)
        ;
    j->out[t] = (t + 1) * j->key;
    j->count[t]++;
    if (worker < j->workers)
        atomic_store(&j->busy[worker], 0);
}

static void run_one(struct tri_check *c, struct job *j,
                    const struct tri_par *par, size_t n)
{
    j->key = tri_test_rand(&c->seed);
    for (size_t t = 0; t < n; t++)
        j->count[t] = 0;
    tri_par_run(par, task, j, n);
    for (size_t t = 0; t < n; t++) {
        CHECK(c, j->count[t] == 1, "task %zu of %zu ran %u times", t, n,
              j->count[t]);
        CHECK(c, j->out[t] == (t + 1) * j->key,
              "task %zu of %zu: a result is "
              "not visible",
              t, n);
    }
    CHECK(c, !atomic_load(&j->clash), "two tasks of one worker at once");
}

/* Many small runs back to back, some with pauses that let threads sleep. */
static void check_runs(struct tri_check *c)
{
    static const unsigned workers[] = { 1, 2, 3, 8 };
    struct job *j = calloc(1, sizeof(*j));

    for (size_t w = 0; w < 4 && c->msg[0] == '\0'; w++) {
        struct tri_pool pool;

        if (tri_pool_start(&pool, workers[w]) != TRI_OK) {
            tri_check_fail(c, "no pool of %u", workers[w]);
            break;
        }
        j->workers = workers[w];
        for (int i = 0; i < 3000 && c->msg[0] == '\0'; i++) {
            const uint64_t r = tri_test_rand(&c->seed);

            j->spin = (unsigned)(r >> 20) % 64;
            run_one(c, j, tri_pool_par(&pool), (size_t)(r % 17));
            if (r >> 40 == 0 || i % 500 == 0)
                tri_links_sleep(2);
        }
        if (c->msg[0] == '\0')
            run_one(c, j, tri_pool_par(&pool), TASKS_MAX);
        tri_pool_stop(&pool);
        tri_pool_stop(&pool);
    }
    free(j);
}

struct meeting {
    _Atomic unsigned here;
    unsigned want;
    _Atomic unsigned workers; /* bits */
};

/* Waits for the others, so it ends only if all run at once. */
static void meet(void *arg, size_t t, unsigned worker)
{
    struct meeting *m = arg;
    const uint64_t until = tri_links_ms() + 60000;

    (void)t;
    atomic_fetch_or(&m->workers, 1u << worker);
    atomic_fetch_add(&m->here, 1);
    while (atomic_load(&m->here) < m->want && tri_links_ms() < until)
        tri_links_sleep(1);
}

/* As many tasks as workers do run at once, also after all have slept. */
static void check_parallel(struct tri_check *c)
{
    struct tri_pool pool;
    struct tri_pool zero = { 0 };

    CHECK(c, tri_pool_start(&pool, 0) == TRI_E_ARG, "0 workers");
    CHECK(c, tri_pool_start(&pool, TRI_POOL_MAX + 1) == TRI_E_ARG,
          "too many workers");
    tri_pool_stop(&zero);
    CHECK(c, tri_pool_start(&pool, 4) == TRI_OK, "no pool");
    for (int i = 0; i < 20 && c->msg[0] == '\0'; i++) {
        struct meeting m = { 0, 4, 0 };
        const uint64_t start = tri_links_ms();

        tri_par_run(tri_pool_par(&pool), meet, &m, 4);
        if (tri_links_ms() - start > 30000)
            tri_check_fail(c, "a worker stayed asleep");
        if (atomic_load(&m.workers) != 0xf)
            tri_check_fail(c, "workers %#x", atomic_load(&m.workers));
        tri_links_sleep(3);
    }
    tri_pool_stop(&pool);
}

/* The others are slower than the caller, who has to wait for them. */
static void linger(void *arg, size_t t, unsigned worker)
{
    uint32_t *done = arg;

    if (worker != 0)
        tri_links_sleep(4);
    else
        tri_links_sleep(1);
    done[t] = 1;
}

static void check_slow(struct tri_check *c)
{
    struct tri_pool pool;

    CHECK(c, tri_pool_start(&pool, 3) == TRI_OK, "no pool");
    for (unsigned i = 0; i < 40 && c->msg[0] == '\0'; i++) {
        uint32_t done[3] = { 0 };

        tri_par_run(tri_pool_par(&pool), linger, done, 3);
        if (!done[0] || !done[1] || !done[2])
            tri_check_fail(c, "run %u returned before its tasks", i);
        tri_links_sleep(i % 3u);
    }
    tri_pool_stop(&pool);
}

const struct tri_check_entry tri_checks_pool[] = {
    { "pool_runs", check_runs },
    { "pool_parallel", check_parallel },
    { "pool_slow", check_slow },
};
const size_t tri_checks_pool_n =
    sizeof(tri_checks_pool) / sizeof(*tri_checks_pool);
