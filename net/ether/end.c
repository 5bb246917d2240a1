/* No OS header: boards link this file as it is. */
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "core/text.h"
#include "net/ether/end.h"
#include "net/fail.h"

enum {
    LINGER_MS = 100, /* for a peer that has ended to hear our end */
    REASON = 8 + TRI_ETHER_REASON /* record number, goodbye */
};

/* ---- failures ----------------------------------------------------------- */

/* What is wrong with this party's own interface, or "". */
static const char *trouble(const struct tri_ether *e)
{
    return e->d.trouble != NULL ? e->d.trouble(e->d.ctx) : "";
}

/* Whatever has happened may come of that. */
static void add_trouble(struct tri_link *l)
{
    const struct tri_ether *const e = l->self;
    struct tri_text t = { l->error, sizeof l->error, 0 };
    const char *const what = trouble(e);

    while (l->error[t.n] != '\0')
        t.n++;
    if (t.n > 0 && what[0] != '\0')
        tri_text_add(&t, "; interface %s%s", e->d.name, what);
}

/* Tell both others, at once, that this party ends because of `blamed`, and
 * let go of all buffers. */
int tri_ether_give_up(struct tri_link *l, int blamed, int rc)
{
    struct tri_ether *e = l->self;
    const uint64_t now = tri_ether_now(e);
    struct tri_bye b;

    if (!e->gave_up) {
        l->blamed = blamed;
        add_trouble(l);
    }
    tri_bye_make(&b, rc, blamed, l->error);
    for (unsigned k = 1; k < TRI_PARTIES && !e->gave_up && !tri_link_over(l);
         k++) {
        struct tri_ether_conn *c = tri_ether_peer(e, k);
        uint8_t reason[REASON];
        size_t n;

        tri_le_store64(reason, c->out.seq);
        n = 8 + tri_ether_out_reason(&c->out, &b, reason + 8);
        tri_arq_abort(&c->arq, reason, (uint32_t)n, now);
    }
    e->gave_up = 1;
    tri_ether_push(e);
    /* At the end of a run the last words go on to whoever lives. */
    for (unsigned k = 1; k < TRI_PARTIES && !tri_link_over(l); k++) {
        struct tri_ether_conn *c = tri_ether_peer(e, k);

        c->out.q_count = c->out.s_count = c->out.lent = 0;
        c->in.active = 0;
    }
    return rc;
}

int tri_ether_ended(struct tri_link *l, unsigned peer)
{
    return tri_ether_give_up(l, (int)peer, tri_link_fail_gone(l, peer));
}

/* The record in an ABORT: TRI_OK; TRI_E_CRYPTO if the peer has not written it;
 * TRI_E_PROTO if it is no goodbye. */
static int read_reason(struct tri_ether_conn *c, struct tri_bye *b)
{
    const int sealed = c->out.sec != NULL;
    const size_t front = sealed ? TRI_SECURE_HEADER : TRI_RECORD_HEADER;
    const size_t back = sealed ? TRI_AEAD_TAG : 0;
    uint8_t *const in = c->arq.reason + 8;
    const size_t n = c->arq.reason_len;
    uint8_t clear[TRI_RECORD_HEADER];
    struct tri_record r;
    uint64_t seq;
    int rc = TRI_OK;

    if (n < 8 + front + 1 + back)
        return sealed ? TRI_E_CRYPTO : TRI_E_PROTO;
    seq = tri_le_load64(c->arq.reason);
    if (seq < c->in.x.seq || seq - c->in.x.seq > UINT32_MAX)
        return sealed ? TRI_E_CRYPTO : TRI_E_PROTO;
    memcpy(clear, in, sizeof clear);
    if (sealed)
        rc = tri_secure_open_header(&c->sec, seq, clear, in);
    if (rc == TRI_OK)
        rc = tri_record_parse(&r, clear);
    if (rc == TRI_OK && (r.flags != TRI_RECORD_BYE || r.seq != (uint32_t)seq ||
                         8 + front + r.len + back != n))
        rc = TRI_E_PROTO;
    if (rc == TRI_OK && sealed) /* nothing else will be opened */
        rc = tri_secure_open(&c->sec, seq, in + front, r.len,
                             in + front + r.len);
    return rc == TRI_OK ? tri_bye_parse(b, in + front, r.len) : rc;
}

/* The peer gave up, and says why. */
static int aborted(struct tri_link *l, struct tri_ether_conn *c)
{
    struct tri_bye b;
    const int rc = read_reason(c, &b);

    if (rc == TRI_OK)
        return tri_ether_give_up(l, b.blamed,
                                 tri_link_fail_heard(l, c->peer, &b));
    c->arq.state = TRI_ARQ_OPEN; /* the true peer shall hear of it */
    if (rc == TRI_E_PROTO)
        return tri_ether_give_up(l, (int)c->peer,
                                 tri_link_fail_bye(l, c->peer));
    return tri_ether_give_up(
        l, (int)c->peer,
        tri_link_fail(l, rc,
                      "somebody ended the connection to P%u, but "
                      "it was not P%u",
                      c->peer, c->peer));
}

