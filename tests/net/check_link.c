#include "tests/checks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "net/bye.h"
#include "net/host/mem.h"
#include "net/record.h"
#include "tests/support/links.h"
#include "tests/support/patience.h"

#define MIB ((size_t)1 << 20)

/* Bytes that name their message and their place. */
static void fill(uint8_t *p, size_t n, uint64_t tag)
{
    uint64_t s = tag;

    for (size_t i = 0; i < n; i += 8) {
        const uint64_t w = tri_test_rand(&s);

        memcpy(p + i, &w, n - i < 8 ? n - i : 8);
    }
}

static int filled(const uint8_t *p, size_t n, uint64_t tag)
{
    uint64_t s = tag;

    for (size_t i = 0; i < n; i += 8) {
        const uint64_t w = tri_test_rand(&s);

        if (memcmp(p + i, &w, n - i < 8 ? n - i : 8) != 0)
            return 0;
    }
    return 1;
}

static int all_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return 0;
    return 1;
}

/* ---- wire format -------------------------------------------------------- */

static void check_record(struct tri_check *c)
{
    /* The bytes of two headers, written out. */
    static const uint8_t want[] = { 0x60, 0, 0, 0, 1, 0, 0, 0,
                                    7,    1, 0, 0, 9, 0, 0, 0 };
    const struct tri_record r = { 96, TRI_RECORD_LAST, 263, 9 };
    static const struct {
        struct tri_record r;
        int rc;
    } cases[] = {
        { { 1, 1, 0, 1 }, TRI_OK },
        { { TRI_RECORD_MAX, 1, ~0u, ~0u }, TRI_OK },
        { { TRI_RECORD_MAX, 0, 0, 0 }, TRI_OK },
        { { 0, 2, 5, 0 }, TRI_OK },
        { { 3, 2, 5, 0 }, TRI_OK },
        { { TRI_BYE_MAX, 2, 5, 0 }, TRI_OK },
        { { 0, 1, 0, 1 }, TRI_E_PROTO },
        { { TRI_RECORD_MAX + 1, 1, 0, 1 }, TRI_E_PROTO },
        { { ~0u, 1, 0, 1 }, TRI_E_PROTO },
        { { TRI_RECORD_MAX - 1, 0, 0, 1 }, TRI_E_PROTO },
        { { 0, 0, 0, 1 }, TRI_E_PROTO },
        { { 0, 2, 5, 1 }, TRI_E_PROTO },
        { { TRI_BYE_MAX + 1, 2, 5, 0 }, TRI_E_PROTO },
        { { 8, 3, 5, 0 }, TRI_E_PROTO },
        { { 8, 5, 0, 1 }, TRI_E_PROTO },
        { { 8, 0x80000001u, 0, 1 }, TRI_E_PROTO },
        { { 0, 4, 5, 0 }, TRI_OK },
        { { 0, 4, 5, 1 }, TRI_E_PROTO },
        { { 1, 4, 5, 0 }, TRI_E_PROTO },
        { { 0, 6, 5, 0 }, TRI_E_PROTO },
    };
    uint8_t wire[TRI_RECORD_HEADER], greeting[TRI_GREETING_BYTES];
    struct tri_record back;
    struct tri_greeting g = { TRI_WIRE_VERSION, 2, 1, 0 }, h;

    tri_record_print(wire, &r);
    CHECK(c, memcmp(wire, want, sizeof(want)) == 0, "header bytes");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        tri_record_print(wire, &cases[i].r);
        CHECK(c, tri_record_parse(&back, wire) == cases[i].rc, "case %zu", i);
        CHECK(c, memcmp(&back, &cases[i].r, sizeof(back)) == 0, "case %zu", i);
    }
    CHECK(c,
          tri_record_wire(0) == 0 && tri_record_wire(1) == 17 &&
              tri_record_wire(262144) == 262160 &&
              tri_record_wire(262145) == 262145 + 32,
          "wire sizes");

    tri_greeting_print(greeting, &g);
    CHECK(c,
          memcmp(greeting, "TRINN\0\0\0\3\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0", 24) ==
              0,
          "greeting bytes");
    CHECK(c,
          tri_greeting_parse(&h, greeting) == TRI_OK &&
              memcmp(&g, &h, sizeof(g)) == 0,
          "greeting");
    for (unsigned i = 0; i < TRI_GREETING_BYTES; i++) {
        const int version = i >= 8 && i < 12;

        greeting[i] ^= 0x40;
        CHECK(c,
              tri_greeting_parse(&h, greeting) ==
                  (version ? TRI_OK : TRI_E_PROTO),
              "greeting byte %u", i);
        CHECK(c, !version || h.version != TRI_WIRE_VERSION, "version");
        greeting[i] ^= 0x40;
    }
    greeting[16] = 2; /* from itself to itself */
    CHECK(c, tri_greeting_parse(&h, greeting) == TRI_E_PROTO, "to itself");
}

/* ---- random messages ---------------------------------------------------- */

enum { STEPS = 60 };

struct plan {
    size_t len[STEPS][3][3]; /* 0: none */
    uint8_t flush[STEPS];
    uint64_t tag;
    struct tri_link_stats want[3];
    uint64_t payload_bytes; /* of the largest party */
};

/* Sizes at and around borders of records, of the read-ahead buffer, small
 * ones, none. */
static size_t some_length(uint64_t *rng)
{
    static const size_t edge[] = {
        1,     16,     17,     96,     65519,  65520,
        65521, 262143, 262144, 262145, 524288, 800001
    };
    const uint64_t r = tri_test_rand(rng);

    switch (r % 8) {
    case 0:
    case 1:
        return 0;
    case 2:
        return edge[(r >> 8) % (sizeof(edge) / sizeof(*edge))];
    case 3:
        return (r >> 8) % 700000;
    default:
        return 1 + (r >> 8) % 300;
    }
}

/* What the counters must be follows from the plan: in a step, everybody sends
 * before it receives. */
static void make_plan(struct plan *p, uint64_t *rng, int kind)
{
    /* header, and sealed: its tag and the payload's */
    const size_t extra = kind == TRI_LINKS_SEALED ? 48 : 16;

    memset(p, 0, sizeof(*p));
    p->tag = tri_test_rand(rng);
    for (int s = 0; s < STEPS; s++) {
        uint64_t depth[3];

        for (int i = 0; i < 3; i++)
            depth[i] = p->want[i].rounds + 1;
        p->flush[s] = tri_test_rand(rng) % 2 == 0 || s == STEPS - 1;
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                const size_t n = i == j ? 0 : some_length(rng);

                p->len[s][i][j] = n;
                if (n == 0)
                    continue;
                p->want[i].payload[j] += n;
                p->want[i].messages[j]++;
                p->want[i].sent[j] += n + extra * ((n + 262143) / 262144);
                p->want[j].received[i] += n + extra * ((n + 262143) / 262144);
                if (p->want[j].rounds < depth[i])
                    p->want[j].rounds = depth[i];
            }
    }
}

static uint64_t tag_of(const struct plan *p, int s, unsigned i, unsigned j)
{
    return p->tag + (uint64_t)s * 16 + i * 4 + j;
}

