#include "tests/checks.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/err.h"
#include "core/hash.h"
#include "net/hello.h"
#include "net/host/mem.h"
#include "net/host/random.h"
#include "net/record.h"
#include "net/tcp/names.h"
#include "net/tcp/socket.h"
#include "net/tcp/wait.h"
#include "tests/support/links.h"
#include "tests/support/patience.h"

/* ---- addresses ---------------------------------------------------------- */

static void check_split(struct tri_check *c)
{
    static const struct {
        const char *addr, *host, *port; /* host NULL: refused */
    } cases[] = {
        { "a:1", "a", "1" },
        { "192.0.2.1:65535", "192.0.2.1", "65535" },
        { "[2001:db8::1]:80", "2001:db8::1", "80" },
        { ":4000", "", "4000" },
        { "host:0", "host", "0" },
        { "host:00080", "host", "00080" },
        { "", NULL, NULL },
        { "host", NULL, NULL },
        { "host:", NULL, NULL },
        { "host:65536", NULL, NULL },
        { "host:000080", NULL, NULL },
        { "host:-1", NULL, NULL },
        { "host: 1", NULL, NULL },
        { "host:1x", NULL, NULL },
        { "::1:80", NULL, NULL },
        { "[::1]", NULL, NULL },
        { "[::1:80", NULL, NULL },
        { "[:80", NULL, NULL },
    };
    char host[TRI_TCP_HOST], port[TRI_TCP_PORT], text[400];

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const int rc = tri_tcp_split(cases[i].addr, host, port);

        CHECK(c, rc == (cases[i].host != NULL ? TRI_OK : TRI_E_FORMAT),
              "'%s': %d", cases[i].addr, rc);
        CHECK(c,
              rc != TRI_OK || (strcmp(host, cases[i].host) == 0 &&
                               strcmp(port, cases[i].port) == 0),
              "'%s': '%s' '%s'", cases[i].addr, host, port);
    }
    for (int n = 253; n < 259; n++) {
        memset(text, 'a', sizeof(text));
        (void)strcpy(text + n, ":80");
        CHECK(c,
              tri_tcp_split(text, host, port) ==
                  (n < TRI_TCP_HOST ? TRI_OK : TRI_E_FORMAT),
              "host of %d characters", n);
    }
}

static void check_config(struct tri_check *c)
{
    struct tri_link l;
    struct tri_tcp_config good = {
        .id = 1,
        .addr = { "127.0.0.1:1", "127.0.0.1:2", NULL },
        .plaintext = 1,
        .connect_ms = 1,
        .deadline_ms = 1,
    };

    for (int i = 0; i < 10; i++) {
        struct tri_tcp_config cfg = good;

        switch (i) {
        case 0:
            cfg.id = 3;
            break;
        case 1:
            cfg.connect_ms = 0;
            break;
        case 2:
            cfg.deadline_ms = 0;
            break;
        case 3:
            cfg.addr[0] = NULL;
            break;
        case 4:
            cfg.addr[0] = "127.0.0.1";
            break;
        case 5:
            cfg.addr[0] = "127.0.0.1:0";
            break;
        case 6:
            cfg.addr[0] = ":80";
            break;
        case 7:
            cfg.addr[1] = NULL;
            break;
        case 8:
            cfg.plaintext = 0;
            break;
        default: /* keys, and plaintext as well */
            tri_links_seal(&cfg);
            cfg.plaintext = 1;
            break;
        }
        CHECK(c,
              tri_tcp_open(&l, &cfg) == TRI_E_ARG && l.dead == TRI_E_ARG &&
                  l.error[0] != '\0',
              "case %d: %d %s", i, l.dead, l.error);
        tri_close(&l);
    }
}

/* Addresses in numbers, and how they are shown. */
static void check_names(struct tri_check *c)
{
    static const struct {
        const char *host, *shown; /* shown NULL: a name */
    } cases[] = {
        { "192.0.2.1", "192.0.2.1:7000" },
        { "2001:db8::1", "[2001:db8::1]:7000" },
        { "::ffff:192.0.2.1", "192.0.2.1:7000" },
        { "::", "[::]:7000" },
        { "fe80::1%no-such-card", NULL },
        { "192.0.2.1%lo", NULL },
        { "192.0.2", NULL },
        { "192.0.2.256", NULL },
        { "host", NULL },
        { "", NULL },
        { "1:2:3:4:5:6:7:8:1:2:3:4:5:6:7:8:1:2:3:4:5:6:7:8:9", NULL },
    };
    union tri_tcp_addr a, b;
    uint8_t x[16], y[16];
    char shown[TRI_TCP_SHOWN], why[TRI_TCP_WHY];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int numeric = tri_tcp_numeric(&a, cases[i].host, 7000);

        CHECK(c, numeric == (cases[i].shown != NULL), "'%s': %d", cases[i].host,
              numeric);
        if (!numeric)
            continue;
        tri_tcp_print(shown, &a);
        CHECK(c, strcmp(shown, cases[i].shown) == 0, "'%s': '%s'",
              cases[i].host, shown);
        CHECK(c, tri_tcp_usable(cases[i].host, why), "%s", why);
    }
    /* Names are looked up, or refused with a way out. */
    CHECK(c,
          tri_tcp_usable("host", why) ? tri_lookup_possible()
                                      : strstr(why, "in numbers") != NULL,
          "a name");
    (void)tri_tcp_numeric(&a, "192.0.2.1", 1);
    (void)tri_tcp_numeric(&b, "::ffff:192.0.2.1", 2);
    tri_tcp_bytes(x, &a);
    tri_tcp_bytes(y, &b);
    CHECK(c, memcmp(x, y, sizeof x) == 0, "one caller with two addresses");
}

/* ---- strangers ---------------------------------------------------------- */

