#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "proto/nn/add.h"
#include "proto/nn/avgpool.h"
#include "proto/nn/batchnorm.h"
#include "proto/nn/conv.h"
#include "proto/nn/fc.h"
#include "proto/nn/flatten.h"
#include "proto/nn/layer.h"
#include "proto/nn/leaky.h"
#include "proto/nn/maxpool.h"
#include "proto/nn/relu.h"
#include "proto/nn/sigmoid.h"
#include "proto/nn/train.h"
#include "proto/rsqrt.h"
#include "proto/sigmoid.h"
#include "tests/checks.h"
#include "tests/support/single.h"

/* ---- descriptions ------------------------------------------------------- */

static void check_parse(struct tri_check *c)
{
    static const char text[] = "# a network\r\n"
                               "\n"
                               "  input 9\t7 2   # h w c\r\n"
                               "conv 4 3 pad 1 stride 2\r\n"
                               "relu#\n"
                               "maxpool 2 stride 1\n"
                               "avgpool 2\n"
                               "flatten\n"
                               "fc 5\n"
                               "loss asm";
    static const char column[] = "input 5\nfc 3 nobias\nfc 1\nloss sigmoid\n";
    static const char global[] =
        "input 6 6 2\nconv 3 5 nobias pad same\navgpool global\n";
    static const struct {
        const struct tri_layer_kind *kind;
        uint32_t given[4], in[3], out[3]; /* as in the specification */
        unsigned line;
        uint32_t flat;
    } want[] = {
        { &tri_layer_conv, { 4, 3, 2, 1 }, { 9, 7, 2 }, { 5, 4, 4 }, 4, 0 },
        { &tri_layer_relu, { 0, 0, 0, 0 }, { 5, 4, 4 }, { 5, 4, 4 }, 5, 0 },
        { &tri_layer_maxpool, { 0, 2, 1, 0 }, { 5, 4, 4 }, { 4, 3, 4 }, 6, 0 },
        { &tri_layer_avgpool, { 0, 2, 2, 0 }, { 4, 3, 4 }, { 2, 1, 4 }, 7, 0 },
        { &tri_layer_flatten, { 0, 0, 0, 0 }, { 2, 1, 4 }, { 1, 1, 8 }, 8, 1 },
        { &tri_layer_fc, { 5, 0, 0, 0 }, { 1, 1, 8 }, { 1, 1, 5 }, 9, 1 },
    };
    struct tri_net net;
    char err[160];
    size_t w, b;
    int rc = tri_net_parse(&net, text, sizeof text - 1, err);

    CHECK(c, rc == TRI_OK && err[0] == '\0', "parse: %s", err);
    CHECK(c,
          net.h == 9 && net.w == 7 && net.c == 2 && net.classes == 5 &&
              net.loss == TRI_LOSS_ASM && net.layers == 6,
          "input, classes, loss or layer count");
    for (size_t i = 0; i < 6; i++) {
        const struct tri_layer_spec *const l = &net.layer[i];
        const uint32_t given[] = { l->out, l->size, l->stride, l->pad };
        const uint32_t in[] = { l->ih, l->iw, l->ic };
        const uint32_t out[] = { l->oh, l->ow, l->oc };

        CHECK(c,
              l->kind == want[i].kind && l->line == want[i].line &&
                  memcmp(given, want[i].given, sizeof given) == 0 &&
                  memcmp(in, want[i].in, sizeof in) == 0 &&
                  memcmp(out, want[i].out, sizeof out) == 0,
              "layer %zu is not as written", i);
        CHECK(c,
              l->nobias == 0 && l->ins == 1 && l->in[0] == i &&
                  l->flat == want[i].flat,
              "layer %zu is tied otherwise", i);
    }
    tri_layer_params(&net.layer[0], &w, &b);
    CHECK(c, w == 72 && b == 4, "conv has %zu weights, %zu biases", w, b);
    tri_layer_params(&net.layer[5], &w, &b);
    CHECK(c, w == 40 && b == 5, "fc has %zu weights, %zu biases", w, b);
    tri_layer_params(&net.layer[2], &w, &b);
    CHECK(c, w == 0 && b == 0, "maxpool has %zu weights", w);

    rc = tri_net_parse(&net, column, sizeof column - 1, err);
    CHECK(c,
          rc == TRI_OK && net.h == 1 && net.w == 1 && net.c == 5 &&
              net.classes == 2 && net.layer[0].nobias && !net.layer[1].nobias,
          "a table: %s", err);
    tri_layer_params(&net.layer[0], &w, &b);
    CHECK(c, w == 15 && b == 0, "fc has %zu weights, %zu biases", w, b);
    rc = tri_net_parse(&net, global, sizeof global - 1, err);
    CHECK(c,
          rc == TRI_OK && net.layer[0].pad == 2 && net.layer[0].oh == 6 &&
              net.layer[0].nobias && net.layer[1].size == 6 &&
              net.layer[1].oc == 3 && net.classes == 3,
          "padding, no bias, global pooling: %s", err);

    rc = tri_net_parse(&net, "input 1 1 4\nfc 2\n\n\n", 19, err);
    CHECK(c, rc == TRI_OK && net.loss == TRI_LOSS_SOFTMAX, "default loss");
}

struct bad {
    const char *text;
    unsigned line;
    const char *says; /* part of the message */
};

static void check_parse_errors(struct tri_check *c)
{
    static const struct bad bad[] = {
        { "", 1, "no input" },
        { "# nothing\n\n", 2, "no input" },
        { "fc 10\n", 1, "first item" },
        { "relu\ninput 1 1 4\nfc 2\n", 1, "first item" },
        { "loss mse\ninput 1 1 4\nfc 2\n", 1, "first item" },
        { "input 8 8 1\ninput 8 8 1\nfc 2\n", 2, "second input" },
        { "input 8 8 1\n", 1, "no layers" },
        { "input 8 8 1\nloss mse\n", 2, "no layers" },
        { "input 8 8\nfc 2\n", 1, "missing" },
        { "input 8 8 1 1\nfc 2\n", 1, "does not belong" },
        { "input 0 8 1\nfc 2\n", 1, "from 1 to" },
        { "input -8 8 1\nfc 2\n", 1, "from 1 to" },
        { "input 8.0 8 1\nfc 2\n", 1, "whole number" },
        { "input 8x 8 1\nfc 2\n", 1, "'8x'" },
        { "input 1048577 1 1\nfc 2\n", 1, "to 1048576" },
        { "input 18446744073709551617 1 1\nfc 2\n", 1, "whole number" },
        { "input 1048576 1048576 1048576\nfc 2\n", 1, "2^26" },
        { "input 8 8 1\nfc\n", 2, "missing" },
        { "input 8 8 1\nfc 2 3\n", 2, "does not belong" },
        { "input 8 8 1\nfc 0\n", 2, "from 1 to" },
        { "input 8 8 1\nfcc 10\n", 2, "'fcc' is unknown" },
        { "input 8 8 1\nFC 10\n", 2, "unknown" },
        { "input 8 8 1\nfc 2\xff\n", 2, "'2?'" },
        { "input 8 8 1\nconv 4\nfc 2\n", 2, "missing" },
        { "input 8 8 1\nconv 4 9\nfc 2\n", 2, "larger than the padded" },
        { "input 8 4 1\nconv 4 5\nfc 2\n", 2, "larger than the padded" },
        { "input 8 8 1\nconv 4 3 pad 3\nfc 2\n", 2, "smaller than the filter" },
        { "input 8 8 1\nconv 4 3 stride 0\nfc 2\n", 2, "from 1 to" },
        { "input 8 8 1\nconv 4 3 stride\nfc 2\n", 2, "needs a number" },
        { "input 8 8 1\nconv 4 3 pad 1 pad 1\nfc 2\n", 2, "does not belong" },
        { "input 8 8 1\nconv 4 3 step 1\nfc 2\n", 2, "'step'" },
        { "input 4\nfc 4\nadd\nfc 2\n", 3, "a name is missing" },
        { "input 4\nfc 4\nleaky\nfc 2\n", 3, "between 0 and 1" },
        { "input 4\nfc 4\nleaky 1\nfc 2\n", 3, "between 0 and 1" },
        { "input 4\nfc 4\nleaky 0\nfc 2\n", 3, "between 0 and 1" },
        { "input 4\nfc 4\nleaky 0.0\nfc 2\n", 3, "between 0 and 1" },
        { "input 4\nfc 4\nleaky 0.\nfc 2\n", 3, "between 0 and 1" },
        { "input 4\nfc 4\nleaky -.1\nfc 2\n", 3, "between 0 and 1" },
        { "input 4\nfc 4\nleaky 0.12345\nfc 2\n", 3, "four digits" },
        { "input 4\nfc 4\ndropout 0.1 0.1\nfc 2\n", 3, "does not belong" },
        { "input 4\nfc 4\nsigmoid 1\nfc 2\n", 3, "does not belong" },
        { "input 4\nfc 4\nadd a\nfc 2\n", 3, "no output above" },
        { "input 4\nfc 4 as a\nadd a b\nfc 2\n", 3, "does not belong" },
        { "input 4\nfc 4 as a as b\nfc 2\n", 2, "does not belong" },
        { "input 4\nfc 4 as\nfc 2\n", 2, "does not belong" },
        { "input 4 as a\nfc 4 as a\nfc 2\n", 2, "a second output" },
        { "input 4 from a\nfc 4\nfc 2\n", 1, "nowhere else" },
        { "input 4\nfc 4\nfc 2 from a\n", 3, "no output above" },
        { "input 4\nfc 4 from a as a\nfc 2\n", 2, "no output above" },
        { "input 4\nfc 4 as a\nfc 3\nadd a\nfc 2\n", 4, "must be alike" },
        { "input 4\nfc 4 as a\nfc 3\nfc 2 from a\n", 3, "no layer reads" },
        { "input 2 2 1\nfc 4 as a\nconv 1 1 from a\nfc 2\n", 3,
          "needs an image" },
        { "input 8 8 1\nmaxpool\nfc 2\n", 2, "missing" },
        { "input 8 8 1\nmaxpool 9\nfc 2\n", 2, "larger than its image" },
        { "input 8 8 1\nmaxpool 3 pad 2\nfc 2\n", 2, "at most half" },
        { "input 8 8 1\nmaxpool 3 pad same\nfc 2\n", 2, "at most half" },
        { "input 8 8 1\navgpool 3 pad 1\nfc 2\n", 2, "does not belong" },
        { "input 8 4 1\nmaxpool 5\nfc 2\n", 2, "larger than its image" },
        { "input 4 8 1\nmaxpool 5\nfc 2\n", 2, "larger than its image" },
        { "input 8 8 1\navgpool 2 pad 1\nfc 2\n", 2, "'pad'" },
        { "input 8 8 1\nrelu 1\nfc 2\n", 2, "does not belong" },
        { "input 8 8 1\nflatten x\nfc 2\n", 2, "does not belong" },
        { "input 8 8 1\nfc 4\n\nconv 2 1\nfc 2\n", 4, "conv needs an image" },
        { "input 8 8 1\nflatten\nmaxpool 1\nfc 2\n", 3, "needs an image" },
        { "input 8 8 1\nconv 2 3\nrelu\n", 3, "6 x 6 x 2" },
        { "input 8 8 1\nrelu\nflatten\n", 3, "nothing to learn" },
        { "input 8 8 1\nfc 1\n", 2, "two or more" },
        { "input 8 8 1\nfc 2\nloss sigmoid\n", 2, "takes one output" },
        { "input 8 8\nfc 2\n", 1, "a number is missing" },
        { "input 8 8 1\nconv 4 3 stride 2 pad same\nfc 2\n", 2, "stride 1" },
        { "input 8 8 1\nconv 4 2 pad same\nfc 2\n", 2, "odd filter" },
        { "input 8 8 1\nconv 4 3 nobias nobias\nfc 2\n", 2, "'nobias'" },
        { "input 8 8 1\nmaxpool global\nfc 2\n", 2, "'global' must be" },
        { "input 8 4 1\navgpool global\nfc 2\n", 2, "square" },
        { "input 8 8 1\navgpool global 2\nfc 2\n", 2, "'global' must be" },
        { "input 8 8 1\nrelu nobias\nfc 2\n", 2, "'nobias'" },
        { "input 8 8 1\nfc 2 freeze\n", 2, "are frozen" },
        { "input 8 8 1\nrelu freeze\nfc 2\n", 2, "no weights to freeze" },
        { "input 8 8 1 freeze\nfc 2\n", 1, "no weights to freeze" },
        { "input 8\nfc 2 freeze freeze\nfc 2\n", 2, "does not belong" },
        { "input 8 8 1\nfc 2\nloss\n", 3, "one of" },
        { "input 8 8 1\nfc 2\nloss hinge\n", 3, "one of" },
        { "input 8 8 1\nfc 2\nloss mse mse\n", 3, "one of" },
        { "input 8 8 1\nfc 2\nloss mse\nloss mse\n", 4, "last item" },
        { "input 8 8 1\nloss mse\nfc 2\n", 3, "last item" },
        { "input 8 8 1\nfc 2 2 2 2 2 2 2 2 2 2 2 2\n", 2, "too many words" },
        { "input 8 8 1\nfc 2\rrelu\n", 2, "'2?relu'" },
        { "input 8192 8192 1\nfc 1048576\n", 2, "2^30" },
        { "input 1024 1024 64\nconv 100 1024\n", 2, "2^30" },
        { "input 1024 1024 1\nconv 100 3\nfc 2\n", 2, "2^26" },
        { "input 1 1 averyveryveryveryverylongword\n", 1, "longword" },
    };
    struct tri_net net;
    static char big[33000], many[6000] = "input 1 1 4\n";
    char err[160], want[32];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct bad *b = &bad[i];
        const int rc = tri_net_parse(&net, b->text, strlen(b->text), err);

        snprintf(want, sizeof want, "line %u: ", b->line);
        CHECK(c, rc == TRI_E_FORMAT, "accepted: %s", b->text);
        CHECK(c,
              strncmp(err, want, strlen(want)) == 0 &&
                  (strstr(err, b->says) != NULL ||
                   i + 1 == sizeof bad / sizeof *bad),
              "\"%s\" gives \"%s\", not \"%s...%s\"", b->text, err, want,
              b->says);
    }
    CHECK(c,
          tri_net_parse(&net, "input 1 1 4\nfc\0002\n", 18, err) ==
                  TRI_E_FORMAT &&
              strncmp(err, "line 2: a zero byte", 19) == 0,
          "zero byte: %s", err);

    for (int i = 0; i < 1000; i++)
        strcat(many, "relu\n");
    CHECK(c,
          tri_net_parse(&net, many, strlen(many), err) == TRI_E_FORMAT &&
              strstr(err, "line 1001: nothing to learn") != NULL,
          "1000 layers: %s", err);
    strcat(many, "fc 2\n");
    CHECK(c,
          tri_net_parse(&net, many, strlen(many), err) == TRI_E_FORMAT &&
              strncmp(err, "line 1002: too many layers; 1000 is", 35) == 0,
          "1001 layers: %s", err);

    memset(big, '\n', sizeof big);
    memcpy(big, "input 1 1 4\nfc 2\n", 17);
    CHECK(c, tri_net_parse(&net, big, 32768, err) == TRI_OK, "32768 bytes: %s",
          err);
    CHECK(c,
          tri_net_parse(&net, big, 32769, err) == TRI_E_FORMAT &&
              strstr(err, "longer than 32768") != NULL,
          "32769 bytes: %s", err);
}

