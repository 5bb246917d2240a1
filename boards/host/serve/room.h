#ifndef TRI_BOARDS_HOST_SERVE_ROOM_H
#define TRI_BOARDS_HOST_SERVE_ROOM_H

#include "boards/host/party/config.h"
#include "boards/host/party/options.h"
#include "boards/host/serve/queue.h"
#include "boards/host/serve/resident.h"
#include "proto/session.h"

/** \file boards/host/serve/room.h
 *
 * # What the memory of a service is for (--memory)
 *
 * Of the limit, what the program takes by itself and what it knows of data sets
 * and models is set aside; then what clients may send, wait for and leave
 * unread; the rest is for models in place and the training that runs. A quarter
 * is the clients' at most, in equal parts: so `limit bytes` is less than the
 * configuration says where all of them could fill more. Nothing is taken from
 * one part for another.
 *
 * All of it is decided by what is public: sizes, shapes, the number of clients.
 */
struct tri_room {
    uint64_t limit;                           /**< bytes; 0: none, all fits */
    uint64_t program, store, clients, models; /**< its parts                */

    /** For dry runs: id, kernels, threads, and the options with the largest
     *  ledger that the three may agree on. */
    struct tri_session base;
    struct tri_par par;
    struct tri_run_options o;
};

/**
 * Divide the limit.
 * \param r        all zeros
 * \param k        must outlive it
 * \param others   data sets and models that are stored and belong to none of
 *                 the clients (tri_store_others_than())
 * \return TRI_OK; TRI_E_ARG with a text: what is set aside is more than that
 */
int tri_room_start(struct tri_room *r, const struct tri_run_options *o,
                   const struct tri_kernels *k, unsigned threads,
                   const struct tri_config *c, size_t others,
                   struct tri_why *why);

/** `limit bytes` of a configuration that is new, or was read again, becomes no
 *  more than the clients' part leaves each. \param others  as tri_room_start()
 *  has it, now: what clients have stored who have gone since is still there.
 *  \return TRI_OK; TRI_E_ARG with a text: that is too little for a message, or
 *  they may store more than there is room for */
int tri_room_clients(const struct tri_room *r, struct tri_config *c,
                     size_t others, struct tri_why *why);

/** The options by which the three agree on a ledger: each of the models in
 *  place has one. */
void tri_room_options(struct tri_run_options *out,
                      const struct tri_run_options *o);

/** What a model takes in each shape, as far as that is known: 0 else. By its
 *  scores, whether weights are read as needed, and rows. Who is refused can ask
 *  again at once, and a dry run takes long. */
struct tri_room_needs {
    uint64_t bytes[3][2][TRI_QUEUE_SIZES];
};

/** tri_resident_need() of a shape with tri_queue_rows(), or what is known.
 *  \param known  of this model, base and options; is added to; may be NULL */
int tri_room_need(const struct tri_session *base,
                  const struct tri_run_options *o, const struct tri_net *net,
                  unsigned fb, struct tri_room_needs *known,
                  const struct tri_resident_shape *shape, uint64_t *bytes,
                  struct tri_why *why);

/**
 * The largest shape of a model that takes no more than `most`: all weights in
 * place if that is possible at all, then as many rows as are asked for, or
 * fewer. Dry runs: no message.
 * \param most   bytes
 * \param known  as tri_room_need()
 * \param shape  holds rows and scores that are asked for; receives the shape
 * \param bytes  what it takes, or what the smallest one would
 * \return TRI_OK; TRI_E_NOMEM without a text: none does; others with a text
 */
int tri_room_shape(const struct tri_session *base,
                   const struct tri_run_options *o, const struct tri_net *net,
                   unsigned fb, uint64_t most, struct tri_room_needs *known,
                   struct tri_resident_shape *shape, uint64_t *bytes,
                   struct tri_why *why);

/** Can the model be put in place at all, whatever is asked of it?
 *  \return TRI_OK; TRI_E_NOMEM with a text */
int tri_room_takes(const struct tri_room *r, const struct tri_net *net,
                   unsigned fb, const char *name, struct tri_why *why);

/** Is there room for a training, as far as its model alone, and then its first
 *  step tell? Where products are verified later ones may take more, as the
 *  ledger fills: before it begins all of it is counted.
 *  \param run  its task, options, engine and data
 *  \return as tri_room_takes() */
int tri_room_trains(const struct tri_room *r, const struct tri_run *run,
                    const char *name, struct tri_why *why);

#endif
