#ifndef TRI_BOARDS_HOST_BASE_REPORT_H
#define TRI_BOARDS_HOST_BASE_REPORT_H

#include <stddef.h>
#include <stdint.h>

/** \file boards/host/base/report.h
 *
 * # What a run tells the person who waits for it
 *
 * Progress goes to standard error: on a terminal one line that is rewritten,
 * otherwise a line every few seconds.
 */
struct tri_progress {
    const char *who;      /**< start of every line                       */
    int silent;           /**< print nothing                             */
    int tty, open;        /**< a line is being rewritten                 */
    uint64_t begun, last; /**< ns                                        */
    uint32_t first;       /**< steps that an earlier session has done    */
    int lossy;            /**< the following are known                   */
    double loss;          /**< mean of a batch                           */
    uint32_t right, of;   /**< of the same batch                         */
};

void tri_progress_start(struct tri_progress *p, const char *who, int silent);
/** `step` of `total` is done. epochs 0: there are none to be named. */
void tri_progress_step(struct tri_progress *p, uint32_t epoch, uint32_t epochs,
                       uint32_t step, uint32_t total);
/** What is shown from now on. */
void tri_progress_loss(struct tri_progress *p, double loss, uint32_t right,
                       uint32_t of);
/** A line that stays. */
void tri_progress_note(struct tri_progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

enum { TRI_TIME_TEXT = 32 };

/** "1 h 02 min", "2 min 03 s" or "4 s"; `out` is returned. */
const char *tri_time_text(char out[TRI_TIME_TEXT], double seconds);

/** "12.3 MB" and the like, decimal units; `out` is returned. */
const char *tri_bytes_text(char out[24], uint64_t bytes);

#endif
