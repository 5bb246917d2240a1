#include "boards/host/party/modelfile.h"
#include "core/err.h"
#include "core/mem.h"

int tri_model_save(const struct tri_model *m, struct tri_share_out *o,
                   const char *net_text, const uint8_t pair[TRI_PAIR_ID],
                   struct tri_why *why)
{
    struct tri_share_head h = { .kind = TRI_SHARE_MODEL,
                                .party = m->e->s->id,
                                .fb = m->e->s->f };
    int rc;

    memcpy(h.pair, pair, TRI_PAIR_ID);
    for (size_t i = 0; i < m->net->layers; i++)
        h.content += 8 * (uint64_t)(m->layer[i].w.n + m->layer[i].b.n);
    rc = tri_share_start(o, &h, net_text, why);
    for (size_t i = 0; rc == TRI_OK && i < m->net->layers; i++) {
        const struct tri_layer *const l = &m->layer[i];
        if (l->w.n == 0)
            continue;
        rc = tri_share_put(o, l->w.v[0], 8 * l->w.n, why);
        if (rc == TRI_OK)
            rc = tri_share_put(o, l->b.v[0], 8 * l->b.n, why);
    }
    if (rc == TRI_OK)
        rc = tri_share_seal(o, why);
    return rc;
}

int tri_model_load(struct tri_model *m, const struct tri_share *s,
                   struct tri_why *why)
{
    uint64_t at = 0;

    if (m->e->s->dry || m->e->ncomp == 0)
        return TRI_OK;
    for (size_t i = 0; i < m->net->layers; i++) {
        struct tri_ten *const part[2] = { &m->layer[i].w, &m->layer[i].b };
        for (int j = 0; j < 2; j++) {
            int rc;
            if (part[j]->n == 0)
                continue;
            rc = tri_share_words(s, part[j]->v[0], part[j]->n, at, why);
            if (rc != TRI_OK)
                return rc;
            at += part[j]->n;
            tri_ten_changed(part[j]);
        }
    }
    return TRI_OK;
}
