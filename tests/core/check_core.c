#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "arch/kernels.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "core/ring.h"
#include "core/tensor.h"
#include "core/text.h"
#include "tests/checks.h"
#include "tests/support/words.h"

static void tri_check_err(struct tri_check *c)
{
    for (int e = TRI_OK; e >= TRI_E_CRYPTO; e--) {
        const char *text = tri_strerror(e);

        CHECK(c, text != NULL && text[0] != '\0', "no text for %d", e);
        CHECK(c, strcmp(text, tri_strerror(1)) != 0, "%d is unknown", e);
        for (int f = TRI_OK; f > e; f--)
            CHECK(c, strcmp(text, tri_strerror(f)) != 0, "%d reads like %d", e,
                  f);
    }
    CHECK(c, tri_strerror(TRI_E_CRYPTO - 1) != NULL, "NULL for unknown code");
}

static void tri_check_wipe(struct tri_check *c)
{
    uint8_t v[128];

    for (size_t from = 0; from < 20; from++)
        for (size_t n = 0; n < 100; n++) {
            memset(v, 0x5a, sizeof v);
            tri_wipe(v + from, n);
            for (size_t i = 0; i < sizeof v; i++)
                CHECK(c, v[i] == (i >= from && i < from + n ? 0 : 0x5a),
                      "wipe: from %zu, %zu bytes, byte %zu", from, n, i);
        }
    tri_wipe(NULL, 0);
}

