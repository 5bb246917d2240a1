#ifndef TRI_ARCH_KERNELS_H
#define TRI_ARCH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/** \file arch/kernels.h
 *
 * # The kernel table
 *
 * Every hot inner loop of the project is a slot of `struct tri_kernels`.
 * Slots are filled with the C reference first, then overridden in rising ISA
 * order by the fillers that a program names (tri_fillers). The reference
 * (arch/ref) is the specification: every variant equals it to the last bit.
 *
 * Kernels are pure: pointers and sizes in, values out; no allocation, no
 * error, no state. They take any alignment unless a slot says otherwise, any
 * n including 0, and their timing depends on sizes only. Output may be the
 * same array as an input of the same type ("in place") unless a slot says
 * otherwise; any other overlap is forbidden.
 *
 * One macro per slot declares the slot, the reference and the variants; one
 * list per family names its slots (below).
 */

/** Instruction sets, in the order in which they override. */
enum tri_cpu {
    TRI_CPU_AESNI = 1u << 0,  /**< AES-NI, PCLMULQDQ, SSSE3 and SSE4.1 */
    TRI_CPU_AVX2 = 1u << 1,   /**< and the OS saves YMM */
    TRI_CPU_AVX512 = 1u << 2, /**< F, BW, DQ and VL, and the OS saves ZMM */
    TRI_CPU_VAES = 1u << 3,   /**< VAES and VPCLMULQDQ, with AVX2 */
    TRI_CPU_AMX = 1u << 4,    /**< AMX-TILE and AMX-INT8, with AVX-512, and
                                   the OS saves tiles */
    TRI_CPU_NEON = 1u << 5,
    TRI_CPU_ARMCE = 1u << 6, /**< ARMv8 AES and PMULL */
    TRI_CPU_GFNI = 1u << 7,  /**< GFNI and AVX512-VBMI, with AVX-512 */
    TRI_CPU_IFMA = 1u << 8   /**< AVX512-IFMA, with AVX-512 */
};

/* ---- ring: vectors of words, family file ring_<isa>.c ------------------ */

/* add, sub, mul: z[i] = x[i] op y[i].  muladd: z[i] += x[i] * y[i]. */
#define TRI_DECL_RING3(name) \
    void name(uint64_t *z, const uint64_t *x, const uint64_t *y, size_t n)
/* addc: x[i] + c.  rsubc: c - x[i].  scale: c * x[i].  axpy: z[i] += c*x[i]. */
#define TRI_DECL_RINGC(name) \
    void name(uint64_t *z, const uint64_t *x, uint64_t c, size_t n)
/* axpys: z[i] += the sum over p < k of c[p] * x[p*ldx + i]. z is none of x. */
#define TRI_DECL_AXPYS(name)                                                 \
    void name(uint64_t *z, const uint64_t *x, size_t ldx, const uint64_t *c, \
              size_t k, size_t n)
/* dot: the sum of x[i] * y[i]. */
#define TRI_DECL_RINGDOT(name) \
    uint64_t name(const uint64_t *x, const uint64_t *y, size_t n)
/* shr: z[i] = x[i] >> s, logical, s < 64. */
#define TRI_DECL_RINGS(name) \
    void name(uint64_t *z, const uint64_t *x, unsigned s, size_t n)

/* rss_mul: z[i] = x0[i]*(y0[i] + y1[i]) + x1[i]*y0[i] + a[i]. Replicated
 * sharing: the share of x*y of a party that holds two components of each, plus
 * a share a of zero. */
#define TRI_DECL_RSS_MUL(name)                                           \
    void name(uint64_t *z, const uint64_t *x0, const uint64_t *x1,       \
              const uint64_t *y0, const uint64_t *y1, const uint64_t *a, \
              size_t n)

/* ---- gemm: family file gemm_<isa>.c ------------------------------------ */

/*
 * Micro-kernel: C[i*ldc + j] += sum_k A[k*mr + i] * B[k*nr + j] for i < m <=
 * mr, j < n <= nr, k < kc. A and B are packed panels, 64-byte aligned, of full
 * width; elements of C outside m x n are neither read nor written. C is not
 * aligned and does not overlap the panels.
 *
 * A kernel may multiply in pairs (S. Winograd, 1968): over a commutative ring
 *
 *   a0*b0 + a1*b1 = (a0 + b1)*(a1 + b0) - a0*a1 - b0*b1,
 *
 * which halves the multiplications, as the sums of a0*a1 and of b0*b1 belong to
 * the panels. For such a kernel `pairs` below is not NULL, kc is even (a row of
 * zeros may be added), and every panel ends in one more row, which `pairs`
 * computes: P[kc*w + i] = sum over even k of P[k*w + i] * P[(k+1)*w + i], i <
 * w, where w is mr or nr.
 */
/* For the kernel that multiplies bytes (AMX), `limbs` below is not NULL, kc is
 * a multiple of 64, and `limbs` rearranges a panel in place, whether it is one
 * of B (`columns`), of width nr = 16, or of A, of width mr = 32: for each 64
 * inner elements, eight tiles of 1024 bytes for every 16 columns or rows, of
 * which the l-th holds byte l of every word. In a tile, byte
 *
 *   64*i + k          belongs to row i of A and inner element k,
 *   64*(k/4) + 4*j + k%4  to column j of B and inner element k.
 *
 * Every run of calls on a thread stands between `begin` and `end` where those
 * are not NULL: they tell the CPU what its tiles are.
 */
#define TRI_DECL_LIMBS(name) void name(uint64_t *P, size_t kc, int columns)
#define TRI_DECL_GEMM(name)                                                 \
    void name(size_t kc, const uint64_t *A, const uint64_t *B, uint64_t *C, \
              size_t ldc, size_t m, size_t n)
#define TRI_DECL_GEMM_TURN(name) void name(void)
#define TRI_DECL_PAIRS(name)     void name(uint64_t *P, size_t kc, size_t w)

/*
 * weave, for packing: P[(r*len + t)*w + i] = x[off[i] + start + r*skip +
 * t*step] for r < runs, t < len, i < rows <= w. Indices are taken modulo 2^64
 * (of size_t); all must be valid. w is even; other elements of P stay.
 */
