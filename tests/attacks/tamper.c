#include "tests/attacks/tamper.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/attack/attacks.h"
#include "core/err.h"
#include "proto/nn/model.h"
#include "tests/support/check.h"

/* Every kind of layer and loss between them, every product and comparison. */
static const char *const nets[] = {
    "input 4 4 1\nfc 5\nrelu\nfc 3\n",
    "input 6 6 1\nconv 2 3\nmaxpool 2\nrelu\nfc 3\nloss asm\n",
    "input 6 6 2\nconv 3 3 pad 1\nrelu\nconv 2 3 stride 2 pad 1\navgpool 3\nfc "
    "2\n"
    "loss mse\n",
    /* for random turns */
    "input 12 12 1\nconv 4 5\nmaxpool 2\nrelu\nfc 10\n",
};
enum { LARGE = 3, NETS = sizeof nets / sizeof *nets, WORDS = 8192 };

/* What is done. */
enum what { NOTHING, MESSAGE, PAIR, COPY, DEAL, POISON, MANNER, SECRET, WHATS };
static const char *const name_of[WHATS] = { "",       "message", "pair",
                                            "copy",   "deal",    "poison",
                                            "manner", "secret" };
/* What it is done to. */
enum sort { SAID, READ, GIVEN, SORTS };

static enum sort sort_of(enum what what)
{
    return what == COPY ? READ : what == DEAL || what == POISON ? GIVEN : SAID;
}

/* One run. */
struct turn {
    struct tri_corrupt c; /* first: the attack finds the rest by it */
    struct tri_net net;
    unsigned by;
    enum what what;
    unsigned at; /* which of them                          */
    int large;
    uint64_t secret;       /* of the inputs                          */
    unsigned count[SORTS]; /* events so far                          */
    enum tri_verb verb;    /* where it was                           */
    int rc[TRI_PARTIES];
    size_t n[TRI_PARTIES]; /* results that each party has            */
    uint64_t result[TRI_PARTIES][WORDS];
};

static void add(uint8_t *word, uint64_t d)
{
    uint64_t w;

    memcpy(&w, word, sizeof w);
    w += d;
    memcpy(word, &w, sizeof w);
}

/* One word, or one bit of a short message. */
static void alter(struct turn *t, uint8_t *msg, size_t len)
{
    const uint64_t r = tri_test_rand(&t->c.rng);
    const uint64_t power = (uint64_t)1 << (r & 63);
    /* A copy of which only low bits or only high bits are wrong may be cut off
     * before anybody hears of it. */
    const uint64_t d = t->what == COPY || (r >> 6 & 3) == 0
                           ? tri_test_rand(&t->c.rng) | 1
                       : (r >> 6 & 3) == 1 ? 0 - power
                                           : power;
    const size_t at = (size_t)(r >> 8) % (len < 8 ? len : len / 8);

    if (len < 8 || (t->what == PAIR && len < 16))
        msg[at % len] ^= (uint8_t)(1u << (r & 7));
    else
        add(msg + 8 * at, d);
    if (t->what == PAIR && len >= 16)
        add(msg + 8 * ((at + 1) % (len / 8)), 0 - d);
}

static void act(struct tri_corrupt *c, const struct tri_event *v)
{
    struct turn *const t = (struct turn *)c;
    const int reads = v->moment == TRI_READS && v->x != NULL;
    const enum sort sort = v->moment == TRI_SAYS ? SAID : READ;

    if (v->moment != TRI_SAYS && !reads)
        return;
    if (t->what != NOTHING && sort == sort_of(t->what) &&
        t->count[sort] == t->at) {
        t->verb = v->verb;
        if (t->what == MANNER)
            c->fate = 1 + t->at % 3;
        else if (sort == SAID)
            alter(t, v->msg, v->len);
        else
            alter(t, v->x->v[t->at % 2], v->x->n * sizeof(uint64_t));
    }
    t->count[sort]++;
}

static const struct tri_attack tampering = { .name = "tamper", .act = act };

/* ---- the program of a party -------------------------------------------------
 */

static void keep(struct turn *t, unsigned id, uint64_t w)
{
    if (t->n[id] == WORDS)
        abort();
    t->result[id][t->n[id]++] = w;
}

