#ifndef TRI_BOARDS_HOST_BASE_POOL_H
#define TRI_BOARDS_HOST_BASE_POOL_H

#include "core/par.h"

/** \file boards/host/base/pool.h
 *
 * # Threads for core/par.h
 *
 * The calling thread is worker 0 and takes tasks like the others. Tasks are
 * handed out one by one; whoever is late finds none left, and nobody waits
 * for it. Idle threads look for work for some microseconds, then sleep.
 *
 * One run at a time, and a task must not start a run. What tasks write is
 * visible to the caller when the run returns.
 */
enum { TRI_POOL_MAX = 256 };

struct tri_pool_state;

struct tri_pool {
    struct tri_par par;
    struct tri_pool_state *state;
};

/**
 * Start `workers` - 1 threads.
 * \param workers  1..TRI_POOL_MAX, the caller included
 * \return TRI_OK; TRI_E_ARG; TRI_E_NOMEM if memory or threads are short
 *         (nothing is left running).
 */
int tri_pool_start(struct tri_pool *p, unsigned workers);

/** What tri_par_run() takes; valid until tri_pool_stop(). */
static inline const struct tri_par *tri_pool_par(const struct tri_pool *p)
{
    return &p->par;
}

/** End the threads. Not during a run. A zeroed pool may be stopped too. */
void tri_pool_stop(struct tri_pool *p);

/** Both, for a profile that names them. */
struct tri_pool_ops {
    int (*start)(struct tri_pool *p, unsigned workers);
    void (*stop)(struct tri_pool *p);
};
extern const struct tri_pool_ops tri_pool_ops;

#endif
