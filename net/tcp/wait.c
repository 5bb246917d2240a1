#include "net/tcp/wait.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "net/conn/out.h"
#include "net/fail.h"
#include "net/host/clock.h"
#include "net/tcp/end.h"
#include "net/tcp/life.h"
#include "net/tcp/socket.h"

enum {
    STARVED_MS = 5, /* until a socket without memory is tried again */
    ALONE = 4,      /* waits that sleep at once: the least          */
    CROWDED = 256   /* and the most                                 */
};

static uint64_t total_sent(const struct tri_tcp *t)
{
    return t->c[0].sent + t->c[1].sent + t->c[2].sent;
}

static void begin_slow(const struct tri_link *l, struct tri_tcp_wait *w,
                       uint64_t now)
{
    if (w->slow != 0)
        return;
    w->slow = now + TRI_LINK_SLOW * (uint64_t)l->deadline_ms * 1000000u;
    w->sent = total_sent(l->self);
    w->some = 0;
}

/* Only a flush asks later who has stirred. */
static void begin(struct tri_link *l, unsigned from, struct tri_tcp_wait *w,
                  uint64_t now)
{
    struct tri_tcp *t = l->self;

    begin_slow(l, w, now);
    if (w->silent != 0)
        return;
    w->silent = now + (uint64_t)l->deadline_ms * 1000000u;
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (from == TRI_TCP_NOBODY && j != l->id)
            (void)tri_conn_stirs(&t->c[j]);
}

/* A time has come. TRI_OK if the wait goes on. */
static int late(struct tri_link *l, unsigned from, size_t len,
                struct tri_tcp_wait *w, uint64_t now)
{
    struct tri_tcp *t = l->self;
    const uint64_t ms = (uint64_t)l->deadline_ms * TRI_LINK_SLOW;
    unsigned dead = TRI_TCP_NOBODY, alive = TRI_TCP_NOBODY;

    if (from != TRI_TCP_NOBODY)
        return tri_tcp_give_up(
            l, (int)from,
            now >= w->slow ? tri_link_fail_slow(l, from, len, w->some, ms)
                           : tri_link_fail_silent(l, from, len));
    /* A flush waits while something is queued. */
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != l->id && tri_conn_pending(&t->c[j]))
            *(tri_conn_stirs(&t->c[j]) ? &alive : &dead) = j;
    if (dead != TRI_TCP_NOBODY)
        return tri_tcp_give_up(l, (int)dead, tri_link_fail_stuck(l, dead));
    if (now >= w->slow)
        return tri_tcp_give_up(l, (int)alive,
                               tri_link_fail_slow(l, alive, 0, w->some, ms));
    w->silent = 0;
    return TRI_OK;
}

/* A poll that the system cannot do. If that may pass, as a short sleep. */
static int failed_poll(struct tri_link *l)
{
    const struct timespec pause = { 0, STARVED_MS * 1000000 };
    const int e = errno;

    if (e != EINTR && !tri_conn_passes(e))
        return tri_tcp_give_up(
            l, (int)l->id,
            tri_link_fail(l, TRI_E_IO,
                          "the system of P%u cannot wait for its "
                          "connections: %s",
                          l->id, strerror(e)));
    if (e != EINTR)
        (void)nanosleep(&pause, NULL);
    return TRI_OK;
}

/* Before the others lose patience. */
static int check_starved(struct tri_link *l, uint64_t now)
{
    struct tri_tcp *t = l->self;

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        for (int way = TRI_CONN_TX; way <= TRI_CONN_RX; way++)
            if (t->c[j].starved[way].error != 0 &&
                now - t->c[j].starved[way].since >=
                    (uint64_t)l->deadline_ms * 500000u)
                return tri_tcp_failed_here(l, j, t->c[j].starved[way].error);
    return TRI_OK;
}

/* A socket for which there was no memory seems ready: it is tried again after a
 * short sleep. When that ends. */
static uint64_t pause_starved(struct tri_tcp *t, unsigned from,
                              struct pollfd p[TRI_PARTIES], uint64_t until,
                              uint64_t now)
{
    const uint64_t soon = now + STARVED_MS * UINT64_C(1000000);

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct tri_conn *c = &t->c[j];

        if (!tri_conn_pending(c))
            c->starved[TRI_CONN_TX].error = 0;
        if (j != from)
            c->starved[TRI_CONN_RX].error = 0;
        if (c->starved[TRI_CONN_TX].error == 0 &&
            c->starved[TRI_CONN_RX].error == 0)
            continue;
        p[j].fd = -1;
        until = until < soon ? until : soon;
    }
    return until;
}

/* When a sleep from `now` on has to end, at the latest. */
static uint64_t end_of(const struct tri_tcp *t, const struct tri_tcp_wait *w,
                       uint64_t now)
{
    const uint64_t end = w->silent < w->slow ? w->silent : w->slow;
    const uint64_t beat = tri_tcp_next_beat(t);
    /* The peer of that beat may have ended: not at once again. */
    const uint64_t soon = now + t->beat_ns / 4;

    if (beat >= end)
        return end;
    return beat < soon ? soon : beat;
}

