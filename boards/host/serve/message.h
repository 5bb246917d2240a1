#ifndef TRI_BOARDS_HOST_SERVE_MESSAGE_H
#define TRI_BOARDS_HOST_SERVE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/party/config.h"
#include "core/hash.h"
#include "core/text.h"

/** \file boards/host/serve/message.h
 *
 * # What a client and a party say to each other
 *
 * On a sealed connection (net/secure.h) every message is a head of 16 bytes
 * and, if its length is not 0, a body. Numbers are little-endian.
 *
 * | bytes | head                                                        |
 * |-------|-------------------------------------------------------------|
 * | 4     | kind: enum tri_message_kind                                 |
 * | 4     | number that the client gave its request; an answer repeats it |
 * | 8     | bytes of the body                                           |
 *
 * ASK, from a client: classify images that nobody may see. The first part is
 * alike for all three parties, and names the request:
 *
 * | bytes | ASK, public part                                            |
 * |-------|-------------------------------------------------------------|
 * | 16    | random                                                      |
 * | 32    | name of the model, filled up with zeros                     |
 * | 16    | images, height, width, channels                             |
 * | 4     | scores: 0 the class, 1 logits, 2 probabilities              |
 * | 4     | fraction bits                                               |
 * | 3*32  | commitments to the three components of the images           |
 *
 * and the second one is for party i alone, who holds components i and i+1:
 *
 * | bytes | ASK, private part                                           |
 * |-------|-------------------------------------------------------------|
 * | 2*32  | secrets of components i and i+1 (modulo 3)                  |
 * | 8*n   | party 1 and 2: the words of component 2, one for each value |
 *
 * Components 0 and 1 are what a generator makes of their secrets (sample j is
 * chunk j of stream 0, core/prg.h); component 2 is the rest. A commitment is
 * BLAKE2s(secret; "trinn component 1" | number | words of component 2), so a
 * client that deals two versions of a component is refused before anything is
 * computed, and a party without the secret learns nothing from it.
 *
 * ANSWER, from a party: its shares of what was asked.
 *
 * | bytes | ANSWER                                                      |
 * |-------|-------------------------------------------------------------|
 * | 32    | name of the request                                         |
 * | 4 + 4 | images, numbers of one                                      |
 * | 8*m   | words of component i of all numbers                         |
 * | 8*m   | the same of component i+1                                   |
 *
 * UPLOAD, TRAIN, CANCEL and FETCH, from a client: see work.h. After UPLOAD and
 * after every PART the party says in OFFSET how much of the file it has (8
 * bytes) and how much more it takes at once, by its `limit bytes` (4); PART is
 * an offset, which must be that one (8 bytes), and what follows there, or
 * nothing. STORE (no body) is the end. To UPLOAD with STORE, TRAIN, CANCEL and
 * FETCH the last answer is TEXT. What was fetched is then read on the same
 * connection: READ is an offset (8 bytes), FILE the bytes of the whole file (8)
 * and those from that offset on, as many as the party likes, none at the end
 * only.
 *
 * REFUSED, from a party: code (4 bytes, -(enum tri_err)), then a text. STATUS
 * and JOBS, from a client, have no body; the party's reply is TEXT. Texts are
 * printable ASCII and ends of lines, at most TRI_MESSAGE_TEXT bytes.
 *
 * The functions here are pure and take any input.
 */
enum tri_message_kind {
    TRI_MESSAGE_ASK = 1,
    TRI_MESSAGE_STATUS = 2,
    TRI_MESSAGE_JOBS = 3,
    TRI_MESSAGE_UPLOAD = 4,
    TRI_MESSAGE_PART = 5,
    TRI_MESSAGE_STORE = 6,
    TRI_MESSAGE_TRAIN = 7,
    TRI_MESSAGE_CANCEL = 8,
    TRI_MESSAGE_FETCH = 9,
    TRI_MESSAGE_READ = 10,
    TRI_MESSAGE_ANSWER = 65,
    TRI_MESSAGE_REFUSED = 66,
    TRI_MESSAGE_TEXT_REPLY = 67,
    TRI_MESSAGE_OFFSET = 68,
    TRI_MESSAGE_FILE = 69
};

enum {
    TRI_MESSAGE_HEAD = 16,
    TRI_MESSAGE_TEXT = 16384,
    TRI_PART_MOST = 1 << 22, /**< bytes of a file in one message */
    TRI_OFFSET = 12,
    TRI_ASK_SECRET = 32,
    TRI_ASK_PUBLIC = 16 + TRI_CONFIG_CLIENT_NAME + 16 + 8 + 3 * TRI_HASH_BYTES,
    TRI_ASK_IMAGES = 128, /**< most images of a request: what is computed at
                               once, so that others have their turn between */
    TRI_ASK_VALUES = 1 << 24,
    TRI_ANSWER_HEAD = TRI_HASH_BYTES + 8,
    TRI_JOB_ID = TRI_HASH_BYTES
};

