/*
 * Constant time, checked by valgrind's memcheck: secrets are marked undefined,
 * then every branch and every address that depends on one is an error. Run by
 * `make ct`, for each set of CPU features; AVX-512, which valgrind does not
 * know, is left out.
 *
 * Three places make a secret public: zp_reject, whose masks say which
 * candidates a sampler rejects, and zp_fill, which says whether it found enough
 * good ones (core/zp.h): the kernel table used here declares them defined; and
 * tri_ct_public() (core/ct.h), whether a tag fits or a point is zero. A part
 * must leave a result that is still undefined, or it has not seen the secrets
 * at all; and a part that leaks on purpose must be caught.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>
#include "core/aead.h"
#include "core/chain.h"
#include "core/ct.h"
#include "core/err.h"
#include "core/fir.h"
#include "core/gemm.h"
#include "core/hash.h"
#include "core/noise.h"
#include "core/x25519.h"
#include "core/zp.h"
#include "proto/fused/fused.h"
#include "proto/rep3/rep3.h"
#include "proto/verify/ands.h"
#include "proto/verify/prime.h"
#include "proto/verify/ring.h"
#include "tests/support/check.h"
#include "tests/support/lockstep.h"

static tri_zp_reject_fn real_reject;

static TRI_DECL_ZP_REJECT(reject_in_public)
{
    real_reject(mask, in, n, nonzero);
    (void)VALGRIND_MAKE_MEM_DEFINED(mask, n * sizeof *mask);
}

static tri_zp_fill_fn real_fill;

static TRI_DECL_ZP_FILL(fill_in_public)
{
    int left = real_fill(v, n, nonzero, spare, rows);

    (void)VALGRIND_MAKE_MEM_DEFINED(&left, sizeof left);
    return left;
}

static uint64_t seed = 0x5eed;

/* Random bytes below `most + 1`, from now on secret. */
static void secret(void *p, size_t n, unsigned least, unsigned most)
{
    uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        b[i] = (uint8_t)(least + tri_test_rand(&seed) % (most - least + 1));
    (void)VALGRIND_MAKE_MEM_UNDEFINED(p, n);
}

/* 1 if the last of these bytes is undefined in some bit. */
static int is_secret(const void *p, size_t n)
{
    uint8_t bits = 0;

    (void)VALGRIND_GET_VBITS((const uint8_t *)p + n - 1, &bits, 1);
    return bits != 0;
}

/* ---- parts ----------------------------------------------------------------
 */

enum { WORDS = 37 };
static uint64_t x[WORDS], y[WORDS], z[WORDS];

static int ring(const struct tri_kernels *k)
{
    const tri_ring3_fn two[] = { k->add, k->sub, k->mul, k->muladd };
    const tri_ringc_fn one[] = { k->addc, k->rsubc, k->scale, k->axpy };
    uint64_t c;
    int seen = 1;

    secret(x, sizeof x, 0, 255);
    secret(y, sizeof y, 0, 255);
    secret(&c, sizeof c, 0, 255);
    for (size_t i = 0; i < 4; i++) {
        memset(z, 0, sizeof z);
        two[i](z, x, y, WORDS);
        seen &= is_secret(z, sizeof z);
        memset(z, 0, sizeof z);
        one[i](z, x, c, WORDS);
        seen &= is_secret(z, sizeof z);
    }
    memset(z, 0, sizeof z);
    k->shr(z, x, 13, WORDS);
    return seen & is_secret(z, sizeof z - 7); /* the top bits are known */
}

static int gemm(const struct tri_kernels *k)
{
    static _Alignas(64) uint8_t block[1 << 23];
    static tri_ring A[9 * 21], B[21 * 13], C[9 * 13];
    struct tri_arena arena;
    const struct tri_cx cx = { k, NULL, &arena };

    tri_arena_init(&arena, block, sizeof block);
    secret(A, sizeof A, 0, 255);
    secret(B, sizeof B, 0, 255);
    memset(C, 0, sizeof C);
    return tri_gemm(&cx, 0, 0, 9, 13, 21, A, 21, B, 13, C, 13) == TRI_OK &&
           is_secret(C, sizeof C);
}

