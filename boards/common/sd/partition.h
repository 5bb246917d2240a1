#ifndef TRI_BOARDS_COMMON_SD_PARTITION_H
#define TRI_BOARDS_COMMON_SD_PARTITION_H

#include <stddef.h>
#include <stdint.h>

#include "core/hash.h"

/** \file boards/common/sd/partition.h
 *
 * # A party's partition: seed and setup
 *
 * For a board without a hardware source of random bytes. The first partition of
 * type 0xda in the table of a card (master boot record) belongs to the party:
 * its block 0 is a seed, 512 bytes from a good source, written by whoever
 * prepares the card; from block 1 on stands the setup (boards/common/setup.h).
 *
 * At power-on the seed is read, replaced by its successor, and the successor
 * read back; only then random bytes are made, from another hash of the old
 * one. All are BLAKE2s with separate keys, so nobody learns from random bytes
 * or from the card as it is later what was drawn before, and no two starts
 * draw the same, as long as the card keeps what is written. Whoever reads the
 * card before a start knows all that is drawn: a card is as secret as the
 * setup on it. A card that is put back to an older state, from a copy, repeats
 * its random bytes, which breaks the secrecy of all connections: copies of a
 * card are not used.
 *
 * A write that is cut off in the middle leaves a mixture of two seeds of which
 * none was used: as good as either.
 */
enum { TRI_PARTITION_BLOCK = 512 };

/** A device of blocks. TRI_OK, TRI_E_IO. */
struct tri_partition {
    void *ctx;
    int (*get)(void *ctx, uint32_t block, uint8_t out[TRI_PARTITION_BLOCK]);
    int (*put)(void *ctx, uint32_t block,
               const uint8_t in[TRI_PARTITION_BLOCK]);
    uint32_t first, blocks; /**< the partition's */
};

/** Find the partition: sets first and blocks. TRI_OK; TRI_E_IO; TRI_E_FORMAT
 *  if there is none. */
int tri_partition_find(struct tri_partition *s);

/** The setup, of as many bytes as its head says, into room.
 *  \param n  receives its length; 0: there is none
 *  \return TRI_OK; TRI_E_NOMEM if it does not fit; TRI_E_IO; TRI_E_FORMAT if
 *          the partition is smaller than it. Then nothing of it is in room */
int tri_partition_setup(struct tri_partition *s, size_t *n, uint8_t *room,
                        size_t bytes);

/** What random bytes come from. Secret. */
struct tri_seed {
    uint8_t key[TRI_HASH_BYTES];
    int ready;
};

/** Replace the seed and start. TRI_OK; TRI_E_IO if it cannot be replaced, or
 *  is none: all its bytes are equal. */
int tri_seed_start(struct tri_seed *seed, struct tri_partition *s);

/** n random bytes. TRI_OK; TRI_E_IO if it was not started; out is wiped. */
int tri_seed_draw(struct tri_seed *seed, void *out, size_t n);

#endif
