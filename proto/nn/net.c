#include "proto/nn/net.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/text.h"

/* Limits of a description. They keep every product below in 64 bits and every
 * count far below what tensors admit; real networks are nowhere near. */
enum { MAX_NUMBER = 1 << 20, MAX_WORDS = 8 };
#define MAX_IMAGE   ((uint64_t)1 << 26) /* elements of one layer, per image */
#define MAX_WEIGHTS ((uint64_t)1 << 30)

/* ---- text ---------------------------------------------------------------- */

struct word {
    const char *p;
    size_t n;
};

static size_t length(const char *s)
{
    size_t n = 0;

    while (s[n] != '\0')
        n++;
    return n;
}

/* A word of the description in quotes. It may be long, or not even text. */
struct quoted {
    char s[32];
};

static struct quoted quote(const struct word *w)
{
    const size_t n = w->n < 24 ? w->n : 24;
    struct quoted q;
    struct tri_text t = { q.s, sizeof q.s, 0 };

    tri_text_add(&t, "'");
    for (size_t i = 0; i < n; i++)
        tri_text_add(&t, "%c",
                     w->p[i] >= ' ' && w->p[i] <= '~' ? w->p[i] : '?');
    tri_text_add(&t, w->n > n ? "...'" : "'");
    return q;
}

static int is(const struct word *w, const char *s)
{
    return w->n == length(s) && memcmp(w->p, s, w->n) == 0;
}

/* ---- parser -------------------------------------------------------------- */

struct parser {
    struct tri_net *net;
    char *err;
    unsigned line;
    int have_input, have_loss;
    int flat;         /* after flatten or fc                  */
    uint32_t h, w, c; /* what the next layer receives         */
    struct word word[MAX_WORDS];
    size_t words;
};

