#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/formats/datafile.h"
#include "boards/host/base/file.h"
#include "boards/host/formats/npy.h"
#include "boards/host/owner/reveal.h"
#include "boards/host/owner/split.h"
#include "boards/host/formats/weightfile.h"
#include "boards/host/owner/splitmodel.h"
#include "boards/host/share/sharepair.h"
#include "core/err.h"
#include "core/ring.h"
#include "proto/nn/model.h"
#include "tests/checks.h"
#include "tests/support/folder.h"
#include "tests/support/single.h"

static const char text[] = "input 9 6 2\nconv 3 3 pad 1\nmaxpool 2\nrelu\n"
                           "fc 4\nrelu\nfc 3\n";

enum {
    H = 9,
    W = 6,
    C = 2,
    O = 3,
    K = 3,
    PH = 4,
    PW = 3,
    FC1 = 4,
    FC2 = 3,
    IN1 = O * PH * PW,
    WORDS = O * C * K * K + O + FC1 * IN1 + FC1 + FC2 * FC1 + FC2
};

/* Parameters in the order of a state_dict. */
struct torch {
    float conv[O][C][K][K], conv_b[O];
    float fc1[FC1][IN1], fc1_b[FC1];
    float fc2[FC2][FC1], fc2_b[FC2];
};

static void draw(float *v, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (float)tri_test_unit(seed);
}

static void draw_all(struct torch *t, uint64_t *seed)
{
    draw(&t->conv[0][0][0][0], sizeof t->conv / sizeof(float), seed);
    draw(t->conv_b, O, seed);
    draw(&t->fc1[0][0], sizeof t->fc1 / sizeof(float), seed);
    draw(t->fc1_b, FC1, seed);
    draw(&t->fc2[0][0], sizeof t->fc2 / sizeof(float), seed);
    draw(t->fc2_b, FC2, seed);
}

/* The network as PyTorch's documentation defines its modules: Conv2d (cross-
 * correlation), MaxPool2d, ReLU, Flatten, Linear, on an image [C][H][W]. */
static void torch_forward(double out[FC2], const struct torch *t,
                          const double x[C][H][W])
{
    double flat[IN1], hidden[FC1];

    for (int o = 0; o < O; o++)
        for (int py = 0; py < PH; py++)
            for (int px = 0; px < PW; px++) {
                double most = 0; /* the ReLU */
                for (int q = 0; q < 4; q++) {
                    const int y = 2 * py + q / 2, z = 2 * px + q % 2;
                    double sum = t->conv_b[o];
                    for (int c = 0; c < C; c++)
                        for (int i = 0; i < K; i++)
                            for (int j = 0; j < K; j++) {
                                const int yy = y + i - 1, xx = z + j - 1;
                                if (yy >= 0 && yy < H && xx >= 0 && xx < W)
                                    sum += (double)t->conv[o][c][i][j] *
                                           x[c][yy][xx];
                            }
                    most = sum > most ? sum : most;
                }
                flat[(o * PH + py) * PW + px] = most;
            }
    for (int o = 0; o < FC1; o++) {
        hidden[o] = t->fc1_b[o];
        for (int i = 0; i < IN1; i++)
            hidden[o] += (double)t->fc1[o][i] * flat[i];
        hidden[o] = hidden[o] > 0 ? hidden[o] : 0;
    }
    for (int o = 0; o < FC2; o++) {
        out[o] = t->fc2_b[o];
        for (int i = 0; i < FC1; i++)
            out[o] += (double)t->fc2[o][i] * hidden[i];
    }
}

static struct tri_array array(const char *name, const float *v, unsigned nd,
                              uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct tri_array t = { .type = TRI_DTYPE_F32,
                           .big = TRI_TEST_BIG, /* as floats are here */
                           .nd = nd,
                           .d = { a, b, c, d } };

    for (unsigned i = nd; i < TRI_ARRAY_DIMS; i++)
        t.d[i] = 0;
    strcpy(t.name, name);
    tri_array_count(&t);
    t.data = (const uint8_t *)v;
    return t;
}

/* Out of order on purpose. */
static void arrays(struct tri_array a[6], const struct torch *t)
{
    a[0] = array("fc2.bias", t->fc2_b, 1, FC2, 0, 0, 0);
    a[1] = array("fc1.weight", &t->fc1[0][0], 2, FC1, IN1, 0, 0);
    a[2] = array("conv.weight", &t->conv[0][0][0][0], 4, O, C, K, K);
    a[3] = array("fc1.bias", t->fc1_b, 1, FC1, 0, 0, 0);
    a[4] = array("fc2.weight", &t->fc2[0][0], 2, FC2, FC1, 0, 0);
    a[5] = array("conv.bias", t->conv_b, 1, O, 0, 0, 0);
}

static int parse(struct tri_check *c, struct tri_net *net)
{
    char err[160];

    return tri_net_parse(net, text, strlen(text), err) == TRI_OK ||
           tri_check_fail(c, "%s", err);
}

/* Encode the parameters of t at scale fb. */
static int encode(struct tri_check *c, uint64_t word[WORDS],
                  const struct torch *t, const struct tri_net *net, unsigned fb)
{
    struct tri_place place[TRI_MAX_LAYERS];
    struct tri_params of[TRI_MAX_LAYERS];
    struct tri_array a[6];
    struct tri_why why = { "" };
    const size_t n = tri_places(place, net, TRI_LAYOUT_PYTORCH);

    arrays(a, t);
    if (n != 3 || tri_places_words(place, n) != WORDS)
        return tri_check_fail(c, "%zu places", n);
    if (tri_weights_match(of, place, n, a, 6, NULL, "t", &why) != TRI_OK ||
        tri_weights_encode(word, place, n, of, fb, "t", &why) != TRI_OK)
        return tri_check_fail(c, "%s", why.text);
    return 1;
}

