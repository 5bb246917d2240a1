#include "net/ether/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/fail.h"

enum {
    BUFFER = 32 * 1048576, /* of the socket, in the kernel's own measure */
    CACHED = 512 * 1024,   /* a batch stays in the cache between two readings */
    FULL_MS = 10           /* a frame that finds no room waits that long  */
};

/* ---- opening ------------------------------------------------------------ */

/* Let only frames for this party through: "TE", and the receiver's number,
 * alone with another or not. */
static int set_filter(int fd, unsigned id)
{
    struct sock_filter f[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TRI_ETHER_HEAD),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x5445, 0, 4),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TRI_ETHER_HEAD + 9),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TRI_FRAME_PAIR - 1),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog prog = { sizeof f / sizeof *f, f };

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof prog);
}

static void set_buffer(int fd, int force, int plain)
{
    const int n = BUFFER;

    if (setsockopt(fd, SOL_SOCKET, force, &n, sizeof n) != 0)
        (void)setsockopt(fd, SOL_SOCKET, plain, &n, sizeof n);
}

static int ask(const struct tri_port *p, unsigned long what, struct ifreq *r)
{
    memset(r, 0, sizeof *r);
    memcpy(r->ifr_name, p->name, sizeof p->name);
    return ioctl(p->fd, what, r);
}

