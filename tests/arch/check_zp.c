#include <string.h>
#include "core/zp.h"
#include "tests/checks.h"

/* The instruction sets that these kernels differ by. */
enum { VECTOR = TRI_CPU_AVX2 | TRI_CPU_AVX512 | TRI_CPU_NEON };

/* Planes with room around them that no kernel may touch. */
struct planes {
    _Alignas(64) tri_plane before[2];
    tri_plane v[TRI_PLANES];
    tri_plane after[2];
};

enum { P = TRI_ZP };

enum fill { RANDOM, LEAST, MOST, EDGES, FILLS };

/* Every plane, also past n, so that what a kernel reads too much shows. */
static void fill(struct planes *x, enum fill how, unsigned least, unsigned most,
                 uint64_t *seed)
{
    memset(x, 0xa5, sizeof *x);
    for (size_t i = 0; i < TRI_PLANES; i++)
        for (size_t lane = 0; lane < TRI_LANES; lane++) {
            const uint64_t r = tri_test_rand(seed);
            unsigned e = least + (unsigned)(r % (most - least + 1));

            if (how == LEAST || (how == EDGES && r >> 32 & 1))
                e = least;
            else if (how == MOST || how == EDGES)
                e = most;
            x->v[i][lane] = (uint8_t)e;
        }
}

static void fill_lanes(uint8_t *v, unsigned below, uint64_t *seed)
{
    for (size_t lane = 0; lane < TRI_LANES; lane++)
        v[lane] = (uint8_t)(tri_test_rand(seed) % below);
}

static void fill_masks(uint8_t *v, uint64_t *seed)
{
    for (size_t lane = 0; lane < TRI_LANES; lane++)
        v[lane] = tri_test_rand(seed) & 1 ? 0xff : 0;
}

/* 1 if `got` is `want` in its first n planes and untouched elsewhere. */
static int same(const struct planes *got, const struct planes *want, size_t n)
{
    const uint8_t *x = got->before[0];

    for (size_t i = 0; i < sizeof got->before; i++)
        if (x[i] != 0xa5)
            return 0;
    x = got->v[0];
    for (size_t i = n * TRI_LANES; i < sizeof got->v + sizeof got->after; i++)
        if (x[i] != 0xa5)
            return 0;
    return memcmp(x, want->v, n * TRI_LANES) == 0;
}

static void blank(struct planes *x)
{
    memset(x, 0xa5, sizeof *x);
}

/* Only the planes 0..n-1 of an array that is worked on in place. */
static void keep(struct planes *x, size_t n)
{
    memset(x->v + n, 0xa5, (TRI_PLANES - n) * TRI_LANES);
}

/* Random elements at every size, special ones at some. */
static size_t step(unsigned how)
{
    return how == RANDOM ? 1 : 5;
}

#define FAILS "%s: %s, n = %zu, fill %d, seed %llx"

static void vary_unpack(struct tri_check *c, const struct tri_kernels *k,
                        uint64_t *seed)
{
    static struct planes in, want, got;

    for (unsigned how = 0; how < FILLS; how++)
        for (size_t n = 0; n <= TRI_PLANES; n += step(how)) {
            fill(&in, how, 0, 0xff, seed);
            blank(&want);
            blank(&got);
            tri_zp_unpack_ref(want.v, in.v, n);
            k->zp_unpack(got.v, in.v, n);
            CHECK(c, same(&got, &want, n), FAILS, k->zp_name, "unpack", n, how,
                  (unsigned long long)c->seed);
        }
}

static void vary_bits(struct tri_check *c, const struct tri_kernels *k,
                      uint64_t *seed)
{
    static struct planes want, got;
    uint64_t v[TRI_LANES];

    for (unsigned turn = 0; turn < 4; turn++)
        for (size_t n = 0; n <= 64; n++) {
            for (size_t lane = 0; lane < TRI_LANES; lane++)
                v[lane] = turn == 0   ? 0
                          : turn == 1 ? ~(uint64_t)0
                                      : tri_test_rand(seed);
            blank(&want);
            blank(&got);
            tri_zp_bits_ref(want.v, v, n);
            k->zp_bits(got.v, v, n);
            CHECK(c, same(&got, &want, n), FAILS, k->zp_name, "bits", n,
                  (int)turn, (unsigned long long)c->seed);
        }
}