/* What the model computes with these words is what PyTorch computes. */
static void tri_check_models_torch(struct tri_check *c)
{
    static struct tri_model m;
    struct tri_single s;
    struct tri_net net;
    struct torch t;
    uint64_t word[WORDS];

    if (!parse(c, &net))
        return;
    for (int round = 0; round < 20 && c->msg[0] == '\0'; round++) {
        double x[C][H][W], want[FC2];
        const uint64_t *at = word;
        float *in;

        draw_all(&t, &c->seed);
        if (!encode(c, word, &t, &net, 16))
            return;
        CHECK(c, tri_single_open(&s, TRI_SINGLE_FLOAT, 16, 1 << 20),
              "no memory");
        if (tri_model_build(&m, &s.e, &net, 1, 0, 0) != TRI_OK)
            tri_check_fail(c, "the model is not built");
        for (size_t l = 0; c->msg[0] == '\0' && l < net.layers; l++) {
            struct tri_ten *const part[2] = { &m.layer[l].w, &m.layer[l].b };
            for (int j = 0; j < 2; j++)
                for (size_t i = 0; i < part[j]->n; i++)
                    ((float *)part[j]->v[0])[i] =
                        (float)tri_fixed_decode(*at++, 16);
        }
        in = c->msg[0] == '\0' ? m.in.v[0] : NULL;
        for (int i = 0; in != NULL && i < C * H * W; i++) {
            double *const p = &x[i % C][i / C / W][i / C % W];
            *p = tri_test_unit(&c->seed);
            in[i] = (float)*p;
        }
        if (in != NULL && tri_model_forward(&m) != TRI_OK)
            tri_check_fail(c, "forward fails");
        torch_forward(want, &t, x);
        for (size_t i = 0; c->msg[0] == '\0' && i < FC2; i++) {
            const double got = tri_single_get(&s, tri_model_logits(&m), i);
            if (!(got - want[i] < 2e-3 && want[i] - got < 2e-3))
                tri_check_fail(c, "round %d, output %zu: %g, not %g", round, i,
                               got, want[i]);
        }
        tri_single_close(&s);
    }
}

/* ---- names and shapes ------------------------------------------------------
 */

static void tri_check_models_match(struct tri_check *c)
{
    /* as text: how the arrays are changed, and what the error says */
    static const struct {
        const char *change, *layers, *says;
    } bad[] = {
        { "-0", NULL, "fc2.weight has no bias beside it" },
        { "-4", NULL, "fc2.weight is missing" },
        { "-12", NULL, "conv.weight is missing" },
        { "+extra.weight", NULL, "has extra.weight" },
        { "+running_mean", NULL, "has a tensor running_mean" },
        { "+.weight", NULL, "has a tensor .weight" },
        { "", "conv,fc1", "too few names" },
        { "", "conv,fc1,fc2,fc3", "more names" },
        { "", "conv,fc1,fc1", "fc1 is given twice" },
        { "", "conv,fc,fc2", "fc is not in" },
        { "", "conv,fc2,fc1",
          "fc2.weight has the shape [3, 4], layer 4 (fc 4) of the network "
          "takes [4, 36]" },
        { "s1", NULL,
          "fc1.weight has the shape [4, 35], layer 4 (fc 4) of the network "
          "takes [4, 36]" },
        { "s2", NULL,
          "conv.weight has the shape [3, 2, 3, 4], layer 1 (conv 3 3) of the "
          "network takes [3, 2, 3, 3]" },
        { "s3", NULL, "fc1.bias has the shape [5]" },
        { "pair", NULL, "has fc3.weight [4, 3], for which" },
        { "gone", NULL, "no weights of the shape [4, 36] for layer 4 (fc 4)" },
    };
    struct tri_place place[TRI_MAX_LAYERS];
    struct tri_params of[TRI_MAX_LAYERS];
    struct tri_array a[8], good[6];
    struct tri_net net;
    struct torch t;
    size_t n;

    if (!parse(c, &net))
        return;
    n = tri_places(place, &net, TRI_LAYOUT_PYTORCH);
    arrays(good, &t);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *const ch = bad[i].change;
        struct tri_why why = { "" };
        size_t count = 6;
        int rc;

        memcpy(a, good, sizeof good);
        if (ch[0] == '-') {
            const int first = ch[1] - '0';
            a[ch[2] == '\0' ? first : 2] = a[5];
            count = 5;
        } else if (ch[0] == '+') {
            a[count] = a[0];
            strcpy(a[count++].name, ch + 1);
        } else if (ch[0] == 's') {
            a[ch[1] - '0'].d[ch[1] == '2' ? 3 : ch[1] == '1'] +=
                ch[1] == '1' ? (uint64_t)-1 : 1;
        } else if (strcmp(ch, "pair") == 0) {
            a[6] = array("fc3.weight", t.fc1_b, 2, 4, 3, 0, 0);
            a[7] = array("fc3.bias", t.fc1_b, 1, 4, 0, 0, 0);
            count = 8;
        } else if (strcmp(ch, "gone") == 0) {
            a[1] = a[4];
            a[3] = a[5];
            count = 4;
            a[4] = good[2];
            a[0] = good[0];
            a[2] = good[2];
        }
        rc =
            tri_weights_match(of, place, n, a, count, bad[i].layers, "m", &why);
        CHECK(c,
              rc == (bad[i].layers != NULL && ch[0] == '\0' &&
                             strstr(bad[i].says, "shape") == NULL
                         ? TRI_E_ARG
                         : TRI_E_FORMAT) &&
                  strstr(why.text, bad[i].says) != NULL,
              "'%s', %s: %d '%s'", ch, bad[i].layers, rc, why.text);
    }
}

