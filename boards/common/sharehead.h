#ifndef TRI_BOARDS_COMMON_SHAREHEAD_H
#define TRI_BOARDS_COMMON_SHAREHEAD_H

#include <stddef.h>
#include <stdint.h>
#include "boards/common/why.h"
#include "core/hash.h"

/** \file boards/common/sharehead.h
 *
 * # What a share file begins with
 *
 * The format is in sharefile.h. A header is public: parties show theirs to
 * each other, up to the digests, to see that their files belong together
 * (agree.h).
 */
enum tri_share_kind {
    TRI_SHARE_ANY = 0, /**< for tri_share_open() only */
    TRI_SHARE_DATA = 1,
    TRI_SHARE_MODEL = 2,
    TRI_SHARE_RESULT = 3,
    TRI_SHARE_CHECKPOINT = 4,
    TRI_SHARE_SCORES = 5
};

/** How values are split, and so for which engines a file is. */
enum tri_sharing {
    TRI_SHARING_ADDITIVE,  /**< x0 + x1; party i holds x_i                */
    TRI_SHARING_REPLICATED /**< x0 + x1 + x2; party i holds x_i, x_{i+1}  */
};

enum {
    TRI_SHARE_PUBLIC = 64,                                  /**< bytes */
    TRI_SHARE_HEAD = TRI_SHARE_PUBLIC + 2 * TRI_HASH_BYTES, /**< at most */
    TRI_PAIR_ID = 16,
    TRI_SHARE_SEED = 32,
    TRI_SHARE_TEXT = 8192, /**< largest of a checkpoint; of a model it is
                                TRI_NET_TEXT (proto/nn/net.h) */
    TRI_SHARE_PIECE = 4096 /**< elements that are imported at once: all parties
                                cut a tensor alike */
};

struct tri_share_head {
    enum tri_sharing sharing;
    enum tri_share_kind kind;
    unsigned party;  /**< additive: 0, 1; checkpoint: also 2 */
    unsigned seeded; /**< bit c: component c is a seed       */
    unsigned fb;
    uint8_t pair[TRI_PAIR_ID];
    uint32_t count, h, w, c, classes;
    /** Data: the largest absolute value of the samples, and of the targets,
     *  rounded up to 2^(most - 64); 0: not said, and not targets but labels. */
    unsigned most[2];
    uint32_t text;    /**< bytes                           */
    uint64_t content; /**< bytes                           */
    /** Additive: sum[0] is the checksum. Replicated: digests of the two
     *  components. Not used by tri_share_create(). */
    uint8_t sum[2][TRI_HASH_BYTES];
};

/** Bytes of the header. */
size_t tri_share_header(const struct tri_share_head *h);

/** Components in the file, and those of them that are words. */
unsigned tri_share_components(const struct tri_share_head *h);
unsigned tri_share_in_words(const struct tri_share_head *h);

/** Number 0..2 of component c of the file in the whole sharing. */
unsigned tri_share_number(const struct tri_share_head *h, unsigned c);

/** The header, up to the digests, of a file of which component c of this one
 *  is all: the same in the files of both parties that hold it. */
void tri_share_encode_component(uint8_t out[TRI_SHARE_PUBLIC],
                                const struct tri_share_head *h, unsigned c);

/** What party 0's file of the same sharing says, up to the digests. */
void tri_share_encode_public(uint8_t out[TRI_SHARE_PUBLIC],
                             const struct tri_share_head *h);

/** The engines of a sharing, "engine rep3", and the name of one of them. */
const char *tri_sharing_engines(enum tri_sharing sharing);
const char *tri_sharing_engine(enum tri_sharing sharing);

/** Words of one sample: image and label. */
size_t tri_share_sample(const struct tri_share_head *h);

/** Write the header: tri_share_header() bytes. */
void tri_share_encode(uint8_t out[TRI_SHARE_HEAD],
                      const struct tri_share_head *h);

/** How many digests a file has. */
unsigned tri_share_sums(const struct tri_share_head *h);

/** Begin the digests of a file: what is hashed before the content. */
void tri_share_hash_head(struct tri_hash hash[2],
                         const struct tri_share_head *h, const char *text);

/** Read and check a header; everything but the checksum. `len` are the bytes
 *  at hand. \return TRI_OK; TRI_E_FORMAT with a text. */
int tri_share_decode(struct tri_share_head *h, const uint8_t *buf, size_t len,
                     const char *name, struct tri_why *why);

#endif
