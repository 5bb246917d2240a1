#include "boards/host/formats/onnx.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/formats/onnxfields.h"
#include "core/err.h"

/* ---- names -----------------------------------------------------------------
 */

int tri_span_is(struct tri_span s, const char *text)
{
    const size_t n = strlen(text);

    return s.n == n && (n == 0 || memcmp(s.p, text, n) == 0);
}

int tri_span_same(struct tri_span a, struct tri_span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

struct tri_onnx_name tri_onnx_name(struct tri_span s)
{
    struct tri_onnx_name out;
    const size_t most = sizeof out.s - 1, n = s.n < most ? s.n : most;

    for (size_t i = 0; i < n; i++)
        out.s[i] = s.p[i] > ' ' && s.p[i] <= '~' ? (char)s.p[i] : '?';
    if (n < s.n)
        memcpy(out.s + most - 3, "...", 3);
    out.s[n] = '\0';
    return out;
}

int tri_onnx_fail(const struct tri_onnx *m, const struct tri_onnx_node *n,
                  struct tri_why *why, const char *fmt, ...)
{
    char text[300];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return tri_why(why, TRI_E_FORMAT, "%s: node %s (%s): %s", m->file.name,
                   tri_onnx_name(n->name.n > 0 ? n->name : n->out[0]).s,
                   tri_onnx_name(n->op).s, text);
}

/* ---- fields ----------------------------------------------------------------
 */

/* The field of a number has one type only. */
static int expect(const struct tri_wire *w, const struct tri_wire_field *f,
                  enum tri_wire_type type, struct tri_why *why)
{
    return f->type == type
               ? TRI_OK
               : tri_wire_fail(w,
                               "the field before has another type than in "
                               "an ONNX model",
                               why);
}

static int take_span(const struct tri_wire *w, const struct tri_wire_field *f,
                     struct tri_span *out, struct tri_why *why)
{
    *out = f->span;
    return expect(w, f, TRI_WIRE_BYTES, why);
}

static int take_value(const struct tri_wire *w, const struct tri_wire_field *f,
                      uint64_t *out, struct tri_why *why)
{
    *out = f->value;
    return expect(w, f, TRI_WIRE_VARINT, why);
}

/* Numbers of a repeated field: one, or a row of them. */
static int take_row(const struct tri_wire *w, const struct tri_wire_field *f,
                    uint64_t *out, size_t most, size_t *n, struct tri_why *why)
{
    struct tri_wire row = tri_wire_inside(w, f->span);
    uint64_t v = f->value;

    if (f->type != TRI_WIRE_BYTES) {
        const int rc = expect(w, f, TRI_WIRE_VARINT, why);

        if (rc == TRI_OK && *n < most)
            out[*n] = v;
        ++*n;
        return rc;
    }
    while (row.left.n > 0) {
        const int rc = tri_wire_varint(&row, &v, why);

        if (rc != TRI_OK)
            return rc;
        if (*n < most)
            out[*n] = v;
        ++*n;
    }
    return TRI_OK;
}

/* Message `s` is in the file; every field goes to `take`. */
static int each(const struct tri_wire *file, struct tri_span s,
                int (*take)(const struct tri_wire *w,
                            const struct tri_wire_field *f, void *to,
                            struct tri_why *why),
                void *to, struct tri_why *why)
{
    struct tri_wire w = tri_wire_inside(file, s);
    struct tri_wire_field f;
    int rc = TRI_OK;

    while (rc == TRI_OK && w.left.n > 0) {
        rc = tri_wire_next(&w, &f, why);
        if (rc == TRI_OK)
            rc = take(&w, &f, to, why);
    }
    return rc;
}

/* ---- tensors ---------------------------------------------------------------
 */

/* enum tri_dtype by the number of a type there; -1: none of ours. */
static const int types[] = {
    -1,             /* UNDEFINED */
    TRI_DTYPE_F32,  /* FLOAT */
    TRI_DTYPE_U8,   /* UINT8 */
    TRI_DTYPE_I8,   /* INT8 */
    TRI_DTYPE_U16,  /* UINT16 */
    TRI_DTYPE_I16,  /* INT16 */
    TRI_DTYPE_I32,  /* INT32 */
    TRI_DTYPE_I64,  /* INT64 */
    -1,             /* STRING */
    TRI_DTYPE_U8,   /* BOOL */
    TRI_DTYPE_F16,  /* FLOAT16 */
    TRI_DTYPE_F64,  /* DOUBLE */
    TRI_DTYPE_U32,  /* UINT32 */
    TRI_DTYPE_U64,  /* UINT64 */
    -1,             /* COMPLEX64 */
    -1,             /* COMPLEX128 */
    TRI_DTYPE_BF16, /* BFLOAT16 */
};

static int tensor_fail(const struct tri_onnx *m,
                       const struct tri_onnx_tensor *t, const char *what,
                       struct tri_why *why)
{
    return tri_why(why, TRI_E_FORMAT, "%s: tensor %s: %s", m->file.name,
                   tri_onnx_name(t->name).s, what);
}

/* A tensor while it is read. */
struct tensor {
    struct tri_onnx_tensor *t;
    uint64_t type, elsewhere;
    size_t nd;
    struct tri_span raw, floats, doubles, ints; /* one has the elements */
    int pieces;                                 /* how many of them     */
};

static int finish_tensor(const struct tensor *x, const struct tri_onnx *m,
                         struct tri_why *why)
{
    struct tri_onnx_tensor *const t = x->t;
    struct tri_array *const a = &t->a;
    struct tri_span s = x->raw;

    if (x->elsewhere != 0)
        return tensor_fail(m, t,
                           "is in another file; save the model as one "
                           "file (in Python: onnx.save(onnx.load(NAME), "
                           "NAME2))",
                           why);
    if (x->nd > TRI_ARRAY_DIMS)
        return tensor_fail(m, t, "has more than 8 dimensions", why);
    a->nd = (unsigned)x->nd;
    if (x->type >= sizeof types / sizeof *types || types[x->type] < 0)
        return tensor_fail(m, t,
                           "its elements have a type that is none of "
                           "real or whole numbers of up to 64 bits",
                           why);
    a->type = (enum tri_dtype)types[x->type];
    if (tri_array_count(a) != TRI_OK)
        return tensor_fail(m, t, "is too large", why);
    if (x->pieces > 1)
        return tensor_fail(m, t,
                           "its elements are in several pieces; save the "
                           "model anew",
                           why);
    if (a->type == TRI_DTYPE_I64 && x->ints.p != NULL) {
        t->row = x->ints;
        return TRI_OK;
    }
    if (a->type == TRI_DTYPE_F32 && x->floats.p != NULL)
        s = x->floats;
    if (a->type == TRI_DTYPE_F64 && x->doubles.p != NULL)
        s = x->doubles;
    if (s.n != a->n * tri_dtype_size(a->type))
        return tensor_fail(m, t,
                           "its elements are not in raw_data, float_data "
                           "or double_data, or not as many as its shape "
                           "says",
                           why);
    a->data = s.p;
    return TRI_OK;
}

static int take_piece(const struct tri_wire *w, const struct tri_wire_field *f,
                      struct tri_span *out, struct tensor *x,
                      struct tri_why *why)
{
    x->pieces++;
    return take_span(w, f, out, why);
}

static int take_tensor(const struct tri_wire *w, const struct tri_wire_field *f,
                       void *to, struct tri_why *why)
{
    struct tensor *const x = to;

    switch (f->number) {
    case TENSOR_DIMS:
        return take_row(w, f, x->t->a.d, TRI_ARRAY_DIMS, &x->nd, why);
    case TENSOR_TYPE:
        return take_value(w, f, &x->type, why);
    case TENSOR_NAME:
        return take_span(w, f, &x->t->name, why);
    case TENSOR_RAW:
        return take_piece(w, f, &x->raw, x, why);
    case TENSOR_FLOATS:
        return take_piece(w, f, &x->floats, x, why);
    case TENSOR_DOUBLES:
        return take_piece(w, f, &x->doubles, x, why);
    case TENSOR_INTS:
        return take_piece(w, f, &x->ints, x, why);
    case TENSOR_ELSEWHERE:
        return take_value(w, f, &x->elsewhere, why);
    default:
        return TRI_OK;
    }
}

int tri_onnx_tensor(struct tri_onnx_tensor *t, const struct tri_onnx *m,
                    struct tri_span message, struct tri_why *why)
{
    struct tensor x = { .t = t };
    int rc;

    *t = (struct tri_onnx_tensor){ .name = { NULL, 0 } };
    rc = each(&m->file, message, take_tensor, &x, why);
    return rc == TRI_OK ? finish_tensor(&x, m, why) : rc;
}

int tri_onnx_ints(int64_t out[TRI_ONNX_INTS], size_t *n,
                  const struct tri_onnx *m, const struct tri_onnx_tensor *t,
                  struct tri_why *why)
{
    struct tri_wire row = tri_wire_inside(&m->file, t->row);

    *n = t->a.n;
    if (!tri_dtype_whole(t->a.type) || t->a.nd > 1 || *n > TRI_ONNX_INTS)
        return tensor_fail(m, t, "is no short row of whole numbers", why);
    for (size_t i = 0; i < *n; i++) {
        uint64_t v = 0;
        const int rc =
            t->a.data == NULL ? tri_wire_varint(&row, &v, why) : TRI_OK;
        const double d =
            t->a.data == NULL ? (double)(int64_t)v : tri_array_get(&t->a, i);

        if (rc != TRI_OK)
            return rc;
        if (!(d > -0x1p53 && d < 0x1p53)) /* what a double says exactly */
            return tensor_fail(m, t, "has a number of 2^53 or more", why);
        out[i] = (int64_t)d;
    }
    return row.left.n == 0
               ? TRI_OK
               : tensor_fail(m, t, "has more numbers than its shape says", why);
}

/* ---- nodes -----------------------------------------------------------------
 */

static int read_port(const struct tri_wire *w, const struct tri_wire_field *f,
                     struct tri_span *port, size_t *n, struct tri_why *why)
{
    struct tri_span name;
    const int rc = take_span(w, f, &name, why);

    if (*n < TRI_ONNX_PORTS)
        port[*n] = name;
    ++*n;
    return rc;
}

static int take_node(const struct tri_wire *w, const struct tri_wire_field *f,
                     void *to, struct tri_why *why)
{
    struct tri_onnx_node *const n = to;

    switch (f->number) {
    case NODE_IN:
        return read_port(w, f, n->in, &n->ins, why);
    case NODE_OUT:
        return read_port(w, f, n->out, &n->outs, why);
    case NODE_NAME:
        return take_span(w, f, &n->name, why);
    case NODE_OP:
        return take_span(w, f, &n->op, why);
    case NODE_DOMAIN:
        return take_span(w, f, &n->domain, why);
    default:
        return TRI_OK;
    }
}

static int take_attribute(const struct tri_wire *w,
                          const struct tri_wire_field *f, void *to,
                          struct tri_why *why)
{
    struct tri_onnx_attribute *const a = to;
    const uint32_t bits = (uint32_t)f->value;
    int rc;

    switch (f->number) {
    case ATTRIBUTE_NAME:
        return take_span(w, f, &a->name, why);
    case ATTRIBUTE_F:
        memcpy(&a->f, &bits, 4);
        return expect(w, f, TRI_WIRE_FIXED32, why);
    case ATTRIBUTE_I:
        return take_value(w, f, (uint64_t *)&a->i, why);
    case ATTRIBUTE_S:
        return take_span(w, f, &a->s, why);
    case ATTRIBUTE_T:
        return take_span(w, f, &a->t, why);
    case ATTRIBUTE_INTS:
        rc = take_row(w, f, (uint64_t *)a->ints, TRI_ONNX_INTS, &a->n, why);
        return rc == TRI_OK && a->n > TRI_ONNX_INTS
                   ? tri_wire_fail(w,
                                   "the attribute before has more than 8 "
                                   "numbers",
                                   why)
                   : rc;
    default:
        return TRI_OK;
    }
}

/* The next attribute of a node whose message is w; found = 0 at its end. */
static int next_attribute(struct tri_onnx_attribute *a, struct tri_wire *w,
                          struct tri_why *why)
{
    struct tri_wire_field f;
    int rc;

    *a = (struct tri_onnx_attribute){ .found = 0 };
    while (w->left.n > 0) {
        rc = tri_wire_next(w, &f, why);
        if (rc == TRI_OK && f.number != NODE_ATTRIBUTE)
            continue;
        a->found = 1;
        if (rc == TRI_OK)
            rc = expect(w, &f, TRI_WIRE_BYTES, why);
        return rc == TRI_OK ? each(w, f.span, take_attribute, a, why) : rc;
    }
    return TRI_OK;
}

int tri_onnx_attribute(struct tri_onnx_attribute *a, const struct tri_onnx *m,
                       const struct tri_onnx_node *n, const char *name,
                       struct tri_why *why)
{
    struct tri_wire w = tri_wire_inside(&m->file, n->body);
    int rc;

    do
        rc = next_attribute(a, &w, why);
    while (rc == TRI_OK && a->found && !tri_span_is(a->name, name));
    return rc;
}

static int among(struct tri_span name, const char *words)
{
    for (size_t n; *words != '\0'; words += n + (words[n] == ' ')) {
        n = strcspn(words, " ");
        if (n == name.n && memcmp(words, name.p, n) == 0)
            return 1;
    }
    return 0;
}

int tri_onnx_known(const struct tri_onnx *m, const struct tri_onnx_node *n,
                   const char *known, struct tri_why *why)
{
    struct tri_wire w = tri_wire_inside(&m->file, n->body);
    struct tri_onnx_attribute a;
    int rc;

    do {
        rc = next_attribute(&a, &w, why);
        if (rc == TRI_OK && a.found && !among(a.name, known))
            return tri_onnx_fail(m, n, why,
                                 "has the attribute %s, which is not supported",
                                 tri_onnx_name(a.name).s);
    } while (rc == TRI_OK && a.found);
    return rc;
}

/* ---- inputs and outputs ----------------------------------------------------
 */

static int take_dim(const struct tri_wire *w, const struct tri_wire_field *f,
                    void *to, struct tri_why *why)
{
    return f->number == DIM_VALUE ? take_value(w, f, to, why) : TRI_OK;
}

static int take_shape(const struct tri_wire *w, const struct tri_wire_field *f,
                      void *to, struct tri_why *why)
{
    struct tri_onnx_value *const v = to;
    uint64_t d = 0;
    int rc;

    if (f->number != SHAPE_DIM)
        return TRI_OK;
    rc = expect(w, f, TRI_WIRE_BYTES, why);
    if (rc == TRI_OK)
        rc = each(w, f->span, take_dim, &d, why);
    if (v->nd < TRI_ONNX_INTS)
        v->d[v->nd++] = d;
    return rc;
}

static int take_tensor_type(const struct tri_wire *w,
                            const struct tri_wire_field *f, void *to,
                            struct tri_why *why)
{
    struct tri_onnx_value *const v = to;
    int rc;

    if (f->number == TENSOR_TYPE_ELEMENT)
        return take_value(w, f, &v->type, why);
    if (f->number != TENSOR_TYPE_SHAPE)
        return TRI_OK;
    v->shaped = 1;
    rc = expect(w, f, TRI_WIRE_BYTES, why);
    return rc == TRI_OK ? each(w, f->span, take_shape, v, why) : rc;
}

static int take_type(const struct tri_wire *w, const struct tri_wire_field *f,
                     void *to, struct tri_why *why)
{
    int rc;

    if (f->number != TYPE_TENSOR)
        return TRI_OK;
    rc = expect(w, f, TRI_WIRE_BYTES, why);
    return rc == TRI_OK ? each(w, f->span, take_tensor_type, to, why) : rc;
}

static int take_port(const struct tri_wire *w, const struct tri_wire_field *f,
                     void *to, struct tri_why *why)
{
    struct tri_onnx_value *const v = to;
    int rc;

    if (f->number == VALUE_NAME)
        return take_span(w, f, &v->name, why);
    if (f->number != VALUE_TYPE)
        return TRI_OK;
    rc = expect(w, f, TRI_WIRE_BYTES, why);
    return rc == TRI_OK ? each(w, f->span, take_type, v, why) : rc;
}

/* ---- the model -------------------------------------------------------------
 */

/* How many parts of each kind the graph has. */
static int count_part(const struct tri_wire *w, const struct tri_wire_field *f,
                      void *to, struct tri_why *why)
{
    size_t *const n = to;

    switch (f->number) {
    case GRAPH_NODE:
    case GRAPH_TENSOR:
    case GRAPH_IN:
    case GRAPH_OUT:
        if (++n[f->number] > TRI_ONNX_NODES)
            return tri_wire_fail(w, "more than 4096 nodes, tensors or inputs",
                                 why);
        return expect(w, f, TRI_WIRE_BYTES, why);
    case GRAPH_SPARSE:
        return tri_wire_fail(w, "a sparse tensor, which is not supported", why);
    default:
        return TRI_OK;
    }
}

static int take_part(const struct tri_wire *w, const struct tri_wire_field *f,
                     void *to, struct tri_why *why)
{
    struct tri_onnx *const m = to;

    switch (f->number) {
    case GRAPH_NODE:
        m->node[m->nodes].body = f->span;
        return each(w, f->span, take_node, &m->node[m->nodes++], why);
    case GRAPH_TENSOR:
        return tri_onnx_tensor(&m->tensor[m->tensors++], m, f->span, why);
    case GRAPH_IN:
        return each(w, f->span, take_port, &m->in[m->ins++], why);
    case GRAPH_OUT:
        return each(w, f->span, take_port, &m->out[m->outs++], why);
    default:
        return TRI_OK;
    }
}

struct opset {
    struct tri_span domain;
    uint64_t version;
};

static int take_opset(const struct tri_wire *w, const struct tri_wire_field *f,
                      void *to, struct tri_why *why)
{
    struct opset *const o = to;

    return f->number == OPSET_DOMAIN    ? take_span(w, f, &o->domain, why)
           : f->number == OPSET_VERSION ? take_value(w, f, &o->version, why)
                                        : TRI_OK;
}

struct top {
    struct tri_onnx *m;
    struct tri_span graph;
};

static int take_top(const struct tri_wire *w, const struct tri_wire_field *f,
                    void *to, struct tri_why *why)
{
    struct top *const t = to;
    struct opset o = { .version = 0 };
    int rc;

    switch (f->number) {
    case MODEL_GRAPH:
        if (t->graph.p != NULL)
            return tri_wire_fail(w, "a second graph", why);
        return take_span(w, f, &t->graph, why);
    case MODEL_OPSET:
        rc = expect(w, f, TRI_WIRE_BYTES, why);
        if (rc == TRI_OK)
            rc = each(w, f->span, take_opset, &o, why);
        /* other sets of operators than that of ONNX have names */
        if (rc == TRI_OK &&
            (o.domain.n == 0 || tri_span_is(o.domain, "ai.onnx")))
            t->m->opset = o.version;
        return rc;
    case MODEL_FUNCTION:
        return tri_wire_fail(w,
                             "a function of the model, which is not "
                             "supported",
                             why);
    default:
        return TRI_OK;
    }
}

int tri_onnx_parse(struct tri_onnx *m, const uint8_t *buf, size_t len,
                   const char *name, struct tri_why *why)
{
    struct top top = { .m = m };
    size_t n[GRAPH_OUT + 1] = { 0 };
    int rc;

    *m = (struct tri_onnx){ .file = tri_wire_open(buf, len, name) };
    rc = each(&m->file, m->file.left, take_top, &top, why);
    if (rc != TRI_OK)
        return rc;
    if (top.graph.p == NULL)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has no graph; it is no ONNX model", name);
    if (m->opset < 11 || m->opset > 20)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has the operators of version %llu; 11 to 20 are "
                       "supported (opset_version when it is exported)",
                       name, (unsigned long long)m->opset);
    rc = each(&m->file, top.graph, count_part, n, why);
    if (rc != TRI_OK)
        return rc;
    m->node = calloc(n[GRAPH_NODE] + 1, sizeof *m->node);
    m->tensor = calloc(n[GRAPH_TENSOR] + 1, sizeof *m->tensor);
    m->in = calloc(n[GRAPH_IN] + 1, sizeof *m->in);
    m->out = calloc(n[GRAPH_OUT] + 1, sizeof *m->out);
    if (m->node == NULL || m->tensor == NULL || m->in == NULL || m->out == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory for the graph of %s", name);
    return each(&m->file, top.graph, take_part, m, why);
}

void tri_onnx_free(struct tri_onnx *m)
{
    free(m->node);
    free(m->tensor);
    free(m->in);
    free(m->out);
    *m = (struct tri_onnx){ .opset = 0 };
}
