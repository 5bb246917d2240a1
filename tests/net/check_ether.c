#include "tests/checks.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/err.h"
#include "net/ether/in.h"
#include "net/ether/ether.h"
#include "net/fail.h"
#include "net/ether/out.h"
#include "tests/net/ether_lan.h"
#include "tests/support/patience.h"

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
    /* What was flushed may still stand in the window, not yet sent. */
    if (c->msg[0] == '\0' &&
        (l->stats.rounds != STEPS || l->stats.payload[a] != payload[a] ||
         l->stats.payload[b] != payload[b] || l->stats.messages[a] != STEPS ||
         l->stats.sent[a] == 0))
        tri_check_fail(c,
                       "counters: %llu rounds, %llu messages, %llu of %llu "
                       "bytes",
                       (unsigned long long)l->stats.rounds,
                       (unsigned long long)l->stats.messages[a],
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
    const char *narrow; /* this end of a cable takes 1500 bytes only */
};

static void run_exchange(struct tri_check *c, struct tri_lan *lan, void *arg)
{
    const struct trial *t = arg;
    uint64_t tag = lan->seed;
    struct tri_link l[3];

    if (t->narrow != NULL)
        CHECK(c, tri_lan_ip("link set %s mtu 1500", t->narrow) == 0, "mtu");
    tri_lan_open(c, l, t->sealed, 60000);
    if (c->msg[0] == '\0')
        tri_links_run(c, l, exchange, &tag);
}

/* The three parties under every fault: the exact bytes, each time. */
static void check_matrix(struct tri_check *c)
{
    static const struct trial trials[] = {
        { { 0, 0, 0, 0, 0 }, 0, 1500, NULL },
        { { 0, 0, 0, 0, 0 }, 1, 1500, NULL },
        { { 0, 0, 0, 0, 0 }, 0, 65535, NULL },
        { { 0, 0, 0, 0, 0 }, 0, 9000, "p1" },
        { { 0, 0, 0, 0, 0 }, 0, 9000, "h1" }, /* on the way: P1 cannot know */
        { { 10, 0, 0, 0, 0 }, 0, 1500, NULL },
        { { 100, 0, 0, 0, 0 }, 0, 9000, NULL },
        { { 100, 0, 0, 0, 0 }, 1, 1500, NULL },
        { { 0, 200, 0, 0, 0 }, 0, 1500, NULL },
        { { 0, 0, 200, 0, 0 }, 0, 1500, NULL },
        { { 0, 0, 0, 50, 0 }, 0, 1500, NULL },
        { { 0, 0, 0, 50, 0 }, 1, 9000, NULL },
        { { 0, 0, 0, 0, 500 }, 0, 1500, NULL },
        { { 30, 30, 30, 30, 100 }, 1, 9000, NULL },
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
        CHECK(c, t.f.stray == 0 || lan.strays > 0, "trial %zu: no stranger", i);
        if (getenv("VERBOSE") != NULL)
            printf("trial %zu: %llu ms, %llu frames\n", i,
                   (unsigned long long)(tri_links_ms() - start),
                   (unsigned long long)lan.forwarded);
    }
}

/* ---- failures ----------------------------------------------------------- */

/* How a party of a failing session ended. */
struct fate {
    int rc[3], blamed[3];
    char error[3][512];
    uint64_t ms[3];
};

struct failing {
    struct tri_lan *lan;
    int how;
    uint32_t deadline_ms;
    struct fate f;
    uint64_t start;
};

enum how { CUT, DOWN, DELETED, LENGTH, CRASH, SILENT };

