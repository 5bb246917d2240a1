#include "boards/host/formats/networks.h"
#include <string.h>
#include "proto/nn/net.h"

/* TRI_NETWORKS: { "NAME", "text" }, for every file. */
const struct tri_network tri_networks[] = { TRI_NETWORKS{ NULL, NULL } };

const char *tri_networks_text(const char *name)
{
    const char *const paper = tri_net_builtin(name);
    const struct tri_network *n = tri_networks;

    while (name != NULL && n->name != NULL && strcmp(n->name, name) != 0)
        n++;
    return paper != NULL || name == NULL ? paper : n->text;
}
