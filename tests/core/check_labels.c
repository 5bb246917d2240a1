#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/chain.h"
#include "tests/checks.h"

/* The chain of labels as a whole (core/chain.h): always right, and what P2
 * sees is uniform whatever it deals. */

enum { LANES = TRI_CHAIN_LANES, PLANE = sizeof(tri_plane) };

/* ---- how numbers are cut ------------------------------------------------- */

static void check_plan(struct tri_check *c)
{
    for (unsigned bits = 1; bits <= 63; bits++) {
        struct tri_chain p, q;
        unsigned sum = 0, dealt = 0;

        tri_chain_plan(&p, bits);
        CHECK(c, p.digits >= 1 && p.digits <= TRI_CHAIN_DIGITS,
              "%u bits in %u digits", bits, p.digits);
        for (unsigned i = 0; i < p.digits; i++) {
            CHECK(c, p.w[i] >= 1 && p.w[i] <= TRI_CHAIN_BITS,
                  "%u bits: a digit of %u", bits, p.w[i]);
            sum += p.w[i];
            dealt += (1u << p.w[i]) - 1;
        }
        CHECK(c,
              sum == bits && dealt == p.dealt &&
                  p.answer == p.digits * p.digits,
              "%u bits: %u in digits, %u dealt, %u answered", bits, sum,
              p.dealt, p.answer);
        for (unsigned d = 1; d <= TRI_CHAIN_DIGITS; d++) {
            if (d > bits || bits > d * TRI_CHAIN_BITS)
                continue;
            tri_chain_cut(&q, bits, d);
            CHECK(c, p.dealt + 2 * p.answer <= q.dealt + 2 * q.answer,
                  "%u bits: %u digits cost less than %u", bits, d, p.digits);
        }
        if (bits == 31)
            CHECK(c, p.digits == 8 && p.dealt == 112, "31 bits: %u digits, %u",
                  p.digits, p.dealt);
        if (bits == 63)
            CHECK(c, p.digits == 13 && p.dealt == 371, "63 bits: %u digits, %u",
                  p.digits, p.dealt);
    }
}

/* ---- small cases, completely --------------------------------------------- */

/* Bit `at` of each of the numbers first .. first + 511. */
static void count_plane(tri_plane plane, uint64_t first, unsigned at)
{
    static const uint8_t low[3] = { 0xaa, 0xcc, 0xf0 };

    for (size_t i = 0; i < PLANE; i++)
        plane[i] =
            at < 3 ? low[at] : (uint8_t)(0 - ((first / 8 + i) >> (at - 3) & 1));
}

/* A stream that begins with these planes. */
static uint8_t *stuff(struct tri_stream *s, size_t planes)
{
    s->at = 0;
    s->end = (uint32_t)(planes * PLANE);
    return s->buf;
}

/* Lane by lane, the bits of some planes as a number. */
static void gather(const struct tri_kernels *k, uint64_t v[LANES],
                   const tri_plane *p, unsigned planes)
{
    static _Alignas(64) uint64_t w[64 * 8];

    memcpy(w, p, planes * PLANE);
    for (size_t b = 0; b < LANES / 64; b++)
        k->slice_transpose(v + 64 * b, 1, 64, w + b, 8, planes, 0);
}

/*
 * Every bit that P0 and P1 draw, every c, everything P2 may deal: `sum`, the
 * exclusive or of both shares, and P0's share, of which there are 2^free. What
 * is drawn is 2*answer bits and P2 sees as many: its view is uniform, and does
 * not depend on c or on what it dealt, if for each of these no view appears
 * twice. Where `sum` is the digits of an x, t must be right.
 */
