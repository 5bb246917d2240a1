/*
 * Signs of life over virtual cables: a party that computes is waited for, one
 * that is frozen is not.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "net/ether/link.h"
#include "net/ether/port.h"
#include "net/host/clock.h"
#include "net/host/random.h"
#include "tests/checks.h"
#include "tests/net/ether_lan.h"
#include "tests/support/patience.h"

enum {
    DEADLINE_MS = 500,
    LARGE = 12 * 1048576 /* more than a connection's buffers */
};

/* Longer than a deadline, by far. */
static unsigned computing_ms(uint32_t deadline_ms)
{
    return 3 * deadline_ms + 100;
}

struct scene {
    int sealed, mode;
    uint32_t deadline_ms;
    tri_links_fn *fn;
    _Atomic int over;
};

static void run_scene(struct tri_check *c, struct tri_lan *lan, void *arg)
{
    struct scene *s = arg;
    struct tri_link l[3];

    (void)lan;
    tri_lan_open(c, l, s->sealed, s->deadline_ms);
    if (c->msg[0] == '\0')
        tri_links_run(c, l, s->fn, s);
}

/* ---- a party that computes ---------------------------------------------- */

/* P0 does not touch its link; or only sends, so that it never looks whether
 * something has arrived. */
static int work(struct tri_link *l, int mode, unsigned ms)
{
    static const uint8_t zero[8];
    const uint64_t end = tri_links_ms() + ms;
    int rc = TRI_OK;

    if (mode == 0)
        tri_links_sleep(ms);
    while (rc == TRI_OK && tri_links_ms() < end) {
        rc = tri_send(l, 1, zero, sizeof zero);
        tri_links_sleep(1);
    }
    return rc;
}

/* P1 waits for P0 to send, P2 for P0 to receive. */
static void compute(struct tri_check *c, struct tri_link *l, void *arg)
{
    const struct scene *s = arg;
    static const uint8_t done[8] = { 1 };
    uint8_t *large = calloc(1, LARGE), word[8] = { 0 };
    int rc = TRI_OK;

    large[LARGE - 1] = 7;
    if (l->id == 0) {
        large[LARGE - 1] = 0;
        rc = work(l, s->mode, computing_ms(s->deadline_ms));
        if (rc == TRI_OK)
            rc = tri_send(l, 1, done, sizeof done);
        if (rc == TRI_OK)
            rc = tri_recv(l, 2, large, LARGE);
        if (rc == TRI_OK && large[LARGE - 1] != 7)
            tri_check_fail(c, "bytes");
        if (rc == TRI_OK)
            rc = tri_send(l, 2, done, sizeof done);
    } else if (l->id == 1) {
        while (rc == TRI_OK && word[0] == 0)
            rc = tri_recv(l, 0, word, sizeof word);
    } else {
        rc = tri_send(l, 0, large, LARGE);
        if (rc == TRI_OK)
            rc = tri_flush(l);
        if (rc == TRI_OK)
            rc = tri_recv(l, 0, word, sizeof word);
    }
    if (rc == TRI_OK)
        rc = tri_flush(l);
    if (rc != TRI_OK)
        tri_check_fail(c, "%s", l->error);
    tri_close(l);
    free(large);
}

static void computing_for(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        struct tri_lan lan = { .mtu = 9000, .seed = tri_test_rand(&c->seed) };
        struct scene s = { i & 1, i >> 1, ms, compute, 0 };
        struct tri_check own = { .seed = c->seed };

        tri_lan_run(&own, &lan, run_scene, &s);
        memcpy(c->skip, own.skip, sizeof c->skip);
        if (c->skip[0] != '\0')
            return;
        CHECK(c, own.msg[0] == '\0', "sealed %d, mode %d: %s", s.sealed, s.mode,
              own.msg);
    }
}

static void check_computing(struct tri_check *c)
{
    tri_patience(c, DEADLINE_MS, computing_for, NULL);
}

/* ---- a party that is too slow ------------------------------------------- */

/* P1 neither sends nor receives until P0 has given up. P2 hears of it. */
static void slow(struct tri_check *c, struct tri_link *l, void *arg)
{
    static const char *const does[] = {
        "sent nothing of a message of 8 bytes that P0 waits for",
        "took nothing of what P0 has to send to it"
    };
    struct scene *s = arg;
    const uint64_t held = 10u * s->deadline_ms;
    char text[200];
    const uint64_t start = tri_links_ms();
    uint8_t *large = calloc(1, LARGE);
    int rc = TRI_OK;

    if (l->id == 0) {
        if (s->mode == 0)
            rc = tri_recv(l, 1, large, 8);
        else
            rc = tri_send(l, 1, large, LARGE);
        if (rc == TRI_OK)
            rc = tri_flush(l);
        (void)snprintf(text, sizeof text,
                       "P1 is alive, but too slow: for %.1f s it %s; give a "
                       "longer deadline",
                       (double)held / 1e3, does[s->mode]);
        if (rc != TRI_E_TIMEOUT || strcmp(l->error, text) != 0)
            tri_check_fail(c, "%d %s", rc, l->error);
        else if (tri_links_ms() - start < held - 10)
            tri_check_fail(c, "after %llu ms",
                           (unsigned long long)(tri_links_ms() - start));
        atomic_store(&s->over, 1);
    } else {
        while (!atomic_load(&s->over))
            tri_links_sleep(5);
    }
    if (l->id == 2) {
        rc = tri_recv(l, 0, large, 8);
        if (rc != TRI_E_TIMEOUT || l->blamed != 1)
            tri_check_fail(c, "%d %s", rc, l->error);
    }
    tri_close(l);
    free(large);
}

