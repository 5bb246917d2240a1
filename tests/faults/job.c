#include "tests/faults/job.h"

#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "net/finish.h"
#include "net/hello.h"
#include "proto/beaver.h"
#include "proto/fused/fused.h"
#include "proto/fused/relu.h"
#include "proto/fused/select.h"
#include "proto/fused/trunc.h"
#include "proto/open.h"
#include "tests/support/check.h"

enum { F = 8, MOST = JOB_ROWS * JOB_OUT, ARENA = 64 << 20 };

/* [0], [1]: shares; [2]: clear. y and z have a place for each output. */
static tri_ring x[3][JOB_ROWS * JOB_IN], w[3][JOB_IN * JOB_OUT], y[3][MOST];
static tri_ring z[MOST];

static void split(tri_ring *const v[3], size_t n, unsigned bits, uint64_t *rng)
{
    for (size_t i = 0; i < n; i++) {
        v[2][i] = (tri_test_rand(rng) >> (64 - bits)) - (1u << (bits - 1));
        v[0][i] = tri_test_rand(rng);
        v[1][i] = v[2][i] - v[0][i];
    }
}

void job_prepare(void)
{
    tri_ring *const a[3] = { x[0], x[1], x[2] };
    tri_ring *const b[3] = { w[0], w[1], w[2] };
    tri_ring *const c[3] = { y[0], y[1], y[2] };
    uint64_t rng = 2019;

    split(a, JOB_ROWS * JOB_IN, 11, &rng);
    split(b, JOB_IN * JOB_OUT, 10, &rng);
    split(c, MOST, 20, &rng);
    memset(z, 0, sizeof z);
    for (size_t r = 0; r < JOB_ROWS; r++)
        for (size_t i = 0; i < JOB_IN; i++)
            for (size_t o = 0; o < JOB_OUT; o++)
                z[r * JOB_OUT + o] +=
                    x[2][r * JOB_IN + i] * w[2][i * JOB_OUT + o];
}

/* ---- the protocols ------------------------------------------------------ */

/* What is opened, [n] each but max [n / 2], one after the other. */
enum part { RELU, SELECT, TRUNC, PRODUCT, MAX, PARTS };

struct mem {
    struct tri_ten x, w, z;
    struct tri_bits bits;
    tri_ring *share, *out, *half;
};

static int get_memory(struct tri_engine *e, unsigned rows, struct mem *m)
{
    const uint32_t n = rows * JOB_OUT;
    struct tri_arena *a = e->s->cx.arena;
    int rc = tri_ten_alloc(e, &m->x, tri_shape2(rows, JOB_IN), F, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &m->w, tri_shape2(JOB_IN, JOB_OUT), F, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &m->z, tri_shape2(rows, JOB_OUT), 2 * F, 0);
    if (rc == TRI_OK)
        rc = e->ops->bits_alloc(e, &m->bits, n);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &m->share, 5 * (size_t)n, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &m->out, 5 * (size_t)n, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &m->half, n, sizeof(tri_ring));
    return rc;
}

static int protocols(struct tri_engine *e, unsigned rows, struct mem *m)
{
    struct tri_session *s = e->s;
    const struct tri_bilin product = {
        .kind = TRI_BILIN_MATMUL, .m = rows, .n = JOB_OUT, .k = JOB_IN
    };
    const int holds = e->holds > 0 && !s->dry;
    const size_t n = (size_t)rows * JOB_OUT, half = n / 2;
    tri_ring *part[PARTS] = { NULL }, *h = NULL;
    const tri_ring *secret = NULL, *zs = NULL;
    int rc;

    if (holds) {
        memcpy(m->x.v[0], x[s->id], m->x.n * sizeof(tri_ring));
        memcpy(m->w.v[0], w[s->id], m->w.n * sizeof(tri_ring));
        tri_ten_changed(&m->x);
        tri_ten_changed(&m->w);
        for (unsigned i = 0; i < PARTS; i++)
            part[i] = m->share + i * n;
        h = m->half;
        zs = m->z.v[0];
        secret = y[s->id];
    }
    rc = e->ops->bilin(e, &product, &m->z, &m->x, &m->w);
    if (rc == TRI_OK)
        rc = tri_fused_relu(e, part[RELU], &m->bits, zs, n, F);
    if (rc == TRI_OK)
        rc = tri_fused_select(e, part[SELECT], &m->bits, secret, n);
    if (rc == TRI_OK)
        rc = tri_fused_trunc(e, part[TRUNC], zs, n, F);
    if (rc == TRI_OK)
        rc = tri_beaver_mul(s, part[PRODUCT], part[RELU], secret, n);
    /* max(a, b) = b + ReLU(a - b) */
    for (size_t i = 0; holds && rc == TRI_OK && i < half; i++)
        h[i] = part[RELU][i] - part[RELU][half + i];
    if (rc == TRI_OK)
        rc = tri_fused_relu(e, part[MAX], NULL, h, half, 0);
    for (size_t i = 0; holds && rc == TRI_OK && i < half; i++)
        part[MAX][i] += part[RELU][half + i];
    if (rc == TRI_OK)
        rc = tri_open_words(s, s->dry ? NULL : m->out, holds ? m->share : NULL,
                            4 * n + half, TRI_OPEN_ALL);
    return rc;
}