/* A connection to one of our listening sockets. */
static int call(const char *addr)
{
    struct sockaddr_in sa = { .sin_family = AF_INET };
    const struct timeval patience = { 60, 0 };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    sa.sin_port = htons((uint16_t)atoi(strchr(addr, ':') + 1));
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int call_and_greet(const char *addr, uint32_t version, uint32_t from,
                          uint32_t to)
{
    const struct tri_greeting g = { version, from, to, 0 };
    uint8_t wire[TRI_GREETING_BYTES];
    const int fd = call(addr);

    tri_greeting_print(wire, &g);
    if (fd >= 0 && send(fd, wire, sizeof(wire), MSG_NOSIGNAL) < 0)
        return -1;
    return fd;
}

/* The answer: 1 with *g, 0 at the end of the stream. */
static int answer(int fd, struct tri_greeting *g)
{
    uint8_t wire[TRI_GREETING_BYTES];

    if (recv(fd, wire, sizeof(wire), MSG_WAITALL) != (ssize_t)sizeof(wire))
        return 0;
    return tri_greeting_parse(g, wire) == TRI_OK;
}

/* One opening party in a thread. */
struct opener {
    struct tri_tcp_config cfg;
    struct tri_link l;
    unsigned delay;
    int rc;
    pthread_t thread;
};

static void *open_main(void *arg)
{
    struct opener *o = arg;

    tri_links_sleep(o->delay);
    o->rc = tri_tcp_open(&o->l, &o->cfg);
    return NULL;
}

static void start(struct opener *o)
{
    if (pthread_create(&o->thread, NULL, open_main, o) != 0)
        abort();
}

/* Each sends its number around the ring, both ways. */
static void ring(struct tri_check *c, struct tri_link *l, void *arg)
{
    const uint32_t me = l->id;
    uint32_t got;

    (void)arg;
    for (unsigned k = 1; k < 3; k++)
        CHECK(c, tri_send(l, (me + k) % 3, (const uint8_t *)&me, 4) == TRI_OK,
              "%s", l->error);
    for (unsigned k = 1; k < 3; k++)
        CHECK(c,
              tri_recv(l, (me + k) % 3, (uint8_t *)&got, 4) == TRI_OK &&
                  got == (me + k) % 3,
              "%s", l->error);
    CHECK(c, tri_flush(l) == TRI_OK, "%s", l->error);
}

/* Wait for all three, then let them talk. */
static void finish(struct tri_check *c, struct opener o[3])
{
    struct tri_link l[3];

    for (int i = 0; i < 3; i++)
        pthread_join(o[i].thread, NULL);
    for (int i = 0; i < 3; i++) {
        l[i] = o[i].l;
        if (o[i].rc != TRI_OK)
            tri_check_fail(c, "P%d: %d, %s", i, o[i].rc, o[i].l.error);
    }
    if (c->msg[0] == '\0')
        tri_links_run(c, l, ring, NULL);
    else
        for (int i = 0; i < 3; i++)
            tri_close(&l[i]);
}

static void check_strangers(struct tri_check *c)
{
    static const char noise[64] = "GET / HTTP/1.1\r\nHost: example\r\n\r\n";
    struct opener o[3] = { 0 };
    struct tri_greeting g;
    char addr[3][32];
    int fd[2], s[64], n = 0;

    tri_links_listen(c, fd, addr);
    if (c->msg[0] != '\0')
        return;
    for (unsigned i = 0; i < 3; i++)
        o[i].cfg = tri_links_config(i, fd, addr);
    /* They are first in the queue, more of them than places. */
    for (; n < 40; n++)
        s[n] = call(addr[n % 2]);
    s[n] = call(addr[0]);
    if (send(s[n++], noise, sizeof(noise), MSG_NOSIGNAL) < 0)
        tri_check_fail(c, "send");
    s[n] = call(addr[1]);
    if (send(s[n++], noise, 5, MSG_NOSIGNAL) < 0)
        tri_check_fail(c, "send");
    close(call(addr[0]));
    const int version = call_and_greet(addr[0], 7, 2, 0);
    const int lost = call_and_greet(addr[0], TRI_WIRE_VERSION, 2, 1);
    const int lower = call_and_greet(addr[1], TRI_WIRE_VERSION, 0, 1);
    const int first = call_and_greet(addr[0], TRI_WIRE_VERSION, 2, 0);
    start(&o[0]); /* alone: it keeps waiting */

    if (!answer(version, &g) || g.version != TRI_WIRE_VERSION)
        tri_check_fail(c, "no answer to another version");
    if (recv(version, &g, 1, 0) != 0)
        tri_check_fail(c, "another version was kept");
    if (!answer(lost, &g) || g.from != 0 || g.to != 2)
        tri_check_fail(c, "no answer to a lost party");
    if (recv(lost, &g, 1, 0) != 0)
        tri_check_fail(c, "a lost party was kept");
    /* The first P2 joins; a second gets no answer while the first lives. */
    if (!answer(first, &g) || g.from != 0 || g.to != 2)
        tri_check_fail(c, "no answer to P2");
    const int second = call_and_greet(addr[0], TRI_WIRE_VERSION, 2, 0);
    if (recv(second, &g, 1, 0) != 0)
        tri_check_fail(c, "a second P2 was answered");
    close(first);
    start(&o[1]);
    if (!answer(lower, &g) || recv(lower, &g, 1, 0) != 0)
        tri_check_fail(c, "a lower party that calls was kept");
    start(&o[2]);
    finish(c, o);
    while (n > 0)
        close(s[--n]);
    close(version);
    close(lost);
    close(lower);
    close(second);
}

/* A socket that keeps a port from others, and does not listen. */
static int keep_port(const char *addr)
{
    struct sockaddr_in sa = { .sin_family = AF_INET };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    sa.sin_port = htons((uint16_t)atoi(strchr(addr, ':') + 1));
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    (void)bind(fd, (struct sockaddr *)&sa, sizeof sa);
    return fd;
}

/* A party that comes last is waited for; nobody listens at first. */
static void check_late(struct tri_check *c)
{
    char addr[3][32];
    int fd[2];

    for (unsigned last = 0; last < 3 && c->msg[0] == '\0'; last++) {
        struct opener o[3] = { 0 };
        const uint64_t t = tri_links_ms();

        tri_links_listen(c, fd, addr);
        if (c->msg[0] != '\0')
            return;
        for (int i = 0; i < 2; i++) { /* for the party itself to open */
            close(fd[i]);
            fd[i] = keep_port(addr[i]);
        }
        for (unsigned i = 0; i < 3; i++) {
            o[i].cfg = tri_links_config(i, fd, addr);
            o[i].cfg.listen_fd = -1;
            o[i].cfg.listen = i == last ? addr[i] : NULL;
            o[i].delay = i == last ? 250 : 0;
            start(&o[i]);
        }
        finish(c, o);
        for (int i = 0; i < 2; i++)
            close(fd[i]);
        if (tri_links_ms() - t > 20000)
            tri_check_fail(c, "took %llu ms",
                           (unsigned long long)(tri_links_ms() - t));
    }
}

static void check_ipv6(struct tri_check *c)
{
    struct opener o[3] = { 0 };
    char addr[3][32], error[256];
    int fd[2] = { -1, -1 };
    uint16_t port;

    for (unsigned i = 0; i < 2; i++) {
        if (tri_tcp_listen(&fd[i], &port, "[::1]:0", error) != TRI_OK) {
            (void)snprintf(c->skip, sizeof(c->skip), "%.180s", error);
            if (i == 1)
                close(fd[0]);
            return;
        }
        (void)snprintf(addr[i], 32, "[::1]:%u", port);
    }
    for (unsigned i = 0; i < 3; i++) {
        o[i].cfg = tri_links_config(i, fd, addr);
        start(&o[i]);
    }
    finish(c, o);
}

/* Without an address, or with [::], both kinds of callers are heard. */
static void check_dual(struct tri_check *c)
{
    static const char *const listen[] = { ":0", "[::]:0" };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6,
                                .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr_in four = { .sin_family = AF_INET };
    char error[256];
    uint16_t port;
    int fd;

    if (tri_tcp_listen(&fd, &port, "[::1]:0", error) != TRI_OK) {
        (void)snprintf(c->skip, sizeof(c->skip), "%.180s", error);
        return;
    }
    close(fd);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; i < sizeof listen / sizeof *listen; i++) {
        int s[2], rc[2];

        CHECK(c, tri_tcp_listen(&fd, &port, listen[i], error) == TRI_OK, "%s",
              error);
        four.sin_port = six.sin6_port = htons(port);
        s[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        s[1] = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        rc[0] = connect(s[0], (const struct sockaddr *)&four, sizeof four);
        rc[1] = connect(s[1], (const struct sockaddr *)&six, sizeof six);
        close(s[0]);
        close(s[1]);
        close(fd);
        CHECK(c, rc[0] == 0 && rc[1] == 0, "%s: IPv4 %d, IPv6 %d", listen[i],
              rc[0], rc[1]);
    }
    /* 192.0.2.0/24 is nobody's. */
    CHECK(c,
          tri_tcp_listen(&fd, &port, "192.0.2.1:0", error) == TRI_E_ARG &&
              strstr(error, "say `listen :PORT`") != NULL,
          "no way out: %s", error);
}

/* A connection within this machine is not paced, any other as the system
 * likes. A call from 127.0.0.2 to 127.0.0.1 looks like one of another. */
static void check_near(struct tri_check *c)
{
    struct sockaddr_in to = { .sin_family = AF_INET }, from = to;
    char error[256], own[32] = "", used[32] = "";
    uint16_t port;
    int fd, pair[2];

    CHECK(c, tri_tcp_listen(&fd, &port, "127.0.0.1:0", error) == TRI_OK, "%s",
          error);
    CHECK(c, socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "no sockets");
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port);
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    for (int far = 0; far < 2; far++) {
        const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        socklen_t n = sizeof own, m = sizeof used;
        const int bound =
            !far || bind(s, (const struct sockaddr *)&from, sizeof from) == 0;
        const int rc = connect(s, (const struct sockaddr *)&to, sizeof to);
        const int fds[TRI_PARTIES] = { -1, s, s };
        const int near = tri_tcp_near(s);
        const uint64_t spin = tri_tcp_spin(0, fds);
        const int known =
            getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, own, &n) == 0;

        tri_tcp_options(s, 1000);
        (void)getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, used, &m);
        close(s);
        CHECK(c, bound && rc == 0 && near == !far, "far %d: near %d", far,
              near);
        CHECK(c, !known || strcmp(used, far ? own : "reno") == 0,
              "far %d: %s, then %s", far, own, used);
        CHECK(c,
              spin == (far || sysconf(_SC_NPROCESSORS_ONLN) > 1
                           ? TRI_TCP_SPIN_US * 1000u
                           : 0),
              "far %d: spins %llu ns", far, (unsigned long long)spin);
    }
    CHECK(c, !tri_tcp_near(pair[0]) && !tri_tcp_near(-1), "near without a way");
    close(pair[0]);
    close(pair[1]);
    close(fd);
}

