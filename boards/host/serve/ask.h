#ifndef TRI_BOARDS_HOST_SERVE_ASK_H
#define TRI_BOARDS_HOST_SERVE_ASK_H

#include "boards/host/formats/dataset.h"
#include "boards/host/owner/results.h"
#include "boards/host/serve/calls.h"

/** \file boards/host/serve/ask.h
 *
 * # A client, for programs: connect to a service and ask it
 *
 * boards/host/examples/ask.c is a whole one. One thread at a time.
 */
struct tri_asker;

/** What is asked, and how. */
struct tri_asker_what {
    const char *model; /**< of the service: tri_config_name() */
    int scores;  /**< 0 classes; 1 logits; 2 probabilities               */
    unsigned fb; /**< fraction bits, those of the model                  */
    uint32_t ms; /**< to wait for each answer                            */
};

/**
 * Connect to all three parties of a service. They are believed to be the ones
 * only that hold the keys of the card.
 * \param card, key  files: as `trinn service-card` and `trinn keygen` make them
 * \param asker      NULL after an error
 * \param ms         until all three have answered
 * \return TRI_OK; errors of the files; as tri_calls_open(). With a text.
 */
int tri_asker_open(struct tri_asker **asker, const char *card, const char *key,
                   uint32_t ms, struct tri_why *why);

/**
 * Classify all samples of a set; no party sees them or the results. Asked in
 * pieces of as many as are computed at once.
 * \param all  receives class, and score where these are asked for, of every
 *             sample; to be freed in any case
 * \return TRI_OK; TRI_E_CHEAT: two copies of a part of the results differ;
 *         TRI_E_RANGE: a value is too large for the fraction bits; what a party
 *         refuses it with; as tri_calls_hear(). With a text. Close then: an
 *         answer may still be on its way.
 */
int tri_asker_ask(struct tri_asker *a, const struct tri_asker_what *what,
                  const struct tri_dataset *set, struct tri_results *all,
                  struct tri_why *why);

/** Hang up and wipe. NULL: nothing. */
void tri_asker_close(struct tri_asker *a);

#endif
