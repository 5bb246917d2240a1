#ifndef TRI_PROTO_LOCAL_H
#define TRI_PROTO_LOCAL_H

#include "proto/engine.h"

/** \file proto/local.h
 *
 * # Operations without messages
 *
 * Those of every engine over words: they work on each component this party
 * holds, and mark z as changed. As in the table of operations.
 */

int tri_local_constant(struct tri_engine *e, struct tri_ten *z,
                       const double *v);
void tri_local_add(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct tri_ten *y);
void tri_local_sub(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct tri_ten *y);
void tri_local_addc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x, double c);
void tri_local_scale(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x, int64_t c, int cb);
void tri_local_copy(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x, const struct tri_copy *m);

/** The copy of one component. */
void tri_local_move(const struct tri_kernels *k, tri_ring *z, const tri_ring *x,
                    const struct tri_copy *m);

#endif
