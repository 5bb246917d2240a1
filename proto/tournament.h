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

/** The state of a maximum is a tri_bits for every level. That of level `l`,
 * from 0 on, with `n` matches; in a dry run there is none, and the caller's
 * `dummy` stands in. */
struct tri_bits *tri_tournament_bits(const struct tri_maxn *st, unsigned l,
                                     size_t n, struct tri_bits *dummy);

/** Where candidates stand; rows are windows, too. */
struct tri_windows tri_tournament_windows(const struct tri_maxn *st);

/** What moves candidate i of windows to a row [m], and a row back. */
struct tri_copy tri_window_at(const struct tri_windows *w, size_t i);
struct tri_copy tri_window_to(const struct tri_windows *w, size_t i);

/** The windows of image p; those of a row [m] are `each` from *at on. Steps
 * that follow each other go an image at a time, so that it is in the caches. */
struct tri_windows tri_window_image(const struct tri_windows *w, size_t p,
                                    size_t m, size_t *at, size_t *each);

#endif
