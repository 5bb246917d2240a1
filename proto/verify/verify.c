#include "proto/verify/verify.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "core/text.h"
#include "proto/verify/ands.h"
#include "proto/verify/ring.h"

/*
 * A batch, by rounds; every line stands for the three proofs of it.
 *
 *   round 0 .. R-1   messages of both checks side by side     (ands.c, ring.c)
 *   round R          P_i -> both   number of the batch        8 bytes
 *
 * R is the larger number of rounds. A party that finds anything wrong ends the
 * session, so that the others wait for its last message in vain: an honest
 * party that has both of them knows that all verdicts are in its favour. The
 * verdicts that matter for the proof of a corrupt party are those of the two
 * others, which are honest.
 */

enum { VERDICT = 8 };

struct batch {
    struct tri_session *s;
    uint64_t id;
    int bits, words; /* is there anything of them? */
    struct tri_ands ands;
    struct tri_ring_plan plan;
    struct tri_ring_check ring;
};

static unsigned other(unsigned id, unsigned back)
{
    return (id + 1 + back) % TRI_PARTIES;
}

static int start(struct batch *v, const struct tri_coins *coins,
                 const struct tri_verify_batch *b,
                 const struct tri_pending *count)
{
    struct tri_session *s = v->s;
    const struct tri_verify_ands all = { .words = count->and_words };
    const struct tri_ring_count *ring = &count->ring;
    int rc = TRI_OK;

    if (count->and_words > 0)
        rc = s->dry ? tri_ands_start(&v->ands, s, coins, v->id, &all, 1)
                    : tri_ands_start(&v->ands, s, coins, v->id, b->ands,
                                     b->ands_n);
    v->bits = rc == TRI_OK && count->and_words > 0;
    if (rc != TRI_OK || ring->segments + ring->matrices == 0)
        return rc;
    rc = tri_ring_plan(&v->plan, ring);
    if (rc == TRI_OK)
        rc = tri_ring_check_start(&v->ring, s, coins, v->id, &v->plan, b);
    v->words = rc == TRI_OK;
    return rc;
}

/* Messages of one round, in a dry run. */
static void count_round(const struct batch *v, unsigned round)
{
    struct tri_cost *const c = &v->s->cost;
    const struct tri_cost before = *c;

    for (unsigned id = 0; id < TRI_PARTIES; id++) {
        size_t bits[2] = { 0 };
        uint64_t words[2] = { 0 };

        if (v->bits && round < v->ands.plan.rounds)
            tri_ands_flow(&v->ands.plan, round, bits);
        if (v->words && round < v->plan.rounds)
            tri_ring_bytes(&v->plan, id, round, &words[0], &words[1]);
        for (unsigned back = 0; back < 2; back++)
            tri_cost_arrive(c, &before, id, other(id, back),
                            bits[back] + words[back]);
    }
}

static int one_round(struct batch *v, unsigned round)
{
    const int bits = v->bits && round < v->ands.plan.rounds;
    const int words = v->words && round < v->plan.rounds;
    int rc = TRI_OK;

    if (bits)
        rc = tri_ands_send(&v->ands, round);
    if (rc == TRI_OK && words)
        rc = tri_ring_check_send(&v->ring, round);
    if (rc == TRI_OK && bits)
        rc = tri_ands_recv(&v->ands, round);
    if (rc == TRI_OK && words)
        rc = tri_ring_check_recv(&v->ring, round);
    return rc == TRI_OK ? tri_flush(v->s->link) : rc;
}

/* Everybody is content. */
static int verdict(struct batch *v)
{
    struct tri_session *s = v->s;
    const struct tri_cost before = s->cost;
    uint8_t said[VERDICT], heard[2][VERDICT];
    int rc = TRI_OK;

    for (unsigned id = 0; s->dry && id < TRI_PARTIES; id++)
        for (unsigned back = 0; back < 2; back++)
            tri_cost_arrive(&s->cost, &before, id, other(id, back), VERDICT);
    if (s->dry)
        return TRI_OK;
    tri_le_store64(said, v->id);
    for (unsigned back = 0; rc == TRI_OK && back < 2; back++)
        rc = tri_send(s->link, other(s->id, back), said, VERDICT);
    for (unsigned back = 0; rc == TRI_OK && back < 2; back++)
        rc = tri_recv(s->link, other(s->id, back), heard[back], VERDICT);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);
    return rc != TRI_OK || (memcmp(heard[0], said, VERDICT) == 0 &&
                            memcmp(heard[1], said, VERDICT) == 0)
               ? rc
               : TRI_E_PROTO;
}