/* Damaged texts: whatever comes out, an error has a line, and a network that
 * is accepted survives printing. */
static void check_parse_fuzz(struct tri_check *c)
{
    static const char *const word[] = {
        "input",   "fc",        "conv",    "relu",        "pad",     "stride",
        "maxpool", "avgpool",   "flatten", "loss",        "mse",     "asm",
        "3",       "28",        "0",       "99999999999", "\n",      "\n",
        "#",       "\r\n",      "5",       "2",           "1",       "10",
        "nobias",  "same",      "global",  "sigmoid",     "as",      "from",
        "add",     "n1",        "leaky",   "0.01",        "dropout", ".5",
        "tanh",    "batchnorm", "freeze"
    };
    uint64_t rng = c->seed;
    unsigned accepted = 0;

    for (int trial = 0; trial < 30000; trial++) {
        char text[400] = "input 28 28 1\n", out[1000], again[1000], err[160];
        struct tri_net net, copy;
        size_t len, n;
        int rc;

        for (uint64_t k = tri_test_rand(&rng) % 12; k > 0; k--) {
            strcat(text,
                   word[tri_test_rand(&rng) % (sizeof word / sizeof *word)]);
            strcat(text, tri_test_rand(&rng) % 3 == 0 ? "\n" : " ");
        }
        strcat(text, "\nfc 10\n");
        len = strlen(text);
        if (trial % 3 == 0)
            text[tri_test_rand(&rng) % len] = (char)tri_test_rand(&rng);
        if (trial % 5 == 0)
            len = tri_test_rand(&rng) % len;
        memset(err, 'x', sizeof err);
        rc = tri_net_parse(&net, text, len, err);
        CHECK(c, memchr(err, '\0', sizeof err) != NULL, "no end in err");
        if (rc != TRI_OK) {
            CHECK(c, rc == TRI_E_FORMAT && strncmp(err, "line ", 5) == 0,
                  "seed %#llx trial %d: %d %s", (unsigned long long)c->seed,
                  trial, rc, err);
            continue;
        }
        accepted++;
        n = tri_net_print(&net, out, sizeof out);
        CHECK(c,
              n > 0 && n == strlen(out) &&
                  tri_net_parse(&copy, out, n, err) == TRI_OK &&
                  tri_net_print(&copy, again, sizeof again) == n &&
                  memcmp(out, again, n) == 0,
              "seed %#llx trial %d: printed and parsed differ: %s",
              (unsigned long long)c->seed, trial, out);
    }
    CHECK(c, accepted > 500, "only %u texts were accepted", accepted);
}

static void check_print(struct tri_check *c)
{
    static const char *const name[] = { "A", "B", "C", "D" };
    static const size_t weights[] = { 118016, 33400, 430500, 99125 };
    struct tri_net net;
    char err[160], out[600];

    for (int i = 0; i < 4; i++) {
        const char *text = tri_net_builtin(name[i]);
        size_t sum = 0, w, b, n;

        CHECK(c, text != NULL, "no network %s", name[i]);
        CHECK(c, tri_net_parse(&net, text, strlen(text), err) == TRI_OK,
              "%s: %s", name[i], err);
        CHECK(c, net.classes == 10 && net.h == 28 && net.w == 28, "sizes");
        for (size_t l = 0; l < net.layers; l++) {
            tri_layer_params(&net.layer[l], &w, &b);
            sum += w;
        }
        CHECK(c, sum == weights[i], "%s has %zu weights", name[i], sum);
        n = tri_net_print(&net, out, sizeof out);
        CHECK(c,
              n == strlen(text) + strlen("loss softmax\n") &&
                  memcmp(out, text, strlen(text)) == 0 &&
                  strcmp(out + strlen(text), "loss softmax\n") == 0,
              "%s prints as %s", name[i], out);
        CHECK(c, tri_net_print(&net, out, n + 1) == n, "exact room");
        CHECK(c, tri_net_print(&net, out, n) == 0, "one byte short");
    }
    CHECK(c, tri_net_print(&net, out, 0) == 0, "no room at all");
    CHECK(c,
          tri_net_builtin("E") == NULL && tri_net_builtin("") == NULL &&
              tri_net_builtin("AA") == NULL && tri_net_builtin(NULL) == NULL,
          "networks that are none");
}

/* ---- a model on one of the clear engines -------------------------------- */

struct run {
    struct tri_single p;
    struct tri_net net;
    struct tri_model m;
};

/* Non-zero: as an engine whose truncation is dear. */
static int late_trunc;

/* Parse, measure, and build a model with its own memory and `spare` bytes. */
static int run_open(struct tri_check *c, struct run *r, int kind, unsigned f,
                    const char *text, uint32_t batch, int training,
                    int momentum, size_t spare)
{
    struct tri_single dry;
    char err[160];

    if (tri_net_parse(&r->net, text, strlen(text), err) != TRI_OK)
        return tri_check_fail(c, "%s", err);
    tri_single_open(&dry, kind, f, 0);
    dry.e.late_trunc = late_trunc;
    if (tri_model_build(&r->m, &dry.e, &r->net, batch, training, momentum) !=
        TRI_OK)
        return tri_check_fail(c, "dry build");
    if (!tri_single_open(&r->p, kind, f, dry.arena.peak + spare))
        return tri_check_fail(c, "no memory");
    r->p.e.late_trunc = late_trunc;
    if (tri_model_build(&r->m, &r->p.e, &r->net, batch, training, momentum) !=
        TRI_OK)
        return tri_check_fail(c, "build of %s", text);
    return 1;
}

static void set(struct run *r, struct tri_ten *t, size_t i, double v)
{
    if (r->p.e.elem == sizeof(float))
        ((float *)t->v[0])[i] = (float)v;
    else
        (void)tri_fixed_encode((tri_ring *)t->v[0] + i, v, t->fb);
}

static double get(const struct run *r, const struct tri_ten *t, size_t i)
{
    return tri_single_get(&r->p, t, i);
}

/* Random images in [0, 1) and labels: the same for the same seed. */
static void fill(struct run *r, uint64_t seed)
{
    const uint32_t classes = r->net.classes;

    for (size_t i = 0; i < r->m.in.n; i++)
        set(r, &r->m.in, i, 0.5 + 0.5 * tri_test_unit(&seed));
    for (size_t b = 0; b < r->m.batch; b++) {
        const uint64_t right = tri_test_rand(&seed) % classes;
        for (size_t j = 0; j < classes; j++)
            set(r, &r->m.label, b * classes + j, j == right);
    }
}

/* Biases that matter, and normalisations that do something. */
static void unlike(struct run *r)
{
    for (size_t i = 0; i < r->net.layers; i++) {
        struct tri_layer *const l = &r->m.layer[i];
        const size_t kept = l->kept.n / 2;

        for (size_t j = 0; j < l->b.n; j++)
            set(r, &l->b, j, 0.1 * (double)(j % 3));
        for (size_t j = 0; j < kept; j++) {
            set(r, &l->w, j, 1 - 0.125 * (double)(j % 4));
            set(r, &l->kept, j, 0.1 * (double)j - 0.2);
            set(r, &l->kept, kept + j, 0.375 + 0.5 * (double)(j % 3));
        }
    }
}

/* ---- the forward pass by its definition ------ */

enum { MAX_IMAGE = 2000, MAX_DEPTH = 40, MAX_BATCH = 3 };

/* The output of every layer on every image: 0 is the input. */
static double buf[MAX_DEPTH + 1][MAX_BATCH][MAX_IMAGE];

/* A layer whose output has a number for each of the input, a function of it. */
static double pointwise(const struct tri_layer_spec *s, double x)
{
    if (s->kind == &tri_layer_tanh)
        return tanh(x);
    if (s->kind == &tri_layer_sigmoid)
        return 1 / (1 + exp(-x));
    if (s->kind == &tri_layer_relu)
        return fmax(x, 0);
    if (s->kind == &tri_layer_leaky)
        return x < 0 ? x * s->ratio / 10000 : x;
    return x; /* flatten */
}

/* By the means of the batch in a step of training, else by the running ones. */
static void batchnorm_naive(const struct run *r, const struct tri_layer *l,
                            double z[][MAX_IMAGE], double x[][MAX_IMAGE])
{
    const size_t c = l->spec->oc, n = l->in->n / r->m.batch, B = r->m.batch;

    for (size_t ch = 0; ch < c; ch++) {
        double m = get(r, &l->kept, ch), v = get(r, &l->kept, c + ch);

        if (r->m.step.number > 0) {
            m = v = 0;
            for (size_t i = ch; i < B * n; i += c)
                m += x[i / n][i % n] / (double)(B * n / c);
            for (size_t i = ch; i < B * n; i += c)
                v += (x[i / n][i % n] - m) * (x[i / n][i % n] - m) /
                     (double)(B * n / c);
        }
        for (size_t i = ch; i < B * n; i += c)
            z[i / n][i % n] =
                get(r, &l->w, ch) * (x[i / n][i % n] - m) / sqrt(v + 1e-5) +
                get(r, &l->b, ch);
    }
}

/* Layer l on one image, x (and y) to z, as net.h and model.h describe it.
 * Returns how far the nearest ReLU is from 0, or maximum from the next: where
 * the layer has no derivative. */