/* ---- the result --------------------------------------------------------- */

static int near(tri_ring got, int64_t want)
{
    const tri_ring d = got - (tri_ring)want;

    return d + 1 <= 2;
}

static const char *look(const tri_ring *out, size_t n)
{
    const tri_ring *relu = out + RELU * n, *max = out + MAX * n;

    for (size_t i = 0; i < n; i++) {
        const int64_t v = (int64_t)z[i];
        const int tiny = v > -(2 << F) && v < 2 << F; /* either sign */
        const tri_ring sel = out[SELECT * n + i];

        if (!near(relu[i], v > 0 ? v >> F : 0))
            return "ReLU";
        if (sel != (v >= 0 ? y[2][i] : 0) &&
            !(tiny && (sel == 0 || sel == y[2][i])))
            return "derivative";
        if (!near(out[TRUNC * n + i], v >> F))
            return "truncation";
        if (out[PRODUCT * n + i] != relu[i] * y[2][i])
            return "product";
        if (i < n / 2 && max[i] != ((int64_t)relu[i] > (int64_t)relu[n / 2 + i]
                                        ? relu[i]
                                        : relu[n / 2 + i]))
            return "maximum";
    }
    return NULL;
}

static uint64_t digest(const tri_ring *v, size_t n)
{
    uint64_t d = 0xcbf29ce484222325u;

    for (size_t i = 0; i < n; i++)
        d = (d ^ v[i]) * 0x100000001b3u;
    return d;
}

/* ---- a party's run ------------------------------------------------------ */

static struct job_trace *tracing;
static const struct tri_link_ops *real;

static int traced_send(struct tri_link *l, unsigned to, const void *buf,
                       size_t len)
{
    uint32_t *n = &tracing->n[l->id][to];

    if (*n < JOB_TRACE) {
        tracing->round[l->id][to][*n] = l->stats.rounds;
        tracing->len[l->id][to][(*n)++] = len;
    }
    return real->send(l, to, buf, len);
}

int job_run(struct tri_link *l, unsigned rows, const uint32_t *reps,
            struct job_trace *trace, struct job_end *end)
{
    struct tri_link_ops ops = *l->ops;
    struct tri_kernels k;
    struct tri_arena a;
    struct tri_session s = { .id = l->id, .link = l };
    const struct tri_engine_config config = { .f = F, .k = 32 };
    struct tri_engine e;
    struct mem m = { .out = NULL };
    uint8_t keys[TRI_PARTIES][32];
    void *block = NULL;
    const size_t n = (size_t)rows * JOB_OUT;
    int rc;

    if (trace != NULL) {
        tracing = trace;
        real = l->ops;
        ops.send = traced_send;
        l->ops = &ops;
    }
    rc = tri_hello(l, "job faults\nformat 1\n", NULL, keys, NULL);
    if (rc != TRI_OK)
        goto out;
    tri_kernels_init(&k, tri_cpu_detect());
    s.cx = (struct tri_cx){ &k, NULL, &a };
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != l->id)
            tri_prg_init(&s.prg[j], &k, keys[j], TRI_PRG_CHACHA20);
    if (posix_memalign(&block, TRI_ALIGN, ARENA) != 0) {
        rc = TRI_E_NOMEM;
        goto out;
    }
    tri_arena_init(&a, block, ARENA);
    rc = tri_engine_start(&e, &tri_engine_fused, &s, &config);
    if (rc == TRI_OK)
        rc = get_memory(&e, rows, &m);
    while (rc == TRI_OK &&
           end->done < __atomic_load_n(reps, __ATOMIC_ACQUIRE)) {
        const char *what;

        rc = protocols(&e, rows, &m);
        if (rc != TRI_OK)
            break;
        what = look(m.out, n);
        end->wrong += what != NULL;
        if (end->what == NULL)
            end->what = what;
        end->digest ^= digest(m.out, 4 * n + n / 2);
        __atomic_store_n(&end->done, end->done + 1, __ATOMIC_RELEASE);
    }
    if (rc == TRI_OK)
        rc = tri_finish(l);
    tri_session_wipe(&s);
out:
    if (trace != NULL)
        l->ops = real;
    /* Queued buffers are the link's until it has let go of them. */
    tri_close(l);
    free(block);
    return rc;
}
