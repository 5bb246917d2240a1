#ifndef TRI_BOARDS_HOST_SERVE_STORE_H
#define TRI_BOARDS_HOST_SERVE_STORE_H

#include <pthread.h>
#include "boards/host/party/peers.h"
#include "boards/host/serve/work.h"
#include "boards/host/share/sharefile.h"
#include "net/link.h"

/** \file boards/host/serve/store.h
 *
 * # The data sets and models that a party keeps
 *
 * Below the directory `store`
 *
 *     NAME.share   this party's share of a data set or a model
 *     NAME.about   whose it is: "trinnab3", the client's key (32 bytes) and
 *                  name (32), the keys of those whom it has allowed to use it
 *                  (8*32), the kind of the request (4), and its body (work.h)
 *
 * A share without the second file was put there by whoever runs the party, and
 * belongs to nobody. What a training is to make has NAME.about first, and
 * NAME.share at its end: in between, all three go on with it whenever they
 * join.
 *
 * Something is there for clients if all three parties have it. They compare
 * when they join, and one after the other adds to it when all have agreed: so
 * what was stored by halves, as a party crashed, is seen by nobody.
 *
 * The thread of the clients looks, the one that computes changes; all functions
 * lock. What was found stays where it is until tri_store_close().
 */
enum {
    TRI_STORE_MOST = 128,
    TRI_STORE_EACH = 32, /**< of one client, trainings included */
    TRI_STORE_WHY = 400
};

struct tri_entry {
    char name[TRI_CONFIG_CLIENT_NAME];
    uint8_t id[TRI_JOB_ID];       /**< of the request, or of its head      */
    int owned;                    /**< there is an owner ...               */
    uint8_t owner[TRI_KEY_BYTES]; /**< ... and this is its public key      */
    struct tri_work work;         /**< if owned: what was asked            */
    int placed;                   /**< the share is there                  */
    uint64_t expected;            /**< bytes, of a training that makes it  */
    int agreed;                   /**< all three have it                   */
    uint64_t turn;                /**< of a training that all three have begun,
                                       the smallest is next; 0: it is none  */
    uint32_t reached;             /**< the training: last step that was done */
    unsigned
        stuck; /**< how often this party has ended the mesh over it since */
    int kept;  /**< it was there as the party started                    */
    int held;  /**< the training: all three leave it as it is until they
                    join again                                           */
    int unfit; /**< ... since this party cannot go on with it until it is
                    started again                                        */
    char why[TRI_STORE_WHY]; /**< of both, as this party has seen it     */
    struct tri_share share;
};

struct tri_store {
    pthread_mutex_t lock;
    const struct tri_peers *peers;
    const struct tri_kernels *k;
    struct tri_entry *entry[TRI_STORE_MOST]; /* NULL behind the last */
    size_t n;
    uint64_t turns; /* that were given */
};

/** Open what is there; what is half written is removed.
 *  \param k  must outlive the store
 *  \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT, TRI_E_IO, TRI_E_NOMEM with a text.
 *          Close in any case. */
int tri_store_open(struct tri_store *s, const struct tri_peers *peers,
                   const struct tri_kernels *k, struct tri_why *why);
void tri_store_close(struct tri_store *s);

/** After joining: what do all three have? 2 rounds, 4228 and 32 bytes from each
 *  to both others. TRI_OK; link errors. */
int tri_store_agree(struct tri_store *s, struct tri_link *l);

/** What a party says it has, as it comes from another: a number, and for each
 *  a name and a byte. */
enum {
    TRI_STORE_LINE = TRI_JOB_ID + 1,
    TRI_STORE_LIST = 4 + TRI_STORE_MOST * TRI_STORE_LINE
};

/** 0: `id` is not there; 1: its share is missing; 2: it is there. Pure, takes
 *  any input. \param at  its place */
int tri_store_listed(const uint8_t in[TRI_STORE_LIST],
                     const uint8_t id[TRI_JOB_ID], size_t *at);

/** What all three have by that name and of that kind, or NULL. */
const struct tri_entry *tri_store_find(struct tri_store *s, const char *name,
                                       enum tri_share_kind kind);

/** A descriptor for the file of such a model, to be closed, and its length; the
 *  file that was checked, whatever has its name now. -1: there is none. */
int tri_store_read(struct tri_store *s, const char *name, uint64_t *bytes);

