#include <string.h>
#include "boards/host/session_host.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/hello.h"

int tri_host_start(struct tri_host *h, const struct tri_options *o, unsigned id,
                   unsigned threads, struct tri_why *why)
{
    int rc;

    memset(h, 0, sizeof *h);
    tri_kernels_init(&h->k, tri_cpu_detect());
    rc = tri_pool_start(&h->pool, threads);
    if (rc != TRI_OK)
        return tri_why(why, rc, "cannot start %u threads; give --threads 1",
                       threads);
    h->s.id = id;
    h->s.mode = o->mode;
    h->s.f = (unsigned)o->frac;
    h->s.k = (unsigned)o->compare;
    h->s.cx.k = &h->k;
    h->s.cx.par = tri_pool_par(&h->pool);
    return TRI_OK;
}

int tri_host_connect(struct tri_host *h, const struct tri_tcp_config *cfg,
                     const char *config, struct tri_why *why)
{
    uint8_t keys[TRI_PARTIES][32];
    char err[TRI_HELLO_ERROR] = "";
    int rc = tri_tcp_open(&h->link, cfg);

    if (rc != TRI_OK)
        return tri_why(why, rc, "%s", h->link.error);
    h->linked = 1;
    h->s.link = &h->link;
    rc = tri_hello(&h->link, config, keys, err);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++)
        if (j != h->s.id)
            tri_prg_init(&h->s.prg[j], &h->k, keys[j], TRI_PRG_CHACHA20);
    tri_wipe(keys, sizeof keys);
    return rc == TRI_OK ? TRI_OK : tri_why(why, rc, "%s", err);
}

void tri_host_end(struct tri_host *h)
{
    if (h->linked)
        tri_close(&h->link);
    h->linked = 0;
    tri_session_wipe(&h->s);
    tri_pool_stop(&h->pool);
}
