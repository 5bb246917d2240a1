#include "boards/host/serve/card.h"
#include <stddef.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/party/peers.h"
#include "core/err.h"

struct options {
    const char *config;
};

static const struct tri_option table[] = {
    TRI_TEXT("config", offsetof(struct options, config), "FILE",
             "configuration of one of the parties"),
    { .name = NULL }
};

static struct options own;

static int run(const struct tri_args *a, struct tri_why *why)
{
    static struct tri_peers peers;
    int rc;

    (void)a;
    if (own.config == NULL)
        return tri_why(why, TRI_E_ARG, "option --config is missing");
    rc = tri_peers_open(&peers, own.config, why);
    if (rc == TRI_OK)
        rc = tri_card_print(stdout, &peers.config, why);
    tri_peers_wipe(&peers);
    return rc;
}

const struct tri_command tri_cmd_card = {
    .name = "service-card",
    .what = "print what clients of a service need",
    .usage = "service-card --config FILE",
    .about = "Print where clients call the three parties, and their public "
             "keys, for the file that\n`trinn ask --service` takes. Nothing of "
             "it is secret; give it to clients in a way that\nnobody can "
             "forge.",
    .group = { { table, &own, NULL } },
    .run = run
};
