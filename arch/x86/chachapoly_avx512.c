/* ChaCha20 and Poly1305 in one pass; reached only through the kernel table.
 *
 * Both need the same two ports, and each alone leaves some of their time
 * unused: ChaCha20 waits for its rotations, which only one of the ports does,
 * Poly1305 for its carries. So the steps of one stand between the steps of the
 * other. The text is read and written once, and the key stream stays in
 * registers.
 *
 * A turn is 1024 bytes: 16 blocks of ChaCha20, and two times 32 blocks of
 * Poly1305; sealing, those of the turn before. */
#include <immintrin.h>
#include "arch/kernels.h"

#include "arch/x86/chacha20_avx512.inc"
#include "arch/x86/poly1305_avx512.inc"

enum { TURN = 64 * TRI_CHACHAPOLY_BLOCKS, HALF = TURN / 2, VECTOR = 128 };

/* ---- Poly1305: h = h * r^32 + M0 * r^24 + M1 * r^16 + M2 * r^8 + M3 --------
 */

struct poly {
    struct factor f[4]; /* r^32, r^24, r^16, r^8, each in every lane        */
    struct limbs first; /* h as it was, for the first 32 blocks: then 0     */
    struct limbs h;     /* lane by lane, still to be multiplied by r^8..r^1 */
    struct limbs m, d;  /* blocks in work, sum in work                      */
    const uint8_t *in;
};

static inline void poly_init(struct poly *a, const uint32_t h[5],
                             const uint32_t *p)
{
    struct limbs r16, x;

    power(&a->f[2], p, 16);
    power(&a->f[3], p, 8);
    for (unsigned l = 0; l < 5; l++) {
        r16.v[l] = a->f[2].r[l];
        a->first.v[l] = _mm512_set_epi64(0, 0, 0, 0, 0, 0, 0, h[l]);
        a->h.v[l] = _mm512_setzero_si512();
    }
    mul(&x, &r16, &a->f[2]);
    carry(&x);
    factor_of(&a->f[0], x.v);
    mul(&x, &r16, &a->f[3]);
    carry(&x);
    factor_of(&a->f[1], x.v);
}

static inline __attribute__((always_inline)) void products(
    struct limbs *d, __m512i x, const struct factor *f, unsigned i)
{
    for (unsigned l = 0; l < 5; l++)
        d->v[l] =
            ADD64(d->v[l], MUL(x, l >= i ? f->r[l - i] : f->r5[l + 5 - i]));
}

/* Step `s` of 32 for 32 blocks; s is constant where this is inlined. */
static inline __attribute__((always_inline)) void poly_step(struct poly *a,
                                                            unsigned s)
{
    const __m512i closing = _mm512_set1_epi64(1 << 24);

    if (s == 0) {
        split(&a->m, a->in, closing);
        add(&a->m, &a->first);
        for (unsigned l = 0; l < 5; l++)
            a->first.v[l] = a->d.v[l] = _mm512_setzero_si512();
    } else if (s % 6 == 0 && s <= 12) {
        split(&a->m, a->in + VECTOR * (s / 6), closing);
    } else if (s < 18) {
        products(&a->d, a->m.v[s % 6 - 1], &a->f[1 + s / 6], s % 6 - 1);
    } else if (s < 23) {
        products(&a->d, a->h.v[s - 18], &a->f[0], s - 18);
    } else if (s == 23) {
        split(&a->m, a->in + 3 * VECTOR, closing);
        add(&a->d, &a->m);
        a->in += HALF;
    } else if (s < 31) {
        carry_step(&a->d, s - 24);
    } else {
        a->h = a->d;
    }
}

static inline void poly_end(const struct poly *a, uint32_t h[5],
                            const uint32_t *p)
{
    struct factor last;
    struct limbs x;

    powers(&last, p, 1);
    mul(&x, &a->h, &last);
    carry(&x);
    fold(h, &x);
}

/* ---- ChaCha20 -------------------------------------------------------------
 */

#define XOR(a, b) _mm512_xor_si512(a, b)
#define ROT(x, n) _mm512_rol_epi32(x, n)

#define STEP(a, b, d, n)        \
    do {                        \
        v[a] = ADD(v[a], v[b]); \
        v[d] = XOR(v[d], v[a]); \
        v[d] = ROT(v[d], n);    \
    } while (0)

/* Two rounds, and eight steps of Poly1305 from step s on between theirs. */
static inline __attribute__((always_inline)) void two_rounds(__m512i v[16],
                                                             struct poly *a,
                                                             unsigned s)
{
#define BETWEEN(i) \
    if (a != NULL) \
    poly_step(a, s + (i))
    COLUMNS(FIRST);
    BETWEEN(0);
    COLUMNS(SECOND);
    BETWEEN(1);
    COLUMNS(THIRD);
    BETWEEN(2);
    COLUMNS(FOURTH);
    BETWEEN(3);
    DIAGONALS(FIRST);
    BETWEEN(4);
    DIAGONALS(SECOND);
    BETWEEN(5);
    DIAGONALS(THIRD);
    BETWEEN(6);
    DIAGONALS(FOURTH);
    BETWEEN(7);
#undef BETWEEN
}

