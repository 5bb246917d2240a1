#include "tests/checks.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/err.h"
#include "core/le.h"
#include "net/host/clock.h"
#include "net/host/emulate.h"
#include "tests/support/links.h"
#include "tests/support/patience.h"

static void check_parse(struct tri_check *c)
{
    static const struct {
        const char *text;
        int rc;
        uint64_t rtt, rate;
        const char *error; /* a part of it */
    } cases[] = {
        { "lan", TRI_OK, 200000, 625000000, "" },
        { "wan", TRI_OK, 58000000, 40000000, "" },
        { "10ms:100MB/s", TRI_OK, 10000000, 100000000, "" },
        { "0.2ms:0.625GB/s", TRI_OK, 200000, 625000000, "" },
        { "1.5us:1000B/s", TRI_OK, 1500, 1000, "" },
        { "0s:1kB/s", TRI_OK, 0, 1000, "" },
        { "10s:100GB/s", TRI_OK, UINT64_C(10000000000), UINT64_C(100000000000),
          "" },
        { "", TRI_E_FORMAT, 0, 0, "say lan, wan or RTT:RATE" },
        { NULL, TRI_E_FORMAT, 0, 0, "say lan" },
        { "LAN", TRI_E_FORMAT, 0, 0, "neither lan nor wan" },
        { "lan ", TRI_E_FORMAT, 0, 0, "neither" },
        { "10:100MB/s", TRI_E_FORMAT, 0, 0, "round-trip time" },
        { "10m:100MB/s", TRI_E_FORMAT, 0, 0, "round-trip time" },
        { "-1ms:1MB/s", TRI_E_FORMAT, 0, 0, "round-trip time" },
        { "+1ms:1MB/s", TRI_E_FORMAT, 0, 0, "round-trip time" },
        { " 1ms:1MB/s", TRI_E_FORMAT, 0, 0, "round-trip time" },
        { "1.ms:1MB/s", TRI_E_FORMAT, 0, 0, "round-trip time" },
        { ".5ms:1MB/s", TRI_E_FORMAT, 0, 0, "round-trip time" },
        { "1e3ms:1MB/s", TRI_E_FORMAT, 0, 0, "round-trip time" },
        { "10ms", TRI_E_FORMAT, 0, 0, "a rate is missing" },
        { "10ms:", TRI_E_FORMAT, 0, 0, "the rate is not" },
        { "10ms:100", TRI_E_FORMAT, 0, 0, "the rate is not" },
        { "10ms:100mB/s", TRI_E_FORMAT, 0, 0, "the rate is not" },
        { "10ms:100Mb/s", TRI_E_FORMAT, 0, 0, "the rate is not" },
        { "10ms:100MB/s:", TRI_E_FORMAT, 0, 0, "the rate is not" },
        { "10ms:100MB/s ", TRI_E_FORMAT, 0, 0, "the rate is not" },
        { "10.1s:100MB/s", TRI_E_RANGE, 0, 0, "more than 10 s" },
        { "99999999999999999999ms:1MB/s", TRI_E_RANGE, 0, 0, "10 s" },
        { "10ms:999B/s", TRI_E_RANGE, 0, 0, "within 1kB/s and 100GB/s" },
        { "10ms:0MB/s", TRI_E_RANGE, 0, 0, "within" },
        { "10ms:100.1GB/s", TRI_E_RANGE, 0, 0, "within" },
        { "10ms:18446744073709551617B/s", TRI_E_RANGE, 0, 0, "within" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tri_line s = { 7, 7, 7 };
        char error[TRI_EMULATE_ERROR];
        const int rc = tri_emulate_parse(&s, cases[i].text, error);

        CHECK(c, rc == cases[i].rc, "case %zu: rc %d, %s", i, rc, error);
        CHECK(c,
              rc == TRI_OK ? error[0] == '\0' && s.rtt_ns == cases[i].rtt &&
                                 s.rate == cases[i].rate && s.separate == 0
                           : strstr(error, cases[i].error) != NULL &&
                                 s.rtt_ns == 7 && s.rate == 7,
              "case %zu: %llu ns, %llu B/s, %s", i,
              (unsigned long long)s.rtt_ns, (unsigned long long)s.rate, error);
        CHECK(c, tri_emulate_parse(&s, cases[i].text, NULL) == rc, "no text");
    }
}

/* ---- times -------------------------------------------------------------- */

struct job {
    uint32_t late; /* ms that a machine may take beside */
    struct tri_line s;
    tri_links_fn *fn;
    struct tri_link *l;
    int kind;
};

static double seconds(void)
{
    return (double)tri_clock_ns() * 1e-9;
}

static double cpu_seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Run `fn` on three shaped links of a kind. */
static void go(struct tri_check *c, int kind, const char *text, int separate,
               tri_links_fn *fn, uint32_t late)
{
    struct tri_link in[3], l[3];
    struct job j = { .late = late, .fn = fn };
    char error[TRI_EMULATE_ERROR];

    if (c->msg[0] != '\0')
        return;
    CHECK(c, tri_emulate_parse(&j.s, text, error) == TRI_OK, "%s", error);
    j.s.separate = separate;
    tri_links_make(c, in, kind, 60000);
    if (c->msg[0] != '\0')
        return;
    for (int i = 0; i < 3; i++)
        CHECK(c, tri_emulate_wrap(&l[i], &in[i], &j.s) == TRI_OK, "wrap");
    CHECK(c, in[0].dead != TRI_OK && in[0].ops == NULL, "inner link lives");
    tri_links_run(c, l, fn, &j);
}

/* Eight bytes from party to party, in a ring: three one-way delays a turn. */
static void ring(struct tri_check *c, struct tri_link *l, void *arg)
{
    const struct job *j = arg;
    const double one_way = (double)j->s.rtt_ns * 0.5e-9;
    const unsigned next = (l->id + 1) % 3, prev = (l->id + 2) % 3;
    const int turns = 6;
    uint64_t word[2] = { 0 };
    const double cpu = cpu_seconds();
    double start = seconds();

    for (int i = 0; i < turns; i++) {
        word[i % 2] = (uint64_t)i;
        if (l->id == 0)
            CHECK(c,
                  tri_send(l, next, (const uint8_t *)&word[i % 2], 8) == TRI_OK,
                  "%s", l->error);
        CHECK(c, tri_recv(l, prev, (uint8_t *)&word[i % 2], 8) == TRI_OK, "%s",
              l->error);
        CHECK(c, word[i % 2] == (uint64_t)i, "wrong bytes");
        if (l->id != 0)
            CHECK(c,
                  tri_send(l, next, (const uint8_t *)&word[i % 2], 8) == TRI_OK,
                  "%s", l->error);
        CHECK(c, tri_flush(l) == TRI_OK, "%s", l->error);
    }
    const double took = seconds() - start;
    const double want = turns * 3 * one_way;

    /* Never faster; slower only by what a busy machine adds. */
    CHECK(c, l->id != 0 || (took >= want && took < 2 * want + 1e-3 * j->late),
          "%.1f ms where %.1f ms are right", took * 1e3, want * 1e3);
    CHECK(c, cpu_seconds() - cpu < 0.05 + 0.4 * took, "%.1f ms of processor",
          (cpu_seconds() - cpu) * 1e3);
    CHECK(c,
          l->stats.payload[next] == 8u * (unsigned)turns &&
              l->stats.messages[next] == (unsigned)turns &&
              l->stats.sent[next] == 24u * (unsigned)turns &&
              l->stats.received[prev] == 24u * (unsigned)turns &&
              l->stats.payload[prev] == 0,
          "counters: %llu bytes, %llu messages",
          (unsigned long long)l->stats.payload[next],
          (unsigned long long)l->stats.messages[next]);
    CHECK(c,
          l->stats.rounds == 3 * (unsigned)turns - (l->id == 0 ? 0 : 3 - l->id),
          "P%u: %llu rounds", l->id, (unsigned long long)l->stats.rounds);
    CHECK(c, l->stats.wait_ns > 0, "nobody waited");
}

/* 20 MB from everybody to everybody at once, in pieces: full duplex, each
 * direction at its own full rate. */
static void bulk(struct tri_check *c, struct tri_link *l, void *arg)
{
    const struct job *j = arg;
    const size_t n = 20 * 1000 * 1000, piece = n / 8;
    const double want =
        (double)n / (double)j->s.rate + (double)j->s.rtt_ns * 0.5e-9;
    const unsigned a = (l->id + 1) % 3, b = (l->id + 2) % 3;
    uint8_t *out = malloc(n), *in = malloc(piece);
    int rc = TRI_OK;

    memset(out, (int)(l->id + 1), n);
    memset(in, 0, piece);
    for (unsigned k = 1; k < 3 && rc == TRI_OK; k++) /* start together */
        rc = tri_send(l, (l->id + k) % 3, out, 8);
    for (unsigned k = 1; k < 3 && rc == TRI_OK; k++)
        rc = tri_recv(l, (l->id + k) % 3, in, 8);
    const double start = seconds();

    for (size_t k = 0; k < 8 && rc == TRI_OK; k++) {
        rc = tri_send(l, a, out + k * piece, piece);
        if (rc == TRI_OK)
            rc = tri_send(l, b, out + k * piece, piece);
    }
    for (size_t k = 0; k < 8 && rc == TRI_OK; k++) {
        rc = tri_recv(l, a, in, piece);
        if (rc == TRI_OK && (in[0] != a + 1 || in[piece - 1] != a + 1))
            tri_check_fail(c, "wrong bytes");
        if (rc == TRI_OK)
            rc = tri_recv(l, b, in, piece);
        if (rc == TRI_OK && (in[0] != b + 1 || in[piece - 1] != b + 1))
            tri_check_fail(c, "wrong bytes");
    }
    const double took = seconds() - start;

    if (rc == TRI_OK)
        rc = tri_flush(l);
    if (rc != TRI_OK)
        tri_check_fail(c, "%s", l->error);
    /* Never faster; how much slower is up to whoever else is on this machine.
     */
    else if (took < 0.95 * want || took > 2 * want + 1e-3 * j->late)
        tri_check_fail(c, "%.0f ms where %.0f ms are right", took * 1e3,
                       want * 1e3);
    else if (l->stats.rounds != 2 || l->stats.payload[a] != n + 8 ||
             l->stats.messages[b] != 9)
        tri_check_fail(c, "counters");
    tri_close(l); /* before the buffers go */
    free(out);
    free(in);
}

static void delay_within(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    go(c, TRI_LINKS_MEM, "20ms:100MB/s", 0, ring, ms);
    go(c, TRI_LINKS_TCP, "20ms:100MB/s", 0, ring, ms);
    go(c, TRI_LINKS_SEALED, "wan", 0, ring, ms);
    go(c, TRI_LINKS_MEM, "20ms:100MB/s", 1, ring, ms);
}

static void check_delay(struct tri_check *c)
{
    tri_patience(c, 1000, delay_within, NULL);
}

static void rate_within(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    go(c, TRI_LINKS_MEM, "10ms:15MB/s", 0, bulk, ms);
    go(c, TRI_LINKS_TCP, "10ms:15MB/s", 0, bulk, ms);
}

static void check_rate(struct tri_check *c)
{
    tri_patience(c, 1000, rate_within, NULL);
}

/* More messages than any queue holds, and errors from below. */
static void many(struct tri_check *c, struct tri_link *l, void *arg)
{
    uint64_t out[64], in;
    const int n = 5000;

    (void)arg;
    if (l->id == 2) {
        for (int i = 0; i < n; i++) {
            out[i % 64] = (uint64_t)i;
            CHECK(c, tri_send(l, 0, (const uint8_t *)&out[i % 64], 8) == TRI_OK,
                  "%s", l->error);
            if (i % 64 == 63)
                CHECK(c, tri_flush(l) == TRI_OK, "%s", l->error);
        }
        CHECK(c, tri_flush(l) == TRI_OK, "%s", l->error);
    } else if (l->id == 0) {
        for (int i = 0; i < n; i++)
            CHECK(c,
                  tri_recv(l, 2, (uint8_t *)&in, 8) == TRI_OK &&
                      in == (uint64_t)i,
                  "message %d: %s", i, l->error);
    }
}

static void fails(struct tri_check *c, struct tri_link *l, void *arg)
{
    uint8_t b[16] = { 1 };
    int rc;

    (void)arg;
    if (l->id == 1) {
        rc = tri_send(l, 0, b, 16);
        CHECK(c, rc == TRI_OK && tri_flush(l) == TRI_OK, "%s", l->error);
        rc = tri_recv(l, 0, b, 1);
        CHECK(c, rc == TRI_E_PROTO && l->blamed == 1, "rc %d, %s", rc,
              l->error);
    } else if (l->id == 0) {
        rc = tri_recv(l, 1, b, 8);
        CHECK(c,
              rc == TRI_E_PROTO && b[0] == 0 &&
                  strcmp(l->error, "P1 sent a message of 16 bytes where 8 were "
                                   "expected") == 0,
              "rc %d, %s", rc, l->error);
        CHECK(c, tri_send(l, 1, b, 8) == TRI_E_DEAD, "alive");
    } else {
        rc = tri_link_kill(l, TRI_E_PROTO, 1, "relu");
        CHECK(c, rc == TRI_E_PROTO && l->dead == rc && l->blamed == 1, "kill");
    }
}

static void fails_alone(struct tri_check *c, struct tri_link *l, void *arg)
{
    if (l->id != 2)
        fails(c, l, arg);
    else /* see what P0 does */
        CHECK(c,
              tri_recv(l, 0, &(uint8_t){ 0 }, 1) == TRI_E_PROTO &&
                  l->blamed == 1,
              "%s", l->error);
}

static void hears_kill(struct tri_check *c, struct tri_link *l, void *arg)
{
    uint8_t b[8];

    if (l->id == 2)
        fails(c, l, arg);
    else
        CHECK(c,
              tri_recv(l, 2, b, 8) == TRI_E_PROTO && l->blamed == 1 &&
                  strncmp(l->error, "relu: a peer broke the protocol (P1)",
                          36) == 0,
              "%s", l->error);
}

static void check_semantics(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++) {
        go(c, kind, "2ms:625MB/s", 0, many, 0);
        go(c, kind, "2ms:625MB/s", 0, fails_alone, 0);
        go(c, kind, "2ms:625MB/s", 0, hears_kill, 0);
    }
}