/* Elements of 0..p; in most lanes about as many are rejected as there are
 * spares. */
static void vary_fill(struct tri_check *c, const struct tri_kernels *k,
                      enum fill how, size_t n, uint64_t *seed)
{
    static struct planes spare, want, got;

    for (size_t rows = 1; rows <= TRI_SPARES; rows++)
        for (int nonzero = 0; nonzero < 2; nonzero++) {
            int left;

            fill(&spare, rows % 2 ? RANDOM : EDGES, 0, P, seed);
            memset(spare.v + rows, 1, (TRI_PLANES - rows) * TRI_LANES);
            fill(&want, how, 0, P, seed);
            for (size_t j = 0; j < 2 * rows * TRI_LANES && n > 0; j++)
                want.v[tri_test_rand(seed) % n][j % TRI_LANES] =
                    (uint8_t)(nonzero && j % 3 == 0 ? 0 : P);
            keep(&want, n);
            got = want;
            left = tri_zp_fill_ref(want.v, n, nonzero, spare.v, rows);
            CHECK(c,
                  k->zp_fill(got.v, n, nonzero, spare.v, rows) == left &&
                      same(&got, &want, n),
                  FAILS, k->zp_name, "fill", n, how,
                  (unsigned long long)c->seed);
        }
}

/* What the reference's filling means, in the simplest words. */
static void check_fill(struct tri_check *c)
{
    static struct planes v, w, spare;
    uint64_t seed = c->seed;

    for (unsigned turn = 0; turn < 400; turn++) {
        const int nonzero = turn / 2 % 2;
        const size_t rows = 1 + turn % TRI_SPARES;
        const size_t n = 1 + tri_test_rand(&seed) % TRI_PLANES;
        unsigned left = 0;
        int got;

        fill(&v, RANDOM, 0, P, &seed);
        fill(&spare, RANDOM, 0, P, &seed);
        for (size_t lane = 0; lane < TRI_LANES; lane += 3)
            spare.v[turn % rows][lane] = (uint8_t)(turn % 3 ? P : 0);
        w = v;
        got =
            tri_zp_fill_ref(w.v, n, nonzero, (const tri_plane *)spare.v, rows);
        for (size_t lane = 0; lane < TRI_LANES; lane++) {
            size_t j = 0;

            for (size_t i = 0; i < n; i++) {
                uint8_t e = v.v[i][lane];

                if (e == P || (nonzero && e == 0)) {
                    while (j < rows && (spare.v[j][lane] == P ||
                                        (nonzero && spare.v[j][lane] == 0)))
                        j++;
                    e = j < rows ? spare.v[j++][lane] : (uint8_t)P;
                }
                left |= e == P;
                CHECK(c, w.v[i][lane] == e, "element %zu of lane %zu", i, lane);
            }
        }
        CHECK(c, got == (int)left, "%d: elements are left over or not", got);
    }
}