/* The session ends; the text tells whose proof does not hold, and who can have
 * spoilt it. */
static void accuse(struct batch *v, int rc)
{
    char text[128] = "";
    struct tri_text t = { text, sizeof text, 0 };
    unsigned prover = 0, suspects = 0;
    const char *what = "";
    int blamed = TRI_NOBODY;

    if (v->words && v->ring.blame.what != NULL) {
        prover = v->ring.blame.prover;
        suspects = v->ring.blame.parties;
        what = v->ring.blame.what;
    } else if (v->bits && v->ands.why != NULL) {
        prover = v->ands.prover;
        suspects = 1u << v->ands.prover | 1u << v->ands.beside;
        what = v->ands.why;
    }
    tri_text_add(&t, "verification of batch %llu", (unsigned long long)v->id);
    if (suspects != 0) { /* else it is another party that has found it */
        tri_text_add(&t, ": proof of P%u: %s; it was", prover, what);
        for (unsigned i = 0, first = 1; i < TRI_PARTIES; i++)
            if (suspects >> i & 1) {
                tri_text_add(&t, "%s P%u", first ? "" : " or", i);
                first = 0;
                if (suspects == 1u << i)
                    blamed = (int)i;
            }
    }
    tri_session_fail(v->s, rc, text, blamed);
}

/* What the session has cost so far, times `sign`: added at the end of a batch
 * and taken off at its begin it leaves what the batch has. */
static void tally(struct tri_session *s, uint64_t sign)
{
    struct tri_proofs *p = &s->proofs;
    const struct tri_cost *c = &s->cost;

    p->ns += s->clock != NULL ? sign * s->clock() : 0;
    p->wait_ns += s->dry ? 0 : sign * s->link->stats.wait_ns;
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        if (!s->dry && i != s->id)
            continue;
        p->rounds[i] += sign * (s->dry ? c->depth[i] : s->link->stats.rounds);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            p->bytes[i][j] +=
                sign * (s->dry ? c->bytes[i][j] : s->link->stats.payload[j]);
    }
    p->longest += sign * (s->dry ? tri_cost_rounds(c) : s->link->stats.rounds);
}

/* The arena's peak of this batch alone, without what was there before but the
 * ledger; and the peak of all. */
static void note_memory(struct tri_session *s, size_t peak)
{
    struct tri_arena *a = s->cx.arena;

    if (s->proofs.memory < a->peak - a->used)
        s->proofs.memory = a->peak - a->used;
    if (a->peak < peak)
        a->peak = peak;
}

int tri_verify(struct tri_session *s, const struct tri_coins *coins,
               uint64_t id, const struct tri_verify_batch *b,
               const struct tri_pending *count)
{
    struct tri_arena *a = s->cx.arena;
    const size_t peak = a->peak;
    struct batch v = { .s = s, .id = id };
    unsigned rounds = 0;
    int rc;

    tally(s, (uint64_t)-1);
    a->peak = a->used + a->far;
    rc = start(&v, coins, b, count);
    if (v.bits)
        rounds = v.ands.plan.rounds;
    if (v.words && rounds < v.plan.rounds)
        rounds = v.plan.rounds;
    s->proving = rc == TRI_OK && !s->dry;
    for (unsigned r = 0; rc == TRI_OK && r < rounds; r++) {
        if (s->dry)
            count_round(&v, r);
        else
            rc = one_round(&v, r);
    }
    if (rc == TRI_OK)
        rc = verdict(&v);
    if (rc == TRI_OK)
        s->proving = 0;
    else
        accuse(&v, rc);
    if (v.bits)
        tri_ands_end(&v.ands);
    tri_wipe(&v, sizeof v);
    note_memory(s, peak);
    tally(s, 1);
    s->proofs.batches++;
    return rc;
}
