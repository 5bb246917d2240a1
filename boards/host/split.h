#ifndef TRI_BOARDS_HOST_SPLIT_H
#define TRI_BOARDS_HOST_SPLIT_H

#include "boards/host/set.h"
#include "boards/host/sharefile.h"

/** The two share files of a prefix. TRI_E_NOMEM; free() both. */
int tri_split_names(char *name[2], const char *prefix, struct tri_why *why);

/**
 * Split a data set into the files prefix.p0.share and prefix.p1.share. A
 * pixel v becomes v / 256 at scale fb (8..16), a label a one-hot row at scale
 * 0; P0's words come from a fresh seed, P1's are the difference. Either both
 * files are there afterwards or none.
 */
int tri_split(const struct tri_set *set, const char *prefix, unsigned fb,
              const struct tri_kernels *k, struct tri_why *why);

#endif