static void vary_planes(struct tri_check *c, const struct tri_kernels *k,
                        uint64_t *seed)
{
    static struct planes a, b, want, got;
    uint64_t mask[TRI_PLANES + 1], wants[TRI_PLANES];

    for (unsigned how = 0; how < FILLS; how++)
        for (size_t n = 0; n <= TRI_PLANES; n += step(how)) {
            for (int nonzero = 0; nonzero < 2; nonzero++) {
                fill(&a, how, 0, P, seed);
                mask[n] = 0x1234;
                tri_zp_reject_ref(wants, a.v, n, nonzero);
                k->zp_reject(mask, a.v, n, nonzero);
                CHECK(c, memcmp(mask, wants, 8 * n) == 0 && mask[n] == 0x1234,
                      FAILS, k->zp_name, "reject", n, how,
                      (unsigned long long)c->seed);
            }

            vary_fill(c, k, how, n, seed);

            fill(&a, how, 0, P - 1, seed);
            fill(&b, how, 0, P - 1, seed);
            blank(&want);
            blank(&got);
            tri_zp_sub_ref(want.v, a.v, b.v, n);
            k->zp_sub(got.v, a.v, b.v, n);
            CHECK(c, same(&got, &want, n), FAILS, k->zp_name, "sub", n, how,
                  (unsigned long long)c->seed);
            got = a;
            keep(&got, n);
            k->zp_sub(got.v, got.v, b.v, n);
            CHECK(c, same(&got, &want, n), FAILS, k->zp_name, "sub to a", n,
                  how, (unsigned long long)c->seed);
            got = b;
            keep(&got, n);
            k->zp_sub(got.v, a.v, got.v, n);
            CHECK(c, same(&got, &want, n), FAILS, k->zp_name, "sub to b", n,
                  how, (unsigned long long)c->seed);

            /* a pair of planes that sum to 0 in every other lane */
            if (n > 0)
                for (size_t lane = 0; lane < TRI_LANES; lane += 2)
                    b.v[n / 2][lane] = (uint8_t)((P - a.v[n / 2][lane]) % P);
            CHECK(c, k->zp_zero(a.v, b.v, n) == tri_zp_zero_ref(a.v, b.v, n),
                  FAILS, k->zp_name, "zero", n, how,
                  (unsigned long long)c->seed);
        }
}

static void vary_cmp(struct tri_check *c, const struct tri_kernels *k,
                     uint64_t *seed)
{
    static struct planes b, d, s, u, want, got;
    uint8_t beta[TRI_LANES], spec[TRI_LANES];

    for (unsigned how = 0; how < FILLS; how++)
        for (size_t n = 0; n <= 64; n += step(how))
            for (unsigned one = 0; one < 2; one++) {
                fill(&b, how, 0, P - 1, seed);
                fill(&d, RANDOM, 0, 1, seed);
                fill(&s, how, 1, P - 1, seed);
                fill(&u, how, 0, P - 1, seed);
                fill_masks(beta, seed);
                fill_masks(spec, seed);
                if (n % 3 != 0)
                    memset(spec, 0, sizeof spec);

                blank(&want);
                blank(&got);
                tri_zp_cmp_ref(want.v, b.v, d.v, beta, spec, s.v, u.v, n, one);
                k->zp_cmp(got.v, b.v, d.v, beta, spec, s.v, u.v, n, one);
                CHECK(c, same(&got, &want, n), FAILS, k->zp_name, "cmp", n, how,
                      (unsigned long long)c->seed);

                got = u;
                keep(&got, n);
                k->zp_cmp(got.v, b.v, d.v, beta, spec, s.v, got.v, n, one);
                CHECK(c, same(&got, &want, n), FAILS, k->zp_name, "cmp to u", n,
                      how, (unsigned long long)c->seed);
                got = s;
                keep(&got, n);
                k->zp_cmp(got.v, b.v, d.v, beta, spec, got.v, u.v, n, one);
                CHECK(c, same(&got, &want, n), FAILS, k->zp_name, "cmp to s", n,
                      how, (unsigned long long)c->seed);
            }
}

static void vary_rotate(struct tri_check *c, const struct tri_kernels *k,
                        uint64_t *seed)
{
    static struct planes want, got;
    uint8_t rho[TRI_LANES] = { 0 };

    for (size_t n = 0; n <= TRI_PLANES; n++)
        for (unsigned turn = 0; turn < 3; turn++) {
            if (n > 0) {
                fill_lanes(rho, (unsigned)n, seed);
                if (turn == 0)
                    memset(rho, (int)(n - 1), sizeof rho);
            }
            fill(&want, RANDOM, 0, 0xff, seed);
            keep(&want, n);
            got = want;
            tri_zp_rotate_ref(want.v, rho, n);
            k->zp_rotate(got.v, rho, n);
            CHECK(c, same(&got, &want, n), FAILS, k->zp_name, "rotate", n,
                  (int)turn, (unsigned long long)c->seed);
        }
}

