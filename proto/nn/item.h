#ifndef TRI_PROTO_NN_ITEM_H
#define TRI_PROTO_NN_ITEM_H

#include "core/text.h"
#include "proto/nn/net.h"

/** \file proto/nn/item.h
 *
 * # One item of a network's description
 *
 * What the parsers of items, one for each kind of layer, share. Functions that
 * return int give TRI_OK, or TRI_E_FORMAT with a text in `err`.
 */

/** Limits of a description. They keep every product in 64 bits and every count
 *  far below what tensors admit; real networks are nowhere near. */
enum { TRI_ITEM_NUMBER = 1 << 20, TRI_ITEM_WORDS = 12 };

struct tri_word {
    const char *p;
    size_t n;
};

struct tri_item {
    const struct tri_net *net; /**< the layers above      */
    struct tri_word *label;    /**< [layers + 1] names of their outputs,
                                    from the network's input on  */
    unsigned line;
    char *err;        /**< [TRI_NET_ERROR]                   */
    const char *form; /**< how the item is written           */
    uint32_t h, w, c; /**< what the layer receives           */
    struct tri_word word[TRI_ITEM_WORDS]; /**< its name, ... */
    size_t words;
};

/** A word of the description in quotes. It may be long, or not even text. */
struct tri_quoted {
    char s[32];
};
struct tri_quoted tri_quote(const struct tri_word *w);

/** "line N: ..." \return TRI_E_FORMAT */
int tri_item_fail(struct tri_item *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/** Is the word s? */
int tri_word_is(const struct tri_word *w, const char *s);

/** The item's fixed numbers, at least 1: words 1..n. */
int tri_item_numbers(struct tri_item *p, uint32_t *const *out, size_t n);

/** `pad same` as tri_item_options() gives it. */
enum { TRI_ITEM_SAME = TRI_ITEM_NUMBER + 1 };

/** "stride N", "pad N" or "pad same", and "nobias" from word `first` on; NULL
 *  where an item has none. Each at most once, and nothing else. */
int tri_item_options(struct tri_item *p, size_t first, uint32_t *stride,
                     uint32_t *pad, uint32_t *nobias);

/** The output of that name: 0 the network's input, n that of layer n. */
int tri_item_label(struct tri_item *p, uint32_t *out, const struct tri_word *w);

/** An item of its name alone: output as large as the input. */
int tri_item_plain(struct tri_item *p, struct tri_layer_spec *l);

/** The same with a number between 0 and 1, of up to four digits after the
 * point, which goes to l->ratio; and back, as tri_layer_kind's `text`. */
int tri_item_ratio(struct tri_item *p, struct tri_layer_spec *l);
void tri_item_ratio_text(struct tri_text *t, const struct tri_layer_spec *l);

#endif
