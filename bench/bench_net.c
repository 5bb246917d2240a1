#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "bench/floor.h"
#include "bench/job_net.h"
#include "bench/parties.h"
#include "boards/host/formats/networks.h"
#include "core/err.h"
#include "proto/nn/kind.h"
#include "proto/nn/model.h"
#include "proto/paper/paper.h"

/*
 * Whole networks: three processes on this machine over loopback TCP.
 */
static tri_ring pixel(size_t i, size_t row)
{
    (void)row;
    return i * 7919 % 65536;
}

static tri_ring label(size_t i, size_t row)
{
    return i % row == i / row % row;
}

int bench_net_prepare(struct tri_engine *e, void *arg)
{
    struct bench_net_job *j = arg;
    int rc = tri_model_build(&j->m, e, &j->net, j->batch, j->training, 0);

    if (rc == TRI_OK)
        rc = tri_model_init(&j->m, 1);
    if (rc != TRI_OK || e->s->dry)
        return rc;
    rc = bench_fill(e, &j->m.in, pixel, 0);
    return rc == TRI_OK ? bench_fill(e, &j->m.label, label, j->net.classes)
                        : rc;
}

/* A new input every time: its mask is dealt and opened anew. The weights of
 * an inference stay, and so does their mask. */
int bench_net_once(struct tri_engine *e, void *arg)
{
    static const struct tri_sgd sgd = { 0.03125, 0, 0 };
    struct bench_net_job *j = arg;
    int rc;

    (void)e;
    tri_ten_changed(&j->m.in);
    for (size_t i = 0; j->cold && i < j->net.layers; i++)
        tri_ten_changed(&j->m.layer[i].w);
    j->m.step.number = (uint32_t)j->training;
    rc = tri_model_forward(&j->m);
    if (rc == TRI_OK && j->training)
        rc = tri_model_backward(&j->m);
    if (rc == TRI_OK && j->training)
        rc = tri_model_update(&j->m, &sgd);
    return rc;
}

/* ---- layer by layer
 * ---------------------------------------------------------- */

enum { PROOFS = 3 * (TRI_MAX_LAYERS + 1), ROWS };

struct cell {
    double seconds, wait;
    uint64_t bytes, rounds;
};

/* One party's table, in memory that the parent sees too. */
struct profile {
    struct cell cell[TRI_PARTIES][ROWS];
    int steps[TRI_PARTIES];
    struct tri_proofs proofs[TRI_PARTIES]; /* at the end */
};

struct profiling {
    struct bench_net_job job;
    struct profile *shared;
    struct tri_engine *e;
    double start;
    struct tri_link_stats stats;
    int row; /* the running one, or -1 */
    struct tri_proofs proofs;
};

static int row_of(enum tri_pass pass, size_t layer)
{
    return (int)pass * (TRI_MAX_LAYERS + 1) + (int)layer;
}

/* What verification has cost since the last time has a row of its own,
 * whichever layer a batch ended in. */
static struct cell proofs(struct profiling *p)
{
    const struct tri_session *s = p->e->s;
    const struct tri_proofs *const now = &s->proofs, *const then = &p->proofs;
    struct cell c = {
        .seconds = (double)(now->ns - then->ns) * 1e-9,
        .wait = (double)(now->wait_ns - then->wait_ns) * 1e-9,
        .rounds = now->rounds[s->id] - then->rounds[s->id],
    };
    struct cell *const sum = &p->shared->cell[s->id][PROOFS];

    for (int j = 0; j < TRI_PARTIES; j++)
        c.bytes += now->bytes[s->id][j] - then->bytes[s->id][j];
    p->proofs = *now;
    sum->seconds += c.seconds;
    sum->wait += c.wait;
    sum->bytes += c.bytes;
    sum->rounds += c.rounds;
    return c;
}

static void on_trace(void *self, enum tri_pass pass, size_t layer)
{
    struct profiling *p = self;
    const struct tri_session *s = p->e->s;
    const double now = bench_now();

    if (s->dry)
        return;
    const struct cell v = proofs(p);
    if (p->row >= 0) {
        struct cell *c = &p->shared->cell[s->id][p->row];
        const struct tri_link_stats *t = &s->link->stats;
        c->seconds += now - p->start - v.seconds;
        c->wait += (double)(t->wait_ns - p->stats.wait_ns) * 1e-9 - v.wait;
        for (int j = 0; j < TRI_PARTIES; j++)
            c->bytes += t->payload[j] - p->stats.payload[j];
        c->bytes -= v.bytes;
        c->rounds += t->rounds - p->stats.rounds - v.rounds;
    }
    p->row = layer == TRI_MAX_LAYERS ? -1 : row_of(pass, layer);
    p->stats = s->link->stats;
    p->start = now;
}

