#ifndef TRI_BOARDS_HOST_PROFILE_H
#define TRI_BOARDS_HOST_PROFILE_H

#include "proto/engine.h"

/** \file boards/host/profile.h
 *
 * # What is linked into the program
 *
 * What is named there is linked. The list ends with NULL; the first engine
 * of three parties is the usual one.
 */
extern const struct tri_engine_kind *const tri_profile_engines[];

#endif