static void enumerate(struct tri_check *c, unsigned bits, unsigned digits,
                      unsigned free_bits)
{
    static _Alignas(64) tri_plane dealt[8], number[8], a[16], b[16];
    static uint8_t seen[1 << 18];
    static uint64_t view[2][LANES];
    static struct tri_stream common, p0;
    struct tri_kernels k;
    struct tri_chain p;
    unsigned drawn, right = 0;

    tri_kernels_init(&k, tri_cpu_detect());
    tri_chain_cut(&p, bits, digits);
    drawn = 2 * p.answer;
    const unsigned at_sum = drawn, at_free = at_sum + p.dealt;
    const unsigned at_c = at_free + free_bits, all = at_c + bits;

    for (uint64_t first = 0; first >> all == 0; first += LANES) {
        _Alignas(64) tri_plane beta[2], t;
        uint8_t *to;

        for (unsigned i = 0; i < bits; i++)
            count_plane(number[i], first, at_c + i);
        for (unsigned j = 0; j < 2; j++) {
            to = stuff(&common, drawn);
            for (unsigned i = 0; i < drawn; i++)
                count_plane(to + i * PLANE, first, i);
            to = stuff(&p0, p.dealt);
            for (unsigned i = 0; i < p.dealt; i++) {
                count_plane(to + i * PLANE, first, at_free + i % free_bits);
                count_plane(dealt[i], first, at_sum + i);
                for (size_t l = 0; l < PLANE; l++)
                    dealt[i][l] ^= to[i * PLANE + l];
            }
            tri_chain_answer(&k, &p, j == 0 ? a[0] : b[0], &beta[j],
                             (const tri_plane *)number, &common,
                             j == 0 ? &p0 : NULL, j == 0 ? NULL : dealt[0],
                             LANES);
        }
        tri_chain_open(&k, &p, &t, a[0], b[0], LANES);
        gather(&k, view[0], (const tri_plane *)a, p.answer);
        gather(&k, view[1], (const tri_plane *)b, p.answer);
        for (size_t l = 0; l < LANES; l++) {
            const uint64_t here = first + l;
            const uint64_t v = view[0][l] | view[1][l] << p.answer;
            const uint64_t y = here >> at_c;
            uint64_t sum = here >> at_sum, x = 0;
            unsigned honest = 1;

            if (here >> drawn << drawn == here)
                memset(seen, 0, (size_t)1 << drawn);
            CHECK(c, seen[v]++ == 0, "view 0x%llx twice, case 0x%llx",
                  (unsigned long long)v, (unsigned long long)(here >> drawn));
            CHECK(c, (beta[0][l / 8] ^ beta[1][l / 8]) >> l % 8 % 2 == 0,
                  "P0 and P1 do not agree on beta");
            for (unsigned i = 0, low = 0; i < digits; low += p.w[i++]) {
                const unsigned n = (1u << p.w[i]) - 1;
                const uint64_t ge = sum & ((1u << n) - 1);

                honest &= (ge & (ge + 1)) == 0; /* ones, then zeros */
                for (unsigned j = 0; j < n; j++)
                    x += (ge >> j & 1) << low;
                sum >>= n;
            }
            if (!honest)
                continue;
            right++;
            CHECK(c, ((t[l / 8] ^ beta[0][l / 8]) >> l % 8 & 1) == (x < y),
                  "%llu < %llu is wrong", (unsigned long long)x,
                  (unsigned long long)y);
        }
    }
    CHECK(c, right == 1u << (2 * bits + drawn + free_bits),
          "%u cases were digits", right);
}

static void check_small(struct tri_check *c)
{
    enumerate(c, 4, 2, 6);
    if (c->msg[0] == '\0')
        enumerate(c, 3, 3, 1);
    if (c->msg[0] == '\0')
        enumerate(c, 3, 1, 7);
}

/* ---- real sizes ---------------------------------------------------------- */

static void put_number(tri_plane *planes, unsigned bits, size_t lane,
                       uint64_t v)
{
    for (unsigned b = 0; b < bits; b++)
        planes[b][lane / 8] =
            (uint8_t)(planes[b][lane / 8] | (v >> b & 1) << lane % 8);
}

