#include "boards/host/formats/onnxgraph.h"
#include <stdio.h>
#include <string.h>
#include "boards/host/formats/onnxfields.h"
#include "proto/nn/add.h"
#include "proto/nn/avgpool.h"
#include "proto/nn/batchnorm.h"
#include "proto/nn/conv.h"
#include "proto/nn/dropout.h"
#include "proto/nn/fc.h"
#include "proto/nn/kind.h"
#include "proto/nn/leaky.h"
#include "proto/nn/maxpool.h"
#include "proto/nn/relu.h"
#include "proto/nn/sigmoid.h"

enum { IR_VERSION = 7, OPSET = 13 };
/* Types: of elements, and of attributes. */
enum { FLOAT = 1, INTS = 7, REAL = 1, WHOLE = 2 };

/* A message that is part of another one. */
struct part {
    uint8_t bytes[1024];
    struct tri_wire_out o;
};

static struct tri_wire_out *start(struct part *p)
{
    p->o = (struct tri_wire_out){ p->bytes, sizeof p->bytes, 0 };
    return &p->o;
}

static void put_part(struct tri_wire_out *o, uint32_t number,
                     const struct part *p)
{
    tri_wire_put_bytes(o, number, p->bytes, p->o.n);
}

void tri_onnx_head(struct tri_wire_out *o, uint64_t graph)
{
    struct part opset;

    tri_wire_put(o, MODEL_IR_VERSION, IR_VERSION);
    tri_wire_put_text(o, MODEL_PRODUCER, "trinn");
    tri_wire_put(start(&opset), OPSET_VERSION, OPSET);
    put_part(o, MODEL_OPSET, &opset);
    tri_wire_put_head(o, MODEL_GRAPH, graph);
}

void tri_onnx_constant(struct tri_wire_out *o, const struct tri_array *a)
{
    struct part t;

    start(&t);
    for (unsigned i = 0; i < a->nd; i++)
        tri_wire_put(&t.o, TENSOR_DIMS, a->d[i]);
    tri_wire_put(&t.o, TENSOR_TYPE, FLOAT);
    tri_wire_put_text(&t.o, TENSOR_NAME, a->name);
    tri_wire_put_head(&t.o, TENSOR_RAW, 4 * (uint64_t)a->n);
    tri_wire_put_head(o, GRAPH_TENSOR, t.o.n + 4 * (uint64_t)a->n);
    tri_wire_append(o, t.bytes, t.o.n);
}

/* ---- nodes -----------------------------------------------------------------
 */

/* The graph while it is written. */
struct graph {
    struct tri_wire_out *o;
    const struct tri_net *net;
    int table; /* tensors have two dimensions from the input on */
};

enum { NAME = 40 };

static void attribute(struct part *node, const char *name, int type,
                      const uint64_t *v, size_t n, float f)
{
    struct part a;

    tri_wire_put_text(start(&a), ATTRIBUTE_NAME, name);
    if (type == REAL)
        tri_wire_put_float(&a.o, ATTRIBUTE_F, f);
    for (size_t i = 0; i < n; i++)
        tri_wire_put(&a.o, type == WHOLE ? ATTRIBUTE_I : ATTRIBUTE_INTS, v[i]);
    tri_wire_put(&a.o, ATTRIBUTE_TYPE, (uint64_t)type);
    put_part(&node->o, NODE_ATTRIBUTE, &a);
}

static void whole(struct part *node, const char *name, uint64_t v)
{
    attribute(node, name, WHOLE, &v, 1, 0);
}

static void real(struct part *node, const char *name, double v)
{
    attribute(node, name, REAL, NULL, 0, (float)v);
}

/* n times the same. */
static void same(struct part *node, const char *name, uint64_t v, size_t n)
{
    const uint64_t row[4] = { v, v, v, v };

    attribute(node, name, INTS, row, n, 0);
}

/* Output n of the network, as in tri_layer_spec.in. */
static const char *output(char name[NAME], const struct graph *g, size_t n)
{
    if (n == 0)
        return "input";
    if (n == g->net->layers && g->net->layer[n - 1].flat)
        return "output";
    snprintf(name, NAME, "n%zu", n);
    return name;
}

/* A node `op` from `in` to `out`, complete but for attributes. */
static void node(struct part *p, const char *op, const char *in,
                 const char *out)
{
    tri_wire_put_text(start(p), NODE_IN, in);
    tri_wire_put_text(&p->o, NODE_OUT, out);
    tri_wire_put_text(&p->o, NODE_NAME, out);
    tri_wire_put_text(&p->o, NODE_OP, op);
}

static void flatten(struct graph *g, const char *in, const char *out)
{
    struct part p;

    node(&p, "Flatten", in, out);
    whole(&p, "axis", 1);
    put_part(g->o, GRAPH_NODE, &p);
}

static void parameter(struct part *p, const struct tri_place *of,
                      const char *part)
{
    char name[NAME];

    snprintf(name, sizeof name, "%s.%s", of->name, part);
    tri_wire_put_text(&p->o, NODE_IN, name);
}

static void window(struct part *p, const struct tri_layer_spec *l)
{
    same(p, "kernel_shape", l->size, 2);
    same(p, "strides", l->stride, 2);
    same(p, "pads", l->pad, 4);
}