/* Layers of one shape come in the order of their names, 9 before 10. */
static void tri_check_models_order(struct tri_check *c)
{
    static const char same[] =
        "input 2 1 1\nfc 2\nrelu\nfc 2\nrelu\nfc 2\nrelu\nfc 2\n";
    static const char *const name[4] = { "net.2", "net.9", "net.10",
                                         "net.010" };
    static const int order[4] = { 2, 0, 3, 1 }; /* as they come */
    struct tri_place place[TRI_MAX_LAYERS];
    struct tri_params of[TRI_MAX_LAYERS];
    struct tri_array a[8];
    struct tri_why why = { "" };
    struct tri_net net;
    char err[160], word[64];

    CHECK(c, tri_net_parse(&net, same, strlen(same), err) == TRI_OK, "%s", err);
    for (int i = 0; i < 4; i++) {
        snprintf(word, sizeof word, "%s.weight", name[order[i]]);
        a[2 * i] = array(word, NULL, 2, 2, 2, 0, 0);
        snprintf(word, sizeof word, "%s.bias", name[order[i]]);
        a[2 * i + 1] = array(word, NULL, 1, 2, 0, 0, 0);
    }
    CHECK(c,
          tri_places(place, &net, TRI_LAYOUT_PYTORCH) == 4 &&
              tri_weights_match(of, place, 4, a, 8, NULL, "m", &why) == TRI_OK,
          "%s", why.text);
    for (int i = 0; i < 4; i++)
        CHECK(c, strncmp(of[i].weight->name, name[i], strlen(name[i])) == 0,
              "place %d is %s", i, of[i].weight->name);
    CHECK(c,
          tri_weights_match(of, place, 4, a, 8, "net.10,net.2,net.010,net.9",
                            "m", &why) == TRI_OK &&
              strcmp(of[0].bias->name, "net.10.bias") == 0 &&
              strcmp(of[3].bias->name, "net.9.bias") == 0,
          "given names: %s", why.text);
    /* What is no number is no order: to be given. */
    a[2] = array("net.0x.weight", NULL, 2, 2, 2, 0, 0);
    a[3] = array("net.0x.bias", NULL, 1, 2, 0, 0, 0);
    why.text[0] = '\0';
    CHECK(c,
          tri_weights_match(of, place, 4, a, 8, NULL, "m", &why) == TRI_E_ARG &&
              strstr(why.text, "net.0x and net.9 both have the shape of "
                               "layer 1 (fc 2), and their names are no order; "
                               "give --layers") != NULL,
          "names without order: '%s'", why.text);
    CHECK(c,
          tri_weights_match(of, place, 4, a, 8, "net.10,net.0x,net.010,net.9",
                            "m", &why) == TRI_OK,
          "given names: %s", why.text);
    /* A Sequential of these modules counts a Flatten. */
    CHECK(c, strcmp(place[0].name, "1") == 0 && strcmp(place[3].name, "7") == 0,
          "names %s to %s", place[0].name, place[3].name);
}

/* A layout maps the weights one to one, and `trinn` not at all. */
static void tri_check_models_layout(struct tri_check *c)
{
    static const char *const names[4] = { "A", "B", "C", "D" };
    struct tri_place place[TRI_MAX_LAYERS];
    struct tri_net net;
    char err[160];

    for (int l = 0; l < 8; l++) {
        const char *const t = tri_net_builtin(names[l / 2]);
        size_t n, first = 0;
        CHECK(c, tri_net_parse(&net, t, strlen(t), err) == TRI_OK, "%s", err);
        n = tri_places(place, &net,
                       l % 2 ? TRI_LAYOUT_TRINN : TRI_LAYOUT_PYTORCH);
        for (size_t i = 0; i < n; i++) {
            const struct tri_place *const p = &place[i];
            uint8_t *const seen = calloc(p->weights, 1);
            uint64_t count = 1;
            for (size_t k = 0; k < p->weights && c->msg[0] == '\0'; k++) {
                const size_t at = tri_place_source(p, k);
                if (at >= p->weights || seen[at]++ || (l % 2 && at != k))
                    tri_check_fail(c, "%s, layer %zu: %zu comes from %zu",
                                   names[l / 2], p->layer, k, at);
            }
            free(seen);
            for (unsigned k = 0; k < p->nd; k++)
                count *= p->d[k];
            CHECK(c, count == p->weights && p->first == first,
                  "%s, layer %zu: shape", names[l / 2], p->layer);
            first += p->weights + p->biases;
        }
    }
}

static void tri_check_models_range(struct tri_check *c)
{
    static const struct {
        float v;
        unsigned fb;
        int ok;
    } value[] = {
        { 32767.5f, 16, 1 }, { 32768, 16, 0 },  { -32768, 16, 0 },
        { 32768, 13, 1 },    { 262144, 13, 0 }, { 8388607, 8, 1 },
        { 8388608, 8, 0 },   { -1e30f, 16, 0 },
    };
    struct tri_place place[TRI_MAX_LAYERS];
    struct tri_params of[TRI_MAX_LAYERS];
    uint64_t word[WORDS];
    struct tri_array a[6];
    struct tri_net net;
    struct torch t;
    size_t n;

    if (!parse(c, &net))
        return;
    n = tri_places(place, &net, TRI_LAYOUT_PYTORCH);
    draw_all(&t, &c->seed);
    arrays(a, &t);
    for (size_t i = 0; i < sizeof value / sizeof *value; i++) {
        struct tri_why why = { "" };
        int rc;
        t.fc1[1][2] = value[i].v;
        rc = tri_weights_match(of, place, n, a, 6, NULL, "m", &why);
        CHECK(c, rc == TRI_OK, "%s", why.text);
        rc = tri_weights_encode(word, place, n, of, value[i].fb, "m", &why);
        CHECK(c,
              rc == (value[i].ok ? TRI_OK : TRI_E_RANGE) &&
                  (value[i].ok ||
                   strstr(why.text, "m: fc1.weight: element 38 is") != NULL),
              "%g with %u bits: %d '%s'", (double)value[i].v, value[i].fb, rc,
              why.text);
    }
}