/* Exchange for ever; at the tenth turn something happens. */
static void until_failure(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct failing *g = arg;
    const unsigned i = l->id, a = (i + 1) % 3, b = (i + 2) % 3;
    uint8_t *out = calloc(1, 40000), *in = malloc(40000);
    int rc = TRI_OK;

    for (int s = 0; rc == TRI_OK && s < 100000; s++) {
        size_t n = 40000;

        if (s == 10 && i == 0) {
            if (g->how == CUT)
                __atomic_store_n(&g->lan->cut, 1, __ATOMIC_RELAXED);
            if (g->how == DOWN)
                (void)tri_lan_ip("link set h1 down");
            if (g->how == DELETED)
                (void)tri_lan_ip("link del h1");
            if (g->how == LENGTH)
                n = 39999;
        }
        if (s == 10 && i == 1 && g->how == CRASH)
            rc = tri_link_kill(l, TRI_E_PROTO, 1, "by hand");
        if (rc == TRI_OK)
            rc = tri_send(l, a, out, 40000);
        if (rc == TRI_OK)
            rc = tri_send(l, b, out, 40000);
        if (rc == TRI_OK)
            rc = tri_recv(l, a, in, n);
        if (rc == TRI_OK)
            rc = tri_recv(l, b, in, 40000);
        if (rc == TRI_OK)
            rc = tri_flush(l);
        if (rc != TRI_OK && (in[0] != 0 || in[39998] != 0))
            tri_check_fail(c, "not wiped");
    }
    g->f.rc[i] = rc;
    g->f.blamed[i] = l->blamed;
    g->f.ms[i] = tri_links_ms() - g->start;
    memcpy(g->f.error[i], l->error, sizeof l->error);
    tri_close(l);
    free(out);
    free(in);
}

/* P0 computes for longer than the deadline, while P1 and P2 work with each
 * other and have sent it something: it is not taken for dead. */
static void computing(struct tri_check *c, struct tri_link *l, void *arg)
{
    const unsigned other = 3 - l->id;
    uint8_t *big = calloc(1, 3000000), b[8] = { 0 };
    const struct failing *const g = arg;
    const unsigned ms = g->deadline_ms / 2 * 5;
    const uint64_t start = tri_links_ms();
    int rc = TRI_OK;

    if (l->id == 0) {
        tri_links_sleep(ms);
        rc = tri_send(l, 1, b, 8);
        if (rc == TRI_OK)
            rc = tri_send(l, 2, b, 8);
        for (unsigned j = 1; j < 3 && rc == TRI_OK; j++)
            rc = tri_recv(l, j, big, 3000000);
    } else {
        rc = tri_send(l, 0, big, 3000000);
        if (rc == TRI_OK)
            rc = tri_flush(l); /* P0 is in none of its functions */
        if (rc == TRI_OK && tri_links_ms() - start > ms / 5 * 4)
            tri_check_fail(c, "the flush waited for P0");
        for (int s = 0; s < 100 && rc == TRI_OK; s++) {
            tri_links_sleep(10);
            rc = tri_send(l, other, b, 8);
            if (rc == TRI_OK)
                rc = tri_recv(l, other, b, 8);
        }
        if (rc == TRI_OK)
            rc = tri_recv(l, 0, b, 8);
    }
    if (rc == TRI_OK)
        rc = tri_flush(l);
    if (rc != TRI_OK)
        tri_check_fail(c, "P%u: %s", l->id, l->error);
    tri_close(l);
    free(big);
}

static void run_failing(struct tri_check *c, struct tri_lan *lan, void *arg)
{
    struct failing *g = arg;
    struct tri_link l[3];

    g->lan = lan;
    tri_lan_open(c, l, 1, g->deadline_ms);
    g->start = tri_links_ms();
    if (c->msg[0] == '\0')
        tri_links_run(c, l, g->how == SILENT ? computing : until_failure, g);
}

static int says(const struct fate *f, int i, int rc, const char *text)
{
    return f->rc[i] == rc && strstr(f->error[i], text) != NULL;
}

