#include <stdio.h>
#include <string.h>
#include "arch/field.h"
#include "arch/kernels.h"
#include "proto/verify/prime.h"
#include "tests/checks.h"
#include "tests/support/words.h"

/* Kernels modulo a prime, and of integers made of words: the reference against
 * the definition in other words, variants against the reference. */
enum { MOST = 600, ROOM = 16 };

static uint64_t x[4][MOST + ROOM], y[MOST + ROOM], bits[MOST];
static uint64_t want[2][3 * MOST], got[2][3 * MOST];

/* A prime of 50 bits, near an end of the range in two trials of three. */
static void a_field(struct tri_field *f, size_t trial, uint64_t *seed)
{
    uint64_t p = ((uint64_t)1 << 49) + 1;

    if (trial % 3 == 1)
        p = ((uint64_t)1 << 50) - 1;
    if (trial % 3 == 2)
        p += tri_test_rand(seed) >> 15 & ~(uint64_t)1;
    while (!tri_is_prime(p))
        p = trial % 3 == 1 ? p - 2 : p + 2;
    tri_field_init(f, p);
}

/* Elements, the greatest and the least of them often. */
static void elements(uint64_t *p, size_t n, const struct tri_field *f,
                     uint64_t *seed)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t r = tri_test_rand(seed);

        p[i] = r % 4 == 0   ? f->p - 1 - r / 4 % 2
               : r % 4 == 1 ? r / 4 % 2
                            : tri_test_rand(seed) % f->p;
    }
}

static void masks(uint64_t *p, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++)
        p[i] = tri_test_rand(seed) >> 16;
}

static void canaries(uint64_t *seed)
{
    tri_test_words(want[0], 6 * MOST, seed);
    memcpy(got, want, sizeof want);
}

static int same(struct tri_check *c, const char *slot, const char *isa,
                size_t trial)
{
    for (unsigned a = 0; a < 2; a++)
        for (size_t i = 0; i < 3 * MOST; i++)
            if (got[a][i] != want[a][i])
                return tri_check_fail(c, "%s/%s: trial %zu, array %u, word %zu",
                                      slot, isa, trial, a, i);
    return 1;
}

/* ---- the reference ---------------------------------------------------------
 */

/* a * b mod p by doubling. */
static uint64_t slow_mul(uint64_t a, uint64_t b, uint64_t p)
{
    uint64_t z = 0;

    for (a %= p; b != 0; b >>= 1, a = a + a < p ? a + a : a + a - p)
        if (b & 1)
            z = z + a < p ? z + a : z + a - p;
    return z;
}

static void check_numbers(struct tri_check *c)
{
    uint64_t seed = c->seed;
    unsigned small = 0;

    for (uint64_t n = 3; n < 20000; n += 2) {
        int prime = 1;

        for (uint64_t d = 3; d * d <= n; d += 2)
            prime &= n % d != 0;
        small += (unsigned)prime;
        CHECK(c, tri_is_prime(n) == prime, "%llu", (unsigned long long)n);
    }
    CHECK(c, small == 2261, "%u primes below 20000", small);
    /* Strong pseudoprimes to many bases, and squares of primes. */
    CHECK(c,
          !tri_is_prime(3215031751) && !tri_is_prime(3474749660383) &&
              !tri_is_prime(341550071728321) &&
              !tri_is_prime((uint64_t)33554393 * 33554393) &&
              tri_is_prime(1125899906842597),
          "Miller-Rabin");
    for (size_t trial = 0; trial < 3000; trial++) {
        struct tri_field f;
        uint64_t a, b;

        if (trial % 4 == 3) {
            uint64_t p = 257 + 2 * (tri_test_rand(&seed) % 1000);

            while (!tri_is_prime(p))
                p += 2;
            tri_field_init(&f, p);
        } else {
            a_field(&f, trial, &seed);
        }
        elements(&a, 1, &f, &seed);
        tri_test_words(&b, 1, &seed);
        CHECK(c, tri_field_mul(&f, a, b) == slow_mul(a, b, f.p),
              "%llu * %llu mod %llu", (unsigned long long)a,
              (unsigned long long)b, (unsigned long long)f.p);
        CHECK(c,
              f.p * f.minus == ~(uint64_t)0 &&
                  f.two104 == slow_mul(slow_mul(1, (uint64_t)1 << 52, f.p),
                                       (uint64_t)1 << 52, f.p),
              "constants of %llu", (unsigned long long)f.p);
    }
}

