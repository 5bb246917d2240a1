#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/formats/networks.h"
#include "core/err.h"
#include "proto/nn/net.h"

/* A line of the list. */
static int describe(struct tri_net *net, const char *name, struct tri_why *why)
{
    const char *const text = tri_networks_text(name);
    char err[TRI_NET_ERROR];
    const int rc = tri_net_parse(net, text, strlen(text), err);

    if (rc != TRI_OK)
        return tri_why(why, rc, "network %s: %s", name, err);
    printf("%-10s %3u x %3u x %u %7u classes %4zu layers %9" PRIu64
           " parameters\n",
           name, net->h, net->w, net->c, net->classes, net->layers,
           tri_net_words(net));
    return TRI_OK;
}

static int list(struct tri_why *why)
{
    static const char *const paper[] = { "A", "B", "C", "D" };
    struct tri_net *const net = malloc(sizeof *net);
    int rc = net != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    for (size_t i = 0; rc == TRI_OK && i < sizeof paper / sizeof *paper; i++)
        rc = describe(net, paper[i], why);
    for (size_t i = 0; rc == TRI_OK && tri_networks[i].name != NULL; i++)
        rc = describe(net, tri_networks[i].name, why);
    free(net);
    return rc;
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    const char *text;

    if (a->words == 0)
        return list(why);
    text = tri_networks_text(a->word[0]);
    if (text == NULL)
        return tri_why(why, TRI_E_ARG,
                       "'%s' is no network of this program; `trinn networks` "
                       "lists them",
                       a->word[0]);
    fputs(text, stdout);
    return TRI_OK;
}

const struct tri_command tri_cmd_networks = {
    .name = "networks",
    .what = "list the networks that --net knows by name",
    .usage = "networks [NAME]",
    .about = "List the networks that --net knows by name, or print the "
             "description of one: a start for\na file of your own.",
    .max_words = 1,
    .run = run
};