/* Each pass adds to what is public. */
static int convolution(const struct tri_kernels *k)
{
    static _Alignas(64) uint8_t block[1 << 23];
    static tri_ring X[2 * 5 * 4 * 3], W[2 * 2 * 3 * 3], Z[2 * 4 * 3 * 3];
    const struct tri_conv g = { 2, 5, 4, 3, 2, 2, 3, 1, 0, 4, 3 };
    struct tri_arena arena;
    const struct tri_cx cx = { k, NULL, &arena };
    int seen;

    tri_arena_init(&arena, block, sizeof block);
    secret(X, sizeof X, 0, 255);
    secret(W, sizeof W, 0, 255);
    memset(Z, 0, sizeof Z);
    seen = tri_fir_fwd(&cx, &g, Z, X, W) == TRI_OK && is_secret(Z, sizeof Z);
    memset(X, 0, sizeof X);
    seen &= tri_fir_dx(&cx, &g, X, Z, W) == TRI_OK && is_secret(X, sizeof X);
    memset(W, 0, sizeof W);
    return seen &
           (tri_fir_dw(&cx, &g, W, X, Z) == TRI_OK && is_secret(W, sizeof W));
}

static int draw(const struct tri_kernels *k, enum tri_prg_kind kind)
{
    static uint64_t words[TRI_PRG_CHUNK_WORDS + 100];
    static uint8_t bytes[5000];
    uint8_t key[32];
    struct tri_prg g;
    struct tri_stream s;
    int seen = 1;

    secret(key, sizeof key, 0, 255);
    tri_prg_init(&g, k, key, kind);
    tri_prg_words(&g, NULL, words, sizeof words / sizeof *words);
    seen &= is_secret(words, sizeof words);
    tri_prg_bytes(&g, bytes, 77);
    seen &= is_secret(bytes, 77);
    tri_stream_open(&s, &g, tri_prg_next(&g), 0);
    for (size_t n = 1; n < sizeof bytes; n = 3 * n + 1) {
        tri_stream_read(&s, bytes, n);
        seen &= is_secret(bytes, n);
    }
    tri_stream_wipe(&s);
    tri_prg_wipe(&g);
    return seen;
}

static int generator(const struct tri_kernels *k)
{
    return draw(k, TRI_PRG_CHACHA20) & draw(k, TRI_PRG_AES128);
}

static int hash(const struct tri_kernels *k)
{
    uint8_t key[32], data[200], out[TRI_HASH_BYTES];
    struct tri_hash s;

    (void)k;
    secret(key, sizeof key, 0, 255);
    secret(data, sizeof data, 0, 255);
    tri_hash_init(&s, key, sizeof key);
    tri_hash_update(&s, data, 77);
    tri_hash_update(&s, data + 77, sizeof data - 77);
    tri_hash_final(&s, out);
    return is_secret(out, sizeof out);
}

/* One comparison of engine paper, from the words to P2's bit. */
static int compare(const struct tri_kernels *k)
{
    enum { N = 64 };
    static _Alignas(64) tri_plane xd[N], cd[N], share[2][N], s[N], u[N],
        out[2][N];
    uint64_t v[TRI_LANES], zero;
    uint8_t key[32], beta[TRI_LANES], spec[TRI_LANES], rho[TRI_LANES];
    struct tri_prg g;
    struct tri_stream st;
    int seen = 1;

    secret(key, sizeof key, 0, 255);
    tri_prg_init(&g, k, key, TRI_PRG_CHACHA20);
    tri_stream_open(&st, &g, tri_prg_next(&g), 0);
    tri_zp_uniform(&st, share[0], N, 0);
    tri_zp_uniform(&st, s, N, 1);
    tri_zp_uniform(&st, u, N, 0);
    tri_zp_below(&st, rho, N);
    seen &= is_secret(share[0], sizeof share[0]);
    seen &= is_secret(s, sizeof s) & is_secret(u, sizeof u);
    seen &= is_secret(rho, sizeof rho);
    tri_zp_below(&st, beta, 13); /* one that does reject */
    for (size_t i = 0; i < TRI_LANES; i++) {
        beta[i] = (uint8_t)(0u - (beta[i] & 1u));
        spec[i] = (uint8_t)(0u - (rho[i] & 1u));
    }

    secret(v, sizeof v, 0, 255);
    k->zp_bits(xd, v, N);
    secret(v, sizeof v, 0, 255);
    k->zp_bits(cd, v, N);
    k->zp_sub(share[1], (const tri_plane *)xd, (const tri_plane *)share[0], N);
    seen &= is_secret(share[1], sizeof share[1]);
    for (unsigned j = 0; j < 2; j++) {
        k->zp_cmp(out[j], (const tri_plane *)share[j], (const tri_plane *)cd,
                  beta, spec, (const tri_plane *)s, (const tri_plane *)u, N,
                  1 - j);
        k->zp_rotate(out[j], rho, N);
    }
    zero = k->zp_zero((const tri_plane *)out[0], (const tri_plane *)out[1], N);
    return seen & is_secret(&zero, sizeof zero);
}

