#include <stdio.h>
#include "boards/host/cmd/client.h"
#include "boards/host/cmd/cmd.h"
#include "core/err.h"

static struct tri_client_options own = { .timeout = 10 };

static int run(const struct tri_args *a, struct tri_why *why)
{
    static char text[TRI_MESSAGE_TEXT + 1];
    const int jobs = a->command == &tri_cmd_jobs;
    struct tri_client *c = NULL;
    int rc = tri_client_open(&c, &own, why);

    if (rc == TRI_OK)
        rc = tri_client_ask(c, jobs ? TRI_MESSAGE_JOBS : TRI_MESSAGE_STATUS,
                            NULL, 0, TRI_MESSAGE_TEXT_REPLY, why);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        const struct tri_talk *const t = c->calls.talk[j];

        tri_message_text(text, sizeof text, t->body, t->m.len);
        if (jobs)
            printf("party %u\n", j);
        fputs(text, stdout);
    }
    tri_client_close(c);
    return rc;
}

const struct tri_command tri_cmd_status = {
    .name = "status",
    .what = "ask a service how it is",
    .usage = "status --service FILE --key FILE",
    .about = "Print what each of the three parties of a service says of "
             "itself: whether they are\nconnected, what was answered, models, "
             "and what this client may do.",
    .group = { TRI_CLIENT_GROUP(&own) },
    .run = run
};

const struct tri_command tri_cmd_jobs = {
    .name = "jobs",
    .what = "list what a service has to do",
    .usage = "jobs --service FILE --key FILE",
    .about = "List this client's requests that wait at each of the three "
             "parties, and its trainings; with the\nright `admin`, those of "
             "all clients.",
    .group = { TRI_CLIENT_GROUP(&own) },
    .run = run
};
