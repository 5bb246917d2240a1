#include <string.h>
#include "boards/host/serve/order.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "tests/checks.h"
#include "tests/support/three.h"

/* What a party that follows the protocol does, and one that does not. */
enum cheat {
    HONEST,
    TWO_PROPOSALS, /* P0: another request for P2                    */
    OLD_NUMBER,    /* P0: the order that was already                */
    TWICE,         /* P0: a request two times                       */
    TOO_MANY,      /* P0: more than there is room for               */
    BEHIND,        /* P0: something behind the last request         */
    TWO_VOTES,     /* anybody: has it, to one; has it not, to the other */
    WRONG_DIGEST,  /* anybody: says it was proposed something else  */
    WRONG_ECHO     /* anybody: says it has heard other votes        */
};

struct setting {
    enum cheat cheat;
    unsigned liar;
    uint32_t has[TRI_PARTIES];
    int rc[TRI_PARTIES];
    struct tri_order order[TRI_PARTIES];
};

static uint32_t have(void *self, const uint8_t id[][TRI_JOB_ID], size_t n)
{
    (void)id;
    (void)n;
    return *(const uint32_t *)self;
}

static void propose(struct tri_order *o)
{
    o->n = 3;
    for (uint8_t i = 0; i < 3; i++)
        memset(o->id[i], 10 + i, TRI_JOB_ID);
}

/* P0 says something else, then goes on as if it were honest. */
static int bad_p0(struct tri_link *l, const struct setting *s)
{
    struct tri_order o = { .number = s->cheat == OLD_NUMBER ? 6 : 7 };
    uint8_t wire[2][TRI_ORDER_BYTES], vote[3][36], digest[3][32];
    int rc;

    propose(&o);
    if (s->cheat == TWICE)
        memcpy(o.id[2], o.id[0], TRI_JOB_ID);
    tri_order_print(wire[0], &o);
    if (s->cheat == TOO_MANY)
        tri_le_store32(wire[0] + 8, TRI_QUEUE_BATCH + 1);
    if (s->cheat == BEHIND)
        wire[0][TRI_ORDER_BYTES - 1] = 1;
    memcpy(wire[1], wire[0], sizeof wire[0]);
    if (s->cheat == TWO_PROPOSALS)
        wire[1][12] ^= 1;
    (void)tri_send(l, 1, wire[0], sizeof wire[0]);
    (void)tri_send(l, 2, wire[1], sizeof wire[1]);
    tri_le_store32(vote[0], s->has[0]);
    tri_hash(vote[0] + 4, wire[0], sizeof wire[0]);
    rc = tri_exchange(l, vote[0], sizeof vote[0]);
    if (rc != TRI_OK)
        return rc;
    tri_hash(digest[0], vote, sizeof vote);
    return tri_exchange(l, digest[0], sizeof digest[0]);
}

/* The proposal crosses as it should, and then the liar says other things. */
static int bad_voter(struct tri_link *l, const struct setting *s)
{
    const unsigned me = l->id, a = (me + 1) % 3, b = (me + 2) % 3;
    struct tri_order o = { .number = 7 };
    uint8_t wire[TRI_ORDER_BYTES], vote[3][36], other[36], digest[3][32];
    int rc = TRI_OK;

    propose(&o);
    tri_order_print(wire, &o);
    if (me != 0)
        rc = tri_recv(l, 0, wire, sizeof wire);
    for (unsigned j = 1; me == 0 && j < 3; j++)
        (void)tri_send(l, j, wire, sizeof wire);
    tri_le_store32(vote[me], s->has[me]);
    tri_hash(vote[me] + 4, wire, sizeof wire);
    if (s->cheat == WRONG_DIGEST)
        vote[me][9] ^= 1;
    memcpy(other, vote[me], sizeof other);
    if (s->cheat == TWO_VOTES)
        tri_le_store32(other, 0);
    if (rc == TRI_OK)
        rc = tri_send(l, a, vote[me], sizeof vote[me]);
    if (rc == TRI_OK)
        rc = tri_send(l, b, other, sizeof other);
    if (rc == TRI_OK)
        rc = tri_recv(l, a, vote[a], sizeof vote[a]);
    if (rc == TRI_OK)
        rc = tri_recv(l, b, vote[b], sizeof vote[b]);
    if (rc != TRI_OK)
        return rc;
    tri_hash(digest[me], vote, sizeof vote);
    if (s->cheat == WRONG_ECHO)
        digest[me][0] ^= 1;
    return tri_exchange(l, digest[0], sizeof digest[me]);
}