struct tri_message {
    uint32_t kind, number;
    uint64_t len;
};

/** The public part of a query. */
struct tri_ask {
    uint8_t random[16];
    char model[TRI_CONFIG_CLIENT_NAME];
    uint32_t count, h, w, c;
    uint32_t scores; /**< enum tri_scores (party/run.h) */
    uint32_t fb;
    uint8_t commitment[3][TRI_HASH_BYTES];
};

void tri_message_print(uint8_t out[TRI_MESSAGE_HEAD],
                       const struct tri_message *m);

/** \return TRI_OK; TRI_E_PROTO: no message of this kind has such a length */
int tri_message_parse(struct tri_message *m,
                      const uint8_t in[TRI_MESSAGE_HEAD]);

/** Read a name, and zeros up to the end. Zero if it is none. */
int tri_message_name(char out[TRI_CONFIG_CLIENT_NAME], const uint8_t *in);

/** Numbers of all images. */
size_t tri_ask_values(const struct tri_ask *a);

/** Can both be computed at once? */
int tri_ask_alike(const struct tri_ask *a, const struct tri_ask *b);

/** Bytes of a query to party `party`. */
uint64_t tri_ask_bytes(const struct tri_ask *a, unsigned party);

void tri_ask_print(uint8_t out[TRI_ASK_PUBLIC], const struct tri_ask *a);

/** Read the public part of a body of `len` bytes that came to `party`, and
 *  check all that does not depend on what there is.
 *  \return TRI_OK; TRI_E_PROTO */
int tri_ask_parse(struct tri_ask *a, const uint8_t *body, uint64_t len,
                  unsigned party);

/**
 * The commitment to component `number` of `n` values.
 * \param words  [n] of component 2; of the others it is not read
 */
void tri_ask_commit(uint8_t out[TRI_HASH_BYTES],
                    const uint8_t secret[TRI_ASK_SECRET], unsigned number,
                    const uint8_t *words, size_t n);

/** Do the private part of a body that tri_ask_parse() accepted and the
 *  commitments in it belong together? */
int tri_ask_true(const struct tri_ask *a, const uint8_t *body, unsigned party);

/**
 * The name of a request: a hash of who asks whom for what.
 * \param parties  [3] public keys of the service, \param client  that of who
 * asks
 * \param public   the part that is alike for all three, as it crossed
 */
void tri_job_id(uint8_t id[TRI_JOB_ID], const uint8_t parties[3][TRI_KEY_BYTES],
                const uint8_t client[TRI_KEY_BYTES], enum tri_message_kind kind,
                const uint8_t *public, size_t len);

/** Bytes of an answer. */
uint64_t tri_answer_bytes(uint32_t count, uint32_t classes);

/** Begin an answer. */
void tri_answer_print(uint8_t out[TRI_ANSWER_HEAD],
                      const uint8_t id[TRI_JOB_ID], uint32_t count,
                      uint32_t classes);

/** Read an answer of `len` bytes to request `id` of `count` images.
 *  \param classes  receives the numbers of an image, 1..1024
 *  \return TRI_OK; TRI_E_PROTO */
int tri_answer_parse(uint32_t *classes, const uint8_t *body, uint64_t len,
                     const uint8_t id[TRI_JOB_ID], uint32_t count);

/** Read a FILE of `len` bytes, at least 8, that was to begin at `at`.
 *  \param all  receives the bytes of the whole file if `at` is 0; else they
 * have to be those again \return TRI_OK; TRI_E_PROTO: they are not, or there
 * are more bytes than up to its end, or none before */
int tri_file_parse(uint64_t *all, uint64_t at, const uint8_t *body,
                   uint64_t len);

/** Read an OFFSET of a share of `bytes`: *at and *most become what it says.
 *  \param sent  bytes of the PART that it answers, from *at on; UINT64_MAX: it
 *               answers an UPLOAD
 *  \return TRI_OK; TRI_E_PROTO: beyond the end, or not behind that part, or it
 * takes nothing, so that whoever sends would never come to an end */
int tri_offset_parse(uint64_t *at, uint32_t *most, uint64_t bytes,
                     uint64_t sent, const uint8_t body[TRI_OFFSET]);

/** A refusal of at most `size` bytes; an empty text becomes that of the error.
 *  \return its length */
size_t tri_refusal_print(uint8_t *out, size_t size, int err, const char *text);

/** \param text  receives the text, terminated, unprintable characters as '?'
 *  \return the error; TRI_E_PROTO if it is none */
int tri_refusal_parse(const uint8_t *body, uint64_t len, char *text,
                      size_t size);

/** The end of a list that is a text: of lines that found no room, none is there
 *  in part. `t` has one byte at least. \return length */
size_t tri_message_lines(struct tri_text *t);

/** A text of a party as one that can be shown. */
void tri_message_text(char *out, size_t size, const uint8_t *body,
                      uint64_t len);

#endif
