#ifndef TRI_TESTS_ATTACKS_LAB_H
#define TRI_TESTS_ATTACKS_LAB_H

#include "boards/host/attack/attacks.h"
#include "tests/support/three.h"

/** \file tests/attacks/lab.h
 *
 * # Three parties in this process, one of them corrupt
 *
 * Network A is trained, the held-out images are classified, and the model
 * leaves as fresh shares, by the calls that a party makes.
 */
struct tri_lab {
    /* to be set */
    const struct tri_dataset *train, *test;
    uint32_t steps; /**< of a whole training                        */
    const struct tri_engine_kind *engine;
    const struct tri_engine_config *config;

    /* results of the last run */
    struct tri_net net;
    int rc[TRI_PARTIES];         /**< what each party's program came to   */
    uint32_t right[TRI_PARTIES]; /**< what it was told                    */
    char text[TRI_PARTIES][512]; /**< of the link, after a failure        */
    int blamed[TRI_PARTIES];
    tri_ring *model; /**< as joined by whoever owns it        */
    size_t words;
    tri_ring *answer; /**< [test->count x 10], likewise        */
    int differs;      /**< joining: two parties gave different
                           copies of a component                 */
    struct tri_loot loot;
    struct tri_trial trial;

    /* of the honest run */
    tri_ring *trained; /**< NULL: there was none yet                     */
    uint32_t honest;
};

enum { TRI_LAB_BATCH = 128 };

/** Run with an attack by party `by`, or honestly (NULL): which has to come
 *  first. The trial is filled in for the attack's judge. */
void tri_lab_run(struct tri_lab *l, const struct tri_attack *a, unsigned by);

void tri_lab_free(struct tri_lab *l);

#endif
