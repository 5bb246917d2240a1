#include "tests/faults/faults.h"
#include "tests/support/check.h"

/* Where somebody has to wait for a deadline in vain. */
enum { SHORT_MS = 500 };

static uint64_t below(struct scene *s, uint64_t n)
{
    return tri_test_rand(&s->rng) % n;
}

/* ---- a bad network ------------------------------------------------------ */

static void nothing(struct scene *s, struct plan *p, struct expect *e)
{
    p->plain = s->i & 1 ? 7 : 0;
    e->right = e->quiet = 1;
}

#define BAD_NETWORK(name, ...)                                          \
    static void name(struct scene *s, struct plan *p, struct expect *e) \
    {                                                                   \
        p->plain = s->i & 1 ? 7 : 0;                                    \
        p->hub = (struct hub_fault){ __VA_ARGS__ };                     \
        e->right = 1;                                                   \
    }

BAD_NETWORK(loss_1, .loss = 10)
BAD_NETWORK(loss_10, .loss = 100)
BAD_NETWORK(twice, .twice = 200)
BAD_NETWORK(reorder, .reorder = 200)
BAD_NETWORK(corrupt, .corrupt = 50)
BAD_NETWORK(delay, .delay_ms = 5)
BAD_NETWORK(all, .loss = 30, .twice = 30, .reorder = 30, .corrupt = 30)

/* ---- intent ------------------------------------------------------------- */

/* One frame: its payload is not what was sent, but the frame is sound. If it
 * was a repetition nobody looks at it. */
static void forge_payload(struct scene *s, struct plan *p, struct expect *e)
{
    p->hub.forge_payload = 1000;
    p->hub.once_after = 1 + below(s, 1200);
    p->connect_ms = 1500;
    p->deadline_ms = 1500;
    e->kinds = KIND_ANY;
}

static void forge_header(struct scene *s, struct plan *p, struct expect *e)
{
    p->hub.forge_header = s->i % 2 ? 1000 : 5;
    p->hub.once_after = s->i % 2 ? 1 + below(s, 1200) : 0;
    p->connect_ms = 1500;
    p->deadline_ms = 750;
    e->kinds = KIND_ANY;
    e->drips = 1; /* a forged acknowledgement stops what live peers send */
}

/* A party that has its keys: whoever it attacks, both others name it. A record
 * of a heartbeat has no place in a stream over Ethernet. */
static void hostile(struct scene *s, struct plan *p, struct expect *e)
{
    const unsigned kinds = HOSTILE_ETHER_KINDS - 1;
    const unsigned who = s->i / kinds % 3, whom = s->i / kinds / 3 % 3;

    p->victim = who;
    p->hostile.kind = 1 + s->i % kinds;
    p->hostile.to = whom == 2 ? 7u : 1u << (who + 1 + whom) % 3;
    e->error = 1;
    e->names = 1 + who;
    e->kinds = p->hostile.kind == HOSTILE_FRAMES  ? KIND_SILENT
               : p->hostile.kind == HOSTILE_NOISE ? KIND_FORGED
                                                  : KIND_FORMAT;
    if (p->hostile.kind == HOSTILE_FRAMES) {
        p->deadline_ms = 800; /* its frames fill the queue of all */
        e->drips = 1;
    }
}

/* ---- the end of a cable ------------------------------------------------- */

static void cut(struct scene *s, struct plan *p, struct expect *e)
{
    p->hub.cut = s->i % 4;
    p->hub.cut_after = 100 + below(s, 3000);
    p->reps = 20; /* it is far from the end then */
    p->deadline_ms = SHORT_MS;
    e->error = 1;
    e->kinds = KIND_SILENT | KIND_DIED;
    e->any = KIND_SILENT;
}

static void blow(struct scene *s, struct plan *p, enum blow b)
{
    p->blow = b;
    p->victim = s->i % 3;
    p->from_join = 1;
    p->reps = 20;
    p->after_us = below(s, 300000);
    p->hub.loss = s->i / 3 % 2 ? 20 : 0;
}

