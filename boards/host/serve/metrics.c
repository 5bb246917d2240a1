#include "boards/host/serve/metrics.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "core/err.h"
#include "net/host/clock.h"

const uint32_t tri_metrics_bound[TRI_METRICS_BOUNDS] = {
    2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000
};

struct tri_metrics {
    int fd, stop[2];
    struct sockaddr_un at;
    pthread_t thread;
    void (*look)(void *self, struct tri_metrics_numbers *m);
    void *self;
};

/* ---- the text ------------------------------------------------------------ */

struct text {
    char *at;
    size_t n;
};

static void add(struct text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
    const size_t room = TRI_METRICS_TEXT - t->n;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(t->at + t->n, room, fmt, ap);
    va_end(ap);
    if (n > 0)
        t->n += (size_t)n < room ? (size_t)n : room - 1;
}

static void head(struct text *t, const char *name, const char *kind,
                 const char *help)
{
    add(t, "# HELP trinn_%s %s\n# TYPE trinn_%s %s\n", name, help, name, kind);
}

size_t tri_metrics_print(char out[TRI_METRICS_TEXT],
                         const struct tri_metrics_numbers *m)
{
    const struct {
        const char *name, *kind, *help;
        uint64_t v;
    } plain[] = {
        { "joined", "gauge", "1 while all three parties are connected.",
          m->joined },
        { "joins_total", "counter", "Times that they have connected.",
          m->joins },
        { "requests_total", "counter", "Requests of clients.", m->asked },
        { "answered_total", "counter", "Requests that were answered.",
          m->answered },
        { "refused_total", "counter",
          "Requests refused for a limit, or as they wait already.",
          m->refused },
        { "failed_total", "counter", "Requests taken, then refused.",
          m->failed },
        { "images_total", "counter", "Samples classified.", m->images },
        { "computations_total", "counter", "Computations on requests.",
          m->computations },
        { "waiting", "gauge", "Requests that wait.", m->waiting },
        { "mesh_sent_bytes_total", "counter", "Sent to both other parties.",
          m->sent },
        { "mesh_received_bytes_total", "counter",
          "Received from both other parties.", m->received },
        { "mesh_rounds_total", "counter", "Rounds of messages.", m->rounds },
        { "clients", "gauge", "Connections of clients.", m->clients },
        { "callers_total", "counter", "Connections to the door for clients.",
          m->callers },
        { "strangers_total", "counter", "Callers with an unknown key.",
          m->strangers },
        { "models", "gauge", "Models in the store.", m->models },
        { "unproved_ends", "gauge",
          "Ends in the middle of a verification, since somebody looked.",
          m->ends },
    };
    struct text t = { out, 0 };
    uint64_t sum = 0;

    head(&t, "up_seconds", "gauge", "Since the start.");
    add(&t, "trinn_up_seconds %.3f\n", m->up_s);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        head(&t, plain[i].name, plain[i].kind, plain[i].help);
        add(&t, "trinn_%s %llu\n", plain[i].name,
            (unsigned long long)plain[i].v);
    }
    head(&t, "answer_seconds", "histogram",
         "From the arrival of a request to its answer.");
    for (size_t i = 0; i < TRI_METRICS_BOUNDS; i++) {
        sum += m->within[i];
        add(&t, "trinn_answer_seconds_bucket{le=\"%.3f\"} %llu\n",
            tri_metrics_bound[i] / 1e3, (unsigned long long)sum);
    }
    add(&t,
        "trinn_answer_seconds_bucket{le=\"+Inf\"} %llu\n"
        "trinn_answer_seconds_sum %.6f\ntrinn_answer_seconds_count %llu\n",
        (unsigned long long)m->answered, (double)m->wait_ns / 1e9,
        (unsigned long long)m->answered);
    return t.n;
}

/* ---- the socket ---------------------------------------------------------- */

/* Is there something, within the time? */
static int ready(const struct tri_metrics *m, int fd, uint64_t end)
{
    struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
                           { .fd = m->stop[0], .events = POLLIN } };
    const uint64_t now = tri_clock_ms();

    return now < end && poll(p, 2, (int)(end - now)) > 0 && p[1].revents == 0;
}

int tri_metrics_asked(const char *call, size_t n)
{
    static const char wanted[] = "GET /metrics ", end[] = "\r\n\r\n";

    for (size_t i = 0; i + sizeof end - 1 <= n; i++)
        if (memcmp(call + i, end, sizeof end - 1) == 0)
            return n >= sizeof wanted - 1 &&
                   memcmp(call, wanted, sizeof wanted - 1) == 0;
    return -1;
}

