#include "tests/support/check_ether.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "tests/support/ether_lan.h"

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

/* ---- exchanges ---------------------------------------------------------- */

enum { STEPS = 24, LARGEST = 300000 };

/* Everybody to everybody, lengths from the step's number; every third step is
 * not flushed at once. */
static size_t length(int step, unsigned from, unsigned to)
{
    static const size_t some[] = { 1,     8,     96,     1452,   1453,   16384,
                                   16385, 65536, 262144, 262145, LARGEST };

    return some[((unsigned)step * 7 + from * 3 + to) %
                (sizeof some / sizeof *some)];
}

/* P_i's part; expects all to be right. Returns how far it came. */
static void exchange(struct tri_check *c, struct tri_link *l, void *arg)
{
    const unsigned i = l->id, a = (i + 1) % 3, b = (i + 2) % 3;
    const uint64_t tag = *(const uint64_t *)arg;
    uint8_t *out = malloc(6 * (size_t)LARGEST), *in = malloc(LARGEST + 1);
    uint64_t payload[3] = { 0 };

    for (int s = 0; s < STEPS && c->msg[0] == '\0'; s++) {
        uint8_t *slot = out + (size_t)(s % 3) * 2 * LARGEST;

        for (unsigned k = 0; k < 2; k++) {
            const unsigned to = k ? b : a;
            const size_t n = length(s, i, to);

            fill(slot + k * LARGEST, n, tag + (uint64_t)s * 16 + i * 4 + to);
            if (tri_send(l, to, slot + k * LARGEST, n) != TRI_OK)
                tri_check_fail(c, "step %d, send: %s", s, l->error);
            payload[to] += n;
        }
        for (unsigned k = 0; k < 2 && c->msg[0] == '\0'; k++) {
            const unsigned from = (k ^ (unsigned)s) & 1 ? b : a;
            const size_t n = length(s, from, i);

            in[n] = 0x5a;
            if (tri_recv(l, from, in, n) != TRI_OK)
                tri_check_fail(c, "step %d, recv: %s", s, l->error);
            else if (!filled(in, n, tag + (uint64_t)s * 16 + from * 4 + i) ||
                     in[n] != 0x5a)
                tri_check_fail(c, "step %d: wrong bytes from P%u", s, from);
        }
        if (s % 3 == 2 && c->msg[0] == '\0') {
            if (tri_flush(l) != TRI_OK)
                tri_check_fail(c, "step %d, flush: %s", s, l->error);
            memset(out, 0xee, 6 * (size_t)LARGEST); /* ours again */
        }
    }
    if (c->msg[0] == '\0' &&
        (l->stats.rounds != STEPS || l->stats.payload[a] != payload[a] ||
         l->stats.payload[b] != payload[b] || l->stats.messages[a] != STEPS ||
         l->stats.sent[a] <= payload[a]))
        tri_check_fail(c, "counters: %llu rounds, %llu of %llu bytes",
                       (unsigned long long)l->stats.rounds,
                       (unsigned long long)l->stats.payload[a],
                       (unsigned long long)payload[a]);
    if (c->msg[0] != '\0')
        tri_close(l); /* before the buffers go */
    free(out);
    free(in);
}

struct trial {
    struct tri_lan_faults f;
    int sealed;
    uint32_t mtu;
};

static void run_exchange(struct tri_check *c, struct tri_lan *lan, void *arg)
{
    const struct trial *t = arg;
    uint64_t tag = lan->seed;
    struct tri_link l[3];

    tri_lan_open(c, l, t->sealed, 8000);
    if (c->msg[0] == '\0')
        tri_links_run(c, l, exchange, &tag);
}

/* The three parties under every fault: the exact bytes, each time. */
static void check_matrix(struct tri_check *c)
{
    static const struct trial trials[] = {
        { { 0, 0, 0, 0 }, 0, 1500 },     { { 0, 0, 0, 0 }, 1, 1500 },
        { { 0, 0, 0, 0 }, 0, 65535 },    { { 10, 0, 0, 0 }, 0, 1500 },
        { { 100, 0, 0, 0 }, 0, 9000 },   { { 100, 0, 0, 0 }, 1, 1500 },
        { { 0, 200, 0, 0 }, 0, 1500 },   { { 0, 0, 200, 0 }, 0, 1500 },
        { { 0, 0, 0, 50 }, 0, 1500 },    { { 0, 0, 0, 50 }, 1, 9000 },
        { { 30, 30, 30, 30 }, 1, 9000 },
    };

    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        struct trial t = trials[i];
        struct tri_check own = { .seed = c->seed };
        struct tri_lan lan = { .f = t.f,
                               .mtu = t.mtu,
                               .seed = tri_test_rand(&c->seed) };
        const uint64_t start = tri_links_ms();

        tri_lan_run(&own, &lan, run_exchange, &t);
        if (own.skip[0] != '\0') {
            memcpy(c->skip, own.skip, sizeof c->skip);
            return;
        }
        CHECK(c, own.msg[0] == '\0',
              "trial %zu: %s (%llu frames, %llu dropped)", i, own.msg,
              (unsigned long long)lan.forwarded,
              (unsigned long long)lan.dropped);
        CHECK(c, t.f.drop == 0 || lan.dropped > 0, "trial %zu: none dropped",
              i);
        if (getenv("VERBOSE") != NULL)
            printf("trial %zu: %llu ms, %llu frames\n", i,
                   (unsigned long long)(tri_links_ms() - start),
                   (unsigned long long)lan.forwarded);
    }
}

const struct tri_check_entry tri_checks_ether[] = {
    { "ether/frame", tri_check_ether_frame },
    { "ether/fuzz", tri_check_ether_fuzz },
    { "ether/clean", tri_check_ether_clean },
    { "ether/storm", tri_check_ether_storm },
    { "ether/cut", tri_check_ether_cut },
    { "ether/mtu", tri_check_ether_mtu },
    { "ether/epoch", tri_check_ether_epoch },
    { "ether/half_open", tri_check_ether_half_open },
    { "ether/abort", tri_check_ether_abort },
    { "ether/window", tri_check_ether_window },
    { "ether/matrix", check_matrix },
};
const size_t tri_checks_ether_n =
    sizeof tri_checks_ether / sizeof *tri_checks_ether;
