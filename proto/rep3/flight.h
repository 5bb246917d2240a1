#ifndef TRI_PROTO_REP3_FLIGHT_H
#define TRI_PROTO_REP3_FLIGHT_H

#include "proto/rep3/send.h"

/** \file proto/rep3/flight.h
 *
 * # A long computation in pieces
 *
 * A vector is cut into pieces, and every round is done piece by piece: while
 * one travels the next one is computed. There are no more rounds than for the
 * whole.
 */
enum {
    TRI_REP3_PIECES = 8,
    TRI_REP3_PIECE = 16384, /**< elements that are worth one */
    TRI_REP3_AT_ONCE = 5    /**< most gates of a piece in a round */
};

/** Elements at .. at+n-1 of a piece; at is a multiple of 64. */
struct tri_rep3_piece {
    size_t at, n;
};

/** How many pieces n elements have, and piece i of them. */
size_t tri_rep3_pieces(size_t n);
struct tri_rep3_piece tri_rep3_piece(size_t n, size_t i);

/** Initialiser: components x from element `at` on; what a dry run has none of
 *  is NULL. */
#define TRI_REP3_FROM(x, at)                      \
    {                                             \
        (x)[0] == NULL ? NULL : (x)[0] + (at),    \
            (x)[1] == NULL ? NULL : (x)[1] + (at) \
    }

struct tri_rep3_flight {
    size_t pieces;
    unsigned rounds; /**< from 1 */
    void *self;
    /** Describe the messages of a round in g; returns how many there are. */
    size_t (*prepare)(struct tri_engine *e, void *self, size_t piece,
                      unsigned round, struct tri_rep3_gate *g);
    /** All of them have arrived, and what was sent may change. */
    void (*finish)(struct tri_engine *e, void *self, size_t piece,
                   unsigned round);
};

/** All rounds. TRI_OK, or as the link fails. */
int tri_rep3_fly(struct tri_engine *e, const struct tri_rep3_flight *f);

#endif
