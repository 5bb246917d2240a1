#ifndef TRI_BOARDS_HOST_TRIAL_SETDATA_H
#define TRI_BOARDS_HOST_TRIAL_SETDATA_H

#include "boards/host/formats/dataset.h"
#include "proto/nn/train.h"

/** \file boards/host/trial/setdata.h
 *
 * # Samples of a clear data set for the training loop of one party
 */
struct tri_setdata {
    struct tri_data data; /**< give this one to training */
    const struct tri_dataset *set;
    struct tri_why *why; /**< receives what fails       */
};

/** For engines of one party. */
void tri_setdata(struct tri_setdata *d, const struct tri_dataset *set,
                 struct tri_why *why);

#endif
