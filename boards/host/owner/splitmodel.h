#ifndef TRI_BOARDS_HOST_OWNER_SPLITMODEL_H
#define TRI_BOARDS_HOST_OWNER_SPLITMODEL_H

#include "boards/host/formats/weightfile.h"
#include "boards/common/sharehead.h"
#include "core/prg.h"
#include "net/link.h"
#include "proto/nn/net.h"

/** \file boards/host/owner/splitmodel.h
 *
 * # A model that was trained elsewhere becomes share files
 */

/** What tri_split_model() reads. */
struct tri_model_source {
    const char *path; /**< weightfile.h                             */
    enum tri_layout layout;
    const char *layers;        /**< as for tri_weights_match(), or NULL      */
    const struct tri_net *net; /**< whose weights they are                   */
    const char *text;          /**< its canonical text                       */
};

/**
 * Split a model that was trained elsewhere into prefix.p0.share and so on, as
 * a training with shares would have left it. Weights are rounded to scale fb
 * (8..16). All files or none.
 *
 * \param from  receives for every layer with parameters the name it had;
 *              TRI_ARRAY_NAME bytes each; NULL: not wanted
 */
int tri_split_model(const struct tri_model_source *src,
                    char (*from)[TRI_ARRAY_NAME], const char *prefix,
                    enum tri_sharing sharing, unsigned fb,
                    const struct tri_kernels *k, struct tri_why *why);

/** The same into files without names, in TMPDIR; the caller closes them. -1
 *  where a party has none. */
int tri_split_model_unnamed(int fd[TRI_PARTIES],
                            const struct tri_model_source *src,
                            enum tri_sharing sharing, unsigned fb,
                            const struct tri_kernels *k, struct tri_why *why);

/** tri_split_model() of n words at scale fb in the order of tri_model_state(),
 * which end as something else. */
int tri_split_words(uint64_t *word, size_t n, const char *text,
                    const char *prefix, enum tri_sharing sharing, unsigned fb,
                    const struct tri_kernels *k, struct tri_why *why);

#endif
