#ifndef TRI_BOARDS_HOST_BASE_WHY_H
#define TRI_BOARDS_HOST_BASE_WHY_H

/** \file boards/host/base/why.h
 *
 * # Errors of the program
 *
 * Functions of this directory return enum tri_err codes like all others, and
 * leave a text for the person at the terminal: what is wrong, where (file,
 * line, byte, value), what to do.
 */
struct tri_why {
    char text[1100]; /**< one line without an end of line; "" if none */
};

/** Exit codes of the program. */
enum { TRI_EXIT_OK = 0, TRI_EXIT_RUN = 1, TRI_EXIT_INPUT = 2 };

/** Store a text (printf style) and return `err`. The first text is kept: what
 *  fails afterwards is a consequence. */
int tri_why(struct tri_why *w, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** Add to the text, which may be empty, and return `err`. */
int tri_why_add(struct tri_why *w, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** The exit code for an error: usage and input (TRI_E_ARG, _FORMAT, _RANGE,
 *  _MISMATCH) are 2, everything else that fails is 1. */
int tri_exit_code(int err);

#endif
