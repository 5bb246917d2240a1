#include "proto/session.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/text.h"

static void arrive(uint64_t *depth, uint64_t at)
{
    if (*depth < at)
        *depth = at;
}

void tri_cost_msg(struct tri_cost *c, unsigned from, unsigned to,
                  uint64_t bytes)
{
    if (bytes == 0)
        return;
    c->bytes[from][to] += bytes;
    arrive(&c->depth[to], c->depth[from] + 1);
}

void tri_cost_arrive(struct tri_cost *c, const struct tri_cost *before,
                     unsigned from, unsigned to, uint64_t bytes)
{
    if (bytes == 0)
        return;
    c->bytes[from][to] += bytes;
    arrive(&c->depth[to], before->depth[from] + 1);
}

void tri_cost_swap(struct tri_cost *c, unsigned a, unsigned b, uint64_t a_to_b,
                   uint64_t b_to_a)
{
    const uint64_t da = c->depth[a], db = c->depth[b];

    c->bytes[a][b] += a_to_b;
    c->bytes[b][a] += b_to_a;
    if (a_to_b != 0)
        arrive(&c->depth[b], da + 1);
    if (b_to_a != 0)
        arrive(&c->depth[a], db + 1);
}

void tri_cost_join(struct tri_cost *c, unsigned a, unsigned b, unsigned to,
                   uint64_t bytes_each)
{
    tri_cost_msg(c, a, to, bytes_each);
    tri_cost_msg(c, b, to, bytes_each);
}

uint64_t tri_cost_bytes(const struct tri_cost *c)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            sum += c->bytes[i][j];
    return sum;
}

uint64_t tri_cost_rounds(const struct tri_cost *c)
{
    uint64_t max = 0;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        arrive(&max, c->depth[i]);
    return max;
}

/* "layer 3 (relu), backward: comparison" */
static void note_where(struct tri_session *s, const char *where)
{
    const struct tri_at *at = &s->at;
    struct tri_text t = { s->where, sizeof s->where, 0 };

    if (at->kind != NULL && at->layer > 0)
        tri_text_add(&t, "layer %u (%s), %s: ", at->layer, at->kind, at->pass);
    else if (at->kind != NULL)
        tri_text_add(&t, "%s, %s: ", at->kind, at->pass);
    tri_text_add(&t, "%s", where);
}

int tri_session_fail(struct tri_session *s, int err, const char *where,
                     int blamed)
{
    if (s->dead != TRI_OK)
        return err;
    s->dead = err;
    note_where(s, where);
    if (s->link != NULL && !s->dry && !(s->apart && err == TRI_E_SPOILT))
        tri_link_kill(s->link, err, blamed, s->where);
    return err;
}

int tri_session_check(const struct tri_session *s)
{
    return s->dead == TRI_OK ? TRI_OK : TRI_E_DEAD;
}

void tri_session_wipe(struct tri_session *s)
{
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        tri_prg_wipe(&s->prg[i]);
}
