#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/le.h"
#include "net/host/mem.h"
#include "tests/support/check.h"
#include "tests/support/three.h"
#include "proto/fused/fused.h"

void tri_three_default(struct tri_three *t)
{
    memset(t, 0, sizeof *t);
    t->arena = (size_t)64 << 20;
    t->engine = &tri_engine_fused;
    t->config.f = 16;
    t->config.k = 32;
    t->cpu = tri_cpu_detect();
    t->seed = 0x5eed;
    t->deadline_ms = 60000;
    t->cut_after = UINT64_MAX;
}

/* The key of parties i and j: distinct for each pair, equal on both sides. */
static void pair_key(uint8_t key[32], uint64_t seed, unsigned i, unsigned j)
{
    uint64_t rng = seed * 9 + (i < j ? 3 * i + j : 3 * j + i);

    for (unsigned w = 0; w < 4; w++)
        tri_le_store64(key + 8 * w, tri_test_rand(&rng));
}

static void set_up(struct tri_session *s, const struct tri_three *t,
                   unsigned id, struct tri_kernels *k, struct tri_arena *a)
{
    memset(s, 0, sizeof *s);
    tri_kernels_init(k, t->cpu);
    s->id = id;
    s->cx = (struct tri_cx){ k, t->par, a };
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        uint8_t key[32];
        if (j == id)
            continue;
        pair_key(key, t->seed, id, j);
        tri_prg_init(&s->prg[j], k, key, TRI_PRG_CHACHA20);
    }
}

struct party {
    struct tri_three *t;
    struct tri_link *link;
    unsigned id;
    tri_three_fn *fn;
    void *arg;
};

static void *party_main(void *arg)
{
    const struct party *p = arg;
    struct tri_three *t = p->t;
    struct tri_session s;
    struct tri_kernels k;
    struct tri_arena a;
    struct tri_engine e;
    void *block = NULL;

    if (posix_memalign(&block, TRI_ALIGN, t->arena) != 0)
        abort();
    tri_arena_init(&a, block, t->arena);
    set_up(&s, t, p->id, &k, &a);
    s.link = p->link;
    if (tri_engine_start(&e, t->engine, &s, &t->config) != TRI_OK)
        abort();
    p->fn(&e, p->arg);
    tri_engine_end(&e);
    t->left[p->id] = 0;
    for (size_t i = 0; i < s.proofs.memory; i++)
        t->left[p->id] += a.base[a.size - 1 - i] != 0;
    t->dead[p->id] = s.dead;
    t->peak[p->id] = a.peak;
    t->stats[p->id] = p->link->stats;
    t->blamed[p->id] = p->link->blamed;
    snprintf(t->error[p->id], sizeof t->error[0], "%s", p->link->error);
    snprintf(t->where[p->id], sizeof t->where[0], "%s", s.where);
    /* Nobody leaves while another still reads what was queued. */
    tri_close(p->link);
    tri_session_wipe(&s);
    free(block);
    return NULL;
}

void tri_three_run(struct tri_three *t, tri_three_fn *fn, void *arg)
{
    struct tri_link link[TRI_PARTIES];
    struct party p[TRI_PARTIES];
    pthread_t thread[TRI_PARTIES];

    if (tri_mem_create(link, t->deadline_ms) != TRI_OK)
        abort();
    if (t->cut_after != UINT64_MAX)
        tri_mem_cut(&link[t->cut_from], t->cut_to, t->cut_after);
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        p[i] = (struct party){ t, &link[i], i, fn, arg };
        if (pthread_create(&thread[i], NULL, party_main, &p[i]) != 0)
            abort();
    }
    t->rounds = 0;
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        pthread_join(thread[i], NULL);
        if (t->rounds < t->stats[i].rounds)
            t->rounds = t->stats[i].rounds;
    }
}

struct tri_cost tri_three_dry(const struct tri_three *t, unsigned id,
                              tri_three_fn *fn, void *arg, size_t *peak)
{
    struct tri_session s;
    struct tri_kernels k;
    struct tri_arena a;
    struct tri_engine e;

    tri_arena_measure(&a);
    set_up(&s, t, id, &k, &a);
    s.dry = 1;
    if (tri_engine_start(&e, t->engine, &s, &t->config) != TRI_OK)
        abort();
    fn(&e, arg);
    tri_engine_end(&e);
    if (peak != NULL)
        *peak = a.peak;
    return s.cost;
}

void tri_three_share(uint64_t *x0, uint64_t *x1, const uint64_t *x, size_t n,
                     uint64_t *rng)
{
    for (size_t i = 0; i < n; i++) {
        x0[i] = tri_test_rand(rng);
        x1[i] = x[i] - x0[i];
    }
}

uint64_t tri_three_payload(const struct tri_three *t)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            sum += t->stats[i].payload[j];
    return sum;
}
