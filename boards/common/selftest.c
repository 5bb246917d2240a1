#include "boards/common/selftest.h"
#include "arch/field.h"
#include "boards/common/mix.h"
#include "core/err.h"
#include "core/gemm.h"
#include "core/mem.h"
#include "core/poly1305.h"
#include "proto/verify/prime.h"

/* A board waits for all of it, and its reference may work on words of 64 bits
 * with registers of 32: inputs are drawn eight bytes at a time, and what takes
 * the reference long comes in the first trials only. */
enum { WORDS = 1024, TRIALS = 24, DIGITS = 32 };

/* What a kernel writes. All of it is compared, so that writes behind the end
 * show as well. */
struct result {
    _Alignas(64) tri_plane p[TRI_PLANES];
    uint64_t z[WORDS], other[8];
};

/* Inputs of one trial. A trial is a function that draws sizes and inputs, and
 * calls one table of kernels. It runs twice from the same state of the
 * generator, for the reference and for the table in question, so that both
 * get the same. */
struct bench {
    const struct tri_kernels *ref;
    uint64_t rng;
    unsigned trial;
    uint64_t x[WORDS], y[WORDS];
    _Alignas(64) tri_plane p[4][TRI_PLANES];
    _Alignas(64) uint8_t block[1 << 15]; /* packing buffers of a product */
    struct result r[2];
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
    uint64_t kind = 0;

    for (size_t i = 0; i < n; i++, kind >>= 2) {
        kind = i % 32 == 0 ? draw(t) : kind;
        v[i] = draw(t);
        if ((kind & 3) == 0)
            v[i] = edge[(uint32_t)v[i] % 6];
    }
}

/* Elements lo..below-1 in the first n planes of input i, 0 behind. */
static const tri_plane *planes(struct bench *t, int i, size_t n, unsigned lo,
                               unsigned below)
{
    memset(t->p[i], 0, sizeof t->p[i]);
    for (size_t j = 0; j < n; j++)
        for (size_t lane = 0; lane < TRI_LANES; lane += 8) {
            uint64_t r = draw(t);

            for (size_t b = 0; b < 8; b++, r >>= 8)
                t->p[i][j][lane + b] =
                    (uint8_t)(lo + ((uint8_t)r * (below - lo) >> 8));
        }
    return (const tri_plane *)t->p[i];
}

/* Of n = 0..most elements, or of a whole number of words. */
static size_t count(struct bench *t, size_t most)
{
    return (size_t)(draw(t) % (most + 1));
}

#define TRY(name)                                                        \
    static void try_##name(struct bench *t, const struct tri_kernels *k, \
                           struct result *r)

/* On words x (at any alignment), y and z. */
#define RING(slot, ...)                                          \
    TRY(slot)                                                    \
    {                                                            \
        const size_t n = count(t, WORDS - 17);                   \
        const uint64_t *const x = t->x + draw(t) % 8, *y = t->y; \
        uint64_t *const z = r->z;                                \
        __VA_ARGS__;                                             \
    }
RING(add, k->add(z, x, y, n))
RING(sub, k->sub(z, x, y, n))
RING(mul, k->mul(z, x, y, n))
RING(muladd, k->muladd(z, x, y, n))
RING(addc, k->addc(z, x, *y, n))
RING(rsubc, k->rsubc(z, x, *y, n))
RING(scale, k->scale(z, x, *y, n))
RING(axpy, k->axpy(z, x, *y, n))
RING(shr, k->shr(z, x, *y % 64, n))
RING(dot, z[0] = k->dot(x, y, n))

TRY(axpys)
{
    const size_t m = count(t, 11), n = count(t, 63);

    k->axpys(r->z, t->x, n + count(t, 7), t->y, m, n);
}

/* Panels differ between variants, so the whole product is compared, with its
 * definition. */
TRY(gemm)
{
    enum { SIDE = 31 };
    const size_t m = count(t, SIDE - 1), n = count(t, SIDE - 1);
    const size_t d = count(t, SIDE - 1);
    struct tri_arena arena;
    const struct tri_cx cx = { .k = k, .arena = &arena };

    tri_arena_init(&arena, t->block, sizeof t->block);
    if (k != t->ref) {
        if (tri_gemm(&cx, 0, 0, m, n, d, t->x, SIDE, t->y, SIDE, r->z, SIDE) !=
            TRI_OK)
            r->other[0]++;
        return;
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t q = 0; q < d; q++)
                r->z[i * SIDE + j] += t->x[i * SIDE + q] * t->y[q * SIDE + j];
}