static double forward_naive(const struct run *r, const struct tri_layer *l,
                            double *z, const double *x, const double *y)
{
    const struct tri_layer_spec *s = l->spec;
    const size_t ih = s->ih, iw = s->iw, ic = s->ic, k = s->size;
    double near = 1e30;

    if (s->kind == &tri_layer_add) {
        for (size_t i = 0; i < ih * iw * ic; i++)
            z[i] = x[i] + y[i];
        return near;
    }
    if (s->kind == &tri_layer_fc) {
        for (size_t o = 0; o < s->out; o++) {
            z[o] = l->b.n > 0 ? get(r, &l->b, o) : 0;
            for (size_t i = 0; i < ih * iw * ic; i++)
                z[o] += x[i] * get(r, &l->w, i * s->out + o);
        }
        return near;
    }
    if (s->size == 0) {
        const int kink =
            s->kind == &tri_layer_relu || s->kind == &tri_layer_leaky;

        for (size_t i = 0; i < ih * iw * ic; i++) {
            z[i] = pointwise(s, x[i]);
            near = kink ? fmin(near, fabs(x[i])) : near;
        }
        return near;
    }
    for (size_t row = 0; row < s->oh; row++)
        for (size_t v = 0; v < s->ow; v++)
            for (size_t o = 0; o < s->oc; o++) {
                double sum = 0, max = -1e30, next = -1e30;
                for (size_t q = 0; q < k * k * ic; q++) {
                    const size_t ch = q % ic, ky = q / ic / k, kx = q / ic % k;
                    const size_t iy = row * s->stride + ky - s->pad;
                    const size_t ix = v * s->stride + kx - s->pad;
                    double e;

                    if (iy >= ih || ix >= iw)
                        continue;
                    e = x[(iy * iw + ix) * ic + ch];
                    if (s->kind == &tri_layer_conv) {
                        sum += e * get(r, &l->w, q * s->oc + o);
                    } else if (ch == o) {
                        sum += e / (double)(k * k);
                        next = fmax(next, fmin(max, e));
                        max = fmax(max, e);
                    }
                }
                z[(row * s->ow + v) * s->oc + o] =
                    s->kind == &tri_layer_maxpool ? max
                    : s->kind == &tri_layer_avgpool
                        ? sum
                        : sum + (l->b.n > 0 ? get(r, &l->b, o) : 0);
                if (s->kind == &tri_layer_maxpool)
                    near = fmin(near, max - next);
            }
    return near;
}

/* Every layer, on the batch; the logits of image b are returned [b]. */
static double (*logits_naive(const struct run *r, double *near))[MAX_IMAGE]
{
    const size_t n = r->m.in.n / r->m.batch;

    *near = 1e30;
    for (size_t i = 0; i < r->m.in.n; i++)
        buf[0][i / n][i % n] = get(r, &r->m.in, i);
    for (size_t i = 0; i < r->net.layers; i++) {
        const struct tri_layer *const l = &r->m.layer[i];
        const uint32_t *const in = l->spec->in;

        if (l->spec->kind == &tri_layer_batchnorm)
            batchnorm_naive(r, l, buf[i + 1], buf[in[0]]);
        else
            for (size_t b = 0; b < r->m.batch; b++)
                *near =
                    fmin(*near, forward_naive(r, l, buf[i + 1][b],
                                              buf[in[0]][b], buf[in[1]][b]));
    }
    return buf[r->net.layers];
}

/* The loss of the batch, in double. */
static double loss_naive(struct run *r, double *near)
{
    double(*const z)[MAX_IMAGE] = logits_naive(r, near);
    const size_t n = r->net.classes;
    double total = 0;

    for (size_t b = 0; b < r->m.batch; b++) {
        double sum = 0, right = 0;

        for (size_t j = 0; j < n; j++) {
            const double y = get(r, &r->m.label, b * n + j);

            right += y * z[b][j];
            sum += exp(z[b][j]);
            if (r->net.loss == TRI_LOSS_MSE)
                total += 0.5 * (z[b][j] - y) * (z[b][j] - y);
        }
        if (tri_net_entropy(&r->net))
            total += log(sum) - right;
    }
    return total;
}

/* ---- gradients ---------------------------------------------------------- */

static const char *const gradient_net[] = {
    /* every layer stands between two with weights once */
    "input 3 3 1\nfc 7\nrelu\nfc 5\nrelu\nfc 4\n",
    "input 6 6 2\nconv 3 3 pad 1\nrelu\nconv 4 3 stride 2\nrelu\nfc 3\n",
    "input 8 8 1\nconv 3 3\nmaxpool 2\nrelu\nconv 2 2\nflatten\nfc 3\n",
    "input 8 7 1\nconv 2 2\nmaxpool 3 stride 2\nfc 3\n",
    "input 9 9 1\nconv 2 2\nmaxpool 2 stride 3\nfc 3\n",
    /* padded maxima: windows over two, over one edge, over all of the image */
    "input 8 7 1\nconv 2 2\nmaxpool 3 stride 2 pad 1\nrelu\nfc 3\n",
    "input 5 6 2\nconv 2 2\nmaxpool 5 stride 1 pad 2\nfc 3\n",
    "input 4 2 1\nconv 2 2\nmaxpool 2 pad 1\nrelu\nfc 3\n",
    "input 4 4 1\nconv 2 2\nmaxpool 2 stride 1 pad 1\nfc 3\n",
    "input 7 7 1\nconv 2 2\nmaxpool 3 pad 1\nfc 3\n",
    "input 8 8 1\nconv 3 3\nrelu\navgpool 2\nconv 2 3 pad 2\nfc 3\n",
    "input 7 8 1\nconv 2 2\navgpool 3 stride 2\nflatten\nfc 3\n",
    "input 6 6 1\navgpool 2\nflatten\nfc 4\nrelu\nfc 3\n",
    "input 3 3 1\nfc 5\nrelu\nfc 4\nloss mse\n",
    "input 4 4 1\nconv 3 4\nloss mse\n",
    "input 4 4 1\nconv 1 3\nconv 9 2\nfc 3\nflatten\n",
    "input 4 4 1\nconv 2 2\nflatten\nrelu\nfc 3\n",
    "input 5 5 1\nconv 2 2\nconv 3 4\nmaxpool 1\nrelu\nloss mse\n",
    "input 6\nfc 5\nrelu\nfc 3\n",
    ("input 5 5 2\nconv 3 3 pad same nobias\nrelu\nconv 4 3 nobias\n"
     "avgpool global\nfc 5 nobias\nrelu\nfc 3\n"),
    "input 6\nfc 5\nrelu\nfc 1\nloss mse\n",
    "input 5\nfc 6\nleaky 0.125\nfc 5\nleaky 0.01\nfc 3\n",
    "input 4 4 1\nleaky 0.3\nconv 2 3\nleaky 0.05\nmaxpool 2\nfc 3\nloss mse\n",
    "input 5\nfc 6\nsigmoid\nfc 5\ntanh\nfc 3\n",
    "input 5\nfc 6\nfc 3\ntanh\nloss mse\n",
    "input 5\nfc 3 as a\nsigmoid\nadd a\nfc 2\n",
    "input 4 4 2\nconv 3 3\nrelu\nconv 2 2 freeze\nbatchnorm freeze\nfc 3\n",
    "input 5\nfc 6\nbatchnorm\nrelu\nfc 5 nobias\nbatchnorm\nfc 3\n",
    "input 4 4 2\nbatchnorm\nconv 3 3 pad 1\nbatchnorm\nrelu\nfc 3\nloss mse\n",
    "input 4 4 1\nconv 3 2\nbatchnorm\nmaxpool 2\nbatchnorm\nfc 3\n",
    "input 5\nfc 6 as a\nbatchnorm as b\nfc 6 from a\nadd b\nbatchnorm\nfc 3\n",
    /* a tensor that two layers read, three, one of them twice; from the input,
     * through a view, to the end; of different scales */
    "input 6\nfc 5 as a\nrelu\nfc 5\nadd a\nrelu\nfc 3\n",
    ("input 4 4 1\nconv 2 3 pad 1\nrelu as a\nconv 2 3 pad 1\nadd a\nrelu as "
     "b\n"
     "conv 3 3 stride 2 pad 1 as c\nconv 3 1 stride 2 nobias from b\nadd c\n"
     "relu\navgpool global\nfc 3\n"),
    ("input 5 as x\nfc 5\nadd x\nrelu as a\nfc 3 as b\nfc 3 from a as c\n"
     "add b\nadd c\nadd c\nfc 3\n"),
    ("input 4 4 1\nconv 2 2\nflatten as a\nfc 18\nrelu\nadd a\nrelu\nfc "
     "3\nloss "
     "mse\n"),
    "input 5\nfc 3 as a\nrelu\nfc 3\nadd a\nloss mse\n",
    ("input 5 5 2\nconv 3 3 pad same as a\nmaxpool 2 stride 1\nrelu\n"
     "fc 4 as b\navgpool 2 stride 1 from a\nfc 4\nadd b\nrelu\nfc 3\n"),
};

static void check_forward(struct tri_check *c)
{
    static struct run r;
    double(*z)[MAX_IMAGE], near;

    for (size_t t = 0; t < sizeof gradient_net / sizeof *gradient_net; t++)
        for (int how = 0; how < 4; how++) {
            const int kind = how & 1;

            late_trunc = how >> 1;
            if (!run_open(c, &r, kind, 16, gradient_net[t], 3, 1, 0, 1 << 22))
                return;
            for (size_t i = 0; i + 2 < r.net.layers; i++)
                CHECK(c,
                      r.net.layer[i + 1].kind != &tri_layer_flatten ||
                          r.net.layer[i + 2].kind != &tri_layer_relu ||
                          r.m.layer[i].late,
                      "%s: flatten parts a product from its ReLU",
                      gradient_net[t]);
            tri_model_init(&r.m, 6);
            unlike(&r);
            fill(&r, 8);
            CHECK(c, tri_model_forward(&r.m) == TRI_OK, "forward");
            z = logits_naive(&r, &near);
            for (size_t b = 0; b < 3; b++)
                for (size_t j = 0; j < r.net.classes; j++) {
                    const double got =
                        get(&r, tri_model_logits(&r.m), b * r.net.classes + j);
                    CHECK(c, fabs(got - z[b][j]) < ldexp(1, -11),
                          "%s: %s: logit %zu of image %zu is %g, not %g",
                          r.p.e.kind->name, gradient_net[t], j, b, got,
                          z[b][j]);
                }
            tri_single_close(&r.p);
        }
    late_trunc = 0;
}

/* Central differences of the forward pass by its definition. Steps of 2^-20
 * cross no kink where the nearest is FAR away. */
static const double FAR = 1.0 / 4096;

static void gradient_of(struct tri_check *c, struct run *r, const char *text,
                        struct tri_ten *w, const struct tri_ten *dw)
{
    const size_t step = 1 + w->n / 25;
    const double most = strstr(text, "batchnorm") != NULL ? 2e-2 : 2e-3;

    for (size_t i = 0; i < w->n; i += step) {
        const double v = get(r, w, i), g = get(r, dw, i);
        double d[2], at[2], near[2];

        for (int k = 0; k < 2; k++) {
            set(r, w, i, v + ldexp(2 * k - 1, -20));
            at[k] = get(r, w, i); /* a float, and so not quite that */
            d[k] = loss_naive(r, &near[k]);
            CHECK(c, near[k] > FAR / 2, "%s: a kink is %g away", text, near[k]);
        }
        set(r, w, i, v);
        d[0] = (d[1] - d[0]) / (at[1] - at[0]);
        /* softmax is off by 2^-11 for each sample, times the input, and the
         * more, the more a normalisation enlarges it */
        CHECK(c, fabs(g - d[0]) < most * (1 + fabs(d[0])),
              "%s: derivative %zu is %g, differences say %g", text, i, g, d[0]);
    }
}

static void check_gradients(struct tri_check *c)
{
    static struct run r;
    uint64_t rng = c->seed;

    for (size_t t = 0; t < sizeof gradient_net / sizeof *gradient_net; t++) {
        const char *text = gradient_net[t];
        unsigned draws = 0;
        double near;

        if (!run_open(c, &r, TRI_SINGLE_FLOAT, 16, text, 3, 1, 0, 1 << 22))
            return;
        tri_model_init(&r.m, 5 + t);
        unlike(&r);
        r.m.step.number = 1;
        do {
            fill(&r, tri_test_rand(&rng));
            loss_naive(&r, &near);
        } while (near < FAR && ++draws < 1000);
        CHECK(c,
              tri_model_forward(&r.m) == TRI_OK &&
                  tri_model_backward(&r.m) == TRI_OK,
              "%s: forward or backward", text);
        for (size_t i = 0; i < r.net.layers && c->msg[0] == '\0'; i++) {
            struct tri_layer *l = &r.m.layer[i];
            if (l->dw.n == 0)
                continue;
            gradient_of(c, &r, text, &l->w, &l->dw);
            gradient_of(c, &r, text, &l->b, &l->db);
        }
        tri_single_close(&r.p);
    }
}

