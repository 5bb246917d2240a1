#ifndef TRI_BOARDS_COMMON_SETUP_H
#define TRI_BOARDS_COMMON_SETUP_H

#include <stddef.h>
#include <stdint.h>
#include "boards/common/why.h"
#include "net/secure.h"
#include "proto/engine.h"

/** \file boards/common/setup.h
 *
 * # All that makes a board a party, in one block
 *
 * `trinn board` writes it from a configuration, the options of a run and this
 * party's files; a board finds it on a card, or gets it from its emulator. It
 * holds the party's private key and its shares.
 *
 * | byte | size | what                                                      |
 * |------|------|-----------------------------------------------------------|
 * | 0    | 8    | "trinnset"                                                |
 * | 8    | 4    | version, 2                                                |
 * | 12   | 1    | party, 0..2                                               |
 * | 13   | 1    | fraction bits                                             |
 * | 14   | 1    | bits of a comparison                                      |
 * | 15   | 1    | maxima (enum tri_max_method)                              |
 * | 16   | 1    | 1: verify what the others do                              |
 * | 17   | 1    | random numbers: 0 choose, 1 ChaCha20, 2 AES-128           |
 * | 18   | 2    | 0                                                         |
 * | 20   | 4    | runs after which the board ends; 0: none                  |
 * | 24   | 4    | images at once                                            |
 * | 28   | 4    | deadline, ms                                              |
 * | 32   | 8    | bytes after which a batch is verified; 0: by memory       |
 * | 40   | 16   | round trip in ns, rate in bytes/s, for choosing protocols |
 * | 56   | 16   | name of the engine, filled with 0                         |
 * | 72   | 18   | hardware addresses; zeros: to be found                    |
 * | 90   | 2    | 0                                                         |
 * | 92   | 32   | private key                                               |
 * | 124  | 96   | public keys of the parties                                |
 * | 220  | 32   | public key of who sends the model; zeros: it stands below |
 * | 252  | 16   | bytes of each part below, 4 each                          |
 * | 268  |      | text of the run (net/hello.h), a byte 0; text of the net- |
 * |      |      | work, a byte 0; share of the model, share of the images:  |
 * |      |      | files as in boards/host/share/sharefile.h, or nothing     |
 * |      | 32   | BLAKE2s of all that precedes                              |
 *
 * Numbers are little-endian. The hash finds damage, not malice.
 */
enum { TRI_SETUP_HEAD = 268, TRI_SETUP_ENGINE = 16 };

enum tri_setup_part {
    TRI_SETUP_TEXT,
    TRI_SETUP_NET,
    TRI_SETUP_MODEL,
    TRI_SETUP_DATA,
    TRI_SETUP_PARTS
};

struct tri_setup {
    unsigned id;
    struct tri_engine_config config; /**< f, k, max, network, active, ledger */
    unsigned prg;                    /**< 0, or 1 + enum tri_prg_kind        */
    uint32_t runs, batch, deadline_ms;
    char engine[TRI_SETUP_ENGINE];
    uint8_t mac[TRI_PARTIES][6];
    struct tri_secure_keys keys;   /**< secret                             */
    uint8_t owner[TRI_SECURE_KEY]; /**< of the model; zeros: none sends it */
    const uint8_t *part[TRI_SETUP_PARTS];
    uint32_t bytes[TRI_SETUP_PARTS]; /**< texts: with the byte 0         */
};

/** The head, from everything but `part`. */
void tri_setup_encode(uint8_t out[TRI_SETUP_HEAD], const struct tri_setup *u);

/** Bytes of the whole block, as its head says. */
uint64_t tri_setup_bytes(const struct tri_setup *u);

/** The same of the head at p; 0 if that is none. */
uint64_t tri_setup_size(const uint8_t p[TRI_SETUP_HEAD]);

/**
 * Read a block of at most n bytes at p, which must stay: `part` points into it.
 * Trusts nothing.
 * \return TRI_OK; TRI_E_FORMAT with a text
 */
int tri_setup_parse(struct tri_setup *u, const uint8_t *p, size_t n,
                    struct tri_why *why);

#endif
