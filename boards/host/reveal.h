#ifndef TRI_BOARDS_HOST_REVEAL_H
#define TRI_BOARDS_HOST_REVEAL_H

#include <stdio.h>
#include "boards/host/sharefile.h"
#include "boards/host/weights.h"

/** \file boards/host/reveal.h
 *
 * Join two open shares that tri_share_pair() accepts and print what they hold.
 *
 * A result becomes one line a sample: its class. A model becomes text: the
 * network as comments, then for each layer with parameters
 *
 *     layer 3 weights 128 10     # number in the network, sizes
 *     0.0123 ...                 # one row a line
 *     layer 3 biases 10
 *     ...
 *
 * \return TRI_OK; TRI_E_FORMAT if the sum is not what the kind promises;
 *         TRI_E_IO, TRI_E_NOMEM.
 */
int tri_reveal_result(FILE *out, const struct tri_share *a,
                      const struct tri_share *b, struct tri_why *why);
int tri_reveal_model(FILE *out, const struct tri_share *a,
                     const struct tri_share *b, struct tri_why *why);

/** The same model as a file of another program (weightfile.h). */
int tri_reveal_weights(const char *path, enum tri_layout layout,
                       const struct tri_share *a, const struct tri_share *b,
                       struct tri_why *why);

#endif
