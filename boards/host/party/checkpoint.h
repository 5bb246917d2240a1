#ifndef TRI_BOARDS_HOST_PARTY_CHECKPOINT_H
#define TRI_BOARDS_HOST_PARTY_CHECKPOINT_H

#include "boards/host/party/session_open.h"
#include "boards/host/share/sharefile.h"
#include "proto/nn/model.h"

/** \file boards/host/party/checkpoint.h
 *
 * # A training that survives crashes
 *
 * After every so many steps each party writes its shares of all that the next
 * step needs (tri_model_state()) into a share file of kind "checkpoint"
 * (sharefile.h). Of a party that holds no shares it keeps the step.
 *
 * ## Two generations
 *
 * Two files, PREFIX.p<ID>.a.ckpt and .b.ckpt, are written in turn, each by
 * rename: a crash while one is written leaves the other and the old content
 * of this one. So whatever happens, one step is held by all three:
 *
 *   - before it saves step s, every party exchanges bytes with both others
 *     (tri_checkpoint_step()), and saving is part of the step. Whoever writes
 *     step s over step s - 2N thus knows that both others have written
 *     step s - N;
 *   - so a party never is two generations ahead of another one, and of its
 *     two the older one is held by all.
 *
 * ## Which ones belong together
 *
 * Every session has a random name, the same at all parties. A checkpoint
 * carries that name, the step, and the run as text: the options that the
 * parties agreed on and a hash of the headers of all share files. Parties
 * that resume tell each other name and step of what they hold, and continue
 * from the largest step that all three hold under one name. Names keep apart
 * two histories: a party that was to repeat a step may still hold its old
 * outcome, whose shares do not fit to the new ones of the others.
 *
 * ## Secrecy
 *
 * A checkpoint is a share: mode 0600, worth nothing without its twin. A new
 * session has new keys, so that no mask of an earlier one is used again, and
 * its first act is to re-randomise what it loads: from then on a copy of a
 * checkpoint (a backup, a disk that was thrown away) does not fit to anything
 * that the other party holds or saves later. Only two copies of one step,
 * one of each party, are worth something.
 */
struct tri_checkpoint {
    uint32_t every;           /**< steps; set before tri_checkpoint_open()    */
    int resume;               /**< likewise                                   */
    int after_abort;          /**< likewise: go on after one (aborted.h)      */
    int elsewhere;            /**< likewise: aborts are noted by the caller   */
    enum tri_sharing sharing; /**< likewise                         */
    uint32_t first;           /**< agreed: the step to continue from, or 0    */

    /* its own */
    unsigned id;
    char *path[2], *aborted;
    struct tri_share slot[2];  /* fd -1: nothing there */
    int from;                  /* the slot that is continued, or -1 */
    int turn;                  /* the slot to write next */
    uint8_t name[TRI_PAIR_ID]; /* of this session */
    uint32_t saved;            /* the last step written */
    char *text;                /* the run */
};

/**
 * Before anything else: find the files, check them in full, and find out
 * whether they can be written.
 * \return TRI_OK; with a text TRI_E_ARG (there are files, but this is no
 *         continuation; verification has ended a run), TRI_E_FORMAT (damaged),
 * TRI_E_IO, TRI_E_NOMEM. tri_checkpoint_close() in any case.
 */
int tri_checkpoint_open(struct tri_checkpoint *c, const char *prefix,
                        unsigned id, const struct tri_kernels *k,
                        struct tri_why *why);

/**
 * After the parties have agreed on the run: agree on the session's name and
 * on the step to continue from. 1 round, 59 bytes from each to both others,
 * and tri_agree_same(); all of it is public. Of a replicated sharing that is
 * continued tri_agree_components(), too. Temporary files of a killed
 * process are removed.
 *
 * \param run     the options, lines of text as for tri_hello()
 * \param digest  of the files of the run, from tri_agree()
 * \return TRI_OK; TRI_E_MISMATCH with a text on all parties: no common step,
 *         or a checkpoint of another run; link errors.
 */
int tri_checkpoint_agree(struct tri_checkpoint *c, struct tri_link *l,
                         const char *run, const uint8_t digest[TRI_HASH_BYTES],
                         struct tri_why *why);

/** Before the first step of a built and initialised model: fill it from the
 *  agreed checkpoint and re-randomise its shares, or, from the start, save
 *  step 0; and see that the disk has room for the files to come. In a dry run
 *  sizes are checked and nothing is read or written.
 *  \return TRI_OK; with a text TRI_E_FORMAT, TRI_E_IO (which kills the link);
 *          link errors. */
int tri_checkpoint_start(struct tri_checkpoint *c, struct tri_model *m,
                         struct tri_why *why);

/**
 * After step `step` of `total`: hear whether somebody was asked to stop, and
 * save if that is so, every `every` steps and at the end. 2 rounds, 2 bytes
 * from each party to both others.
 * \return TRI_OK; TRI_E_STOPPED with a text, on all parties, after it is
 *         saved; TRI_E_CHEAT: somebody did not answer both others alike;
 *         TRI_E_IO with a text: it could not be saved, which kills the link;
 *         link errors.
 */
int tri_checkpoint_step(struct tri_checkpoint *c, struct tri_model *m,
                        uint32_t step, uint32_t total, struct tri_why *why);

/** A run ended with `rc`: note what verification may have to do with that
 *  (aborted.h). Returns rc.
 *  \param proving  it ended in the middle of one (proto/session.h) */
int tri_checkpoint_ended(const struct tri_checkpoint *c, int rc, int proving,
                         struct tri_why *why);

void tri_checkpoint_close(struct tri_checkpoint *c);

/** All of it, for a program that can be linked without. */
struct tri_checkpoint_ops {
    int (*open)(struct tri_checkpoint *c, const char *prefix, unsigned id,
                const struct tri_kernels *k, struct tri_why *why);
    int (*agree)(struct tri_checkpoint *c, struct tri_link *l, const char *run,
                 const uint8_t digest[TRI_HASH_BYTES], struct tri_why *why);
    int (*start)(struct tri_checkpoint *c, struct tri_model *m,
                 struct tri_why *why);
    int (*step)(struct tri_checkpoint *c, struct tri_model *m, uint32_t step,
                uint32_t total, struct tri_why *why);
    int (*ended)(const struct tri_checkpoint *c, int rc, int proving,
                 struct tri_why *why);
    void (*close)(struct tri_checkpoint *c);
};
extern const struct tri_checkpoint_ops tri_checkpoint_ops;

#endif
