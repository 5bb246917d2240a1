#ifndef TRI_BOARDS_HOST_OWNER_REVEAL_H
#define TRI_BOARDS_HOST_OWNER_REVEAL_H

#include <stdio.h>
#include "boards/host/formats/weights.h"
#include "boards/host/owner/results.h"
#include "boards/host/share/sharefile.h"

/** \file boards/host/owner/reveal.h
 *
 * Join two open shares that tri_share_pair() accepts.
 */

/** Sample i of a data set: x [n words], images, then labels; `scratch` has
 *  room for 2 n words. TRI_E_IO. */
int tri_reveal_sample(uint64_t *x, uint64_t *scratch, size_t n, uint32_t i,
                      const struct tri_share *a, const struct tri_share *b,
                      struct tri_why *why);

/** All words of a model: *x, to be wiped and freed, tri_reveal_numbers() of
 *  them. TRI_E_IO, TRI_E_NOMEM. */
size_t tri_reveal_numbers(const struct tri_share *a);
int tri_reveal_words(uint64_t **x, const struct tri_share *a,
                     const struct tri_share *b, struct tri_why *why);

/**
 * A result or scores. Of a result there are the classes only.
 * \return TRI_OK; TRI_E_FORMAT if the sum is not what the kind promises;
 *         TRI_E_IO, TRI_E_NOMEM. Free r in any case.
 */
int tri_reveal_result(struct tri_results *r, const struct tri_share *a,
                      const struct tri_share *b, struct tri_why *why);

/**
 * Print a model as text: the network as comments, then for each layer with
 * parameters
 *
 *     layer 3 weights 128 10     # number in the network, sizes
 *     0.0123 ...                 # one row a line
 *     layer 3 biases 10
 *     ...
 *
 * TRI_E_IO, TRI_E_NOMEM.
 */
int tri_reveal_model(FILE *out, const struct tri_share *a,
                     const struct tri_share *b, struct tri_why *why);

/** The same model as a file of another program (weightfile.h). */
int tri_reveal_weights(const char *path, enum tri_layout layout,
                       const struct tri_share *a, const struct tri_share *b,
                       struct tri_why *why);

#endif