static int profile_prepare(struct tri_engine *e, void *arg)
{
    struct profiling *p = arg;
    const int rc = bench_net_prepare(e, &p->job);

    p->e = e;
    p->row = -1;
    p->job.m.trace = on_trace;
    p->job.m.trace_self = p;
    return rc;
}

static int profile_once(struct tri_engine *e, void *arg)
{
    struct profiling *p = arg;

    if (!e->s->dry)
        p->shared->steps[e->s->id]++;
    int rc = bench_net_once(e, &p->job);
    if (rc == TRI_OK && e->config.active)
        rc = tri_settle(e);
    if (!e->s->dry)
        (void)proofs(p);
    p->shared->proofs[e->s->id] = e->s->proofs;
    return rc;
}

static const char *layer_name(const struct tri_net *net, enum tri_pass pass,
                              size_t layer)
{
    if (pass == TRI_PASS_UPDATE)
        return "all layers";
    if (pass > TRI_PASS_UPDATE)
        return "batches";
    return layer == net->layers ? "loss" : net->layer[layer].kind->name;
}

int bench_profile(struct bench *b, const char *name)
{
    static const char *const passes[] = { "forward", "backward", "update",
                                          "verify" };
    static struct profiling p;
    const struct tri_engine_kind *const engine = bench_engines[0];
    const struct bench_setup setup = bench_usual(b, engine);
    const struct bench_op op = { profile_prepare, profile_once, &p, b->turns };
    struct bench_party party[TRI_PARTIES];
    const char *text = tri_net_builtin(name);
    char err[160];
    double total = 0;

    if (text == NULL ||
        tri_net_parse(&p.job.net, text, strlen(text), err) != TRI_OK) {
        fprintf(stderr, "bench: no built-in network '%s'; A, B, C or D\n",
                name);
        return 2;
    }
    p.job.batch = 128;
    p.job.training = 1;
    p.shared = mmap(NULL, sizeof *p.shared, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p.shared == MAP_FAILED || bench_parties(&setup, &op, party) != 0)
        return 1;
    printf("Training step of network %s, batch 128, engine %s, %s, three "
           "processes; means over %d steps\n\n",
           name, engine->name, setup.active ? "active" : "passive",
           p.shared->steps[0]);
    printf("%-9s %3s %-10s %28s   %20s %9s %6s\n", "pass", "", "layer",
           "ms at P0 / P1 / P2", "of these blocked", "MB sent", "rounds");
    for (int i = 0; i < ROWS; i++) {
        const enum tri_pass pass = (enum tri_pass)(i / (TRI_MAX_LAYERS + 1));
        const size_t layer = (size_t)(i % (TRI_MAX_LAYERS + 1));
        double ms[TRI_PARTIES], wait[TRI_PARTIES], bytes = 0;
        for (int j = 0; j < TRI_PARTIES; j++) {
            const struct cell *c = &p.shared->cell[j][i];
            ms[j] = c->seconds * 1e3 / p.shared->steps[j];
            wait[j] = c->wait * 1e3 / p.shared->steps[j];
            bytes += (double)c->bytes / p.shared->steps[j];
        }
        if (ms[0] <= 0)
            continue;
        total += ms[0];
        printf("%-9s %3zu %-10s %8.1f /%8.1f /%8.1f   %5.1f /%5.1f /%5.1f "
               "%9.2f %6lu\n",
               passes[pass], layer, layer_name(&p.job.net, pass, layer), ms[0],
               ms[1], ms[2], wait[0], wait[1], wait[2], bytes * 1e-6,
               (unsigned long)(p.shared->cell[1][i].rounds /
                               (unsigned)p.shared->steps[1]));
    }
    printf("%-24s %8.1f ms\n", "sum at P0", total);
    printf("%-24s %8.1f MB", "memory of P0", (double)party[0].peak * 1e-6);
    if (setup.active)
        printf(", %.1f MB of it for verification, by batches of 64 MB",
               (double)p.shared->proofs[0].memory * 1e-6);
    putchar('\n');
    munmap(p.shared, sizeof *p.shared);
    return 0;
}

/* ---- rows
 * -------------------------------------------------------------------- */

static double sum(const double part[BENCH_PARTS])
{
    double all = 0;

    for (int k = 0; k < BENCH_PARTS; k++)
        all += part[k];
    return all;
}

