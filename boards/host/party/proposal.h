#ifndef TRI_BOARDS_HOST_PARTY_PROPOSAL_H
#define TRI_BOARDS_HOST_PARTY_PROPOSAL_H

#include "boards/host/party/options.h"

/** \file boards/host/party/proposal.h
 *
 * # A run as party 0 proposes it, adopted by who accepts that
 *
 * The proposal is the text that party 0 says to both others in any case
 * (net/hello.h). A party that adopts it reads the options and the network from
 * there, in place of a command line and against the same tables, and then says
 * for itself what it has understood. The texts of all three are compared as
 * ever. So whatever is not adopted, or was not understood, is a difference,
 * which all three report by name; and what party 0 tells the two others
 * differently is one, too.
 *
 * Never adopted, but to be said by each party: the task and its files; whether
 * it is a continuation, and whether a training is saved; scores, small counts
 * and frequent losses, as they open more; many epochs; less security. Of what a
 * party says itself nothing else is adopted, but less of the memory that it may
 * take.
 */
struct tri_proposal {
    uint64_t most_epochs; /**< set before: what may be proposed; 0: 100, or as
                               many as this party would have by itself    */
    uint32_t every;      /**< steps between checkpoints, as proposed; 0: none */
    uint64_t loss_every; /**< this party's own                               */
    int own_batch, own_epochs; /**< it was given them                        */
    char kept[2500];           /**< texts that the options refer to          */
};

/**
 * \param o      has the values of this party: those without options, and those
 *               that it was given, which stay; receives the others, and the
 *               network. To be completed as after a command line
 * \param given  the command line that gave them
 * \param text   of party 0: lines of printable ASCII
 * \return TRI_OK; with a text TRI_E_ARG, TRI_E_FORMAT, TRI_E_NOMEM
 */
int tri_proposal_adopt(struct tri_proposal *p, struct tri_run_options *o,
                       const struct tri_args *given, const char *text,
                       struct tri_why *why);

/**
 * May party 0 have that training? Its passes over the samples are no more than
 * this party accepts, unless it was given the same --epochs.
 *
 * A loss is opened at the end of every epoch, too. So losses of what is adopted
 * are of no smaller batches, and no fewer steps apart, than this party would
 * have them of so many samples if nobody said batch or epochs; but a --batch
 * that it was given may be smaller, and of the --epochs that it was given each
 * may open one.
 *
 * \param o        after tri_proposal_adopt() and tri_options_fit()
 * \param samples  of the training
 * \return TRI_OK; with a text TRI_E_ARG, TRI_E_NOMEM
 */
int tri_proposal_may(const struct tri_proposal *p,
                     const struct tri_run_options *o, uint64_t samples,
                     struct tri_why *why);

#endif
