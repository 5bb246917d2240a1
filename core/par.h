#ifndef TRI_CORE_PAR_H
#define TRI_CORE_PAR_H

#include <stddef.h>

/** \file core/par.h
 *
 * # Work on several cores
 *
 * Portable code names independent tasks 0..n-1; whoever owns threads runs
 * them. A NULL `tri_par` runs them one after the other. Results do not depend
 * on the number of threads: tasks are cut by shape, or what they add up is of
 * the ring, where the order makes no difference.
 */
typedef void tri_task_fn(void *arg, size_t task, unsigned worker);

struct tri_par {
    unsigned workers; /**< threads that may run tasks at once, >= 1 */
    void *self;
    /** Run fn(arg, t, w) for every t < n; w < workers is never shared by two
     *  tasks that run at the same time. Returns when all are done. */
    void (*run)(void *self, tri_task_fn *fn, void *arg, size_t n);
};

/** Run `n` tasks on `p`, or in order on the calling thread if p is NULL. */
static inline void tri_par_run(const struct tri_par *p, tri_task_fn *fn,
                               void *arg, size_t n)
{
    if (p != NULL && p->workers > 1 && n > 1) {
        p->run(p->self, fn, arg, n);
        return;
    }
    for (size_t t = 0; t < n; t++)
        fn(arg, t, 0);
}

/** Workers of `p`; 1 if p is NULL. */
static inline unsigned tri_par_workers(const struct tri_par *p)
{
    return p != NULL ? p->workers : 1;
}

#endif