static void tri_check_arena(struct tri_check *c)
{
    static _Alignas(64) uint8_t block[4096 + 64];
    struct tri_arena a, m;
    uint64_t seed = c->seed;
    size_t mark, inner;
    void *p, *q;

    memset(block, 0xa5, sizeof block);
    tri_arena_init(&a, block, 4096);
    CHECK(c, !tri_arena_measuring(&a), "a block, but it measures");

    /* alignment, order, no overlap */
    CHECK(c, tri_arena_alloc(&a, &p, 1, 1) == TRI_OK && p == block,
          "first byte");
    mark = tri_arena_mark(&a);
    CHECK(c, mark == TRI_ALIGN, "mark is %zu", mark);
    CHECK(c, tri_arena_alloc(&a, &q, 65, 1) == TRI_OK && q == block + 64,
          "second allocation");
    inner = tri_arena_mark(&a);
    CHECK(c, inner == 192, "mark is %zu", inner);
    CHECK(c, tri_arena_alloc(&a, &q, 10, 8) == TRI_OK && q == block + 192,
          "third allocation");

    /* release wipes exactly what was taken since the mark */
    tri_arena_release(&a, inner);
    CHECK(c, a.used == 192 && a.peak == 320, "used %zu, peak %zu", a.used,
          a.peak);
    for (size_t i = 0; i < sizeof block; i++)
        CHECK(c, block[i] == (i >= 192 && i < 320 ? 0 : 0xa5),
              "inner release: byte %zu", i);
    tri_arena_release(&a, mark);
    for (size_t i = 0; i < sizeof block; i++)
        CHECK(c, block[i] == (i >= 64 && i < 320 ? 0 : 0xa5),
              "outer release: byte %zu", i);
    tri_arena_release(&a, 4096); /* a mark that is not below changes nothing */
    CHECK(c, a.used == 64, "release upwards");

    /* full, and too large to count */
    CHECK(c, tri_arena_alloc(&a, &p, 4096 - 64 + 1, 1) == TRI_E_NOMEM,
          "one byte too many");
    CHECK(c, p == NULL && a.used == 64 && a.peak == 320, "after overflow");
    CHECK(c, tri_arena_alloc(&a, &p, SIZE_MAX, 8) == TRI_E_NOMEM && p == NULL,
          "8 * SIZE_MAX");
    CHECK(c,
          tri_arena_alloc(&a, &p, SIZE_MAX / 8 + 1, 8) == TRI_E_NOMEM &&
              p == NULL,
          "a product that wraps to 0");
    CHECK(c, tri_arena_alloc(&a, &p, 1, SIZE_MAX) == TRI_E_NOMEM && p == NULL,
          "SIZE_MAX bytes");
    CHECK(c, tri_arena_alloc(&a, &p, 4096 - 64, 1) == TRI_OK, "the last byte");
    CHECK(c, tri_arena_alloc(&a, &p, 1, 1) == TRI_E_NOMEM, "a full arena");
    CHECK(c, tri_arena_alloc(&a, &p, 0, 8) == TRI_OK, "nothing fits");

    /* an arena without memory is full, not measuring */
    tri_arena_init(&a, NULL, 0);
    CHECK(c, !tri_arena_measuring(&a), "no block, no measuring");
    CHECK(c, tri_arena_alloc(&a, &p, 1, 1) == TRI_E_NOMEM, "no block");

    /* the far end: downwards, until both ends meet; it keeps its place while
     * the near end is released */
    memset(block, 0xa5, sizeof block);
    tri_arena_init(&a, block, 4096);
    CHECK(c,
          tri_arena_alloc_far(&a, &p, 65, 1) == TRI_OK &&
              p == block + 4096 - 128,
          "first at the far end");
    CHECK(c, tri_arena_alloc(&a, &q, 64, 1) == TRI_OK && q == block,
          "beside the far end");
    CHECK(c,
          tri_arena_alloc_far(&a, &p, 1, 1) == TRI_OK &&
              p == block + 4096 - 192,
          "second at the far end");
    CHECK(c,
          a.peak == 256 &&
              tri_arena_alloc(&a, &p, 4096 - 256 + 1, 1) == TRI_E_NOMEM &&
              tri_arena_alloc_far(&a, &p, 4096 - 256 + 1, 1) == TRI_E_NOMEM &&
              tri_arena_alloc_far(&a, &p, 4096 - 256, 1) == TRI_OK &&
              p == block + 64 && a.peak == 4096,
          "both ends meet");
    tri_arena_release(&a, 0);
    tri_arena_drop_far(&a);
    CHECK(c, a.used == 0 && a.far == 0 && block[64] == 0xa5, "dropped");
    tri_arena_release_far(&a);
    for (size_t i = 0; i < sizeof block; i++)
        CHECK(c, block[i] == (i < 4096 ? 0 : 0xa5), "far end: byte %zu", i);

    /* measuring: same marks and peak as the real run */
    tri_arena_init(&a, block, 4096);
    tri_arena_measure(&m);
    CHECK(c, tri_arena_measuring(&m), "does not measure");
    CHECK(c, tri_arena_alloc(&m, &p, SIZE_MAX, 8) == TRI_E_NOMEM && p == NULL,
          "measuring: overflow");
    for (size_t i = 0, depth = 0, marks[8]; i < 2000; i++) {
        const uint64_t r = tri_test_rand(&seed);

        if (depth < 8 && r & 1) {
            marks[depth++] = tri_arena_mark(&a);
            CHECK(c,
                  tri_arena_alloc(&a, &p, r >> 8 & 63, 8) == TRI_OK &&
                      tri_arena_alloc(&m, &q, r >> 8 & 63, 8) == TRI_OK,
                  "alloc %zu", i);
            CHECK(c, p != NULL && q == NULL, "addresses of %zu", i);
            CHECK(c, (uintptr_t)p % TRI_ALIGN == 0, "alignment of %zu", i);
        } else if (depth > 0) {
            tri_arena_release(&a, marks[--depth]);
            tri_arena_release(&m, marks[depth]);
        }
        CHECK(c, a.used == m.used && a.peak == m.peak, "seed 0x%llx step %zu",
              (unsigned long long)c->seed, i);
    }
}

