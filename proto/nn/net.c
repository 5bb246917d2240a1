#include "proto/nn/net.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/text.h"
#include "proto/nn/kind.h"

#define MAX_IMAGE   ((uint64_t)1 << 26) /* elements of one layer, per image */
#define MAX_WEIGHTS ((uint64_t)1 << 30)

/* ---- parser -------------------------------------------------------------- */

struct parser {
    struct tri_item item;
    struct tri_net *net;
    int have_input, have_loss;
    int flat; /* after flatten or fc */
};

/* Weights of a layer, or more than MAX_WEIGHTS: sizes are at most 2^26 each. */
static uint64_t weights(const struct tri_layer_spec *l)
{
    uint64_t n = 1;

    if (l->kind->weights == NULL)
        return 0;
    const struct tri_shape s = l->kind->weights(l);
    for (int i = 0; i < TRI_MAX_DIMS && n <= MAX_WEIGHTS; i++)
        n *= s.d[i];
    return n;
}

/* Take the finished spec in, if its output is not too large. */
static int add_layer(struct parser *p, struct tri_layer_spec *l)
{
    struct tri_item *const t = &p->item;

    if (weights(l) > MAX_WEIGHTS)
        return tri_item_fail(t, "this layer has more than 2^30 weights");
    if ((uint64_t)l->oh * l->ow > MAX_IMAGE ||
        (uint64_t)l->oh * l->ow * l->oc > MAX_IMAGE)
        return tri_item_fail(t, "this layer has more than 2^26 outputs");
    t->h = l->oh;
    t->w = l->ow;
    t->c = l->oc;
    p->flat |= l->kind->flat;
    p->net->layer[p->net->layers++] = *l;
    return TRI_OK;
}

static int item_input(struct parser *p)
{
    struct tri_item *const t = &p->item;
    uint32_t *const out[] = { &t->h, &t->w, &t->c };
    const size_t one = t->words == 2; /* of a table */
    int rc;

    t->form = "input HEIGHT WIDTH CHANNELS, or input COLUMNS";
    if (p->have_input)
        return tri_item_fail(t,
                             "a second input; a network has one, at the top");
    t->h = t->w = 1;
    rc = tri_item_numbers(t, one ? out + 2 : out, one ? 1 : 3);
    if (rc == TRI_OK)
        rc = tri_item_options(t, one ? 2 : 4, NULL, NULL, NULL);
    if (rc != TRI_OK)
        return rc;
    if ((uint64_t)t->h * t->w * t->c > MAX_IMAGE)
        return tri_item_fail(t, "the input has more than 2^26 elements");
    p->have_input = 1;
    p->net->h = t->h;
    p->net->w = t->w;
    p->net->c = t->c;
    return TRI_OK;
}

static int item_loss(struct parser *p)
{
    if (p->item.words == 2)
        for (int i = 0; i < TRI_LOSSES; i++)
            if (tri_word_is(&p->item.word[1],
                            tri_loss_name((enum tri_loss_kind)i))) {
                p->net->loss = (enum tri_loss_kind)i;
                p->have_loss = 1;
                return TRI_OK;
            }
    return tri_item_fail(&p->item,
                         "the loss is one of: loss softmax, loss asm, "
                         "loss mse, loss sigmoid");
}

/* "conv, maxpool, ... or fc" */
struct names {
    char s[100];
};

static struct names kinds(void)
{
    struct names n;
    struct tri_text t = { n.s, sizeof n.s, 0 };

    for (size_t i = 0; tri_layer_kinds[i] != NULL; i++)
        tri_text_add(&t, "%s, ", tri_layer_kinds[i]->name);
    return n;
}

