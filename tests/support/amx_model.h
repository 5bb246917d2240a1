#ifndef TRI_TESTS_SUPPORT_AMX_MODEL_H
#define TRI_TESTS_SUPPORT_AMX_MODEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** \file tests/support/amx_model.h
 *
 * # AMX in C
 *
 * What arch/x86/gemm_amx.c needs, if TRI_AMX_MODEL is defined, after the
 * operation sections of Intel's Software Developer's Manual, volume 2: tiles,
 * and, where the compiler may not use AVX-512 itself, its instructions too. The
 * kernel's source is built on this header in place of <immintrin.h> and then
 * runs on any CPU.
 *
 * What the manual answers with #UD or #GP (tiles that are not configured or do
 * not fit, one tile twice in a product) fails here as well: amx_fault is set.
 */

/* Calls: inlined, sanitizers make a minute of compilation out of them. */
#define MODEL static __attribute__((noinline, unused))

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

/* ---- AVX-512 ------------------------------------------------------------- */

#ifndef __AVX512F__

typedef struct {
    uint8_t b[64];
} __m512i;
typedef uint8_t __mmask8;

MODEL __m512i _mm512_loadu_si512(const void *p)
{
    __m512i z;

    memcpy(&z, p, sizeof z);
    return z;
}

MODEL void _mm512_storeu_si512(void *p, __m512i z)
{
    memcpy(p, &z, sizeof z);
}

MODEL __m512i _mm512_maskz_loadu_epi64(__mmask8 m, const void *p)
{
    __m512i z = { { 0 } };

    for (size_t i = 0; i < 8; i++)
        if (m >> i & 1)
            memcpy(z.b + 8 * i, (const uint8_t *)p + 8 * i, 8);
    return z;
}

MODEL void _mm512_mask_storeu_epi64(void *p, __mmask8 m, __m512i z)
{
    for (size_t i = 0; i < 8; i++)
        if (m >> i & 1)
            memcpy((uint8_t *)p + 8 * i, z.b + 8 * i, 8);
}

MODEL __m512i _mm512_setr_epi64(int64_t a, int64_t b, int64_t c, int64_t d,
                                int64_t e, int64_t f, int64_t g, int64_t h)
{
    const int64_t v[8] = { a, b, c, d, e, f, g, h };

    return _mm512_loadu_si512(v);
}

MODEL __m512i _mm512_setr_epi32(int a, int b, int c, int d, int e, int f, int g,
                                int h, int i, int j, int k, int l, int m, int n,
                                int o, int p)
{
    const int32_t v[16] = { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p };

    return _mm512_loadu_si512(v);
}

MODEL __m512i _mm512_add_epi64(__m512i x, __m512i y)
{
    uint64_t a[8], b[8];

    memcpy(a, &x, sizeof a);
    memcpy(b, &y, sizeof b);
    for (size_t i = 0; i < 8; i++)
        a[i] += b[i];
    return _mm512_loadu_si512(a);
}

MODEL __m512i _mm512_slli_epi64(__m512i x, unsigned s)
{
    uint64_t a[8];

    memcpy(a, &x, sizeof a);
    for (size_t i = 0; i < 8; i++)
        a[i] <<= s;
    return _mm512_loadu_si512(a);
}

/* Elements of `size` bytes: those that `index` selects of x, then of y. */
MODEL __m512i amx_pick(__m512i x, __m512i index, __m512i y, size_t size)
{
    uint8_t both[128];
    __m512i z;

    memcpy(both, &x, 64);
    memcpy(both + 64, &y, 64);
    for (size_t i = 0; i < 64; i += size)
        memcpy(z.b + i, both + index.b[i] % (128 / size) * size, size);
    return z;
}

/* Within 16 bytes: elements of the lower or upper half of x and y in turn. */
MODEL __m512i amx_unpack(__m512i x, __m512i y, size_t size, size_t half)
{
    __m512i z;

    for (size_t lane = 0; lane < 64; lane += 16)
        for (size_t i = 0; i < 8; i += size) {
            memcpy(z.b + lane + 2 * i, x.b + lane + 8 * half + i, size);
            memcpy(z.b + lane + 2 * i + size, y.b + lane + 8 * half + i, size);
        }
    return z;
}

#define _mm512_permutex2var_epi32(x, i, y) amx_pick(x, i, y, 4)
#define _mm512_permutex2var_epi64(x, i, y) amx_pick(x, i, y, 8)
#define _mm512_unpacklo_epi8(x, y)         amx_unpack(x, y, 1, 0)
#define _mm512_unpackhi_epi8(x, y)         amx_unpack(x, y, 1, 1)
#define _mm512_unpacklo_epi16(x, y)        amx_unpack(x, y, 2, 0)
#define _mm512_unpackhi_epi16(x, y)        amx_unpack(x, y, 2, 1)
#define _mm512_unpacklo_epi32(x, y)        amx_unpack(x, y, 4, 0)
#define _mm512_unpackhi_epi32(x, y)        amx_unpack(x, y, 4, 1)
#define _mm512_unpacklo_epi64(x, y)        amx_unpack(x, y, 8, 0)
#define _mm512_unpackhi_epi64(x, y)        amx_unpack(x, y, 8, 1)

#endif

#endif
