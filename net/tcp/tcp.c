#include "net/tcp/tcp.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <linux/sockios.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/fail.h"
#include "net/host/clock.h"
#include "net/record.h"
#include "net/tcp/join.h"

enum {
    RX_BYTES = 65536, /* read ahead of the receiver, per peer        */
    TX_IOV = 64,      /* pieces of one sendmsg                       */
    RX_RECORDS = 8,   /* records of one recvmsg                      */
    BEAT_MS = 1000,   /* most between two heartbeats                 */
    CRASH_MS = 20,    /* within which all hear of a crash          */
    FINISH_MS = 1000, /* the same, at the end of a run */
    STARVED_MS = 5,   /* until a socket without memory is tried again */
    BYE_MS = 200,     /* between the parts of a goodbye            */
    NOBODY = TRI_PARTIES,
    STRIDE = TRI_RECORD_HEADER + TRI_RECORD_MAX,
    BYE_BYTES = TRI_SECURE_HEADER + TRI_BYE_MAX + TRI_AEAD_TAG,
    /* a sealed record of any length, then a sealed goodbye */
    STAGE_BYTES = TRI_SECURE_HEADER + TRI_RECORD_MAX + TRI_AEAD_TAG + BYE_BYTES,
    LINE = 64,
    STAGE_BLOCK = (LINE + STAGE_BYTES + LINE - 1) / LINE * LINE
};

/* A queued message; its first record has number seq. A heartbeat has length 0
 * and one record. */
struct out {
    const uint8_t *buf;
    size_t len;
    uint64_t seq;
    uint32_t depth;
};

enum { TX, RX };

struct conn {
    int fd; /* -1: own entry */
    int sealed;
    struct tri_secure sec; /* if sealed */

    struct out q[TRI_TCP_QUEUE];
    size_t head, count;
    uint64_t off;    /* wire bytes of q[head] that are gone;
                        sealed: STRIDE for each record in stage */
    uint64_t tx_seq; /* number of the next record to queue  */
    int tx_broken;   /* errno: the socket takes nothing any more */
    /* this machine has no memory for it: errno, and since when, ns */
    struct {
        int error;
        uint64_t since;
    } starved[2];   /* [TX], [RX] */
    uint8_t *stage; /* sealed: unsent bytes are [s_lo..s_hi) */
    uint8_t *block; /* memory that holds the stage           */
    size_t s_lo, s_hi;
    int said; /* sealed: stage ends with a goodbye   */

    uint64_t sent;    /* bytes, without heartbeats; in stats so far: told */
    uint64_t told;    /* only the owner of the link                       */
    uint64_t last_tx; /* when bytes last left, ns                         */
    size_t beat;      /* bytes of a heartbeat that have not left          */
    int only_beat;    /* nothing else is queued                           */

    uint8_t rx[RX_BYTES]; /* unread bytes are rx[lo..hi)         */
    size_t lo, hi;
    uint64_t rx_seq; /* number of the next record expected  */
    int gone;        /* said an orderly goodbye             */
    int hup;         /* ended, but rx is full: look no more */
    size_t unread;   /* bytes that waited when last looked at */
};

/*
 * The owner of the link holds `lock` during every operation, also while it
 * waits; the heartbeat's thread takes it only if it is free, which is when the
 * owner computes. The thread touches what sends, and nothing of the link
 * itself, which may move.
 */
struct tcp {
    struct conn c[TRI_PARTIES];
    int gave_up;

    unsigned id;
    uint64_t beat_ns; /* between heartbeats */
    pthread_mutex_t lock;
    pthread_t thread;
    int started, threaded, stop; /* stop: under wake_lock */
    pthread_mutex_t wake_lock;
    pthread_cond_t wake;
};

/* May pass: this machine has no memory at the moment. */
static int passes(int e)
{
    return e == ENOBUFS || e == ENOMEM;
}

/* An error of this machine, neither of the peer nor of the network. */
static int is_local(int e)
{
    switch (e) {
    case EPIPE:
    case ECONNRESET:
    case ECONNABORTED:
    case ECONNREFUSED:
    case ENOTCONN:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
    case ENETRESET:
        return 0;
    default:
        return 1;
    }
}

/* Records of a queued message, and their bytes without sealing. */
static uint64_t records_of(const struct out *m)
{
    return m->len == 0 ? 1 : tri_record_count(m->len);
}

static uint64_t wire_of(const struct out *m)
{
    return m->len == 0 ? TRI_RECORD_HEADER : tri_record_wire(m->len);
}

static uint32_t flags_of(const struct out *m, int last)
{
    return m->len == 0 ? TRI_RECORD_BEAT : last ? TRI_RECORD_LAST : 0;
}

/* k bytes have left; heartbeats do not count. */
static void count_sent(struct conn *c, size_t k)
{
    const size_t beat = k < c->beat ? k : c->beat;

    c->starved[TX].error = 0;
    c->beat -= beat;
    c->sent += k - beat;
    c->last_tx = tri_clock_ns();
}

/* Bytes of a record beside its payload. */
static size_t front(const struct conn *c)
{
    return c->sealed ? TRI_SECURE_HEADER : TRI_RECORD_HEADER;
}

static size_t back(const struct conn *c)
{
    return c->sealed ? TRI_AEAD_TAG : 0;
}

/* Is there something to send? */
static int pending(const struct conn *c)
{
    return c->count > 0 || c->s_lo < c->s_hi;
}

/* Number of the next record to leave the queue. */
static uint64_t next_seq(const struct conn *c)
{
    return c->count > 0 ? c->q[c->head].seq + c->off / STRIDE : c->tx_seq;
}

/* The header of the next record, complete in in[front(c)]. */
static int read_header(const struct conn *c, uint64_t seq, struct tri_record *r,
                       const uint8_t *in)
{
    uint8_t clear[TRI_RECORD_HEADER];

    if (!c->sealed)
        return tri_record_parse(r, in);
    if (tri_secure_open_header(&c->sec, seq, clear, in) != TRI_OK)
        return TRI_E_CRYPTO;
    return tri_record_parse(r, clear);
}

/* ---- the end ------------------------------------------------------------ */

static void starve(struct conn *c, int way, int e)
{
    if (c->starved[way].error == 0)
        c->starved[way].since = tri_clock_ns();
    c->starved[way].error = e;
}

