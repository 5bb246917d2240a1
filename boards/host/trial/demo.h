#ifndef TRI_BOARDS_HOST_TRIAL_DEMO_H
#define TRI_BOARDS_HOST_TRIAL_DEMO_H

#include "boards/host/owner/source.h"
#include "boards/host/party/party.h"

/** \file boards/host/trial/demo.h
 *
 * # Three parties on one machine
 */
struct tri_cheat;
struct tri_start;

struct tri_demo {
    struct tri_run_options *o;
    struct tri_source source;   /**< none: digits are generated          */
    uint64_t limit, test;       /**< 0: the default                      */
    unsigned threads;           /**< of each party                       */
    const char *who;            /**< in front of lines of progress, or NULL */
    int plaintext;              /**< do not seal the connections         */
    const char *model, *layers; /**< to go on from; NULL: random weights */
    struct tri_start *start;    /**< the same, for runs in the clear   */
    const char *attack;         /**< by name, or NULL: nobody cheats     */
    struct tri_cheat *cheat;    /**< of the run at hand, or NULL      */
};

/** The whole demonstration; prints to standard output. */
int tri_demo_run(struct tri_demo *d, struct tri_why *why);

#endif
