#ifndef TRI_BOARDS_HOST_SERVE_CARD_H
#define TRI_BOARDS_HOST_SERVE_CARD_H

#include <stdio.h>
#include "boards/host/party/config.h"

/** \file boards/host/serve/card.h
 *
 * # What a client has to know of a service
 *
 * A text of lines, in the words of a configuration (party/config.h):
 *
 *     party 0 host0:7100 5c1f... # where clients call it, public key
 *     party 1 host1:7100 90ab...
 *     party 2 host2:7100 e04d...
 *
 * Nothing of it is secret, but a client believes it: it is to be got from the
 * parties in a way that nobody can forge.
 */
struct tri_card {
    char addr[TRI_PARTIES][TRI_CONFIG_ADDR];
    uint8_t key[TRI_PARTIES][TRI_KEY_BYTES];
};

/** Print the card of a configured service.
 *  \return TRI_OK; TRI_E_ARG with a text: a line `service` is missing */
int tri_card_print(FILE *out, const struct tri_config *c, struct tri_why *why);

/** Read `len` bytes at `text`; `name` is what the error text calls it. Pure.
 *  \return TRI_OK; TRI_E_FORMAT with a text */
int tri_card_parse(struct tri_card *card, const char *text, size_t len,
                   const char *name, struct tri_why *why);

/** Read a file. As tri_file_read(), or as tri_card_parse(). */
int tri_card_load(struct tri_card *card, const char *path, struct tri_why *why);

#endif