static void failures_within(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    for (int how = CUT; how <= SILENT; how++)
        for (int noise = 0;
             noise < (how == DOWN || how == DELETED || how == SILENT ? 1 : 2);
             noise++) {
            struct failing g = { .how = how,
                                 .deadline_ms = how == SILENT ? 2 * ms : ms };
            struct tri_lan lan = { .mtu = 1500,
                                   .seed = tri_test_rand(&c->seed),
                                   .f = { noise ? 50u : 0u, 0, 0, 0, 0 } };
            const struct fate *f = &g.f;
            int ok = 1;

            tri_lan_run(c, &lan, run_failing, &g);
            if (c->skip[0] != '\0' || c->msg[0] != '\0')
                return;
            switch (how) {
            case CUT:
                for (int i = 0; i < 3; i++)
                    ok &= f->rc[i] == TRI_E_TIMEOUT || f->rc[i] == TRI_E_IO;
                ok &= says(f, 0, TRI_E_TIMEOUT, "P1") ||
                      says(f, 0, TRI_E_TIMEOUT, "P2");
                break;
            case DELETED:
                ok = says(f, 1, TRI_E_TIMEOUT, "interface p1 is gone") &&
                     strstr(f->error[0], "P1") != NULL &&
                     strstr(f->error[2], "P1") != NULL;
                break;
            case DOWN:
                /* P1 sees that its cable is dead; the others blame it. */
                ok = says(f, 1, TRI_E_TIMEOUT, "interface p1 has no carrier") &&
                     strstr(f->error[0], "P1") != NULL &&
                     strstr(f->error[2], "P1") != NULL;
                break;
            case LENGTH:
                ok = says(f, 0, TRI_E_PROTO,
                          "P1 sent a message of 40000 bytes where 39999 were "
                          "expected") &&
                     says(f, 1, TRI_E_PROTO, "(P0 says so)") &&
                     f->rc[2] == TRI_E_PROTO && f->blamed[0] == 1 &&
                     f->blamed[1] == 1 && f->blamed[2] == 1;
                break;
            case CRASH:
                ok = says(f, 1, TRI_E_PROTO, "by hand") &&
                     says(f, 0, TRI_E_PROTO,
                          "by hand: a peer broke the protocol (P1)") &&
                     says(f, 2, TRI_E_PROTO,
                          "by hand: a peer broke the protocol (P1)");
                /* or heard from each other first */
                ok |= says(f, 1, TRI_E_PROTO, "by hand") &&
                      f->rc[0] == TRI_E_IO && f->rc[2] == TRI_E_IO &&
                      strstr(f->error[0], "P1") != NULL &&
                      strstr(f->error[2], "P1") != NULL;
                break;
            default:
                ok = f->rc[0] == TRI_OK && f->rc[1] == TRI_OK &&
                     f->rc[2] == TRI_OK;
                break;
            }
            CHECK(c, ok, "failure %d, noise %d: %d %s; %d %s; %d %s", how,
                  noise, f->rc[0], f->error[0], f->rc[1], f->error[1], f->rc[2],
                  f->error[2]);
            for (int i = 0; i < 3; i++)
                CHECK(c, f->ms[i] < 4 * ms, "failure %d: P%d after %llu ms",
                      how, i, (unsigned long long)f->ms[i]);
        }
}

static void check_failures(struct tri_check *c)
{
    tri_patience(c, 500, failures_within, NULL);
}

/* ---- two alone ---------------------------------------------------------- */

struct pair {
    struct tri_check c;
    struct tri_link l;
    struct tri_ether_config cfg;
};

enum { PAIR_BYTES = 700000 };

/* P0 sends, P2 is who else is on its interface: an owner with that number. */
static void *pair_main(void *arg)
{
    struct pair *const p = arg;
    struct tri_check *const c = &p->c;
    struct tri_link *const l = &p->l;
    uint8_t *const buf = malloc(PAIR_BYTES);
    uint8_t word = 1;
    int rc = tri_ether_open(l, &p->cfg);

    fill(buf, PAIR_BYTES, 7);
    if (rc == TRI_OK && p->cfg.id == 0) {
        rc = tri_send(l, 2, buf, PAIR_BYTES);
        if (rc == TRI_OK)
            rc = tri_flush(l);
        if (rc == TRI_OK)
            rc = tri_recv(l, 2, &word, 1);
    } else if (rc == TRI_OK) {
        memset(buf, 0, PAIR_BYTES);
        rc = tri_recv(l, 0, buf, PAIR_BYTES);
        if (rc == TRI_OK && !filled(buf, PAIR_BYTES, 7))
            tri_check_fail(c, "other bytes");
        if (rc == TRI_OK)
            rc = tri_send(l, 0, &word, 1);
        if (rc == TRI_OK)
            rc = tri_flush(l);
    }
    if (rc != TRI_OK)
        tri_check_fail(c, "P%u: %s", p->cfg.id, l->error);
    if (l->ops != NULL)
        tri_close(l);
    free(buf);
    return NULL;
}