/* The part that is dropped is a constant beside the node. */
static void dropout(struct graph *g, struct part *p, const char *out,
                    uint32_t ratio)
{
    struct tri_array a = { .nd = 0, .n = 1 };
    uint8_t r[4];

    snprintf(a.name, sizeof a.name, "%s.ratio", out);
    tri_wire_put_text(&p->o, NODE_IN, a.name);
    tri_onnx_constant(g->o, &a);
    tri_array_put(r, TRI_DTYPE_F32, 0, (double)((float)ratio / 10000));
    tri_wire_append(g->o, r, sizeof r);
}

static const char *operator_of(const struct tri_layer_spec *l)
{
    static const struct {
        const struct tri_layer_kind *kind;
        const char *op;
    } all[] = {
        { &tri_layer_conv, "Conv" },
        { &tri_layer_fc, "Gemm" },
        { &tri_layer_batchnorm, "BatchNormalization" },
        { &tri_layer_maxpool, "MaxPool" },
        { &tri_layer_avgpool, "AveragePool" },
        { &tri_layer_relu, "Relu" },
        { &tri_layer_leaky, "LeakyRelu" },
        { &tri_layer_sigmoid, "Sigmoid" },
        { &tri_layer_tanh, "Tanh" },
        { &tri_layer_add, "Add" },
        { &tri_layer_dropout, "Dropout" },
    };

    if (l->kind == &tri_layer_avgpool && l->size == l->ih && l->size == l->iw)
        return "GlobalAveragePool";
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].kind == l->kind)
            return all[i].op;
    return "Flatten";
}

static void put_layer(struct graph *g, size_t n, const struct tri_place *of)
{
    const struct tri_layer_spec *const l = &g->net->layer[n - 1];
    char name[2][NAME], flat[NAME];
    const char *const out = output(name[1], g, n);
    const char *in = output(name[0], g, l->in[0]);
    const char *const op = operator_of(l);
    const int was_flat =
        g->table || (l->in[0] > 0 && g->net->layer[l->in[0] - 1].flat);
    struct part p;

    if (l->kind == &tri_layer_fc && !was_flat) {
        snprintf(flat, sizeof flat, "n%zu.flat", n);
        flatten(g, in, flat);
        in = flat;
    }
    node(&p, op, in, out);
    if (l->kind == &tri_layer_add)
        tri_wire_put_text(&p.o, NODE_IN, output(name[0], g, l->in[1]));
    if (of != NULL) {
        parameter(&p, of, "weight");
        if (of->biases > 0)
            parameter(&p, of, "bias");
    }
    if (l->kind == &tri_layer_batchnorm) {
        parameter(&p, of, "running_mean");
        parameter(&p, of, "running_var");
        real(&p, "epsilon", 1e-5);
    }
    if (l->kind == &tri_layer_fc)
        whole(&p, "transB", 1);
    if (l->kind == &tri_layer_conv ||
        (l->size > 0 && strcmp(op, "GlobalAveragePool") != 0))
        window(&p, l);
    if (l->kind == &tri_layer_leaky)
        real(&p, "alpha", (double)l->ratio / 10000);
    if (strcmp(op, "Flatten") == 0)
        whole(&p, "axis", 1);
    if (l->kind == &tri_layer_dropout)
        dropout(g, &p, out, l->ratio);
    put_part(g->o, GRAPH_NODE, &p);
}

/* ---- the graph -------------------------------------------------------------
 */

/* An input or output of the graph: [batch, d...] of nd sizes after it. */
static void put_value(struct graph *g, uint32_t number, const char *name,
                      const uint32_t *d, unsigned nd)
{
    struct part dim, shape, tensor, type, value;

    tri_wire_put_text(start(&dim), DIM_NAME, "batch");
    start(&shape);
    put_part(&shape.o, SHAPE_DIM, &dim);
    for (unsigned i = 0; i < nd; i++) {
        tri_wire_put(start(&dim), DIM_VALUE, d[i]);
        put_part(&shape.o, SHAPE_DIM, &dim);
    }
    tri_wire_put(start(&tensor), TENSOR_TYPE_ELEMENT, FLOAT);
    put_part(&tensor.o, TENSOR_TYPE_SHAPE, &shape);
    start(&type);
    put_part(&type.o, TYPE_TENSOR, &tensor);
    tri_wire_put_text(start(&value), VALUE_NAME, name);
    put_part(&value.o, VALUE_TYPE, &type);
    put_part(g->o, number, &value);
}

void tri_onnx_nodes(struct tri_wire_out *o, const struct tri_net *net,
                    const struct tri_place *place, size_t places)
{
    const struct tri_layer_spec *const last = &net->layer[net->layers - 1];
    struct graph g = { o, net, net->h == 1 && net->w == 1 };
    char name[NAME];

    for (size_t i = 0; i < net->layers; i++)
        g.table = g.table && !net->layer[i].kind->image;
    tri_wire_put_text(o, GRAPH_NAME, "network");
    for (size_t i = 0, k = 0; i < net->layers; i++) {
        const int has = k < places && place[k].layer == i + 1;

        put_layer(&g, i + 1, has ? &place[k] : NULL);
        k += (size_t)has;
    }
    if (!last->flat)
        flatten(&g, output(name, &g, net->layers), "output");
    if (g.table)
        put_value(&g, GRAPH_IN, "input", &net->c, 1);
    else
        put_value(&g, GRAPH_IN, "input", (uint32_t[]){ net->c, net->h, net->w },
                  3);
    put_value(&g, GRAPH_OUT, "output", &last->oc, 1);
}