/* Who is missing is named, by everybody who misses it. */
static void missing_for(struct tri_check *c, uint32_t ms, void *arg)
{
    const double s = (double)ms / 1e3;

    (void)arg;
    for (unsigned gone = 0; gone < 3; gone++) {
        struct opener o[3] = { 0 };
        char addr[3][32], want[3][200];
        int fd[2];

        tri_links_listen(c, fd, addr);
        if (c->msg[0] != '\0')
            return;
        (void)snprintf(want[0], 200,
                       "P0 (%s) did not answer within %g s: "
                       "start it, or check the address (nobody listens there)",
                       addr[0], s);
        (void)snprintf(want[1], 200,
                       "P1 (%s) did not answer within %g s: "
                       "start it, or check the address",
                       addr[1], s);
        (void)snprintf(want[2], 200,
                       "P2 (%s) did not connect within %g s: "
                       "start it, or check the address",
                       addr[2], s);
        for (unsigned i = 0; i < 3; i++) {
            o[i].cfg = tri_links_config(i, fd, addr);
            o[i].cfg.connect_ms = ms;
            if (i != gone)
                start(&o[i]);
            else if (i < 2)
                close(fd[i]);
        }
        if (gone == 1) /* P0 waits for its call, P2 calls it */
            (void)snprintf(want[0], 200,
                           "P1 (%s) did not connect within "
                           "%g s: start it, or check the address",
                           addr[1], s);
        for (unsigned i = 0; i < 3; i++) {
            const char *text = gone == 1 && i == 0 ? want[0] : want[gone];

            if (i == gone)
                continue;
            pthread_join(o[i].thread, NULL);
            if (o[i].rc != TRI_E_TIMEOUT || strstr(o[i].l.error, text) == NULL)
                tri_check_fail(c, "without P%u, P%u: %d, %s", gone, i, o[i].rc,
                               o[i].l.error);
            tri_close(&o[i].l);
        }
    }
}