static void follow_plan(struct tri_check *c, struct tri_link *l, void *arg)
{
    const struct plan *p = arg;
    const unsigned i = l->id;
    uint8_t *out[STEPS][3] = { { NULL } };
    uint64_t rng = p->tag ^ i;
    int first = 0;

    for (int s = 0; s < STEPS && c->msg[0] == '\0'; s++) {
        const unsigned swap = tri_test_rand(&rng) % 2;

        for (unsigned k = 1; k < 3; k++) {
            const unsigned j = (i + (swap ? 3 - k : k)) % 3;
            const size_t n = p->len[s][i][j];

            out[s][j] = malloc(n + 1);
            fill(out[s][j], n, tag_of(p, s, i, j));
            if (tri_send(l, j, out[s][j], n) != TRI_OK)
                tri_check_fail(c, "step %d, send: %s", s, l->error);
        }
        const unsigned turn = tri_test_rand(&rng) % 2;
        for (unsigned k = 1; k < 3 && c->msg[0] == '\0'; k++) {
            const unsigned from = (i + (turn ? 3 - k : k)) % 3;
            const size_t n = p->len[s][from][i];
            uint8_t *in = malloc(n + 1);

            in[n] = 0x5a;
            if (tri_recv(l, from, in, n) != TRI_OK)
                tri_check_fail(c, "step %d, recv: %s", s, l->error);
            else if (!filled(in, n, tag_of(p, s, from, i)) || in[n] != 0x5a)
                tri_check_fail(c, "step %d: wrong bytes from P%u", s, from);
            free(in);
        }
        if (!p->flush[s] && tri_poll(l) != TRI_OK)
            tri_check_fail(c, "step %d, poll: %s", s, l->error);
        if (!p->flush[s])
            continue;
        if (tri_flush(l) != TRI_OK)
            tri_check_fail(c, "step %d, flush: %s", s, l->error);
        /* From here on the buffers are ours: late readers see junk. */
        for (; first <= s; first++)
            for (unsigned j = 0; j < 3; j++)
                if (out[first][j] != NULL) {
                    memset(out[first][j], 0xee, p->len[first][i][j]);
                    free(out[first][j]);
                    out[first][j] = NULL;
                }
    }
    if (c->msg[0] == '\0') {
        struct tri_link_stats got = l->stats;

        got.wait_ns = 0;
        if (memcmp(&got, &p->want[i], sizeof(got)) != 0)
            tri_check_fail(c,
                           "counters: rounds %llu for %llu, sent %llu %llu "
                           "%llu for %llu %llu %llu",
                           (unsigned long long)got.rounds,
                           (unsigned long long)p->want[i].rounds,
                           (unsigned long long)got.sent[0],
                           (unsigned long long)got.sent[1],
                           (unsigned long long)got.sent[2],
                           (unsigned long long)p->want[i].sent[0],
                           (unsigned long long)p->want[i].sent[1],
                           (unsigned long long)p->want[i].sent[2]);
    }
    if (c->msg[0] != '\0')
        tri_close(l); /* before the buffers go */
    for (; first < STEPS; first++)
        for (unsigned j = 0; j < 3; j++)
            free(out[first][j]);
}

static void check_patterns(struct tri_check *c)
{
    struct plan *p = malloc(sizeof(*p));

    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        for (int i = 0; i < 3 && c->msg[0] == '\0'; i++) {
            struct tri_check own = { .seed = tri_test_rand(&c->seed) };

            make_plan(p, &own.seed, kind);
            tri_links_go(&own, kind, 60000, follow_plan, p);
            if (own.msg[0] != '\0')
                tri_check_fail(c, "%s, plan %d: %s", tri_links_name[kind], i,
                               own.msg);
        }
    free(p);
}

/* 10 MB from everybody to everybody at once, received in an order that leaves
 * something unread for long. */
static void exchange_large(struct tri_check *c, struct tri_link *l, void *arg)
{
    const size_t n = 10 * 1000 * 1000;
    const unsigned i = l->id;
    const unsigned rounds = *(unsigned *)arg;
    uint8_t *out = malloc(2 * n), *in = malloc(n);

    for (unsigned round = 0; round < rounds && c->msg[0] == '\0'; round++) {
        for (unsigned k = 1; k < 3; k++) {
            const unsigned to = (i + k) % 3;

            fill(out + (k - 1) * n, n, 100 * round + 10 * i + to);
            if (tri_send(l, to, out + (k - 1) * n, n) != TRI_OK)
                tri_check_fail(c, "send: %s", l->error);
        }
        for (unsigned k = 1; k < 3 && c->msg[0] == '\0'; k++) {
            const unsigned from = (i + (round ? k : 3 - k)) % 3;

            if (tri_recv(l, from, in, n) != TRI_OK)
                tri_check_fail(c, "recv: %s", l->error);
            else if (!filled(in, n, 100 * round + 10 * from + i))
                tri_check_fail(c, "wrong bytes from P%u", from);
        }
        if (tri_flush(l) != TRI_OK)
            tri_check_fail(c, "flush: %s", l->error);
    }
    if (c->msg[0] == '\0' && l->stats.rounds != rounds)
        tri_check_fail(c, "%llu rounds", (unsigned long long)l->stats.rounds);
    if (c->msg[0] != '\0') /* before the buffers go */
        tri_close(l);
    free(out);
    free(in);
}

static void check_large(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++) {
        unsigned rounds = kind == TRI_LINKS_TCP ? 2 : 1;

        tri_links_go(c, kind, 60000, exchange_large, &rounds);
    }
}

/* P2 runs 5000 messages ahead, more than a queue holds. */
static void run_ahead(struct tri_check *c, struct tri_link *l, void *arg)
{
    uint64_t out[64], in;
    const int n = 5000;

    (void)arg;
    if (l->id == 2) {
        for (int i = 0; i < n; i++) {
            out[i % 64] = (uint64_t)i;
            CHECK(c,
                  tri_send(l, 0, (const uint8_t *)&out[i % 64], 8) == TRI_OK &&
                      tri_send(l, 1, (const uint8_t *)&out[i % 64], 8) ==
                          TRI_OK,
                  "send %d: %s", i, l->error);
            if (i % 64 == 63)
                CHECK(c, tri_flush(l) == TRI_OK, "flush: %s", l->error);
        }
        CHECK(c, tri_flush(l) == TRI_OK, "flush: %s", l->error);
        return;
    }
    tri_links_sleep(l->id == 0 ? 50 : 0);
    for (int i = 0; i < n; i++)
        CHECK(c,
              tri_recv(l, 2, (uint8_t *)&in, 8) == TRI_OK && in == (uint64_t)i,
              "recv %d: %s", i, l->error);
    CHECK(c, l->stats.rounds == 1, "rounds");
}

static void check_ahead(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, 60000, run_ahead, NULL);
}

/* P0 sends 32 MB to P1, which reads with pauses: longer than the deadline in
 * all, but with progress; nothing comes back. */
static void one_way(struct tri_check *c, struct tri_link *l, void *arg)
{
    const size_t n = 4 * MIB;
    uint8_t *buf = malloc(n);

    fill(buf, n, 9);
    if (l->id == 0) {
        for (int i = 0; i < 8; i++)
            if (tri_send(l, 1, buf, n) != TRI_OK)
                tri_check_fail(c, "send: %s", l->error);
        if (tri_flush(l) != TRI_OK)
            tri_check_fail(c, "flush: %s", l->error);
    } else if (l->id == 1) {
        for (int i = 0; i < 8 && c->msg[0] == '\0'; i++) {
            tri_links_sleep(*(uint32_t *)arg / 6);
            if (tri_recv(l, 0, buf, n) != TRI_OK || !filled(buf, n, 9))
                tri_check_fail(c, "recv: %s", l->error);
        }
    }
    tri_close(l);
    free(buf);
}

static void one_way_within(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, ms, one_way, &ms);
}

static void check_one_way(struct tri_check *c)
{
    tri_patience(c, 1200, one_way_within, NULL);
}

/* P0 ends; P1, which lives, takes the last messages much later than the
 * deadline, and with heartbeats to P0 meanwhile. */
