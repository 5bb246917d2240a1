#ifndef TRI_CORE_MEM_H
#define TRI_CORE_MEM_H

#include <stddef.h>

/** \file core/mem.h
 *
 * The four functions that arch, core and proto may take from outside. A
 * compiler may call them on its own, so every platform has them; a board
 * without a C library brings its own.
 */
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* Free-standing code is built without the compiler's knowledge of these
 * names; given it back, short copies of known size become a few moves. */
#define memcpy  __builtin_memcpy
#define memmove __builtin_memmove
#define memset  __builtin_memset
#define memcmp  __builtin_memcmp

/** Overwrite `n` bytes with zeros in a way the optimiser must keep. */
void tri_wipe(void *p, size_t n);

#endif
