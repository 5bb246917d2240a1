#include "net/tcp/tcp.h"

#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/conn/in.h"
#include "net/conn/out.h"
#include "net/fail.h"
#include "net/host/secret.h"
#include "net/tcp/end.h"
#include "net/tcp/join.h"
#include "net/tcp/life.h"
#include "net/tcp/mesh.h"
#include "net/tcp/wait.h"

/* Bytes of short messages that leave together, at the latest before the next
 * tri_recv(), tri_poll() or tri_flush(). */
enum { HELD = 1 << 14 };

/* ---- operations --------------------------------------------------------- */

/* What the thread has sent becomes visible to the owner. */
static void fold(struct tri_link *l)
{
    struct tri_tcp *t = l->self;

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct tri_conn *c = &t->c[j];

        l->stats.sent[j] += c->sent - t->told[j];
        t->told[j] = c->sent;
    }
}

/* Every operation stands between these two. */
static void enter(struct tri_link *l)
{
    struct tri_tcp *t = l->self;

    (void)pthread_mutex_lock(&t->lock);
}

static int leave(struct tri_link *l, int rc)
{
    struct tri_tcp *t = l->self;

    fold(l);
    (void)pthread_mutex_unlock(&t->lock);
    return rc;
}

static int send_locked(struct tri_link *l, unsigned to, const void *buf,
                       size_t len)
{
    struct tri_tcp *t = l->self;
    struct tri_conn *c = &t->c[to];
    struct tri_tcp_wait w = { 0 };
    int rc = TRI_OK;

    if (t->gone[to])
        return tri_tcp_ended(l, to, TRI_LAST_ORDERLY, NULL);
    while (c->count == TRI_CONN_QUEUE) {
        tri_conn_push(c);
        rc = tri_tcp_check(l, TRI_TCP_NOBODY);
        if (rc == TRI_OK && c->count == TRI_CONN_QUEUE)
            rc = tri_tcp_nap(l, TRI_TCP_NOBODY, 0, &w);
        if (rc != TRI_OK)
            return rc;
    }
    tri_conn_queue(c, buf, len, (uint32_t)(l->stats.rounds + 1));
    if (c->held >= HELD)
        tri_conn_push(c);
    return tri_tcp_check(l, TRI_TCP_NOBODY);
}

/* What reading from `from` has come to. */
static int settle(struct tri_link *l, unsigned from, struct tri_conn_in *m,
                  enum tri_conn_got got)
{
    switch (got) {
    case TRI_CONN_BAD:
        return tri_tcp_give_up(l, (int)from, m->rc);
    case TRI_CONN_OVER:
        return tri_tcp_ended(l, from, m->words, &m->bye);
    case TRI_CONN_LOCAL:
        return tri_tcp_failed_here(l, from, m->error);
    case TRI_CONN_LOST:
        return tri_tcp_give_up(l, (int)from,
                               tri_link_fail(l, TRI_E_TIMEOUT,
                                             "the network to P%u does not "
                                             "answer any more",
                                             from));
    default:
        return TRI_OK;
    }
}

static int recv_locked(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct tri_tcp *t = l->self;
    struct tri_conn *c = &t->c[from];
    struct tri_conn_in m;
    struct tri_tcp_wait w = { 0 };
    int rc = TRI_OK;

    tri_tcp_push(t);
    tri_conn_want(c, &m, buf, len);
    while (rc == TRI_OK && !tri_conn_has(&m)) {
        enum tri_conn_got got;

        if (c->lo < c->hi) {
            rc = settle(l, from, &m, tri_conn_take(c, &m, l, from));
            continue;
        }
        got = tri_conn_read(c, &m, l, from);
        rc = settle(l, from, &m, got);
        if (rc != TRI_OK || tri_conn_has(&m))
            break;
        tri_tcp_push(t);
        /* What arrives without a pause takes its time as well. */
        tri_tcp_beat(t);
        rc = got == TRI_CONN_IDLE ? tri_tcp_nap(l, from, len, &w)
                                  : tri_tcp_arrived(l, from, &m, &w);
    }
    if (rc == TRI_OK) {
        const uint32_t ahead = m.x.depth - (uint32_t)l->stats.rounds;

        if (ahead < UINT32_MAX / 2) /* the depth is modulo 2^32 */
            l->stats.rounds += ahead;
        l->stats.received[from] += m.wire;
    }
    return rc;
}

static int poll_locked(struct tri_link *l)
{
    struct tri_tcp *t = l->self;

    tri_tcp_push(t);
    tri_tcp_beat(t);
    return tri_tcp_check(l, TRI_TCP_NOBODY);
}

static int flush_locked(struct tri_link *l)
{
    struct tri_tcp *t = l->self;
    struct tri_tcp_wait w = { 0 };
    int rc = poll_locked(l);

    while (rc == TRI_OK &&
           (tri_conn_pending(&t->c[0]) || tri_conn_pending(&t->c[1]) ||
            tri_conn_pending(&t->c[2])))
        rc = tri_tcp_nap(l, TRI_TCP_NOBODY, 0, &w);
    return rc;
}

