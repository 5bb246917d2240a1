#ifndef TRI_TESTS_ARCH_AMX_MODEL_H
#define TRI_TESTS_ARCH_AMX_MODEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** \file tests/arch/amx_model.h
 *
 * # AMX in C
 *
 * What arch/amx/gemm_amx.c needs, if TRI_AMX_MODEL is defined, after the
 * operation sections of Intel's Software Developer's Manual, volume 2: tiles,
 * and, where the compiler may not use AVX-512 itself, its instructions too. The
 * kernel's source is built on this header in place of <immintrin.h> and then
 * runs on any CPU.
 *
 * What the manual answers with #UD or #GP (tiles that are not configured or do
 * not fit, one tile twice in a product) fails here as well: amx_fault is set.
 */

#ifndef MODEL
/* Calls: inlined, sanitizers make a minute of compilation out of them. */
#define MODEL static __attribute__((noinline, unused))
#endif

/* ---- tiles --------------------------------------------------------------- */

struct amx_tile {
    unsigned rows, bytes;
    uint8_t row[16][64];
};

static struct amx_tile amx_tile[8];
static int amx_configured, amx_fault;

MODEL void amx_check(int ok)
{
    amx_fault |= !ok;
}

/* LDTILECFG: 64 bytes; palette 1 has 8 tiles of at most 16 rows of 64 bytes;
 * what is reserved must be 0. Tiles are zeroed. */
MODEL void amx_config(const void *p)
{
    uint8_t c[64];

    memcpy(c, p, 64);
    memset(amx_tile, 0, sizeof amx_tile);
    amx_check(c[0] == 1 && c[1] == 0);
    for (int i = 2; i < 16; i++)
        amx_check(c[i] == 0);
    for (int i = 0; i < 16; i++) {
        const unsigned bytes = c[16 + 2 * i] + 256u * c[17 + 2 * i];
        const unsigned rows = c[48 + i];

        amx_check((bytes == 0) == (rows == 0) && bytes <= 64 && rows <= 16 &&
                  (i < 8 || rows == 0));
        if (i < 8) {
            amx_tile[i].rows = rows;
            amx_tile[i].bytes = bytes;
        }
    }
    amx_configured = 1;
}

MODEL struct amx_tile *amx_at(int t)
{
    amx_check(amx_configured && amx_tile[t].rows != 0);
    return &amx_tile[t];
}

/* TILERELEASE */
MODEL void amx_release(void)
{
    memset(amx_tile, 0, sizeof amx_tile);
    amx_configured = 0;
}

/* TILEZERO */
MODEL void amx_zero(int t)
{
    memset(amx_at(t)->row, 0, sizeof amx_tile[t].row);
}

/* TILELOADD: rows `stride` bytes apart; the rest of the tile becomes 0. */
MODEL void amx_load(int t, const void *p, size_t stride)
{
    struct amx_tile *x = amx_at(t);

    memset(x->row, 0, sizeof x->row);
    for (unsigned i = 0; i < x->rows; i++)
        memcpy(x->row[i], (const uint8_t *)p + i * stride, x->bytes);
}

/* TILESTORED */
MODEL void amx_store(void *p, size_t stride, int t)
{
    const struct amx_tile *x = amx_at(t);

    for (unsigned i = 0; i < x->rows; i++)
        memcpy((uint8_t *)p + i * stride, x->row[i], x->bytes);
}

/* TDPBUUD: for each dword of c, the sum of four products of bytes, from as many
 * dwords of a row of a, and of a column of b, as a is wide. */
MODEL void amx_dpbuud(int tc, int ta, int tb)
{
    struct amx_tile *c = amx_at(tc);
    const struct amx_tile *a = amx_at(ta), *b = amx_at(tb);

    amx_check(tc != ta && tc != tb && ta != tb);
    amx_check(c->rows == a->rows && c->bytes == b->bytes &&
              a->bytes == 4 * b->rows && c->bytes % 4 == 0);
    for (unsigned m = 0; m < c->rows; m++) {
        uint32_t sum[16];

        memcpy(sum, c->row[m], sizeof sum);
        for (unsigned k = 0; k < a->bytes / 4; k++)
            for (unsigned n = 0; n < c->bytes / 4; n++)
                for (unsigned i = 0; i < 4; i++)
                    sum[n] +=
                        (uint32_t)a->row[m][4 * k + i] * b->row[k][4 * n + i];
        memcpy(c->row[m], sum, sizeof sum);
    }
}

#define TILE_CONFIG(p)       amx_config(p)
#define TILE_RELEASE()       amx_release()
#define TILE_ZERO(t)         amx_zero(t)
#define TILE_LOAD(t, p)      amx_load(t, p, 64)
#define TILE_STORE(p, t)     amx_store(p, 64, t)
#define TILE_DPBUUD(c, a, b) amx_dpbuud(c, a, b)

#ifndef __AVX512F__
#include "tests/arch/avx512_model.h"
#endif

#endif
