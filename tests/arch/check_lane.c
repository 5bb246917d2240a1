#include <string.h>
#include "arch/kernels.h"
#include "tests/checks.h"
#include "tests/support/words.h"

/* Room around a block that no kernel may touch. */
enum { ROOM = 8, ALL = TRI_LANES + 3 * ROOM, INPUTS = 6, TRIALS = 600 };

/* One call: inputs at any word, two outputs with a copy that becomes what they
 * should be. `place` of the inputs is where the output goes as well. */
struct trial {
    const struct tri_kernels *k;
    uint64_t *seed;
    size_t n;
    unsigned place, shift, width;
    uint64_t x, y, c;
    uint64_t in[INPUTS][ALL], got[2][ALL], want[2][ALL];
    const uint64_t *word[INPUTS]; /* inputs as the definition reads them */
    const uint64_t *arg[INPUTS];  /* the same for the kernel             */
    uint64_t *z[2], *right[2];
};

static uint64_t draw(struct trial *t, uint64_t below)
{
    return tri_test_rand(t->seed) % below;
}

static void fresh(struct trial *t, size_t n)
{
    static const unsigned width[] = { 2, 4, 8 };

    tri_test_words(t->in[0], INPUTS * ALL, t->seed);
    tri_test_words(t->got[0], 2 * ALL, t->seed);
    memcpy(t->want, t->got, sizeof t->got);
    tri_test_words(&t->x, 1, t->seed);
    tri_test_words(&t->y, 1, t->seed);
    tri_test_words(&t->c, 1, t->seed);
    t->n = n;
    t->shift = 1 + (unsigned)draw(t, 63);
    t->width = width[draw(t, 3)];
    t->place = (unsigned)draw(t, 2 * INPUTS);
    for (size_t i = 0; i < 2; i++) {
        const size_t at = ROOM + draw(t, ROOM);

        t->z[i] = t->got[i] + at;
        t->right[i] = t->want[i] + at;
    }
    for (size_t i = 0; i < INPUTS; i++)
        t->word[i] = t->arg[i] = t->in[i] + draw(t, ROOM);
}

/* Of the first `inputs` inputs one may stand where the output goes. */
static void in_place(struct trial *t, size_t inputs)
{
    if (t->place >= inputs)
        return;
    memcpy(t->z[0], t->word[t->place], 8 * t->n);
    t->arg[t->place] = t->z[0];
}

static uint64_t bit(uint64_t x, size_t i)
{
    return x >> i & 1;
}

static uint64_t below(unsigned bits)
{
    return ((uint64_t)1 << bits) - 1;
}

/* Where the low bytes of a word stand in it. */
#define FIRST(width) \
    (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint64_t) - (width) : 0)

/* Words of t->width bytes: vector `v` begins at v. */
static uint64_t part(const void *v, unsigned width, size_t i)
{
    uint64_t w = 0;

    memcpy((uint8_t *)&w + FIRST(width), (const uint8_t *)v + width * i, width);
    return w;
}

static void put(uint64_t *v, size_t at, unsigned width, size_t i, uint64_t w)
{
    memcpy((uint8_t *)v + at + width * i, (const uint8_t *)&w + FIRST(width),
           width);
}

static int try_mask(struct trial *t)
{
    const uint64_t *const *v = t->word;

    for (size_t i = 0; i < t->n; i++) {
        t->right[0][i] = v[0][i] + v[1][i];
        t->right[1][i] = v[2][i] + v[0][i] + t->c;
    }
    t->k->lane_mask(t->z[0], t->z[1], v[2], t->c, v[0], v[1], t->n);
    return 1;
}

static int try_bits(struct trial *t)
{
    uint64_t want = 0;

    for (size_t i = 0; i < t->n; i++)
        want |= bit(t->word[0][i] + t->c, t->shift) << i;
    return t->k->lane_bits(t->word[0], t->c, t->shift, t->n) == want;
}

static int try_pack(struct trial *t)
{
    const uint8_t *in = (const uint8_t *)t->in[0] + draw(t, 64);
    uint64_t want = 0;

    for (size_t i = 0; i < t->n; i++)
        want |= bit(in[i], 0) << i;
    return t->k->lane_pack(in, t->n) == want;
}

static int try_spread(struct trial *t)
{
    const size_t at = 8 * ROOM + draw(t, 64);

    for (size_t i = 0; i < t->n; i++)
        ((uint8_t *)t->want[0])[at + i] =
            bit(t->x, i) ? (uint8_t)t->c : (uint8_t)0;
    t->k->lane_spread((uint8_t *)t->got[0] + at, t->x, (uint8_t)t->c, t->n);
    return 1;
}

static int try_share(struct trial *t)
{
    const size_t at = ROOM * 8 + t->width * draw(t, ROOM);
    const uint8_t *r = (const uint8_t *)t->in[0] + t->width * draw(t, ROOM);
    uint8_t *z = (uint8_t *)t->got[0] + at;

    for (size_t i = 0; i < t->n; i++) {
        const uint64_t w = bit(t->x, i) - part(r, t->width, i);

        put(t->want[0], at, t->width, i, w);
    }
    if (t->place == 0) {
        memcpy(z, r, t->width * t->n);
        r = z;
    }
    t->k->lane_share(z, t->x, r, t->width, t->n);
    return 1;
}

