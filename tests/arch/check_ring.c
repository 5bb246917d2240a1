#include <string.h>
#include "arch/kernels.h"
#include "tests/checks.h"
#include "tests/support/words.h"

enum { MAX_N = 300, ROOM = 8, TRIALS = 400 };

enum op { ADD, SUB, MUL, MULADD, ADDC, RSUBC, SCALE, AXPY, SHR, OPS };

static const char *const op_name[OPS] = { "add",    "sub",  "mul",
                                          "muladd", "addc", "rsubc",
                                          "scale",  "axpy", "shr" };

static void call(const struct tri_kernels *k, enum op op, uint64_t *z,
                 const uint64_t *x, const uint64_t *y, uint64_t c, size_t n)
{
    switch (op) {
    case ADD:
        k->add(z, x, y, n);
        break;
    case SUB:
        k->sub(z, x, y, n);
        break;
    case MUL:
        k->mul(z, x, y, n);
        break;
    case MULADD:
        k->muladd(z, x, y, n);
        break;
    case ADDC:
        k->addc(z, x, c, n);
        break;
    case RSUBC:
        k->rsubc(z, x, c, n);
        break;
    case SCALE:
        k->scale(z, x, c, n);
        break;
    case AXPY:
        k->axpy(z, x, c, n);
        break;
    default:
        k->shr(z, x, (unsigned)(c % 64), n);
        break;
    }
}

/* x*y mod 2^64 by adding and doubling, so by no multiplication at all. */
static uint64_t slow_mul(uint64_t x, uint64_t y)
{
    uint64_t z = 0;

    for (; y != 0; y >>= 1, x += x)
        if (y & 1)
            z += x;
    return z;
}

static uint64_t define(enum op op, uint64_t z, uint64_t x, uint64_t y,
                       uint64_t c)
{
    switch (op) {
    case ADD:
        return x + y;
    case SUB:
        return x - y;
    case MUL:
        return slow_mul(x, y);
    case MULADD:
        return z + slow_mul(x, y);
    case ADDC:
        return x + c;
    case RSUBC:
        return c - x;
    case SCALE:
        return slow_mul(c, x);
    case AXPY:
        return z + slow_mul(c, x);
    default:
        return x >> c % 64;
    }
}

/* Every operation of every variant against its definition: every size up to
 * some vectors, then random ones; any alignment; apart and in place. */
static void tri_check_ring_ops(struct tri_check *c)
{
    static uint64_t x[MAX_N + 2 * ROOM], y[MAX_N + 2 * ROOM];
    static uint64_t z[MAX_N + 3 * ROOM], want[MAX_N + 3 * ROOM];

    for (size_t sub = 0; sub < tri_test_subsets(); sub++) {
        uint64_t seed = c->seed;
        struct tri_kernels k;

        tri_test_kernels(&k, sub);
        for (size_t trial = 0; trial < TRIALS; trial++)
            for (enum op op = 0; op < OPS; op++) {
                const size_t n =
                    trial < 80 ? trial : tri_test_rand(&seed) % MAX_N;
                const size_t ox = tri_test_rand(&seed) % ROOM;
                const size_t oy = tri_test_rand(&seed) % ROOM;
                const size_t oz = ROOM + tri_test_rand(&seed) % ROOM;
                const unsigned place = tri_test_rand(&seed) % 4;
                const uint64_t *px = x + ox, *py = y + oy;
                uint64_t cc;

                tri_test_words(x, MAX_N + 2 * ROOM, &seed);
                tri_test_words(y, MAX_N + 2 * ROOM, &seed);
                tri_test_words(z, MAX_N + 3 * ROOM, &seed);
                tri_test_words(&cc, 1, &seed);
                memcpy(want, z, sizeof z);
                if (place & 1)
                    px = z + oz;
                if (place & 2)
                    py = z + oz;
                for (size_t i = 0; i < n; i++)
                    want[oz + i] = define(op, z[oz + i], px[i], py[i], cc);
                call(&k, op, z + oz, px, py, cc, n);
                for (size_t i = 0; i < MAX_N + 3 * ROOM; i++)
                    CHECK(c, z[i] == want[i],
                          "%s/%s: seed 0x%llx trial %zu n %zu place %u "
                          "element %td",
                          op_name[op], k.ring_name, (unsigned long long)c->seed,
                          trial, n, place, (ptrdiff_t)i - (ptrdiff_t)oz);
            }
    }
}

