#include <stdio.h>
#include <string.h>
#include "bench/bench.h"
#include "bench/job_net.h"
#include "bench/parties.h"
#include "core/err.h"
#include "net/host/emulate.h"
#include "proto/bilin.h"
#include "proto/nn/model.h"
#include "proto/nn/net.h"

/*
 * Side by side with SecureNN (PoPETs 2019): its tables of inference, training
 * and single protocols, over emulated networks with its round-trip times and
 * rates. The paper measured on three c4.8xlarge of Amazon (36 hardware threads
 * each); here all three parties share this machine.
 */
struct pair {
    double lan, wan;
};

struct row {
    const char *name;
    struct pair ms;
    double mb;
};

/* ---- single protocols -----------------------------------------------------
 */

enum kind { CONV, MATMUL, MAX, DMAX, SIGN, SELECT };

struct micro {
    struct row published;
    enum kind kind;
    uint32_t a, b, c, d; /* CONV: image, filter, channels, filters; MATMUL: m,
                            n (inner), v; MAX, DMAX: window^2, windows; SIGN,
                            SELECT: elements */
};

static const struct micro micros[] = {
    { { "Conv2d 8x8x16, 5x5, 50", { 3.8, 28.4 }, .42 }, CONV, 8, 5, 16, 50 },
    { { "Conv2d 28x28x1, 3x3, 20", { 1.8, 26.5 }, .2 }, CONV, 28, 3, 1, 20 },
    { { "Conv2d 28x28x1, 5x5, 20", { 2.8, 27.5 }, .33 }, CONV, 28, 5, 1, 20 },
    { { "MatMul 1x100x1", { .33, 25.2 }, .0032 }, MATMUL, 1, 100, 1, 0 },
    { { "MatMul 1x500x100", { 4.8, 29.4 }, .81 }, MATMUL, 1, 500, 100, 0 },
    { { "MatMul 784x128x10", { 9.7, 34.3 }, 1.69 }, MATMUL, 784, 128, 10, 0 },
    { { "MaxPool 8x8x50, 4x4", { 59.7, 3062 }, 2.23 }, MAX, 16, 200, 0, 0 },
    { { "MaxPool 24x24x16, 2x2", { 61.1, 673 }, 5.14 }, MAX, 4, 2304, 0, 0 },
    { { "MaxPool 24x24x20, 2x2", { 62.6, 685 }, 6.43 }, MAX, 4, 2880, 0, 0 },
    { { "DMaxPool 8x8x50, 4x4", { 1.9, 51.6 }, .18 }, DMAX, 16, 200, 0, 0 },
    { { "DMaxPool 24x24x16, 2x2", { 4.8, 54.2 }, .52 }, DMAX, 4, 2304, 0, 0 },
    { { "DMaxPool 24x24x20, 2x2", { 4.9, 55.2 }, .65 }, DMAX, 4, 2880, 0, 0 },
    { { "DReLU 64x16", { 11.2, 162 }, .68 }, SIGN, 1024, 0, 0, 0 },
    { { "DReLU 128x128", { 110, 289 }, 10.9 }, SIGN, 16384, 0, 0, 0 },
    { { "DReLU 576x20", { 71.5, 233 }, 7.65 }, SIGN, 11520, 0, 0, 0 },
    { { "ReLU after DReLU 64x16", { .42, 25.3 }, .04 }, SELECT, 1024, 0, 0, 0 },
    { { "ReLU after DReLU 128x128", { 2.8, 27.1 }, .66 },
      SELECT,
      16384,
      0,
      0,
      0 },
    { { "ReLU after DReLU 576x20", { 2.5, 26.6 }, .46 },
      SELECT,
      11520,
      0,
      0,
      0 },
};

struct micro_job {
    const struct micro *m;
    struct tri_bilin op;
    struct tri_ten x, y, z;
    struct tri_bits bits;
    struct tri_maxn max;
};