/* Operands of t->width bytes, of which one may stand where the output goes. */
static int try_widths(struct trial *t, int flip)
{
    const size_t at = ROOM * 8 + t->width * draw(t, ROOM);
    const unsigned w = t->width;
    uint8_t *z = (uint8_t *)t->got[0] + at;
    const uint8_t *v[2];

    for (size_t j = 0; j < 2; j++)
        v[j] = (const uint8_t *)t->in[j] + w * draw(t, ROOM);
    if (flip && t->place % 3 == 2)
        v[1] = NULL;
    for (size_t i = 0; i < t->n; i++) {
        const uint64_t a = part(v[0], w, i), x = bit(t->x, i);
        const uint64_t b = v[1] == NULL ? 0 : part(v[1], w, i);
        const uint64_t want = flip ? x - 2 * a - 2 * b : x * a - b;

        put(t->want[0], at, w, i, want);
    }
    if (t->place < 2 && v[t->place] != NULL) {
        memcpy(z, v[t->place], w * t->n);
        v[t->place] = z;
    }
    if (flip)
        t->k->lane_flip(z, t->x, v[0], v[1], w, t->n);
    else
        t->k->lane_keep(z, t->x, v[0], v[1], w, t->n);
    return 1;
}

static int try_keep(struct trial *t)
{
    return try_widths(t, 0);
}

static int try_flip(struct trial *t)
{
    return try_widths(t, 1);
}

static int try_pick(struct trial *t)
{
    const unsigned s = t->shift - 1;

    in_place(t, 2);
    for (size_t i = 0; i < t->n; i++)
        t->right[0][i] =
            (bit(t->x, i) ? t->word[0][i] >> s : 0) - t->word[1][i];
    t->k->lane_pick(t->z[0], t->x, t->arg[0], s, t->arg[1], t->n);
    return 1;
}

static int try_choose(struct trial *t)
{
    const unsigned width = t->width == 8 ? 0 : t->width;
    const unsigned s = width == 0 ? t->shift - 1 : t->shift;
    struct tri_lane_choice v = { .width = width,
                                 .shift = s,
                                 .c = t->c,
                                 .own = t->place % 2 ? ~(uint64_t)0 : 0 };

    in_place(t, 4);
    v.t = t->arg[0];
    v.e = t->arg[1];
    v.k = t->arg[2];
    v.r = t->arg[3];
    v.tn = width == 0 ? NULL : t->arg[4];
    v.en = width == 0 ? NULL : t->arg[5];
    for (size_t i = 0; i < t->n; i++) {
        const uint64_t r = t->word[3][i], R = (r >> s) + t->c;
        uint64_t T = t->word[0][i], E = t->word[1][i] - R * t->word[2][i];

        if (v.own)
            T -= R;
        if (width != 0 && r >> 63) {
            T += part(v.tn, width, i) << (64 - s);
            E += part(v.en, width, i) << (64 - s);
        }
        t->right[0][i] = bit(t->x, i) ? T - E : E;
    }
    t->k->lane_choose(t->z[0], t->x, &v, t->n);
    return 1;
}

static int try_trunc(struct trial *t)
{
    const unsigned s = t->shift;
    struct tri_lane_wrap v = { .width = t->width,
                               .shift = s,
                               .c = t->c,
                               .below = below(s),
                               .h = t->x,
                               .f = t->y,
                               .g = t->in[5][0],
                               .e = t->in[5][1] };

    in_place(t, 1);
    v.w = t->word[1];
    if (t->place % 3 == 0)
        v.below = 0;
    for (size_t i = 0; i < t->n; i++) {
        const uint64_t b = t->word[0][i] + t->c;
        uint64_t w = part(v.w, t->width, i), up = 0;

        if (bit(v.e, i))
            w = 0 - w;
        w += bit(v.g, i);
        if (bit(v.f, i))
            w = 0 - w;
        w = bit(v.h, i) - w;
        if (v.below != 0 && b << (64 - s) != 0)
            up = 1; /* to the next multiple of 2^s */
        t->right[0][i] = (b >> s) + up - (t->c >> s) - (w << (64 - s));
    }
    t->k->lane_trunc(t->z[0], t->arg[0], &v, t->n);
    return 1;
}

static const struct {
    const char *name;
    int (*fn)(struct trial *t);
} kernel[] = {
    { "mask", try_mask },     { "bits", try_bits },   { "pack", try_pack },
    { "spread", try_spread }, { "share", try_share }, { "pick", try_pick },
    { "choose", try_choose }, { "trunc", try_trunc }, { "keep", try_keep },
    { "flip", try_flip },
};

/* Every kernel of every variant against its definition: every size, any
 * alignment, apart and in place; nothing else is written. */
static void check_variants(struct tri_check *c)
{
    static struct trial t;

    for (size_t sub = 0; sub < tri_test_subsets(); sub++) {
        uint64_t seed = c->seed;
        struct tri_kernels k;

        tri_test_kernels(&k, sub);
        t.k = &k;
        t.seed = &seed;
        for (size_t trial = 0; trial < TRIALS; trial++)
            for (size_t i = 0; i < sizeof kernel / sizeof *kernel; i++) {
                fresh(&t, trial % 2 ? TRI_LANES : trial / 2 % TRI_LANES);
                CHECK(c,
                      kernel[i].fn(&t) &&
                          memcmp(t.got, t.want, sizeof t.got) == 0,
                      "%s/%s: seed 0x%llx trial %zu n %zu shift %u width %u "
                      "place %u",
                      kernel[i].name, k.lane_name, (unsigned long long)c->seed,
                      trial, t.n, t.shift, t.width, t.place);
            }
    }
}

const struct tri_check_entry tri_checks_lane[] = {
    { "lane/variants", check_variants },
};
const size_t tri_checks_lane_n =
    sizeof tri_checks_lane / sizeof *tri_checks_lane;
