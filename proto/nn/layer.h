#ifndef TRI_PROTO_NN_LAYER_H
#define TRI_PROTO_NN_LAYER_H

#include "proto/nn/model.h"
#include "proto/scale.h"

/** \file proto/nn/layer.h
 *
 * # Inside the model: layers as forward/backward pairs
 *
 * forward: l->out from l->in. backward: l->din, and dw and db where a layer has
 * weights, from l->dout and what forward left; din may be NULL where a layer
 * has weights or two inputs, and is not elsewhere. A tensor says at which scale
 * it is; sums want equal ones.
 */

/** x [rows x b->n] += b in every row, lifted to the scale of x. */
int tri_bias_add(struct tri_engine *e, struct tri_ten *x,
                 const struct tri_ten *b);

/** db = sum of the rows of x [rows x db->n], lifted to scale fb. */
void tri_bias_gradient(struct tri_engine *e, struct tri_ten *db,
                       const struct tri_ten *x, int fb);

/** Forward of a layer with weights: out = op(in, w) + b, at scale l->fb unless
 *  what follows truncates; without b where a maximum adds that. */
int tri_affine(struct tri_engine *e, struct tri_layer *l,
               const struct tri_bilin *op);

/** Backward of a layer with weights: din = dx(dout, w) unless NULL, and unless
 *  it is frozen dw = dw(in, dout), db. All dw and db end up at one scale. */
int tri_gradients(struct tri_engine *e, struct tri_layer *l,
                  const struct tri_bilin *dx, const struct tri_bilin *dw);

/** For a kind of layer (kind.h) that compares each element once, and one whose
 *  backward takes the bits of that. */
uint32_t tri_compare_once(const struct tri_layer_spec *l);
int tri_remember_bits(struct tri_engine *e, struct tri_layer *l);

/** c * 2^-cb = r with an error below 2^-16 of it: c in 1..2^16, cb >= 0, c is
 *  1 for a power of two up to 1. TRI_E_ARG unless 2^-40 <= r <= 2^10. */
int tri_rational(double r, int64_t *c, int *cb);

#endif
