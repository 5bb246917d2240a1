#ifndef TRI_BOARDS_HOST_SERVE_RELOAD_H
#define TRI_BOARDS_HOST_SERVE_RELOAD_H

#include "boards/host/base/why.h"
#include "boards/host/party/config.h"

/** \file boards/host/serve/reload.h
 *
 * # A configuration that is read again while the party stays up (SIGHUP)
 *
 * Clients, their rights and the limits change at once. All other lines belong
 * to what is open already: where one of them differs nothing changes, and the
 * text says that the party has to be started again.
 */
enum { TRI_RELOAD_TEXT = 200 };

struct tri_room;
struct tri_store;

/** From now on SIGHUP is noted instead of ending the process, unless it was
 *  started to ignore it. */
void tri_reload_listen(void);

/** Was there one since the last look? */
int tri_reload_asked(void);

/**
 * Take over what may change. A client is known by its key and keeps its index;
 * one that has gone stays in the list without a right, and its place is taken
 * again when no other is left.
 * \param now    as it is in use
 * \param fresh  as it was read
 * \param end    receives a bit for each client that has lost a right
 * \param text   receives what has changed
 * \return TRI_OK; TRI_E_ARG and nothing has changed: another line differs;
 *         TRI_E_NOMEM: more clients than there are places; with a text
 */
int tri_reload_merge(struct tri_config *now, const struct tri_config *fresh,
                     uint64_t *end, char text[TRI_RELOAD_TEXT],
                     struct tri_why *why);

/** Read the file again, and merge. Errors of the file, too, and of what `room`
 *  has for clients and what they may store beside what is in `store`. */
int tri_reload(struct tri_config *now, const char *path,
               const struct tri_room *room, struct tri_store *store,
               uint64_t *end, char text[TRI_RELOAD_TEXT], struct tri_why *why);

#endif
