#ifndef TRI_BOARDS_HOST_SHARE_SHAREFILE_H
#define TRI_BOARDS_HOST_SHARE_SHAREFILE_H

#include <time.h>
#include "boards/common/sharehead.h"
#include "boards/host/base/file.h"
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
 * | 8    | 4    | version: 1 additive, 2 replicated sharing (sharehead.h)   |
 * | 10   | 1    | data: the largest absolute value of the samples, rounded  |
 * |      |      | up to 2^(this - 64); 0: not said                          |
 * | 11   | 1    | data: the same of the targets of a regression; 0: labels  |
 * | 12   | 1    | kind: 1 data, 2 model, 3 result, 4 checkpoint, 5 scores   |
 * | 13   | 1    | party: 0, 1; 2 in a checkpoint and in version 2           |
 * | 14   | 1    | bit c: component c is a seed, not words                   |
 * | 15   | 1    | scale of images and weights: fraction bits, 8..16         |
 * | 16   | 16   | pair id: random, the same in the shares of all parties    |
 * | 32   | 4    | samples (model: 0; checkpoint: steps that are done)       |
 * | 36   | 12   | height, width, channels of a sample (others than data: 0) |
 * | 48   | 4    | classes (data: 0 if unlabelled; model, checkpoint: 0)     |
 * | 52   | 4    | bytes of the text (model: the network; checkpoint: the    |
 * |      |      | run; otherwise 0)                                         |
 * | 56   | 8    | bytes of the content                                      |
 * | 64   | 32   | version 1: BLAKE2s of all other bytes, in order           |
 * | 64   | 64   | version 2: digests of component 0 and 1                   |
 * |      |      | text, then content, to the end of the file                |
 *
 * Numbers are little-endian, words 8 bytes. The content is, for
 *
 *   - data: for each sample h*w*c words at the scale above, then one-hot
 *     `classes` words at scale 0, or as many targets at the scale above. What
 * is pseudo-random is there as a 32-byte seed only: sample i is chunk i of
 * stream 0 (core/prg.h);
 *   - model: for each layer with parameters its weights, then its biases;
 *   - result: for each sample one-hot `classes` words at scale 0;
 *   - checkpoint: the tensors of tri_model_state() (proto/nn/model.h); for
 *     a party that holds no shares, nothing (checkpoint.h).
 *   - scores: for each sample `classes` words at the scale above.
 *
 * Version 1: of data P0 holds a seed, P1 the words that are missing. Version 2:
 * party i holds components i and i+1 (modulo 3) of three; of data components 0
 * and 1 are seeds. Seeds come first, then the words; where both components are
 * words, the two of a number stand side by side.
 *
 * A digest is BLAKE2s of the first 64 bytes of a file of which the component is
 * all (tri_share_encode_component()), of the text, and of the component. Both
 * parties that hold it have the same, and compare before they compute with it
 * (boards/common/agree.h).
 *
 * Checksum and digests find damage, not malice: whoever can write a party's
 * files could as well run its program.
 */

/** An open, verified share file. */
struct tri_share {
    int fd; /**< -1: none */
    char *path;
    struct tri_share_head head;
    char text[TRI_NET_TEXT + 1]; /**< model, checkpoint                  */
    struct tri_net net;          /**< model: the parsed text                  */
    struct tri_prg prg[2];       /**< of seeded components                 */
    struct timespec changed;     /**< the file, before it was checked; no
                                      time if that was a moment ago          */
};

/**
 * Open `path`, check the header, the length and, in one pass, the digests.
 *
 * \param kind   what it has to be, or TRI_SHARE_ANY
 * \param party  whose it has to be; -1: anybody's
 * \param k      kernels, must outlive the share
 * \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT with a text. Close in any case.
 */
int tri_share_open(struct tri_share *s, const char *path,
                   enum tri_share_kind kind, int party,
                   const struct tri_kernels *k, struct tri_why *why);

/**
 * Open what `known` has open a second time, with a descriptor of its own. It is
 * checked again, as the file of that name, only if it has changed since.
 * \return as tri_share_open()
 */
int tri_share_again(struct tri_share *s, const struct tri_share *known,
                    const struct tri_kernels *k, struct tri_why *why);

/** Is it a share of this kind of sharing, and of this party? TRI_OK; TRI_E_ARG
 *  with a text. */
int tri_share_serves(const struct tri_share *s, enum tri_sharing sharing,
                     unsigned party, struct tri_why *why);

/** `n` words of every component from word `first` on; of those that are seeds
 *  nothing. TRI_E_IO. */
int tri_share_words(const struct tri_share *s, uint64_t *const out[2], size_t n,
                    uint64_t first, struct tri_why *why);

/** The components of sample i: x[c] [h*w*c], y[c] [classes]; or y NULL.
 *  TRI_E_IO. */
int tri_share_fetch(const struct tri_share *s, uint32_t i, uint64_t *const x[2],
                    uint64_t *const y[2], struct tri_why *why);

void tri_share_close(struct tri_share *s);

/** Writing one. Fill head (but text, sum), create, put seeds (sharepair.h), put
 *  the words, finish. */
struct tri_share_out {
    struct tri_out out;
    struct tri_share_head head;
    struct tri_hash hash[2]; /**< of a component; additive: [0], of all */
};

int tri_share_create(struct tri_share_out *o, const char *path,
                     const struct tri_share_head *head, const char *text,
                     struct tri_why *why);
/** The second half of tri_share_create(), for a file that is open already. */
int tri_share_start(struct tri_share_out *o, const struct tri_share_head *head,
                    const char *text, struct tri_why *why);
/** The next n words of every component that is no seed. */
int tri_share_put(struct tri_share_out *o, const uint64_t *const part[2],
                  size_t n, struct tri_why *why);
int tri_share_finish(struct tri_share_out *o, struct tri_why *why);
/** Put the digests into the header: the content is complete. */
int tri_share_sum(struct tri_share_out *o, struct tri_why *why);
/** All but the name: tri_out_place() gives it that. */
int tri_share_seal(struct tri_share_out *o, struct tri_why *why);
void tri_share_abort(struct tri_share_out *o);

#endif