/* The values of a level are those of the polynomials, found by interpolation at
 * points, one variable after the other. */
static void check_values(struct tri_check *c)
{
    uint64_t seed = c->seed;

    for (unsigned s = 0; s <= TRI_FIELD_VARS; s++) {
        const size_t rows = (size_t)1 << s;
        uint64_t q[TRI_FIELD_VALUES] = { 0 }, w[16], direct = 0, at[4], sum = 0;
        struct tri_field f;
        size_t n = 1;

        a_field(&f, s, &seed);
        elements(x[0], rows * TRI_ROW, &f, &seed);
        elements(x[1], rows * TRI_ROW, &f, &seed);
        elements(at, 4, &f, &seed);
        tri_field_values_ref(q, x[0], x[1], s, 1, &f);
        for (unsigned j = 0; j < s; j++)
            n *= 3;
        /* q(at) = sum of q[k] * (1-t-.., t, t^2-t) in each variable. */
        for (size_t k = 0; k < n; k++) {
            uint64_t t = q[k];
            size_t d = k;

            for (unsigned j = 0; j < s; j++, d /= 3) {
                const uint64_t r = at[j], one = tri_field_sub(&f, 1, r);
                const uint64_t by =
                    d % 3 == 0   ? one
                    : d % 3 == 1 ? r
                                 : tri_field_sub(&f, 0, slow_mul(r, one, f.p));

                t = slow_mul(t, by, f.p);
            }
            sum = tri_field_add(&f, sum, t);
        }
        for (size_t k = 0; k < rows; k++) {
            w[k] = 1;
            for (unsigned j = 0; j < s; j++)
                w[k] = slow_mul(
                    w[k], k >> j & 1 ? at[j] : tri_field_sub(&f, 1, at[j]),
                    f.p);
        }
        for (size_t i = 0; i < TRI_ROW; i++) {
            uint64_t u = 0, v = 0;

            for (size_t k = 0; k < rows; k++) {
                u = tri_field_add(&f, u,
                                  slow_mul(w[k], x[0][k * TRI_ROW + i], f.p));
                v = tri_field_add(&f, v,
                                  slow_mul(w[k], x[1][k * TRI_ROW + i], f.p));
            }
            direct = tri_field_add(&f, direct, slow_mul(u, v, f.p));
        }
        CHECK(c, sum == direct, "values of %u variables", s);
    }
}

/* h0 + 2^21 h1 + 2^43 h2 = floor((x0 y1 + y0 x1 - m) / 2^64), from sums of
 * halves. */
