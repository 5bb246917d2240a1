#ifndef TRI_CORE_TENSOR_H
#define TRI_CORE_TENSOR_H

#include <stddef.h>
#include <stdint.h>

/** \file core/tensor.h
 *
 * # Shapes
 *
 * Tensors are dense and row-major with up to four dimensions. Images are
 * [B x H x W x C] (batch, height, width, channels: channels lie together),
 * filters [KH x KW x C x O]. Shapes are public.
 */
enum { TRI_MAX_DIMS = 4 };

struct tri_shape {
    uint32_t nd;              /**< dimensions in use, 1..4 */
    uint32_t d[TRI_MAX_DIMS]; /**< sizes; unused ones are 1 */
};

/** A shape of one, two or four dimensions. */
struct tri_shape tri_shape1(uint32_t n);
struct tri_shape tri_shape2(uint32_t rows, uint32_t cols);
struct tri_shape tri_shape4(uint32_t b, uint32_t h, uint32_t w, uint32_t c);

/**
 * Number of elements, 0 if any size is 0.
 * \return TRI_OK; TRI_E_ARG if nd is not 1..4 or the count is above 2^40.
 */
int tri_shape_count(const struct tri_shape *s, size_t *count);

/**
 * One convolution: input [b x h x w x c], filter [kh x kw x c x o], output
 * [b x oh x ow x o], `pad` zeros on each side of both spatial dimensions.
 */
struct tri_conv {
    uint32_t b, h, w, c;  /**< input                                      */
    uint32_t kh, kw, o;   /**< filter size and output channels            */
    uint32_t stride, pad; /**< in both spatial dimensions                 */
    uint32_t oh, ow;      /**< output size, filled in by tri_conv_init()  */
};

/**
 * Compute oh and ow from the other fields.
 * \return TRI_OK; TRI_E_ARG if a size or the stride is 0, the filter is
 *         larger than the padded input, pad >= the filter size, or input,
 * filter or output have more than 2^40 elements.
 */
int tri_conv_init(struct tri_conv *g);

/** Elements of the input, the filter, and the output. */
size_t tri_conv_in(const struct tri_conv *g);
size_t tri_conv_filter(const struct tri_conv *g);
size_t tri_conv_out(const struct tri_conv *g);

#endif
