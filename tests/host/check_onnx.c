#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/base/file.h"
#include "boards/host/formats/onnxnet.h"
#include "boards/host/formats/weightfile.h"
#include "core/err.h"
#include "core/le.h"
#include "core/text.h"
#include "tests/checks.h"

/* ---- the wire format -------------------------------------------------------
 */

/* The examples of "Encoding" in the documentation of protocol buffers. */
static void tri_check_onnx_wire(struct tri_check *c)
{
    static const uint8_t test1[] = { 0x08, 0x96, 0x01 },
                         test2[] = { 0x12, 0x07, 0x74, 0x65, 0x73,
                                     0x74, 0x69, 0x6e, 0x67 },
                         test3[] = { 0x1a, 0x03, 0x08, 0x96, 0x01 },
                         test5[] = { 0x32, 0x06, 0x03, 0x8e,
                                     0x02, 0x9e, 0xa7, 0x05 },
                         minus2[] = { 0x08, 0xfe, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0x01 },
                         fixed[] = { 0x0d, 1, 2, 3, 4, 0x11, 1,
                                     2,    3, 4, 5, 6, 7,    8 };
    static const uint64_t row[] = { 3, 270, 86942 };
    struct tri_wire_field f;
    struct tri_wire w, in;
    struct tri_why why = { "" };
    uint8_t buf[64];
    struct tri_wire_out o = { buf, sizeof buf, 0 };
    uint64_t v;

    w = tri_wire_open(test1, sizeof test1, "test1");
    CHECK(c,
          tri_wire_next(&w, &f, &why) == TRI_OK && f.number == 1 &&
              f.type == TRI_WIRE_VARINT && f.value == 150 && w.left.n == 0,
          "150: %s", why.text);
    w = tri_wire_open(test2, sizeof test2, "test2");
    CHECK(c,
          tri_wire_next(&w, &f, &why) == TRI_OK && f.number == 2 &&
              tri_span_is(f.span, "testing") && w.left.n == 0,
          "\"testing\": %s", why.text);
    w = tri_wire_open(test3, sizeof test3, "test3");
    CHECK(c, tri_wire_next(&w, &f, &why) == TRI_OK && f.number == 3, "%s",
          why.text);
    in = tri_wire_inside(&w, f.span);
    CHECK(c,
          tri_wire_next(&in, &f, &why) == TRI_OK && f.number == 1 &&
              f.value == 150,
          "150 inside: %s", why.text);
    w = tri_wire_open(test5, sizeof test5, "test5");
    CHECK(c, tri_wire_next(&w, &f, &why) == TRI_OK && f.number == 6, "%s",
          why.text);
    in = tri_wire_inside(&w, f.span);
    for (size_t i = 0; i < 3; i++)
        CHECK(c, tri_wire_varint(&in, &v, &why) == TRI_OK && v == row[i],
              "number %zu of a row: %s", i, why.text);
    CHECK(c, in.left.n == 0, "more than three numbers");
    w = tri_wire_open(minus2, sizeof minus2, "minus2");
    CHECK(c, tri_wire_next(&w, &f, &why) == TRI_OK && (int64_t)f.value == -2,
          "-2: %s", why.text);
    w = tri_wire_open(fixed, sizeof fixed, "fixed");
    CHECK(c,
          tri_wire_next(&w, &f, &why) == TRI_OK && f.value == 0x04030201 &&
              tri_wire_next(&w, &f, &why) == TRI_OK &&
              f.value == 0x0807060504030201 && w.left.n == 0,
          "fixed numbers: %s", why.text);

    tri_wire_put(&o, 1, 150);
    CHECK(c, o.n == sizeof test1 && memcmp(buf, test1, o.n) == 0, "put 150");
    o.n = 0;
    tri_wire_put_text(&o, 2, "testing");
    CHECK(c, o.n == sizeof test2 && memcmp(buf, test2, o.n) == 0, "put text");
    o.n = 0;
    tri_wire_put(&o, 1, (uint64_t)-2);
    CHECK(c, o.n == sizeof minus2 && memcmp(buf, minus2, o.n) == 0, "put -2");
    o.n = 0;
    tri_wire_put_float(&o, 1, 1);
    CHECK(c, o.n == 5 && memcmp(buf, "\x0d\0\0\x80\x3f", 5) == 0, "put 1.0");
    o = (struct tri_wire_out){ buf, 3, 0 };
    buf[3] = 77;
    tri_wire_put_text(&o, 2, "testing");
    CHECK(c, o.n == sizeof test2 && buf[3] == 77, "what does not fit");
}

