#include "net/tcp/end.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "core/err.h"
#include "net/conn/out.h"
#include "net/fail.h"

enum {
    CRASH_MS = 20,   /* within which all hear of a crash */
    FINISH_MS = 1000 /* the same, at the end of a run    */
};

int tri_tcp_give_up(struct tri_link *l, int blamed, int rc)
{
    struct tri_tcp *t = l->self;
    struct tri_bye b;

    if (t->gave_up)
        return rc;
    t->gave_up = 1;
    l->blamed = blamed;
    tri_bye_make(&b, rc, blamed, l->error);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        if (j == l->id)
            continue;
        (void)tri_conn_goodbye(&t->c[j], tri_link_over(l) ? NULL : &b);
        (void)shutdown(t->c[j].fd, SHUT_WR);
    }
    return rc;
}

/*
 * `peer` has ended without a word: it crashed; or it gave up because the third
 * party did, but in the middle of a record, where no goodbye fits. The third
 * party's end tells, which comes at the same time. TRI_OK if it crashed.
 */
static int ask_third(struct tri_link *l, unsigned peer)
{
    struct tri_tcp *t = l->self;
    const unsigned third = 3 - l->id - peer;
    struct tri_conn *c = &t->c[third];
    struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };
    struct tri_bye b;

    if (t->gave_up || poll(&p, 1, l->complete ? FINISH_MS : CRASH_MS) != 1)
        return TRI_OK;
    (void)tri_conn_read_ahead(c);
    switch (tri_conn_last_words(c, &b)) {
    case TRI_LAST_NONE:
        return tri_tcp_give_up(l, TRI_NOBODY, tri_link_fail_both(l));
    case TRI_LAST_REASON:
        return tri_tcp_give_up(l, b.blamed, tri_link_fail_heard(l, third, &b));
    default:
        return TRI_OK;
    }
}

int tri_tcp_failed_here(struct tri_link *l, unsigned peer, int e)
{
    return tri_tcp_give_up(
        l, (int)l->id,
        tri_link_fail(l, TRI_E_IO,
                      "the system of P%u fails its connection to "
                      "P%u: %s",
                      l->id, peer, strerror(e)));
}

int tri_tcp_ended(struct tri_link *l, unsigned peer, enum tri_last_words words,
                  const struct tri_bye *b)
{
    int rc = TRI_OK;

    if (words == TRI_LAST_REASON)
        return tri_tcp_give_up(l, b->blamed, tri_link_fail_heard(l, peer, b));
    if (words == TRI_LAST_NOISE)
        return tri_tcp_give_up(l, (int)peer, tri_link_fail_bye(l, peer));
    if (words == TRI_LAST_NONE)
        rc = ask_third(l, peer);
    return rc != TRI_OK
               ? rc
               : tri_tcp_give_up(l, (int)peer, tri_link_fail_gone(l, peer));
}

int tri_tcp_examine(struct tri_link *l, unsigned peer)
{
    struct tri_tcp *t = l->self;
    struct tri_conn *c = &t->c[peer];
    struct tri_bye b;
    const int end = tri_conn_read_ahead(c);
    const enum tri_last_words words = tri_conn_last_words(c, &b);

    if (words == TRI_LAST_NONE && !end && c->tx_broken &&
        tri_conn_is_local(c->tx_broken))
        return tri_tcp_failed_here(l, peer, c->tx_broken);
    if (words == TRI_LAST_REASON || words == TRI_LAST_NOISE ||
        (words == TRI_LAST_ORDERLY && tri_conn_pending(c)) ||
        (words == TRI_LAST_NONE && (end || c->tx_broken)))
        return tri_tcp_ended(l, peer, words, &b);
    if (words == TRI_LAST_ORDERLY)
        t->gone[peer] = 1;
    t->hup[peer] = 1;
    return TRI_OK;
}

int tri_tcp_check(struct tri_link *l, unsigned from)
{
    struct tri_tcp *t = l->self;
    int rc = TRI_OK;

    for (unsigned j = 0; j < TRI_PARTIES && rc == TRI_OK; j++)
        if (j != from && t->c[j].tx_broken && !t->gone[j])
            rc = tri_tcp_examine(l, j);
    return rc;
}

void tri_tcp_part(struct tri_link *l)
{
    struct tri_tcp *t = l->self;
    struct tri_farewell f[TRI_PARTIES] = { { .said = t->gave_up },
                                           { .said = t->gave_up },
                                           { .said = t->gave_up } };
    struct timespec pause = { 0, 20000 };
    const unsigned a = (l->id + 1) % TRI_PARTIES, b = (l->id + 2) % TRI_PARTIES;

    while (tri_conn_part(&t->c[a], &f[a], l->deadline_ms) +
               tri_conn_part(&t->c[b], &f[b], l->deadline_ms) >
           0) {
        (void)nanosleep(&pause, NULL);
        if (pause.tv_nsec < 2000000)
            pause.tv_nsec *= 2;
    }
}
