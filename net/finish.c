/* No OS header: boards link this file as it is. */
#include "net/finish.h"

#include "core/err.h"
#include "net/fail.h"

static const uint8_t has_all = 1, knows_all = 2;

/* The word stays where it is for ever: if the round fails, a transport may
 * still have it to send. */
static int round_of(struct tri_link *l, const uint8_t *word)
{
    uint8_t said[TRI_PARTIES] = { *word, *word, *word };
    int rc = TRI_OK;

    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (j != l->id)
            rc = tri_send(l, j, word, 1);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (j != l->id)
            rc = tri_recv(l, j, &said[j], 1);
    if (rc == TRI_OK)
        rc = tri_flush(l);
    for (unsigned j = 0; j < TRI_PARTIES && rc == TRI_OK; j++)
        if (said[j] != *word)
            rc = tri_link_end(l, TRI_E_PROTO, (int)j,
                              "P%u does not end the run as all do", j);
    return rc;
}

int tri_finish(struct tri_link *l)
{
    int rc = round_of(l, &has_all);

    if (rc != TRI_OK)
        return rc;
    l->complete = 1;
    rc = round_of(l, &knows_all);
    return l->heard ? rc : TRI_OK;
}
