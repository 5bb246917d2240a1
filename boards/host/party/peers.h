#ifndef TRI_BOARDS_HOST_PARTY_PEERS_H
#define TRI_BOARDS_HOST_PARTY_PEERS_H

#include "boards/host/party/config.h"

/** \file boards/host/party/peers.h
 *
 * # From a configuration to connections
 */
struct tri_peers {
    char path[TRI_CONFIG_NAME]; /**< of the configuration              */
    struct tri_config config;
    struct tri_secure_keys *keys; /**< in memory for secrets (secret.h)  */
};

/**
 * Read and check the configuration at `path` and everything it names: the
 * private key, that the public key of this party belongs to it, public keys
 * that no handshake accepts, directories.
 * \param e  receives all errors
 * \return TRI_OK; TRI_E_ARG or TRI_E_FORMAT: see e, the keys are wiped;
 *         TRI_E_NOMEM
 */
int tri_peers_load(struct tri_peers *peers, const char *path,
                   struct tri_config_errors *e);

/** The same for a run: the first error as a text, and where to see all. */
int tri_peers_open(struct tri_peers *peers, const char *path,
                   struct tri_why *why);

/** Sealed connections as configured; refers to `peers`. Kernels are missing.
 *  On raw Ethernet (onether.h) there are no addresses. */
void tri_peers_tcp(const struct tri_peers *peers, struct tri_tcp_config *tcp);

/** Which directory a name refers to. */
enum tri_peers_dir { TRI_DIR_CONFIG, TRI_DIR_DATA, TRI_DIR_OUT, TRI_DIR_STORE };

/**
 * The file that `name` means: an absolute name as it is, another one below
 * the directory `dir`. Without that line in the configuration, a name is
 * relative to the working directory.
 * \return TRI_OK; TRI_E_ARG (too long)
 */
int tri_peers_path(const struct tri_peers *peers, enum tri_peers_dir dir,
                   const char *name, char out[2 * TRI_CONFIG_NAME],
                   struct tri_why *why);

/** Forget the private key. */
void tri_peers_wipe(struct tri_peers *peers);

/** A warning for standard error that nothing is protected. */
void tri_peers_warn(void);

#endif