static int micro_prepare(struct tri_engine *e, void *arg)
{
    struct micro_job *j = arg;
    const struct micro *m = j->m;
    size_t nx = m->a, ny = 1, nz = m->a;
    int rc;

    if (m->kind == CONV) {
        j->op = (struct tri_bilin){ .kind = TRI_BILIN_CONV,
                                    .conv = { .b = 1,
                                              .h = m->a,
                                              .w = m->a,
                                              .c = m->c,
                                              .kh = m->b,
                                              .kw = m->b,
                                              .o = m->d,
                                              .stride = 1 } };
        if (tri_conv_init(&j->op.conv) != TRI_OK)
            return TRI_E_ARG;
        tri_bilin_sizes(&j->op, &nx, &ny, &nz);
    } else if (m->kind == MATMUL) {
        j->op = (struct tri_bilin){
            .kind = TRI_BILIN_MATMUL, .m = m->a, .k = m->b, .n = m->c
        };
        tri_bilin_sizes(&j->op, &nx, &ny, &nz);
    } else if (m->kind == MAX || m->kind == DMAX) {
        nx = (size_t)m->a * m->b;
        nz = m->b;
    }
    rc = tri_ten_alloc(e, &j->x, tri_shape1((uint32_t)nx), 8, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &j->y, tri_shape1((uint32_t)ny), 8, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &j->z, tri_shape1((uint32_t)nz), 8, 0);
    if (rc != TRI_OK)
        return rc;
    rc = tri_ten_zero(e, &j->x);
    if (rc == TRI_OK)
        rc = tri_ten_zero(e, &j->y);
    if (rc == TRI_OK)
        rc = tri_ten_zero(e, &j->z);
    if (rc != TRI_OK)
        return rc;
    if (m->kind == SIGN || m->kind == SELECT)
        rc = e->ops->bits_alloc(e, &j->bits, nx);
    if (rc == TRI_OK && m->kind == SELECT)
        rc = e->ops->sign(e, &j->bits, &j->x);
    if (m->kind == MAX || m->kind == DMAX)
        rc = e->ops->maxn_alloc(e, &j->max, m->a, m->b);
    if (rc == TRI_OK && m->kind == DMAX)
        rc = e->ops->maxn(e, &j->z, &j->max, &j->x);
    return rc;
}

static int micro_once(struct tri_engine *e, void *arg)
{
    struct micro_job *j = arg;

    switch (j->m->kind) {
    case CONV:
    case MATMUL:
        return e->ops->bilin(e, &j->op, &j->z, &j->x, &j->y);
    case MAX:
        return e->ops->maxn(e, &j->z, &j->max, &j->x);
    case DMAX:
        return e->ops->maxn_grad(e, &j->x, &j->max, &j->z);
    case SIGN:
        return e->ops->sign(e, &j->bits, &j->x);
    case SELECT:
        return e->ops->select(e, &j->z, &j->bits, &j->x);
    }
    return TRI_E_ARG;
}

/* ---- networks ------------------------------------------------------------ */

struct net_row {
    const char *net;
    uint32_t batch;
    int training;
    struct row published; /* inference: ms; training: ms of a step, from the
                             hours of so many epochs of 469 steps */
};

#define HOURS(h, epochs) ((h)*3.6e6 / ((epochs)*469.0))

static const struct net_row nets[] = {
    { "A", 1, 0, { "inference A, 1", { 43, 2430 }, 2.1 } },
    { "B", 1, 0, { "inference B, 1", { 130, 3930 }, 8.86 } },
    { "C", 1, 0, { "inference C, 1", { 230, 4080 }, 18.94 } },
    { "D", 1, 0, { "inference D, 1", { 76, 3060 }, 4.05 } },
    { "A", 128, 0, { "inference A, 128", { 380, 2790 }, 29 } },
    { "B", 128, 0, { "inference B, 128", { 7180, 21990 }, 1066 } },
    { "C", 128, 0, { "inference C, 128", { 10820, 30450 }, 1550 } },
    { "D", 128, 0, { "inference D, 128", { 2600, 8040 }, 317.7 } },
    { "A", 128, 1, { "step A, 128", { HOURS(1.03, 15), HOURS(7.83, 15) }, 0 } },
    { "B",
      128,
      1,
      { "step B, 128", { HOURS(17.4, 15), HOURS(53.98, 15) }, 0 } },
    { "C",
      128,
      1,
      { "step C, 128", { HOURS(29.95, 15), HOURS(91.99, 15) }, 0 } },
};

/* ---- tables -------------------------------------------------------------- */

static int over(const struct bench *b, const struct tri_engine_kind *engine,
                const char *network, const struct bench_op *op,
                struct bench_party p[TRI_PARTIES])
{
    struct tri_line shape;
    struct bench_setup setup = bench_usual(b, engine);

    setup.shape = &shape;
    return tri_emulate_parse(&shape, network, NULL) == TRI_OK
               ? bench_parties(&setup, op, p)
               : -1;
}

