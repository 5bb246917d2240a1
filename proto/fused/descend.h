#ifndef TRI_PROTO_FUSED_DESCEND_H
#define TRI_PROTO_FUSED_DESCEND_H

#include "proto/engine.h"

/** \file proto/fused/descend.h
 *
 * # Gradient of a maximum, opened on its way down
 */

/**
 * The gradient of tri_tournament(), as tri_tournament_grad(), of a dx that is
 * TRI_TEN_OPEN: its mask is open, and of n candidates at m places that takes
 * (24 n - 8) m bytes and a round more than there are levels.
 */
int tri_fused_descend(struct tri_engine *e, struct tri_ten *dx,
                      const struct tri_maxn *st, const struct tri_ten *dz);

#endif
