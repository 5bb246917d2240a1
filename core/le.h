#ifndef TRI_CORE_LE_H
#define TRI_CORE_LE_H

#include <stddef.h>
#include <stdint.h>

/** \file core/le.h
 *
 * Numbers as bytes, lowest byte first, as all formats of files and messages
 * have them. Addresses need no alignment. A compiler makes one move of each.
 *
 * Vectors of words are sent and drawn where they stand: on a processor that
 * has the lowest byte first they are what the wire has, and nothing is done. On
 * one that is big-endian they are turned, at the places that call what follows:
 * what is between two of them is either numbers or bytes, never both.
 */

static inline uint32_t tri_le_load16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t tri_le_load32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static inline uint64_t tri_le_load64(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
           (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
           (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

/** The lower 16 bits of v. */
static inline void tri_le_store16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void tri_le_store32(uint8_t *p, uint32_t v)
{
    tri_le_store16(p, v);
    tri_le_store16(p + 2, v >> 16);
}

static inline void tri_le_store64(uint8_t *p, uint64_t v)
{
    tri_le_store32(p, (uint32_t)v);
    tri_le_store32(p + 4, (uint32_t)(v >> 32));
}

/** A word that is a number, from one that stands lowest byte first; or back. */
static inline uint64_t tri_le64(uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/** Likewise, in place: `bytes` bytes at p that are words of `width` = 1, 2, 4
 *  or 8 each. */
static inline void tri_le_words(void *p, size_t bytes, size_t width)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    uint8_t *const b = p;

    for (size_t at = 0; at < bytes; at += width)
        for (size_t lo = at, hi = at + width - 1; lo < hi; lo++, hi--) {
            const uint8_t t = b[lo];

            b[lo] = b[hi];
            b[hi] = t;
        }
#else
    (void)p;
    (void)bytes;
    (void)width;
#endif
}

#endif
