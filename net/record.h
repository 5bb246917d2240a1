#ifndef TRI_NET_RECORD_H
#define TRI_NET_RECORD_H

#include <stdint.h>

/** \file net/record.h
 *
 * # What crosses a connection
 *
 * All numbers are little-endian. A connection starts with one greeting from
 * each side:
 *
 * | bytes | greeting                                             |
 * |-------|------------------------------------------------------|
 * | 8     | "TRINN", then three zeros                            |
 * | 4     | version of this format, TRI_WIRE_VERSION             |
 * | 4     | sender's party number, 0..2                          |
 * | 4     | party number that the sender believes to talk to     |
 * | 4     | what follows: enum tri_greeting_kind                 |
 *
 * On a sealed connection the handshake of net/secure.h follows, and every
 * record takes the form described there.
 *
 * Records follow. A message is cut into records of exactly TRI_RECORD_MAX
 * bytes of payload, the last one shorter or equal, so that the length of a
 * message fixes every header before it arrives, except for the depth.
 *
 * | bytes | record header                                        |
 * |-------|------------------------------------------------------|
 * | 4     | bytes of payload that follow                         |
 * | 4     | flags: TRI_RECORD_LAST, _BYE or _BEAT; rest 0        |
 * | 4     | number of the record in this direction, from 0,      |
 * |       | modulo 2^32                                          |
 * | 4     | depth: the sender's rounds + 1 (net/link.h),         |
 * |       | modulo 2^32                                          |
 *
 * A goodbye is the final record of its direction: flags exactly
 * TRI_RECORD_BYE, depth 0, and no payload for an orderly end; or, if the sender
 * gives up, up to TRI_BYE_MAX bytes that say why and who is to blame
 * (net/bye.h). An end of stream without it is a crash.
 *
 * A heartbeat says that its sender lives: flags exactly TRI_RECORD_BEAT, no
 * payload, depth 0. It may stand between any two messages, also while nobody
 * waits for one; it has a number like all records, so it cannot be forged or
 * repeated on a sealed connection.
 *
 * The functions here are pure and take any input.
 */
enum {
    TRI_WIRE_VERSION = 3,
    TRI_GREETING_BYTES = 24,
    TRI_RECORD_HEADER = 16,
    TRI_RECORD_MAX = 256 * 1024, /**< largest payload of a record */
    TRI_RECORD_LAST = 1 << 0,
    TRI_RECORD_BYE = 1 << 1,
    TRI_RECORD_BEAT = 1 << 2
};

/** tri_greeting.sealed: what kind of greeting it is, and what follows it. */
enum tri_greeting_kind {
    TRI_GREETING_PLAIN,    /**< records: the connection is not sealed      */
    TRI_GREETING_SEALED,   /**< a call, or the answer to one               */
    TRI_GREETING_STRANGER, /**< nothing: the called party's keys do not open
                                the call                                   */
    TRI_GREETING_COOKIE,   /**< a cookie (net/tcp/cookie.h), and then the end:
                                call again, with a proof                   */
    TRI_GREETING_PROVED,   /**< a call and a proof                         */
    TRI_GREETING_KINDS
};

struct tri_greeting {
    uint32_t version, from, to, sealed;
};

struct tri_record {
    uint32_t len, flags, seq, depth;
};

void tri_greeting_print(uint8_t out[TRI_GREETING_BYTES],
                        const struct tri_greeting *g);

/**
 * Read a greeting and check all but the version and who is meant.
 * \return TRI_OK; TRI_E_PROTO if this is not a greeting (*g is unspecified).
 *         Of another version only `version` is meaningful.
 */
int tri_greeting_parse(struct tri_greeting *g,
                       const uint8_t in[TRI_GREETING_BYTES]);

void tri_record_print(uint8_t out[TRI_RECORD_HEADER],
                      const struct tri_record *r);

/**
 * Read a header and check all that does not depend on the receiver's state:
 * flags, length limits, a goodbye's form.
 * \return TRI_OK or TRI_E_PROTO; the fields are filled in either way.
 */
int tri_record_parse(struct tri_record *r, const uint8_t in[TRI_RECORD_HEADER]);

/** Records of a message of `len` bytes (none if len is 0). */
uint64_t tri_record_count(uint64_t len);

/** Bytes of a message of `len` bytes on the wire, headers included. */
uint64_t tri_record_wire(uint64_t len);

#endif