static void check_carry(struct tri_check *c)
{
    uint64_t seed = c->seed;

    for (size_t trial = 0; trial < 4000; trial++) {
        static uint64_t v[5][TRI_PLACES], z[TRI_CARRIED];
        const size_t at = trial % TRI_PLACES;
        uint64_t h0, h1, h2, lo, limb[5] = { 0 };
        const unsigned shift = 16 * (unsigned)(tri_test_rand(&seed) % 4);
        uint64_t carry = 0;

        tri_test_words(v[0], 5 * TRI_PLACES, &seed);
        for (size_t i = 0; i < 5 && trial % 3 == 0; i++) /* ends */
            memset(v[i], tri_test_rand(&seed) % 2 ? 0xff : 0, sizeof v[i]);
        tri_words_carry_ref(z, v[0], v[1], v[2], v[3], v[4], shift, 1);
        h0 = (uint64_t)((int64_t)z[at] >> 32);
        h1 = (uint32_t)z[at];
        h2 = (uint32_t)(z[TRI_PLACES + at / 2] >> 32 * (at % 2));
        lo = h0 + (h1 << 21) + (h2 << 43);
        for (size_t i = 0; i < TRI_CARRIED; i++)
            z[i] *= TRI_CARRY_MOST;
        CHECK(c,
              (uint64_t)((int64_t)z[at] >> 32) == h0 * TRI_CARRY_MOST &&
                  (uint32_t)z[at] == h1 * TRI_CARRY_MOST &&
                  (uint32_t)(z[TRI_PLACES + at / 2] >> 32 * (at % 2)) ==
                      h2 * TRI_CARRY_MOST,
              "trial %zu: sums", trial);
        for (unsigned p = 0; p < 2; p++) {
            const uint64_t a = v[2 * p][at] << shift, b = v[3 - 2 * p][at];

            for (unsigned i = 0; i < 2; i++)
                for (unsigned j = 0; j < 2; j++) {
                    const uint64_t t = (uint64_t)(uint32_t)(a >> 32 * i) *
                                       (uint32_t)(b >> 32 * j);

                    limb[i + j] += (uint32_t)t;
                    limb[i + j + 1] += t >> 32;
                }
        }
        limb[0] -= (uint32_t)(v[4][at] << shift);
        limb[1] -= v[4][at] << shift >> 32;
        for (unsigned i = 0; i < 5; i++) {
            limb[i] += carry;
            carry = (uint64_t)((int64_t)limb[i] >> 32);
            if (i < 4)
                limb[i] = (uint32_t)limb[i];
        }
        CHECK(c,
              lo == limb[2] + (limb[3] << 32) && h1 >> 22 == 0 &&
                  (h0 + 1) >> 22 == 0 &&
                  (h2 >> 21 == limb[4] || (h0 >> 63) != 0),
              "trial %zu: %llx %llx %llx", trial, (unsigned long long)h0,
              (unsigned long long)h1, (unsigned long long)h2);
    }
}

/* ---- variants --------------------------------------------------------------
 */

/* Every subset of the vector instruction sets, then all that this CPU has. */
static int table(struct tri_kernels *k, size_t sub)
{
    const size_t subsets = tri_test_subsets();

    if (sub > subsets)
        return 0;
    if (sub < subsets)
        tri_test_kernels(k, sub);
    else
        tri_kernels_init(k, tri_cpu_detect());
    return 1;
}

/* The values of raw words, and rows folded, also where they stand. */
static int level(struct tri_check *c, const struct tri_kernels *k,
                 const struct tri_field *f, size_t trial, uint64_t *seed)
{
    static const unsigned sizes[] = { 64, TRI_FIELD_SMALL, TRI_FIELD_BITS - 1,
                                      1 };
    const unsigned xb = sizes[trial % 4], yb = sizes[trial / 4 % 4];
    const size_t terms = 1 + tri_test_rand(seed) % 16;
    const size_t groups = tri_test_rand(seed) % 19;
    const size_t rows = groups * 4 / terms;
    const uint64_t *const g = trial % 3 == 0 ? NULL : y;

    for (unsigned i = 0; i < 2; i++) {
        tri_test_words(x[i], MOST + ROOM, seed);
        for (size_t j = 0; j < MOST + ROOM; j++)
            x[i][j] &= ~(uint64_t)0 >> (64 - (i == 0 ? xb : yb));
    }
    canaries(seed);
    elements(want[0], 9, f, seed);
    memcpy(got[0], want[0], sizeof got[0]);
    k->field_first(got[0], y + 3, y + 100, x[0] + 1, xb, x[1] + 3, yb, groups,
                   f);
    tri_field_first_ref(want[0], y + 3, y + 100, x[0] + 1, xb, x[1] + 3, yb,
                        groups, f);
    if (!same(c, "first", k->field_name, trial))
        return 0;
    memcpy(got[0], x[0], sizeof *x[0] * MOST);
    memcpy(want[0], x[0], sizeof *x[0] * MOST);
    k->field_fold(got[0], g, y + 200, terms, got[0], xb, rows, f);
    tri_field_fold_ref(want[0], g, y + 200, terms, x[0], xb, rows, f);
    return same(c, "fold", k->field_name, trial);
}