static void late(struct tri_check *c, struct tri_link *l, void *arg)
{
    const size_t n = 2 * MIB;
    uint8_t *buf = malloc(n);

    fill(buf, n, 9);
    for (int i = 0; i < 4 && l->id < 2 && c->msg[0] == '\0'; i++) {
        if (l->id == 1)
            tri_links_sleep(*(uint32_t *)arg / 3 * 5);
        if (l->id == 0 && tri_send(l, 1, buf, n) != TRI_OK)
            tri_check_fail(c, "send: %s", l->error);
        if (l->id == 1 &&
            (tri_recv(l, 0, buf, n) != TRI_OK || !filled(buf, n, 9)))
            tri_check_fail(c, "recv: %s", l->error);
    }
    if (l->id == 0 && tri_flush(l) != TRI_OK)
        tri_check_fail(c, "flush: %s", l->error);
    tri_close(l);
    free(buf);
}

static void late_by(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        if (kind != TRI_LINKS_MEM)
            tri_links_go(c, kind, ms, late, &ms);
}

static void check_late(struct tri_check *c)
{
    tri_patience(c, 600, late_by, NULL);
}

/* All flush before they receive, less at a time than a link keeps. */
static void flush_first(struct tri_check *c, struct tri_link *l, void *arg)
{
    static const uint8_t buf[16384];
    uint8_t in[sizeof(buf)];
    const unsigned a = (l->id + 1) % 3, b = (l->id + 2) % 3;

    (void)arg;
    for (int i = 0; i < 600; i++) {
        CHECK(c,
              tri_send(l, a, buf, sizeof(buf)) == TRI_OK &&
                  tri_send(l, b, buf, sizeof(buf)) == TRI_OK &&
                  tri_flush(l) == TRI_OK,
              "send: %s", l->error);
        CHECK(c,
              tri_recv(l, b, in, sizeof(in)) == TRI_OK &&
                  tri_recv(l, a, in, sizeof(in)) == TRI_OK,
              "recv: %s", l->error);
    }
}

static void check_flush_first(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, 60000, flush_first, NULL);
}

/* ---- failures among three ----------------------------------------------- */

/* A link that has failed stays failed, wipes and says why. */
static void check_sticky(struct tri_check *c, struct tri_link *l, int rc)
{
    uint8_t buf[8];
    char text[256];
    const unsigned other = (l->id + 1) % 3;

    CHECK(c, l->dead == rc, "dead is %d, not %d: %s", l->dead, rc, l->error);
    CHECK(c, l->error[0] != '\0', "no text");
    memcpy(text, l->error, sizeof(text));
    memset(buf, 0xff, sizeof(buf));
    CHECK(c, tri_recv(l, other, buf, 8) == TRI_E_DEAD, "recv after death");
    CHECK(c, all_zero(buf, 8), "a dead link did not wipe");
    CHECK(c, tri_send(l, other, buf, 8) == TRI_E_DEAD, "send after death");
    CHECK(c, tri_flush(l) == TRI_E_DEAD, "flush after death");
    CHECK(c, tri_poll(l) == TRI_E_DEAD, "poll after death");
    CHECK(c, memcmp(text, l->error, sizeof(text)) == 0 && l->dead == rc,
          "the first error was replaced");
}

/* What P0 says, told again. */
static int repeats(const char *error, const char *text)
{
    static const char tail[] = " (P0 says so)";
    const size_t n = strlen(text);

    return strncmp(error, text, n) == 0 &&
           strncmp(error + n, tail, sizeof(tail) - 1) == 0;
}

struct lengths {
    size_t sent, asked;
    const char *text;
};

/* P1 sends to P0 another length than P0 asks for; P2 waits for P0. */
static void mismatch(struct tri_check *c, struct tri_link *l, void *arg)
{
    const struct lengths *n = arg;
    uint8_t *buf = malloc(n->sent + n->asked);
    const uint64_t start = tri_links_ms();
    int rc;

    memset(buf, 0x77, n->sent + n->asked);
    switch (l->id) {
    case 0:
        rc = tri_recv(l, 1, buf, n->asked);
        if (rc != TRI_E_PROTO || strcmp(l->error, n->text) != 0)
            tri_check_fail(c, "rc %d, %s", rc, l->error);
        else if (!all_zero(buf, n->asked))
            tri_check_fail(c, "not wiped");
        else
            check_sticky(c, l, TRI_E_PROTO);
        break;
    case 1:
        rc = tri_send(l, 0, buf, n->sent);
        if (rc == TRI_OK)
            rc = tri_recv(l, 0, buf, 1);
        if (rc != TRI_E_PROTO || !repeats(l->error, n->text))
            tri_check_fail(c, "rc %d, %s", rc, l->error);
        tri_close(l); /* before the buffer goes */
        break;
    default:
        rc = tri_recv(l, 0, buf, 1);
        /* P1 ends too, and may be heard first. */
        if (rc != TRI_E_PROTO || !repeats(l->error, n->text))
            tri_check_fail(c, "rc %d, %s", rc, l->error);
        break;
    }
    if (tri_links_ms() - start > 30000)
        tri_check_fail(c, "not at once");
    free(buf);
}

static void check_mismatch(struct tri_check *c)
{
    static const struct lengths cases[] = {
        { 80, 96, "P1 sent a message of 80 bytes where 96 were expected" },
        { 96, 80, "P1 sent a message of 96 bytes where 80 were expected" },
        { 1, 300000,
          "P1 sent a message of 1 bytes where 300000 were expected" },
        { 300000, 300001,
          "P1 sent a message of 300000 bytes where 300001 were expected" },
        { 262144, 262145,
          "P1 sent a message of 262144 bytes where 262145 were expected" },
    };
    static const struct lengths over = {
        300000, 262144,
        "P1 sent a message of more than 262144 bytes where 262144 were "
        "expected"
    };

    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
            struct lengths n = cases[i];

            tri_links_go(c, kind, 60000, mismatch, &n);
        }
    struct lengths n = over;
    tri_links_go(c, TRI_LINKS_TCP, 60000, mismatch, &n);
}

static void misuse(struct tri_check *c, struct tri_link *l, void *arg)
{
    uint8_t b[8] = { 1 };

    switch (*(int *)arg) {
    case 0:
        CHECK(c, tri_send(l, l->id, b, 8) == TRI_E_ARG, "to itself");
        break;
    case 1:
        CHECK(c, tri_send(l, 3, b, 8) == TRI_E_ARG, "to nobody");
        break;
    case 2:
        CHECK(c, tri_send(l, (l->id + 1) % 3, NULL, 8) == TRI_E_ARG, "NULL");
        break;
    case 3:
        CHECK(c, tri_recv(l, l->id, b, 8) == TRI_E_ARG, "from itself");
        CHECK(c, b[0] == 0, "not wiped");
        break;
    default: /* no bytes: no message */
        CHECK(c, tri_send(l, (l->id + 1) % 3, NULL, 0) == TRI_OK, "empty");
        CHECK(c, tri_recv(l, (l->id + 1) % 3, NULL, 0) == TRI_OK, "empty");
        CHECK(c, l->stats.messages[(l->id + 1) % 3] == 0, "counted");
        return;
    }
    check_sticky(c, l, TRI_E_ARG);
}

static void check_misuse(struct tri_check *c)
{
    struct tri_link l[3];
    int fd[3] = { -1, -1, -1 };

    CHECK(c, tri_mem_create(l, 0) == TRI_E_ARG, "no deadline");
    CHECK(c, tri_tcp_adopt(l, 0, fd, 0) == TRI_E_ARG, "no deadline");
    CHECK(c, tri_tcp_adopt(l, 3, fd, 5) == TRI_E_ARG, "no party");
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        for (int i = 0; i < 5; i++)
            tri_links_go(c, kind, 60000, misuse, &i);
}

/* P1 ends after sending to P0, in order or by a crash (its link is dropped by
 * hand), while P0 waits for P2. In order: P0's wait goes on, and what P1 sent
 * is still there. `bytes` of P1 lie unread. */
