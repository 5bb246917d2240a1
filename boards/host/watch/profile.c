#include "boards/host/watch/profile.h"
#include "boards/host/base/report.h"
#include "net/host/clock.h"

static uint64_t sent(const struct tri_session *s)
{
    uint64_t sum = 0;

    for (unsigned j = 0; s->link != NULL && j < TRI_PARTIES; j++)
        sum += s->link->stats.payload[j];
    return sum;
}

static uint64_t rounds(const struct tri_session *s)
{
    return s->dry            ? tri_cost_rounds(&s->cost)
           : s->link != NULL ? s->link->stats.rounds
                             : 0;
}

/* What verification has cost since `then`. */
static struct tri_cell proofs_since(const struct tri_session *s,
                                    const struct tri_proofs *then)
{
    const struct tri_proofs *const now = &s->proofs;
    struct tri_cell c = { .ns = now->ns - then->ns,
                          .rounds = now->longest - then->longest };

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < TRI_PARTIES; j++) {
            const uint64_t line = now->bytes[i][j] - then->bytes[i][j];

            c.bytes += line;
            c.line = s->dry && line > c.line ? line : c.line;
        }
    return c;
}

/* What the open cell has cost since it was opened, without verification. */
static void close_cell(struct tri_profile *p)
{
    const struct tri_cell proofs = proofs_since(p->s, &p->before);
    struct tri_cell *const c = p->open;
    uint64_t busiest = 0;

    c->ns += tri_clock_ns() - p->begun - proofs.ns;
    c->rounds += rounds(p->s) - p->rounds - proofs.rounds;
    if (p->s->dry)
        c->bytes += tri_cost_bytes(&p->s->cost) - tri_cost_bytes(&p->cost);
    else
        c->bytes += sent(p->s) - p->sent;
    c->bytes -= proofs.bytes;
    for (unsigned i = 0; p->s->dry && i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < TRI_PARTIES; j++) {
            const uint64_t line =
                p->s->cost.bytes[i][j] - p->cost.bytes[i][j] -
                (p->s->proofs.bytes[i][j] - p->before.bytes[i][j]);
            busiest = line > busiest ? line : busiest;
        }
    c->line += busiest;
    p->open = NULL;
}

void tri_profile_settle(struct tri_profile *p)
{
    const struct tri_cell c = proofs_since(p->s, &p->seen);

    p->seen = p->s->proofs;
    if (p->off)
        return;
    p->proofs.ns += c.ns;
    p->proofs.bytes += c.bytes;
    p->proofs.line += c.line;
    p->proofs.rounds += c.rounds;
}

void tri_profile_off(struct tri_profile *p, int off)
{
    tri_profile_settle(p);
    p->off = off;
}

void tri_profile_trace(void *self, enum tri_pass pass, size_t layer)
{
    struct tri_profile *const p = self;

    if (p->open != NULL)
        close_cell(p);
    if (p->off || layer == TRI_MAX_LAYERS)
        return;
    p->open = &p->cell[pass][layer];
    p->cost = p->s->cost;
    p->before = p->s->proofs;
    p->sent = sent(p->s);
    p->rounds = rounds(p->s);
    p->begun = tri_clock_ns();
}
