#ifndef TRI_BOARDS_HOST_SERVE_TALK_H
#define TRI_BOARDS_HOST_SERVE_TALK_H

#include "boards/host/serve/message.h"
#include "net/conn/in.h"
#include "net/conn/out.h"

/** \file boards/host/serve/talk.h
 *
 * # A client's connection to one party, at either end
 *
 * Messages (message.h) over a sealed connection. It never waits: whoever holds
 * connections polls `c.fd`. Bodies are in memory for secrets.
 */
enum { TRI_TALK_OUT = 64 /**< messages that have not left */ };

struct tri_talk {
    struct tri_conn c;
    struct tri_link l; /**< receives the text of an error */
    unsigned peer;     /**< in that text: the party       */
    uint64_t most;     /**< longest body that is taken    */

    int step; /* 0: nothing is awaited; 1: a head; 2: a body */
    struct tri_conn_in in;
    uint8_t head[TRI_MESSAGE_HEAD];
    struct tri_message m; /**< the message that has come ...             */
    uint8_t *body;        /**< ... and its body; NULL after it was taken */

    uint8_t *out[TRI_TALK_OUT];
    size_t outs;
    uint64_t unread; /**< bytes in `out`: memory that is taken */
};

/** What has come of looking. */
enum tri_talk_got {
    TRI_TALK_NOTHING,
    TRI_TALK_MESSAGE, /**< `m` and `body`                                   */
    TRI_TALK_LONG,    /**< `m` announces more than `most`: the end           */
    TRI_TALK_END      /**< l.error says why; "" after an orderly end         */
};

/** Start on a connected non-blocking socket, which belongs to the talk from now
 *  on unless TRI_E_NOMEM. The talk is all zeros before. */
int tri_talk_open(struct tri_talk *t, int fd, const struct tri_secure *sec,
                  unsigned peer, uint64_t most);

/** Close and wipe. */
void tri_talk_close(struct tri_talk *t);

/** A block for a message of `len` bytes, to be filled from byte
 *  TRI_MESSAGE_HEAD on; or NULL. */
uint8_t *tri_talk_block(size_t len);

/** A refusal in such a block: *m becomes its head. Or NULL. */
uint8_t *tri_talk_refusal(struct tri_message *m, uint32_t number, int err,
                          const char *text);

/** Send such a block, which belongs to the talk from now on, also after an
 *  error. TRI_OK; TRI_E_IO: too much has not left yet. */
int tri_talk_give(struct tri_talk *t, const struct tri_message *m,
                  uint8_t *block);

/** Bytes of a body that is on its way in: memory that is taken. */
uint64_t tri_talk_announced(const struct tri_talk *t);

/** Is there something to send? */
int tri_talk_pending(const struct tri_talk *t);

/** Send what the socket takes. */
void tri_talk_push(struct tri_talk *t);

/** Read on until a message is complete, nothing more is there, or so much was
 *  read that it is the turn of others; poll() then says that there is more. */
enum tri_talk_got tri_talk_hear(struct tri_talk *t);

#endif
