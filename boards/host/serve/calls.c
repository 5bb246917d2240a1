#include "boards/host/serve/calls.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "boards/host/base/args.h"
#include "boards/host/serve/clients.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/conn/end.h"
#include "net/host/clock.h"
#include "net/host/random.h"
#include "net/host/secret.h"
#include "net/tcp/door.h"
#include "net/tcp/names.h"
#include "net/tcp/socket.h"

enum { TICK_MS = 10, RETRY_MS = 100 };

static void nap(unsigned ms)
{
    const struct timespec t = { 0, (long)ms * 1000000 };

    (void)nanosleep(&t, NULL);
}

/* ---- reaching a party ---------------------------------------------------- */

static int look_up(struct tri_tcp_addrs *list, const char *addr, uint64_t end,
                   char why[TRI_TCP_WHY])
{
    char host[TRI_TCP_HOST], port[TRI_TCP_PORT];
    uint64_t number = 0;
    struct tri_lookup *q;
    int done = 0;

    if (tri_tcp_split(addr, host, port) != TRI_OK ||
        tri_number(port, 1, 65535, &number) != TRI_OK)
        return TRI_E_ARG;
    list->n = 1;
    if (tri_tcp_numeric(&list->a[0], host, (uint16_t)number))
        return TRI_OK;
    if (!tri_tcp_usable(host, why))
        return TRI_E_ARG;
    q = tri_lookup_start(host, (uint16_t)number);
    while (q != NULL && done == 0 && tri_clock_ms() < end) {
        done = tri_lookup_done(q, list, why);
        if (done == 0)
            nap(TICK_MS);
    }
    tri_lookup_end(q);
    return done > 0 ? TRI_OK : TRI_E_IO;
}

/* Wait for `events` of a socket until `end`; 0 if they do not come. */
static int ready(int fd, short events, uint64_t end)
{
    struct pollfd p = { .fd = fd, .events = events };

    for (uint64_t now = tri_clock_ms(); now < end; now = tri_clock_ms())
        if (poll(&p, 1, (int)(end - now)) > 0)
            return 1;
    return 0;
}

/* A connection to one of the addresses, or -1 with errno. */
static int reach(const struct tri_tcp_addrs *list, uint64_t end)
{
    int e = ETIMEDOUT;

    for (size_t i = 0; i < list->n; i++) {
        const union tri_tcp_addr *const a = &list->a[i];
        const int fd = socket(a->sa.sa_family,
                              SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        socklen_t len = sizeof e;

        e = errno;
        if (fd < 0)
            continue;
        tri_tcp_buffers(fd);
        if (connect(fd, &a->sa, tri_tcp_addr_len(a)) == 0)
            return fd;
        e = errno;
        if (e == EINPROGRESS) {
            e = ETIMEDOUT;
            if (ready(fd, POLLOUT, end) &&
                getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) == 0 && e == 0)
                return fd;
        }
        close(fd);
    }
    errno = e;
    return -1;
}

/* Exactly n bytes until `end`. TRI_E_IO: the party hung up. */
static int read_all(int fd, uint8_t *buf, size_t n, uint64_t end)
{
    size_t have = 0;

    for (;;) {
        const int whole = tri_door_read(fd, buf, n, &have);

        if (whole != 0)
            return whole > 0 ? TRI_OK : TRI_E_IO;
        if (!ready(fd, POLLIN, end))
            return TRI_E_TIMEOUT;
    }
}

/* ---- who is there? ------------------------------------------------------- */

static int shake(int fd, struct tri_secure *sec, const struct tri_card *card,
                 unsigned j, const uint8_t own[32], const struct tri_kernels *k,
                 uint64_t end, struct tri_why *why)
{
    uint8_t call[TRI_CLIENTS_CALL], answer[TRI_CLIENTS_ANSWER], ephemeral[32];
    uint8_t confirm[TRI_SECURE_CONFIRM];
    int rc = tri_net_random(ephemeral, sizeof ephemeral);

    memcpy(call, tri_clients_magic, TRI_CLIENTS_MAGIC);
    if (rc == TRI_OK)
        rc = tri_secure_client_call(sec, k, own, card->key[j], j,
                                    tri_aead_best(k), ephemeral,
                                    call + TRI_CLIENTS_MAGIC);
    tri_wipe(ephemeral, sizeof ephemeral);
    if (rc == TRI_OK &&
        send(fd, call, sizeof call, MSG_NOSIGNAL) != (ssize_t)sizeof call)
        rc = TRI_E_IO;
    if (rc == TRI_OK)
        rc = read_all(fd, answer, 1, end);
    if (rc == TRI_OK && answer[0] == 1)
        return tri_why(why, TRI_E_MISMATCH,
                       "party %u (%s) does not know the key of this client: it "
                       "has no line `client` with it",
                       j, card->addr[j]);
    if (rc == TRI_OK)
        rc = read_all(fd, answer + 1, TRI_SECURE_ANSWER, end);
    if (rc != TRI_OK)
        return tri_why(why, rc, "party %u (%s) %s", j, card->addr[j],
                       rc == TRI_E_TIMEOUT
                           ? "does not answer the call"
                           : "hangs up: it serves no clients, is of another "
                             "version, or has another key than the card says");
    rc = tri_secure_finish(sec, answer + 1, confirm);
    if (rc != TRI_OK)
        return tri_why(why, rc,
                       "who answers at %s has not the key of party %u that the "
                       "card says",
                       card->addr[j], j);
    if (send(fd, confirm, sizeof confirm, MSG_NOSIGNAL) !=
        (ssize_t)sizeof confirm)
        return tri_why(why, TRI_E_IO, "party %u (%s) hangs up", j,
                       card->addr[j]);
    return TRI_OK;
}

