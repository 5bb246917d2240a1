#ifndef TRI_PROTO_FUSED_LEAGUE_H
#define TRI_PROTO_FUSED_LEAGUE_H

#include "proto/engine.h"

/** \file proto/fused/league.h
 *
 * # Maximum of n by groups of two to four (allpairs.h), and its gradient
 *
 * Like the engine's operations of the same names.
 */
int tri_fused_league_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                           size_t m);
int tri_fused_league(struct tri_engine *e, struct tri_ten *z,
                     struct tri_maxn *st, const struct tri_ten *x);
int tri_fused_league_grad(struct tri_engine *e, struct tri_ten *dx,
                          const struct tri_maxn *st, const struct tri_ten *dz);

/** Non-zero if the league and not the tournament serves a maximum of n at m
 *  places: by the configuration's max, rtt_ns and rate. */
int tri_fused_prefer_league(const struct tri_engine *e, size_t n, size_t m);

#endif
