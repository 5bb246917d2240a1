#ifndef TRI_PROTO_SECURENN_H
#define TRI_PROTO_SECURENN_H

#include "proto/engine.h"

/** \file proto/fused/fused.h
 *
 * # Engine `securenn`, inside
 *
 * SecureNN (Wagh, Gupta, Chandran, PoPETs 2019(3)): P0 and P1 hold additive
 * shares x = x0 + x1 mod 2^64, P2 holds none and deals correlated randomness.
 * At most one party is corrupt, and follows the protocol.
 *
 * Every function below is one protocol on vectors. `x` is this party's share,
 * [n] words; P2 passes NULL. Results likewise. n may be 0. Each one checks the
 * session, takes its scratch from the arena, accounts its messages in a dry
 * run, and on failure wipes its outputs and kills the session.
 *
 * Keys: P0 and P1 share s->prg[1] and s->prg[0] (k01); P0 and P2 k02; P1 and
 * P2 k12. "Dealt by P2" means: P0's share is drawn from k02, P1's is sent.
 *
 * Every share that leaves a party is masked by a fresh draw.
 */

/** This party's end of a pairwise key: tri_sn_key(s, other party). */
static inline struct tri_prg *tri_sn_key(struct tri_session *s, unsigned with)
{
    return &s->prg[with];
}

/* ---- both modes ---------------------------------------------------------- */

/** Bilinear product with Beaver triples (Algorithm 1). linear.c */
int tri_sn_bilin(struct tri_engine *e, const struct tri_bilin *op,
                 struct tri_ten *z, struct tri_ten *x, struct tri_ten *y);
/** z = x * y element by element on bare vectors, one Beaver triple; z is
 *  neither x nor y. */
int tri_sn_mul(struct tri_session *s, tri_ring *z, const tri_ring *x,
               const tri_ring *y, size_t n);
/** Add a fresh zero share of P0 and P1 (k01): local. */
void tri_sn_refresh(struct tri_session *s, tri_ring *x, size_t n);
/** Reveal x to all three parties; out[n] words on each. open.c */
int tri_sn_open(struct tri_session *s, tri_ring *out, const tri_ring *x,
                size_t n);

/* ---- mode fused ------------------------------------------------------------
 */

/** What tri_sn_compare leaves for its caller: sign(a) = m xor m2. */
struct tri_sn_sign {
    /** P0, P1: the mask r = r0 + r1 of y = a + 2^62 + r, [n] words. */
    tri_ring *r;
    /** P2: y, [n] words. */
    tri_ring *y;
    /** P0, P1: m. P2: m2. Bytes 0 or 1, [n]. 1: negative. */
    uint8_t *m;
};

/**
 * The four-round comparison up to P2's bit: rounds 1 to 3, PROTOCOLS 1.3 steps
 * 1 to 4a. compare.c
 *
 * \param shift  0, or the truncation that follows: the sign is that of
 *               a >> shift
 * \param out    caller's memory as described above (fields a party does not
 *               use are NULL)
 */
int tri_sn_compare(struct tri_session *s, const struct tri_sn_sign *out,
                   const tri_ring *a, size_t n, unsigned shift);

/**
 * z = max(a, 0) >> shift, exact up to one unit; 4 rounds. relu.c
 * Keeps the bit [a >= 0] in `bits` unless NULL: P0, P1: m in b; share of e in
 * v[0]. P2: e in b. (sign = 1 xor m xor e.)
 */
int tri_sn_relu(struct tri_session *s, tri_ring *z, struct tri_bits *bits,
                const tri_ring *a, size_t n, unsigned shift);
/** The bits alone; 4 rounds. relu.c */
int tri_sn_sign(struct tri_session *s, struct tri_bits *bits, const tri_ring *a,
                size_t n);
/** z = bit * x without a Beaver triple; 2 rounds, 24 bytes. select.c */
int tri_sn_select(struct tri_session *s, tri_ring *z,
                  const struct tri_bits *bits, const tri_ring *x, size_t n);
/** z = a >> shift, exact up to one unit, unbiased; shift 1..62; 1 round,
 *  2 1/4 bytes (4 1/4 for shift > 16, 8 1/4 for shift > 32). trunc.c */