/* Why a send failed; non-zero if it is for good. */
static int not_sent(struct conn *c, int e)
{
    if (passes(e))
        starve(c, TX, e);
    else if (e != EAGAIN)
        c->tx_broken = e;
    return c->tx_broken;
}

/* Push the stage. 0; -1 if the socket is full; -2 if it is broken. */
static int send_stage(struct conn *c)
{
    while (c->s_lo < c->s_hi) {
        const ssize_t k = send(c->fd, c->stage + c->s_lo, c->s_hi - c->s_lo,
                               MSG_NOSIGNAL | MSG_DONTWAIT);

        if (k >= 0) {
            c->s_lo += (size_t)k;
            count_sent(c, (size_t)k);
        } else if (errno != EINTR) {
            return not_sent(c, errno) ? -2 : -1;
        }
    }
    c->s_lo = c->s_hi = 0;
    return 0;
}

/* The goodbye follows what is already sealed; seal_some() left room. */
static int say_sealed_goodbye(struct conn *c, struct tri_record r,
                              const uint8_t *why)
{
    if (!c->said)
        c->s_hi +=
            tri_secure_seal(&c->sec, next_seq(c), c->stage + c->s_hi, &r, why);
    c->said = 1;
    return send_stage(c) == -1 ? -1 : 0;
}

/* Say goodbye, if the stream is at the border of a record, for a reason or,
 * with NULL, in order. 0, or -1 if the socket is full at the moment. */
static int say_goodbye(struct conn *c, const struct tri_bye *b)
{
    uint8_t wire[TRI_RECORD_HEADER + TRI_BYE_MAX];
    uint8_t *const why = wire + TRI_RECORD_HEADER;
    const size_t n = b != NULL ? tri_bye_print(why, b) : 0;
    const struct tri_record r = { (uint32_t)n, TRI_RECORD_BYE,
                                  (uint32_t)next_seq(c), 0 };

    if (c->sealed)
        return say_sealed_goodbye(c, r, why);
    if (c->count > 0 && c->off % STRIDE != 0)
        return 0;
    tri_record_print(wire, &r);
    if (send(c->fd, wire, TRI_RECORD_HEADER + n, MSG_NOSIGNAL | MSG_DONTWAIT) <
            0 &&
        errno == EAGAIN)
        return -1;
    return 0;
}

/* Tell both others, at once, that this party ends because of `blamed`, with the
 * text of the link. */
static int give_up(struct tri_link *l, int blamed, int rc)
{
    struct tcp *t = l->self;
    struct tri_bye b;

    if (t->gave_up)
        return rc;
    t->gave_up = 1;
    l->blamed = blamed;
    tri_bye_make(&b, rc, blamed, l->error);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        if (j == l->id)
            continue;
        (void)say_goodbye(&t->c[j], tri_link_over(l) ? NULL : &b);
        (void)shutdown(t->c[j].fd, SHUT_WR);
    }
    return rc;
}

/* What the end of a peer says. */
enum last_words { SILENCE, ORDERLY, REASON, NOISE };

/* n bytes of a goodbye's payload, which is record `seq`. */
static enum last_words read_reason(const struct conn *c, uint64_t seq,
                                   const uint8_t *in, size_t n,
                                   struct tri_bye *b)
{
    uint8_t clear[TRI_BYE_MAX];
    int rc = TRI_OK;

    memcpy(clear, in, n);
    if (c->sealed) {
        struct tri_secure later = c->sec; /* records before may be unread */

        rc = tri_secure_open(&later, seq, clear, n, in + n);
        tri_secure_wipe(&later);
    }
    if (rc == TRI_OK)
        rc = tri_bye_parse(b, clear, n);
    return rc == TRI_OK ? REASON : NOISE;
}

/* The goodbye among the unread records. */
static enum last_words find_goodbye(const struct conn *c, struct tri_bye *b)
{
    struct tri_record r;
    uint64_t seq = c->rx_seq;

    for (size_t at = c->lo; c->hi - at >= front(c); seq++) {
        if (read_header(c, seq, &r, c->rx + at) != TRI_OK)
            break; /* for tri_recv() to complain about */
        at += front(c);
        if (r.len == 0 && r.flags == TRI_RECORD_BYE)
            return ORDERLY;
        if (r.len == 0)
            continue;
        if (r.len + back(c) > c->hi - at)
            break;
        if (r.flags == TRI_RECORD_BYE)
            return read_reason(c, seq, c->rx + at, r.len, b);
        at += r.len + back(c);
    }
    return SILENCE;
}

/* Read what has arrived, as far as there is room. Non-zero at its end. */
static int read_ahead(struct conn *c)
{
    memmove(c->rx, c->rx + c->lo, c->hi - c->lo);
    c->hi -= c->lo;
    c->lo = 0;
    while (c->hi < RX_BYTES) {
        const ssize_t k =
            recv(c->fd, c->rx + c->hi, RX_BYTES - c->hi, MSG_DONTWAIT);

        if (k > 0)
            c->hi += (size_t)k;
        else if (k == 0 || errno != EINTR)
            return k == 0 || (errno != EAGAIN && !passes(errno));
    }
    return 0;
}

/*
 * `peer` has ended without a word: it crashed; or it gave up because the third
 * party did, but in the middle of a record, where no goodbye fits. The third
 * party's end tells, which comes at the same time. TRI_OK if it crashed.
 */
static int ask_third(struct tri_link *l, unsigned peer)
{
    struct tcp *t = l->self;
    const unsigned third = 3 - l->id - peer;
    struct conn *c = &t->c[third];
    struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };
    struct tri_bye b;

    if (t->gave_up || poll(&p, 1, l->complete ? FINISH_MS : CRASH_MS) != 1)
        return TRI_OK;
    (void)read_ahead(c);
    switch (find_goodbye(c, &b)) {
    case SILENCE:
        return give_up(l, TRI_NOBODY, tri_link_fail_both(l));
    case REASON:
        return give_up(l, b.blamed, tri_link_fail_heard(l, third, &b));
    default:
        return TRI_OK;
    }
}

/* This machine fails the connection: no fault of the peer. */
static int failed_here(struct tri_link *l, unsigned peer, int e)
{
    return give_up(l, (int)l->id,
                   tri_link_fail(l, TRI_E_IO,
                                 "the system of P%u fails its connection to "
                                 "P%u: %s",
                                 l->id, peer, strerror(e)));
}