static unsigned long rounds(const struct bench_party p[TRI_PARTIES])
{
    unsigned long most = 0;

    for (int i = 0; i < TRI_PARTIES; i++)
        if (p[i].rounds > most)
            most = (unsigned long)p[i].rounds;
    return most;
}

static void print_row(const struct row *r, const struct bench_party lan[],
                      const struct bench_party wan[])
{
    const double mb =
        (double)(lan[0].payload + lan[1].payload + lan[2].payload) * 1e-6;
    const double l = lan[0].seconds * 1e3, w = wan[0].seconds * 1e3;
    char pub[32] = "-", less[32] = "-";

    if (r->mb > 0) {
        snprintf(pub, sizeof pub, "%.4g", r->mb);
        snprintf(less, sizeof less, "%.1f", r->mb / mb);
    }
    printf("| %-24s | %9.4g | %9.4g | %6.1f | %9.4g | %9.4g | %6.1f | %8.4g | "
           "%7s | %6s | %4lu / %-4lu |\n",
           r->name, l, r->ms.lan, r->ms.lan / l, w, r->ms.wan, r->ms.wan / w,
           mb, pub, less, rounds(lan), rounds(wan));
    fflush(stdout);
}

static int wanted(const struct bench *b, const char *engine, const char *name)
{
    return bench_wanted(b, "published", engine, name);
}

static int measure(const struct bench *b, const struct tri_engine_kind *engine,
                   const struct row *r, const struct bench_op *op)
{
    struct bench_party lan[TRI_PARTIES], wan[TRI_PARTIES];

    if (over(b, engine, "lan", op, lan) != 0 ||
        over(b, engine, "wan", op, wan) != 0)
        return -1;
    print_row(r, lan, wan);
    return 0;
}

static int one_net(const struct bench *b, const struct tri_engine_kind *engine,
                   const struct net_row *n)
{
    static struct bench_net_job j;
    const struct bench_op op = { bench_net_prepare, bench_net_once, &j, 3 };
    const char *text = tri_net_builtin(n->net);
    char err[160];

    memset(&j, 0, sizeof j);
    j.batch = n->batch;
    j.training = n->training;
    j.cold = 1;
    if (tri_net_parse(&j.net, text, strlen(text), err) != TRI_OK)
        return -1;
    return measure(b, engine, &n->published, &op);
}

static int any_wanted(const struct bench *b)
{
    int any = 0;

    for (size_t k = 0; bench_engines[k] != NULL; k++) {
        for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
            any |= wanted(b, bench_engines[k]->name, nets[i].published.name);
        for (size_t i = 0; i < sizeof micros / sizeof *micros; i++)
            any |= wanted(b, bench_engines[k]->name, micros[i].published.name);
    }
    return any;
}

int bench_published(struct bench *b)
{
    static struct micro_job j;
    const struct bench_op op = { micro_prepare, micro_once, &j, 5 };
    int rc = 0;

    if (!any_wanted(b))
        return 2;
    for (size_t k = 0; bench_engines[k] != NULL; k++) {
        const struct tri_engine_kind *const engine = bench_engines[k];

        printf(
            "\nEngine %s beside the paper's figures; ratio: paper / here. LAN "
            "625 MB/s, 0.2 ms; WAN 40 MB/s, 58 ms\n\n",
            engine->name);
        printf("| %-24s | %9s | %9s | %6s | %9s | %9s | %6s | %8s | %7s | %6s "
               "| %11s |\n",
               "", "LAN, ms", "paper", "ratio", "WAN, ms", "paper", "ratio",
               "MB", "paper", "ratio", "rounds");
        printf("|%.26s|%.10s:|%.10s:|%.7s:|%.10s:|%.10s:|%.7s:|%.9s:|%.8s:|"
               "%.7s:|%.12s:|\n",
               "--------------------------", "-----------", "-----------",
               "-----------", "-----------", "-----------", "-----------",
               "-----------", "-----------", "-----------", "------------");
        for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
            if (wanted(b, engine->name, nets[i].published.name))
                rc |= one_net(b, engine, &nets[i]);
        for (size_t i = 0; i < sizeof micros / sizeof *micros; i++) {
            memset(&j, 0, sizeof j);
            j.m = &micros[i];
            if (wanted(b, engine->name, j.m->published.name))
                rc |= measure(b, engine, &j.m->published, &op);
        }
    }
    return rc == 0 ? 0 : 1;
}