int tri_sn_trunc(struct tri_session *s, tri_ring *z, const tri_ring *a,
                 size_t n, unsigned shift);
/** Goldschmidt division, rows of [m x n] by [m], 1 <= y < 2^(k-2) as stored
 *  integers, 0 <= x <= y; off by less than 1.1 + 2^(z->fb - 17) units of
 *  z->fb, which is 0..16. 11 rounds, 12 for k > 32. divide.c */
int tri_sn_div(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x,
               const struct tri_ten *y);

/** z [n] = max of x [4 x n] with all pairs compared at once; 4 rounds, 780
 *  bytes (k = 32). ind [3 x n], unless NULL: shares of [x_i is the maximum],
 *  i = 1, 2, 3, ties to the smallest i. allpairs.c */
int tri_sn_max4(struct tri_session *s, tri_ring *z, tri_ring *ind,
                const tri_ring *x, size_t n);
/** Maximum of n in levels of tri_sn_max4, and its gradient: like the engine's
 *  operations. league.c */
int tri_sn_league_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                        size_t m);
int tri_sn_league(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                  const struct tri_ten *x);
int tri_sn_league_grad(struct tri_engine *e, struct tri_ten *dx,
                       const struct tri_maxn *st, const struct tri_ten *dz);
/** Non-zero if the league is to be used for a maximum of n at m places, by
 *  s->max, s->rtt_ns and s->rate. */
int tri_sn_prefer_league(const struct tri_session *s, size_t n, size_t m);

/* ---- mode paper: the paper's algorithms by number --------------------------
 */

/* Algorithm 3, PrivateCompare: proto/paper/paper.h, paper_compare.c */

/** Algorithm 4, ShareConvert: [a] over 2^64 to {a} over 2^64 - 1, for a up to
 *  2^64 - 2 (2^64 - 1 becomes 0). paper_convert.c */
int tri_sn_paper_convert(struct tri_session *s, tri_ring *z, const tri_ring *a,
                         size_t n);
/** Algorithm 5, ComputeMSB of {a}: shares of the bit over 2^64. paper_msb.c */
int tri_sn_paper_msb(struct tri_session *s, tri_ring *z, const tri_ring *a,
                     size_t n);
/** Algorithm 6, DReLU: shares of [a >= 0], -2^62 <= a < 2^62.
 *  paper_relu.c */
int tri_sn_paper_drelu(struct tri_session *s, tri_ring *z, const tri_ring *a,
                       size_t n);
/** Algorithm 7, ReLU; the bit's shares go to `bit` [n]. paper_relu.c */
int tri_sn_paper_relu(struct tri_session *s, tri_ring *z, tri_ring *bit,
                      const tri_ring *a, size_t n);
/** Algorithm 2, SelectShare: x where the bit's share is 0, y where it is 1.
 *  paper_relu.c */
int tri_sn_paper_select(struct tri_session *s, tri_ring *z, const tri_ring *bit,
                        const tri_ring *x, const tri_ring *y, size_t n);
/** Algorithm 8, Division, `bits` quotient bits after the point: element-wise
 *  0 <= x <= y < 2^62, y > 0; z = floor(2^bits x / y), bits up to 61.
 *  paper_divide.c */
int tri_sn_paper_div(struct tri_session *s, tri_ring *z, const tri_ring *x,
                     const tri_ring *y, size_t n, unsigned bits);
/** Algorithm 9, MaxPool over x [n x m], n > 0, and its index, the smallest at
 *  a tie. Differences stay below 2^62: |x| < 2^61 is enough.
 *  paper_maxpool.c */
int tri_sn_paper_max(struct tri_session *s, tri_ring *z, tri_ring *ind,
                     const tri_ring *x, size_t n, size_t m);
/** Algorithms 10 and 12, the derivative of MaxPool: unit vectors
 *  [n x m] at index ind [m]. paper_maxpool.c */
int tri_sn_paper_dmax(struct tri_session *s, tri_ring *z, const tri_ring *ind,
                      size_t n, size_t m);
/** Algorithm 11, local truncation: off by one unit, and wrong by a wrap with
 *  probability |a| / 2^64. Local. paper_trunc.c */
void tri_sn_paper_trunc(struct tri_session *s, tri_ring *z, const tri_ring *a,
                        size_t n, unsigned shift);

#endif