static int ended(struct tri_link *l, unsigned peer, enum last_words words,
                 const struct tri_bye *b)
{
    int rc = TRI_OK;

    if (words == REASON)
        return give_up(l, b->blamed, tri_link_fail_heard(l, peer, b));
    if (words == NOISE)
        return give_up(l, (int)peer, tri_link_fail_bye(l, peer));
    if (words == SILENCE)
        rc = ask_third(l, peer);
    return rc != TRI_OK ? rc
                        : give_up(l, (int)peer, tri_link_fail_gone(l, peer));
}

/* A peer of which nothing is being received has ended: in what way? Its last
 * messages may still be of use, so only a failure ends the wait. */
static int examine(struct tri_link *l, unsigned peer)
{
    struct tcp *t = l->self;
    struct conn *c = &t->c[peer];
    struct tri_bye b;
    const int end = read_ahead(c);
    const enum last_words words = find_goodbye(c, &b);

    if (words == SILENCE && !end && c->tx_broken && is_local(c->tx_broken))
        return failed_here(l, peer, c->tx_broken);
    if (words == REASON || words == NOISE || (words == ORDERLY && pending(c)) ||
        (words == SILENCE && (end || c->tx_broken)))
        return ended(l, peer, words, &b);
    if (words == ORDERLY)
        c->gone = 1;
    c->hup = 1;
    return TRI_OK;
}

/* ---- sending ------------------------------------------------------------ */

/* Describe queued bytes from c->off on; returns the number of pieces. */
static size_t gather(const struct conn *c, struct iovec iov[TX_IOV],
                     uint8_t hdr[TX_IOV / 2][TRI_RECORD_HEADER], size_t *total)
{
    uint64_t off = c->off;
    size_t n = 0;

    *total = 0;
    for (size_t i = 0; i < c->count; i++, off = 0) {
        const struct out *m = &c->q[(c->head + i) % TRI_TCP_QUEUE];
        const uint64_t records = records_of(m);

        for (uint64_t r = off / STRIDE; r < records; r++, off = 0) {
            const size_t at = (size_t)r * TRI_RECORD_MAX;
            const size_t len =
                r + 1 < records ? (size_t)TRI_RECORD_MAX : m->len - at;
            const struct tri_record rec = {
                .len = (uint32_t)len,
                .flags = flags_of(m, r + 1 == records),
                .seq = (uint32_t)(m->seq + r),
                .depth = m->depth,
            };
            size_t skip = (size_t)(off % STRIDE);

            if (n + 2 > TX_IOV)
                return n;
            if (skip < TRI_RECORD_HEADER) {
                uint8_t *h = hdr[n / 2];

                tri_record_print(h, &rec);
                iov[n++] = (struct iovec){ h + skip, TRI_RECORD_HEADER - skip };
                *total += TRI_RECORD_HEADER - skip;
                skip = TRI_RECORD_HEADER;
            }
            skip -= TRI_RECORD_HEADER;
            if (len == 0)
                continue;
            /* sendmsg() reads only, whatever the type of iov_base says. */
            iov[n++] = (struct iovec){ (void *)(uintptr_t)(m->buf + at + skip),
                                       len - skip };
            *total += len - skip;
        }
    }
    return n;
}

/* Seal queued records into the stage, which is empty, as many as fit. */
static void seal_some(struct conn *c)
{
    while (c->count > 0 && !c->said) {
        const struct out *m = &c->q[c->head];
        const uint64_t r = c->off / STRIDE;
        const size_t at = (size_t)r * TRI_RECORD_MAX, left = m->len - at;
        const int last = left <= TRI_RECORD_MAX;
        const struct tri_record rec = {
            .len = last ? (uint32_t)left : TRI_RECORD_MAX,
            .flags = flags_of(m, last),
            .seq = (uint32_t)(m->seq + r),
            .depth = m->depth,
        };

        if (c->s_hi + TRI_SECURE_HEADER + rec.len + TRI_AEAD_TAG + BYE_BYTES >
            STAGE_BYTES)
            return;
        c->s_hi += tri_secure_seal(&c->sec, m->seq + r, c->stage + c->s_hi,
                                   &rec, m->buf + at);
        c->off += STRIDE;
        if (last) {
            c->off = 0;
            c->head = (c->head + 1) % TRI_TCP_QUEUE;
            c->count--;
        }
    }
}

static void send_sealed(struct conn *c)
{
    while (pending(c) && !c->tx_broken) {
        if (c->s_lo == c->s_hi)
            seal_some(c);
        if (send_stage(c) != 0)
            return;
    }
}

static void send_plain(struct conn *c)
{
    while (c->count > 0 && !c->tx_broken) {
        struct iovec iov[TX_IOV];
        uint8_t hdr[TX_IOV / 2][TRI_RECORD_HEADER];
        size_t total;
        const struct msghdr msg = {
            .msg_iov = iov,
            .msg_iovlen = gather(c, iov, hdr, &total),
        };
        const ssize_t k = sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (k < 0) {
            if (errno == EINTR)
                continue;
            (void)not_sent(c, errno);
            return;
        }
        count_sent(c, (size_t)k);
        c->off += (uint64_t)k;
        while (c->count > 0 && c->off >= wire_of(&c->q[c->head])) {
            c->off -= wire_of(&c->q[c->head]);
            c->head = (c->head + 1) % TRI_TCP_QUEUE;
            c->count--;
        }
        if ((size_t)k < total)
            return;
    }
}

/* Write what the socket takes. A broken socket is only noted: what the peer
 * had sent before may tell why. */
static void send_some(struct conn *c)
{
    if (c->sealed)
        send_sealed(c);
    else
        send_plain(c);
    if (c->tx_broken && c->only_beat) { /* nobody misses a heartbeat */
        c->count = 0;
        c->off = 0;
        c->s_lo = c->s_hi = 0;
    }
}

static void send_all(struct tcp *t)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != t->id)
            send_some(&t->c[j]);
}

/* ---- heartbeats --------------------------------------------------------- */

/* A sign of life to each peer that has heard nothing for a while. Not to one
 * that has ended: it would answer with a reset, which may overtake its last
 * messages. */
