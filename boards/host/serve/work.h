#ifndef TRI_BOARDS_HOST_SERVE_WORK_H
#define TRI_BOARDS_HOST_SERVE_WORK_H

#include "boards/host/serve/message.h"
#include "proto/nn/net.h"

/** \file boards/host/serve/work.h
 *
 * # What clients ask for besides queries
 *
 * Numbers are little-endian, names filled up with zeros. The body is alike for
 * all three parties, and its hash, with the client's key and those of the
 * parties, names the request (tri_job_id()).
 *
 * | bytes | UPLOAD, TRAIN, CANCEL, FETCH                                   |
 * |-------|----------------------------------------------------------------|
 * | 16    | random; UPLOAD: the pair id of the shares (sharefile.h)        |
 * | 32    | name of the data set or model                                  |
 * | 8*32  | UPLOAD, TRAIN: clients who may use it as well; "" at the end.  |
 * |       | A party reads the name once, at its door: from then on the     |
 * |       | consent is for the key that bears it there (tri_work_keys())   |
 *
 * and of
 *
 * | bytes | UPLOAD                                                         |
 * |-------|----------------------------------------------------------------|
 * | 3*8   | bytes of the share file of each party                          |
 *
 * | bytes | TRAIN                                                          |
 * |-------|----------------------------------------------------------------|
 * | 8*32  | data sets to train on, in this order; "" at the end            |
 * | 8*32  | data sets to test with; likewise                               |
 * | n     | options and network (definition.h): 1 to TRI_WORK_TEXT bytes   |
 *
 * The functions here are pure and take any input.
 */
enum {
    TRI_WORK_NAMES = 8,
    TRI_WORK_LIST = TRI_WORK_NAMES * TRI_CONFIG_CLIENT_NAME,
    TRI_WORK_TEXT = TRI_NET_TEXT + 1024,
    TRI_WORK_HEAD = 16 + TRI_CONFIG_CLIENT_NAME,
    TRI_WORK_MOST = TRI_WORK_HEAD + 3 * TRI_WORK_LIST + TRI_WORK_TEXT
};

typedef char tri_work_names[TRI_WORK_NAMES][TRI_CONFIG_CLIENT_NAME];

struct tri_work {
    enum tri_message_kind kind;
    uint8_t random[16];
    char name[TRI_CONFIG_CLIENT_NAME];
    tri_work_names allow, data, test;
    uint64_t bytes[3];
    char text[TRI_WORK_TEXT + 1];
    /* not of the body: what the door has seen */
    char who[TRI_CONFIG_CLIENT_NAME]; /**< the client's name               */
    uint8_t key[TRI_WORK_NAMES][TRI_KEY_BYTES]; /**< of those in `allow`     */
    uint8_t of[32]; /**< CANCEL: the request (TRI_JOB_ID bytes) of the training
                         that this client may cancel                         */
};

/** Can a body of this kind have so many bytes? */
int tri_work_possible(uint32_t kind, uint64_t len);

/** \return the bytes of the body */
size_t tri_work_print(uint8_t out[TRI_WORK_MOST], const struct tri_work *w);

/** \param w  receives it, all of it
 *  \return TRI_OK; TRI_E_PROTO */
int tri_work_parse(struct tri_work *w, uint32_t kind, const uint8_t *body,
                   uint64_t len);

/** Put a list of names with commas between them, or NULL, into `out`. TRI_OK;
 *  TRI_E_ARG with a text that begins with `option`. */
int tri_work_list(tri_work_names out, const char *option, const char *text,
                  struct tri_why *why);

/** The keys that this party's configuration gives the names in w->allow now.
 *  TRI_OK; TRI_E_ARG with a text: one of them is no client here. */
int tri_work_keys(struct tri_work *w, const struct tri_config *c,
                  struct tri_why *why);

/** Is it the key of one of those in w->allow? */
int tri_work_allows(const struct tri_work *w, const uint8_t key[TRI_KEY_BYTES]);

#endif