struct ending {
    size_t bytes;
    int orderly;
};

/* Milliseconds this thread has computed. */
static uint64_t cpu_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

static void ends(struct tri_check *c, struct tri_link *l, void *arg)
{
    const struct ending *e = arg;
    uint8_t *buf = calloc(1, e->bytes + 8);
    const uint64_t cpu = cpu_ms();
    uint64_t waited;
    int rc;

    if (l->id == 0) {
        const uint64_t start = tri_links_ms();

        rc = tri_recv(l, 2, buf, 8);
        waited = cpu_ms() - cpu;
        if (e->orderly) {
            if (rc != TRI_OK)
                tri_check_fail(c, "an orderly end hurts: %s", l->error);
            else if (tri_recv(l, 1, buf, e->bytes) != TRI_OK ||
                     !filled(buf, e->bytes, 5))
                tri_check_fail(c, "last message: %s", l->error);
            else if (waited > 50)
                tri_check_fail(c, "the wait was busy");
            /* P1 may end later than P2 has spoken. */
            while (c->msg[0] == '\0' && e->bytes == 8 &&
                   (rc = tri_send(l, 1, buf, 1)) == TRI_OK)
                tri_links_sleep(1);
            if (c->msg[0] == '\0' && e->bytes != 8)
                rc = tri_recv(l, 1, buf, 1);
            if (c->msg[0] == '\0' &&
                (rc != TRI_E_IO ||
                 strcmp(l->error, "P1 closed the connection: it ended or "
                                  "failed; see its output") != 0))
                tri_check_fail(c, "past the end: %s", l->error);
        } else if (rc != TRI_E_IO ||
                   strncmp(l->error,
                           "a message without a buffer, to oneself "
                           "or to nobody: invalid argument (P1)",
                           74) != 0) {
            tri_check_fail(c, "rc %d, %s", rc, l->error);
        } else if (tri_links_ms() - start > 30000) {
            tri_check_fail(c, "not at once");
        }
    } else if (l->id == 1) {
        fill(buf, e->bytes, 5);
        if (tri_send(l, 0, buf, e->bytes) != TRI_OK || tri_flush(l) != TRI_OK)
            tri_check_fail(c, "send: %s", l->error);
        tri_links_sleep(30);
        if (!e->orderly)
            (void)tri_send(l, 1, buf, 1); /* kills its own link */
        tri_close(l);
    } else if (e->orderly) {
        tri_links_sleep(150);
        if (tri_send(l, 0, buf, 8) != TRI_OK || tri_flush(l) != TRI_OK)
            tri_check_fail(c, "send: %s", l->error);
    } else {
        rc = tri_recv(l, 0, buf, 1);
        if (rc != TRI_E_IO)
            tri_check_fail(c, "rc %d, %s", rc, l->error);
    }
    tri_close(l);
    free(buf);
}

static void check_ends(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        for (int i = 0; i < 5; i++) {
            /* 200000 bytes: the end lies behind a full read-ahead. A failure
             * behind it is seen at the deadline or through others: not
             * here. */
            struct ending e = { i < 2   ? 8
                                : i < 4 ? 20000
                                        : 200000,
                                i % 2 == 0 };

            tri_links_go(c, kind, 60000, ends, &e);
        }
}

/* P0 waits for P1, which neither sends nor reads; P2 hears of it. Over TCP the
 * link of P1 gives signs of life, and P0 is more patient. */
struct silence {
    uint32_t ms; /* the deadline */
    int mode, alive;
    _Atomic int over; /* P0 has its error */
};

static void silent(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct silence *s = arg;
    const int mode = s->mode;
    const size_t n = 32 * MIB;
    uint8_t *buf = calloc(1, n);
    const uint64_t start = tri_links_ms();
    const uint64_t held = s->alive ? 10u * s->ms : s->ms;
    char text[200];
    int rc = TRI_OK;

    if (l->id == 0 && mode == 0) {
        rc = tri_recv(l, 1, buf, 8);
    } else if (l->id == 0) {
        if (mode == 1) { /* one large message */
            rc = tri_send(l, 1, buf, n);
            if (rc == TRI_OK)
                rc = tri_flush(l);
        } else { /* more than the queue holds */
            for (int i = 0; i < 4 * TRI_TCP_QUEUE && rc == TRI_OK; i++)
                rc = tri_send(l, 1, buf, 65536);
        }
    } else {
        while (!atomic_load(&s->over))
            tri_links_sleep(2);
    }
    if (l->id == 2) {
        rc = tri_recv(l, 0, buf, 8);
        if (rc != TRI_E_TIMEOUT || l->blamed != 1 ||
            strstr(l->error, " (P0 says so)") == NULL)
            tri_check_fail(c, "rc %d, %s", rc, l->error);
    }
    if (l->id == 0) {
        const uint64_t ms = tri_links_ms() - start;

        (void)snprintf(
            text, sizeof text,
            s->alive    ? mode == 0
                              ? "P1 is alive, but too slow: for %.1f s it sent "
                                "nothing of a message of 8 bytes that P0 waits "
                                "for; give a longer deadline"
                              : "P1 is alive, but too slow: for %.1f s it took "
                                "nothing of what P0 has to send to it; give a "
                                "longer deadline"
            : mode == 0 ? "P1 sent nothing for %.1f s, while P0 waited for a "
                          "message of 8 bytes"
                        : "P1 received nothing for %.1f s, while P0 had "
                          "messages to send to it",
            (double)held / 1e3);
        if (rc != TRI_E_TIMEOUT || strcmp(l->error, text) != 0)
            tri_check_fail(c, "mode %d, rc %d, %s", mode, rc, l->error);
        else if (ms < held - 10 || ms > 2 * held + 5000)
            tri_check_fail(c, "after %llu ms", (unsigned long long)ms);
        atomic_store(&s->over, 1);
    }
    tri_close(l);
    free(buf);
}

static void silent_for(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        for (int mode = 0; mode < 3; mode++) {
            const int alive = kind != TRI_LINKS_MEM;
            struct silence s = { ms, mode, alive, 0 };

            if (kind == TRI_LINKS_SEALED && mode == 2)
                continue;
            tri_links_go(c, kind, ms, silent, &s);
        }
}

static void check_silent(struct tri_check *c)
{
    tri_patience(c, 200, silent_for, NULL);
}

/* The in-process fault hook, at a random byte of a stream of messages. */
static void stream_on(struct tri_check *c, struct tri_link *l, void *arg)
{
    const size_t n = *(size_t *)arg; /* whole messages that get through */
    uint64_t word = 1;

    for (size_t i = 0; i < 50; i++) {
        int rc = TRI_OK;

        if (l->id == 0)
            rc = tri_send(l, 1, (const uint8_t *)&word, 8);
        else if (l->id == 1)
            rc = tri_recv(l, 0, (uint8_t *)&word, 8);
        else
            rc = tri_recv(l, 1, (uint8_t *)&word, 8);
        if (rc == TRI_OK)
            continue;
        CHECK(c, rc == TRI_E_IO && l->error[0] != '\0', "rc %d", rc);
        /* The sender may see the receiver give up instead. */
        CHECK(c, l->id != 1 || i == n, "%zu messages, not %zu", i, n);
        CHECK(c, l->id != 0 || i >= n, "%zu messages, not %zu", i, n);
        check_sticky(c, l, TRI_E_IO);
        return;
    }
    tri_check_fail(c, "no failure");
}

static void check_cut(struct tri_check *c)
{
    for (int i = 0; i < 30 && c->msg[0] == '\0'; i++) {
        const uint64_t bytes = tri_test_rand(&c->seed) % 1190;
        size_t whole = (size_t)(bytes / 24);
        struct tri_link l[3];

        tri_links_make(c, l, TRI_LINKS_MEM, 60000);
        tri_mem_cut(&l[0], 1, bytes);
        tri_links_run(c, l, stream_on, &whole);
    }
}

