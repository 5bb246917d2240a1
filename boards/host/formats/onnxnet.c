#include "boards/host/formats/onnxnet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/formats/weights.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/text.h"

/* The batch in a row of sizes: whatever it is. */
#define BATCH INT64_MIN

/* What stands behind a name of the graph: an output of the network so far, a
 * constant, or sizes that are computed with. */
struct value {
    struct tri_span name;
    const struct tri_onnx_tensor *constant;
    int turned;     /* columns of the constant are meant as rows */
    uint32_t layer; /* as in tri_layer_spec.in          */
    unsigned rank;  /* of the tensor there; 2 is flat   */
    uint64_t h, w, c;
    uint64_t image[3];                /* flat: the image that it was      */
    uint64_t batch;                   /* as stated, or 0                  */
    const struct tri_onnx_node *soft; /* nothing may come after it */
    int sizes;                        /* n of them in d              */
    int64_t d[TRI_ONNX_INTS];
    size_t n;
};

/* A layer of the network. */
struct item {
    char text[64];
    int nobias; /* a product without biases, which may get some */
    uint32_t in[2];
    unsigned ins;
    const struct tri_onnx_node *node;
};

/* One tensor of the result belongs to a layer, as one of its parts. */
struct owner {
    size_t layer;
    const char *part;
};

struct import {
    const struct tri_onnx *m;
    struct tri_onnx_net *out;
    struct tri_why *why;
    const struct tri_onnx_node *node; /* that is looked at */
    struct value *value;
    size_t values;
    struct tri_onnx_tensor *kept; /* of Constants */
    size_t kepts;
    struct item item[TRI_MAX_LAYERS];
    size_t items;
    struct owner owner[TRI_TENSORS_MAX];
    struct tri_net net; /* what the result's text says */
    struct tri_place place[TRI_MAX_LAYERS];
};

#define FAIL(I, ...) tri_onnx_fail((I)->m, (I)->node, (I)->why, __VA_ARGS__)

/* ---- values ----------------------------------------------------------------
 */

static struct value *find(const struct import *i, struct tri_span name)
{
    for (size_t k = i->values; k > 0; k--)
        if (tri_span_same(i->value[k - 1].name, name))
            return &i->value[k - 1];
    return NULL;
}

static int has_input(const struct import *i, size_t k)
{
    return k < i->node->ins && k < TRI_ONNX_PORTS && i->node->in[k].n > 0;
}

/* Input k of the node, which is there. */
static int input(const struct import *i, size_t k, const struct value **out)
{
    *out = NULL;
    if (!has_input(i, k))
        return FAIL(i, "has no input %zu", k + 1);
    *out = find(i, i->node->in[k]);
    if (*out == NULL)
        return FAIL(i, "reads %s, which no node above it gives",
                    tri_onnx_name(i->node->in[k]).s);
    if ((*out)->soft != NULL)
        return FAIL(i,
                    "reads what %s gives, which is supported at the end of "
                    "a model only",
                    tri_onnx_name((*out)->soft->op).s);
    return TRI_OK;
}

/* One that the network computes. */
static int computed(const struct import *i, size_t k, const struct value **out)
{
    const int rc = input(i, k, out);

    return rc == TRI_OK && ((*out)->constant != NULL || (*out)->sizes)
               ? FAIL(i,
                      "input %zu is a %s; an output of a layer is supported "
                      "there",
                      k + 1, (*out)->sizes ? "shape" : "constant")
               : rc;
}

/* Whole numbers, constant or computed from sizes. */
static int sizes(const struct import *i, size_t k, struct value *out)
{
    const struct value *v = NULL;
    int rc = input(i, k, &v);

    if (rc != TRI_OK)
        return rc;
    *out = *v;
    out->sizes = 1;
    if (v->constant != NULL) {
        rc = tri_onnx_ints(out->d, &out->n, i->m, v->constant, i->why);
        out->constant = NULL;
        return rc;
    }
    return v->sizes ? TRI_OK
                    : FAIL(i,
                           "input %zu is computed; it is supported of "
                           "constants and sizes",
                           k + 1);
}

/* One that is an image [N, C, H, W]. */
static int image(const struct import *i, size_t k, const struct value **out)
{
    const int rc = computed(i, k, out);

    return rc == TRI_OK && (*out)->rank != 4
               ? FAIL(i,
                      "reads a tensor of %u dimensions; 4 are supported, "
                      "[N, C, H, W]",
                      (*out)->rank)
               : rc;
}

/* A constant of real numbers; `turned` NULL: as it lies. */
static int matrix(const struct import *i, size_t k,
                  const struct tri_onnx_tensor **out, int *turned)
{
    const struct value *v;
    const int rc = input(i, k, &v);

    if (rc != TRI_OK)
        return rc;
    *out = v->constant;
    if (*out == NULL)
        return FAIL(i, "input %zu is computed; a constant is supported there",
                    k + 1);
    if (tri_dtype_whole((*out)->a.type) || (*out)->a.data == NULL)
        return FAIL(i, "input %zu is no tensor of real numbers", k + 1);
    if (turned == NULL && v->turned)
        return FAIL(i,
                    "input %zu is transposed; that is supported of weights "
                    "of a MatMul or Gemm",
                    k + 1);
    if (turned != NULL)
        *turned = v->turned;
    return TRI_OK;
}

static int constant(const struct import *i, size_t k,
                    const struct tri_onnx_tensor **out)
{
    return matrix(i, k, out, NULL);
}

/* How many inputs of nodes and outputs of the graph have the name. */
static size_t readers(const struct import *i, struct tri_span name)
{
    const struct tri_onnx *const m = i->m;
    size_t n = 0;

    for (size_t k = 0; k < m->nodes; k++)
        for (size_t j = 0; j < m->node[k].ins && j < TRI_ONNX_PORTS; j++)
            n += (size_t)tri_span_same(m->node[k].in[j], name);
    for (size_t k = 0; k < m->outs; k++)
        n += (size_t)tri_span_same(m->out[k].name, name);
    return n;
}

