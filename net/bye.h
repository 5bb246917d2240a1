#ifndef TRI_NET_BYE_H
#define TRI_NET_BYE_H

#include <stddef.h>
#include <stdint.h>

/** \file net/bye.h
 *
 * # Why a party gives up, as it tells the others
 *
 * The payload of a goodbye (net/record.h):
 *
 * | bytes | field                                                   |
 * |-------|---------------------------------------------------------|
 * | 1     | error, -(enum tri_err): 1..TRI_BYE_CODES                |
 * | 1     | party to blame, 0..2, or 255: nobody                    |
 * | 1..   | what happened and where: printable ASCII, not empty     |
 *
 * It is its sender's word: authentic on a sealed connection, but a dishonest
 * party may say anything. So whoever repeats it says from whom it is.
 *
 * The functions here are pure and take any input.
 */
enum {
    TRI_BYE_MAX = 192,              /**< largest payload        */
    TRI_BYE_TEXT = TRI_BYE_MAX - 2, /**< largest text in it     */
    TRI_BYE_CODES = 13              /**< -(last of enum tri_err) */
};

struct tri_bye {
    int err;    /**< enum tri_err, not TRI_OK            */
    int blamed; /**< 0..2, or TRI_NOBODY (net/link.h)    */
    char text[TRI_BYE_TEXT + 1];
};

/** Fill in. A text that is too long loses its middle: its end may tell whose
 *  word it is. '?' stands for what is not printable ASCII; an empty one becomes
 * that of the error. An error or a party that does not exist becomes TRI_E_DEAD
 * or TRI_NOBODY. */
void tri_bye_make(struct tri_bye *b, int err, int blamed, const char *text);

/** Print a goodbye made by tri_bye_make() or read by tri_bye_parse().
 *  \return bytes written, 3..TRI_BYE_MAX */
size_t tri_bye_print(uint8_t out[TRI_BYE_MAX], const struct tri_bye *b);

/** Read n bytes. \return TRI_OK or TRI_E_PROTO (*b is then unspecified) */
int tri_bye_parse(struct tri_bye *b, const uint8_t *in, size_t n);

/** What the error is to a party that hears of it: itself, if it is one of the
 *  connections, the protocol or the numbers, else TRI_E_IO: a peer has failed.
 */
int tri_bye_heard(int err);

#endif
