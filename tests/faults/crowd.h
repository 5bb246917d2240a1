#ifndef TRI_TESTS_FAULTS_CROWD_H
#define TRI_TESTS_FAULTS_CROWD_H

#include "tests/faults/middle.h"
#include "tests/faults/place.h"

/** \file tests/faults/crowd.h
 *
 * # A crowd before the doors
 *
 * A process that calls the ports of P0 and P1, as one of the parties could,
 * so and so often a second, and keeps its connections for as long as it can.
 * It goes on until it is killed; a port that is closed is left alone.
 */
enum crowd_kind {
    CROWD_NONE,
    CROWD_SILENT,    /**< connects, and says nothing                       */
    CROWD_HALF_OPEN, /**< sends the first packet of a connection only, from
                          addresses that do not exist; without the rights: the
                          first bytes of a greeting                        */
    CROWD_GARBAGE,   /**< random bytes                                     */
    CROWD_GREETING,  /**< a greeting, and nothing more                     */
    CROWD_REPLAY     /**< what the true caller said in another run         */
};

struct crowd {
    enum crowd_kind kind;
    unsigned rate;    /**< a second and port */
    unsigned lead_ms; /**< between the starts of two parties: the crowd is there
                           before them, less than a second */
    uint64_t seed;
    /** What the callers of each port said first: caller of P0 (two) and P1. */
    size_t words_n;
    uint8_t words[MIDDLE_PAIRS][MIDDLE_WORDS];

    uint64_t calls; /**< result */
};

/** Run for ever. \param to  addresses of P0 and P1
 *  \param c  in shared memory */
void crowd_main(const struct place *p, char to[TRI_PARTIES][32],
                struct crowd *c) __attribute__((noreturn));

#endif
