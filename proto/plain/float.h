#ifndef TRI_PROTO_PLAIN_FLOAT_H
#define TRI_PROTO_PLAIN_FLOAT_H

#include "proto/engine.h"

/** \file proto/plain/float.h
 *
 * # Engine `float`: float32 in the clear
 */
extern const struct tri_engine_kind tri_engine_float;

#endif