/* At the same time on the same interfaces, three, and two alone with numbers
 * that two of the three have. */
static void run_pair(struct tri_check *c, struct tri_lan *lan, void *arg)
{
    static struct pair p[3];
    const int sealed = *(const int *)arg;
    uint64_t tag = lan->seed;
    struct tri_link l[3];
    pthread_t t[2];

    for (unsigned i = 0; i < 2; i++) {
        p[i] =
            (struct pair){ .cfg = tri_lan_config(2 * i, i == 0 ? "p0" : "p1") };
        p[i].cfg.pair = 1 + 2 * (1 - i);
        if (sealed) {
            struct tri_tcp_config own = { .id = 2 * i };

            tri_links_seal(&own);
            p[i].cfg.plaintext = 0;
            p[i].cfg.keys = own.keys;
            p[i].cfg.k = own.k;
        }
        CHECK(c, pthread_create(&t[i], NULL, pair_main, &p[i]) == 0, "thread");
    }
    tri_lan_open(c, l, sealed, 60000);
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
        if (p[i].c.msg[0] != '\0')
            tri_check_fail(c, "two alone: %s", p[i].c.msg);
    }
    if (c->msg[0] == '\0')
        tri_links_run(c, l, exchange, &tag);
}

static void check_pair(struct tri_check *c)
{
    for (int sealed = 0; sealed < 2 && c->msg[0] == '\0'; sealed++) {
        struct tri_lan lan = { .mtu = 1500,
                               .seed = tri_test_rand(&c->seed),
                               .f = { 20, 0, 0, 0, 100 } };

        tri_lan_run(c, &lan, run_pair, &sealed);
        if (c->skip[0] != '\0')
            return;
    }
}

/* Only this thread gives the right away. */
static void *open_without_right(void *arg)
{
    struct tri_check *c = arg;
    struct tri_ether_config cfg = tri_lan_config(0, "p0");
    struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct d[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
    struct tri_link l;

    if (syscall(SYS_capset, &h, d) != 0)
        tri_check_fail(c, "cannot give up rights");
    else if (!(tri_ether_open(&l, &cfg) == TRI_E_IO &&
               strstr(l.error, "no permission for raw frames on interface p0: "
                               "run as root, or once, as root: setcap "
                               "cap_net_raw+ep") != NULL))
        tri_check_fail(c, "without the right: %s", l.error);
    return NULL;
}

/* What can be wrong before there is a session. */
static void run_opening(struct tri_check *c, struct tri_lan *lan, void *arg)
{
    static const struct {
        const char *name;
        uint32_t mtu;
        int rc;
        const char *text;
    } cases[] = {
        { "nowhere", 0, TRI_E_IO, "there is no interface nowhere" },
        { "lo", 0, TRI_E_IO, "interface lo is not Ethernet" },
        { "p0", 9000, TRI_E_ARG, "interface p0 takes frames of 1500 bytes" },
        { "p0", 100, TRI_E_ARG, "frames of 100 bytes" },
        { "", 0, TRI_E_ARG, "the interface's name is missing" },
        { "a-name-that-is-too-long", 0, TRI_E_ARG, "too long" },
        { "p0", 0, TRI_E_TIMEOUT,
          "P1 did not answer on interface p0, called by broadcast for 0.1 s" },
        { "p2", 0, TRI_E_IO, "interface p2 is down" },
    };
    struct tri_ether_config cfg;
    struct tri_link l;
    pthread_t t;

    (void)lan;
    (void)arg;
    (void)tri_lan_ip("link set p2 down");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cfg = tri_lan_config(0, cases[i].name);
        cfg.mtu = cases[i].mtu;
        cfg.connect_ms = 100;
        const int rc = tri_ether_open(&l, &cfg);
        CHECK(c,
              rc == cases[i].rc && l.dead == rc && l.ops == NULL &&
                  strstr(l.error, cases[i].text) != NULL,
              "case %zu: rc %d, %s", i, rc, l.error);
    }
    cfg = tri_lan_config(0, "p0");
    cfg.plaintext = 0;
    CHECK(c, tri_ether_open(&l, &cfg) == TRI_E_ARG, "neither keys nor plain");
    cfg = tri_lan_config(3, "p0");
    CHECK(c, tri_ether_open(&l, &cfg) == TRI_E_ARG, "no party");
    (void)tri_lan_ip("link set h0 down");
    cfg = tri_lan_config(0, "p0");
    cfg.connect_ms = 100;
    CHECK(c,
          tri_ether_open(&l, &cfg) == TRI_E_TIMEOUT &&
              strstr(l.error, "interface p0 has no carrier") != NULL,
          "no carrier: %s", l.error);
    CHECK(c, pthread_create(&t, NULL, open_without_right, c) == 0, "thread");
    pthread_join(t, NULL);
}

