#include "boards/host/formats/weights.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/file.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/ring.h"
#include "proto/nn/batchnorm.h"
#include "proto/nn/conv.h"
#include "proto/nn/fc.h"

/* ---- layers ---------------------------------------------------------------
 */

static void shape(struct tri_place *p)
{
    const struct tri_layer_spec *const l = p->spec;
    const uint64_t k = l->size, o = l->oc, i = p->weights / o;
    const int torch = p->layout == TRI_LAYOUT_PYTORCH;

    if (l->kind == &tri_layer_conv) {
        p->nd = 4;
        memcpy(p->d,
               torch ? (uint64_t[]){ o, l->ic, k, k }
                     : (uint64_t[]){ k, k, l->ic, o },
               sizeof p->d);
    } else if (l->kind == &tri_layer_batchnorm) {
        p->nd = 1;
        p->d[0] = o;
    } else {
        p->nd = 2;
        p->d[0] = torch ? o : i;
        p->d[1] = torch ? i : o;
    }
}

static int is_flat(const struct tri_net *net, uint32_t n)
{
    return n > 0 && net->layer[n - 1].flat;
}

/* The image that output n was before it was flat, if it was one. */
static void image(struct tri_place *p, const struct tri_net *net, uint32_t n)
{
    while (is_flat(net, n) && net->layer[n - 1].kind != &tri_layer_fc)
        n = net->layer[n - 1].in[0];
    p->h = n > 0 ? net->layer[n - 1].oh : net->h;
    p->w = n > 0 ? net->layer[n - 1].ow : net->w;
    p->c = n > 0 ? net->layer[n - 1].oc : net->c;
}

size_t tri_places(struct tri_place place[TRI_MAX_LAYERS],
                  const struct tri_net *net, enum tri_layout layout)
{
    size_t n = 0, first = 0, sequential = 0;

    for (size_t i = 0; i < net->layers; i++) {
        const struct tri_layer_spec *const l = &net->layer[i];
        struct tri_place *const p = &place[n];
        size_t weights, biases;

        /* A Sequential needs a Flatten of its own before the first Linear. */
        if (l->kind == &tri_layer_fc && !is_flat(net, l->in[0]))
            sequential++;
        sequential++;
        tri_layer_params(l, &weights, &biases);
        if (weights == 0)
            continue;
        *p = (struct tri_place){ .spec = l,
                                 .layer = i + 1,
                                 .first = first,
                                 .weights = weights,
                                 .biases = biases,
                                 .kept = tri_layer_kept(l),
                                 .layout = layout };
        shape(p);
        image(p, net, l->in[0]);
        snprintf(p->name, sizeof p->name, "%zu", sequential - 1);
        first += weights + biases + p->kept;
        n++;
    }
    return n;
}

size_t tri_places_words(const struct tri_place *place, size_t n)
{
    const struct tri_place *const last = &place[n - 1];

    return n == 0 ? 0 : last->first + last->weights + last->biases + last->kept;
}

size_t tri_place_source(const struct tri_place *p, size_t i)
{
    const size_t O = p->spec->oc, o = i % O, in = i / O;

    if (p->nd == 1)
        return tri_place_vector(p, i);
    if (p->layout == TRI_LAYOUT_TRINN)
        return i;
    if (p->spec->kind == &tri_layer_conv) {
        const size_t C = p->spec->ic, k = p->spec->size;
        const size_t c = in % C, at = in / C; /* at: row * k + column */
        return (o * C + c) * k * k + at;
    } else {
        const size_t c = in % p->c, at = in / p->c;
        return o * (p->weights / O) + c * p->h * p->w + at;
    }
}

size_t tri_place_vector(const struct tri_place *p, size_t i)
{
    const size_t c = p->c, area = (size_t)p->h * p->w;

    /* of an image that batchnorm reads as such, c is its channels */
    return p->layout == TRI_LAYOUT_TRINN || p->nd != 1 || c == p->spec->oc
               ? i
               : i % c * area + i / c;
}

/* ---- names ----------------------------------------------------------------
 */

/* The tensors of one name. */
struct module {
    const char *name; /* of one of its tensors: name_len bytes */
    size_t len;
    struct tri_params of;
    int used;
};

static int digit(char c)
{
    return c >= '0' && c <= '9';
}