static void beat(struct tcp *t)
{
    const uint64_t now = tri_clock_ns();

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct conn *c = &t->c[j];
        struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };

        if (j == t->id || now - c->last_tx < t->beat_ns || pending(c) ||
            c->tx_broken || c->gone || c->hup || c->said || t->gave_up)
            continue;
        if (poll(&p, 1, 0) != 0)
            continue;
        c->q[c->head] = (struct out){ NULL, 0, c->tx_seq++, 0 };
        c->count = 1;
        c->beat = front(c);
        c->only_beat = 1;
        send_some(c);
    }
}

/* When beat() has something to do next. */
static uint64_t next_beat(const struct tcp *t)
{
    uint64_t at = UINT64_MAX;

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != t->id && t->c[j].last_tx + t->beat_ns < at)
            at = t->c[j].last_tx + t->beat_ns;
    return at;
}

static void *beat_while_computing(void *arg)
{
    struct tcp *t = arg;
    struct timespec at;

    (void)pthread_mutex_lock(&t->wake_lock);
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    while (!t->stop) {
        const uint64_t ns = (uint64_t)at.tv_nsec + t->beat_ns / 2;

        at.tv_sec += (time_t)(ns / 1000000000u);
        at.tv_nsec = (long)(ns % 1000000000u);
        while (!t->stop &&
               pthread_cond_timedwait(&t->wake, &t->wake_lock, &at) == 0)
            ;
        if (t->stop || pthread_mutex_trylock(&t->lock) != 0)
            continue;
        send_all(t);
        beat(t);
        (void)pthread_mutex_unlock(&t->lock);
        (void)clock_gettime(CLOCK_MONOTONIC, &at);
    }
    (void)pthread_mutex_unlock(&t->wake_lock);
    return NULL;
}

static int start_beating(struct tcp *t, unsigned id, uint32_t deadline_ms,
                         int threaded)
{
    pthread_condattr_t attr;
    sigset_t all, before;

    t->id = id;
    t->beat_ns = (uint64_t)deadline_ms * 250000u;
    if (t->beat_ns > BEAT_MS * UINT64_C(1000000))
        t->beat_ns = BEAT_MS * UINT64_C(1000000);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        t->c[j].last_tx = tri_clock_ns();
    t->started = 1;
    (void)pthread_mutex_init(&t->lock, NULL);
    (void)pthread_mutex_init(&t->wake_lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&t->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    if (!threaded)
        return TRI_OK;
    /* Signals are for the threads of the program. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    t->threaded =
        pthread_create(&t->thread, NULL, beat_while_computing, t) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return t->threaded ? TRI_OK : TRI_E_NOMEM;
}

static void stop_beating(struct tcp *t)
{
    if (!t->started)
        return;
    if (t->threaded) {
        (void)pthread_mutex_lock(&t->wake_lock);
        t->stop = 1;
        (void)pthread_cond_signal(&t->wake);
        (void)pthread_mutex_unlock(&t->wake_lock);
        (void)pthread_join(t->thread, NULL);
    }
    (void)pthread_cond_destroy(&t->wake);
    (void)pthread_mutex_destroy(&t->wake_lock);
    (void)pthread_mutex_destroy(&t->lock);
}

/* What the thread has sent becomes visible to the owner. */
static void fold(struct tri_link *l)
{
    struct tcp *t = l->self;

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct conn *c = &t->c[j];

        l->stats.sent[j] += c->sent - c->told;
        c->told = c->sent;
    }
}

/* Every operation stands between these two. */
static void enter(struct tri_link *l)
{
    struct tcp *t = l->self;

    (void)pthread_mutex_lock(&t->lock);
}

static int leave(struct tri_link *l, int rc)
{
    struct tcp *t = l->self;

    fold(l);
    (void)pthread_mutex_unlock(&t->lock);
    return rc;
}

/* A peer whose socket is broken and of which nothing is being received. */
static int check_broken(struct tri_link *l, unsigned from)
{
    struct tcp *t = l->self;
    int rc = TRI_OK;

    for (unsigned j = 0; j < TRI_PARTIES && rc == TRI_OK; j++)
        if (j != from && t->c[j].tx_broken && !t->c[j].gone)
            rc = examine(l, j);
    return rc;
}

/* ---- waiting ------------------------------------------------------------ */

/* Ends of a wait in ns; 0: to be set when it goes on. */
struct wait {
    uint64_t silent;    /* without a sign of life                       */
    uint64_t slow;      /* without progress; begins the wait            */
    uint64_t sent, got; /* total_sent(), and solid(), when `slow` began */
    int some;           /* there is progress since then, if too little  */
};

static uint64_t total_sent(const struct tcp *t)
{
    return t->c[0].sent + t->c[1].sent + t->c[2].sent;
}

/* Has more arrived of a peer from which nothing is being received? */
static int stirs(struct conn *c)
{
    const size_t before = c->unread;
    int n = 0;

    (void)ioctl(c->fd, FIONREAD, &n);
    c->unread = c->hi - c->lo + (size_t)n;
    return c->unread > before;
}

static void begin_slow(const struct tri_link *l, struct wait *w, uint64_t now)
{
    if (w->slow != 0)
        return;
    w->slow = now + TRI_LINK_SLOW * (uint64_t)l->deadline_ms * 1000000u;
    w->sent = total_sent(l->self);
    w->some = 0;
}

static void begin(struct tri_link *l, struct wait *w, uint64_t now)
{
    struct tcp *t = l->self;

    begin_slow(l, w, now);
    if (w->silent != 0)
        return;
    w->silent = now + (uint64_t)l->deadline_ms * 1000000u;
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != l->id)
            (void)stirs(&t->c[j]);
}

/* A time has come. TRI_OK if the wait goes on. */
static int late(struct tri_link *l, unsigned from, size_t len, struct wait *w,
                uint64_t now)
{
    struct tcp *t = l->self;
    const uint64_t ms = (uint64_t)l->deadline_ms * TRI_LINK_SLOW;
    unsigned dead = NOBODY, alive = NOBODY;

    if (from != NOBODY)
        return give_up(l, (int)from,
                       now >= w->slow
                           ? tri_link_fail_slow(l, from, len, w->some, ms)
                           : tri_link_fail_silent(l, from, len));
    /* A flush waits while something is queued. */
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != l->id && pending(&t->c[j]))
            *(stirs(&t->c[j]) ? &alive : &dead) = j;
    if (dead != NOBODY)
        return give_up(l, (int)dead, tri_link_fail_stuck(l, dead));
    if (now >= w->slow)
        return give_up(l, (int)alive,
                       tri_link_fail_slow(l, alive, 0, w->some, ms));
    w->silent = 0;
    return TRI_OK;
}