/** Of the thread that computes: what is here by that name, agreed on or not, or
 *  NULL. */
struct tri_entry *tri_store_any(struct tri_store *s, const char *name);

/** Is something here by that name? */
enum tri_store_known {
    TRI_STORE_FREE, /**< no                       */
    TRI_STORE_SAME, /**< yes, by this request     */
    TRI_STORE_OTHER /**< yes, by another one      */
};
/** \param id  NULL: every one is another */
enum tri_store_known tri_store_known(struct tri_store *s, const char *name,
                                     const uint8_t *id);

/** All three leave a training as it is until they join again. \param text  why
 */
void tri_store_hold(struct tri_store *s, struct tri_entry *e, const char *text);

/** The training whose turn it is, or NULL. */
struct tri_entry *tri_store_next(struct tri_store *s);

/** Does a training of another client wait? */
int tri_store_others(struct tri_store *s, const uint8_t owner[TRI_KEY_BYTES]);

/** A training of this client had its turn: those that it has wait behind the
 *  others', in their order. All three parties do that at the same time. */
void tri_store_yield(struct tri_store *s, const uint8_t owner[TRI_KEY_BYTES]);

/** Does it belong to the client with this key, or to nobody? */
int tri_entry_of(const struct tri_entry *e, const uint8_t key[TRI_KEY_BYTES]);

/** May this client use it? Whose it is, whom that one has named, and everybody
 *  if it belongs to nobody. */
int tri_entry_allows(const struct tri_entry *e,
                     const struct tri_config_client *who);

/** Can this client put the query to the models? TRI_OK; TRI_E_ARG with a text.
 */
int tri_store_can_ask(struct tri_store *s, const struct tri_config_client *who,
                      const struct tri_ask *a, struct tri_why *why);

/** What all three have of which this client may know, a line each.
 *  \return length */
size_t tri_store_list(struct tri_store *s, const struct tri_config_client *who,
                      char *out, size_t size);

/** A new entry, with its .about permanent and without its share; *e belongs to
 *  the store. TRI_E_ARG: there is one of that name; TRI_E_IO, TRI_E_NOMEM. */
int tri_store_begin(struct tri_store *s, struct tri_entry **e,
                    const uint8_t owner[TRI_KEY_BYTES],
                    const uint8_t id[TRI_JOB_ID], const struct tri_work *w,
                    struct tri_why *why);

/** The share of an entry is in place: open it. As tri_share_open(). */
int tri_store_placed(struct tri_store *s, struct tri_entry *e,
                     struct tri_why *why);

/** All three have its share, ... */
void tri_store_agreed(struct tri_store *s, struct tri_entry *e);
/** ... or have begun it: it is the last one whose turn it is. */
void tri_store_begun(struct tri_store *s, struct tri_entry *e);

/** Remove what is not there for clients, with all its files. */
void tri_store_drop(struct tri_store *s, struct tri_entry *e);

/** How many of its two checkpoints this party has of a training. */
unsigned tri_store_saved(const struct tri_store *s, const char *name);

/** Remove a training's checkpoints. */
void tri_store_clear(const struct tri_store *s, const char *name);

/** The file NAME.END in the store; free it. NULL: no memory. */
char *tri_store_path(const struct tri_store *s, const char *name,
                     const char *end);

/** Is there a training by that name that goes on, of this client or (NULL) of
 *  any? `id` receives the name of its request. */
int tri_store_trains(struct tri_store *s, const char *name,
                     const uint8_t owner[TRI_KEY_BYTES],
                     uint8_t id[TRI_JOB_ID]);

/** A line for each of them; the one called `now` is at `step` of `total`. */
size_t tri_store_list_trainings(struct tri_store *s,
                                const uint8_t owner[TRI_KEY_BYTES],
                                const char *now, uint32_t step, uint32_t total,
                                char *out, size_t size);

/** How many data sets, models and trainings belong to none of these clients. */
size_t tri_store_others_than(struct tri_store *s, const struct tri_config *c);

/** How many models all three have. */
size_t tri_store_models(struct tri_store *s);

/** Bytes of the shares that belong to this client, and of what its trainings
 *  make. */
uint64_t tri_store_bytes(struct tri_store *s,
                         const uint8_t owner[TRI_KEY_BYTES]);

#endif