static void one(struct tri_check *c, const struct tri_kernels *k, size_t trial,
                uint64_t *seed)
{
    static uint64_t tab[TRI_FIELD_TABLES][16];
    struct tri_field f;
    const size_t o = tri_test_rand(seed) % TRI_ROW,
                 ox = tri_test_rand(seed) % 8;
    const size_t rows = trial < 40 ? trial : tri_test_rand(seed) % 64;
    const unsigned shift = 16 * (unsigned)(tri_test_rand(seed) % 4);
    const unsigned s = (unsigned)(tri_test_rand(seed) % 5);
    const size_t n = rows, ld = 1 + tri_test_rand(seed) % 40;
    uint64_t(*dots)[3] = (uint64_t(*)[3])got[0];
    uint64_t(*dots_ref)[3] = (uint64_t(*)[3])want[0];

    a_field(&f, trial, seed);
    for (unsigned i = 0; i < 4; i++)
        tri_test_words(x[i], MOST + ROOM, seed);
    masks(bits, MOST, seed);
    elements(y, MOST + ROOM, &f, seed);

    elements(&tab[0][0], sizeof tab / 8, &f, seed);
    canaries(seed);
    k->field_weights(got[0] + o, (const uint64_t(*)[16])tab, bits + ox, rows,
                     &f);
    tri_field_weights_ref(want[0] + o, (const uint64_t(*)[16])tab, bits + ox,
                          rows, &f);
    if (!same(c, "weights", k->field_name, trial))
        return;

    canaries(seed);
    memcpy(got[0] + o, y + ox, rows * TRI_ROW * sizeof *y);
    memcpy(want[0] + o, y + ox, rows * TRI_ROW * sizeof *y);
    k->field_scale(got[0] + o, trial % 2 ? y + ox : got[0] + o, x[0] + ox, rows,
                   &f);
    tri_field_scale_ref(want[0] + o, y + ox, x[0] + ox, rows, &f);
    if (!same(c, "scale", k->field_name, trial))
        return;

    { /* groups, terms and words that fit */
        const size_t words = 8 * (1 + tri_test_rand(seed) % 3);
        const size_t groups = tri_test_rand(seed) % 5;
        const size_t terms = trial % 7 == 0 ? 580 : tri_test_rand(seed) % 20;
        const size_t step = trial % 7 == 0 ? 0 : tri_test_rand(seed) % 20;
        const unsigned bits_of[] = { 64, TRI_FIELD_SMALL, TRI_FIELD_SMALL + 1,
                                     TRI_FIELD_BITS };
        const unsigned w = bits_of[trial % 4];
        const uint64_t *in = w == TRI_FIELD_BITS ? y : x[0];

        for (size_t i = 0; i < MOST + ROOM && w > TRI_FIELD_BITS; i++)
            x[0][i] &= ~(uint64_t)0 >> (64 - w);
        canaries(seed);
        elements(want[0], MOST, &f, seed);
        memcpy(got[0], want[0], sizeof got[0]);
        k->field_comb(got[0] + o, y, terms, in + ox, w, 5, step, groups, words,
                      &f);
        tri_field_comb_ref(want[0] + o, y, terms, in + ox, w, 5, step, groups,
                           words, &f);
        if (!same(c, "comb", k->field_name, trial))
            return;
    }

    canaries(seed);
    elements(want[0], TRI_FIELD_VALUES, &f, seed);
    memcpy(got[0], want[0], sizeof got[0]);
    elements(x[0], MOST, &f, seed);
    {
        const size_t groups =
            tri_test_rand(seed) % ((size_t)(MOST >> s) / TRI_ROW);

        k->field_values(got[0], x[0] + ox, y + o, s, groups, &f);
        tri_field_values_ref(want[0], x[0] + ox, y + o, s, groups, &f);
    }
    if (!same(c, "values", k->field_name, trial))
        return;
    if (!level(c, k, &f, trial, seed))
        return;
    tri_test_words(x[0], MOST + ROOM, seed);

    canaries(seed);
    k->words_carry(got[0] + o, x[0] + ox, x[1] + o, x[2] + ox, x[3] + o, y + ox,
                   shift, n / 6);
    tri_words_carry_ref(want[0] + o, x[0] + ox, x[1] + o, x[2] + ox, x[3] + o,
                        y + ox, shift, n / 6);
    if (!same(c, "carry", k->words_name, trial))
        return;

    { /* elements of 2, 4 or 8 bytes; y is 0 or 1 half of the time */
        const unsigned bytes = 2u << trial % 3;
        const size_t groups = trial < 40 ? trial % 5 : trial % 19;

        for (size_t i = 0; i < MOST && trial % 2; i++)
            x[1][i] &= 0x0001000100010001;
        canaries(seed);
        k->narrow_widen(got[0] + o, (const uint8_t *)x[0] + bytes * ox, bytes,
                        rows);
        tri_narrow_widen_ref(want[0] + o, (const uint8_t *)x[0] + bytes * ox,
                             bytes, rows);
        if (!same(c, "widen", k->narrow_name, trial))
            return;
        k->narrow_borrow(got[0] + o, x[0], x[1], x[2], bytes, bits, groups);
        tri_narrow_borrow_ref(want[0] + o, x[0], x[1], x[2], bytes, bits,
                              groups);
        if (!same(c, "borrow", k->narrow_name, trial))
            return;
        canaries(seed);
        k->narrow_rest(got[0] + o, x[0] + ox, x[1], x[2], x[3], n);
        tri_narrow_rest_ref(want[0] + o, x[0] + ox, x[1], x[2], x[3], n);
        if (!same(c, "rest", k->narrow_name, trial))
            return;
    }
    { /* 48 sums of at most 29 words each */
        const size_t wide = tri_test_rand(seed) % 30;
        const size_t most = (MOST - 29) / ld;
        const size_t count = rows < most ? rows : most;

        canaries(seed);
        k->words_project(got[0] + o, 30, x[0] + ox, ld, bits, count, wide);
        tri_words_project_ref(want[0] + o, 30, x[0] + ox, ld, bits, count,
                              wide);
        if (!same(c, "project", k->words_name, trial))
            return;
    }
    canaries(seed);
    {
        const size_t a = 1 + tri_test_rand(seed) % 8;
        const size_t b = 1 + tri_test_rand(seed) % 8;

        k->words_dots(dots, x[0] + ox, x[2] + o, ld, a, x[1] + o, x[3] + ox,
                      ld + 1, b, n);
        tri_words_dots_ref(dots_ref, x[0] + ox, x[2] + o, ld, a, x[1] + o,
                           x[3] + ox, ld + 1, b, n);
    }
    if (!same(c, "dots", k->words_name, trial))
        return;
    canaries(seed);
    {
        const size_t b = 1 + tri_test_rand(seed) % 40;
        const size_t most = 160 / b, a = 1 + tri_test_rand(seed) % most;
        const size_t fit = (MOST - b) / (b + 1);

        k->words_outer(dots, b, x[0] + ox, x[2] + o, fit / a, a, x[1] + o,
                       x[3] + ox, b + 1, b, n < fit / a ? n : fit / a);
        tri_words_outer_ref(dots_ref, b, x[0] + ox, x[2] + o, fit / a, a,
                            x[1] + o, x[3] + ox, b + 1, b,
                            n < fit / a ? n : fit / a);
    }
    (void)same(c, "outer", k->words_name, trial);
}

