#ifndef TRI_BOARDS_HOST_TRIAL_CHEAT_H
#define TRI_BOARDS_HOST_TRIAL_CHEAT_H

#include "boards/host/attack/attacks.h"
#include "boards/host/trial/trio.h"

/** \file boards/host/trial/cheat.h
 *
 * # A demonstration with a party that cheats
 *
 * Three processes as in every demonstration (trio.h). One of them has somebody
 * between its program and its engine (attack/corrupt.h); the program is the
 * same in all three.
 */
struct tri_cheat {
    const struct tri_attack *attack;
    unsigned by;
    struct tri_run_options o; /**< of the run that is attacked            */
    struct tri_corrupt corrupt;
    struct tri_engine_kind kind; /**< of the one who cheats               */
    struct tri_engine_ops ops;
    struct tri_loot *loot; /**< shared with its process                */
    char dir[4096];        /**< for the model's shares, of `model`      */
    char model[TRI_PARTIES][4096 + 16];
    int slot[1 + TRI_PARTIES];
};

/** Look at the name of an attack and at the options. TRI_OK; TRI_E_ARG with a
 *  text. */
int tri_cheat_find(const struct tri_attack **attack, const char *name,
                   const struct tri_run_options *o, struct tri_why *why);

/** Prepare the run of `d` that d->cheat, which is set here, attacks; with the
 *  engine and the `active` of d->o. End it in any case. */
int tri_cheat_start(struct tri_cheat *c, struct tri_demo *d,
                    const struct tri_attack *attack,
                    const struct tri_dataset *train,
                    const struct tri_dataset *test, struct tri_why *why);

/** In the process of party p->id: corrupt it, if it is the one; keep the
 *  model. */
void tri_cheat_party(struct tri_cheat *c, struct tri_party *p);

/** Print what was altered, gained and seen, beside the honest run. */
int tri_cheat_print(const struct tri_cheat *c, const struct tri_trio *honest,
                    const struct tri_trio *attacked,
                    const struct tri_dataset *train,
                    const struct tri_dataset *test, struct tri_why *why);

/**
 * The same for a run that verifies: print what stopped it.
 * \param rc,why  how it ended; *why is used up
 * \return TRI_OK if a party or the owner of the model has seen that somebody
 *         cheats, or a sentence that nobody did; another error than that
 */
int tri_cheat_print_stop(const struct tri_cheat *c, int rc,
                         struct tri_why *why);

void tri_cheat_end(struct tri_cheat *c);

#endif