/* ---- one party against raw sockets --------------------------------------- */

/* P0 with a link; its peers' ends of the connections are in the test's hand. */
struct raw {
    struct tri_link l;
    int fd[3];
};

static int raw_open(struct raw *r, uint32_t deadline_ms)
{
    int mine[3] = { -1, -1, -1 };

    for (int j = 1; j < 3; j++) {
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
            return -1;
        mine[j] = pair[0];
        r->fd[j] = pair[1];
    }
    return tri_tcp_adopt(&r->l, 0, mine, deadline_ms);
}

static void raw_close(struct raw *r)
{
    tri_close(&r->l);
    for (int j = 1; j < 3; j++)
        if (r->fd[j] >= 0)
            close(r->fd[j]);
}

static void raw_put(int fd, uint32_t len, uint32_t flags, uint32_t seq,
                    uint32_t depth, size_t payload)
{
    const struct tri_record h = { len, flags, seq, depth };
    uint8_t buf[TRI_RECORD_HEADER + 4096] = { 0 };

    tri_record_print(buf, &h);
    if (write(fd, buf, TRI_RECORD_HEADER + payload) < 0)
        return; /* the check that follows fails */
}

/* Writes what a socket pair does not hold. */
struct writer {
    int fd;
    const uint8_t *p;
    size_t n, most; /* most: at once, 0: all */
};

static void *write_all(void *arg)
{
    struct writer *w = arg;

    while (w->n > 0) {
        const size_t once = w->most != 0 && w->most < w->n ? w->most : w->n;
        const ssize_t k = send(w->fd, w->p, once, MSG_NOSIGNAL);

        if (k <= 0)
            break;
        w->p += k;
        w->n -= (size_t)k;
    }
    return NULL;
}

/* P0 waits for raw peers that say nothing at all. */
static void check_dead(struct tri_check *c)
{
    static const char *const text[2] = {
        "P1 sent nothing for 0.2 s, while P0 waited for a message of 8 bytes",
        "P1 received nothing for 0.2 s, while P0 had messages to send to it"
    };
    uint8_t *buf = calloc(1, 8 * MIB);

    for (int mode = 0; mode < 2; mode++) {
        const uint64_t start = tri_links_ms();
        struct raw r;
        int rc;

        if (raw_open(&r, 200) != TRI_OK) {
            tri_check_fail(c, "no link");
            break;
        }
        rc = mode == 0 ? tri_recv(&r.l, 1, buf, 8)
                       : tri_send(&r.l, 1, buf, 8 * MIB);
        if (rc == TRI_OK)
            rc = tri_flush(&r.l);
        if (rc != TRI_E_TIMEOUT || strcmp(r.l.error, text[mode]) != 0 ||
            tri_links_ms() - start < 190)
            tri_check_fail(c, "mode %d: rc %d, %s", mode, rc, r.l.error);
        raw_close(&r);
    }
    free(buf);
}

/* A peer that lives, but lets nothing of use through: heartbeats in halves, a
 * message byte by byte, a reader that takes a little. P0 waits for ten
 * deadlines and not longer. */
struct drip {
    struct raw r;
    uint32_t deadline;
    int mode, rc;
    _Atomic int over;
    uint64_t ms;
    pthread_t peer, self;
};

static void *drip(void *arg)
{
    struct drip *d = arg;
    const int fd = d->r.fd[1];
    uint8_t beat[TRI_RECORD_HEADER] = { 0 }, sink[1024];

    for (uint32_t seq = 0, k = 0; !atomic_load(&d->over); k++) {
        const struct tri_record h = { 0, TRI_RECORD_BEAT, seq, 0 };
        const struct tri_record first = { 200000, TRI_RECORD_LAST, 0, 1 };

        tri_record_print(beat, d->mode == 1 ? &first : &h);
        if (d->mode == 0) {
            (void)send(fd, beat + 8 * (k % 2), 8, MSG_NOSIGNAL);
            seq += k % 2;
        } else if (d->mode == 1) {
            (void)send(fd, beat, k == 0 ? sizeof(beat) : 1, MSG_NOSIGNAL);
        } else {
            (void)send(fd, beat, sizeof(beat), MSG_NOSIGNAL);
            (void)recv(fd, sink, sizeof(sink), MSG_DONTWAIT);
            seq++;
        }
        tri_links_sleep(d->deadline / 15);
    }
    return NULL;
}

static void *wait_for_drips(void *arg)
{
    struct drip *d = arg;
    const uint64_t start = tri_links_ms();
    uint8_t *buf = calloc(1, 8 * MIB);

    d->rc = d->mode == 2 ? tri_send(&d->r.l, 1, buf, 8 * MIB)
                         : tri_recv(&d->r.l, 1, buf, 200000);
    if (d->rc == TRI_OK)
        d->rc = tri_flush(&d->r.l);
    d->ms = tri_links_ms() - start;
    atomic_store(&d->over, 1);
    tri_close(&d->r.l);
    free(buf);
    return NULL;
}

static void drips_for(struct tri_check *c, uint32_t ms, void *arg)
{
    static const char *const does[3] = {
        "sent nothing of a message of 200000 bytes that P0 waits for; give a "
        "longer deadline",
        "sent less than 64 KiB of a message of 200000 bytes that P0 waits for; "
        "give a longer deadline",
        "took "
    };
    struct drip d[3] = { 0 };

    (void)arg;
    for (int mode = 0; mode < 3; mode++) {
        d[mode].mode = mode;
        d[mode].deadline = ms;
        if (raw_open(&d[mode].r, ms) != TRI_OK ||
            pthread_create(&d[mode].peer, NULL, drip, &d[mode]) != 0 ||
            pthread_create(&d[mode].self, NULL, wait_for_drips, &d[mode]) != 0)
            abort();
    }
    for (int mode = 0; mode < 3; mode++) {
        struct drip *e = &d[mode];
        char text[200];

        pthread_join(e->self, NULL);
        pthread_join(e->peer, NULL);
        (void)snprintf(text, sizeof text,
                       "P1 is alive, but too slow: for %.1f s it %s",
                       (double)ms / 100, does[mode]);
        if (e->rc != TRI_E_TIMEOUT ||
            strncmp(e->r.l.error, text, strlen(text)) != 0)
            tri_check_fail(c, "mode %d: rc %d, %s", mode, e->rc, e->r.l.error);
        else if (e->ms < 10 * ms - 10 || e->ms > 20 * ms + 5000)
            tri_check_fail(c, "mode %d: after %llu ms", mode,
                           (unsigned long long)e->ms);
        raw_close(&e->r);
    }
}

static void check_drips(struct tri_check *c)
{
    tri_patience(c, 300, drips_for, NULL);
}

/* A party that only computes: heartbeats come in time, with rising numbers,
 * and are not counted. */
