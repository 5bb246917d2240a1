#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/conv.h"
#include "core/err.h"
#include "core/fir.h"
#include "core/gemm.h"
#include "tests/arch/amx.h"
#include "tests/checks.h"
#include "tests/support/words.h"

#define CANARY 0xa5a5a5a5a5a5a5a5u

/* ---- what the checks run on ---------------------------------------------- */

/* "Threads" that run the tasks backwards, each on another worker. */
static void run_backwards(void *self, tri_task_fn *fn, void *arg, size_t n)
{
    const struct tri_par *p = self;

    for (size_t t = n; t-- > 0;)
        fn(arg, t, (unsigned)(t * 7 % p->workers));
}

struct bench {
    struct tri_kernels k;
    struct tri_par par;
    struct tri_arena arena;
    struct tri_cx cx;
    void *block;
    size_t size;
};

/* Builds of one kernel that most CPUs cannot run (tests/arch/amx.h) count as
 * further subsets. */
static const struct tri_amx_build *amx_build(size_t sub)
{
    return sub < tri_test_subsets() ? NULL
                                    : tri_amx_builds[sub - tri_test_subsets()];
}

static void kernels(struct tri_kernels *k, size_t sub)
{
    const struct tri_amx_build *amx = amx_build(sub);

    if (amx == NULL) {
        tri_test_kernels(k, sub);
        return;
    }
    tri_kernels_init(k, 0);
    k->gemm = (struct tri_gemm_kernel){ .fn = amx->gemm,
                                        .limbs = amx->limbs,
                                        .begin = amx->begin,
                                        .end = amx->end,
                                        .weave = tri_weave_ref,
                                        .mr = 32,
                                        .nr = 16,
                                        .ku = 64,
                                        .mc = 256,
                                        .kc = 128,
                                        .nc = 1024 };
    k->gemm_name = "amx, modelled";
}

/* Kernels of subset `sub`; `workers` 0: no tri_par at all. With `tiny`, blocks
 * are a tile or two, so that small matrices meet every edge of the loops. */
static void setup(struct bench *b, size_t sub, unsigned workers, int tiny)
{
    kernels(&b->k, sub);
    if (tiny) {
        b->k.gemm.mc = 2 * b->k.gemm.mr;
        b->k.gemm.nc = 2 * b->k.gemm.nr;
        b->k.gemm.kc = b->k.gemm.ku > 6 ? b->k.gemm.ku : 6;
    }
    b->par = (struct tri_par){ workers, &b->par, run_backwards };
    b->size = (size_t)8 << 20;
    b->block = aligned_alloc(64, b->size);
    if (b->block == NULL)
        abort();
    tri_arena_init(&b->arena, b->block, b->size);
    b->cx = (struct tri_cx){ &b->k, workers != 0 ? &b->par : NULL, &b->arena };
}

static void teardown(struct bench *b)
{
    free(b->block);
}

static uint64_t *words(size_t n, uint64_t *seed)
{
    uint64_t *p = malloc((n + 1) * sizeof *p);

    if (p == NULL)
        abort();
    tri_test_words(p, n, seed);
    return p;
}

static size_t below(uint64_t *seed, size_t n)
{
    return tri_test_rand(seed) % n;
}

static size_t first_difference(const uint64_t *a, const uint64_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return i;
    return n;
}

/* ---- the micro-kernel ---------------------------------------------------- */

enum { MAX_KC = 192 };

/* A panel with its row of pair sums; the pair sums checked on the way. */
static int panel(struct tri_check *c, const struct tri_kernels *k, uint64_t *p,
                 size_t kc, int columns)
{
    const size_t w = columns ? k->gemm.nr : k->gemm.mr, n = kc * w;

    if (k->gemm.limbs != NULL) {
        for (size_t i = 0; i < 16; i++)
            p[n + i] = CANARY;
        k->gemm.limbs(p, kc, columns);
        for (size_t i = 0; i < 16; i++)
            if (p[n + i] != CANARY)
                return tri_check_fail(c, "limbs/%s writes past the panel",
                                      k->gemm_name);
    }
    if (k->gemm.pairs == NULL)
        return 1;
    for (size_t i = 0; i < 16; i++)
        p[n + w + i] = CANARY;
    k->gemm.pairs(p, kc, w);
    for (size_t i = 0; i < 16; i++)
        if (p[n + w + i] != CANARY)
            return tri_check_fail(c, "pairs/%s writes past the panel",
                                  k->gemm_name);
    for (size_t i = 0; i < w; i++) {
        uint64_t want = 0;

        for (size_t q = 0; q < kc; q += 2)
            want += p[q * w + i] * p[(q + 1) * w + i];
        if (p[n + i] != want)
            return tri_check_fail(c, "pairs/%s: kc %zu w %zu column %zu",
                                  k->gemm_name, kc, w, i);
    }
    return 1;
}

