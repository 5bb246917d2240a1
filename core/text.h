#ifndef TRI_CORE_TEXT_H
#define TRI_CORE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/** \file core/text.h
 *
 * Text with numbers in it, without a C library. Formats are printf's, as far
 * as needed: %d %u %x %s %c %%, with l, ll, z, #, 0 and a width; %.Ns and
 * %.*s; %.1f of numbers from 0 to 1e15.
 */

/** A place for text, which grows. Starts as { out, size, 0 }. The end of what
 *  does not fit is left out; what there is always ends with a zero byte if
 *  size > 0. */
struct tri_text {
    char *out;
    size_t size;
    size_t n; /**< characters so far; >= size: some were left out */
};

/** Append. */
void tri_text_add(struct tri_text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void tri_text_addv(struct tri_text *t, const char *fmt, va_list ap);

/** snprintf(). \return how long the text would be */
size_t tri_text_print(char *out, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
