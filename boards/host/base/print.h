#ifndef TRI_BOARDS_HOST_BASE_PRINT_H
#define TRI_BOARDS_HOST_BASE_PRINT_H

#include <stdio.h>
#include "boards/host/base/file.h"

/** \file boards/host/base/print.h
 *
 * # Files of text
 */

/** Prints a text; `arg` is the caller's. \return TRI_OK or a code with a text.
 *  Whether it could be written is found out by others. */
typedef int tri_print_fn(FILE *f, const void *arg, struct tri_why *why);
/** Print a text into an open file, and commit or drop it. */
int tri_out_print(struct tri_out *o, tri_print_fn *print, const void *arg,
                  struct tri_why *why);
/** Print a text into a new file, which is there completely or not at all; with
 *  path NULL to standard output. TRI_E_IO, TRI_E_NOMEM, what `print` says. */
int tri_file_print(const char *path, tri_print_fn *print, const void *arg,
                   struct tri_why *why);

#endif
