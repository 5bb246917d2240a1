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
 * network for one number of images, with its weights, or with those of one
 * product at a time, which it reads from the share. All three parties open, ask
 * and close theirs in the same order. Memory is sized by a dry run of one query
 * and taken once.
 */

/** How much of it is in place. */
struct tri_resident_shape {
    uint32_t batch; /**< images at once */
    int streams;    /**< weights come from the file as they are needed */
    enum tri_scores scores;
};

struct tri_resident {
    char name[TRI_CONFIG_CLIENT_NAME];
    struct tri_resident_shape shape; /**< batch 0: it is none             */
    uint64_t used;   /**< when it was asked last, by a count of the caller  */
    uint32_t serves; /**< queries of which it is for, by the caller         */

    struct tri_session s;
    struct tri_engine e;
    struct tri_model m;
    struct tri_net net;
    struct tri_ten hot;
    struct tri_arena arena;
    struct tri_cost cost; /**< of one query */
    const struct tri_share *share;
    struct tri_why why; /**< of a share that cannot be read */
    void *block;
    size_t size;
};

/**
 * What a model would take on this party, its block and all else. Needs no mesh.
 * \param base   id, kernels and threads; nothing is sent, drawn or computed
 * \param o      engine and security
 * \param fb     the model's fraction bits
 * \param bytes  receives it
 * \return TRI_OK; TRI_E_NOMEM, TRI_E_ARG with a text
 */
int tri_resident_need(const struct tri_session *base,
                      const struct tri_run_options *o,
                      const struct tri_net *net, unsigned fb,
                      const struct tri_resident_shape *shape, uint64_t *bytes,
                      struct tri_why *why);

/** What tri_resident_need() says of it. */
uint64_t tri_resident_bytes(const struct tri_resident *r);

/**
 * Measure, and take the memory. This party alone.
 * \param r      is overwritten
 * \param base   the session of the mesh
 * \param o      engine and security; fraction bits are the model's
 * \param share  this party's, open: stays so as long as r does
 * \return TRI_OK; TRI_E_NOMEM, TRI_E_ARG with a text; close in any case
 */
int tri_resident_prepare(struct tri_resident *r, const struct tri_session *base,
                         const struct tri_run_options *o,
                         const struct tri_share *share, const char *name,
                         const struct tri_resident_shape *shape,
                         struct tri_why *why);

/** Load the model, all three at once. \param base  its keys move on, alike on
 *  all three. \return TRI_OK; TRI_E_IO, errors of the engine with a text */
int tri_resident_start(struct tri_resident *r, struct tri_session *base,
                       const struct tri_run_options *o, struct tri_why *why);

/** Where the shares of images come from: those of image i, part[c] [h*w*c]. */
typedef void tri_resident_image(void *self, uint32_t i,
                                uint64_t *const part[2]);

/**
 * Ask it.
 * \param n     images, up to shape.batch
 * \param part  part[c] [n * classes]: receives fresh shares of the results
 * \return TRI_OK; an error of the engine, or of the file, after which the mesh
 *         is dead
 */
int tri_resident_ask(struct tri_resident *r, uint32_t n,
                     tri_resident_image *image, void *self,
                     uint64_t *const part[2]);

/** Wipe and give back. */
void tri_resident_close(struct tri_resident *r);

#endif