/* P1 sends P0 times that nobody can wait for; all three name it at once. */
struct lie {
    const char *name;
    int separate, rc;
    int64_t sent, due; /* from now, ns */
};

static void lies(struct tri_check *c, struct tri_link *l, void *arg)
{
    const struct lie *lie = arg;
    const struct tri_line line = { 2000000, 625000000, lie->separate };
    const uint64_t start = tri_clock_ns();
    struct tri_link outer = { 0 };
    uint8_t b[24] = { 0 };
    int rc;

    if (l->id == 1) {
        tri_le_store64(b, start + (uint64_t)lie->sent);
        tri_le_store64(b + 8, start + (uint64_t)lie->due);
        rc = tri_send(l, 0, b, 16);
        if (rc == TRI_OK)
            rc = tri_send(l, 0, b + 16, 8);
        if (rc == TRI_OK)
            rc = tri_recv(l, 0, b, 8);
    } else if (tri_emulate_wrap(&outer, l, &line) == TRI_OK) {
        rc = tri_recv(&outer, l->id == 0 ? 1 : 0, b, 8);
        *l = outer;
    } else {
        rc = TRI_E_ARG;
    }
    CHECK(c, rc == lie->rc && l->blamed == 1 && strstr(l->error, "P1") != NULL,
          "%s: rc %d, %s", lie->name, rc, l->error);
    CHECK(c, tri_clock_ns() - start < UINT64_C(30000000000), "%s: late",
          lie->name);
}

static void check_lies(struct tri_check *c)
{
    static const int64_t hour = INT64_C(3600000000000);
    const struct lie lie[] = {
        { "due before it was sent", 0, TRI_E_PROTO, 0, -1 },
        { "sent later", 0, TRI_E_PROTO, hour, hour },
        { "an hour", 0, TRI_E_TIMEOUT, -1000000000, hour },
        { "an hour by another clock", 1, TRI_E_TIMEOUT, 5 * hour, 6 * hour },
        { "for ever", 1, TRI_E_TIMEOUT, 0, INT64_MAX / 2 },
    };

    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        for (size_t i = 0; i < sizeof lie / sizeof *lie; i++)
            tri_links_go(c, kind, 60000, lies, (void *)(uintptr_t)&lie[i]);
}

const struct tri_check_entry tri_checks_emulate[] = {
    { "emulate/parse", check_parse }, { "emulate/delay", check_delay },
    { "emulate/rate", check_rate },   { "emulate/semantics", check_semantics },
    { "emulate/lies", check_lies },
};
const size_t tri_checks_emulate_n =
    sizeof tri_checks_emulate / sizeof *tri_checks_emulate;
