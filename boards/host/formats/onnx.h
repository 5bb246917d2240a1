#ifndef TRI_BOARDS_HOST_FORMATS_ONNX_H
#define TRI_BOARDS_HOST_FORMATS_ONNX_H

#include "boards/host/formats/array.h"
#include "boards/host/formats/wire.h"

/** \file boards/host/formats/onnx.h
 *
 * # The messages of .onnx files
 *
 * A model is a protocol buffer (wire.h) whose messages and numbers of fields
 * stand in onnx.proto of the ONNX project. Of them this reader takes the graph:
 * nodes with attributes, constant tensors, inputs and outputs with their
 * shapes, and the version of the set of operators. What else there is (texts
 * for people, metadata, sizes in between) is passed over; what would change
 * the meaning of the rest (sparse tensors, tensors in further files, functions
 * of the model) is refused. Everything points into the file's bytes.
 *
 * Names are bytes of somebody else's choice: tri_onnx_name() makes them fit to
 * print.
 */
enum {
    TRI_ONNX_NODES = 4096, /**< and as many tensors        */
    TRI_ONNX_PORTS = 6,    /**< inputs or outputs of a node that are kept */
    TRI_ONNX_INTS = 8
};

struct tri_onnx_node {
    struct tri_span op, name, domain;
    struct tri_span in[TRI_ONNX_PORTS], out[TRI_ONNX_PORTS]; /**< names */
    size_t ins, outs;     /**< how many there are, kept or not         */
    struct tri_span body; /**< the message                             */
};

/** A constant. a.data is NULL where the numbers are varints in `row`. */
struct tri_onnx_tensor {
    struct tri_span name;
    struct tri_array a;
    struct tri_span row;
};

/** An input or output of the graph. Sizes that are not numbers are 0. */
struct tri_onnx_value {
    struct tri_span name;
    uint64_t type; /**< of elements, as numbered there; 0: not a tensor */
    int shaped;    /**< nd and d are stated */
    unsigned nd;
    uint64_t d[TRI_ONNX_INTS];
};

struct tri_onnx {
    struct tri_wire file;
    uint64_t opset;
    struct tri_onnx_node *node;
    struct tri_onnx_tensor *tensor;
    struct tri_onnx_value *in, *out;
    size_t nodes, tensors, ins, outs;
};

/**
 * \param name  what error texts call the buffer, which the result points into
 * \return TRI_OK; TRI_E_FORMAT; TRI_E_NOMEM. Free in any case.
 */
int tri_onnx_parse(struct tri_onnx *m, const uint8_t *buf, size_t len,
                   const char *name, struct tri_why *why);
void tri_onnx_free(struct tri_onnx *m);

/** An attribute of a node; only what its message has is set. */
struct tri_onnx_attribute {
    struct tri_span name;
    int found;
    int64_t i;
    float f;
    struct tri_span s, t; /**< a text, the message of a tensor */
    int64_t ints[TRI_ONNX_INTS];
    size_t n; /**< of them; more than there is room for: refused */
};

/** The attribute of that name, or one with found = 0. TRI_E_FORMAT. */
int tri_onnx_attribute(struct tri_onnx_attribute *a, const struct tri_onnx *m,
                       const struct tri_onnx_node *n, const char *name,
                       struct tri_why *why);

/** Refuse attributes that `known`, names with blanks between, does not have. */
int tri_onnx_known(const struct tri_onnx *m, const struct tri_onnx_node *n,
                   const char *known, struct tri_why *why);

/** A tensor from its message. TRI_E_FORMAT. */
int tri_onnx_tensor(struct tri_onnx_tensor *t, const struct tri_onnx *m,
                    struct tri_span message, struct tri_why *why);

/** The whole numbers of a tensor of at most TRI_ONNX_INTS of them.
 *  TRI_E_FORMAT if it is something else. */
int tri_onnx_ints(int64_t out[TRI_ONNX_INTS], size_t *n,
                  const struct tri_onnx *m, const struct tri_onnx_tensor *t,
                  struct tri_why *why);

int tri_span_is(struct tri_span s, const char *text);
int tri_span_same(struct tri_span a, struct tri_span b);

/** A name with '?' for what does not print, at most 63 characters. */
struct tri_onnx_name {
    char s[64];
};
struct tri_onnx_name tri_onnx_name(struct tri_span s);

/** TRI_E_FORMAT: "FILE: node NAME (OPERATOR): ..."; a node without a name is
 *  called by its first output. */
int tri_onnx_fail(const struct tri_onnx *m, const struct tri_onnx_node *n,
                  struct tri_why *why, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
