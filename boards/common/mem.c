/* The four functions of core/mem.h, for boards without a C library. Built so
 * that the compiler does not find them in themselves: see the Makefile. Boards
 * allow unaligned accesses, so all but the last bytes move by words. */
#include <stdint.h>

#include "core/mem.h"

#undef memcpy
#undef memmove
#undef memset
#undef memcmp

/* Any bytes, wherever they stand. */
typedef uint64_t __attribute__((may_alias, aligned(1))) word;
enum { WORD = sizeof(word) };

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    return memmove(dst, src, n);
}

void *memmove(void *dst, const void *src, size_t n)
{
    unsigned char *d = dst;
    const unsigned char *s = src;

    /* Upwards, unless that writes over what is still to be read. */
    if ((uintptr_t)d - (uintptr_t)s >= n) {
        for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
            *(word *)d = *(const word *)s;
        for (size_t i = 0; i < n; i++)
            d[i] = s[i];
        return dst;
    }
    for (; n >= WORD; n -= WORD)
        *(word *)(d + n - WORD) = *(const word *)(s + n - WORD);
    for (; n > 0; n--)
        d[n - 1] = s[n - 1];
    return dst;
}

void *memset(void *dst, int byte, size_t n)
{
    const uint64_t all = (uint8_t)byte * UINT64_C(0x0101010101010101);
    unsigned char *d = dst;

    for (; n >= WORD; n -= WORD, d += WORD)
        *(word *)d = all;
    for (size_t i = 0; i < n; i++)
        d[i] = (unsigned char)byte;
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    for (; n >= WORD && *(const word *)x == *(const word *)y; n -= WORD) {
        x += WORD;
        y += WORD;
    }
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}
