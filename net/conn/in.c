#include "net/conn/in.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/host/clock.h"

enum {
    BYE_MS = 500, /* for all of a goodbye                   */
    LITTLE = 4096 /* bytes read ahead behind a long message */
};

void tri_conn_want(const struct tri_conn *c, struct tri_conn_in *m, void *buf,
                   size_t len)
{
    const size_t front = tri_conn_front(c), back = tri_conn_back(c);

    m->x = (struct tri_expect){ .len = len, .beats = 1 };
    m->buf = buf;
    m->front = front;
    m->back = back;
    m->stride = front + TRI_RECORD_MAX + back;
    m->wire = len + tri_record_count(len) * (front + back);
    m->pos = m->heads = m->bodies = 0;
    m->hasty = 0;
    m->rc = TRI_OK;
}

/* ---- where bytes belong ------------------------------------------------- */

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

static size_t body(const struct tri_conn_in *m, uint64_t r)
{
    const size_t left = m->x.len - (size_t)r * TRI_RECORD_MAX;

    return left < TRI_RECORD_MAX ? left : TRI_RECORD_MAX;
}

/* Where the next bytes belong; returns the number of pieces, at most
 * 3 * TRI_CONN_RECORDS. */
static size_t scatter(struct tri_conn_in *m, struct iovec *iov)
{
    uint64_t pos = m->pos;
    size_t n = 0;

    for (unsigned i = 0; i < TRI_CONN_RECORDS && pos < m->wire; i++) {
        const uint64_t r = pos / m->stride;
        const size_t len = body(m, r);
        size_t skip = (size_t)(pos % m->stride);

        add_piece(iov, &n, m->hdr[r % TRI_CONN_RECORDS], m->front, &skip);
        add_piece(iov, &n, m->buf + (size_t)r * TRI_RECORD_MAX, len, &skip);
        add_piece(iov, &n, m->tag[r % TRI_CONN_RECORDS], m->back, &skip);
        pos = r * m->stride + m->front + len + m->back;
    }
    return n;
}

/* Where byte `pos` of the message is kept, and how many follow it there. */
static uint8_t *place(struct tri_conn_in *m, uint64_t pos, size_t *room)
{
    const uint64_t r = pos / m->stride;
    const size_t len = body(m, r), at = (size_t)(pos % m->stride);

    if (at < m->front) {
        *room = m->front - at;
        return m->hdr[r % TRI_CONN_RECORDS] + at;
    }
    if (at < m->front + len) {
        *room = m->front + len - at;
        return m->buf + (size_t)r * TRI_RECORD_MAX + (at - m->front);
    }
    *room = m->front + len + m->back - at;
    return m->tag[r % TRI_CONN_RECORDS] + (at - m->front - len);
}

/* Heartbeats stood before byte `from`, where the message should begin: what
 * came after them moves up. */
static void close_gap(struct tri_conn_in *m, uint64_t from)
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

uint64_t tri_conn_solid(const struct tri_conn_in *m)
{
    const uint64_t at = m->bodies * m->stride;

    return m->heads == m->bodies && m->pos > at ? at : m->pos;
}

/* ---- records ------------------------------------------------------------ */

/* One message, its connection, and whom an error names. */
struct reader {
    struct tri_conn *c;
    struct tri_conn_in *m;
    struct tri_link *l;
    unsigned from;
};

static enum tri_conn_got bad(const struct reader *d, int rc)
{
    d->m->rc = rc;
    return TRI_CONN_BAD;
}

static enum tri_conn_got over(const struct reader *d, enum tri_last_words words)
{
    d->m->words = words;
    return TRI_CONN_OVER;
}

/* n bytes of the stream that follow byte `at` of the message. Returns how many
 * there are. */
static size_t take_on(struct tri_conn *c, struct tri_conn_in *m, uint64_t at,
                      uint8_t *out, size_t n)
{
    struct pollfd p = { .fd = c->fd, .events = POLLIN };
    const uint64_t end =
        m->hasty ? 0 : tri_clock_ns() + BYE_MS * UINT64_C(1000000);
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
    while (have < n && k > 0) {
        const uint64_t now = tri_clock_ns();

        if (now >= end || poll(&p, 1, (int)((end - now) / 1000000u)) != 1)
            break;
        k = recv(c->fd, out + have, n - have, MSG_DONTWAIT);
        have += k > 0 ? (size_t)k : 0;
    }
    return have;
}

/* A goodbye, with n bytes of payload from byte `at` of the message on. */
static enum tri_conn_got hear_goodbye(const struct reader *d, uint64_t at,
                                      size_t n)
{
    struct tri_conn *const c = d->c;
    uint8_t why[TRI_BYE_MAX + TRI_AEAD_TAG];
    const size_t all = n + tri_conn_back(c);

    if (n == 0)
        return over(d, TRI_LAST_ORDERLY);
    if (take_on(c, d->m, at, why, all) < all)
        return over(d, TRI_LAST_NONE);
    return over(d, tri_conn_read_reason(c, c->rx_seq - 1, why, n, &d->m->bye));
}

/* Check the header of record r, which stands before byte `behind` of the
 * message. *beats: it is a heartbeat instead. */