static void micro_kernel(struct tri_check *c, size_t sub, size_t trials)
{
    enum { SIDE = TRI_GEMM_SIDE, LDC = SIDE + 5, PANEL = MAX_KC + 2 };
    static _Alignas(64) uint64_t A[PANEL * SIDE], B[PANEL * SIDE];
    static uint64_t C[(SIDE + 2) * LDC + 8], want[(SIDE + 2) * LDC + 8];
    uint64_t seed = c->seed;
    struct tri_kernels k;

    kernels(&k, sub);
    for (size_t trial = 0; trial < trials; trial++) {
        const size_t mr = k.gemm.mr, nr = k.gemm.nr;
        const size_t ku = k.gemm.ku == 1 ? 2 : k.gemm.ku;
        const size_t kc =
            (trial < 60 ? trial : below(&seed, MAX_KC + 1)) / ku * ku;
        const size_t m = trial & 1 ? mr : 1 + below(&seed, mr);
        const size_t n = trial & 2 ? nr : 1 + below(&seed, nr);
        const size_t ldc = n + below(&seed, LDC - n);
        const size_t at = LDC + below(&seed, 8);

        tri_test_words(A, kc * mr, &seed);
        tri_test_words(B, kc * nr, &seed);
        if (trial % 16 == 15) { /* the largest sums there are */
            memset(A, 0xff, sizeof A);
            memset(B, 0xff, sizeof B);
        }
        tri_test_words(C, sizeof C / sizeof *C, &seed);
        memcpy(want, C, sizeof C);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                for (size_t q = 0; q < kc; q++)
                    want[at + i * ldc + j] += A[q * mr + i] * B[q * nr + j];
        if (!panel(c, &k, A, kc, 0) || !panel(c, &k, B, kc, 1))
            return;
        if (k.gemm.begin != NULL)
            k.gemm.begin();
        k.gemm.fn(kc, A, B, C + at, ldc, m, n);
        if (k.gemm.end != NULL)
            k.gemm.end();
        /* the whole buffer: what is outside m x n must stay */
        for (size_t i = 0; i < sizeof C / sizeof *C; i++)
            CHECK(c, C[i] == want[i],
                  "gemm/%s: seed 0x%llx trial %zu kc %zu m %zu n %zu "
                  "ldc %zu element %td",
                  k.gemm_name, (unsigned long long)c->seed, trial, kc, m, n,
                  ldc, (ptrdiff_t)i - (ptrdiff_t)at);
    }
}

static void tri_check_micro_kernel(struct tri_check *c)
{
    for (size_t sub = 0; sub < tri_test_subsets() && c->msg[0] == '\0'; sub++)
        micro_kernel(c, sub, 1500);
}

/* Packing: rows side by side, rows apart, any step, several runs. */
static void tri_check_weave(struct tri_check *c)
{
    enum { SIDE = TRI_GEMM_SIDE, WORDS = 4000, OUT = 40 * SIDE + 16 };
    static uint64_t x[WORDS], P[OUT], want[OUT];

    for (size_t sub = 0; sub < tri_test_subsets(); sub++) {
        uint64_t seed = c->seed;
        struct tri_kernels k;

        tri_test_kernels(&k, sub);
        for (size_t trial = 0; trial < 1200; trial++) {
            /* those of the AMX kernel with every weave, too */
            const size_t widths[] = { k.gemm.mr, k.gemm.nr, 16, 32 };
            const size_t w = widths[trial / 64 % 4];
            const size_t rows = trial & 2 ? w : 1 + below(&seed, w);
            const size_t len = 1 + below(&seed, trial & 4 ? 20 : 8);
            const struct tri_weave v = {
                /* half of the starts are below 0, the offsets above */
                .start = trial & 8 ? 0 - (size_t)500 : below(&seed, 500),
                .step = trial & 16 ? 1 : 1 + below(&seed, 5),
                .len = len,
                .skip = below(&seed, 40),
                .runs = 1 + below(&seed, 40 / len),
            };
            size_t off[SIDE];

            for (size_t i = 0; i < rows; i++) {
                off[i] = trial & 32 || i == 0 ? 500 + below(&seed, 500)
                                              : off[i - 1] + 1;
                if (trial % 7 == 0 && i == rows / 2)
                    off[i]++;
                if (trial % 5 == 0 && i % 3 == 2)
                    off[i] += 5;
            }
            tri_test_words(x, WORDS, &seed);
            tri_test_words(P, OUT, &seed);
            memcpy(want, P, sizeof P);
            for (size_t r = 0; r < v.runs; r++)
                for (size_t t = 0; t < len; t++)
                    for (size_t i = 0; i < rows; i++)
                        want[8 + (r * len + t) * w + i] =
                            x[off[i] + v.start + r * v.skip + t * v.step];
            k.gemm.weave(P + 8, w, x, off, rows, &v);
            for (size_t i = 0; i < OUT; i++)
                CHECK(c, P[i] == want[i],
                      "weave/%s: seed 0x%llx trial %zu w %zu rows %zu len %zu "
                      "step %zu runs %zu: word %td",
                      k.gemm_name, (unsigned long long)c->seed, trial, w, rows,
                      len, v.step, v.runs, (ptrdiff_t)i - 8);
        }
    }
}

/* ---- tri_gemm ------------------------------------------------------------ */

struct product {
    int ta, tb;
    size_t m, n, k, lda, ldb, ldc;
};

static uint64_t at(const uint64_t *M, size_t ld, int t, size_t i, size_t j)
{
    return t ? M[j * ld + i] : M[i * ld + j];
}

