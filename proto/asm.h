#ifndef TRI_PROTO_ASM_H
#define TRI_PROTO_ASM_H

#include "proto/engine.h"

/** \file proto/asm.h
 *
 * # ASM, the stand-in of SecureNN for softmax
 */

/** z [m x n] = relu(x) / sum over the row of relu(x): the paper's ASM. A row
 *  without a positive entry gives zeros. */
int tri_asm(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x);

#endif
