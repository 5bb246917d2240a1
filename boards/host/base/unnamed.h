#ifndef TRI_BOARDS_HOST_BASE_UNNAMED_H
#define TRI_BOARDS_HOST_BASE_UNNAMED_H

#include "boards/host/base/file.h"

/** \file boards/host/base/unnamed.h
 *
 * # Files without a name
 */

/** The directory for temporary files, TMPDIR. */
const char *tri_out_temporary(void);
/** Start a file that has no name, in TMPDIR: it is
 *  gone with the last process that holds it, however that ends. */
int tri_out_unnamed(struct tri_out *o, struct tri_why *why);
/** What is written so far, to be read; the caller closes it. -1 with a text. */
int tri_out_take(struct tri_out *o, struct tri_why *why);

#endif