/* Keys, nonces and a counter that soon runs over, for what encrypts. */
struct cipher {
    uint32_t key[8], nonce[3], counter;
    uint8_t rk[TRI_AES_KEY_BYTES], h[TRI_GHASH_KEY_BYTES];
    int open;
};

/* H^1, H^2, ... from H: y * H is what the reference does to a block of zeros.
 */
static void cipher(struct cipher *c, struct bench *t)
{
    static const uint8_t zeros[16];

    memcpy(c->key, t->x, sizeof c->key);
    memcpy(c->nonce, t->x + 4, sizeof c->nonce);
    c->counter = UINT32_MAX - (uint32_t)(draw(t) % 128);
    c->open = (int)(draw(t) & 1);
    if (t->ref->aes_expand == NULL) /* a program without AES */
        return;
    t->ref->aes_expand(c->rk, (const uint8_t *)t->x);
    memcpy(c->h, t->x + 8, 16);
    for (size_t i = 16; i < TRI_GHASH_KEY_BYTES; i += 16) {
        memcpy(c->h + i, c->h + i - 16, 16);
        t->ref->ghash(c->h + i, c->h, zeros, 1);
    }
}

#define CIPHER(name, ...)                                \
    TRY(name)                                            \
    {                                                    \
        const uint8_t *const in = (const uint8_t *)t->y; \
        uint8_t *const out = (uint8_t *)r->z;            \
        uint8_t *const tag = (uint8_t *)r->other;        \
        struct cipher c;                                 \
                                                         \
        cipher(&c, t);                                   \
        (void)(*in + *out + *tag);                       \
        __VA_ARGS__;                                     \
    }
CIPHER(chacha20,
       k->chacha20(out, c.key, c.nonce, c.counter, count(t, WORDS / 8)))
CIPHER(aes_ctr, k->aes_ctr(out, c.rk, c.nonce, c.counter, count(t, WORDS / 16)))
CIPHER(ghash, k->ghash(out, c.h, in, count(t, WORDS / 2)))
CIPHER(gcm, memcpy(tag, t->x + 16, 16);
       k->gcm(out, tag, in, count(t, WORDS / 4), c.rk, c.h, c.nonce, c.counter,
              c.open))
CIPHER(xor, k->xor_bytes(out, (const uint8_t *)t->x + draw(t) % 8, in,
                         count(t, sizeof t->y - 9)))

/* Variants agree on the residue, not on its limbs: the tags are compared. */
CIPHER(poly1305, struct tri_poly1305 m;
       tri_poly1305_init(&m, k, (const uint8_t *)t->x);
       tri_poly1305_update(&m, in, count(t, sizeof t->y - 1));
       tri_poly1305_final(&m, tag))

/* Levels without this kernel use the three that it stands for. */
TRY(chachapoly)
{
    const size_t turn = 64 * TRI_CHACHAPOLY_BLOCKS;
    const size_t n = count(t, sizeof t->y / turn) * turn;
    const uint8_t *const in = (const uint8_t *)t->y;
    const uint8_t *const one = (const uint8_t *)(t->x + 8);
    uint8_t *const out = (uint8_t *)r->z;
    struct tri_poly1305 m;
    struct cipher c;

    cipher(&c, t);
    tri_poly1305_init(&m, k, one);
    tri_poly1305_update(&m, one, 16);
    if (k == t->ref || k->chachapoly == NULL) {
        k->chacha20(out, c.key, c.nonce, c.counter, n / 64);
        k->xor_bytes(out, out, in, n);
        tri_poly1305_update(&m, c.open ? in : out, n);
    } else {
        tri_poly1305_grow(&m);
        k->chachapoly(out, m.h, in, n / 64, c.key, c.nonce, c.counter, m.p,
                      c.open);
    }
    tri_poly1305_final(&m, (uint8_t *)r->other);
}

