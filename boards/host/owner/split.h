#ifndef TRI_BOARDS_HOST_OWNER_SPLIT_H
#define TRI_BOARDS_HOST_OWNER_SPLIT_H

#include "boards/host/formats/dataset.h"
#include "boards/host/share/sharefile.h"
#include "net/link.h"

/** \file boards/host/owner/split.h
 *
 * # A data set becomes share files
 */

/** Parties that get a file. */
unsigned tri_split_files(enum tri_sharing sharing);

/** The share files of a prefix: tri_split_files(); the others NULL.
 *  TRI_E_NOMEM; free() all. */
int tri_split_names(char *name[TRI_PARTIES], const char *prefix,
                    enum tri_sharing sharing, struct tri_why *why);

/** Can they all be written, as new files? TRI_E_ARG, TRI_E_IO with a text for
 *  an option --out. */
int tri_split_check(const char *prefix, enum tri_sharing sharing,
                    struct tri_why *why);

/**
 * Split a data set into the files prefix.p0.share and so on. A pixel v becomes
 * v / 256 at scale fb (8..16), a real value (below tri_weights_limit()) is
 * rounded to it, and so is a target; a label is a one-hot row at scale 0. How
 * large values are stands in the files, for all to read. All components but the
 * last come from fresh seeds, the last one is the difference. Either all files
 * are there afterwards or none.
 */
int tri_split(const struct tri_dataset *set, const char *prefix,
              enum tri_sharing sharing, unsigned fb,
              const struct tri_kernels *k, struct tri_why *why);

/** The same of a data set that is in two open shares which belong together
 *  (tri_share_pair()), at their scale. */
int tri_split_again(const struct tri_share *a, const struct tri_share *b,
                    const char *prefix, enum tri_sharing sharing,
                    const struct tri_kernels *k, struct tri_why *why);

/** The same as tri_split() into files without names, in TMPDIR; the caller
 * closes them. -1 where a party has none. */
int tri_split_unnamed(int fd[TRI_PARTIES], const struct tri_dataset *set,
                      enum tri_sharing sharing, unsigned fb,
                      const struct tri_kernels *k, struct tri_why *why);

#endif
