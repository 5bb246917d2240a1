#ifndef TRI_CORE_PRG_H
#define TRI_CORE_PRG_H

#include <stddef.h>
#include <stdint.h>
#include "arch/kernels.h"
#include "core/le.h"
#include "core/par.h"

/** \file core/prg.h
 *
 * # Pseudo-random generator shared by two parties
 *
 * ChaCha20 (RFC 8439) or AES-128 in counter mode (FIPS 197, NIST SP 800-38A)
 * under a key that is fresh in every session; both ends must use the same. The
 * output is cut into *streams*. Every draw opens the next stream, numbered by
 * a 64-bit counter that only this file touches and that only moves up: no
 * position is ever used twice. A stream has 2^32 chunks, a chunk 2^32 blocks
 * of ChaCha20 (64 bytes) or of AES (16 bytes): nonce = stream (8 bytes) |
 * chunk (4 bytes), then the 32-bit block counter, little-endian in RFC 8439,
 * big-endian for AES. Two parties that make the same draws in the same order
 * see the same bytes, and any chunk can be computed alone, on any thread.
 */
enum tri_prg_kind {
    TRI_PRG_CHACHA20 = 0,
    TRI_PRG_AES128 = 1 /**< slow and still constant-time without hardware */
};

struct tri_prg {
    const struct tri_kernels *k;
    enum tri_prg_kind kind;
    union {
        uint32_t key[8];               /**< ChaCha20       */
        uint8_t rk[TRI_AES_KEY_BYTES]; /**< AES round keys */
    };                                 /**< secret; wipe with tri_prg_wipe() */
    uint64_t next;                     /**< number of the next stream        */
};

enum {
    TRI_STREAM_FULL = 1024, /**< bytes a kernel makes at full width       */
    TRI_STREAM_TAKE = 6144, /**< most bytes of one tri_stream_take()      */
    TRI_STREAM_BUF = TRI_STREAM_TAKE + TRI_STREAM_FULL
};

/** One chunk of one stream: a place to read bytes from, in order. */
struct tri_stream {
    const struct tri_prg *g;
    uint64_t id;
    uint32_t chunk;
    uint32_t block;   /**< next block of 64 bytes that is not in buf */
    uint32_t at, end; /**< buf[at..end) is unread                    */
    _Alignas(64) uint8_t buf[TRI_STREAM_BUF];
};

/** The kind that suits these kernels: the faster one of those that run in
 *  hardware. A run uses TRI_PRG_AES128 if all three parties pick it. */
enum tri_prg_kind tri_prg_pick(const struct tri_kernels *k);

/** Constant name of a kind: "chacha20", "aes128". */
const char *tri_prg_name(enum tri_prg_kind kind);

/** Start under `key` with stream 0. AES-128 uses the first 16 bytes;
 *  its kernels must be linked. */
void tri_prg_init(struct tri_prg *g, const struct tri_kernels *k,
                  const uint8_t key[32], enum tri_prg_kind kind);

/** Forget the key. */
void tri_prg_wipe(struct tri_prg *g);

/** Take the next stream's number. Every number is given out once. */
uint64_t tri_prg_next(struct tri_prg *g);

/** Read chunk `chunk` of stream `id` (from tri_prg_next()) from its start. */
void tri_stream_open(struct tri_stream *s, const struct tri_prg *g, uint64_t id,
                     uint32_t chunk);

/** The next `n` bytes of the chunk. */
void tri_stream_read(struct tri_stream *s, void *out, size_t n);

/** The next `n` <= TRI_STREAM_TAKE bytes where they stand in the buffer, the
 *  caller's until the next call on `s`. 64-byte aligned if every n so far was a
 *  multiple of 64. */
uint8_t *tri_stream_take(struct tri_stream *s, size_t n);

/** The next n words of `width` = 2, 4 or 8 bytes, lowest byte first, as
 *  numbers; and where they stand, as tri_stream_take(). */
static inline void tri_stream_words(struct tri_stream *s, void *out,
                                    size_t width, size_t n)
{
    tri_stream_read(s, out, width * n);
    tri_le_words(out, width * n, width);
}

static inline const void *tri_stream_take_words(struct tri_stream *s,
                                                size_t width, size_t n)
{
    uint8_t *const p = tri_stream_take(s, width * n);

    tri_le_words(p, width * n, width);
    return p;
}

/** Forget buffered bytes. */
void tri_stream_wipe(struct tri_stream *s);

/** Elements of every chunk of tri_prg_words(): a task's worth. */
enum { TRI_PRG_CHUNK_WORDS = 8192 };

/** Fill `n` words from a new stream, chunk c holding elements
 *  c*TRI_PRG_CHUNK_WORDS and following. `par` may be NULL. */
void tri_prg_words(struct tri_prg *g, const struct tri_par *par, uint64_t *out,
                   size_t n);

/** Fill `n` bytes from a new stream's chunk 0. */
void tri_prg_bytes(struct tri_prg *g, void *out, size_t n);

#endif
