#ifndef TRI_BOARDS_HOST_SERVE_QUERY_H
#define TRI_BOARDS_HOST_SERVE_QUERY_H

#include "boards/host/formats/dataset.h"
#include "boards/host/owner/results.h"
#include "boards/host/serve/message.h"
#include "core/prg.h"

/** \file boards/host/serve/query.h
 *
 * # A client's side of a query: images into shares, shares into results
 */
struct tri_query {
    struct tri_ask ask;
    uint8_t public[TRI_ASK_PUBLIC];
    uint8_t secret[3][TRI_ASK_SECRET];
    uint8_t *words; /* component 2, in memory for secrets */
};

/**
 * Split samples first .. first+n-1 of a set, whose values fit (see
 * tri_dataset_fits()), into three components: two from fresh seeds, one the
 * difference. q->ask has model, scores and fb.
 * \return TRI_OK; TRI_E_NOMEM, TRI_E_IO with a text. tri_query_end() in any
 * case.
 */
int tri_query_split(struct tri_query *q, const struct tri_dataset *set,
                    uint32_t first, uint32_t n, const struct tri_kernels *k,
                    struct tri_why *why);

/** What `party` is to be sent: tri_ask_bytes() of it. */
void tri_query_body(uint8_t *out, const struct tri_query *q, unsigned party);

/** A party's side: word w of component c (0, 1) of sample i, from the body of
 *  a query. part[c] [n words of a sample] */
void tri_query_sample(uint64_t *const part[2], const struct tri_ask *a,
                      const uint8_t *body, unsigned party, uint32_t i,
                      const struct tri_kernels *k);

/**
 * Join the answers of all three, whose heads are read already. Each component
 * comes twice, from two parties.
 * \param body     [3] answers of the parties
 * \param results  receives them; free in any case
 * \return TRI_OK; TRI_E_CHEAT: two copies of a component differ, one of the two
 *         parties has altered it; TRI_E_FORMAT: no class; TRI_E_NOMEM
 */
int tri_query_join(struct tri_results *results, const struct tri_ask *a,
                   uint32_t classes, const uint8_t *const body[3],
                   struct tri_why *why);

/** Wipe. */
void tri_query_end(struct tri_query *q);

#endif
