#ifndef TRI_BOARDS_COMMON_PRINT_H
#define TRI_BOARDS_COMMON_PRINT_H

#include <stdint.h>

/** \file boards/common/print.h
 *
 * # Text on a board's console
 */

/** Print up to 255 characters; formats as in core/text.h. */
void tri_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** The stored integer v at scale fb (8..16), with three decimals. */
void tri_print_fixed(int64_t v, unsigned fb);

#endif
