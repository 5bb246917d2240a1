#include "proto/rep3/send.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "proto/rep3/copies.h"
#include "proto/rep3/ledger.h"

static int sends(const struct tri_rep3_gate *g, unsigned id)
{
    return g->prover == TRI_NOBODY || g->prover == (int)id;
}

/* What is sent stands in a tensor: it is bytes until the link has let go of it,
 * and numbers again after. */
static void turn(const struct tri_rep3_gate *g, unsigned c)
{
    tri_le_words(g->z[c], g->n * tri_rep3_bytes(g->w), tri_rep3_bytes(g->w));
}

/* A dry run: the gate's messages leave. */
static void leave(struct tri_cost *c, struct tri_rep3_gate *g)
{
    for (unsigned id = 0; g->n > 0 && id < TRI_PARTIES; id++)
        if (sends(g, id)) {
            c->bytes[id][tri_rep3_prev(id)] += g->n * tri_rep3_bytes(g->w);
            g->depth[id] = c->depth[id] + 1;
        }
}

/* They arrive. */
static void reach(struct tri_cost *c, const struct tri_rep3_gate *g)
{
    for (unsigned id = 0; g->n > 0 && id < TRI_PARTIES; id++)
        if (sends(g, id) && c->depth[tri_rep3_prev(id)] < g->depth[id])
            c->depth[tri_rep3_prev(id)] = g->depth[id];
}

int tri_rep3_send_product(struct tri_engine *e, struct tri_rep3_gate *g,
                          size_t gates)
{
    struct tri_session *s = e->s;
    const unsigned prev = tri_rep3_prev(s->id);
    int rc = e->pending.imported ? tri_copies_compare(e) : TRI_OK;

    for (size_t i = 0; s->dry && i < gates; i++)
        leave(&s->cost, &g[i]);
    if (s->dry)
        return rc;
    for (size_t i = 0; rc == TRI_OK && e->config.active && i < gates; i++)
        rc = g[i].n > 0 && g[i].entry == NULL ? TRI_E_NOMEM : TRI_OK;
    for (size_t i = 0; rc == TRI_OK && i < gates; i++)
        if (sends(&g[i], s->id)) {
            turn(&g[i], 0);
            rc = tri_send(s->link, prev, g[i].z[0],
                          g[i].n * tri_rep3_bytes(g[i].w));
        }
    return rc;
}

int tri_rep3_recv_product(struct tri_engine *e, const struct tri_rep3_gate *g,
                          size_t gates)
{
    struct tri_session *s = e->s;
    const unsigned next = tri_rep3_next(s->id);
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < gates; i++) {
        if (s->dry) {
            reach(&s->cost, &g[i]);
        } else if (sends(&g[i], next)) {
            rc = tri_recv(s->link, next, g[i].z[1],
                          g[i].n * tri_rep3_bytes(g[i].w));
            turn(&g[i], 1);
        }
        if (rc == TRI_OK)
            tri_ledger_arrived(e, &g[i]);
    }
    if (rc == TRI_OK && !s->dry)
        rc = tri_flush(s->link);
    for (size_t i = 0; rc == TRI_OK && !s->dry && i < gates; i++)
        if (sends(&g[i], s->id))
            turn(&g[i], 0);
    return rc == TRI_OK && tri_ledger_full(e) ? e->ops->verify(e) : rc;
}

int tri_rep3_exchange(struct tri_engine *e, struct tri_rep3_gate *g,
                      size_t gates)
{
    const int rc = tri_rep3_send_product(e, g, gates);

    return rc == TRI_OK ? tri_rep3_recv_product(e, g, gates) : rc;
}

static void turn_copy(const struct tri_rep3_copy *c, void *p)
{
    if (c->words)
        tri_le_words(p, c->bytes, sizeof(uint64_t));
}

int tri_rep3_send_copy(struct tri_engine *e, const struct tri_rep3_copy *c,
                       size_t copies)
{
    struct tri_session *s = e->s;
    const struct tri_cost before = s->cost;
    const int me = (int)s->id;
    int rc = TRI_OK;

    for (size_t i = 0; s->dry && i < copies; i++)
        for (unsigned id = 0; id < TRI_PARTIES; id++)
            if (c[i].to[id] != TRI_NOBODY)
                tri_cost_arrive(&s->cost, &before, id, (unsigned)c[i].to[id],
                                c[i].bytes);
    if (s->dry)
        return TRI_OK;
    for (size_t i = 0; rc == TRI_OK && i < copies; i++)
        if (c[i].to[me] != TRI_NOBODY) {
            turn_copy(&c[i], c[i].send);
            rc =
                tri_send(s->link, (unsigned)c[i].to[me], c[i].send, c[i].bytes);
        }
    for (size_t i = 0; i < copies; i++)
        for (unsigned id = 0; rc == TRI_OK && id < TRI_PARTIES; id++)
            if (c[i].to[id] == me) {
                rc = tri_recv(s->link, id, c[i].recv, c[i].bytes);
                turn_copy(&c[i], c[i].recv);
            }
    if (rc == TRI_OK)
        rc = tri_flush(s->link);
    for (size_t i = 0; rc == TRI_OK && i < copies; i++)
        if (c[i].to[me] != TRI_NOBODY)
            turn_copy(&c[i], c[i].send);
    return rc;
}

void tri_rep3_fail(struct tri_engine *e, int rc, const char *where,
                   uint64_t *const z[2], size_t n)
{
    tri_session_fail(e->s, rc, where, TRI_NOBODY);
    for (unsigned c = 0; c < 2; c++)
        if (z[c] != NULL && !e->s->dry)
            tri_wipe(z[c], n * sizeof *z[c]);
}
