#ifndef TRI_BOARDS_HOST_SERVE_UPLOAD_H
#define TRI_BOARDS_HOST_SERVE_UPLOAD_H

#include "boards/host/serve/queue.h"
#include "boards/host/serve/store.h"
#include "proto/engine.h"

/** \file boards/host/serve/upload.h
 *
 * # This party's share of what a client sends
 *
 * It grows in a file of the store whose name begins with a dot, and has the
 * first digits of the client's key, those of the request's name, and the bytes
 * it is to have:
 *
 *     .77d1c2...-90ab12...-31360128.part
 *
 * so that a client that calls again, here or at a party that was started again,
 * goes on where it was; TRI_STORE_EACH of a client at most, and for a week.
 * Once it is whole, all three agree on it as on any request, see that the three
 * shares belong together, and give it its name, or remove it.
 */
struct tri_room;

enum { TRI_UPLOAD_PATH = 2 * TRI_CONFIG_NAME };

struct tri_upload {
    struct tri_work work;
    uint8_t id[TRI_JOB_ID];
    uint64_t have, bytes;
    int fd; /**< -1: the share is in its place already */
    char path[TRI_UPLOAD_PATH];
};

/**
 * Begin, or go on.
 * \param client  public key
 * \param limit   bytes that a client may keep here, and send
 * \return TRI_OK; TRI_E_ARG, TRI_E_NOMEM (too much), TRI_E_IO with a text.
 *         tri_upload_close() in any case
 */
int tri_upload_open(struct tri_upload *u, struct tri_store *s,
                    const uint8_t client[TRI_KEY_BYTES],
                    const uint8_t id[TRI_JOB_ID], const struct tri_work *w,
                    uint64_t limit, struct tri_why *why);

/** A PART of `len` bytes. TRI_OK; TRI_E_PROTO: it is not what comes next;
 *  TRI_E_IO. */
int tri_upload_part(struct tri_upload *u, const uint8_t *body, uint64_t len,
                    struct tri_why *why);

/** The file stays. */
void tri_upload_close(struct tri_upload *u);

/** Remove files that have not grown for a week. */
void tri_upload_sweep(const struct tri_store *s);

/**
 * All three: what `j` has sent becomes part of the store. `refused` receives
 * what is wrong with it, as a model for which `room` is too small, and the mesh
 * lives on. The rounds of tri_all_could(), twice, and of tri_agree().
 * \return TRI_OK; link errors with a text
 */
int tri_upload_place(struct tri_store *s, struct tri_link *l,
                     const struct tri_engine_kind *kind,
                     const struct tri_room *room, const struct tri_job *j,
                     int *refused, struct tri_why *why);

#endif