static void tri_check_fixed(struct tri_check *c)
{
    static const struct {
        double v;
        int fb;
        int64_t want;
    } known[] = {
        { 0.0, 16, 0 },
        { -0.0, 16, 0 },
        { 1.0, 16, 65536 },
        { -1.0, 16, -65536 },
        { 0.5, 0, 1 }, /* ties away from zero */
        { -0.5, 0, -1 },
        { 1.5, 0, 2 },
        { 2.5, 0, 3 },
        { -2.5, 0, -3 },
        { 0.49999999999999994, 0, 0 },
        { -0.49999999999999994, 0, 0 },
        { 4503599627370495.5, 0, 4503599627370496 }, /* 2^52 - 1/2 */
        { 4503599627370497.0, 0, 4503599627370497 },
        { 1.0, 61, (int64_t)1 << 61 },
        { DBL_MIN, 61, 0 },
        { 4.9406564584124654e-324, 61, 0 },
        { 3.14159, 13, 25736 },
        { 4611686018427387392.0, 0, ((int64_t)1 << 62) - 512 },
        { -4611686018427387392.0, 0, -(((int64_t)1 << 62) - 512) },
    };
    static const double bad[] = { 4611686018427387904.0,
                                  -4611686018427387904.0,
                                  DBL_MAX,
                                  -DBL_MAX,
                                  INFINITY,
                                  -INFINITY,
                                  NAN };
    uint64_t seed = c->seed;
    tri_ring x;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        CHECK(c, tri_fixed_encode(&x, known[i].v, known[i].fb) == TRI_OK,
              "encode(%.17g, %d) fails", known[i].v, known[i].fb);
        CHECK(c, x == (tri_ring)known[i].want, "encode(%.17g, %d) = %lld",
              known[i].v, known[i].fb, (long long)x);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        x = 77;
        CHECK(c, tri_fixed_encode(&x, bad[i], 0) == TRI_E_RANGE && x == 77,
              "encode(%g) accepted", bad[i]);
    }
    x = 77;
    CHECK(c, tri_fixed_encode(&x, 0.0, -1) == TRI_E_RANGE && x == 77,
          "scale -1");
    CHECK(c, tri_fixed_encode(&x, 0.0, 62) == TRI_E_RANGE && x == 77,
          "scale 62");

    for (int fb = 0; fb <= 61; fb++) {
        const double max = tri_fixed_max(fb);

        CHECK(c, tri_fixed_encode(&x, max, fb) == TRI_OK, "max(%d)", fb);
        CHECK(c, tri_fixed_decode(x, fb) == max, "max(%d) back", fb);
        CHECK(c,
              tri_fixed_encode(&x, nextafter(max, INFINITY), fb) == TRI_E_RANGE,
              "above max(%d)", fb);
        CHECK(c,
              tri_fixed_encode(&x, -nextafter(max, INFINITY), fb) ==
                  TRI_E_RANGE,
              "below -max(%d)", fb);
    }
    CHECK(c, tri_fixed_decode(UINT64_MAX, 1) == -0.5, "decode -1");
    CHECK(c, tri_fixed_decode((tri_ring)1 << 63, 0) == -9223372036854775808.0,
          "decode -2^63");
    CHECK(c, tri_fixed_decode(3, 32) == 3.0 / 4294967296.0, "decode scale 32");

    /* the nearest element, and back without loss up to 53 bits */
    for (size_t i = 0; i < 20000; i++) {
        const int fb = (int)(tri_test_rand(&seed) % 62);
        const int bits = (int)(tri_test_rand(&seed) % 63);
        const int64_t n = (int64_t)(tri_test_rand(&seed) >> (63 - bits) >> 1) *
                          (i & 1 ? -1 : 1);
        const double v = ldexp((double)n, -fb), u = v * 1.0009765625;

        if (fabs(ldexp(v, fb)) >= ldexp(1, 62))
            continue;
        CHECK(c, tri_fixed_encode(&x, v, fb) == TRI_OK, "encode(%.17g, %d)", v,
              fb);
        CHECK(c, tri_fixed_decode(x, fb) == v, "seed 0x%llx: %.17g at %d",
              (unsigned long long)c->seed, v, fb);
        if (fabs(ldexp(u, fb)) >= ldexp(1, 61))
            continue;
        CHECK(c,
              tri_fixed_encode(&x, u, fb) == TRI_OK &&
                  x == (tri_ring)llround(ldexp(u, fb)),
              "seed 0x%llx: round(%.17g at %d)", (unsigned long long)c->seed, u,
              fb);
    }
}

