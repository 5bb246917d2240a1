#include "boards/host/trial/loopback.h"
#include <stdio.h>
#include <unistd.h>
#include "boards/host/base/file.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/x25519.h"

int tri_loopback_open(struct tri_loopback *l, struct tri_why *why)
{
    uint8_t pub[TRI_PARTIES][TRI_X25519_BYTES];
    int rc = TRI_OK;

    *l = (struct tri_loopback){ .fd = { -1, -1, -1 } };
    for (int i = 0; rc == TRI_OK && i < TRI_PARTIES; i++) {
        rc = tri_random(l->keys[i].own, sizeof l->keys[i].own, why);
        tri_x25519_public(pub[i], l->keys[i].own);
    }
    for (int i = 0; i < TRI_PARTIES; i++)
        memcpy(l->keys[i].peer, pub, sizeof pub);
    for (int i = 0; rc == TRI_OK && i < 2; i++) {
        char err[256] = "";
        uint16_t port = 0;

        rc = tri_tcp_listen(&l->fd[i], &port, "127.0.0.1:0", err);
        if (rc != TRI_OK)
            return tri_why(why, rc, "%s", err);
        snprintf(l->addr[i], sizeof l->addr[i], "127.0.0.1:%u", (unsigned)port);
    }
    return rc;
}

struct tri_tcp_config tri_loopback_tcp(const struct tri_loopback *l,
                                       unsigned id)
{
    return (struct tri_tcp_config){ .id = id,
                                    .addr = { l->addr[0], l->addr[1], NULL },
                                    .listen_fd = l->fd[id],
                                    .keys = &l->keys[id] };
}

void tri_loopback_close(struct tri_loopback *l)
{
    for (int i = 0; i < TRI_PARTIES; i++)
        if (l->fd[i] >= 0)
            close(l->fd[i]);
    tri_wipe(l, sizeof *l);
}

int tri_loopback_follows(int rc)
{
    return rc == TRI_E_IO || rc == TRI_E_TIMEOUT || rc == TRI_E_DEAD;
}
