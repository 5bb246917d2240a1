/* The public edge of every transport: argument checks, the sticky error,
 * wiping, and the counters that do not depend on the transport. No OS header:
 * boards link this file as it is. */
#include "net/link.h"

#include "core/err.h"
#include "core/mem.h"
#include "net/fail.h"

/* Keep the first error. */
static int settle(struct tri_link *l, int rc)
{
    if (rc != TRI_OK && l->dead == TRI_OK) {
        l->dead = rc;
        (void)tri_link_fail(l, rc, "%s", tri_strerror(rc));
    }
    return rc;
}

int tri_link_kill(struct tri_link *l, int err, int blamed, const char *where)
{
    if (l->dead != TRI_OK)
        return err;
    if (blamed == TRI_NOBODY)
        (void)tri_link_fail(l, err, "%s: %s", where, tri_strerror(err));
    else
        (void)tri_link_fail(l, err, "%s: %s (P%d)", where, tri_strerror(err),
                            blamed);
    l->blamed = blamed;
    if (l->ops != NULL && l->ops->fail != NULL)
        l->ops->fail(l, err);
    return settle(l, err);
}

static int check_args(struct tri_link *l, unsigned peer, const void *buf,
                      size_t len)
{
    if (peer < TRI_PARTIES && peer != l->id && (buf != NULL || len == 0))
        return TRI_OK;
    /* The peers now expect or send what this party does not: no way on. */
    return tri_link_kill(l, TRI_E_ARG, (int)l->id,
                         "a message without a buffer, to oneself or to nobody");
}

int tri_send(struct tri_link *l, unsigned to, const uint8_t *buf, size_t len)
{
    int rc;

    if (l->dead != TRI_OK)
        return TRI_E_DEAD;
    rc = check_args(l, to, buf, len);
    if (rc != TRI_OK || len == 0)
        return rc;
    rc = l->ops->send(l, to, buf, len);
    if (rc == TRI_OK) {
        l->stats.payload[to] += len;
        l->stats.messages[to]++;
    }
    return settle(l, rc);
}

int tri_recv(struct tri_link *l, unsigned from, uint8_t *buf, size_t len)
{
    int rc = TRI_E_DEAD;

    if (l->dead == TRI_OK) {
        rc = check_args(l, from, buf, len);
        if (rc == TRI_OK && len > 0)
            rc = settle(l, l->ops->recv(l, from, buf, len));
    }
    if (rc != TRI_OK && buf != NULL)
        tri_wipe(buf, len);
    return rc;
}

int tri_exchange(struct tri_link *l, uint8_t *all, size_t n)
{
    uint8_t *const at = all;
    int rc = TRI_OK;

    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (j != l->id)
            rc = tri_send(l, j, at + l->id * n, n);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (j != l->id)
            rc = tri_recv(l, j, at + j * n, n);
    return rc == TRI_OK ? tri_flush(l) : rc;
}

int tri_flush(struct tri_link *l)
{
    return l->dead != TRI_OK ? TRI_E_DEAD : settle(l, l->ops->flush(l));
}

int tri_poll(struct tri_link *l)
{
    return l->dead != TRI_OK ? TRI_E_DEAD : settle(l, l->ops->poll(l));
}

void tri_close(struct tri_link *l)
{
    if (l->ops == NULL)
        return;
    l->ops->close(l);
    tri_wipe(l->secret, sizeof l->secret);
    l->ops = NULL;
    l->self = NULL;
    if (l->dead == TRI_OK)
        l->dead = TRI_E_DEAD;
}
