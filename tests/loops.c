/*
 * Kernels of NEON on given amounts of work, for tests/loops.sh, which counts
 * the instructions that they execute; and what the comparisons' kernels cannot
 * do without: their own text, with vectors that count what is done to them.
 *
 *   loops KERNEL TIMES   so many units of work
 *   loops KERNEL         the operations of one unit, of a comparison's kernel
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arch/kernels.h"
#include "core/chain.h"

/* ---- counting ------------------------------------------------------------ */

static unsigned operations;

typedef struct {
    char none;
} V;
#define VB          16
#define CHAIN(name) chain_##name##_counted

static V did(unsigned n)
{
    operations += n;
    return (V){ 0 };
}

#define v_load(p)         ((void)(p), did(1))
#define v_store(p, v)     ((void)(p), (void)(v), (void)did(1))
#define v_all(byte)       ((void)(byte), did(0))
#define v_and(x, y)       ((void)(x), (void)(y), did(1))
#define v_or(x, y)        v_and(x, y)
#define v_xor(x, y)       v_and(x, y)
#define v_xor3(x, y, z)   ((void)(x), (void)(y), (void)(z), did(2))
#define v_muladd(a, x, y) v_xor3(a, x, y)
#define v_sel(m, a, b)    ((void)(m), v_and(a, b))

static TRI_DECL_CHAIN_DEAL(chain_deal_counted);
static TRI_DECL_CHAIN_ANSWER(chain_answer_counted);
static TRI_DECL_CHAIN_OPEN(chain_open_counted);
#include "arch/chain_planes.inc"

/* ---- work ---------------------------------------------------------------- */

enum { BITS = 31, INNER = 64, PLANES = 512 };

static _Alignas(64) uint64_t words[3][PLANES * 8];

/* 512 comparisons of 31 bits, by one party (`who`: P0 answers, P1 answers, P2
 * deals, P2 opens). */
static void compare(const struct tri_kernels *k, unsigned who)
{
    const tri_plane *const x = (const tri_plane *)words[0];
    const tri_plane *r = (const tri_plane *)words[1];
    tri_plane *out = (tri_plane *)words[2], label[32];
    struct tri_chain c;

    memset(label, 0, sizeof label);
    tri_chain_plan(&c, BITS);
    for (unsigned i = 0; i < c.digits; i++) {
        const unsigned w = c.w[i], W = c.digits - i;
        const struct tri_chain_step v = {
            .b = r,
            .c = x,
            .to = (const tri_plane *)label,
            .from = i == 0 ? NULL : (const tri_plane *)label + 1,
            .u = (const tri_plane *)out,
            .w = w,
            .W = W,
            .one = who == 0
        };

        if (who == 2)
            k->chain_deal(out, x, r, w);
        else if (who == 3)
            k->chain_open(label, (const tri_plane *)out, r, W, i == 0);
        else
            k->chain_answer(out, &v);
    }
}

static const char *const party[] = { "answer_p0", "answer_p1", "deal", "open" };

int main(int argc, char **argv)
{
    const char *const name = argc > 1 ? argv[1] : "";
    const size_t times = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    const uint32_t key[8] = { 1 }, nonce[3] = { 2 };
    struct tri_kernels k;

    tri_kernels_init(&k, tri_cpu_detect());
    if (times == 0) {
        k.chain_deal = chain_deal_counted;
        k.chain_answer = chain_answer_counted;
        k.chain_open = chain_open_counted;
    }
    if (strcmp(name, "gemm") == 0 && times <= 8)
        k.gemm.fn(times * INNER, words[0], words[1], words[2], k.gemm.nr,
                  k.gemm.mr, k.gemm.nr);
    else if (strcmp(name, "chacha20") == 0 && times <= 128)
        k.chacha20((uint8_t *)words[0], key, nonce, 0, 4 * times);
    else
        for (unsigned who = 0; who < 4; who++)
            for (size_t i = 0;
                 strcmp(name, party[who]) == 0 && i < (times > 0 ? times : 1);
                 i++)
                compare(&k, who);
    if (times == 0)
        printf("%u\n", operations);
    return 0;
}