/* Rows of C and a margin, compared in full with the definition. */
static int gemm_is_right(struct tri_check *c, const struct bench *b,
                         const struct product *p, uint64_t *seed)
{
    const size_t na = (p->ta ? p->k : p->m) * p->lda;
    const size_t nb = (p->tb ? p->n : p->k) * p->ldb;
    const size_t nc = p->m * p->ldc + 7;
    uint64_t *A = words(na, seed), *B = words(nb, seed), *C = words(nc, seed);
    uint64_t *want = malloc(nc * sizeof *want);
    size_t bad;
    int rc;

    if (want == NULL)
        abort();
    memcpy(want, C, nc * sizeof *C);
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++)
            for (size_t q = 0; q < p->k; q++)
                want[i * p->ldc + j] +=
                    at(A, p->lda, p->ta, i, q) * at(B, p->ldb, p->tb, q, j);
    rc = tri_gemm(&b->cx, p->ta, p->tb, p->m, p->n, p->k, A, p->lda, B, p->ldb,
                  C, p->ldc);
    bad = first_difference(C, want, nc);
    free(A);
    free(B);
    free(C);
    free(want);
    if (rc != TRI_OK || bad != nc || b->arena.used != 0)
        return tri_check_fail(
            c,
            "%s, %u workers: seed 0x%llx ta %d tb %d m %zu n %zu k %zu "
            "ld %zu %zu %zu: returns %d, element %zu, %zu bytes kept",
            b->k.gemm_name, b->par.workers, (unsigned long long)c->seed, p->ta,
            p->tb, p->m, p->n, p->k, p->lda, p->ldb, p->ldc, rc, bad,
            b->arena.used);
    return 1;
}

static struct product product(unsigned t, size_t m, size_t n, size_t k,
                              size_t slack)
{
    struct product p = { t & 1, t >> 1 & 1, m, n, k, 0, 0, n + slack };

    p.lda = (p.ta ? m : k) + slack;
    p.ldb = (p.tb ? k : n) + slack;
    return p;
}

/* All transposes; every size up to 4, then random ones that go over several
 * tiles and blocks; tiny blocks and the real ones; 0 to 3 workers. */
static void tri_check_gemm_sizes(struct tri_check *c)
{
    struct bench b;

    for (size_t sub = 0; sub < tri_test_subsets(); sub++)
        for (unsigned workers = 0; workers <= 3; workers++) {
            uint64_t seed = c->seed;

            setup(&b, sub, workers, workers != 0);
            for (size_t i = 0; i < 125 && workers != 2; i++)
                for (unsigned t = 0; t < 4; t++) {
                    const struct product p =
                        product(t, i % 5, i / 5 % 5, i / 25, i % 3);

                    if (!gemm_is_right(c, &b, &p, &seed))
                        goto done;
                }
            for (size_t trial = 0; trial < 160; trial++) {
                const size_t big = 1 + below(&seed, 130);
                const struct product p = product(
                    (unsigned)trial, below(&seed, big), below(&seed, 131 - big),
                    below(&seed, 90), trial / 4 % 2 * below(&seed, 9));

                if (!gemm_is_right(c, &b, &p, &seed))
                    goto done;
            }
            teardown(&b);
        }
    return;
done:
    teardown(&b);
}

/* A few rows, a few columns, a short inner side, against something long. */
static void tri_check_gemm_skinny(struct tri_check *c)
{
    static const size_t lengths[] = { 15, 16, 17, 100, 255, 256, 257, 700 };
    struct bench b;

    for (size_t sub = 0; sub < tri_test_subsets(); sub++) {
        uint64_t seed = c->seed;

        setup(&b, sub, sub & 1 ? 3 : 0, 0);
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            for (unsigned t = 0; t < 4; t++)
                for (size_t small = 1; small < 12; small += 1 + small / 3) {
                    const size_t n = lengths[i], other = 1 + below(&seed, 40);
                    const struct product p[] = {
                        product(t, small, n, other, small & 1),
                        product(t, n, small, other, small & 1),
                        product(t, other, n, small, small & 1),
                        product(t, small, other, n, small & 1),
                        product(t, other, small, n, small & 1),
                        product(t, 1, 1, n, small & 1),
                    };

                    for (size_t j = 0; j < sizeof p / sizeof *p; j++)
                        if (!gemm_is_right(c, &b, &p[j], &seed))
                            goto done;
                }
        teardown(&b);
    }
    return;
done:
    teardown(&b);
}

/* The AMX kernel on the model of its instructions, which is slow: fewer
 * trials, over several tiles and blocks. */
static void tri_check_amx(struct tri_check *c)
{
    size_t sub = tri_test_subsets();

    if (amx_build(sub) == NULL)
        snprintf(c->skip, sizeof c->skip, "built with EXPERIMENTAL=1 only");
    for (; amx_build(sub) != NULL; sub++) {
        if ((amx_build(sub)->needs & ~tri_cpu_detect()) != 0)
            continue;
        uint64_t seed = c->seed;
        struct bench b;

        micro_kernel(c, sub, 150);
        if (c->msg[0] != '\0')
            return;
        setup(&b, sub, 3, 1);
        for (unsigned t = 0; t < 24; t++) {
            const struct product p =
                product(t, 1 + below(&seed, 60), 1 + below(&seed, 60),
                        1 + below(&seed, 150), t % 3);

            if (!gemm_is_right(c, &b, &p, &seed))
                break;
        }
        teardown(&b);
        CHECK(c, !amx_build(sub)->fault(),
              "amx, modelled: an instruction was misused");
    }
}