static int fail(struct parser *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int fail(struct parser *p, const char *fmt, ...)
{
    struct tri_text t = { p->err, TRI_NET_ERROR, 0 };
    va_list ap;

    va_start(ap, fmt);
    tri_text_add(&t, "line %u: ", p->line);
    tri_text_addv(&t, fmt, ap);
    va_end(ap);
    return TRI_E_FORMAT;
}

/* A decimal number min..MAX_NUMBER, digits only. */
static int number(struct parser *p, uint32_t *out, const struct word *w,
                  uint32_t min)
{
    uint32_t v = 0;
    int ok = w->n > 0;

    for (size_t i = 0; ok && i < w->n; i++) {
        ok = w->p[i] >= '0' && w->p[i] <= '9';
        v = ok ? v * 10 + (uint32_t)(w->p[i] - '0') : v;
        ok = ok && v <= MAX_NUMBER;
    }
    if (ok && v >= min) {
        *out = v;
        return TRI_OK;
    }
    return fail(p, "%s must be a whole number from %u to %d", quote(w).s, min,
                MAX_NUMBER);
}

/* The fixed numbers of an item; `form` shows how the item is written. */
static int numbers(struct parser *p, uint32_t *const *out, size_t n,
                   const char *form)
{
    if (p->words < n + 1)
        return fail(p, "a number is missing; write: %s", form);
    for (size_t i = 0; i < n; i++) {
        const int rc = number(p, out[i], &p->word[1 + i], 1);
        if (rc != TRI_OK)
            return rc;
    }
    return TRI_OK;
}

enum { SAME = MAX_NUMBER + 1 };

/* "stride N", "pad N" or "pad same", and "nobias" from word `first` on; NULL
 * where an item has none. Each at most once. */
static int options(struct parser *p, size_t first, uint32_t *stride,
                   uint32_t *pad, uint32_t *nobias, const char *form)
{
    int have_stride = 0, have_pad = 0, rc;

    for (size_t i = first; i < p->words; i += 2) {
        const struct word *w = &p->word[i];

        if (nobias != NULL && is(w, "nobias") && *nobias == 0) {
            *nobias = 1;
            i--;
            continue;
        }
        const int s = stride != NULL && is(w, "stride") && !have_stride;
        const int d = pad != NULL && is(w, "pad") && !have_pad;

        if (!s && !d)
            return fail(p, "%s does not belong here; write: %s", quote(w).s,
                        form);
        if (i + 1 == p->words)
            return fail(p, "%s needs a number after it", quote(w).s);
        if (d && is(&p->word[i + 1], "same")) {
            *pad = SAME;
            have_pad = 1;
            continue;
        }
        rc = number(p, s ? stride : pad, &p->word[i + 1], s ? 1 : 0);
        if (rc != TRI_OK)
            return rc;
        have_stride |= s;
        have_pad |= d;
    }
    return TRI_OK;
}

/* Take the finished spec in, if its output is not too large. */
static int add_layer(struct parser *p, struct tri_layer_spec *l)
{
    uint64_t weights;

    l->line = p->line;
    l->ih = p->h;
    l->iw = p->w;
    l->ic = p->c;
    switch (l->kind) {
    case TRI_LAYER_FC:
        weights = (uint64_t)p->h * p->w * p->c * l->out;
        break;
    case TRI_LAYER_CONV:
        /* numbers are at most 2^20, so each step stays below 2^60 */
        weights = (uint64_t)l->size * l->size * p->c;
        weights = weights > MAX_WEIGHTS ? weights : weights * l->out;
        break;
    default:
        weights = 0;
    }
    if (weights > MAX_WEIGHTS)
        return fail(p, "this layer has more than 2^30 weights");
    if ((uint64_t)l->oh * l->ow > MAX_IMAGE ||
        (uint64_t)l->oh * l->ow * l->oc > MAX_IMAGE)
        return fail(p, "this layer has more than 2^26 outputs");
    p->h = l->oh;
    p->w = l->ow;
    p->c = l->oc;
    p->net->layer[p->net->layers++] = *l;
    return TRI_OK;
}

static int item_input(struct parser *p)
{
    uint32_t *const out[] = { &p->h, &p->w, &p->c };
    const char *form = "input HEIGHT WIDTH CHANNELS, or input COLUMNS";
    const size_t one = p->words == 2; /* of a table */
    int rc;

    if (p->have_input)
        return fail(p, "a second input; a network has one, at the top");
    p->h = p->w = 1;
    rc = numbers(p, one ? out + 2 : out, one ? 1 : 3, form);
    if (rc == TRI_OK)
        rc = options(p, one ? 2 : 4, NULL, NULL, NULL, form);
    if (rc != TRI_OK)
        return rc;
    if ((uint64_t)p->h * p->w * p->c > MAX_IMAGE)
        return fail(p, "the input has more than 2^26 elements");
    p->have_input = 1;
    p->net->h = p->h;
    p->net->w = p->w;
    p->net->c = p->c;
    return TRI_OK;
}

static int item_loss(struct parser *p)
{
    if (p->words == 2)
        for (int i = 0; i < TRI_LOSSES; i++)
            if (is(&p->word[1], tri_loss_name((enum tri_loss_kind)i))) {
                p->net->loss = (enum tri_loss_kind)i;
                p->have_loss = 1;
                return TRI_OK;
            }
    return fail(p, "the loss is one of: loss softmax, loss asm, loss mse, "
                   "loss sigmoid");
}

static int item_conv(struct parser *p, struct tri_layer_spec *l)
{
    uint32_t *const out[] = { &l->out, &l->size };
    const char *form = "conv FILTERS SIZE [stride N] [pad N] [nobias]";
    struct tri_conv g;
    int rc;

    l->stride = 1;
    rc = numbers(p, out, 2, form);
    if (rc == TRI_OK)
        rc = options(p, 3, &l->stride, &l->pad, &l->nobias, form);
    if (rc != TRI_OK)
        return rc;
    if (l->pad == SAME && (l->stride != 1 || l->size % 2 == 0))
        return fail(p, "pad same goes with stride 1 and an odd filter size; "
                       "give pad a number");
    if (l->pad == SAME)
        l->pad = (l->size - 1) / 2;
    if (l->pad >= l->size)
        return fail(p, "pad must be smaller than the filter size");
    if (l->size > p->h + 2 * l->pad || l->size > p->w + 2 * l->pad)
        return fail(p, "the filter is larger than the padded image; "
                       "make it smaller or raise pad");
    memset(&g, 0, sizeof g);
    g.b = 1;
    g.h = p->h;
    g.w = p->w;
    g.c = p->c;
    g.kh = g.kw = l->size;
    g.o = l->out;
    g.stride = l->stride;
    g.pad = l->pad;
    if (tri_conv_init(&g) != TRI_OK)
        return fail(p, "this convolution does not fit its input");
    l->oh = g.oh;
    l->ow = g.ow;
    l->oc = l->out;
    return add_layer(p, l);
}

static int item_pool(struct parser *p, struct tri_layer_spec *l)
{
    uint32_t *const out[] = { &l->size };
    const char *form = l->kind == TRI_LAYER_MAXPOOL ? "maxpool SIZE [stride N]"
                                                    : "avgpool SIZE [stride N]";
    int rc;

    if (l->kind == TRI_LAYER_AVGPOOL && p->words == 2 &&
        is(&p->word[1], "global")) {
        if (p->h != p->w)
            return fail(p,
                        "the image is %u x %u; avgpool global takes square "
                        "ones",
                        p->h, p->w);
        l->size = p->h;
        rc = TRI_OK;
    } else {
        rc = numbers(p, out, 1, form);
    }
    l->stride = l->size;
    if (rc == TRI_OK)
        rc = options(p, 2, &l->stride, NULL, NULL, form);
    if (rc != TRI_OK)
        return rc;
    if (l->size > p->h || l->size > p->w)
        return fail(p, "the pool is larger than its image");
    l->oh = (p->h - l->size) / l->stride + 1;
    l->ow = (p->w - l->size) / l->stride + 1;
    l->oc = p->c;
    return add_layer(p, l);
}

static int item_plain(struct parser *p, struct tri_layer_spec *l)
{
    const char *form = l->kind == TRI_LAYER_RELU ? "relu" : "flatten";
    const int rc = options(p, 1, NULL, NULL, NULL, form);

    if (rc != TRI_OK)
        return rc;
    l->oh = p->h;
    l->ow = p->w;
    l->oc = p->c;
    if (l->kind == TRI_LAYER_FLATTEN) {
        l->oh = l->ow = 1;
        l->oc = p->h * p->w * p->c;
        p->flat = 1;
    }
    return add_layer(p, l);
}

static int item_fc(struct parser *p, struct tri_layer_spec *l)
{
    uint32_t *const out[] = { &l->out };
    const char *form = "fc OUTPUTS [nobias]";
    int rc = numbers(p, out, 1, form);

    if (rc == TRI_OK)
        rc = options(p, 2, NULL, NULL, &l->nobias, form);
    if (rc != TRI_OK)
        return rc;
    l->oh = l->ow = 1;
    l->oc = l->out;
    p->flat = 1;
    return add_layer(p, l);
}

static int item_layer(struct parser *p)
{
    static const struct {
        int image; /* needs height and width */
        int (*item)(struct parser *, struct tri_layer_spec *);
    } kinds[] = {
        [TRI_LAYER_FC] = { 0, item_fc },
        [TRI_LAYER_CONV] = { 1, item_conv },
        [TRI_LAYER_RELU] = { 0, item_plain },
        [TRI_LAYER_MAXPOOL] = { 1, item_pool },
        [TRI_LAYER_AVGPOOL] = { 1, item_pool },
        [TRI_LAYER_FLATTEN] = { 0, item_plain },
    };
    struct tri_layer_spec l;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!is(&p->word[0], tri_layer_kind_name((enum tri_layer_kind)i)))
            continue;
        if (kinds[i].image && p->flat)
            return fail(p, "%s needs an image; put it before flatten and fc",
                        tri_layer_kind_name((enum tri_layer_kind)i));
        if (p->net->layers == TRI_MAX_LAYERS)
            return fail(p, "too many layers; %d is the limit", TRI_MAX_LAYERS);
        memset(&l, 0, sizeof l);
        l.kind = (enum tri_layer_kind)i;
        return kinds[i].item(p, &l);
    }
    return fail(p,
                "%s is unknown; use input, conv, maxpool, avgpool, relu, "
                "flatten, fc or loss",
                quote(&p->word[0]).s);
}