static void tri_check_onnx_wire_bad(struct tri_check *c)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *says;
    } bad[] = {
        { "\x08", 1, "byte 1: the number is cut off" },
        { "\x08\x96", 2, "byte 1: the number is cut off" },
        { "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11, "64 bits" },
        { "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, "64 bits" },
        { "\x12\x07testin", 8, "longer than what holds it" },
        { "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, "longer" },
        { "\x0d\1\2\3", 4, "the number is cut off" },
        { "\x11\1\2\3\4\5\6\7", 8, "the number is cut off" },
        { "\x0b\x0c", 2, "byte 0: no field" }, /* a group */
        { "\x0e\x0c", 2, "byte 0: no field" },
        { "\x00\x01", 2, "byte 0: no field" }, /* number 0 */
        { "\x88\x80\x80\x80\x10\x01", 6, "byte 0: no field" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tri_wire w =
            tri_wire_open((const uint8_t *)bad[i].bytes, bad[i].n, "x");
        struct tri_wire_field f;
        struct tri_why why = { "" };

        CHECK(c,
              tri_wire_next(&w, &f, &why) == TRI_E_FORMAT &&
                  strstr(why.text, bad[i].says) != NULL,
              "message %zu: '%s'", i, why.text);
    }
}

/* ---- models, written line by line ------------------------------------------
 *
 *     in NAME D...         input; 0: a size that is not stated
 *     out NAME
 *     t NAME D...          float_data 1, 2, 3, ...
 *     raw NAME D...        the same as raw_data
 *     ints NAME V...       one dimension
 *     OP IN... > OUT... ATTRIBUTE=INT,... or ATTRIBUTE~REAL, ATTRIBUTE:TEXT
 *     DOMAIN/OP ...
 *     opset N              13, if it is not said
 */
enum { ROOM = 1 << 19, TEXT = 1 << 17 };

struct message {
    uint8_t bytes[ROOM];
    struct tri_wire_out o;
};

static void start(struct message *m)
{
    m->o = (struct tri_wire_out){ m->bytes, ROOM, 0 };
}

static void put(struct message *to, uint32_t number, const struct message *m)
{
    tri_wire_put_bytes(&to->o, number, m->bytes, m->o.n);
}

static void put_attribute(struct message *node, char *word)
{
    static struct message a;
    char *const sign = word + strcspn(word, "=~:"), kind = *sign;
    char *at = sign + 1;

    start(&a);
    *sign = '\0';
    tri_wire_put_text(&a.o, 1, word);
    if (kind == '~')
        tri_wire_put_float(&a.o, 2, strtof(at, NULL));
    else if (kind == ':')
        tri_wire_put_text(&a.o, 4, at);
    else if (strchr(at, ',') == NULL)
        tri_wire_put(&a.o, 3, (uint64_t)strtoll(at, NULL, 10));
    else
        do
            tri_wire_put(&a.o, 8, (uint64_t)strtoll(at, &at, 10));
        while (*at++ == ',');
    put(node, 5, &a);
}

static void put_node(struct message *graph, char *op)
{
    static struct message n;
    char *const slash = strchr(op, '/');
    uint32_t port = 1;

    start(&n);
    if (slash != NULL)
        *slash = '\0';
    tri_wire_put_text(&n.o, 4, slash != NULL ? slash + 1 : op);
    if (slash != NULL)
        tri_wire_put_text(&n.o, 7, op);
    for (char *w; (w = strtok(NULL, " ")) != NULL;)
        if (strcmp(w, ">") == 0)
            port = 2;
        else if (w[strcspn(w, "=~:")] != '\0')
            put_attribute(&n, w);
        else
            tri_wire_put_text(&n.o, port, strcmp(w, "-") == 0 ? "" : w);
    put(graph, 1, &n);
}

static void put_tensor(struct message *graph, const char *kind)
{
    static struct message t;
    static uint8_t data[ROOM / 2];
    const char *const name = strtok(NULL, " ");
    const int whole = strcmp(kind, "ints") == 0;
    size_t n = whole ? 0 : 1;

    start(&t);
    for (char *w; (w = strtok(NULL, " ")) != NULL;)
        if (whole) {
            tri_le_store64(data + 8 * n++, (uint64_t)strtoll(w, NULL, 10));
        } else {
            n *= (size_t)strtoull(w, NULL, 10);
            tri_wire_put(&t.o, 1, strtoull(w, NULL, 10));
        }
    for (size_t i = 0; !whole && i < n && i < sizeof data / 4; i++) {
        const float v = (float)(i + 1);
        uint32_t bits;

        memcpy(&bits, &v, 4);
        tri_le_store32(data + 4 * i, bits);
    }
    if (whole)
        tri_wire_put(&t.o, 1, n);
    tri_wire_put(&t.o, 2, whole ? 7 : 1);
    tri_wire_put_bytes(&t.o, whole || *kind == 'r' ? 9 : 4, data,
                       n * (whole ? 8 : 4));
    tri_wire_put_text(&t.o, 8, name);
    put(graph, 5, &t);
}

static void put_port(struct message *graph, uint32_t number)
{
    static struct message port, type, tensor, shape, dim;

    start(&port);
    start(&type);
    start(&tensor);
    start(&shape);
    tri_wire_put_text(&port.o, 1, strtok(NULL, " "));
    tri_wire_put(&tensor.o, 1, 1);
    for (char *w; (w = strtok(NULL, " ")) != NULL;) {
        start(&dim);
        if (*w != '0')
            tri_wire_put(&dim.o, 1, strtoull(w, NULL, 10));
        put(&shape, 1, &dim);
    }
    put(&tensor, 2, &shape);
    put(&type, 1, &tensor);
    put(&port, 2, &type);
    put(graph, number, &port);
}

static struct message model;

static void build(const char *text)
{
    static struct message graph, opset;
    static char copy[TEXT];
    char *line, *rest = copy;
    uint64_t version = 13;

    snprintf(copy, sizeof copy, "%s", text);
    start(&graph);
    start(&opset);
    while ((line = strtok_r(rest, "\n", &rest)) != NULL) {
        char *const word = strtok(line, " ");

        if (strcmp(word, "in") == 0)
            put_port(&graph, 11);
        else if (strcmp(word, "out") == 0)
            put_port(&graph, 12);
        else if (strcmp(word, "opset") == 0)
            version = strtoull(strtok(NULL, " "), NULL, 10);
        else if (strchr("tri", *word) != NULL)
            put_tensor(&graph, word);
        else
            put_node(&graph, word);
    }
    start(&model);
    tri_wire_put(&model.o, 1, 7);
    tri_wire_put(&opset.o, 2, version);
    put(&model, 8, &opset);
    put(&model, 7, &graph);
}

static int read_model(struct tri_onnx_net *net, struct tri_why *why)
{
    uint8_t *const copy = malloc(model.o.n); /* of its exact length */
    struct tri_onnx m;
    int rc;

    memcpy(copy, model.bytes, model.o.n);
    rc = tri_onnx_parse(&m, copy, model.o.n, "m", why);
    memset(net, 0, sizeof *net);
    if (rc == TRI_OK)
        rc = tri_onnx_net(net, &m, NULL, why);
    tri_onnx_free(&m);
    free(copy);
    return rc;
}

#define IN4  "in x 0 2 6 6\nout y\n"
#define CONV "t w 3 2 3 3\nt b 3\n"
#define FC4  "in x 0 4\nout y\nt w 4 3\nt v 3 4\nt b 3\n"
#define NORM "t s 2\nt c 2\nt m 2\nt v 2\n"

/* Each operator, and what it becomes. */
static void tri_check_onnx_operators(struct tri_check *c)
{
    static const struct {
        const char *model, *net;
    } good[] = {
        { IN4 CONV "Conv x w b > f\nGlobalAveragePool f > h\nFlatten h > y\n",
          "input 6 6 2\nconv 3 3\navgpool global\nflatten\nloss softmax\n" },
        { IN4 CONV "Conv x w > f pads=1,1,1,1 strides=2,2 kernel_shape=3,3 "
                   "group=1 dilations=1,1\nFlatten f > g\nt q 27 4\n"
                   "MatMul g q > y\n",
          "input 6 6 2\nconv 3 3 stride 2 pad 1 nobias\nflatten\n"
          "fc 4 nobias\nloss softmax\n" },
        { IN4 CONV "Conv x w > e auto_pad:SAME_UPPER\nt k 1 3 1 1\n"
                   "Add e k > j\nints z 0 0 0 0 0 0 0 0\nPad j z > f\n"
                   "MaxPool f > g kernel_shape=2,2 strides=2,2\n"
                   "AveragePool g > h kernel_shape=2,2\n"
                   "ints s -1 12\nReshape h s > i\nt q 12 4\nt p 4\n"
                   "Gemm i q p > y\n",
          "input 6 6 2\nconv 3 3 pad 1\nmaxpool 2\navgpool 2 stride 1\n"
          "flatten\nfc 4\nloss softmax\n" },
        { IN4 CONV NORM "BatchNormalization x s c m v > a\nRelu a > d\n"
                        "Conv d w b > e\nAdd e e > h\nGlobalAveragePool h > i\n"
                        "Identity i > j\nFlatten j > k\nSoftmax k > y\n",
          "input 6 6 2\nbatchnorm\nrelu\nconv 3 3 as n3\nadd n3\n"
          "avgpool global\nflatten\nloss softmax\n" },
        { FC4 "MatMul x w > a\nAdd b a > d\nLeakyRelu d > e alpha~0.2\n"
              "t u 3 3\nMatMul e u > h\nAdd d h > i\nTanh i > y\n",
          "input 4\nfc 3 as n1\nleaky 0.2\nfc 3 nobias\nadd n1\ntanh\n"
          "loss softmax\n" },
        { FC4 "Gemm x v b > a transB=1\nDropout a > d\nSigmoid d > y\n"
              "opset 11\n",
          "input 4\nfc 3\ndropout 0.5\nsigmoid\nloss softmax\n" },
        { "in x 5 4\nout y\nt w 4 1\nMatMul x w > a\nSigmoid a > y\n",
          "input 4\nfc 1 nobias\nloss sigmoid\n" },
        { FC4 "MatMul x w > a\nDropout a > y ratio~0\nopset 11\n",
          "input 4\nfc 3 nobias\nloss softmax\n" },
        { "in x 5 4\nout y\nt w 4 1\nMatMul x w > y\n",
          "input 4\nfc 1 nobias\nloss mse\n" },
        { "in x 5 2 3\nout y\nt w 6 2\nFlatten x > a\nMatMul a w > d\n"
          "LogSoftmax d > y axis=1\n",
          "input 2 3 1\nflatten\nfc 2 nobias\nloss softmax\n" },
        { IN4 CONV "Conv x w b > f\nShape f > s\nints o 0\n"
                   "Gather s o > n axis=0\nUnsqueeze n > m axes=0,0\n"
                   "ints e -1\nConcat m e > k axis=0\nReshape f k > g\n"
                   "t q 48 4\nMatMul g q > y\n",
          "input 6 6 2\nconv 3 3\nflatten\nfc 4 nobias\nloss softmax\n" },
        /* a branch from the input, and an addition of what stands apart */
        { IN4 "raw w 2 2 1 1\nConv x w > a\nRelu a > d\nConv x w > e\n"
              "Relu e > f\nConv d w > h\nAdd f h > i\nt q 72 2\n"
              "Flatten i > j\nMatMul j q > y\n",
          "input 6 6 2 as n0\nconv 2 1 nobias\nrelu as n2\n"
          "conv 2 1 nobias from n0\nrelu as n4\nconv 2 1 nobias from n2\n"
          "add n4\nflatten\nfc 2 nobias\nloss softmax\n" },
    };
    static struct tri_onnx_net net;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct tri_why why = { "" };
        int rc;

        build(good[i].model);
        rc = read_model(&net, &why);
        CHECK(c, rc == TRI_OK, "model %zu: %s", i, why.text);
        CHECK(c, strcmp(net.text, good[i].net) == 0, "model %zu:\n%s", i,
              net.text);
        tri_onnx_net_free(&net);
    }
}

static const struct tri_array *tensor(const struct tri_onnx_net *net,
                                      const char *name)
{
    for (size_t i = 0; i < net->n; i++)
        if (strcmp(net->t[i].name, name) == 0)
            return &net->t[i];
    return NULL;
}

/* The tensors are those of a state_dict: turned, scaled, with the epsilon. */
static void tri_check_onnx_tensors(struct tri_check *c)
{
    static struct tri_onnx_net net;
    struct tri_why why = { "" };
    const struct tri_array *w, *b;

    build(FC4 "Gemm x w b > a alpha~2 beta~3\nt n 3 3\nMatMul a n > d\n"
              "Add d b > e\nt s 3\nt o 1\nTranspose n > r perm=1,0\n"
              "BatchNormalization e s s s s > f epsilon~1.00001\n"
              "Gemm f r o > z transB=0\nMatMul z r > y\n");
    CHECK(c, read_model(&net, &why) == TRI_OK, "%s", why.text);
    w = tensor(&net, "1.weight");
    b = tensor(&net, "1.bias");
    CHECK(c, w != NULL && w->nd == 2 && w->d[0] == 3 && w->d[1] == 4,
          "1.weight");
    for (size_t i = 0; i < 12; i++) /* [3, 4] of [4, 3] */
        CHECK(c, tri_array_get(w, i) == 2 * (double)(i % 4 * 3 + i / 4 + 1),
              "1.weight %zu: %g", i, tri_array_get(w, i));
    CHECK(c, b != NULL && b->n == 3 && tri_array_get(b, 2) == 9, "1.bias");
    b = tensor(&net, "2.bias");
    CHECK(c, b != NULL && b->n == 3 && tri_array_get(b, 2) == 3, "2.bias");
    b = tensor(&net, "3.running_mean");
    CHECK(c, b != NULL && b->n == 3 && tri_array_get(b, 2) == 3, "3.mean");
    b = tensor(&net, "3.running_var");
    CHECK(c,
          b != NULL && tri_array_get(b, 2) > 3.9999 &&
              tri_array_get(b, 2) < 4.0001,
          "3.running_var");
    w = tensor(&net, "4.weight");
    CHECK(c, w != NULL && tri_array_get(w, 1) == 2, "4.weight");
    CHECK(c, w->d[0] == 3 && w->d[1] == 3, "4.weight");
    w = tensor(&net, "5.weight");
    CHECK(c, w != NULL && tri_array_get(w, 1) == 2, "5.weight");
    b = tensor(&net, "4.bias");
    CHECK(c, b != NULL && b->n == 3 && tri_array_get(b, 2) == 1, "4.bias");
    tri_onnx_net_free(&net);
}

/* What is not supported is named, with its node. */
static void tri_check_onnx_refused(struct tri_check *c)
{
    static const struct {
        const char *model, *says;
    } bad[] = {
        { IN4 "Hardswish x > y\n", "node y (Hardswish): the operator is not" },
        { IN4 "com.x/Relu x > y\n", "of the set com.x" },
        { IN4 "Relu x > y negative=1\n", "has the attribute negative" },
        { IN4 "Relu z > y\n", "(Relu): reads z, which no node above" },
        { IN4 CONV "Conv x w b > y group=2\n", "group is 2" },
        { IN4 CONV "Conv x w b > y dilations=2,2\n", "dilations" },
        { IN4 CONV "Conv x w b > y pads=1,0,1,0\n", "4 equal numbers" },
        { IN4 CONV "Conv x w b > y strides=1,2\n", "2 equal numbers" },
        { IN4 CONV "Conv x w b > y kernel_shape=5,5\n", "not that of the" },
        { IN4 CONV "Conv x w b > y auto_pad:SAME_UPPER strides=2,2\n",
          "same on all four sides" },
        { IN4 CONV "Conv x w b > y auto_pad:SAME\n", "auto_pad is SAME," },
        { IN4 CONV "Conv x b b > y\n", "are not [filters, 2, size, size]" },
        { IN4 CONV "Conv x w x > y\n", "input 3 is computed" },
        { IN4 "t w 3 2 9 9\nConv x w > y\n", "window of 9 is larger" },
        { IN4 "AveragePool x > y kernel_shape=2,2 pads=1,1,1,1\n", "pads" },
        { IN4 "MaxPool x > y kernel_shape=2,2 pads=2,2,2,2\n",
          "pad must be a number, at most half" },
        { IN4 "MaxPool x > y\n", "kernel_shape" },
        { IN4 "ints p 0 0 0 0 0 0 1 0\nPad x p > y\n", "(Pad): pads" },
        { IN4 "Pad x x > y\n", "(Pad): input 2 is computed" },
        { IN4 "Shape x > s\nRelu s > y\n", "input 1 is a shape" },
        { IN4 "Shape x > y\n", "is not what the last node gives" },
        { IN4 "Shape x > s\nints o 4\nGather s o > y\n", "is not there" },
        { IN4 "Shape x > s\nConcat s s s > y axis=0\n", "more than 8" },
        { IN4 "Unsqueeze x > y axes=1,2\n", "of constants and sizes" },
        { IN4 "Shape x > s\nints p 0 -3\nGather s p > n\nReshape x n > y\n",
          "another shape than [N, 72]" },
        { IN4 "MaxPool x > y kernel_shape=4,4 strides=3,3 ceil_mode=1\n",
          "ceil_mode" },
        { IN4 "MaxPool x > a d kernel_shape=2,2\nAdd a d > y\n",
          "more than its first output" },
        { IN4 NORM "BatchNormalization x s c m v > y training_mode=1\n",
          "training_mode is 1" },
        { IN4 "t s 3\nBatchNormalization x s s s s > y\n", "is not [2]" },
        { IN4 "t w 72 2\nMatMul x w > y\n", "put a Flatten before" },
        { FC4 "Gemm x w b > y transA=1\n", "transA is 1" },
        { FC4 "Gemm x v b > y\n", "no matrix of 4 inputs" },
        { FC4 "Gemm x w v > y\n", "biases are not [3]" },
        { FC4 "Relu x > a\nt k 4\nAdd a k > y\n", "right after a MatMul" },
        { FC4 "MatMul x w > a\nAdd a b > d\nAdd d b > y\n", "right after" },
        { FC4 "MatMul x w > a\nAdd a b > d\nAdd a d > y\n", "right after" },
        { FC4 "MatMul x w > a\nIdentity a > k\nAdd k b > d\nAdd a d > y\n",
          "right after" },
        { FC4 "MatMul x w > a\nAdd a v > y\n", "not one number for each" },
        { FC4 "MatMul x w > a\nAdd a x > y\n", "of different shapes" },
        { FC4 "Add w b > y\n", "adds two constants" },
        { IN4 "Shape x > s\nAdd s s > y\n", "input 1 is a shape" },
        { IN4 "Shape x > s\nAdd x s > y\n", "input 2 is a shape" },
        { FC4 "Shape x > s\nAdd s b > y\n", "input 1 is a shape" },
        { FC4 "MatMul x w > a\nraw r 3\nDropout a r > y\n",
          "ratio is not one number" },
        { FC4 "MatMul x w > a\nDropout a > y ratio~0.333333333\nopset 11\n",
          "ratio is 0.333333; numbers of four digits" },
        { FC4 "MatMul x w > a\nDropout a > y ratio~0.00001\nopset 11\n",
          "ratio is 1e-05; numbers of four digits" },
        { FC4 "MatMul x w > a\nDropout a > y ratio~1\nopset 11\n",
          "ratio is 1" },
        /* a Sigmoid of the first product, and what nothing reads after it */
        { "in x 5 4\nout y\nt w 4 1\nt u 1 1\nMatMul x w > a\n"
          "MatMul a u > d\nSigmoid a > y\n",
          "no layer reads this output" },
        { FC4 "MatMul x w > a\nSoftmax a > d\nRelu d > y\n",
          "(Relu): reads what Softmax gives" },
        { IN4 "Softmax x > y\n", "not over the classes" },
        { FC4 "LeakyRelu x > y alpha~0.12345\n", "alpha is 0.12345" },
        { IN4 "ints s 1 2 36\nReshape x s > y\n",
          "another shape than [N, 72]" },
        { IN4 "ints s 9223372036854775807 72\nReshape x s > y\n",
          "tensor s: has a number of 2^53" },
        { IN4 "ints s 2 72\nReshape x s > y\n", "another shape than [N, 72]" },
        { IN4 "ints s -1 -1\nReshape x s > y\n", "another shape" },
        { IN4 "Reshape x x > y\n", "input 2 is computed" },
        { IN4 "Flatten x > y axis=2\n", "axis is not 1" },
        { IN4 "Transpose x > y\n", "of a constant matrix only" },
        { FC4 "Transpose w > k perm=0,1\nMatMul x k > y\n", "constant matrix" },
        { FC4 "t h 1 3\nTranspose h > k\nGemm x w k > y\n",
          "input 3 is transposed" },
        { IN4 "t w 72 72\nFlatten x > a\nMatMul a w > d\nAdd a d > y\n",
          "adds a flattened image to what is none" },
        { IN4 "Flatten x > y\n", "is a flattened image; end with a Gemm" },
        { FC4 "MatMul x w > y\nMatMul x w > z\n", "is not what the last node" },
        { FC4 "MatMul x w > z\nMatMul x w > y\n",
          "node z (MatMul): no layer reads this output" },
        { FC4 "in z 0 4\nMatMul x w > y\n", "has the inputs x and z" },
        { FC4 "out z\nMatMul x w > y\n", "has 2 outputs" },
        { FC4 "opset 10\nMatMul x w > y\n", "of version 10; 11 to 20" },
        { FC4 "opset 21\nMatMul x w > y\n", "of version 21; 11 to 20" },
        { "in x 0 2 0 6\nout y\nRelu x > y\n", "size 3 is not stated" },
        { "in x 0 2 6 6 6\nout y\nRelu x > y\n", "2, 3 or 4 dimensions" },
        { "out y\nRelu x > y\n", "has no input" },
        { IN4 "Relu x > y\n", "nothing to learn" },
        { FC4 "MatMul x w > y\nRelu x > y\n", "gives y a second time" },
    };
    static struct tri_onnx_net net;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tri_why why = { "" };
        int rc;

        build(bad[i].model);
        rc = read_model(&net, &why);
        tri_onnx_net_free(&net);
        CHECK(c, rc == TRI_E_FORMAT && strstr(why.text, bad[i].says) != NULL,
              "model %zu, not '%s': %d '%s'", i, bad[i].says, rc, why.text);
    }
    for (size_t n = 0; n < 200; n++) { /* cut off */
        struct tri_why why = { "" };

        build(FC4 "MatMul x w > a\nAdd a b > y\n");
        model.o.n = model.o.n * n / 200;
        CHECK(c, read_model(&net, &why) == TRI_E_FORMAT, "cut: '%s'", why.text);
        tri_onnx_net_free(&net);
    }
}

/* As many layers as a network has, batchnorms all of them: four tensors each,
 * in ONNX and in .safetensors. One more is refused. */
static void tri_check_onnx_deep(struct tri_check *c)
{
    static char text[TEXT], net[TRI_NET_TEXT];
    static struct tri_onnx_net got;
    static struct tri_array t[TRI_TENSORS_MAX];
    static uint8_t file[200 * (4 * TRI_MAX_LAYERS + 1)];
    struct tri_text a = { text, sizeof text, 0 }, b = { net, sizeof net, 0 };
    struct tri_why why = { "" };
    size_t len, n = 0, cut;
    int rc;

    tri_text_add(&a, "in v0 0 1\nout y\nt s 1\n");
    tri_text_add(&b, "input 1\n");
    for (size_t i = 0; i < TRI_MAX_LAYERS; i++) {
        tri_text_add(&a, "BatchNormalization v%zu s s s s > v%zu\n", i, i + 1);
        tri_text_add(&b, "batchnorm\n");
    }
    cut = a.n;
    tri_text_add(&a, "Identity v%d > y\n", TRI_MAX_LAYERS);
    tri_text_add(&b, "loss mse\n");
    CHECK(c, a.n < a.size && b.n < b.size, "the texts are too long");
    build(text);
    rc = read_model(&got, &why);
    CHECK(c,
          rc == TRI_OK && got.layers == TRI_MAX_LAYERS &&
              got.n == 4 * TRI_MAX_LAYERS && strcmp(got.text, net) == 0,
          "%zu layers, %zu tensors: %s", got.layers, got.n, why.text);
    CHECK(c, tensor(&got, "999.running_var") == &got.t[got.n - 1],
          "the last tensor");
    len = tri_safetensors_header(file, sizeof file, got.t, got.n, NULL, NULL);
    CHECK(c, len > 0 && sizeof file - len >= 4 * got.n, "no room");
    for (size_t i = 0; i < got.n; i++)
        memcpy(file + len + 4 * i, got.data[i], 4);
    rc = tri_safetensors_parse(t, &n, file, len + 4 * got.n, "m", &why);
    CHECK(c, rc == TRI_OK && n == got.n, "%zu tensors: %s", n, why.text);
    for (size_t i = 0; i < n; i++)
        CHECK(c,
              strcmp(t[i].name, got.t[i].name) == 0 &&
                  t[i].data == file + len + 4 * i,
              "tensor %zu is %s", i, t[i].name);
    tri_onnx_net_free(&got);

    a.n = cut;
    tri_text_add(&a, "Relu v%d > y\n", TRI_MAX_LAYERS);
    build(text);
    rc = read_model(&got, &why);
    tri_onnx_net_free(&got);
    CHECK(c,
          rc == TRI_E_FORMAT &&
              strstr(why.text, "node y (Relu): is one layer too many") != NULL,
          "one more: %d '%s'", rc, why.text);
}

/* ---- writing ---------------------------------------------------------------
 */

/* What is written is read as the same network, or as `as`, with the same
 * weights. */
static void round_trip(struct tri_check *c, const char *text, const char *as,
                       const char *loss)
{
    static struct tri_onnx_net back;
    static struct tri_place place[TRI_MAX_LAYERS];
    static struct tri_params of[TRI_MAX_LAYERS];
    char name[] = "/tmp/trinn-check-XXXXXX.onnx", err[TRI_NET_ERROR];
    static char want[TRI_NET_TEXT], got[TRI_NET_TEXT];
    const int fd = mkstemps(name, 5);
    struct tri_why why = { "" };
    struct tri_net net;
    struct tri_onnx m = { .opset = 0 };
    uint8_t *buf = NULL;
    uint64_t *word, *again;
    size_t len = 0, n, places;
    int rc;

    CHECK(c, fd >= 0, "no temporary file");
    close(fd);
    unlink(name);
    if (tri_net_parse(&net, text, strlen(text), err) != TRI_OK)
        return (void)tri_check_fail(c, "%s", err);
    n = (size_t)tri_net_words(&net);
    word = calloc(n, 8);
    again = calloc(n, 8);
    for (size_t i = 0; i < n; i++)
        word[i] = tri_test_rand(&c->seed) >> 42; /* 0 to 2^22: 64 */
    rc = tri_weightfile_write(name, &net, TRI_LAYOUT_PYTORCH, word, 16, &why);
    if (rc == TRI_OK)
        rc = tri_file_read(name, 1 << 24, &buf, &len, &why);
    unlink(name);
    if (rc == TRI_OK)
        rc = tri_onnx_parse(&m, buf, len, "m", &why);
    memset(&back, 0, sizeof back);
    if (rc == TRI_OK)
        rc = tri_onnx_net(&back, &m, loss, &why);
    if (as != NULL)
        tri_net_parse(&net, as, strlen(as), err);
    tri_net_print(&net, want, sizeof want);
    if (rc == TRI_OK)
        rc = tri_net_parse(&net, back.text, strlen(back.text), err);
    tri_net_print(&net, got, sizeof got);
    places = tri_places(place, &net, TRI_LAYOUT_PYTORCH);
    if (rc == TRI_OK)
        rc = tri_weights_match(of, place, places, back.t, back.n, NULL, "m",
                               &why);
    if (rc == TRI_OK)
        rc = tri_weights_encode(again, place, places, of, 16, "m", &why);
    if (rc != TRI_OK)
        tri_check_fail(c, "%s", why.text);
    else if (strcmp(want, got) != 0)
        tri_check_fail(c, "is:\n%swas:\n%s", got, want);
    else if (memcmp(word, again, 8 * n) != 0)
        tri_check_fail(c, "weights differ:\n%s", want);
    tri_onnx_net_free(&back);
    tri_onnx_free(&m);
    free(buf);
    free(word);
    free(again);
}

static void tri_check_onnx_round_trip(struct tri_check *c)
{
    round_trip(c,
               "input 12 10 3\nconv 4 3 stride 2 pad 1 nobias\nbatchnorm\n"
               "relu as a\nconv 4 3 pad same\ntanh as b\nconv 4 1 from a\n"
               "leaky 0.01\nadd b\nmaxpool 3 stride 2 pad 1\navgpool 2 stride "
               "1\nsigmoid\n"
               "flatten\ndropout 0.25\nfc 5 nobias\nbatchnorm\nfc 3\n",
               NULL, NULL);
    round_trip(c, "input 6 6 1\nconv 8 3\navgpool global\nflatten\n", NULL,
               NULL);
    round_trip(c, "input 5\nfc 4\nrelu\nfc 2\nloss mse\n", NULL, "mse");
    round_trip(c, "input 5\nbatchnorm\nfc 1\nloss sigmoid\n", NULL, "sigmoid");
    /* a Gemm and the output take no image */
    round_trip(c, "input 6 6 2\nconv 3 3\nfc 2\nrelu\nfc 3\n",
               "input 6 6 2\nconv 3 3\nflatten\nfc 2\nrelu\nfc 3\n", NULL);
    round_trip(c, "input 5 5 2\nfc 50\n", "input 5 5 2\nflatten\nfc 50\n",
               NULL);
    round_trip(c, "input 3 3 2\nconv 4 3\n", "input 3 3 2\nconv 4 3\nflatten\n",
               NULL);
}

const struct tri_check_entry tri_checks_onnx[] = {
    { "onnx_wire", tri_check_onnx_wire },
    { "onnx_wire_bad", tri_check_onnx_wire_bad },
    { "onnx_operators", tri_check_onnx_operators },
    { "onnx_tensors", tri_check_onnx_tensors },
    { "onnx_refused", tri_check_onnx_refused },
    { "onnx_deep", tri_check_onnx_deep },
    { "onnx_round_trip", tri_check_onnx_round_trip },
};
const size_t tri_checks_onnx_n =
    sizeof tri_checks_onnx / sizeof *tri_checks_onnx;