static void slow_for(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    for (int mode = 0; mode < 2; mode++) {
        struct tri_lan lan = { .mtu = 9000, .seed = tri_test_rand(&c->seed) };
        struct scene s = { 0, mode, ms, slow, 0 };
        struct tri_check own = { .seed = c->seed };

        tri_lan_run(&own, &lan, run_scene, &s);
        memcpy(c->skip, own.skip, sizeof c->skip);
        if (c->skip[0] != '\0')
            return;
        CHECK(c, own.msg[0] == '\0', "mode %d: %s", mode, own.msg);
    }
}

static void check_slow(struct tri_check *c)
{
    tri_patience(c, 200, slow_for, NULL);
}

/* ---- a party that is late ----------------------------------------------- */

/* P0 sends what fits in both sides' buffers, and ends; P1 takes it only several
 * deadlines later. */
static void late(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct scene *s = arg;
    const size_t n = TRI_ETHER_ROOM / 2 * 3;
    uint8_t *buf = calloc(1, n);
    int rc = TRI_OK;

    if (l->id == 0) {
        memset(buf, 0x5a, n);
        rc = tri_send(l, 1, buf, n);
        if (rc == TRI_OK)
            rc = tri_flush(l);
        atomic_store(&s->over, 1);
    } else if (l->id == 1) {
        while (!atomic_load(&s->over))
            tri_links_sleep(5);
        tri_links_sleep(computing_ms(s->deadline_ms));
        rc = tri_recv(l, 0, buf, n);
        if (rc == TRI_OK && (buf[0] != 0x5a || buf[n - 1] != 0x5a))
            tri_check_fail(c, "bytes");
    }
    if (rc != TRI_OK)
        tri_check_fail(c, "P%u: %s", l->id, l->error);
    tri_close(l);
    free(buf);
}

static void late_for(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    for (int sealed = 0; sealed < 2; sealed++) {
        struct tri_lan lan = { .mtu = 9000, .seed = tri_test_rand(&c->seed) };
        struct scene s = { sealed, 0, ms, late, 0 };
        struct tri_check own = { .seed = c->seed };

        tri_lan_run(&own, &lan, run_scene, &s);
        memcpy(c->skip, own.skip, sizeof c->skip);
        if (c->skip[0] != '\0')
            return;
        CHECK(c, own.msg[0] == '\0', "sealed %d: %s", sealed, own.msg);
    }
}

static void check_late(struct tri_check *c)
{
    tri_patience(c, DEADLINE_MS, late_for, NULL);
}

/* ---- a party without a thread ------------------------------------------- */

/* A driver as a board has it: nobody but the party looks after frames. */
static void bare_send(void *ctx, const uint8_t to[TRI_ETHER_MAC],
                      const struct tri_piece *v, unsigned n)
{
    tri_port_send(ctx, to, v, n);
}

static void bare_flush(void *ctx)
{
    tri_port_flush(ctx);
}

static const uint8_t *bare_receive(void *ctx, size_t *n, const uint8_t **from)
{
    return tri_port_receive(ctx, n, from);
}

static uint64_t bare_now(void *ctx)
{
    (void)ctx;
    return tri_clock_ns() / 1000u;
}

static void bare_wait(void *ctx, uint64_t until)
{
    struct pollfd p = { .fd = ((struct tri_port *)ctx)->fd, .events = POLLIN };
    const uint64_t now = bare_now(ctx);

    (void)poll(&p, 1, until > now ? (int)((until - now) / 1000) + 1 : 0);
}

static int bare_random(void *ctx, void *out, size_t n)
{
    (void)ctx;
    return tri_net_random(out, n);
}

struct bare {
    struct tri_check c;
    unsigned id;
    uint32_t deadline_ms;
    int frozen;
    _Atomic uint64_t *since; /* P0 touches its link no more, ms */
    struct tri_link l;
    pthread_t thread;
};

static int open_bare(struct bare *b, const struct tri_ether_config *cfg,
                     struct tri_port *port, void **mem)
{
    struct tri_ether_driver d = { .ctx = port,
                                  .name = cfg->interface,
                                  .send = bare_send,
                                  .flush = bare_flush,
                                  .receive = bare_receive,
                                  .now = bare_now,
                                  .wait = bare_wait,
                                  .random = bare_random };
    int rc;

