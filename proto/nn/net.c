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
    struct tri_word label[TRI_MAX_LAYERS + 1];
};

/* "as NAME", "from NAME" and "freeze" at the end of an item, in any order, go
 * out of its words; n = 0 where there is none. */
static void take_names(struct tri_item *t, struct tri_word *as,
                       struct tri_word *from, uint32_t *freeze)
{
    as->n = from->n = *freeze = 0;
    for (;;) {
        if (t->words > 1 && !*freeze &&
            tri_word_is(&t->word[t->words - 1], "freeze")) {
            *freeze = 1;
            t->words--;
            continue;
        }
        if (t->words <= 2)
            break;
        const struct tri_word *const w = &t->word[t->words - 2];
        struct tri_word *const to = tri_word_is(w, "as")     ? as
                                    : tri_word_is(w, "from") ? from
                                                             : NULL;

        if (to == NULL || to->n > 0)
            break;
        *to = w[1];
        t->words -= 2;
    }
}

/* Name the output of the newest layer, or the input. */
static int name_output(struct parser *p, const struct tri_word *as)
{
    struct tri_item *const t = &p->item;

    for (size_t i = 0; as->n > 0 && i < p->net->layers; i++)
        if (p->label[i].n == as->n && memcmp(p->label[i].p, as->p, as->n) == 0)
            return tri_item_fail(t, "a second output with the name %s",
                                 tri_quote(as).s);
    p->label[p->net->layers] = *as;
    return TRI_OK;
}

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
    p->net->layer[p->net->layers++] = *l;
    return TRI_OK;
}

