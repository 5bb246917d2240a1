#ifndef TRI_BOARDS_HOST_SHARE_SHARETENSOR_H
#define TRI_BOARDS_HOST_SHARE_SHARETENSOR_H

#include "boards/host/share/sharefile.h"
#include "proto/engine.h"

/** \file boards/host/share/sharetensor.h
 *
 * # Tensors out of share files and into them
 *
 * Through the engine's doors (proto/engine.h): what a file gets are fresh
 * shares. In, in pieces of at most TRI_SHARE_PIECE elements; out, a tensor at
 * once.
 */
/** The files that an engine's parties read and write. */
enum tri_sharing tri_share_of(const struct tri_engine_kind *kind);

/** Bytes of n elements in this party's file. */
uint64_t tri_share_tensor_bytes(const struct tri_engine *e, size_t n);

/** Append elements at .. at+n-1 of t, exported into memory of the arena that is
 *  given back. All parties call it, those without a
 *  file (o NULL) as well. TRI_E_IO with a text; an engine's error. */
int tri_share_put_tensor(struct tri_share_out *o, struct tri_engine *e,
                         const struct tri_ten *t, size_t at, size_t n,
                         struct tri_why *why);

/** Fill t from word *first of the content on; *first moves on. A party that
 *  holds nothing reads nothing (s NULL). TRI_E_IO with a text; an engine's
 *  error. */
int tri_share_get_tensor(const struct tri_share *s, struct tri_engine *e,
                         struct tri_ten *t, uint64_t *first,
                         struct tri_why *why);

#endif