/* One seals, the others do not: everybody says so. */
struct mixed {
    struct tri_check c;
    struct tri_ether_config cfg;
    struct tri_link l;
    int rc;
};

static void *open_mixed(void *arg)
{
    struct mixed *m = arg;

    m->rc = tri_ether_open(&m->l, &m->cfg);
    if (m->rc == TRI_OK)
        tri_close(&m->l);
    return NULL;
}

struct mixing {
    int how;
    uint32_t ms; /* in which they try to join */
};

static void run_mixed(struct tri_check *c, struct tri_lan *lan, void *arg)
{
    static const char *const name[3] = { "p0", "p1", "p2" };
    /* P1: 0 and 2 no keys, 1 another key; 2: P2 hears P1's words and
     * everybody's end at once, and all give the true reason. */
    const struct mixing *const x = arg;
    const int how = x->how, wrong = how == 1;
    struct tri_secure_keys other;
    struct mixed m[3];
    pthread_t t[3];
    int as_meant;

    __atomic_store_n(&lan->late, how == 2, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < 3; i++) {
        struct tri_tcp_config keys = { .id = i };

        m[i] = (struct mixed){ .cfg = tri_lan_config(i, name[i]) };
        m[i].cfg.connect_ms = x->ms;
        tri_links_seal(&keys);
        m[i].cfg.k = keys.k;
        m[i].cfg.keys = keys.keys;
        if (i == 1 && !wrong)
            m[i].cfg.keys = NULL;
        if (i == 1 && wrong) {
            other = *keys.keys;
            other.own[5] ^= 1;
            m[i].cfg.keys = &other;
        }
    }
    for (int i = 0; i < 3; i++)
        CHECK(c, pthread_create(&t[i], NULL, open_mixed, &m[i]) == 0, "thread");
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    for (int i = 0; i < 3; i++)
        CHECK(c, m[i].rc != TRI_OK && m[i].l.error[0] != '\0', "P%d joined: %s",
              i, m[i].l.error);
    as_meant = how == 2 && !__atomic_load_n(&lan->late, __ATOMIC_RELAXED);
    if (!wrong)
        CHECK(c,
              m[1].rc == TRI_E_MISMATCH &&
                  (m[0].rc == TRI_E_PROTO || m[2].rc == TRI_E_PROTO) &&
                  (!as_meant || m[0].rc == m[2].rc),
              "%s; %s; %s", m[0].l.error, m[1].l.error, m[2].l.error);
    else
        CHECK(c,
              m[0].rc == TRI_E_CRYPTO || m[1].rc == TRI_E_CRYPTO ||
                  m[2].rc == TRI_E_CRYPTO,
              "%s; %s; %s", m[0].l.error, m[1].l.error, m[2].l.error);
}

static void opening_within(struct tri_check *c, uint32_t ms, void *arg)
{
    struct tri_lan lan = { .mtu = 1500, .seed = c->seed };
    struct mixing x = { .ms = ms };

    (void)arg;
    tri_lan_run(c, &lan, run_opening, NULL);
    for (; x.how < 2 && c->msg[0] == '\0' && c->skip[0] == '\0'; x.how++)
        tri_lan_run(c, &lan, run_mixed, &x);
    /* P0 may end before P1 has spoken to P2: then once more. */
    lan.late = 1;
    for (int i = 0;
         i < 20 && lan.late && c->msg[0] == '\0' && c->skip[0] == '\0'; i++)
        tri_lan_run(c, &lan, run_mixed, &x);
    CHECK(c, c->skip[0] != '\0' || !lan.late, "P1 never spoke to P2 in time");
}

