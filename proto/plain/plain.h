#ifndef TRI_PROTO_PLAIN_PLAIN_H
#define TRI_PROTO_PLAIN_PLAIN_H

#include "proto/engine.h"

/** \file proto/plain/plain.h
 *
 * The operations of engine `plain`, for engines that add to them.
 */
extern const struct tri_engine_ops tri_plain_ops;

#endif
