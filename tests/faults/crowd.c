#include "tests/faults/crowd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net/host/clock.h"
#include "net/record.h"
#include "tests/support/check.h"

enum { PORTS = 2, MOST = 3000, TICK_NS = 500000 };

struct stranger {
    int fd; /* -1: none */
    int said;
    size_t n;
    const uint8_t *words;
};

struct state {
    struct crowd *c;
    struct sockaddr_in to[PORTS];
    int closed[PORTS];
    uint64_t rng;
    size_t most, next;
    struct stranger s[MOST];
    uint8_t noise[TRI_GREETING_BYTES];
    int raw; /* for half-open ones, or -1 */
};

static void hang_up(struct stranger *s)
{
    const struct linger now = { 1, 0 };

    if (s->fd < 0)
        return;
    /* No port stays behind. */
    (void)setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(s->fd);
    s->fd = -1;
}

static void say(struct stranger *s)
{
    ssize_t k;

    if (s->fd < 0 || s->said || s->n == 0)
        return;
    k = send(s->fd, s->words, s->n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (k < 0 && (errno == EAGAIN || errno == ENOTCONN))
        return;
    s->said = 1;
    if (k < 0)
        hang_up(s);
}

/* ---- half of a connection ------------------------------------------------ */

static uint16_t sum(const uint8_t *p, size_t n, uint32_t s)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        s += (uint32_t)p[i] << 8 | p[i + 1];
    while (s >> 16 != 0)
        s = (s & 0xffff) + (s >> 16);
    return (uint16_t)~s;
}

/* A first packet, from an address of that network that nobody has. */
static void first_packet(struct state *st, int port)
{
    const uint64_t r = tri_test_rand(&st->rng);
    const struct sockaddr_in *to = &st->to[port];
    uint8_t p[40] = { 0x45, 0, 0, 40, 0, 0, 0, 0, 64, IPPROTO_TCP };
    uint32_t pseudo = IPPROTO_TCP + 20;
    uint16_t check;

    memcpy(p + 12, &to->sin_addr, 4);
    p[15] = (uint8_t)(10 + r % 240);
    memcpy(p + 16, &to->sin_addr, 4);
    p[20] = (uint8_t)(4 + (r >> 8) % 250);
    p[21] = (uint8_t)(r >> 16);
    memcpy(p + 22, &to->sin_port, 2);
    for (int i = 0; i < 4; i++)
        p[24 + i] = (uint8_t)(r >> (24 + 8 * i));
    p[32] = 5 << 4;
    p[33] = 2; /* SYN */
    p[34] = 0xff;
    for (int i = 12; i < 20; i += 2)
        pseudo += (uint32_t)p[i] << 8 | p[i + 1];
    check = sum(p + 20, 20, pseudo);
    p[36] = (uint8_t)(check >> 8);
    p[37] = (uint8_t)check;
    if (sendto(st->raw, p, sizeof p, 0, (const struct sockaddr *)to,
               sizeof *to) == (ssize_t)sizeof p)
        __atomic_add_fetch(&st->c->calls, 1, __ATOMIC_RELAXED);
}

/* ---- whole ones ---------------------------------------------------------- */

static void choose_words(struct state *st, struct stranger *s, int port)
{
    const uint64_t r = tri_test_rand(&st->rng);

    s->n = 0;
    switch (st->c->kind) {
    case CROWD_HALF_OPEN:
        s->words = st->c->words[0];
        s->n = 1 + r % (TRI_GREETING_BYTES - 1);
        break;
    case CROWD_GARBAGE:
        for (size_t i = 0; i < sizeof st->noise; i++)
            st->noise[i] = (uint8_t)tri_test_rand(&st->rng);
        s->words = st->noise;
        s->n = 1 + r % sizeof st->noise;
        break;
    case CROWD_GREETING:
    case CROWD_REPLAY:
        s->words = st->c->words[port == 1 ? 2 : r % 2];
        s->n = st->c->kind == CROWD_REPLAY ? st->c->words_n
                                           : (size_t)TRI_GREETING_BYTES;
        break;
    default:
        break;
    }
}

static void whole(struct state *st, int port)
{
    struct stranger *const s = &st->s[st->next];

    st->next = (st->next + 1) % st->most;
    hang_up(s);
    *s = (struct stranger){
        .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    };
    choose_words(st, s, port);
    if (s->fd < 0)
        return;
    if (connect(s->fd, (const struct sockaddr *)&st->to[port],
                sizeof st->to[port]) != 0 &&
        errno != EINPROGRESS) {
        st->closed[port] = errno == ECONNREFUSED;
        hang_up(s);
        return;
    }
    __atomic_add_fetch(&st->c->calls, 1, __ATOMIC_RELAXED);
    say(s);
}

static void tick(struct state *st, int port)
{
    if (st->raw >= 0)
        first_packet(st, port);
    else if (!st->closed[port])
        whole(st, port);
}

void crowd_main(const struct place *p, char to[TRI_PARTIES][32],
                struct crowd *c)
{
    static struct state st;
    const struct timespec pause = { 0, TICK_NS };
    struct rlimit files;
    uint64_t begun, done = 0;

    st = (struct state){ .c = c, .rng = c->seed, .most = MOST, .raw = -1 };
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
        if (files.rlim_cur < MOST + 100)
            st.most = files.rlim_cur / 2;
    }
    for (size_t i = 0; i < MOST; i++)
        st.s[i].fd = -1;
    for (int i = 0; i < PORTS; i++) {
        const char *const colon = strchr(to[i], ':');
        char host[32] = "";

        memcpy(host, to[i], (size_t)(colon - to[i]));
        st.to[i].sin_family = AF_INET;
        st.to[i].sin_port = htons((uint16_t)atoi(colon + 1));
        (void)inet_pton(AF_INET, host, &st.to[i].sin_addr);
    }
    if (c->kind == CROWD_HALF_OPEN && place_cables(p))
        st.raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    begun = tri_clock_ns();
    for (;;) {
        const uint64_t due =
            (tri_clock_ns() - begun) / 1000 * c->rate / 1000000;

        /* Who was held up does not make up for it at once. */
        if (due > done + 200)
            done = due - 200;
        for (; done < due; done++)
            for (int i = 0; i < PORTS; i++)
                tick(&st, i);
        for (size_t i = 0; i < st.most; i++)
            say(&st.s[i]);
        (void)nanosleep(&pause, NULL);
    }
}