struct tri_weave {
    size_t start, step, len; /**< one run               */
    size_t skip, runs;       /**< from run to run, runs */
};
#define TRI_DECL_WEAVE(name)                                               \
    void name(uint64_t *P, size_t w, const uint64_t *x, const size_t *off, \
              size_t rows, const struct tri_weave *v)

/* ---- chacha20: family file chacha20_<isa>.c ----------------------------- */

/* RFC 8439, 2.3: `nblocks` key-stream blocks of 64 bytes from block number
 * `counter` on (modulo 2^32). */
#define TRI_DECL_CHACHA20(name)                                             \
    void name(uint8_t *out, const uint32_t key[8], const uint32_t nonce[3], \
              uint32_t counter, size_t nblocks)

/* ---- xor: family file xor_<isa>.c --------------------------------------- */

/* out[i] = a[i] ^ b[i] for i < n bytes; out may be a or b. */
#define TRI_DECL_XOR(name) \
    void name(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)

/* ---- poly1305: family file poly1305_<isa>.c ----------------------------- */

/*
 * RFC 8439, 2.5: h = (h + block + hibit * 2^128) * r mod 2^130 - 5 for each of
 * `nblocks` blocks of 16 bytes. A number is five limbs of 26 bits, lowest
 * first; limbs of h may be slightly larger, and h need not be below 2^130 - 5:
 * variants agree on its residue, not on its limbs.
 *
 *   p      p[(l+1) * TRI_POLY1305_POWERS - e] = limb l of r^e; below
 *          TRI_POLY1305_WIDE blocks only e = 1 is read
 *   hibit  1 for a full block, 0 for one that holds its own closing bit
 */
enum { TRI_POLY1305_POWERS = 16, TRI_POLY1305_WIDE = 32 };
#define TRI_DECL_POLY1305(name)                                         \
    void name(uint32_t h[5], const uint32_t p[5 * TRI_POLY1305_POWERS], \
              const uint8_t *in, size_t nblocks, uint32_t hibit)

/* ---- chachapoly: both in one pass, family file chachapoly_<isa>.c -------- */

/*
 * What chacha20, xor_bytes and poly1305 do one after another: out = in ^ key
 * stream from block number `counter` on, and h takes in the cipher text, which
 * is out, or in where `open` is set. `nblocks` blocks of 64 bytes, a multiple
 * of TRI_CHACHAPOLY_BLOCKS; p holds all powers of r.
 */
enum { TRI_CHACHAPOLY_BLOCKS = 16 };
#define TRI_DECL_CHACHAPOLY(name)                                             \
    void name(uint8_t *out, uint32_t h[5], const uint8_t *in, size_t nblocks, \
              const uint32_t key[8], const uint32_t nonce[3],                 \
              uint32_t counter, const uint32_t p[5 * TRI_POLY1305_POWERS],    \
              int open)

/* ---- aes: AES-128 in counter mode and GCM, family file aes_<isa>.c ------ */

/* expand: the round keys of FIPS 197, 5.2, by the reference only.
 *
 * ctr: out[16*i..] = E(rk, nonce | big-endian (counter + i mod 2^32)) for
 * i < 4*nblocks: `nblocks` key-stream blocks of 64 bytes. `nonce` is the 12
 * bytes as they stand in memory. */
enum { TRI_AES_KEY_BYTES = 11 * 16 };
#define TRI_DECL_AES_EXPAND(name) \
    void name(uint8_t rk[TRI_AES_KEY_BYTES], const uint8_t key[16])
#define TRI_DECL_AES_CTR(name)                                   \
    void name(uint8_t *out, const uint8_t rk[TRI_AES_KEY_BYTES], \
              const uint32_t nonce[3], uint32_t counter, size_t nblocks)

/* ghash: NIST SP 800-38D, 6.4: y = (y ^ block) * H for each of `nblocks`
 * blocks of 16 bytes. h + 16*i = H^(i+1); below TRI_GHASH_POWERS blocks only
 * H itself is read. */
enum { TRI_GHASH_POWERS = 8, TRI_GHASH_KEY_BYTES = TRI_GHASH_POWERS * 16 };
#define TRI_DECL_GHASH(name)                                       \
    void name(uint8_t y[16], const uint8_t h[TRI_GHASH_KEY_BYTES], \
              const uint8_t *in, size_t nblocks)

/* gcm: ctr and ghash in one pass over `nblocks` blocks of 16 bytes:
 * out = in ^ key stream, and y takes in the cipher text, which is out, or in
 * where `open` is set. */
#define TRI_DECL_GCM(name)                                                    \
    void name(uint8_t *out, uint8_t y[16], const uint8_t *in, size_t nblocks, \
              const uint8_t rk[TRI_AES_KEY_BYTES],                            \
              const uint8_t h[TRI_GHASH_KEY_BYTES], const uint32_t nonce[3],  \
              uint32_t counter, int open)

/* ---- zp: comparisons over Z_127, family file zp_<isa>.c ----------------- */

/*
 * Byte-sliced: a *plane* is 64 bytes, one for each of 64 comparisons
 * ("lanes"); plane i holds element i of every lane. So the sums that run over
 * the bits of one comparison are vertical, and no instruction ever crosses
 * lanes. p = TRI_ZP; elements are 0..p-1 in a byte. Planes are 64-byte
 * aligned. There are at most TRI_PLANES planes in an array.
 */
enum { TRI_LANES = 64, TRI_PLANES = 96, TRI_ZP = 127 };
typedef uint8_t tri_plane[TRI_LANES];

/* bits: out[i][lane] = (v[lane] >> i) & 1, i < n <= 64. */
#define TRI_DECL_ZP_BITS(name) \
    void name(tri_plane *out, const uint64_t v[TRI_LANES], size_t n)

/* unpack: the little-endian bit string that stands, lane by lane, in
 * in[0], in[1], ... is cut into n elements of 7 bits. Reads ceil(7*n/8) planes
 * of any alignment. Elements are not reduced: they may be p. */
#define TRI_DECL_ZP_UNPACK(name) \
    void name(tri_plane *out, const tri_plane *in, size_t n)