/* Every variant is the reference, to the last bit, for every set of CPU
 * features, every size, in place where that is allowed, and writes nothing
 * else. */
static void check_variants(struct tri_check *c)
{
    const unsigned have = tri_cpu_detect() & VECTOR;
    uint64_t seed = c->seed;

    for (unsigned cpu = 0; cpu <= have; cpu++) {
        struct tri_kernels k;

        if (cpu & ~have)
            continue;
        tri_kernels_init(&k, cpu);
        vary_unpack(c, &k, &seed);
        vary_bits(c, &k, &seed);
        vary_rotate(c, &k, &seed);
        vary_planes(c, &k, &seed);
        vary_cmp(c, &k, &seed);
        if (c->msg[0] != '\0')
            return;
    }
}

/* ---- what the references mean ---------------------------------------------
 */

/* Bits add up to the word, an element has the bits that the definition gives
 * it, a rotation moves every element by rho. */
static void check_moves(struct tri_check *c)
{
    static struct planes a, b, x;
    uint64_t seed = c->seed, v[TRI_LANES];
    uint8_t rho[TRI_LANES];

    for (size_t lane = 0; lane < TRI_LANES; lane++)
        v[lane] = tri_test_rand(&seed);
    tri_zp_bits_ref(a.v, v, 64);
    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        uint64_t sum = 0;

        for (size_t i = 0; i < 64; i++) {
            CHECK(c, a.v[i][lane] < 2, "bit %zu is too large", i);
            sum += (uint64_t)a.v[i][lane] << i;
        }
        CHECK(c, sum == v[lane], "bits do not add up");
    }

    fill(&a, RANDOM, 0, 0xff, &seed);
    tri_zp_unpack_ref(x.v, a.v, TRI_PLANES);
    for (size_t i = 0; i < TRI_PLANES; i++)
        for (size_t at = 7 * i; at < 7 * i + 7; at++)
            CHECK(c,
                  (x.v[i][17] >> (at - 7 * i) & 1) ==
                          (a.v[at / 8][17] >> at % 8 & 1) &&
                      x.v[i][17] <= P,
                  "element %zu", i);

    for (size_t n = 1; n <= TRI_PLANES; n++) {
        fill(&a, RANDOM, 0, 0xff, &seed);
        b = a;
        fill_lanes(rho, (unsigned)n, &seed);
        tri_zp_rotate_ref(b.v, rho, n);
        for (size_t i = 0; i < n; i++)
            for (size_t lane = 0; lane < TRI_LANES; lane++)
                CHECK(c, b.v[(i + rho[lane]) % n][lane] == a.v[i][lane],
                      "rotation of %zu by %u at %zu", n, rho[lane], i);
    }
}

/* One private comparison in 64 lanes, all three parties, by the references. */
struct run {
    size_t n;
    uint64_t x[TRI_LANES], c[TRI_LANES]; /* below 2^n */
    uint8_t beta[TRI_LANES], spec[TRI_LANES];
    struct planes sent[2], open;
    uint64_t zero;
};

static void compare(struct run *r, uint64_t *seed)
{
    static struct planes xd, cd, share[2], s, u;

    tri_zp_bits_ref(xd.v, r->x, r->n);
    tri_zp_bits_ref(cd.v, r->c, r->n);
    fill(&share[0], RANDOM, 0, P - 1, seed);
    tri_zp_sub_ref(share[1].v, xd.v, share[0].v, r->n);
    fill(&s, RANDOM, 1, P - 1, seed);
    fill(&u, RANDOM, 0, P - 1, seed);
    for (unsigned j = 0; j < 2; j++)
        tri_zp_cmp_ref(r->sent[j].v, share[j].v, cd.v, r->beta, r->spec, s.v,
                       u.v, r->n, 1 - j);
    for (size_t i = 0; i < r->n; i++)
        for (size_t lane = 0; lane < TRI_LANES; lane++)
            r->open.v[i][lane] =
                (uint8_t)((r->sent[0].v[i][lane] + r->sent[1].v[i][lane]) % P);
    r->zero = tri_zp_zero_ref(r->sent[0].v, r->sent[1].v, r->n);
}