/* A comparison of engine fused, in groups of several sizes. */
static int chain(const struct tri_kernels *k)
{
    static _Alignas(64) tri_plane x_bits[64], c_bits[64], beta, t;
    static uint8_t wire[3][371 * sizeof(tri_plane)];
    static struct tri_stream common, p0;
    uint8_t key[32];
    struct tri_prg g;
    struct tri_chain c;
    int seen = 1;

    secret(key, sizeof key, 0, 255);
    tri_prg_init(&g, k, key, TRI_PRG_CHACHA20);
    for (unsigned bits = 3; bits <= 63; bits += 30)
        for (size_t lanes = TRI_CHAIN_LANES; lanes > 0; lanes /= 9) {
            secret(x_bits, sizeof x_bits, 0, 255);
            secret(c_bits, sizeof c_bits, 0, 255);
            tri_chain_plan(&c, bits);
            tri_stream_open(&p0, &g, 1, 0);
            tri_chain_deal(k, &c, wire[2], (const tri_plane *)x_bits, &p0,
                           lanes);
            seen &= is_secret(wire[2], tri_chain_bytes(c.dealt, lanes));
            for (unsigned j = 0; j < 2; j++) {
                tri_stream_open(&p0, &g, 1, 0);
                tri_stream_open(&common, &g, 2, 0);
                tri_chain_answer(
                    k, &c, wire[j], &beta, (const tri_plane *)c_bits, &common,
                    j == 0 ? &p0 : NULL, j == 0 ? NULL : wire[2], lanes);
                seen &= is_secret(wire[j], tri_chain_bytes(c.answer, lanes));
                seen &= is_secret(beta, sizeof beta);
            }
            tri_chain_open(k, &c, &t, wire[0], wire[1], lanes);
            seen &= is_secret(t, (lanes + 7) / 8);
        }
    return seen;
}

static int lane(const struct tri_kernels *k)
{
    uint8_t bytes[WORDS];
    uint64_t bits, w[WORDS];
    int seen = 1;

    secret(x, sizeof x, 0, 255);
    secret(y, sizeof y, 0, 255);
    bits = k->lane_bits(x, y[0], 63, WORDS);
    seen &= is_secret(&bits, 1);
    k->lane_spread(bytes, bits, 0xff, WORDS);
    seen &= is_secret(bytes, WORDS);
    bits = k->lane_pack(bytes, WORDS);
    seen &= is_secret(&bits, 1);
    k->lane_mask(z, w, x, 1, y, x, WORDS);
    seen &= is_secret(z, sizeof z) & is_secret(w, sizeof w);
    memset(w, 0, sizeof w);
    {
        const uint64_t c = y[2];
        const struct tri_lane_choice choice = { .t = x,
                                                .e = y,
                                                .k = x,
                                                .r = y,
                                                .tn = x,
                                                .en = y,
                                                .width = 2,
                                                .shift = 13,
                                                .c = c,
                                                .own = ~(uint64_t)0 };
        const struct tri_lane_wrap wrap = { .w = y,
                                            .width = 2,
                                            .shift = 13,
                                            .below = 8191,
                                            .h = c,
                                            .f = x[0],
                                            .g = x[1],
                                            .e = x[2] };

        memset(w, 0, sizeof w);
        k->lane_choose(w, bits, &choice, WORDS);
        seen &= is_secret(w, sizeof w);
        memset(w, 0, sizeof w);
        k->lane_trunc(w, x, &wrap, WORDS);
        seen &= is_secret(w, sizeof w);
    }
    memset(w, 0, sizeof w);
    k->lane_pick(w, bits, x, 13, y, WORDS);
    seen &= is_secret(w, sizeof w);
    for (unsigned width = 2; width <= 8; width *= 2) {
        memset(w, 0, sizeof w);
        k->lane_share(w, bits, x, width, WORDS);
        seen &= is_secret(w, width * WORDS);
        memset(w, 0, sizeof w);
        k->lane_keep(w, bits, x, y, width, WORDS);
        seen &= is_secret(w, width * WORDS);
        memset(w, 0, sizeof w);
        k->lane_flip(w, bits, x, y, width, WORDS);
        seen &= is_secret(w, width * WORDS);
    }
    return seen;
}

