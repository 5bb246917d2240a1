/* Comparison by a chain of labels: the definitions of arch/kernels.h, in words
 * of 64 comparisons. */
#include "arch/kernels.h"

enum { WORDS = sizeof(tri_plane) / 8 };

/* Word i of a plane. */
static uint64_t get(const tri_plane *plane, size_t i)
{
    uint64_t w;

    __builtin_memcpy(&w, *plane + 8 * i, sizeof w);
    return w;
}

static void put(tri_plane *plane, size_t i, uint64_t w)
{
    __builtin_memcpy(*plane + 8 * i, &w, sizeof w);
}

TRI_DECL_CHAIN_DEAL(tri_chain_deal_ref)
{
    for (size_t i = 0; i < WORDS; i++)
        for (unsigned j = 1; j < 1u << w; j++) {
            uint64_t ge = ~(uint64_t)0; /* of the bits below, at first none */

            for (unsigned b = 0; b < w; b++)
                ge = j >> b & 1 ? get(x + b, i) & ge : get(x + b, i) | ge;
            put(out + j - 1, i, ge ^ get(r + j - 1, i));
        }
}

/* This party's share of [x >= c + 1] where s is set, else of [x >= c]. */
static uint64_t greater(const struct tri_chain_step *v, size_t i, uint64_t s)
{
    uint64_t share = 0;

    for (unsigned c = 0; c < 1u << v->w; c++) {
        const uint64_t low =
            c == 0 ? 0 - (uint64_t)v->one : get(v->b + c - 1, i);
        const uint64_t high = c + 1 < 1u << v->w ? get(v->b + c, i) : 0;
        uint64_t here = ~(uint64_t)0; /* where the digit is c */

        for (unsigned b = 0; b < v->w; b++)
            here &= c >> b & 1 ? get(v->c + b, i) : ~get(v->c + b, i);
        share |= here & ((low & ~s) | (high & s));
    }
    return share;
}

TRI_DECL_CHAIN_ANSWER(tri_chain_answer_ref)
{
    const unsigned keys = v->W - 1, rows = v->from == NULL ? 1 : 2;
    const uint64_t one = 0 - (uint64_t)v->one;

    for (size_t i = 0; i < WORDS; i++) {
        uint64_t n[2];

        for (unsigned q = 0; q < rows; q++) {
            const uint64_t flip =
                v->from == NULL ? 0 : get(v->from + 2 * v->W, i);

            n[q] = greater(v, i, flip ^ (0 - (uint64_t)q)) ^
                   (one & ~get(v->to + 2 * keys, i));
        }
        for (unsigned q = 0; q < rows; q++)
            for (unsigned p = 0; p < v->W; p++) {
                const uint64_t key =
                    v->from == NULL ? 0 : get(v->from + q * v->W + p, i);
                const uint64_t k0 = p < keys ? get(v->to + p, i) : 0;
                const uint64_t k1 =
                    p < keys ? get(v->to + keys + p, i) : ~(uint64_t)0;
                const size_t at = q * v->W + p;

                put(out + at, i,
                    get(v->u + at, i) ^ (n[q] & (k0 ^ k1)) ^
                        (one & (k0 ^ key)));
            }
    }
}

TRI_DECL_CHAIN_OPEN(tri_chain_open_ref)
{
    for (size_t i = 0; i < WORDS; i++) {
        const uint64_t q = first ? 0 : get(label + W, i);

        for (unsigned p = 0; p < W; p++) {
            const uint64_t row0 = get(a + p, i) ^ get(b + p, i);
            const uint64_t row1 =
                first ? 0 : get(a + W + p, i) ^ get(b + W + p, i);
            const uint64_t key = first ? 0 : get(label + p, i);

            put(label + p, i, key ^ (row0 & ~q) ^ (row1 & q));
        }
    }
}
