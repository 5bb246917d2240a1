#include "tests/checks.h"

#include <string.h>

#include "core/err.h"
#include "net/fail.h"
#include "net/finish.h"
#include "tests/support/links.h"

/* P1 ends before its first word, or between the two, or after both, in order or
 * not, or says something else. */
struct ending {
    const char *name;
    int words;   /* of P1 */
    int objects; /* and then it fails */
    int fails;   /* the others */
    int sure;
};

static void ends(struct tri_check *c, struct tri_link *l, void *arg)
{
    const struct ending *e = arg;
    uint8_t said[3];
    int rc = TRI_OK;

    if (l->id != 1) {
        rc = tri_finish(l);
        CHECK(c, (rc != TRI_OK) == e->fails, "%s: rc %d, %s", e->name, rc,
              l->error);
        CHECK(c, rc != TRI_OK || (l->dead == TRI_OK) == e->sure,
              "%s: dead %d, %s", e->name, l->dead, l->error);
        CHECK(c, rc == TRI_OK || l->blamed == 1, "%s: names %d: %s", e->name,
              l->blamed, l->error);
        return;
    }
    for (uint8_t w = 1; w <= e->words && rc == TRI_OK; w++) {
        memset(said, w, sizeof said);
        rc = tri_exchange(l, said, 1);
    }
    if (e->objects)
        (void)tri_link_end(l, TRI_E_IO, 1, "P1 has no room");
}

static void check_finish(struct tri_check *c)
{
    static const struct ending e[] = {
        { "all", 2, 0, 0, 1 },
        { "no word", 0, 0, 1, 0 },
        { "no word, objection", 0, 1, 1, 0 },
        { "one word", 1, 0, 0, 0 },
        { "one word, objection", 1, 1, 1, 0 },
    };

    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        for (size_t i = 0; i < sizeof e / sizeof *e; i++)
            tri_links_go(c, kind, 60000, ends, (void *)(uintptr_t)&e[i]);
}

static void lies(struct tri_check *c, struct tri_link *l, void *arg)
{
    uint8_t said[3] = { 7, 7, 7 };
    int rc;

    (void)arg;
    rc = l->id == 1 ? tri_exchange(l, said, 1) : tri_finish(l);
    CHECK(c, l->id == 1 || (rc == TRI_E_PROTO && l->blamed == 1), "%d, %s", rc,
          l->error);
}

static void check_lie(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, 60000, lies, NULL);
}

/* A transport that keeps what it is to send, and hears nothing in the second
 * round. */
struct kept {
    const uint8_t *word[8];
    size_t n;
};

static int keep(struct tri_link *l, unsigned to, const void *buf, size_t len)
{
    struct kept *k = l->self;

    (void)to;
    if (len == 1 && k->n < 8)
        k->word[k->n++] = buf;
    return TRI_OK;
}

static int hear_one(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    (void)from;
    memset(buf, 1, len);
    return l->complete ? TRI_E_TIMEOUT : TRI_OK;
}

static int nothing(struct tri_link *l)
{
    (void)l;
    return TRI_OK;
}

/* The stack is used by others. */
static uint8_t others(void)
{
    volatile uint8_t used[4096];

    for (size_t i = 0; i < sizeof used; i++)
        used[i] = 0x5a;
    return used[17];
}

/* What a link sends last it may send after tri_finish(). */
static void check_kept(struct tri_check *c)
{
    static const struct tri_link_ops ops = {
        .send = keep, .recv = hear_one, .flush = nothing, .poll = nothing
    };
    struct kept k = { .n = 0 };
    struct tri_link l = { .ops = &ops, .self = &k, .id = 1 };
    int rc = tri_finish(&l);

    CHECK(c, rc == TRI_OK && l.dead == TRI_E_TIMEOUT && k.n == 4,
          "%d, %d, %zu words", rc, l.dead, k.n);
    CHECK(c, others() == 0x5a, "memory");
    for (size_t i = 0; i < k.n; i++)
        CHECK(c, *k.word[i] == (i < 2 ? 1 : 2), "word %zu has become %u", i,
              *k.word[i]);
}

const struct tri_check_entry tri_checks_finish[] = {
    { "finish", check_finish },
    { "finish_lie", check_lie },
    { "finish_kept", check_kept },
};
const size_t tri_checks_finish_n =
    sizeof tri_checks_finish / sizeof *tri_checks_finish;