/* reject: bit `lane` of mask[i] = 1 iff in[i][lane] == p, or == 0 where
 * `nonzero` is set. in[] is 0..p. */
#define TRI_DECL_ZP_REJECT(name) \
    void name(uint64_t *mask, const tri_plane *in, size_t n, int nonzero)

/*
 * fill: the rejected elements of each lane of v[0..n), as of `reject`, become
 * that lane's good elements of spare[0..rows), both in rising order: the j-th
 * becomes the j-th. Those left over become p. 0 < rows <= TRI_SPARES; elements
 * are 0..p. Returns 1 if there are any left over, else 0.
 */
enum { TRI_SPARES = 8 };
#define TRI_DECL_ZP_FILL(name)                                            \
    int name(tri_plane *v, size_t n, int nonzero, const tri_plane *spare, \
             size_t rows)

/* sub: out = a - b mod p, n planes. */
#define TRI_DECL_ZP_SUB(name) \
    void name(tri_plane *out, const tri_plane *a, const tri_plane *b, size_t n)

/*
 * cmp: one party's side of the private comparison; n bits, bit 0 lowest.
 *
 *   b      its shares of the bits x_i
 *   c      the other operand's bits, known to both parties
 *   beta   per lane 0x00: test c > x;  0xff: test x > c
 *   spec   per lane 0xff: the test is true whatever x is
 *   s      multipliers 1..p-1, n planes, known to both parties
 *   u      masks 0..p-1, n planes, known to both parties
 *   one    this party's share of the constant 1: 1 on P0, 0 on P1
 *
 *   out[i] = s[i] * e[i] + (one ? u[i] : -u[i])  mod p, where e[i] is the
 *   share of   1 - [bit i decides for the test]
 *                + sum over higher bits k of (1 - [x_k = c_k]),
 *   or, where spec, of 0 for i = 0 and of 1 for i > 0, held by P0.
 *
 * out may be u or s, no other overlap.
 */
#define TRI_DECL_ZP_CMP(name)                                               \
    void name(tri_plane *out, const tri_plane *b, const tri_plane *c,       \
              const uint8_t beta[TRI_LANES], const uint8_t spec[TRI_LANES], \
              const tri_plane *s, const tri_plane *u, size_t n, unsigned one)

/* rotate: out[(i + rho[lane]) mod n][lane] = in[i][lane]; rho[] < n is
 * secret. In place only: in and out are v. */
#define TRI_DECL_ZP_ROTATE(name) \
    void name(tri_plane *v, const uint8_t rho[TRI_LANES], size_t n)

/* zero: bit `lane` of the result = 1 iff a[i] + b[i] = 0 mod p for some i. */
#define TRI_DECL_ZP_ZERO(name) \
    uint64_t name(const tri_plane *a, const tri_plane *b, size_t n)

/* ---- lane: words of fused and rep3, family file lane_<isa>.c --------------
 */

/*
 * A block of n <= TRI_LANES words, and beside it *bits*: a word whose bit i
 * belongs to lane i. Bits from n on are not read, and 0 in results; x_i below
 * is bit i of x as 0 or 1. Words are aligned to their width. Shifts are below
 * 64. z may be any input of words of the same width; no other output overlaps
 * anything.
 */

/* mask: sum[i] = own[i] + other[i], out[i] = a[i] + c + own[i]. */
#define TRI_DECL_LANE_MASK(name)                                           \
    void name(uint64_t *sum, uint64_t *out, const uint64_t *a, uint64_t c, \
              const uint64_t *own, const uint64_t *other, size_t n)

/* bits: bit `at` of every a[i] + c. */
#define TRI_DECL_LANE_BITS(name) \
    uint64_t name(const uint64_t *a, uint64_t c, unsigned at, size_t n)

/* pack: the lowest bit of every byte.  spread: out[i] = x_i ? byte : 0. */
#define TRI_DECL_LANE_PACK(name) uint64_t name(const uint8_t *in, size_t n)
#define TRI_DECL_LANE_SPREAD(name) \
    void name(uint8_t *out, uint64_t x, uint8_t byte, size_t n)

/* share: z[i] = x_i - r[i] over words of `width` = 2, 4 or 8 bytes. */
#define TRI_DECL_LANE_SHARE(name) \
    void name(void *z, uint64_t x, const void *r, unsigned width, size_t n)

/* pick: z[i] = x_i * (y[i] >> shift) - r[i]. */
#define TRI_DECL_LANE_PICK(name)                                          \
    void name(uint64_t *z, uint64_t x, const uint64_t *y, unsigned shift, \
              const uint64_t *r, size_t n)

/* keep: z[i] = x_i * y[i] - r[i] over words of `width` = 2, 4 or 8 bytes. */
#define TRI_DECL_LANE_KEEP(name)                                 \
    void name(void *z, uint64_t x, const void *y, const void *r, \
              unsigned width, size_t n)

/* flip: z[i] = x_i - 2*(r[i] + s[i]) over such words; s NULL: zeros. With r + s
 * = x_i * y_i, what makes z + y_i the exclusive or. */
#define TRI_DECL_LANE_FLIP(name)                                 \
    void name(void *z, uint64_t x, const void *r, const void *s, \
              unsigned width, size_t n)

/*
 * choose: z[i] = m_i ? T - E : E, where
 *
 *   R = (r[i] >> shift) + c
 *   T = t[i] - (R & own) + [r[i] >= 2^63] * (tn[i] << (64 - shift))
 *   E = e[i] - R * k[i]  + [r[i] >= 2^63] * (en[i] << (64 - shift)).
 *
 * tn and en are shares of `width` = 2 or 4 bytes, 0 < shift; where width is 0,
 * their terms are, too.
 */
struct tri_lane_choice {
    const uint64_t *t, *e, *k, *r;
    const void *tn, *en;
    unsigned width, shift;
    uint64_t c, own;
};
#define TRI_DECL_LANE_CHOOSE(name)                                      \
    void name(uint64_t *z, uint64_t m, const struct tri_lane_choice *v, \
              size_t n)

