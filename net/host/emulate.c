#include "net/host/emulate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/fail.h"
#include "net/host/clock.h"
#include "net/record.h"

enum {
    STAMP = 16,    /* bytes: time of sending, time of having left */
    STAMPS = 2048, /* more than any link queues messages          */
    NAP_US = 2000  /* the link below is looked after that often   */
};

struct emulated {
    struct tri_link in;
    struct tri_line line;
    uint64_t left[TRI_PARTIES]; /* when all before has left, ns */
    uint8_t stamp[TRI_PARTIES][STAMPS][STAMP];
    size_t at[TRI_PARTIES];
    uint64_t waited;
};

/* ---- text --------------------------------------------------------------- */

struct unit {
    const char *name;
    uint64_t scale;
};

/* A decimal number times a unit, up to the terminator or ':'; the rest is
 * *end. 0, -1 if it is not one, -2 if it is too large. */
static int read_quantity(const char *p, const struct unit *u, size_t units,
                         uint64_t *out, const char **end)
{
    uint64_t whole = 0, part = 0, tenth = 1;
    const char *const start = p;

    for (; *p >= '0' && *p <= '9'; p++) {
        if (whole > UINT64_C(100000000000))
            return -2;
        whole = 10 * whole + (uint64_t)(*p - '0');
    }
    if (p == start)
        return -1;
    if (*p == '.') {
        const char *const dot = ++p;

        for (; *p >= '0' && *p <= '9'; p++)
            if (tenth < 1000000000) {
                part = 10 * part + (uint64_t)(*p - '0');
                tenth *= 10;
            }
        if (p == dot)
            return -1;
    }
    for (size_t i = 0; i < units; i++) {
        const size_t n = strlen(u[i].name);

        if (strncmp(p, u[i].name, n) == 0 && (p[n] == '\0' || p[n] == ':')) {
            if (whole > UINT64_C(1000000000000) / u[i].scale)
                return -2;
            *out = whole * u[i].scale + part * u[i].scale / tenth;
            *end = p + n;
            return 0;
        }
    }
    return -1;
}

static int bad(char *error, int rc, const char *text, const char *what)
{
    if (error != NULL)
        (void)snprintf(error, TRI_EMULATE_ERROR, "network '%.40s': %s",
                       text != NULL ? text : "", what);
    return rc;
}

int tri_emulate_parse(struct tri_line *s, const char *text,
                      char error[TRI_EMULATE_ERROR])
{
    static const struct unit times[] = { { "us", 1000 },
                                         { "ms", 1000000 },
                                         { "s", 1000000000 } };
    static const struct unit rates[] = { { "B/s", 1 },
                                         { "kB/s", 1000 },
                                         { "MB/s", 1000000 },
                                         { "GB/s", 1000000000 } };
    struct tri_line out = { 0, 0, 0 };
    const char *p;
    int rc;

    if (error != NULL)
        error[0] = '\0';
    if (text == NULL || text[0] == '\0')
        return bad(error, TRI_E_FORMAT, text,
                   "say lan, wan or RTT:RATE, such as 10ms:100MB/s");
    if (strcmp(text, "lan") == 0 || strcmp(text, "wan") == 0) {
        *s = text[0] == 'l' ? (struct tri_line){ 200000, 625000000, 0 }
                            : (struct tri_line){ 58000000, 40000000, 0 };
        return TRI_OK;
    }
    rc = read_quantity(text, times, 3, &out.rtt_ns, &p);
    if (rc == -1)
        return bad(error, TRI_E_FORMAT, text,
                   "it is neither lan nor wan, nor does it start with a "
                   "round-trip time such as 10ms (us, ms, s)");
    if (rc != 0 || out.rtt_ns > TRI_EMULATE_RTT_MAX)
        return bad(error, TRI_E_RANGE, text,
                   "the round-trip time is more than 10 s");
    if (*p != ':')
        return bad(error, TRI_E_FORMAT, text,
                   "a rate is missing, such as :100MB/s");
    rc = read_quantity(p + 1, rates, 4, &out.rate, &p);
    if (rc == -1 || (rc == 0 && *p != '\0'))
        return bad(error, TRI_E_FORMAT, text,
                   "the rate is not of the form 100MB/s (B/s, kB/s, MB/s, "
                   "GB/s)");
    if (rc != 0 || out.rate < TRI_EMULATE_RATE_MIN ||
        out.rate > TRI_EMULATE_RATE_MAX)
        return bad(error, TRI_E_RANGE, text,
                   "the rate is not within 1kB/s and 100GB/s");
    *s = out;
    return TRI_OK;
}

/* ---- the link ----------------------------------------------------------- */

/* What the link below says becomes this link's. */
static int pass(struct tri_link *l, int rc)
{
    struct emulated *s = l->self;

    l->stats.rounds = s->in.stats.rounds;
    l->stats.wait_ns = s->in.stats.wait_ns + s->waited;
    l->blamed = s->in.blamed;
    l->heard = s->in.heard;
    return rc == TRI_OK ? rc : tri_link_fail(l, rc, "%s", s->in.error);
}

