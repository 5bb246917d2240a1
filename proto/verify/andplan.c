#include "proto/verify/andplan.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/le.h"
#include "core/mem.h"
#include "proto/verify/coin.h"

static size_t ceil_div(size_t n, size_t d)
{
    return n / d + (n % d != 0);
}

static size_t power_from(size_t n)
{
    size_t p = 1;

    while (p < n)
        p *= 2;
    return p;
}

static void identify(struct tri_ands_plan *p)
{
    uint8_t text[16 + 4 * TRI_ANDS_LEVELS] = { 0 };

    tri_le_store64(text, p->words);
    tri_le_store32(text + 8, p->levels);
    tri_le_store32(text + 12, p->last);
    for (unsigned l = 0; l < p->levels; l++)
        tri_le_store32(text + 16 + 4 * l, p->k[l]);
    tri_hash(p->id, text, sizeof text);
}

/* Folding by 16 first, then by 32, until 16 entries are left. A level costs the
 * prover k products an element and 2k - 1 elements of communication. */
int tri_ands_plan(struct tri_ands_plan *p, size_t words)
{
    unsigned l = 1;

    memset(p, 0, sizeof *p);
    if (words == 0 || words > SIZE_MAX / 16)
        return TRI_E_ARG;
    p->words = words;
    p->groups = ceil_div(words, 64);
    p->m[0] = 16 * p->groups;
    p->k[0] = 8;
    p->m[1] = p->room = 2 * p->groups;
    while (p->m[l] > 16) {
        const size_t most = l == 1 ? 16 : 32;
        const size_t k = power_from(ceil_div(p->m[l], 16));

        p->k[l] = (unsigned)(k < most ? k : most);
        p->m[l + 1] = ceil_div(p->m[l], p->k[l]);
        if (p->room < p->m[l + 1] * p->k[l])
            p->room = p->m[l + 1] * p->k[l];
        l++;
    }
    p->levels = l;
    p->last = (unsigned)(8 * power_from(p->m[l]));
    if (p->room < p->last / 8)
        p->room = p->last / 8;
    p->rounds = 2 * l + 5;
    p->proof = tri_ands_proof_at(p, l) + 2 * p->last;
    identify(p);
    return TRI_OK;
}

size_t tri_ands_proof_at(const struct tri_ands_plan *p, unsigned l)
{
    size_t at = TRI_ANDS_Q;

    for (unsigned i = 0; i < l; i++)
        at += 2 * p->k[i] - 1;
    return at;
}

void tri_ands_flow(const struct tri_ands_plan *p, unsigned round,
                   size_t bytes[2])
{
    const unsigned end = p->rounds - 1;

    bytes[0] = bytes[1] = 0;
    if (round == 0)
        bytes[0] = TRI_COIN_SEED;
    else if (round == 1)
        bytes[0] = TRI_COIN_SEED + 8 * TRI_ANDS_Q;
    else if (round == end)
        bytes[1] = 16;
    else if (round == end - 1) {
        bytes[0] = 16 * (size_t)p->last;
        bytes[1] = 8 * ((size_t)p->levels + 1);
    } else if (round < end && round % 2 == 0)
        bytes[1] = 8;
    else if (round < end)
        bytes[0] = 8 * (2 * (size_t)p->k[(round - 3) / 2] - 1);
}
