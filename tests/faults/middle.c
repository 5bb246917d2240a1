#include "tests/faults/middle.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/host/clock.h"
#include "tests/support/check.h"

enum {
    ROOM = 1 << 20, /* of one direction: several records       */
    CONNS = 64,
    NARROW = 4096, /* ... of a slow one                        */
    HOLD_MS = 1000 /* how long bytes wait for those that follow */
};

/* Bytes in one direction: those of the stream before `pos` are gone. */
struct way {
    uint8_t *buf;
    size_t n;       /* bytes in buf                              */
    size_t free;    /* of them, may go                           */
    uint64_t pos;   /* of buf[0], or where it would be: only
                       meaningful until the fault is done       */
    uint64_t since; /* ms: bytes are held since then, or 0       */
    uint64_t next;  /* us: nothing goes before                   */
    uint64_t last;  /* ms: something came                        */
    int eof, shut, muted;
};

struct conn {
    int open, pair, stalled, attacked;
    int fd[2]; /* caller's, called's */
    struct way w[2];
};

struct middle {
    struct middle_fault *f;
    struct middle_tape *tape;
    uint64_t rng;
    int done;      /* the fault, once                           */
    uint8_t *kept; /* AGAIN: bytes [at, at + n), or NULL        */
    struct conn c[CONNS];
};

static uint64_t now_us(void)
{
    return tri_clock_ns() / 1000u;
}

static uint64_t now_ms(void)
{
    return tri_clock_ns() / 1000000u;
}

void middle_prepare(int fd, enum middle_what what)
{
    const int room = NARROW;

    if (what == MIDDLE_SLOW)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
}

