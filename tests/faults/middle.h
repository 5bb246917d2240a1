#ifndef TRI_TESTS_FAULTS_MIDDLE_H
#define TRI_TESTS_FAULTS_MIDDLE_H

#include <stddef.h>
#include <stdint.h>

#include "net/secure.h"

/** \file tests/faults/middle.h
 *
 * # The man in the middle of three TCP connections
 *
 * A process that every connection goes through. It takes the bytes of each
 * direction as a numbered stream, does one thing to them at one place, and
 * hands on all others unchanged.
 *
 * | pair | from | to |     | way | stream            |
 * |------|------|----|     |-----|-------------------|
 * | 0    | P1   | P0 |     | 0   | caller -> called  |
 * | 1    | P2   | P0 |     | 1   | called -> caller  |
 * | 2    | P2   | P1 |
 */
enum { MIDDLE_PAIRS = 3, MIDDLE_KEEP = 1 << 16, MIDDLE_WORDS = 2048 };

enum middle_what {
    MIDDLE_NOTHING,
    MIDDLE_FLIP,    /**< bit `bit` of byte `at`                           */
    MIDDLE_WRITE,   /**< the 4 bytes at `at` become `value`               */
    MIDDLE_DROP,    /**< bytes [at, at + n) are missing                   */
    MIDDLE_TWICE,   /**< bytes [at, at + n) come twice                    */
    MIDDLE_SWAP,    /**< [at, at + n) and [at + n, at + n + n2) change
                         places                                           */
    MIDDLE_AGAIN,   /**< [at + n, at + n + n2) is replaced by a copy of
                         [at, at + n), which has passed                   */
    MIDDLE_CLOSE,   /**< at `at` the connection is closed, both ways      */
    MIDDLE_RESET,   /**< ... is reset                                     */
    MIDDLE_STALL,   /**< ... stays open, but nothing passes any more      */
    MIDDLE_MUTE,    /**< ... in this direction only                       */
    MIDDLE_SLOW,    /**< this direction has `n` bytes a second, and what
                         waits stays with the sender                      */
    MIDDLE_FAR,     /**< all directions: bytes take `n` ms                 */
    MIDDLE_BEAT,    /**< to the first heartbeat: n = 0 flip bit `bit` of byte
                         `at`, 1 repeat it, 2 drop it                     */
    MIDDLE_CHOPPED, /**< all directions: odd pieces with pauses           */
    MIDDLE_SPEAK,   /**< whoever calls `pair` hears `words` instead of
                         whom it called                                   */
    MIDDLE_KNOCK,   /**< somebody else calls the called party of `pair`,
                         `n` times, and says `words`                      */
    MIDDLE_KINDS
};

/* A heartbeat is known by the silence before it and its length. */
enum { MIDDLE_BEAT_MS = 200 };

struct middle_fault {
    enum middle_what what;
    unsigned pair, way, bit;
    uint64_t at, n, n2;
    uint32_t value;
    uint64_t seed;
    int close; /**< SPEAK, KNOCK: hang up after the words */
    size_t words_n;
    uint8_t words[MIDDLE_WORDS];

    /* results */
    int hit;         /**< it was done                     */
    uint64_t hit_ns; /**< when, by the steady clock       */
};

/** The first bytes of each stream of the last run without a fault. */
struct middle_tape {
    size_t n[MIDDLE_PAIRS][2];
    uint8_t bytes[MIDDLE_PAIRS][2][MIDDLE_KEEP];
};

/**
 * Run for ever: listen on fd[pair] and forward to the address to[pair].
 * \param f     in shared memory
 * \param tape  receives what passes; may be NULL
 */
void middle_main(const int fd[MIDDLE_PAIRS], char to[MIDDLE_PAIRS][32],
                 struct middle_fault *f, struct middle_tape *tape)
    __attribute__((noreturn));

/** To be called for a listening socket: what `what` needs of it. */
void middle_prepare(int fd, enum middle_what what);

#endif
