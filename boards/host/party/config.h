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
 * Parties that serve clients (boards/host/serve/README.md) have further lines:
 *
 *     service 0 host0:7100       # where clients call each of the three
 *     service 1 host1:7100
 *     service 2 host2:7100
 *     listen-clients :7100       # here instead of at the own address
 *     store store                # directory of shares of models and data
 *     metrics metrics.sock       # local socket that tells numbers
 *     client alice 77d1... query # name, public key, rights (enum tri_right)
 *     limit bytes 100000000      # of all requests that wait, of one client;
 *                                # TRI_CONFIG_BYTES_LEAST at least
 *     limit jobs 64              # requests that wait, of one client
 *     limit rate 1000            # requests a second, of one client
 *     limit store 10000000000    # bytes in the store, of one client
 *
 * Parties on one Ethernet segment need no IP (net/ether/ether.h). Then all
 * three are reached so, and the interface of this party is named:
 *
 *     interface eth1
 *     party 0 ether:02:00:5e:10:00:01 5c1f... # hardware address
 *     party 1 ether                   90ab... # or looked for by broadcast
 *
 * id, key and the three parties have to be there, the rest may be missing. File
 * names are relative to the configuration's directory and have no blanks.
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
    TRI_CONFIG_CONNECT = 120,
    TRI_CONFIG_CLIENTS = 64,     /**< most clients                */
    TRI_CONFIG_CLIENT_NAME = 32, /**< for a name of a client      */
    TRI_CONFIG_BYTES_LIMIT = 256 * 1000 * 1000,
    TRI_CONFIG_BYTES_LEAST = 40000, /* the longest request but a query */
    TRI_CONFIG_JOBS_LIMIT = 64,
    TRI_CONFIG_RATE_LIMIT = 1000
};

/** What a client may do; every party decides by its own configuration. */
enum tri_right {
    TRI_RIGHT_UPLOAD = 1 << 0,
    TRI_RIGHT_TRAIN = 1 << 1,
    TRI_RIGHT_QUERY = 1 << 2,
    TRI_RIGHT_REVEAL = 1 << 3,
    TRI_RIGHT_ADMIN = 1 << 4
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
    TRI_CONFIG_SERVICE,
    TRI_CONFIG_LISTEN_CLIENTS,
    TRI_CONFIG_STORE,
    TRI_CONFIG_METRICS,
    TRI_CONFIG_CLIENT,
    TRI_CONFIG_LIMIT,
    TRI_CONFIG_LINES
};

struct tri_config_client {
    char name[TRI_CONFIG_CLIENT_NAME]; /**< letters, digits, '-', '_', '.' */
    uint8_t key[TRI_KEY_BYTES];        /**< public                      */
    unsigned rights;                   /**< bits of enum tri_right      */
    unsigned line;
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
    char service[TRI_PARTIES][TRI_CONFIG_ADDR];       /**< "" if missing */
    char listen_clients[TRI_CONFIG_ADDR];             /**< "" if missing */
    char store[TRI_CONFIG_NAME];                      /**< "" if missing */
    char metrics[TRI_CONFIG_NAME];                    /**< "" if missing */
    struct tri_config_client client[TRI_CONFIG_CLIENTS];
    size_t clients;
    uint32_t limit_bytes, limit_jobs, limit_rate; /**< of each client    */
    uint64_t limit_store;                         /**< likewise          */
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

/** The word of a right, which is one bit; NULL: there is none. */
const char *tri_right_name(unsigned right);

/** Non-zero if `n` characters are a name of a client, a model or a data set:
 *  letters, digits, '-', '_' and '.', which is not the first of them; fewer
 * than TRI_CONFIG_CLIENT_NAME. */
int tri_config_name(const char *text, size_t n);

/** Add an error (printf style). */
void tri_config_complain(struct tri_config_errors *e, unsigned line,
                         const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
