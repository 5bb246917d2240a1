#include "boards/host/share/sharepair.h"
#include <string.h>
#include "boards/host/base/fileset.h"
#include "boards/host/base/unnamed.h"
#include "core/err.h"

int tri_share_put_seed(struct tri_share_out *o, unsigned c,
                       const uint8_t seed[TRI_SHARE_SEED], struct tri_why *why)
{
    tri_hash_update(&o->hash[c], seed, TRI_SHARE_SEED);
    return tri_out_write(&o->out, seed, TRI_SHARE_SEED, why);
}

int tri_share_take(struct tri_share_out *o, int *fd, struct tri_why *why)
{
    const int rc = tri_share_sum(o, why);

    *fd = rc == TRI_OK ? tri_out_take(&o->out, why) : -1;
    return rc == TRI_OK && *fd < 0 ? TRI_E_IO : rc;
}

int tri_share_finish_all(struct tri_share_out o[], size_t n,
                         struct tri_why *why)
{
    struct tri_out *all[3];
    int rc = TRI_OK;

    for (size_t i = 0; i < n; i++)
        all[i] = &o[i].out;
    for (size_t i = 0; rc == TRI_OK && i < n; i++)
        rc = tri_share_sum(&o[i], why);
    return rc == TRI_OK ? tri_out_commit_all(all, n, why) : rc;
}

/* The component that both have. */
static int same_component(const struct tri_share *a, const struct tri_share *b)
{
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < 2; j++)
            if (tri_share_number(&a->head, i) == tri_share_number(&b->head, j))
                return memcmp(a->head.sum[i], b->head.sum[j], TRI_HASH_BYTES) ==
                       0;
    return 0;
}

int tri_share_pair(const struct tri_share *a, const struct tri_share *b,
                   struct tri_why *why)
{
    struct tri_share_head x = a->head, y = b->head;

    if (memcmp(x.pair, y.pair, TRI_PAIR_ID) != 0)
        return tri_why(why, TRI_E_MISMATCH,
                       "%s: belongs to another session than %s; give the two "
                       "shares that were made together",
                       b->path, a->path);
    if (x.party == y.party)
        return tri_why(why, TRI_E_MISMATCH,
                       "%s and %s are both the share of party %u; give one of "
                       "each party",
                       a->path, b->path, x.party);
    if (x.sharing != y.sharing || x.kind != y.kind || x.fb != y.fb ||
        x.count != y.count || x.h != y.h || x.w != y.w || x.c != y.c ||
        x.classes != y.classes || strcmp(a->text, b->text) != 0)
        return tri_why(why, TRI_E_MISMATCH,
                       "%s and %s do not describe the same thing", a->path,
                       b->path);
    if (x.sharing == TRI_SHARING_REPLICATED && !same_component(a, b))
        return tri_why(why, TRI_E_MISMATCH,
                       "%s and %s do not have the same in common: one of them "
                       "was changed, or was not made with the other",
                       a->path, b->path);
    return TRI_OK;
}
