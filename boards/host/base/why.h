#ifndef TRI_BOARDS_HOST_BASE_WHY_H
#define TRI_BOARDS_HOST_BASE_WHY_H

#include "boards/common/why.h"

/** \file boards/host/base/why.h
 *
 * # Errors of the program
 *
 * Functions of this directory return enum tri_err codes like all others, and
 * leave a text for the person at the terminal: what is wrong, where (file,
 * line, byte, value), what to do.
 */
/** Exit codes of the program. */
enum { TRI_EXIT_OK = 0, TRI_EXIT_RUN = 1, TRI_EXIT_INPUT = 2 };

/** Add to the text, which may be empty, and return `err`. */
int tri_why_add(struct tri_why *w, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** The exit code for an error: usage and input (TRI_E_ARG, _FORMAT, _RANGE,
 *  _MISMATCH) are 2, everything else that fails is 1. */
int tri_exit_code(int err);

#endif
