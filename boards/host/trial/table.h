#ifndef TRI_BOARDS_HOST_TRIAL_TABLE_H
#define TRI_BOARDS_HOST_TRIAL_TABLE_H

#include "boards/host/trial/trio.h"

/** \file boards/host/trial/table.h
 *
 * # The table at the end of a demonstration
 */

/** Print what the parties did beside the same training in the clear, to
 *  standard output.
 *  \param passive  the same without verification, or NULL */
void tri_table_print(const struct tri_demo *d, const struct tri_trio *t,
                     const struct tri_trio *passive,
                     const struct tri_outcome *clear);

#endif
