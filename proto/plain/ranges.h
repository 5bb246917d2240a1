#ifndef TRI_PROTO_PLAIN_RANGES_H
#define TRI_PROTO_PLAIN_RANGES_H

#include "proto/engine.h"

/** \file proto/plain/ranges.h
 *
 * # The bounds of the secure engines, in the clear
 *
 * A secure engine cannot see that a number has left its range: the result is
 * then wrong without a sign. The engines on clear fixed point see it. Engine
 * `plain` stops there. Engine `ranges`, which computes the same, goes on and
 * notes the largest magnitude that meets each bound:
 *
 * | kind    | what is measured, in stored units            | fused   | paper |
 * |---------|----------------------------------------------|---------|-------|
 * | PRODUCT | a product, before it is truncated            | 2^62    | 2^62  |
 * | SCALED  | a value times a public factor                | 2^62    | 2^62  |
 * | TRUNC   | what a truncation, or one in a ReLU, takes   | 2^62    | 2^62  |
 * | COMPARE | ReLU after its truncation; a difference of   | 2^(k-1) | 2^62  |
 * |         | two of which the larger one is wanted        |         |       |
 * | DIVISOR | what is divided by                           | 2^(k-2) | 2^62  |
 *
 * The sums by which fused divides short rows are truncated and not compared.
 *
 * Factors are measured before they can wrap, products after: one above 2^63
 * shows as a value anywhere. A tensor of which many elements do so will show
 * one above 2^62.
 */
enum tri_range_kind {
    TRI_RANGE_PRODUCT,
    TRI_RANGE_SCALED,
    TRI_RANGE_TRUNC,
    TRI_RANGE_COMPARE,
    TRI_RANGE_DIVISOR,
    TRI_RANGE_KINDS
};

struct tri_range {
    double most; /**< largest magnitude; 0: never met   */
    int fb;      /**< its scale                         */
    int bound;   /**< it has to stay below 2^bound      */
};

/* Layers and the loss, in three passes. */
enum { TRI_RANGE_PLACES = 3 * 1001 };

/** All zero to start with. `place` is the caller's: what is measured from now
 *  on belongs there (a layer, a pass). */
struct tri_ranges {
    unsigned place; /**< < TRI_RANGE_PLACES */
    struct tri_range at[TRI_RANGE_PLACES][TRI_RANGE_KINDS];
    uint64_t wrong; /**< engine paper: truncations that would have failed, as
                       the sum of their probabilities |x| / 2^64 (Algorithm 11),
                         in units of 2^-40 */
};

/** Measures into the configuration's `ranges`, against the bounds of the engine
 *  that is `rehearsed`, and computes with that one's scales. */
extern const struct tri_engine_kind tri_engine_ranges;

/**
 * An operation meets a value of magnitude `most` (stored units) at scale fb.
 * Engine ranges notes it. Engine plain fails the session where it is not below
 * its bound: TRI_E_SPOILT, and the text says how large it is and what would be
 * allowed.
 * \return TRI_OK or TRI_E_SPOILT
 */
int tri_range_meet(struct tri_engine *e, enum tri_range_kind kind, double most,
                   int fb);

/** The same for the largest magnitude in x, and, for a truncation where it is
 *  not exact, the probability that it fails. */
int tri_range_meet_all(struct tri_engine *e, enum tri_range_kind kind,
                       const struct tri_ten *x, double times, int fb);

/** The same for the largest difference between two of n at one of m places,
 *  x [n x m]. */
int tri_range_meet_widest(struct tri_engine *e, const struct tri_ten *x,
                          size_t n, size_t m);

/** Bits between the largest magnitude and its bound, rounded down to halves;
 *  negative: the bound was passed. 64 if it was never met. */
double tri_range_headroom(const struct tri_range *r);

/** The place and kind with the least headroom; NULL if nothing was measured.
 *  *place and *kind are set then. */
const struct tri_range *tri_ranges_least(const struct tri_ranges *r,
                                         unsigned *place,
                                         enum tri_range_kind *kind);

#endif
