/*
 * Trinn inside another program: an owner shares samples x and weights w, three
 * parties compute z = max(x w, 0), verify that none of them has cheated, and
 * all see the result. The parties are threads here; between machines each is a
 * process, and the links come from tri_tcp_open() (net/tcp/tcp.h).
 *
 *   cc embed.c $(pkg-config --cflags --libs trinn) -o embed
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/err.h"
#include "net/hello.h"
#include "net/host/mem.h"
#include "net/host/random.h"
#include "proto/rep3/rep3.h"

enum { ROWS = 2, INNER = 3, COLS = 2, FB = 16 };

static const double x[ROWS * INNER] = { 1.5, -2, 0.25, -1, 0.5, 3 };
static const double w[INNER * COLS] = { 2, -1, 0.5, 1, -4, 0.125 };

struct party {
    unsigned id;
    struct tri_link *link;
    tri_ring x[2][ROWS * INNER], w[2][INNER * COLS]; /* components id, id + 1 */
    double z[ROWS * COLS];
    int rc;
};

/* Two components are random, the third is what is missing to the value; party i
 * gets component i, here c[i][0], and the next one, c[i][1]. */
static int share(tri_ring *c[TRI_PARTIES][2], const double *value, size_t n)
{
    int rc = tri_net_random(c[0][0], n * sizeof *c[0][0]);

    if (rc == TRI_OK)
        rc = tri_net_random(c[1][0], n * sizeof *c[1][0]);
    for (size_t i = 0; rc == TRI_OK && i < n; i++) {
        rc = tri_fixed_encode(&c[2][0][i], value[i], FB);
        c[2][0][i] -= c[0][0][i] + c[1][0][i];
        for (int j = 0; j < TRI_PARTIES; j++)
            c[j][1][i] = c[(j + 1) % TRI_PARTIES][0][i];
    }
    return rc;
}

/* The same calls at every party. Nothing is opened before all products are
 * verified. */
static int compute(struct tri_engine *e, struct party *p)
{
    const struct tri_bilin product = {
        .kind = TRI_BILIN_MATMUL, .m = ROWS, .n = COLS, .k = INNER
    };
    const tri_ring *const px[2] = { p->x[0], p->x[1] };
    const tri_ring *const pw[2] = { p->w[0], p->w[1] };
    struct tri_ten tx, tw, prod, z;
    int rc;

    if (tri_ten_alloc(e, &tx, tri_shape2(ROWS, INNER), FB, 0) != TRI_OK ||
        tri_ten_alloc(e, &tw, tri_shape2(INNER, COLS), FB, 0) != TRI_OK ||
        tri_ten_alloc(e, &prod, tri_shape2(ROWS, COLS), 2 * FB, 0) != TRI_OK ||
        tri_ten_alloc(e, &z, tri_shape2(ROWS, COLS), FB, 0) != TRI_OK)
        return TRI_E_NOMEM;
    rc = tri_import(e, &tx, 0, ROWS * INNER, px);
    if (rc == TRI_OK)
        rc = tri_import(e, &tw, 0, INNER * COLS, pw);
    if (rc == TRI_OK)
        rc = e->ops->bilin(e, &product, &prod, &tx, &tw);
    if (rc == TRI_OK)
        rc = e->ops->relu(e, &z, NULL, &prod);
    return rc == TRI_OK ? tri_open(e, p->z, &z, TRI_OPEN_ALL) : rc;
}

/* Once dry, which measures memory and messages, then in earnest. */
static int pass(struct tri_session *s, struct tri_arena *arena, int dry,
                struct party *p)
{
    const struct tri_engine_config config = { .f = FB, .k = 32, .active = 1 };
    struct tri_engine e;
    int rc;

    s->dry = dry;
    s->cx.arena = arena;
    rc = tri_engine_start(&e, &tri_engine_rep3, s, &config);
    if (rc != TRI_OK)
        return rc;
    rc = compute(&e, p);
    tri_engine_end(&e);
    return rc;
}

static void *run(void *arg)
{
    struct party *const p = arg;
    struct tri_session s = { .id = p->id, .link = p->link };
    struct tri_kernels k;
    struct tri_arena arena;
    uint8_t keys[TRI_PARTIES][32];
    void *block = NULL;

    tri_kernels_init(&k, tri_cpu_detect());
    s.cx.k = &k;
    p->rc = tri_hello(p->link, "example embed\n", NULL, keys, NULL);
    for (unsigned j = 0; p->rc == TRI_OK && j < TRI_PARTIES; j++)
        tri_prg_init(&s.prg[j], &k, keys[j], TRI_PRG_CHACHA20);
    tri_arena_measure(&arena);
    if (p->rc == TRI_OK)
        p->rc = pass(&s, &arena, 1, p);
    if (p->rc == TRI_OK && p->id == 0)
        printf("%zu bytes of memory, %llu bytes in %llu rounds\n", arena.peak,
               (unsigned long long)tri_cost_bytes(&s.cost),
               (unsigned long long)tri_cost_rounds(&s.cost));
    if (p->rc == TRI_OK && posix_memalign(&block, TRI_ALIGN, arena.peak) != 0)
        p->rc = TRI_E_NOMEM;
    if (p->rc == TRI_OK) {
        tri_arena_init(&arena, block, arena.peak);
        p->rc = pass(&s, &arena, 0, p);
        tri_arena_release(&arena, 0); /* wipes it */
    }
    free(block);
    tri_session_wipe(&s);
    tri_close(p->link);
    return NULL;
}

int main(void)
{
    struct party p[TRI_PARTIES] = { { .id = 0 }, { .id = 1 }, { .id = 2 } };
    struct tri_link link[TRI_PARTIES];
    pthread_t thread[TRI_PARTIES];
    tri_ring *cx[TRI_PARTIES][2], *cw[TRI_PARTIES][2];
    int bad = 0;

    for (int i = 0; i < TRI_PARTIES; i++)
        for (int j = 0; j < 2; j++) {
            cx[i][j] = p[i].x[j];
            cw[i][j] = p[i].w[j];
        }
    if (share(cx, x, ROWS * INNER) != TRI_OK ||
        share(cw, w, INNER * COLS) != TRI_OK ||
        tri_mem_create(link, 10000) != TRI_OK)
        return 1;
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        p[i].link = &link[i];
        if (pthread_create(&thread[i], NULL, run, &p[i]) != 0)
            return 1;
    }
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        pthread_join(thread[i], NULL);
        if (p[i].rc != TRI_OK)
            fprintf(stderr, "P%u: %s\n", i, tri_strerror(p[i].rc));
        bad |= p[i].rc != TRI_OK;
    }
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLS; j++) {
            double want = 0;

            for (int l = 0; l < INNER; l++)
                want += x[i * INNER + l] * w[l * COLS + j];
            want = want > 0 ? want : 0;
            printf("z[%d][%d] = %8.4f, in the clear %8.4f\n", i, j,
                   p[2].z[i * COLS + j], want);
            bad |= fabs(p[2].z[i * COLS + j] - want) > 0.001;
        }
    return bad;
}
