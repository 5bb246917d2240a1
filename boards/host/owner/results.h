#ifndef TRI_BOARDS_HOST_OWNER_RESULTS_H
#define TRI_BOARDS_HOST_OWNER_RESULTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "boards/host/base/why.h"

/** \file boards/host/owner/results.h
 *
 * # What a classification found, in the clear
 */
struct tri_results {
    uint32_t count, classes;
    double *score;   /**< [count x classes], or NULL: classes only      */
    uint32_t *class; /**< [count]: the first of the highest scores      */
};

/** Memory for them. TRI_E_NOMEM. Free in any case. */
int tri_results_alloc(struct tri_results *r, uint32_t count, uint32_t classes,
                      int scores, struct tri_why *why);
/** Wipe and free. */
void tri_results_free(struct tri_results *r);

/** Set class from score. */
void tri_results_rank(struct tri_results *r);

/** One line a sample: its class, or its scores with commas between. */
void tri_results_print(FILE *out, const struct tri_results *r, int scores);

/** The same to standard output, or to a file that appears completely or not
 *  at all: text, or where the name ends in ".npy" an array of i8 [count] or of
 *  f4 [count x classes]. path NULL: standard output.
 *  \return TRI_OK; TRI_E_IO, TRI_E_NOMEM with a text. */
int tri_results_write(const char *path, const struct tri_results *r, int scores,
                      struct tri_why *why);

#endif
