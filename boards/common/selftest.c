#include "boards/common/mix.h"
#include "boards/common/selftest.h"
#include "core/aes.h"
#include "core/err.h"
#include "core/gemm.h"
#include "core/mem.h"
#include "core/poly1305.h"

/* Inputs of one trial: words, planes, bytes. Everything is compared with a
 * whole buffer, so that writes behind the end show as well. */
enum { WORDS = 1024, TRIALS = 24, DIGITS = 32 };

struct bench {
    const struct tri_kernels *k, *ref;
    uint64_t rng;
    uint64_t x[WORDS], y[WORDS], z[2][WORDS];
    _Alignas(64) tri_plane p[3][TRI_PLANES], out[2][TRI_PLANES];
    _Alignas(64) uint8_t block[1 << 15]; /* packing buffers of a product */
};

static uint64_t draw(struct bench *t)
{
    return tri_mix(&t->rng);
}

/* One word in four is one that carries far. */
static void words(struct bench *t, uint64_t *v, size_t n)
{
    static const uint64_t edge[] = { 0,          1,
                                     UINT64_MAX, (uint64_t)1 << 63,
                                     UINT32_MAX, 0xffffffff00000000u };

    for (size_t i = 0; i < n; i++) {
        const uint64_t r = draw(t);
        v[i] = (r & 3) != 0 ? draw(t) : edge[(r >> 2) % 6];
    }
}

/* Elements lo..below-1 in the first n planes, 0 behind. */
static void planes(struct bench *t, tri_plane *v, size_t n, unsigned lo,
                   unsigned below)
{
    memset(v, 0, sizeof(tri_plane) * TRI_PLANES);
    for (size_t i = 0; i < n; i++)
        for (size_t lane = 0; lane < TRI_LANES; lane++)
            v[i][lane] = (uint8_t)(lo + draw(t) % (below - lo));
}

static size_t size_of(struct bench *t)
{
    return draw(t) % (WORDS - 16);
}

static unsigned prime(struct bench *t)
{
    return (draw(t) & 1) != 0 ? 31 : 127;
}

static int same_words(struct bench *t)
{
    return memcmp(t->z[0], t->z[1], sizeof t->z[0]) == 0;
}

static int same_planes(struct bench *t)
{
    return memcmp(t->out[0], t->out[1], sizeof t->out[0]) == 0;
}

static void fresh(struct bench *t)
{
    words(t, t->x, WORDS);
    words(t, t->y, WORDS);
    words(t, t->z[0], WORDS);
    memcpy(t->z[1], t->z[0], sizeof t->z[0]);
    planes(t, t->out[0], TRI_PLANES, 0, 256);
    memcpy(t->out[1], t->out[0], sizeof t->out[0]);
}

#define RING3(slot)                                     \
    static int try_##slot(struct bench *t)              \
    {                                                   \
        const size_t n = size_of(t), off = draw(t) % 8; \
        t->ref->slot(t->z[0], t->x + off, t->y, n);     \
        t->k->slot(t->z[1], t->x + off, t->y, n);       \
        return same_words(t);                           \
    }
#define RINGC(slot)                                     \
    static int try_##slot(struct bench *t)              \
    {                                                   \
        const size_t n = size_of(t), off = draw(t) % 8; \
        const uint64_t c = t->y[0];                     \
        t->ref->slot(t->z[0], t->x + off, c, n);        \
        t->k->slot(t->z[1], t->x + off, c, n);          \
        return same_words(t);                           \
    }
RING3(add)
RING3(sub)
RING3(mul)
RING3(muladd)
RINGC(addc)
RINGC(rsubc)
RINGC(scale)
RINGC(axpy)

static int try_axpys(struct bench *t)
{
    const size_t k = draw(t) % 12, n = draw(t) % 64, ldx = n + draw(t) % 8;

    t->ref->axpys(t->z[0], t->x, ldx, t->y, k, n);
    t->k->axpys(t->z[1], t->x, ldx, t->y, k, n);
    return same_words(t);
}

static int try_shr(struct bench *t)
{
    const size_t n = size_of(t);
    const unsigned s = (unsigned)(draw(t) % 64);

    t->ref->shr(t->z[0], t->x, s, n);
    t->k->shr(t->z[1], t->x, s, n);
    return same_words(t);
}

static int try_dot(struct bench *t)
{
    const size_t n = size_of(t), off = draw(t) % 8;

    return t->ref->dot(t->x + off, t->y, n) == t->k->dot(t->x + off, t->y, n);
}