/* To planes, products of these, and back to words. */
static int field(const struct tri_kernels *k)
{
    static uint64_t tab[TRI_FIELD_TABLES][16], u[32 * TRI_ROW];
    static uint64_t v[32 * TRI_ROW], w[32 * TRI_ROW], q[9], d[64][3];
    static uint64_t sums[TRI_SUMS * TRI_ROW], ones[TRI_SUMS * TRI_PLACES];
    const uint64_t mask[32] = { 0x123456789abc, 0xfedcba987654,
                                0xf0f0f0f0f0f0 };
    struct tri_field f;
    int seen = 1;

    tri_field_init(&f, 1125899906842597);
    secret(u, sizeof u, 0, 255);
    secret(v, sizeof v, 0, 255);
    secret(tab, sizeof tab, 0, 255);
    for (size_t i = 0; i < 32 * TRI_ROW; i++)
        w[i] = 1;
    k->field_scale(u, w, u, 32, &f);
    k->field_scale(v, w, v, 32, &f);
    k->field_weights(w, (const uint64_t(*)[16])tab, mask, 32, &f);
    seen &= is_secret(w, 32 * sizeof *w - 2);
    k->field_scale(w, u, v, 32, &f);
    seen &= is_secret(w, sizeof w - 2);
    memset(q, 0, sizeof q);
    k->field_first(q, u, v, w, 64, v, 64, 8, &f);
    seen &= is_secret(q, sizeof q - 2);
    k->field_fold(w, u, u, 4, v, 64, 8, &f);
    seen &= is_secret(w, 8 * TRI_ROW * 8 - 2);
    k->field_scale(w, u, v, 32, &f);
    memset(q, 0, sizeof q);
    k->field_values(q, u, w, 2, 8, &f);
    seen &= is_secret(q, sizeof q - 2);
    memset(w, 0, sizeof w);
    k->field_comb(w, u, 4, v, 64, 4 * TRI_ROW, TRI_ROW, 8, TRI_ROW, &f);
    seen &= is_secret(w, 8 * TRI_ROW * 8 - 2);
    k->words_carry(w, u, v, v, u, u, 16, 5);
    for (size_t i = 0; i < 5; i++)
        seen &= is_secret(w + i * TRI_CARRIED, 2); /* others are zeros */
    k->words_project(sums, TRI_ROW, u, TRI_ROW, mask, 32, TRI_ROW);
    seen &= is_secret(sums, sizeof sums);
    k->words_dots(d, u, v, 32, 8, v, u, 32, 8, 32);
    seen &= is_secret(d[63], 16);
    memset(d, 0, sizeof d);
    k->words_outer(d, 8, u, v, 32, 8, v, u, 8, 8, 32);
    seen &= is_secret(d[63], 16);
    for (unsigned bytes = 2; bytes <= 8; bytes *= 2) {
        memset(ones, 0, sizeof ones);
        k->narrow_borrow(ones, u, v, u + TRI_PLACES, bytes, mask, 7);
        seen &= is_secret(ones, sizeof ones - 7); /* the highest is known */
        memset(w, 0, sizeof w);
        k->narrow_widen(w, u, bytes, WORDS);
        seen &= is_secret(w, (WORDS - 1) * sizeof *w + 1);
    }
    memset(w, 0, sizeof w);
    k->narrow_rest(w, u, v, u, v, WORDS);
    return seen & is_secret(w, WORDS * sizeof *w);
}

/* All of a check: operands, products and masks are secret; keys are not, as
 * from them the coins come, which are public in the end. */
