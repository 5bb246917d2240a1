#ifndef TRI_BOARDS_HOST_SERVE_MODELS_H
#define TRI_BOARDS_HOST_SERVE_MODELS_H

#include "boards/host/party/peers.h"
#include "boards/host/serve/message.h"
#include "boards/host/share/sharefile.h"

/** \file boards/host/serve/models.h
 *
 * # The models of a store
 *
 * Every file NAME.share in the directory `store` that is this party's share of
 * a model. All are read at the start and not looked for again.
 */
enum { TRI_MODELS_MOST = 64 };

struct tri_models {
    struct tri_share *share[TRI_MODELS_MOST];
    char name[TRI_MODELS_MOST][TRI_CONFIG_CLIENT_NAME];
    size_t n;
};

/** Open them. What is in the directory and no such share is an error.
 *  \param k  must outlive the models
 *  \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT, TRI_E_IO, TRI_E_NOMEM with a text.
 *          Close in any case. */
int tri_models_open(struct tri_models *m, const struct tri_peers *peers,
                    const struct tri_kernels *k, struct tri_why *why);

/** The model of that name, or NULL. */
const struct tri_share *tri_models_find(const struct tri_models *m,
                                        const char *name);

/** Can the query be put to the models? TRI_OK; TRI_E_ARG with a text. */
int tri_models_can(const struct tri_models *m, const struct tri_ask *a,
                   struct tri_why *why);

void tri_models_close(struct tri_models *m);

#endif