/* C t == A (B t) for random odd t: one wrong element of C never passes, more
 * of them pass with probability 1/2 at most each time. */
static void tri_check_gemm_large(struct tri_check *c)
{
    static const struct product shapes[] = {
        { 0, 0, 301, 517, 611, 611, 520, 517 },
        { 1, 0, 301, 517, 611, 301, 517, 519 },
        { 0, 1, 301, 517, 611, 613, 611, 517 },
        { 1, 1, 301, 517, 611, 301, 611, 517 },
        { 0, 0, 40, 2100, 300, 300, 2100, 2100 }, /* several blocks of n */
        { 1, 0, 30, 50, 5000, 30, 50, 50 },       /* inner blocks as tasks */
        { 0, 1, 128, 500, 300, 300, 300, 500 },   /* columns in parts */
        { 0, 0, 128, 10, 300, 300, 10, 10 },      /* a few columns */
        { 1, 0, 200, 7, 128, 200, 9, 8 },
        { 0, 1, 9, 500, 2500, 2500, 2500, 500 }, /* a few rows */
        { 0, 0, 1, 1300, 300, 300, 1300, 1300 }, /* one */
        { 1, 0, 1300, 1, 300, 1300, 1, 1 },
        { 0, 0, 2, 600, 70, 70, 600, 600 },
        { 0, 0, 1100, 1100, 2, 2, 1100, 1100 }, /* a short inner side */
        { 1, 0, 1100, 1100, 1, 1100, 1100, 1100 },
    };
    struct bench b;

    for (size_t sub = 0; sub < tri_test_subsets(); sub++) {
        uint64_t seed = c->seed;

        setup(&b, sub, (unsigned)(3 - sub % 4), 0);
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            const struct product *p = &shapes[s];
            uint64_t *A = words((p->ta ? p->k : p->m) * p->lda, &seed);
            uint64_t *B = words((p->tb ? p->n : p->k) * p->ldb, &seed);
            uint64_t *C = calloc(p->m * p->ldc, sizeof *C);
            uint64_t *t = words(p->n, &seed), *Bt = words(p->k, &seed);
            int rc, wrong = 0;

            if (C == NULL)
                abort();
            rc = tri_gemm(&b.cx, p->ta, p->tb, p->m, p->n, p->k, A, p->lda, B,
                          p->ldb, C, p->ldc);
            for (size_t round = 0; round < 8; round++) {
                tri_test_words(t, p->n, &seed);
                for (size_t j = 0; j < p->n; j++)
                    t[j] |= 1;
                for (size_t q = 0; q < p->k; q++) {
                    Bt[q] = 0;
                    for (size_t j = 0; j < p->n; j++)
                        Bt[q] += at(B, p->ldb, p->tb, q, j) * t[j];
                }
                for (size_t i = 0; i < p->m; i++) {
                    uint64_t x = 0;

                    for (size_t q = 0; q < p->k; q++)
                        x += at(A, p->lda, p->ta, i, q) * Bt[q];
                    for (size_t j = 0; j < p->n; j++)
                        x -= C[i * p->ldc + j] * t[j];
                    wrong |= x != 0;
                }
            }
            free(A);
            free(B);
            free(C);
            free(t);
            free(Bt);
            if (rc != TRI_OK || wrong) {
                tri_check_fail(c, "%s: seed 0x%llx shape %zu: returns %d",
                               b.k.gemm_name, (unsigned long long)c->seed, s,
                               rc);
                goto done;
            }
        }
        teardown(&b);
    }
    return;
done:
    teardown(&b);
}

/* Real threads that take tasks as they come. */
enum { THREADS = 3 };

struct crew {
    tri_task_fn *fn;
    void *arg;
    size_t n;
    atomic_size_t next;
    atomic_uint worker;
};

static void *crew_member(void *p)
{
    struct crew *w = p;
    const unsigned worker = atomic_fetch_add(&w->worker, 1);

    for (size_t t; (t = atomic_fetch_add(&w->next, 1)) < w->n;)
        w->fn(w->arg, t, worker);
    return NULL;
}

static void run_threads(void *self, tri_task_fn *fn, void *arg, size_t n)
{
    struct crew w = { .fn = fn, .arg = arg, .n = n };
    pthread_t thread[THREADS];
    int started = 0;

    (void)self;
    while (started < THREADS - 1 &&
           pthread_create(&thread[started], NULL, crew_member, &w) == 0)
        started++;
    crew_member(&w);
    while (started > 0)
        pthread_join(thread[--started], NULL);
}

/* Workers share nothing but what they read: the same words come out of three
 * threads as of one, on every path. */