/* 1 if every lane opens to one zero where the test holds, to none elsewhere,
 * and zp_zero says so. */
static int run_is_right(const struct run *r)
{
    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        const uint64_t x = r->x[lane], y = r->c[lane];
        const unsigned holds =
            r->spec[lane] ? 1 : (r->beta[lane] ? x > y : y > x);
        unsigned zeros = 0;

        for (size_t i = 0; i < r->n; i++)
            zeros += r->open.v[i][lane] == 0;
        if (zeros != holds || (r->zero >> lane & 1) != holds)
            return 0;
    }
    return 1;
}

#define WRONG "%zu bits: a lane is wrong, seed %llx"

static void check_meaning(struct tri_check *c)
{
    static struct run r;
    uint64_t seed = c->seed;

    /* All pairs of up to 4 bits, both tests, with and without spec. */
    for (r.n = 1; r.n <= 4; r.n++) {
        const size_t all = (size_t)1 << r.n;

        for (size_t j = 0; j < 4 * all * all; j += TRI_LANES) {
            for (size_t lane = 0; lane < TRI_LANES; lane++) {
                r.beta[lane] = lane & 1 ? 0xff : 0;
                r.spec[lane] = lane & 2 ? 0xff : 0;
                r.x[lane] = (j + lane) / 4 % all;
                r.c[lane] = (j + lane) / 4 / all % all;
            }
            compare(&r, &seed);
            CHECK(c, run_is_right(&r), WRONG, r.n, (unsigned long long)c->seed);
        }
    }

    /* Any width; equal, or apart in one place, or anyhow. */
    for (unsigned turn = 0; turn < 120; turn++) {
        r.n = turn < 8 ? 64 : 1 + tri_test_rand(&seed) % 64;
        for (size_t lane = 0; lane < TRI_LANES; lane++) {
            const uint64_t mask = ~(uint64_t)0 >> (64 - r.n);
            const uint64_t way = tri_test_rand(&seed);

            r.x[lane] = tri_test_rand(&seed) & mask;
            r.c[lane] = tri_test_rand(&seed) & mask;
            if (way & 1)
                r.c[lane] = r.x[lane];
            if ((way & 3) == 3)
                r.c[lane] ^= (uint64_t)1 << (way >> 8) % r.n;
            if (way % 16 == 2)
                r.x[lane] = 0;
            if (way % 16 == 4)
                r.c[lane] = mask;
        }
        fill_masks(r.beta, &seed);
        fill_masks(r.spec, &seed);
        if (turn % 4)
            memset(r.spec, 0, sizeof r.spec);
        compare(&r, &seed);
        CHECK(c, run_is_right(&r), WRONG, r.n, (unsigned long long)c->seed);
    }
}

/* Chi-square of `count` over cells first..first+cells-1; 1 if it is within
 * eight standard deviations of its mean, which chance leaves about never. */
static int uniform(const uint32_t *count, size_t first, size_t cells)
{
    double total = 0, chi = 0;
    const double df = (double)(cells - 1);

    for (size_t i = first; i < first + cells; i++)
        total += count[i];
    for (size_t i = first; i < first + cells; i++) {
        const double mean = total / (double)cells;
        const double d = (double)count[i] - mean;

        chi += d * d / mean;
    }
    return total >= 20 * (double)cells && (chi - df) * (chi - df) < 64 * 2 * df;
}

/* What P2 opens besides the zero is uniform without 0 at every place, and what
 * one party sends is uniform, for operands that are as special as they get. */