/*
 * trunc: with b = a[i] + c, z[i] = (b >> shift) - (c >> shift)
 *          + ((b & below) + below >> shift) - W * 2^(64-shift),
 *   W = h_i - (1 - 2*f_i) * (g_i + (1 - 2*e_i) * w[i]);
 *
 * w holds shares of `width` = 2, 4 or 8 bytes, 0 < shift, below < 2^shift.
 */
struct tri_lane_wrap {
    const void *w;
    unsigned width, shift;
    uint64_t c, below;
    uint64_t h, f, g, e; /* bits */
};
#define TRI_DECL_LANE_TRUNC(name)                                            \
    void name(uint64_t *z, const uint64_t *a, const struct tri_lane_wrap *v, \
              size_t n)

/* ---- slice: replicated bits, family file slice_<isa>.c ------------------ */

/*
 * Bit-sliced: a word, or plane, holds one bit of each of 64 elements. A bit is
 * the XOR of three components, of which each party holds two: x0 and x1, y0 and
 * y1 below. z is the party's share of a product of bits, plus a share a of
 * zero.
 */

/* transpose: bit i of z[b*ldz] = bit shift+b of x[i*ldx] for i < n, or 0 for
 * n <= i < 64; b < k. n and shift + k are at most 64. z does not overlap x.
 * From n words to k planes, ldz apart: ldx is 1. Back: x is the n planes, z the
 * k words, and shift is 0. */
#define TRI_DECL_SLICE_TRANSPOSE(name)                              \
    void name(uint64_t *z, size_t ldz, size_t k, const uint64_t *x, \
              size_t ldx, size_t n, unsigned shift)

/* and: z[i] = (x0[i] & (y0[i] ^ y1[i])) ^ (x1[i] & y0[i]) ^ a[i]. */
#define TRI_DECL_SLICE_AND(name)                                         \
    void name(uint64_t *z, const uint64_t *x0, const uint64_t *x1,       \
              const uint64_t *y0, const uint64_t *y1, const uint64_t *a, \
              size_t n)

/*
 * maj: z[i] = (x0[i] & x1[i]) ^ a[i]. The majority of three bits is the XOR of
 * the products of any two, and each party holds the factors of one of these: so
 * a full adder of the three components of a number costs one bit of a message
 * for its carry, and nothing for its sum, whose components they are.
 */
#define TRI_DECL_SLICE_MAJ(name)                                   \
    void name(uint64_t *z, const uint64_t *x0, const uint64_t *x1, \
              const uint64_t *a, size_t n)

/* ---- chain: comparison by a chain of labels, family file chain_<isa>.c -- */

/*
 * Bit-sliced: a plane is 512 bits, one of each of TRI_CHAIN_LANES comparisons;
 * bit i of its j-th word belongs to comparison 64*j + i. Operands are cut into
 * digits of w <= TRI_CHAIN_BITS bits, so of w planes, lowest bit first.
 * proto/fused/compare.c says what labels are for. One of width W belongs to a
 * state s of one bit and is 2W-1 planes: key K_0 of W-1 bits, key K_1, and
 * `flip`. Whoever knows state s has *select bit* q = s ^ flip and key K_q.
 */
enum { TRI_CHAIN_LANES = 512, TRI_CHAIN_BITS = 5, TRI_CHAIN_DIGITS = 13 };

/* deal: out[j-1] = [x >= j] ^ r[j-1] for 0 < j < 2^w; x is one digit. out may
 * be r. */
#define TRI_DECL_CHAIN_DEAL(name)                                     \
    void name(tri_plane *out, const tri_plane *x, const tri_plane *r, \
              unsigned w)

/*
 * answer: one party's shares of what leads from a state to the next, which is
 * 0 iff x >= c + state: a row of W planes for either select bit q.
 *
 *   b     b[j-1] = this party's share of [x >= j] for 0 < j < 2^w, x a digit
 *   c     the other operand's digit, known to both parties
 *   to    the next state's label, of width W
 *   from  this state's label, of width W+1; NULL: the state is 0, known, and
 *         there is but one row
 *   u     masks, planes as of out
 *   one   this party's share of 1: 1 on P0, 0 on P1
 *
 * With g the share of [x >= c + s], s = q ^ flip of `from` ([x >= 0] = 1 and
 * [x >= 2^w] = 0), and n = g ^ (one ? 1 ^ flip of `to` : 0), the share of the
 * next select bit,
 *
 *   out[q*W+p]   = u ^ n*(K_0[p] ^ K_1[p]) ^ (one ? K_0[p] ^ key[p] : 0), p<W-1
 *   out[q*W+W-1] = u ^ n ^ (one ? key[W-1] : 0)
 *
 * where K is of `to` and key = K_q of `from`, 0 without one. out may be u.
 */
struct tri_chain_step {
    const tri_plane *b, *c, *to, *from, *u;
    unsigned w, W, one;
};
#define TRI_DECL_CHAIN_ANSWER(name) \
    void name(tri_plane *out, const struct tri_chain_step *v)

/* open: label is the key, W planes, and the select bit q of a state; it becomes
 * key, W-1 planes, and select bit of the next, label[p] = key[p] ^ a[q*W+p] ^
 * b[q*W+p]. first: there is but one row and no key, label is only written. */
#define TRI_DECL_CHAIN_OPEN(name)                                       \
    void name(tri_plane *label, const tri_plane *a, const tri_plane *b, \
              unsigned W, int first)

/* ---- gf: fields of characteristic 2, family file gf_<isa>.c ------------- */

/*
 * G64 = GF(2)[X]/(X^64 + X^4 + X^3 + X + 1), bit n of a word being X^n, and G8
 * = GF(2)[t]/(t^8 + t^4 + t^3 + t + 1), the field of AES. + is exclusive or.
 * A matrix M of 64 words maps a word w to M(w), the sum of M[h] over the bits h
 * that are set in w: every linear map of 64 bits.
 *
 * Words come in *groups* of 64; word 8k+i of a group is at row k, column i.
 */
enum { TRI_GF_GROUP = 64, TRI_GF_LANES = 8 };