static void tri_check_gemm_threads(struct tri_check *c)
{
    static const struct product shapes[] = {
        { 0, 0, 400, 200, 600, 600, 200, 200 }, /* blocked               */
        { 1, 0, 30, 50, 9000, 30, 50, 50 },     /* inner blocks as tasks */
        { 1, 0, 3000, 3, 100, 3000, 3, 3 },     /* few columns           */
        { 0, 1, 4, 3000, 100, 100, 100, 3000 }, /* few rows              */
    };
    struct bench b;

    setup(&b, tri_test_subsets() - 1, THREADS, 0);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const struct product *p = &shapes[s];
        uint64_t seed = c->seed;
        uint64_t *A = words((p->ta ? p->k : p->m) * p->lda, &seed);
        uint64_t *B = words((p->tb ? p->n : p->k) * p->ldb, &seed);
        uint64_t *C = calloc(p->m * p->ldc, sizeof *C);
        uint64_t *one = calloc(p->m * p->ldc, sizeof *C);
        const size_t n = p->m * p->ldc;
        size_t bad = n;

        if (C == NULL || one == NULL)
            abort();
        b.cx.par = NULL;
        tri_gemm(&b.cx, p->ta, p->tb, p->m, p->n, p->k, A, p->lda, B, p->ldb,
                 one, p->ldc);
        b.par.run = run_threads;
        b.cx.par = &b.par;
        for (size_t round = 0; round < 20 && bad == n; round++) {
            memset(C, 0, n * sizeof *C);
            tri_gemm(&b.cx, p->ta, p->tb, p->m, p->n, p->k, A, p->lda, B,
                     p->ldb, C, p->ldc);
            bad = first_difference(C, one, n);
        }
        free(A);
        free(B);
        free(C);
        free(one);
        if (bad != n) {
            tri_check_fail(c, "threads, %s: seed 0x%llx shape %zu element %zu",
                           b.k.gemm_name, (unsigned long long)c->seed, s, bad);
            break;
        }
    }
    teardown(&b);
}

static void tri_check_gemm_arguments(struct tri_check *c)
{
    static uint64_t v[64];
    struct bench b;
    int bad = 0;

    setup(&b, 0, 0, 0);
    for (unsigned t = 0; t < 4; t++) {
        const size_t lda = t & 1 ? 2 : 4, ldb = t & 2 ? 4 : 3;
        const int ta = t & 1, tb = t & 2;

        bad |= tri_gemm(&b.cx, ta, tb, 2, 3, 4, v, lda - 1, v + 16, ldb, v + 32,
                        3) != TRI_E_ARG;
        bad |= tri_gemm(&b.cx, ta, tb, 2, 3, 4, v, lda, v + 16, ldb - 1, v + 32,
                        3) != TRI_E_ARG;
        bad |= tri_gemm(&b.cx, ta, tb, 2, 3, 4, v, lda, v + 16, ldb, v + 32,
                        2) != TRI_E_ARG;
        bad |= tri_gemm(&b.cx, ta, tb, 2, 3, 4, v, lda, v + 16, ldb, v + 32,
                        3) != TRI_OK;
    }
    teardown(&b);
    CHECK(c, !bad, "leading dimensions");
}

/* ---- convolution --------------------------------------------------------- */

enum pass { FWD, DX, DW, PASSES };

static const char *const pass_name[PASSES] = { "fwd", "dx", "dw" };

/* Z, X, W of one convolution; pass p adds to one of them from the others. */
struct tensors {
    uint64_t *Z, *X, *W;
    size_t nz, nx, nw;
};

static struct tensors tensors(const struct tri_conv *g, uint64_t *seed)
{
    struct tensors t = { NULL,           NULL,
                         NULL,           tri_conv_out(g),
                         tri_conv_in(g), tri_conv_filter(g) };

    t.Z = words(t.nz, seed);
    t.X = words(t.nx, seed);
    t.W = words(t.nw, seed);
    return t;
}

static void drop(struct tensors *t)
{
    free(t->Z);
    free(t->X);
    free(t->W);
}

static int conv(const struct tri_cx *cx, const struct tri_conv *g, enum pass p,
                const struct tensors *t)
{
    switch (p) {
    case FWD:
        return tri_conv_fwd(cx, g, t->Z, t->X, t->W);
    case DX:
        return tri_conv_dx(cx, g, t->X, t->Z, t->W);
    default:
        return tri_conv_dw(cx, g, t->W, t->X, t->Z);
    }
}

/* The definition: every product of an output, a tap and what the tap sees. */
static void conv_slow(const struct tri_conv *g, enum pass p, struct tensors *t)
{
    for (int64_t b = 0; b < g->b; b++)
        for (int64_t oy = 0; oy < g->oh; oy++)
            for (int64_t ox = 0; ox < g->ow; ox++)
                for (int64_t i = 0; i < g->kh; i++)
                    for (int64_t j = 0; j < g->kw; j++) {
                        const int64_t y = oy * g->stride + i - g->pad;
                        const int64_t x = ox * g->stride + j - g->pad;

                        if (y < 0 || y >= g->h || x < 0 || x >= g->w)
                            continue;
                        for (int64_t c = 0; c < g->c; c++)
                            for (int64_t o = 0; o < g->o; o++) {
                                uint64_t *Z =
                                    &t->Z[((b * g->oh + oy) * g->ow + ox) *
                                              g->o +
                                          o];
                                uint64_t *X =
                                    &t->X[((b * g->h + y) * g->w + x) * g->c +
                                          c];
                                uint64_t *W =
                                    &t->W[((i * g->kw + j) * g->c + c) * g->o +
                                          o];
                                if (p == FWD)
                                    *Z += *X * *W;
                                else if (p == DX)
                                    *X += *Z * *W;
                                else
                                    *W += *X * *Z;
                            }
                    }
}

/* The fast algorithm, whether or not it pays. */
static int fir(const struct tri_cx *cx, const struct tri_conv *g, enum pass p,
               const struct tensors *t)
{
    switch (p) {
    case FWD:
        return tri_fir_fwd(cx, g, t->Z, t->X, t->W);
    case DX:
        return tri_fir_dx(cx, g, t->X, t->Z, t->W);
    default:
        return tri_fir_dw(cx, g, t->W, t->X, t->Z);
    }
}

