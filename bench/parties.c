#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "bench/parties.h"
#include "core/err.h"
#include "net/hello.h"
#include "boards/host/base/pool.h"
#include "net/host/clock.h"
#include "net/host/random.h"
#include "net/host/secret.h"
#include "net/tcp/tcp.h"
#include "proto/engine.h"
#include "proto/fused/fused.h"
#include "proto/paper/paper.h"
#include "proto/rep3/rep3.h"

enum { MAX_REPS = 1000 };

/* ---- clocks around the link and the generator, one process each ------------
 */

static uint64_t link_ns, prg_ns, prg_bytes;
static int clocked; /* whether the generator's calls are timed */
static const struct tri_link_ops *real_link;
static tri_chacha20_fn real_chacha20;
static tri_aes_ctr_fn real_aes_ctr;

static void drawn(uint64_t start, size_t bytes)
{
    if (!clocked)
        return;
    __atomic_fetch_add(&prg_ns, tri_clock_ns() - start, __ATOMIC_RELAXED);
    __atomic_fetch_add(&prg_bytes, bytes, __ATOMIC_RELAXED);
}

static TRI_DECL_CHACHA20(timed_chacha20)
{
    const uint64_t start = clocked ? tri_clock_ns() : 0;

    real_chacha20(out, key, nonce, counter, nblocks);
    drawn(start, 64 * nblocks);
}

static TRI_DECL_AES_CTR(timed_aes_ctr)
{
    const uint64_t start = clocked ? tri_clock_ns() : 0;

    real_aes_ctr(out, rk, nonce, counter, nblocks);
    drawn(start, 64 * nblocks);
}

static int timed_send(struct tri_link *l, unsigned to, const void *buf,
                      size_t len)
{
    const uint64_t start = tri_clock_ns();
    const int rc = real_link->send(l, to, buf, len);

    link_ns += tri_clock_ns() - start;
    return rc;
}

static int timed_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    const uint64_t start = tri_clock_ns();
    const int rc = real_link->recv(l, from, buf, len);

    link_ns += tri_clock_ns() - start;
    return rc;
}

static int timed_flush(struct tri_link *l)
{
    const uint64_t start = tri_clock_ns();
    const int rc = real_link->flush(l);

    link_ns += tri_clock_ns() - start;
    return rc;
}

/* ---- engines ---------------------------------------------------------------
 */

const struct tri_engine_kind *bench_engines[] = { &tri_engine_fused,
                                                  &tri_engine_paper,
                                                  &tri_engine_rep3, NULL };

int bench_only(const char *engine)
{
    bench_engines[0] = tri_engine_find(bench_engines, engine);
    bench_engines[1] = NULL;
    return bench_engines[0] != NULL;
}

int bench_fill(struct tri_engine *e, struct tri_ten *t,
               tri_ring (*value)(size_t i, size_t row), size_t row)
{
    enum { PIECE = 1024 };
    tri_ring v[2][PIECE];
    const tri_ring *const part[2] = { v[0], v[1] };
    int rc = TRI_OK;

    memset(v, 0, sizeof v);
    for (size_t at = 0, n; rc == TRI_OK && at < t->n; at += n) {
        n = t->n - at < PIECE ? t->n - at : PIECE;
        for (size_t i = 0; e->const_comp >= 0 && i < n; i++)
            v[e->const_comp][i] = value(at + i, row);
        rc = tri_import(e, t, at, n, part);
    }
    return rc;
}

/* ---- one party
 * ---------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double cpu_seconds(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* When each repetition began and ended at one party, in seconds of the clock
 * that all processes share. */
struct laps {
    double start[MAX_REPS], end[MAX_REPS];
};

/* What all three share with the parent. */
struct shared {
    struct bench_party party[TRI_PARTIES];
    struct laps laps[TRI_PARTIES];
    unsigned ready; /* how often a party was */
};

/* All parties pass together: over the link, so that nothing is under way, then
 * by memory, so that no delay of the link stays between them. */
static int barrier(struct tri_engine *e, const struct tri_ten *zero,
                   unsigned *ready, unsigned turn)
{
    double sum;
    int rc = tri_open(e, &sum, zero, TRI_OPEN_ALL);
    uint64_t begun;

    /* Twice: now all parties stand at the same number of rounds. */
    if (rc == TRI_OK)
        rc = tri_open(e, &sum, zero, TRI_OPEN_ALL);
    begun = tri_clock_ns();
    if (rc != TRI_OK)
        return rc;
    (void)__atomic_add_fetch(ready, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(ready, __ATOMIC_SEQ_CST) < TRI_PARTIES * turn) {
        if (tri_clock_ns() - begun > 60000000000u)
            return TRI_E_TIMEOUT;
        sched_yield();
    }
    return TRI_OK;
}

static uint64_t sum3(const uint64_t v[TRI_PARTIES])
{
    return v[0] + v[1] + v[2];
}