/* mul: z[i] = x[i] * y[i].  dot: the sum of x[i] * y[i]. */
#define TRI_DECL_GF_MUL(name) TRI_DECL_RING3(name)
#define TRI_DECL_GF_DOT(name) TRI_DECL_RINGDOT(name)

/* comb: z[i] += the sum over t < n of w[t] * x[8t+i], i < 8. */
#define TRI_DECL_GF_COMB(name)                                                \
    void name(uint64_t z[TRI_GF_LANES], const uint64_t *x, const uint64_t *w, \
              size_t n)

/* gram: with <a, b> the sum over t < m and i < 8 of u[(t*k+a)*8+i] *
 * v[(t*k+b)*8+i]: z[a*k+a] += <a, a>, and z[a*k+b] += <a, b> + <b, a> for a < b
 * < k <= TRI_GF_GRAM, all that a quadratic form needs. */
enum { TRI_GF_GRAM = 32 };
#define TRI_DECL_GF_GRAM(name)                                             \
    void name(uint64_t *z, const uint64_t *u, const uint64_t *v, size_t k, \
              size_t m)

/* map: z[g*ldz + j] = M(word j of group g), j < 64. */
#define TRI_DECL_GF_MAP(name)                             \
    void name(uint64_t *z, size_t ldz, const uint64_t *x, \
              const uint64_t M[TRI_GF_GROUP], size_t groups)

/* fold: z[8*g + i] = the sum over k < 8 of M_k(word 8k+i of group g), i < 8;
 * M_k stands at M + 64*k. */
#define TRI_DECL_GF_FOLD(name) \
    void name(uint64_t *z, const uint64_t *x, const uint64_t *M, size_t groups)

/*
 * cross: the 64 bits of a word x are the values at 0..63 of a polynomial x(X)
 * over G8, of degree below 64. With t_c byte c of t[g], lowest first,
 *
 *   z[(c*64 + p)*64 + j] += t_c * (x0(64+p)*y1(64+p) + y0(64+p)*x1(64+p))
 *
 * for the words j < 64 of each group, p < 64, c < 8. As the points are an
 * additive group and a coset of it, x(64+p) is the sum of tri_gf_coset[p ^ h]
 * over the bits h that are set in x. y0 and x1 may both be NULL: zeros.
 */
enum { TRI_GF_CROSS = 8 * 64 * TRI_GF_GROUP };
extern const uint8_t tri_gf_coset[64];
#define TRI_DECL_GF_CROSS(name)                                                \
    void name(uint8_t z[TRI_GF_CROSS], const uint64_t *x0, const uint64_t *y0, \
              const uint64_t *x1, const uint64_t *y1, const uint64_t *t,       \
              size_t groups)

/* ---- field: modulo a prime, family file field_<isa>.c ------------------- */

/**
 * A prime p below 2^50 with what divides by it (arch/field.h). An *element* is
 * a number 0..p-1; all results are elements. A *row* is TRI_ROW words, on
 * consecutive addresses.
 */
enum {
    TRI_ROW = 8,
    TRI_FIELD_BITS = 50,   /**< p has so many at most                      */
    TRI_FIELD_TABLES = 12, /**< of 4 bits of a mask of TRI_SUMS            */
    TRI_FIELD_VARS = 4,    /**< variables of a polynomial, at most         */
    TRI_FIELD_VALUES = 81  /**< its values on {0, 1, infinity}^variables   */
};

struct tri_field {
    uint64_t p;
    unsigned shift;  /**< p has 64 - shift bits                            */
    uint64_t scaled; /**< p * 2^shift                                      */
    uint64_t recip;  /**< floor((2^128 - 1) / scaled) - 2^64               */
    uint64_t minus;  /**< -1 / p modulo 2^64                               */
    uint64_t two104; /**< 2^104 modulo p                                   */
};

/* weights: z[t] = the sum over j of tab[j][(bits[t] >> 4*j) & 15], t < n;
 * `bits` is public. */
#define TRI_DECL_FIELD_WEIGHTS(name)                                 \
    void name(uint64_t *z, const uint64_t tab[TRI_FIELD_TABLES][16], \
              const uint64_t *bits, size_t n, const struct tri_field *f)

/* scale: z[i] = w[i] * x[i] for the words of `rows` rows; w are elements, x any
 * words. z may be w. */
#define TRI_DECL_FIELD_SCALE(name)                                            \
    void name(uint64_t *z, const uint64_t *w, const uint64_t *x, size_t rows, \
              const struct tri_field *f)

/* comb: z[t*n + i] += the sum over j < k of w[j] * x[t*ldt + j*ldx + i] for
 * t < groups, i < n. w and z are elements, x words of `bits` bits, at most 64;
 * those of up to TRI_FIELD_SMALL take less work. n is a multiple of TRI_ROW. z
 * does not overlap x. */
enum { TRI_FIELD_SMALL = 52 };
#define TRI_DECL_FIELD_COMB(name)                                             \
    void name(uint64_t *z, const uint64_t *w, size_t k, const uint64_t *x,    \
              unsigned bits, size_t ldt, size_t ldx, size_t groups, size_t n, \
              const struct tri_field *f)

/*
 * values: u(X_1..X_s), v(X_1..X_s) are multilinear and interpolate 2^s rows
 * each, row number k being at the point whose j-th coordinate is bit j-1 of k.
 * q += the sum of u*v over the words of a row and over `groups` groups of 2^s
 * rows, by its 3^s values on {0, 1, infinity}^s; X_1 is the lowest digit of an
 * index. Infinity stands for the leading coefficient, for u and v the
 * difference u(1) - u(0). u, v are elements; s <= TRI_FIELD_VARS.
 */
#define TRI_DECL_FIELD_VALUES(name)                                          \
    void name(uint64_t *q, const uint64_t *u, const uint64_t *v, unsigned s, \
              size_t groups, const struct tri_field *f)

/* first: the values of s = 2 variables, where u is g[t] * e * x, word by word
 * in all four rows of group t, and v is y; g and the row e are elements, x and
 * y words of xbits and ybits bits. */
#define TRI_DECL_FIELD_FIRST(name)                                  \
    void name(uint64_t *q, const uint64_t *g, const uint64_t *e,    \
              const uint64_t *x, unsigned xbits, const uint64_t *y, \
              unsigned ybits, size_t groups, const struct tri_field *f)

