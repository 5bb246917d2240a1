#ifndef TRI_BOARDS_HOST_PARTY_CONFIG_H
#define TRI_BOARDS_HOST_PARTY_CONFIG_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/party/keyfile.h"
#include "net/tcp/tcp.h"

/** \file boards/host/party/config.h
 *
 * # A party's configuration
 *
 * A text of lines "name value..."; blanks and tabs separate words, '#' at the
 * start of a word begins a comment. In any order, each name once (party: once
 * for each party):
 *
 *     id 0                       # which party this is
 *     key p0.key                 # private key file
 *     party 0 host0:7000 5c1f... # address, public key (64 digits)
 *     party 1 host1:7001 90ab...
 *     party 2 -          e04d... # party 2 does not listen: - or an address
 *     listen :7000               # here instead of at the own address
 *     deadline 60                # seconds without a sign of life
 *     connect 120                # seconds until all three are there
 *     data shares                # directory of shares of data
 *     out results                # directory of what runs write
 *
 * Parties on one Ethernet segment need no IP (net/ether/ether.h). Then all
 * three are reached so, and the interface of this party is named:
 *
 *     interface eth1
 *     party 0 ether:02:00:5e:10:00:01 5c1f... # hardware address
 *     party 1 ether                   90ab... # or looked for by broadcast
 *
 * listen, deadline, connect, data and out may be missing. File names are
 * relative to the configuration's directory and have no blanks.
 *
 * The parser works on memory, changes nothing and trusts nothing. It goes on
 * after an error and reports them all.
 */
enum {
    TRI_CONFIG_BYTES = 65536, /**< largest text               */
    TRI_CONFIG_NAME = 1024,   /**< for a name of a file       */
    TRI_CONFIG_ADDR = TRI_TCP_HOST + TRI_TCP_PORT + 2,
    TRI_CONFIG_INTERFACE = 16, /**< for a name of an interface  */
    TRI_CONFIG_ERRORS = 24,    /**< errors that are kept       */
    TRI_CONFIG_DEADLINE = 60,
    TRI_CONFIG_CONNECT = 120
};

enum tri_config_line {
    TRI_CONFIG_ID,
    TRI_CONFIG_KEY,
    TRI_CONFIG_PARTY,
    TRI_CONFIG_LISTEN,
    TRI_CONFIG_INTERFACE_LINE,
    TRI_CONFIG_DEADLINE_LINE,
    TRI_CONFIG_CONNECT_LINE,
    TRI_CONFIG_DATA,
    TRI_CONFIG_OUT,
    TRI_CONFIG_LINES
};

struct tri_config_peer {
    char addr[TRI_CONFIG_ADDR]; /**< "-": party 2 without an address    */
    int ether;                  /**< reached by raw Ethernet            */
    uint8_t mac[6];             /**< then; zeros: to be found           */
    uint8_t key[TRI_KEY_BYTES]; /**< public                             */
    unsigned line;              /**< 0: missing                         */
};

struct tri_config {
    unsigned id;
    char key[TRI_CONFIG_NAME]; /**< as written; "" if missing           */
    struct tri_config_peer party[TRI_PARTIES];
    char listen[TRI_CONFIG_ADDR]; /**< "" if missing                    */
    char interface[TRI_CONFIG_INTERFACE]; /**< "" if missing            */
    uint32_t deadline, connect; /**< seconds                          */
    char data[TRI_CONFIG_NAME], out[TRI_CONFIG_NAME]; /**< "" if missing */
    unsigned line[TRI_CONFIG_LINES]; /**< where each stands; 0: missing  */
};

struct tri_config_error {
    unsigned line; /**< from 1; 0: the whole file                       */
    char text[600];
};

/** In order of lines, those on the whole file last. */
struct tri_config_errors {
    size_t n;
    size_t more; /**< beyond TRI_CONFIG_ERRORS                          */
    struct tri_config_error e[TRI_CONFIG_ERRORS];
};

/**
 * Read `len` bytes at `text`.
 * \param c  filled as far as it goes; for use only without errors
 * \param e  added to, normally empty before
 * \return TRI_OK; TRI_E_FORMAT if anything was added
 */
int tri_config_parse(struct tri_config *c, const char *text, size_t len,
                     struct tri_config_errors *e);

/** Add an error (printf style). */
void tri_config_complain(struct tri_config_errors *e, unsigned line,
                         const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