static void party(struct tri_engine *e, void *arg)
{
    struct setting *const s = arg;
    struct tri_link *const l = e->s->link;
    const unsigned id = e->s->id;
    struct tri_order *const o = &s->order[id];

    o->number = 7;
    if (id == 0)
        propose(o);
    if (id == s->liar && s->cheat != HONEST)
        s->rc[id] = s->cheat < TWO_VOTES ? bad_p0(l, s) : bad_voter(l, s);
    else
        s->rc[id] = tri_order_agree(o, l, have, &s->has[id]);
}

static void run(struct tri_three *t, struct setting *s)
{
    tri_three_default(t);
    t->deadline_ms = 2000;
    tri_three_run(t, party, s);
}

/* What all three have, in the order that P0 proposes. */
static void check_honest(struct tri_check *c)
{
    static struct setting s;
    struct tri_three t;

    for (uint32_t v = 0; v < 512; v += 31) {
        const uint32_t has[3] = { v & 7, v >> 3 & 7, v >> 6 };
        const uint32_t all = has[0] & has[1] & has[2];

        memset(&s, 0, sizeof s);
        memcpy(s.has, has, sizeof has);
        run(&t, &s);
        for (unsigned p = 0; p < 3; p++) {
            const struct tri_order *const o = &s.order[p];
            size_t n = 0;

            CHECK(c, s.rc[p] == TRI_OK && o->number == 8 && o->proposed == 3,
                  "party %u: %d %s", p, s.rc[p], t.error[p]);
            for (uint8_t i = 0; i < 3; i++)
                if ((all >> i & 1) != 0)
                    CHECK(c, o->id[n++][0] == 10 + i, "party %u: order", p);
            CHECK(c, o->n == n, "party %u: %zu of %zu", p, o->n, n);
        }
    }
}

/* No honest party goes on with what another one was not told. */
static void check_cheats(struct tri_check *c)
{
    static const char *const text[] = {
        NULL,
        "proposed different requests",
        "an order that is not the next one",
        "a request twice",
        "too many requests",
        "bytes behind the last request",
        "heard different votes",
        "proposed different requests",
        "heard different votes",
    };
    static struct setting s;
    struct tri_three t;

    for (int cheat = TWO_PROPOSALS; cheat <= WRONG_ECHO; cheat++)
        for (unsigned liar = 0; liar < (cheat < TWO_VOTES ? 1 : 3); liar++) {
            int named = 0;

            memset(&s, 0, sizeof s);
            s.cheat = (enum cheat)cheat;
            s.liar = liar;
            s.has[0] = s.has[1] = s.has[2] = 7;
            run(&t, &s);
            for (unsigned p = 0; p < 3; p++) {
                if (p == liar)
                    continue;
                CHECK(c, s.rc[p] != TRI_OK, "cheat %d of P%u: P%u goes on",
                      cheat, liar, p);
                named |= strstr(t.error[p], text[cheat]) != NULL;
            }
            CHECK(c, named, "cheat %d of P%u: nobody says '%s' but '%s'", cheat,
                  liar, text[cheat], t.error[(liar + 1) % 3]);
        }
}

const struct tri_check_entry tri_checks_order[] = {
    { "order_honest", check_honest },
    { "order_cheats", check_cheats },
};
const size_t tri_checks_order_n =
    sizeof tri_checks_order / sizeof *tri_checks_order;