/* fold: row t of z = g[t] times the sum over j < k of row j of w times row t*k
 * + j of x, word by word, t < rows; g NULL: all ones. g and w are elements, x
 * words of `bits` bits, k at most 2^TRI_FIELD_VARS. z may be x. */
#define TRI_DECL_FIELD_FOLD(name)                                          \
    void name(uint64_t *z, const uint64_t *g, const uint64_t *w, size_t k, \
              const uint64_t *x, unsigned bits, size_t rows,               \
              const struct tri_field *f)

/* ---- words: integers made of words, family file words_<isa>.c ----------- */

enum { TRI_SUMS = 48, TRI_TILE = 8, TRI_PLACES = 32 };

/*
 * carry: with t = (x0 << shift mod 2^64) * y1 + (y0 << shift mod 2^64) * x1 as
 * an integer and e = m << shift mod 2^64,
 *   h = floor(t / 2^64) - [e > t mod 2^64] = h0 + 2^21 h1 + 2^43 h2,
 * h1 and h2 of 22 bits, -1 <= h0 < 2^21. Of group t, TRI_PLACES numbers on end,
 * z has TRI_CARRIED words: h1 + 2^32 h0 modulo 2^64, and those of h2, two to a
 * word, the first one below. So sums of TRI_CARRY_MOST words can be told apart.
 * z overlaps nothing.
 */
enum { TRI_CARRIED = 48, TRI_CARRY_MOST = 1024 };
#define TRI_DECL_WORDS_CARRY(name)                                       \
    void name(uint64_t *z, const uint64_t *x0, const uint64_t *x1,       \
              const uint64_t *y0, const uint64_t *y1, const uint64_t *m, \
              unsigned shift, size_t groups)

/* project: z[j*ldz + i] += the sum of x[r*ldx + i] over those r < rows for
 * which bit j of bits[r] is set; j < TRI_SUMS, i < n. `bits` is public. z does
 * not overlap x. */
#define TRI_DECL_WORDS_PROJECT(name)                                  \
    void name(uint64_t *z, size_t ldz, const uint64_t *x, size_t ldx, \
              const uint64_t *bits, size_t rows, size_t n)

/* dots: the integer z[a*TRI_TILE + b], three words, lowest first, modulo
 * 2^192, += the sum over i < n of x0 * (y0 + y1) + x1 * y0, where x0 is
 * x0[a*ldx + i], y0 is y0[b*ldy + i], and so on; a < rows, b < cols, both at
 * most TRI_TILE. */
#define TRI_DECL_WORDS_DOTS(name)                                              \
    void name(uint64_t(*z)[3], const uint64_t *x0, const uint64_t *x1,         \
              size_t ldx, size_t rows, const uint64_t *y0, const uint64_t *y1, \
              size_t ldy, size_t cols, size_t n)

/* outer: the same where columns lie side by side: y0 is y0[i*ldy + b], and so
 * on, the integer is z[a*ldz + b], and there may be any number of rows and
 * columns. */
#define TRI_DECL_WORDS_OUTER(name)                                             \
    void name(uint64_t(*z)[3], size_t ldz, const uint64_t *x0,                 \
              const uint64_t *x1, size_t ldx, size_t rows, const uint64_t *y0, \
              const uint64_t *y1, size_t ldy, size_t cols, size_t n)

/* ---- narrow: words as they lie in memory, family file narrow_<isa>.c ----- */

/* An element has 2, 4 or 8 `bytes`, and is aligned to them. */

/* widen: z[i] = x[i], i < n. */
#define TRI_DECL_NARROW_WIDEN(name) \
    void name(uint64_t *z, const void *x, unsigned bytes, size_t n)

/* rest: z[i] = a[i] - x[i] * y[i] - m[i] for words of 8 bytes. */
#define TRI_DECL_NARROW_REST(name)                               \
    void name(uint64_t *z, const uint64_t *a, const uint64_t *x, \
              const uint64_t *y, const uint64_t *m, size_t n)

/* borrow: z[j*TRI_PLACES + i] += the number of those t < groups for which bit j
 * of bits[t] is set, and for which, with r = t*TRI_PLACES + i,
 *   m[r] > x[r] * y[r] mod 2^(8 bytes);
 * j < TRI_SUMS, i < TRI_PLACES. `bits` is public. */
#define TRI_DECL_NARROW_BORROW(name)                                    \
    void name(uint64_t *z, const void *x, const void *y, const void *m, \
              unsigned bytes, const uint64_t *bits, size_t groups)

/* ---- the table ---------------------------------------------------------- */

/* clang-format off */
/* One list for each family, X(isa, form, name): slot `name` of the table holds
 * tri_<name>_<isa>, declared by TRI_DECL_<form>. */
#define TRI_RING_FAMILY(X, isa)                                          \
    X(isa, RING3, add) X(isa, RING3, sub) X(isa, RING3, mul)             \
    X(isa, RING3, muladd) X(isa, RINGC, addc) X(isa, RINGC, rsubc)       \
    X(isa, RINGC, scale) X(isa, RINGC, axpy) X(isa, AXPYS, axpys)        \
    X(isa, RINGDOT, dot) X(isa, RINGS, shr) X(isa, RSS_MUL, rss_mul)
#define TRI_AES_FAMILY(X, isa) \
    X(isa, AES_CTR, aes_ctr) X(isa, GHASH, ghash) X(isa, GCM, gcm)
#define TRI_ZP_FAMILY(X, isa)                                            \
    X(isa, ZP_BITS, zp_bits) X(isa, ZP_UNPACK, zp_unpack)                \
    X(isa, ZP_REJECT, zp_reject) X(isa, ZP_FILL, zp_fill)                \
    X(isa, ZP_SUB, zp_sub) X(isa, ZP_CMP, zp_cmp)                        \
    X(isa, ZP_ROTATE, zp_rotate) X(isa, ZP_ZERO, zp_zero)
