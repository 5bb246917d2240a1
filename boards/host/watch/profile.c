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

/* What the open cell has cost since it was opened. */
static void close_cell(struct tri_profile *p)
{
    struct tri_cell *const c = p->open;
    uint64_t busiest = 0;

    c->ns += tri_clock_ns() - p->begun;
    c->rounds += rounds(p->s) - p->rounds;
    if (p->s->dry)
        c->bytes += tri_cost_bytes(&p->s->cost) - tri_cost_bytes(&p->cost);
    else
        c->bytes += sent(p->s) - p->sent;
    for (unsigned i = 0; p->s->dry && i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < TRI_PARTIES; j++) {
            const uint64_t line = p->s->cost.bytes[i][j] - p->cost.bytes[i][j];
            busiest = line > busiest ? line : busiest;
        }
    c->line += busiest;
    p->open = NULL;
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
    p->sent = sent(p->s);
    p->rounds = rounds(p->s);
    p->begun = tri_clock_ns();
}
