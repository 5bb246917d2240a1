#ifndef TRI_TESTS_FUZZ_FUZZ_H
#define TRI_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** \file tests/fuzz/fuzz.h
 *
 * # Fuzz targets
 *
 * One file each, fuzz_NAME.c, for libFuzzer or for driver.c; first inputs in
 * corpus/NAME/. A target feeds one parser and checks what it promises, besides
 * not to read or write beyond its memory (sanitizers see that).
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What must hold, or the run ends. */
#define MUST(cond)                                                             \
    do {                                                                       \
        if (!(cond)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #cond); \
            abort();                                                           \
        }                                                                      \
    } while (0)

/** A man in the middle: xor x [n] onto p. Non-zero if that changes anything. */
static inline int fuzz_spoil(uint8_t *p, const uint8_t *x, size_t n)
{
    int any = 0;

    for (size_t i = 0; i < n; i++) {
        p[i] ^= x[i];
        any |= x[i];
    }
    return any != 0;
}

#endif