/* Panels differ between variants, so the whole product is compared, with its
 * definition. */
static int try_gemm(struct bench *t)
{
    enum { SIDE = 31 };
    const size_t m = draw(t) % SIDE, n = draw(t) % SIDE, k = draw(t) % SIDE;
    struct tri_arena arena;
    const struct tri_cx cx = { .k = t->k, .arena = &arena };

    tri_arena_init(&arena, t->block, sizeof t->block);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t q = 0; q < k; q++)
                t->z[0][i * SIDE + j] +=
                    t->x[i * SIDE + q] * t->y[q * SIDE + j];
    return tri_gemm(&cx, 0, 0, m, n, k, t->x, SIDE, t->y, SIDE, t->z[1],
                    SIDE) == TRI_OK &&
           same_words(t);
}

static int try_chacha20(struct bench *t)
{
    const size_t n = draw(t) % (WORDS / 8);
    const uint32_t counter = UINT32_MAX - (uint32_t)(draw(t) % 64);
    uint32_t key[8], nonce[3];

    memcpy(key, t->x, sizeof key);
    memcpy(nonce, t->y, sizeof nonce);
    t->ref->chacha20((uint8_t *)t->z[0], key, nonce, counter, n);
    t->k->chacha20((uint8_t *)t->z[1], key, nonce, counter, n);
    return same_words(t);
}

static int try_xor(struct bench *t)
{
    const size_t n = draw(t) % (sizeof t->y - 8), off = draw(t) % 8;
    const uint8_t *const x = (const uint8_t *)t->x + off;

    t->ref->xor_bytes((uint8_t *)t->z[0], x, (const uint8_t *)t->y, n);
    t->k->xor_bytes((uint8_t *)t->z[1], x, (const uint8_t *)t->y, n);
    return same_words(t);
}

/* Variants agree on the residue, not on its limbs: the tags are compared. */
static int try_poly1305(struct bench *t)
{
    const size_t n = draw(t) % sizeof t->y;
    struct tri_poly1305 m;
    uint8_t key[32], tag[2][16];

    memcpy(key, t->x, sizeof key);
    for (int i = 0; i < 2; i++) {
        tri_poly1305_init(&m, i == 0 ? t->ref : t->k, key);
        tri_poly1305_update(&m, t->y, n);
        tri_poly1305_final(&m, tag[i]);
    }
    return memcmp(tag[0], tag[1], sizeof tag[0]) == 0;
}

/* Levels without this kernel use the three that it stands for. */
static int try_chachapoly(struct bench *t)
{
    const size_t turn = 64 * TRI_CHACHAPOLY_BLOCKS;
    const size_t n = draw(t) % (sizeof t->y / turn + 1) * turn;
    const uint32_t counter = UINT32_MAX - (uint32_t)(draw(t) % 128);
    const int open = (int)(draw(t) & 1);
    uint8_t *const want = (uint8_t *)t->z[0], *const got = (uint8_t *)t->z[1];
    const uint8_t *const in = (const uint8_t *)t->y;
    uint32_t key[8], nonce[3];
    uint8_t one[32], tag[2][16];
    struct tri_poly1305 m;

    memcpy(key, t->x, sizeof key);
    memcpy(nonce, t->x + 4, sizeof nonce);
    memcpy(one, t->x + 8, sizeof one);
    t->ref->chacha20(want, key, nonce, counter, n / 64);
    t->ref->xor_bytes(want, want, in, n);
    for (int i = 0; i < 2; i++) {
        tri_poly1305_init(&m, i == 0 ? t->ref : t->k, one);
        tri_poly1305_update(&m, one, 16);
        if (i == 0) {
            tri_poly1305_update(&m, open ? in : want, n);
        } else if (t->k->chachapoly == NULL) {
            t->k->chacha20(got, key, nonce, counter, n / 64);
            t->k->xor_bytes(got, got, in, n);
            tri_poly1305_update(&m, open ? in : got, n);
        } else {
            tri_poly1305_grow(&m);
            t->k->chachapoly(got, m.h, in, n / 64, key, nonce, counter, m.p,
                             open);
        }
        tri_poly1305_final(&m, tag[i]);
    }
    return same_words(t) && memcmp(tag[0], tag[1], sizeof tag[0]) == 0;
}

