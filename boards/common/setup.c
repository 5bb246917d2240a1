#include "boards/common/setup.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/le.h"
#include "core/mem.h"

enum {
    VERSION = 2,
    AT_VERSION = 8,
    AT_PARTY = 12,
    AT_F = 13,
    AT_K = 14,
    AT_MAX = 15,
    AT_ACTIVE = 16,
    AT_PRG = 17,
    AT_RUNS = 20,
    AT_BATCH = 24,
    AT_DEADLINE = 28,
    AT_LEDGER = 32,
    AT_RTT = 40,
    AT_RATE = 48,
    AT_ENGINE = 56,
    AT_MAC = 72,
    AT_OWN = 92,
    AT_PEERS = 124,
    AT_OWNER = 220,
    AT_PARTS = 252
};

static const uint8_t magic[8] = { 't', 'r', 'i', 'n', 'n', 's', 'e', 't' };

void tri_setup_encode(uint8_t out[TRI_SETUP_HEAD], const struct tri_setup *u)
{
    memset(out, 0, TRI_SETUP_HEAD);
    memcpy(out, magic, sizeof magic);
    tri_le_store32(out + AT_VERSION, VERSION);
    out[AT_PARTY] = (uint8_t)u->id;
    out[AT_F] = (uint8_t)u->config.f;
    out[AT_K] = (uint8_t)u->config.k;
    out[AT_MAX] = (uint8_t)u->config.max;
    out[AT_ACTIVE] = u->config.active != 0;
    out[AT_PRG] = (uint8_t)u->prg;
    tri_le_store32(out + AT_RUNS, u->runs);
    tri_le_store32(out + AT_BATCH, u->batch);
    tri_le_store32(out + AT_DEADLINE, u->deadline_ms);
    tri_le_store64(out + AT_LEDGER, u->config.ledger);
    tri_le_store64(out + AT_RTT, u->config.rtt_ns);
    tri_le_store64(out + AT_RATE, u->config.rate);
    memcpy(out + AT_ENGINE, u->engine, sizeof u->engine);
    memcpy(out + AT_MAC, u->mac, sizeof u->mac);
    memcpy(out + AT_OWN, u->keys.own, sizeof u->keys.own);
    memcpy(out + AT_PEERS, u->keys.peer, sizeof u->keys.peer);
    memcpy(out + AT_OWNER, u->owner, sizeof u->owner);
    for (int i = 0; i < TRI_SETUP_PARTS; i++)
        tri_le_store32(out + AT_PARTS + 4 * i, u->bytes[i]);
}

uint64_t tri_setup_bytes(const struct tri_setup *u)
{
    uint64_t n = TRI_SETUP_HEAD + TRI_HASH_BYTES;

    for (int i = 0; i < TRI_SETUP_PARTS; i++)
        n += u->bytes[i];
    return n;
}

static void decode(struct tri_setup *u, const uint8_t *p)
{
    u->id = p[AT_PARTY];
    u->config =
        (struct tri_engine_config){ .f = p[AT_F],
                                    .k = p[AT_K],
                                    .max = p[AT_MAX],
                                    .active = p[AT_ACTIVE],
                                    .ledger =
                                        (size_t)tri_le_load64(p + AT_LEDGER),
                                    .rtt_ns = tri_le_load64(p + AT_RTT),
                                    .rate = tri_le_load64(p + AT_RATE) };
    u->prg = p[AT_PRG];
    u->runs = tri_le_load32(p + AT_RUNS);
    u->batch = tri_le_load32(p + AT_BATCH);
    u->deadline_ms = tri_le_load32(p + AT_DEADLINE);
    memcpy(u->engine, p + AT_ENGINE, sizeof u->engine);
    memcpy(u->mac, p + AT_MAC, sizeof u->mac);
    memcpy(u->keys.own, p + AT_OWN, sizeof u->keys.own);
    memcpy(u->keys.peer, p + AT_PEERS, sizeof u->keys.peer);
    memcpy(u->owner, p + AT_OWNER, sizeof u->owner);
    for (int i = 0; i < TRI_SETUP_PARTS; i++)
        u->bytes[i] = tri_le_load32(p + AT_PARTS + 4 * i);
}

uint64_t tri_setup_size(const uint8_t p[TRI_SETUP_HEAD])
{
    struct tri_setup u;
    uint64_t n = 0;

    if (memcmp(p, magic, sizeof magic) == 0) {
        decode(&u, p);
        n = tri_setup_bytes(&u);
        tri_wipe(&u, sizeof u);
    }
    return n;
}

/* A text ends with the byte 0, and holds no other. */
static int is_text(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((p[i] == 0) != (i == n - 1))
            return 0;
    return n > 1;
}

static int check(const struct tri_setup *u)
{
    return u->id < TRI_PARTIES && u->config.f >= 8 && u->config.f <= 16 &&
           u->config.k >= 4 && u->config.k <= 64 &&
           u->config.max <= TRI_MAX_PAIRS && u->config.active <= 1 &&
           u->prg <= 2 && u->batch > 0 && u->deadline_ms > 0 &&
           u->deadline_ms <= INT32_MAX &&
           u->engine[sizeof u->engine - 1] == 0 &&
           is_text(u->part[TRI_SETUP_TEXT], u->bytes[TRI_SETUP_TEXT]) &&
           is_text(u->part[TRI_SETUP_NET], u->bytes[TRI_SETUP_NET]);
}

int tri_setup_parse(struct tri_setup *u, const uint8_t *p, size_t n,
                    struct tri_why *why)
{
    uint8_t sum[TRI_HASH_BYTES];
    uint64_t bytes;
    size_t at = TRI_SETUP_HEAD;

    memset(u, 0, sizeof *u);
    if (n < TRI_SETUP_HEAD + TRI_HASH_BYTES ||
        memcmp(p, magic, sizeof magic) != 0)
        return tri_why(why, TRI_E_FORMAT, "this is no setup of `trinn board`");
    if (tri_le_load32(p + AT_VERSION) != VERSION)
        return tri_why(why, TRI_E_FORMAT,
                       "the setup is of version %u; this image reads %u",
                       (unsigned)tri_le_load32(p + AT_VERSION), VERSION);
    decode(u, p);
    bytes = tri_setup_bytes(u);
    if (bytes > n)
        return tri_why(why, TRI_E_FORMAT,
                       "the setup has %zu bytes, its head promises %llu", n,
                       (unsigned long long)bytes);
    tri_hash(sum, p, (size_t)bytes - sizeof sum);
    if (memcmp(sum, p + bytes - sizeof sum, sizeof sum) != 0)
        return tri_why(why, TRI_E_FORMAT,
                       "the setup is damaged: its hash does not fit");
    for (int i = 0; i < TRI_SETUP_PARTS; i++) {
        u->part[i] = p + at;
        at += u->bytes[i];
    }
    return check(u) ? TRI_OK
                    : tri_why(why, TRI_E_FORMAT,
                              "the setup has a value that none has");
}