static void check_beats_sent(struct tri_check *c)
{
    uint8_t wire[3 * TRI_RECORD_HEADER + 8];
    struct raw r;
    size_t have = 0;
    uint64_t start;

    start = tri_links_ms();
    CHECK(c, raw_open(&r, 400) == TRI_OK, "no link");
    while (have < 2 * TRI_RECORD_HEADER && tri_links_ms() - start < 60000) {
        const ssize_t k = recv(r.fd[1], wire + have, 2 * 16 - have, 0);

        if (k > 0)
            have += (size_t)k;
    }
    /* Two intervals of 100 ms; a busy machine may be late. */
    if (tri_links_ms() - start < 150)
        tri_check_fail(c, "too early");
    if (tri_send(&r.l, 1, (const uint8_t *)"message.", 8) != TRI_OK ||
        tri_poll(&r.l) != TRI_OK)
        tri_check_fail(c, "%s", r.l.error);
    for (uint32_t i = 0; i < 40 && c->msg[0] == '\0'; i++) {
        struct tri_record h;

        if (i >= 2 && recv(r.fd[1], wire, 16, MSG_WAITALL) != 16)
            tri_check_fail(c, "record %u is missing", i);
        else if (tri_record_parse(&h, wire + (i < 2 ? 16 * i : 0)) != TRI_OK ||
                 h.seq != i)
            tri_check_fail(c, "record %u", i);
        else if (i >= 2 && h.flags == TRI_RECORD_LAST && h.len == 8)
            break;
        else if (h.flags != TRI_RECORD_BEAT)
            tri_check_fail(c, "record %u: flags %x", i, h.flags);
        else if (i == 39)
            tri_check_fail(c, "no message among the heartbeats");
    }
    if (r.l.stats.sent[1] != 24 || r.l.stats.sent[2] != 0)
        tri_check_fail(c, "%llu bytes are counted",
                       (unsigned long long)r.l.stats.sent[1]);
    raw_close(&r);
}

/* Short messages wait for each other, but not for a party that only computes;
 * what is long does not wait. */
static void check_held(struct tri_check *c)
{
    enum { LONG = 1 << 14, TWO = 2 * (TRI_RECORD_HEADER + 8) };
    static uint8_t buf[LONG], wire[LONG];
    struct timeval patience = { .tv_sec = 60 };
    const uint64_t start = tri_links_ms();
    struct raw r;
    ssize_t early;

    CHECK(c, raw_open(&r, 60000) == TRI_OK, "no link");
    if (tri_send(&r.l, 1, buf, 8) != TRI_OK ||
        tri_send(&r.l, 1, buf, 8) != TRI_OK)
        tri_check_fail(c, "%s", r.l.error);
    early = recv(r.fd[1], wire, TWO, MSG_DONTWAIT | MSG_PEEK);
    if (early > 0 && tri_links_ms() - start < 400) /* the thread: at 500 */
        tri_check_fail(c, "%zd bytes have not waited", early);
    (void)setsockopt(r.fd[1], SOL_SOCKET, SO_RCVTIMEO, &patience,
                     sizeof patience);
    if (recv(r.fd[1], wire, TWO, MSG_WAITALL) != TWO)
        tri_check_fail(c, "they wait for the party");
    if (tri_send(&r.l, 2, buf, LONG) != TRI_OK)
        tri_check_fail(c, "%s", r.l.error);
    early = recv(r.fd[2], wire, sizeof wire, MSG_DONTWAIT);
    if (early < LONG / 2)
        tri_check_fail(c, "a long one waits: %zd", early);
    raw_close(&r);
}

/* Messages of many sizes with heartbeats before them, the stream written in
 * pieces of all kinds. */
static void check_beats_received(struct tri_check *c)
{
    static const size_t size[] = { 1,       8,      17,  5000,
                                   262144,  262145, 800, 3 * 262144 + 77,
                                   2621440, 16,     8,   1 };
    enum { SIZES = sizeof(size) / sizeof(*size) };
    const size_t room = 8 * MIB;
    uint8_t *stream = malloc(room), *in = malloc(room);
    uint64_t rnd = c->seed;

    for (int run = 0; run < 12 && c->msg[0] == '\0'; run++) {
        struct writer w = { .p = stream };
        struct raw r;
        pthread_t thread;
        uint32_t seq = 0;

        if (raw_open(&r, 60000) != TRI_OK) {
            tri_check_fail(c, "no link");
            break;
        }
        for (size_t i = 0; i < SIZES; i++) {
            size_t beats = (size_t)tri_test_rand(&rnd) % 3;

            if (run == 0)
                beats = i == 4 ? 5000 : 0; /* more than is read ahead */
            for (size_t b = 0; b < beats; b++, w.n += 16)
                tri_record_print(
                    stream + w.n,
                    &(struct tri_record){ 0, TRI_RECORD_BEAT, seq++, 0 });
            for (size_t at = 0; at < size[i];) {
                const size_t left = size[i] - at;
                const size_t n = left < TRI_RECORD_MAX ? left : TRI_RECORD_MAX;

                tri_record_print(
                    stream + w.n,
                    &(struct tri_record){ (uint32_t)n, n == left, seq++, 1 });
                fill(in, size[i], i);
                memcpy(stream + w.n + 16, in + at, n);
                w.n += 16 + n;
                at += n;
            }
        }
        w.fd = r.fd[1];
        w.most = run % 3 == 0   ? room
                 : run % 3 == 1 ? 1 + (size_t)tri_test_rand(&rnd) % 100000
                                : 300000;
        if (pthread_create(&thread, NULL, write_all, &w) != 0)
            abort();
        for (size_t i = 0; i < SIZES && c->msg[0] == '\0'; i++)
            if (tri_recv(&r.l, 1, in, size[i]) != TRI_OK)
                tri_check_fail(c, "run %d, message %zu: %s", run, i, r.l.error);
            else if (!filled(in, size[i], i))
                tri_check_fail(c, "run %d, message %zu: bytes", run, i);
        tri_close(&r.l);
        pthread_join(thread, NULL);
        raw_close(&r);
    }
    free(stream);
    free(in);
}

/* P1 computes for several deadlines, while P0 waits for it to send and P2 for
 * it to read; afterwards all goes on. */
static void compute(struct tri_check *c, struct tri_link *l, void *arg)
{
    const size_t n = 24 * MIB;
    uint8_t *buf = malloc(n), word[8] = { 0 };
    int rc = TRI_OK;

    if (l->id == 1) {
        tri_links_sleep(*(uint32_t *)arg / 2 * 5);
        rc = tri_send(l, 0, (const uint8_t *)"computed", 8);
        if (rc == TRI_OK)
            rc = tri_recv(l, 2, buf, n);
        if (rc == TRI_OK && !filled(buf, n, 3))
            tri_check_fail(c, "bytes");
        if (rc == TRI_OK)
            rc = tri_send(l, 2, (const uint8_t *)"computed", 8);
    } else if (l->id == 2) {
        fill(buf, n, 3);
        rc = tri_send(l, 1, buf, n);
        if (rc == TRI_OK)
            rc = tri_flush(l);
        if (rc == TRI_OK)
            rc = tri_recv(l, 1, word, 8);
    } else {
        rc = tri_recv(l, 1, word, 8);
    }
    if (rc == TRI_OK)
        rc = tri_flush(l);
    if (rc != TRI_OK)
        tri_check_fail(c, "P%u: %s", l->id, l->error);
    else if (l->id != 1 && memcmp(word, "computed", 8) != 0)
        tri_check_fail(c, "message");
    tri_close(l);
    free(buf);
}

static void compute_for(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    for (int kind = TRI_LINKS_TCP; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, ms, compute, &ms);
}

static void check_computing(struct tri_check *c)
{
    tri_patience(c, 1000, compute_for, NULL);
}

/* The party's goodbye, the first that arrives. */
static int read_bye(int fd, struct tri_bye *b)
{
    uint8_t wire[TRI_RECORD_HEADER + TRI_BYE_MAX];
    const ssize_t k = read(fd, wire, sizeof(wire));
    struct tri_record r;

    return k > TRI_RECORD_HEADER && tri_record_parse(&r, wire) == TRI_OK &&
           r.flags == TRI_RECORD_BYE &&
           (size_t)k == TRI_RECORD_HEADER + (size_t)r.len &&
           tri_bye_parse(b, wire + TRI_RECORD_HEADER, r.len) == TRI_OK;
}

/* Broken records, goodbyes in every form, and what the party makes of them.
 * Record 0 is good: 8 bytes. Then comes the one below, 16 bytes expected. */
