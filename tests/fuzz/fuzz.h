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

#endif