static void tri_check_tensor(struct tri_check *c)
{
    struct tri_shape s = tri_shape4(2, 3, 4, 5), t;
    size_t n = 99;

    CHECK(c, tri_shape_count(&s, &n) == TRI_OK && n == 120, "2*3*4*5 = %zu", n);
    s = tri_shape2(7, 9);
    CHECK(c, tri_shape_count(&s, &n) == TRI_OK && n == 63, "7*9 = %zu", n);
    t = tri_shape1(7);
    CHECK(c, tri_shape_count(&t, &n) == TRI_OK && n == 7, "7 = %zu", n);
    s = tri_shape4(0, UINT32_MAX, UINT32_MAX, UINT32_MAX);
    CHECK(c, tri_shape_count(&s, &n) == TRI_OK && n == 0, "empty");
    s = tri_shape4(UINT32_MAX, UINT32_MAX, UINT32_MAX, 0);
    CHECK(c, tri_shape_count(&s, &n) == TRI_OK && n == 0, "empty, last");
    /* where there is a number for it */
    s = tri_shape2(1u << 20, 1u << 20);
    CHECK(c,
          SIZE_MAX > UINT32_MAX
              ? tri_shape_count(&s, &n) == TRI_OK && n >> 20 == 1u << 20
              : tri_shape_count(&s, &n) == TRI_E_ARG,
          "2^40");
    s = tri_shape4(1u << 20, 1u << 20, 2, 1);
    n = 99;
    CHECK(c, tri_shape_count(&s, &n) == TRI_E_ARG && n == 99, "2^41");
    s = tri_shape4(1u << 31, 1u << 31, 1u << 31, 1u << 31);
    CHECK(c, tri_shape_count(&s, &n) == TRI_E_ARG, "2^124");
    s.nd = 0;
    CHECK(c, tri_shape_count(&s, &n) == TRI_E_ARG, "no dimension");
    s = tri_shape4(1, 1, 1, 1);
    s.nd = 5;
    CHECK(c, tri_shape_count(&s, &n) == TRI_E_ARG, "five dimensions");
}

static void tri_check_conv_init(struct tri_check *c)
{
    static const struct tri_conv good = { .b = 2,
                                          .h = 9,
                                          .w = 7,
                                          .c = 3,
                                          .kh = 3,
                                          .kw = 2,
                                          .o = 4,
                                          .stride = 2,
                                          .pad = 1 };
    static const struct {
        const char *what;
        struct tri_conv g;
    } bad[] = {
        { "b = 0", { 0, 9, 7, 3, 3, 2, 4, 2, 1, 0, 0 } },
        { "h = 0", { 2, 0, 7, 3, 1, 2, 4, 2, 0, 0, 0 } },
        { "w = 0", { 2, 9, 0, 3, 3, 2, 4, 2, 1, 0, 0 } },
        { "c = 0", { 2, 9, 7, 0, 3, 2, 4, 2, 1, 0, 0 } },
        { "kh = 0", { 2, 9, 7, 3, 0, 2, 4, 2, 0, 0, 0 } },
        { "kw = 0", { 2, 9, 7, 3, 3, 0, 4, 2, 0, 0, 0 } },
        { "o = 0", { 2, 9, 7, 3, 3, 2, 0, 2, 1, 0, 0 } },
        { "stride = 0", { 2, 9, 7, 3, 3, 2, 4, 0, 1, 0, 0 } },
        { "kh > h", { 2, 2, 7, 3, 3, 2, 4, 1, 0, 0, 0 } },
        { "kw > w", { 2, 9, 1, 3, 3, 2, 4, 1, 0, 0, 0 } },
        { "kh > h + 2 pad", { 2, 2, 7, 3, 5, 2, 4, 1, 1, 0, 0 } },
        { "pad = kw", { 2, 9, 7, 3, 3, 2, 4, 2, 2, 0, 0 } },
        { "pad = kh", { 2, 9, 7, 3, 2, 3, 4, 2, 2, 0, 0 } },
        { "pad wraps",
          { 2, 9, 7, 3, UINT32_MAX, UINT32_MAX, 4, 1, UINT32_MAX, 0, 0 } },
        { "2^41 inputs",
          { 1u << 20, 1u << 10, 1u << 11, 1, 3, 3, 1, 1u << 12, 0, 0, 0 } },
        { "2^41 outputs", { 1u << 20, 32, 32, 1, 1, 1, 1u << 11, 1, 0, 0, 0 } },
        { "2^41 weights",
          { 1, 64, 64, 1u << 15, 64, 64, 1u << 14, 1, 0, 0, 0 } },
    };
    struct tri_conv g = good;

    CHECK(c, tri_conv_init(&g) == TRI_OK, "a good shape");
    CHECK(c, g.oh == 5 && g.ow == 4, "output is %u x %u", g.oh, g.ow);
    CHECK(c,
          tri_conv_in(&g) == 378 && tri_conv_filter(&g) == 72 &&
              tri_conv_out(&g) == 160,
          "counts");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        g = bad[i].g;
        CHECK(c, tri_conv_init(&g) == TRI_E_ARG, "accepts %s", bad[i].what);
    }

    /* oh: as many places as the filter has, counted one by one */
    for (uint32_t h = 1; h < 9; h++)
        for (uint32_t k = 1; k < 6; k++)
            for (uint32_t stride = 1; stride < 4; stride++)
                for (uint32_t pad = 0; pad < 5; pad++) {
                    uint32_t n = 0;

                    for (uint32_t y = 0; y + k <= h + 2 * pad; y += stride)
                        n++;
                    g = (struct tri_conv){ 1, h,      h,   1, k, k,
                                           1, stride, pad, 0, 0 };
                    if (n == 0 || pad >= k) {
                        CHECK(c, tri_conv_init(&g) == TRI_E_ARG,
                              "accepts h %u k %u pad %u", h, k, pad);
                        continue;
                    }
                    CHECK(c,
                          tri_conv_init(&g) == TRI_OK && g.oh == n && g.ow == n,
                          "h %u k %u stride %u pad %u: oh %u, not %u", h, k,
                          stride, pad, g.oh, n);
                }
}

