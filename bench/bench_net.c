#include <stdio.h>
#include <string.h>
#include "bench/parties.h"
#include "core/err.h"
#include "proto/nn/model.h"

/*
 * Whole networks: three processes on this machine over loopback TCP.
 */
struct job {
    struct tri_net net;
    uint32_t batch;
    int training;
    struct tri_model m;
};

static int prepare(struct tri_engine *e, void *arg)
{
    struct job *j = arg;
    int rc = tri_model_build(&j->m, e, &j->net, j->batch, j->training, 0);

    if (rc == TRI_OK)
        rc = tri_model_init(&j->m, 1);
    if (rc != TRI_OK || e->s->dry)
        return rc;
    /* Shares of small numbers: P0 holds them, P1 zeros. */
    if (e->ncomp != 0) {
        uint64_t *x = j->m.in.v[0], *y = j->m.label.v[0];
        memset(x, 0, j->m.in.n * sizeof *x);
        memset(y, 0, j->m.label.n * sizeof *y);
        for (size_t i = 0; i < j->m.in.n && e->s->id == 0; i++)
            x[i] = i * 7919 % 65536;
        for (uint32_t i = 0; i < j->batch && e->s->id == 0; i++)
            y[i * j->net.classes + i % j->net.classes] = 1;
    }
    return TRI_OK;
}

/* A new input every time: its mask is dealt and opened anew. The weights of
 * an inference stay, and so does their mask. */
static int once(struct tri_engine *e, void *arg)
{
    static const struct tri_sgd sgd = { 0.03125, 0 };
    struct job *j = arg;
    int rc;

    (void)e;
    tri_ten_changed(&j->m.in);
    rc = tri_model_forward(&j->m);
    if (rc == TRI_OK && j->training)
        rc = tri_model_backward(&j->m);
    if (rc == TRI_OK && j->training)
        rc = tri_model_update(&j->m, &sgd);
    return rc;
}

static void one(struct bench *b, const char *name, uint32_t batch, int training,
                int mode)
{
    static const char *const modes[] = { "fused", "paper" };
    static struct job j;
    struct bench_party p[TRI_PARTIES];
    char err[160];
    const char *text = tri_net_builtin(name);
    const char *row =
        bench_text("%s %s", name, training ? "training" : "inference");
    const char *shape = bench_text("batch %u, %s", batch, modes[mode]);
    const struct bench_setup setup = {
        .mode = mode, .f = 16, .k = 32, .cpu = b->cpu, .threads = b->threads
    };
    const struct bench_op op = { prepare, once, &j,
                                 mode == TRI_MODE_PAPER ? 3 : b->turns };
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
    bench_add(b, r);
    printf("    %.1f ms, %.2f MB, %lu rounds\n", p[0].seconds * 1e3,
           (double)(p[0].sent + p[1].sent + p[2].sent) * 1e-6,
           (unsigned long)p[0].rounds);
    for (int i = 0; i < TRI_PARTIES; i++)
        printf("    P%d: processor %5.1f ms, link %5.1f ms (blocked %5.1f), "
               "generator %5.1f ms, "
               "memory %.1f MB\n",
               i, p[i].cpu * 1e3, p[i].link * 1e3, p[i].wait * 1e3,
               p[i].prg * 1e3, (double)p[i].peak * 1e-6);
}

void bench_net(struct bench *b)
{
    static const char *const nets[] = { "A", "B", "C", "D" };

    for (int mode = TRI_MODE_FUSED; mode <= TRI_MODE_PAPER; mode++)
        for (int i = 0; i < 4; i++) {
            one(b, nets[i], 1, 0, mode);
            one(b, nets[i], 128, 0, mode);
            one(b, nets[i], 128, 1, mode);
        }
}