static void check_bad_records(struct tri_check *c)
{
    static const struct {
        struct tri_record r;
        int rc;
        const char *text;
        unsigned blamed; /* in the goodbye to P2 */
    } cases[] = {
        { { 16, 1, 1, 2 }, TRI_OK, "", 0 },
        { { 16, 1, 2, 2 },
          TRI_E_PROTO,
          "P1 sent record 2 where record 1 was "
          "expected",
          1 },
        { { 16, 1, 0, 2 },
          TRI_E_PROTO,
          "P1 sent record 0 where record 1 was "
          "expected",
          1 },
        { { 16, 5, 1, 2 },
          TRI_E_PROTO,
          "P1 sent bytes that are not a record "
          "(length 16, flags 0x5)",
          1 },
        { { 16, 0, 1, 2 },
          TRI_E_PROTO,
          "P1 sent bytes that are not a record "
          "(length 16, flags 0)",
          1 },
        { { 262145, 1, 1, 2 },
          TRI_E_PROTO,
          "P1 sent bytes that are not a "
          "record (length 262145, flags 0x1)",
          1 },
        { { 262144, 0, 1, 2 },
          TRI_E_PROTO,
          "P1 sent a message of more than "
          "262144 bytes where 16 were expected",
          1 },
        { { 15, 1, 1, 2 },
          TRI_E_PROTO,
          "P1 sent a message of 15 bytes where "
          "16 were expected",
          1 },
        { { 0, 2, 1, 0 },
          TRI_E_IO,
          "P1 closed the connection: it ended or "
          "failed; see its output",
          1 },
        { { 0, 2, 1, 1 },
          TRI_E_PROTO,
          "P1 sent bytes that are not a record (length 0, flags 0x2)",
          1 },
        { { 0, 2, 2, 0 },
          TRI_E_PROTO,
          "P1 sent record 2 where record 1 was "
          "expected",
          1 },
        { { 0, 4, 2, 0 },
          TRI_E_PROTO,
          "P1 sent record 2 where record 1 was "
          "expected",
          1 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct raw r;
        struct tri_bye bye;
        uint8_t in[16];
        int rc;

        CHECK(c, raw_open(&r, 60000) == TRI_OK, "no link");
        raw_put(r.fd[1], 8, 1, 0, 7, 8);
        raw_put(r.fd[1], cases[i].r.len, cases[i].r.flags, cases[i].r.seq,
                cases[i].r.depth,
                cases[i].r.flags == TRI_RECORD_BYE ||
                        cases[i].r.flags == TRI_RECORD_BEAT
                    ? 0
                    : 16);
        rc = tri_recv(&r.l, 1, in, 8);
        if (rc == TRI_OK)
            rc = tri_recv(&r.l, 1, in, 16);
        if (rc != cases[i].rc || strcmp(r.l.error, cases[i].text) != 0)
            tri_check_fail(c, "case %zu: rc %d, %s", i, rc, r.l.error);
        else if (r.l.stats.rounds != 7)
            tri_check_fail(c, "case %zu: rounds", i);
        else if (rc != TRI_OK &&
                 (!read_bye(r.fd[2], &bye) || bye.err != cases[i].rc ||
                  bye.blamed != (int)cases[i].blamed ||
                  strcmp(bye.text, cases[i].text) != 0))
            tri_check_fail(c, "case %zu: the goodbye to P2", i);
        raw_close(&r);
        if (c->msg[0] != '\0')
            return;
    }
}

/* A message of several records whose later headers are wrong. */
static void check_bad_parts(struct tri_check *c)
{
    static const struct {
        struct tri_record second;
        const char *text;
    } cases[] = {
        { { 2000, 1, 1, 1 }, "" },
        { { 2000, 1, 1, 2 }, "P1 changed the depth within a message" },
        { { 1999, 1, 1, 1 },
          "P1 sent a message of 264143 bytes where 264144 "
          "were expected" },
        { { 2001, 1, 1, 1 },
          "P1 sent a message of 264145 bytes where 264144 "
          "were expected" },
        { { 262144, 0, 1, 1 },
          "P1 sent a message of more than 524288 bytes "
          "where 264144 were expected" },
        { { 0, 2, 1, 0 },
          "P1 closed the connection: it ended or failed; see its output" },
        { { 0, 4, 1, 0 }, /* no heartbeat within a message */
          "P1 sent a message of more than 262144 bytes where 264144 were "
          "expected" },
        { { 2000, 1, 0, 1 }, "P1 sent record 0 where record 1 was expected" },
    };
    const size_t n = TRI_RECORD_MAX + 2000;
    uint8_t *wire = calloc(1, n + 64), *in = malloc(n);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct tri_record first = { TRI_RECORD_MAX, 0, 0, 1 };
        const size_t total =
            TRI_RECORD_MAX + 32u +
            (cases[i].second.len < 3000 ? cases[i].second.len : 2000);
        struct raw r;
        struct writer w;
        pthread_t thread;
        int rc;

        if (raw_open(&r, 60000) != TRI_OK) {
            tri_check_fail(c, "no link");
            break;
        }
        memset(wire, 0x5a, n + 64);
        tri_record_print(wire, &first);
        tri_record_print(wire + 16 + TRI_RECORD_MAX, &cases[i].second);
        w = (struct writer){ r.fd[1], wire, total, 0 };
        if (pthread_create(&thread, NULL, write_all, &w) != 0) {
            tri_check_fail(c, "no thread");
            raw_close(&r);
            break;
        }
        rc = tri_recv(&r.l, 1, in, n);
        if ((rc == TRI_OK) != (cases[i].text[0] == '\0') ||
            strcmp(r.l.error, cases[i].text) != 0)
            tri_check_fail(c, "case %zu: rc %d, %s", i, rc, r.l.error);
        else if (rc != TRI_OK && !all_zero(in, n))
            tri_check_fail(c, "case %zu: not wiped", i);
        else if (rc == TRI_OK && (in[0] != 0x5a || in[n - 1] != 0x5a))
            tri_check_fail(c, "case %zu: bytes", i);
        tri_close(&r.l); /* ends the writer, if it still has something */
        pthread_join(thread, NULL);
        raw_close(&r);
    }
    free(wire);
    free(in);
}

/* A stream that ends after any number of bytes, without a goodbye. */
static void check_truncated(struct tri_check *c)
{
    uint8_t stream[3 * (16 + 40)] = { 0 };

    for (uint32_t k = 0; k < 3; k++) {
        const struct tri_record h = { 40, 1, k, 1 };

        tri_record_print(stream + k * 56, &h);
    }
    for (size_t cut = 0; cut <= sizeof(stream); cut++)
        for (unsigned other = 0; other < 2; other++) {
            struct raw r;
            uint8_t in[40];
            int rc = TRI_OK, whole = 0;

            CHECK(c, raw_open(&r, 60000) == TRI_OK, "no link");
            if (cut > 0)
                CHECK(c, write(r.fd[1], stream, cut) == (ssize_t)cut, "write");
            close(r.fd[1]);
            r.fd[1] = -1;
            if (other) { /* noticed while waiting for somebody else */
                rc = tri_recv(&r.l, 2, in, 40);
            } else {
                while (rc == TRI_OK) {
                    rc = tri_recv(&r.l, 1, in, 40);
                    whole += rc == TRI_OK;
                }
                CHECK(c, (size_t)whole == cut / 56, "cut %zu: %d messages", cut,
                      whole);
            }
            CHECK(c,
                  rc == TRI_E_IO &&
                      strncmp(r.l.error, "P1 closed the connection", 24) == 0,
                  "cut %zu: rc %d, %s", cut, rc, r.l.error);
            raw_close(&r);
        }
}

/* Random bytes, and good streams with random bytes changed: an error or good
 * messages, never more. */