static int item(struct parser *p)
{
    if (p->have_loss)
        return fail(p, "loss is the last item; move this line above it");
    if (is(&p->word[0], "input"))
        return item_input(p);
    if (!p->have_input)
        return fail(p, "the first item must be: "
                       "input HEIGHT WIDTH CHANNELS");
    if (is(&p->word[0], "loss"))
        return item_loss(p);
    return item_layer(p);
}

/* Cut one line (without its end) into words. */
static int split(struct parser *p, const char *s, size_t n)
{
    size_t i = 0;

    p->words = 0;
    if (n > 0 && s[n - 1] == '\r') /* written on another system */
        n--;
    for (;;) {
        while (i < n && (s[i] == ' ' || s[i] == '\t'))
            i++;
        if (i == n || s[i] == '#')
            return TRI_OK;
        if (p->words == MAX_WORDS)
            return fail(p, "too many words; one item a line");
        p->word[p->words].p = s + i;
        while (i < n && s[i] != ' ' && s[i] != '\t' && s[i] != '#')
            i++;
        p->word[p->words].n = (size_t)(s + i - p->word[p->words].p);
        p->words++;
    }
}

/* What can only be said at the end. */
static int finish(struct parser *p)
{
    struct tri_net *net = p->net;
    const struct tri_layer_spec *last;
    size_t weights = 0, w, b;

    if (!p->have_input)
        return fail(p, "the text has no input line");
    if (net->layers == 0)
        return fail(p, "there are no layers; add at least: fc OUTPUTS");
    for (size_t i = 0; i < net->layers; i++) {
        tri_layer_params(&net->layer[i], &w, &b);
        weights += w;
    }
    last = &net->layer[net->layers - 1];
    p->line = last->line;
    if (weights == 0)
        return fail(p, "nothing to learn; add an fc or conv layer");
    if (last->oh != 1 || last->ow != 1)
        return fail(p,
                    "the output is %u x %u x %u, not one-dimensional; end "
                    "with: fc CLASSES",
                    last->oh, last->ow, last->oc);
    if (net->loss == TRI_LOSS_SIGMOID && last->oc != 1)
        return fail(p, "loss sigmoid takes one output, not %u; end with: fc 1",
                    last->oc);
    if (last->oc < 2 && net->loss != TRI_LOSS_SIGMOID &&
        net->loss != TRI_LOSS_MSE)
        return fail(p, "the output has one class; it needs two or more, or "
                       "loss sigmoid (two classes), or loss mse (a number)");
    net->classes = net->loss == TRI_LOSS_SIGMOID ? 2 : last->oc;
    return TRI_OK;
}

