#ifndef TRI_PROTO_VERIFY_ANDPASS_H
#define TRI_PROTO_VERIFY_ANDPASS_H

#include "core/par.h"
#include "proto/verify/andplan.h"
#include "proto/verify/entry.h"

/** \file proto/verify/andpass.h
 *
 * # Passes over all bit products of a batch
 *
 * Word w stands at group g, row k, column i: w = 64g + 8k + i. Words beyond the
 * last entry are zero. A word's weight is theta = a[k] * b[i] * e[g], over G64.
 * What each pass is for is in ands.c. Tasks run on all threads; sums do not
 * depend on their number.
 */

/** Groups at a time: most of all passes, and of the one that keeps whole
 *  vectors of level 0. Verifiers in one party. */
enum { TRI_ANDS_BLOCK = 32, TRI_ANDS_BLOCK_0 = 8, TRI_ANDS_EYES = 2 };

/** Which words of an entry. */
enum tri_ands_array {
    TRI_ANDS_X0,
    TRI_ANDS_X1,
    TRI_ANDS_Y0,
    TRI_ANDS_Y1,
    TRI_ANDS_E1,
    TRI_ANDS_E2
};

/** Where a task stands: an entry, and the number of its first word. */
struct tri_ands_cursor {
    size_t entry, first;
};

/** Room of one thread. */
struct tri_ands_scratch {
    struct tri_ands_cursor cursor; /**< where its last task ended          */
    _Alignas(64) uint64_t in[4][TRI_ANDS_BLOCK * 64];
    _Alignas(64) uint64_t u[TRI_ANDS_BLOCK_0 * 128], v[TRI_ANDS_BLOCK_0 * 128];
    _Alignas(64) uint64_t weight[TRI_ANDS_BLOCK_0 * 128];
    _Alignas(64) uint64_t f[2][TRI_ANDS_BLOCK * 8];
    _Alignas(64) uint64_t sum[TRI_ANDS_EYES][TRI_ANDS_NODES];
    _Alignas(64) uint64_t first[TRI_ANDS_EYES][8];
    _Alignas(64) uint8_t cross[TRI_GF_CROSS];
};

/** The gates of a batch. */
struct tri_ands_gates {
    const struct tri_kernels *k;
    const struct tri_par *par;
    const struct tri_ands_plan *plan;
    const struct tri_verify_ands *entry;
    size_t entries;
    struct tri_ands_scratch *scratch; /**< one for each worker of par */
};

/** Weights: t[g] as drawn, e[g] = T(t[g]). */
struct tri_ands_weights {
    uint64_t a[8], b[8];
    uint64_t *t, *e; /**< [groups], up to a multiple of 64 */
};

/** G = the products of blocks of level 0, u_a with v_b, as kernel gf_gram has
 *  them; M is the matrix at r. */
void tri_ands_gram(const struct tri_ands_gates *g,
                   const struct tri_ands_weights *w, const uint64_t M[64],
                   uint64_t G[64]);

/** u and v after level 0: [8 * m[1]] each. For row k, words of x0 and y0 are
 *  mapped by A + 64k, those of x1 and y1 by B + 64k. */
void tri_ands_fold(const struct tri_ands_gates *g,
                   const struct tri_ands_weights *w, const uint64_t A[512],
                   const uint64_t B[512], uint64_t *u, uint64_t *v);

/** A verifier's view of the challenges, and what it sees of the gates. */
struct tri_ands_eye {
    const struct tri_ands_weights *w;
    /** Arrays: those of the two parts of a group's vector, and e. */
    enum tri_ands_array part[2], e;
    int weighted;          /**< parts are weighted with e[g] (u), or not (v)*/
    const uint64_t *fold;  /**< [512], for the parts                        */
    const uint64_t *first; /**< [512], for e                                */
    const uint64_t *L[TRI_ANDS_LEVELS]; /**< Lagrange's at levels 1, 2, ... */
    /** What is left of u or v before the last step, 8 * m[levels] elements, but
     *  for the factors b[i]; and the sum over all words of e[g] * (map of e).
     */
    uint64_t left[TRI_ANDS_NODES], sum[8];
};

/**
 * Q(64+p), p < 64: the sum over all words of theta * phi(x0(64+p) * y1(64+p) +
 * y0(64+p) * x1(64+p)). While gates are at hand, also what verifiers see of
 * them: `eyes` <= TRI_ANDS_EYES.
 */
void tri_ands_first(const struct tri_ands_gates *g,
                    const struct tri_ands_weights *w, uint64_t q[TRI_ANDS_Q],
                    struct tri_ands_eye *eye, size_t eyes);

#endif