typedef int conv_fn(const struct tri_cx *cx, const struct tri_conv *g,
                    enum pass p, const struct tensors *t);

/* Pass p on what `seed` gives changes it into `want`. */
static int conv_gives(struct tri_check *c, const struct bench *b,
                      const struct tri_conv *g, conv_fn *fn, enum pass p,
                      uint64_t seed, const struct tensors *want)
{
    struct tensors got = tensors(g, &seed);
    const int rc = fn(&b->cx, g, p, &got);
    const int same = first_difference(got.Z, want->Z, got.nz) == got.nz &&
                     first_difference(got.X, want->X, got.nx) == got.nx &&
                     first_difference(got.W, want->W, got.nw) == got.nw;

    drop(&got);
    if (rc == TRI_OK && same && b->arena.used == 0)
        return 1;
    return tri_check_fail(
        c,
        "%s %s, %s, %u workers: seed 0x%llx input %ux%ux%ux%u filter %ux%u to "
        "%u stride %u pad %u: returns %d, %s",
        fn == fir ? "fir" : "conv", pass_name[p], b->k.gemm_name,
        b->par.workers, (unsigned long long)c->seed, g->b, g->h, g->w, g->c,
        g->kh, g->kw, g->o, g->stride, g->pad, rc, same ? "right" : "wrong");
}

static int conv_is_right(struct tri_check *c, const struct bench *b,
                         const struct tri_conv *g, conv_fn *fn, uint64_t *seed)
{
    int right = 1;

    for (enum pass p = 0; p < PASSES && right; p++) {
        const uint64_t same = *seed;
        struct tensors want = tensors(g, seed);

        conv_slow(g, p, &want);
        right = conv_gives(c, b, g, fn, p, same, &want);
        drop(&want);
    }
    return right;
}

/* Every stride and padding on small images with random channels; tiny blocks
 * with 1 to 3 workers, and the real ones. */
static void tri_check_conv_sizes(struct tri_check *c)
{
    struct bench b;

    for (size_t sub = 0; sub < tri_test_subsets(); sub++)
        for (unsigned workers = 0; workers <= 3; workers++) {
            uint64_t seed = c->seed;

            setup(&b, sub, workers, workers != 0);
            for (size_t trial = 0; trial < 300; trial++) {
                struct tri_conv g = { 0 };

                g.b = (uint32_t)(1 + below(&seed, 3));
                g.h = (uint32_t)(1 + below(&seed, 9));
                g.w = (uint32_t)(1 + below(&seed, 9));
                g.c = (uint32_t)(trial & 1 ? 1 + below(&seed, 3)
                                           : 1 + below(&seed, 20));
                g.kh = (uint32_t)(1 + trial / 2 % 5);
                g.kw = (uint32_t)(1 + below(&seed, 5));
                g.o = (uint32_t)(1 + below(&seed, trial & 2 ? 4 : 30));
                g.stride = (uint32_t)(1 + trial % 3);
                g.pad = (uint32_t)(trial / 3 % 5);
                if (tri_conv_init(&g) != TRI_OK)
                    continue;
                if (!conv_is_right(c, &b, &g, conv, &seed))
                    goto done;
            }
            teardown(&b);
        }
    return;
done:
    teardown(&b);
}

/* Filters of 2 to 7 rows and 2 to 24 output rows: every way to split, with few
 * multiplications, and images so large that there are several chunks. */
static void tri_check_fir_sizes(struct tri_check *c)
{
    for (size_t sub = 0; sub < tri_test_subsets(); sub++) {
        uint64_t seed = c->seed;

        for (size_t trial = 0; trial < 72; trial++) {
            const int large = trial % 36 == 35;
            struct tri_conv g = { .stride = 1 };
            struct bench b;
            int right;

            setup(&b, sub, trial % 4, trial % 3 == 0);
            g.b = (uint32_t)(1 + below(&seed, 6));
            g.kh = (uint32_t)(2 + trial % 6);
            g.kw = (uint32_t)(1 + below(&seed, 5));
            g.h = (uint32_t)(g.kh - 1 + 2 * (1 + below(&seed, 12)));
            g.w = (uint32_t)(g.kw + below(&seed, 5));
            g.c = (uint32_t)(1 + below(&seed, trial & 2 ? 3 : 8));
            g.o = (uint32_t)(1 + below(&seed, trial & 4 ? 3 : 27));
            if (large) {
                g.b = 3;
                g.h = g.kh + 3;
                g.w = 900;
                g.c = g.o = 5;
                g.kw = 1;
            }
            if (g.o > b.k.gemm.nc)
                g.o = (uint32_t)b.k.gemm.nc;
            if (g.kw * g.c > b.k.gemm.nc)
                g.kw = 1;
            right = tri_conv_init(&g) == TRI_OK
                        ? conv_is_right(c, &b, &g, fir, &seed)
                        : tri_check_fail(c, "fir: shape %zu", trial);
            teardown(&b);
            if (!right)
                return;
        }
    }
}

/* Shapes on both sides of what makes the fast algorithm pay, as networks have
 * them: it is taken where it should be, and either way the result is right. */
