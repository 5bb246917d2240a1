#include "boards/common/sd/partition.h"
#include "boards/common/setup.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"

/* ---- the partition --------------------------------------------------------
 */

int tri_partition_find(struct tri_partition *s)
{
    enum {
        ENTRY = 446,
        BYTES = 16,
        ENTRIES = 4,
        TYPE = 4,
        FIRST = 8,
        SIZE = 12
    };
    enum { OURS = 0xda, SIGNATURE = 510 };
    uint8_t b[TRI_PARTITION_BLOCK];
    int rc = s->get(s->ctx, 0, b);

    if (rc != TRI_OK)
        return rc;
    if (b[SIGNATURE] != 0x55 || b[SIGNATURE + 1] != 0xaa)
        return TRI_E_FORMAT;
    for (unsigned i = 0; i < ENTRIES; i++) {
        const uint8_t *const e = b + ENTRY + BYTES * i;

        s->first = tri_le_load32(e + FIRST);
        s->blocks = tri_le_load32(e + SIZE);
        if (e[TYPE] == OURS && s->first > 0 && s->blocks > 1 &&
            s->blocks <= UINT32_MAX - s->first)
            return TRI_OK;
    }
    return TRI_E_FORMAT;
}

int tri_partition_setup(struct tri_partition *s, size_t *n, uint8_t *room,
                        size_t bytes)
{
    uint8_t b[TRI_PARTITION_BLOCK];
    uint64_t size;
    int rc = s->get(s->ctx, s->first + 1, b);

    *n = 0;
    size = rc == TRI_OK ? tri_setup_size(b) : 0;
    if ((size + TRI_PARTITION_BLOCK - 1) / TRI_PARTITION_BLOCK > s->blocks - 1)
        rc = TRI_E_FORMAT;
    else if (size > bytes)
        rc = TRI_E_NOMEM;
    *n = (size_t)size;
    for (size_t at = 0, k; rc == TRI_OK && at < *n; at += k) {
        k = *n - at < sizeof b ? *n - at : sizeof b;
        rc = s->get(s->ctx, s->first + 1 + (uint32_t)(at / sizeof b), b);
        memcpy(room + at, b, k);
    }
    /* Half a setup has the key. */
    if (rc != TRI_OK && *n <= bytes)
        tri_wipe(room, *n);
    tri_wipe(b, sizeof b);
    return rc;
}

/* ---- the seed -------------------------------------------------------------
 */

static void derive(uint8_t out[TRI_HASH_BYTES], const void *from, size_t n,
                   const char label[8], uint32_t number)
{
    struct tri_hash h;
    uint8_t at[4];

    tri_le_store32(at, number);
    tri_hash_init(&h, label, 8);
    tri_hash_update(&h, from, n);
    tri_hash_update(&h, at, sizeof at);
    tri_hash_final(&h, out);
}

static int all_equal(const uint8_t b[TRI_PARTITION_BLOCK])
{
    return memcmp(b, b + 1, TRI_PARTITION_BLOCK - 1) == 0;
}

int tri_seed_start(struct tri_seed *seed, struct tri_partition *s)
{
    uint8_t old[TRI_PARTITION_BLOCK], next[TRI_PARTITION_BLOCK];
    int rc = s->get(s->ctx, s->first, old);

    seed->ready = 0;
    if (rc == TRI_OK && all_equal(old))
        rc = TRI_E_IO;
    if (rc == TRI_OK) {
        derive(seed->key, old, sizeof old, "use     ", 0);
        for (uint32_t i = 0; i < sizeof next / TRI_HASH_BYTES; i++)
            derive(next + i * TRI_HASH_BYTES, old, sizeof old, "next    ", i);
        rc = s->put(s->ctx, s->first, next);
    }
    if (rc == TRI_OK)
        rc = s->get(s->ctx, s->first, old);
    if (rc == TRI_OK && memcmp(old, next, sizeof old) != 0)
        rc = TRI_E_IO;
    tri_wipe(old, sizeof old);
    tri_wipe(next, sizeof next);
    seed->ready = rc == TRI_OK;
    if (!seed->ready)
        tri_wipe(seed->key, sizeof seed->key);
    return rc;
}

int tri_seed_draw(struct tri_seed *seed, void *out, size_t n)
{
    uint8_t *const to = out, block[TRI_HASH_BYTES];
    uint32_t number = 0;

    if (!seed->ready) {
        tri_wipe(out, n);
        return TRI_E_IO;
    }
    for (size_t at = 0, k; at < n; at += k) {
        k = n - at < sizeof block ? n - at : sizeof block;
        derive(block, seed->key, sizeof seed->key, "draw    ", number++);
        memcpy(to + at, block, k);
    }
    derive(block, seed->key, sizeof seed->key, "onwards ", 0);
    memcpy(seed->key, block, sizeof block);
    tri_wipe(block, sizeof block);
    return TRI_OK;
}