/* Any set of bits gives a full table, and never an ISA outside the set. */
static void tri_check_kernels(struct tri_check *c)
{
    const unsigned have = tri_cpu_detect();
    /* these override every family asked below, the others some */
    const unsigned all = TRI_CPU_AVX2 | TRI_CPU_AVX512 | TRI_CPU_NEON;
    struct tri_kernels k;

    for (size_t i = 0; i < tri_test_subsets(); i++) {
        const char *name[6];

        tri_test_kernels(&k, i);
        name[0] = k.ring_name;
        name[1] = k.gemm_name;
        name[2] = k.chacha20_name;
        name[3] = k.zp_name;
        name[4] = k.lane_name;
        name[5] = k.chain_name;
        CHECK(c, (k.cpu & ~have) == 0, "more than the CPU has");
        for (size_t j = 0; j < 6; j++) {
            unsigned found = 0;

            for (unsigned bit = 1; bit != 0; bit <<= 1)
                if (tri_cpu_name(bit) != NULL &&
                    strcmp(tri_cpu_name(bit), name[j]) == 0)
                    found = bit;
            CHECK(c, found != 0 || strcmp(name[j], "ref") == 0,
                  "a family called %s", name[j]);
            CHECK(c, (found & ~k.cpu) == 0, "%s without its bit", name[j]);
            for (unsigned bit = found << 1; found != 0 && bit != 0; bit <<= 1)
                CHECK(c, !(k.cpu & all & bit), "%s in spite of %s", name[j],
                      tri_cpu_name(bit));
        }
        CHECK(c,
              k.gemm.mr % 2 == 0 && k.gemm.mr <= TRI_GEMM_SIDE &&
                  k.gemm.nr % 2 == 0 && k.gemm.nr <= TRI_GEMM_SIDE &&
                  k.gemm.mc % k.gemm.mr == 0 && k.gemm.nc % k.gemm.nr == 0 &&
                  k.gemm.kc % 2 == 0,
              "block sizes of %s", k.gemm_name);
    }
    tri_kernels_init(&k, ~0u);
    /* AMX kernels are not in every build, and the OS may refuse tiles. */
    CHECK(c, (k.cpu | TRI_CPU_AMX) == (have | TRI_CPU_AMX),
          "all bits asked, 0x%x of 0x%x given", k.cpu, have);
}

