#ifndef TRI_PROTO_TOURNAMENT_H
#define TRI_PROTO_TOURNAMENT_H

#include "proto/engine.h"

/** \file proto/tournament.h
 *
 * # Maximum by a tournament
 */

/** The tournament that serves as maxn wherever an engine has none of its own:
 *  max(a, b) = b + relu(a - b), depth ceil(log2 n). */
int tri_tournament_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                         size_t m);
int tri_tournament(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x);
int tri_tournament_grad(struct tri_engine *e, struct tri_ten *dx,
                        const struct tri_maxn *st, const struct tri_ten *dz);

/** What moves candidate i of windows to a row [m], and a row back. */
struct tri_copy tri_window_at(const struct tri_windows *w, size_t i);
struct tri_copy tri_window_to(const struct tri_windows *w, size_t i);

#endif
