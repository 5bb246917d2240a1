#ifndef TRI_BOARDS_HOST_BASE_MEMORY_H
#define TRI_BOARDS_HOST_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"

/** \file boards/host/base/memory.h
 *
 * # How much memory there is, before it is used
 *
 * A process that takes more than there is does not hear "no": the system gives
 * it away untouched and kills the process later, without a word.
 */

/** What processes here may still take: the least of what the machine has to
 *  spare (swap does not count: secrets do not belong there) and of what the
 *  control groups leave, version 1 and 2, each level of them; caches of files
 *  are to spare. UINT64_MAX if the system does not say.
 *  \param root   before /proc and /sys, ""
 *  \param group  set to 1 if a control group is the limit, otherwise to 0 */
uint64_t tri_memory_available(const char *root, int *group);

/** TRI_OK; TRI_E_NOMEM with a text if `what` takes more than there is. */
int tri_memory_check(uint64_t bytes, const char *what, struct tri_why *why);

#endif
