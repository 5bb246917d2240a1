#ifndef TRI_TESTS_SUPPORT_LOCKSTEP_H
#define TRI_TESTS_SUPPORT_LOCKSTEP_H

#include "proto/session.h"

/** \file tests/support/lockstep.h
 *
 * Three parties on one thread, for protocols that go in rounds: all send, then
 * all receive. Thousands of runs a second, and a place where a test alters what
 * is sent.
 */
enum { TRI_LOCKSTEP_QUEUE = 8 };

struct tri_lockstep;

/** Sees every message before it goes on its way, and may change it. */
typedef void tri_lockstep_hook(void *arg, unsigned from, unsigned to,
                               uint8_t *message, size_t bytes);

struct tri_lockstep_message {
    uint8_t *bytes;
    size_t n;
};

struct tri_lockstep {
    struct tri_session s[TRI_PARTIES];
    struct tri_link link[TRI_PARTIES];
    struct tri_arena arena[TRI_PARTIES];
    struct tri_kernels k;
    void *block[TRI_PARTIES];
    tri_lockstep_hook *hook; /**< NULL: none                            */
    void *arg;
    struct tri_lockstep_message queue[TRI_PARTIES][TRI_PARTIES]
                                     [TRI_LOCKSTEP_QUEUE];
    unsigned head[TRI_PARTIES][TRI_PARTIES], tail[TRI_PARTIES][TRI_PARTIES];
};

/** Sessions without keys, `bytes` of memory each, kernels of `cpu`. */
void tri_lockstep_init(struct tri_lockstep *l, size_t bytes, unsigned cpu);
/** Forget messages that were sent and not received, and what is in use. */
void tri_lockstep_reset(struct tri_lockstep *l);
void tri_lockstep_free(struct tri_lockstep *l);

#endif