/* ---- files -----------------------------------------------------------------
 */

static char dir[TRI_FOLDER];

static const char *in_dir(const char *name)
{
    static char path[4][192];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

/* Two open shares, or a failed check. */
static int open_pair(struct tri_check *c, struct tri_share s[2],
                     const char *prefix, const struct tri_kernels *k)
{
    struct tri_why why = { "" };
    char name[64];
    int rc = TRI_OK;

    s[0].fd = s[1].fd = -1;
    for (int p = 0; rc == TRI_OK && p < 2; p++) {
        snprintf(name, sizeof name, "%s.p%d.share", prefix, p);
        rc = tri_share_open(&s[p], in_dir(name), TRI_SHARE_MODEL, p, k, &why);
    }
    if (rc == TRI_OK)
        rc = tri_share_pair(&s[0], &s[1], &why);
    return rc == TRI_OK || tri_check_fail(c, "%s: %s", prefix, why.text);
}

/* A file becomes shares whose sum is `word`, up to nothing. */
static void share_body(struct tri_check *c, const struct tri_net *net,
                       const char *file, enum tri_layout layout,
                       const uint64_t word[WORDS], const struct tri_kernels *k,
                       struct tri_share s[2])
{
    const struct tri_model_source src = {
        .path = in_dir(file), .layout = layout, .net = net, .text = text
    };
    struct tri_why why = { "" };
    uint64_t x[2][WORDS], far = 0;

    CHECK(c,
          tri_split_model(&src, NULL, in_dir("m"), TRI_SHARING_ADDITIVE, 16, k,
                          &why) == TRI_OK,
          "%s: %s", file, why.text);
    if (!open_pair(c, s, "m", k))
        return;
    for (int p = 0; p < 2; p++)
        CHECK(c,
              tri_share_words(&s[p], (uint64_t *[2]){ x[p] }, WORDS, 0, &why) ==
                  TRI_OK,
              "%s", why.text);
    for (size_t i = 0; i < WORDS; i++) {
        CHECK(c, x[0][i] + x[1][i] == word[i], "%s: word %zu", file, i);
        far |= x[1][i];
    }
    CHECK(c, far >> 48 != 0 && memcmp(x[0], x[1], sizeof x[0]) != 0,
          "%s: a share is no random numbers", file);
}

/* Those of share_body(): nothing is written over. */
static void drop_shares(void)
{
    unlink(in_dir("m.p0.share"));
    unlink(in_dir("m.p1.share"));
}

static void files_body(struct tri_check *c)
{
    static const char *const file[4] = { "a.safetensors", "b.safetensors", "c/",
                                         "d/" };
    struct tri_why why = { "" };
    struct tri_share s[2];
    struct tri_kernels k;
    struct tri_net net;
    struct torch t;
    uint64_t word[WORDS];

    tri_kernels_init(&k, tri_cpu_detect());
    if (!parse(c, &net))
        return;
    draw_all(&t, &c->seed);
    t.fc2[0][0] = 12345.6f; /* F32 has no room for its fixed point */
    if (!encode(c, word, &t, &net, 16))
        return;
    word[WORDS - 1]--; /* and an odd bit, far to the left */
    word[WORDS - FC2 - 1] |= 1;
    for (int i = 0; i < 4 && c->msg[0] == '\0'; i++) {
        const enum tri_layout layout =
            i % 2 ? TRI_LAYOUT_TRINN : TRI_LAYOUT_PYTORCH;
        CHECK(c,
              tri_weightfile_write(in_dir(file[i]), &net, layout, word, 16,
                                   &why) == TRI_OK,
              "%s", why.text);
        share_body(c, &net, file[i], layout, word, &k, s);
        if (c->msg[0] == '\0' &&
            tri_reveal_weights(in_dir("again.safetensors"), layout, &s[0],
                               &s[1], &why) != TRI_OK)
            tri_check_fail(c, "%s", why.text);
        tri_share_close(&s[0]);
        tri_share_close(&s[1]);
        drop_shares();
        if (c->msg[0] == '\0') {
            share_body(c, &net, "again.safetensors", layout, word, &k, s);
            tri_share_close(&s[0]);
            tri_share_close(&s[1]);
        }
        drop_shares();
        unlink(in_dir("again.safetensors"));
    }
}

static void tri_check_models_files(struct tri_check *c)
{
    CHECK(c, tri_folder_make(dir), "no temporary directory");
    files_body(c);
    tri_folder_drop(dir);
}

static void bad_files_body(struct tri_check *c)
{
    static struct tri_weightfile f;
    struct tri_why why = { "" };
    struct tri_out o;

    CHECK(c,
          tri_weightfile_open(&f, dir, &why) == TRI_E_ARG &&
              strstr(why.text, "no .npy files") != NULL,
          "an empty directory: '%s'", why.text);
    tri_weightfile_close(&f);
    why.text[0] = '\0';
    CHECK(c,
          tri_out_open(&o, in_dir("a.npy"), &why) == TRI_OK &&
              tri_out_write(&o, "\x93NUMPY\1\0\1", 10, &why) == TRI_OK &&
              tri_out_commit(&o, &why) == TRI_OK,
          "%s", why.text);
    CHECK(c,
          tri_weightfile_open(&f, in_dir("a.npy"), &why) == TRI_E_FORMAT &&
              strstr(why.text, "is one array") != NULL,
          "one .npy: '%s'", why.text);
    tri_weightfile_close(&f);
    why.text[0] = '\0';
    CHECK(c,
          tri_weightfile_open(&f, dir, &why) == TRI_E_FORMAT &&
              strstr(why.text, "a.npy: has 10 bytes") != NULL,
          "a broken .npy: '%s'", why.text);
    tri_weightfile_close(&f);
    CHECK(c, tri_weightfile_open(&f, in_dir("none"), &why) == TRI_E_ARG,
          "a missing file passes");
    tri_weightfile_close(&f);
}

/* What is read of a file that the model is written to. */
static int written(struct tri_weightfile *f, const struct tri_net *net,
                   const uint64_t *word, struct tri_why *why)
{
    int rc;

    if (!tri_folder_make(dir))
        return tri_why(why, TRI_E_IO, "no temporary directory");
    rc = tri_weightfile_write(in_dir("w.safetensors"), net, TRI_LAYOUT_PYTORCH,
                              word, 16, why);
    f->n = f->bufs = 0;
    if (rc == TRI_OK)
        rc = tri_weightfile_open(f, in_dir("w.safetensors"), why);
    tri_folder_drop(dir);
    return rc;
}

/* A batchnorm takes four tensors, its counter is passed over, and all of them
 * are there again in what is written. */
static void tri_check_models_batchnorm(struct tri_check *c)
{
    static const char described[] =
        "input 2 2 1\nconv 3 1 nobias\nbatchnorm\nrelu\nfc 2 nobias\n";
    static const float v[24] = {
        1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
        13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24
    };
    static const float minus[3] = { 1, -1, 1 };
    static struct tri_place place[TRI_MAX_LAYERS];
    struct tri_array a[] = {
        array("0.weight", v, 4, 3, 1, 1, 1),
        array("1.weight", v + 3, 1, 3, 0, 0, 0),
        array("1.bias", v + 6, 1, 3, 0, 0, 0),
        array("1.running_mean", v + 9, 1, 3, 0, 0, 0),
        array("1.running_var", v + 12, 1, 3, 0, 0, 0),
        array("1.num_batches_tracked", v, 1, 1, 0, 0, 0),
        array("4.weight", v, 2, 2, 12, 0, 0),
    };
    static const struct {
        size_t without; /* this tensor is missing */
        const char *says;
    } bad[] = { { 1, "1.weight is missing" },
                { 2, "no bias beside it" },
                { 3, "no running_mean beside it" },
                { 4, "no running_var beside it" } };
    struct tri_params of[TRI_MAX_LAYERS];
    static struct tri_weightfile f;
    struct tri_why why = { "" };
    struct tri_net net;
    uint64_t word[39];
    char err[TRI_NET_ERROR];
    size_t n;

    if (tri_net_parse(&net, described, sizeof described - 1, err) != TRI_OK)
        return (void)tri_check_fail(c, "%s", err);
    a[5].type = TRI_DTYPE_I64; /* as PyTorch counts */
    n = tri_places(place, &net, TRI_LAYOUT_PYTORCH);
    CHECK(c,
          n == 3 && tri_places_words(place, n) == 39 &&
              tri_net_words(&net) == 39,
          "%zu places, %zu words", n, tri_places_words(place, n));
    CHECK(c,
          tri_weights_match(of, place, n, a, 7, NULL, "t", &why) == TRI_OK &&
              tri_weights_encode(word, place, n, of, 16, "t", &why) == TRI_OK,
          "%s", why.text);
    for (size_t i = 0; i < 15; i++)
        CHECK(c, word[i] == (i + 1) << 16, "word %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tri_array some[7];
        size_t k = 0;

        why.text[0] = '\0';
        for (size_t j = 0; j < 7; j++)
            if (j != bad[i].without)
                some[k++] = a[j];
        CHECK(c,
              tri_weights_match(of, place, n, some, k, NULL, "t", &why) ==
                      TRI_E_FORMAT &&
                  strstr(why.text, bad[i].says) != NULL,
              "without %s: %s", a[bad[i].without].name, why.text);
    }
    why.text[0] = '\0';
    a[1].type = TRI_DTYPE_I32;
    CHECK(c,
          tri_weights_match(of, place, n, a, 7, NULL, "t", &why) ==
                  TRI_E_FORMAT &&
              strstr(why.text, "1.weight: has whole numbers") != NULL,
          "weights of whole numbers: %s", why.text);
    a[1].type = TRI_DTYPE_F32;
    why.text[0] = '\0';
    a[4].data = (const uint8_t *)minus;
    CHECK(c,
          tri_weights_match(of, place, n, a, 7, NULL, "t", &why) ==
                  TRI_E_RANGE &&
              strstr(why.text, "negative") != NULL,
          "a negative variance: %s", why.text);
    CHECK(c, written(&f, &net, word, &why) == TRI_OK, "%s", why.text);
    memset(word, 0, sizeof word);
    CHECK(c,
          f.n == 6 &&
              tri_weights_match(of, place, n, f.t, f.n, NULL, "t", &why) ==
                  TRI_OK &&
              tri_weights_encode(word, place, n, of, 16, "t", &why) == TRI_OK,
          "what was written: %s", why.text);
    for (size_t i = 0; i < 15; i++)
        CHECK(c, word[i] == (i + 1) << 16, "word %zu of what was written", i);
    tri_weightfile_close(&f);
}

/* After an image was flattened PyTorch has the vectors of a batchnorm as
 * [channel][row][column], and what is written has them so again. */
static void tri_check_models_flat_batchnorm(struct tri_check *c)
{
    enum { AREA = 6, CH = 2, D = AREA * CH };
    static const char described[] = "input 2 3 2\nflatten\nbatchnorm\nfc 2\n";
    static struct tri_place place[TRI_MAX_LAYERS];
    struct tri_params of[TRI_MAX_LAYERS];
    static struct tri_weightfile f;
    struct tri_why why = { "" };
    float v[4][D];
    static const float fc[2 * D + 2];
    struct tri_array a[] = {
        array("1.weight", v[0], 1, D, 0, 0, 0),
        array("1.bias", v[1], 1, D, 0, 0, 0),
        array("1.running_mean", v[2], 1, D, 0, 0, 0),
        array("1.running_var", v[3], 1, D, 0, 0, 0),
        array("2.weight", fc, 2, 2, D, 0, 0),
        array("2.bias", fc, 1, 2, 0, 0, 0),
    };
    struct tri_net net;
    uint64_t word[6 * D + 2];
    char err[TRI_NET_ERROR];
    size_t n;

    for (size_t i = 0; i < 4 * D; i++)
        v[i / D][i % D] = (float)i;
    if (tri_net_parse(&net, described, sizeof described - 1, err) != TRI_OK)
        return (void)tri_check_fail(c, "%s", err);
    n = tri_places(place, &net, TRI_LAYOUT_PYTORCH);
    CHECK(c,
          n == 2 &&
              tri_weights_match(of, place, n, a, 6, NULL, "t", &why) ==
                  TRI_OK &&
              tri_weights_encode(word, place, n, of, 16, "t", &why) == TRI_OK,
          "%s", why.text);
    for (size_t i = 0; i < 4 * D; i++) {
        const size_t ours = i % D; /* row, column, channel */
        const size_t theirs = ours % CH * AREA + ours / CH;

        CHECK(c, word[i] == (i / D * D + theirs) << 16, "word %zu", i);
    }
    CHECK(c, written(&f, &net, word, &why) == TRI_OK && f.n == 6, "%s",
          why.text);
    for (size_t i = 0; i < 4 * D; i++)
        CHECK(c, tri_array_get(&f.t[i / D], i % D) == (double)i,
              "%s: element %zu of what was written", f.t[i / D].name, i % D);
    tri_weightfile_close(&f);
}

static void tri_check_models_bad_files(struct tri_check *c)
{
    CHECK(c, tri_folder_make(dir), "no temporary directory");
    bad_files_body(c);
    tri_folder_drop(dir);
}

/* ---- images ----------------------------------------------------------------
 */

enum { N = 3 };

/* A .npy file of `count` elements 3, 10, 17, ...: whole ones as they are, real
 * ones less 20 and in eighths. */
static int put_npy(const char *name, enum tri_dtype type, unsigned nd,
                   const uint64_t *d)
{
    uint8_t buf[TRI_NPY_HEADER + 8 * 2048];
    const int real = !tri_dtype_whole(type);
    struct tri_why why = { "" };
    struct tri_out o;
    size_t n = 1, len = tri_npy_header(buf, type, d, nd);

    for (unsigned i = 0; i < nd; i++)
        n *= (size_t)d[i];
    for (size_t i = 0; i < n; i++) {
        const double v = (double)((3 + 7 * i) % (real ? 4096 : 256));
        tri_array_put(buf + len, type, i, real ? (v - 20) / 8 : v);
    }
    len += n * tri_dtype_size(type);
    return tri_out_open(&o, in_dir(name), &why) == TRI_OK &&
           tri_out_write(&o, buf, len, &why) == TRI_OK &&
           tri_out_commit(&o, &why) == TRI_OK;
}

static int files(const char *images, const char *labels, uint32_t classes,
                 enum tri_dataset_order order, struct tri_dataset *s,
                 struct tri_why *why)
{
    const struct tri_dataset_files f = { .images = in_dir(images),
                                         .labels = labels != NULL
                                                       ? in_dir(labels)
                                                       : NULL,
                                         .classes = classes,
                                         .order = order };

    return tri_dataset_files(s, &f, why);
}

static void images_body(struct tri_check *c)
{
    static const struct {
        enum tri_dtype type;
        enum tri_dataset_order order;
        unsigned nd;
        uint64_t d[5];
        uint32_t h, w, c;
        int first; /* the file has channels first */
    } good[] = {
        { TRI_DTYPE_U8, TRI_DATASET_GUESS, 3, { N, 4, 5 }, 4, 5, 1, 0 },
        { TRI_DTYPE_U8, TRI_DATASET_GUESS, 4, { N, 1, 4, 5 }, 4, 5, 1, 0 },
        { TRI_DTYPE_U8, TRI_DATASET_GUESS, 4, { N, 4, 5, 3 }, 4, 5, 3, 0 },
        { TRI_DTYPE_U8, TRI_DATASET_GUESS, 4, { N, 4, 5, 1 }, 4, 5, 1, 0 },
        { TRI_DTYPE_U8, TRI_DATASET_GUESS, 4, { N, 1, 5, 1 }, 1, 5, 1, 0 },
        { TRI_DTYPE_U8, TRI_DATASET_FIRST, 4, { N, 3, 4, 5 }, 4, 5, 3, 1 },
        { TRI_DTYPE_U8, TRI_DATASET_LAST, 4, { N, 1, 4, 5 }, 1, 4, 5, 0 },
        { TRI_DTYPE_I64, TRI_DATASET_GUESS, 3, { N, 4, 5 }, 4, 5, 1, 0 },
        { TRI_DTYPE_U16, TRI_DATASET_FIRST, 4, { N, 3, 4, 5 }, 4, 5, 3, 1 },
        { TRI_DTYPE_I32, TRI_DATASET_GUESS, 4, { N, 4, 5, 3 }, 4, 5, 3, 0 },
        { TRI_DTYPE_F32, TRI_DATASET_GUESS, 3, { N, 4, 5 }, 4, 5, 1, 0 },
        { TRI_DTYPE_F64, TRI_DATASET_FIRST, 4, { N, 2, 4, 5 }, 4, 5, 2, 1 },
    };
    static const struct {
        enum tri_dtype type;
        unsigned nd;
        uint64_t d[5];
        int rc;
        const char *says;
    } bad[] = {
        { TRI_DTYPE_U8,
          1,
          { N },
          TRI_E_FORMAT,
          "has the shape [3]; images are" },
        { TRI_DTYPE_U8,
          5,
          { N, 1, 1, 4, 5 },
          TRI_E_FORMAT,
          "images are [N, H, W]" },
        { TRI_DTYPE_U8, 3, { 0, 4, 5 }, TRI_E_FORMAT, "one sample at least" },
        { TRI_DTYPE_U8,
          3,
          { 1, 2, 1025 },
          TRI_E_FORMAT,
          "channels are 1 to 1024" },
        { TRI_DTYPE_I8,
          3,
          { N, 4, 5 }, /* 3, 10 ... 122, 129 - 256 */
          TRI_E_FORMAT,
          "element 18 is -127; whole numbers are pixels, 0 to 255: scale "
          "others in Python with (x / abs(x).max()).astype('f4')" },
        { TRI_DTYPE_U8, 4, { N, 3, 5, 5 }, TRI_E_ARG, "--layout pytorch or" },
        { TRI_DTYPE_F32, 4, { N, 4, 2, 5 }, TRI_E_ARG, "4 channels of" },
    };
    static const uint64_t n3[1] = { N }, n4[1] = { 4 };
    struct tri_why why = { "" };
    struct tri_dataset s;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const int real = good[i].type >= TRI_DTYPE_F16;
        size_t at = 0;
        put_npy("x.npy", good[i].type, good[i].nd, good[i].d);
        CHECK(c, files("x.npy", NULL, 0, good[i].order, &s, &why) == TRI_OK,
              "%s", why.text);
        if (s.count != N || s.h != good[i].h || s.w != good[i].w ||
            s.c != good[i].c || (s.real != NULL) != real)
            tri_check_fail(c, "case %zu: %u of %u x %u x %u", i, s.count, s.h,
                           s.w, s.c);
        for (size_t n = 0; n < N && c->msg[0] == '\0'; n++)
            for (size_t y = 0; y < s.h; y++)
                for (size_t x = 0; x < s.w; x++)
                    for (size_t ch = 0; ch < s.c; ch++, at++) {
                        const size_t from =
                            good[i].first ? ((n * s.c + ch) * s.h + y) * s.w + x
                                          : at;
                        const double v =
                            (double)((3 + 7 * from) % (real ? 4096 : 256));
                        if (tri_dataset_value(&s, at) !=
                            (real ? (v - 20) / 8 : v / 256))
                            tri_check_fail(c, "case %zu: value %zu is %g", i,
                                           at, tri_dataset_value(&s, at));
                    }
        tri_dataset_free(&s);
        if (c->msg[0] != '\0')
            return;
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        why.text[0] = '\0';
        put_npy("x.npy", bad[i].type, bad[i].nd, bad[i].d);
        CHECK(c,
              files("x.npy", NULL, 0, TRI_DATASET_GUESS, &s, &why) ==
                      bad[i].rc &&
                  strstr(why.text, bad[i].says) != NULL,
              "case %zu: '%s'", i, why.text);
    }
    why.text[0] = '\0';
    put_npy("x.npy", TRI_DTYPE_U8, 3, good[0].d);
    put_npy("y.npy", TRI_DTYPE_I64, 1, n3); /* 3, 10, 17 */
    CHECK(c,
          files("x.npy", "y.npy", 10, TRI_DATASET_GUESS, &s, &why) ==
                  TRI_E_FORMAT &&
              strstr(why.text, "label 1 is 10; by --classes they are 0 to 9") !=
                  NULL,
          "labels: '%s'", why.text);
    why.text[0] = '\0';
    put_npy("y.npy", TRI_DTYPE_U8, 1, n4);
    CHECK(c,
          files("x.npy", "y.npy", 0, TRI_DATASET_GUESS, &s, &why) ==
              TRI_E_FORMAT,
          "labels 10, 17 and a fourth pass");
    why.text[0] = '\0';
    put_npy("y.npy", TRI_DTYPE_F32, 1, n3);
    CHECK(c,
          files("x.npy", "y.npy", 0, TRI_DATASET_GUESS, &s, &why) ==
                  TRI_E_FORMAT &&
              strstr(why.text, "labels are [N]") != NULL &&
              strstr(why.text, "of real numbers") != NULL &&
              strstr(why.text, "astype('i8')") != NULL,
          "labels: '%s'", why.text);
    /* what that advises, and every other type of whole numbers, is read */
    for (int t = 0; tri_dtype_whole((enum tri_dtype)t); t++) {
        struct tri_out o;
        uint8_t buf[TRI_NPY_HEADER + 8 * N];
        size_t len = tri_npy_header(buf, (enum tri_dtype)t, n3, 1);

        for (size_t i = 0; i < N; i++)
            tri_array_put(buf + len, (enum tri_dtype)t, i, 9 - (double)i);
        len += N * tri_dtype_size((enum tri_dtype)t);
        why.text[0] = '\0';
        CHECK(c,
              tri_out_open(&o, in_dir("y.npy"), &why) == TRI_OK &&
                  tri_out_write(&o, buf, len, &why) == TRI_OK &&
                  tri_out_commit(&o, &why) == TRI_OK,
              "%s", why.text);
        CHECK(c,
              files("x.npy", "y.npy", 0, TRI_DATASET_GUESS, &s, &why) == TRI_OK,
              "labels of type %d: %s", t, why.text);
        for (size_t i = 0; i < N; i++)
            CHECK(c, s.labels[i] == 9 - i, "label %zu is %u", i, s.labels[i]);
        tri_dataset_free(&s);
    }
}