static int tcp_send(struct tri_link *l, unsigned to, const void *buf,
                    size_t len)
{
    enter(l);
    return leave(l, send_locked(l, to, buf, len));
}

static int tcp_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    enter(l);
    return leave(l, recv_locked(l, from, buf, len));
}

static int tcp_poll(struct tri_link *l)
{
    enter(l);
    return leave(l, poll_locked(l));
}

static int tcp_flush(struct tri_link *l)
{
    enter(l);
    return leave(l, flush_locked(l));
}

static void tcp_fail(struct tri_link *l, int err)
{
    enter(l);
    (void)leave(l, tri_tcp_give_up(l, l->blamed, err));
}

static void tcp_close(struct tri_link *l)
{
    struct tri_tcp *t = l->self;

    tri_tcp_stop(t);
    if ((l->dead == TRI_OK && flush_locked(l) == TRI_OK) || tri_link_over(l))
        tri_tcp_part(l);
    else
        (void)tri_tcp_give_up(l, (int)l->id, l->dead);
    fold(l);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        /* Unread bytes would turn the end into a reset, which may overtake
         * what is still on its way. */
        if (j != l->id)
            (void)tri_conn_drain(&t->c[j]);
        tri_conn_close(&t->c[j]);
    }
    tri_secret_free(t);
}

static const struct tri_link_ops tcp_ops = {
    .send = tcp_send,
    .recv = tcp_recv,
    .flush = tcp_flush,
    .poll = tcp_poll,
    .close = tcp_close,
    .fail = tcp_fail,
};

/* ---- opening ------------------------------------------------------------ */

/* A link without signs of life; sec is NULL in plaintext. */
static int make(struct tri_link *l, unsigned id, const int fd[TRI_PARTIES],
                const struct tri_secure *sec, uint32_t deadline_ms)
{
    struct tri_tcp *t;
    int rc;

    if (id >= TRI_PARTIES || deadline_ms == 0 || deadline_ms > INT32_MAX)
        return TRI_E_ARG;
    t = tri_secret_alloc(sizeof(*t));
    rc = t != NULL ? TRI_OK : TRI_E_NOMEM;
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (j == id)
            t->c[j].fd = -1;
        else
            rc = tri_conn_open(&t->c[j], fd[j], sec != NULL ? &sec[j] : NULL);
    if (rc != TRI_OK) {
        for (unsigned j = 0; j < TRI_PARTIES; j++) {
            if (j != id)
                close(fd[j]);
            if (t != NULL)
                t->c[j].fd = -1;
            if (t != NULL)
                tri_conn_close(&t->c[j]);
        }
        tri_secret_free(t);
        return rc;
    }
    *l = (struct tri_link){ .ops = &tcp_ops,
                            .self = t,
                            .id = id,
                            .blamed = TRI_NOBODY,
                            .deadline_ms = deadline_ms };
    for (unsigned j = 0; sec != NULL && j < TRI_PARTIES; j++)
        if (j != id)
            memcpy(l->secret[j], sec[j].exporter, sizeof(l->secret[j]));
    return TRI_OK;
}

/* Start the thread; the link is closed if that fails. */
static int begin_life(struct tri_link *l, int threaded)
{
    const int rc = tri_tcp_start(l->self, l->id, l->deadline_ms, threaded);

    if (rc != TRI_OK) {
        (void)tri_link_end(l, rc, (int)l->id,
                           "P%u could not start a thread; allow more with "
                           "`ulimit -u`",
                           l->id);
        tri_close(l);
    }
    return rc;
}

int tri_tcp_adopt(struct tri_link *l, unsigned id, const int fd[TRI_PARTIES],
                  uint32_t deadline_ms)
{
    const int rc = make(l, id, fd, NULL, deadline_ms);

    return rc == TRI_OK ? begin_life(l, 1) : rc;
}

int tri_tcp_open(struct tri_link *l, const struct tri_tcp_config *cfg)
{
    struct tri_secure sec[TRI_PARTIES];
    int fd[TRI_PARTIES] = { -1, -1, -1 };
    int rc;

    *l = (struct tri_link){ .id = cfg->id,
                            .blamed = TRI_NOBODY,
                            .deadline_ms = cfg->deadline_ms };
    rc = tri_tcp_join(l, cfg, fd, sec);
    if (rc == TRI_OK)
        rc = make(l, cfg->id, fd, cfg->keys != NULL ? sec : NULL,
                  cfg->deadline_ms);
    if (rc == TRI_OK && !cfg->sleepy)
        ((struct tri_tcp *)l->self)->spin_ns = tri_tcp_spin(cfg->id, fd);
    if (rc == TRI_OK)
        rc = begin_life(l, !cfg->brief);
    tri_wipe(sec, sizeof(sec));
    if (rc != TRI_OK) {
        l->dead = rc;
        (void)tri_link_fail(l, rc, "%s", tri_strerror(rc));
    }
    return rc;
}