/* A poll that the system cannot do. If that may pass, as a short sleep. */
static int failed_poll(struct tri_link *l)
{
    const struct timespec pause = { 0, STARVED_MS * 1000000 };
    const int e = errno;

    if (e != EINTR && !passes(e))
        return give_up(l, (int)l->id,
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
    struct tcp *t = l->self;

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        for (int way = TX; way <= RX; way++)
            if (t->c[j].starved[way].error != 0 &&
                now - t->c[j].starved[way].since >=
                    (uint64_t)l->deadline_ms * 500000u)
                return failed_here(l, j, t->c[j].starved[way].error);
    return TRI_OK;
}

/* A socket for which there was no memory seems ready: it is tried again after a
 * short sleep. When that ends. */
static uint64_t pause_starved(struct tcp *t, unsigned from,
                              struct pollfd p[TRI_PARTIES], uint64_t until,
                              uint64_t now)
{
    const uint64_t soon = now + STARVED_MS * UINT64_C(1000000);

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct conn *c = &t->c[j];

        if (!pending(c))
            c->starved[TX].error = 0;
        if (j != from)
            c->starved[RX].error = 0;
        if (c->starved[TX].error == 0 && c->starved[RX].error == 0)
            continue;
        p[j].fd = -1;
        until = until < soon ? until : soon;
    }
    return until;
}

/*
 * Sleep until `from` (or NOBODY) has something to read, or bytes could be
 * sent. Ends with an error if another peer fails or the wait is over. Bytes
 * sent count as progress.
 */
static int nap(struct tri_link *l, unsigned from, size_t len, struct wait *w)
{
    struct tcp *t = l->self;
    struct pollfd p[TRI_PARTIES];
    const uint64_t start = tri_clock_ns(), before = total_sent(t);
    uint64_t until;
    int n, rc = TRI_OK;

    begin(l, w, start);
    rc = check_starved(l, start);
    if (rc != TRI_OK)
        return rc;
    if (start >= w->silent || start >= w->slow)
        return late(l, from, len, w, start);
    beat(t);
    until = w->silent < w->slow ? w->silent : w->slow;
    if (next_beat(t) < until) /* its peer may have ended: not at once again */
        until = next_beat(t) < start + t->beat_ns / 4 ? start + t->beat_ns / 4
                                                      : next_beat(t);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const struct conn *c = &t->c[j];

        p[j] = (struct pollfd){ .fd = c->fd, .events = POLLRDHUP };
        if (j == from)
            p[j].events = POLLIN;
        else if (c->hup)
            p[j].events = 0;
        if (pending(c) && !c->tx_broken)
            p[j].events |= POLLOUT;
        if (p[j].events == 0)
            p[j].fd = -1; /* or a hang-up would wake us for ever */
    }
    until = pause_starved(t, from, p, until, start);
    n = poll(p, TRI_PARTIES, (int)((until - start + 999999u) / 1000000u));
    l->stats.wait_ns += tri_clock_ns() - start;
    if (n < 0)
        return failed_poll(l);
    for (unsigned j = 0; j < TRI_PARTIES && rc == TRI_OK; j++) {
        if ((p[j].revents & POLLOUT) || t->c[j].starved[TX].error != 0)
            send_some(&t->c[j]);
        if (j != from && (p[j].revents & (POLLRDHUP | POLLHUP | POLLERR)))
            rc = examine(l, j);
    }
    if (rc == TRI_OK)
        rc = check_broken(l, from);
    if (total_sent(t) != before) {
        w->silent = 0;
        w->some |= from == NOBODY;
        if (total_sent(t) - w->sent >= TRI_LINK_LEAST)
            w->slow = 0;
    }
    return rc;
}

/* ---- receiving ---------------------------------------------------------- */

/* A message on its way in. Record r uses hdr[r % ...] and tag[r % ...]. */
struct in {
    uint8_t *buf;
    size_t len;
    size_t front, back, stride;
    uint64_t wire;   /* bytes of its records              */
    uint64_t pos;    /* of them, received                 */
    uint64_t heads;  /* headers that are checked          */
    uint64_t bodies; /* records that are complete, opened */
    uint32_t depth;
    uint8_t hdr[RX_RECORDS][TRI_SECURE_HEADER];
    uint8_t tag[RX_RECORDS][TRI_AEAD_TAG];
};

static void add_piece(struct iovec *iov, size_t *n, uint8_t *base, size_t len,
                      size_t *skip)
{
    if (*skip < len) {
        iov[(*n)++] = (struct iovec){ base + *skip, len - *skip };
        *skip = 0;
    } else {
        *skip -= len;
    }
}

static size_t body(const struct in *m, uint64_t r)
{
    const size_t left = m->len - (size_t)r * TRI_RECORD_MAX;

    return left < TRI_RECORD_MAX ? left : TRI_RECORD_MAX;
}

/* Where the next bytes belong; returns the number of pieces, at most
 * 3 * RX_RECORDS. */
static size_t scatter(struct in *m, struct iovec *iov)
{
    uint64_t pos = m->pos;
    size_t n = 0;

    for (unsigned i = 0; i < RX_RECORDS && pos < m->wire; i++) {
        const uint64_t r = pos / m->stride;
        const size_t len = body(m, r);
        size_t skip = (size_t)(pos % m->stride);

        add_piece(iov, &n, m->hdr[r % RX_RECORDS], m->front, &skip);
        add_piece(iov, &n, m->buf + (size_t)r * TRI_RECORD_MAX, len, &skip);
        add_piece(iov, &n, m->tag[r % RX_RECORDS], m->back, &skip);
        pos = r * m->stride + m->front + len + m->back;
    }
    return n;
}

/* Where byte `pos` of the message is kept, and how many follow it there. */
static uint8_t *place(struct in *m, uint64_t pos, size_t *room)
{
    const uint64_t r = pos / m->stride;
    const size_t len = body(m, r), at = (size_t)(pos % m->stride);

    if (at < m->front) {
        *room = m->front - at;
        return m->hdr[r % RX_RECORDS] + at;
    }
    if (at < m->front + len) {
        *room = m->front + len - at;
        return m->buf + (size_t)r * TRI_RECORD_MAX + (at - m->front);
    }
    *room = m->front + len + m->back - at;
    return m->tag[r % RX_RECORDS] + (at - m->front - len);
}

