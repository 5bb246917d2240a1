#include <string.h>
#include "core/err.h"
#include "proto/rep3/rep3.h"
#include "tests/checks.h"
#include "tests/support/three.h"

/*
 * No free tries: who has seen the challenges of a verification and hangs up
 * instead of being found leaves an honest party that knows when that was.
 */

enum { N = 40 };

/* Products of words and of bits, between an import and an opening; one party
 * hangs up instead of its message number `at`. */
struct job {
    unsigned by, at;
    /* results */
    unsigned messages[2]; /* of the one who hangs up: all; the first of a
                             verification */
    unsigned proofs;      /* ... how many there are */
    int seen;             /* it had heard a word of that verification */
    int rc[TRI_PARTIES], suspects[TRI_PARTIES];
};

/* The link of who hangs up. One of them at a time. */
static struct {
    struct job *j;
    struct tri_engine *e;
    const struct tri_link_ops *real;
    struct tri_link_ops ops;
    int seen;
} tap;

static int tap_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    const int rc = tap.real->recv(l, from, buf, len);

    tap.seen = tap.e->s->proving;
    return rc;
}

static int tap_send(struct tri_link *l, unsigned to, const void *buf,
                    size_t len)
{
    struct job *const j = tap.j;
    const unsigned n = j->messages[0]++;

    if (tap.e->s->proving && j->proofs++ == 0)
        j->messages[1] = n;
    if (n != j->at)
        return tap.real->send(l, to, buf, len);
    j->seen = tap.seen && tap.e->s->proving;
    return tri_link_kill(l, TRI_E_IO, (int)l->id, "hangs up");
}

static int program(struct tri_engine *e)
{
    const struct tri_bilin mul = { .kind = TRI_BILIN_MUL, .n = N };
    const tri_ring in[N] = { 1, 2, 3 };
    const tri_ring *const part[2] = { in, in };
    struct tri_ten x, z;
    double out[N];
    int rc = tri_ten_alloc(e, &x, tri_shape1(N), 8, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &z, tri_shape1(N), 16, 0);
    if (rc == TRI_OK)
        rc = tri_import(e, &x, 0, N, part);
    for (unsigned i = 0; rc == TRI_OK && i < 2; i++) {
        rc = e->ops->bilin(e, &mul, &z, &x, &x);
        if (rc == TRI_OK)
            rc = e->ops->relu(e, &x, NULL, &z);
        if (rc == TRI_OK)
            rc = tri_open(e, out, &x, TRI_OPEN_ALL);
    }
    return rc;
}

static void party(struct tri_engine *e, void *arg)
{
    struct job *const j = arg;
    struct tri_link *const l = e->s->link;
    const unsigned id = e->s->id;

    if (id == j->by) {
        tap.j = j;
        tap.e = e;
        tap.real = l->ops;
        tap.ops = *l->ops;
        tap.ops.send = tap_send;
        tap.ops.recv = tap_recv;
        tap.seen = 0;
        l->ops = &tap.ops;
    }
    j->rc[id] = program(e);
    j->suspects[id] = e->s->proving;
    if (id == j->by)
        l->ops = tap.real;
}

static struct job play(unsigned by, unsigned at)
{
    struct job j = { .by = by, .at = at };
    struct tri_three t;

    tri_three_default(&t);
    t.engine = &tri_engine_rep3;
    t.config.active = 1;
    tri_three_run(&t, party, &j);
    return j;
}

/* Every message of every party. Before a challenge is out nobody suspects
 * anything, nor when nobody hangs up. */
static void check_hang_up(struct tri_check *c)
{
    for (unsigned by = 0; by < TRI_PARTIES; by++) {
        const struct job all = play(by, UINT32_MAX);
        const unsigned a = (by + 1) % 3, b = (by + 2) % 3;
        unsigned noted = 0;

        CHECK(c,
              all.rc[0] == TRI_OK && all.rc[1] == TRI_OK && all.rc[2] == TRI_OK,
              "honest");
        CHECK(c, all.proofs > 20 && all.messages[1] > 10, "%u of %u messages",
              all.proofs, all.messages[0]);
        CHECK(c, !all.suspects[0] && !all.suspects[1] && !all.suspects[2],
              "a suspicion without an end");
        for (unsigned at = 0; at < all.messages[0]; at++) {
            const struct job j = play(by, at);

            CHECK(c,
                  j.rc[a] != TRI_OK || j.rc[b] != TRI_OK ||
                      at + 1 >= all.messages[0],
                  "P%u hangs up at message %u, and nobody cares", by, at);
            CHECK(c, !j.seen || j.suspects[a] || j.suspects[b],
                  "P%u hangs up at message %u, in a verification, and nobody "
                  "suspects anything",
                  by, at);
            CHECK(c,
                  at + 8 > all.messages[1] ||
                      (!j.suspects[a] && !j.suspects[b]),
                  "P%u hangs up at message %u, before a verification, and is "
                  "suspected",
                  by, at);
            noted += (unsigned)j.seen;
        }
        CHECK(c, noted + 4 >= all.proofs, "%u of %u messages of verifications",
              noted, all.proofs);
    }
}

const struct tri_check_entry tri_checks_attempts[] = {
    { "attempts/hang_up", check_hang_up },
};
const size_t tri_checks_attempts_n =
    sizeof tri_checks_attempts / sizeof *tri_checks_attempts;
