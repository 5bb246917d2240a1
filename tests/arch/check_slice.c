#include <string.h>
#include "arch/kernels.h"
#include "tests/arch/ring.h"
#include "tests/arch/slice.h"
#include "tests/checks.h"
#include "tests/support/words.h"

/* Kernels of replicated sharing against what they are for: the components of a
 * product that three parties compute add up to the product of the sums. */
enum { MAX_N = 200, ROOM = 8, ALL = MAX_N + 3 * ROOM, INPUTS = 5 };

/* Every subset of this CPU's instruction sets, then the model of AVX-512. */
static int table(struct tri_kernels *k, size_t sub)
{
    const size_t subsets = tri_test_subsets();

    if (sub > subsets - TRI_TEST_BIG)
        return 0;
    if (sub < subsets) {
        tri_test_kernels(k, sub);
    } else {
        tri_kernels_init(k, 0);
        tri_ring_in_c(k);
        tri_slice_in_c(k);
    }
    return 1;
}

enum op { MUL, AND, MAJ, OPS };

static const char *const op_name[OPS] = { "rss_mul", "and", "maj" };

static void call(const struct tri_kernels *k, enum op op, uint64_t *z,
                 const uint64_t *const v[INPUTS], size_t n)
{
    if (op == MUL)
        k->rss_mul(z, v[0], v[1], v[2], v[3], v[4], n);
    else if (op == AND)
        k->slice_and(z, v[0], v[1], v[2], v[3], v[4], n);
    else
        k->slice_maj(z, v[0], v[1], v[2], n);
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

/* Where the definition has AND and XOR, bit by bit modulo 2. */
static uint64_t define(enum op op, const uint64_t v[INPUTS])
{
    uint64_t z = 0;

    if (op == MUL)
        return slow_mul(v[0], v[2]) + slow_mul(v[0], v[3]) +
               slow_mul(v[1], v[2]) + v[4];
    for (unsigned b = 0; b < 64; b++) {
        unsigned d[INPUTS];

        for (size_t j = 0; j < INPUTS; j++)
            d[j] = (unsigned)(v[j] >> b & 1);
        z |= (uint64_t)((op == AND
                             ? d[0] * d[2] + d[0] * d[3] + d[1] * d[2] + d[4]
                             : d[0] * d[1] + d[2]) %
                        2)
             << b;
    }
    return z;
}

/* Every size up to some vectors, then random ones; any alignment; apart, and z
 * in the place of any input or of two; nothing else is written. */
static void check_words(struct tri_check *c)
{
    static uint64_t in[INPUTS][ALL], z[ALL], want[ALL];

    struct tri_kernels k;

    for (size_t sub = 0; table(&k, sub); sub++) {
        uint64_t seed = c->seed;

        for (size_t trial = 0; trial < 900; trial++)
            for (enum op op = 0; op < OPS; op++) {
                const size_t n =
                    trial < 480 ? trial / 12 : tri_test_rand(&seed) % MAX_N;
                const size_t oz = ROOM + tri_test_rand(&seed) % ROOM;
                const size_t place[] = { tri_test_rand(&seed) % (2 * INPUTS),
                                         tri_test_rand(&seed) % (2 * INPUTS) };
                const uint64_t *v[INPUTS];

                tri_test_words(in[0], INPUTS * ALL, &seed);
                tri_test_words(z, ALL, &seed);
                memcpy(want, z, sizeof z);
                for (size_t j = 0; j < INPUTS; j++)
                    v[j] = j == place[0] || j == place[1]
                               ? z + oz
                               : in[j] + tri_test_rand(&seed) % ROOM;
                for (size_t i = 0; i < n; i++) {
                    uint64_t e[INPUTS];

                    for (size_t j = 0; j < INPUTS; j++)
                        e[j] = v[j][i];
                    want[oz + i] = define(op, e);
                }
                call(&k, op, z + oz, v, n);
                for (size_t i = 0; i < ALL; i++)
                    CHECK(c, z[i] == want[i],
                          "%s/%s: seed 0x%llx trial %zu n %zu places %zu %zu "
                          "element %td",
                          op_name[op], op == MUL ? k.ring_name : k.slice_name,
                          (unsigned long long)c->seed, trial, n, place[0],
                          place[1], (ptrdiff_t)i - (ptrdiff_t)oz);
            }
    }
}

/* Every number of words and of planes, at any distance; every word between and
 * around the planes stays. */
static void check_transpose(struct tri_check *c)
{
    enum { SIDE = 64, FAR = 5, AREA = SIDE * FAR + 2 * ROOM };
    static uint64_t x[AREA], z[AREA], want[AREA];

    struct tri_kernels k;

    for (size_t sub = 0; table(&k, sub); sub++) {
        uint64_t seed = c->seed;

        for (size_t trial = 0; trial < 65 * 65 + 600; trial++) {
            const size_t n = trial < 65 * 65 ? trial / 65 : SIDE;
            const size_t planes = trial % 65;
            const size_t ldx = trial % 2 ? 1 : 1 + tri_test_rand(&seed) % FAR;
            const size_t ldz = 1 + tri_test_rand(&seed) % FAR;
            const unsigned shift =
                (unsigned)(tri_test_rand(&seed) % (65 - planes));
            const uint64_t *const from = x + tri_test_rand(&seed) % ROOM;
            const size_t oz = ROOM + tri_test_rand(&seed) % ROOM;

            tri_test_words(x, AREA, &seed);
            tri_test_words(z, AREA, &seed);
            memcpy(want, z, sizeof z);
            for (size_t b = 0; b < planes; b++)
                want[oz + b * ldz] = 0;
            for (size_t i = 0; i < n; i++)
                for (size_t b = 0; b < planes; b++)
                    if (from[i * ldx] & (uint64_t)1 << (shift + b))
                        want[oz + b * ldz] += (uint64_t)1 << i;
            k.slice_transpose(z + oz, ldz, planes, from, ldx, n, shift);
            for (size_t i = 0; i < AREA; i++)
                CHECK(c, z[i] == want[i],
                      "transpose/%s: seed 0x%llx trial %zu words %zu, %zu "
                      "apart, shift %u, planes %zu, %zu apart, word %td",
                      k.slice_name, (unsigned long long)c->seed, trial, n, ldx,
                      shift, planes, ldz, (ptrdiff_t)i - (ptrdiff_t)oz);
        }
    }
}

/* There and back again. */
static void check_back(struct tri_check *c)
{
    uint64_t v[64], planes[64], back[64], seed = c->seed;
    struct tri_kernels k;

    tri_kernels_init(&k, tri_cpu_detect());
    for (size_t n = 0; n <= 64; n++) {
        tri_test_words(v, 64, &seed);
        k.slice_transpose(planes, 1, 64, v, 1, n, 0);
        k.slice_transpose(back, 1, n, planes, 1, 64, 0);
        CHECK(c, memcmp(v, back, 8 * n) == 0, "%zu words", n);
    }
}

/* What the kernels are for: the shares of three parties, of which party p holds
 * components p and p+1, add up to the product, or the majority. */
static void check_shares(struct tri_check *c)
{
    uint64_t seed = c->seed;
    struct tri_kernels k;

    tri_kernels_init(&k, tri_cpu_detect());
    for (unsigned trial = 0; trial < 200; trial++) {
        uint64_t x[3], y[3], a[3], z[OPS][3], sum[3][2], got[OPS];

        tri_test_words(x, 3, &seed);
        tri_test_words(y, 3, &seed);
        tri_test_words(a, 3, &seed);
        for (size_t p = 0; p < 3; p++) {
            const size_t q = (p + 1) % 3;
            const uint64_t zero = a[p] - a[q], none = a[p] ^ a[q];

            k.rss_mul(&z[MUL][p], &x[p], &x[q], &y[p], &y[q], &zero, 1);
            k.slice_and(&z[AND][p], &x[p], &x[q], &y[p], &y[q], &none, 1);
            k.slice_maj(&z[MAJ][p], &x[p], &x[q], &none, 1);
        }
        sum[0][0] = x[0] + x[1] + x[2];
        sum[0][1] = y[0] + y[1] + y[2];
        sum[1][0] = x[0] ^ x[1] ^ x[2];
        sum[1][1] = y[0] ^ y[1] ^ y[2];
        got[MUL] = z[MUL][0] + z[MUL][1] + z[MUL][2];
        got[AND] = z[AND][0] ^ z[AND][1] ^ z[AND][2];
        got[MAJ] = z[MAJ][0] ^ z[MAJ][1] ^ z[MAJ][2];
        CHECK(c, got[MUL] == sum[0][0] * sum[0][1], "product, trial %u", trial);
        CHECK(c, got[AND] == (sum[1][0] & sum[1][1]), "AND, trial %u", trial);
        /* with the carries, the sum of bits is the sum of components */
        CHECK(c, (sum[1][0] + 2 * got[MAJ]) == sum[0][0], "carry, trial %u",
              trial);
    }
}

const struct tri_check_entry tri_checks_slice[] = {
    { "slice/words", check_words },
    { "slice/transpose", check_transpose },
    { "slice/back", check_back },
    { "slice/shares", check_shares },
};
const size_t tri_checks_slice_n =
    sizeof tri_checks_slice / sizeof *tri_checks_slice;
