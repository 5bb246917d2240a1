#ifndef TRI_PROTO_FUSED_LANES_H
#define TRI_PROTO_FUSED_LANES_H

#include "core/err.h"
#include "core/mem.h"
#include "core/prg.h"
#include "proto/session.h"

/** \file proto/fused/lanes.h
 *
 * # How engine fused cuts a vector
 *
 * Three units, all counted in elements and all fixed by n alone, so that
 * every party cuts alike and results do not depend on threads:
 *
 *   - a *block* of TRI_LANES elements passes through the L1 cache at once;
 *   - a *task* of TRI_FUSED_TASK elements runs on one thread and reads one
 * chunk of each PRG stream, the chunk that has the task's number;
 *   - a *piece* of tri_fused_piece(n) elements is one message, sent as soon as
 *     its tasks are done, so that the receiver works while the sender does.
 */
enum { TRI_FUSED_TASK = 1024, TRI_FUSED_PIECE = 32768, TRI_FUSED_PIECES = 256 };

/** 2^62: a + 2^62 is in [0, 2^63) for every legal a. */
#define TRI_FUSED_BIAS ((tri_ring)1 << 62)

/** Largest n: task numbers fit a chunk number, byte counts fit a size_t. */
#define TRI_FUSED_MAX_N \
    ((size_t)(SIZE_MAX / 512 < UINT32_MAX ? SIZE_MAX / 512 : UINT32_MAX))

/** Elements of every message but the last: TRI_FUSED_PIECE, or so many that
 *  there are at most TRI_FUSED_PIECES messages. */
static inline size_t tri_fused_piece(size_t n)
{
    const size_t most = (size_t)TRI_FUSED_PIECE * TRI_FUSED_PIECES;

    return (size_t)TRI_FUSED_PIECE * (n <= most ? 1 : (n - 1) / most + 1);
}

static inline size_t tri_fused_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/** Elements [at, end) of the vector. */
struct tri_fused_range {
    size_t at, end;
};

/** The elements of task `task` of the piece of `len` that starts at `first`. */
static inline struct tri_fused_range tri_fused_range(size_t first, size_t len,
                                                     size_t task)
{
    const size_t at = task * TRI_FUSED_TASK;

    return (struct tri_fused_range){
        first + at, first + tri_fused_min(at + TRI_FUSED_TASK, len)
    };
}

/** The chunk that the task starting at element `at` reads. */
static inline uint32_t tri_fused_chunk(size_t at)
{
    return (uint32_t)(at / TRI_FUSED_TASK);
}

/** Run the tasks of a piece of `len` elements. */
static inline void tri_fused_tasks(const struct tri_session *s, tri_task_fn *fn,
                                   void *arg, size_t len)
{
    tri_par_run(s->cx.par, fn, arg,
                (len + TRI_FUSED_TASK - 1) / TRI_FUSED_TASK);
}

/** The next n words of a stream, of `width` bytes. Every take of engine fused
 * is a multiple of 64 bytes, so they are aligned. */
static inline const void *tri_fused_take(struct tri_stream *st, size_t width,
                                         size_t n)
{
    return tri_stream_take_words(st, width, n);
}

/** Start to load the block after the one at `p`, of elements of `width` bytes.
 *  Long vectors come from far, and a kernel that touches every line only once
 *  does not rouse the processor's own prefetching. */
static inline void tri_fused_ahead(const void *p, size_t width)
{
    const char *next = (const char *)p + width * TRI_LANES;

    for (size_t i = 0; i < width * TRI_LANES; i += 64)
        __builtin_prefetch(next + i);
}

/** All ones if the low bit of b is set, else 0. */
static inline uint64_t tri_fused_mask(uint64_t b)
{
    return 0 - (b & 1);
}

/** [a >= 0] * t from a share of e * t and one of t: m*t + (1 - 2m)*e*t. */
static inline tri_ring tri_fused_flip(uint8_t m, tri_ring t, tri_ring et)
{
    const uint64_t mm = tri_fused_mask(m);

    return ((et ^ mm) - mm) + (t & mm);
}

/** Bytes of a share of which the low `bits` bits count, 1..64. */
static inline size_t tri_fused_width(unsigned bits)
{
    return bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
}

#endif