static void pulled(struct scene *s, struct plan *p, struct expect *e)
{
    blow(s, p, BLOW_CABLE);
    p->deadline_ms = SHORT_MS;
    e->error = 1;
    e->kinds = KIND_SILENT | KIND_DIED;
    e->any = KIND_SILENT;
}

/* ---- parties ------------------------------------------------------------ */

/* No kernel ends a dead party's connections: it is silent. */
static void killed(struct scene *s, struct plan *p, struct expect *e)
{
    blow(s, p, BLOW_KILL);
    p->deadline_ms = SHORT_MS;
    e->error = 1;
    e->kinds = KIND_SILENT | KIND_DIED;
    e->any = KIND_SILENT;
    e->names = 1 + p->victim;
}

static void stopped(struct scene *s, struct plan *p, struct expect *e)
{
    killed(s, p, e);
    p->blow = BLOW_STOP;
}

static void napping(struct scene *s, struct plan *p, struct expect *e)
{
    blow(s, p, BLOW_NAP);
    p->nap_ms = 400;
    p->connect_ms = p->deadline_ms = 4000;
    e->right = 1;
}

static void absent(struct scene *s, struct plan *p, struct expect *e)
{
    p->absent = 1u << s->i % 3;
    p->connect_ms = p->deadline_ms = SHORT_MS;
    e->error = 1;
    e->kinds = KIND_SILENT | KIND_DIED;
    e->any = KIND_SILENT;
}

static void foreign(struct scene *s, struct plan *p, struct expect *e)
{
    p->foreign = 1u << s->i % 3;
    p->connect_ms = p->deadline_ms = SHORT_MS;
    e->error = 1;
    e->kinds = KIND_FORGED | KIND_DIED | KIND_SILENT;
    e->any = KIND_FORGED;
}

static void unsealed(struct scene *s, struct plan *p, struct expect *e)
{
    p->plain = 1u << s->i % 3;
    p->connect_ms = p->deadline_ms = SHORT_MS;
    e->error = 1;
    e->kinds = KIND_FORMAT | KIND_DIED | KIND_SILENT;
    e->any = KIND_FORMAT;
}

const struct fault_case fault_cases_ether[] = {
    { "no fault", 10, 1, FAULT_CABLE, nothing },
    { "loss 1 %", 40, 0, FAULT_CABLE, loss_1 },
    { "loss 10 %", 20, 1, FAULT_CABLE, loss_10 },
    { "20 % twice", 20, 0, FAULT_CABLE, twice },
    { "20 % out of order", 20, 0, FAULT_CABLE, reorder },
    { "5 % corrupt", 40, 1, FAULT_CABLE, corrupt },
    { "delay 0 to 5 ms", 20, 0, FAULT_CABLE, delay },
    { "all of it, 3 %", 40, 1, FAULT_CABLE, all },
    { "payload forged", 120, 2, FAULT_CABLE, forge_payload },
    { "header forged", 120, 2, FAULT_CABLE, forge_header },
    { "hostile party", 63, 7, FAULT_CABLE | FAULT_JOIN, hostile },
    { "hub dead", 48, 0, FAULT_CABLE, cut },
    { "cable pulled out", 24, 0, FAULT_CABLE, pulled },
    { "party killed", 60, 1, FAULT_CABLE, killed },
    { "party stopped", 24, 0, FAULT_CABLE, stopped },
    { "party stopped, goes on", 24, 1, FAULT_CABLE, napping },
    { "party absent", 3, 0, FAULT_CABLE | FAULT_JOIN, absent },
    { "another key", 6, 1, FAULT_CABLE | FAULT_JOIN, foreign },
    { "plaintext beside sealed", 3, 0, FAULT_CABLE | FAULT_JOIN, unsealed },
};
const size_t fault_cases_ether_n =
    sizeof fault_cases_ether / sizeof *fault_cases_ether;