/* Shares of numbers and labels, as an owner would give them. */
static int fill(struct turn *turn, struct tri_engine *e, struct tri_ten *t,
                int hot)
{
    uint64_t part[2][2304], rng = 7 + (uint64_t)t->n + turn->secret;
    const int poisoned = turn->what == POISON && hot == (int)(turn->at / 2 % 2);

    for (size_t i = 0; i < t->n; i++) {
        const unsigned wrong = poisoned && i / t->shape.d[1] == turn->at % 2;
        const uint64_t value =
            hot ? i % t->shape.d[1] ==
                      (i / t->shape.d[1] + turn->secret + wrong) % t->shape.d[1]
                : (tri_test_rand(&rng) >> (64 - t->fb)) << wrong;
        uint64_t x[3] = { tri_test_rand(&rng), tri_test_rand(&rng), 0 };

        x[2] = value - x[0] - x[1];
        for (unsigned c = 0; c < e->holds; c++)
            part[c][i] = x[(e->s->id + c) % 3];
    }
    for (unsigned c = 0; e->s->id == turn->by && c < e->holds; c++)
        if (turn->count[GIVEN]++ == turn->at && turn->what == DEAL)
            alter(turn, (uint8_t *)part[c], t->n * sizeof(uint64_t));
    return tri_import(e, t, 0, t->n,
                      (const tri_ring *const[2]){ part[0], part[1] });
}

static int step(struct turn *t, struct tri_engine *e, struct tri_model *m)
{
    const struct tri_sgd sgd = { 0.1, 0.9, 0 };
    struct tri_ten *list[TRI_MODEL_STATE];
    const unsigned id = e->s->id;
    uint32_t right;
    double loss;
    int rc = tri_model_build(m, e, &t->net, t->large ? 16 : 3, 1, 1);

    if (rc == TRI_OK)
        rc = tri_model_init(m, 1);
    if (rc == TRI_OK)
        rc = fill(t, e, &m->in, 0);
    if (rc == TRI_OK)
        rc = fill(t, e, &m->label, 1);
    if (rc == TRI_OK)
        rc = tri_model_forward(m);
    if (rc == TRI_OK)
        rc = tri_model_loss(m, &loss, &right);
    if (rc == TRI_OK) {
        uint64_t w;

        memcpy(&w, &loss, sizeof w);
        keep(t, id, w);
        keep(t, id, right);
        rc = tri_model_backward(m);
    }
    if (rc == TRI_OK)
        rc = tri_model_update(m, &sgd);
    for (size_t i = 0, n = tri_model_state(m, list); rc == TRI_OK && i < n;
         i++) {
        uint64_t part[2][WORDS];

        rc = tri_export(e, list[i], 0, list[i]->n,
                        (tri_ring *const[2]){ part[0], part[1] });
        for (unsigned c = 0; rc == TRI_OK && c < e->holds; c++)
            for (size_t k = 0; k < list[i]->n; k++)
                keep(t, id, part[c][k]);
    }
    return rc;
}

static void party(struct tri_engine *e, void *arg)
{
    struct turn *const t = arg;
    struct tri_model *const m = calloc(1, sizeof *m);

    if (m == NULL)
        abort();
    if (e->s->id == t->by)
        tri_corrupt_take(&t->c, e);
    t->rc[e->s->id] = step(t, e, m);
    free(m);
}

/* ---- turns ------------------------------------------------------------------
 */

static void run(const struct tri_tamper *a, struct turn *t, unsigned net,
                unsigned by, enum what what, unsigned at, uint64_t secret)
{
    struct tri_three three;
    char err[TRI_NET_ERROR];

    memset(t, 0, sizeof *t);
    if (tri_net_parse(&t->net, nets[net], strlen(nets[net]), err) != TRI_OK)
        abort();
    t->by = by;
    t->what = what;
    t->at = at;
    t->secret = secret;
    t->large = net == LARGE;
    t->c.attack = &tampering;
    t->c.rng = at * 31 + by * 7 + net + a->seed;
    tri_three_default(&three);
    three.engine = a->engine;
    three.config.active = a->active;
    three.seed += secret;
    /* what never comes is waited for */
    three.deadline_ms = what == MANNER ? 500 : 20000;
    tri_three_run(&three, party, t);
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        if (t->rc[p] != TRI_OK && three.dead[p] != TRI_OK)
            t->rc[p] = three.dead[p];
}

struct tally {
    unsigned runs, caught, stopped, unseen, wrong;
};

/* Does an honest party know that somebody cheats? Those who hear of it end as
 * well. */
static int caught(const struct turn *t)
{
    int yes = 0;

    for (unsigned p = 0; p < TRI_PARTIES; p++)
        yes |= p != t->by && t->rc[p] == TRI_E_CHEAT;
    return yes;
}

/* What the honest parties have of it. */
static void judge(struct tally *y, const struct turn *t,
                  const struct turn *honest)
{
    int wrong = 0, all = 1;

    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        if (p == t->by)
            continue;
        all &= t->rc[p] == TRI_OK;
        wrong |= t->n[p] > honest->n[p] ||
                 memcmp(t->result[p], honest->result[p], 8 * t->n[p]) != 0;
    }
    y->runs++;
    if (wrong)
        y->wrong++;
    else if (all)
        y->unseen++;
    else if (caught(t))
        y->caught++;
    else
        y->stopped++;
}

