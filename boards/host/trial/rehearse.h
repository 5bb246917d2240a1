#ifndef TRI_BOARDS_HOST_TRIAL_REHEARSE_H
#define TRI_BOARDS_HOST_TRIAL_REHEARSE_H

#include "boards/host/formats/dataset.h"
#include "boards/host/party/run.h"
#include "proto/plain/ranges.h"

/** \file boards/host/trial/rehearse.h
 *
 * # The first steps of a training in the clear
 *
 * Numbers that leave their range spoil a secure training unseen. The same
 * fixed-point computation on clear data sees them: on the owner's own data
 * (`trinn rehearse`, `trinn demo`), or on generated digits, which every party
 * of a training on images of that shape rehearses for itself. It is exact
 * integer arithmetic, so that all parties come to the same verdict. Settings
 * that fail there cannot be right; settings that pass may still fail later in
 * a long training or on other data.
 */

/** As many steps as take about a second: 2 to 64, by the network and batch. */
uint32_t tri_rehearse_steps(const struct tri_run_options *o);

/**
 * Train with engine `ranges`, with the rates of the whole training.
 * \param r      receives the ranges
 * \param stop   leave after this step; 0: the whole training
 * \param start  fills the model that the training begins with, or NULL
 * \param steps  receives the number of steps done
 * \param who    before progress lines; NULL: none
 */
int tri_rehearse(struct tri_ranges *r, const struct tri_run_options *o,
                 const struct tri_data *train, const struct tri_clear *start,
                 unsigned threads, uint32_t stop, uint32_t *steps,
                 const char *who, struct tri_why *why);

/** Engine paper: how many truncations of the whole training will probably be
 *  wrong, if it goes on as in the first `steps` steps; fused: 0.
 *  \param images  of the training */
double tri_rehearse_wrong(const struct tri_ranges *r,
                          const struct tri_run_options *o, uint32_t steps,
                          uint32_t images);

/** TRI_OK; TRI_E_ARG with a text if something passed its bound, or if more than
 *  half a truncation of the training will probably be wrong.
 *  \param data    what it was, "generated digits"
 *  \param images  of the training */
int tri_rehearse_verdict(const struct tri_ranges *r,
                         const struct tri_run_options *o, uint32_t steps,
                         const char *data, uint32_t images,
                         struct tri_why *why);

/** Both, briefly; TRI_OK at once with --force. */
int tri_rehearse_set(const struct tri_run_options *o,
                     const struct tri_dataset *train,
                     const struct tri_clear *start, unsigned threads,
                     const char *data, struct tri_why *why);

/** The same on generated digits; TRI_OK at once for networks that take other
 *  images. */
int tri_rehearse_digits(const struct tri_run_options *o, unsigned threads,
                        struct tri_why *why);

/** Everything that was measured, to standard output. */
void tri_rehearse_table(const struct tri_ranges *r, const struct tri_net *net);

/** A tri_trace_fn: what is measured next belongs to this layer. */
void tri_rehearse_place(void *ranges, enum tri_pass pass, size_t layer);

#endif
