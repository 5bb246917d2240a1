#include "net/conn/out.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/host/clock.h"

enum {
    PIECES = 64, /* of one sendmsg */
    STRIDE = TRI_RECORD_HEADER + TRI_RECORD_MAX
};

/* Records of a queued message, and their bytes without sealing. */
static uint64_t records_of(const struct tri_conn_message *m)
{
    return m->len == 0 ? 1 : tri_record_count(m->len);
}

static uint64_t wire_of(const struct tri_conn_message *m)
{
    return m->len == 0 ? TRI_RECORD_HEADER : tri_record_wire(m->len);
}

static uint32_t flags_of(const struct tri_conn_message *m, int last)
{
    return m->len == 0 ? TRI_RECORD_BEAT : last ? TRI_RECORD_LAST : 0;
}

/* k bytes have left; heartbeats do not count. */
static void count_sent(struct tri_conn *c, size_t k)
{
    const size_t beat = k < c->beat ? k : c->beat;

    c->starved[TRI_CONN_TX].error = 0;
    c->beat -= beat;
    c->sent += k - beat;
    c->last_tx = tri_clock_ns();
}

/* Number of the next record to leave the queue. */
static uint64_t next_seq(const struct tri_conn *c)
{
    return c->count == 0 ? c->tx_seq
                         : c->q[c->head].seq + c->left / STRIDE + c->laid;
}

/* Why a send failed; non-zero if it is for good. */
static int not_sent(struct tri_conn *c, int e)
{
    if (tri_conn_passes(e))
        tri_conn_starve(c, TRI_CONN_TX, e);
    else if (e != EAGAIN)
        c->tx_broken = e;
    return c->tx_broken;
}

/* ---- sealed ------------------------------------------------------------- */

/* Push the stage. 0; -1 if the socket is full; -2 if it is broken. */
static int send_stage(struct tri_conn *c)
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

/* Seal queued records into the stage, which is empty, as many as fit. */
static void seal_some(struct tri_conn *c)
{
    while (c->count > 0 && !c->said) {
        const struct tri_conn_message *m = &c->q[c->head];
        const uint64_t r = c->laid;
        const size_t at = (size_t)r * TRI_RECORD_MAX, left = m->len - at;
        const int last = left <= TRI_RECORD_MAX;
        const struct tri_record rec = {
            .len = last ? (uint32_t)left : TRI_RECORD_MAX,
            .flags = flags_of(m, last),
            .seq = (uint32_t)(m->seq + r),
            .depth = m->depth,
        };

        if (c->s_hi + TRI_SECURE_HEADER + rec.len + TRI_AEAD_TAG +
                TRI_CONN_BYE >
            TRI_CONN_STAGE)
            return;
        c->s_hi += tri_secure_seal(&c->sec, m->seq + r, c->stage + c->s_hi,
                                   &rec, m->buf + at);
        c->laid++;
        if (last) {
            c->laid = 0;
            c->head = (c->head + 1) % TRI_CONN_QUEUE;
            c->count--;
        }
    }
}

static void send_sealed(struct tri_conn *c)
{
    while (tri_conn_pending(c) && !c->tx_broken) {
        if (c->s_lo == c->s_hi)
            seal_some(c);
        if (send_stage(c) != 0)
            return;
    }
}

/* ---- plaintext ---------------------------------------------------------- */

/* Describe queued bytes from c->left on; returns the number of pieces. */
static size_t gather(const struct tri_conn *c, struct iovec iov[PIECES],
                     uint8_t hdr[PIECES / 2][TRI_RECORD_HEADER], size_t *total)
{
    uint64_t off = c->left;
    size_t n = 0;

    *total = 0;
    for (size_t i = 0; i < c->count; i++, off = 0) {
        const struct tri_conn_message *m =
            &c->q[(c->head + i) % TRI_CONN_QUEUE];
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

            if (n + 2 > PIECES)
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

static void send_plain(struct tri_conn *c)
{
    while (c->count > 0 && !c->tx_broken) {
        struct iovec iov[PIECES];
        uint8_t hdr[PIECES / 2][TRI_RECORD_HEADER];
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
        c->left += (uint64_t)k;
        while (c->count > 0 && c->left >= wire_of(&c->q[c->head])) {
            c->left -= wire_of(&c->q[c->head]);
            c->head = (c->head + 1) % TRI_CONN_QUEUE;
            c->count--;
        }
        if ((size_t)k < total)
            return;
    }
}

/* ---- both --------------------------------------------------------------- */

void tri_conn_queue(struct tri_conn *c, const void *buf, size_t len,
                    uint32_t depth)
{
    c->q[(c->head + c->count++) % TRI_CONN_QUEUE] =
        (struct tri_conn_message){ buf, len, c->tx_seq, depth };
    c->tx_seq += tri_record_count(len);
    c->held += len;
    c->only_beat = 0;
}

void tri_conn_beat(struct tri_conn *c)
{
    c->q[c->head] = (struct tri_conn_message){ NULL, 0, c->tx_seq++, 0 };
    c->count = 1;
    c->beat = tri_conn_front(c);
    c->only_beat = 1;
}

void tri_conn_push(struct tri_conn *c)
{
    c->held = 0;
    if (c->sealed)
        send_sealed(c);
    else
        send_plain(c);
    if (c->tx_broken && c->only_beat) { /* nobody misses a heartbeat */
        c->count = 0;
        c->left = c->laid = 0;
        c->s_lo = c->s_hi = 0;
    }
}

/* The goodbye follows what is already sealed; seal_some() left room. What is
 * not sealed yet never will be, and nobody may wait for it. */
static int say_sealed_goodbye(struct tri_conn *c, struct tri_record r,
                              const uint8_t *why)
{
    if (!c->said)
        c->s_hi +=
            tri_secure_seal(&c->sec, next_seq(c), c->stage + c->s_hi, &r, why);
    c->said = 1;
    c->count = 0;
    c->laid = 0;
    return send_stage(c) == -1 ? -1 : 0;
}

int tri_conn_goodbye(struct tri_conn *c, const struct tri_bye *b)
{
    uint8_t wire[TRI_RECORD_HEADER + TRI_BYE_MAX];
    uint8_t *const why = wire + TRI_RECORD_HEADER;
    const size_t n = b != NULL ? tri_bye_print(why, b) : 0;
    const struct tri_record r = { (uint32_t)n, TRI_RECORD_BYE,
                                  (uint32_t)next_seq(c), 0 };

    if (c->sealed)
        return say_sealed_goodbye(c, r, why);
    if (c->count > 0 && c->left % STRIDE != 0)
        return 0;
    tri_record_print(wire, &r);
    if (send(c->fd, wire, TRI_RECORD_HEADER + n, MSG_NOSIGNAL | MSG_DONTWAIT) <
            0 &&
        errno == EAGAIN)
        return -1;
    return 0;
}