#define TRI_LANE_FAMILY(X, isa)                                          \
    X(isa, LANE_MASK, lane_mask) X(isa, LANE_BITS, lane_bits)            \
    X(isa, LANE_PACK, lane_pack) X(isa, LANE_SPREAD, lane_spread)        \
    X(isa, LANE_SHARE, lane_share) X(isa, LANE_PICK, lane_pick)          \
    X(isa, LANE_KEEP, lane_keep) X(isa, LANE_FLIP, lane_flip)            \
    X(isa, LANE_CHOOSE, lane_choose) X(isa, LANE_TRUNC, lane_trunc)
#define TRI_CHAIN_FAMILY(X, isa)                                         \
    X(isa, CHAIN_DEAL, chain_deal) X(isa, CHAIN_ANSWER, chain_answer)    \
    X(isa, CHAIN_OPEN, chain_open)
#define TRI_SLICE_FAMILY(X, isa)                                         \
    X(isa, SLICE_TRANSPOSE, slice_transpose)                             \
    X(isa, SLICE_AND, slice_and) X(isa, SLICE_MAJ, slice_maj)
#define TRI_GF_FAMILY(X, isa)                                            \
    X(isa, GF_MUL, gf_mul) X(isa, GF_DOT, gf_dot)                        \
    X(isa, GF_COMB, gf_comb) X(isa, GF_GRAM, gf_gram)                    \
    X(isa, GF_MAP, gf_map) X(isa, GF_FOLD, gf_fold)                      \
    X(isa, GF_CROSS, gf_cross)
#define TRI_FIELD_FAMILY(X, isa)                                         \
    X(isa, FIELD_WEIGHTS, field_weights) X(isa, FIELD_SCALE, field_scale) \
    X(isa, FIELD_COMB, field_comb) X(isa, FIELD_VALUES, field_values)     \
    X(isa, FIELD_FIRST, field_first) X(isa, FIELD_FOLD, field_fold)
#define TRI_WORDS_FAMILY(X, isa)                                         \
    X(isa, WORDS_CARRY, words_carry) X(isa, WORDS_PROJECT, words_project) \
    X(isa, WORDS_DOTS, words_dots) X(isa, WORDS_OUTER, words_outer)
#define TRI_NARROW_FAMILY(X, isa) \
    X(isa, NARROW_WIDEN, narrow_widen) X(isa, NARROW_BORROW, narrow_borrow) \
    X(isa, NARROW_REST, narrow_rest)
/* clang-format on */

typedef TRI_DECL_RING3((*tri_ring3_fn));
typedef TRI_DECL_RINGC((*tri_ringc_fn));
typedef TRI_DECL_GEMM((*tri_gemm_fn));
typedef TRI_DECL_LIMBS((*tri_limbs_fn));
typedef TRI_DECL_GEMM_TURN((*tri_gemm_turn_fn));
typedef TRI_DECL_CHACHA20((*tri_chacha20_fn));
typedef TRI_DECL_AES_CTR((*tri_aes_ctr_fn));
typedef TRI_DECL_GHASH((*tri_ghash_fn));
typedef TRI_DECL_GCM((*tri_gcm_fn));
typedef TRI_DECL_ZP_REJECT((*tri_zp_reject_fn));
typedef TRI_DECL_ZP_FILL((*tri_zp_fill_fn));

#define TRI_SLOT(isa, form, name)   TRI_DECL_##form((*name));
#define TRI_KERNEL(isa, form, name) TRI_DECL_##form(tri_##name##_##isa);

/** The GEMM micro-kernel with its tile and the block sizes that suit it:
 *  a kc x nr panel of B stays near the L1 cache, mc x kc of A the L2, kc x nc
 *  of B the L3. mc is a multiple of mr, nc of nr, and kc, as every inner size
 *  that the kernel gets, of ku. */
struct tri_gemm_kernel {
    TRI_DECL_GEMM((*fn));
    TRI_DECL_PAIRS((*pairs)); /**< NULL: plain panels, or */
    TRI_DECL_LIMBS((*limbs)); /**< not NULL: panels of bytes */
    TRI_DECL_GEMM_TURN((*begin));
    TRI_DECL_GEMM_TURN((*end));
    TRI_DECL_WEAVE((*weave));
    size_t mr, nr, ku, mc, kc, nc;
};

/** Largest mr or nr of any micro-kernel. All are even. */
enum { TRI_GEMM_SIDE = 32 };

struct tri_kernels {
    unsigned cpu; /**< the bits of enum tri_cpu whose kernels are in it */

    struct tri_gemm_kernel gemm;
    TRI_DECL_CHACHA20((*chacha20));
    TRI_DECL_XOR((*xor_bytes));
    TRI_DECL_POLY1305((*poly1305));
    TRI_DECL_CHACHAPOLY((*chachapoly)); /**< NULL: no kernel for both at once */
    TRI_RING_FAMILY(TRI_SLOT, )
    TRI_ZP_FAMILY(TRI_SLOT, )
    TRI_LANE_FAMILY(TRI_SLOT, )
    TRI_CHAIN_FAMILY(TRI_SLOT, )
    /* NULL where no filler for them is named: */
    TRI_DECL_AES_EXPAND((*aes_expand));
    TRI_AES_FAMILY(TRI_SLOT, )
    TRI_SLICE_FAMILY(TRI_SLOT, )
    TRI_GF_FAMILY(TRI_SLOT, )
    TRI_FIELD_FAMILY(TRI_SLOT, )
    TRI_WORDS_FAMILY(TRI_SLOT, )
    TRI_NARROW_FAMILY(TRI_SLOT, )

    /** The instruction set that a family is of. */
    const char *ring_name, *gemm_name, *chacha20_name, *xor_name;
    const char *poly1305_name, *zp_name, *lane_name, *aes_name;
    const char *chain_name, *slice_name, *gf_name, *field_name, *words_name,
        *narrow_name;
};

/** What this CPU and OS can run (bits of enum tri_cpu). */
unsigned tri_cpu_detect(void);

/** The name of one bit of enum tri_cpu, or NULL. */
const char *tri_cpu_name(unsigned bit);

/**
 * Put the kernels of one instruction set into the slots they are for, if all
 * that they need is in `cpu`. One file for each set, beside its kernels.
 * \return the bits of enum tri_cpu that now are in use; 0: nothing changed.
 */
