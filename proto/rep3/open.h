#ifndef TRI_PROTO_REP3_OPEN_H
#define TRI_PROTO_REP3_OPEN_H

#include "proto/rep3/send.h"

/** \file proto/rep3/open.h
 *
 * # Values in and out
 */

/** Engine operations (proto/engine.h). */
int tri_rep3_open(struct tri_engine *e, double *out, const struct tri_ten *x,
                  unsigned audience);
int tri_rep3_import(struct tri_engine *e, struct tri_ten *t, size_t at,
                    size_t n, const tri_ring *const part[2]);
int tri_rep3_export(struct tri_engine *e, const struct tri_ten *t, size_t at,
                    size_t n, tri_ring *const part[2]);
int tri_rep3_fresh(struct tri_engine *e, struct tri_ten *x);
void tri_rep3_name(struct tri_engine *e, uint8_t *out, size_t n);

#endif
