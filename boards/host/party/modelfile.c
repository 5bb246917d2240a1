#include "boards/host/party/modelfile.h"
#include "boards/host/share/sharetensor.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/nn/kind.h"

int tri_model_save(struct tri_model *m, struct tri_share_out *o,
                   const char *net_text, const uint8_t pair[TRI_PAIR_ID],
                   struct tri_why *why)
{
    struct tri_engine *const e = m->e;
    struct tri_share_head h = { .sharing = tri_share_of(e->kind),
                                .kind = TRI_SHARE_MODEL,
                                .party = e->s->id,
                                .fb = e->f };
    int rc = TRI_OK;

    memcpy(h.pair, pair, TRI_PAIR_ID);
    h.content = tri_share_tensor_bytes(e, (size_t)tri_net_words(m->net));
    if (e->s->dry)
        o = NULL;
    if (o != NULL)
        rc = tri_share_start(o, &h, net_text, why);
    for (size_t i = 0; rc == TRI_OK && i < m->net->layers; i++) {
        struct tri_ten *part[3];
        const size_t n = tri_layer_state(&m->layer[i], part);

        for (size_t j = 0; rc == TRI_OK && j < n; j++)
            rc = tri_share_put_tensor(o, e, part[j], 0, part[j]->n, why);
    }
    return rc == TRI_OK && o != NULL ? tri_share_seal(o, why) : rc;
}

/* Does tensor j of layer i come later? */
static int later(const struct tri_model *m, size_t i, size_t j)
{
    return m->streams && j == 0 && m->net->layer[i].kind->product;
}

int tri_model_load(struct tri_model *m, const struct tri_share *s,
                   struct tri_why *why)
{
    uint64_t at = 0;
    int rc = TRI_OK;

    for (size_t i = 0; i < m->net->layers; i++) {
        struct tri_ten *part[3];
        const size_t n = tri_layer_state(&m->layer[i], part);

        for (size_t j = 0; rc == TRI_OK && j < n; j++)
            if (later(m, i, j))
                at += part[j]->n;
            else
                rc = tri_share_get_tensor(s, m->e, part[j], &at, why);
    }
    return rc;
}

int tri_model_load_layer(struct tri_model *m, size_t i,
                         const struct tri_share *s, struct tri_why *why)
{
    uint64_t at = 0;

    for (size_t k = 0; k < i; k++) {
        struct tri_ten *part[3];
        const size_t n = tri_layer_state(&m->layer[k], part);

        for (size_t j = 0; j < n; j++)
            at += part[j]->n;
    }
    tri_ten_changed(&m->layer[i].w);
    return tri_share_get_tensor(s, m->e, &m->layer[i].w, &at, why);
}
