#ifndef TRI_PROTO_SIGMOID_H
#define TRI_PROTO_SIGMOID_H

#include "proto/engine.h"

/** \file proto/sigmoid.h
 *
 * # Logistic function
 */

/** z = 1 / (1 + exp(-x)), scale z->fb, as many elements as x; x->fb <= 21,
 *  |x| < 2^(k-1) stored units. Off by less than 2^-12 and four units of z and
 * x, everywhere. x may be another view of the elements of z. TRI_OK, TRI_E_ARG,
 * or an engine's error. */
int tri_sigmoid(struct tri_engine *e, struct tri_ten *z,
                const struct tri_ten *x);

#endif
