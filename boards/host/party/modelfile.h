#ifndef TRI_BOARDS_HOST_PARTY_MODELFILE_H
#define TRI_BOARDS_HOST_PARTY_MODELFILE_H

#include "boards/host/share/sharefile.h"
#include "proto/nn/model.h"

/** \file boards/host/party/modelfile.h
 *
 * # This party's share of a trained model, in a file
 */

/** Write fresh shares of weights and biases of all layers (sharefile.h) to `o`,
 *  which is open, and seal it. Every party calls it, one that keeps nothing
 * with NULL, and in a dry run. `pair` is the same on all that hold shares.
 *  TRI_E_IO; an engine's error. */
int tri_model_save(struct tri_model *m, struct tri_share_out *o,
                   const char *net_text, const uint8_t pair[TRI_PAIR_ID],
                   struct tri_why *why);

/** Fill a built model from an open share of the same network and scale, but for
 *  weights that come layer by layer. Nothing is read in a dry run or on a party
 *  without shares (s NULL). */
int tri_model_load(struct tri_model *m, const struct tri_share *s,
                   struct tri_why *why);

/** Fill the weights of layer i alone. */
int tri_model_load_layer(struct tri_model *m, size_t i,
                         const struct tri_share *s, struct tri_why *why);

#endif
