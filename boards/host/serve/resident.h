#ifndef TRI_BOARDS_HOST_SERVE_RESIDENT_H
#define TRI_BOARDS_HOST_SERVE_RESIDENT_H

#include "boards/host/party/options.h"
#include "boards/host/party/run.h"
#include "boards/host/share/sharefile.h"
#include "proto/nn/model.h"

/** \file boards/host/serve/resident.h
 *
 * # A model that stays in place between queries
 *
 * An engine of its own, started with keys that the mesh's keys make, and a
 * network for one number of images, with its weights. All three parties open,
 * ask and close theirs in the same order. Memory is sized by a dry run of one
 * query and taken once.
 */
struct tri_resident {
    char name[TRI_CONFIG_CLIENT_NAME];
    uint32_t batch;
    enum tri_scores scores;
    uint64_t used; /**< when it was asked last, by a count of the caller */

    struct tri_session s;
    struct tri_engine e;
    struct tri_model m;
    struct tri_net net;
    struct tri_ten hot;
    struct tri_arena arena;
    struct tri_cost cost; /**< of one query */
    void *block;
    size_t size;
};

/**
 * Measure, and take the memory. This party alone.
 * \param r      is overwritten
 * \param base   the session of the mesh
 * \param o      engine and security; fraction bits are the model's
 * \param share  this party's, open; only read here
 * \return TRI_OK; TRI_E_NOMEM, TRI_E_ARG with a text; close in any case
 */
int tri_resident_prepare(struct tri_resident *r, const struct tri_session *base,
                         const struct tri_run_options *o,
                         const struct tri_share *share, const char *name,
                         uint32_t batch, enum tri_scores scores,
                         struct tri_why *why);

/** Load the model, all three at once. \param base  its keys move on, alike on
 *  all three. \return TRI_OK; TRI_E_IO, errors of the engine with a text */
int tri_resident_start(struct tri_resident *r, struct tri_session *base,
                       const struct tri_run_options *o,
                       const struct tri_share *share, struct tri_why *why);

/** Where the shares of images come from: those of image i, part[c] [h*w*c]. */
typedef void tri_resident_image(void *self, uint32_t i,
                                uint64_t *const part[2]);

/**
 * Ask it.
 * \param n     images, up to `batch`
 * \param part  part[c] [n * classes]: receives fresh shares of the results
 * \return TRI_OK; an error of the engine, after which the mesh is dead
 */
int tri_resident_ask(struct tri_resident *r, uint32_t n,
                     tri_resident_image *image, void *self,
                     uint64_t *const part[2]);

/** Wipe and give back. */
void tri_resident_close(struct tri_resident *r);

#endif
