#ifndef TRI_BOARDS_HOST_FORMATS_DATATABLE_H
#define TRI_BOARDS_HOST_FORMATS_DATATABLE_H

#include "boards/host/formats/dataset.h"

/** \file boards/host/formats/datatable.h
 *
 * # Data sets in tables as text
 */

/** A table as text (csv.h). Zeros are the usual. */
struct tri_dataset_table {
    const char *file;
    char delimiter;
    int header;         /**< enum tri_csv_header                          */
    const char *label;  /**< column of the classes; or NULL               */
    const char *target; /**< instead: that of the number; or NULL         */
    uint32_t classes, limit; /**< as above                                */
};

/** All columns but that of the label or target are a sample, in order. */
int tri_dataset_table(struct tri_dataset *s, const struct tri_dataset_table *t,
                      struct tri_why *why);

#endif
