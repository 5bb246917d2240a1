#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/file.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/party/keyfile.h"
#include "boards/host/party/onether.h"
#include "boards/host/share/sharefile.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/ether/ether.h"
#include "net/host/secret.h"

enum { MOST = INT32_MAX / 4 }; /* bytes of a file */

struct options {
    const char *board, *board_key, *key, *interface;
    uint64_t connect, deadline;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("board", AT(board), "ADDRESS",
             "the board's: ether:02:00:5e:10:00:01, or ether to look for it"),
    TRI_TEXT("board-key", AT(board_key), "KEY", "its public key, 64 digits"),
    TRI_TEXT("key", AT(key), "FILE", "the owner's private key"),
    TRI_TEXT("interface", AT(interface), "NAME", "towards the board"),
    TRI_UINT("connect", AT(connect), "SECONDS", 1, 86400,
             "to wait for the board (default 120)"),
    TRI_UINT("deadline", AT(deadline), "SECONDS", 1, 86400,
             "to wait for a sign of life (default 60)"),
    { .name = NULL }
};

static struct options given = { .connect = 120, .deadline = 60 };

/* The board is the party of the share; the owner has the number of another one
 * there (boards/common/party.c). */
static int configure(struct tri_ether_config *cfg, struct tri_secure_keys *keys,
                     unsigned board, const struct tri_kernels *k,
                     struct tri_why *why)
{
    int rc;

    *cfg =
        (struct tri_ether_config){ .id = (board + 1) % TRI_PARTIES,
                                   .pair = 1 + board,
                                   .interface = given.interface,
                                   .keys = keys,
                                   .k = k,
                                   .connect_ms = (uint32_t)given.connect * 1000,
                                   .deadline_ms =
                                       (uint32_t)given.deadline * 1000 };
    if (strncmp(given.board, "ether", 5) != 0 ||
        !tri_onether.address(cfg->mac[board], given.board, strlen(given.board)))
        return tri_why(why, TRI_E_ARG,
                       "option --board: '%.60s' is neither ether nor "
                       "ether:02:00:5e:10:00:01 or the like",
                       given.board);
    rc = tri_key_option(keys->peer[board], "board-key", given.board_key, why);
    return rc == TRI_OK ? tri_key_load(given.key, keys->own, why) : rc;
}

/* Its length, the file, and the board's word. */
static int hand_over(const struct tri_ether_config *cfg, unsigned board,
                     const uint8_t *file, size_t n, struct tri_why *why)
{
    uint8_t size[8], good;
    struct tri_link l;
    int rc = tri_ether_open(&l, cfg);

    if (rc != TRI_OK)
        return tri_why(why, rc, "%s", l.error);
    tri_le_store64(size, n);
    rc = tri_send(&l, board, size, sizeof size);
    if (rc == TRI_OK)
        rc = tri_send(&l, board, file, n);
    if (rc == TRI_OK)
        rc = tri_flush(&l);
    if (rc == TRI_OK)
        rc = tri_recv(&l, board, &good, sizeof good);
    if (rc != TRI_OK)
        rc = tri_why(why, rc, "%s", l.error);
    else if (good != 1)
        rc = tri_why(why, TRI_E_PROTO,
                     "the board does not say that it has its share");
    tri_close(&l);
    return rc;
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    const char *const need[][2] = { { "board", given.board },
                                    { "board-key", given.board_key },
                                    { "key", given.key },
                                    { "interface", given.interface } };
    struct tri_ether_config cfg;
    struct tri_secure_keys *keys;
    struct tri_kernels k;
    struct tri_share s;
    uint8_t *file = NULL;
    size_t n = 0;
    int rc;

    for (size_t i = 0; i < sizeof need / sizeof *need; i++)
        if (need[i][1] == NULL)
            return tri_why(why, TRI_E_ARG, "option --%s is missing",
                           need[i][0]);
    keys = tri_secret_alloc(sizeof *keys);
    if (keys == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    tri_kernels_init(&k, tri_cpu_detect());
    rc = tri_share_open(&s, a->word[0], TRI_SHARE_MODEL, -1, &k, why);
    if (rc == TRI_OK)
        rc = configure(&cfg, keys, s.head.party, &k, why);
    if (rc == TRI_OK)
        rc = tri_file_read(a->word[0], MOST, &file, &n, why);
    if (rc == TRI_OK)
        rc = hand_over(&cfg, s.head.party, file, n, why);
    tri_share_close(&s);
    if (file != NULL)
        tri_wipe(file, n);
    free(file);
    tri_secret_free(keys);
    return rc;
}

const struct tri_command tri_cmd_load = {
    .name = "load",
    .what = "send a board its share of a model",
    .usage =
        "load SHARE --board ADDRESS --board-key KEY --key FILE --interface "
        "NAME",
    .about = "Send a board without an operating system the share of a model "
             "that it waits for,\nsealed: `trinn board --owner` has told it "
             "whose key may do so. It keeps the share in\nmemory until it is "
             "switched off. Each board gets its own, by a call of its own. On "
             "raw\nEthernet, as `trinn party`.",
    .group = { { table, &given, NULL } },
    .min_words = 1,
    .max_words = 1,
    .run = run
};
