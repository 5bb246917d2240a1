#ifndef TRI_BOARDS_HOST_FORMATS_DATAFILE_H
#define TRI_BOARDS_HOST_FORMATS_DATAFILE_H

#include "boards/host/formats/dataset.h"

/** \file boards/host/formats/datafile.h
 *
 * # Data sets in files of arrays
 */

/** Where the channels of an array of four dimensions are. */
enum tri_dataset_order {
    TRI_DATASET_GUESS, /**< [N, 1, H, W] or [N, H, W, C]; what may be
                            [N, C, H, W] is refused                */
    TRI_DATASET_FIRST, /**< [N, C, H, W]: PyTorch                  */
    TRI_DATASET_LAST   /**< [N, H, W, C]                           */
};

/** Files of arrays (arrayfile.h). Zeros are the usual. */
struct tri_dataset_files {
    const char *images;  /**< [N, H, W] or of four dimensions: whole numbers
                              from 0 to 255 as pixels, real ones as they are;
                              [N, D]: rows of a table, all as they are      */
    const char *labels;  /**< [N], whole numbers from 0; or NULL            */
    const char *targets; /**< instead: [N] or [N, M]; or NULL              */
    uint32_t classes;    /**< 0: as the largest label of the file says     */
    enum tri_dataset_order order;
    uint32_t limit; /**< samples that are kept; 0: all            */
};

/** \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT, TRI_E_RANGE, TRI_E_NOMEM with a
 *          text. Free in any case; so it is with all that follow. */
int tri_dataset_files(struct tri_dataset *s, const struct tri_dataset_files *f,
                      struct tri_why *why);

#endif