/* Heartbeats stood before byte `from`, where the message should begin: what
 * came after them moves up. */
static void close_gap(struct in *m, uint64_t from)
{
    uint64_t to = 0;

    m->pos -= from;
    for (uint64_t end = m->pos + from; from < end;) {
        size_t k, room;
        uint8_t *const out = place(m, to, &k);
        const uint8_t *const in = place(m, from, &room);

        if (k > room)
            k = room;
        if (k > end - from)
            k = (size_t)(end - from);
        memmove(out, in, k);
        to += k;
        from += k;
    }
}

/* Bytes that have arrived, without those of a header that is not complete: it
 * may be that of a heartbeat. */
static uint64_t solid(const struct in *m)
{
    const uint64_t at = m->bodies * m->stride;

    return m->heads == m->bodies && m->pos > at ? at : m->pos;
}

static int forged(struct tri_link *l, unsigned from)
{
    return give_up(l, (int)from,
                   tri_link_fail(l, TRI_E_CRYPTO,
                                 "what arrived from P%u is not what it sent: "
                                 "altered, repeated or lost on the way",
                                 from));
}

/* n bytes of the stream that follow byte `at` of the message. Returns how many
 * there are. */
static size_t take_on(struct conn *c, struct in *m, uint64_t at, uint8_t *out,
                      size_t n)
{
    struct pollfd p = { .fd = c->fd, .events = POLLIN };
    size_t have = 0;
    ssize_t k = 1;

    while (have < n && at < m->pos) { /* in the message's own place */
        size_t room;
        const uint8_t *const in = place(m, at, &room);

        if (room > n - have)
            room = n - have;
        if (room > m->pos - at)
            room = (size_t)(m->pos - at);
        memcpy(out + have, in, room);
        have += room;
        at += room;
    }
    for (; have < n && c->lo < c->hi; have++)
        out[have] = c->rx[c->lo++];
    while (have < n && k > 0 && poll(&p, 1, BYE_MS) == 1) {
        k = recv(c->fd, out + have, n - have, MSG_DONTWAIT);
        have += k > 0 ? (size_t)k : 0;
    }
    return have;
}

/* A goodbye, with n bytes of payload from byte `at` of the message on. */
static int hear_goodbye(struct tri_link *l, unsigned from, struct in *m,
                        uint64_t at, size_t n)
{
    struct tcp *t = l->self;
    struct conn *c = &t->c[from];
    uint8_t why[TRI_BYE_MAX + TRI_AEAD_TAG];
    struct tri_bye b;

    if (n == 0)
        return ended(l, from, ORDERLY, NULL);
    n += back(c);
    if (take_on(c, m, at, why, n) < n)
        return ended(l, from, SILENCE, NULL);
    return ended(l, from, read_reason(c, c->rx_seq - 1, why, n - back(c), &b),
                 &b);
}

/* Check the header of record r, which stands before byte `behind` of the
 * message. *beats: it is a heartbeat instead. */
static int check_header(struct tri_link *l, unsigned from, struct in *m,
                        uint64_t r, const uint8_t *header, uint64_t behind,
                        int *beats)
{
    struct tcp *t = l->self;
    struct conn *c = &t->c[from];
    const uint64_t at = r * TRI_RECORD_MAX, left = m->len - at;
    struct tri_record rec;
    const int rc = read_header(c, c->rx_seq, &rec, header);

    if (rc == TRI_E_CRYPTO)
        return forged(l, from);
    if (rc != TRI_OK)
        return give_up(l, (int)from,
                       tri_link_fail(l, TRI_E_PROTO,
                                     "P%u sent bytes that are not a record "
                                     "(length %u, flags %#x)",
                                     from, rec.len, rec.flags));
    if (rec.seq != (uint32_t)c->rx_seq)
        return give_up(l, (int)from,
                       tri_link_fail(l, TRI_E_PROTO,
                                     "P%u sent record %u where record %u was "
                                     "expected",
                                     from, rec.seq, (uint32_t)c->rx_seq));
    c->rx_seq++;
    if (rec.flags == TRI_RECORD_BYE)
        return hear_goodbye(l, from, m, behind, rec.len);
    *beats = rec.flags == TRI_RECORD_BEAT && r == 0;
    if (*beats) {
        if (c->sealed)
            tri_secure_passed(&c->sec, c->rx_seq - 1);
        return TRI_OK;
    }
    if ((rec.flags == TRI_RECORD_LAST) != (left <= TRI_RECORD_MAX) ||
        rec.len != (left < TRI_RECORD_MAX ? left : TRI_RECORD_MAX))
        return give_up(l, (int)from,
                       tri_link_fail_length(l, from, at + rec.len,
                                            rec.flags != TRI_RECORD_LAST,
                                            m->len));
    if (r > 0 && rec.depth != m->depth)
        return give_up(l, (int)from,
                       tri_link_fail(l, TRI_E_PROTO,
                                     "P%u changed the depth within a message",
                                     from));
    m->depth = rec.depth;
    return TRI_OK;
}

/* The payload of record r is in its place: decrypt it there. */
static int finish_body(struct tri_link *l, unsigned from, struct in *m,
                       uint64_t r)
{
    struct tcp *t = l->self;
    struct conn *c = &t->c[from];

    if (c->sealed &&
        tri_secure_open(&c->sec, c->rx_seq - 1,
                        m->buf + (size_t)r * TRI_RECORD_MAX, body(m, r),
                        m->tag[r % RX_RECORDS]) != TRI_OK)
        return forged(l, from);
    return TRI_OK;
}

/* The first header of the message, and the heartbeats before it, as far as they
 * are there. What follows moves up once, however many they are. */
static int first_header(struct tri_link *l, unsigned from, struct in *m)
{
    uint64_t gap = 0;
    int rc = TRI_OK, beats = 1;

    while (rc == TRI_OK && beats && m->pos - gap >= m->front) {
        uint8_t header[TRI_SECURE_HEADER];

        for (size_t n = 0, k; n < m->front; n += k) {
            const uint8_t *const p = place(m, gap + n, &k);

            k = k < m->front - n ? k : m->front - n;
            memcpy(header + n, p, k);
        }
        rc = check_header(l, from, m, 0, header, gap + m->front, &beats);
        if (rc == TRI_OK && beats)
            gap += m->front;
        else if (rc == TRI_OK)
            m->heads = 1;
    }
    if (gap > 0)
        close_gap(m, gap);
    return rc;
}