/* The gradient at the logits, for every loss, against its definition. */
static void check_losses(struct tri_check *c)
{
    static const char *const name[] = { "softmax", "asm", "mse" };
    static struct run r;

    static const double weight[10] = { 1, 2, 0.5, 3, 0.25, 1, 1, 7, 0.1, 4 };
    static const double wrong[10] = { 1, 1, 1, 1, 1, 1, 1, 1, 0, 1 };

    for (int how = 0; how < 12; how++) {
        const int kind = how & 1, weighs = how >> 1 & 1, l = how >> 2;
        char text[100];
        const struct tri_ten *x, *d;

        snprintf(text, sizeof text, "input 4 4 1\nfc 10\nloss %s\n", name[l]);
        if (!run_open(c, &r, kind, 16, text, 20, 1, 0, 1 << 22))
            return;
        tri_model_init(&r.m, 3);
        fill(&r, c->seed);
        r.m.weight = weighs ? weight : NULL;
        CHECK(c,
              tri_model_forward(&r.m) == TRI_OK &&
                  tri_model_backward(&r.m) == TRI_OK,
              "loss %s", name[l]);
        x = tri_model_logits(&r.m);
        d = &r.m.layer[0].dout;
        for (size_t b = 0; b < 20; b++) {
            /* ASM: and one unit, of which a row without any is 0 */
            double sum = 0, relu = ldexp(1, -x->fb), w = 1;
            for (size_t j = b * 10; j < b * 10 + 10; j++) {
                sum += exp(get(&r, x, j));
                relu += fmax(get(&r, x, j), 0);
                if (weighs && get(&r, &r.m.label, j) > 0)
                    w = weight[j % 10];
            }
            for (size_t j = b * 10; j < b * 10 + 10; j++) {
                const double v = get(&r, x, j);
                const double p = l == 0   ? exp(v) / sum
                                 : l == 1 ? fmax(v, 0) / relu
                                          : v;
                CHECK(c,
                      fabs(get(&r, d, j) - w * (p - get(&r, &r.m.label, j))) <
                          fmax(w, 1) * ldexp(l == 0 ? 1 : 0.125, -11) +
                              ldexp(weighs, -12),
                      "%s: loss %s: %g", r.p.e.kind->name, name[l],
                      get(&r, d, j));
            }
        }
        r.m.weight = wrong;
        CHECK(c, !weighs || tri_model_backward(&r.m) == TRI_E_ARG,
              "a weight of 0");
        tri_single_close(&r.p);
    }
}

/* ---- fixed point against float ------------------------------------------ */

struct diff {
    double logits;  /* largest distance */
    double weights; /* largest distance */
    double mean;    /* of the weights: root mean square */
};

static int step_once(struct run *r, double rate, double momentum)
{
    const struct tri_sgd sgd = { rate, momentum, 0 };

    r->m.step.number = 1;
    return tri_model_forward(&r->m) == TRI_OK &&
           tri_model_backward(&r->m) == TRI_OK &&
           tri_model_update(&r->m, &sgd) == TRI_OK;
}

/* Largest distance of logits before, and weights after, one step. */
static struct diff compare(struct tri_check *c, const char *text, unsigned f,
                           uint32_t batch, double rate)
{
    static struct run r[2];
    struct diff d = { 0, 0, 0 };
    size_t count = 0;

    for (int k = 0; k < 2; k++) {
        if (!run_open(c, &r[k], k, f, text, batch, 1, 0, 24 << 20))
            return d;
        tri_model_init(&r[k].m, 1);
        fill(&r[k], 9);
        if (!step_once(&r[k], rate, 0)) {
            tri_check_fail(c, "%s: step", text);
            return d;
        }
    }
    for (size_t i = 0; i < tri_model_logits(&r[0].m)->n; i++)
        d.logits =
            fmax(d.logits, fabs(get(&r[0], tri_model_logits(&r[0].m), i) -
                                get(&r[1], tri_model_logits(&r[1].m), i)));
    for (size_t l = 0; l < r[0].net.layers; l++)
        for (size_t i = 0; i < r[0].m.layer[l].w.n; i++) {
            const double w = fabs(get(&r[0], &r[0].m.layer[l].w, i) -
                                  get(&r[1], &r[1].m.layer[l].w, i));
            d.weights = fmax(d.weights, w);
            d.mean += w * w;
            count++;
        }
    d.mean = sqrt(d.mean / (double)count);
    tri_single_close(&r[0].p);
    tri_single_close(&r[1].p);
    return d;
}

/*
 * Bounds. A logit collects the roundings of all layers: weights are off by
 * 2^-17, activations by up to 2^-16, and a sum of n of each by about
 * sqrt(n) * 2^-16 * |values|: 2^-9 holds for n up to 800 and values of about
 * 1 at f = 16. A weight after a step is off by its own two roundings (mean
 * below 2^-15) and by rate * the error of its gradient. Where two values of a
 * pool, or a value and 0, are that close, the engines may send the gradient
 * different ways: a few weights then differ by more, up to 2^-8 here.
 */
static void fixed(struct tri_check *c)
{
    static const char *const name[] = { "A", "B", "C", "D" };

    for (int i = 0; i < 4 && c->msg[0] == '\0'; i++) {
        const struct diff d =
            compare(c, tri_net_builtin(name[i]), 16, 4, 1.0 / 32);
        if (getenv("TRI_TEST_VERBOSE") != NULL)
            printf("network %s: logits %g, weights %g, mean %g\n", name[i],
                   d.logits, d.weights, d.mean);
        CHECK(c,
              d.logits < ldexp(1, -9) && d.weights < ldexp(1, -8) &&
                  d.mean < ldexp(1, -15),
              "network %s: logits differ by %g, weights by %g, mean %g",
              name[i], d.logits, d.weights, d.mean);
    }
    for (size_t i = 0; i < sizeof gradient_net / sizeof *gradient_net; i++) {
        const struct diff d = compare(c, gradient_net[i], 16, 5, 0.1);
        if (c->msg[0] != '\0')
            return;
        CHECK(c, d.logits < ldexp(1, -11) && d.weights < ldexp(1, -12),
              "%s: logits differ by %g, weights by %g", gradient_net[i],
              d.logits, d.weights);
    }
    for (unsigned f = 10; f <= 13; f += 3) {
        const struct diff d = compare(c, gradient_net[2], f, 5, 0.1);
        if (c->msg[0] != '\0')
            return;
        CHECK(c,
              d.logits < ldexp(32, -(int)f) && d.weights < ldexp(16, -(int)f),
              "f = %u: logits differ by %g, weights by %g", f, d.logits,
              d.weights);
    }
}

static void check_fixed(struct tri_check *c)
{
    for (late_trunc = 0; late_trunc < 2 && c->msg[0] == '\0'; late_trunc++)
        fixed(c);
    late_trunc = 0;
}

/* Where truncation is dear: behind the maxima, and none of the gradient that
 * goes to fewer weights than it has elements. */
static void check_late(struct tri_check *c)
{
    static const struct {
        const char *text;
        uint32_t batch;
        int late, late_din; /* bits: layers */
        int always;         /* late in any engine */
    } want[] = {
        { "input 8 8 1\nconv 2 3\nmaxpool 2\nrelu\nconv 2 2\nrelu\n"
          "maxpool 2\nflatten\nfc 3\n",
          4, 1 << 0 | 1 << 1 | 1 << 3, 1 << 3, 1 << 3 },
        { "input 8 8 1\nconv 2 3\nmaxpool 2\nmaxpool 2\nfc 3\n", 4, 3, 0, 0 },
        { "input 8 8 1\nconv 2 3\navgpool 2\nflatten\nfc 3\n", 4, 0, 0, 0 },
        { "input 4\nfc 5\nrelu\nfc 3\n", 4, 1, 0, 1 },
        { "input 4\nfc 5\nrelu\nfc 3\n", 5, 1, 1 << 2, 1 },
        { "input 8 8 1\nmaxpool 2\nconv 2 3\nmaxpool 2\nflatten\nfc 3\n", 4,
          1 << 1, 0, 0 },
    };
    static struct run r;

    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        for (late_trunc = 1; late_trunc >= 0; late_trunc--) {
            int late = 0, late_din = 0;

            if (!run_open(c, &r, TRI_SINGLE_PLAIN, 16, want[i].text,
                          want[i].batch, 1, 0, 1 << 22))
                break;
            for (size_t l = 0; l < r.net.layers; l++) {
                late |= (r.m.layer[l].late != 0) << l;
                late_din |= (r.m.layer[l].late_din != 0) << l;
            }
            CHECK(c,
                  late == (late_trunc ? want[i].late : want[i].always) &&
                      late_din == (late_trunc ? want[i].late_din : 0),
                  "%s: late %x, gradients %x", want[i].text, late, late_din);
            tri_single_close(&r.p);
        }
    late_trunc = 0;
}

/* Every layer's output lies in memory of the model and apart from its input. */
static int apart(const struct run *r)
{
    for (size_t i = 0; i < r->net.layers; i++) {
        const struct tri_layer *l = &r->m.layer[i];
        const char *z = l->out.v[0], *x = l->in->v[0];
        const size_t zn = l->out.n * r->p.e.elem, xn = l->in->n * r->p.e.elem;

        if (z + zn > (const char *)r->p.arena.base + r->p.arena.used)
            return 0;
        if (l->spec->kind != &tri_layer_flatten && z < x + xn && x < z + zn)
            return 0;
    }
    return 1;
}

/* Inference shares memory between layers: the logits must not notice. */
static void check_inference(struct tri_check *c)
{
    static struct run r[2];

    for (size_t t = 0; t < sizeof gradient_net / sizeof *gradient_net; t++)
        for (int how = 0; how < 4; how++) {
            const int kind = how & 1;
            size_t used[2];

            late_trunc = how >> 1;
            for (int k = 0; k < 2; k++) {
                if (!run_open(c, &r[k], kind, 16, gradient_net[t], 3, k, 0,
                              1 << 22))
                    return;
                used[k] = r[k].p.arena.used;
                CHECK(c, apart(&r[k]), "%s: outputs overlap", gradient_net[t]);
                tri_model_init(&r[k].m, 5);
                unlike(&r[k]);
                fill(&r[k], 6);
                CHECK(c, tri_model_forward(&r[k].m) == TRI_OK, "forward");
            }
            const int folds = strstr(gradient_net[t], "batchnorm") != NULL;
            for (size_t i = 0; i < r[0].m.label.n; i++)
                CHECK(c,
                      fabs(get(&r[0], tri_model_logits(&r[0].m), i) -
                           get(&r[1], tri_model_logits(&r[1].m), i)) <=
                          (folds ? ldexp(1, -11) : 0),
                      "%s: inference and training disagree", gradient_net[t]);
            CHECK(c, used[0] < used[1], "inference takes as much memory");
            CHECK(c, tri_model_backward(&r[0].m) == TRI_E_ARG,
                  "backward without training");
            tri_single_close(&r[0].p);
            tri_single_close(&r[1].p);
        }
    late_trunc = 0;
}

/* Bytes that inference with so many residual blocks takes, less weights. */
static size_t residual_bytes(struct tri_check *c, unsigned blocks)
{
    static struct run r;
    static char text[20000];
    size_t n =
        (size_t)snprintf(text, sizeof text, "input 8\nfc 64 nobias as a0\n");
    size_t used;

    for (unsigned i = 0; i < blocks; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "fc 64 nobias\nrelu\nadd a%u as a%u\n", i, i + 1);
    snprintf(text + n, sizeof text - n, "fc 2\n");
    if (!run_open(c, &r, TRI_SINGLE_PLAIN, 16, text, 64, 0, 0, 0))
        return 0;
    used = r.p.arena.used - blocks * 64 * 64 * sizeof(uint64_t);
    tri_single_close(&r.p);
    return used;
}

/* However deep a residual network is, its activations take three buffers. */
static void check_buffers(struct tri_check *c)
{
    const size_t one = residual_bytes(c, 1), many = residual_bytes(c, 332);

    CHECK(c, one > 3 * 64 * 64 * 8 && one < 4 * 64 * 64 * 8 + 4096,
          "activations of one block: %zu bytes", one);
    CHECK(c, one == many, "of one block %zu bytes, of 332 %zu", one, many);
}

/* Every activation and gradient in memory of its own. */
static void own_buffers(struct run *r)
{
    for (size_t i = 0; i < r->net.layers; i++) {
        struct tri_layer *const l = &r->m.layer[i];
        struct tri_ten *const t[] = { &l->out, &l->dout };

        for (size_t k = 0; k < 2; k++)
            if (t[k]->n > 0 && !l->spec->kind->view)
                tri_ten_alloc(&r->p.e, t[k], t[k]->shape, t[k]->fb, 0);
        if (l->spec->kind->view)
            tri_ten_view(&l->out, l->in, l->out.shape);
    }
}

/* Steps in shared buffers are those without, to the last bit; and what a
 * training adds for each block of layers is what backward needs of it. */
