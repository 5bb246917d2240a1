#ifndef TRI_PROTO_PLAIN_PLAIN_H
#define TRI_PROTO_PLAIN_PLAIN_H

#include "proto/engine.h"

/** \file proto/plain/plain.h
 *
 * # Engine `plain`: the fixed point of the parties in the clear
 */
extern const struct tri_engine_kind tri_engine_plain;

/** Its operations, for engines that add to them. */
extern const struct tri_engine_ops tri_plain_ops;
/** The same with an operation `normalise`, which no width of comparisons
 *  bounds. */
extern const struct tri_engine_ops tri_plain_rows_ops;

#endif