/* Read index, address and size of the interface. */
static int look(struct tri_port *p, struct tri_link *l, int *index)
{
    struct ifreq r;

    if (ask(p, SIOCGIFINDEX, &r) != 0)
        return tri_link_fail(l, TRI_E_IO, "there is no interface %s", p->name);
    *index = r.ifr_ifindex;
    if (ask(p, SIOCGIFHWADDR, &r) != 0 ||
        r.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return tri_link_fail(l, TRI_E_IO, "interface %s is not Ethernet",
                             p->name);
    memcpy(p->own, r.ifr_hwaddr.sa_data, TRI_ETHER_MAC);
    if (ask(p, SIOCGIFMTU, &r) != 0 || r.ifr_mtu < TRI_FRAME_MTU_MIN)
        return tri_link_fail(l, TRI_E_IO,
                             "interface %s takes frames of %d bytes, too few",
                             p->name, r.ifr_mtu);
    p->mtu = r.ifr_mtu < TRI_FRAME_MTU_MAX ? (uint32_t)r.ifr_mtu
                                           : (uint32_t)TRI_FRAME_MTU_MAX;
    if (ask(p, SIOCGIFFLAGS, &r) != 0 || !(r.ifr_flags & IFF_UP))
        return tri_link_fail(l, TRI_E_IO, "interface %s is down", p->name);
    return TRI_OK;
}

static int prepare(struct tri_port *p, struct tri_link *l, uint32_t mtu)
{
    struct sockaddr_ll at = { .sll_family = AF_PACKET,
                              .sll_protocol = htons(TRI_ETHERTYPE) };
    const int one = 1;
    int rc = look(p, l, &at.sll_ifindex);

    if (rc != TRI_OK)
        return rc;
    if (mtu > p->mtu)
        return tri_link_fail(l, TRI_E_ARG,
                             "interface %s takes frames of %u bytes, not %u",
                             p->name, p->mtu, mtu);
    if (mtu != 0)
        p->mtu = mtu;
    /* The filter first: bound before, other frames could slip in. */
    if (set_filter(p->fd, l->id) != 0 ||
        bind(p->fd, (const struct sockaddr *)&at, sizeof at) != 0)
        return tri_link_fail(l, TRI_E_IO, "interface %s: %s", p->name,
                             strerror(errno));
    set_buffer(p->fd, SO_RCVBUFFORCE, SO_RCVBUF);
    set_buffer(p->fd, SO_SNDBUFFORCE, SO_SNDBUF);
    (void)setsockopt(p->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
    p->slot = (TRI_ETHER_HEAD + (size_t)p->mtu + 63) & ~(size_t)63;
    p->batch = p->slot > CACHED / TRI_PORT_BATCH ? (unsigned)(CACHED / p->slot)
                                                 : (unsigned)TRI_PORT_BATCH;
    p->buf = malloc(TRI_PORT_BATCH * p->slot);
    if (p->buf == NULL)
        return TRI_E_NOMEM;
    for (unsigned i = 0; i < TRI_PORT_BATCH; i++) {
        p->rx_iov[i] = (struct iovec){ p->buf + i * p->slot, p->slot };
        p->rx[i].msg_hdr.msg_iov = &p->rx_iov[i];
        p->rx[i].msg_hdr.msg_iovlen = 1;
        p->tx[i].msg_hdr.msg_iov = p->tx_iov[i];
    }
    return TRI_OK;
}

int tri_port_open(struct tri_port *p, struct tri_link *l, const char *name,
                  uint32_t mtu)
{
    const size_t n = name != NULL ? strlen(name) : 0;
    int rc;

    memset(p, 0, sizeof *p);
    if (n == 0 || n >= IFNAMSIZ)
        return tri_link_fail(l, TRI_E_ARG, "the interface's name is %s",
                             n == 0 ? "missing" : "too long");
    if (mtu != 0 && (mtu < TRI_FRAME_MTU_MIN || mtu > TRI_FRAME_MTU_MAX))
        return tri_link_fail(l, TRI_E_ARG,
                             "frames of %u bytes: only %d to %d are possible",
                             mtu, TRI_FRAME_MTU_MIN, TRI_FRAME_MTU_MAX);
    memcpy(p->name, name, n);
    /* Protocol 0: nothing arrives before the filter is set. */
    p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0)
        return tri_link_fail(l, TRI_E_IO,
                             errno == EPERM || errno == EACCES
                                 ? "no permission for raw frames on interface "
                                   "%s: run as root, or once, as root: setcap "
                                   "cap_net_raw+ep PROGRAM"
                                 : "no raw frames on interface %s: %s",
                             p->name, strerror(errno));
    rc = prepare(p, l, mtu);
    if (rc != TRI_OK)
        tri_port_close(p);
    return rc;
}

void tri_port_close(struct tri_port *p)
{
    close(p->fd);
    if (p->buf != NULL)
        tri_wipe(p->buf, TRI_PORT_BATCH * p->slot);
    free(p->buf);
    tri_wipe(p, sizeof *p);
    p->fd = -1;
}

const char *tri_port_trouble(const struct tri_port *p)
{
    struct ifreq r;

    if (ask(p, SIOCGIFFLAGS, &r) != 0)
        return " is gone";
    if (!(r.ifr_flags & IFF_UP))
        return " is down";
    if (!(r.ifr_flags & IFF_RUNNING))
        return " has no carrier";
    return p->starved ? " gets no memory from the system" : "";
}

/* ---- frames ------------------------------------------------------------- */

void tri_port_send(struct tri_port *p, const uint8_t to[TRI_ETHER_MAC],
                   const struct tri_piece *v, unsigned n)
{
    const unsigned i = p->tx_n;
    struct iovec *iov = p->tx_iov[i];
    uint8_t *h = p->head[i];
    size_t total = 0, at = 0;

    memcpy(h, to, TRI_ETHER_MAC);
    memcpy(h + TRI_ETHER_MAC, p->own, TRI_ETHER_MAC);
    h[12] = TRI_ETHERTYPE >> 8;
    h[13] = TRI_ETHERTYPE & 0xff;
    memcpy(h + TRI_ETHER_HEAD, v[0].p, TRI_FRAME_HEADER);
    iov[0] = (struct iovec){ h, TRI_ETHER_HEAD + TRI_FRAME_HEADER };
    for (unsigned k = 1; k < n; k++)
        total += v[k].n;
    for (unsigned k = 1; k < n; k++) {
        /* sendmmsg() reads only, whatever the type of iov_base says. */
        iov[k] = (struct iovec){ (void *)(uintptr_t)v[k].p, v[k].n };
        if (total <= sizeof p->small[i]) {
            iov[k].iov_base = memcpy(p->small[i] + at, v[k].p, v[k].n);
            at += v[k].n;
        }
    }
    p->tx[i].msg_hdr.msg_iovlen = n;
    if (++p->tx_n == p->batch)
        tri_port_flush(p);
}

void tri_port_flush(struct tri_port *p)
{
    struct pollfd pfd = { .fd = p->fd, .events = POLLOUT };
    unsigned at = 0;

    while (at < p->tx_n) {
        const int k = sendmmsg(p->fd, p->tx + at, p->tx_n - at, MSG_DONTWAIT);

        if (k > 0 || errno == ENOBUFS || errno == ENOMEM)
            p->starved = k <= 0;
        if (k > 0)
            at += (unsigned)k;
        else if (errno == EAGAIN && poll(&pfd, 1, FULL_MS) <= 0)
            break;
        else if (errno != EAGAIN && errno != EINTR)
            at++; /* too long, no room in a queue, or the interface is down */
    }
    p->tx_n = 0;
}

const uint8_t *tri_port_receive(struct tri_port *p, size_t *n,
                                const uint8_t **from)
{
    for (;;) {
        if (p->rx_at == p->rx_n) {
            const int k = recvmmsg(p->fd, p->rx, p->batch, MSG_DONTWAIT, NULL);

            p->rx_at = 0;
            p->rx_n = k > 0 ? (unsigned)k : 0;
            if (k <= 0)
                return NULL;
        }
        const unsigned i = p->rx_at++;
        const uint8_t *f = p->rx_iov[i].iov_base;

        /* Frames for others reach an interface that listens to all. */
        if (p->rx[i].msg_len < TRI_ETHER_HEAD ||
            p->rx[i].msg_hdr.msg_flags & MSG_TRUNC ||
            (!(f[0] & 1) && memcmp(f, p->own, TRI_ETHER_MAC) != 0) ||
            memcmp(f + TRI_ETHER_MAC, p->own, TRI_ETHER_MAC) == 0)
            continue;
        *n = p->rx[i].msg_len - TRI_ETHER_HEAD;
        *from = f + TRI_ETHER_MAC;
        return f + TRI_ETHER_HEAD;
    }
}
