#ifndef TRI_BOARDS_HOST_PARTY_RUNDATA_H
#define TRI_BOARDS_HOST_PARTY_RUNDATA_H

#include "boards/host/share/sharefile.h"
#include "proto/nn/train.h"

/** \file boards/host/party/rundata.h
 *
 * # Samples for the training loop
 *
 * A tri_data (proto/nn/train.h) over share files, one owner's samples after
 * the other's, read batch by batch; or over nothing, for the party that has no
 * shares. Over a clear data set: trial/setdata.h.
 */
struct tri_rundata {
    struct tri_data data;          /**< give this one to training  */
    const struct tri_share *share; /**< [shares], or NULL          */
    size_t shares;
    struct tri_why *why; /**< receives what fails        */
};

/** `s` [n], n >= 1: alike but for the number of samples. */
void tri_rundata_share(struct tri_rundata *r, const struct tri_share *s,
                       size_t n, struct tri_why *why);
/** Sizes only, as the other parties told them, and samples of all owners. */
void tri_rundata_none(struct tri_rundata *r, const struct tri_share_head *h,
                      uint32_t count);

/** Samples that are all zeros, on every party: to plan and to try. */
void tri_rundata_zeros(struct tri_rundata *r, uint32_t count, uint32_t h,
                       uint32_t w, uint32_t c, uint32_t classes);

#endif