static void check_opened(struct tri_check *c)
{
    static struct run r;
    static const uint64_t pairs[][2] = {
        { 0, 0 }, { 0xff, 0 }, { 0, 0xff }, { 0xe4, 0xe4 }, { 0x1b, 0xe4 }
    };
    uint64_t seed = c->seed;

    for (unsigned j = 0; j < 5 * 4; j++) {
        static uint32_t open[8][128], sent[2][8][128];

        r.n = 8;
        for (size_t lane = 0; lane < TRI_LANES; lane++) {
            r.x[lane] = pairs[j / 4][0];
            r.c[lane] = pairs[j / 4][1];
            r.beta[lane] = j & 1 ? 0xff : 0;
            r.spec[lane] = j & 2 ? 0xff : 0;
        }
        memset(open, 0, sizeof open);
        memset(sent, 0, sizeof sent);
        for (unsigned turn = 0; turn < 60; turn++) {
            compare(&r, &seed);
            for (size_t place = 0; place < r.n; place++)
                for (size_t lane = 0; lane < TRI_LANES; lane++) {
                    open[place][r.open.v[place][lane]]++;
                    for (unsigned t = 0; t < 2; t++)
                        sent[t][place][r.sent[t].v[place][lane]]++;
                }
        }
        for (size_t place = 0; place < r.n; place++) {
            const uint32_t *o = open[place];
            uint32_t rest = 0;

            for (size_t e = 1; e < P; e++)
                rest += o[e];
            CHECK(c, (o[0] == 0) != (rest == 0),
                  "place %zu is zero in some runs only", place);
            CHECK(c, rest == 0 || uniform(o, 1, P - 1),
                  "opened values at %zu are not uniform", place);
            for (unsigned t = 0; t < 2; t++)
                CHECK(c, uniform(sent[t][place], 0, P),
                      "what P%u sends at %zu is not uniform", t, place);
        }
    }
}

/* ---- sampling ------------------------------------------------------------ */

static void start(struct tri_prg *g, const struct tri_kernels *k,
                  uint64_t *seed)
{
    uint8_t key[32];

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)tri_test_rand(seed);
    tri_prg_init(g, k, key, TRI_PRG_CHACHA20);
}

/* tri_zp_uniform as core/zp.h puts it, a lane at a time. */
static void uniform_by_definition(struct tri_stream *s, tri_plane *out,
                                  size_t n, int nonzero)
{
    enum { MORE = 40 };
    static tri_plane cand[TRI_PLANES + TRI_SPARES + MORE];
    static struct planes raw;
    const size_t m = 3 + (nonzero ? 4 : 2) * n / (P + 1);
    size_t all;

    for (size_t i = 0; i < (7 * (n + m) + 7) / 8 * TRI_LANES; i++)
        tri_stream_read(s, &raw.v[i / TRI_LANES][i % TRI_LANES], 1);
    tri_zp_unpack_ref(cand, (const tri_plane *)raw.v, n + m);
    memcpy(out, cand, n * TRI_LANES);
    all = n + m;
    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        size_t next = n; /* the lane's next candidate that is not used yet */

        for (size_t i = 0; i < n; i++)
            while (out[i][lane] == P || (nonzero && out[i][lane] == 0)) {
                if (next == all && all < sizeof cand / sizeof *cand) {
                    for (size_t l = 0; l < TRI_LANES; l++) {
                        tri_stream_read(s, &cand[all][l], 1);
                        cand[all][l] &= P;
                    }
                    all++;
                }
                out[i][lane] = cand[next++][lane];
            }
    }
}

static void below_by_definition(struct tri_stream *s, uint8_t *out, unsigned n)
{
    uint64_t left = ~(uint64_t)0;
    unsigned low = 63;

    while (low > 0 && low / 2 >= n - 1)
        low /= 2;
    while (left != 0)
        for (size_t lane = 0; lane < TRI_LANES; lane++) {
            uint8_t byte;

            tri_stream_read(s, &byte, 1);
            if (!(left >> lane & 1))
                continue;
            out[lane] = byte & (uint8_t)low;
            if (out[lane] < n)
                left &= ~((uint64_t)1 << lane);
        }
}

/* Every variant draws what the definition draws, and leaves the stream at the
 * same place. */
