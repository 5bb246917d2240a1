#ifndef TRI_NET_HOST_EMULATE_H
#define TRI_NET_HOST_EMULATE_H

#include <stdint.h>

#include "net/host/line.h"

/** \file net/host/emulate.h
 *
 * # Emulated networks
 *
 * A link around another one that makes its messages arrive as over a network
 * of a given round-trip time and rate, to plan and to measure. Every pair of
 * parties has a line of its own, in both directions at once (full duplex).
 *
 * A message leaves when those before it in its direction have left, takes
 * length / rate to do so, and arrives half a round trip later; tri_recv()
 * returns not before. The sender works out the times when tri_send() is called
 * and sends them ahead of the message in one of 16 bytes. So both ends must
 * use one clock, as on one machine. With `separate` clocks the receiver
 * counts from when it sees the message instead, which adds the real network's
 * delay, and its own if it comes late.
 *
 * Messages, payload and rounds in `stats` are those of the caller; `sent` and
 * `received` count the caller's messages as plain records (net/record.h), as
 * if there were no times among them. Waiting costs no processor time.
 */

#define TRI_EMULATE_RTT_MAX  UINT64_C(10000000000)
#define TRI_EMULATE_RATE_MIN UINT64_C(1000)
#define TRI_EMULATE_RATE_MAX UINT64_C(100000000000)

/**
 * Read "lan" (0.2 ms, 625 MB/s), "wan" (58 ms, 40 MB/s), both as in SecureNN,
 * section 6, or RTT:RATE such as "10ms:100MB/s". RTT is a decimal number and
 * us, ms or s; RATE one and B/s, kB/s, MB/s or GB/s (powers of 1000).
 *
 * \param line   set on success only; `separate` becomes 0
 * \param error  receives "" or what is wrong; may be NULL
 * \return TRI_OK; TRI_E_FORMAT; TRI_E_RANGE
 */
int tri_emulate_parse(struct tri_line *line, const char *text,
                      char error[TRI_EMULATE_ERROR]);

/**
 * Emulate a network around a link: a fresh one, or one on which every message
 * so far has been received and flushed. All three parties must do so at the
 * same place, with the same line.
 *
 * \param l      overwritten; owns what `inner` was: close only l
 * \param inner  on success, dead
 * \return TRI_OK; TRI_E_ARG; TRI_E_NOMEM (`inner` is then as before)
 */
int tri_emulate_wrap(struct tri_link *l, struct tri_link *inner,
                     const struct tri_line *line);

#endif
