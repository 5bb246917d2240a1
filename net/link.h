#ifndef TRI_NET_LINK_H
#define TRI_NET_LINK_H

#include <stddef.h>
#include <stdint.h>

/** \file net/link.h
 *
 * # Bytes between three parties
 *
 * What the protocols need from a transport. A link joins one party with the
 * two others; in-process queues (tests), TCP and board drivers each fill one
 * in. Messages to one peer arrive complete and in order; the receiver must
 * ask for exactly the length that was sent.
 *
 * Sending never blocks: tri_send() queues the caller's buffer, which must
 * stay as it is until tri_flush(). All queued sends progress while the party
 * waits in tri_recv() or tri_flush(), in both directions at once, so three
 * parties that send first and receive then cannot deadlock.
 *
 * Every error is final: the link is dead, all later calls return TRI_E_DEAD,
 * `error` says what happened, where and with which party, and `blamed` names
 * the one to blame. A party whose link dies tells the others, whose links then
 * die of the same cause: with its code, if that is one of the connection or the
 * protocol, else with TRI_E_IO; with its text, to which they add who told them;
 * and with the same party to blame. If two parties fail by themselves, each
 * keeps its own cause.
 */
enum {
    TRI_PARTIES = 3,
    TRI_NOBODY = -1,           /**< no party is to blame                   */
    TRI_LINK_SLOW = 10,        /**< deadlines in which a live peer ...     */
    TRI_LINK_LEAST = 64 * 1024 /**< ... has to send or take so many bytes
                                    (or all, if it is less)                */
};

/** Counters of one party's link, per peer (own entry unused). */
struct tri_link_stats {
    uint64_t sent[TRI_PARTIES];     /**< bytes written to the socket       */
    uint64_t received[TRI_PARTIES]; /**< bytes read from the socket        */
    uint64_t payload[TRI_PARTIES];  /**< bytes of messages sent            */
    uint64_t messages[TRI_PARTIES]; /**< messages sent                     */
    uint64_t wait_ns;               /**< time blocked in recv and flush    */
    /** Rounds so far: the length of the longest chain of messages, each sent
     *  after the one before had arrived, that ends at this party. Every
     *  message carries its sender's value + 1. */
    uint64_t rounds;
};

struct tri_link;

struct tri_link_ops {
    int (*send)(struct tri_link *l, unsigned to, const void *buf, size_t len);
    int (*recv)(struct tri_link *l, unsigned from, void *buf, size_t len);
    int (*flush)(struct tri_link *l);
    /** Push queued bytes without waiting; for long computations. */
    int (*poll)(struct tri_link *l);
    void (*close)(struct tri_link *l);
    /** The link dies for a reason from above (tri_link_kill()): let go of all
     *  buffers and tell the others `err`, l->blamed and l->error. May be
     *  NULL. */
    void (*fail)(struct tri_link *l, int err);
};

struct tri_link {
    const struct tri_link_ops *ops;
    void *self;
    unsigned id; /**< this party, 0..2                              */
    int dead;    /**< 0, or the first error                         */
    int blamed;  /**< once dead: the party to blame, or TRI_NOBODY  */
    int heard;   /**< ... and it is another party that says so      */
    /** All three have what they wanted (net/finish.h): a link that dies now
     *  says an orderly goodbye, unless it has heard otherwise. */
    int complete;
    /** A recv or flush fails after so long without a sign of life of the peer,
     *  or with less progress than TRI_LINK_LEAST in TRI_LINK_SLOW times as
     *  long: who can hold bytes back cannot let a run go on for ever, one byte
     *  at a time. In-process links give no signs of life. */
    uint32_t deadline_ms;
    struct tri_link_stats stats;
    /** What only this party and peer j know after the handshake of a sealed
     *  connection (net/secure.h), to derive keys from; zeros elsewhere. */
    uint8_t secret[TRI_PARTIES][32];
    char error[512]; /**< text of the first error; "" if none           */
};

/**
 * Queue `len` bytes at `buf` for party `to`. The buffer must not change
 * before the next tri_flush(). Short messages may be held back until the next
 * tri_recv(), tri_poll() or tri_flush(), to leave together: who computes before
 * that, and wants them to leave now, polls. len 0 sends nothing. A message is
 * bytes, so that no compiler takes words for one: proto/wire.h sends these.
 * \return TRI_OK, TRI_E_IO, TRI_E_TIMEOUT (queue full and no progress),
 *         TRI_E_DEAD.
 */
int tri_send(struct tri_link *l, unsigned to, const uint8_t *buf, size_t len);

/**
 * Wait for `len` bytes from party `from`. len 0 receives nothing.
 * \return TRI_OK; TRI_E_IO, TRI_E_TIMEOUT, TRI_E_PROTO (a message of another
 *         length), TRI_E_DEAD. On failure buf is wiped.
 */
int tri_recv(struct tri_link *l, unsigned from, uint8_t *buf, size_t len);

/**
 * Every party sends `n` bytes to both others; flushed. One round.
 * \param all  [3][n]: this party's own at l->id, theirs are received
 * \return as tri_recv()
 */
int tri_exchange(struct tri_link *l, uint8_t *all, size_t n);

/** Wait until every queued send has left the caller's buffers. */
int tri_flush(struct tri_link *l);

/** Push queued bytes as far as possible without waiting. */
int tri_poll(struct tri_link *l);

/**
 * Declare the link dead for a reason from above, such as a message whose
 * content the protocol forbids. The others hear of it at once. A link that is
 * dead already stays as it is.
 *
 * \param blamed  party to blame, this one included, or TRI_NOBODY
 * \param where   the operation, such as "relu": l->error becomes "relu: a peer
 *                broke the protocol (P1)". tri_link_end() (net/fail.h) takes
 *                a whole sentence instead
 * \return err
 */
int tri_link_kill(struct tri_link *l, int err, int blamed, const char *where);

/** Orderly end; frees what the link owns. The link is dead afterwards. */
void tri_close(struct tri_link *l);

#endif
