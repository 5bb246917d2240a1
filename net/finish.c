/* No OS header: boards link this file as it is. */
#include "net/finish.h"

#include "core/err.h"
#include "net/fail.h"

enum { HAS_ALL = 1, KNOWS_ALL = 2 };

static int round_of(struct tri_link *l, uint8_t word)
{
    uint8_t said[TRI_PARTIES] = { word, word, word };
    int rc = tri_exchange(l, said, 1);

    for (unsigned j = 0; j < TRI_PARTIES && rc == TRI_OK; j++)
        if (said[j] != word)
            rc = tri_link_end(l, TRI_E_PROTO, (int)j,
                              "P%u does not end the run as all do", j);
    return rc;
}

int tri_finish(struct tri_link *l)
{
    int rc = round_of(l, HAS_ALL);

    if (rc != TRI_OK)
        return rc;
    l->complete = 1;
    rc = round_of(l, KNOWS_ALL);
    return l->heard ? rc : TRI_OK;
}
