#ifndef TRI_TESTS_FAULTS_JUDGE_H
#define TRI_TESTS_FAULTS_JUDGE_H

#include "tests/faults/try.h"

/** \file tests/faults/judge.h
 *
 * # Is this outcome allowed?
 *
 * Every party ends with the right result, or with an error of a kind that
 * fits the fault, in time. Never with a wrong result.
 */
enum kind {
    KIND_DIED = 1 << 0,    /**< TRI_E_IO: a party ended or failed          */
    KIND_SILENT = 1 << 1,  /**< TRI_E_TIMEOUT: a party is not heard        */
    KIND_FORGED = 1 << 2,  /**< TRI_E_CRYPTO: altered, or another key      */
    KIND_FORMAT = 1 << 3,  /**< TRI_E_PROTO, TRI_E_MISMATCH                */
    KIND_UNNAMED = 1 << 4, /**< any other code, or a text that does not fit
                                its code: never allowed                    */
    KIND_ANY = KIND_DIED | KIND_SILENT | KIND_FORGED | KIND_FORMAT
};

struct expect {
    int right;                  /**< nobody may fail                       */
    int error;                  /**< nobody may succeed                    */
    unsigned kinds;             /**< allowed errors                        */
    unsigned need[TRI_PARTIES]; /**< what that party has to report; 0: -   */
    int joining;                /**< ... even if it had not joined yet     */
    unsigned any;               /**< what at least one has to report; 0: - */
    int together;               /**< all fail or none                      */
    int quiet; /**< there is no fault; else it has to take place, or the try
                    says nothing                                            */
    unsigned names; /**< 1 + the party every error must name   */
    int drips;      /**< bytes go on, too slowly: ten deadlines are allowed */
};

/** Of one case. */
struct tally {
    unsigned tries, right, errors, wrong, bad;
    uint64_t worst_ms; /**< from the fault to the last party's end */
};

/** The kind of an error. */
enum kind judge_kind(int rc, const char *text);

/**
 * Count the outcome. An outcome that is not allowed is printed.
 * \param name  of the case, and how to repeat it
 */
void judge(struct tally *t, const char *name, const struct plan *plan,
           const struct expect *e, const struct outcome *o);

#endif
