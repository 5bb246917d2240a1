#ifndef TRI_BOARDS_HOST_SHARE_SHAREFILE_H
#define TRI_BOARDS_HOST_SHARE_SHAREFILE_H

#include "boards/host/base/file.h"
#include "boards/host/share/sharehead.h"
#include "core/hash.h"
#include "core/prg.h"
#include "proto/nn/net.h"

/** \file boards/host/share/sharefile.h
 *
 * # Files that hold one party's share
 *
 * | byte | size | what                                                      |
 * |------|------|-----------------------------------------------------------|
 * | 0    | 8    | "trinnshr"                                                |
 * | 8    | 4    | version, 1                                                |
 * | 12   | 1    | kind: 1 data, 2 model, 3 result, 4 checkpoint, 5 scores   |
 * | 13   | 1    | party: 0 or 1; checkpoint: 0, 1 or 2                      |
 * | 14   | 1    | content: 0 words, 1 a seed                                |
 * | 15   | 1    | scale of images and weights: fraction bits, 8..16         |
 * | 16   | 16   | pair id: random, the same in both shares                  |
 * | 32   | 4    | samples (model: 0; checkpoint: steps that are done)       |
 * | 36   | 12   | height, width, channels of a sample (others than data: 0) |
 * | 48   | 4    | classes (data: 0 if unlabelled; model, checkpoint: 0)     |
 * | 52   | 4    | bytes of the text (model: the network; checkpoint: the    |
 * |      |      | run; otherwise 0)                                         |
 * | 56   | 8    | bytes of the content                                      |
 * | 64   | 32   | BLAKE2s of all other bytes of the file, in order          |
 * | 96   |      | text, then content, to the end of the file                |
 *
 * Numbers are little-endian, words 8 bytes. The content is, for
 *
 *   - data: for each sample h*w*c words at the scale above, then one-hot
 *     `classes` words at scale 0. P0's share is pseudo-random, so its file
 *     holds a 32-byte seed only: sample i is chunk i of stream 0 (core/prg.h);
 *   - model: for each layer with parameters its weights, then its biases;
 *   - result: for each sample one-hot `classes` words at scale 0;
 *   - checkpoint: the tensors of tri_model_state() (proto/nn/model.h); for
 *     party 2, which holds no shares, nothing (checkpoint.h).
 *   - scores: for each sample `classes` words at the scale above.
 *
 * The checksum finds damage, not malice: whoever can write a party's files
 * could as well run its program.
 */

/** An open, verified share file. */
struct tri_share {
    int fd; /**< -1: none */
    char *path;
    struct tri_share_head head;
    char text[TRI_SHARE_TEXT + 1]; /**< model, checkpoint                */
    struct tri_net net; /**< model: the parsed text                  */
    struct tri_prg prg; /**< seeded                                  */
};

/**
 * Open `path`, check the header, the length and, in one pass, the checksum.
 *
 * \param kind   what it has to be, or TRI_SHARE_ANY
 * \param party  whose it has to be; -1: anybody's
 * \param k      kernels, must outlive the share
 * \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT with a text. Close in any case.
 */
int tri_share_open(struct tri_share *s, const char *path,
                   enum tri_share_kind kind, int party,
                   const struct tri_kernels *k, struct tri_why *why);

/** `n` words of the content from word `first` on (not seeded). TRI_E_IO. */
int tri_share_words(const struct tri_share *s, uint64_t *out, size_t n,
                    uint64_t first, struct tri_why *why);

/** The words of sample i: x [h*w*c], y [classes] or NULL. TRI_E_IO. */
int tri_share_fetch(const struct tri_share *s, uint32_t i, uint64_t *x,
                    uint64_t *y, struct tri_why *why);

void tri_share_close(struct tri_share *s);

/** Writing one. Fill head (but text, sum), create, put the content, finish. */
struct tri_share_out {
    struct tri_out out;
    struct tri_hash hash;
};

int tri_share_create(struct tri_share_out *o, const char *path,
                     const struct tri_share_head *head, const char *text,
                     struct tri_why *why);
/** The second half of tri_share_create(), for a file that is open already. */
int tri_share_start(struct tri_share_out *o, const struct tri_share_head *head,
                    const char *text, struct tri_why *why);
int tri_share_put(struct tri_share_out *o, const void *data, size_t n,
                  struct tri_why *why);
int tri_share_finish(struct tri_share_out *o, struct tri_why *why);
/** All but the name: tri_out_place() gives it that. */
int tri_share_seal(struct tri_share_out *o, struct tri_why *why);
/** The whole file, to be read, of one that has no name (tri_out_unnamed()). */
int tri_share_take(struct tri_share_out *o, int *fd, struct tri_why *why);
/** Two files, of which both are there afterwards or none. */
int tri_share_finish_pair(struct tri_share_out o[2], struct tri_why *why);
void tri_share_abort(struct tri_share_out *o);

/** Two open shares that belong together? TRI_OK; TRI_E_MISMATCH with a text. */
int tri_share_pair(const struct tri_share *a, const struct tri_share *b,
                   struct tri_why *why);

#endif
