#ifndef TRI_BOARDS_HOST_PARTY_PARTY_H
#define TRI_BOARDS_HOST_PARTY_PARTY_H

#include "boards/common/agree.h"
#include "boards/host/party/run.h"
#include "boards/host/party/session_open.h"
#include "net/tcp/tcp.h"

/** \file boards/host/party/party.h
 *
 * # One of the three parties, from files to files
 */

/** Names of files, in order. */
struct tri_names {
    const char *const *name;
    size_t n;
};

/** Parties that are connected already, and stay so after the run. */
struct tri_joined {
    struct tri_host *h;
    /** As tri_run's (run.h), and its turn. */
    int (*between)(void *self, uint32_t step, uint32_t total,
                   enum tri_when when);
    void *self;
    uint32_t turn;
    /** The shares of tri_party's file[i], which are open and checked already;
     *  NULL: they are not. */
    const struct tri_share *const *share[TRI_FILES];
    uint64_t memory; /**< bytes that the run may take here; 0: all      */
    /** All three, once each knows what the run takes here, before it is known
     *  whether all can: it may need what something else has. Or NULL. */
    void (*begins)(void *self, uint64_t bytes);
};

struct tri_party;

/** How a party adopts the run that party 0 proposes (proposal.h). */
struct tri_adopter {
    void *self;
    /** What the hello of party 0 says becomes that of *p and, where it points,
     *  p->o. TRI_OK; an error with a text, which the others are told. */
    int (*adopt)(void *self, struct tri_party *p, const char *text,
                 struct tri_why *why);
    /** May a training on so many samples be as long, and open what it does?
     *  TRI_OK; an error with a text, likewise. */
    int (*may)(void *self, const struct tri_run_options *o, uint64_t samples,
               struct tri_why *why);
};

struct tri_party {
    unsigned id;
    enum tri_task task;
    const struct tri_run_options *o;
    unsigned threads;
    struct tri_tcp_config tcp;
    /** Those of tcp, to be wiped once the connections stand; NULL: are not. */
    struct tri_secure_keys *keys;
    const struct tri_config *ether; /**< by raw Ethernet instead, or NULL */
    /** Share files by enum tri_file. Sets of several owners are one data set,
     *  one set after the other; party 0 and 1 name them in the same order.
     *  Party 2 has none; there is one model at most. */
    struct tri_names file[TRI_FILES];
    const char *model_out;  /**< TRAIN: or NULL                         */
    const char *result_out; /**< INFER                                  */
    int rehearse;           /**< TRAIN: on generated digits first       */
    const char *checkpoint; /**< TRAIN: prefix of the files, or NULL    */
    uint32_t every;         /**< steps between checkpoints              */
    int resume;             /**< continue from one                      */
    int after_abort;        /**< also if verification has ended a run   */
    int reveal_small;       /**< open what is of few samples            */
    enum tri_scores scores; /**< INFER                                  */
    const char *log;        /**< file for what happens, or NULL         */
    const char *who;        /**< start of every line of progress        */
    int silent;             /**< no progress, no plan                   */
    const struct tri_joined *joined; /**< NULL: join for this run       */
    /** Not NULL: task and names of files are this party's, all else is to be
     *  adopted, and `o` is not read before. */
    const struct tri_adopter *adopter;
};

enum { TRI_PARTY_TEXT = TRI_OPTIONS_TEXT + 100 };

/** What must be alike on all parties, for the hello: of p its task, options,
 *  scores and checkpoints. \return its length without the last line, which says
 *  whether the run is continued */
size_t tri_party_text(const struct tri_party *p, char *out, size_t size);

/** Join the others only to tell them why this party cannot take part. */
void tri_party_refuse(const struct tri_party *p, const struct tri_why *why);

/** Open and check the files, join the others, run, write the results. If
 *  the files are not as they should be, the others are told so. If they are
 *  joined already, what is wrong with files or options breaks nothing, and all
 *  three return an error. */
int tri_party_run(const struct tri_party *p, struct tri_outcome *out,
                  struct tri_why *why);

#endif