static void tri_check_fir_pays(struct tri_check *c)
{
    static const struct {
        struct tri_conv g;
        int pays;
    } shapes[] = {
        { { 4, 12, 12, 20, 5, 5, 10, 1, 0, 0, 0 }, 1 },
        { { 7, 12, 12, 20, 5, 5, 50, 1, 0, 0, 0 }, 1 },   /* two chunks */
        { { 3, 12, 12, 20, 5, 5, 10, 1, 0, 0, 0 }, 0 },   /* few outputs */
        { { 4, 12, 12, 7, 5, 5, 10, 1, 0, 0, 0 }, 0 },    /* channels */
        { { 4, 12, 12, 20, 5, 5, 7, 1, 0, 0, 0 }, 0 },    /* filters */
        { { 6, 11, 12, 20, 5, 5, 10, 1, 0, 0, 0 }, 0 },   /* odd rows */
        { { 9, 19, 19, 20, 5, 5, 10, 2, 0, 0, 0 }, 0 },   /* stride */
        { { 2, 16, 12, 24, 3, 3, 25, 1, 1, 0, 0 }, 1 },   /* padding */
        { { 4, 13, 12, 20, 6, 4, 10, 1, 0, 0, 0 }, 1 },   /* even rows */
        { { 1, 20, 260, 40, 5, 1, 40, 1, 0, 0, 0 }, 0 },  /* a large image */
        { { 4, 12, 12, 100, 1, 5, 100, 1, 0, 0, 0 }, 0 }, /* a filter row */
        { { 2, 18, 12, 66, 3, 5, 14, 1, 0, 0, 0 }, 1 },   /* inner blocks */
    };
    int right = 1;

    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && right; i++) {
        struct tri_conv g = shapes[i].g;
        const uint64_t seed = c->seed + i;

        CHECK(c, tri_conv_init(&g) == TRI_OK, "fir: shape %zu", i);
        for (enum pass p = 0; p < PASSES && right; p++) {
            uint64_t same = seed;
            struct tensors want = tensors(&g, &same);

            conv_slow(&g, p, &want);
            for (size_t sub = 0; sub < tri_test_subsets() && right; sub++) {
                struct bench b;

                setup(&b, sub, (unsigned)(sub + p) % 4, 0);
                right = tri_fir_pays(&b.k, &g) == shapes[i].pays;
                if (!right)
                    tri_check_fail(c, "fir, %s: shape %zu %s", b.k.gemm_name, i,
                                   shapes[i].pays ? "refused" : "taken");
                right = right && conv_gives(c, &b, &g, conv, p, seed, &want);
                teardown(&b);
            }
            drop(&want);
        }
    }
}

/* The three passes are adjoint: with Z = conv(X, W), dX = conv_dx(D, W) and
 * dW = conv_dw(X, D),  <D, Z> = <dX, X> = <dW, W>. Shapes as networks have
 * them, real blocks. */
static void tri_check_conv_adjoint(struct tri_check *c)
{
    static const struct tri_conv shapes[] = {
        { 16, 28, 28, 1, 5, 5, 20, 1, 0, 0, 0 },
        { 16, 12, 12, 20, 5, 5, 50, 1, 0, 0, 0 },
        { 2, 17, 19, 70, 3, 3, 90, 1, 1, 0, 0 },
        { 3, 16, 16, 33, 3, 3, 300, 2, 1, 0, 0 },
        { 1, 8, 8, 130, 3, 3, 40, 1, 1, 0, 0 },
        /* more images than are copied between zeros at a time */
        { 36, 60, 64, 1, 3, 3, 3, 1, 1, 0, 0 },
    };
    struct bench b;

    for (size_t sub = 0; sub < tri_test_subsets(); sub++) {
        uint64_t seed = c->seed;

        setup(&b, sub, sub & 1 ? 3 : 0, 0);
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            struct tri_conv g = shapes[s];
            struct tensors t, z;
            uint64_t dz = 0, dx = 0, dw = 0;
            int rc = tri_conv_init(&g);

            /* t holds D, X, W; z collects Z, dX, dW */
            t = tensors(&g, &seed);
            z = tensors(&g, &seed);
            memset(z.Z, 0, z.nz * sizeof *z.Z);
            memset(z.X, 0, z.nx * sizeof *z.X);
            memset(z.W, 0, z.nw * sizeof *z.W);
            rc = rc != TRI_OK ? rc : tri_conv_fwd(&b.cx, &g, z.Z, t.X, t.W);
            rc = rc != TRI_OK ? rc : tri_conv_dx(&b.cx, &g, z.X, t.Z, t.W);
            rc = rc != TRI_OK ? rc : tri_conv_dw(&b.cx, &g, z.W, t.X, t.Z);
            for (size_t i = 0; i < t.nz; i++)
                dz += t.Z[i] * z.Z[i];
            for (size_t i = 0; i < t.nx; i++)
                dx += t.X[i] * z.X[i];
            for (size_t i = 0; i < t.nw; i++)
                dw += t.W[i] * z.W[i];
            drop(&t);
            drop(&z);
            if (rc != TRI_OK || dz != dx || dz != dw || dz == 0) {
                tri_check_fail(c,
                               "adjoint, %s: seed 0x%llx shape %zu: returns "
                               "%d, dx %s, dw %s",
                               b.k.gemm_name, (unsigned long long)c->seed, s,
                               rc, dz == dx ? "agrees" : "differs",
                               dz == dw ? "agrees" : "differs");
                goto done;
            }
        }
        teardown(&b);
    }
    return;