static void check_variants(struct tri_check *c)
{
    struct tri_kernels k;

    for (size_t sub = 0; table(&k, sub); sub++) {
        uint64_t seed = c->seed;

        for (size_t trial = 0; trial < 400 && c->msg[0] == '\0'; trial++)
            one(c, &k, trial, &seed);
    }
}

/* Sums as long as any that are taken before they are carried. */
static void check_long(struct tri_check *c)
{
    enum { LONG = 9000 };
    static uint64_t big[LONG * TRI_ROW], w[LONG];
    struct tri_kernels k;

    for (size_t sub = 0; table(&k, sub); sub++) {
        uint64_t seed = c->seed, q[9] = { 0 }, r[9] = { 0 }, row[TRI_ROW];
        uint64_t a[64][3] = { { 0 } }, b[64][3] = { { 0 } };
        struct tri_field f;

        a_field(&f, 1, &seed);
        memset(big, 0xff, sizeof big);
        k.words_dots(a, big, big, 0, 3, big, big, 0, 3, LONG * TRI_ROW);
        tri_words_dots_ref(b, big, big, 0, 3, big, big, 0, 3, LONG * TRI_ROW);
        CHECK(c, memcmp(a, b, sizeof a) == 0, "long sums/%s", k.words_name);
        k.words_outer(a, 8, big, big, 0, 5, big, big, 0, 8, LONG);
        tri_words_outer_ref(b, 8, big, big, 0, 5, big, big, 0, 8, LONG);
        CHECK(c, memcmp(a, b, sizeof a) == 0, "long outer/%s", k.words_name);
        for (size_t i = 0; i < LONG; i++)
            w[i] = (((uint64_t)1 << 50) - 1) & ~((uint64_t)1 << 25);
        for (unsigned of = 64; of >= TRI_FIELD_SMALL; of -= 12) {
            for (size_t i = 0; i < LONG * TRI_ROW; i++)
                big[i] = ~(uint64_t)0 >> (64 - of);
            k.field_comb(q, w, LONG, big, of, 0, TRI_ROW, 1, TRI_ROW, &f);
            tri_field_comb_ref(r, w, LONG, big, of, 0, TRI_ROW, 1, TRI_ROW, &f);
            CHECK(c, memcmp(q, r, sizeof q) == 0, "long comb/%s", k.field_name);
        }
        memset(big, 0xff, sizeof big);
        k.field_first(q, w, w, big, 64, big, 64, LONG / 4, &f);
        tri_field_first_ref(r, w, w, big, 64, big, 64, LONG / 4, &f);
        CHECK(c, memcmp(q, r, sizeof q) == 0, "long first/%s", k.field_name);
        tri_field_fold_ref(row, w, w, 16, big, 64, 1, &f);
        k.field_fold(big, w, w, 16, big, 64, 200, &f);
        CHECK(c, memcmp(big + 199 * TRI_ROW, row, sizeof row) == 0,
              "long fold/%s", k.field_name);
        for (size_t i = 0; i < LONG * TRI_ROW; i++)
            big[i] = f.p - 1;
        k.field_values(q, big, big, 0, LONG, &f);
        tri_field_values_ref(r, big, big, 0, LONG, &f);
        k.field_values(q, big, big, 2, LONG / 4, &f);
        tri_field_values_ref(r, big, big, 2, LONG / 4, &f);
        CHECK(c, memcmp(q, r, sizeof q) == 0, "long values/%s", k.field_name);
    }
}

const struct tri_check_entry tri_checks_field[] = {
    { "field/numbers", check_numbers }, { "field/values", check_values },
    { "field/carry", check_carry },     { "field/variants", check_variants },
    { "field/long", check_long },
};
const size_t tri_checks_field_n =
    sizeof tri_checks_field / sizeof *tri_checks_field;
