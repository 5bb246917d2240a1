#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "boards/host/cmd/client.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/serve/definition.h"
#include "core/err.h"

struct options {
    struct tri_client_options client;
    const char *name, *data, *test, *allow;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("name", AT(name), "NAME", "what the model is to be called"),
    TRI_TEXT("data", AT(data), "NAME,...",
             "data sets of the service to train on: this client's, and those\n"
             "whose owners have named it"),
    TRI_TEXT("test-data", AT(test), "NAME,...",
             "such data sets; how many of them are right is told to the\n"
             "parties after every epoch"),
    TRI_TEXT("allow", AT(allow), "NAME,...",
             "clients who may query the model as well (default: only this\n"
             "one), by the keys that the parties know for these names now"),
    { .name = NULL }
};

static struct options own = { .client = { .timeout = 60 } };
static struct tri_run_options of;

static int define(struct tri_work *w, const struct tri_args *a,
                  struct tri_why *why)
{
    int rc = tri_client_name(w, "name", own.name, why);

    w->kind = TRI_MESSAGE_TRAIN;
    if (rc == TRI_OK && own.data == NULL)
        rc = tri_why(why, TRI_E_ARG, "option --data is missing");
    if (rc == TRI_OK)
        rc = tri_args_refuse(a, tri_definition_not, "train", why);
    if (rc == TRI_OK)
        rc = tri_work_list(w->data, "data", own.data, why);
    if (rc == TRI_OK)
        rc = tri_work_list(w->test, "test-data", own.test, why);
    if (rc == TRI_OK)
        rc = tri_work_list(w->allow, "allow", own.allow, why);
    if (rc == TRI_OK)
        rc = tri_options_net(&of, why);
    if (rc == TRI_OK && tri_definition_print(w->text, sizeof w->text, &of) == 0)
        rc = tri_why(why, TRI_E_ARG, "the network's text is too long");
    return rc;
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    static struct tri_work w;
    struct tri_client *c = NULL;
    int rc = define(&w, a, why);

    if (rc == TRI_OK)
        rc = tri_client_open(&c, &own.client, why);
    if (rc == TRI_OK)
        rc = tri_client_work(c, &w, TRI_MESSAGE_TEXT_REPLY, why);
    if (rc == TRI_OK)
        tri_client_print(c);
    tri_client_close(c);
    return rc;
}

const struct tri_command tri_cmd_train = {
    .name = "train",
    .what = "let a service train a model on data sets that it keeps",
    .usage = "train --service FILE --key FILE --name NAME --data NAME,... "
             "--net NET\n       [OPTIONS]",
    .about = "Define a training, once for all three parties. Each checks for "
             "itself whether this client\nmay train on these data sets. It "
             "goes on without this client, also after a party was\nstarted "
             "again: `trinn jobs` says how far it is, `trinn status` that the "
             "model is there.\nFor clients with the right `train`.",
    .group = { { table, &own, NULL },
               TRI_CLIENT_GROUP(&own.client),
               TRI_TRAINING_GROUP(&of),
               TRI_PARTIES_GROUP(&of) },
    .usual = &of,
    .run = run
};
