#ifndef TRI_BOARDS_HOST_OWNER_SPLIT_H
#define TRI_BOARDS_HOST_OWNER_SPLIT_H

#include "boards/host/formats/dataset.h"
#include "boards/host/share/sharefile.h"

/** \file boards/host/owner/split.h
 *
 * # A data set becomes two share files
 */

/** The two share files of a prefix. TRI_E_NOMEM; free() both. */
int tri_split_names(char *name[2], const char *prefix, struct tri_why *why);

/**
 * Split a data set into the files prefix.p0.share and prefix.p1.share. A
 * pixel v becomes v / 256 at scale fb (8..16), a real value (below
 * tri_weights_limit()) is rounded to it, a label is a one-hot row at scale 0;
 * P0's words come from a fresh seed, P1's are the difference. Either both files
 * are there afterwards or none.
 */
int tri_split(const struct tri_dataset *set, const char *prefix, unsigned fb,
              const struct tri_kernels *k, struct tri_why *why);

/** The same into two files without names, in TMPDIR; the caller closes them. */
int tri_split_unnamed(int fd[2], const struct tri_dataset *set, unsigned fb,
                      const struct tri_kernels *k, struct tri_why *why);

#endif