static int try_aes_ctr(struct bench *t)
{
    const size_t n = draw(t) % (WORDS / 8);
    const uint32_t counter = UINT32_MAX - (uint32_t)(draw(t) % 64);
    uint8_t rk[TRI_AES_KEY_BYTES];
    uint32_t nonce[3];

    tri_aes_expand(rk, (const uint8_t *)t->x);
    memcpy(nonce, t->y, sizeof nonce);
    t->ref->aes_ctr((uint8_t *)t->z[0], rk, nonce, counter, n);
    t->k->aes_ctr((uint8_t *)t->z[1], rk, nonce, counter, n);
    return same_words(t);
}

/* H^1, H^2, ... from H: y * H is what the reference does to a block of zeros.
 */
static void ghash_key(struct bench *t, uint8_t h[TRI_GHASH_KEY_BYTES])
{
    static const uint8_t zeros[16];

    memcpy(h, t->x, 16);
    for (size_t i = 16; i < TRI_GHASH_KEY_BYTES; i += 16) {
        memcpy(h + i, h + i - 16, 16);
        t->ref->ghash(h + i, h, zeros, 1);
    }
}

static int try_ghash(struct bench *t)
{
    const size_t n = draw(t) % (WORDS / 2);
    uint8_t h[TRI_GHASH_KEY_BYTES];

    ghash_key(t, h);
    t->ref->ghash((uint8_t *)t->z[0], h, (const uint8_t *)t->y, n);
    t->k->ghash((uint8_t *)t->z[1], h, (const uint8_t *)t->y, n);
    return same_words(t);
}

static int try_gcm(struct bench *t)
{
    const size_t n = draw(t) % (WORDS / 2);
    const uint32_t counter = UINT32_MAX - (uint32_t)(draw(t) % 64);
    const int open = (int)(draw(t) & 1);
    uint8_t rk[TRI_AES_KEY_BYTES], h[TRI_GHASH_KEY_BYTES], y[2][16];
    uint32_t nonce[3];

    tri_aes_expand(rk, (const uint8_t *)t->y);
    ghash_key(t, h);
    memcpy(nonce, t->x, sizeof nonce);
    memcpy(y[0], t->x + 2, 16);
    memcpy(y[1], y[0], 16);
    t->ref->gcm((uint8_t *)t->z[0], y[0], (const uint8_t *)t->y, n, rk, h,
                nonce, counter, open);
    t->k->gcm((uint8_t *)t->z[1], y[1], (const uint8_t *)t->y, n, rk, h, nonce,
              counter, open);
    return same_words(t) && memcmp(y[0], y[1], 16) == 0;
}

static int try_zp_digits(struct bench *t)
{
    const unsigned w = 1 + (unsigned)(draw(t) & 1);
    const size_t n = draw(t) % (64 / w + 1);

    t->ref->zp_digits(t->out[0], t->x, n, w);
    t->k->zp_digits(t->out[1], t->x, n, w);
    return same_planes(t);
}

static int try_zp_unpack(struct bench *t)
{
    const unsigned bits = prime(t) == 31 ? 5 : 7;
    const size_t n = draw(t) % (TRI_PLANES + 1);

    planes(t, t->p[0], TRI_PLANES, 0, 256);
    t->ref->zp_unpack(t->out[0], (const tri_plane *)t->p[0], n, bits);
    t->k->zp_unpack(t->out[1], (const tri_plane *)t->p[0], n, bits);
    return same_planes(t);
}

static int try_zp_pack(struct bench *t)
{
    const unsigned p = prime(t), bits = p == 31 ? 5 : 7;
    const size_t n = draw(t) % (TRI_PLANES + 1);

    planes(t, t->p[0], n, 0, p);
    t->ref->zp_pack(t->out[0], (const tri_plane *)t->p[0], n, bits);
    t->k->zp_pack(t->out[1], (const tri_plane *)t->p[0], n, bits);
    return same_planes(t);
}

static int try_zp_reject(struct bench *t)
{
    const unsigned p = prime(t);
    const int nonzero = (int)(draw(t) & 1);
    const size_t n = draw(t) % (TRI_PLANES + 1);

    planes(t, t->p[0], n, 0, p + 1);
    t->ref->zp_reject(t->z[0], (const tri_plane *)t->p[0], n, p, nonzero);
    t->k->zp_reject(t->z[1], (const tri_plane *)t->p[0], n, p, nonzero);
    return same_words(t);
}