static int emulate_send(struct tri_link *l, unsigned to, const void *buf,
                        size_t len)
{
    struct emulated *s = l->self;
    uint8_t *stamp = s->stamp[to][s->at[to]++ % STAMPS];
    const uint64_t now = tri_clock_ns();
    int rc;

    if (s->left[to] < now)
        s->left[to] = now;
    s->left[to] += len / s->line.rate * 1000000000u +
                   len % s->line.rate * 1000000000u / s->line.rate;
    s->in.complete = l->complete;
    tri_le_store64(stamp, now);
    tri_le_store64(stamp + 8, s->left[to]);
    rc = tri_send(&s->in, to, stamp, STAMP);
    if (rc == TRI_OK)
        rc = tri_send(&s->in, to, buf, len);
    if (rc == TRI_OK)
        l->stats.sent[to] += tri_record_wire(len);
    return pass(l, rc);
}

/* The times of a message are its sender's word: how long to wait for it is not,
 * but as of any link (net/link.h). TRI_OK, or the link below is dead. */
static int check_times(struct emulated *s, unsigned from, size_t len,
                       uint64_t sent, uint64_t due, uint64_t seen)
{
    const uint64_t slow =
        TRI_LINK_SLOW * (uint64_t)s->in.deadline_ms * 1000000u;

    /* Nothing leaves before it is sent, nor is sent after it arrives. */
    if (due < sent || (!s->line.separate && sent > seen))
        return tri_link_end(&s->in, TRI_E_PROTO, (int)from,
                            "P%u sends messages without the times of an "
                            "emulated network",
                            from);
    if (due - (s->line.separate ? sent : seen) <=
            slow * (1 + len / TRI_LINK_LEAST) ||
        (!s->line.separate && due < seen))
        return TRI_OK;
    (void)tri_link_fail_slow(&s->in, from, len, 0, slow / 1000000u);
    return tri_link_kill(&s->in, TRI_E_TIMEOUT, (int)from, "");
}

/* Sleep until `due`; what is queued below goes on meanwhile. */
static int sleep_until(struct emulated *s, uint64_t due)
{
    uint64_t now = tri_clock_ns();
    const uint64_t start = now;
    int rc = TRI_OK;

    while (rc == TRI_OK && now < due) {
        const uint64_t most = now + NAP_US * 1000u;
        const uint64_t to = due < most ? due : most;
        const struct timespec t = { (time_t)(to / 1000000000u),
                                    (long)(to % 1000000000u) };

        rc = tri_poll(&s->in);
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        now = tri_clock_ns();
    }
    s->waited += now - start;
    return rc;
}

static int emulate_recv(struct tri_link *l, unsigned from, void *buf,
                        size_t len)
{
    struct emulated *s = l->self;
    uint8_t stamp[STAMP];
    uint64_t seen = 0, sent, due;
    int rc = tri_recv(&s->in, from, stamp, STAMP);

    if (rc == TRI_OK) {
        seen = tri_clock_ns();
        rc = tri_recv(&s->in, from, buf, len);
    }
    if (rc == TRI_OK) {
        sent = tri_le_load64(stamp);
        due = tri_le_load64(stamp + 8);
        rc = check_times(s, from, len, sent, due, seen);
    }
    if (rc == TRI_OK) {
        if (s->line.separate)
            due = due - sent + seen;
        rc = sleep_until(s, due + s->line.rtt_ns / 2);
    }
    if (rc == TRI_OK)
        l->stats.received[from] += tri_record_wire(len);
    return pass(l, rc);
}

static int emulate_flush(struct tri_link *l)
{
    struct emulated *s = l->self;

    return pass(l, tri_flush(&s->in));
}

static int emulate_poll(struct tri_link *l)
{
    struct emulated *s = l->self;

    return pass(l, tri_poll(&s->in));
}

static void emulate_fail(struct tri_link *l, int err)
{
    struct emulated *s = l->self;

    (void)tri_link_end(&s->in, err, l->blamed, "%s", l->error);
}

static void emulate_close(struct tri_link *l)
{
    struct emulated *s = l->self;

    tri_close(&s->in);
    tri_wipe(s, sizeof *s);
    free(s);
}

static const struct tri_link_ops emulate_ops = {
    .send = emulate_send,
    .recv = emulate_recv,
    .flush = emulate_flush,
    .poll = emulate_poll,
    .close = emulate_close,
    .fail = emulate_fail,
};

int tri_emulate_wrap(struct tri_link *l, struct tri_link *inner,
                     const struct tri_line *line)
{
    struct emulated *s;

    if (inner->ops == NULL || inner->dead != TRI_OK ||
        line->rtt_ns > TRI_EMULATE_RTT_MAX ||
        line->rate < TRI_EMULATE_RATE_MIN || line->rate > TRI_EMULATE_RATE_MAX)
        return TRI_E_ARG;
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return TRI_E_NOMEM;
    s->in = *inner;
    s->line = *line;
    *inner = (struct tri_link){ .id = s->in.id,
                                .dead = TRI_E_DEAD,
                                .blamed = TRI_NOBODY };
    *l = (struct tri_link){ .ops = &emulate_ops,
                            .self = s,
                            .id = s->in.id,
                            .blamed = TRI_NOBODY,
                            .deadline_ms = s->in.deadline_ms,
                            .stats = s->in.stats };
    memcpy(l->secret, s->in.secret, sizeof l->secret);
    return TRI_OK;
}

const struct tri_emulate_ops tri_emulate_ops = { tri_emulate_parse,
                                                 tri_emulate_wrap };
