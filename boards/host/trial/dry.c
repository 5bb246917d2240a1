#include "boards/host/trial/dry.h"
#include <stdlib.h>
#include "boards/host/party/session_open.h"
#include "core/err.h"

int tri_dry_run(struct tri_dry *d, enum tri_task task,
                const struct tri_run_options *o, uint64_t samples,
                uint64_t test, struct tri_why *why)
{
    const struct tri_net *const n = &o->net;
    struct tri_host *const h = malloc(sizeof *h);
    struct tri_rundata a, b;
    int rc = h != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    tri_rundata_zeros(&a, (uint32_t)samples, n->h, n->w, n->c, n->classes);
    tri_rundata_zeros(&b, (uint32_t)test, n->h, n->w, n->c, n->classes);
    for (unsigned id = 0; rc == TRI_OK && id < TRI_PARTIES; id++) {
        struct tri_run r = { .task = task,
                             .o = o,
                             .engine = o->kind,
                             .train = &a.data,
                             .test = test > 0 ? &b.data : NULL,
                             .progress = { .who = "", .silent = 1 },
                             .profile = id == 0 ? &d->profile : NULL,
                             .dry = 1 };
        if (task == TRI_TASK_INFER) {
            r.train = NULL;
            r.test = &a.data;
            r.as = id > 0 && o->memory > 0 ? &d->out[0] : NULL;
        }
        rc = tri_session_start(h, id, 1, why);
        if (rc == TRI_OK)
            rc = tri_run(&r, &h->s, &d->out[id], why);
        tri_session_end(h);
    }
    free(h);
    return rc;
}

uint64_t tri_dry_memory(const struct tri_dry *d)
{
    /* Connections, stacks, tables: 1.5 MB were measured, and sockets' buffers
     * are the system's. */
    enum { BESIDE = 4 << 20 };
    uint64_t sum = 0;

    for (unsigned id = 0; id < TRI_PARTIES; id++)
        sum += d->out[id].peak + BESIDE;
    return sum;
}
