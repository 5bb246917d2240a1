#ifndef TRI_BOARDS_HOST_TRIAL_DEMO_H
#define TRI_BOARDS_HOST_TRIAL_DEMO_H

#include "boards/host/party/party.h"
#include "boards/host/formats/dataset.h"

/** \file boards/host/trial/demo.h
 *
 * # Three parties on one machine
 */
struct tri_demo {
    struct tri_run_options o;
    int engine;           /**< enum tri_engine_kind                */
    const char *data;     /**< directory, or NULL: generate        */
    uint64_t limit, test; /**< 0: the default                      */
    unsigned threads;     /**< of each party                       */
    int plaintext;        /**< do not seal the connections         */
};

/** What the parties did, for the table. */
struct tri_trio {
    int parties; /**< 3, 1 in the clear, 0: float alone */
    struct tri_outcome party[TRI_PARTIES];
};

/** The whole demonstration; prints to standard output. */
int tri_demo_run(const struct tri_demo *d, struct tri_why *why);

/**
 * Fork the three parties, each with its share files of train and test
 * (prefixes as in tri_split()), and wait for them.
 * \return the first cause if one fails.
 */
int tri_trio_run(struct tri_trio *t, const struct tri_demo *d,
                 const char *train, const char *test, struct tri_why *why);

/** Train and evaluate in this process, in the clear. */
int tri_clear_run(struct tri_outcome *out, const struct tri_demo *d,
                  tri_engine_fn *engine, const struct tri_dataset *train,
                  const struct tri_dataset *test, const char *who,
                  struct tri_why *why);

/** The closing table. */
void tri_demo_table(const struct tri_demo *d, const struct tri_trio *t,
                    const struct tri_outcome *clear);

#endif
