#include "boards/host/party/peers.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/base/file.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/host/secret.h"
#include "net/tcp/names.h"

enum { PATH = 2 * TRI_CONFIG_NAME };

/* `name` below the directory of the file `base`. 0 if it is too long. */
static int beside(char out[PATH], const char *base, const char *name)
{
    const char *const slash = strrchr(base, '/');
    const int dir =
        name[0] == '/' || slash == NULL ? 0 : (int)(slash - base) + 1;

    return snprintf(out, PATH, "%.*s%s", dir, base, name) < PATH;
}

int tri_peers_path(const struct tri_peers *peers, enum tri_peers_dir dir,
                   const char *name, char out[PATH], struct tri_why *why)
{
    const char *const below = dir == TRI_DIR_DATA    ? peers->config.data
                              : dir == TRI_DIR_OUT   ? peers->config.out
                              : dir == TRI_DIR_STORE ? peers->config.store
                                                     : "";
    char joined[PATH];
    int n;

    if (name[0] == '/' || (dir != TRI_DIR_CONFIG && below[0] == '\0'))
        n = snprintf(out, PATH, "%s", name);
    else if (snprintf(joined, sizeof joined, "%s%s%s", below,
                      below[0] != '\0' ? "/" : "", name) >= PATH)
        n = PATH;
    else
        n = beside(out, peers->path, joined) ? 0 : PATH;
    if (n >= PATH)
        return tri_why(why, TRI_E_ARG, "%.60s...: the name is too long", name);
    return TRI_OK;
}

void tri_peers_wipe(struct tri_peers *peers)
{
    tri_secret_free(peers->keys);
    peers->keys = NULL;
}

/* ---- checks -------------------------------------------------------------- */

static void check_key(struct tri_peers *peers, struct tri_config_errors *e)
{
    const struct tri_config *const c = &peers->config;
    struct tri_why why = { "" };
    uint8_t pub[TRI_KEY_BYTES], shared[TRI_KEY_BYTES];
    char path[PATH], digits[TRI_KEY_DIGITS + 1];

    if (c->key[0] == '\0')
        return;
    if (!beside(path, peers->path, c->key) ||
        tri_key_load(path, peers->keys->own, &why) != TRI_OK) {
        tri_config_complain(e, c->line[TRI_CONFIG_KEY], "key: %s",
                            why.text[0] != '\0' ? why.text
                                                : "the name is too long");
        return;
    }
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const struct tri_config_peer *const p = &c->party[j];

        memcpy(peers->keys->peer[j], p->key, sizeof p->key);
        if (p->line != 0 &&
            tri_x25519(shared, peers->keys->own, p->key) != TRI_OK)
            tri_config_complain(e, p->line,
                                "party %u: this is no public key of "
                                "`trinn keygen`: it would make no secret "
                                "with anybody",
                                j);
    }
    tri_wipe(shared, sizeof shared);
    tri_x25519_public(pub, peers->keys->own);
    if (c->id < TRI_PARTIES && c->party[c->id].line != 0 &&
        memcmp(pub, c->party[c->id].key, sizeof pub) != 0) {
        tri_key_print(digits, pub);
        tri_config_complain(e, c->party[c->id].line,
                            "party %u is this party, but the public key is "
                            "not that of its private key %.100s, which is %s",
                            c->id, path, digits);
    }
}

/* Hosts that this party calls, or where it listens. */
static void check_hosts(const struct tri_peers *peers,
                        struct tri_config_errors *e)
{
    const struct tri_config *const c = &peers->config;
    char host[TRI_TCP_HOST], port[TRI_TCP_PORT], why[TRI_TCP_WHY];

    for (unsigned j = 0; j < TRI_PARTIES && j <= c->id; j++) {
        const int own = j == c->id && c->listen[0] != '\0';

        if (!c->party[j].ether &&
            tri_tcp_split(own ? c->listen : c->party[j].addr, host, port) ==
                TRI_OK &&
            !tri_tcp_usable(host, why))
            tri_config_complain(
                e, own ? c->line[TRI_CONFIG_LISTEN] : c->party[j].line, "%s",
                why);
    }
}

static void check_dir(const struct tri_peers *peers, const char *name,
                      enum tri_config_line line, int mode,
                      struct tri_config_errors *e)
{
    char path[PATH];
    struct stat st;

