#include <string.h>
#include "bench/bench.h"
#include "bench/silent.h"
#include "core/err.h"
#include "proto/verify/ands.h"
#include "proto/verify/field.h"

/* The check of bit products on one thread: one party as prover and as both
 * verifiers, and the passes it is made of. */

struct job {
    struct tri_kernels k;
    struct tri_arena arena;
    struct tri_session s;
    struct tri_coins coins;
    struct tri_verify_ands entry;
    struct tri_ands a;
    struct tri_link link;
    uint64_t batch, q[TRI_ANDS_Q], M[512];
    int pass; /* see `name_of` */
};

static const char *const name_of[] = { "ands, prover and both verifiers",
                                       "ands, first polynomial",
                                       "ands, level 0", "ands, folding",
                                       "ands, first, both verifiers" };

static void whole(struct job *j)
{
    if (tri_ands_start(&j->a, &j->s, &j->coins, j->batch++, &j->entry, 1) !=
        TRI_OK)
        return;
    for (unsigned r = 0; r < j->a.plan.rounds; r++) {
        (void)tri_ands_send(&j->a, r);
        (void)tri_ands_recv(&j->a, r); /* finds that nobody proves anything */
    }
    tri_ands_end(&j->a);
    tri_arena_drop_far(&j->arena);
}

static void run(void *arg)
{
    struct job *j = arg;
    struct tri_ands_eye eye[2] = { { .w = &j->a.mine.w,
                                     .part = { TRI_ANDS_X1, TRI_ANDS_Y1 },
                                     .e = TRI_ANDS_E1,
                                     .weighted = 1,
                                     .fold = j->M,
                                     .first = j->M } };

    switch (j->pass) {
    case 0:
        whole(j);
        return;
    case 1:
        tri_ands_first(&j->a.gates, &j->a.mine.w, j->q, NULL, 0);
        return;
    case 2:
        tri_ands_gram(&j->a.gates, &j->a.mine.w, j->M, j->q);
        return;
    case 3:
        tri_ands_fold(&j->a.gates, &j->a.mine.w, j->M, j->M, j->a.mine.u,
                      j->a.mine.v);
        return;
    default:
        for (unsigned l = 1; l < j->a.plan.levels; l++)
            eye[0].L[l] = j->M;
        eye[1] = eye[0];
        tri_ands_first(&j->a.gates, &j->a.mine.w, j->q, eye, 2);
    }
}

static void set_up(struct job *j, unsigned cpu)
{
    const uint8_t key[32] = { 1 };

    tri_kernels_init(&j->k, cpu);
    j->link = (struct tri_link){ .ops = &bench_silent };
    j->s = (struct tri_session){ .link = &j->link };
    j->s.cx = (struct tri_cx){ &j->k, NULL, &j->arena };
    for (unsigned i = 1; i < 3; i++)
        tri_prg_init(&j->s.prg[i], &j->k, key, tri_prg_pick(&j->k));
    tri_coins_init(&j->coins, &j->s);
}

static void measure(struct bench *b, struct job *j, const char *shape,
                    size_t gates)
{
    struct bench_level level[8];
    const size_t levels = bench_levels(b, level);

    for (j->pass = 0; j->pass < 5; j->pass++) {
        const char *last = "";

        for (size_t l = 0; l < levels; l++) {
            tri_kernels_init(&j->k, level[l].cpu);
            if (strcmp(j->k.gf_name, last) == 0 ||
                (strcmp(j->k.gf_name, "ref") == 0 &&
                 gates > 1 << 18)) /* minutes */
                continue;
            last = j->k.gf_name;
            set_up(j, level[l].cpu);
            if (j->pass > 0 && tri_ands_start(&j->a, &j->s, &j->coins, 0,
                                              &j->entry, 1) != TRI_OK)
                continue;
            bench_measure(b,
                          (struct bench_row){ .area = "verify",
                                              .name = name_of[j->pass],
                                              .isa = j->k.gf_name,
                                              .shape = shape,
                                              .unit = "gate/s",
                                              .alone = 1 },
                          (struct bench_work){ run, j, (double)gates },
                          (struct bench_work){ 0 }, (struct bench_work){ 0 });
            if (j->pass > 0) {
                tri_ands_end(&j->a);
                tri_arena_drop_far(&j->arena);
            }
        }
    }
}

void bench_verify(struct bench *b)
{
    static struct job j;
    static const struct {
        const char *shape;
        size_t gates;
    } size_of[] = { { "2^18 gates", 1 << 18 }, { "2^22 gates", 1 << 22 } };
    const size_t most = (size_t)1 << 22, room = most / 8 + (1 << 22);

    if (!bench_wanted(b, "verify", "", "") && b->filter != NULL &&
        strstr("verify/ands", b->filter) == NULL &&
        strncmp(b->filter, "verify", 6) != 0)
        return;
    tri_arena_init(&j.arena, bench_alloc(room), room);
    for (unsigned i = 0; i < 2; i++) {
        j.entry.x[i] = bench_words(most / 64);
        j.entry.y[i] = bench_words(most / 64);
    }
    j.entry.e1 = bench_words(most / 64);
    j.entry.e2 = bench_words(most / 64);
    for (size_t i = 0; i < sizeof size_of / sizeof *size_of; i++) {
        j.entry.words = size_of[i].gates / 64;
        measure(b, &j, size_of[i].shape, size_of[i].gates);
    }
}
