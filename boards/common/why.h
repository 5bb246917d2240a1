#ifndef TRI_BOARDS_COMMON_WHY_H
#define TRI_BOARDS_COMMON_WHY_H

/** \file boards/common/why.h
 *
 * # Errors in words
 *
 * What is wrong, where (file, line, byte, value), what to do: beside an enum
 * tri_err code.
 */
struct tri_why {
    char text[1100]; /**< one line without an end of line; "" if none */
};

/** Store a text (printf style; on a board the formats of core/text.h) and
 *  return `err`. The first text is kept: what fails afterwards is a
 *  consequence. */
int tri_why(struct tri_why *w, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
