#ifndef TRI_BOARDS_COMMON_MIX_H
#define TRI_BOARDS_COMMON_MIX_H

#include <stdint.h>

/** Next word of the splitmix64 generator (Steele, Lea, Flood 2014): for test
 *  inputs and pictures, never for keys or masks. */
static inline uint64_t tri_mix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

#endif