static int open_one(struct tri_calls *q, const struct tri_card *card,
                    unsigned j, const uint8_t own[32],
                    const struct tri_kernels *k, uint64_t end,
                    struct tri_why *why)
{
    struct tri_talk *const t = tri_secret_alloc(sizeof *t);
    struct tri_secure *const sec = tri_secret_alloc(sizeof *sec);
    char text[TRI_TCP_WHY] = "";
    struct tri_tcp_addrs list;
    int rc = t != NULL && sec != NULL ? TRI_OK : TRI_E_NOMEM, fd = -1;

    q->talk[j] = t;
    if (t != NULL)
        t->c.fd = -1;
    if (rc == TRI_OK)
        rc = look_up(&list, card->addr[j], end, text);
    if (rc != TRI_OK)
        (void)tri_why(why, rc, "party %u (%s): %s", j, card->addr[j],
                      text[0] != '\0' ? text : tri_strerror(rc));
    while (rc == TRI_OK && fd < 0) {
        fd = reach(&list, end);
        if (fd >= 0 || tri_clock_ms() >= end)
            break;
        nap(RETRY_MS); /* it may be starting */
    }
    if (rc == TRI_OK && fd < 0)
        rc = tri_why(why, TRI_E_IO, "party %u (%s) cannot be reached: %s", j,
                     card->addr[j], strerror(errno));
    if (rc == TRI_OK)
        rc = shake(fd, sec, card, j, own, k, end, why);
    if (rc == TRI_OK)
        rc = tri_talk_open(t, fd, sec, j, UINT32_MAX);
    if (rc != TRI_OK && fd >= 0)
        close(fd);
    if (rc == TRI_OK)
        tri_tcp_options(fd, 60000);
    tri_secret_free(sec);
    return rc;
}

int tri_calls_open(struct tri_calls *q, const struct tri_card *card,
                   const uint8_t own[32], const struct tri_kernels *k,
                   uint32_t ms, struct tri_why *why)
{
    const uint64_t end = tri_clock_ms() + ms;
    int rc = TRI_OK;

    memset(q, 0, sizeof *q);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        rc = open_one(q, card, j, own, k, end, why);
    return rc;
}

void tri_calls_close(struct tri_calls *q)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (q->talk[j] != NULL) {
            if (q->talk[j]->c.fd >= 0)
                (void)tri_conn_goodbye(&q->talk[j]->c, NULL);
            tri_talk_close(q->talk[j]);
            tri_secret_free(q->talk[j]);
            q->talk[j] = NULL;
        }
}

/* ---- requests ------------------------------------------------------------ */

int tri_calls_send(struct tri_calls *q, enum tri_message_kind kind,
                   uint8_t *const block[TRI_PARTIES],
                   const uint64_t len[TRI_PARTIES], struct tri_why *why)
{
    int rc = TRI_OK;

    q->number++;
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const struct tri_message m = { kind, q->number, len[j] };
        const int one = tri_talk_give(q->talk[j], &m, block[j]);

        if (one != TRI_OK)
            rc = tri_why(why, one, "party %u: %s", j, tri_strerror(one));
    }
    return rc;
}

/* Look at one party. 1: its answer is there; 0: not yet; else an error. */
static int look(struct tri_calls *q, unsigned j, enum tri_message_kind kind,
                struct tri_why *why)
{
    struct tri_talk *const t = q->talk[j];
    char text[900];
    int rc;

    tri_talk_push(t);
    switch (tri_talk_hear(t)) {
    case TRI_TALK_NOTHING:
        return 0;
    case TRI_TALK_MESSAGE:
        break;
    default:
        return tri_why(why, TRI_E_IO, "party %u: %s", j,
                       t->l.error[0] != '\0' ? t->l.error
                                             : "it ended the connection");
    }
    if (t->m.number == q->number && t->m.kind == (uint32_t)kind)
        return 1;
    if (t->m.kind != TRI_MESSAGE_REFUSED)
        return tri_why(why, TRI_E_PROTO, "party %u answers what was not asked",
                       j);
    rc = tri_refusal_parse(t->body, t->m.len, text, sizeof text);
    return tri_why(why, rc, "party %u: %s", j, text);
}

int tri_calls_hear(struct tri_calls *q, enum tri_message_kind kind, uint32_t ms,
                   struct tri_why *why)
{
    const uint64_t end = tri_clock_ms() + ms;
    int there[TRI_PARTIES] = { 0 };

    for (;;) {
        struct pollfd p[TRI_PARTIES];
        uint64_t now;

        for (unsigned j = 0; j < TRI_PARTIES; j++) {
            if (!there[j])
                there[j] = look(q, j, kind, why);
            if (there[j] < 0)
                return there[j];
            p[j] = (struct pollfd){
                .fd = there[j] ? -1 : q->talk[j]->c.fd,
                .events = (short)(POLLIN |
                                  (tri_talk_pending(q->talk[j]) ? POLLOUT : 0))
            };
        }
        if (there[0] && there[1] && there[2])
            return TRI_OK;
        now = tri_clock_ms();
        if (now >= end)
            return tri_why(why, TRI_E_TIMEOUT,
                           "party %u has not answered within %u s",
                           !there[0]   ? 0u
                           : !there[1] ? 1u
                                       : 2u,
                           ms / 1000);
        (void)poll(p, TRI_PARTIES, (int)(end - now));
    }
}