static void check_noise(struct tri_check *c)
{
    for (int i = 0; i < 2000 && c->msg[0] == '\0'; i++) {
        uint8_t stream[4 * (16 + 24)], in[24];
        struct raw r;
        uint64_t x = tri_test_rand(&c->seed);
        int rc = TRI_OK, n = 0;

        CHECK(c, raw_open(&r, 60000) == TRI_OK, "no link");
        fill(stream, sizeof(stream), x);
        if (i % 8 != 0) {
            for (uint32_t k = 0; k < 4; k++) {
                const struct tri_record h = { 24, 1, k, k + 1 };

                tri_record_print(stream + k * 40, &h);
            }
            for (uint64_t k = 0; k <= x % 3; k++) {
                const uint64_t y = tri_test_rand(&c->seed);

                stream[y % sizeof(stream)] ^= (uint8_t)(1u << (y >> 32) % 8);
            }
        }
        CHECK(c,
              write(r.fd[1], stream, sizeof(stream)) == (ssize_t)sizeof(stream),
              "write");
        close(r.fd[1]);
        r.fd[1] = -1;
        while (rc == TRI_OK && n < 5) {
            rc = tri_recv(&r.l, 1, in, 24);
            n += rc == TRI_OK;
        }
        CHECK(c, n < 5 && (rc == TRI_E_IO || rc == TRI_E_PROTO),
              "rc %d after %d messages", rc, n);
        CHECK(c, r.l.error[0] != '\0', "no text");
        raw_close(&r);
    }
}

/* A connection that has ended in order does not keep the party awake. */
static void check_idle(struct tri_check *c)
{
    struct raw r;
    uint8_t in[8];

    CHECK(c, raw_open(&r, 200) == TRI_OK, "no link");
    raw_put(r.fd[1], 0, TRI_RECORD_BYE, 0, 0, 0);
    close(r.fd[1]);
    r.fd[1] = -1;
    const uint64_t cpu = cpu_ms();
    if (tri_recv(&r.l, 2, in, 8) != TRI_E_TIMEOUT)
        tri_check_fail(c, "no timeout: %s", r.l.error);
    if (cpu_ms() - cpu > 50)
        tri_check_fail(c, "the wait was busy");
    raw_close(&r);
}

/* A goodbye does not tear a record apart: a party that fails in the middle
 * of a large send, because P2 has ended, says none, though there is room. */
static void check_torn(struct tri_check *c)
{
    const size_t n = 8 * MIB;
    uint8_t *buf = calloc(1, n), *got = malloc(n + 4096);
    size_t have = 0;
    struct raw r;

    if (raw_open(&r, 60000) != TRI_OK) {
        tri_check_fail(c, "no link");
    } else {
        if (tri_send(&r.l, 1, buf, n) != TRI_OK)
            tri_check_fail(c, "send: %s", r.l.error);
        while (have < 100000) {
            const ssize_t k = read(r.fd[1], got + have, 100000 - have);

            if (k <= 0)
                break;
            have += (size_t)k;
        }
        close(r.fd[2]);
        r.fd[2] = -1;
        if (tri_recv(&r.l, 2, got, 1) != TRI_E_IO)
            tri_check_fail(c, "P2's end: %s", r.l.error);
        for (ssize_t k = 1; k > 0; have += k > 0 ? (size_t)k : 0)
            k = read(r.fd[1], got + have, n + 4096 - have);
        const size_t sent = (size_t)r.l.stats.sent[1];
        const int border = sent % (TRI_RECORD_MAX + 16u) == 0;
        const char *const why =
            "P2 closed the connection: it ended or failed; see its output";
        if (have != sent + (border ? TRI_RECORD_HEADER + 2 + strlen(why) : 0u))
            tri_check_fail(c, "%zu bytes where %zu were sent", have, sent);
        raw_close(&r);
    }
    free(buf);
    free(got);
}

/* A peer that sends good heartbeats as fast as it can, and nothing else. P0 is
 * held for ten deadlines and not longer, and does a bounded amount of work for
 * every byte. */
struct flood {
    struct raw r;
    _Atomic int over;
    uint64_t bytes;
};

static void *flood(void *arg)
{
    enum { MANY = 20000 };
    struct flood *f = arg;
    uint8_t *buf = malloc(MANY * TRI_RECORD_HEADER);

    for (uint32_t seq = 0; !atomic_load(&f->over);) {
        const uint8_t *p = buf;
        size_t n = MANY * TRI_RECORD_HEADER;

        for (size_t i = 0; i < MANY; i++) {
            const struct tri_record beat = { 0, TRI_RECORD_BEAT, seq++, 0 };

            tri_record_print(buf + i * TRI_RECORD_HEADER, &beat);
        }
        while (n > 0 && !atomic_load(&f->over)) {
            const ssize_t k = send(f->r.fd[1], p, n, MSG_NOSIGNAL);

            if (k <= 0)
                break;
            p += k;
            n -= (size_t)k;
            f->bytes += (uint64_t)k;
        }
        if (n > 0)
            break;
    }
    free(buf);
    return NULL;
}

static void flood_for(struct tri_check *c, uint32_t deadline, void *arg)
{
    enum { LEN = 200000 };
    char text[100];
    uint8_t *buf = malloc(LEN);
    struct flood f = { .over = 0 };
    pthread_t peer;
    uint64_t ms, cpu;
    int rc;

    (void)arg;
    (void)snprintf(text, sizeof text,
                   "for %.1f s it sent nothing of a message of 200000 bytes",
                   (double)deadline / 100);
    if (raw_open(&f.r, deadline) != TRI_OK ||
        pthread_create(&peer, NULL, flood, &f) != 0)
        abort();
    ms = tri_links_ms();
    cpu = cpu_ms();
    rc = tri_recv(&f.r.l, 1, buf, LEN);
    ms = tri_links_ms() - ms;
    cpu = cpu_ms() - cpu;
    atomic_store(&f.over, 1);
    raw_close(&f.r);
    pthread_join(peer, NULL);
    free(buf);
    if (rc != TRI_E_TIMEOUT || f.r.l.blamed != 1 ||
        strstr(f.r.l.error, text) == NULL)
        tri_check_fail(c, "rc %d, %s", rc, f.r.l.error);
    else if (ms < 10 * deadline - 10 || ms > 20 * deadline + 5000)
        tri_check_fail(c, "after %llu ms", (unsigned long long)ms);
    else if (cpu > 100 + 60 * (f.bytes >> 20))
        tri_check_fail(c, "%llu ms for %llu MiB", (unsigned long long)cpu,
                       (unsigned long long)(f.bytes >> 20));
}

static void check_flood(struct tri_check *c)
{
    tri_patience(c, 200, flood_for, NULL);
}

const struct tri_check_entry tri_checks_link[] = {
    { "link_record", check_record },
    { "link_patterns", check_patterns },
    { "link_large", check_large },
    { "link_ahead", check_ahead },
    { "link_one_way", check_one_way },
    { "link_late", check_late },
    { "link_flush_first", check_flush_first },
    { "link_mismatch", check_mismatch },
    { "link_misuse", check_misuse },
    { "link_ends", check_ends },
    { "link_silent", check_silent },
    { "link_dead", check_dead },
    { "link_drips", check_drips },
    { "link_flood", check_flood },
    { "link_beats_sent", check_beats_sent },
    { "link_held", check_held },
    { "link_beats_received", check_beats_received },
    { "link_computing", check_computing },
    { "link_cut", check_cut },
    { "link_bad_records", check_bad_records },
    { "link_bad_parts", check_bad_parts },
    { "link_truncated", check_truncated },
    { "link_noise", check_noise },
    { "link_torn", check_torn },
    { "link_idle", check_idle },
};
const size_t tri_checks_link_n =
    sizeof(tri_checks_link) / sizeof(*tri_checks_link);