/* A request, as above; -1: none came. */
static int hear(const struct tri_metrics *m, int fd)
{
    const uint64_t end = tri_clock_ms() + TRI_METRICS_MS;
    char call[TRI_METRICS_CALL];
    size_t have = 0;
    int asked = -1;

    while (asked < 0 && have < sizeof call && ready(m, fd, end)) {
        const ssize_t n =
            recv(fd, call + have, sizeof call - have, MSG_DONTWAIT);

        if (n <= 0)
            return -1;
        have += (size_t)n;
        asked = tri_metrics_asked(call, have);
    }
    return asked;
}

/* The whole answer fits into the buffer of a new socket. */
static void answer(const struct tri_metrics *m, int fd, char *text)
{
    struct tri_metrics_numbers numbers = { 0 };
    const int known = hear(m, fd);
    char line[160];
    size_t n = 0;
    int len;

    if (known < 0)
        return;
    if (known) {
        m->look(m->self, &numbers);
        n = tri_metrics_print(text, &numbers);
    }
    len = snprintf(line, sizeof line,
                   "HTTP/1.0 %s\r\nContent-Type: text/plain; version=0.0.4\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   known ? "200 OK" : "404 Not Found", n);
    if (send(fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) == len)
        (void)send(fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void *work(void *self)
{
    const struct tri_metrics *const m = self;
    char text[TRI_METRICS_TEXT];

    for (;;) {
        struct pollfd p[2] = { { .fd = m->fd, .events = POLLIN },
                               { .fd = m->stop[0], .events = POLLIN } };
        int fd;

        (void)poll(p, 2, -1);
        if (p[1].revents != 0)
            return NULL;
        fd = accept4(m->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) { /* it may have gone; or there are no descriptors */
            (void)poll(&p[1], 1, 50);
            continue;
        }
        answer(m, fd, text);
        close(fd);
    }
}

/* A socket left by one that was killed is in the way. */
static void clear(const struct sockaddr_un *at)
{
    struct stat st;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && lstat(at->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
        connect(fd, (const struct sockaddr *)at, sizeof *at) != 0 &&
        errno == ECONNREFUSED)
        (void)unlink(at->sun_path);
    if (fd >= 0)
        close(fd);
}

static int open_socket(struct tri_metrics *m, const char *path,
                       struct tri_why *why)
{
    m->at.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof m->at.sun_path)
        return tri_why(why, TRI_E_ARG,
                       "metrics: %.200s: a socket's name has at most %zu "
                       "characters",
                       path, sizeof m->at.sun_path - 1);
    strcpy(m->at.sun_path, path);
    clear(&m->at);
    m->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (m->fd < 0)
        return tri_why(why, TRI_E_IO, "metrics: no socket: %s",
                       strerror(errno));
    if (bind(m->fd, (const struct sockaddr *)&m->at, sizeof m->at) != 0) {
        const int e = errno;

        m->at.sun_path[0] = '\0'; /* it is not ours */
        return tri_why(why, e == EADDRINUSE ? TRI_E_ARG : TRI_E_IO,
                       "metrics: %.200s: %s", path, strerror(e));
    }
    /* Nobody can connect before it listens. */
    if (chmod(path, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0 ||
        listen(m->fd, 8) != 0)
        return tri_why(why, TRI_E_IO, "metrics: %.200s: %s", path,
                       strerror(errno));
    return TRI_OK;
}

static void end(struct tri_metrics *m)
{
    if (m->at.sun_path[0] != '\0')
        (void)unlink(m->at.sun_path);
    for (int i = 0; i < 2; i++)
        if (m->stop[i] >= 0)
            close(m->stop[i]);
    if (m->fd >= 0)
        close(m->fd);
    free(m);
}

int tri_metrics_start(struct tri_metrics **metrics, const char *path,
                      void (*look)(void *self, struct tri_metrics_numbers *m),
                      void *self, struct tri_why *why)
{
    struct tri_metrics *const m = calloc(1, sizeof *m);
    int rc;

    *metrics = NULL;
    if (m == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    m->fd = m->stop[0] = m->stop[1] = -1;
    m->look = look;
    m->self = self;
    rc = open_socket(m, path, why);
    if (rc == TRI_OK && (pipe2(m->stop, O_CLOEXEC) != 0 ||
                         pthread_create(&m->thread, NULL, work, m) != 0))
        rc = tri_why(why, TRI_E_NOMEM, "metrics: no thread");
    if (rc == TRI_OK)
        *metrics = m;
    else
        end(m);
    return rc;
}

void tri_metrics_stop(struct tri_metrics *m)
{
    if (m == NULL)
        return;
    if (write(m->stop[1], "", 1) == 1)
        (void)pthread_join(m->thread, NULL);
    end(m);
}