/* As printf() makes them, whatever room there is. */
static void check_text(struct tri_check *c)
{
#define SAME(...)                                                          \
    do                                                                     \
        for (size_t room = 0; room < 64; room++) {                         \
            char want[64], got[64];                                        \
            size_t n;                                                      \
                                                                           \
            memset(got, 0x5a, sizeof got);                                 \
            memset(want, 0x5a, sizeof want);                               \
            n = (size_t)snprintf(want, room, __VA_ARGS__);                 \
            CHECK(c,                                                       \
                  tri_text_print(got, room, __VA_ARGS__) == n &&           \
                      memcmp(got, want, sizeof got) == 0,                  \
                  "room %zu: '%.60s', not '%.60s'", room, room ? got : "", \
                  room ? want : "");                                       \
        }                                                                  \
    while (0)

    SAME("plain");
    SAME("%d %d %d, %5d|%05d", 0, -7, INT32_MIN, -42, -42);
    SAME("%u %02x:%02x %#x %#x", UINT32_MAX, 0xau, 0xffu, 0u, 0xbeefu);
    SAME("%llu %lld %zu %lu", (unsigned long long)UINT64_MAX,
         (long long)INT64_MIN, (size_t)12, 3ul);
    SAME("%.1f %.1f %.1f %.1f", 0.0, 0.26, 12.34, 1e6);
    SAME("'%s' '%.3s' '%.100s' %c 100 %%", "one", "four", "", 'x');
    SAME("%.*s|%.*s|%.*s", 0, "none", 2, "two", 9, "all");
#undef SAME
}

/* In several steps as in one, with too little room as well. */
static void check_text_add(struct tri_check *c)
{
    for (size_t room = 0; room < 32; room++) {
        char want[32], got[32];
        struct tri_text t = { got, room, 0 };

        memset(got, 0x5a, sizeof got);
        memset(want, 0x5a, sizeof want);
        tri_text_add(&t, "one, %d", 2);
        tri_text_add(&t, "%s", "");
        tri_text_add(&t, "; %s %x", "three", 0xabcu);
        (void)snprintf(want, room, "one, 2; three abc");
        CHECK(c, t.n == 17 && memcmp(got, want, sizeof got) == 0, "room %zu",
              room);
    }
}

static void check_le(struct tri_check *c)
{
    static const uint8_t b[10] = { 9, 1, 2, 3, 4, 5, 6, 7, 0x88, 9 };

    for (unsigned k = 0; k < 3; k++) {
        const size_t n = (size_t)2 << k;
        uint8_t out[10] = { 9, 9, 9, 9, 9, 9, 9, 9, 9, 9 };
        uint64_t v = 0;

        if (k == 0)
            tri_le_store16(out + 1, tri_le_load16(b + 1));
        if (k == 1)
            tri_le_store32(out + 1, tri_le_load32(b + 1));
        if (k == 2)
            tri_le_store64(out + 1, tri_le_load64(b + 1));
        v = k == 0   ? tri_le_load16(out + 1)
            : k == 1 ? tri_le_load32(out + 1)
                     : tri_le_load64(out + 1);
        CHECK(c, v == 0x8807060504030201u << (64 - 8 * n) >> (64 - 8 * n),
              "%zu bytes give 0x%llx", n, (unsigned long long)v);
        for (size_t i = 0; i < sizeof out; i++)
            CHECK(c, out[i] == (i >= 1 && i <= n ? b[i] : 9),
                  "%zu bytes: byte %zu is %u", n, i, out[i]);
    }
}

/* ---- 64 bits where a compiler leaves them to a library ---------------------
 */

/* A number of any length. */
static uint64_t any_length(uint64_t *seed)
{
    const unsigned down = (unsigned)(tri_test_rand(seed) % 64);

    return tri_test_rand(seed) >> down;
}