static int products(const struct tri_kernels *k)
{
    enum { N = 150 };
    static const struct tri_bilin op[] = {
        { .kind = TRI_BILIN_MATMUL, .m = 9, .k = 16, .n = 9 },
        { .kind = TRI_BILIN_MATMUL, .m = 33, .k = 5, .n = 33 },
        { .kind = TRI_BILIN_CONV,
          .conv = { 2, 6, 6, 2, 3, 3, 40, 1, 1, 6, 6 } },
    };
    enum { MATRICES = sizeof op / sizeof *op };
    static uint64_t in[7][40 * 72];
    static struct tri_lockstep l;
    static struct tri_coins coins;
    struct tri_ring_count count = { 0 };
    struct tri_ring_check c[TRI_PARTIES];
    struct tri_verify_words w[2];
    struct tri_verify_matrix m[MATRICES];
    const struct tri_verify_batch b = {
        .words = w, .words_n = 2, .matrix = m, .matrices = MATRICES
    };
    struct tri_ring_plan plan;
    int seen = 1;

    secret(in, sizeof in, 0, 255);
    for (unsigned i = 0; i < 2; i++) {
        w[i] = (struct tri_verify_words){ .x = { in[0], in[1] },
                                          .y = { in[2], in[3] },
                                          .z = in[4],
                                          .mask = { in[5], in[6] },
                                          .bytes = sizeof in[0][0],
                                          .n = N,
                                          .bits = 64 >> i,
                                          .prover = TRI_NOBODY };
        tri_ring_count_words(&count, N, TRI_NOBODY);
    }
    for (unsigned i = 0; i < MATRICES; i++) {
        m[i] = (struct tri_verify_matrix){ .op = op[i],
                                           .x = { in[0], in[1] },
                                           .y = { in[2], in[3] },
                                           .z = in[4],
                                           .mask = { in[5], in[6] } };
        tri_ring_count_matrix(&count, &op[i]);
    }
    if (tri_ring_plan(&plan, &count) != TRI_OK)
        return 0;
    tri_lockstep_init(&l, (size_t)8 << 20, 0);
    l.k = *k;
    coins.k = &l.k;
    coins.kind = TRI_PRG_CHACHA20;
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        seen &= tri_ring_check_start(&c[p], &l.s[p], &coins, 1, &plan, &b) ==
                TRI_OK;
    for (unsigned r = 0; r < plan.rounds; r++) {
        for (unsigned p = 0; p < TRI_PARTIES; p++)
            seen &= tri_ring_check_send(&c[p], r) == TRI_OK;
        for (unsigned p = 0; p < TRI_PARTIES; p++)
            (void)tri_ring_check_recv(&c[p], r); /* nothing is right */
        if (r == 1)
            seen &= is_secret(c[0].out[0] + 32, 142 * 20);
        if (r == 3)
            seen &= is_secret(c[0].out[0], 64 - 2);
    }
    tri_lockstep_free(&l);
    return seen;
}

static int slice(const struct tri_kernels *k)
{
    uint64_t planes[2 * WORDS], w[WORDS];
    int seen = 1;

    secret(x, sizeof x, 0, 255);
    secret(y, sizeof y, 0, 255);
    k->slice_transpose(planes, 1, WORDS, x, 1, WORDS, 13);
    k->slice_transpose(planes + WORDS, 1, WORDS, y, 1, WORDS, 0);
    seen &= is_secret(planes, 8 * WORDS - 7); /* bits from WORDS on are 0 */
    k->slice_maj(w, planes, planes + WORDS, x, WORDS);
    seen &= is_secret(w, sizeof w);
    memset(w, 0, sizeof w);
    k->slice_and(w, planes, x, planes + WORDS, y, planes, WORDS);
    seen &= is_secret(w, sizeof w - 7);
    k->slice_transpose(z, 1, WORDS, w, 1, WORDS, 0);
    seen &= is_secret(z, sizeof z - 7);
    memset(w, 0, sizeof w);
    k->rss_mul(w, x, y, planes, planes + WORDS, z, WORDS);
    return seen & is_secret(w, sizeof w);
}

/* ---- a party alone: it hears secrets --------------------------------------
 */

static int told; /* whether all that it said was secret */

static int swallow(struct tri_link *l, unsigned to, const void *buf, size_t len)
{
    (void)l;
    (void)to;
    told &= is_secret(buf, len);
    return TRI_OK;
}

static int hear(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    (void)l;
    (void)from;
    secret(buf, len, 0, 255);
    return TRI_OK;
}

static int nothing(struct tri_link *l)
{
    (void)l;
    return TRI_OK;
}

/* A vector, or n rows of n, secret where this party has a share. */
static int operand(struct tri_engine *e, struct tri_ten *t, uint32_t n, int fb)
{
    const struct tri_shape shape =
        n == 1 ? tri_shape1(WORDS) : tri_shape2(n, n);

    if (tri_ten_alloc(e, t, shape, fb, 0) != TRI_OK)
        return 0;
    for (unsigned c = 0; c < e->holds; c++)
        secret(t->v[c], t->n * sizeof(tri_ring), 0, 255);
    return 1;
}

/* Where a result is to come: nothing of it is secret yet. */
static int result(struct tri_engine *e, struct tri_ten *t,
                  struct tri_shape shape, int fb, int cached)
{
    if (tri_ten_alloc(e, t, shape, fb, cached) != TRI_OK)
        return 0;
    if (cached == TRI_TEN_OPEN)
        memset(t->cache, 0, t->n * sizeof(tri_ring));
    for (unsigned c = 0; cached != TRI_TEN_OPEN && c < e->holds; c++)
        memset(t->v[c], 0, t->n * sizeof(tri_ring));
    return 1;
}