/* Verified to the end: no repetition leaves work for the next. */
static int once(const struct bench_op *op, struct tri_engine *e)
{
    const int rc = op->once(e, op->arg);

    return rc == TRI_OK && e->config.active ? tri_settle(e) : rc;
}

static int measure(struct tri_engine *e, const struct bench_op *op,
                   struct bench_party *out, struct shared *m)
{
    struct tri_session *s = e->s;
    double cpu = 0, link = 0, wait = 0;
    const int reps = op->reps < MAX_REPS ? op->reps : MAX_REPS;
    struct laps *const laps = &m->laps[s->id];
    const double none = 0;
    struct tri_ten zero;
    int rc = tri_ten_alloc(e, &zero, tri_shape1(1), 0, 0);

    if (rc == TRI_OK)
        rc = e->ops->constant(e, &zero, &none);
    if (rc == TRI_OK)
        rc = op->prepare(e, op->arg);

    /* The first repetition touches all memory and is not counted. The last one
     * is not either: it times the generator, whose calls are so short that
     * two looks at the clock make some of them a third longer. */
    for (int i = -1; rc == TRI_OK && i <= reps; i++) {
        rc = barrier(e, &zero, &m->ready, (unsigned)i + 2);
        clocked = i == reps;
        const struct tri_link_stats before = s->link->stats;
        const double c0 = cpu_seconds();
        const uint64_t l0 = link_ns, start = tri_clock_ns();
        if (rc == TRI_OK)
            rc = once(op, e);
        const double c1 = cpu_seconds();
        const struct tri_link_stats after = s->link->stats;
        const uint64_t l1 = link_ns;
        if (i < 0 || i == reps)
            continue;
        laps->start[i] = (double)start * 1e-9;
        laps->end[i] = (double)tri_clock_ns() * 1e-9;
        cpu += c1 - c0;
        link += (double)(l1 - l0) * 1e-9;
        wait += (double)(after.wait_ns - before.wait_ns) * 1e-9;
        out->sent = sum3(after.sent) - sum3(before.sent);
        out->received = sum3(after.received) - sum3(before.received);
        out->payload = sum3(after.payload) - sum3(before.payload);
        out->rounds = after.rounds - before.rounds;
    }
    if (rc != TRI_OK)
        return rc;
    out->cpu = cpu / reps;
    out->link = link / reps;
    out->prg = (double)prg_ns * 1e-9;
    out->drawn = prg_bytes;
    out->wait = wait / reps;
    return TRI_OK;
}

static int party(unsigned id, const struct bench_setup *setup,
                 const struct bench_op *op, const struct tri_tcp_config *cfg,
                 struct bench_party *out, struct shared *m)
{
    struct tri_link l, inner;
    struct tri_link_ops ops;
    struct tri_pool pool;
    struct tri_kernels k, plain;
    struct tri_tcp_config tcp = *cfg;
    struct tri_arena a;
    struct tri_session s = { .id = id, .clock = tri_clock_ns };
    struct tri_engine_config config = { .f = setup->f,
                                        .k = setup->k,
                                        .active = setup->active,
                                        .ledger = 64000000 };
    struct tri_engine e;
    uint8_t keys[TRI_PARTIES][32];
    int rc;

    /* Sealing is the link's time, not the generator's. */
    tri_kernels_init(&plain, setup->cpu);
    tcp.k = &plain;
    k = plain;
    real_chacha20 = k.chacha20;
    real_aes_ctr = k.aes_ctr;
    k.chacha20 = timed_chacha20;
    k.aes_ctr = timed_aes_ctr;
    if (tri_pool_start(&pool, setup->threads) != TRI_OK)
        return TRI_E_NOMEM;
    rc = tri_tcp_open(&l, &tcp);
    if (rc == TRI_OK && setup->shape != NULL) {
        inner = l;
        rc = tri_emulate_wrap(&l, &inner, setup->shape);
        config.rtt_ns = setup->shape->rtt_ns;
        config.rate = setup->shape->rate;
    }
    if (rc == TRI_OK)
        rc = tri_hello(&l, "bench 1\n", NULL, keys, NULL);
    if (rc != TRI_OK) {
        fprintf(stderr, "bench: P%u: %s\n", id, l.error);
        return rc;
    }
    real_link = l.ops;
    ops = *real_link;
    ops.send = timed_send;
    ops.recv = timed_recv;
    ops.flush = timed_flush;
    l.ops = &ops;
    s.cx = (struct tri_cx){ &k, tri_pool_par(&pool), &a };
    s.link = &l;
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        tri_prg_init(&s.prg[j], &k, keys[j], (enum tri_prg_kind)setup->prg);

