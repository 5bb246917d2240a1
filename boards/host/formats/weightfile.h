#ifndef TRI_BOARDS_HOST_FORMATS_WEIGHTFILE_H
#define TRI_BOARDS_HOST_FORMATS_WEIGHTFILE_H

#include "boards/host/base/file.h"
#include "boards/host/formats/weights.h"

/** \file boards/host/formats/weightfile.h
 *
 * # Models as files of other programs, in the clear
 *
 * One .safetensors file, or a directory of .npy files, NAME.weight.npy and
 * NAME.bias.npy. An .onnx file (onnxgraph.h) is written only: onnxnet.h makes
 * a network and a .safetensors file of one.
 */

/** Bytes of the largest file that is read. */
#define TRI_WEIGHTFILE_MAX \
    (SIZE_MAX > UINT32_MAX ? (size_t)((uint64_t)1 << 34) : SIZE_MAX / 2)

struct tri_weightfile {
    struct tri_array t[TRI_TENSORS_MAX];
    size_t n;
    uint8_t *buf[TRI_TENSORS_MAX]; /**< what the arrays point into */
    size_t len[TRI_TENSORS_MAX], bufs;
};

/** Read all tensors. Close in any case.
 *  \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT, TRI_E_RANGE, TRI_E_NOMEM. */
int tri_weightfile_open(struct tri_weightfile *f, const char *path,
                        struct tri_why *why);
void tri_weightfile_close(struct tri_weightfile *f);

/** Does this name ask for such a file: *.safetensors, *.onnx, a name that ends
 *  in '/', or a directory? */
int tri_weightfile_is(const char *path);
/** For *.onnx, whose layout is always `pytorch`? */
int tri_weightfile_onnx(const char *path);

/** Can a model be written there, over nothing else? As tri_out_check(); a
 *  directory may exist without .npy files. */
int tri_weightfile_check(const char *path, struct tri_why *why);

/** What stands before the elements of tensors in a .safetensors file.
 *  \return TRI_OK; TRI_E_IO, TRI_E_NOMEM, and the file is dropped. */
int tri_weightfile_head(struct tri_out *o, const struct tri_array *t, size_t n,
                        struct tri_why *why);

/** Write the parameters of a model (as in its share, joined) under the names
 *  that tri_places() gives. A directory is made if need be.
 *  \return TRI_OK; TRI_E_ARG, TRI_E_IO, TRI_E_NOMEM. */
int tri_weightfile_write(const char *path, const struct tri_net *net,
                         enum tri_layout layout, const uint64_t *word,
                         unsigned fb, struct tri_why *why);

#endif
