#include "tests/faults/hub.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "core/err.h"
#include "net/ether/frame.h"
#include "net/host/clock.h"
#include "tests/support/check.h"

enum { FRAME = 2048, WAITING = 8192, HEAD = 14, REORDER_US = 1500 };

struct waiting {
    uint64_t due; /* us; 0: free */
    uint16_t n;
    uint8_t from, bytes[FRAME];
};

struct hub {
    struct hub_fault *f;
    const int *fd;
    uint64_t rng;
    unsigned used, top; /* of waiting */
    struct waiting *w;
};

static uint64_t now_us(void)
{
    return tri_clock_ns() / 1000u;
}

static int chance(struct hub *h, unsigned permille)
{
    return permille > 0 && tri_test_rand(&h->rng) % 1000 < permille;
}

static void hit(struct hub *h)
{
    h->f->hit_ns = now_us() * 1000;
    __atomic_store_n(&h->f->hit, 1, __ATOMIC_RELEASE);
}

static int is_cut(const struct hub *h, unsigned port)
{
    return h->f->cut_after != 0 && h->f->frames > h->f->cut_after &&
           (h->f->cut == port || h->f->cut > 2);
}

static void forward(struct hub *h, unsigned from, const uint8_t *p, size_t n)
{
    for (unsigned to = 0; to < 3; to++)
        if (to != from && !is_cut(h, to))
            (void)send(h->fd[to], p, n, MSG_DONTWAIT);
}

static void later(struct hub *h, unsigned from, const uint8_t *p, size_t n,
                  uint64_t us)
{
    unsigned i = 0;

    while (i < h->top && h->w[i].due != 0)
        i++;
    if (i == WAITING)
        return; /* a full hub loses frames */
    if (i == h->top)
        h->top++;
    h->used++;
    h->w[i].due = now_us() + us + 1;
    h->w[i].n = (uint16_t)n;
    h->w[i].from = (uint8_t)from;
    memcpy(h->w[i].bytes, p, n);
}

static uint64_t let_go(struct hub *h)
{
    const uint64_t now = now_us();
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < h->top; i++) {
        struct waiting *w = &h->w[i];

        if (w->due == 0)
            continue;
        if (w->due <= now) {
            forward(h, w->from, w->bytes, w->n);
            w->due = 0;
            h->used--;
        } else if (w->due < next) {
            next = w->due;
        }
    }
    if (h->used == 0)
        h->top = 0;
    return next;
}

/* ---- forgeries ---------------------------------------------------------- */

static void forge_field(struct hub *h, struct tri_frame *f)
{
    const uint64_t r = tri_test_rand(&h->rng);

    switch (r % 9) {
    case 0:
        f->type = (uint8_t)(1 + (r >> 8) % 10);
        break;
    case 1:
        f->seq += (r >> 8) % 4096 - 2048;
        break;
    case 2:
        f->ack += (r >> 8) % 4096 - 2048;
        break;
    case 3:
        f->window = (uint32_t)(r >> 8);
        break;
    case 4:
        f->stamp ^= (uint32_t)(r >> 8);
        break;
    case 5:
        f->echo ^= (uint32_t)(r >> 8);
        break;
    case 6:
        f->epoch ^= 1u << (r >> 8) % 32;
        break;
    case 7:
        f->peer_epoch ^= 1u << (r >> 8) % 32;
        break;
    default:
        f->seq = r >> 8;
        f->ack = tri_test_rand(&h->rng);
        break;
    }
}

static int may_forge(const struct hub *h)
{
    return h->f->once_after == 0 ||
           (!h->f->hit && h->f->frames >= h->f->once_after);
}

