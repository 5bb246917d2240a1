#include "proto/verify/coin.h"
#include "core/hash.h"
#include "core/le.h"
#include "core/mem.h"

void tri_coins_init(struct tri_coins *c, struct tri_session *s)
{
    const unsigned next = (s->id + 1) % TRI_PARTIES;
    const unsigned prev = (s->id + 2) % TRI_PARTIES;

    c->k = s->cx.k;
    c->kind = s->prg[next].kind;
    tri_prg_bytes(&s->prg[prev], c->own, sizeof c->own);
    tri_prg_bytes(&s->prg[next], c->next, sizeof c->next);
}

void tri_coins_wipe(struct tri_coins *c)
{
    tri_wipe(c->own, sizeof c->own);
    tri_wipe(c->next, sizeof c->next);
}

static void start(struct tri_coin *coin, const struct tri_coins *c,
                  uint8_t key[32])
{
    tri_prg_init(&coin->g, c->k, key, c->kind);
    tri_stream_open(&coin->s, &coin->g, tri_prg_next(&coin->g), 0);
    tri_wipe(key, 32);
}

void tri_coin_open(struct tri_coin *coin, const struct tri_coins *c,
                   const uint8_t key[TRI_COIN_KEY],
                   const struct tri_coin_at *at)
{
    uint8_t place[16], out[TRI_HASH_BYTES];
    struct tri_hash h;

    tri_le_store32(place, (uint32_t)at->domain);
    tri_le_store32(place + 4, at->prover);
    tri_le_store64(place + 8, at->batch);
    tri_hash_init(&h, key, TRI_COIN_KEY);
    tri_hash_update(&h, place, sizeof place);
    tri_hash_update(&h, at->plan, TRI_COIN_PLAN);
    tri_hash_final(&h, out);
    start(coin, c, out);
}

void tri_coin_expand(struct tri_coin *coin, const struct tri_coins *c,
                     const uint8_t seed[TRI_COIN_SEED])
{
    uint8_t key[32] = { 0 };

    memcpy(key, seed, TRI_COIN_SEED);
    start(coin, c, key);
}

void tri_coin_bytes(struct tri_coin *coin, void *out, size_t n)
{
    tri_stream_read(&coin->s, out, n);
}

void tri_coin_words(struct tri_coin *coin, uint64_t *out, size_t n)
{
    tri_stream_words(&coin->s, out, sizeof *out, n);
}

void tri_coin_wipe(struct tri_coin *coin)
{
    tri_stream_wipe(&coin->s);
    tri_prg_wipe(&coin->g);
}