static int hidden(const struct tri_engine *e, const struct tri_ten *t)
{
    int seen = 1;

    for (unsigned c = 0; c < e->holds; c++)
        seen &= is_secret(t->v[c], t->n * sizeof(tri_ring));
    return seen;
}

/* Everything that depends on a bit of a sharing. */
static int protocols(struct tri_engine *e)
{
    struct tri_ten in, out;
    struct tri_bits bits;
    int seen = e->ops->bits_alloc(e, &bits, WORDS) == TRI_OK;

    for (unsigned turn = 0; seen && turn < 4; turn++) {
        if (!operand(e, &in, 1, 32) ||
            !result(e, &out, in.shape, turn == 1 ? 13 : 16, 0))
            return 0;
        seen &= turn < 2    ? e->ops->relu(e, &out, &bits, &in) == TRI_OK
                : turn == 2 ? e->ops->trunc(e, &out, &in) == TRI_OK
                            : e->ops->sign(e, &bits, &in) == TRI_OK &&
                                  e->ops->select(e, &out, &bits, &in) == TRI_OK;
        seen &= hidden(e, &out);
    }
    return seen;
}

/* A maximum of `n` and its gradient, which comes open where it can; what lies
 * beside shares is secret as well. */
static int maximum(struct tri_engine *e, uint32_t n)
{
    struct tri_ten in, max, dx;
    struct tri_maxn st;
    const int open =
        e->ops->grad_opens != NULL && e->ops->grad_opens(e, n, n) != 0;
    int seen = operand(e, &in, n, 16) &&
               result(e, &max, tri_shape1(n), 16, 0) &&
               result(e, &dx, in.shape, 16, open ? TRI_TEN_OPEN : 0) &&
               e->ops->maxn_alloc(e, &st, n, n) == TRI_OK;

    seen =
        seen && e->ops->maxn(e, &max, &st, &in) == TRI_OK && hidden(e, &max) &&
        e->ops->maxn_grad(e, &dx, &st, &max) == TRI_OK &&
        (open ? is_secret(dx.cache, dx.n * sizeof(tri_ring)) : hidden(e, &dx));
    return seen;
}

/* What softmax is made of, and division. */
static int quotients(struct tri_engine *e)
{
    struct tri_ten in, out, row;
    int seen = operand(e, &in, 6, 52) && result(e, &out, in.shape, 16, 0) &&
               tri_ten_alloc(e, &row, tri_shape1(6), 16, 0) == TRI_OK;

    for (unsigned c = 0; seen && c < e->holds; c++)
        secret(row.v[c], 6 * sizeof(tri_ring), 0, 255);
    seen = seen && e->ops->normalise(e, &out, &in) == TRI_OK &&
           hidden(e, &out) && result(e, &out, in.shape, 0, 0);
    in.fb = 16;
    seen = seen && e->ops->exp(e, &out, &in) == TRI_OK && hidden(e, &out);
    return seen && result(e, &out, in.shape, 16, 0) &&
           e->ops->div(e, &out, &in, &row) == TRI_OK && hidden(e, &out);
}

/* Two products of one tensor, which is opened once. */
static int bilinear(struct tri_engine *e)
{
    static const struct tri_bilin op = {
        .kind = TRI_BILIN_MATMUL, .m = 6, .n = 6, .k = 6
    };
    struct tri_ten in, kept, out;
    int seen = operand(e, &in, 6, 17) &&
               tri_ten_alloc(e, &kept, in.shape, 16, 1) == TRI_OK;

    for (unsigned c = 0; seen && c < e->holds; c++)
        secret(kept.v[c], kept.n * sizeof(tri_ring), 0, 255);
    for (unsigned turn = 0; seen && turn < 2; turn++)
        seen = result(e, &out, in.shape, 0, 0) &&
               e->ops->bilin(e, &op, &out, &in, &kept) == TRI_OK &&
               hidden(e, &out);
    return seen;
}

static int fused_protocols(struct tri_engine *e)
{
    return protocols(e) & maximum(e, 6) & quotients(e) & bilinear(e);
}

