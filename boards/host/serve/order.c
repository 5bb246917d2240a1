#include "boards/host/serve/order.h"
#include <string.h>
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/fail.h"

enum { VOTE = 4 + TRI_HASH_BYTES };

void tri_order_print(uint8_t out[TRI_ORDER_BYTES], const struct tri_order *o)
{
    memset(out, 0, TRI_ORDER_BYTES);
    tri_le_store64(out, o->number);
    tri_le_store32(out + 8, (uint32_t)o->n);
    memcpy(out + 12, o->id, o->n * TRI_JOB_ID);
}

int tri_order_parse(struct tri_order *o, const uint8_t in[TRI_ORDER_BYTES],
                    const char **what)
{
    const uint32_t n = tri_le_load32(in + 8);

    o->n = 0;
    *what = tri_le_load64(in) != o->number ? "an order that is not the next one"
            : n > TRI_QUEUE_BATCH          ? "too many requests"
                                           : NULL;
    if (*what != NULL)
        return TRI_E_PROTO;
    memcpy(o->id, in + 12, n * TRI_JOB_ID);
    for (size_t i = 12 + n * TRI_JOB_ID; i < TRI_ORDER_BYTES; i++)
        if (in[i] != 0)
            *what = "bytes behind the last request";
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < i; j++)
            if (memcmp(o->id[i], o->id[j], TRI_JOB_ID) == 0)
                *what = "a request twice";
    if (*what != NULL)
        return TRI_E_PROTO;
    o->n = n;
    return TRI_OK;
}

/* P0 says what it proposes, the others hear it. */
static int propose(struct tri_order *o, struct tri_link *l,
                   uint8_t wire[TRI_ORDER_BYTES])
{
    const char *what = NULL;
    int rc = TRI_OK;

    if (l->id != TRI_ORDER_FIRST) {
        rc = tri_recv(l, TRI_ORDER_FIRST, wire, TRI_ORDER_BYTES);
        if (rc != TRI_OK || tri_order_parse(o, wire, &what) == TRI_OK)
            return rc;
        return tri_link_end(l, TRI_E_PROTO, TRI_ORDER_FIRST, "P%d proposed %s",
                            TRI_ORDER_FIRST, what);
    }
    tri_order_print(wire, o);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (j != l->id)
            rc = tri_send(l, j, wire, TRI_ORDER_BYTES);
    return rc == TRI_OK ? tri_flush(l) : rc;
}

/* All three have heard the same of all three, or the link ends. */
static int same_votes(struct tri_link *l, uint8_t vote[TRI_PARTIES][VOTE])
{
    uint8_t digest[TRI_PARTIES][TRI_HASH_BYTES];
    int rc;

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (memcmp(vote[j] + 4, vote[l->id] + 4, TRI_HASH_BYTES) != 0)
            return tri_link_end(l, TRI_E_PROTO, TRI_NOBODY,
                                "P%u and P%u were proposed different requests "
                                "by P%d, or one of them says so wrongly",
                                l->id, j, TRI_ORDER_FIRST);
    tri_hash(digest[l->id], vote, sizeof(uint8_t[TRI_PARTIES][VOTE]));
    rc = tri_exchange(l, digest[0], TRI_HASH_BYTES);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (memcmp(digest[j], digest[l->id], TRI_HASH_BYTES) != 0)
            rc = tri_link_end(l, TRI_E_PROTO, TRI_NOBODY,
                              "P%u and P%u have heard different votes on the "
                              "requests: one of the parties cheats",
                              l->id, j);
    return rc;
}

int tri_order_agree(struct tri_order *o, struct tri_link *l,
                    uint32_t (*have)(void *self, const uint8_t id[][TRI_JOB_ID],
                                     size_t n),
                    void *self)
{
    uint8_t wire[TRI_ORDER_BYTES], vote[TRI_PARTIES][VOTE];
    uint32_t all = UINT32_MAX;
    size_t kept = 0;
    int rc = propose(o, l, wire);

    if (rc != TRI_OK)
        return rc;
    o->number++;
    o->proposed = o->n;
    tri_le_store32(vote[l->id], o->n > 0 ? have(self, o->id, o->n) : 0);
    tri_hash(vote[l->id] + 4, wire, sizeof wire);
    rc = tri_exchange(l, vote[0], VOTE);
    if (rc == TRI_OK)
        rc = same_votes(l, vote);
    if (rc != TRI_OK)
        return rc;
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        all &= tri_le_load32(vote[j]);
    for (size_t i = 0; i < o->n; i++)
        if ((all >> i & 1) != 0)
            memmove(o->id[kept++], o->id[i], TRI_JOB_ID);
    o->n = kept;
    return TRI_OK;
}
