#ifndef TRI_TESTS_SUPPORT_CHECK_H
#define TRI_TESTS_SUPPORT_CHECK_H

#include <stddef.h>
#include <stdint.h>

/** \file tests/support/check.h
 *
 * Test bodies are plain functions: Criterion runs them on the host
 * (tests/unit.c), tests/check_main.c runs the same ones (tests/checks.h) under
 * an emulator or on a board. A body stops at its first failure and leaves a
 * text.
 */
struct tri_check {
    uint64_t seed;  /**< where a random test starts; print it on failure */
    char msg[400];  /**< "" while all is well                            */
    char skip[200]; /**< why the check did not run, or ""                */
};

typedef void tri_check_fn(struct tri_check *c);

/** One check by name. */
struct tri_check_entry {
    const char *name;
    tri_check_fn *fn;
};

/** Record a failure (printf style); the first one is kept. Returns 0. */
int tri_check_fail(struct tri_check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/** Leave the check with a text unless `cond` holds. */
#define CHECK(c, cond, ...)                   \
    do {                                      \
        if (!(cond)) {                        \
            tri_check_fail((c), __VA_ARGS__); \
            return;                           \
        }                                     \
    } while (0)

/** 1 on a big-endian processor, for which the models of x86-64's instructions
 *  are not: they have words as these stand in memory there. */
#define TRI_TEST_BIG (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/** Next word of a small deterministic generator (splitmix64). */
uint64_t tri_test_rand(uint64_t *state);

/** Decode hex text (blanks allowed) into at most `max` bytes; returns the
 *  count. For test vectors. */
size_t tri_test_hex(uint8_t *out, size_t max, const char *hex);

#endif