/* As strcmp, but "9" < "10". */
static int natural(const struct module *x, const struct module *y)
{
    size_t i = 0, j = 0;

    while (i < x->len && j < y->len) {
        const char *const a = x->name, *const b = y->name;
        if (digit(a[i]) && digit(b[j])) {
            size_t p, q;
            while (i < x->len && a[i] == '0')
                i++;
            while (j < y->len && b[j] == '0')
                j++;
            for (p = i; p < x->len && digit(a[p]);)
                p++;
            for (q = j; q < y->len && digit(b[q]);)
                q++;
            if (p - i != q - j)
                return p - i < q - j ? -1 : 1;
            for (; i < p; i++, j++)
                if (a[i] != b[j])
                    return a[i] < b[j] ? -1 : 1;
        } else {
            if (a[i] != b[j])
                return (uint8_t)a[i] < (uint8_t)b[j] ? -1 : 1;
            i++;
            j++;
        }
    }
    return (i < x->len) - (j < y->len);
}

static struct module *find(struct module *m, size_t n, const char *name,
                           size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (m[i].len == len && memcmp(m[i].name, name, len) == 0)
            return &m[i];
    return NULL;
}

/* Pair the tensors up, in the order of their names. */
static int pair(struct module *m, size_t *n, const struct tri_array *t,
                size_t count, const char *file, struct tri_why *why)
{
    static const char *const part[] = { ".weight", ".bias", ".running_mean",
                                        ".running_var" };

    *n = 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = 0, k = 0;
        struct module *at;

        if (tri_file_stem(t[i].name, ".num_batches_tracked") != 0)
            continue;
        if (tri_dtype_whole(t[i].type))
            return tri_why(why, TRI_E_FORMAT,
                           "%s: %s: has whole numbers; weights are F16, BF16, "
                           "F32 or F64",
                           file, t[i].name);
        while (k < 4 && (len = tri_file_stem(t[i].name, part[k])) == 0)
            k++;
        if (len == 0)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: has a tensor %s; a network has NAME.weight "
                           "and NAME.bias only, and NAME.running_mean and "
                           "NAME.running_var of a batchnorm",
                           file, t[i].name);
        at = find(m, *n, t[i].name, len);
        if (at == NULL) {
            at = &m[(*n)++];
            *at = (struct module){ .name = t[i].name, .len = len };
        }
        *(k == 0   ? &at->of.weight
          : k == 1 ? &at->of.bias
          : k == 2 ? &at->of.mean
                   : &at->of.variance) = &t[i];
    }
    for (size_t i = 0; i < *n; i++)
        if (m[i].of.weight == NULL)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: %.*s.weight is missing; a layer with biases "
                           "has weights",
                           file, (int)m[i].len, m[i].name);
    for (size_t i = 1; i < *n; i++)
        for (size_t k = i; k > 0 && natural(&m[k - 1], &m[k]) > 0; k--) {
            const struct module x = m[k];
            m[k] = m[k - 1];
            m[k - 1] = x;
        }
    return TRI_OK;
}

/* ---- matching --------------------------------------------------------------
 */

static int same(const struct tri_array *a, const uint64_t *d, unsigned nd)
{
    return a->nd == nd && memcmp(a->d, d, nd * sizeof *d) == 0;
}

static int fits(const struct tri_place *p, const struct module *m)
{
    const int norm = m->of.mean != NULL || m->of.variance != NULL;

    return norm == (p->kept > 0) && same(m->of.weight, p->d, p->nd);
}

static const char *layer_text(char out[64], const struct tri_place *p)
{
    if (p->kept > 0)
        snprintf(out, 64, "layer %zu (batchnorm of %u)", p->layer, p->spec->oc);
    else if (p->spec->kind == &tri_layer_conv)
        snprintf(out, 64, "layer %zu (conv %u %u)", p->layer, p->spec->oc,
                 p->spec->size);
    else
        snprintf(out, 64, "layer %zu (fc %u)", p->layer, p->spec->oc);
    return out;
}

static int wrong_shape(const struct tri_place *p, const struct tri_array *a,
                       const uint64_t *d, unsigned nd, const char *file,
                       struct tri_why *why)
{
    char want[TRI_SHAPE_TEXT], found[TRI_SHAPE_TEXT], layer[64];

    return tri_why(why, TRI_E_FORMAT,
                   "%s: %s has the shape %s, %s of the network takes %s; give "
                   "another --net or --layout",
                   file, a->name, tri_shape_text(found, a->d, a->nd),
                   layer_text(layer, p), tri_shape_text(want, d, nd));
}

/* The biases of a layer are there, or it has none and the network says so. */
static int check_bias(const struct tri_place *p, const struct tri_params *of,
                      const char *file, struct tri_why *why)
{
    char layer[64];

    if (p->biases == 0 && of->bias != NULL)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %s, and %s of the network is without; leave "
                       "out: nobias",
                       file, of->bias->name, layer_text(layer, p));
    if (p->biases > 0 && of->bias == NULL)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: %s has no bias beside it, %s of the network takes "
                       "one; add to it: nobias",
                       file, of->weight->name, layer_text(layer, p));
    return p->biases == 0 || same(of->bias, &(const uint64_t){ p->biases }, 1)
               ? TRI_OK
               : wrong_shape(p, of->bias, &(const uint64_t){ p->biases }, 1,
                             file, why);
}