static struct tri_prg generator(const struct tri_kernels *k, uint64_t *seed)
{
    struct tri_prg g;
    uint8_t key[32] = { 0 };

    *seed = tri_test_rand(seed);
    memcpy(key, seed, sizeof *seed);
    tri_prg_init(&g, k, key, TRI_PRG_CHACHA20);
    return g;
}

/* Every width, every number of lanes in the last byte; messages have the bytes
 * they should have and none more. */
static void check_sizes(struct tri_check *c)
{
    enum { ROOM = 371 * PLANE, EDGE = 0xa5 };
    static const size_t sizes[] = { 1, 8, 9, 63, 64, 100, 447, 511, 512 };
    static uint8_t wire[3][ROOM + 64];
    static struct tri_stream common, dealt;
    uint64_t seed = c->seed;
    struct tri_kernels k;

    tri_kernels_init(&k, tri_cpu_detect());
    for (unsigned bits = 1; bits <= 63; bits++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            const size_t n = sizes[i];
            _Alignas(64) tri_plane x[64] = { { 0 } }, y[64] = { { 0 } };
            _Alignas(64) tri_plane beta[2], t;
            uint64_t v[LANES], w[LANES];
            const struct tri_prg g = generator(&k, &seed);
            struct tri_chain p;

            tri_chain_plan(&p, bits);
            for (size_t l = 0; l < n; l++) {
                const uint64_t mask = ((uint64_t)1 << bits) - 1;
                const uint64_t r = tri_test_rand(&seed);

                v[l] = tri_test_rand(&seed) & mask;
                w[l] = (r % 8 == 0   ? v[l]
                        : r % 8 == 1 ? v[l] + 1
                        : r % 8 == 2 ? v[l] - 1
                        : r % 8 == 3 ? 0
                        : r % 8 == 4 ? mask
                        : r % 8 == 5 ? v[l] ^ (uint64_t)1 << r / 8 % bits
                                     : tri_test_rand(&seed)) &
                       mask;
                put_number(x, bits, l, v[l]);
                put_number(y, bits, l, w[l]);
            }
            memset(wire, EDGE, sizeof wire);
            tri_stream_open(&dealt, &g, 1, 0);
            tri_chain_deal(&k, &p, wire[2], (const tri_plane *)x, &dealt, n);
            for (unsigned j = 0; j < 2; j++) {
                tri_stream_open(&common, &g, 2, 0);
                tri_stream_open(&dealt, &g, 1, 0);
                tri_chain_answer(
                    &k, &p, wire[j], &beta[j], (const tri_plane *)y, &common,
                    j == 0 ? &dealt : NULL, j == 0 ? NULL : wire[2], n);
            }
            tri_chain_open(&k, &p, &t, wire[0], wire[1], n);
            for (size_t l = 0; l < n; l++)
                CHECK(c,
                      ((t[l / 8] ^ beta[0][l / 8]) >> l % 8 & 1) ==
                          (v[l] < w[l]),
                      "%u bits, %zu lanes: %llu < %llu is wrong", bits, n,
                      (unsigned long long)v[l], (unsigned long long)w[l]);
            for (unsigned j = 0; j < 3; j++) {
                const size_t bytes =
                    tri_chain_bytes(j == 2 ? p.dealt : p.answer, n);

                for (size_t at = bytes; at < sizeof wire[j]; at++)
                    CHECK(c, wire[j][at] == EDGE,
                          "%u bits, %zu lanes: message %u is longer than %zu",
                          bits, n, j, bytes);
            }
        }
}

const struct tri_check_entry tri_checks_labels[] = {
    { "labels/plan", check_plan },
    { "labels/small", check_small },
    { "labels/sizes", check_sizes },
};
const size_t tri_checks_labels_n =
    sizeof tri_checks_labels / sizeof *tri_checks_labels;
