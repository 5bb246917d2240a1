#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "net/host/mem.h"
#include "proto/fused/fused.h"
#include "proto/nn/model.h"
#include "proto/paper/paper.h"
#include "tests/checks.h"
#include "tests/support/three.h"

/*
 * A party that sends what the protocol forbids. Every message of a small
 * network is replaced by ones, one run for each: where the content is illegal,
 * all three parties, the cheat included, must report the same cause, the place
 * in the network and the cheat; where every content is legal (all of fused),
 * the run must end.
 */
enum { MOST = 512 };

/* The places at which each engine can see a cheat, and nothing else is. */
struct place {
    const char *operation;
    unsigned cheats; /* bit i: P_i can cheat there */
};

static const struct place fused[] = {
    { NULL, 0 }, /* any masked word or bit can be */
};
static const struct place paper[] = {
    { "PrivateCompare", 3 }, /* the answers */
    { "ShareConvert", 4 },   /* bits, delta, eta' */
    { "ComputeMSB", 7 },     /* r_0 and r_1; bits */
    { NULL, 0 },
};

struct cheat {
    unsigned who;
    size_t at, sent; /* number of the message, from 1; 0: an honest run */
    struct tri_link l, *in;
    uint8_t *spoilt;
    int rc[TRI_PARTIES];
    struct tri_net net;
};

static int cheat_send(struct tri_link *l, unsigned to, const void *buf,
                      size_t len)
{
    struct cheat *const c = l->self;

    if (++c->sent == c->at) {
        c->spoilt = malloc(len);
        if (c->spoilt == NULL)
            abort();
        memset(c->spoilt, 0xff, len);
        buf = c->spoilt;
    }
    return tri_send(c->in, to, buf, len);
}

static int cheat_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    return tri_recv(((struct cheat *)l->self)->in, from, buf, len);
}

static int cheat_flush(struct tri_link *l)
{
    return tri_flush(((struct cheat *)l->self)->in);
}

static int cheat_poll(struct tri_link *l)
{
    return tri_poll(((struct cheat *)l->self)->in);
}

static const struct tri_link_ops cheat_ops = { .send = cheat_send,
                                               .recv = cheat_recv,
                                               .flush = cheat_flush,
                                               .poll = cheat_poll };

/* Forward, and the answers opened: so everybody hears from everybody at the
 * end. */
static int classify(struct tri_engine *e, const struct tri_net *net)
{
    static struct tri_model model[TRI_PARTIES];
    struct tri_model *const m = &model[e->s->id];
    double out[8];
    int rc = tri_model_build(m, e, net, 2, 0, 0);

    if (rc == TRI_OK)
        rc = tri_model_init(m, 1);
    if (rc == TRI_OK)
        rc = tri_ten_zero(e, &m->in);
    if (rc == TRI_OK)
        rc = tri_model_forward(m);
    return rc == TRI_OK ? tri_open(e, out, tri_model_logits(m), TRI_OPEN_ALL)
                        : rc;
}

static void party(struct tri_engine *e, void *arg)
{
    struct cheat *const c = arg;
    struct tri_session *const s = e->s;

    if (s->id != c->who) {
        c->rc[s->id] = classify(e, &c->net);
        return;
    }
    c->in = s->link;
    c->l = (struct tri_link){ .ops = &cheat_ops, .self = c, .id = s->id };
    s->link = &c->l;
    c->rc[s->id] = classify(e, &c->net);
    s->link = c->in;
}

/* One run; non-zero if it was found out. Marks the place in `seen`. */
static int one(struct tri_check *c, struct cheat *h, struct tri_three *t,
               const struct place *place, unsigned seen[])
{
    size_t i = 0;
    const char *text = t->error[(h->who + 1) % TRI_PARTIES];
    int found = 0;

    h->sent = 0;
    h->spoilt = NULL;
    memset(h->rc, 0, sizeof h->rc);
    tri_three_run(t, party, h);
    free(h->spoilt);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        found += t->dead[j] == TRI_E_PROTO;
    if (found == 0) {
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            if (h->rc[j] != TRI_OK)
                tri_check_fail(c, "P%u, message %zu: P%u says %d: %s", h->who,
                               h->at, j, h->rc[j], t->error[j]);
        return 0;
    }
    while (place[i].operation != NULL &&
           strstr(text, place[i].operation) == NULL)
        i++;
    if (place[i].operation == NULL || (place[i].cheats >> h->who & 1) == 0)
        return tri_check_fail(c, "P%u, message %zu: found out in '%s'", h->who,
                              h->at, text);
    seen[i] |= 1u << h->who;
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        char name[8];

        snprintf(name, sizeof name, "(P%u)", h->who);
        if (h->rc[j] == TRI_OK || t->blamed[j] != (int)h->who ||
            strstr(t->error[j], place[i].operation) == NULL ||
            strstr(t->error[j], name) == NULL ||
            strncmp(t->error[j], "layer ", 6) != 0 ||
            strstr(t->error[j], "), forward: ") == NULL)
            return tri_check_fail(c,
                                  "P%u, message %zu: P%u returns %d, blames "
                                  "%d: %s",
                                  h->who, h->at, j, h->rc[j], t->blamed[j],
                                  t->error[j]);
    }
    return 1;
}

static void cheats(struct tri_check *c, const struct tri_engine_kind *kind,
                   const struct place *place)
{
    static const char text[] =
        "input 4 4 1\nconv 2 3\nrelu\nmaxpool 2\nfc 3\nrelu\nfc 2\n";
    struct cheat h = { .at = 0 };
    struct tri_three t;
    unsigned seen[4] = { 0 };
    char err[160];

    CHECK(c, tri_net_parse(&h.net, text, sizeof text - 1, err) == TRI_OK, "%s",
          err);
    tri_three_default(&t);
    t.arena = (size_t)1 << 20;
    t.engine = kind;
    for (h.who = 0; h.who < TRI_PARTIES; h.who++) {
        size_t messages;

        h.at = 0;
        CHECK(c, !one(c, &h, &t, place, seen) && c->msg[0] == '\0',
              "an honest run");
        messages = h.sent;
        CHECK(c, messages > 4 && messages < MOST, "%zu messages", messages);
        for (h.at = 1; h.at <= messages && c->msg[0] == '\0'; h.at++)
            (void)one(c, &h, &t, place, seen);
        if (c->msg[0] != '\0')
            return;
    }
    for (size_t i = 0; place[i].operation != NULL; i++)
        CHECK(c, seen[i] == place[i].cheats, "%s: cheats of the set %u only",
              place[i].operation, seen[i]);
}

static void check_fused_cheats(struct tri_check *c)
{
    cheats(c, &tri_engine_fused, fused);
}

static void check_paper_cheats(struct tri_check *c)
{
    cheats(c, &tri_engine_paper, paper);
}

const struct tri_check_entry tri_checks_illegal[] = {
    { "illegal: every message of fused", check_fused_cheats },
    { "illegal: every message of paper", check_paper_cheats },
};
const size_t tri_checks_illegal_n =
    sizeof tri_checks_illegal / sizeof *tri_checks_illegal;