/* A batchnorm has both of its running means. */
static int check_kept(const struct tri_place *p, const struct tri_params *of,
                      const char *file, struct tri_why *why)
{
    const struct tri_array *const all[] = { of->mean, of->variance };
    const uint64_t d = p->kept / 2;
    char layer[64];

    for (size_t i = 0; p->kept > 0 && i < 2; i++) {
        if (all[i] == NULL)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: %s has no %s beside it, which %s of the "
                           "network takes",
                           file, of->weight->name,
                           i == 0 ? "running_mean" : "running_var",
                           layer_text(layer, p));
        if (!same(all[i], &d, 1))
            return wrong_shape(p, all[i], &d, 1, file, why);
        for (size_t j = 0; i == 1 && j < d; j++)
            if (!(tri_array_get(all[i], j) >= 0))
                return tri_why(why, TRI_E_RANGE,
                               "%s: %s: element %zu is negative; it is a "
                               "variance",
                               file, all[i]->name, j);
    }
    return TRI_OK;
}

static int missing(const struct tri_place *p, const char *file,
                   struct tri_why *why)
{
    char want[TRI_SHAPE_TEXT], layer[64];

    return tri_why(why, TRI_E_FORMAT,
                   "%s: has no weights of the shape %s for %s of the network",
                   file, tri_shape_text(want, p->d, p->nd),
                   layer_text(layer, p));
}

/* No module is left for p. Blame one that fits nowhere, if there is one. */
static int unmatched(const struct tri_place *p, const struct tri_place *place,
                     size_t places, const struct module *m, size_t n,
                     const char *file, struct tri_why *why)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < places && !fits(&place[k], &m[i]))
            k++;
        if (k == places)
            return wrong_shape(p, m[i].of.weight, p->d, p->nd, file, why);
    }
    return missing(p, file, why);
}

/* The next name of a list "a,b,c"; its length, and the list moves on. */
static size_t next_name(const char **list)
{
    const char *const comma = strchr(*list, ',');
    const size_t n = comma != NULL ? (size_t)(comma - *list) : strlen(*list);

    *list += n + (comma != NULL);
    return n;
}

/* Non-zero if two names differ in numbers only, "net.2" and "net.10": then
 * their order is that of the layers. */
static int numbered(const struct module *x, const struct module *y)
{
    size_t i = 0, j = 0;

    while (i < x->len && j < y->len) {
        if (digit(x->name[i]) && digit(y->name[j])) {
            while (i < x->len && digit(x->name[i]))
                i++;
            while (j < y->len && digit(y->name[j]))
                j++;
        } else if (x->name[i++] != y->name[j++]) {
            return 0;
        }
    }
    return i == x->len && j == y->len;
}

static int ambiguous(const struct tri_place *p, const struct module *x,
                     const struct module *y, const char *file,
                     struct tri_why *why)
{
    char layer[64];

    return tri_why(why, TRI_E_ARG,
                   "%s: %.*s and %.*s both have the shape of %s, and their "
                   "names are no order; give --layers NAME,...",
                   file, (int)x->len, x->name, (int)y->len, y->name,
                   layer_text(layer, p));
}

static int choose(struct module **out, const struct tri_place *p,
                  struct module *m, size_t n, const char **layers,
                  const char *file, struct tri_why *why)
{
    const char *const name = *layers;

    *out = NULL;
    if (name == NULL) {
        for (size_t i = 0; i < n; i++) {
            if (m[i].used || !fits(p, &m[i]))
                continue;
            if (*out == NULL)
                *out = &m[i];
            else if (!numbered(*out, &m[i]))
                return ambiguous(p, *out, &m[i], file, why);
        }
        return TRI_OK;
    }
    if (*name == '\0')
        return tri_why(why, TRI_E_ARG,
                       "option --layers: has too few names; one is needed for "
                       "each conv and fc");
    *out = find(m, n, name, next_name(layers));
    if (*out == NULL || (*out)->used)
        return tri_why(why, TRI_E_ARG, "option --layers: %.*s is %s",
                       (int)strcspn(name, ","), name,
                       *out != NULL ? "given twice"
                                    : "not in the model's file");
    return fits(p, *out)
               ? TRI_OK
               : wrong_shape(p, (*out)->of.weight, p->d, p->nd, file, why);
}

