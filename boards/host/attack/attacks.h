#ifndef TRI_BOARDS_HOST_ATTACK_ATTACKS_H
#define TRI_BOARDS_HOST_ATTACK_ATTACKS_H

#include "boards/host/attack/corrupt.h"
#include "boards/host/formats/dataset.h"
#include "proto/nn/net.h"

/** \file boards/host/attack/attacks.h
 *
 * # Attacks by one party that does not follow the protocol
 *
 * On the training of network A with engine fused, which does not protect
 * against them. One table: what the party alters, and what it has gained by
 * that. tests/attacks runs and explains them all.
 */

/** A run with a corrupt party, as its judge sees it. */
struct tri_trial {
    const struct tri_net *net;
    unsigned f;
    uint64_t seed;
    uint32_t batch, steps;
    double rate;
    const struct tri_dataset *train, *test;
    uint32_t honest;             /**< right answers on `test` without attack  */
    uint32_t right[TRI_PARTIES]; /**< what each party was told of them        */
    const double *model;  /**< the revealed one: weights and biases, layer by
                               layer; or NULL                                */
    const double *answer; /**< [test->count x classes]: what the owner of
                              the held-out images got as their classes, or
                              NULL                                          */
    const struct tri_loot *loot;
};

enum { TRI_ATTACK_TEXT = 200 };

struct tri_attack {
    const char *name;
    unsigned number;     /**< in the table of tests/attacks                */
    const char *alters;  /**< who alters what, for a line of output         */
    unsigned by;         /**< bit i: party i can do it                       */
    uint32_t steps;      /**< of training that it needs; 0: a whole one     */
    uint32_t loss_every; /**< it needs opened losses; 0: none               */
    int rushes;          /**< it speaks last in an opening                  */
    int answers;         /**< it is about answers to held-out images        */
    int trained;         /**< it begins when the training is over           */
    void (*act)(struct tri_corrupt *c, const struct tri_event *v);
    /** Has it come off? Also says in words what was gained. */
    int (*gained)(const struct tri_trial *t, char text[TRI_ATTACK_TEXT]);
};

/** NULL at the end. */
extern const struct tri_attack *const tri_attacks[];

/** The one of that name, or NULL. */
const struct tri_attack *tri_attack_find(const char *name);

#endif
