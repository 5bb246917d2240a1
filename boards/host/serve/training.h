#ifndef TRI_BOARDS_HOST_SERVE_TRAINING_H
#define TRI_BOARDS_HOST_SERVE_TRAINING_H

#include "boards/host/party/party.h"
#include "boards/host/serve/queue.h"
#include "boards/host/serve/store.h"

/** \file boards/host/serve/training.h
 *
 * # Trainings that clients have asked for
 *
 * Once all three have agreed on one, each has it on its disk (NAME.about), and
 * goes on with it whenever the three are joined, by its checkpoints, until the
 * model is there or the training has failed or was cancelled. What can be gone
 * on with, but not now, is held: its checkpoints stay, others have their turn,
 * and each time the three join it is tried again. One after the other is run,
 * by the code of `trinn party` (party/party.h), on the mesh; between its steps
 * queries are answered. If trainings of other clients wait, it stops at its
 * next checkpoint, and its client's wait behind theirs: clients take turns,
 * each for as many steps.
 */
enum {
    TRI_TRAIN_EVERY = 100, /**< steps between checkpoints */
    TRI_TRAIN_TURN = 5000, /**< passes over a batch until it is begun anew,
                                if nobody else waits: so many are counted
                                before */
    TRI_TRAIN_STUCK = 2,   /**< ends of the mesh by this party without a new
                                step, until it holds the training, or gives it
                                up if nothing of it is saved */
    TRI_TRAIN_ENDED = 8    /**< that are remembered       */
};

struct tri_training {
    struct tri_store *store;
    const struct tri_run_options *given; /**< the service's           */
    struct tri_host *h;
    const struct tri_room *room;
    unsigned threads;
    /** Between two steps: answer what waits. TRI_OK; the mesh has ended. */
    int (*between)(void *self);
    /** One takes so many bytes from now on, at all three. */
    void (*begins)(void *self, uint64_t bytes);
    void *self;

    pthread_mutex_t lock; /* of what follows, for who asks */
    char now[TRI_CONFIG_CLIENT_NAME];
    uint32_t step, total;
    struct {
        char name[TRI_CONFIG_CLIENT_NAME];
        uint8_t owner[TRI_KEY_BYTES];
        char text[300];
    } ended[TRI_TRAIN_ENDED];
    unsigned ends;
    uint8_t owner[TRI_KEY_BYTES]; /* of the one that runs, or ran last */
    int cancelled;                /* the one that runs ...            */
    int yields;                   /* ... or it is the turn of another */
    int proving; /* the mesh has ended in the middle of a verification */
    char broken[TRI_CONFIG_CLIENT_NAME]; /* that ran as the mesh ended, or "" */
};

/** May this client train so, and do network, options and data fit? Every data
 *  set has to be its own, or its owner has named this client.
 *  \param limit  bytes that a client may keep here
 *  \return TRI_OK; TRI_E_ARG and others with a text */
int tri_training_can(struct tri_training *t,
                     const struct tri_config_client *who,
                     const struct tri_work *w, uint64_t limit,
                     struct tri_why *why);

/** May this client cancel it? w->of receives which one. TRI_OK; TRI_E_ARG with
 *  a text. */
int tri_training_can_cancel(struct tri_training *t,
                            const struct tri_config_client *who,
                            struct tri_work *w, struct tri_why *why);

/** All three: begin what was agreed on. tri_all_could(); *refused as
 *  tri_upload_place(). */
int tri_training_begin(struct tri_training *t, const struct tri_job *j,
                       int *refused, struct tri_why *why);

/** All three: cancel what was agreed on; none or another one by that name than
 *  the door has seen is *refused. As tri_training_begin(). */
int tri_training_cancel(struct tri_training *t, const struct tri_job *j,
                        int *refused, struct tri_why *why);

/** All three: run the training `e` to its end, or until somebody was asked to
 *  stop. A training that fails is remembered as ended. It is held instead where
 *  something of it is saved, or it was there as a party started, and a party
 *  has options, memory, files or data that it does not fit: each says so to
 *  both others, 1 byte before the run and 1 after it (tri_agree_said()).
 *  \return TRI_OK; TRI_E_CHEAT and link errors with a text: the mesh has ended
 */
int tri_training_run(struct tri_training *t, struct tri_entry *e,
                     struct tri_why *why);

/** The parties have compared their stores: remember as ended what another one
 *  has given up. */
void tri_training_joined(struct tri_training *t);

/** A line for each training of the client with this key, NULL: of all. */
size_t tri_training_list(struct tri_training *t,
                         const uint8_t owner[TRI_KEY_BYTES], char *out,
                         size_t size);

#endif