static enum tri_conn_got check_header(const struct reader *d, uint64_t r,
                                      const uint8_t *header, uint64_t behind,
                                      int *beats)
{
    struct tri_conn *const c = d->c;
    struct tri_expect *const x = &d->m->x;
    struct tri_record rec;
    int rc;

    x->seq = c->rx_seq;
    x->done = (size_t)r * TRI_RECORD_MAX;
    rc = tri_expect_header(x, c->sealed ? &c->sec : NULL, header, &rec, d->l,
                           d->from);
    if (rc != TRI_OK)
        return bad(d, rc);
    c->rx_seq++;
    if (rec.flags == TRI_RECORD_BYE)
        return hear_goodbye(d, behind, rec.len);
    *beats = rec.flags == TRI_RECORD_BEAT;
    if (*beats && c->sealed)
        tri_secure_passed(&c->sec, c->rx_seq - 1);
    return TRI_CONN_SOME;
}

/* The payload of record r is in its place: decrypt it there. */
static enum tri_conn_got finish_body(const struct reader *d, uint64_t r)
{
    struct tri_conn *const c = d->c;
    struct tri_conn_in *const m = d->m;

    if (c->sealed &&
        tri_secure_open(&c->sec, c->rx_seq - 1,
                        m->buf + (size_t)r * TRI_RECORD_MAX, body(m, r),
                        m->tag[r % TRI_CONN_RECORDS]) != TRI_OK)
        return bad(d, tri_expect_forged(d->l, d->from));
    return TRI_CONN_SOME;
}

/* The first header of the message, and the heartbeats before it, as far as they
 * are there. What follows moves up once, however many they are. */
static enum tri_conn_got first_header(const struct reader *d)
{
    struct tri_conn_in *const m = d->m;
    enum tri_conn_got got = TRI_CONN_SOME;
    uint64_t gap = 0;
    int beats = 1;

    while (got == TRI_CONN_SOME && beats && m->pos - gap >= m->front) {
        uint8_t header[TRI_SECURE_HEADER];

        for (size_t n = 0, k; n < m->front; n += k) {
            const uint8_t *const p = place(m, gap + n, &k);

            k = k < m->front - n ? k : m->front - n;
            memcpy(header + n, p, k);
        }
        got = check_header(d, 0, header, gap + m->front, &beats);
        if (got == TRI_CONN_SOME && beats)
            gap += m->front;
        else if (got == TRI_CONN_SOME)
            m->heads = 1;
    }
    if (gap > 0)
        close_gap(m, gap);
    return got;
}

/* k more bytes have arrived in their places. */
static enum tri_conn_got advance(const struct reader *d, uint64_t k)
{
    struct tri_conn_in *const m = d->m;
    enum tri_conn_got got = TRI_CONN_SOME;
    int beats;

    m->pos += k;
    while (got == TRI_CONN_SOME && m->bodies * m->stride < m->wire) {
        const uint64_t r = m->bodies;
        const uint64_t at = r * m->stride + m->front;

        if (m->heads == r) {
            if (m->pos < at)
                break;
            if (r == 0)
                got = first_header(d);
            else
                got = check_header(d, r, m->hdr[r % TRI_CONN_RECORDS], at,
                                   &beats);
            if (r > 0)
                m->heads++;
        } else {
            if (m->pos < at + body(m, r) + m->back)
                break;
            got = finish_body(d, r);
            m->bodies++;
        }
    }
    return got;
}

/* ---- bytes -------------------------------------------------------------- */

enum tri_conn_got tri_conn_take(struct tri_conn *c, struct tri_conn_in *m,
                                struct tri_link *l, unsigned from)
{
    const struct reader d = { c, m, l, from };
    struct iovec iov[3 * TRI_CONN_RECORDS];
    const size_t n = scatter(m, iov);
    uint64_t got = 0;

    for (size_t i = 0; i < n && c->lo < c->hi; i++) {
        const size_t have = c->hi - c->lo;
        const size_t k = have < iov[i].iov_len ? have : iov[i].iov_len;

        memcpy(iov[i].iov_base, c->rx + c->lo, k);
        c->lo += k;
        got += k;
    }
    return advance(&d, got);
}

static enum tri_conn_got not_read(const struct reader *d, int e)
{
    if (tri_conn_passes(e))
        tri_conn_starve(d->c, TRI_CONN_RX, e);
    if (tri_conn_passes(e) || e == EAGAIN || e == EINTR)
        return TRI_CONN_IDLE;
    d->m->error = e;
    if (tri_conn_is_local(e))
        return TRI_CONN_LOCAL;
    return e == ETIMEDOUT ? TRI_CONN_LOST : over(d, TRI_LAST_NONE);
}

enum tri_conn_got tri_conn_read(struct tri_conn *c, struct tri_conn_in *m,
                                struct tri_link *l, unsigned from)
{
    const struct reader d = { c, m, l, from };
    struct iovec iov[3 * TRI_CONN_RECORDS + 1];
    struct msghdr msg = { .msg_iov = iov, .msg_iovlen = scatter(m, iov) };
    const uint64_t left = m->wire - m->pos;
    ssize_t k;

    /* What is read ahead is copied once more. */
    if (left <= (uint64_t)(TRI_CONN_RECORDS - 1) * m->stride)
        iov[msg.msg_iovlen++] =
            (struct iovec){ c->rx, m->wire > TRI_CONN_AHEAD ? LITTLE
                                                            : TRI_CONN_AHEAD };
    k = recvmsg(c->fd, &msg, MSG_DONTWAIT);
    if (k < 0)
        return not_read(&d, errno);
    if (k == 0)
        return over(&d, TRI_LAST_NONE);
    c->starved[TRI_CONN_RX].error = 0;
    if ((uint64_t)k <= left)
        return advance(&d, (uint64_t)k);
    c->lo = 0;
    c->hi = (size_t)((uint64_t)k - left);
    return advance(&d, left);
}
