#include "net/conn/end.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/conn/out.h"
#include "net/host/clock.h"
#include "net/link.h"

/* ---- what a peer says --------------------------------------------------- */

int tri_conn_read_ahead(struct tri_conn *c)
{
    memmove(c->rx, c->rx + c->lo, c->hi - c->lo);
    c->hi -= c->lo;
    c->lo = 0;
    while (c->hi < TRI_CONN_AHEAD) {
        const ssize_t k =
            recv(c->fd, c->rx + c->hi, TRI_CONN_AHEAD - c->hi, MSG_DONTWAIT);

        if (k > 0)
            c->hi += (size_t)k;
        else if (k == 0 || errno != EINTR)
            return k == 0 || (errno != EAGAIN && !tri_conn_passes(errno));
    }
    return 0;
}

/* The header of the next record, complete in in[tri_conn_front(c)]. */
static int read_header(const struct tri_conn *c, uint64_t seq,
                       struct tri_record *r, const uint8_t *in)
{
    uint8_t clear[TRI_RECORD_HEADER];

    if (!c->sealed)
        return tri_record_parse(r, in);
    if (tri_secure_open_header(&c->sec, seq, clear, in) != TRI_OK)
        return TRI_E_CRYPTO;
    return tri_record_parse(r, clear);
}

enum tri_last_words tri_conn_read_reason(const struct tri_conn *c, uint64_t seq,
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
    return rc == TRI_OK ? TRI_LAST_REASON : TRI_LAST_NOISE;
}

enum tri_last_words tri_conn_last_words(const struct tri_conn *c,
                                        struct tri_bye *b)
{
    struct tri_record r;
    uint64_t seq = c->rx_seq;

    for (size_t at = c->lo; c->hi - at >= tri_conn_front(c); seq++) {
        if (read_header(c, seq, &r, c->rx + at) != TRI_OK)
            break; /* for tri_recv() to complain about */
        at += tri_conn_front(c);
        if (r.len == 0 && r.flags == TRI_RECORD_BYE)
            return TRI_LAST_ORDERLY;
        if (r.len == 0)
            continue;
        if (r.len + tri_conn_back(c) > c->hi - at)
            break;
        if (r.flags == TRI_RECORD_BYE)
            return tri_conn_read_reason(c, seq, c->rx + at, r.len, b);
        at += r.len + tri_conn_back(c);
    }
    return TRI_LAST_NONE;
}

int tri_conn_stirs(struct tri_conn *c)
{
    const size_t before = c->unread;
    int n = 0;

    (void)ioctl(c->fd, FIONREAD, &n);
    c->unread = c->hi - c->lo + (size_t)n;
    return c->unread > before;
}

/* ---- parting ------------------------------------------------------------ */

int tri_conn_drain(struct tri_conn *c)
{
    int some = 0;

    for (int i = 0; i < 64; i++, some = 1) /* not for ever, if it goes on */
        if (recv(c->fd, c->rx, TRI_CONN_AHEAD, MSG_DONTWAIT) <= 0)
            break;
    return some;
}

/* Bytes that the peer's system does not have yet; 0 as well if there is no hope
 * of that. */
static int unsent(const struct tri_conn *c)
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

int tri_conn_part(struct tri_conn *c, struct tri_farewell *f,
                  uint32_t deadline_ms)
{
    const uint64_t now = tri_clock_ns(),
                   deadline = deadline_ms * UINT64_C(1000000);
    int left;

    if (f->over)
        return 0;
    if (!f->said && tri_conn_goodbye(c, NULL) == 0) {
        (void)shutdown(c->fd, SHUT_WR);
        f->said = 1;
    }
    left = unsent(c);
    if (tri_conn_drain(c) || f->silent == 0 || left < f->left)
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