static int call(const char *addr, enum middle_what what)
{
    struct sockaddr_in sa = { .sin_family = AF_INET };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    const char *colon = strchr(addr, ':');
    char host[32] = "";

    middle_prepare(fd, what);
    memcpy(host, addr, (size_t)(colon - addr));
    sa.sin_port = htons((uint16_t)atoi(colon + 1));
    (void)inet_pton(AF_INET, host, &sa.sin_addr);
    if (connect(fd, (const struct sockaddr *)&sa, sizeof sa) != 0) {
        close(fd);
        return -1;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void end(struct conn *c, int reset)
{
    const struct linger now = { 1, 0 };

    for (int i = 0; i < 2; i++) {
        if (c->fd[i] < 0)
            continue;
        if (reset)
            (void)setsockopt(c->fd[i], SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(c->fd[i]);
        free(c->w[i].buf);
    }
    c->open = 0;
}

static void hit(struct middle *m)
{
    m->done = 1;
    m->f->hit_ns = tri_clock_ns();
    __atomic_store_n(&m->f->hit, 1, __ATOMIC_RELEASE);
}

/* ---- the fault ---------------------------------------------------------- */

/* Change buf, where the bytes of the fault begin at i. */
static void edit(struct middle *m, struct way *w, size_t i)
{
    const struct middle_fault *f = m->f;
    uint8_t *p = w->buf + i;
    const size_t n = (size_t)f->n, n2 = (size_t)f->n2, rest = w->n - i;
    uint8_t *copy = malloc(n + 1);

    memcpy(copy, p, n < rest ? n : rest);
    switch (f->what) {
    case MIDDLE_FLIP:
        p[0] ^= (uint8_t)(1u << f->bit);
        break;
    case MIDDLE_WRITE:
        memcpy(p, &f->value, 4);
        break;
    case MIDDLE_DROP:
        memmove(p, p + n, rest - n);
        w->n -= n;
        break;
    case MIDDLE_TWICE:
        memmove(p + n, p, rest);
        w->n += n;
        break;
    case MIDDLE_SWAP:
        memmove(p, p + n, n2);
        memcpy(p + n2, copy, n);
        break;
    case MIDDLE_AGAIN:
        memmove(p + n, p + n2, rest - n2);
        memcpy(p, m->kept, n);
        w->n = w->n - n2 + n;
        break;
    default:
        break;
    }
    free(copy);
    hit(m);
}

/* The place of the fault, and the bytes that must be there to do it. */
static uint64_t where(const struct middle *m, uint64_t *room)
{
    const struct middle_fault *f = m->f;

    switch (f->what) {
    case MIDDLE_FLIP:
        *room = 1;
        return f->at;
    case MIDDLE_WRITE:
        *room = 4;
        return f->at;
    case MIDDLE_SWAP:
        *room = f->n + f->n2;
        return f->at;
    case MIDDLE_AGAIN:
        *room = m->kept == NULL ? f->n : f->n2;
        return m->kept == NULL ? f->at : f->at + f->n;
    default:
        *room = f->n;
        return f->at;
    }
}

/* Decide how many bytes of this direction may go. */
static void inspect(struct middle *m, struct conn *c, int way)
{
    const struct middle_fault *f = m->f;
    struct way *w = &c->w[way];
    const int edits = f->what >= MIDDLE_FLIP && f->what <= MIDDLE_AGAIN;
    uint64_t room, at = where(m, &room);

    w->free = w->n;
    if (m->done || c->pair != (int)f->pair || way != (int)f->way ||
        w->pos + w->n < at || f->what == MIDDLE_NOTHING ||
        f->what >= MIDDLE_SLOW)
        return;
    w->free = (size_t)(at - w->pos);
    if (f->what == MIDDLE_AGAIN && m->kept == NULL &&
        w->pos + w->n >= at + room) {
        m->kept = malloc(room);
        memcpy(m->kept, w->buf + w->free, room);
        w->free += room;
        at = where(m, &room);
        w->since = 0;
        if (w->pos + w->n < at + room)
            return; /* the other one will come */
    }
    if (edits && w->pos + w->n >= at + room) {
        edit(m, w, w->free);
        w->free = w->n;
    } else if (edits) {
        if (w->n > w->free && w->since == 0)
            w->since = now_ms();
        if (w->eof || (w->since != 0 && now_ms() - w->since > HOLD_MS))
            w->free = w->n; /* the rest does not come: leave it as it is */
        m->done |= w->free == w->n && w->since != 0;
    } else if (w->free == 0) {
        hit(m);
        c->stalled = f->what == MIDDLE_STALL;
        w->muted = f->what == MIDDLE_MUTE;
        if (f->what == MIDDLE_CLOSE || f->what == MIDDLE_RESET)
            end(c, f->what == MIDDLE_RESET);
    }
}

/* An end fails. Nothing of that passes a direction that is mute. */
static void lose(struct conn *c)
{
    if (c->w[0].muted || c->w[1].muted)
        c->stalled = 1;
    else
        end(c, 1);
}

/* ---- forwarding --------------------------------------------------------- */

static void record(struct middle *m, struct conn *c, int way, const uint8_t *p,
                   size_t n)
{
    size_t *have;

    if (m->tape == NULL)
        return;
    have = &m->tape->n[c->pair][way];
    if (n > MIDDLE_KEEP - *have)
        n = MIDDLE_KEEP - *have;
    memcpy(m->tape->bytes[c->pair][way] + *have, p, n);
    *have += n;
}

/* Bytes that one direction may hold. */
static size_t capacity(const struct middle *m)
{
    return m->f->what != MIDDLE_SLOW ? (size_t)ROOM
           : m->f->n / 50 > NARROW   ? (size_t)m->f->n / 50
                                     : (size_t)NARROW;
}

/* The last bytes of buf are a heartbeat. */
static void spoil_beat(struct middle *m, struct way *w)
{
    uint8_t *p = w->buf + w->n - TRI_SECURE_HEADER;

    if (m->f->n == 0)
        p[m->f->at] ^= (uint8_t)(1u << m->f->bit);
    if (m->f->n == 1) {
        memcpy(p + TRI_SECURE_HEADER, p, TRI_SECURE_HEADER);
        w->n += TRI_SECURE_HEADER;
    }
    if (m->f->n == 2)
        w->n -= TRI_SECURE_HEADER;
    hit(m);
}

static void take(struct middle *m, struct conn *c, int way)
{
    struct way *w = &c->w[way];
    const ssize_t k =
        recv(c->fd[way], w->buf + w->n, capacity(m) - w->n, MSG_DONTWAIT);

    if (k > 0) {
        if (m->f->what == MIDDLE_FAR) {
            if (w->n == 0)
                w->next = now_us() + 1000 * m->f->n;
            if (!m->done)
                hit(m);
        }
        record(m, c, way, w->buf + w->n, (size_t)k);
        w->n += (size_t)k;
        if (!m->done && m->f->what == MIDDLE_BEAT &&
            c->pair == (int)m->f->pair && way == (int)m->f->way &&
            k == TRI_SECURE_HEADER && now_ms() - w->last > MIDDLE_BEAT_MS)
            spoil_beat(m, w);
        w->last = now_ms();
    } else if (k == 0) {
        w->eof = 1;
    } else if (errno != EAGAIN && errno != EINTR) {
        lose(c);
    }
}

/* How much of `n` goes now, and when the next may. */
static size_t ration(struct middle *m, struct conn *c, int way, size_t n)
{
    const struct middle_fault *f = m->f;
    struct way *w = &c->w[way];

    if (f->what == MIDDLE_SLOW && c->pair == (int)f->pair &&
        way == (int)f->way) {
        const size_t most = 1 + (size_t)f->n / 100;

        if (!m->done)
            hit(m);
        if (n > most)
            n = most;
        if (w->next < now_us())
            w->next = now_us();
        w->next += n * UINT64_C(1000000) / f->n;
        return n;
    }
    if (f->what == MIDDLE_CHOPPED) {
        const uint64_t r = tri_test_rand(&m->rng);
        const size_t most = 1 + (size_t)(r >> 8) % (r & 1 ? 40 : 60000);

        if (!m->done)
            hit(m);
        if ((r >> 1) % 8 == 0)
            w->next = now_us() + 1000 * (1 + (r >> 4) % 3);
        return n < most ? n : most;
    }
    return n;
}

static void give(struct middle *m, struct conn *c, int way)
{
    struct way *w = &c->w[way];
    const size_t n = ration(m, c, way, w->free);
    ssize_t k;

    k = send(c->fd[!way], w->buf, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (k > 0) {
        memmove(w->buf, w->buf + k, w->n - (size_t)k);
        w->n -= (size_t)k;
        w->pos += (uint64_t)k;
        inspect(m, c, way);
    } else if (k < 0 && errno != EAGAIN && errno != EINTR) {
        lose(c);
    }
}

static void pass(struct middle *m, struct conn *c, const struct pollfd *p)
{
    const uint64_t now = now_us();

    for (int way = 0; way < 2 && c->open && !c->stalled; way++)
        if (p[way].revents & (POLLIN | POLLHUP | POLLERR)) {
            take(m, c, way);
            if (c->open)
                inspect(m, c, way);
        }
    for (int way = 0; way < 2 && c->open && !c->stalled; way++) {
        struct way *w = &c->w[way];

        if (w->since != 0 && !m->done)
            inspect(m, c, way);
        if (c->open && w->free > 0 && now >= w->next && !w->muted)
            give(m, c, way);
        if (c->open && w->eof && w->n == 0 && !w->shut && !w->muted) {
            (void)shutdown(c->fd[!way], SHUT_WR);
            w->shut = 1;
        }
    }
    if (c->open && c->w[0].shut && c->w[1].shut)
        end(c, 0);
}

/* ---- calls -------------------------------------------------------------- */

/* Say the words, then listen to whatever comes. */
static void speak(struct middle *m, int fd)
{
    (void)send(fd, m->f->words, m->f->words_n, MSG_NOSIGNAL);
    if (m->f->close) {
        /* Unread bytes would turn the end into a reset. */
        uint8_t drain[256];

        (void)shutdown(fd, SHUT_WR);
        (void)recv(fd, drain, sizeof drain, 0);
        close(fd);
    } /* else the socket stays open for as long as this process lives */
    hit(m);
}

static void accept_call(struct middle *m, int pair, int fd, char *to)
{
    const int caller = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const int one = 1;
    struct conn *c = m->c;
    int called;

    if (caller < 0)
        return;
    if (m->f->what == MIDDLE_SPEAK && pair == (int)m->f->pair) {
        speak(m, caller);
        return;
    }
    while (c < m->c + CONNS && c->open)
        c++;
    called = c < m->c + CONNS ? call(to, m->f->what) : -1;
    if (called < 0) {
        close(caller);
        return;
    }
    (void)setsockopt(caller, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    *c = (struct conn){ .open = 1, .pair = pair, .fd = { caller, called } };
    for (int i = 0; i < 2; i++)
        c->w[i] = (struct way){ .buf = malloc(2 * ROOM), .last = now_ms() };
    if (m->tape != NULL)
        m->tape->n[pair][0] = m->tape->n[pair][1] = 0;
}

static void knock(struct middle *m, char *to)
{
    for (uint64_t i = 0; i < m->f->n; i++) {
        const int fd = call(to, m->f->what);

        if (fd >= 0)
            speak(m, fd);
    }
}

void middle_main(const int fd[MIDDLE_PAIRS], char to[MIDDLE_PAIRS][32],
                 struct middle_fault *f, struct middle_tape *tape)
{
    static struct middle m;
    struct pollfd p[MIDDLE_PAIRS + 2 * CONNS];

    m = (struct middle){ .f = f, .tape = tape, .rng = f->seed };
    if (f->what == MIDDLE_KNOCK)
        knock(&m, to[f->pair]);
    for (;;) {
        int wait = -1;

        for (int i = 0; i < MIDDLE_PAIRS; i++)
            p[i] = (struct pollfd){ .fd = fd[i], .events = POLLIN };
        for (int i = 0; i < CONNS; i++)
            for (int way = 0; way < 2; way++) {
                struct pollfd *q = &p[MIDDLE_PAIRS + 2 * i + way];
                struct conn *c = &m.c[i];
                struct way *w = &c->w[way];

                *q = (struct pollfd){ .fd = -1 };
                if (!c->open || c->stalled)
                    continue;
                if (!w->eof && w->n < capacity(&m)) {
                    q->fd = c->fd[way];
                    q->events |= POLLIN;
                }
                if (c->w[!way].free > 0 && !c->w[!way].muted) {
                    if (now_us() >= c->w[!way].next) {
                        q->fd = c->fd[way];
                        q->events |= POLLOUT;
                    } else {
                        wait = 1;
                    }
                }
                if (w->since != 0 && !m.done)
                    wait = 5;
            }
        (void)poll(p, MIDDLE_PAIRS + 2 * CONNS, wait);
        for (int i = 0; i < CONNS; i++)
            if (m.c[i].open)
                pass(&m, &m.c[i], &p[MIDDLE_PAIRS + 2 * i]);
        for (int i = 0; i < MIDDLE_PAIRS; i++)
            if (p[i].revents != 0)
                accept_call(&m, i, fd[i], to[i]);
    }
}
