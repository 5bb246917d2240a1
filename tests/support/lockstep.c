#include "tests/support/lockstep.h"
#include <stdlib.h>
#include <string.h>
#include "core/err.h"

static int send(struct tri_link *link, unsigned to, const void *buf, size_t n)
{
    struct tri_lockstep *l = link->self;
    struct tri_lockstep_message *m =
        &l->queue[link->id][to][l->tail[link->id][to]++ % TRI_LOCKSTEP_QUEUE];

    if (l->tail[link->id][to] - l->head[link->id][to] > TRI_LOCKSTEP_QUEUE)
        abort();
    m->bytes = malloc(n);
    if (m->bytes == NULL)
        abort();
    m->n = n;
    memcpy(m->bytes, buf, n);
    if (l->hook != NULL)
        l->hook(l->arg, link->id, to, m->bytes, n);
    return TRI_OK;
}

static int recv(struct tri_link *link, unsigned from, void *buf, size_t n)
{
    struct tri_lockstep *l = link->self;
    struct tri_lockstep_message *m;

    if (l->head[from][link->id] == l->tail[from][link->id])
        return TRI_E_TIMEOUT;
    m = &l->queue[from][link->id]
                 [l->head[from][link->id]++ % TRI_LOCKSTEP_QUEUE];
    if (m->n == n)
        memcpy(buf, m->bytes, n);
    free(m->bytes);
    return m->n == n ? TRI_OK : TRI_E_PROTO;
}

static int nothing(struct tri_link *link)
{
    (void)link;
    return TRI_OK;
}

static void end(struct tri_link *link)
{
    (void)link;
}

static const struct tri_link_ops ops = {
    .send = send, .recv = recv, .flush = nothing, .poll = nothing, .close = end
};

static void restart(struct tri_lockstep *l)
{
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        l->link[i] = (struct tri_link){ .ops = &ops, .self = l, .id = i };
        tri_arena_release_far(&l->arena[i]);
        l->arena[i].peak = 0;
        l->s[i].id = i;
        l->s[i].cx = (struct tri_cx){ .k = &l->k, .arena = &l->arena[i] };
        l->s[i].link = &l->link[i];
    }
}

void tri_lockstep_init(struct tri_lockstep *l, size_t bytes, unsigned cpu)
{
    memset(l, 0, sizeof *l);
    tri_kernels_init(&l->k, cpu);
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        l->block[i] = aligned_alloc(64, (bytes + 63) / 64 * 64);
        if (l->block[i] == NULL)
            abort();
        tri_arena_init(&l->arena[i], l->block[i], bytes);
    }
    restart(l);
}

void tri_lockstep_reset(struct tri_lockstep *l)
{
    for (unsigned from = 0; from < TRI_PARTIES; from++)
        for (unsigned to = 0; to < TRI_PARTIES; to++)
            for (; l->head[from][to] != l->tail[from][to]; l->head[from][to]++)
                free(l->queue[from][to][l->head[from][to] % TRI_LOCKSTEP_QUEUE]
                         .bytes);
    restart(l);
}

void tri_lockstep_free(struct tri_lockstep *l)
{
    tri_lockstep_reset(l);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        free(l->block[i]);
}
