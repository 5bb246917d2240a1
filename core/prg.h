#ifndef TRI_CORE_PRG_H
#define TRI_CORE_PRG_H

#include <stddef.h>
#include <stdint.h>
#include "arch/kernels.h"
#include "core/par.h"

/** \file core/prg.h
 *
 * # Pseudo-random generator shared by two parties
 *
 * ChaCha20 (RFC 8439) under a key that is fresh in every session. The output
 * is cut into *streams*. Every draw opens the next stream, numbered by a
 * 64-bit counter that only this file touches and that only moves up: no
 * position is ever used twice. A stream has 2^32 chunks, a chunk 2^32 blocks
 * of 64 bytes: nonce = stream (8 bytes) | chunk (4 bytes), then RFC 8439's
 * block counter. Two parties that make the same draws in the same order see
 * the same bytes, and any chunk can be computed alone, on any thread.
 */
struct tri_prg {
    const struct tri_kernels *k;
    uint32_t key[8]; /**< secret; wipe with tri_prg_wipe() */
    uint64_t next;   /**< number of the next stream        */
};

/** One chunk of one stream: a place to read bytes from, in order. */
struct tri_stream {
    const struct tri_prg *g;
    uint64_t id;
    uint32_t chunk;
    uint32_t block;    /**< next block that is not in buf           */
    uint32_t have;     /**< unread bytes at the end of buf          */
    uint8_t buf[1024]; /**< the blocks a kernel makes at full width  */
};

/** Start under `key` with stream 0. */
void tri_prg_init(struct tri_prg *g, const struct tri_kernels *k,
                  const uint8_t key[32]);

/** Forget the key. */
void tri_prg_wipe(struct tri_prg *g);

/** Take the next stream's number. Every number is given out once. */
uint64_t tri_prg_next(struct tri_prg *g);

/** Read chunk `chunk` of stream `id` (from tri_prg_next()) from its start. */
void tri_stream_open(struct tri_stream *s, const struct tri_prg *g, uint64_t id,
                     uint32_t chunk);

/** The next `n` bytes of the chunk. */
void tri_stream_read(struct tri_stream *s, void *out, size_t n);

/** Forget buffered bytes. */
void tri_stream_wipe(struct tri_stream *s);

/** Elements of every chunk of tri_prg_words(): a task's worth. */
enum { TRI_PRG_CHUNK_WORDS = 8192 };

/** Fill `n` words from a new stream, chunk c holding elements
 *  c*TRI_PRG_CHUNK_WORDS and following. `par` may be NULL. */
void tri_prg_words(struct tri_prg *g, const struct tri_par *par, uint64_t *out,
                   size_t n);

/** out[i] = x[i] + w[i] (sign > 0) or x[i] - w[i] (sign < 0), w being what
 *  tri_prg_words() would draw; out may be x. Never stores w. core/mask.c */
void tri_prg_mask(struct tri_prg *g, const struct tri_par *par, uint64_t *out,
                  const uint64_t *x, size_t n, int sign);

/** Fill `n` bytes from a new stream's chunk 0. */
void tri_prg_bytes(struct tri_prg *g, void *out, size_t n);

#endif