static int engine(const struct tri_kernels *k,
                  const struct tri_engine_kind *kind, int max,
                  int (*run)(struct tri_engine *e))
{
    static const struct tri_link_ops ops = {
        .send = swallow, .recv = hear, .flush = nothing, .poll = nothing
    };
    const struct tri_engine_config config = { .f = 16, .k = 32, .max = max };
    static _Alignas(64) uint8_t block[1 << 23];
    int seen = 1;

    told = 1;
    for (unsigned id = 0; id < TRI_PARTIES; id++) {
        struct tri_link l = { .ops = &ops, .id = id };
        struct tri_session s = { .id = id, .link = &l };
        struct tri_engine e;
        struct tri_arena a;

        tri_arena_init(&a, block, sizeof block);
        s.cx = (struct tri_cx){ k, NULL, &a };
        for (unsigned j = 0; j < TRI_PARTIES; j++) {
            uint8_t key[32];

            secret(key, sizeof key, 0, 255);
            tri_prg_init(&s.prg[j], k, key, TRI_PRG_CHACHA20);
        }
        if (tri_engine_start(&e, kind, &s, &config) != TRI_OK)
            return 0;
        seen &= run(&e);
        tri_engine_end(&e);
        tri_session_wipe(&s);
    }
    return seen & told;
}

static int rep3(const struct tri_kernels *k)
{
    return engine(k, &tri_engine_rep3, 0, protocols);
}

/* By tournament, whose gradient comes open, and by groups. */
static int fused(const struct tri_kernels *k)
{
    return engine(k, &tri_engine_fused, TRI_MAX_TREE, fused_protocols) &
           engine(k, &tri_engine_fused, TRI_MAX_PAIRS, fused_protocols);
}

/* Verification of bit products: a party in all its roles. */
static int verify(const struct tri_kernels *k)
{
    enum { N = 600 };
    static const struct tri_link_ops ops = { .send = swallow, .recv = hear };
    static _Alignas(64) uint8_t block[1 << 19];
    static uint64_t w[6][N];
    const struct tri_verify_ands entry = { .x = { w[0], w[1] },
                                           .y = { w[2], w[3] },
                                           .e1 = w[4],
                                           .e2 = w[5],
                                           .words = N };
    struct tri_arena arena;
    struct tri_link link = { .ops = &ops };
    struct tri_session s = { .link = &link };
    struct tri_coins coins = { .k = k, .kind = TRI_PRG_CHACHA20 };
    struct tri_ands a;
    int seen = 1;

    secret(w, sizeof w, 0, 255);
    secret(coins.own, sizeof coins.own, 0, 255);
    secret(coins.next, sizeof coins.next, 0, 255);
    tri_arena_init(&arena, block, sizeof block);
    s.cx = (struct tri_cx){ k, NULL, &arena };
    if (tri_ands_start(&a, &s, &coins, 1, &entry, 1) != TRI_OK)
        return 0;
    for (unsigned r = 0; r < a.plan.rounds; r++) {
        seen &= tri_ands_send(&a, r) == TRI_OK;
        (void)tri_ands_recv(&a, r); /* finds that nothing is proved */
    }
    seen &= is_secret(a.mine.q, 8 * a.plan.proof);
    seen &= is_secret(a.mine.q, 8 * TRI_ANDS_Q);
    seen &= is_secret(a.opening, sizeof a.opening[0]);
    seen &= is_secret(a.opening, sizeof a.opening);
    tri_ands_end(&a);
    return seen;
}

/* Sealing, then opening what was sealed. */
static int sealing(const struct tri_kernels *k, int alg)
{
    static uint8_t text[1100], out[1100];
    const uint8_t nonce[TRI_AEAD_NONCE] = { 1 };
    uint8_t key[TRI_AEAD_KEY], tag[TRI_AEAD_TAG];
    struct tri_aead a;
    int seen = 1;

    secret(key, sizeof key, 0, 255);
    secret(text, sizeof text, 0, 255);
    if (tri_aead_init(&a, k, alg, key) != TRI_OK)
        return 0;
    for (size_t n = 0; n <= sizeof text; n += 275) {
        if (tri_aead_seal(&a, out, tag, nonce, "ad", 2, text, n) != TRI_OK)
            return 0;
        seen &= is_secret(tag, sizeof tag) && (n == 0 || is_secret(out, n));
        if (tri_aead_open(&a, out, tag, nonce, "ad", 2, out, n) != TRI_OK)
            return 0;
        seen &= n == 0 || is_secret(out, n);
    }
    return seen;
}

static int chachapoly(const struct tri_kernels *k)
{
    return sealing(k, TRI_AEAD_CHACHAPOLY);
}

static int aesgcm(const struct tri_kernels *k)
{
    return sealing(k, TRI_AEAD_AESGCM);
}

uint64_t tri_ct_public(uint64_t bit)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(&bit, sizeof bit);
    return bit;
}

/* Both sides of a handshake, with secret payloads; only public keys are
 * public. */