static void tri_check_ring_dot(struct tri_check *c)
{
    static uint64_t x[MAX_N + 2 * ROOM], y[MAX_N + 2 * ROOM];

    for (size_t sub = 0; sub < tri_test_subsets(); sub++) {
        uint64_t seed = c->seed;
        struct tri_kernels k;

        tri_test_kernels(&k, sub);
        for (size_t trial = 0; trial < 2 * TRIALS; trial++) {
            const size_t n =
                trial < 160 ? trial / 2 : tri_test_rand(&seed) % MAX_N;
            const uint64_t *px = x + tri_test_rand(&seed) % ROOM;
            const uint64_t *py =
                trial & 1 ? px : y + tri_test_rand(&seed) % ROOM;
            uint64_t want = 0, got;

            tri_test_words(x, MAX_N + 2 * ROOM, &seed);
            tri_test_words(y, MAX_N + 2 * ROOM, &seed);
            for (size_t i = 0; i < n; i++)
                want += slow_mul(px[i], py[i]);
            got = k.dot(px, py, n);
            CHECK(c, got == want,
                  "dot/%s: seed 0x%llx trial %zu n %zu: 0x%llx, not 0x%llx",
                  k.ring_name, (unsigned long long)c->seed, trial, n,
                  (unsigned long long)got, (unsigned long long)want);
        }
    }
}

static void tri_check_ring_axpys(struct tri_check *c)
{
    enum { MAX_K = 20, LDX = 150 };
    static uint64_t x[MAX_K * LDX + ROOM], z[MAX_N + 3 * ROOM];
    static uint64_t want[MAX_N + 3 * ROOM], cc[MAX_K];

    for (size_t sub = 0; sub < tri_test_subsets(); sub++) {
        uint64_t seed = c->seed;
        struct tri_kernels k;

        tri_test_kernels(&k, sub);
        for (size_t trial = 0; trial < 5 * TRIALS; trial++) {
            const size_t count = trial % (MAX_K + 1);
            const size_t n = trial < 1000 ? trial / (MAX_K + 1)
                                          : tri_test_rand(&seed) % (LDX - 10);
            const size_t ldx = n + tri_test_rand(&seed) % (LDX - n);
            const uint64_t *px = x + tri_test_rand(&seed) % ROOM;
            const size_t oz = ROOM + tri_test_rand(&seed) % ROOM;

            tri_test_words(x, sizeof x / sizeof *x, &seed);
            tri_test_words(z, sizeof z / sizeof *z, &seed);
            tri_test_words(cc, MAX_K, &seed);
            memcpy(want, z, sizeof z);
            for (size_t p = 0; p < count; p++)
                for (size_t i = 0; i < n; i++)
                    want[oz + i] += slow_mul(px[p * ldx + i], cc[p]);
            k.axpys(z + oz, px, ldx, cc, count, n);
            for (size_t i = 0; i < sizeof z / sizeof *z; i++)
                CHECK(c, z[i] == want[i],
                      "axpys/%s: seed 0x%llx trial %zu k %zu n %zu element "
                      "%td",
                      k.ring_name, (unsigned long long)c->seed, trial, count, n,
                      (ptrdiff_t)i - (ptrdiff_t)oz);
        }
    }
}

const struct tri_check_entry tri_checks_ring[] = {
    { "ring/ops", tri_check_ring_ops },
    { "ring/dot", tri_check_ring_dot },
    { "ring/axpys", tri_check_ring_axpys },
};
const size_t tri_checks_ring_n =
    sizeof tri_checks_ring / sizeof *tri_checks_ring;