static void check_liveness(struct tri_check *c)
{
    static const char *const text[] = {
        "input 8 8 2\nconv 3 3 pad same\nbatchnorm\nrelu as a\n"
        "conv 3 3 pad same\nbatchnorm\nadd a\nrelu as b\n"
        "maxpool 2 as p\nconv 3 1 stride 2 from b\nadd p\nsigmoid\nflatten\nfc "
        "6\ntanh\n"
        "dropout 0.2\nfc 5\nleaky 0.1\nfc 3\n",
        "input 6 6 1 as x\nconv 2 3 pad same as a\nadd a as b\n"
        "conv 2 3 pad same\nadd b\nadd a\navgpool 2\nfc 7 freeze\nrelu\n"
        "fc 4\n",
        "input 5\nfc 6\nsigmoid as a\nfc 6\nadd a\nrelu\nfc 2\nloss mse\n",
    };
    static const char block[] = "conv 4 3 pad same nobias\nbatchnorm\nrelu\n";
    const struct tri_sgd sgd = { 0.125, 0.5, 0 };
    static struct run r[2];
    static char many[2000];
    size_t peak[2];

    for (size_t t = 0; t < sizeof text / sizeof *text; t++)
        for (int kind = 0; kind < 2; kind++) {
            for (int k = 0; k < 2; k++) {
                if (!run_open(c, &r[k], kind, 16, text[t], 4, 1, 1, 8 << 20))
                    return;
                if (k == 1)
                    own_buffers(&r[k]);
                tri_model_init(&r[k].m, 3);
                for (uint32_t s = 1; s < 4; s++) {
                    fill(&r[k], s);
                    r[k].m.label.fb = 0;
                    r[k].m.step = (struct tri_step){ s, 5 };
                    CHECK(c,
                          tri_model_forward(&r[k].m) == TRI_OK &&
                              tri_model_backward(&r[k].m) == TRI_OK &&
                              tri_model_update(&r[k].m, &sgd) == TRI_OK,
                          "network %zu: step %u", t, s);
                }
            }
            for (size_t i = 0; i < r[0].net.layers; i++) {
                struct tri_ten *a[3], *b[3];
                const size_t n = tri_layer_state(&r[0].m.layer[i], a);

                tri_layer_state(&r[1].m.layer[i], b);
                for (size_t j = 0; j < n; j++)
                    CHECK(c,
                          memcmp(a[j]->v[0], b[j]->v[0],
                                 a[j]->n * r[0].p.e.elem) == 0,
                          "network %zu, layer %zu: not the same", t, i + 1);
            }
            for (int k = 0; k < 2; k++)
                tri_single_close(&r[k].p);
        }
    for (int k = 0; k < 2; k++) {
        struct tri_single dry;
        char err[TRI_NET_ERROR];

        strcpy(many, "input 32 32 4\n");
        for (int i = 0; i < 10 * (k + 1); i++)
            strcat(many, block);
        strcat(many, "fc 2\n");
        tri_single_open(&dry, TRI_SINGLE_PLAIN, 16, 0);
        CHECK(c,
              tri_net_parse(&r[0].net, many, strlen(many), err) == TRI_OK &&
                  tri_model_build(&r[0].m, &dry.e, &r[0].net, 8, 1, 0) ==
                      TRI_OK,
              "%s", err);
        peak[k] = dry.arena.peak;
    }
    /* an activation, what is normalised, and a bit for each number */
    CHECK(c, peak[1] - peak[0] < (size_t)10 * 32 * 32 * 4 * 8 * 17 + (40 << 10),
          "ten more blocks take %zu bytes", peak[1] - peak[0]);
}

/* What comes layer by layer is another model's. */
static int fetch_from(void *self, struct tri_model *m, size_t layer)
{
    const struct run *const from = self;
    struct tri_ten *const w = &m->layer[layer].w;

    memcpy(w->v[0], from->m.layer[layer].w.v[0], w->n * m->e->elem);
    tri_ten_changed(w);
    return TRI_OK;
}

/* With the weights of one product at a time: the same, but for roundings where
 * a normalisation is part of none, in less memory. */
static void check_stream(struct tri_check *c)
{
    static const struct {
        const char *text;
        size_t all, most; /* weights of products */
        double off;
    } how[] = {
        { "input 8 8 1\nconv 4 3\nrelu\nfc 40\nrelu\nfc 90\nrelu\nfc 3\n",
          36 + 5760 + 3600 + 270, 5760, 0 },
        { "input 8 8 2\nconv 8 3 pad same nobias\nbatchnorm\nrelu as a\n"
          "conv 8 3 pad same\nbatchnorm\nadd a\nrelu\nfc 5\n",
          144 + 576 + 2560, 2560, 0.02 },
    };
    static struct run r[2], kept;

    for (size_t h = 0; h < sizeof how / sizeof *how; h++)
        for (int kind = 0; kind < 2; kind++) {
            for (int k = 0; k < 2; k++) {
                if (!run_open(c, &r[k], kind, 16, how[h].text, 6,
                              k ? TRI_MODEL_STREAM : 0, 0, 1 << 20))
                    return;
                tri_model_init(&r[k].m, 2);
                unlike(&r[k]);
                r[k].m.fetch = fetch_from;
                r[k].m.fetch_self = &kept;
            }
            /* the first model changes its weights by normalisations */
            kept = r[0];
            for (size_t i = 0; i < r[0].net.layers; i++) {
                struct tri_ten *const w = &kept.m.layer[i].w;

                w->v[0] = w->n > 0 ? malloc(w->n * r[0].p.e.elem) : NULL;
                if (w->n > 0)
                    memcpy(w->v[0], r[0].m.layer[i].w.v[0],
                           w->n * r[0].p.e.elem);
            }
            CHECK(c,
                  r[0].p.arena.used - r[1].p.arena.used >=
                      (how[h].all - how[h].most) * r[0].p.e.elem - 64 * 4,
                  "network %zu: %zu bytes, then %zu", h, r[0].p.arena.used,
                  r[1].p.arena.used);
            for (uint64_t s = 0; s < 2; s++) {
                fill(&r[0], s);
                fill(&r[1], s);
                CHECK(c,
                      tri_model_forward(&r[1].m) == TRI_OK &&
                          tri_model_forward(&r[0].m) == TRI_OK,
                      "forward");
                for (size_t i = 0; i < 6 * r[0].net.classes; i++)
                    CHECK(c,
                          fabs(get(&r[0], tri_model_logits(&r[0].m), i) -
                               get(&r[1], tri_model_logits(&r[1].m), i)) <=
                              how[h].off,
                          "network %zu, %s: logit %zu: %g, not %g", h,
                          r[0].p.e.kind->name, i,
                          get(&r[1], tri_model_logits(&r[1].m), i),
                          get(&r[0], tri_model_logits(&r[0].m), i));
            }
            for (size_t i = 0; i < r[0].net.layers; i++)
                free(kept.m.layer[i].w.v[0]);
            for (int k = 0; k < 2; k++)
                tri_single_close(&r[k].p);
        }
}

/* ---- sigmoid and tanh -----------------------------------------------------
 */

/* Over all numbers that comparisons see, densest about 0. */
static void check_sigmoid(struct tri_check *c)
{
    static const unsigned scales[] = { 8, 10, 13, 16 };
    enum { N = 4001 };
    double worst = 0;

    for (int kind = 0; kind < 2; kind++)
        for (size_t t = 0; t < 4; t++) {
            const unsigned f = scales[t];
            const double most = ldexp(1, 31 - (int)f) * 0.999,
                         unit = ldexp(1, -(int)f);
            struct tri_single dry, p;
            struct tri_ten x, z;
            double v[N];

            tri_single_open(&dry, kind, f, 0);
            for (int real = 0; real < 2; real++) {
                struct tri_single *const s = real ? &p : &dry;

                if (real && !tri_single_open(&p, kind, f, dry.arena.peak))
                    return (void)tri_check_fail(c, "no memory");
                for (size_t i = 0; i < N; i++) {
                    const double at = ((double)i - N / 2) / (N / 2);
                    v[i] = i % 2 == 0 ? 20 * at : at * at * at * most;
                }
                tri_ten_alloc(&s->e, &x, tri_shape1(N), (int)f, 0);
                tri_ten_alloc(&s->e, &z, tri_shape1(N), (int)f, 0);
                CHECK(c,
                      s->e.ops->constant(&s->e, &x, v) == TRI_OK &&
                          tri_sigmoid(&s->e, &z, &x) == TRI_OK,
                      "sigmoid");
            }
            for (size_t i = 0; i < N; i++) {
                const double d =
                    fabs(tri_single_get(&p, &z, i) -
                         1 / (1 + exp(-tri_single_get(&p, &x, i))));

                worst = fmax(worst, f == 16 ? d : 0);
                CHECK(c, d < ldexp(1, -12) + 4 * unit,
                      "f = %u: sigmoid(%g) is off by %g", f, v[i], d);
            }
            CHECK(c, tri_sigmoid(&p.e, &x, &x) == TRI_E_ARG, "in place");
            tri_single_close(&p);
        }
    CHECK(c, worst > ldexp(1, -16), "no error at all: %g", worst);
}

/* ---- inverse square root ---------------------------------------------------
 */

static void check_rsqrt(struct tri_check *c)
{
    enum { N = 4000 };
    static const int scale[] = { 0, 16, 20, 30 };

    for (int kind = 0; kind < 2; kind++)
        for (size_t t = 0; t < 4; t++) {
            const int fb = scale[t];
            struct tri_single dry, p;
            struct tri_ten x, z, rough;
            uint64_t rng = c->seed;
            double v[N];

            for (size_t i = 0; i < N; i++) /* from 1 unit to 2^31 of them */
                v[i] = ldexp(floor(exp2(31.0 * (double)i / N)), -fb);
            v[N - 1] = ldexp(ldexp(1, 31) - 1, -fb);
            for (size_t i = 1; i < N / 4; i++)
                v[i] =
                    ldexp((double)(tri_test_rand(&rng) % (1 << 20) + 1), -fb);
            tri_single_open(&dry, kind, 16, 0);
            for (int real = 0; real < 2; real++) {
                struct tri_single *const s = real ? &p : &dry;

                if (real && !tri_single_open(&p, kind, 16, dry.arena.peak))
                    return (void)tri_check_fail(c, "no memory");
                tri_ten_alloc(&s->e, &x, tri_shape1(N), fb, 0);
                tri_ten_alloc(&s->e, &z, tri_shape1(N), 20, 0);
                tri_ten_alloc(&s->e, &rough, tri_shape1(N), 20, 0);
                CHECK(c,
                      s->e.ops->constant(&s->e, &x, v) == TRI_OK &&
                          tri_rsqrt(&s->e, &z, &x) == TRI_OK &&
                          tri_rsqrt_coarse(&s->e, &rough, &x) == TRI_OK,
                      "inverse square root");
            }
            for (size_t i = 0; i < N; i++) {
                const double root = 1 / sqrt(v[i]);
                const double d = fabs(tri_single_get(&p, &z, i) - root);
                const double far = fabs(tri_single_get(&p, &rough, i) - root);
                const double unit = (2 + ldexp(2, fb / 2 - 20)) / (1 << 20);

                CHECK(c, d < 9e-5 * root + unit && far < 0.0136 * root + unit,
                      "%s: 1 / sqrt(%g) is off by %g, %g", p.e.kind->name, v[i],
                      d, far);
                CHECK(c,
                      tri_single_get(&p, &x, i) ==
                          (kind ? (double)(float)v[i] : v[i]),
                      "its input changed");
            }
            tri_single_close(&p);
        }
}

/* ---- dropout ----------------------------------------------------------------
 */

static void check_dropout(struct tri_check *c)
{
    static struct run r;
    static const char text[] = "input 1000\nfc 900\ndropout 0.3\nfc 2\n";
    struct tri_layer *const l = &r.m.layer[1];
    struct tri_ten in, din, *const own[4] = { &in, &din, &l->out, &l->dout };
    uint64_t rng = c->seed;
    double first[900];

    for (int kind = 0; kind < 2; kind++) {
        size_t gone = 0, same = 0;

        if (!run_open(c, &r, kind, 16, text, 2, 1, 0, 1 << 24))
            return;
        for (size_t k = 0; k < 4; k++)
            tri_ten_alloc(&r.p.e, own[k], l->out.shape, 16, 0);
        l->in = &in;
        l->din = &din;
        for (size_t i = 0; i < 1800; i++) {
            set(&r, &in, i, tri_test_unit(&rng));
            set(&r, &l->dout, i, tri_test_unit(&rng));
        }
        CHECK(c, l->spec->kind->forward(&r.p.e, l) == TRI_OK, "an evaluation");
        for (size_t i = 0; i < 1800; i++)
            CHECK(c, get(&r, &l->out, i) == get(&r, &in, i),
                  "an evaluation drops");
        for (uint32_t step = 1; step <= 3; step++) {
            r.m.step = (struct tri_step){ step == 3 ? 1 : step, 77 };
            CHECK(c,
                  l->spec->kind->forward(&r.p.e, l) == TRI_OK &&
                      l->spec->kind->backward(&r.p.e, l) == TRI_OK,
                  "a step");
            for (size_t i = 0; i < 1800; i++) {
                const double x = get(&r, &in, i);
                const double z = get(&r, &l->out, i);
                const double d = get(&r, &l->dout, i);
                const double dx = get(&r, &din, i);

                CHECK(c,
                      (z == 0 && dx == 0) || (fabs(z - x / 0.7) < 1e-4 &&
                                              fabs(dx - d / 0.7) < 1e-4),
                      "%g becomes %g, its gradient %g from %g", x, z, dx, d);
                gone += step == 1 && z == 0 && fabs(x) > 1e-3;
                same += step == 2 && i < 900 && (z == 0) == (first[i] == 0);
                if (step == 1 && i < 900)
                    first[i] = z;
                CHECK(c, step < 3 || i >= 900 || z == first[i],
                      "the same step draws other coins");
            }
        }
        CHECK(c, gone > 440 && gone < 640, "%zu of 1800 are gone", gone);
        CHECK(c, same < 650, "another step draws the same coins: %zu", same);
        tri_single_close(&r.p);
    }
}

