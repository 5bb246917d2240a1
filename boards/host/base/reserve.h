#ifndef TRI_BOARDS_HOST_BASE_RESERVE_H
#define TRI_BOARDS_HOST_BASE_RESERVE_H

#include "boards/host/base/why.h"

/** \file boards/host/base/reserve.h
 *
 * # Descriptors for later
 *
 * A party that opens its files until no descriptor is left could not join the
 * others any more, not even to tell them so. So it takes what the connections
 * and the files of the results need first, and gives it back before it joins.
 */
enum { TRI_RESERVE = 6 };

struct tri_reserve {
    int fd[TRI_RESERVE];
    int n;
};

/** Take them; of too few, all there are.
 *  \return TRI_OK; TRI_E_IO with a text. tri_reserve_give() in any case */
int tri_reserve_take(struct tri_reserve *r, struct tri_why *why);

void tri_reserve_give(struct tri_reserve *r);

#endif
