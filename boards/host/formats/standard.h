#ifndef TRI_BOARDS_HOST_FORMATS_STANDARD_H
#define TRI_BOARDS_HOST_FORMATS_STANDARD_H

#include "boards/host/base/file.h"
#include "boards/host/formats/dataset.h"

/** \file boards/host/formats/standard.h
 *
 * # Columns of mean 0 and deviation 1
 *
 * Networks learn from numbers of about -1 to 1. Whoever shares a set scales
 * every column of a table (every channel of images), and the targets of a
 * regression, by mean and deviation; other owners and later queries must use
 * the same ones, so they are kept in a file:
 *
 *     trinn statistics 1
 *     columns 2
 *     12.5 3.25              # mean, deviation
 *     0.125 1
 *     targets 0
 *
 * They say something of the data: of whom the file comes from, to whom it goes.
 */
struct tri_standard {
    uint32_t columns, targets;
    double *mean, *deviation; /**< [columns + targets]; a constant column has
                                   deviation 1                               */
};

/** Of the columns and targets of a set. TRI_E_NOMEM. Free in any case, as with
 *  what follows. */
int tri_standard_measure(struct tri_standard *s, const struct tri_dataset *set,
                         struct tri_why *why);

/** Read a file of statistics. As tri_file_read(); TRI_E_FORMAT. */
int tri_standard_read(struct tri_standard *s, const char *path,
                      struct tri_why *why);

/** The same of its bytes. */
int tri_standard_parse(struct tri_standard *s, const uint8_t *buf, size_t len,
                       const char *name, struct tri_why *why);

/** Write one, but for its name (tri_out_place()). */
int tri_standard_seal(struct tri_out *o, const char *path,
                      const struct tri_standard *s, struct tri_why *why);

/** x = (x - mean) / deviation for all samples and targets. TRI_E_ARG (other
 *  columns), TRI_E_NOMEM; the set is free()able in any case. */
int tri_standard_apply(struct tri_dataset *set, const struct tri_standard *s,
                       struct tri_why *why);

/** What target j was before. */
double tri_standard_target(const struct tri_standard *s, uint32_t j, double v);

void tri_standard_free(struct tri_standard *s);

#endif