/* ---- batch normalisation ----------------------------------------------------
 */

/* Running means follow their formula, evaluations use them, and do not notice
 * that they were prepared before. */
static void check_batchnorm(struct tri_check *c)
{
    enum { B = 6, IN = 3 * 3 * 2, N = B * 9 };
    static struct run r;

    for (int kind = 0; kind < 2; kind++) {
        double mean[2] = { 0, 0 }, variance[2] = { 1, 1 };
        double first = 0, last = 0;

        if (!run_open(c, &r, kind, 16,
                      "input 3 3 2\nbatchnorm\nflatten\nfc 2\n", B, 1, 0,
                      1 << 22))
            return;
        tri_model_init(&r.m, 1);
        for (uint32_t step = 1; step <= 12; step++) {
            const struct tri_layer *const l = &r.m.layer[0];
            double sum[2] = { 0, 0 }, square[2] = { 0, 0 };

            fill(&r, step);
            for (size_t i = 0; i < B * IN; i++) {
                const double v = get(&r, &r.m.in, i) * (i % 2 ? 3 : 0.25);
                set(&r, &r.m.in, i, v);
                sum[i % 2] += v;
                square[i % 2] += v * v;
            }
            r.m.step.number = step;
            CHECK(c, tri_model_forward(&r.m) == TRI_OK, "a step");
            for (size_t ch = 0; ch < 2; ch++) {
                const double m = sum[ch] / N, v = square[ch] / N - m * m;
                double out = 0, spread = 0;

                mean[ch] += 0.1 * (m - mean[ch]);
                variance[ch] += 0.1 * (v * N / (N - 1) - variance[ch]);
                CHECK(c,
                      fabs(get(&r, &l->kept, ch) - mean[ch]) < 1e-3 &&
                          fabs(get(&r, &l->kept, 2 + ch) - variance[ch]) < 1e-3,
                      "step %u: running mean %g, variance %g, not %g, %g", step,
                      get(&r, &l->kept, ch), get(&r, &l->kept, 2 + ch),
                      mean[ch], variance[ch]);
                for (size_t i = ch; i < B * IN; i += 2) {
                    out += get(&r, &l->out, i) / N;
                    spread += get(&r, &l->out, i) * get(&r, &l->out, i) / N;
                }
                CHECK(c, fabs(out) < 1e-3 && fabs(spread - 1) < 3e-3,
                      "step %u: mean %g, square %g", step, out, spread);
            }
            r.m.step.number = 0;
            CHECK(c, tri_model_forward(&r.m) == TRI_OK, "an evaluation");
            last = get(&r, &l->out, 1);
            first = (get(&r, &r.m.in, 1) - mean[1]) / sqrt(variance[1] + 1e-5);
            CHECK(c, fabs(first - last) < 2e-3, "step %u: %g, not %g", step,
                  last, first);
        }
        CHECK(c, tri_model_backward(&r.m) == TRI_E_ARG, "backward of no step");
        tri_single_close(&r.p);
    }
}

/* ---- weights and SGD ---------------------------------------------------- */

static void check_init(struct tri_check *c)
{
    static struct run r[2];
    double sum = 0, square = 0, fourth = 0, n;
    const struct tri_ten *w;

    for (int k = 0; k < 2; k++) {
        if (!run_open(c, &r[k], k, 16, "input 28 28 1\nfc 101\nrelu\nfc 7\n", 1,
                      0, 0, 1 << 20))
            return;
        CHECK(c, tri_model_init(&r[k].m, 77) == TRI_OK, "init");
    }
    w = &r[1].m.layer[0].w;
    n = (double)w->n;
    for (size_t i = 0; i < w->n; i++) {
        const double v = get(&r[1], w, i) / sqrt(2.0 / 784);
        CHECK(c,
              fabs(get(&r[0], &r[0].m.layer[0].w, i) - get(&r[1], w, i)) <=
                  ldexp(1, -17) + 1e-7,
              "weight %zu differs between the engines", i);
        sum += v;
        square += v * v;
        fourth += v * v * v * v;
    }
    CHECK(c,
          fabs(sum / n) < 4 / sqrt(n) &&
              fabs(square / n - 1) < 4 * sqrt(2 / n) &&
              fabs(fourth / n - 3) < 4 * sqrt(96 / n),
          "moments %g %g %g", sum / n, square / n, fourth / n);
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < r[0].m.layer[l].b.n; i++)
            CHECK(c, get(&r[0], &r[0].m.layer[l].b, i) == 0, "bias");
    CHECK(c,
          fabs(get(&r[1], &r[1].m.layer[2].w, 0) * sqrt(101.0 / 784) -
               get(&r[1], w, 0)) > 1e-6,
          "two layers draw the same numbers");
    n = get(&r[1], w, 0);
    tri_model_init(&r[1].m, 78);
    CHECK(c, get(&r[1], w, 0) != n, "another seed gives the same weights");
    tri_model_init(&r[1].m, 77);
    CHECK(c, get(&r[1], w, 0) == n, "the same seed gives other weights");
    tri_single_close(&r[0].p);
    tri_single_close(&r[1].p);
}

static void check_rational(struct tri_check *c)
{
    uint64_t rng = c->seed;
    int64_t v;
    int b;

    for (int i = 0; i < 20000; i++) {
        const double r = ldexp(1.5 + 0.5 * tri_test_unit(&rng),
                               (int)(tri_test_rand(&rng) % 50) - 40);
        CHECK(c,
              tri_rational(r, &v, &b) == TRI_OK && v >= 1 && v <= 65536 &&
                  b >= 0 && fabs(ldexp((double)v, -b) - r) <= ldexp(r, -16),
              "%a is %lld / 2^%d", r, (long long)v, b);
    }
    for (int e = -40; e <= 10; e++)
        CHECK(c,
              tri_rational(ldexp(1, e), &v, &b) == TRI_OK &&
                  ldexp((double)v, -b) == ldexp(1, e) && (e > 0 || v == 1),
              "2^%d is %lld / 2^%d", e, (long long)v, b);
    CHECK(c,
          tri_rational(0, &v, &b) == TRI_E_ARG &&
              tri_rational(-1, &v, &b) == TRI_E_ARG &&
              tri_rational(1025, &v, &b) == TRI_E_ARG &&
              tri_rational(1e-13, &v, &b) == TRI_E_ARG &&
              tri_rational((double)NAN, &v, &b) == TRI_E_ARG,
          "what has no such form");
}

/* Weights first, then biases. */
static double param(const struct run *r, const struct tri_layer *l, size_t i)
{
    return i < l->w.n ? get(r, &l->w, i) : get(r, &l->b, i - l->w.n);
}

static double gradient(const struct run *r, const struct tri_layer *l, size_t i)
{
    return i < l->w.n ? get(r, &l->dw, i) : get(r, &l->db, i - l->w.n);
}