    tri_arena_measure(&a);
    s.dry = 1;
    rc = tri_engine_start(&e, setup->engine, &s, &config);
    if (rc == TRI_OK)
        rc = op->prepare(&e, op->arg);
    if (rc == TRI_OK)
        rc = once(op, &e);
    tri_engine_end(&e);
    s.dry = 0;
    out->peak = a.peak;
    const size_t size = a.peak + 4096;
    void *const block = tri_secret_alloc(size);
    tri_arena_init(&a, block, size);
    if (block == NULL)
        rc = TRI_E_NOMEM;
    if (rc == TRI_OK)
        rc = tri_engine_start(&e, setup->engine, &s, &config);
    if (rc == TRI_OK)
        rc = measure(&e, op, out, m);
    if (rc != TRI_OK)
        fprintf(stderr, "bench: P%u: %s: %s %s\n", id, s.where,
                tri_strerror(rc), l.error);
    tri_close(&l);
    return rc;
}

/* Key pairs as in a real run; secret from nobody here. */
static int make_keys(struct tri_secure_keys keys[TRI_PARTIES])
{
    for (int i = 0; i < TRI_PARTIES; i++) {
        if (tri_net_random(keys[i].own, sizeof keys[i].own) != TRI_OK)
            return -1;
        for (int j = 0; j < TRI_PARTIES; j++)
            tri_x25519_public(keys[j].peer[i], keys[i].own);
    }
    return 0;
}

/* A repetition lasts from the first party's start to the last one's end. */
static void sum_up(struct shared *m, int reps)
{
    double sec[MAX_REPS], median, spread;

    for (int r = 0; r < reps; r++) {
        double start = m->laps[0].start[r], end = m->laps[0].end[r];

        for (int i = 1; i < TRI_PARTIES; i++) {
            if (m->laps[i].start[r] < start)
                start = m->laps[i].start[r];
            if (m->laps[i].end[r] > end)
                end = m->laps[i].end[r];
        }
        sec[r] = end - start;
    }
    qsort(sec, (size_t)reps, sizeof *sec, by_value);
    median = sec[reps / 2];
    spread = (sec[reps - 1] - sec[0]) / median;
    for (int i = 0; i < TRI_PARTIES; i++) {
        m->party[i].seconds = median;
        m->party[i].spread = spread;
    }
}

struct bench_setup bench_usual(const struct bench *b,
                               const struct tri_engine_kind *engine)
{
    return (struct bench_setup){ .engine = engine,
                                 .f = 16,
                                 .k = 32,
                                 .cpu = b->cpu,
                                 .threads = b->threads,
                                 .plaintext = b->plaintext,
                                 .prg = b->prg,
                                 .active = b->active && engine->verifies };
}

int bench_parties(const struct bench_setup *setup, const struct bench_op *op,
                  struct bench_party out[TRI_PARTIES])
{
    const size_t bytes = sizeof(struct shared);
    struct shared *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct tri_tcp_config cfg = { .connect_ms = 10000,
                                  .deadline_ms = 60000,
                                  .plaintext = setup->plaintext };
    static struct tri_secure_keys keys[TRI_PARTIES];
    char addr[TRI_PARTIES][32] = { "127.0.0.1:0", "127.0.0.1:0",
                                   "127.0.0.1:0" };
    int fd[2], rc = 0;
    pid_t pid[TRI_PARTIES];

    if (shared == MAP_FAILED)
        return -1;
    for (int i = 0; i < 2; i++) {
        uint16_t port;
        char error[256];
        if (tri_tcp_listen(&fd[i], &port, addr[i], error) != TRI_OK) {
            fprintf(stderr, "bench: %s\n", error);
            return -1;
        }
        snprintf(addr[i], sizeof addr[i], "127.0.0.1:%u", port);
    }
    fflush(stdout);
    if (!setup->plaintext && make_keys(keys) != 0)
        return -1;
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        cfg.addr[i] = addr[i];
        pid[i] = -1;
    }
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        pid[i] = fork();
        if (pid[i] < 0)
            return -1;
        if (pid[i] == 0) {
            tri_cleanup_forked();
            cfg.id = i;
            cfg.keys = setup->plaintext ? NULL : &keys[i];
            if (i < 2)
                cfg.listen_fd = fd[i];
            for (unsigned j = 0; j < 2; j++)
                if (j != i)
                    close(fd[j]);
            shared->party[i].rc =
                party(i, setup, op, &cfg, &shared->party[i], shared);
            _exit(shared->party[i].rc == TRI_OK ? 0 : 1);
        }
    }
    close(fd[0]);
    close(fd[1]);
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        int status = 1;
        if (waitpid(pid[i], &status, 0) < 0 || status != 0)
            rc = -1;
    }
    if (rc == 0)
        sum_up(shared, op->reps < MAX_REPS ? op->reps : MAX_REPS);
    memcpy(out, shared->party, sizeof shared->party);
    munmap(shared, bytes);
    return rc;
}
