#ifndef TRI_TESTS_FAULTS_HUB_H
#define TRI_TESTS_FAULTS_HUB_H

#include <stdint.h>

/** \file tests/faults/hub.h
 *
 * # A bad Ethernet hub
 *
 * A process that joins the cables h0, h1 and h2 (place.h) and hands on what
 * comes from one to both others. What it does to a frame is drawn by chance
 * from a seed.
 */
struct hub_fault {
    /* in 1/1000 of the frames */
    unsigned loss, twice, reorder;
    unsigned corrupt;       /**< a random bit or byte, as a bad cable behind a
                                 switch: the checksum does not fit          */
    unsigned forge_payload; /**< a bit of a DATA frame's payload, and the
                                 checksum fits: intent                      */
    unsigned forge_header;  /**< a field of the header, the checksum fits   */
    unsigned delay_ms;      /**< every frame waits up to that long          */
    uint64_t once_after;    /**< forge one frame only, not before this one;
                                 0: by chance for ever                      */
    uint64_t cut_after;     /**< frames until the cable below is dead; 0: no*/
    unsigned cut;           /**< its number; 3: all                         */
    uint64_t seed;

    /* results */
    uint64_t frames; /**< that came in                      */
    int hit;         /**< something was done                */
    uint64_t hit_ns; /**< the last time                     */
};

/** Sockets on the cables; ends the program on failure. */
void hub_open(int fd[3]);

/** Run for ever. \param f  in shared memory */
void hub_main(const int fd[3], struct hub_fault *f) __attribute__((noreturn));

#endif