/* Two lines of the next turn's text, and two where it will be written, which
 * without this stay in the way of the stores. Neither need exist: addresses
 * are numbers here. All CPUs with AVX-512 have PREFETCHW. */
static inline void fetch(const uint8_t *out, const uint8_t *in, size_t at)
{
    const uintptr_t r = (uintptr_t)in + TURN + at;
    const uintptr_t w = (uintptr_t)out + TURN + at;

    __asm__ volatile("prefetcht0 (%0)" ::"r"(r));
    __asm__ volatile("prefetcht0 (%0)" ::"r"(r + 64));
    __asm__ volatile("prefetchw (%0)" ::"r"(w));
    __asm__ volatile("prefetchw (%0)" ::"r"(w + 64));
}

static inline __m512i set1(uint32_t x)
{
    return _mm512_set1_epi32((int)x);
}

/* out[q] = quarter q of a, b, c, d. */
static inline void quarters(__m512i out[4], __m512i a, __m512i b, __m512i c,
                            __m512i d)
{
    const __m512i ab01 = _mm512_shuffle_i32x4(a, b, 0x44);
    const __m512i ab23 = _mm512_shuffle_i32x4(a, b, 0xee);
    const __m512i cd01 = _mm512_shuffle_i32x4(c, d, 0x44);
    const __m512i cd23 = _mm512_shuffle_i32x4(c, d, 0xee);

    out[0] = _mm512_shuffle_i32x4(ab01, cd01, 0x88);
    out[1] = _mm512_shuffle_i32x4(ab01, cd01, 0xdd);
    out[2] = _mm512_shuffle_i32x4(ab23, cd23, 0x88);
    out[3] = _mm512_shuffle_i32x4(ab23, cd23, 0xdd);
}

/* One turn of ChaCha20; `a`, which may be NULL, is constant. */
static inline __attribute__((always_inline)) void turn(uint8_t *out,
                                                       const uint8_t *in,
                                                       const uint32_t start[16],
                                                       uint32_t counter,
                                                       struct poly *a)
{
    const __m512i count = counters(counter);
    __m512i v[16];

    for (unsigned i = 0; i < 16; i++)
        v[i] = set1(start[i]);
    v[12] = count;
    for (unsigned half = 0; half < 2; half++) {
        two_rounds(v, a, 0);
        fetch(out, in, HALF * half);
        two_rounds(v, a, 8);
        fetch(out, in, HALF * half + 128);
        two_rounds(v, a, 16);
        fetch(out, in, HALF * half + 256);
        two_rounds(v, a, 24);
        fetch(out, in, HALF * half + 384);
        two_rounds(v, NULL, 0);
    }
    v[12] = ADD(v[12], count);
    for (unsigned i = 0; i < 16; i++)
        if (i != 12)
            v[i] = ADD(v[i], set1(start[i]));
    for (unsigned i = 0; i < 16; i += 4)
        transpose(v + i);
    for (unsigned b = 0; b < 4; b++) {
        __m512i blk[4];

        quarters(blk, v[b], v[4 + b], v[8 + b], v[12 + b]);
        for (unsigned q = 0; q < 4; q++) {
            const size_t at = 64 * (4 * q + b);

            _mm512_storeu_si512(out + at,
                                XOR(blk[q], _mm512_loadu_si512(in + at)));
        }
    }
}

TRI_DECL_CHACHAPOLY(tri_chachapoly_avx512)
{
    const uint32_t start[16] = {
        0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, key[0], key[1],
        key[2],     key[3],     key[4],     key[5],     key[6], key[7],
        0,          nonce[0],   nonce[1],   nonce[2],
    };
    size_t turns = nblocks / TRI_CHACHAPOLY_BLOCKS;
    struct poly a;

    if (turns == 0)
        return;
    poly_init(&a, h, p);
    a.in = in;
    if (!open) {
        a.in = out;
        turn(out, in, start, counter, NULL);
        in += TURN;
        out += TURN;
        counter += TRI_CHACHAPOLY_BLOCKS;
        turns--;
    }
    for (; turns > 0; turns--) {
        turn(out, in, start, counter, &a);
        in += TURN;
        out += TURN;
        counter += TRI_CHACHAPOLY_BLOCKS;
    }
    if (!open)
        for (unsigned half = 0; half < 2; half++) {
#pragma GCC unroll 32
            for (unsigned s = 0; s < 32; s++)
                poly_step(&a, s);
        }
    poly_end(&a, h, p);
}
