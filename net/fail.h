#ifndef TRI_NET_FAIL_H
#define TRI_NET_FAIL_H

#include <stddef.h>

#include "net/bye.h"
#include "net/link.h"

/** \file net/fail.h
 *
 * What went wrong, as text in `l->error`: shared by the transports. The first
 * text is kept. No operating system.
 */

/** Note the text (formats as in core/text.h) and return `rc`. */
int tri_link_fail(struct tri_link *l, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** tri_link_kill() with a text of its own (printf style), which names the
 *  party to blame. */
int tri_link_end(struct tri_link *l, int rc, int blamed, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** Non-zero if all three are done, as far as is known: what fails now is no
 *  failure. */
static inline int tri_link_over(const struct tri_link *l)
{
    return l->complete && !l->heard;
}

/** Note that party `peer` has ended without saying why.
 *  \return TRI_E_IO */
int tri_link_fail_gone(struct tri_link *l, unsigned peer);

/** Note what `peer` says why it gives up. \return tri_bye_heard(b->err) */
int tri_link_fail_heard(struct tri_link *l, unsigned peer,
                        const struct tri_bye *b);

/** Note that the goodbye of `peer` is none. \return TRI_E_PROTO */
int tri_link_fail_bye(struct tri_link *l, unsigned peer);

/** Note that both others have ended without a goodbye.
 *  \return TRI_E_IO */
int tri_link_fail_both(struct tri_link *l);

/** Note that `peer` sent `got` bytes (or more, if `more`) where `want` were
 *  expected. \return TRI_E_PROTO */
int tri_link_fail_length(struct tri_link *l, unsigned peer, uint64_t got,
                         int more, uint64_t want);

/** Note that `peer` was silent until the deadline while `len` bytes were
 *  awaited. \return TRI_E_TIMEOUT */
int tri_link_fail_silent(struct tri_link *l, unsigned peer, uint64_t len);

/** Note that `peer` took none of the queued bytes until the deadline.
 *  \return TRI_E_TIMEOUT */
int tri_link_fail_stuck(struct tri_link *l, unsigned peer);

/** Note that `peer` lives, but makes too little progress for `ms`: it sends
 *  nothing of the `len` bytes that are awaited, or, with len 0, takes nothing;
 *  if `some`, less than TRI_LINK_LEAST.
 *  \return TRI_E_TIMEOUT */
int tri_link_fail_slow(struct tri_link *l, unsigned peer, uint64_t len,
                       int some, uint64_t ms);

#endif
