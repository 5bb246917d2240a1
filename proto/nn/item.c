#include "proto/nn/item.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/text.h"

struct tri_quoted tri_quote(const struct tri_word *w)
{
    const size_t n = w->n < 24 ? w->n : 24;
    struct tri_quoted q;
    struct tri_text t = { q.s, sizeof q.s, 0 };

    tri_text_add(&t, "'");
    for (size_t i = 0; i < n; i++)
        tri_text_add(&t, "%c",
                     w->p[i] >= ' ' && w->p[i] <= '~' ? w->p[i] : '?');
    tri_text_add(&t, w->n > n ? "...'" : "'");
    return q;
}

int tri_item_fail(struct tri_item *p, const char *fmt, ...)
{
    struct tri_text t = { p->err, TRI_NET_ERROR, 0 };
    va_list ap;

    va_start(ap, fmt);
    tri_text_add(&t, "line %u: ", p->line);
    tri_text_addv(&t, fmt, ap);
    va_end(ap);
    return TRI_E_FORMAT;
}

int tri_word_is(const struct tri_word *w, const char *s)
{
    size_t n = 0;

    while (s[n] != '\0')
        n++;
    return w->n == n && memcmp(w->p, s, n) == 0;
}

/* A decimal number min..TRI_ITEM_NUMBER, digits only. */
static int number(struct tri_item *p, uint32_t *out, const struct tri_word *w,
                  uint32_t min)
{
    uint32_t v = 0;
    int ok = w->n > 0;

    for (size_t i = 0; ok && i < w->n; i++) {
        ok = w->p[i] >= '0' && w->p[i] <= '9';
        v = ok ? v * 10 + (uint32_t)(w->p[i] - '0') : v;
        ok = ok && v <= TRI_ITEM_NUMBER;
    }
    if (ok && v >= min) {
        *out = v;
        return TRI_OK;
    }
    return tri_item_fail(p, "%s must be a whole number from %u to %d",
                         tri_quote(w).s, min, TRI_ITEM_NUMBER);
}

int tri_item_numbers(struct tri_item *p, uint32_t *const *out, size_t n)
{
    if (p->words < n + 1)
        return tri_item_fail(p, "a number is missing; write: %s", p->form);
    for (size_t i = 0; i < n; i++) {
        const int rc = number(p, out[i], &p->word[1 + i], 1);
        if (rc != TRI_OK)
            return rc;
    }
    return TRI_OK;
}

/* The output is as large as the input. */
static void keep_size(const struct tri_item *p, struct tri_layer_spec *l)
{
    l->oh = p->h;
    l->ow = p->w;
    l->oc = p->c;
}

int tri_item_ratio(struct tri_item *p, struct tri_layer_spec *l)
{
    const struct tri_word *const w = &p->word[1];
    const size_t start = p->words > 1 && w->n > 0 && w->p[0] == '0';
    uint32_t v = 0, unit = 10000;
    int ok = p->words > 1 && w->n > start + 1 && w->n <= start + 5 &&
             w->p[start] == '.';

    for (size_t i = start + 1; ok && i < w->n; i++) {
        unit /= 10;
        ok = w->p[i] >= '0' && w->p[i] <= '9';
        v += ok ? (uint32_t)(w->p[i] - '0') * unit : 0;
    }
    if (!ok || v == 0)
        return tri_item_fail(
            p,
            "a number between 0 and 1, of four digits at most, "
            "is missing; write: %s",
            p->form);
    l->ratio = v;
    keep_size(p, l);
    return tri_item_options(p, 2, NULL, NULL, NULL);
}

void tri_item_ratio_text(struct tri_text *t, const struct tri_layer_spec *l)
{
    uint32_t ratio = l->ratio;

    tri_text_add(t, " 0.");
    for (uint32_t unit = 1000; ratio > 0; unit /= 10) {
        tri_text_add(t, "%u", ratio / unit);
        ratio %= unit;
    }
}

int tri_item_options(struct tri_item *p, size_t first, uint32_t *stride,
                     uint32_t *pad, uint32_t *nobias)
{
    int have_stride = 0, have_pad = 0, rc;

    for (size_t i = first; i < p->words; i += 2) {
        const struct tri_word *w = &p->word[i];

        if (nobias != NULL && tri_word_is(w, "nobias") && *nobias == 0) {
            *nobias = 1;
            i--;
            continue;
        }
        const int s =
            stride != NULL && tri_word_is(w, "stride") && !have_stride;
        const int d = pad != NULL && tri_word_is(w, "pad") && !have_pad;

        if (!s && !d)
            return tri_item_fail(p, "%s does not belong here; write: %s",
                                 tri_quote(w).s, p->form);
        if (i + 1 == p->words)
            return tri_item_fail(p, "%s needs a number after it",
                                 tri_quote(w).s);
        if (d && tri_word_is(&p->word[i + 1], "same")) {
            *pad = TRI_ITEM_SAME;
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

int tri_item_label(struct tri_item *p, uint32_t *out, const struct tri_word *w)
{
    for (size_t i = 0; i <= p->net->layers; i++)
        if (p->label[i].n == w->n && memcmp(p->label[i].p, w->p, w->n) == 0) {
            *out = (uint32_t)i;
            return TRI_OK;
        }
    return tri_item_fail(
        p, "no output above has the name %s; give it one: as NAME",
        tri_quote(w).s);
}

int tri_item_plain(struct tri_item *p, struct tri_layer_spec *l)
{
    keep_size(p, l);
    return tri_item_options(p, 1, NULL, NULL, NULL);
}