typedef unsigned tri_filler(struct tri_kernels *k, unsigned cpu);

tri_filler tri_fill_ref;
tri_filler tri_fill_avx2, tri_fill_avx512;
/* Replicated bits and the fields they are verified in. */
tri_filler tri_fill_slice_ref, tri_fill_slice_avx2, tri_fill_slice_avx512;
tri_filler tri_fill_slice_neon;
/* AES alone: with registers of SSE, AVX2 and AVX-512. */
tri_filler tri_fill_aes_ref;
tri_filler tri_fill_aesni, tri_fill_aesni_avx2, tri_fill_aesni_avx512;
tri_filler tri_fill_vaes256, tri_fill_vaes;
/* It has run on a model of its instructions only, never on a CPU that has
 * them: linked by `make EXPERIMENTAL=1`. Asks the OS for the use of tiles. */
tri_filler tri_fill_amx;
tri_filler tri_fill_neon, tri_fill_ce;

/** What tri_kernels_init() fills with after tri_fill_ref, in the order in
 *  which it overrides; NULL at the end. The library's own list names all of
 *  its machine (arch/x86/all.c...). A program that defines the list itself
 *  links only the kernels that it names. */
extern tri_filler *const tri_fillers[];

/** Fill `k` with the C reference, then override each slot that `cpu` and
 *  tri_fillers allow. `cpu` is normally tri_cpu_detect(); tests pass every
 *  subset of it. Bits that this CPU does not have are ignored. */
void tri_kernels_init(struct tri_kernels *k, unsigned cpu);

#define TRI_DECL_FAMILY(isa)               \
    TRI_RING_FAMILY(TRI_KERNEL, isa)       \
    TRI_ZP_FAMILY(TRI_KERNEL, isa)         \
    TRI_CHAIN_FAMILY(TRI_KERNEL, isa)      \
    TRI_DECL_GEMM(tri_gemm_##isa);         \
    TRI_DECL_WEAVE(tri_weave_##isa);       \
    TRI_DECL_CHACHA20(tri_chacha20_##isa); \
    TRI_DECL_XOR(tri_xor_##isa);           \
    TRI_DECL_POLY1305(tri_poly1305_##isa)

TRI_DECL_FAMILY(ref);
TRI_DECL_FAMILY(avx2);
TRI_DECL_FAMILY(avx512);
TRI_DECL_FAMILY(neon);

#define TRI_DECL_LANE_FAMILY(isa) TRI_LANE_FAMILY(TRI_KERNEL, isa)
TRI_DECL_LANE_FAMILY(ref);
TRI_DECL_LANE_FAMILY(avx2);
TRI_DECL_LANE_FAMILY(avx512);
TRI_DECL_LANE_FAMILY(neon);

#define TRI_DECL_SLICE_FAMILY(isa) TRI_SLICE_FAMILY(TRI_KERNEL, isa)
TRI_DECL_SLICE_FAMILY(ref);
TRI_DECL_SLICE_FAMILY(avx2);
TRI_DECL_SLICE_FAMILY(avx512);
TRI_DECL_SLICE_FAMILY(neon);

#define TRI_DECL_GF_FAMILY(isa) TRI_GF_FAMILY(TRI_KERNEL, isa)
TRI_DECL_GF_FAMILY(ref);
TRI_DECL_GF_FAMILY(avx2);
TRI_DECL_GF_FAMILY(gfni);
TRI_DECL_GF_FAMILY(ce);
TRI_DECL_GF_FAMILY(neon);

#define TRI_DECL_FIELD_FAMILY(isa) TRI_FIELD_FAMILY(TRI_KERNEL, isa)
TRI_DECL_FIELD_FAMILY(ref);
TRI_DECL_FIELD_FAMILY(avx2);
TRI_DECL_FIELD_FAMILY(avx512);
TRI_DECL_FIELD_FAMILY(ifma);
TRI_DECL_FIELD_FAMILY(neon);

#define TRI_DECL_WORDS_FAMILY(isa) TRI_WORDS_FAMILY(TRI_KERNEL, isa)
TRI_DECL_WORDS_FAMILY(ref);
TRI_DECL_WORDS_FAMILY(avx2);
TRI_DECL_WORDS_FAMILY(avx512);
#define TRI_DECL_NARROW_FAMILY(isa) TRI_NARROW_FAMILY(TRI_KERNEL, isa)
TRI_DECL_NARROW_FAMILY(ref);
TRI_DECL_NARROW_FAMILY(avx2);
TRI_DECL_NARROW_FAMILY(avx512);
TRI_DECL_WORDS_CARRY(tri_words_carry_ifma);
TRI_DECL_WORDS_DOTS(tri_words_dots_ifma);
TRI_DECL_WORDS_OUTER(tri_words_outer_ifma);
TRI_DECL_WORDS_PROJECT(tri_words_project_neon);

/* Only kernels that multiply in pairs have these. */
TRI_DECL_PAIRS(tri_pairs_avx2);
TRI_DECL_PAIRS(tri_pairs_avx512);

TRI_DECL_CHACHAPOLY(tri_chachapoly_avx512);

/* Packing is that of AVX-512. */
TRI_DECL_GEMM(tri_gemm_amx);
TRI_DECL_LIMBS(tri_limbs_amx);
TRI_DECL_GEMM_TURN(tri_gemm_begin_amx);
TRI_DECL_GEMM_TURN(tri_gemm_end_amx);

#define TRI_DECL_AES_FAMILY(isa) TRI_AES_FAMILY(TRI_KERNEL, isa)
TRI_DECL_AES_FAMILY(ref);
TRI_DECL_AES_EXPAND(tri_aes_expand_ref);
TRI_DECL_AES_FAMILY(aesni);
/* AES-NI as well, and the rest with AVX. */
TRI_DECL_AES_FAMILY(avx2);
TRI_DECL_AES_FAMILY(avx512);
TRI_DECL_AES_FAMILY(vaes256);
TRI_DECL_AES_FAMILY(vaes);
TRI_DECL_AES_FAMILY(ce);

#endif
