#ifndef TRI_CORE_ARENA_H
#define TRI_CORE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/** \file core/arena.h
 *
 * # Memory of a run
 *
 * One block of memory, given once; allocation moves a mark up, release moves
 * it back down. Nothing is ever freed singly. What lives by another clock than
 * that stands at the far end of the block, and grows downwards.
 *
 * An arena without a block *measures*: every allocation succeeds and returns
 * NULL, and `peak` tells afterwards how many bytes the same calls need. A dry
 * run over a measuring arena (see proto/engine.h) sizes the block of the real
 * run.
 */
struct tri_arena {
    uint8_t *base;   /**< the block, 64-byte aligned; NULL: measuring   */
    size_t size;     /**< bytes in the block; SIZE_MAX while measuring  */
    size_t used;     /**< bytes below the mark                          */
    size_t far;      /**< bytes taken at the far end                    */
    size_t far_most; /**< largest `far` since it was wiped            */
    size_t peak;     /**< largest `used` + `far` so far                 */
};

/** Every allocation starts at a multiple of this many bytes. */
#define TRI_ALIGN ((size_t)64)

/** Use `size` bytes at `block` (64-byte aligned, caller-owned). */
void tri_arena_init(struct tri_arena *a, void *block, size_t size);

/** Start a measuring arena. */
void tri_arena_measure(struct tri_arena *a);

/** Non-zero if the arena only measures. */
int tri_arena_measuring(const struct tri_arena *a);

/**
 * Take `count` elements of `each` bytes, contents undefined.
 *
 * \param out  receives the address, aligned to TRI_ALIGN; NULL when measuring
 * \return TRI_OK; TRI_E_NOMEM if it does not fit or the product overflows
 *         (then *out is NULL and the arena is unchanged).
 */
int tri_arena_alloc(struct tri_arena *a, void *out, size_t count, size_t each);

/** The same at the far end. */
int tri_arena_alloc_far(struct tri_arena *a, void *out, size_t count,
                        size_t each);

/** Give back all of the far end, to be taken again. Nothing is wiped. */
void tri_arena_drop_far(struct tri_arena *a);

/** Give it back for good: all of it that was ever taken is wiped. */
void tri_arena_release_far(struct tri_arena *a);

/** The present mark, for tri_arena_release(). */
size_t tri_arena_mark(const struct tri_arena *a);

/** Give back all that was taken since `mark`; the bytes are wiped. */
void tri_arena_release(struct tri_arena *a, size_t mark);

/** The same without wiping, for memory that has held nothing but messages that
 *  were sent as they stand, which another party has anyway, or copies of what
 *  stays in the arena. */
void tri_arena_drop(struct tri_arena *a, size_t mark);

#endif
