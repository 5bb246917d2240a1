#include "tests/faults/job.h"

#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "net/finish.h"
#include "net/hello.h"
#include "proto/fused/fused.h"
#include "proto/rep3/rep3.h"
#include "tests/support/check.h"

enum { F = 8, MOST = JOB_ROWS * JOB_OUT, ARENA = 64 << 20 };
/* With a few batches in a job. */
enum { LEDGER = 1 << 20 };

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
    struct tri_ten x, w, y, z, half, all, part[PARTS];
    struct tri_bits bits;
    double *out;
};

static int get_memory(struct tri_engine *e, unsigned rows, struct mem *m)
{
    const uint32_t n = rows * JOB_OUT;
    int rc = tri_ten_alloc(e, &m->x, tri_shape2(rows, JOB_IN), F, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &m->w, tri_shape2(JOB_IN, JOB_OUT), F, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &m->y, tri_shape1(n), F, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &m->z, tri_shape2(rows, JOB_OUT), 2 * F, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &m->half, tri_shape1(n / 2), F, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &m->all, tri_shape1(4 * n + n / 2), F, 0);
    if (rc == TRI_OK)
        rc = e->ops->bits_alloc(e, &m->bits, n);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(e->s->cx.arena, &m->out, m->all.n, sizeof *m->out);
    return rc;
}

/* Shares of two or of three components, of which the third is 0. */
static int bring(struct tri_engine *e, struct tri_ten *t, const tri_ring *s0,
                 const tri_ring *s1)
{
    static const tri_ring
        zero[MOST > JOB_IN * JOB_OUT ? MOST : JOB_IN * JOB_OUT];
    const tri_ring *const all[TRI_PARTIES] = { s0, s1, zero };
    const tri_ring *part[2] = { NULL, NULL };

    for (unsigned c = 0; c < e->holds; c++)
        part[c] = all[(e->s->id + c) % TRI_PARTIES];
    return tri_import(e, t, 0, t->n, part);
}

static int protocols(struct tri_engine *e, unsigned rows, struct mem *m)
{
    const size_t n = (size_t)rows * JOB_OUT, half = n / 2;
    const struct tri_bilin layer = {
        .kind = TRI_BILIN_MATMUL, .m = rows, .n = JOB_OUT, .k = JOB_IN
    };
    const struct tri_bilin product = { .kind = TRI_BILIN_MUL, .n = n };
    struct tri_ten *const p = m->part;
    struct tri_ten a, b;
    int rc = bring(e, &m->x, x[0], x[1]);

    if (rc == TRI_OK)
        rc = bring(e, &m->w, w[0], w[1]);
    if (rc == TRI_OK)
        rc = bring(e, &m->y, y[0], y[1]);
    for (unsigned i = 0; i < PARTS; i++)
        p[i] = tri_ten_slice(e, &m->all, i * n, i < MAX ? n : half);
    if (rc == TRI_OK)
        rc = e->ops->bilin(e, &layer, &m->z, &m->x, &m->w);
    if (rc == TRI_OK)
        rc = e->ops->relu(e, &p[RELU], &m->bits, &m->z);
    if (rc == TRI_OK)
        rc = e->ops->select(e, &p[SELECT], &m->bits, &m->y);
    if (rc == TRI_OK)
        rc = e->ops->trunc(e, &p[TRUNC], &m->z);
    if (rc == TRI_OK)
        rc = e->ops->bilin(e, &product, &p[PRODUCT], &p[RELU], &m->y);
    if (rc != TRI_OK)
        return rc;
    /* max(a, b) = b + ReLU(a - b) */
    a = tri_ten_slice(e, &p[RELU], 0, half);
    b = tri_ten_slice(e, &p[RELU], half, half);
    e->ops->sub(e, &m->half, &a, &b);
    rc = e->ops->relu(e, &p[MAX], NULL, &m->half);
    if (rc != TRI_OK)
        return rc;
    e->ops->add(e, &p[MAX], &p[MAX], &b);
    tri_ten_changed(&m->all);
    return tri_open(e, m->out, &m->all, TRI_OPEN_ALL);
}

/* ---- the result --------------------------------------------------------- */

/* One unit in the last place, or one and a half: beside a value that is cut off
 * these are two. */
static int near(tri_ring got, int64_t want)
{
    const tri_ring d = got - (tri_ring)want;

    return d + 2 <= 4;
}

/* All are less than 2^53 as stored. */
static const char *look(const struct mem *m, size_t n)
{
    static tri_ring out[4 * MOST + MOST / 2];
    const tri_ring *relu = out + RELU * n, *max = out + MAX * n;

    for (size_t i = 0; i < m->all.n; i++)
        out[i] = (tri_ring)(int64_t)(m->out[i] * (1 << F));
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

static uint64_t digest(const double *v, size_t n)
{
    uint64_t d = 0xcbf29ce484222325u;

    for (size_t i = 0; i < n; i++) {
        uint64_t bits;

        memcpy(&bits, &v[i], sizeof bits);
        d = (d ^ bits) * 0x100000001b3u;
    }
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

int job_run(struct tri_link *l, unsigned rows, int active, const uint32_t *reps,
            struct job_trace *trace, struct job_end *end)
{
    struct tri_link_ops ops = *l->ops;
    struct tri_kernels k;
    struct tri_arena a;
    struct tri_session s = { .id = l->id, .link = l };
    const struct tri_engine_config config = {
        .f = F, .k = 32, .active = active, .ledger = LEDGER
    };
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
    rc = tri_engine_start(&e, active ? &tri_engine_rep3 : &tri_engine_fused, &s,
                          &config);
    if (rc == TRI_OK)
        rc = get_memory(&e, rows, &m);
    while (rc == TRI_OK &&
           end->done < __atomic_load_n(reps, __ATOMIC_ACQUIRE)) {
        const char *what;

        rc = protocols(&e, rows, &m);
        if (rc != TRI_OK)
            break;
        what = look(&m, n);
        end->wrong += what != NULL;
        if (end->what == NULL)
            end->what = what;
        end->digest ^= digest(m.out, m.all.n);
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
