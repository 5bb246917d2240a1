#ifndef TRI_NET_HELLO_H
#define TRI_NET_HELLO_H

#include "net/link.h"

/** \file net/hello.h
 *
 * # The parties agree on the run
 *
 * The first thing on a link. Every party describes the run as it understands
 * it, in lines of "name value\n" that are equal for all (version, engine,
 * scale, network, shapes...; nothing secret). All three learn all three
 * texts, so that all three report the first difference in the same words.
 *
 * Beside the text each party may say one byte about itself, such as what its
 * processor is good at. It need not be equal; all three know all three, and
 * know that the others know the same.
 *
 * Then each pair has a fresh key. Each side contributes 32 random bytes and
 *
 *     key = BLAKE2s(secret; "trinn pair key 1" | low | high | contribution of
 *                   low | contribution of high | BLAKE2s(text))
 *
 * with one byte for each party number, so a key is never used twice even if
 * one side's generator repeats. `secret`, the key of the hash, comes from the
 * handshake of a sealed connection: whoever reads or alters the connection
 * learns nothing of the key. In plaintext it is zero, and whoever reads the
 * connection learns the key. The third party sees nothing of it.
 */
enum {
    TRI_HELLO_TEXT = 40960, /**< largest text, without the terminator */
    TRI_HELLO_ERROR = 1024, /**< bytes for an error text              */
    TRI_HELLO_REASON = 300, /**< of tri_hello_refuse()                */
    TRI_HELLO_REFUSAL = TRI_HELLO_REASON + 20, /**< with what precedes it */
    TRI_HELLO_FRAME = 36
};

/** What is sent and received: memory of one agreement. Secret. */
struct tri_hello {
    uint8_t mine[TRI_PARTIES][TRI_HELLO_FRAME];   /**< [to]   */
    uint8_t theirs[TRI_PARTIES][TRI_HELLO_FRAME]; /**< [from] */
    char text[TRI_PARTIES][TRI_HELLO_TEXT + 1];
};

/**
 * Agree on `text` and on keys; 3 messages to each peer, 2 rounds.
 *
 * \param text  lines of printable ASCII, each ended by '\n'
 * \param said  own entry: the byte that this party says; receives the others'.
 *              Public. NULL: nothing to say, nothing heard
 * \param keys  keys[j] is shared with party j (own entry: zeros); secret.
 *              Wiped on error
 * \param err   [TRI_HELLO_ERROR] receives "" or what went wrong, in full
 *              (l->error may hold less); may be NULL
 * \return TRI_OK; TRI_E_MISMATCH if the texts differ (at all three parties);
 *         TRI_E_ARG (text); TRI_E_PROTO; TRI_E_IO; TRI_E_TIMEOUT; TRI_E_DEAD.
 *         After any error the link is dead.
 */
int tri_hello(struct tri_link *l, const char *text, uint8_t said[3],
              uint8_t keys[3][32], char *err);

/** How a party hears what the run is, in place of saying it first. */
struct tri_hello_adopt {
    void *self;
    /**
     * \param theirs  the text of P0, as it came
     * \param mine    [TRI_HELLO_TEXT + 1] receives this party's: the run as it
     *                has understood it, or tri_hello_refusal()
     * \param said    receives this party's byte
     */
    void (*adopt)(void *self, const char *theirs, char *mine, uint8_t *said);
};

/** tri_hello() at P1 or P2 that hears P0 before it speaks: one round more, the
 *  same messages. The others cannot tell, and compare its text as any other. */
int tri_hello_adopt(struct tri_link *l, const struct tri_hello_adopt *a,
                    uint8_t said[3], uint8_t keys[3][32], char *err);

/**
 * Both without an operating system.
 * \param h     h->mine is full of fresh random bytes; wiped
 * \param text  or NULL, then `a` says it
 */
int tri_hello_in(struct tri_hello *h, struct tri_link *l, const char *text,
                 const struct tri_hello_adopt *a, uint8_t said[3],
                 uint8_t keys[3][32], char *err);

/** The text of tri_hello_refuse(), for tri_hello_in(). \return its length
 *  without the end of line */
size_t tri_hello_refusal(char out[TRI_HELLO_REFUSAL], const char *why);

/**
 * Take no part in the run, and tell the others why: in the place of tri_hello()
 * at a party that has joined although it cannot go on. Theirs returns TRI_E_IO
 * with this reason and the party's name, whatever their texts are.
 *
 * \param why  for the others to read; what is not printable ASCII becomes '?',
 *             and TRI_HELLO_REASON characters are sent
 * \return TRI_OK if both have heard it; else a link error. The link is to be
 *         closed.
 */
int tri_hello_refuse(struct tri_link *l, const char *why);

/** Non-zero if `n` bytes are well-formed lines as above, 1..TRI_HELLO_TEXT. */
int tri_hello_valid(const char *text, size_t n);

/**
 * Compare three well-formed texts.
 * \param err  [TRI_HELLO_ERROR] receives the first differing item with the
 *             values of all three
 * \return TRI_OK or TRI_E_MISMATCH
 */
int tri_hello_compare(const char *const text[3], char *err);

#endif