/* Somebody who knows the format: the checksum is made to fit. */
static void forge(struct hub *h, uint8_t *p, size_t n)
{
    struct tri_frame f;
    struct tri_piece v;

    if (!may_forge(h) || tri_frame_parse(&f, p + HEAD, n - HEAD) != TRI_OK)
        return;
    if (f.type == TRI_FRAME_DATA && chance(h, h->f->forge_payload))
        p[HEAD + TRI_FRAME_HEADER + tri_test_rand(&h->rng) % f.len] ^=
            (uint8_t)(1u << tri_test_rand(&h->rng) % 8);
    else if (chance(h, h->f->forge_header))
        forge_field(h, &f);
    else
        return;
    v = (struct tri_piece){ p + HEAD + TRI_FRAME_HEADER, f.len };
    tri_frame_print(p + HEAD, &f, &v, 1);
    hit(h);
}

/* ---- frames ------------------------------------------------------------- */

static void treat(struct hub *h, unsigned from, uint8_t *p, size_t n)
{
    struct hub_fault *f = h->f;

    f->frames++;
    if (is_cut(h, from)) {
        if (!f->hit)
            hit(h);
        return;
    }
    if (chance(h, f->loss)) {
        hit(h);
        return;
    }
    if (chance(h, f->corrupt)) {
        const uint64_t r = tri_test_rand(&h->rng);

        p[HEAD + (r >> 16) % (n - HEAD)] ^= r & 1
                                                ? (uint8_t)(1u << (r >> 1) % 8)
                                                : (uint8_t)(1 + (r >> 1) % 255);
        hit(h);
    }
    forge(h, p, n);
    if (chance(h, f->twice)) {
        forward(h, from, p, n);
        hit(h);
    }
    if (f->delay_ms > 0) {
        later(h, from, p, n, tri_test_rand(&h->rng) % (f->delay_ms * 1000u));
        hit(h);
    } else if (chance(h, f->reorder)) {
        later(h, from, p, n, tri_test_rand(&h->rng) % REORDER_US);
        hit(h);
    } else {
        forward(h, from, p, n);
    }
}

void hub_main(const int fd[3], struct hub_fault *f)
{
    struct hub h = { .f = f, .fd = fd, .rng = f->seed };
    uint8_t buf[FRAME];

    h.w = calloc(WAITING, sizeof *h.w);
    for (;;) {
        struct pollfd p[3];
        const uint64_t next = let_go(&h), now = now_us();
        const uint64_t us = next == UINT64_MAX ? 1000000
                            : next > now       ? next - now
                                               : 0;
        const struct timespec t = { (time_t)(us / 1000000u),
                                    (long)(us % 1000000u) * 1000 };

        for (int i = 0; i < 3; i++)
            p[i] = (struct pollfd){ .fd = fd[i], .events = POLLIN };
        if (ppoll(p, 3, &t, NULL) <= 0)
            continue;
        for (unsigned i = 0; i < 3; i++)
            for (int k = 0; k < 32 && p[i].revents != 0; k++) {
                const ssize_t n = recv(fd[i], buf, FRAME, MSG_DONTWAIT);

                if (n <= HEAD)
                    break;
                treat(&h, i, buf, (size_t)n);
            }
    }
}

void hub_open(int fd[3])
{
    for (unsigned i = 0; i < 3; i++) {
        char name[8];
        struct sockaddr_ll at = { .sll_family = AF_PACKET,
                                  .sll_protocol = htons(TRI_ETHERTYPE) };
        struct packet_mreq all = { .mr_type = PACKET_MR_PROMISC };
        const int buffer = 16 * 1048576;

        (void)snprintf(name, sizeof name, "h%u", i);
        at.sll_ifindex = all.mr_ifindex = (int)if_nametoindex(name);
        fd[i] = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        (void)setsockopt(fd[i], SOL_SOCKET, SO_RCVBUFFORCE, &buffer,
                         sizeof buffer);
        (void)setsockopt(fd[i], SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all,
                         sizeof all);
        if (fd[i] < 0 ||
            bind(fd[i], (const struct sockaddr *)&at, sizeof at) != 0) {
            perror("faults: hub");
            exit(1);
        }
    }
}