static int try_zp_fill(struct bench *t)
{
    const unsigned p = prime(t);
    const int nonzero = (int)(draw(t) & 1);
    const size_t n = draw(t) % (TRI_PLANES + 1);
    const size_t rows = 1 + draw(t) % TRI_SPARES;
    int left[2];

    /* few values near p, or many: some lanes run out of spares */
    planes(t, t->p[0], n, (draw(t) & 1) != 0 ? p - 8 : 0, p + 1);
    planes(t, t->p[1], rows, 0, p + 1);
    memcpy(t->out[0], t->p[0], sizeof t->out[0]);
    memcpy(t->out[1], t->p[0], sizeof t->out[1]);
    left[0] = t->ref->zp_fill(t->out[0], n, p, nonzero,
                              (const tri_plane *)t->p[1], rows);
    left[1] = t->k->zp_fill(t->out[1], n, p, nonzero,
                            (const tri_plane *)t->p[1], rows);
    return left[0] == left[1] && same_planes(t);
}

static int try_zp_sub(struct bench *t)
{
    const unsigned p = prime(t);
    const size_t n = draw(t) % (TRI_PLANES + 1);

    planes(t, t->p[0], n, 0, p);
    planes(t, t->p[1], n, 0, p);
    t->ref->zp_sub(t->out[0], (const tri_plane *)t->p[0],
                   (const tri_plane *)t->p[1], n, p);
    t->k->zp_sub(t->out[1], (const tri_plane *)t->p[0],
                 (const tri_plane *)t->p[1], n, p);
    return same_planes(t);
}

static int try_zp_deal(struct bench *t)
{
    const unsigned p = prime(t);
    const size_t n = draw(t) % (DIGITS + 1);

    planes(t, t->p[0], n, 0, 4);
    planes(t, t->p[1], 3 * n, 0, p);
    t->ref->zp_deal(t->out[0], (const tri_plane *)t->p[0],
                    (const tri_plane *)t->p[1], n, p);
    t->k->zp_deal(t->out[1], (const tri_plane *)t->p[0],
                  (const tri_plane *)t->p[1], n, p);
    return same_planes(t);
}

static int try_cmp(struct bench *t, tri_zp_cmp_fn ref, tri_zp_cmp_fn fn,
                   unsigned base)
{
    /* base 4 over Z_31 fits 29 digits, base 2 over Z_127 all 64 */
    const unsigned p = base == 4 ? prime(t) : 127;
    const size_t n = 1 + draw(t) % (base == 4 ? 29 : 64);
    const unsigned one = (unsigned)(draw(t) & 1);
    _Alignas(64) tri_plane c[64], mask[2];
    static _Alignas(64) tri_plane s[TRI_PLANES];

    planes(t, t->p[0], (base - 1) * n, 0, p);
    planes(t, t->p[1], n, 0, base);
    memcpy(c, t->p[1], sizeof c);
    planes(t, t->p[1], 2, 0, 2);
    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        mask[0][lane] = (uint8_t)-t->p[1][0][lane];
        mask[1][lane] = (uint8_t)-t->p[1][1][lane];
    }
    planes(t, s, n, 1, p);
    planes(t, t->p[2], n, 0, p);
    ref(t->out[0], (const tri_plane *)t->p[0], (const tri_plane *)c, mask[0],
        mask[1], (const tri_plane *)s, (const tri_plane *)t->p[2], n, p, one);
    fn(t->out[1], (const tri_plane *)t->p[0], (const tri_plane *)c, mask[0],
       mask[1], (const tri_plane *)s, (const tri_plane *)t->p[2], n, p, one);
    return same_planes(t);
}

static int try_zp_cmp4(struct bench *t)
{
    return try_cmp(t, t->ref->zp_cmp4, t->k->zp_cmp4, 4);
}

static int try_zp_cmp2(struct bench *t)
{
    return try_cmp(t, t->ref->zp_cmp2, t->k->zp_cmp2, 2);
}

static int try_zp_rotate(struct bench *t)
{
    const size_t n = 1 + draw(t) % 64;
    _Alignas(64) tri_plane rho;

    for (size_t lane = 0; lane < TRI_LANES; lane++)
        rho[lane] = (uint8_t)(draw(t) % n);
    t->ref->zp_rotate(t->out[0], rho, n);
    t->k->zp_rotate(t->out[1], rho, n);
    return same_planes(t);
}

static int try_zp_zero(struct bench *t)
{
    const unsigned p = prime(t);
    const size_t n = draw(t) % (TRI_PLANES + 1);

    planes(t, t->p[0], n, 0, p);
    planes(t, t->p[1], n, 0, p);
    return t->ref->zp_zero((const tri_plane *)t->p[0],
                           (const tri_plane *)t->p[1], n, p) ==
           t->k->zp_zero((const tri_plane *)t->p[0], (const tri_plane *)t->p[1],
                         n, p);
}