int tri_net_parse(struct tri_net *net, const char *text, size_t len,
                  char err[TRI_NET_ERROR])
{
    struct parser p;
    size_t start = 0;
    int rc = TRI_OK;

    memset(net, 0, sizeof *net);
    memset(&p, 0, sizeof p);
    p.net = net;
    p.line = 1;
    p.err = err;
    err[0] = '\0';
    if (len > TRI_NET_TEXT) {
        rc = fail(&p, "the text is longer than 4096 bytes");
        start = len;
    }
    while (rc == TRI_OK && start < len) {
        size_t end = start;

        while (end < len && text[end] != '\n' && text[end] != '\0')
            end++;
        if (end < len && text[end] == '\0')
            rc = fail(&p, "a zero byte; the description is plain text");
        else
            rc = split(&p, text + start, end - start);
        if (rc == TRI_OK && p.words > 0)
            rc = item(&p);
        start = end + 1;
        if (rc == TRI_OK && start < len)
            p.line++;
    }
    if (rc == TRI_OK)
        rc = finish(&p);
    return rc;
}

/* ---- built-in networks and printing -------------------------------------- */

/* The networks of SecureNN, section 6: A is SecureML's, B is MiniONN's, C is
 * LeNet, D is Chameleon's. Max-pooling comes before the ReLU: both commute,
 * and a quarter of the comparisons of the ReLU is left. */
