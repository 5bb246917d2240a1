#ifndef TRI_BOARDS_COMMON_SHAREMEM_H
#define TRI_BOARDS_COMMON_SHAREMEM_H

#include "boards/common/sharehead.h"
#include "core/prg.h"
#include "proto/engine.h"

/** \file boards/common/sharemem.h
 *
 * # Share files that are in memory
 *
 * The format is that of boards/host/share/sharefile.h. Nothing here verifies a
 * digest when reading: who brought the file did (setup.h).
 */
struct tri_sharemem {
    struct tri_share_head head;
    const char *text;      /**< [head.text], of a model           */
    const uint8_t *words;  /**< of the components that are words  */
    struct tri_prg prg[2]; /**< of those that are seeds           */
};

/**
 * Read a file of n bytes at p, which must stay.
 * \param kind   what it has to be
 * \param party  whose it has to be
 * \param name   for texts
 * \param k      kernels, must outlive it
 * \return TRI_OK; TRI_E_FORMAT, TRI_E_ARG with a text
 */
int tri_sharemem_open(struct tri_sharemem *s, const uint8_t *p, size_t n,
                      enum tri_share_kind kind, unsigned party,
                      const char *name, const struct tri_kernels *k,
                      struct tri_why *why);

/** Fill t from word *first of the content on, through the engine's door; *first
 *  moves on. A party that holds nothing reads nothing (s NULL). */
int tri_sharemem_tensor(const struct tri_sharemem *s, struct tri_engine *e,
                        struct tri_ten *t, uint64_t *first);

/** The image of sample i to row `row` of t [B x h*w*c], likewise. */
int tri_sharemem_image(const struct tri_sharemem *s, struct tri_engine *e,
                       uint32_t i, struct tri_ten *t, uint32_t row);

/** Bytes of a file of results. */
size_t tri_sharemem_bytes(const struct tri_share_head *h);

/** Make a file of results of n words a component.
 *  \param h     everything but the digests
 *  \param out   [tri_sharemem_bytes(h)] */
void tri_sharemem_make(uint8_t *out, const struct tri_share_head *h,
                       const tri_ring *const part[2], size_t n);

#endif
