#ifndef TRI_BOARDS_HOST_SERVE_CALLS_H
#define TRI_BOARDS_HOST_SERVE_CALLS_H

#include "boards/host/serve/card.h"
#include "boards/host/serve/talk.h"

/** \file boards/host/serve/calls.h
 *
 * # A client's connections to the three parties
 *
 * Of every request all three answer, and nothing is believed before the last of
 * them has. The first one that refuses or fails ends the wait, with its number
 * in the text.
 */
struct tri_calls {
    struct tri_talk *talk[TRI_PARTIES];
    uint32_t number; /**< of the last request */
};

/**
 * Call all three.
 * \param own  [32] private key of the client
 * \param ms   until all have answered
 * \return TRI_OK; TRI_E_TIMEOUT, TRI_E_IO, TRI_E_ARG; TRI_E_CRYPTO: whoever
 *         answers has not the key of the card; TRI_E_MISMATCH: the party does
 * not know this client. Close in any case.
 */
int tri_calls_open(struct tri_calls *q, const struct tri_card *card,
                   const uint8_t own[32], const struct tri_kernels *k,
                   uint32_t ms, struct tri_why *why);

/** Send a request of `kind`; block[j] as of tri_talk_block() with len[j] bytes,
 *  which belong to the calls from now on. TRI_OK; TRI_E_IO, TRI_E_NOMEM */
int tri_calls_send(struct tri_calls *q, enum tri_message_kind kind,
                   uint8_t *const block[TRI_PARTIES],
                   const uint64_t len[TRI_PARTIES], struct tri_why *why);

/** Wait for the answers of all three, of `kind`: q->talk[j]->m and ->body. What
 *  was refused is the party's error and text. TRI_E_TIMEOUT after `ms`. */
int tri_calls_hear(struct tri_calls *q, enum tri_message_kind kind, uint32_t ms,
                   struct tri_why *why);

void tri_calls_close(struct tri_calls *q);

#endif