const char *tri_net_builtin(const char *name)
{
    static const char *const text[] = {
        "input 28 28 1\n"
        "fc 128\n"
        "relu\n"
        "fc 128\n"
        "relu\n"
        "fc 10\n",

        "input 28 28 1\n"
        "conv 16 5\n"
        "maxpool 2\n"
        "relu\n"
        "conv 16 5\n"
        "maxpool 2\n"
        "relu\n"
        "fc 100\n"
        "relu\n"
        "fc 10\n",

        "input 28 28 1\n"
        "conv 20 5\n"
        "maxpool 2\n"
        "relu\n"
        "conv 50 5\n"
        "maxpool 2\n"
        "relu\n"
        "fc 500\n"
        "relu\n"
        "fc 10\n",

        "input 28 28 1\n"
        "conv 5 5 stride 2 pad 2\n"
        "relu\n"
        "fc 100\n"
        "relu\n"
        "fc 10\n",
    };

    if (name == NULL || name[0] < 'A' || name[0] > 'D' || name[1] != '\0')
        return NULL;
    return text[name[0] - 'A'];
}

const char *tri_layer_kind_name(enum tri_layer_kind kind)
{
    static const char *const name[] = {
        [TRI_LAYER_FC] = "fc",           [TRI_LAYER_CONV] = "conv",
        [TRI_LAYER_RELU] = "relu",       [TRI_LAYER_MAXPOOL] = "maxpool",
        [TRI_LAYER_AVGPOOL] = "avgpool", [TRI_LAYER_FLATTEN] = "flatten"
    };

    return name[kind];
}

const char *tri_loss_name(enum tri_loss_kind kind)
{
    static const char *const name[TRI_LOSSES] = { "softmax", "asm", "mse",
                                                  "sigmoid" };

    return name[kind];
}

int tri_net_entropy(const struct tri_net *net)
{
    return net->loss == TRI_LOSS_SOFTMAX || net->loss == TRI_LOSS_SIGMOID;
}

size_t tri_net_print(const struct tri_net *net, char *out, size_t size)
{
    struct tri_text t = { out, size, 0 };

    tri_text_add(&t, "input %u %u %u\n", net->h, net->w, net->c);
    for (size_t i = 0; i < net->layers; i++) {
        const struct tri_layer_spec *l = &net->layer[i];
        const uint32_t usual = l->kind == TRI_LAYER_CONV ? 1 : l->size;

        tri_text_add(&t, "%s", tri_layer_kind_name(l->kind));
        if (l->out != 0)
            tri_text_add(&t, " %u", l->out);
        if (l->size != 0)
            tri_text_add(&t, " %u", l->size);
        if (l->stride != usual)
            tri_text_add(&t, " stride %u", l->stride);
        if (l->pad != 0)
            tri_text_add(&t, " pad %u", l->pad);
        if (l->nobias)
            tri_text_add(&t, " nobias");
        tri_text_add(&t, "\n");
    }
    tri_text_add(&t, "loss %s\n", tri_loss_name(net->loss));
    return t.n < size ? t.n : 0;
}

void tri_layer_params(const struct tri_layer_spec *l, size_t *weights,
                      size_t *biases)
{
    *weights = *biases = 0;
    if (l->kind == TRI_LAYER_FC)
        *weights = (size_t)l->ih * l->iw * l->ic * l->out;
    if (l->kind == TRI_LAYER_CONV)
        *weights = (size_t)l->size * l->size * l->ic * l->out;
    if ((l->kind == TRI_LAYER_FC || l->kind == TRI_LAYER_CONV) && !l->nobias)
        *biases = l->out;
}
