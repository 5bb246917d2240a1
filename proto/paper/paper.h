#ifndef TRI_PROTO_PAPER_PAPER_H
#define TRI_PROTO_PAPER_PAPER_H

#include "proto/additive.h"

/** \file proto/paper/paper.h
 *
 * # Engine `paper`, inside
 *
 * SecureNN, "3-Party Secure Computation for Neural Network Training" (Wagh,
 * Gupta, Chandran, PoPETs 2019(3)), algorithm by algorithm: README.md says
 * which file has which, and where they differ from the paper and why.
 *
 * The functions are protocols on vectors, as proto/additive.h says. l = 64,
 * p = 127: a byte holds an element of Z_p. The odd ring Z_{L-1} is odd.h.
 */

extern const struct tri_engine_kind tri_engine_paper;

/** Words that P0 and P1 hold; NULL on P2. */
int tri_paper_alloc(struct tri_session *s, tri_ring **v, size_t n);

/**
 * The end of a protocol: if it failed, other than by its arguments, the session
 * dies and the result is wiped; scratch since `mark` is given back.
 * \return rc
 */
int tri_paper_end(struct tri_session *s, size_t mark, int rc, tri_ring *z,
                  size_t n, const char *where);

/** n bytes 0 or 1 from the next stream of `g`. */
void tri_paper_coins(struct tri_prg *g, uint8_t *out, size_t n);

#endif