static void check_sampling(struct tri_check *c)
{
    static struct planes want, got;
    const unsigned have = tri_cpu_detect() & VECTOR;
    uint64_t seed = c->seed;

    for (unsigned cpu = 0; cpu <= have; cpu++) {
        struct tri_kernels ref, k;
        struct tri_prg gw, gg;
        struct tri_stream sw, sg;
        uint64_t same_seed = seed, w, g;

        if (cpu & ~have)
            continue;
        tri_kernels_init(&ref, 0);
        tri_kernels_init(&k, cpu);
        start(&gw, &ref, &same_seed);
        start(&gg, &k, &seed);
        tri_stream_open(&sw, &gw, 3, 4);
        tri_stream_open(&sg, &gg, 3, 4);
        for (int nonzero = 0; nonzero < 2; nonzero++)
            for (size_t n = 0; n <= TRI_PLANES; n++) {
                blank(&want);
                blank(&got);
                uniform_by_definition(&sw, want.v, n, nonzero);
                tri_zp_uniform(&sg, got.v, n, nonzero);
                CHECK(c, same(&got, &want, n), FAILS, k.zp_name, "uniform", n,
                      nonzero, (unsigned long long)c->seed);
                tri_stream_read(&sw, &w, sizeof w);
                tri_stream_read(&sg, &g, sizeof g);
                CHECK(c, w == g, FAILS, k.zp_name, "stream after uniform", n,
                      nonzero, (unsigned long long)c->seed);
            }
        for (unsigned n = 1; n <= 64; n++) {
            blank(&want);
            blank(&got);
            below_by_definition(&sw, want.v[0], n);
            tri_zp_below(&sg, got.v[0], n);
            CHECK(c, same(&got, &want, 1), FAILS, k.zp_name, "below", (size_t)n,
                  0, (unsigned long long)c->seed);
            tri_stream_read(&sw, &w, sizeof w);
            tri_stream_read(&sg, &g, sizeof g);
            CHECK(c, w == g, FAILS, k.zp_name, "stream after below", (size_t)n,
                  0, (unsigned long long)c->seed);
        }
    }
}

static void check_uniform(struct tri_check *c)
{
    static struct planes x;
    static uint32_t count[256];
    uint32_t pair[2];
    uint64_t seed = c->seed;
    struct tri_kernels k;
    struct tri_prg g;
    struct tri_stream s;

    tri_kernels_init(&k, tri_cpu_detect());
    start(&g, &k, &seed);
    tri_stream_open(&s, &g, tri_prg_next(&g), 0);
    for (unsigned least = 0; least < 2; least++) {
        memset(count, 0, sizeof count);
        for (unsigned turn = 0; turn < 40; turn++) {
            tri_zp_uniform(&s, x.v, TRI_PLANES, (int)least);
            for (size_t j = 0; j < TRI_PLANES; j++)
                for (size_t lane = 0; lane < TRI_LANES; lane++)
                    count[x.v[j][lane]]++;
        }
        CHECK(c, uniform(count, least, P - least), "from %u on: uneven", least);
        for (size_t e = 0; e < 256; e++)
            CHECK(c, count[e] == 0 || (e >= least && e < P),
                  "from %u on: drew %zu", least, e);
    }

    for (unsigned n = 1; n <= 64; n++) {
        memset(count, 0, sizeof count);
        for (unsigned turn = 0; turn < 64; turn++) {
            tri_zp_below(&s, x.v[0], n);
            for (size_t lane = 0; lane < TRI_LANES; lane++)
                count[x.v[0][lane]]++;
        }
        CHECK(c, n == 1 || uniform(count, 0, n), "below %u: uneven", n);
        for (size_t e = n; e < 256; e++)
            CHECK(c, count[e] == 0, "below %u: drew %zu", n, e);
    }

    /* The measure itself: a die with one heavy side fails. */
    pair[0] = 10000;
    pair[1] = 12000;
    CHECK(c, !uniform(pair, 0, 2), "uneven counts pass as even");
}

const struct tri_check_entry tri_checks_zp[] = {
    { "zp_variants", check_variants }, { "zp_moves", check_moves },
    { "zp_fill", check_fill },         { "zp_meaning", check_meaning },
    { "zp_opened", check_opened },     { "zp_sampling", check_sampling },
    { "zp_uniform", check_uniform },
};
const size_t tri_checks_zp_n = sizeof tri_checks_zp / sizeof *tri_checks_zp;