/* k more bytes have arrived in their places. */
static int advance(struct tri_link *l, unsigned from, struct in *m, uint64_t k)
{
    int rc = TRI_OK, beats = 0;

    m->pos += k;
    while (rc == TRI_OK && m->bodies * m->stride < m->wire) {
        const uint64_t r = m->bodies;
        const uint64_t at = r * m->stride + m->front;

        if (m->heads == r) {
            if (m->pos < at)
                break;
            if (r == 0)
                rc = first_header(l, from, m);
            else
                rc = check_header(l, from, m, r, m->hdr[r % RX_RECORDS], at,
                                  &beats);
            if (r > 0)
                m->heads++;
        } else {
            if (m->pos < at + body(m, r) + m->back)
                break;
            rc = finish_body(l, from, m, r);
            m->bodies++;
        }
    }
    return rc;
}

/* Take from the bytes read ahead. */
static int from_rx(struct tri_link *l, unsigned from, struct in *m)
{
    struct tcp *t = l->self;
    struct conn *c = &t->c[from];
    struct iovec iov[3 * RX_RECORDS];
    const size_t n = scatter(m, iov);
    uint64_t got = 0;

    for (size_t i = 0; i < n && c->lo < c->hi; i++) {
        const size_t have = c->hi - c->lo;
        const size_t k = have < iov[i].iov_len ? have : iov[i].iov_len;

        memcpy(iov[i].iov_base, c->rx + c->lo, k);
        c->lo += k;
        got += k;
    }
    return advance(l, from, m, got);
}

/* Read from the socket, in place; what follows the message goes to c->rx,
 * which is empty. *none is set if there was nothing. */
static int from_socket(struct tri_link *l, unsigned from, struct in *m,
                       int *none)
{
    struct tcp *t = l->self;
    struct conn *c = &t->c[from];
    struct iovec iov[3 * RX_RECORDS + 1];
    struct msghdr msg = { .msg_iov = iov, .msg_iovlen = scatter(m, iov) };
    const uint64_t left = m->wire - m->pos;
    ssize_t k;

    if (left <= (uint64_t)(RX_RECORDS - 1) * m->stride)
        iov[msg.msg_iovlen++] = (struct iovec){ c->rx, RX_BYTES };
    k = recvmsg(c->fd, &msg, MSG_DONTWAIT);
    *none = k < 0 && (errno == EAGAIN || errno == EINTR || passes(errno));
    if (*none) {
        if (passes(errno))
            starve(c, RX, errno);
        return TRI_OK;
    }
    if (k > 0)
        c->starved[RX].error = 0;
    if (k < 0 && is_local(errno))
        return failed_here(l, from, errno);
    if (k < 0 && errno == ETIMEDOUT)
        return give_up(l, (int)from,
                       tri_link_fail(l, TRI_E_TIMEOUT,
                                     "the network to P%u does not answer any "
                                     "more",
                                     from));
    if (k <= 0)
        return ended(l, from, SILENCE, NULL);
    if ((uint64_t)k <= left)
        return advance(l, from, m, (uint64_t)k);
    c->lo = 0;
    c->hi = (size_t)((uint64_t)k - left);
    return advance(l, from, m, left);
}

/* ---- operations --------------------------------------------------------- */

static int send_locked(struct tri_link *l, unsigned to, const void *buf,
                       size_t len)
{
    struct tcp *t = l->self;
    struct conn *c = &t->c[to];
    struct wait w = { 0 };
    int rc = TRI_OK;

    if (c->gone)
        return ended(l, to, ORDERLY, NULL);
    while (c->count == TRI_TCP_QUEUE) {
        send_some(c);
        rc = check_broken(l, NOBODY);
        if (rc == TRI_OK && c->count == TRI_TCP_QUEUE)
            rc = nap(l, NOBODY, 0, &w);
        if (rc != TRI_OK)
            return rc;
    }
    c->q[(c->head + c->count++) % TRI_TCP_QUEUE] =
        (struct out){ buf, len, c->tx_seq, (uint32_t)(l->stats.rounds + 1) };
    c->tx_seq += tri_record_count(len);
    c->only_beat = 0;
    send_some(c);
    return check_broken(l, NOBODY);
}

/* Bytes have come, be it a heartbeat or a part of one: a sign of life. Whoever
 * sends no others without a pause gains no time by it. */
static int arrived(struct tri_link *l, unsigned from, const struct in *m,
                   struct wait *w)
{
    const uint64_t now = tri_clock_ns();

    w->silent = 0;
    if (solid(m) - w->got >= TRI_LINK_LEAST) {
        w->slow = 0;
        w->got = solid(m);
    }
    begin_slow(l, w, now);
    w->some |= solid(m) > w->got;
    return now < w->slow ? TRI_OK : late(l, from, m->len, w, now);
}

static int recv_locked(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct tcp *t = l->self;
    struct conn *c = &t->c[from];
    struct in m = {
        .buf = buf,
        .len = len,
        .front = front(c),
        .back = back(c),
        .stride = front(c) + TRI_RECORD_MAX + back(c),
        .wire = len + tri_record_count(len) * (front(c) + back(c)),
    };
    struct wait w = { 0 };
    int rc = TRI_OK, none;

    while (rc == TRI_OK && m.pos < m.wire) {
        if (c->lo < c->hi) {
            rc = from_rx(l, from, &m);
            continue;
        }
        rc = from_socket(l, from, &m, &none);
        if (rc != TRI_OK || m.pos == m.wire)
            break;
        send_all(t);
        beat(t); /* what arrives without a pause takes its time as well */
        rc = none ? nap(l, from, len, &w) : arrived(l, from, &m, &w);
    }
    if (rc == TRI_OK) {
        const uint32_t ahead = m.depth - (uint32_t)l->stats.rounds;

        if (ahead < UINT32_MAX / 2) /* m.depth is modulo 2^32 */
            l->stats.rounds += ahead;
        l->stats.received[from] += m.wire;
    }
    return rc;
}

static int poll_locked(struct tri_link *l)
{
    struct tcp *t = l->self;

    send_all(t);
    beat(t);
    return check_broken(l, NOBODY);
}

