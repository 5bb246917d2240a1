#include <stdio.h>
#include <string.h>
#include "bench/parties.h"
#include "core/err.h"

/*
 * Single protocols on long vectors: three processes over loopback TCP.
 */
enum { N = 1 << 17, DIM = 1024 };

enum { POOL = 4 }; /* elements of a window */

enum what { RELU, RELU_ONLY, SIGN, TRUNC, SELECT, MUL, MAX, MATMUL, WHATS };

static const char *const what_name[] = { "relu + trunc", "relu",         "sign",
                                         "trunc",        "select",       "mul",
                                         "maxpool 2x2",  "matmul 1024^3" };

struct job {
    enum what what;
    struct tri_ten x, y, z, narrow;
    struct tri_bits bits;
    struct tri_maxn max;
};

/* Does its cost depend on the width of comparisons? */
static int compares(int what)
{
    return what <= SIGN || what == MAX;
}

static tri_ring spread(size_t i, size_t row)
{
    (void)row;
    return (tri_ring)i * 2654435761u % (1u << 30);
}

static int prepare(struct tri_engine *e, void *arg)
{
    struct job *j = arg;
    const uint32_t n = j->what == MATMUL ? DIM * DIM : N;
    const uint32_t nx = j->what == MAX ? POOL * N : n;
    const int f = (int)e->f;
    int rc = tri_ten_alloc(e, &j->x, tri_shape1(nx), 2 * f, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &j->y, tri_shape1(n), 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &j->z, tri_shape1(n), 2 * f, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &j->narrow, tri_shape1(n), f, 0);
    if (rc == TRI_OK)
        rc = e->ops->bits_alloc(e, &j->bits, n);
    if (rc == TRI_OK && j->what == MAX)
        rc = e->ops->maxn_alloc(e, &j->max, POOL, N);
    if (rc != TRI_OK)
        return rc;
    if (!e->s->dry)
        rc = bench_fill(e, &j->x, spread, 0);
    if (rc == TRI_OK && !e->s->dry)
        rc = bench_fill(e, &j->y, spread, 0);
    if (rc != TRI_OK)
        return rc;
    return j->what == SELECT ? e->ops->sign(e, &j->bits, &j->x) : TRI_OK;
}

static int once(struct tri_engine *e, void *arg)
{
    static const struct tri_bilin mul = { .kind = TRI_BILIN_MUL, .n = N };
    static const struct tri_bilin mat = {
        .kind = TRI_BILIN_MATMUL, .m = DIM, .n = DIM, .k = DIM
    };
    struct job *j = arg;

    switch (j->what) {
    case RELU:
        return e->ops->relu(e, &j->narrow, NULL, &j->x);
    case RELU_ONLY:
        return e->ops->relu(e, &j->z, NULL, &j->x);
    case SIGN:
        return e->ops->sign(e, &j->bits, &j->x);
    case TRUNC:
        return e->ops->trunc(e, &j->narrow, &j->x);
    case SELECT:
        return e->ops->select(e, &j->z, &j->bits, &j->x);
    case MUL:
        return e->ops->bilin(e, &mul, &j->z, &j->x, &j->y);
    case MAX:
        return e->ops->maxn(e, &j->z, &j->max, &j->x);
    case MATMUL:
        return e->ops->bilin(e, &mat, &j->z, &j->x, &j->y);
    case WHATS:
        break;
    }
    return TRI_E_ARG;
}

static void one(struct bench *b, enum what what, unsigned k,
                const struct tri_engine_kind *engine)
{
    static struct job j;
    struct bench_party p[TRI_PARTIES];
    const double n = what == MATMUL ? 1 : N;
    double cpu; /* of all parties */
    struct bench_setup setup = bench_usual(b, engine);
    const struct bench_op op = { prepare, once, &j, b->turns };
    struct bench_row r = { .area = "protocol",
                           .name = what_name[what],
                           .isa = "all",
                           .shape = k == setup.k ? engine->name
                                                 : bench_text("%s, k = %u",
                                                              engine->name, k),
                           .unit = what == MATMUL ? "/s" : "elem/s" };

    if (!bench_wanted(b, r.area, r.name, r.shape))
        return;
    memset(&j, 0, sizeof j);
    j.what = what;
    setup.k = k;
    if (bench_parties(&setup, &op, p) != 0)
        return;
    cpu = (p[0].cpu + p[1].cpu + p[2].cpu) / n;
    r.rate = n / p[0].seconds;
    r.spread = p[0].spread;
    r.more = bench_text(
        "\"ns\": %.4g, \"cpu_ns\": %.4g, \"bytes\": %.4f, \"rounds\": %llu",
        p[0].seconds / n * 1e9, cpu * 1e9,
        (double)(p[0].payload + p[1].payload + p[2].payload) / n,
        (unsigned long long)(p[0].rounds > p[1].rounds ? p[0].rounds
                                                       : p[1].rounds));
    bench_add(b, r);
    printf(
        "    %.3g ns, %.2f bytes, %lu rounds; processor %.3g ns, generator "
        "%.0f %%, "
        "link %.0f %% of the parties' time\n",
        p[0].seconds / n * 1e9,
        (double)(p[0].payload + p[1].payload + p[2].payload) / n,
        (unsigned long)(p[0].rounds > p[1].rounds ? p[0].rounds : p[1].rounds),
        cpu * 1e9, 100 * (p[0].prg + p[1].prg + p[2].prg) / (3 * p[0].seconds),
        100 * (p[0].link + p[1].link + p[2].link) / (3 * p[0].seconds));
}

void bench_proto(struct bench *b)
{
    for (size_t i = 0; bench_engines[i] != NULL; i++)
        for (int w = 0; w < WHATS; w++)
            for (unsigned k = 32; k <= (compares(w) ? 64 : 32); k += 32)
                one(b, (enum what)w, k, bench_engines[i]);
}