/* One lane kernel on both tables: `call` stores everything below z. */
#define LANE(slot, ...)                                                     \
    static int try_lane_##slot(struct bench *t)                             \
    {                                                                       \
        const size_t n = draw(t) % (TRI_LANES + 1);                         \
        const unsigned s = 1 + (unsigned)(draw(t) % 63), top = 64 - s;      \
        const unsigned half = 2u << draw(t) % 2, width = 2u << draw(t) % 3; \
        const uint64_t *const x = t->x, *const y = t->y;                    \
                                                                            \
        (void)(s + top + half + width + *x + *y);                           \
        for (int i = 0; i < 2; i++) {                                       \
            const struct tri_kernels *const k = i == 0 ? t->ref : t->k;     \
            uint64_t *const z = t->z[i];                                    \
            __VA_ARGS__;                                                    \
        }                                                                   \
        return same_words(t);                                               \
    }
LANE(mask, k->lane_mask(z, z + 100, x, y[0], y, y + 100, n))
LANE(join, k->lane_join(z, z + 100, x, y, s, y[100], n))
LANE(test, z[101] = k->lane_test(z, z + 100, x, s, y[0], top, y[1], n))
LANE(bits, z[0] = k->lane_bits(x, y[0], s, n))
LANE(pack, z[0] = k->lane_pack((const uint8_t *)x, n))
LANE(spread, k->lane_spread((uint8_t *)z, x[0], (uint8_t)y[0], n))
LANE(share, k->lane_share(z, x[0], y, width, n))
LANE(pick, k->lane_pick(z, x[0], x + 1, s, y, n))
LANE(choose, const struct tri_lane_choice v = { .t = x,
                                                .e = x + 100,
                                                .k = x + 200,
                                                .r = x + 300,
                                                .tn = y,
                                                .en = y + 100,
                                                .width = half,
                                                .shift = s,
                                                .c = y[200],
                                                .own = y[201] };
     k->lane_choose(z, y[202], &v, n))
LANE(trunc, const struct tri_lane_wrap v = { .w = y,
                                             .width = width,
                                             .shift = s,
                                             .c = y[200],
                                             .below = ((uint64_t)1 << s) - 1,
                                             .h = y[201],
                                             .f = y[202],
                                             .g = y[203],
                                             .e = y[204] };
     k->lane_trunc(z, x, &v, n))

#define TEST(slot)        \
    {                     \
#slot, try_##slot \
    }

static const struct {
    const char *name;
    int (*fn)(struct bench *t);
} test[] = {
    TEST(add),        TEST(sub),       TEST(mul),         TEST(muladd),
    TEST(addc),       TEST(rsubc),     TEST(scale),       TEST(axpy),
    TEST(axpys),      TEST(dot),       TEST(shr),         TEST(gemm),
    TEST(chacha20),   TEST(xor),       TEST(poly1305),    TEST(chachapoly),
    TEST(aes_ctr),    TEST(ghash),     TEST(gcm),         TEST(zp_digits),
    TEST(zp_unpack),  TEST(zp_pack),   TEST(zp_reject),   TEST(zp_fill),
    TEST(zp_sub),     TEST(zp_deal),   TEST(zp_cmp4),     TEST(zp_cmp2),
    TEST(zp_rotate),  TEST(zp_zero),   TEST(lane_mask),   TEST(lane_join),
    TEST(lane_test),  TEST(lane_bits), TEST(lane_pack),   TEST(lane_spread),
    TEST(lane_share), TEST(lane_pick), TEST(lane_choose), TEST(lane_trunc),
};

int tri_selftest(const struct tri_kernels *k, uint64_t seed,
                 tri_selftest_fn *tell, void *self)
{
    static struct bench t;
    struct tri_kernels ref;
    int bad = 0;

    tri_kernels_init(&ref, 0);
    t.k = k;
    t.ref = &ref;
    t.rng = seed;
    for (size_t i = 0; i < sizeof test / sizeof *test; i++) {
        int ok = 1;
        for (int trial = 0; ok && trial < TRIALS; trial++) {
            fresh(&t);
            ok = test[i].fn(&t);
        }
        if (tell != NULL)
            tell(self, test[i].name, ok);
        bad += !ok;
    }
    return bad;
}