static int noise(const struct tri_kernels *k)
{
    uint8_t s[2][32], e[2][32], pub[2][32], out[96], back[48], text[48];
    struct tri_noise side[2];
    struct tri_noise_keys keys[2];
    int seen = 1;

    secret(s, sizeof s, 0, 255);
    secret(e, sizeof e, 0, 255);
    for (unsigned i = 0; i < 2; i++) {
        tri_x25519_public(pub[i], s[i]);
        seen &= is_secret(pub[i], 32);
        (void)VALGRIND_MAKE_MEM_DEFINED(pub[i], 32);
    }
    tri_noise_init(&side[0], k, 1, s[0], pub[1], "ct", 2);
    tri_noise_init(&side[1], k, 0, s[1], pub[0], "ct", 2);
    for (unsigned i = 0; i < 2; i++) {
        secret(text, sizeof text, 0, 255);
        if (tri_noise_write(&side[i], e[i], out, text, sizeof text) != TRI_OK ||
            tri_noise_read(&side[!i], back, out, sizeof text) != TRI_OK)
            return 0;
        seen &= is_secret(back, sizeof back);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (tri_noise_split(&side[i], &keys[i]) != TRI_OK)
            return 0;
        seen &= is_secret(keys[i].send, 32) & is_secret(keys[i].exporter, 32);
    }
    return seen;
}

static int x25519(const struct tri_kernels *k)
{
    uint8_t key[32], point[32], out[32];

    (void)k;
    secret(key, sizeof key, 0, 255);
    secret(point, sizeof point, 0, 255);
    return tri_x25519(out, key, point) == TRI_OK && is_secret(out, sizeof out);
}

/* Leaks: a branch, then an address. */
static volatile uint8_t sink;

static int control(const struct tri_kernels *k)
{
    static const volatile uint8_t table[256];
    uint8_t byte;

    (void)k;
    secret(&byte, 1, 0, 255);
    if (byte & 1)
        sink = 1;
    sink = table[byte];
    return 1;
}

/* ---- runner ---------------------------------------------------------------
 */

static const struct {
    const char *name;
    int (*run)(const struct tri_kernels *k); /* 1 if secrets went through */
} parts[] = {
    { "ring", ring },
    { "gemm", gemm },
    { "convolution", convolution },
    { "prg", generator },
    { "hash", hash },
    { "ChaCha20-Poly1305", chachapoly },
    { "AES-128-GCM", aesgcm },
    { "x25519", x25519 },
    { "Noise handshake", noise },
    { "zp", compare },
    { "chain", chain },
    { "lane", lane },
    { "slice", slice },
    { "bit products verified", verify },
    { "engine rep3", rep3 },
    { "engine fused", fused },
    { "field", field },
    { "ring products", products },
};

int main(void)
{
    const unsigned have =
        tri_cpu_detect() & ~(unsigned)(TRI_CPU_AVX512 | TRI_CPU_VAES |
                                       TRI_CPU_GFNI | TRI_CPU_IFMA);
    unsigned passed = 0, failed = 0;

    if (!RUNNING_ON_VALGRIND) {
        fprintf(stderr, "ct: run me under valgrind (make ct)\n");
        return 2;
    }

    for (unsigned cpu = 0; cpu <= have; cpu++) {
        struct tri_kernels k;

        if (cpu & ~have)
            continue;
        tri_kernels_init(&k, cpu);
        real_reject = k.zp_reject;
        k.zp_reject = reject_in_public;
        real_fill = k.zp_fill;
        k.zp_fill = fill_in_public;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            const unsigned before = (unsigned)VALGRIND_COUNT_ERRORS;
            const int seen = parts[i].run(&k);
            const unsigned leaks = (unsigned)VALGRIND_COUNT_ERRORS - before;
            const int ok = seen && leaks == 0;

            printf("%s %s,", ok ? "ok  " : "FAIL", parts[i].name);
            for (unsigned bit = 1; bit <= cpu; bit *= 2)
                if (cpu & bit)
                    printf(" %s", tri_cpu_name(bit));
            printf("%s: %u leaks%s\n", cpu ? "" : " reference", leaks,
                   seen ? "" : ", the secrets were lost on the way");
            *(ok ? &passed : &failed) += 1;
        }
    }

    {
        const unsigned before = (unsigned)VALGRIND_COUNT_ERRORS;
        unsigned leaks;
        int ok;

        printf("now a part that leaks on purpose:\n");
        fflush(stdout);
        control(NULL);
        leaks = (unsigned)VALGRIND_COUNT_ERRORS - before;
        ok = leaks >= 2;
        printf("%s control: %u leaks reported\n", ok ? "ok  " : "FAIL", leaks);
        *(ok ? &passed : &failed) += 1;
    }

    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
