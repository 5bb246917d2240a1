#include <string.h>
#include "bench/bench.h"
#include "bench/silent.h"
#include "core/err.h"
#include "proto/bilin.h"
#include "proto/verify/ring.h"

/* The check of ring products and of matrix products on one thread: one party as
 * prover and as both verifiers, and what messages carry left out. */

struct job {
    struct tri_kernels k;
    struct tri_arena arena;
    struct tri_session s;
    struct tri_coins coins;
    struct tri_link link;
    struct tri_verify_words words;
    struct tri_verify_matrix matrix;
    struct tri_verify_batch batch;
    struct tri_ring_plan plan;
    uint64_t number;
};

static void run(void *arg)
{
    struct job *j = arg;
    struct tri_ring_check c;

    if (tri_ring_check_start(&c, &j->s, &j->coins, j->number++, &j->plan,
                             &j->batch) != TRI_OK)
        return;
    for (unsigned r = 0; r < j->plan.rounds; r++) {
        (void)tri_ring_check_send(&c, r);
        (void)tri_ring_check_recv(&c, r); /* finds that nobody proves */
    }
    tri_arena_drop_far(&j->arena);
}

static void measure(struct bench *b, struct job *j, const char *name,
                    const char *shape, double units)
{
    const uint8_t key[32] = { 1 };
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);
    const char *last = "";

    if (!bench_wanted(b, "verify", name, shape))
        return;
    for (size_t l = 0; l < levels; l++) {
        tri_kernels_init(&j->k, level[l].cpu);
        if (strcmp(j->k.field_name, last) == 0)
            continue;
        last = j->k.field_name;
        j->link = (struct tri_link){ .ops = &bench_silent };
        j->s = (struct tri_session){ .link = &j->link };
        j->s.cx = (struct tri_cx){ &j->k, NULL, &j->arena };
        for (unsigned i = 1; i < 3; i++)
            tri_prg_init(&j->s.prg[i], &j->k, key, tri_prg_pick(&j->k));
        tri_coins_init(&j->coins, &j->s);
        bench_measure(
            b,
            (struct bench_row){ .area = "verify",
                                .name = name,
                                .isa = j->k.field_name,
                                .shape = shape,
                                .unit = units > 1 ? "product/s" : "check/s",
                                .alone = 1 },
            (struct bench_work){ run, j, units }, (struct bench_work){ 0 },
            (struct bench_work){ 0 });
    }
}

/* Of LeNet. */
#define CONV1                                  \
    {                                          \
        128, 28, 28, 1, 5, 5, 20, 1, 0, 24, 24 \
    }
#define CONV2                                 \
    {                                         \
        128, 12, 12, 20, 5, 5, 50, 1, 0, 8, 8 \
    }

void bench_products(struct bench *b)
{
    static struct job j;
    static const size_t n[] = { 1 << 14, 1 << 18, 1 << 20 };
    static const struct {
        const char *shape;
        struct tri_bilin op;
    } op[] = {
        { "conv 128x28x28x1 * 5x5x20",
          { .kind = TRI_BILIN_CONV, .conv = CONV1 } },
        { "its gradient by the filter",
          { .kind = TRI_BILIN_CONV_DW, .conv = CONV1 } },
        { "conv 128x12x12x20 * 5x5x50",
          { .kind = TRI_BILIN_CONV, .conv = CONV2 } },
        { "its gradient by the input",
          { .kind = TRI_BILIN_CONV_DX, .conv = CONV2 } },
        { "its gradient by the filter",
          { .kind = TRI_BILIN_CONV_DW, .conv = CONV2 } },
        { "128x800 * 800x500",
          { .kind = TRI_BILIN_MATMUL, .m = 128, .k = 800, .n = 500 } },
        { "(128x800)^T * 128x500",
          { .kind = TRI_BILIN_MATMUL, .m = 800, .k = 128, .n = 500, .tx = 1 } },
    };
    const size_t most = (size_t)1 << 21, room = (size_t)160 << 20;
    const uint64_t *v[7];

    if (!bench_wanted(b, "verify", "", "") && b->filter != NULL &&
        strstr("verify/products", b->filter) == NULL &&
        strncmp(b->filter, "verify", 6) != 0)
        return;
    tri_arena_init(&j.arena, bench_alloc(room), room);
    for (unsigned i = 0; i < 7; i++)
        v[i] = bench_words(most);
    j.words = (struct tri_verify_words){ .x = { v[0], v[1] },
                                         .y = { v[2], v[3] },
                                         .z = v[4],
                                         .mask = { v[5], v[6] },
                                         .bytes = sizeof *v[0],
                                         .bits = 64,
                                         .prover = TRI_NOBODY };
    j.matrix = (struct tri_verify_matrix){ .x = { v[0], v[1] },
                                           .y = { v[2], v[3] },
                                           .z = v[4],
                                           .mask = { v[5], v[6] } };
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        struct tri_ring_count count = { 0 };

        j.words.n = n[i];
        j.batch = (struct tri_verify_batch){ .words = &j.words, .words_n = 1 };
        tri_ring_count_words(&count, n[i], TRI_NOBODY);
        (void)tri_ring_plan(&j.plan, &count);
        measure(b, &j, "products, prover and both verifiers",
                bench_text("n=%zu", n[i]), (double)n[i]);
    }
    for (size_t i = 0; i < sizeof op / sizeof *op; i++) {
        struct tri_ring_count count = { 0 };

        j.matrix.op = op[i].op;
        j.batch =
            (struct tri_verify_batch){ .matrix = &j.matrix, .matrices = 1 };
        tri_ring_count_matrix(&count, &op[i].op);
        (void)tri_ring_plan(&j.plan, &count);
        measure(b, &j, "matrix product, all three roles", op[i].shape, 1);
    }
}