/* Three steps of SGD follow the formula in model.h. */
static void check_sgd(struct tri_check *c)
{
    static const struct {
        double rate, momentum, decay;
        uint32_t batch;
    } how[] = { { 0.25, 0, 0, 4 },     { 0.1, 0, 0, 4 },   { 0.03125, 0, 0, 3 },
                { 0.1, 0.9, 0, 4 },    { 0.5, 0.5, 0, 7 }, { 3e-6, 0, 0, 4 },
                { 1e-11, 0, 0, 1 },    { 2, 0.25, 0, 1 },  { 0.1, 0, 0.25, 4 },
                { 0.5, 0.9, 0.002, 7 } };
    static struct run r;

    for (size_t h = 0; h < sizeof how / sizeof *how; h++)
        for (int kind = 0; kind < 2; kind++) {
            enum { N = 10 * 4 + 4 }; /* weights, then biases */
            double v[N] = { 0 };

            if (!run_open(c, &r, kind, 16, "input 1 1 10\nfc 4\nloss mse\n",
                          how[h].batch, 1, how[h].momentum > 0, 1 << 22))
                return;
            tri_model_init(&r.m, 2);
            for (uint64_t s = 0; s < 3; s++) {
                struct tri_layer *l = &r.m.layer[0];
                const struct tri_sgd sgd = { how[h].rate, how[h].momentum,
                                             how[h].decay };
                double before[N];

                fill(&r, s);
                CHECK(c,
                      tri_model_forward(&r.m) == TRI_OK &&
                          tri_model_backward(&r.m) == TRI_OK,
                      "forward or backward");
                for (size_t i = 0; i < N; i++) {
                    before[i] = param(&r, l, i);
                    v[i] = how[h].momentum * v[i] +
                           gradient(&r, l, i) / how[h].batch +
                           (i < l->w.n ? how[h].decay * before[i] : 0);
                }
                CHECK(c, tri_model_update(&r.m, &sgd) == TRI_OK, "update");
                for (size_t i = 0; i < N; i++) {
                    const double want = before[i] - how[h].rate * v[i];
                    const double off = fabs(param(&r, l, i) - want);
                    /* one rounding of w; v: mu to f bits, a rounding a step */
                    CHECK(c,
                          off < ldexp(1 + 4 * how[h].rate, -16) +
                                    how[h].rate * fabs(v[i]) * ldexp(1, -14),
                          "%s: rate %g momentum %g step %llu: %g, not %g",
                          r.p.e.kind->name, how[h].rate, how[h].momentum,
                          (unsigned long long)s, param(&r, l, i), want);
                }
            }
            tri_single_close(&r.p);
        }

    if (!run_open(c, &r, 0, 16, "input 1 1 10\nfc 4\n", 4, 1, 0, 1 << 22))
        return;
    fill(&r, 1);
    tri_model_init(&r.m, 2);
    CHECK(c,
          tri_model_forward(&r.m) == TRI_OK &&
              tri_model_backward(&r.m) == TRI_OK,
          "forward or backward");
    static const struct tri_sgd wrong[] = {
        { 0, 0, 0 },           { -1, 0, 0 },
        { 1e-13, 0, 0 },       { 1e6, 0, 0 },
        { 0.1, -1, 0 },        { 0.1, 0.5, 0 },
        { (double)NAN, 0, 0 }, { 0.1, (double)NAN, 0 },
        { 0.1, 0, -0.1 },      { 0.1, 0, 1.5 },
        { 0.1, 0, 1e-9 },      { 0.1, 0, (double)NAN }
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK(c, tri_model_update(&r.m, &wrong[i]) == TRI_E_ARG,
              "rate %g momentum %g decay %g accepted", wrong[i].rate,
              wrong[i].momentum, wrong[i].decay);
    tri_single_close(&r.p);
}

/* What is frozen stays bit by bit, and all else learns as without that. */
static void check_freeze(struct tri_check *c)
{
    static const char *const text[] = {
        "input 4 4 2\nconv 3 3 pad 1%s\nbatchnorm%s\nrelu\nfc 5\nrelu\n"
        "fc 4%s\nbatchnorm%s\nfc 3\n",
        "input 8 8 1\nconv 2 3\nmaxpool 2\nrelu\nconv 3 2%s\nrelu\nfc 4%s\n"
        "relu\nfc 4%s\nrelu\nfc 3%s\n",
    };
    const struct tri_sgd sgd = { 0.25, 0.5, 0.01 };
    static struct run r[2];

    for (size_t t = 0; t < sizeof text / sizeof *text; t++)
        for (unsigned set = 1; set < 16; set++) {
            char with[200], without[200];
            unsigned frozen = 0;

#define ICE(bit) (set >> bit & 1 ? " freeze" : "")
            snprintf(with, sizeof with, text[t], ICE(0), ICE(1), ICE(2),
                     ICE(3));
            snprintf(without, sizeof without, text[t], "", "", "", "");
            for (int k = 0; k < 2; k++) {
                if (!run_open(c, &r[k], TRI_SINGLE_FLOAT, 16,
                              k ? with : without, 3, 1, 1, 1 << 22))
                    return;
                tri_model_init(&r[k].m, 6);
                fill(&r[k], 8);
                r[k].m.step.number = 1;
                CHECK(c,
                      tri_model_forward(&r[k].m) == TRI_OK &&
                          tri_model_backward(&r[k].m) == TRI_OK &&
                          tri_model_update(&r[k].m, &sgd) == TRI_OK,
                      "%s: step", with);
            }
            for (size_t i = 0; i < r[0].net.layers; i++) {
                struct tri_layer *const a = &r[0].m.layer[i];
                struct tri_layer *const b = &r[1].m.layer[i];
                const int ice = (int)b->spec->frozen;

                frozen += b->spec->frozen;
                if (a->w.n == 0)
                    continue;
                CHECK(c, (b->dw.n == 0 && b->db.n == 0) == ice,
                      "%s: layer %zu has gradients: %d", with, i, !ice);
                CHECK(c,
                      ice || (memcmp(a->w.v[0], b->w.v[0], 4 * a->w.n) == 0 &&
                              memcmp(a->b.v[0], b->b.v[0], 4 * a->b.n) == 0),
                      "%s: layer %zu learns otherwise", with, i);
            }
            CHECK(c,
                  frozen ==
                      (set & 1) + (set >> 1 & 1) + (set >> 2 & 1) + (set >> 3),
                  "%s: %u are frozen", with, frozen);
            tri_model_init(&r[0].m, 6);
            for (size_t i = 0; i < r[0].net.layers; i++)
                CHECK(c,
                      !r[1].net.layer[i].frozen ||
                          memcmp(r[0].m.layer[i].w.v[0], r[1].m.layer[i].w.v[0],
                                 4 * r[0].m.layer[i].w.n) == 0,
                      "%s: layer %zu has moved", with, i);
            tri_single_close(&r[0].p);
            tri_single_close(&r[1].p);
        }
}

/* ---- training ----------------------------------------------------------- */

static void check_shuffle(struct tri_check *c)
{
    enum { N = 1000 };
    static const uint32_t size[] = { 0, 1, 2, 3, 17, N };
    struct tri_kernels k;
    uint32_t a[N], b[N], first[3] = { 0 };

    tri_kernels_init(&k, tri_cpu_detect());
    for (size_t s = 0; s < sizeof size / sizeof *size; s++) {
        uint8_t seen[N] = { 0 };
        tri_shuffle(a, size[s], 5, 2, &k);
        for (uint32_t i = 0; i < size[s]; i++) {
            CHECK(c, a[i] < size[s] && !seen[a[i]], "no permutation of %u",
                  (unsigned)size[s]);
            seen[a[i]] = 1;
        }
    }
    tri_shuffle(b, N, 5, 2, &k);
    CHECK(c, memcmp(a, b, sizeof a) == 0, "not repeatable");
    tri_shuffle(b, N, 5, 3, &k);
    CHECK(c, memcmp(a, b, sizeof a) != 0, "every epoch has the same order");
    tri_shuffle(b, N, 6, 2, &k);
    CHECK(c, memcmp(a, b, sizeof a) != 0, "every seed gives the same order");
    for (uint32_t e = 0; e < 6000; e++) { /* all six orders, equally often */
        tri_shuffle(a, 3, 1, e, &k);
        first[a[0]] += a[1] < a[2] ? 1 : 1000000;
    }
    for (int i = 0; i < 3; i++)
        CHECK(c,
              first[i] % 1000000 > 850 && first[i] % 1000000 < 1150 &&
                  first[i] / 1000000 > 850 && first[i] / 1000000 < 1150,
              "orders of three are not equally frequent");
}

/* 8 x 8 images of five kinds: a bright stroke, placed by the class, in noise.
 * Sample i is a function of i. */
enum { CLASSES = 5 };

struct source {
    int fail_at; /* fetch number that fails; 0: none */
    int calls;
    uint32_t largest;  /* index seen */
    unsigned seen[50]; /* how often each of the first 50 */
};

static int fetch(void *self, struct tri_engine *e, const uint32_t *index,
                 uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    struct source *src = self;
    static struct run r; /* for set() */

    r.p.e = *e;
    if (e->s->dry)
        return TRI_OK;
    if (++src->calls == src->fail_at)
        return TRI_E_IO;
    for (uint32_t b = 0; b < x->shape.d[0]; b++) {
        uint64_t rng = b < n ? index[b] * 77ull + 1 : 0;
        const uint32_t kind = b < n ? index[b] % CLASSES : 99;
        const size_t shift = (size_t)(tri_test_rand(&rng) % 2);

        if (b < n && index[b] < 50)
            src->seen[index[b]]++;
        if (b < n && index[b] > src->largest)
            src->largest = index[b];
        for (size_t i = 0; i < 64; i++) {
            const size_t row = i / 8, col = i % 8;
            const int on = kind == 0   ? row == 2 + shift
                           : kind == 1 ? col == 2 + shift
                           : kind == 2 ? row == 5 + shift
                           : kind == 3 ? col == 5 + shift
                           : kind == 4 ? row == col
                                       : 0;
            set(&r, x, b * 64 + i,
                b < n ? 0.7 * on + 0.3 * fabs(tri_test_unit(&rng)) : 0);
        }
        for (size_t j = 0; y != NULL && j < CLASSES; j++)
            set(&r, y, b * CLASSES + j, j == kind);
    }
    return TRI_OK;
}

static struct tri_data data_of(struct source *src, uint32_t count)
{
    return (struct tri_data){ .count = count,
                              .h = 8,
                              .w = 8,
                              .c = 1,
                              .classes = CLASSES,
                              .self = src,
                              .fetch = fetch };
}

static const char small_net[] =
    "input 8 8 1\nconv 4 3\nmaxpool 2\nrelu\nfc 16\nrelu\nfc 5\n";

/* Right answers by the definition: first maximum of the logits. */
static uint32_t count_right(struct run *r, const struct tri_data *d,
                            uint32_t first, uint32_t n)
{
    uint32_t right = 0;

    for (uint32_t i = first; i < first + n; i++) {
        const struct tri_ten *x = tri_model_logits(&r->m);
        size_t best = 0;
        fetch(d->self, &r->p.e, &i, 1, &r->m.in, &r->m.label);
        tri_model_forward(&r->m);
        for (size_t j = 1; j < CLASSES; j++)
            if (get(r, x, j) > get(r, x, best))
                best = j;
        right += best == i % CLASSES;
    }
    return right;
}

struct schedule {
    const char *text;
    double rate, momentum;
    uint32_t batch;
    unsigned f;
    struct tri_adam adam; /* 0: none */
};

static void check_training(struct tri_check *c)
{
    static const struct schedule how[] = {
        { small_net, 0.125, 0, 16, 16, { 0, 0 } },
        { small_net, 0.1, 0, 10, 13, { 0, 0 } },
        { small_net, 0.02, 0.9, 16, 16, { 0, 0 } },
        { small_net, 0.005, 0.9, 16, 16, { 0.999, 0.0005 } },
        { small_net, 0.005, 0.9, 16, 13, { 0.99, 0.001 } },
        { "input 8 8 1\nfc 16\nrelu\nfc 5\nloss mse\n",
          0.0625,
          0,
          16,
          16,
          { 0, 0 } },
        { "input 8 8 1\nfc 16\nrelu\nfc 5\nloss asm\n",
          0.0625,
          0,
          16,
          16,
          { 0, 0 } },
    };
    static struct run r;

    for (size_t h = 0; h < sizeof how / sizeof *how; h++)
        for (int kind = 0; kind < 2; kind++) {
            struct source src = { 0 };
            const struct tri_data train = data_of(&src, 410);
            const struct tri_data test = data_of(&src, 700);
            const struct tri_train t = {
                .epochs = 8,
                .sgd = { how[h].rate, how[h].momentum, 0 },
                .adam = how[h].adam.beta2 > 0 ? &how[h].adam : NULL,
                .seed = 4,
            };
            uint32_t before, right;

            if (!run_open(c, &r, kind, how[h].f, how[h].text, how[h].batch, 1,
                          how[h].adam.beta2 > 0 ? 2 : how[h].momentum > 0,
                          16 << 20))
                return;
            tri_model_init(&r.m, 4);
            CHECK(c, tri_evaluate(&r.m, &test, 500, 200, &before) == TRI_OK,
                  "evaluate");
            CHECK(c, tri_train_run(&r.m, &train, &t) == TRI_OK, "train");
            src.largest = 0;
            CHECK(c, tri_evaluate(&r.m, &test, 500, 200, &right) == TRI_OK,
                  "evaluate");
            if (getenv("TRI_TEST_VERBOSE") != NULL)
                printf("%s schedule %zu: %u -> %u of 200\n", r.p.e.kind->name,
                       h, before, right);
            CHECK(c, src.largest == 699, "evaluation ended at sample %u",
                  src.largest);
            CHECK(c, right > 190 && before < 100,
                  "%s: schedule %zu: %u right of 200, %u before training",
                  r.p.e.kind->name, h, right, before);
            tri_single_close(&r.p);
        }
}

static void check_evaluate(struct tri_check *c)
{
    static const uint32_t part[][2] = { { 0, 0 },   { 0, 1 },   { 3, 6 },
                                        { 0, 7 },   { 2, 8 },   { 1, 20 },
                                        { 90, 10 }, { 0, 100 }, { 100, 0 } };
    static struct run r;

    for (int kind = 0; kind < 2; kind++)
        for (int training = 0; training < 2; training++) {
            struct source src = { 0 };
            struct tri_data d = data_of(&src, 100);
            uint32_t right = 9;

            if (!run_open(c, &r, kind, 16, small_net, 7, training, 0, 1 << 22))
                return;
            tri_model_init(&r.m, 12);
            for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
                const uint32_t first = part[i][0], n = part[i][1];
                const uint32_t want = count_right(&r, &d, first, n);
                CHECK(c,
                      tri_evaluate(&r.m, &d, first, n, &right) == TRI_OK &&
                          right == want,
                      "%s: samples %u+%u: %u right, not %u", r.p.e.kind->name,
                      first, n, right, want);
            }
            CHECK(c,
                  tri_evaluate(&r.m, &d, 0, 101, &right) == TRI_E_ARG &&
                      tri_evaluate(&r.m, &d, 101, 0, &right) == TRI_E_ARG &&
                      tri_evaluate(&r.m, &d, 1, UINT32_MAX, &right) ==
                          TRI_E_ARG,
                  "samples that do not exist");
            d.classes = 6;
            CHECK(c, tri_evaluate(&r.m, &d, 0, 1, &right) == TRI_E_ARG,
                  "data of another shape");
            d.classes = CLASSES;
            src.fail_at = src.calls + 2;
            CHECK(c,
                  tri_evaluate(&r.m, &d, 0, 20, &right) == TRI_E_IO &&
                      right == 0,
                  "a failing source");
            tri_single_close(&r.p);
        }
}

struct watch {
    uint32_t calls, epoch, step, total, stop;
};

static int progress(void *self, uint32_t epoch, uint32_t step, uint32_t total)
{
    struct watch *w = self;

    w->calls++;
    w->epoch = epoch;
    w->step = step;
    w->total = total;
    return step == w->stop ? TRI_E_TIMEOUT : TRI_OK;
}

/* Rates from the definitions in schedule.h, computed apart. */
static void check_rates(struct tri_check *c)
{
    static const struct tri_schedule how[] = {
        { TRI_RATE_CONSTANT, 0, 0 },    { TRI_RATE_CONSTANT, 7, 0 },
        { TRI_RATE_LINEAR, 0, 0.01 },   { TRI_RATE_LINEAR, 20, 0.001 },
        { TRI_RATE_COSINE, 0, 0.0005 }, { TRI_RATE_COSINE, 13, 0.3 },
        { TRI_RATE_STEP, 0, 0.003 },    { TRI_RATE_STEP, 4, 0.01 },
    };
    enum { PER = 25, TOTAL = 90 };

    for (size_t i = 0; i < sizeof how / sizeof *how; i++)
        for (uint32_t at = 0; at < TOTAL; at++) {
            const struct tri_schedule *s = &how[i];
            const double got = tri_schedule_rate(s, 0.3, at, TOTAL, PER);
            const double t = ((double)at - s->warmup) / (TOTAL - 1 - s->warmup);
            double want = 0.3;

            if (at < s->warmup)
                want = 0.3 * (at + 1) / (s->warmup + 1);
            else if (s->kind == TRI_RATE_LINEAR)
                want = (1 - t) * 0.3 + t * s->end;
            else if (s->kind == TRI_RATE_COSINE)
                want = s->end + (0.3 - s->end) * (1 + cos(acos(-1) * t)) / 2;
            else if (s->kind == TRI_RATE_STEP)
                want = 0.3 * pow(s->end / 0.3, (double)(at / PER) / 3);
            CHECK(c, fabs(got - want) < 1e-13, "schedule %zu, step %u: %g", i,
                  at, got);
        }
    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        const struct tri_schedule one = { how[i].kind, 0, 0.25 };
        CHECK(c, tri_schedule_rate(&one, 0.3, 0, 1, 5) == 0.3, "a single step");
    }
    const struct tri_schedule low = { TRI_RATE_LINEAR, 0, 1e-12 };
    CHECK(c, tri_schedule_rate(&low, 0.3, 8, 9, 9) == ldexp(1, -28),
          "the lowest rate");
}

