#ifndef TRI_TESTS_FAULTS_TRY_H
#define TRI_TESTS_FAULTS_TRY_H

#include "tests/faults/crowd.h"
#include "tests/faults/hostile.h"
#include "tests/faults/hub.h"
#include "tests/faults/job.h"
#include "tests/faults/middle.h"
#include "tests/faults/place.h"

/** \file tests/faults/try.h
 *
 * # One run of the job by three processes, with one fault
 */
enum net { TCP, ETHER };

/** What happens to a party as a process. */
enum blow {
    BLOW_NONE,
    BLOW_KILL, /**< SIGKILL                                               */
    BLOW_STOP, /**< SIGSTOP; after the others' end it goes on             */
    BLOW_NAP,  /**< SIGSTOP, and SIGCONT after nap_ms                     */
    BLOW_CABLE /**< its cable is pulled out (carrier gone)                */
};

struct plan {
    enum net net;
    unsigned rows;
    int active; /**< the job's engine verifies (job.h)                  */
    /** Repetitions of the job; with a nap, those after it. Any other blow
     *  comes upon a job without end. */
    unsigned reps;
    uint32_t connect_ms, deadline_ms;
    int direct;       /**< TCP without the man in the middle                */
    unsigned plain;   /**< parties without keys: bits                       */
    unsigned foreign; /**< parties with another private key: bits           */
    unsigned files;   /**< descriptors that a party may have; 0: any        */
    unsigned absent;  /**< parties that do not exist: bits                  */

    struct hostile hostile; /**< party `victim` is one                      */
    enum blow blow;
    unsigned victim;
    int from_join; /**< after_us counts from its joining, else from start */
    uint64_t after_us;
    uint32_t nap_ms;

    struct middle_fault middle;
    struct hub_fault hub;
    struct crowd crowd;
};

enum fate {
    FATE_RIGHT, /**< all repetitions, right results                */
    FATE_ERROR, /**< a code and a text                             */
    FATE_WRONG, /**< a wrong value                                 */
    FATE_NONE,  /**< killed by the test itself, or absent          */
    FATE_CRASH, /**< died by a signal or an unknown exit           */
    FATE_HUNG   /**< had to be killed                              */
};

struct party_end {
    /* written by the party */
    uint64_t started, joined, failed; /* ns; 0: not (yet)           */
    int rc;
    char error[512];
    struct job_end job;
    /* by the test */
    enum fate fate;
    uint64_t ended; /**< ns */
};

struct outcome {
    struct party_end p[TRI_PARTIES];
    int hit;          /**< the fault took place                        */
    uint64_t hit_ns;  /**< when; the start of the run if there is none */
    uint64_t took_ns; /**< of the whole run                            */
    uint64_t calls;   /**< of the crowd                                */
    /** How long the machine did not let this process run when its time had
     *  come: the parties fare alike. */
    uint64_t stall_ns;
};

/** Before the first try. */
void try_prepare(const struct place *p);

/** Run; o->p[i].fate and the times are filled in. */
void try_run(const struct plan *plan, struct outcome *o);

/** A run without fault over the middle: what the parties send, and what
 *  crosses. \return 0 if it went right */
int try_record(unsigned rows, int active, const struct job_trace **trace,
               const struct middle_tape **tape);

#endif