done:
    teardown(&b);
}

/* ---- memory -------------------------------------------------------------- */

/* One call of each kind; `what` past the last gives TRI_E_ARG. */
static int call(const struct tri_cx *cx, size_t what, const struct tri_conv *g,
                const struct tensors *t)
{
    if (what < PASSES)
        return conv(cx, g, (enum pass)what, t);
    switch (what - PASSES) {
    case 0: /* blocked */
        return tri_gemm(cx, 0, 0, 40, 45, 50, t->X, 50, t->Z, 45, t->W, 45);
    case 1: /* inner blocks as tasks */
        return tri_gemm(cx, 1, 0, 9, 10, 3000, t->X, 9, t->Z, 10, t->W, 10);
    case 2: /* few columns: scaled rows */
        return tri_gemm(cx, 1, 0, 300, 3, 50, t->X, 300, t->Z, 3, t->W, 3);
    case 3: /* few rows: inner products */
        return tri_gemm(cx, 1, 1, 4, 300, 60, t->X, 4, t->Z, 60, t->W, 300);
    default:
        return TRI_E_ARG;
    }
}

/* A dry call tells what the real one needs; exactly that much is enough, 64
 * bytes less is refused before anything is changed; nothing outside the block
 * is touched, and what was used comes back wiped. */
static void tri_check_gemm_memory(struct tri_check *c)
{
    /* both in more than one chunk where they are fast */
    struct tri_conv shapes[] = {
        { 3, 20, 20, 30, 3, 3, 35, 1, 1, 0, 0 },
        { 8, 12, 12, 20, 5, 5, 40, 1, 0, 0, 0 },
    };

    CHECK(c,
          tri_conv_init(&shapes[0]) == TRI_OK &&
              tri_conv_init(&shapes[1]) == TRI_OK,
          "shapes");
    for (size_t sub = 0; sub < 2 * tri_test_subsets(); sub++)
        for (unsigned workers = 0; workers <= 3; workers += 3)
            for (size_t what = 0; sub % 2 == 0 || what < PASSES; what++) {
                const struct tri_conv g = shapes[sub % 2];
                uint64_t seed = c->seed, again = c->seed;
                struct tensors t = tensors(&g, &seed), u = tensors(&g, &again);
                struct tri_arena dry;
                struct bench b;
                size_t need, dirty = 0;
                int rc, kept, refused = 1;
                uint8_t *p;

                setup(&b, sub / 2, workers, 0);
                p = b.block;
                tri_arena_measure(&dry);
                b.cx.arena = &dry;
                rc = call(&b.cx, what, &g, &t);
                need = dry.peak;
                kept = first_difference(t.Z, u.Z, t.nz) == t.nz &&
                       first_difference(t.X, u.X, t.nx) == t.nx &&
                       first_difference(t.W, u.W, t.nw) == t.nw;
                b.cx.arena = &b.arena;
                memset(p, 0xa5, b.size);
                if (rc == TRI_OK && need >= 64) {
                    tri_arena_init(&b.arena, p, need - 64);
                    refused = call(&b.cx, what, &g, &t) == TRI_E_NOMEM;
                    kept &= first_difference(t.Z, u.Z, t.nz) == t.nz &&
                            first_difference(t.X, u.X, t.nx) == t.nx &&
                            first_difference(t.W, u.W, t.nw) == t.nw;
                }
                if (rc == TRI_OK) {
                    tri_arena_init(&b.arena, p, need);
                    rc = call(&b.cx, what, &g, &t);
                }
                for (size_t i = 0; i < b.size; i++)
                    dirty += p[i] != (i < need ? 0 : 0xa5);
                drop(&t);
                drop(&u);
                teardown(&b);
                if (rc == TRI_E_ARG)
                    break;
                CHECK(c,
                      rc == TRI_OK && need > 0 && kept && refused &&
                          dirty == 0 && b.arena.peak == need &&
                          b.arena.used == 0 && dry.used == 0,
                      "%s, %u workers, call %zu: returns %d, %zu bytes, "
                      "outputs %s, %s, %zu bytes not as they should be, peak "
                      "%zu",
                      b.k.gemm_name, workers, what, rc, need,
                      kept ? "kept" : "changed",
                      refused ? "refused" : "not refused", dirty, b.arena.peak);
            }
}

const struct tri_check_entry tri_checks_gemm[] = {
    { "gemm/micro_kernel", tri_check_micro_kernel },
    { "gemm/amx", tri_check_amx },
    { "gemm/weave", tri_check_weave },
    { "gemm/sizes", tri_check_gemm_sizes },
    { "gemm/skinny", tri_check_gemm_skinny },
    { "gemm/large", tri_check_gemm_large },
    { "gemm/threads", tri_check_gemm_threads },
    { "gemm/arguments", tri_check_gemm_arguments },
    { "gemm/conv", tri_check_conv_sizes },
    { "gemm/fir", tri_check_fir_sizes },
    { "gemm/fir_pays", tri_check_fir_pays },
    { "gemm/adjoint", tri_check_conv_adjoint },
    { "gemm/memory", tri_check_gemm_memory },
};
const size_t tri_checks_gemm_n =
    sizeof tri_checks_gemm / sizeof *tri_checks_gemm;
