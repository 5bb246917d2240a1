#ifndef TRI_BOARDS_COMMON_AGREE_H
#define TRI_BOARDS_COMMON_AGREE_H

#include "boards/common/sharehead.h"
#include "proto/engine.h"

/** \file boards/common/agree.h
 *
 * # Agreement on the files of a run
 *
 * Before anything is computed, all three parties know that the files they were
 * given belong together, and how much data there is.
 */

/** The files of a run. */
enum tri_file { TRI_FILE_TRAIN, TRI_FILE_TEST, TRI_FILE_MODEL, TRI_FILES };

enum { TRI_AGREE_MOST = 64 }; /**< files of a kind */

/** A file that is at hand, for texts by its name. */
struct tri_named_head {
    const char *name;
    const struct tri_share_head *head;
};

/** Those of one kind, in the order of the owners. */
struct tri_at_hand {
    struct tri_named_head file[TRI_AGREE_MOST];
    size_t n;
};

/** What all parties know of them; n = 0: nothing. */
struct tri_heads {
    struct tri_share_head head[TRI_AGREE_MOST];
    size_t n;
};

/**
 * Tell the others which files this party has opened and hear theirs. All that
 * hold shares must have those of the same files in the same order, and the data
 * sets of one kind must go together (shape, classes). Who holds none learns the
 * sizes. 1 round, 12 + 64 n bytes from each holder to both others for n files,
 * and 1 round, 32 bytes from each to both others, so that all have heard the
 * same; all of it is public. Of replicated shares tri_agree_components() as
 * well.
 *
 * \param kind    whose files these are: which parties hold shares
 * \param file    what is open; a party that holds nothing: nothing
 * \param head    receives what the holders have
 * \param digest  receives a hash of all that was agreed on
 * \return TRI_OK; TRI_E_MISMATCH with a text, on all parties; TRI_E_PROTO if
 * they were not told the same; link errors.
 */
int tri_agree(struct tri_link *l, const struct tri_engine_kind *kind,
              const struct tri_at_hand file[TRI_FILES],
              struct tri_heads head[TRI_FILES], uint8_t digest[TRI_HASH_BYTES],
              struct tri_why *why);

/**
 * Have all three been told the same? A party that says one thing here and
 * another there could make an honest one end, and the third would only see
 * that. 1 round, 32 bytes from each to both others; public.
 *
 * \param digest  of what all three said
 * \param of      what it was about, for the text
 * \return TRI_OK; TRI_E_PROTO, which kills the link; link errors
 */
int tri_agree_same(struct tri_link *l, const uint8_t digest[TRI_HASH_BYTES],
                   const char *of);

/**
 * Each says n public bytes to both others, and all compare what they have
 * heard. 2 rounds, n and 32 bytes from each to both others.
 *
 * \param said  [3 n]: part l->id is this party's, the others are received
 * \param of    as tri_agree_same()
 * \return likewise
 */
int tri_agree_said(struct tri_link *l, void *said, size_t n, const char *of);

/**
 * Do both holders of each component of n replicated shares have the same?
 * Asked before anything is computed with them: who deals two versions of a
 * component must not see what comes of it. 1 round, 32 n bytes from each to
 * both others: digests of what the receiver holds as well, and secret from the
 * third; 2 rounds, 4 and 32 bytes from each to both others, so that all know
 * what came of it.
 * \return TRI_OK; TRI_E_MISMATCH with a text, on all parties; TRI_E_PROTO;
 *         link errors.
 */
int tri_agree_components(struct tri_link *l, const struct tri_named_head *file,
                         size_t n, struct tri_why *why);

#endif
