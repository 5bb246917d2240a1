#ifndef TRI_PROTO_FUSED_PAIRS_H
#define TRI_PROTO_FUSED_PAIRS_H

#include "proto/engine.h"

/** \file proto/fused/pairs.h
 *
 * # Whether maxima by groups (league.h) are linked, and gradients
 */
/** They, where `prefer` says so. */
struct tri_fused_max {
    int (*prefer)(const struct tri_engine *e, size_t n, size_t m);
    int (*alloc)(struct tri_engine *e, struct tri_maxn *st, size_t n, size_t m);
    int (*maxn)(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                const struct tri_ten *x);
    int (*grad)(struct tri_engine *e, struct tri_ten *dx,
                const struct tri_maxn *st, const struct tri_ten *dz);
};

/** NULL: not linked, all maxima are tournaments. The library's own
 *  names league.h; a program that defines it links what it names. */
extern const struct tri_fused_max *const tri_fused_pairs;

/** tri_fused_descend(); NULL: not linked, nobody trains. Likewise. */
typedef int tri_fused_gradient_fn(struct tri_engine *e, struct tri_ten *dx,
                                  const struct tri_maxn *st,
                                  const struct tri_ten *dz);
extern tri_fused_gradient_fn *const tri_fused_gradient;

#endif