static void check_opening(struct tri_check *c)
{
    tri_patience(c, 3000, opening_within, NULL);
}

/* ---- what waits to be sent ----------------------------------------------- */

/* Messages of all lengths through a queue, aside and not, acknowledged in
 * random steps: the records must come out, byte by byte. */
static void check_out(struct tri_check *c)
{
    enum { MEM = 2 * TRI_ETHER_ROOM, SRC = 3 * 1048576 };
    struct tri_ether_out *o = malloc(sizeof *o);
    uint8_t *mem = malloc(MEM + 64), *src = malloc(SRC), *got = malloc(70000);
    struct tri_ether_in in;
    struct tri_link l = { .id = 0 };
    uint64_t acked = 0, sent = 0, *rng = &c->seed;
    struct {
        size_t at, len;
    } m[64];
    unsigned first = 0, next = 0;
    uint8_t *dst = malloc(700000);

    fill(src, SRC, 5);
    memset(mem + MEM, 0x5a, 64);
    tri_ether_out_init(o, mem, TRI_ETHER_ROOM, NULL);
    tri_ether_in_init(&in, NULL);
    for (int turn = 0; turn < 60000 && c->msg[0] == '\0'; turn++) {
        struct tri_piece v[TRI_ARQ_PIECES];
        unsigned n;
        size_t k = 0;

        if (next - first < 64 && tri_test_rand(rng) % 3 == 0) {
            const size_t len =
                1 + (tri_test_rand(rng) % 4 == 0 ? tri_test_rand(rng) % 700000
                                                 : tri_test_rand(rng) % 20000);
            const size_t at = tri_test_rand(rng) % (SRC - 700000);

            m[next % 64].at = at;
            m[next++ % 64].len = len;
            if (!tri_ether_out_send(o, src + at, len, 1))
                tri_check_fail(c, "no room for a message");
        }
        tri_ether_out_pump(o);
        if (tri_test_rand(rng) % 50 == 0)
            tri_ether_out_aside(o);
        if (sent < o->end) {
            n = tri_ether_out_source(
                o, sent, 1 + (uint32_t)(tri_test_rand(rng) % 65000), v);
            for (unsigned i = 0; i < n; i++) {
                memcpy(got + k, v[i].p, v[i].n);
                k += v[i].n;
            }
            sent += k;
        }
        for (size_t at = 0; at < k && c->msg[0] == '\0';) {
            if (!in.active)
                tri_ether_in_want(&in, dst, m[first % 64].len);
            at += tri_ether_in_feed(&in, &l, 1, got + at, k - at);
            if (in.rc != TRI_OK)
                tri_check_fail(c, "turn %d: %s", turn, l.error);
            else if (!in.active && memcmp(dst, src + m[first % 64].at,
                                          m[first % 64].len) != 0)
                tri_check_fail(c, "turn %d: message %u", turn, first);
            first += !in.active;
        }
        if (tri_test_rand(rng) % 4 == 0) {
            acked += tri_test_rand(rng) % (sent - acked + 1);
            tri_ether_out_acked(o, acked);
        }
    }
    if (c->msg[0] == '\0' && first < 1000)
        tri_check_fail(c, "%u messages only", first);
    for (int i = 0; i < 64; i++)
        if (mem[MEM + i] != 0x5a)
            tri_check_fail(c, "wrote behind the memory");
    free(o);
    free(mem);
    free(src);
    free(got);
    free(dst);
}

const struct tri_check_entry tri_checks_ether[] = {
    { "ether/out", check_out },         { "ether/matrix", check_matrix },
    { "ether/pair", check_pair },       { "ether/failures", check_failures },
    { "ether/opening", check_opening },
};
const size_t tri_checks_ether_n =
    sizeof tri_checks_ether / sizeof *tri_checks_ether;
