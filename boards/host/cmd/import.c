#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/fileset.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/formats/foreign.h"
#include "boards/host/formats/onnxnet.h"
#include "boards/host/formats/weightfile.h"
#include "core/err.h"
#include "core/mem.h"

struct options {
    struct tri_list out;
    int loss;
};

static const char *const losses[] = { "softmax", "asm", "mse", "sigmoid",
                                      NULL };

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_LIST("out", AT(out), "NET,MODEL",
             "the files to write: the network as a text, and its weights,\n"
             "MODEL.safetensors"),
    TRI_CHOICE("loss", AT(loss), "LOSS", losses,
               "what the network is trained with: softmax, asm, mse or\n"
               "sigmoid (default: by what the model ends with)"),
    { .name = NULL }
};

static int check(const struct options *o, struct tri_why *why)
{
    static const char tail[] = ".safetensors";
    const char *const model = o->out.n == 2 ? o->out.item[1] : "";
    int rc;

    if (tri_file_stem(model, tail) == 0)
        return tri_why(why, TRI_E_ARG,
                       "option --out: give two files, NET.txt,MODEL%s", tail);
    if (strcmp(o->out.item[0], model) == 0)
        return tri_why(why, TRI_E_ARG, "option --out: names %s for both files",
                       model);
    rc = tri_out_check(o->out.item[0], why);
    return rc == TRI_OK ? tri_out_check(model, why) : rc;
}

static int put_tensors(struct tri_out *o, const struct tri_onnx_net *net,
                       struct tri_why *why)
{
    int rc = tri_weightfile_head(o, net->t, net->n, why);

    for (size_t i = 0; rc == TRI_OK && i < net->n; i++)
        rc = tri_out_write(o, net->data[i],
                           net->t[i].n * tri_dtype_size(net->t[i].type), why);
    return rc;
}

/* Both files or none. */
static int put(const struct options *o, const struct tri_onnx_net *net,
               struct tri_why *why)
{
    struct tri_out file[2] = { { .fd = -1 }, { .fd = -1 } };
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < 2; i++) {
        rc = tri_out_open(&file[i], o->out.item[i], why);
        if (rc == TRI_OK)
            file[i].fresh = 1;
    }
    if (rc == TRI_OK)
        rc = tri_out_write(&file[0], net->text, strlen(net->text), why);
    if (rc == TRI_OK)
        rc = put_tensors(&file[1], net, why);
    if (rc == TRI_OK)
        rc = tri_out_commit_all(
            (struct tri_out *const[2]){ &file[0], &file[1] }, 2, why);
    for (size_t i = 0; i < 2; i++)
        tri_out_abort(&file[i]);
    return rc;
}

static void say(const struct options *o, const struct tri_onnx_net *net)
{
    if (net->left_out.s[0] != '\0')
        printf("%s at the end: part of the loss, not of the network\n",
               net->left_out.s);
    printf("%zu layers, %llu numbers in %zu tensors: %s and %s\n", net->layers,
           (unsigned long long)net->numbers, net->n, o->out.item[0],
           o->out.item[1]);
}

static struct options given = { .loss = -1 };

static int run(const struct tri_args *a, struct tri_why *why)
{
    const struct options *const o = &given;
    const char *const path = a->word[0];
    struct tri_onnx_net *const net = calloc(1, sizeof *net);
    struct tri_onnx m = { .opset = 0 };
    uint8_t *buf = NULL;
    size_t len = 0;
    int rc = check(o, why);

    if (net == NULL)
        rc = tri_why(why, TRI_E_NOMEM, "no memory");
    if (rc == TRI_OK)
        rc = tri_file_read(path, TRI_WEIGHTFILE_MAX, &buf, &len, why);
    if (rc == TRI_OK)
        rc = tri_foreign_torch(buf, len, path, why);
    if (rc == TRI_OK)
        rc = tri_onnx_parse(&m, buf, len, path, why);
    if (rc == TRI_OK)
        rc = tri_onnx_net(net, &m, o->loss >= 0 ? losses[o->loss] : NULL, why);
    if (rc == TRI_OK)
        rc = put(o, net, why);
    if (rc == TRI_OK)
        say(o, net);
    tri_onnx_free(&m);
    if (net != NULL)
        tri_onnx_net_free(net);
    free(net);
    if (buf != NULL)
        tri_wipe(buf, len);
    free(buf);
    tri_list_free(&given.out);
    return rc;
}

const struct tri_command tri_cmd_import = {
    .name = "import",
    .what = "make a network and its weights of an ONNX model",
    .usage = "import MODEL.onnx --out NET.txt,MODEL.safetensors [--loss LOSS]",
    .about =
        "Make of an ONNX model (operators of version 11 to 20) what all other "
        "commands take: the\nnetwork, for --net, and its weights, for `trinn "
        "share --model`. Supported are Conv, Gemm,\nMatMul, Add, Relu, "
        "LeakyRelu, Sigmoid, Tanh, MaxPool, AveragePool, GlobalAveragePool,\n"
        "BatchNormalization, Flatten, Reshape that flattens (also by Shape, "
        "Gather, Unsqueeze, Cast\nand Concat), Dropout, Identity, Constant, "
        "Transpose of weights, Pad of nothing, and\nSoftmax or LogSoftmax at "
        "the end. What is not is named, and nothing is written.\nThe way "
        "back: `trinn reveal ... --out MODEL.onnx`.",
    .group = { { table, &given, NULL } },
    .min_words = 1,
    .max_words = 1,
    .run = run
};
