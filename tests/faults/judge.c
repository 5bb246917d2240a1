#include "tests/faults/judge.h"

#include <stdio.h>
#include <string.h>

#include "core/err.h"

/* A crowded machine may hold a party up for long. */
enum { MARGIN_MS = 2000 };

static int has(const char *text, const char *const *any)
{
    for (; *any != NULL; any++)
        if (strstr(text, *any) != NULL)
            return 1;
    return 0;
}

enum kind judge_kind(int rc, const char *text)
{
    static const char *const died[] = { "closed the connection", "both closed",
                                        "has started again",
                                        "ended before the connection", NULL };
    static const char *const silent[] = { "nothing for",
                                          "did not answer",
                                          "did not connect",
                                          "no frame from",
                                          "does not answer",
                                          "too slow",
                                          NULL };
    static const char *const forged[] = { "not what it sent", "not the key",
                                          "do not know each other's keys",
                                          "but it was not P", NULL };

    if (strstr(text, "P0") == NULL && strstr(text, "P1") == NULL &&
        strstr(text, "P2") == NULL)
        return KIND_UNNAMED;
    switch (rc) {
    case TRI_E_IO:
        return has(text, died) ? KIND_DIED : KIND_UNNAMED;
    case TRI_E_TIMEOUT:
        return has(text, silent) ? KIND_SILENT : KIND_UNNAMED;
    case TRI_E_CRYPTO:
        return has(text, forged) ? KIND_FORGED : KIND_UNNAMED;
    case TRI_E_PROTO:
    case TRI_E_MISMATCH:
        return KIND_FORMAT;
    default:
        return KIND_UNNAMED;
    }
}

static const char *fate_name(const struct party_end *p)
{
    static const char *const name[] = { "right", "error",   "WRONG",
                                        "gone",  "CRASHED", "HUNG" };

    return name[p->fate];
}

static void show(const char *name, const char *why, const struct outcome *o)
{
    printf("BAD  %s: %s\n", name, why);
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        const struct party_end *p = &o->p[i];

        printf("     P%u %s after %.0f ms (code %d%s): %s%s%s\n", i,
               fate_name(p), ((double)p->ended - (double)o->hit_ns) / 1e6,
               p->rc, p->joined != 0 ? ", had joined" : "", p->error,
               p->job.what != NULL ? " " : "",
               p->job.what != NULL ? p->job.what : "");
    }
    (void)fflush(stdout);
}

/* Milliseconds that a party may take from the fault, and that it took. */
static int64_t overtime(const struct plan *plan, const struct expect *e,
                        const struct outcome *o, unsigned i)
{
    const struct party_end *p = &o->p[i];
    /* Closing an Ethernet link waits for the others once more. */
    const uint32_t run = plan->deadline_ms * (e->drips ? TRI_LINK_SLOW
                                              : plan->net == ETHER ? 2
                                                                   : 1);
    uint64_t from = o->hit_ns;

    if (plan->blow == BLOW_STOP && plan->victim == i)
        return 0;
    if (from < p->started)
        from = p->started;
    if (from < p->joined)
        from = p->joined;
    return ((int64_t)p->ended - (int64_t)from - 2 * (int64_t)o->stall_ns) /
               1000000 -
           MARGIN_MS - (p->joined != 0 ? run : plan->connect_ms);
}

/* Why the outcome is not allowed, or NULL. */
static const char *verdict(const struct plan *plan, const struct expect *e,
                           const struct outcome *o)
{
    unsigned all = 0, right = 0;
    char who[3] = "P?";

    if (!e->quiet && !o->hit)
        return "the fault did not take place";
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        const struct party_end *p = &o->p[i];
        const enum kind kind = judge_kind(p->rc, p->error);
        /* A party that is still joining cannot know why others end: it goes
         * on waiting for them. */
        const int joining = p->joined == 0 && !e->joining;

        if (p->fate == FATE_WRONG)
            return "a wrong result";
        if (p->fate == FATE_CRASH || p->fate == FATE_HUNG)
            return "a party crashed or hung";
        if (p->fate == FATE_NONE)
            continue;
        if (p->fate == FATE_RIGHT && (e->error || e->need[i] != 0))
            return "a party should have failed";
        right += p->fate == FATE_RIGHT;
        if (p->fate == FATE_RIGHT)
            continue;
        if (overtime(plan, e, o, i) > 0)
            return "too late";
        if (e->right)
            return "a party should not have failed";
        if (kind == KIND_UNNAMED ||
            ((kind & e->kinds) == 0 && !(joining && kind == KIND_SILENT)) ||
            (e->need[i] != 0 && (kind & e->need[i]) == 0 && !joining))
            return "an error of another kind";
        who[1] = (char)('0' + e->names - 1);
        if (e->names != 0 && e->names - 1 != i && strstr(p->error, who) == NULL)
            return "the error does not name the party";
        all |= kind;
    }
    if (e->together && all != 0 && right != 0)
        return "one fails, another does not";
    if (e->any != 0 && (all & e->any) == 0)
        return "nobody reports what happened";
    return NULL;
}

void judge(struct tally *t, const char *name, const struct plan *plan,
           const struct expect *e, const struct outcome *o)
{
    const char *why = verdict(plan, e, o);
    int wrong = 0, errors = 0;

    t->tries++;
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        const struct party_end *p = &o->p[i];
        const int64_t ms = ((int64_t)p->ended - (int64_t)o->hit_ns) / 1000000;

        wrong |= p->fate == FATE_WRONG;
        errors |= p->fate == FATE_ERROR;
        if (p->fate == FATE_ERROR && ms > (int64_t)t->worst_ms &&
            !(plan->blow == BLOW_STOP && plan->victim == i))
            t->worst_ms = (uint64_t)ms;
    }
    if (wrong)
        t->wrong++;
    else if (why != NULL)
        t->bad++;
    else if (errors)
        t->errors++;
    else
        t->right++;
    if (why != NULL)
        show(name, why, o);
}