/* What to wake up for. */
static void watch(const struct tri_tcp *t, unsigned from,
                  struct pollfd p[TRI_PARTIES])
{
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const struct tri_conn *c = &t->c[j];

        p[j] = (struct pollfd){ .fd = c->fd, .events = POLLRDHUP };
        if (j == from)
            p[j].events = POLLIN;
        else if (t->hup[j])
            p[j].events = 0;
        if (tri_conn_pending(c) && !c->tx_broken)
            p[j].events |= POLLOUT;
        if (p[j].events == 0)
            p[j].fd = -1; /* or a hang-up would wake us for ever */
    }
}

/* What woke us up. */
static int react(struct tri_link *l, unsigned from,
                 const struct pollfd p[TRI_PARTIES])
{
    struct tri_tcp *t = l->self;
    int rc = TRI_OK;

    for (unsigned j = 0; j < TRI_PARTIES && rc == TRI_OK; j++) {
        if ((p[j].revents & POLLOUT) != 0 ||
            t->c[j].starved[TRI_CONN_TX].error != 0)
            tri_conn_push(&t->c[j]);
        if (j != from && (p[j].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
            rc = tri_tcp_examine(l, j);
    }
    return rc == TRI_OK ? tri_tcp_check(l, from) : rc;
}

uint64_t tri_tcp_spin(unsigned id, const int fd[TRI_PARTIES])
{
    long here = 1;

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        here += j != id && tri_tcp_near(fd[j]);
    return here <= sysconf(_SC_NPROCESSORS_ONLN) + 1 ? TRI_TCP_SPIN_US * 1000u
                                                     : 0;
}

/* Whoever lets others have the core and gets it back late is not alone, and
 * sleeps at once for a while: what wakes up goes first. If that was the third
 * party, it is over soon; if it happens again and again, others want the cores
 * as well. */
static void yield_late(struct tri_tcp *t)
{
    t->pause = t->pause < ALONE ? ALONE : 2 * t->pause;
    if (t->pause > CROWDED)
        t->pause = CROWDED;
    t->crowded = t->pause;
}

/* poll() until `until`; first without sleep. */
static int look(struct tri_tcp *t, struct pollfd p[TRI_PARTIES], uint64_t now,
                uint64_t until)
{
    const uint64_t start = now, end = now + t->spin_ns;

    if (t->crowded > 0)
        t->crowded--;
    else
        while (now < end && now < until) {
            const uint64_t before = now;
            const int n = poll(p, TRI_PARTIES, 0);

            if (n != 0 && now > start)
                t->pause /= 2;
            if (n != 0)
                return n;
            (void)sched_yield();
            now = tri_clock_ns();
            if (now - before > TRI_TCP_SPIN_US * 1000u)
                yield_late(t);
        }
    if (now >= until)
        return 0;
    return poll(p, TRI_PARTIES, (int)((until - now + 999999u) / 1000000u));
}

int tri_tcp_nap(struct tri_link *l, unsigned from, size_t len,
                struct tri_tcp_wait *w)
{
    struct tri_tcp *t = l->self;
    struct pollfd p[TRI_PARTIES];
    const uint64_t start = tri_clock_ns(), before = total_sent(t);
    uint64_t until;
    int n, rc;

    begin(l, from, w, start);
    rc = check_starved(l, start);
    if (rc != TRI_OK)
        return rc;
    if (start >= w->silent || start >= w->slow)
        return late(l, from, len, w, start);
    tri_tcp_beat(t);
    watch(t, from, p);
    until = pause_starved(t, from, p, end_of(t, w, start), start);
    n = from != TRI_TCP_NOBODY
            ? look(t, p, start, until)
            : poll(p, TRI_PARTIES, (int)((until - start + 999999u) / 1000000u));
    l->stats.wait_ns += tri_clock_ns() - start;
    if (n < 0)
        return failed_poll(l);
    rc = react(l, from, p);
    if (total_sent(t) != before) {
        w->silent = 0;
        w->some |= from == TRI_TCP_NOBODY;
        if (total_sent(t) - w->sent >= TRI_LINK_LEAST)
            w->slow = 0;
    }
    return rc;
}

int tri_tcp_arrived(struct tri_link *l, unsigned from,
                    const struct tri_conn_in *m, struct tri_tcp_wait *w)
{
    const uint64_t now = tri_clock_ns();

    w->silent = 0;
    if (tri_conn_solid(m) - w->got >= TRI_LINK_LEAST) {
        w->slow = 0;
        w->got = tri_conn_solid(m);
    }
    begin_slow(l, w, now);
    w->some |= tri_conn_solid(m) > w->got;
    return now < w->slow ? TRI_OK : late(l, from, m->x.len, w, now);
}
