#ifndef TRI_PROTO_PAPER_PAPER_H
#define TRI_PROTO_PAPER_PAPER_H

#include "proto/additive.h"

/** \file proto/paper/paper.h
 *
 * # Engine `paper`, inside
 *
 * SecureNN, "3-Party Secure Computation for Neural Network Training" (Wagh,
 * Gupta, Chandran, PoPETs 2019(3)), algorithm by algorithm:
 *
 * | Algorithm                       | file              |
 * |---------------------------------|-------------------|
 * | 1  MatMul                       | proto/beaver.c    |
 * | 2  SelectShare                  | select_share.c    |
 * | 3  PrivateCompare               | private_compare.c |
 * | 4  ShareConvert                 | share_convert.c   |
 * | 5  ComputeMSB                   | compute_msb.c     |
 * | 6  DReLU                        | drelu.c           |
 * | 7  ReLU                         | relu.c            |
 * | 8  Division                     | division.c        |
 * | 9  MaxPool                      | maxpool.c         |
 * | 10, 12  DMaxPool                | dmaxpool.c        |
 * | 11 Truncation                   | truncation.c      |
 *
 * The functions are protocols on vectors, as proto/additive.h says. l = 64,
 * p = 127: a byte holds an element of Z_p. The odd ring Z_{L-1} is odd.h.
 */

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
