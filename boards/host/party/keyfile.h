#ifndef TRI_BOARDS_HOST_PARTY_KEYFILE_H
#define TRI_BOARDS_HOST_PARTY_KEYFILE_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"
#include "core/x25519.h"

/** \file boards/host/party/keyfile.h
 *
 * # Long-term keys in files
 *
 * A party's key pair for net/secure.h. A key is written as 64 digits, 0-9 and
 * a-f, and in no other way. The private key's file:
 *
 *     trinn private key 1
 *     64 digits
 *
 * The public key goes to FILE.pub, 64 digits on a line, to be copied into the
 * configurations of all three parties (boards/host/party/config.h).
 */
enum {
    TRI_KEY_BYTES = TRI_X25519_BYTES,
    TRI_KEY_DIGITS = 2 * TRI_KEY_BYTES,
    TRI_KEY_FILE = 20 + TRI_KEY_DIGITS + 1 /**< bytes of a private key file */
};

/** The key that `n` characters write. Constant time in them.
 *  \return TRI_OK; TRI_E_FORMAT (key is wiped) */
int tri_key_parse(uint8_t key[TRI_KEY_BYTES], const char *text, size_t n);

/** A public key that an option --`option` gives. TRI_OK; TRI_E_ARG with a
 *  text. */
int tri_key_option(uint8_t key[TRI_KEY_BYTES], const char *option,
                   const char *text, struct tri_why *why);

/** The digits and a terminator; constant time. */
void tri_key_print(char out[TRI_KEY_DIGITS + 1],
                   const uint8_t key[TRI_KEY_BYTES]);

/**
 * Read the content of a private key file. Pure.
 * \param name  what the error text calls it
 * \return TRI_OK; TRI_E_FORMAT with a text (key is wiped)
 */
int tri_key_file_parse(uint8_t key[TRI_KEY_BYTES], const char *buf, size_t len,
                       const char *name, struct tri_why *why);

/**
 * Make a key pair: `path` (mode 0600) and path.pub. Neither may exist, not
 * even as a dangling link; after an error neither does.
 * \param pub  receives the public key
 * \return TRI_OK; TRI_E_ARG (one of them exists, cannot be created, or
 *         the name is too long);
 *         TRI_E_IO
 */
int tri_key_create(const char *path, uint8_t pub[TRI_KEY_BYTES],
                   struct tri_why *why);

/** Read a private key file, which nobody but its owner may read.
 *  \return TRI_OK; TRI_E_ARG (cannot be opened; others can read it);
 *          TRI_E_FORMAT; TRI_E_IO. The key is wiped then. */
int tri_key_load(const char *path, uint8_t key[TRI_KEY_BYTES],
                 struct tri_why *why);

#endif