/* Real values become shares of their fixed point, or are refused. */
static void real_body(struct tri_check *c)
{
    static const uint64_t d[3] = { N, 4, 5 };
    struct tri_why why = { "" };
    struct tri_kernels k;
    struct tri_share s[2];
    struct tri_dataset set;
    int rc;

    tri_kernels_init(&k, tri_cpu_detect());
    put_npy("x.npy", TRI_DTYPE_F32, 3, d);
    CHECK(c, files("x.npy", NULL, 0, TRI_DATASET_GUESS, &set, &why) == TRI_OK,
          "%s", why.text);
    rc = tri_split(&set, in_dir("r"), TRI_SHARING_ADDITIVE, 13, &k, &why);
    CHECK(c, rc == TRI_OK, "%s", why.text);
    for (int p = 0; p < 2; p++)
        CHECK(c,
              tri_share_open(&s[p], in_dir(p ? "r.p1.share" : "r.p0.share"),
                             TRI_SHARE_DATA, p, &k, &why) == TRI_OK,
              "%s", why.text);
    for (uint32_t i = 0; i < N; i++) {
        uint64_t x[2][20];
        for (int p = 0; p < 2; p++)
            CHECK(c,
                  tri_share_fetch(&s[p], i, (uint64_t *[2]){ x[p] }, NULL,
                                  &why) == TRI_OK,
                  "%s", why.text);
        for (int j = 0; j < 20; j++)
            CHECK(c,
                  tri_fixed_decode(x[0][j] + x[1][j], 13) ==
                      ((3 + 7 * (double)(20 * (int)i + j)) - 20) / 8,
                  "image %u, value %d", i, j);
    }
    tri_share_close(&s[0]);
    tri_share_close(&s[1]);
    set.real[25] = -262144; /* 2^18 */
    CHECK(c,
          tri_split(&set, in_dir("q"), TRI_SHARING_ADDITIVE, 13, &k, &why) ==
                  TRI_E_RANGE &&
              strstr(why.text, "sample 1, value 5 is -262144") != NULL,
          "'%s'", why.text);
    CHECK(c,
          access(in_dir("q.p0.share"), F_OK) != 0 &&
              access(in_dir("q.p1.share"), F_OK) != 0,
          "shares of values out of range are written");
    tri_dataset_free(&set);
}