void tri_weights_say(FILE *f, const struct tri_place *p, const char *name)
{
    char layer[64];

    fprintf(f, "%s: %s\n", layer_text(layer, p), name);
}

/* As tri_weights_match(), with room for n modules. */
static int match(struct tri_params *of, const struct tri_place *place,
                 size_t places, struct module *m, const struct tri_array *t,
                 size_t n, const char *layers, const char *file,
                 struct tri_why *why)
{
    size_t modules;
    int rc = pair(m, &modules, t, n, file, why);

    for (size_t i = 0; rc == TRI_OK && i < places; i++) {
        struct module *at;
        rc = choose(&at, &place[i], m, modules, &layers, file, why);
        if (rc == TRI_OK && at == NULL)
            rc = unmatched(&place[i], place, places, m, modules, file, why);
        if (rc != TRI_OK)
            return rc;
        at->used = 1;
        of[i] = at->of;
        rc = check_bias(&place[i], &of[i], file, why);
        if (rc == TRI_OK)
            rc = check_kept(&place[i], &of[i], file, why);
    }
    for (size_t i = 0; rc == TRI_OK && i < modules; i++)
        if (!m[i].used) {
            char text[TRI_SHAPE_TEXT];
            return tri_why(
                why, TRI_E_FORMAT,
                "%s: has %s %s, for which the network has no layer; "
                "give another --net",
                file, m[i].of.weight->name,
                tri_shape_text(text, m[i].of.weight->d, m[i].of.weight->nd));
        }
    if (rc == TRI_OK && layers != NULL && *layers != '\0')
        return tri_why(why, TRI_E_ARG,
                       "option --layers: has more names than the network has "
                       "conv and fc");
    return rc;
}

int tri_weights_match(struct tri_params *of, const struct tri_place *place,
                      size_t places, const struct tri_array *t, size_t n,
                      const char *layers, const char *file, struct tri_why *why)
{
    struct module *const m = malloc((n + 1) * sizeof *m);
    const int rc = m != NULL
                       ? match(of, place, places, m, t, n, layers, file, why)
                       : tri_why(why, TRI_E_NOMEM, "no memory");

    free(m);
    return rc;
}

/* ---- values ----------------------------------------------------------------
 */

double tri_weights_limit(unsigned fb)
{
    return tri_pow2(31 - (int)fb);
}

static int encode(uint64_t *out, const struct tri_array *a, size_t i,
                  unsigned fb, const char *file, struct tri_why *why)
{
    const double v = tri_array_get(a, i), most = tri_weights_limit(fb);

    if (v > -most && v < most && tri_fixed_encode(out, v, (int)fb) == TRI_OK)
        return TRI_OK;
    return tri_why(why, TRI_E_RANGE,
                   "%s: %s: element %zu is %.9g; with %u fraction bits numbers "
                   "must stay between -%.0f and %.0f",
                   file, a->name, i, v, fb, most, most);
}

int tri_weights_encode(uint64_t *word, const struct tri_place *place,
                       size_t places, const struct tri_params *of, unsigned fb,
                       const char *file, struct tri_why *why)
{
    int rc = TRI_OK;

    for (size_t n = 0; n < places; n++) {
        const struct tri_place *const p = &place[n];
        uint64_t *const w = word + p->first;

        for (size_t i = 0; rc == TRI_OK && i < p->weights; i++)
            rc = encode(w + i, of[n].weight, tri_place_source(p, i), fb, file,
                        why);
        for (size_t i = 0; rc == TRI_OK && i < p->biases; i++)
            rc = encode(w + p->weights + i, of[n].bias, tri_place_vector(p, i),
                        fb, file, why);
        for (size_t i = 0; rc == TRI_OK && i < p->kept; i++)
            rc = encode(w + p->weights + p->biases + i,
                        i < p->kept / 2 ? of[n].mean : of[n].variance,
                        tri_place_vector(p, i % (p->kept / 2)), fb, file, why);
    }
    return rc;
}

enum tri_dtype tri_weights_type(const uint64_t *word, size_t n, unsigned fb)
{
    for (size_t i = 0; i < n; i++) {
        const double v = tri_fixed_decode(word[i], (int)fb);
        if ((double)(float)v != v)
            return TRI_DTYPE_F64;
    }
    return TRI_DTYPE_F32;
}

void tri_weights_decode(uint8_t *out, enum tri_dtype type,
                        const struct tri_place *p, const uint64_t *word,
                        unsigned fb)
{
    for (size_t i = 0; i < p->weights; i++)
        tri_array_put(out, type, tri_place_source(p, i),
                      tri_fixed_decode(word[p->first + i], (int)fb));
}