static void check_division(struct tri_check *c, uint64_t n, uint64_t d)
{
    volatile uint64_t vn = n, vd = d;
    volatile int64_t sn = (int64_t)n, sd = (int64_t)d;
    uint64_t q = 0, r = 0;
    int64_t sq, sr;

    for (int i = 63; i >= 0; i--) {
        r = r << 1 | (n >> i & 1);
        if (r >= d) {
            r -= d;
            q |= UINT64_C(1) << i;
        }
    }
    CHECK(c, vn / vd == q && vn % vd == r, "%llu / %llu", (unsigned long long)n,
          (unsigned long long)d);
    if (sn == INT64_MIN || sd == 0)
        return;
    sq = sn / sd;
    sr = sn % sd;
    CHECK(c,
          sn == (int64_t)((uint64_t)sq * (uint64_t)sd + (uint64_t)sr) &&
              (sr == 0 || (sr < 0) == (sn < 0)) &&
              (sr < 0 ? -sr : sr) <= (sd < 0 ? -(sd + 1) : sd - 1) &&
              (sq == 0 || (sq < 0) == ((sn < 0) != (sd < 0))),
          "%lld / %lld, signed", (long long)sn, (long long)sd);
}

/* The nearest double, the even one of two, from its 53 bits. */
static double nearest(uint64_t v)
{
    unsigned down = 0;
    uint64_t m, rest;

    while (v >> down >= UINT64_C(1) << 53)
        down++;
    m = v >> down;
    rest = v - (m << down);
    if (down > 0 && (rest > UINT64_C(1) << (down - 1) ||
                     (rest == UINT64_C(1) << (down - 1) && (m & 1) != 0)))
        m++;
    return ldexp((uint32_t)(m >> 32) * 4294967296.0 + (uint32_t)m, (int)down);
}

static void tri_check_wide(struct tri_check *c)
{
    static const uint64_t edge[] = { 1,
                                     2,
                                     3,
                                     UINT32_MAX,
                                     UINT64_C(1) << 32,
                                     INT64_MAX,
                                     UINT64_C(1) << 63,
                                     UINT64_MAX };
    const size_t edges = sizeof edge / sizeof *edge;

    for (size_t i = 0; i < edges; i++)
        for (size_t j = 0; j < edges; j++)
            check_division(c, edge[i], edge[j]);
    for (int i = 0; i < 20000 && c->msg[0] == '\0'; i++) {
        const uint64_t n = any_length(&c->seed), d = any_length(&c->seed) | 1;
        volatile uint64_t v = n;
        volatile int64_t s = (int64_t)n;
        volatile double x = nearest(n >> 1), y;
        const uint64_t size = s < 0 ? -n : n;

        check_division(c, n, d);
        y = (double)v;
        CHECK(c, y == nearest(n), "%llu as a double", (unsigned long long)n);
        y = (double)s;
        CHECK(c, y == (s < 0 ? -nearest(size) : nearest(size)),
              "%lld as a double", (long long)s);
        x = ldexp(x, -(int)(d % 30));
        CHECK(c, (double)(uint64_t)x == floor(x), "%a, cut off", x);
        if (x < 9e18)
            CHECK(c, (double)(int64_t)-x == -floor(x), "%a, cut off", -x);
        CHECK(c,
              n == 0 || ((n >> __builtin_ctzll(v) & 1) != 0 &&
                         (n & ((UINT64_C(1) << __builtin_ctzll(v)) - 1)) == 0),
              "zeros below %llu", (unsigned long long)n);
    }
}

const struct tri_check_entry tri_checks_core[] = {
    { "core/err", tri_check_err },
    { "core/wipe", tri_check_wipe },
    { "core/text", check_text },
    { "core/text_add", check_text_add },
    { "core/le", check_le },
    { "core/arena", tri_check_arena },
    { "core/fixed", tri_check_fixed },
    { "core/tensor", tri_check_tensor },
    { "core/conv_init", tri_check_conv_init },
    { "core/kernels", tri_check_kernels },
    { "core/wide", tri_check_wide },
};
const size_t tri_checks_core_n =
    sizeof tri_checks_core / sizeof *tri_checks_core;