static unsigned say(const struct tally y[TRI_VERBS], enum what what)
{
    unsigned bad = 0;

    for (int v = 0; v < TRI_VERBS; v++) {
        if (y[v].runs > 0)
            printf("  %-7s %-13s %5u times: %5u caught, %u stopped, %u unseen, "
                   "%u wrong results\n",
                   name_of[what], tri_verb_name((enum tri_verb)v), y[v].runs,
                   y[v].caught, y[v].stopped, y[v].unseen, y[v].wrong);
        if (what == POISON) { /* is what it is: nobody can see it */
            bad += y[v].runs - y[v].wrong;
            continue;
        }
        bad += y[v].wrong;
        /* The last message of all may come twice: nobody reads on. */
        if (what != MANNER || v != TRI_VERB_VERIFY)
            bad += y[v].unseen;
        /* A message that is none, or a proof that is none, ends a run like any
         * that breaks the protocol; and of an impossible number that was
         * opened the one who made it may be the first to speak. */
        if (what != MANNER && v != TRI_VERB_VERIFY &&
            !(what == COPY && v == TRI_VERB_OPEN))
            bad += y[v].stopped;
    }
    return bad;
}

/* Has an honest run come to its end? */
static int fine(const struct turn *t)
{
    const int ok = t->rc[0] == TRI_OK && t->rc[1] == TRI_OK &&
                   t->rc[2] == TRI_OK && t->n[0] > 2;

    if (!ok)
        printf("  an honest run ended with %d, %d, %d\n", t->rc[0], t->rc[1],
               t->rc[2]);
    return ok;
}

static unsigned all_of(const struct tri_tamper *a, enum what what)
{
    struct turn *const t = calloc(4, sizeof *t);
    struct turn *const honest = t + 1, *const other = t + 2;
    struct tally y[TRI_VERBS] = { { 0 } };
    const unsigned every = a->every * (what == MANNER ? 13 : 1);
    unsigned bad = 0;

    if (t == NULL)
        abort();
    for (unsigned net = 0; net < LARGE; net++)
        for (unsigned by = 0; by < TRI_PARTIES; by++) {
            run(a, honest, net, by, NOTHING, 0, 0);
            if (!fine(honest)) {
                bad++;
                continue;
            }
            for (unsigned at = by % every; at < honest->count[sort_of(what)];
                 at += every) {
                run(a, t, net, by, what, at, 0);
                judge(&y[t->verb], t, honest);
                if (what != SECRET)
                    continue;
                run(a, other, net, by, what, at, 1);
                bad += caught(t) != caught(other);
            }
        }
    bad += say(y, what);
    free(t);
    return bad;
}

/* Nobody cheats, with other keys and inputs in each run. */
static unsigned false_alarms(const struct tri_tamper *a)
{
    struct turn *const t = malloc(sizeof *t);
    unsigned bad = 0;

    if (t == NULL)
        abort();
    for (unsigned i = 0; i < a->honest; i++) {
        run(a, t, i % NETS, TRI_PARTIES, NOTHING, 0, i);
        bad += !fine(t);
    }
    if (a->honest > 0)
        printf("  nobody cheats   %5u times: %u false alarms\n", a->honest,
               bad);
    free(t);
    return bad;
}

/* Any message of any party in a larger run. */
static unsigned at_random(const struct tri_tamper *a)
{
    struct turn *const t = calloc(1 + TRI_PARTIES, sizeof *t);
    struct tally y[TRI_VERBS] = { { 0 } };
    uint64_t rng = 1;
    unsigned bad = 0;

    if (t == NULL)
        abort();
    for (unsigned by = 0; by < TRI_PARTIES; by++) {
        run(a, &t[1 + by], LARGE, by, NOTHING, 0, 0);
        bad += !fine(&t[1 + by]);
    }
    for (unsigned i = 0; bad == 0 && i < a->random; i++) {
        const unsigned by = i % TRI_PARTIES;
        const struct turn *const honest = &t[1 + by];

        run(a, t, LARGE, by, MESSAGE,
            (unsigned)(tri_test_rand(&rng) % honest->count[SAID]), 0);
        judge(&y[t->verb], t, honest);
    }
    if (a->random > 0)
        puts("  at random, in a larger run:");
    bad += say(y, MESSAGE);
    free(t);
    return bad;
}

unsigned tri_tamper_run(const struct tri_tamper *a)
{
    unsigned bad = false_alarms(a);

    for (enum what what = MESSAGE; what < WHATS; what++) {
        const unsigned more = all_of(a, what);

        bad += more;
        if (more > 0 && a->active)
            printf("NOT AS IT SHOULD BE: %s: %u\n", name_of[what], more);
    }
    return bad + at_random(a);
}
