#ifndef TRI_BOARDS_HOST_SHARE_SHAREHEAD_H
#define TRI_BOARDS_HOST_SHARE_SHAREHEAD_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"
#include "core/hash.h"

/** \file boards/host/share/sharehead.h
 *
 * # What a share file begins with
 *
 * The format is in sharefile.h. A header is public: parties show theirs to
 * each other, up to the checksum, to see that their files belong together
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

enum {
    TRI_SHARE_HEAD = 96,
    TRI_PAIR_ID = 16,
    TRI_SHARE_SEED = 32,
    TRI_SHARE_TEXT = 8192 /**< largest text */
};

struct tri_share_head {
    enum tri_share_kind kind;
    unsigned party; /**< 0 or 1; checkpoint: also 2      */
    int seeded;     /**< content is a seed               */
    unsigned fb;
    uint8_t pair[TRI_PAIR_ID];
    uint32_t count, h, w, c, classes;
    uint32_t text;               /**< bytes                           */
    uint64_t content;            /**< bytes                           */
    uint8_t sum[TRI_HASH_BYTES]; /**< not used by tri_share_create()  */
};

/** Words of one sample: image and label. */
size_t tri_share_sample(const struct tri_share_head *h);

/** Write the header. */
void tri_share_encode(uint8_t out[TRI_SHARE_HEAD],
                      const struct tri_share_head *h);

/** Read and check a header; everything but the checksum. `len` are the bytes
 *  at hand. \return TRI_OK; TRI_E_FORMAT with a text. */
int tri_share_decode(struct tri_share_head *h, const uint8_t *buf, size_t len,
                     const char *name, struct tri_why *why);

#endif