    if (name[0] == '\0')
        return;
    if (!beside(path, peers->path, name))
        tri_config_complain(e, peers->config.line[line],
                            "the name is too long");
    else if (stat(path, &st) != 0 && errno == ENOENT)
        tri_config_complain(e, peers->config.line[line],
                            "%.250s: is missing; make it with: mkdir -p %.250s",
                            path, path);
    else if (stat(path, &st) != 0)
        tri_config_complain(e, peers->config.line[line], "%.400s: %s", path,
                            strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        tri_config_complain(e, peers->config.line[line],
                            "%.400s: is not a directory", path);
    else if (access(path, mode) != 0)
        tri_config_complain(e, peers->config.line[line], "%.400s: cannot be %s",
                            path, mode & W_OK ? "written to" : "read");
}

int tri_peers_load(struct tri_peers *peers, const char *path,
                   struct tri_config_errors *e)
{
    struct tri_why why = { "" };
    uint8_t *text = NULL;
    size_t len = 0;
    int rc;

    memset(peers, 0, sizeof *peers);
    if (strlen(path) >= sizeof peers->path) {
        tri_config_complain(e, 0, "the name of the configuration is too long");
        return TRI_E_ARG;
    }
    strcpy(peers->path, path);
    peers->keys = tri_secret_alloc(sizeof *peers->keys);
    if (peers->keys == NULL) {
        tri_config_complain(e, 0, "no memory");
        return TRI_E_NOMEM;
    }
    rc = tri_file_read(path, TRI_CONFIG_BYTES, &text, &len, &why);
    if (rc != TRI_OK) {
        const size_t n = strlen(path);
        /* Whoever prints the errors names the file. */
        const int twice = strncmp(why.text, path, n) == 0 &&
                          strncmp(why.text + n, ": ", 2) == 0;

        tri_config_complain(e, 0, "%s", why.text + (twice ? n + 2 : 0));
        tri_peers_wipe(peers);
        return rc;
    }
    (void)tri_config_parse(&peers->config, (const char *)text, len, e);
    free(text);
    check_key(peers, e);
    check_hosts(peers, e);
    check_dir(peers, peers->config.data, TRI_CONFIG_DATA, R_OK | X_OK, e);
    check_dir(peers, peers->config.out, TRI_CONFIG_OUT, W_OK | X_OK, e);
    check_dir(peers, peers->config.store, TRI_CONFIG_STORE, R_OK | W_OK | X_OK,
              e);
    if (e->n == 0)
        return TRI_OK;
    tri_peers_wipe(peers);
    return TRI_E_FORMAT;
}

int tri_peers_open(struct tri_peers *peers, const char *path,
                   struct tri_why *why)
{
    struct tri_config_errors *const e = calloc(1, sizeof *e);
    char more[160] = "", line[32] = "";
    int rc;

    if (e == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    rc = tri_peers_load(peers, path, e);
    if (rc != TRI_OK) {
        if (e->n + e->more > 1)
            snprintf(more, sizeof more,
                     "; and %zu more: see `trinn check-config %.80s`",
                     e->n + e->more - 1, path);
        if (e->e[0].line != 0)
            snprintf(line, sizeof line, " line %u:", e->e[0].line);
        tri_why(why, rc, "%.200s:%s %s%s", path, line, e->e[0].text, more);
    }
    free(e);
    return rc;
}

/* ---- use ----------------------------------------------------------------- */

void tri_peers_tcp(const struct tri_peers *peers, struct tri_tcp_config *tcp)
{
    const struct tri_config *const c = &peers->config;

    *tcp = (struct tri_tcp_config){ .id = c->id,
                                    .keys = peers->keys,
                                    .connect_ms = c->connect * 1000,
                                    .deadline_ms = c->deadline * 1000 };
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (strcmp(c->party[j].addr, "-") != 0 && !c->party[j].ether)
            tcp->addr[j] = c->party[j].addr;
    if (c->listen[0] != '\0')
        tcp->listen = c->listen;
}

void tri_peers_warn(void)
{
    fputs("*******************************************************************"
          "****\n"
          "**  WARNING: --insecure-plaintext                                  "
          "  **\n"
          "**  Nothing between the parties is encrypted or authenticated: who "
          "  **\n"
          "**  can read the network learns the data, who can write to it takes"
          "  **\n"
          "**  a party's place. For measurements and tests only.              "
          "  **\n"
          "*******************************************************************"
          "****\n",
          stderr);
}
