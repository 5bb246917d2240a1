#ifndef TRI_BOARDS_HOST_FORMATS_FOREIGN_H
#define TRI_BOARDS_HOST_FORMATS_FOREIGN_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"

/** \file boards/host/formats/foreign.h
 *
 * # Files of models that are not read, and what makes others of them
 */

/** TRI_OK; TRI_E_FORMAT with the line to type where the file `path` is what
 *  torch.save() writes. */
int tri_foreign_torch(const uint8_t *buf, size_t len, const char *path,
                      struct tri_why *why);

/** The same for ONNX models, by their name. */
int tri_foreign_onnx(const char *path, struct tri_why *why);

#endif
