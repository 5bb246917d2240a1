#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/party/peers.h"
#include "core/err.h"

static int complain(const char *path, const struct tri_config_errors *e,
                    struct tri_why *why)
{
    const size_t all = e->n + e->more;

    for (size_t i = 0; i < e->n; i++) {
        if (e->e[i].line != 0)
            printf("%s: line %u: %s\n", path, e->e[i].line, e->e[i].text);
        else
            printf("%s: %s\n", path, e->e[i].text);
    }
    return tri_why(why, TRI_E_FORMAT, "%.200s: %zu error%s%s", path, all,
                   all > 1 ? "s" : "",
                   e->more > 0 ? ", not all of them shown" : "");
}

static void describe_service(const struct tri_config *c)
{
    if (c->service[c->id][0] == '\0' && c->clients == 0)
        return;
    printf("  clients call at %s; models and data are in %s\n",
           c->service[c->id], c->store);
    for (size_t i = 0; i < c->clients; i++) {
        printf("  client %-16s may", c->client[i].name);
        for (unsigned r = 1; tri_right_name(r) != NULL; r <<= 1)
            if (c->client[i].rights & r)
                printf(" %s", tri_right_name(r));
        puts("");
    }
    printf("  of each client wait at most %u requests with %u bytes, %u come "
           "in a second\n",
           c->limit_jobs, c->limit_bytes, c->limit_rate);
}

static void describe(const struct tri_peers *peers)
{
    const struct tri_config *const c = &peers->config;
    char digits[TRI_KEY_DIGITS + 1];

    printf("%s: all is well\n", peers->path);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        tri_key_print(digits, c->party[j].key);
        printf("  party %u  %-24s  %s%s\n", j,
               strcmp(c->party[j].addr, "-") == 0 ? "(calls the others)"
                                                  : c->party[j].addr,
               digits, j == c->id ? "  this party" : "");
    }
    if (c->party[c->id].ether)
        printf("  raw Ethernet on interface %s\n", c->interface);
    else if (c->id < 2)
        printf("  listens at %s\n",
               c->listen[0] != '\0' ? c->listen : c->party[c->id].addr);
    printf("  waits %u s for the others to appear, %u s for a sign of life\n",
           c->connect, c->deadline);
    if (c->data[0] != '\0')
        printf("  shares of data are in %s\n", c->data);
    if (c->out[0] != '\0')
        printf("  models and results go to %s\n", c->out);
    describe_service(c);
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    static struct tri_peers peers;
    struct tri_config_errors *const e = calloc(1, sizeof *e);
    int rc;

    if (e == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    rc = tri_peers_load(&peers, a->word[0], e);
    tri_peers_wipe(&peers);
    if (rc != TRI_OK)
        rc = complain(a->word[0], e, why);
    else
        describe(&peers);
    free(e);
    return rc;
}

const struct tri_command tri_cmd_check = {
    .name = "check-config",
    .what = "check a party's configuration",
    .usage = "check-config FILE",
    .about = "Check a party's configuration: every line, the private key and "
             "that the party's public\nkey belongs to it, keys and addresses "
             "that occur twice, directories. All errors are\nnamed; without "
             "any, what the configuration says is printed.",
    .min_words = 1,
    .max_words = 1,
    .run = run
};