static int item_input(struct parser *p)
{
    struct tri_item *const t = &p->item;
    uint32_t *const out[] = { &t->h, &t->w, &t->c };
    struct tri_word as, from;
    uint32_t freeze;
    size_t one;
    int rc;

    t->form = "input HEIGHT WIDTH CHANNELS, or input COLUMNS";
    if (p->have_input)
        return tri_item_fail(t,
                             "a second input; a network has one, at the top");
    take_names(t, &as, &from, &freeze);
    if (freeze)
        return tri_item_fail(t, "the input has no weights to freeze");
    if (from.n > 0)
        return tri_item_fail(t, "the input comes from nowhere else");
    one = t->words == 2; /* of a table */
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
    return name_output(p, &as);
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

/* "conv, maxpool, ... fc, " */
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

/* The kind of that name, or NULL. */
static const struct tri_layer_kind *kind_called(const struct tri_word *name)
{
    for (size_t i = 0; tri_layer_kinds[i] != NULL; i++)
        if (tri_word_is(name, tri_layer_kinds[i]->name))
            return tri_layer_kinds[i];
    return NULL;
}

/* What a layer receives from output `in`; non-zero if that is flat. */
static uint32_t receive(struct tri_item *t, uint32_t in)
{
    const struct tri_net *const net = t->net;
    const struct tri_layer_spec *const l = in > 0 ? &net->layer[in - 1] : NULL;

    t->h = in > 0 ? l->oh : net->h;
    t->w = in > 0 ? l->ow : net->w;
    t->c = in > 0 ? l->oc : net->c;
    return in > 0 && l->flat;
}

static int item_layer(struct parser *p)
{
    struct tri_item *const t = &p->item;
    const struct tri_layer_kind *const kind = kind_called(&t->word[0]);
    struct tri_word as, from;
    struct tri_layer_spec l;
    int rc;

    if (kind == NULL)
        return tri_item_fail(t, "%s is unknown; use input, %sor loss",
                             tri_quote(&t->word[0]).s, kinds().s);
    memset(&l, 0, sizeof l);
    take_names(t, &as, &from, &l.frozen);
    if (l.frozen && kind->weights == NULL)
        return tri_item_fail(t, "%s has no weights to freeze", kind->name);
    l.in[0] = (uint32_t)p->net->layers;
    if (from.n > 0 && (rc = tri_item_label(t, &l.in[0], &from)) != TRI_OK)
        return rc;
    l.flat = receive(t, l.in[0]);
    if (kind->image && l.flat)
        return tri_item_fail(
            t, "%s needs an image; put it before flatten and fc", kind->name);
    if (p->net->layers == TRI_MAX_LAYERS)
        return tri_item_fail(t, "too many layers; %d is the limit",
                             TRI_MAX_LAYERS);
    l.kind = kind;
    l.ins = 1;
    l.flat |= (uint32_t)kind->flat;
    l.line = t->line;
    l.ih = t->h;
    l.iw = t->w;
    l.ic = t->c;
    t->form = kind->form;
    rc = kind->parse(t, &l);
    if (rc == TRI_OK)
        rc = add_layer(p, &l);
    return rc == TRI_OK ? name_output(p, &as) : rc;
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

/* Does a layer read output n, as in `in`? */
static int read_by(const struct tri_net *net, size_t n)
{
    for (size_t i = n; i < net->layers; i++)
        for (size_t k = 0; k < net->layer[i].ins; k++)
            if (net->layer[i].in[k] == n)
                return 1;
    return 0;
}

/* What can only be said at the end. */
static int finish(struct parser *p)
{
    struct tri_net *net = p->net;
    const struct tri_layer_spec *last;
    size_t weights = 0, w, b;
    int learns = 0;

    if (!p->have_input)
        return tri_item_fail(&p->item, "the text has no input line");
    if (net->layers == 0)
        return tri_item_fail(&p->item,
                             "there are no layers; add at least: fc OUTPUTS");
    for (size_t i = 0; i < net->layers; i++) {
        tri_layer_params(&net->layer[i], &w, &b);
        weights += w;
        learns |= w > 0 && !net->layer[i].frozen;
    }
    for (size_t i = 1; i < net->layers; i++)
        if (!read_by(net, i)) {
            p->item.line = net->layer[i - 1].line;
            return tri_item_fail(&p->item, "no layer reads this output");
        }
    last = &net->layer[net->layers - 1];
    p->item.line = last->line;
    if (weights == 0)
        return tri_item_fail(&p->item,
                             "nothing to learn; add an fc or conv layer");
    if (!learns)
        return tri_item_fail(&p->item,
                             "nothing to learn; all layers with weights are "
                             "frozen");
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
    p.item.net = net;
    p.item.label = p.label;
    err[0] = '\0';
    if (len > TRI_NET_TEXT) {
        rc = tri_item_fail(&p.item, "the text is longer than 32768 bytes");
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

/* The end of an item: the name of output n, as in `in`, if a layer asks for it
 * by name. Names are numbers, whatever they were. */
static void print_name(struct tri_text *t, const struct tri_net *net, size_t n)
{
    int named = 0;

    for (size_t i = n; !named && i < net->layers; i++)
        named = (net->layer[i].in[0] == n && i != n) ||
                (net->layer[i].ins > 1 && net->layer[i].in[1] == n);
    if (named)
        tri_text_add(t, " as n%u", (unsigned)n);
    tri_text_add(t, "\n");
}

uint32_t tri_net_source(const struct tri_net *net, uint32_t n)
{
    while (n > 0 && net->layer[n - 1].kind->view)
        n = net->layer[n - 1].in[0];
    return n;
}

size_t tri_net_print(const struct tri_net *net, char *out, size_t size)
{
    struct tri_text t = { out, size, 0 };

    tri_text_add(&t, "input %u %u %u", net->h, net->w, net->c);
    print_name(&t, net, 0);
    for (size_t i = 0; i < net->layers; i++) {
        const struct tri_layer_spec *l = &net->layer[i];

        tri_text_add(&t, "%s", l->kind->name);
        if (l->kind->text != NULL)
            l->kind->text(&t, l);
        if (l->in[0] != i)
            tri_text_add(&t, " from n%u", l->in[0]);
        print_name(&t, net, i + 1);
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

size_t tri_layer_kept(const struct tri_layer_spec *l)
{
    return l->kind->kept != NULL ? l->kind->kept(l) : 0;
}

uint64_t tri_net_words(const struct tri_net *net)
{
    uint64_t n = 0;

    for (size_t i = 0; i < net->layers; i++) {
        size_t w, b;

        tri_layer_params(&net->layer[i], &w, &b);
        n += w + b + tri_layer_kept(&net->layer[i]);
    }
    return n;
}
