#include "boards/host/serve/definition.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/party/run.h"
#include "core/err.h"

static const char *const names[] = {
    "epochs", "steps",    "batch",     "rate", "schedule",   "rate-end",
    "warmup", "momentum", "decay",     "seed", "loss-every", "max",
    "beta2",  "epsilon",  "optimizer", NULL
};

const char *const tri_definition_not[] = {
    "security", "engine",  "frac",          "compare",
    "threads",  "prg",     "link",          "tune",
    "ledger",   "log",     "force",         "reveal-small",
    "deadline", "no-spin", "class-weights", "memory",
    NULL
};

static const char network[] = "network\n";

static int belongs(const char *name, size_t n)
{
    for (size_t i = 0; names[i] != NULL; i++)
        if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
            return 1;
    return 0;
}

/* One line; nothing for what is not given. */
static int line(char *out, size_t size, const struct tri_option *o,
                const struct tri_run_options *base)
{
    const char *const at = (const char *)base + o->at;
    int choice;

    if (!belongs(o->name, strlen(o->name)))
        return 0;
    if (o->kind == TRI_OPTION_UINT) {
        const uint64_t v = *(const uint64_t *)(const void *)at;

        return v == 0 && o->min > 0 ? 0
                                    : snprintf(out, size, "%s %llu\n", o->name,
                                               (unsigned long long)v);
    }
    if (o->kind == TRI_OPTION_REAL) {
        const double v = *(const double *)(const void *)at;

        return v == 0 && o->low > 0
                   ? 0
                   : snprintf(out, size, "%s %.17g\n", o->name, v);
    }
    choice = *(const int *)(const void *)at;
    return choice < 0
               ? 0
               : snprintf(out, size, "%s %s\n", o->name, o->choice[choice]);
}

size_t tri_definition_print(char *out, size_t size,
                            const struct tri_run_options *o)
{
    const struct tri_option *const table[2] = { tri_training_options,
                                                tri_parties_options };
    size_t n = 0;
    int len;

    for (int t = 0; t < 2; t++)
        for (const struct tri_option *i = table[t]; i->name != NULL; i++) {
            len = line(out + n, size - n, i, o);
            if (len < 0 || (size_t)len >= size - n)
                return 0;
            n += (size_t)len;
        }
    len = snprintf(out + n, size - n, "%s%s", network, o->text);
    return len < 0 || (size_t)len >= size - n ? 0 : n + (size_t)len;
}

static int read_options(struct tri_run_options *o, const char *text, size_t len,
                        struct tri_why *why)
{
    char kept[sizeof names / sizeof *names * 64]; /* none is a text */

    for (const char *p = text; p < text + len; p += strcspn(p, "\n") + 1)
        if (!belongs(p, strcspn(p, " \n")))
            return tri_why(why, TRI_E_FORMAT, "this is no training's text");
    return tri_options_lines(o, text, len, kept, sizeof kept, why);
}

int tri_definition_parse(struct tri_run_options *o, const char *text,
                         struct tri_why *why)
{
    const size_t size = strlen(text) + 1;
    const char *const net = strstr(text, network);
    char *const again = malloc(size + 1);
    int rc = net != NULL && again != NULL && (net == text || net[-1] == '\n')
                 ? TRI_OK
                 : tri_why(why, TRI_E_FORMAT, "this is no training's text");

    if (rc == TRI_OK)
        rc = read_options(o, text, (size_t)(net - text), why);
    o->net_name = "as sent";
    if (rc == TRI_OK)
        rc = tri_options_net_text(o, net + sizeof network - 1,
                                  strlen(net + sizeof network - 1), why);
    if (rc == TRI_OK && (tri_definition_print(again, size + 1, o) != size - 1 ||
                         strcmp(again, text) != 0))
        rc = tri_why(why, TRI_E_FORMAT,
                     "the training's text is not as `trinn train` writes it");
    free(again);
    return rc == TRI_OK ? tri_options_optimizer(o, why) : rc;
}

/* Two checkpoints and the one that is being written, of weights and moments. */
uint64_t tri_definition_bytes(const char *text, unsigned id)
{
    struct tri_run_options *const o = malloc(sizeof *o);
    struct tri_why why = { "" };
    uint64_t bytes = 0;

    if (o == NULL)
        return 0;
    tri_options_usual(o);
    if (tri_options_engine(o, TRI_PARTIES, &why) == TRI_OK &&
        tri_definition_parse(o, text, &why) == TRI_OK)
        bytes = tri_run_model_bytes(o, id) *
                (1 + 3 * (1 + (uint64_t)tri_options_moments(o)));
    free(o);
    return bytes;
}