static int item_layer(struct parser *p)
{
    struct tri_item *const t = &p->item;
    const struct tri_layer_kind *const kind =
        tri_layer_kind_find(t->word[0].p, t->word[0].n);
    struct tri_layer_spec l;
    int rc;

    if (kind == NULL)
        return tri_item_fail(t, "%s is unknown; use input, %sor loss",
                             tri_quote(&t->word[0]).s, kinds().s);
    if (kind->image && p->flat)
        return tri_item_fail(
            t, "%s needs an image; put it before flatten and fc", kind->name);
    if (p->net->layers == TRI_MAX_LAYERS)
        return tri_item_fail(t, "too many layers; %d is the limit",
                             TRI_MAX_LAYERS);
    memset(&l, 0, sizeof l);
    l.kind = kind;
    l.line = t->line;
    l.ih = t->h;
    l.iw = t->w;
    l.ic = t->c;
    t->form = kind->form;
    rc = kind->parse(t, &l);
    return rc == TRI_OK ? add_layer(p, &l) : rc;
}

static int item(struct parser *p)
{
    const struct tri_word *const name = &p->item.word[0];

    if (p->have_loss)
        return tri_item_fail(&p->item,
                             "loss is the last item; move this line above it");
    if (tri_word_is(name, "input"))
        return item_input(p);
    if (!p->have_input)
        return tri_item_fail(&p->item, "the first item must be: "
                                       "input HEIGHT WIDTH CHANNELS");
    if (tri_word_is(name, "loss"))
        return item_loss(p);
    return item_layer(p);
}

/* Cut one line (without its end) into words. */
static int split(struct tri_item *p, const char *s, size_t n)
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
        if (p->words == TRI_ITEM_WORDS)
            return tri_item_fail(p, "too many words; one item a line");
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
        return tri_item_fail(&p->item, "the text has no input line");
    if (net->layers == 0)
        return tri_item_fail(&p->item,
                             "there are no layers; add at least: fc OUTPUTS");
    for (size_t i = 0; i < net->layers; i++) {
        tri_layer_params(&net->layer[i], &w, &b);
        weights += w;
    }
    last = &net->layer[net->layers - 1];
    p->item.line = last->line;
    if (weights == 0)
        return tri_item_fail(&p->item,
                             "nothing to learn; add an fc or conv layer");
    if (last->oh != 1 || last->ow != 1)
        return tri_item_fail(
            &p->item,
            "the output is %u x %u x %u, not one-dimensional; end "
            "with: fc CLASSES",
            last->oh, last->ow, last->oc);
    if (net->loss == TRI_LOSS_SIGMOID && last->oc != 1)
        return tri_item_fail(
            &p->item, "loss sigmoid takes one output, not %u; end with: fc 1",
            last->oc);
    if (last->oc < 2 && net->loss != TRI_LOSS_SIGMOID &&
        net->loss != TRI_LOSS_MSE)
        return tri_item_fail(
            &p->item, "the output has one class; it needs two or more, or "
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
    p.item.line = 1;
    p.item.err = err;
    err[0] = '\0';
    if (len > TRI_NET_TEXT) {
        rc = tri_item_fail(&p.item, "the text is longer than 4096 bytes");
        start = len;
    }
    while (rc == TRI_OK && start < len) {
        size_t end = start;

        while (end < len && text[end] != '\n' && text[end] != '\0')
            end++;
        if (end < len && text[end] == '\0')
            rc = tri_item_fail(&p.item,
                               "a zero byte; the description is plain text");
        else
            rc = split(&p.item, text + start, end - start);
        if (rc == TRI_OK && p.item.words > 0)
            rc = item(&p);
        start = end + 1;
        if (rc == TRI_OK && start < len)
            p.item.line++;
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

        tri_text_add(&t, "%s", l->kind->name);
        if (l->kind->text != NULL)
            l->kind->text(&t, l);
        tri_text_add(&t, "\n");
    }
    tri_text_add(&t, "loss %s\n", tri_loss_name(net->loss));
    return t.n < size ? t.n : 0;
}

void tri_layer_params(const struct tri_layer_spec *l, size_t *weights,
                      size_t *biases)
{
    *weights = *biases = 0;
    if (l->kind->weights != NULL) {
        const struct tri_shape s = l->kind->weights(l);

        *weights = (size_t)s.d[0] * s.d[1] * s.d[2] * s.d[3];
        *biases = l->nobias ? 0 : s.d[s.nd - 1];
    }
}