    b->l = (struct tri_link){ .id = cfg->id };
    rc = tri_port_open(port, &b->l, cfg->interface, 0);
    if (rc != TRI_OK)
        return rc;
    d.mtu = port->mtu;
    *mem = aligned_alloc(TRI_ETHER_ALIGN, tri_ether_memory(cfg));
    rc = tri_ether_join(&b->l, cfg, &d, *mem);
    if (rc != TRI_OK)
        tri_port_close(port);
    return rc;
}

/* P0 computes for three deadlines and looks after its link, or does not. */
static int compute_bare(struct bare *b)
{
    uint8_t word[8] = { 1 };
    int rc;

    /* All three are there. */
    rc = tri_recv(&b->l, 1, word, 8);
    if (rc == TRI_OK)
        rc = tri_recv(&b->l, 2, word, 8);
    atomic_store(b->since, tri_links_ms());
    if (b->frozen)
        tri_links_sleep(computing_ms(b->deadline_ms));
    for (int i = 0; i < 80 && rc == TRI_OK && !b->frozen; i++) {
        tri_links_sleep(computing_ms(b->deadline_ms) / 80);
        rc = tri_poll(&b->l);
    }
    if (rc == TRI_OK)
        rc = tri_send(&b->l, 1, word, 8);
    if (rc == TRI_OK)
        rc = tri_send(&b->l, 2, word, 8);
    if (rc == TRI_OK)
        rc = tri_flush(&b->l);
    return rc;
}

static int wait_for_bare(struct bare *b)
{
    uint8_t word[8] = { 1 };
    int rc = tri_send(&b->l, 0, word, 8);

    if (rc == TRI_OK)
        rc = tri_recv(&b->l, 0, word, 8);
    if (b->frozen) {
        const uint64_t ms = tri_links_ms() - atomic_load(b->since);

        if (rc != TRI_E_TIMEOUT || b->l.blamed != 0 ||
            strstr(b->l.error, "no frame from P0 on interface p") == NULL)
            tri_check_fail(&b->c, "%d %s", rc, b->l.error);
        else if (ms > b->deadline_ms + 5000)
            tri_check_fail(&b->c, "after %llu ms", (unsigned long long)ms);
    }
    return rc;
}

static void *bare_main(void *arg)
{
    static const char *const name[3] = { "p0", "p1", "p2" };
    struct bare *b = arg;
    struct tri_ether_config cfg = tri_lan_config(b->id, name[b->id]);
    struct tri_port *port = malloc(sizeof *port);
    void *mem = NULL;
    int rc;

    cfg.deadline_ms = b->deadline_ms;
    rc = b->id == 0 ? open_bare(b, &cfg, port, &mem)
                    : tri_ether_open(&b->l, &cfg);
    if (rc != TRI_OK) {
        tri_check_fail(&b->c, "open: %s", b->l.error);
    } else {
        rc = b->id == 0 ? compute_bare(b) : wait_for_bare(b);
        /* A frozen party learns of its fate when it next waits. */
        if (b->frozen ? b->id != 0 && rc == TRI_OK : rc != TRI_OK)
            tri_check_fail(&b->c, "%d %s", rc, b->l.error);
        tri_close(&b->l);
        if (b->id == 0)
            tri_port_close(port);
    }
    free(mem);
    free(port);
    return NULL;
}

static void run_bare(struct tri_check *c, struct tri_lan *lan, void *arg)
{
    const struct bare *const a = arg;
    _Atomic uint64_t since = 0;
    struct bare b[3];

    (void)lan;
    for (unsigned i = 0; i < 3; i++) {
        b[i] = (struct bare){ .id = i,
                              .deadline_ms = a->deadline_ms,
                              .frozen = a->frozen,
                              .since = &since };
        if (pthread_create(&b[i].thread, NULL, bare_main, &b[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < 3; i++)
        pthread_join(b[i].thread, NULL);
    for (unsigned i = 0; i < 3; i++)
        CHECK(c, b[i].c.msg[0] == '\0', "frozen %d, P%u: %s", b[i].frozen, i,
              b[i].c.msg);
}

static void bare_for(struct tri_check *c, uint32_t ms, void *arg)
{
    (void)arg;
    for (int frozen = 0; frozen < 2; frozen++) {
        struct bare b = { .deadline_ms = ms, .frozen = frozen };
        struct tri_lan lan = { .mtu = 1500, .seed = tri_test_rand(&c->seed) };

        if (c->msg[0] == '\0' && c->skip[0] == '\0')
            tri_lan_run(c, &lan, run_bare, &b);
    }
}

static void check_bare(struct tri_check *c)
{
    tri_patience(c, DEADLINE_MS, bare_for, NULL);
}

const struct tri_check_entry tri_checks_ether_beats[] = {
    { "ether/computing", check_computing },
    { "ether/slow", check_slow },
    { "ether/late", check_late },
    { "ether/bare", check_bare },
};
const size_t tri_checks_ether_beats_n =
    sizeof tri_checks_ether_beats / sizeof *tri_checks_ether_beats;
