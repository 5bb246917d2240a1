#ifndef TRI_BENCH_SILENT_H
#define TRI_BENCH_SILENT_H

#include "net/link.h"

/** \file bench/silent.h
 *
 * A link that has nothing to say: sends into the void and receives zeros, for
 * computations that do not depend on what arrives.
 */
extern const struct tri_link_ops bench_silent;

#endif