static void tri_check_models_images(struct tri_check *c)
{
    CHECK(c, tri_folder_make(dir), "no temporary directory");
    images_body(c);
    if (c->msg[0] == '\0')
        real_body(c);
    tri_folder_drop(dir);
}

/* The longest text of a network: its shares are written, read and joined. */
static void long_body(struct tri_check *c)
{
    enum { WORDS_N = 4 };
    static char text_of[TRI_NET_TEXT + 1];
    static struct tri_share s[2];
    uint64_t word[WORDS_N] = { 1, 2, 3, 4 }, *back = NULL;
    const size_t least = TRI_SHARE_TEXT + 1;
    struct tri_why why = { "" };
    struct tri_kernels k;
    size_t n = 0;

    tri_kernels_init(&k, tri_cpu_detect());
    n += (size_t)sprintf(text_of, "input 1 1 1\n");
    while (n <= least)
        n += (size_t)sprintf(text_of + n, "leaky 0.01\n");
    n += (size_t)sprintf(text_of + n, "fc 2\n");
    for (int longest = 0; longest < 2; longest++) {
        if (longest) {
            memset(text_of + n, '#', TRI_NET_TEXT - n);
            text_of[TRI_NET_TEXT] = '\0';
        }
        CHECK(c,
              tri_split_words(word, WORDS_N, text_of, in_dir("m"),
                              TRI_SHARING_ADDITIVE, 16, &k, &why) == TRI_OK,
              "%s", why.text);
        for (int p = 0; p < 2; p++)
            CHECK(c,
                  tri_share_open(&s[p], in_dir(p ? "m.p1.share" : "m.p0.share"),
                                 TRI_SHARE_MODEL, p, &k, &why) == TRI_OK &&
                      strcmp(s[p].text, text_of) == 0,
                  "%s", why.text);
        CHECK(c, tri_reveal_words(&back, &s[0], &s[1], &why) == TRI_OK, "%s",
              why.text);
        for (uint64_t i = 0; i < WORDS_N; i++)
            CHECK(c, back[i] == i + 1, "word %d", (int)i);
        free(back);
        tri_share_close(&s[0]);
        tri_share_close(&s[1]);
        for (uint64_t i = 0; i < WORDS_N; i++)
            word[i] = i + 1;
        drop_shares();
    }
}

static void tri_check_models_long(struct tri_check *c)
{
    CHECK(c, tri_folder_make(dir), "no temporary directory");
    long_body(c);
    tri_folder_drop(dir);
}

const struct tri_check_entry tri_checks_models[] = {
    { "models_long", tri_check_models_long },
    { "models_torch", tri_check_models_torch },
    { "models_match", tri_check_models_match },
    { "models_order", tri_check_models_order },
    { "models_layout", tri_check_models_layout },
    { "models_range", tri_check_models_range },
    { "models_files", tri_check_models_files },
    { "models_images", tri_check_models_images },
    { "models_batchnorm", tri_check_models_batchnorm },
    { "models_flat_batchnorm", tri_check_models_flat_batchnorm },
    { "models_bad_files", tri_check_models_bad_files },
};
const size_t tri_checks_models_n =
    sizeof tri_checks_models / sizeof *tri_checks_models;
