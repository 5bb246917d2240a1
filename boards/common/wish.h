#ifndef TRI_BOARDS_COMMON_WISH_H
#define TRI_BOARDS_COMMON_WISH_H

#include <stddef.h>
#include <stdint.h>
#include "core/prg.h"
#include "net/link.h"

/** \file boards/common/wish.h
 *
 * # What each party would like, and all three then do
 *
 * A party says one byte about itself beside the text of the run (net/hello.h):
 * the generator that is the faster one on its processor, and how large a ledger
 * (proto/rep3/ledger.h) it can spare if the options do not say. All three know
 * all three bytes, and come to the same.
 */

/** A ledger by memory, as 1 + log2 of millions of bytes: an eighth of `spare`
 *  bytes, up to 64 million, and up to 512 on a network whose round trip is
 *  long, as larger batches are fewer rounds. */
unsigned tri_wish_ledger(uint64_t spare, uint64_t rtt_ns);

/** \param ledger  of tri_wish_ledger(); 0: there is nothing to choose */
uint8_t tri_wish(enum tri_prg_kind prg, unsigned ledger);

/** AES-128 if all three said that; else ChaCha20. */
enum tri_prg_kind tri_wishes_prg(const uint8_t said[TRI_PARTIES]);

/** Bytes: the least that is wished for; 0 if nobody wishes. */
size_t tri_wishes_ledger(const uint8_t said[TRI_PARTIES]);

#endif