/* Where one party's time went, as JSON. */
static const char *split(const struct bench_party *p,
                         const double part[BENCH_PARTS])
{
    return bench_text("{ \"cpu_ms\": %.4g, \"floor_ms\": %.4g, "
                      "\"generator_ms\": %.4g, \"link_ms\": %.4g, "
                      "\"blocked_ms\": %.4g, \"memory\": %zu }",
                      p->cpu * 1e3, sum(part) * 1e3, p->prg * 1e3,
                      (p->link - p->wait) * 1e3, p->wait * 1e3, p->peak);
}

static void one(struct bench *b, const char *name, uint32_t batch, int training,
                const struct tri_engine_kind *engine)
{
    static struct bench_net_job j;
    struct bench_party p[TRI_PARTIES];
    char err[160];
    const char *text = tri_networks_text(name);
    const char *row =
        bench_text("%s %s", name, training ? "training" : "inference");
    const char *shape = bench_text("batch %u, %s", batch, engine->name);
    const struct bench_setup setup = bench_usual(b, engine);
    const struct bench_op op = { bench_net_prepare, bench_net_once, &j,
                                 engine == &tri_engine_paper ? 3 : b->turns };
    struct bench_floor floor;
    double sent;
    struct bench_row r = { .area = "network",
                           .name = row,
                           .isa = "all",
                           .shape = shape,
                           .unit = "img/s" };

    if (!bench_wanted(b, "network", row, shape))
        return;
    memset(&j, 0, sizeof j);
    j.batch = batch;
    j.training = training;
    if (tri_net_parse(&j.net, text, strlen(text), err) != TRI_OK ||
        bench_parties(&setup, &op, p) != 0)
        return;
    r.rate = batch / p[0].seconds;
    r.spread = p[0].spread;
    sent = (double)(p[0].sent + p[1].sent + p[2].sent);
    floor = bench_floor(b, engine, &j.net, batch, training, p);
    r.more =
        bench_text("\"ms\": %.4g, \"bytes\": %.0f, \"rounds\": %llu, "
                   "\"floor_ms\": %.4g, \"parties\": [%s, %s, %s]",
                   p[0].seconds * 1e3, sent, (unsigned long long)p[0].rounds,
                   floor.seconds * 1e3, split(&p[0], floor.part[0]),
                   split(&p[1], floor.part[1]), split(&p[2], floor.part[2]));
    bench_add(b, r);
    printf("    %.1f ms, %.2f MB, %lu rounds; floor %.1f ms on %u cores: "
           "%.2f x\n"
           "    (%.2f G multiply-adds at %.1f G/s; copy %.1f, TCP %.2f, "
           "sealing %.1f, generator %.1f GB/s)\n",
           p[0].seconds * 1e3, sent * 1e-6, (unsigned long)p[0].rounds,
           floor.seconds * 1e3, floor.cores, p[0].seconds / floor.seconds,
           floor.madds * 1e-9, floor.peak * 1e-9, floor.copy * 1e-9,
           floor.tcp * 1e-9, floor.seal * 1e-9, floor.prg * 1e-9);
    for (int i = 0; i < TRI_PARTIES; i++) {
        const double least = sum(floor.part[i]);

        printf("    P%d: processor %5.1f ms (generator %5.1f, link %5.1f), "
               "blocked %5.1f ms, memory %.1f MB\n"
               "        floor %5.1f ms: %.2f x;",
               i, p[i].cpu * 1e3, p[i].prg * 1e3, (p[i].link - p[i].wait) * 1e3,
               p[i].wait * 1e3, (double)p[i].peak * 1e-6, least * 1e3,
               p[i].cpu / least);
        for (int k = 0; k < BENCH_PARTS; k++)
            printf(" %s %.1f%s", bench_part_name[k], floor.part[i][k] * 1e3,
                   k + 1 < BENCH_PARTS ? "," : "\n");
    }
}

void bench_net(struct bench *b)
{
    static const char *const nets[] = { "A", "B", "C", "D" };

    /* Large ones take minutes: if they are named. */
    for (size_t i = 0; b->filter != NULL && tri_networks[i].name != NULL; i++)
        for (size_t k = 0; bench_engines[k] != NULL &&
                           strstr(b->filter, tri_networks[i].name) != NULL;
             k++) {
            one(b, tri_networks[i].name, 1, 0, bench_engines[k]);
            one(b, tri_networks[i].name, 128, 1, bench_engines[k]);
        }
    for (size_t k = 0; bench_engines[k] != NULL; k++)
        for (int i = 0; i < 4; i++) {
            one(b, nets[i], 1, 0, bench_engines[k]);
            one(b, nets[i], 128, 0, bench_engines[k]);
            one(b, nets[i], 128, 1, bench_engines[k]);
        }
}