/* On planes of Z_127, of which n are in use. */
#define ZP(slot, ...)                           \
    TRY(zp_##slot)                              \
    {                                           \
        const int nonzero = (int)(draw(t) & 1); \
        const size_t n = count(t, TRI_PLANES);  \
                                                \
        (void)nonzero;                          \
        __VA_ARGS__;                            \
    }
ZP(unpack, k->zp_unpack(r->p, planes(t, 0, TRI_PLANES, 0, 256), n))
ZP(reject, k->zp_reject(r->z, planes(t, 0, n, 0, TRI_ZP + 1), n, nonzero))
ZP(sub, const tri_plane *const x = planes(t, 0, n, 0, TRI_ZP);
   k->zp_sub(r->p, x, planes(t, 1, n, 0, TRI_ZP), n))
ZP(zero, const tri_plane *const x = planes(t, 0, n, 0, TRI_ZP);
   r->other[0] = k->zp_zero(x, planes(t, 1, n, 0, TRI_ZP), n))

TRY(zp_bits)
{
    k->zp_bits(r->p, t->x, count(t, 64));
}

TRY(zp_fill)
{
    const size_t n = count(t, TRI_PLANES), rows = 1 + count(t, TRI_SPARES - 1);
    const unsigned lo = (draw(t) & 1) != 0 ? TRI_ZP - 8 : 0;

    /* few values near p, or many: some lanes run out of spares */
    memcpy(r->p, planes(t, 0, n, lo, TRI_ZP + 1), sizeof r->p);
    r->other[0] = (uint64_t)k->zp_fill(r->p, n, (int)(draw(t) & 1),
                                       planes(t, 1, rows, 0, TRI_ZP + 1), rows);
}

TRY(zp_cmp)
{
    const size_t n = 1 + count(t, 63);
    const tri_plane *const bits = planes(t, 0, 2, 0, 2);
    _Alignas(64) tri_plane mask[2];

    for (size_t lane = 0; lane < TRI_LANES; lane++) {
        mask[0][lane] = (uint8_t)-bits[0][lane];
        mask[1][lane] = (uint8_t)-bits[1][lane];
    }
    (void)planes(t, 0, n, 0, TRI_ZP);
    (void)planes(t, 1, n, 0, 2);
    (void)planes(t, 2, n, 1, TRI_ZP);
    (void)planes(t, 3, n, 0, TRI_ZP);
    k->zp_cmp(r->p, (const tri_plane *)t->p[0], (const tri_plane *)t->p[1],
              mask[0], mask[1], (const tri_plane *)t->p[2],
              (const tri_plane *)t->p[3], n, (unsigned)(draw(t) & 1));
}

TRY(zp_rotate)
{
    const size_t n = 1 + count(t, 63);
    _Alignas(64) tri_plane rho;

    for (size_t lane = 0; lane < TRI_LANES; lane++)
        rho[lane] = (uint8_t)((uint32_t)draw(t) % n);
    k->zp_rotate(r->p, rho, n);
}

#define LANE(slot, ...)                                                     \
    TRY(lane_##slot)                                                        \
    {                                                                       \
        const size_t n = count(t, TRI_LANES);                               \
        const unsigned s = 1 + (unsigned)(draw(t) % 63), top = 64 - s;      \
        const unsigned half = 2u << draw(t) % 2, width = 2u << draw(t) % 3; \
        const uint64_t *const x = t->x, *const y = t->y;                    \
        uint64_t *const z = r->z;                                           \
                                                                            \
        (void)(s + top + half + width + *x + *y);                           \
        __VA_ARGS__;                                                        \
    }
LANE(mask, k->lane_mask(z, z + 100, x, y[0], y, y + 100, n))
LANE(bits, z[0] = k->lane_bits(x, y[0], s, n))
LANE(pack, z[0] = k->lane_pack((const uint8_t *)x, n))
LANE(spread, k->lane_spread((uint8_t *)z, x[0], (uint8_t)y[0], n))
LANE(share, k->lane_share(z, x[0], y, width, n))
LANE(keep, k->lane_keep(z, x[0], x + 1, y, width, n))
LANE(flip,
     k->lane_flip(z, x[0], x + 1, (draw(t) & 1) != 0 ? y : NULL, width, n))
LANE(pick, k->lane_pick(z, x[0], x + 1, s, y, n))
LANE(choose,
     const struct tri_lane_choice v = { .t = x,
                                        .e = x + 100,
                                        .k = x + 200,
                                        .r = x + 300,
                                        .tn = y,
                                        .en = y + 100,
                                        .width = (draw(t) & 3) != 0 ? half : 0,
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

/* On words x (at any alignment) and y; z may be a as well. */
#define SHARE(slot, ...)                                         \
    TRY(slot)                                                    \
    {                                                            \
        const size_t n = count(t, WORDS / 2 - 9);                \
        const uint64_t *const x = t->x + draw(t) % 8, *y = t->y; \
        const uint64_t *const x1 = x + n, *const y1 = y + n;     \
        uint64_t *const z = r->z;                                \
                                                                 \
        (void)(*y + *y1);                                        \
        __VA_ARGS__;                                             \
    }
SHARE(rss_mul, k->rss_mul(z, x, x1, y, y1, z, n))
SHARE(slice_and, k->slice_and(z, x, x1, y, y1, z, n))
SHARE(slice_maj, k->slice_maj(z, x, x1, z, n))

TRY(slice_transpose)
{
    const size_t n = count(t, 64), m = count(t, 64);
    const size_t ldx = 1 + count(t, 2), ldz = 1 + count(t, 2);
    const uint64_t *const x = t->x + draw(t) % 8;

    k->slice_transpose(r->z, ldz, m, x, ldx, n, (unsigned)count(t, 64 - m));
}

/* A digit of one label's chain, on planes of bits. */
TRY(chain_deal)
{
    const unsigned w = 1 + (unsigned)(draw(t) % TRI_CHAIN_BITS);
    const tri_plane *const x = planes(t, 0, w, 0, 256);

    k->chain_deal(r->p, x, planes(t, 1, DIGITS, 0, 256), w);
}

TRY(chain_answer)
{
    const struct tri_chain_step v = {
        .b = planes(t, 0, DIGITS, 0, 256),
        .c = (const tri_plane *)t->p[0] + DIGITS,
        .to = planes(t, 1, DIGITS, 0, 256),
        .from = (draw(t) & 1) != 0 ? planes(t, 2, DIGITS, 0, 256) : NULL,
        .u = planes(t, 3, DIGITS, 0, 256),
        .w = 1 + (unsigned)(draw(t) % TRI_CHAIN_BITS),
        .W = 1 + (unsigned)(draw(t) % TRI_CHAIN_DIGITS),
        .one = (unsigned)(draw(t) & 1),
    };

    k->chain_answer(r->p, &v);
}

TRY(chain_open)
{
    const tri_plane *const a = planes(t, 0, DIGITS, 0, 256);
    const unsigned W = 1 + (unsigned)(draw(t) % TRI_CHAIN_DIGITS);

    k->chain_open(r->p, a, planes(t, 1, DIGITS, 0, 256), W, (int)(draw(t) & 1));
}

#ifndef TRI_NO_FIELDS /* an image that verifies nothing has no such kernels */
/* More words than there are in z. */
static void fold(uint64_t z[WORDS], const uint64_t *all, size_t n)
{
    for (size_t i = 0; i < n; i++)
        z[i % WORDS] = 3 * z[i % WORDS] + all[i];
}

/* Fields of characteristic 2: words x and y, matrices x, groups of words y. */
#define FIELD(slot, ...)                                         \
    TRY(slot)                                                    \
    {                                                            \
        const size_t n = count(t, 200), g = count(t, 4);         \
        const uint64_t *const x = t->x + draw(t) % 8, *y = t->y; \
        uint64_t *const z = r->z;                                \
                                                                 \
        (void)(n + g);                                           \
        __VA_ARGS__;                                             \
    }
FIELD(gf_mul, k->gf_mul(z, x, y, n))
FIELD(gf_dot, z[0] = k->gf_dot(x, y, n))
FIELD(gf_comb, k->gf_comb(z, x, y, n / 8))
FIELD(gf_gram, k->gf_gram(z, x, y, (size_t)1 << g, 3))
FIELD(gf_map, k->gf_map(z, 64 + 8 * g, y, x, g))
FIELD(gf_fold, k->gf_fold(z, y, x, g))

/* Four groups at once and one left, one without the second product. */
TRY(gf_cross)
{
    static const size_t turns[TRIALS] = { 5, 1 };
    static uint64_t all[TRI_GF_CROSS / 8];
    const size_t n = turns[t->trial];
    const uint64_t *const x = t->x, *const y = t->y;

    memset(all, 0, sizeof all);
    k->gf_cross((uint8_t *)all, x, n > 1 ? x + 320 : NULL,
                n > 1 ? y + 320 : NULL, y, x + 640, n);
    fold(r->z, all, TRI_GF_CROSS / 8);
}

/* Elements modulo p, a prime just below 2^50; one in eight is at an end. */
static void elements(struct bench *t, uint64_t *v, size_t n, uint64_t p)
{
    const uint64_t edge[] = { 0, 1, p - 2, p - 1 };

    for (size_t i = 0; i < n; i++) {
        const uint64_t r = draw(t), e = r >> (64 - TRI_FIELD_BITS);

        v[i] = (r & 7) == 0 ? edge[r >> 3 & 3] : e < p ? e : e - p;
    }
}

/* So many products are more than any kernel adds up before it carries, and of
 * numbers just below p more than a word holds. */
enum { COMB = 600, VALUES = 8200 };
static uint64_t many[VALUES * TRI_ROW];

static void highest(struct bench *t, uint64_t *v, size_t n, uint64_t p)
{
    for (size_t i = 0; i < n; i++)
        v[i] = p - 1 - (uint8_t)draw(t);
}

/* Modulo a prime: elements el, words x and y; n is below 20. */
#define PRIME(slot, ...)                                         \
    TRY(slot)                                                    \
    {                                                            \
        static uint64_t el[96 * 16];                             \
        const size_t n = count(t, 19);                           \
        const uint64_t *const x = t->x + draw(t) % 8, *y = t->y; \
        uint64_t *const z = r->z;                                \
        struct tri_field f;                                      \
                                                                 \
        tri_field_init(&f, 1125899906842597);                    \
        elements(t, el, sizeof el / sizeof *el, f.p);            \
        memcpy(z, el + 1024, 8 * TRI_FIELD_VALUES);              \
        (void)(x + n + *y);                                      \
        __VA_ARGS__;                                             \
    }
PRIME(field_weights, k->field_weights(z, (const uint64_t (*)[16])el, x, n, &f))
PRIME(field_scale, k->field_scale(z, el, x, n, &f))
PRIME(field_first, const unsigned bits = n % 2 ? 64 : TRI_FIELD_BITS - 1;
      for (size_t i = 0; i < 160 && n % 2 == 0; i++) el[i] >>= 1;
      k->field_first(z, el + 200, el + 300, x, 64, n % 2 ? y : el, bits, n / 4,
                     &f))
PRIME(field_fold,
      k->field_fold(z, n % 3 ? el : NULL, el + 64, 1 + n % 4, x, 64, n, &f))
PRIME(
    field_comb, const int small = (int)(draw(t) & 1);
    k->field_comb(z, el, n, small ? el + 64 : x, small ? TRI_FIELD_BITS : 64, 8,
                  TRI_ROW, 2, (1 + n % 3) * TRI_ROW, &f);
    if (t->trial == 0) {
        highest(t, many, COMB, f.p);
        highest(t, many + COMB, COMB * TRI_ROW, 0);
        k->field_comb(z, many, COMB, many + COMB, 64, 0, TRI_ROW, 1, TRI_ROW,
                      &f);
    })
PRIME(
    field_values,
    k->field_values(z, el, el + 512, (unsigned)(n % 5), n / 4, &f);
    if (t->trial == 0) {
        for (size_t i = 0; i < VALUES * TRI_ROW; i++)
            many[i] = f.p - 1; /* whose square is 1 */
        if (k == t->ref)
            z[0] = tri_field_add(&f, z[0], VALUES * TRI_ROW);
        else
            k->field_values(z, many, many, 0, VALUES, &f);
    })
PRIME(words_carry, k->words_carry(z, x, y, x + 200, y + 300, x + 400,
                                  16 * (unsigned)(n % 4), n / 2))
PRIME(words_project, k->words_project(z, 20, x, n, y, n, n))
PRIME(words_dots, k->words_dots((uint64_t(*)[3])z, x, y, 30, 1 + n % 8, y, x,
                                40, 1 + n % 7, n))
PRIME(words_outer, k->words_outer((uint64_t(*)[3])z, 20, x, y, 30, 1 + n % 6, y,
                                  x, 20, 1 + n, n))

/* Elements of 2, 4 or 8 bytes, aligned to them. */
#define NARROW(slot, ...)                                              \
    TRY(narrow_##slot)                                                 \
    {                                                                  \
        const unsigned bytes = 2u << draw(t) % 3;                      \
        const size_t n = count(t, WORDS / 4), skip = draw(t) % 8;      \
        const uint8_t *const x = (const uint8_t *)t->x + bytes * skip; \
        uint64_t *const z = r->z;                                      \
                                                                       \
        (void)(*x + n);                                                \
        __VA_ARGS__;                                                   \
    }
NARROW(widen, k->narrow_widen(z, x, bytes, n))
NARROW(rest,
       k->narrow_rest(z, t->x + skip, t->x + 300, t->y + skip, t->y + 300, n))
NARROW(borrow, static uint64_t all[TRI_SUMS * TRI_PLACES];
       memset(all, 0, sizeof all);
       k->narrow_borrow(all, x, t->y, t->y + WORDS / 2, bytes, t->x + 900,
                        n % 16);
       fold(z, all, TRI_SUMS *TRI_PLACES))
#endif

/* All slots of the table, a family's by its list. That of aes_expand is the
 * reference everywhere: a published vector is for it. */
#define TEST_AS(name, slot)                                   \
    {                                                         \
#name, offsetof(struct tri_kernels, slot), try_##name \
    }
#define TEST(isa, form, name) TEST_AS(name, name),

static const struct {
    const char *name;
    size_t slot;
    void (*fn)(struct bench *t, const struct tri_kernels *k, struct result *r);
} test[] = { TRI_RING_FAMILY(TEST, ) TEST_AS(gemm, gemm),
             TEST_AS(chacha20, chacha20),
             TEST_AS(xor, xor_bytes),
             TEST_AS(poly1305, poly1305),
             TEST_AS(chachapoly, chachapoly),
             TRI_AES_FAMILY(TEST, ) TRI_ZP_FAMILY(TEST, )
                 TRI_LANE_FAMILY(TEST, ) TRI_CHAIN_FAMILY(TEST, )
                     TRI_SLICE_FAMILY(TEST, )
#ifndef TRI_NO_FIELDS
                         TRI_GF_FAMILY(TEST, ) TRI_FIELD_FAMILY(TEST, )
                             TRI_WORDS_FAMILY(TEST, ) TRI_NARROW_FAMILY(TEST, )
#endif
};

static int same(struct bench *t, size_t i, const struct tri_kernels *k)
{
    uint64_t start;

    words(t, t->x, WORDS);
    words(t, t->y, WORDS);
    memcpy(t->r[0].p, planes(t, 0, TRI_PLANES, 0, 256), sizeof t->r[0].p);
    words(t, t->r[0].z, WORDS);
    words(t, t->r[0].other, 8);
    t->r[1] = t->r[0];
    start = t->rng;
    test[i].fn(t, t->ref, &t->r[0]);
    t->rng = start;
    test[i].fn(t, k, &t->r[1]);
    return memcmp(&t->r[0], &t->r[1], sizeof t->r[0]) == 0;
}

/* How often slot i is tried. A program that names its kernels may have none
 * there; where the reference has one, so has every processor. One that is the
 * reference itself has only to run; but products are compared with their
 * definition. */
static unsigned trials(const struct bench *t, size_t i,
                       const struct tri_kernels *k)
{
    void (*slot[2])(void);

    memcpy(&slot[0], (const char *)k + test[i].slot, sizeof slot[0]);
    memcpy(&slot[1], (const char *)t->ref + test[i].slot, sizeof slot[1]);
    if (slot[0] == slot[1] && test[i].fn != try_gemm)
        return slot[0] != NULL;
    return TRIALS;
}

int tri_selftest(const struct tri_kernels *k, uint64_t seed,
                 tri_selftest_fn *tell, void *self)
{
    static struct bench t;
    struct tri_kernels ref;
    int bad = 0;

    tri_kernels_init(&ref, 0);
    t.ref = &ref;
    t.rng = seed;
    for (size_t i = 0; i < sizeof test / sizeof *test; i++) {
        const unsigned n = trials(&t, i, k);
        int ok = 1;

        if (n == 0)
            continue;
        for (t.trial = 0; ok && t.trial < n; t.trial++)
            ok = same(&t, i, k);
        if (tell != NULL)
            tell(self, test[i].name, ok);
        bad += !ok;
    }
    return bad;
}