/* A training under a schedule is a chain of single steps at its rates. */
static void check_rated(struct tri_check *c)
{
    static struct run r[2];
    static const struct tri_schedule s = { TRI_RATE_COSINE, 2, 0.01 };
    struct source src = { 0 };
    const struct tri_data d = data_of(&src, 50);
    struct tri_train t = {
        .epochs = 3, .sgd = { 0.1, 0.5, 0 }, .schedule = s, .seed = 3
    };
    uint32_t order[50];

    for (int k = 0; k < 2; k++) {
        if (!run_open(c, &r[k], 0, 16, small_net, 16, 1, 1, 4 << 20))
            return;
        tri_model_init(&r[k].m, 4);
    }
    CHECK(c, tri_train_run(&r[0].m, &d, &t) == TRI_OK, "train");
    for (uint32_t i = 0; i < 9; i++) {
        const struct tri_sgd sgd = { tri_schedule_rate(&s, 0.1, i, 9, 3), 0.5,
                                     0 };
        tri_shuffle(order, 50, 3, i / 3, r[1].p.e.s->cx.k);
        fetch(&src, &r[1].p.e, order + i % 3 * 16, 16, &r[1].m.in,
              &r[1].m.label);
        CHECK(c,
              tri_model_forward(&r[1].m) == TRI_OK &&
                  tri_model_backward(&r[1].m) == TRI_OK &&
                  tri_model_update(&r[1].m, &sgd) == TRI_OK,
              "step");
    }
    for (size_t l = 0; l < r[0].net.layers; l++)
        CHECK(c,
              r[0].m.layer[l].w.n == 0 ||
                  memcmp(r[0].m.layer[l].w.v[0], r[1].m.layer[l].w.v[0],
                         8 * r[0].m.layer[l].w.n) == 0,
              "weights of layer %zu differ", l);
    static const struct tri_schedule bad[] = { { TRI_RATE_LINEAR, 0, 0 },
                                               { TRI_RATE_STEP, 0, 0.11 },
                                               { TRI_RATE_COSINE, 9, 0.1 },
                                               { TRI_RATE_CONSTANT, 9, 0 } };
    for (size_t i = 0; i < 4; i++) {
        t.schedule = bad[i];
        CHECK(c, tri_train_run(&r[0].m, &d, &t) == TRI_E_ARG, "schedule %zu",
              i);
    }
    tri_single_close(&r[0].p);
    tri_single_close(&r[1].p);
}

static void check_schedule(struct tri_check *c)
{
    static struct run r;
    struct source src = { 0 };
    struct tri_data d = data_of(&src, 50); /* 3 batches of 16 */
    struct watch w = { 0 };
    unsigned seen = 0, most = 0, met = 0;
    struct tri_train t = {
        .epochs = 2, .sgd = { 0.125, 0, 0 }, .progress = progress, .self = &w
    };

    if (!run_open(c, &r, 0, 16, small_net, 16, 1, 0, 4 << 20))
        return;
    tri_model_init(&r.m, 4);
    CHECK(c, tri_train_run(&r.m, &d, &t) == TRI_OK, "train");
    CHECK(c, w.calls == 6 && w.epoch == 1 && w.step == 6 && w.total == 6,
          "%u calls, epoch %u, step %u of %u", w.calls, w.epoch, w.step,
          w.total);
    for (int i = 0; i < 50;
         i++) { /* two epochs, two samples left out of each */
        most = src.seen[i] > most ? src.seen[i] : most;
        seen += src.seen[i];
        met += src.seen[i] > 0;
    }
    CHECK(c, seen == 96 && most == 2 && met >= 48,
          "%u of 50 samples seen, one of them %u times", met, most);
    t.steps = 4;
    CHECK(c,
          tri_train_run(&r.m, &d, &t) == TRI_OK && w.calls == 10 &&
              w.step == 4 && w.total == 4 && w.epoch == 1,
          "limit of steps");
    t.steps = 100;
    CHECK(c, tri_train_run(&r.m, &d, &t) == TRI_OK && w.total == 6,
          "limit above the end");
    t.stop = 4;
    w.calls = 0;
    CHECK(c,
          tri_train_run(&r.m, &d, &t) == TRI_OK && w.calls == 4 &&
              w.step == 4 && w.total == 6,
          "%u calls, step %u of %u, not 4 of 6", w.calls, w.step, w.total);
    t.stop = 0;
    w.stop = 2;
    CHECK(c, tri_train_run(&r.m, &d, &t) == TRI_E_TIMEOUT && w.step == 2,
          "stopped by progress");
    w.stop = 0;
    src.fail_at = src.calls + 3;
    CHECK(c, tri_train_run(&r.m, &d, &t) == TRI_E_IO && w.step == 2,
          "a failing source");
    d.count = 15;
    CHECK(c, tri_train_run(&r.m, &d, &t) == TRI_E_ARG, "no full batch");
    d.count = 50;
    t.epochs = 0;
    CHECK(c, tri_train_run(&r.m, &d, &t) == TRI_E_ARG, "no epoch");
    t.epochs = 1;
    d.h = 9;
    CHECK(c, tri_train_run(&r.m, &d, &t) == TRI_E_ARG, "data of other sizes");
    tri_single_close(&r.p);
}

/* Training cut anywhere and continued by another model, which gets nothing but
 * the listed state and the number of the step, ends with the same weights. */
static void check_resume(struct tri_check *c)
{
    static const struct tri_adam adam = { 0.999, 0.001 };
    static struct run whole, part[2];
    struct source src = { 0 };
    const struct tri_data d = data_of(&src, 50); /* 3 batches of 16 */
    struct tri_ten *a[TRI_MODEL_STATE], *b[TRI_MODEL_STATE];

    for (uint32_t cut = 0; cut <= 7; cut++)
        for (int moments = 0; moments < 3; moments++) {
            struct watch w = { 0 };
            struct tri_train t = { .epochs = 3,
                                   .sgd = { moments == 2 ? 0.01 : 0.1,
                                            moments > 0 ? 0.9 : 0, 0 },
                                   .adam = moments == 2 ? &adam : NULL,
                                   .seed = 11,
                                   .steps = 7,
                                   .progress = progress,
                                   .self = &w };
            size_t n;

            if (!run_open(c, &whole, 0, 16, small_net, 16, 1, moments,
                          4 << 20) ||
                !run_open(c, &part[0], 0, 16, small_net, 16, 1, moments,
                          4 << 20) ||
                !run_open(c, &part[1], 0, 16, small_net, 16, 1, moments,
                          4 << 20))
                return;
            tri_model_init(&whole.m, 4);
            tri_model_init(&part[0].m, 4);
            CHECK(c, tri_train_run(&whole.m, &d, &t) == TRI_OK, "train");
            t.steps = cut;
            CHECK(c, cut == 0 || tri_train_run(&part[0].m, &d, &t) == TRI_OK,
                  "first %u steps", cut);
            n = tri_model_state(&part[0].m, a);
            CHECK(c,
                  n == tri_model_state(&part[1].m, b) &&
                      n == 6u + (moments > 0),
                  "%zu tensors", n);
            for (size_t i = 0; i < n; i++) {
                memcpy(b[i]->v[0], a[i]->v[0], 8 * a[i]->n);
                tri_ten_changed(b[i]);
            }
            t.steps = 7;
            t.first = cut;
            w.calls = 0;
            CHECK(c, tri_train_run(&part[1].m, &d, &t) == TRI_OK,
                  "from step %u", cut);
            CHECK(c, w.calls == 7 - cut && w.step == 7 && w.epoch == 2,
                  "%u calls after %u steps, epoch %u, step %u", w.calls, cut,
                  w.epoch, w.step);
            tri_model_state(&whole.m, a);
            for (size_t i = 0; i < n; i++)
                CHECK(c, memcmp(b[i]->v[0], a[i]->v[0], 8 * a[i]->n) == 0,
                      "cut after step %u, %d moments: tensor %zu differs", cut,
                      moments, i);
            t.first = 8;
            CHECK(c, tri_train_run(&part[1].m, &d, &t) == TRI_E_ARG,
                  "beyond the end");
            tri_single_close(&whole.p);
            tri_single_close(&part[0].p);
            tri_single_close(&part[1].p);
        }
}

/* Everything a program does, for the two passes below. */
static int whole_run(struct tri_single *p, struct tri_model *m,
                     const struct tri_net *net, int training, int moments)
{
    static const struct tri_adam adam = { 0.999, 0.001 };
    struct source src = { 0 };
    const struct tri_data d = data_of(&src, 40);
    const struct tri_train t = { .epochs = 1,
                                 .sgd = { 0.1, moments > 0 ? 0.5 : 0, 0 },
                                 .adam = moments == 2 ? &adam : NULL };
    uint32_t right;
    int rc = tri_model_build(m, &p->e, net, 7, training, moments);

    if (rc == TRI_OK)
        rc = tri_model_init(m, 1);
    if (rc == TRI_OK && training)
        rc = tri_train_run(m, &d, &t);
    if (rc == TRI_OK)
        rc = tri_evaluate(m, &d, 0, 40, &right);
    return rc;
}

/* A dry run finds the memory of the real run, to the byte; with one byte less
 * the real run fails cleanly. */
static void check_memory(struct tri_check *c)
{
    static const char *const text[] = {
        small_net,
        "input 8 8 1\nconv 3 3 stride 2\nrelu\navgpool 3\nfc 5\nloss asm\n",
        "input 8 8 1\nflatten\nfc 20\nrelu\nfc 5\nflatten\nloss mse\n",
    };
    static struct tri_model m;
    struct tri_net net;
    char err[160];

    for (size_t i = 0; i < 3; i++)
        for (int how = 0; how < 12; how++) {
            const int kind = how & 1, training = how >> 1 & 1;
            const int moments = how >> 2;
            struct tri_single p;
            size_t peak;
            int rc;

            CHECK(c,
                  tri_net_parse(&net, text[i], strlen(text[i]), err) == TRI_OK,
                  "%s", err);
            tri_single_open(&p, kind, 16, 0);
            rc = whole_run(&p, &m, &net, training, moments);
            peak = p.arena.peak;
            CHECK(c, rc == TRI_OK && peak > 0, "%s: dry run: %d", text[i], rc);
            tri_single_open(&p, kind, 16, peak);
            rc = whole_run(&p, &m, &net, training, moments);
            CHECK(c, rc == TRI_OK && p.arena.peak == peak,
                  "%s: run %d takes %zu bytes, the dry run said %zu", text[i],
                  rc, p.arena.peak, peak);
            tri_single_close(&p);
            tri_single_open(&p, kind, 16, peak);
            p.arena.size = peak - 1;
            rc = whole_run(&p, &m, &net, training, moments);
            CHECK(c, rc == TRI_E_NOMEM, "%s: one byte short: %d", text[i], rc);
            tri_single_close(&p);
        }
}

const struct tri_check_entry tri_checks_nn[] = {
    { "nn: descriptions", check_parse },
    { "nn: errors in descriptions", check_parse_errors },
    { "nn: damaged descriptions", check_parse_fuzz },
    { "nn: printing", check_print },
    { "nn: forward", check_forward },
    { "nn: gradients", check_gradients },
    { "nn: losses", check_losses },
    { "nn: fixed point against float", check_fixed },
    { "nn: late truncation", check_late },
    { "nn: inference", check_inference },
    { "nn: buffers of activations", check_buffers },
    { "nn: buffers of a training", check_liveness },
    { "nn: weights of one layer at a time", check_stream },
    { "nn: sigmoid", check_sigmoid },
    { "nn: inverse square root", check_rsqrt },
    { "nn: dropout", check_dropout },
    { "nn: batch normalisation", check_batchnorm },
    { "nn: initial weights", check_init },
    { "nn: rational factors", check_rational },
    { "nn: SGD", check_sgd },
    { "nn: frozen layers", check_freeze },
    { "nn: shuffle", check_shuffle },
    { "nn: training", check_training },
    { "nn: evaluation", check_evaluate },
    { "nn: rates", check_rates },
    { "nn: training at the rates of a schedule", check_rated },
    { "nn: schedule", check_schedule },
    { "nn: resumed training", check_resume },
    { "nn: memory", check_memory },
};
const size_t tri_checks_nn_n = sizeof tri_checks_nn / sizeof *tri_checks_nn;
