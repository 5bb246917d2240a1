#ifndef TRI_CORE_PARTS_H
#define TRI_CORE_PARTS_H

#include "core/fir.h"
#include "core/gcm.h"

/** \file core/parts.h
 *
 * # What core can do without
 *
 * The library's own parts.c names all of it; a program that defines these
 * itself, both, links what it names. NULL: not linked, and never taken.
 */
extern const struct tri_gcm_ops *const tri_aead_gcm;
extern const struct tri_fir_ops *const tri_conv_fir;

#endif