static int give(struct import *i, struct value v)
{
    v.name = i->node->out[0];
    if (i->node->outs == 0 || v.name.n == 0)
        return FAIL(i, "has no output");
    if (find(i, v.name) != NULL)
        return FAIL(i, "gives %s a second time", tri_onnx_name(v.name).s);
    i->value[i->values++] = v;
    return TRI_OK;
}

/* ---- layers ----------------------------------------------------------------
 */

static int add_layer(struct import *i, const struct value *in,
                     const struct value *with, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int add_layer(struct import *i, const struct value *in,
                     const struct value *with, const char *fmt, ...)
{
    struct item *const t = &i->item[i->items];
    struct tri_text text = { t->text, sizeof t->text, 0 };
    va_list ap;

    if (i->items == TRI_MAX_LAYERS)
        return FAIL(i, "is one layer too many; %d is the limit",
                    TRI_MAX_LAYERS);
    *t = (struct item){ .node = i->node, .ins = 1 };
    va_start(ap, fmt);
    tri_text_addv(&text, fmt, ap);
    va_end(ap);
    t->in[0] = in->layer;
    if (with != NULL) {
        t->ins = 2;
        t->in[1] = with->layer;
        if (t->in[1] == i->items) { /* what stands above is read without name */
            t->in[1] = t->in[0];
            t->in[0] = with->layer;
        }
    }
    i->items++;
    return TRI_OK;
}

/* The node is the newest layer, which gives what `v` says. */
static int layer_gives(struct import *i, const struct value *v)
{
    struct value out = *v;

    out.layer = (uint32_t)i->items;
    return give(i, out);
}

/* ---- tensors of the result -------------------------------------------------
 */

/* Room for a part of layer `layer`, in the type of `like`. */
static int new_tensor(struct import *i, size_t layer, const char *part,
                      const struct tri_array *like, uint64_t d0, uint64_t d1)
{
    struct tri_onnx_net *const o = i->out;
    struct tri_array *const a = &o->t[o->n];

    if (o->n == TRI_TENSORS_MAX)
        return FAIL(i, "has one tensor too many; %d is the limit",
                    TRI_TENSORS_MAX);
    *a =
        (struct tri_array){ .type = like->type == TRI_DTYPE_F64 ? TRI_DTYPE_F64
                                                                : TRI_DTYPE_F32,
                            .nd = d1 > 0 ? 2 : 1,
                            .d = { d0, d1 } };
    if (d0 == 0) {
        a->nd = like->nd;
        memcpy(a->d, like->d, sizeof a->d);
    }
    if (tri_array_count(a) != TRI_OK || a->n == 0)
        return FAIL(i, "its tensor for %s is empty or too large", part);
    o->data[o->n] = malloc(a->n * tri_dtype_size(a->type));
    if (o->data[o->n] == NULL)
        return tri_why(i->why, TRI_E_NOMEM, "no memory for %zu weights", a->n);
    a->data = o->data[o->n];
    i->owner[o->n++] = (struct owner){ layer, part };
    o->numbers += a->n;
    return TRI_OK;
}

/* factor * t[i] + more, which is finite; [K, N] becomes [N, K] if `turn`,
 * and one number becomes n of them if n > 0. */
static int copy_tensor(struct import *i, size_t layer, const char *part,
                       const struct tri_onnx_tensor *t, double factor,
                       double more, int turn, uint64_t n)
{
    const struct tri_array *const from = &t->a;
    const size_t columns = turn ? (size_t)from->d[1] : 0;
    const struct tri_array *const to = &i->out->t[i->out->n];
    uint8_t **const data = &i->out->data[i->out->n];
    int rc = new_tensor(i, layer, part, from, turn ? from->d[1] : n,
                        turn ? from->d[0] : 0);

    for (size_t k = 0; rc == TRI_OK && k < to->n; k++) {
        const size_t rows = turn ? (size_t)to->d[1] : 1;
        const size_t at = turn           ? k % rows * columns + k / rows
                          : from->n == 1 ? 0
                                         : k;

        tri_array_put(*data, to->type, k,
                      factor * tri_array_get(from, at) + more);
    }
    if (rc == TRI_OK) {
        struct tri_array named = *to;

        snprintf(named.name, sizeof named.name, "%s", tri_onnx_name(t->name).s);
        rc = tri_array_finite(&named, i->m->file.name, i->why);
    }
    return rc;
}

/* ---- windows ---------------------------------------------------------------
 */

struct window {
    uint64_t size, stride, pad;
};

/* Attribute `name` is n equal numbers; *out as it was without it. */
static int equal_ints(const struct import *i, const char *name, size_t n,
                      uint64_t *out)
{
    struct tri_onnx_attribute a;
    const int rc = tri_onnx_attribute(&a, i->m, i->node, name, i->why);

    if (rc != TRI_OK || !a.found)
        return rc;
    for (size_t k = 0; k < a.n; k++)
        if (a.n != n || a.ints[k] != a.ints[0] || a.ints[k] < 0)
            return FAIL(i, "%s: %zu equal numbers are supported", name, n);
    *out = (uint64_t)a.ints[0];
    return a.n == n ? TRI_OK : FAIL(i, "%s: has no numbers", name);
}

static int int_attribute(const struct import *i, const char *name, int64_t *out)
{
    struct tri_onnx_attribute a;
    const int rc = tri_onnx_attribute(&a, i->m, i->node, name, i->why);

    if (rc == TRI_OK && a.found)
        *out = a.i;
    return rc;
}

static int real_attribute(const struct import *i, const char *name, double *out)
{
    struct tri_onnx_attribute a;
    const int rc = tri_onnx_attribute(&a, i->m, i->node, name, i->why);

    if (rc == TRI_OK && a.found)
        *out = (double)a.f;
    return rc;
}

/* Whole-number attributes that may have one value only. */
static int only(const struct import *i, const char *name, int64_t want,
                int64_t usual)
{
    int64_t v = usual;
    const int rc = int_attribute(i, name, &v);

    return rc == TRI_OK && v != want ? FAIL(i, "%s is %lld; %lld is supported",
                                            name, (long long)v, (long long)want)
                                     : rc;
}

/* auto_pad: what it asks for as a number, the same on all sides. */
static int auto_pad(const struct import *i, struct window *w, uint64_t h,
                    uint64_t width)
{
    struct tri_onnx_attribute a;
    const uint64_t size[2] = { h, width };
    uint64_t pad[2];
    const int rc = tri_onnx_attribute(&a, i->m, i->node, "auto_pad", i->why);

    if (rc != TRI_OK || !a.found || tri_span_is(a.s, "NOTSET") || a.s.n == 0)
        return rc;
    w->pad = 0;
    if (tri_span_is(a.s, "VALID"))
        return TRI_OK;
    if (!tri_span_is(a.s, "SAME_UPPER") && !tri_span_is(a.s, "SAME_LOWER"))
        return FAIL(i, "auto_pad is %s, which is no way to pad",
                    tri_onnx_name(a.s).s);
    for (size_t k = 0; k < 2; k++) {
        const uint64_t need =
            (size[k] + w->stride - 1) / w->stride * w->stride - w->stride +
            w->size;

        pad[k] = need > size[k] ? need - size[k] : 0;
    }
    if (pad[0] != pad[1] || pad[0] % 2 != 0)
        return FAIL(i, "auto_pad asks for padding that is not the same on all "
                       "four sides");
    w->pad = pad[0] / 2;
    return TRI_OK;
}

/* size: 0, or as the weights have it. */
static int window(const struct import *i, struct window *w, uint64_t size,
                  const struct value *v)
{
    uint64_t dilation = 1;
    int rc;

    *w = (struct window){ .size = size, .stride = 1 };
    rc = equal_ints(i, "kernel_shape", 2, &w->size);
    if (rc == TRI_OK && (w->size == 0 || (size > 0 && w->size != size)))
        return FAIL(i, "kernel_shape is not that of the weights, or missing");
    if (rc == TRI_OK)
        rc = equal_ints(i, "strides", 2, &w->stride);
    if (rc == TRI_OK && w->stride == 0)
        return FAIL(i, "strides must be at least 1");
    if (rc == TRI_OK)
        rc = equal_ints(i, "pads", 4, &w->pad);
    if (rc == TRI_OK)
        rc = equal_ints(i, "dilations", 2, &dilation);
    if (rc == TRI_OK && dilation != 1)
        return FAIL(i, "dilations of more than 1 are not supported");
    if (rc == TRI_OK && (w->size | w->stride | w->pad) >> 20 != 0)
        return FAIL(i, "has a window, stride or pad of more than 2^20");
    if (rc == TRI_OK)
        rc = auto_pad(i, w, v->h, v->w);
    if (rc == TRI_OK &&
        (v->h + 2 * w->pad < w->size || v->w + 2 * w->pad < w->size))
        return FAIL(i,
                    "its window of %llu is larger than the image of "
                    "%llu x %llu",
                    (unsigned long long)w->size, (unsigned long long)v->h,
                    (unsigned long long)v->w);
    return rc;
}

/* To the newest layer's text, what differs from the usual. */
static void add_window(struct import *i, const struct window *w, uint64_t usual)
{
    char *const s = i->item[i->items - 1].text;
    struct tri_text text = { s, sizeof i->item->text, strlen(s) };

    if (w->stride != usual)
        tri_text_add(&text, " stride %llu", (unsigned long long)w->stride);
    if (w->pad != 0)
        tri_text_add(&text, " pad %llu", (unsigned long long)w->pad);
}

static void slide(struct value *v, const struct window *w)
{
    v->h = (v->h + 2 * w->pad - w->size) / w->stride + 1;
    v->w = (v->w + 2 * w->pad - w->size) / w->stride + 1;
}

/* ---- operators -------------------------------------------------------------
 */

/* A constant has n numbers in one dimension that is not 1. */
static int is_vector(const struct tri_array *a, uint64_t n)
{
    for (unsigned k = 0; k < a->nd; k++)
        if (a->d[k] != 1 && a->d[k] != n)
            return 0;
    return a->n == n;
}

static int vector(struct import *i, const struct tri_onnx_tensor *t, uint64_t n,
                  const char *part)
{
    return t->a.nd == 1 && t->a.n == n
               ? TRI_OK
               : FAIL(i, "its tensor %s for %s is not [%llu]",
                      tri_onnx_name(t->name).s, part, (unsigned long long)n);
}

static int op_conv(struct import *i)
{
    const struct tri_onnx_tensor *w = NULL, *b = NULL;
    const struct value *v = NULL;
    struct value out;
    struct window win;
    int rc = image(i, 0, &v);

    if (rc == TRI_OK)
        rc = constant(i, 1, &w);
    if (rc == TRI_OK && has_input(i, 2))
        rc = constant(i, 2, &b);
    if (rc == TRI_OK)
        rc = only(i, "group", 1, 1);
    if (rc != TRI_OK)
        return rc;
    if (w->a.nd != 4 || w->a.d[2] != w->a.d[3] || w->a.d[1] != v->c)
        return FAIL(i, "its weights are not [filters, %llu, size, size]",
                    (unsigned long long)v->c);
    rc = window(i, &win, w->a.d[2], v);
    if (rc == TRI_OK && b != NULL)
        rc = vector(i, b, w->a.d[0], "biases");
    if (rc == TRI_OK)
        rc = add_layer(i, v, NULL, "conv %llu %llu",
                       (unsigned long long)w->a.d[0],
                       (unsigned long long)win.size);
    if (rc != TRI_OK)
        return rc;
    i->item[i->items - 1].nobias = b == NULL;
    add_window(i, &win, 1);
    rc = copy_tensor(i, i->items, "weight", w, 1, 0, 0, 0);
    if (rc == TRI_OK && b != NULL)
        rc = copy_tensor(i, i->items, "bias", b, 1, 0, 0, 0);
    out = *v;
    slide(&out, &win);
    out.c = w->a.d[0];
    return rc == TRI_OK ? layer_gives(i, &out) : rc;
}

/* y = x w of a matrix [K, N], or [N, K] if `turned`, times `factor`. */
static int fully(struct import *i, const struct value *v,
                 const struct tri_onnx_tensor *w, int turned, double factor)
{
    struct value out = *v;
    uint64_t n;
    int rc;

    if (v->rank != 2)
        return FAIL(i,
                    "reads a tensor of %u dimensions; 2 are supported: put "
                    "a Flatten before",
                    v->rank);
    if (w->a.nd != 2 || w->a.d[turned ? 1 : 0] != v->c)
        return FAIL(i, "its weights are no matrix of %llu inputs",
                    (unsigned long long)v->c);
    n = w->a.d[turned ? 0 : 1];
    rc = add_layer(i, v, NULL, "fc %llu", (unsigned long long)n);
    if (rc != TRI_OK)
        return rc;
    i->item[i->items - 1].nobias = 1;
    rc = copy_tensor(i, i->items, "weight", w, factor, 0, !turned, 0);
    out.c = n;
    out.image[0] = out.image[1] = 1;
    out.image[2] = n;
    return rc == TRI_OK ? layer_gives(i, &out) : rc;
}

static int op_gemm(struct import *i)
{
    const struct tri_onnx_tensor *w = NULL, *b = NULL;
    const struct value *v = NULL;
    double alpha = 1, beta = 1;
    int64_t turn = 0;
    int turned = 0, rc = computed(i, 0, &v);

    if (rc == TRI_OK)
        rc = matrix(i, 1, &w, &turned);
    if (rc == TRI_OK && has_input(i, 2))
        rc = constant(i, 2, &b);
    if (rc == TRI_OK)
        rc = only(i, "transA", 0, 0);
    if (rc == TRI_OK)
        rc = int_attribute(i, "transB", &turn);
    if (rc == TRI_OK)
        rc = real_attribute(i, "alpha", &alpha);
    if (rc == TRI_OK)
        rc = real_attribute(i, "beta", &beta);
    if (rc == TRI_OK)
        rc = fully(i, v, w, turned ^ (turn != 0), alpha);
    if (rc != TRI_OK || b == NULL)
        return rc;
    const uint64_t n = i->value[i->values - 1].c;
    if (b->a.n != 1 &&
        (!is_vector(&b->a, n) || b->a.nd > 2 || b->a.d[b->a.nd - 1] != n))
        return FAIL(i, "its biases are not [%llu]", (unsigned long long)n);
    i->item[i->items - 1].nobias = 0;
    return copy_tensor(i, i->items, "bias", b, beta, 0, 0, n);
}

static int op_matmul(struct import *i)
{
    const struct tri_onnx_tensor *w = NULL;
    const struct value *v = NULL;
    int turned = 0, rc = computed(i, 0, &v);

    if (rc == TRI_OK)
        rc = matrix(i, 1, &w, &turned);
    return rc == TRI_OK ? fully(i, v, w, turned, 1) : rc;
}

/* Of a constant matrix: PyTorch has one before the MatMul of a Linear without
 * biases. */
static int op_transpose(struct import *i)
{
    const struct value *v = NULL;
    struct tri_onnx_attribute perm;
    struct value out;
    int rc = input(i, 0, &v);

    if (rc == TRI_OK)
        rc = tri_onnx_attribute(&perm, i->m, i->node, "perm", i->why);
    if (rc != TRI_OK)
        return rc;
    if (v->constant == NULL || v->constant->a.nd != 2 ||
        (perm.found && (perm.n != 2 || perm.ints[0] != 1 || perm.ints[1] != 0)))
        return FAIL(i, "is supported of a constant matrix only");
    out = *v;
    out.turned = !v->turned;
    return give(i, out);
}

/* Is the layer read in one place only, by whatever name? */
static int read_once(const struct import *i, uint32_t layer)
{
    for (size_t k = 0; k < i->values; k++)
        if (i->value[k].layer == layer && readers(i, i->value[k].name) != 1)
            return 0;
    return 1;
}

/* A constant that is added is the bias of the layer before, if that is free
 * to take it. */
static int add_constant(struct import *i, const struct value *v,
                        const struct tri_onnx_tensor *b)
{
    const uint64_t c = v->c;
    const unsigned after = v->rank == 4 ? 2 : 0; /* sizes after the channels */
    struct item *const t = v->layer > 0 ? &i->item[v->layer - 1] : NULL;
    int rc;

    if (t == NULL || !t->nobias || !read_once(i, v->layer))
        return FAIL(i, "adds a constant; that is supported right after a "
                       "MatMul, Gemm or Conv without biases");
    if (!is_vector(&b->a, c) || b->a.nd > v->rank || b->a.nd <= after ||
        b->a.d[b->a.nd - 1 - after] != c)
        return FAIL(i,
                    "adds a constant that is not one number for each of "
                    "%llu channels",
                    (unsigned long long)c);
    t->nobias = 0;
    rc = copy_tensor(i, v->layer, "bias", b, 1, 0, 0, c);
    return rc == TRI_OK ? give(i, *v) : rc;
}

/* Do flat tensors have their elements in the same order in both programs'
 * ways to flatten? */
static int same_order(const struct value *a, const struct value *b)
{
    return memcmp(a->image, b->image, sizeof a->image) == 0;
}

static int op_add(struct import *i)
{
    const struct value *v[2] = { NULL, NULL };
    const struct tri_onnx_tensor *b = NULL;
    int rc = input(i, 0, &v[0]);

    if (rc == TRI_OK)
        rc = input(i, 1, &v[1]);
    if (rc == TRI_OK && v[0]->constant != NULL && v[1]->constant != NULL)
        return FAIL(i, "adds two constants; run a simplifier on the model");
    for (size_t k = 0; rc == TRI_OK && k < 2; k++)
        rc =
            v[k]->constant != NULL ? constant(i, k, &b) : computed(i, k, &v[k]);
    if (rc != TRI_OK)
        return rc;
    if (b != NULL)
        return add_constant(i, v[v[0]->constant != NULL], b);
    if (v[0]->rank != v[1]->rank || v[0]->h != v[1]->h || v[0]->w != v[1]->w ||
        v[0]->c != v[1]->c)
        return FAIL(i, "adds tensors of different shapes");
    if (!same_order(v[0], v[1]))
        return FAIL(i, "adds a flattened image to what is none; add before "
                       "flattening");
    rc = add_layer(i, v[0], v[1], "add");
    return rc == TRI_OK ? layer_gives(i, v[0]) : rc;
}

/* An operator on each element by itself. */
static int elementwise(struct import *i, const char *text)
{
    const struct value *v = NULL;
    int rc = computed(i, 0, &v);

    if (rc == TRI_OK)
        rc = add_layer(i, v, NULL, "%s", text);
    return rc == TRI_OK ? layer_gives(i, v) : rc;
}

static int op_relu(struct import *i)
{
    return elementwise(i, "relu");
}

static int op_sigmoid(struct import *i)
{
    return elementwise(i, "sigmoid");
}

static int op_tanh(struct import *i)
{
    return elementwise(i, "tanh");
}

/* r as 0.dddd, if it is such a number. */
static int ratio_text(char out[16], double r)
{
    const int64_t v = r > 0 && r < 1 ? tri_round(r * 10000) : 0;
    const double off = r * 10000 - (double)v;
    size_t n = (size_t)snprintf(out, 16, "0.%04d", (int)v);

    while (n > 3 && out[n - 1] == '0')
        out[--n] = '\0';
    return v > 0 && v < 10000 && off < 1e-3 && off > -1e-3;
}

static int op_leaky(struct import *i)
{
    char number[16], text[32];
    double alpha = 0.01;
    const int rc = real_attribute(i, "alpha", &alpha);

    if (rc == TRI_OK && !ratio_text(number, alpha))
        return FAIL(i,
                    "alpha is %g; numbers between 0 and 1 of four digits "
                    "at most are supported",
                    alpha);
    snprintf(text, sizeof text, "leaky %s", number);
    return rc == TRI_OK ? elementwise(i, text) : rc;
}

static int pass_on(struct import *i)
{
    const struct value *v = NULL;
    const int rc = input(i, 0, &v);

    return rc == TRI_OK ? give(i, *v) : rc;
}

/* PyTorch has a Pad of nothing before an AveragePool. */
static int op_pad(struct import *i)
{
    struct value by;
    const int rc = sizes(i, 1, &by);

    for (size_t k = 0; rc == TRI_OK && k < by.n; k++)
        if (by.d[k] != 0)
            return FAIL(i, "pads; that is supported in a Conv only");
    return rc == TRI_OK ? pass_on(i) : rc;
}

/* In the files of today the ratio is an input, in those of version 11 an
 * attribute. */
static int op_dropout(struct import *i)
{
    const struct tri_onnx_tensor *t = NULL;
    char number[16], text[32];
    double ratio = 0.5;
    int rc = real_attribute(i, "ratio", &ratio);

    if (rc == TRI_OK && has_input(i, 1)) {
        rc = constant(i, 1, &t);
        if (rc == TRI_OK && t->a.n != 1)
            return FAIL(i, "its ratio is not one number");
        if (rc == TRI_OK)
            ratio = tri_array_get(&t->a, 0);
    }
    if (rc != TRI_OK)
        return rc;
    if (!(ratio >= 0 && ratio < 1))
        return FAIL(i, "its ratio is %g", ratio);
    if (ratio == 0)
        return pass_on(i);
    if (!ratio_text(number, ratio))
        return FAIL(i,
                    "its ratio is %g; numbers of four digits at most are "
                    "supported",
                    ratio);
    snprintf(text, sizeof text, "dropout %s", number);
    return elementwise(i, text);
}

static int op_pool(struct import *i)
{
    const int max = tri_span_is(i->node->op, "MaxPool");
    const struct value *v = NULL;
    struct value out;
    struct window w;
    int64_t ceil_mode = 0;
    int rc = image(i, 0, &v);

    if (rc == TRI_OK)
        rc = window(i, &w, 0, v);
    if (rc == TRI_OK && w.pad != 0 && !max)
        return FAIL(i, "pads; averages are supported without");
    if (rc == TRI_OK)
        rc = int_attribute(i, "ceil_mode", &ceil_mode);
    if (rc != TRI_OK)
        return rc;
    if (ceil_mode != 0 && ((v->h + 2 * w.pad - w.size) % w.stride != 0 ||
                           (v->w + 2 * w.pad - w.size) % w.stride != 0))
        return FAIL(i,
                    "ceil_mode is 1, and the last windows reach over the "
                    "image of %llu x %llu",
                    (unsigned long long)v->h, (unsigned long long)v->w);
    rc = add_layer(i, v, NULL, "%s %llu", max ? "maxpool" : "avgpool",
                   (unsigned long long)w.size);
    if (rc != TRI_OK)
        return rc;
    add_window(i, &w, w.size);
    out = *v;
    slide(&out, &w);
    return layer_gives(i, &out);
}

static int op_global(struct import *i)
{
    const struct value *v = NULL;
    struct value out;
    int rc = image(i, 0, &v);

    if (rc == TRI_OK)
        rc = add_layer(i, v, NULL, "avgpool global");
    if (rc != TRI_OK)
        return rc;
    out = *v;
    out.h = out.w = 1;
    return layer_gives(i, &out);
}

/* Ours adds 1e-5 to variances; the rest of another epsilon joins them. */
static int op_norm(struct import *i)
{
    static const char *const part[] = { "weight", "bias", "running_mean",
                                        "running_var" };
    const struct tri_onnx_tensor *t[4] = { NULL, NULL, NULL, NULL };
    const struct value *v = NULL;
    double epsilon = 1e-5, more;
    int rc = computed(i, 0, &v);

    for (size_t k = 0; rc == TRI_OK && k < 4; k++)
        rc = constant(i, k + 1, &t[k]);
    if (rc == TRI_OK)
        rc = only(i, "training_mode", 0, 0);
    if (rc == TRI_OK)
        rc = real_attribute(i, "epsilon", &epsilon);
    if (rc != TRI_OK)
        return rc;
    if (v->rank == 3)
        return FAIL(i, "reads a tensor of 3 dimensions; 2 and 4 are supported");
    for (size_t k = 0; rc == TRI_OK && k < 4; k++)
        rc = vector(i, t[k], v->c, part[k]);
    more = epsilon - 1e-5;
    if (more < 1e-9 && more > -1e-9)
        more = 0;
    for (size_t k = 0; rc == TRI_OK && k < t[3]->a.n; k++)
        if (!(tri_array_get(&t[3]->a, k) + more >= 0))
            return FAIL(i,
                        "the variance of channel %zu is %g with an epsilon "
                        "of %g; at least 0 with 1e-5 is supported",
                        k, tri_array_get(&t[3]->a, k), epsilon);
    if (rc == TRI_OK)
        rc = add_layer(i, v, NULL, "batchnorm");
    for (size_t k = 0; rc == TRI_OK && k < 4; k++)
        rc =
            copy_tensor(i, i->items, part[k], t[k], 1, k == 3 ? more : 0, 0, 0);
    return rc == TRI_OK ? layer_gives(i, v) : rc;
}

static int flatten(struct import *i, const struct value *v)
{
    struct value out = *v;
    int rc;

    if (v->rank == 2)
        return give(i, *v);
    rc = add_layer(i, v, NULL, "flatten");
    out.rank = 2;
    out.image[0] = v->h;
    out.image[1] = v->w;
    out.image[2] = v->c;
    if (v->h * v->w == 1 || v->c == 1) { /* no order to keep apart */
        out.image[0] = out.image[1] = 1;
        out.image[2] = v->h * v->w * v->c;
    }
    out.h = out.w = 1;
    out.c = v->h * v->w * v->c;
    return rc == TRI_OK ? layer_gives(i, &out) : rc;
}

static int op_flatten(struct import *i)
{
    const struct value *v = NULL;
    int64_t axis = 1;
    int rc = computed(i, 0, &v);

    if (rc == TRI_OK)
        rc = int_attribute(i, "axis", &axis);
    if (rc == TRI_OK && axis < 0)
        axis += v->rank;
    if (rc == TRI_OK && axis != 1)
        return FAIL(i, "axis is not 1");
    return rc == TRI_OK ? flatten(i, v) : rc;
}

/* The sizes of a tensor: PyTorch has x.view(x.size(0), -1) compute with them.
 */
static int op_shape(struct import *i)
{
    const struct value *v = NULL;
    struct value out = { .sizes = 1, .d = { BATCH }, .n = 1 };
    const int rc = computed(i, 0, &v);

    if (rc != TRI_OK)
        return rc;
    if (v->rank != 3)
        out.d[out.n++] = (int64_t)v->c;
    if (v->rank != 2) {
        out.d[out.n++] = (int64_t)v->h;
        out.d[out.n++] = (int64_t)v->w;
    }
    return give(i, out);
}

static int op_gather(struct import *i)
{
    struct value from, which, out = { .sizes = 1 };
    int rc = sizes(i, 0, &from);

    if (rc == TRI_OK)
        rc = sizes(i, 1, &which);
    if (rc == TRI_OK)
        rc = only(i, "axis", 0, 0);
    for (size_t k = 0; rc == TRI_OK && k < which.n; k++) {
        const int64_t n = (int64_t)from.n, w = which.d[k];
        const int64_t at = w < 0 && w >= -n ? w + n : w;

        if (at < 0 || at >= n)
            return FAIL(i, "takes a size that is not there");
        out.d[out.n++] = from.d[at];
    }
    return rc == TRI_OK ? give(i, out) : rc;
}

/* One number or a row of one is the same here. */
static int same_sizes(struct import *i)
{
    struct value out;
    const int rc = sizes(i, 0, &out);

    return rc == TRI_OK ? give(i, out) : rc;
}

static int op_concat(struct import *i)
{
    struct value part, out = { .sizes = 1 };
    int rc = only(i, "axis", 0, 0);

    for (size_t k = 0; rc == TRI_OK && k < i->node->ins; k++) {
        rc = sizes(i, k, &part);
        if (rc == TRI_OK && part.n > TRI_ONNX_INTS - out.n)
            return FAIL(i, "gives more than 8 numbers");
        for (size_t j = 0; rc == TRI_OK && j < part.n; j++)
            out.d[out.n++] = part.d[j];
    }
    return rc == TRI_OK ? give(i, out) : rc;
}

/* To [N, all]: N as it was, and the rest in one dimension. */
static int op_reshape(struct import *i)
{
    const struct value *v = NULL;
    struct value to;
    int rc = computed(i, 0, &v);

    if (rc == TRI_OK)
        rc = only(i, "allowzero", 0, 0);
    if (rc == TRI_OK)
        rc = sizes(i, 1, &to);
    if (rc != TRI_OK)
        return rc;
    const uint64_t all = v->h * v->w * v->c;
    const int batch =
        to.n == 2 &&
        (to.d[0] == -1 || to.d[0] == 0 || to.d[0] == BATCH ||
         (v->batch > 0 ? (uint64_t)to.d[0] == v->batch : to.d[0] == 1));
    const int rest = to.n == 2 && ((to.d[1] == -1 && to.d[0] != -1) ||
                                   (to.d[1] > 0 && (uint64_t)to.d[1] == all));
    if (!batch || !rest)
        return FAIL(i,
                    "gives another shape than [N, %llu], which is the only "
                    "one that is supported",
                    (unsigned long long)all);
    return flatten(i, v);
}

/* Softmax at the end. */
static int op_softmax(struct import *i)
{
    const struct value *v = NULL;
    struct value out;
    int64_t axis = i->m->opset < 13 ? 1 : -1;
    int rc = computed(i, 0, &v);

    if (rc == TRI_OK)
        rc = int_attribute(i, "axis", &axis);
    if (rc != TRI_OK)
        return rc;
    if (axis < 0)
        axis += v->rank;
    if (axis != 1 || (v->rank != 2 && v->h * v->w != 1))
        return FAIL(i, "is not over the classes [N, C]");
    out = *v;
    out.soft = i->node;
    return give(i, out);
}

static int op_constant(struct import *i)
{
    struct tri_onnx_tensor *const t = &i->kept[i->kepts];
    struct tri_onnx_attribute a;
    int rc = tri_onnx_attribute(&a, i->m, i->node, "value", i->why);

    if (rc == TRI_OK && (!a.found || a.t.p == NULL))
        return FAIL(i, "has no tensor as its value");
    if (rc == TRI_OK)
        rc = tri_onnx_tensor(t, i->m, a.t, i->why);
    if (rc != TRI_OK)
        return rc;
    t->name = i->node->out[0];
    i->kepts++;
    return give(i, (struct value){ .constant = t });
}

#define WINDOW "auto_pad dilations kernel_shape pads strides"

static const struct {
    const char *op, *attributes;
    int (*run)(struct import *i);
} operators[] = {
    { "Conv", WINDOW " group", op_conv },
    { "Gemm", "alpha beta transA transB", op_gemm },
    { "MatMul", "", op_matmul },
    { "Add", "", op_add },
    { "Relu", "", op_relu },
    { "LeakyRelu", "alpha", op_leaky },
    { "Sigmoid", "", op_sigmoid },
    { "Tanh", "", op_tanh },
    { "MaxPool", WINDOW " ceil_mode storage_order", op_pool },
    { "AveragePool", WINDOW " ceil_mode count_include_pad", op_pool },
    { "GlobalAveragePool", "", op_global },
    { "BatchNormalization", "epsilon momentum training_mode", op_norm },
    { "Flatten", "axis", op_flatten },
    { "Reshape", "allowzero", op_reshape },
    { "Dropout", "ratio seed", op_dropout },
    { "Identity", "", pass_on },
    { "Pad", "mode", op_pad },
    { "Transpose", "perm", op_transpose },
    { "Shape", "", op_shape },
    { "Gather", "axis", op_gather },
    { "Unsqueeze", "axes", same_sizes },
    { "Cast", "to", same_sizes },
    { "Concat", "axis", op_concat },
    { "Softmax", "axis", op_softmax },
    { "LogSoftmax", "axis", op_softmax },
    { "Constant", "value", op_constant },
};

static int run_node(struct import *i)
{
    const struct tri_onnx_node *const n = i->node;
    int rc;

    if (n->domain.n > 0 && !tri_span_is(n->domain, "ai.onnx"))
        return FAIL(i, "the operator is of the set %s, which is not supported",
                    tri_onnx_name(n->domain).s);
    for (size_t k = 0; k < sizeof operators / sizeof *operators; k++)
        if (tri_span_is(n->op, operators[k].op)) {
            rc = tri_onnx_known(i->m, n, operators[k].attributes, i->why);
            for (size_t o = 1; rc == TRI_OK && o < n->outs; o++)
                if (o == TRI_ONNX_PORTS ||
                    (n->out[o].n > 0 && readers(i, n->out[o]) > 0))
                    return FAIL(i, "more than its first output is read, which "
                                   "is not supported");
            return rc == TRI_OK ? operators[k].run(i) : rc;
        }
    return FAIL(i, "the operator is not supported");
}

/* ---- the graph -------------------------------------------------------------
 */

/* The only input that is no constant: [N, C, H, W], [N, H, W] or [N, D]. */
static int take_input(struct import *i, struct value *v)
{
    const struct tri_onnx *const m = i->m;
    const struct tri_onnx_value *in = NULL;

    for (size_t k = 0; k < m->ins; k++) {
        if (find(i, m->in[k].name) != NULL)
            continue;
        if (in != NULL)
            return tri_why(i->why, TRI_E_FORMAT,
                           "%s: has the inputs %s and %s; one is supported",
                           m->file.name, tri_onnx_name(in->name).s,
                           tri_onnx_name(m->in[k].name).s);
        in = &m->in[k];
    }
    if (in == NULL)
        return tri_why(i->why, TRI_E_FORMAT, "%s: has no input", m->file.name);
    if (!in->shaped || in->nd < 2 || in->nd > 4)
        return tri_why(i->why, TRI_E_FORMAT,
                       "%s: input %s: is not of 2, 3 or 4 dimensions: [N, "
                       "columns], [N, height, width] or [N, channels, height, "
                       "width]",
                       m->file.name, tri_onnx_name(in->name).s);
    for (unsigned k = 1; k < in->nd; k++)
        if (in->d[k] == 0 || in->d[k] >> 20 != 0)
            return tri_why(i->why, TRI_E_FORMAT,
                           "%s: input %s: size %u is not stated or above 2^20; "
                           "export with fixed sizes of all but the first "
                           "dimension",
                           m->file.name, tri_onnx_name(in->name).s, k + 1);
    *v = (struct value){ .name = in->name,
                         .rank = in->nd,
                         .h = in->nd > 2 ? in->d[in->nd - 2] : 1,
                         .w = in->nd > 2 ? in->d[in->nd - 1] : 1,
                         .c = in->nd == 3 ? 1 : in->d[1],
                         .image = { 1, 1, in->d[1] },
                         .batch = in->d[0] };
    return TRI_OK;
}

/* What the graph gives is what the last layer computes. */
static int take_output(struct import *i, const struct value **out)
{
    const struct tri_onnx *const m = i->m;
    const struct value *const v = m->outs == 1 ? find(i, m->out[0].name) : NULL;

    *out = v;
    if (m->outs != 1)
        return tri_why(i->why, TRI_E_FORMAT,
                       "%s: has %zu outputs; one is supported", m->file.name,
                       m->outs);
    if (v == NULL || v->constant != NULL || v->sizes || v->layer != i->items)
        return tri_why(i->why, TRI_E_FORMAT,
                       "%s: output %s: is not what the last node gives",
                       m->file.name, tri_onnx_name(m->out[0].name).s);
    if (v->image[0] * v->image[1] != 1)
        return tri_why(i->why, TRI_E_FORMAT,
                       "%s: output %s: is a flattened image; end with a Gemm",
                       m->file.name, tri_onnx_name(m->out[0].name).s);
    return TRI_OK;
}

/* Is output n of the network read by its name? */
static int named(const struct import *i, size_t n)
{
    for (size_t k = n; k < i->items; k++)
        if ((i->item[k].in[0] == n && k != n) ||
            (i->item[k].ins > 1 && i->item[k].in[1] == n))
            return 1;
    return 0;
}

static void print_name(struct tri_text *t, const struct import *i, size_t n)
{
    tri_text_add(t, named(i, n) ? " as n%zu\n" : "\n", n);
}

static void print(struct tri_text *t, const struct import *i,
                  const struct value *in, const char *loss)
{
    tri_text_add(t, in->rank == 2 ? "input %u" : "input %u %u %u",
                 (unsigned)(in->rank == 2 ? in->c : in->h), (unsigned)in->w,
                 (unsigned)in->c);
    print_name(t, i, 0);
    for (size_t k = 0; k < i->items; k++) {
        const struct item *const l = &i->item[k];

        tri_text_add(t, "%s", l->text);
        if (l->ins > 1)
            tri_text_add(t, " n%u", l->in[1]);
        if (l->nobias)
            tri_text_add(t, " nobias");
        if (l->in[0] != k)
            tri_text_add(t, " from n%u", l->in[0]);
        print_name(t, i, k + 1);
    }
    tri_text_add(t, "loss %s\n", loss);
}

/* The text says what a network is, in the words of its parser, or the node of
 * the line that it refuses is named. */
static int check(struct import *i)
{
    char err[TRI_NET_ERROR];
    unsigned line = 0;
    int at = 0;
    const int rc =
        tri_net_parse(&i->net, i->out->text, strlen(i->out->text), err);

    if (rc == TRI_OK)
        return TRI_OK;
    if (sscanf(err, "line %u: %n", &line, &at) == 1 && line >= 2 &&
        line - 2 < i->items) {
        i->node = i->item[line - 2].node;
        return FAIL(i, "%s", err + at);
    }
    return tri_why(i->why, TRI_E_FORMAT, "%s: as a network: %s",
                   i->m->file.name, err);
}

/* The names that the layers' tensors have in a state_dict. */
static void name_tensors(struct import *i)
{
    const struct tri_place *const place = i->place;
    const size_t places = tri_places(i->place, &i->net, TRI_LAYOUT_PYTORCH);

    for (size_t k = 0; k < i->out->n; k++)
        for (size_t p = 0; p < places; p++)
            if (place[p].layer == i->owner[k].layer)
                snprintf(i->out->t[k].name, TRI_ARRAY_NAME, "%s.%s",
                         place[p].name, i->owner[k].part);
}

/* A sigmoid of one number at the end is part of its loss. One that reads
 * another layer than the last stays: without it, that layer would be the end.
 */
static const char *take_loss(struct import *i, const struct value *out,
                             const char *loss)
{
    struct item *const last = &i->item[i->items - 1];
    const int one = out->c == 1;

    if (one && strcmp(last->text, "sigmoid") == 0 &&
        last->in[0] == i->items - 1 &&
        (loss == NULL || strcmp(loss, "sigmoid") == 0)) {
        i->out->left_out = tri_onnx_name(last->node->op);
        i->items--;
        return "sigmoid";
    }
    return loss != NULL ? loss : one ? "mse" : "softmax";
}

static int convert(struct import *i, const char *loss)
{
    const struct tri_onnx *const m = i->m;
    struct tri_text text = { i->out->text, sizeof i->out->text, 0 };
    const struct value *out = NULL;
    struct value in;
    int rc;

    for (size_t k = 0; k < m->tensors; k++)
        i->value[i->values++] = (struct value){ .name = m->tensor[k].name,
                                                .constant = &m->tensor[k] };
    rc = take_input(i, &in);
    if (rc != TRI_OK)
        return rc;
    i->value[i->values++] = in;
    for (size_t k = 0; rc == TRI_OK && k < m->nodes; k++) {
        i->node = &m->node[k];
        rc = run_node(i);
    }
    if (rc == TRI_OK)
        rc = take_output(i, &out);
    if (rc == TRI_OK && i->items == 0)
        return tri_why(i->why, TRI_E_FORMAT, "%s: computes nothing",
                       m->file.name);
    if (rc != TRI_OK)
        return rc;
    if (out->soft != NULL)
        i->out->left_out = tri_onnx_name(out->soft->op);
    loss = take_loss(i, out, loss);
    print(&text, i, &in, loss);
    if (text.n >= text.size)
        return tri_why(i->why, TRI_E_FORMAT,
                       "%s: its network takes a text of more than %d bytes",
                       m->file.name, TRI_NET_TEXT - 1);
    rc = check(i);
    if (rc == TRI_OK)
        name_tensors(i);
    i->out->layers = i->items;
    return rc;
}

int tri_onnx_net(struct tri_onnx_net *out, const struct tri_onnx *m,
                 const char *loss, struct tri_why *why)
{
    struct import *const i = calloc(1, sizeof *i);
    int rc;

    memset(out, 0, sizeof *out);
    if (i == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    i->m = m;
    i->out = out;
    i->why = why;
    i->value = calloc(m->tensors + m->nodes + 1, sizeof *i->value);
    i->kept = calloc(m->nodes + 1, sizeof *i->kept);
    rc = i->value != NULL && i->kept != NULL
             ? convert(i, loss)
             : tri_why(why, TRI_E_NOMEM, "no memory");
    free(i->value);
    free(i->kept);
    free(i);
    return rc;
}

void tri_onnx_net_free(struct tri_onnx_net *n)
{
    for (size_t i = 0; i < n->n; i++)
        free(n->data[i]);
    n->n = 0;
}