static int flush_locked(struct tri_link *l)
{
    struct tcp *t = l->self;
    struct wait w = { 0 };
    int rc = poll_locked(l);

    while (rc == TRI_OK &&
           (pending(&t->c[0]) || pending(&t->c[1]) || pending(&t->c[2])))
        rc = nap(l, NOBODY, 0, &w);
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
    (void)leave(l, give_up(l, l->blamed, err));
}

/* Throw away what has arrived. Non-zero if there was something. */
static int drain(struct conn *c)
{
    int some = 0;

    for (int i = 0; i < 64; i++, some = 1) /* not for ever, if it goes on */
        if (recv(c->fd, c->rx, RX_BYTES, MSG_DONTWAIT) <= 0)
            break;
    return some;
}

/* Bytes that the peer's system does not have yet; 0 as well if there is no hope
 * of that. */
static int unsent(const struct conn *c)
{
    struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };
    int left = 0, domain = AF_UNIX; /* is there already, unread or not */
    socklen_t len = sizeof(domain);

    (void)getsockopt(c->fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
    if (domain == AF_UNIX || ioctl(c->fd, SIOCOUTQ, &left) != 0 ||
        (poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0))
        return 0;
    return left;
}

/* The farewell to one peer. */
struct farewell {
    int said, over;
    int left, mark;        /* unsent bytes at last; when `slow` began */
    uint64_t silent, slow; /* as in struct wait                       */
};

/* One step of it; 0 when it is over. */
static int part_from(const struct tri_link *l, struct conn *c,
                     struct farewell *f)
{
    const uint64_t now = tri_clock_ns(),
                   deadline = l->deadline_ms * UINT64_C(1000000);
    int left;

    if (f->over)
        return 0;
    if (!f->said && say_goodbye(c, NULL) == 0) {
        (void)shutdown(c->fd, SHUT_WR);
        f->said = 1;
    }
    left = unsent(c);
    if (drain(c) || f->silent == 0 || left < f->left)
        f->silent = now + deadline;
    f->left = left;
    if (f->slow == 0 || left <= f->mark - TRI_LINK_LEAST) {
        f->slow = now + TRI_LINK_SLOW * deadline;
        f->mark = left;
    }
    f->over = (f->said && left == 0) || now >= f->silent || now >= f->slow;
    if (f->over && !f->said)
        (void)shutdown(c->fd, SHUT_WR);
    return !f->over;
}

/*
 * An orderly goodbye, which waits for the peers as a flush does. A heartbeat of
 * a peer that meets a closed socket brings a reset, which takes away what is
 * still on its way: so nothing may be.
 */
static void part(struct tri_link *l)
{
    struct tcp *t = l->self;
    struct farewell f[TRI_PARTIES] = { { .said = t->gave_up },
                                       { .said = t->gave_up },
                                       { .said = t->gave_up } };
    struct timespec pause = { 0, 20000 };
    const unsigned a = (l->id + 1) % TRI_PARTIES, b = (l->id + 2) % TRI_PARTIES;

    while (part_from(l, &t->c[a], &f[a]) + part_from(l, &t->c[b], &f[b]) > 0) {
        (void)nanosleep(&pause, NULL);
        if (pause.tv_nsec < 2000000)
            pause.tv_nsec *= 2;
    }
}

static void tcp_close(struct tri_link *l)
{
    struct tcp *t = l->self;

    stop_beating(t);
    if ((l->dead == TRI_OK && flush_locked(l) == TRI_OK) || tri_link_over(l))
        part(l);
    else
        (void)give_up(l, (int)l->id, l->dead);
    fold(l);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct conn *c = &t->c[j];

        if (j == l->id)
            continue;
        /* Unread bytes would turn the end into a reset, which may overtake
         * what is still on its way. */
        (void)drain(c);
        close(c->fd);
        free(c->block);
    }
    tri_wipe(t, sizeof(*t));
    free(t);
}

static const struct tri_link_ops tcp_ops = {
    .send = tcp_send,
    .recv = tcp_recv,
    .flush = tcp_flush,
    .poll = tcp_poll,
    .close = tcp_close,
    .fail = tcp_fail,
};

/* A plaintext link, without the heartbeat's thread. */
static int make(struct tri_link *l, unsigned id, const int fd[TRI_PARTIES],
                uint32_t deadline_ms)
{
    struct tcp *t;

    if (id >= TRI_PARTIES || deadline_ms == 0 || deadline_ms > INT32_MAX)
        return TRI_E_ARG;
    t = calloc(1, sizeof(*t));
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        if (t != NULL)
            t->c[j].fd = j == id ? -1 : fd[j];
        else if (j != id)
            close(fd[j]);
    }
    if (t == NULL)
        return TRI_E_NOMEM;
    *l = (struct tri_link){ .ops = &tcp_ops,
                            .self = t,
                            .id = id,
                            .blamed = TRI_NOBODY,
                            .deadline_ms = deadline_ms };
    return TRI_OK;
}

/* Start the thread; the link is closed if that fails. */
static int begin_life(struct tri_link *l, int threaded)
{
    const int rc = start_beating(l->self, l->id, l->deadline_ms, threaded);

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
    const int rc = make(l, id, fd, deadline_ms);

    return rc == TRI_OK ? begin_life(l, 1) : rc;
}

/* Seal the connections of a fresh link. */
static int seal(struct tri_link *l, const struct tri_secure sec[TRI_PARTIES])
{
    struct tcp *t = l->self;

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        struct conn *c = &t->c[j];

        if (j == l->id)
            continue;
        c->block = aligned_alloc(LINE, STAGE_BLOCK);
        if (c->block == NULL)
            return TRI_E_NOMEM;
        /* The first payload starts a cache line: it is sealed faster. */
        c->stage = c->block + LINE - TRI_SECURE_HEADER % LINE;
        c->sec = sec[j];
        c->sealed = 1;
        memcpy(l->secret[j], sec[j].exporter, sizeof(l->secret[j]));
    }
    return TRI_OK;
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
        rc = make(l, cfg->id, fd, cfg->deadline_ms);
    if (rc == TRI_OK && cfg->keys != NULL)
        rc = seal(l, sec);
    if (rc == TRI_OK)
        rc = begin_life(l, !cfg->brief);
    else if (l->ops != NULL) {
        l->dead = rc;
        tri_close(l);
    }
    tri_wipe(sec, sizeof(sec));
    if (rc != TRI_OK) {
        l->dead = rc;
        (void)tri_link_fail(l, rc, "%s", tri_strerror(rc));
    }
    return rc;
}