static int check_conn(struct tri_link *l, struct tri_ether_conn *c, int wanted)
{
    struct tri_ether *e = l->self;

    if (c->in.rc != TRI_OK)
        return tri_ether_give_up(l, (int)c->peer, c->in.rc);
    switch (c->arq.state) {
    case TRI_ARQ_RESET:
        return tri_ether_give_up(
            l, (int)c->peer,
            tri_link_fail(l, TRI_E_IO,
                          "P%u on interface %s has started again: "
                          "this session is over",
                          c->peer, e->d.name));
    case TRI_ARQ_ABORTED:
        return aborted(l, c);
    case TRI_ARQ_DEAD: /* or is it this machine? */
        return tri_ether_give_up(
            l, trouble(e)[0] == '\0' ? (int)c->peer : TRI_NOBODY,
            tri_link_fail(l, TRI_E_TIMEOUT,
                          "no frame from P%u on interface %s for %.1f s",
                          c->peer, e->d.name, (double)l->deadline_ms / 1e3));
    default:
        break;
    }
    if (wanted && c->in.bye)
        return tri_ether_ended(l, c->peer);
    if (c->arq.fin_rcv) {
        c->gone = 1;
        if ((wanted && c->in.active && c->arq.taken == c->arq.rcv) ||
            !tri_ether_out_free(&c->out))
            return tri_ether_ended(l, c->peer);
    }
    return TRI_OK;
}

int tri_ether_check(struct tri_link *l, unsigned from)
{
    struct tri_ether *e = l->self;
    int rc = TRI_OK;

    for (unsigned k = 1; k < TRI_PARTIES && rc == TRI_OK; k++)
        rc = check_conn(l, tri_ether_peer(e, k), tri_ether_other(l, k) == from);
    return rc;
}

int tri_ether_late(struct tri_link *l, unsigned from, size_t len, int some)
{
    const uint64_t ms = (uint64_t)l->deadline_ms * TRI_LINK_SLOW;
    struct tri_ether *e = l->self;
    unsigned j = tri_ether_other(l, 1);

    if (from != TRI_ETHER_NOBODY)
        return tri_ether_give_up(l, (int)from,
                                 tri_link_fail_slow(l, from, len, some, ms));
    if (tri_ether_out_free(&e->c[j].out))
        j = tri_ether_other(l, 2);
    return tri_ether_give_up(l, (int)j, tri_link_fail_slow(l, j, 0, some, ms));
}

/* ---- closing ------------------------------------------------------------ */

/* Does the connection still have something to tell? `since` the end began. */
static int unheard(const struct tri_ether_conn *c, uint64_t since, uint64_t now)
{
    const struct tri_arq *a = &c->arq;

    if (a->state == TRI_ARQ_GIVEN_UP)
        return tri_arq_aborting(a);
    if (a->state != TRI_ARQ_OPEN || a->una > c->out.end)
        return 0;
    return !a->fin_rcv || now - since < LINGER_MS * 1000u;
}

void tri_ether_linger(struct tri_link *l)
{
    struct tri_ether *e = l->self;
    const uint64_t since = tri_ether_now(e);
    /* One that is silent for the deadline is dead before that. */
    const uint64_t end =
        since + TRI_LINK_SLOW * (uint64_t)l->deadline_ms * 1000u;
    uint64_t now = since;

    while (now < end && (unheard(tri_ether_peer(e, 1), since, now) ||
                         unheard(tri_ether_peer(e, 2), since, now))) {
        uint64_t next = tri_ether_turn(e);

        now = tri_ether_now(e);
        if (next > now + 10000)
            next = now + 10000; /* to look at the clock */
        if (unheard(tri_ether_peer(e, 1), since, now) ||
            unheard(tri_ether_peer(e, 2), since, now))
            tri_ether_nap(l, next);
        now = tri_ether_now(e);
    }
}

/* An orderly goodbye. */
static void part(struct tri_link *l)
{
    struct tri_ether *e = l->self;

    for (unsigned k = 1; k < TRI_PARTIES; k++) {
        struct tri_ether_conn *c = tri_ether_peer(e, k);
        uint64_t until = tri_ether_now(e) + (uint64_t)l->deadline_ms * 1000u;

        while (!tri_ether_out_bye(&c->out) && tri_ether_now(e) < until &&
               c->arq.state == TRI_ARQ_OPEN)
            tri_ether_nap(l, tri_ether_turn(e));
        c->arq.end = c->out.end;
        c->arq.fin = 1;
    }
}

void tri_ether_wipe(struct tri_ether *e)
{
    tri_wipe(e->buffers, e->size);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        tri_wipe(&e->c[j], sizeof e->c[j]);
    e->over = 1;
}

void tri_ether_fail(struct tri_link *l, int err)
{
    tri_ether_enter(l);
    (void)tri_ether_leave(l, tri_ether_give_up(l, l->blamed, err));
}

void tri_ether_close(struct tri_link *l)
{
    struct tri_ether *e = l->self;
    const int alive = l->dead == TRI_OK && tri_ether_flush(l) == TRI_OK;

    tri_ether_enter(l);
    if (alive || tri_link_over(l))
        part(l);
    else
        (void)tri_ether_give_up(l, (int)l->id, l->dead);
    tri_ether_linger(l);
    tri_ether_wipe(e);
    (void)tri_ether_leave(l, TRI_OK);
    if (e->d.close != NULL)
        e->d.close(e->d.ctx);
}
