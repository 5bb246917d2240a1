#ifndef TRI_BOARDS_HOST_SERVE_COMPUTE_H
#define TRI_BOARDS_HOST_SERVE_COMPUTE_H

#include "boards/host/party/session_open.h"
#include "boards/host/serve/queue.h"
#include "boards/host/serve/resident.h"
#include "boards/host/serve/room.h"
#include "boards/host/serve/store.h"

/** \file boards/host/serve/compute.h
 *
 * # Agreed queries are computed, and answered
 */
enum {
    TRI_RESIDENTS = 4 /**< models, by batch and scores, that stay in place */
};

struct tri_compute {
    struct tri_session *s; /**< of the mesh */
    const struct tri_run_options *o;
    struct tri_store *store;
    struct tri_queue *q;
    const struct tri_room *room; /**< --memory, or NULL */
    uint64_t training; /**< bytes of its room that a training has now */
    struct tri_resident resident[TRI_RESIDENTS]; /* batch 0: free */
    uint64_t count;                              /* of queries    */
    int proving; /* the mesh has ended in the middle of a verification */
    struct {
        uint8_t id[TRI_JOB_ID]; /* as in the store */
        struct tri_room_needs needs;
    } known[TRI_STORE_MOST]; /* --memory: models, as long as it lasts */
    size_t knowns;
};

/**
 * Compute `n` queries on one model at once, of TRI_QUEUE_IMAGES images together
 * at most, in the order that all three agreed on, and give all of them back
 * with an answer or a refusal.
 *
 * The first time a model is asked for, and after it had to make room, all three
 * say whether they could load it (tri_all_could()), and compare their files
 * (boards/common/agree.h). With --memory they agree before on how many rows fit
 * all of them, with all weights or with those of a layer at a time, and on how
 * many of the models used least lately have to go (tri_agree_said()); then a
 * computation may take several turns with fewer images.
 *
 * \return TRI_OK, also where they were refused; an error with a text: the mesh
 *         has ended
 */
int tri_compute(struct tri_compute *c, struct tri_job *const job[], size_t n,
                struct tri_why *why);

/** Close what is in place. */
void tri_compute_end(struct tri_compute *c);

#endif
