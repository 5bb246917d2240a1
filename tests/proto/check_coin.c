#include <string.h>
#include "core/le.h"
#include "proto/verify/coin.h"
#include "tests/checks.h"
#include "tests/support/three.h"

enum { PLANS = 2, WORDS = 3 };

struct drawn {
    uint64_t w[TRI_PARTIES][2][PLANS][WORDS]; /* [party][own, next][plan] */
};

static void draw(struct tri_engine *e, void *arg)
{
    struct drawn *d = arg;
    struct tri_coins c;
    struct tri_coin coin;

    tri_coins_init(&c, e->s);
    for (unsigned n = 0; n < 2; n++)
        for (unsigned p = 0; p < PLANS; p++) {
            const uint8_t plan[TRI_COIN_PLAN] = { (uint8_t)p };
            const struct tri_coin_at at = { TRI_COIN_AND_MASK, 1, 7, plan };

            tri_coin_open(&coin, &c, n == 0 ? c.own : c.next, &at);
            tri_coin_words(&coin, d->w[e->s->id][n][p], WORDS);
            tri_coin_wipe(&coin);
        }
    tri_coins_wipe(&c);
}

/* The two holders of a key draw the same, the third party does not. */
static void check_keys(struct tri_check *c)
{
    static struct drawn d;
    struct tri_three t;

    tri_three_default(&t);
    t.seed = c->seed;
    tri_three_run(&t, draw, &d);
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        const unsigned next = (i + 1) % 3;

        CHECK(c, memcmp(d.w[i][1], d.w[next][0], sizeof d.w[0][0]) == 0,
              "P%u and P%u have two keys k_%u", i, next, next);
        CHECK(c, memcmp(d.w[i][0], d.w[i][1], sizeof d.w[0][0]) != 0,
              "P%u has one key twice", i);
        CHECK(c, memcmp(d.w[i][0][0], d.w[i][0][1], sizeof d.w[0][0][0]) != 0,
              "P%u: two plans, one coin", i);
    }
}

/* Every part of the place makes a coin of its own. */
static void check_places(struct tri_check *c)
{
    static const uint8_t plan[3][TRI_COIN_PLAN] = { { 0 },
                                                    { 1 },
                                                    { [31] = 1 } };
    const struct tri_coin_at at[] = {
        { TRI_COIN_AND_THETA, 0, 0, plan[0] },
        { TRI_COIN_AND_MASK, 0, 0, plan[0] },
        { TRI_COIN_AND_THETA, 1, 0, plan[0] },
        { TRI_COIN_AND_THETA, 0, 1, plan[0] },
        { TRI_COIN_AND_THETA, 0, (uint64_t)1 << 63, plan[0] },
        { TRI_COIN_AND_THETA, 0, 0, plan[1] },
        { TRI_COIN_AND_THETA, 0, 0, plan[2] },
    };
    enum { N = sizeof at / sizeof *at };
    uint64_t w[N + 1], again[2];
    struct tri_kernels k;
    struct tri_coins keys = { .k = &k, .kind = TRI_PRG_CHACHA20 };
    struct tri_coin coin;
    uint8_t seed[TRI_COIN_SEED];

    tri_kernels_init(&k, tri_cpu_detect());
    for (unsigned i = 0; i < N; i++) {
        tri_coin_open(&coin, &keys, keys.own, &at[i]);
        tri_coin_words(&coin, &w[i], 1);
        tri_coin_wipe(&coin);
    }
    memcpy(seed, w, sizeof seed);
    tri_coin_expand(&coin, &keys, seed);
    tri_coin_words(&coin, &w[N], 1);
    for (unsigned i = 0; i <= N; i++)
        for (unsigned j = 0; j < i; j++)
            CHECK(c, w[i] != w[j], "places %u and %u give one coin", i, j);
    tri_coin_expand(&coin, &keys, seed);
    tri_coin_bytes(&coin, again, 5);
    tri_coin_bytes(&coin, (uint8_t *)again + 5, 3);
    tri_le_words(again, 8, 8);
    CHECK(c, memcmp(again, &w[N], 8) == 0, "a coin read in pieces differs");
}

const struct tri_check_entry tri_checks_coin[] = {
    { "coin/keys", check_keys },
    { "coin/places", check_places },
};
const size_t tri_checks_coin_n =
    sizeof tri_checks_coin / sizeof *tri_checks_coin;