static void check_missing(struct tri_check *c)
{
    tri_patience(c, 400, missing_for, NULL);
}

/* What answers at the address of P0 is not P0. */
struct server {
    int fd;
    uint8_t say[TRI_GREETING_BYTES];
};

static void *serve(void *arg)
{
    struct server *s = arg;
    const int fd = accept(s->fd, NULL, NULL);
    char in[64];

    if (fd < 0)
        return NULL;
    (void)!send(fd, s->say, sizeof(s->say), MSG_NOSIGNAL);
    while (recv(fd, in, sizeof(in), 0) > 0)
        ;
    close(fd);
    return NULL;
}

/* Sealed, a greeting proves nothing: no reason to call the input wrong. */
static void imposters(struct tri_check *c, int sealed)
{
    static const struct {
        struct tri_greeting g;
        int rc;
        const char *text;
    } cases[] = {
        { { 9, 0, 1, 0 }, TRI_E_PROTO, "speaks version 9" },
        { { TRI_WIRE_VERSION, 2, 1, 0 }, TRI_E_MISMATCH, "P2 answers at " },
        { { TRI_WIRE_VERSION, 0, 2, 0 }, TRI_E_MISMATCH, "P0 answers at " },
        { { TRI_WIRE_VERSION, 0, 0, 0 },
          TRI_E_PROTO,
          "something else than P0" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct server s;
        struct tri_link l;
        struct tri_tcp_config cfg;
        char addr[3][32];
        pthread_t thread;
        int fd[2], rc;
        uint64_t t;

        tri_links_listen(c, fd, addr);
        if (c->msg[0] != '\0')
            return;
        s.fd = fd[0];
        tri_greeting_print(s.say, &cases[i].g);
        /* The server has a thread, so it may block. */
        (void)fcntl(s.fd, F_SETFL, 0);
        cfg = tri_links_config(1, fd, addr);
        if (sealed)
            tri_links_seal(&cfg);
        t = tri_links_ms();
        if (pthread_create(&thread, NULL, serve, &s) != 0)
            abort();
        rc = tri_tcp_open(&l, &cfg);
        if (rc != (sealed ? TRI_E_PROTO : cases[i].rc) ||
            strstr(l.error, cases[i].text) == NULL)
            tri_check_fail(c, "case %zu, sealed %d: %d, %s", i, sealed, rc,
                           l.error);
        if (tri_links_ms() - t > 30000)
            tri_check_fail(c, "case %zu: not at once", i);
        tri_close(&l);
        pthread_join(thread, NULL);
        close(fd[0]);
    }
}

static void check_imposters(struct tri_check *c)
{
    imposters(c, 0);
    if (c->msg[0] == '\0')
        imposters(c, 1);
}

/* P2 has the addresses of P0 and P1 mixed up: it gives up at once, and P0 and
 * P1 name what called. */
static void mixed_up_for(struct tri_check *c, uint32_t ms, void *arg)
{
    struct opener o[3] = { 0 };
    char addr[3][32];
    int fd[2];

    (void)arg;
    tri_links_listen(c, fd, addr);
    if (c->msg[0] != '\0')
        return;
    for (unsigned i = 0; i < 3; i++) {
        o[i].cfg = tri_links_config(i, fd, addr);
        o[i].cfg.connect_ms = ms;
    }
    o[2].cfg.addr[0] = addr[1];
    o[2].cfg.addr[1] = addr[0];
    for (int i = 0; i < 3; i++)
        start(&o[i]);
    for (int i = 0; i < 3; i++)
        pthread_join(o[i].thread, NULL);
    if (o[2].rc != TRI_E_MISMATCH ||
        strstr(o[2].l.error, "check the addresses") == NULL)
        tri_check_fail(c, "P2: %d, %s", o[2].rc, o[2].l.error);
    for (int i = 0; i < 2; i++)
        if (o[i].rc != TRI_E_TIMEOUT ||
            strstr(o[i].l.error, i == 0 ? "is P2 and wanted P1"
                                        : "is P2 and wanted P0") == NULL)
            tri_check_fail(c, "P%d: %d, %s", i, o[i].rc, o[i].l.error);
    for (int i = 0; i < 3; i++)
        tri_close(&o[i].l);
}

static void check_mixed_up(struct tri_check *c)
{
    tri_patience(c, 600, mixed_up_for, NULL);
}

/* ---- ends during the join ------------------------------------------------ */

/* What calls here is connected to `to` as soon as the gate is open. */
struct gate {
    int fd;
    char addr[32];
    const char *to;
    _Atomic int open;
    pthread_t thread;
};

static void *gate_main(void *arg)
{
    struct gate *g = arg;
    const int in = accept(g->fd, NULL, NULL);
    struct pollfd p[2] = { { .fd = in, .events = POLLIN } };

    while (!atomic_load(&g->open))
        tri_links_sleep(2);
    p[1] = (struct pollfd){ .fd = call(g->to), .events = POLLIN };
    while (poll(p, 2, 60000) > 0) {
        const int k = p[0].revents != 0 ? 0 : 1;
        uint8_t buf[4096];
        const ssize_t n = recv(p[k].fd, buf, sizeof(buf), 0);

        if (n <= 0 || send(p[1 - k].fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
            break;
    }
    close(p[0].fd);
    close(p[1].fd);
    close(g->fd);
    return NULL;
}

/* It joins, says something to P1, and ends. */
static void join_and_end(struct tri_check *c, struct opener *o,
                         const char word[8])
{
    start(o);
    pthread_join(o->thread, NULL);
    if (o->rc != TRI_OK)
        tri_check_fail(c, "P0: %d, %s", o->rc, o->l.error);
    else if (tri_send(&o->l, 1, (const uint8_t *)word, 8) != TRI_OK ||
             tri_flush(&o->l) != TRI_OK)
        tri_check_fail(c, "P0: %s", o->l.error);
    if (o->rc == TRI_OK)
        tri_close(&o->l);
}

/* P0 has joined both, does its part and ends, before P1 and P2 have joined
 * each other: they still do, and P1 has what P0 sent. If there is a new P0 in
 * the meantime, they have the new one. */
static void ends_early(struct tri_check *c, int sealed, int restart)
{
    struct gate g = { .open = 0 };
    struct opener o[3] = { 0 }, next = { 0 };
    char addr[3][32], error[256], in[8] = "";
    uint16_t port;
    int fd[2];

    tri_links_listen(c, fd, addr);
    CHECK(c, c->msg[0] == '\0', "no sockets");
    CHECK(c, tri_tcp_listen(&g.fd, &port, "127.0.0.1:0", error) == TRI_OK,
          "listen: %s", error);
    (void)fcntl(g.fd, F_SETFL, 0);
    (void)snprintf(g.addr, sizeof(g.addr), "127.0.0.1:%u", port);
    g.to = addr[1];
    for (unsigned i = 0; i < 3; i++) {
        o[i].cfg = tri_links_config(i, fd, addr);
        if (sealed)
            tri_links_seal(&o[i].cfg);
    }
    o[2].cfg.addr[1] = g.addr;
    if (pthread_create(&g.thread, NULL, gate_main, &g) != 0)
        abort();
    start(&o[1]);
    start(&o[2]);
    join_and_end(c, &o[0], "farewell");
    if (restart) {
        next.cfg = o[0].cfg;
        next.cfg.listen_fd = -1;
        join_and_end(c, &next, "new here");
    }
    tri_links_sleep(50); /* P1 notices */
    atomic_store(&g.open, 1);
    for (int i = 1; i < 3; i++) {
        pthread_join(o[i].thread, NULL);
        if (o[i].rc != TRI_OK)
            tri_check_fail(c, "P%d: %d, %s", i, o[i].rc, o[i].l.error);
    }
    if (c->msg[0] == '\0' &&
        (tri_recv(&o[1].l, 0, (uint8_t *)in, 8) != TRI_OK ||
         memcmp(in, restart ? "new here" : "farewell", 8) != 0))
        tri_check_fail(c, "P1: '%.8s' %s", in, o[1].l.error);
    if (c->msg[0] == '\0' &&
        (tri_recv(&o[1].l, 0, (uint8_t *)in, 8) != TRI_E_IO ||
         strstr(o[1].l.error, "P0 closed the connection") == NULL))
        tri_check_fail(c, "behind the end: %s", o[1].l.error);
    for (int i = 1; i < 3; i++)
        if (o[i].rc == TRI_OK)
            tri_close(&o[i].l);
    pthread_join(g.thread, NULL);
}

static void check_ended(struct tri_check *c)
{
    for (int i = 0; i < 4 && c->msg[0] == '\0'; i++) {
        struct tri_check own = { .seed = c->seed };

        ends_early(&own, i & 1, i >> 1);
        if (own.msg[0] != '\0')
            tri_check_fail(c, "sealed %d, restart %d: %s", i & 1, i >> 1,
                           own.msg);
    }
}

/* ---- hello -------------------------------------------------------------- */

static const char *const lines[] = {
    "version 0.1.0",
    "engine fused",
    "format 1",
    "fraction-bits 16",
    "compare-bits 32",
    "network-1 input 28 28 1",
    "network-2 fc 128",
    "network-3 relu",
    "batch 128",
    "seed 42",
    "end",
};
enum { LINES = sizeof(lines) / sizeof(*lines) };

struct greetings {
    char text[3][TRI_HELLO_TEXT + 2];
    char err[3][TRI_HELLO_ERROR];
    uint8_t keys[3][3][32], said[3][3];
    int rc[3];
    unsigned more; /* rounds, as somebody adopts */
};

static void greet(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct greetings *g = arg;
    const unsigned i = l->id;

    memset(g->keys[i], 0xcc, sizeof(g->keys[i]));
    memset(g->said[i], 0xcc, sizeof(g->said[i]));
    g->said[i][i] = (uint8_t)(200 + 17 * i);
    g->rc[i] = tri_hello(l, g->text[i], g->said[i], g->keys[i], g->err[i]);
    if (g->rc[i] == TRI_OK) {
        CHECK(c, l->dead == TRI_OK && g->err[i][0] == '\0', "text on success");
        CHECK(c, l->stats.rounds == 2 + g->more, "rounds");
    } else {
        CHECK(c, l->dead != TRI_OK && l->error[0] != '\0', "not dead");
    }
}

/* The text with line k of party p replaced ("": left out). */
static void write_texts(struct greetings *g, int k, int p, const char *other)
{
    for (int i = 0; i < 3; i++) {
        size_t n = 0;

        for (int j = 0; j < LINES; j++) {
            const char *line = j == k && i == p ? other : lines[j];

            if (line[0] != '\0')
                n += (size_t)snprintf(g->text[i] + n, TRI_HELLO_TEXT - n,
                                      "%s\n", line);
        }
    }
}

static const uint8_t zeros[3][32];

static void check_keys(struct tri_check *c)
{
    struct greetings *g = calloc(1, sizeof(*g));
    uint8_t before[32] = { 0 };

    write_texts(g, -1, -1, NULL);
    for (int i = 0; i < 4 && c->msg[0] == '\0'; i++) {
        tri_links_go(c, i % 2, 60000, greet, g);
        for (int p = 0; p < 3; p++)
            if (g->rc[p] != TRI_OK)
                tri_check_fail(c, "P%d: %s", p, g->err[p]);
        for (int p = 0; p < 3; p++) {
            const int q = (p + 1) % 3, r = (p + 2) % 3;

            if (memcmp(g->keys[p][q], g->keys[q][p], 32) != 0)
                tri_check_fail(c, "P%d and P%d have two keys", p, q);
            if (memcmp(g->keys[p][q], g->keys[p][r], 32) == 0)
                tri_check_fail(c, "P%d has one key for two", p);
            if (memcmp(g->keys[p][p], zeros, 32) != 0)
                tri_check_fail(c, "P%d has a key with itself", p);
            for (int j = 0; j < 3; j++)
                if (g->said[p][j] != 200 + 17 * j)
                    tri_check_fail(c, "P%d heard %d from P%d", p, g->said[p][j],
                                   j);
        }
        if (memcmp(before, g->keys[0][1], 32) == 0)
            tri_check_fail(c, "a key comes again");
        memcpy(before, g->keys[0][1], 32);
    }
    free(g);
}

/* Every line, at every party, seen by all three in the same words. */
static void check_differences(struct tri_check *c)
{
    struct greetings *g = calloc(1, sizeof(*g));

    for (int k = 0; k < LINES; k++)
        for (int p = 0; p < 3; p++)
            for (int how = 0; how < 3 && c->msg[0] == '\0'; how++) {
                char other[80], name[64], mark[100];

                (void)snprintf(name, sizeof(name), "%s", lines[k]);
                name[strcspn(name, " ")] = '\0';
                if (how == 0)
                    (void)snprintf(other, sizeof(other), "%s other", name);
                else if (how == 1)
                    (void)snprintf(other, sizeof(other), "strange 1");
                else
                    other[0] = '\0';
                write_texts(g, k, p, other);
                /* TCP once per party and way, the rest in process. */
                tri_links_go(c, k == 4, 60000, greet, g);
                if (how == 0)
                    (void)snprintf(mark, sizeof(mark),
                                   "the parties differ in %s.", name);
                else
                    (void)snprintf(mark, sizeof(mark),
                                   "the parties differ in what they describe.");
                for (int i = 0; i < 3; i++) {
                    if (g->rc[i] != TRI_E_MISMATCH ||
                        strcmp(g->err[i], g->err[0]) != 0 ||
                        strncmp(g->err[i], mark, strlen(mark)) != 0)
                        tri_check_fail(c, "line %d of P%d, P%d: %d, %s", k, p,
                                       i, g->rc[i], g->err[i]);
                    if (memcmp(g->keys[i], zeros, sizeof(zeros)) != 0)
                        tri_check_fail(c, "keys are left");
                }
                if (how == 0) {
                    (void)snprintf(mark, sizeof(mark), " P%d: other", p);
                    if (strstr(g->err[0], mark) == NULL)
                        tri_check_fail(c, "whose? %s", g->err[0]);
                }
                if (how == 1) {
                    (void)snprintf(mark, sizeof(mark), " P%d: strange 1", p);
                    if (strstr(g->err[0], mark) == NULL)
                        tri_check_fail(c, "whose? %s", g->err[0]);
                }
            }
    if (c->msg[0] == '\0') {
        write_texts(g, 9, 1, "seed 7");
        tri_links_go(c, TRI_LINKS_MEM, 60000, greet, g);
        if (strcmp(g->err[2], "the parties differ in seed. P0: 42; P1: 7; "
                              "P2: 42") != 0)
            tri_check_fail(c, "%s", g->err[2]);
    }
    free(g);
}

/* A party that breaks the rules puts no second line, as of another party, into
 * what all print. */
static void check_one_line(struct tri_check *c)
{
    struct greetings *g = calloc(1, sizeof(*g));

    write_texts(g, 0, 1,
                "cannot take part: no room\nP2 cannot take part: a\n\n");
    tri_links_go(c, TRI_LINKS_MEM, 60000, greet, g);
    for (int i = 0; i < 3; i++)
        if (g->rc[i] != TRI_E_IO ||
            strcmp(g->err[i], "P1 cannot take part: no room") != 0)
            tri_check_fail(c, "P%d: %d, %s", i, g->rc[i], g->err[i]);
    free(g);
}

/* Some take no part and say why: all three know, in the same words. */
struct refusals {
    unsigned who; /* bits */
    int rc[3];
    char err[3][TRI_HELLO_ERROR];
};

static void refuse(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct refusals *r = arg;
    const unsigned i = l->id;
    uint8_t keys[3][32], said[3] = { 0 };
    char why[400];

    memset(why, 'x', sizeof why);
    why[399] = '\0';
    memcpy(why, "no\xff\nroom", 8);
    if (i == 1)
        why[8] = '\0'; /* else longer than what is sent */
    if (r->who >> i & 1) {
        r->rc[i] = tri_hello_refuse(l, why);
    } else {
        r->rc[i] = tri_hello(l, "seed 1\n", said, keys, r->err[i]);
        CHECK(c, memcmp(keys, zeros, sizeof keys) == 0, "keys are left");
        CHECK(c, l->dead == TRI_E_IO && (r->who >> l->blamed & 1) != 0,
              "dead %d, blamed %d", l->dead, l->blamed);
    }
}

static void check_refusals(struct tri_check *c)
{
    struct refusals *r = calloc(1, sizeof(*r));

    for (r->who = 1; r->who < 8 && c->msg[0] == '\0'; r->who++)
        for (int kind = 0; kind < TRI_LINKS_KINDS; kind++) {
            tri_links_go(c, kind, 60000, refuse, r);
            for (unsigned i = 0; i < 3; i++) {
                char want[40];

                if (r->rc[i] != (r->who >> i & 1 ? TRI_OK : TRI_E_IO))
                    tri_check_fail(c, "of %u, P%u: %d %s", r->who, i, r->rc[i],
                                   r->err[i]);
                (void)snprintf(want, sizeof want,
                               "P%u cannot take part: no??room", i);
                for (unsigned j = 0; j < 3; j++)
                    if ((r->who >> i & 1) && !(r->who >> j & 1) &&
                        strstr(r->err[j], want) == NULL)
                        tri_check_fail(c, "of %u, P%u: %s", r->who, j,
                                       r->err[j]);
            }
        }
    free(r);
}

static void check_texts(struct tri_check *c)
{
    static const char *const bad[] = { "",       "a",      "a\nb",  "a\r\n",
                                       "a\t1\n", "\x80\n", "\x7f\n" };
    struct greetings *g = calloc(1, sizeof(*g));
    char err[TRI_HELLO_ERROR];
    const char *three[3];

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (tri_hello_valid(bad[i], strlen(bad[i])))
            tri_check_fail(c, "'%s' is valid", bad[i]);
    if (!tri_hello_valid("a 1\n\nb\n", 7))
        tri_check_fail(c, "an empty line is not valid");

    /* The largest text goes through, one more byte does not. */
    for (size_t n = TRI_HELLO_TEXT; n <= TRI_HELLO_TEXT + 1; n++) {
        for (int i = 0; i < 3; i++) {
            memset(g->text[i], 'x', n);
            g->text[i][n - 1] = '\n';
            g->text[i][n] = '\0';
        }
        tri_links_go(c, TRI_LINKS_MEM, 60000, greet, g);
        for (int i = 0; i < 3; i++)
            if (g->rc[i] != (n > TRI_HELLO_TEXT ? TRI_E_ARG : TRI_OK))
                tri_check_fail(c, "%zu bytes: %d, %s", n, g->rc[i], g->err[i]);
    }
    /* Long values are cut, so that all three find room. */
    for (int i = 0; i < 3; i++) {
        memset(g->text[i], 'a' + i, 2000);
        g->text[i][2000] = '\n';
        g->text[i][2001] = '\0';
        three[i] = g->text[i];
    }
    if (tri_hello_compare(three, err) != TRI_E_MISMATCH ||
        strstr(err, "; P2: ccccc") == NULL || strlen(err) > 600)
        tri_check_fail(c, "long values: %s", err);
    free(g);
}

/* ---- adopting -------------------------------------------------------------
 */

/* Some of P1 and P2 hear P0 before they speak. */
struct adopting {
    unsigned who; /* bits */
    enum { ADOPTS, ALTERS, ADOPTER_REFUSES, P0_REFUSES, TWO_TALES } how;
    unsigned changed; /* ALTERS, ADOPTER_REFUSES: the party that does */
    int heard[3];     /* of these parties P0 */
    struct greetings g;
};

struct adopter {
    struct adopting *a;
    unsigned id;
};

static void repeat(void *self, const char *theirs, char *mine, uint8_t *said)
{
    const struct adopter *const p = self;

    p->a->heard[p->id] = 1;
    strcpy(mine, theirs);
    *said = (uint8_t)(200 + 17 * p->id);
    if (p->id == p->a->changed && p->a->how == ALTERS)
        strcat(mine, "more 1\n");
    if (p->id == p->a->changed && p->a->how == ADOPTER_REFUSES)
        (void)tri_hello_refusal(mine, "no");
}

/* P0 describes another run to P2 than to P1. It ends when both have heard
 * each other: before, its end would be the reason of theirs. */
static int tell_two_tales(struct tri_link *l)
{
    static const char tale[3][9] = { "", "seed 1\n", "seed 2\n" };
    uint8_t frame[36] = { 0 }, text[7], done[7];

    frame[32] = 7;
    for (unsigned j = 1; j < 3; j++)
        if (tri_send(l, j, frame, sizeof frame) != TRI_OK ||
            tri_send(l, j, (const uint8_t *)tale[j], 7) != TRI_OK)
            return TRI_E_IO;
    for (unsigned j = 1; j < 3; j++)
        if (tri_recv(l, j, frame, sizeof frame) != TRI_OK ||
            tri_recv(l, j, text, sizeof text) != TRI_OK ||
            tri_recv(l, j, done, sizeof done) != TRI_OK)
            return TRI_E_IO;
    return TRI_E_MISMATCH;
}

static void adopt(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct adopting *const a = arg;
    struct greetings *const g = &a->g;
    const unsigned i = l->id;
    struct adopter self = { a, i };
    const struct tri_hello_adopt how = { &self, repeat };

    if (i == 0 && a->how == TWO_TALES) {
        g->rc[0] = tell_two_tales(l);
    } else if (i == 0 && a->how == P0_REFUSES) {
        g->rc[0] = tri_hello_refuse(l, "never");
    } else if ((a->who >> i & 1) != 0) {
        memset(g->keys[i], 0xcc, sizeof g->keys[i]);
        g->rc[i] = tri_hello_adopt(l, &how, g->said[i], g->keys[i], g->err[i]);
    } else {
        greet(c, l, g);
    }
}

static void check_adopting(struct tri_check *c)
{
    static const char *const text[] = { "", "differ in what they describe",
                                        " cannot take part: no",
                                        "P0 cannot take part: never",
                                        "the parties differ in seed" };
    static const int rc[] = { TRI_OK, TRI_E_MISMATCH, TRI_E_IO, TRI_E_IO,
                              TRI_E_MISMATCH };
    struct adopting *const a = calloc(1, sizeof *a);

    for (unsigned way = 0; way < 4 * 5 * 2 && c->msg[0] == '\0'; way++) {
        a->who = way % 4 * 2; /* none, P1, P2, both */
        a->how = way / 4 % 5;
        a->changed = a->who >> 2 & 1 ? 2 : 1;
        if (a->who == 0 && a->how != ADOPTS)
            continue;
        if (a->who != 6 && a->how == TWO_TALES)
            continue;
        a->g.more = a->who != 0;
        memset(a->heard, 0, sizeof a->heard);
        write_texts(&a->g, -1, -1, NULL);
        tri_links_go(c, (int)way / 20, 60000, adopt, a);
        for (unsigned i = 0; i < 3; i++) {
            const struct greetings *const g = &a->g;

            CHECK(c, a->heard[i] == (a->how != P0_REFUSES && a->who >> i & 1),
                  "%u of %u: P%u adopts", (unsigned)a->how, a->who, i);
            if (i == 0 && (a->how == P0_REFUSES || a->how == TWO_TALES))
                continue;
            CHECK(c,
                  g->rc[i] == rc[a->how] &&
                      strstr(g->err[i], text[a->how]) != NULL,
                  "%u of %u, P%u: %d %s", (unsigned)a->how, a->who, i, g->rc[i],
                  g->err[i]);
            for (unsigned j = 0; j < 3; j++)
                CHECK(c,
                      rc[a->how] == TRI_OK
                          ? memcmp(g->keys[i][j], g->keys[j][i], 32) == 0 &&
                                g->said[i][j] == 200 + 17 * j
                          : memcmp(g->keys[i][j], zeros[0], 32) == 0,
                      "%u of %u: what P%u and P%u have", (unsigned)a->how,
                      a->who, i, j);
        }
    }
    /* P0 cannot adopt. */
    a->who = 1;
    a->how = ADOPTS;
    write_texts(&a->g, -1, -1, NULL);
    tri_links_go(c, 0, 60000, adopt, a);
    CHECK(c, a->g.rc[0] == TRI_E_ARG, "P0 adopts: %d", a->g.rc[0]);
    free(a);
}

/* P1 speaks by hand: its frame is malformed (how > 0), or is good and then
 * the key must be what the header of net/hello.h says. */
struct by_hand {
    int how;
    struct greetings g;
    uint8_t want[2][32]; /* keys with P0 and P2 */
};

static void speak_by_hand(struct tri_check *c, struct tri_link *l, void *arg)
{
    static const char text[] = "one line\n";
    struct by_hand *b = arg;
    uint8_t mine[36], theirs[36], digest[32];
    uint8_t done[7] = { 'd', 'o', 'n', 'e', 200, 0, 234 };
    char in[16];
    struct tri_hash s;
    size_t n = sizeof(text) - 1;

    if (l->id != 1) {
        memcpy(b->g.text[l->id], text, sizeof(text));
        greet(c, l, &b->g);
        return;
    }
    memset(mine, 0x11, sizeof(mine));
    mine[32] = (uint8_t)n;
    mine[33] = mine[34] = mine[35] = 0;
    if (b->how == 1)
        mine[32] = 0;
    if (b->how == 2)
        mine[33] = 0x20, mine[32] = 1; /* TRI_HELLO_TEXT + 1 */
    if (b->how == 3)
        mine[34] = 1;
    if (b->how == 5)
        done[2] = 'm';
    if (b->how == 6) /* heard something else from P2 */
        done[6]++;
    for (unsigned j = 0; j < 3; j += 2) {
        const char *t = b->how == 4 ? "one\tline\n" : text;

        if (tri_send(l, j, mine, 36) != TRI_OK ||
            tri_send(l, j, (const uint8_t *)t, n) != TRI_OK)
            return; /* a malformed frame ends the others */
    }
    tri_hash(digest, text, n);
    for (unsigned j = 0; j < 3; j += 2) {
        const uint8_t ids[2] = { j == 0 ? 0 : 1, j == 0 ? 1 : 2 };

        if (tri_recv(l, j, theirs, 36) != TRI_OK ||
            tri_recv(l, j, (uint8_t *)in, n) != TRI_OK)
            return;
        tri_hash_init(&s, l->secret[j], 32);
        tri_hash_update(&s, "trinn pair key 1", 16);
        tri_hash_update(&s, ids, 2);
        tri_hash_update(&s, j == 0 ? theirs : mine, 32);
        tri_hash_update(&s, j == 0 ? mine : theirs, 32);
        tri_hash_update(&s, digest, 32);
        tri_hash_final(&s, b->want[j / 2]);
    }
    for (unsigned j = 0; j < 3; j += 2)
        if (tri_send(l, j, done, sizeof(done)) != TRI_OK)
            return;
    for (unsigned j = 0; j < 3; j += 2)
        if (tri_recv(l, j, theirs, sizeof(done)) != TRI_OK)
            return;
    (void)tri_flush(l);
}

static void check_by_hand(struct tri_check *c)
{
    struct by_hand *b = calloc(1, sizeof(*b));

    for (b->how = 0; b->how < 7 && c->msg[0] == '\0'; b->how++) {
        tri_links_go(c, TRI_LINKS_MEM, 60000, speak_by_hand, b);
        for (int i = 0; i < 3; i += 2) {
            if (b->how == 0 &&
                (b->g.rc[i] != TRI_OK ||
                 memcmp(b->g.keys[i][1], b->want[i / 2], 32) != 0))
                tri_check_fail(c, "P%d: the key with P1, %s", i, b->g.err[i]);
            /* One of the two complains; the other may hear of that first. */
            if (b->how > 0 &&
                (b->g.rc[i] == TRI_OK || memcmp(b->g.keys[i], zeros, 96) != 0))
                tri_check_fail(c, "form %d was accepted", b->how);
        }
        if (b->how > 0 && b->g.rc[0] != TRI_E_PROTO &&
            b->g.rc[2] != TRI_E_PROTO)
            tri_check_fail(c, "form %d: %s", b->how, b->g.err[0]);
    }
    free(b);
}

static void check_random(struct tri_check *c)
{
    uint8_t a[1000] = { 0 }, b[1000];
    unsigned seen[256] = { 0 }, kinds = 0;

    CHECK(c, tri_net_random(a, 0) == TRI_OK, "nothing");
    CHECK(c, tri_net_random(a, sizeof(a)) == TRI_OK, "random");
    CHECK(c, tri_net_random(b, sizeof(b)) == TRI_OK, "random");
    CHECK(c, memcmp(a, b, sizeof(a)) != 0, "twice the same");
    for (size_t i = 0; i < sizeof(a); i++)
        kinds += seen[a[i]]++ == 0;
    /* 251 expected, standard deviation below 3 */
    CHECK(c, kinds > 215 && memcmp(a + 900, zeros, 96) != 0, "%u kinds", kinds);
}

const struct tri_check_entry tri_checks_join[] = {
    { "join_split", check_split },
    { "join_names", check_names },
    { "join_config", check_config },
    { "join_strangers", check_strangers },
    { "join_late", check_late },
    { "join_ipv6", check_ipv6 },
    { "join_dual", check_dual },
    { "join_near", check_near },
    { "join_missing", check_missing },
    { "join_imposters", check_imposters },
    { "join_mixed_up", check_mixed_up },
    { "join_ended", check_ended },
    { "join_random", check_random },
    { "hello_keys", check_keys },
    { "hello_differences", check_differences },
    { "hello_refusals", check_refusals },
    { "hello_one_line", check_one_line },
    { "hello_texts", check_texts },
    { "hello_adopting", check_adopting },
    { "hello_by_hand", check_by_hand },
};
const size_t tri_checks_join_n =
    sizeof(tri_checks_join) / sizeof(*tri_checks_join);
