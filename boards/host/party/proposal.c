#include "boards/host/party/proposal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/party/run.h"
#include "core/err.h"

/* Lines that are options, and the value of one that was not given. */
static const struct {
    const char *name, *absent;
} adopted[] = {
    { "engine", NULL },        { "epochs", "0" },
    { "optimizer", NULL },     { "beta2", "0" },
    { "epsilon", "0" },        { "steps", "0" },
    { "batch", "0" },          { "rate", NULL },
    { "schedule", NULL },      { "rate-end", "0" },
    { "warmup", NULL },        { "momentum", NULL },
    { "decay", NULL },         { "class-weights", "none" },
    { "frac", NULL },          { "compare", NULL },
    { "seed", NULL },          { "loss-every", NULL },
    { "prg", NULL },           { "link", "none" },
    { "tune", "none" },        { "max", NULL },
    { "ledger", "by memory" }, { "memory", "0" },
};
enum { ADOPTED = sizeof adopted / sizeof *adopted, VALUE = 1100 };

/* One line of the text, without its end. */
struct line {
    const char *name, *value;
    size_t name_n, value_n;
};

static struct line next_line(const char **text)
{
    const size_t n = strcspn(*text, "\n"), name = strcspn(*text, " \n");
    const struct line l = { *text, *text + name + (name < n), name,
                            n - name - (name < n) };

    *text += n + ((*text)[n] == '\n');
    return l;
}

static int is(const char *p, size_t n, const char *word)
{
    return strlen(word) == n && memcmp(p, word, n) == 0;
}

static int value_is(const struct line *l, const char *word)
{
    return is(l->value, l->value_n, word);
}

/* Losses are opened no more often than this party would by itself. */
static int opens_more(const struct tri_run_options *o, const char *value)
{
    const unsigned long long n = strtoull(value, NULL, 10);

    return n > 0 && (o->loss_every == 0 || n < o->loss_every);
}

/* No more memory than this party was told to take. */
static int is_in_limit(const struct tri_run_options *o, const struct line *l)
{
    const unsigned long long n = strtoull(l->value, NULL, 10);

    return is(l->name, l->name_n, "memory") && n > 0 && n <= o->memory;
}

/* The value as an option says it: networks not as "200000 ns, 625000000 B/s",
 * sizes not in bytes. 0: it is not adopted. */
static int value_of(char out[VALUE], const struct line *l, const char *name,
                    const struct tri_run_options *o)
{
    unsigned long long a, b;

    snprintf(out, VALUE, "%.*s", (int)l->value_n, l->value);
    if (strcmp(name, "loss-every") == 0)
        return !opens_more(o, out);
    if (strcmp(name, "ledger") == 0 || strcmp(name, "memory") == 0) {
        if (sscanf(out, "%19llu", &a) != 1 || a == 0 || a % 1000 != 0)
            return 0;
        snprintf(out, VALUE, "%lluK", a / 1000);
    }
    if (strcmp(name, "link") == 0 || strcmp(name, "tune") == 0) {
        if (sscanf(out, "%19llu ns, %19llu B/s", &a, &b) != 2)
            return 0;
        snprintf(out, VALUE, "%llu.%03lluus:%lluB/s", a / 1000, a % 1000, b);
    }
    return 1;
}

/* The lines that are adopted, as tri_options_lines() takes them. */
static int select_lines(char *out, size_t size, const char *text,
                        const char *end, const struct tri_run_options *o,
                        const struct tri_args *given, struct tri_why *why)
{
    size_t used = 0;

    out[0] = '\0';
    while (text < end) {
        const struct line l = next_line(&text);
        char value[VALUE];

        for (size_t i = 0; i < ADOPTED; i++) {
            const char *const name = adopted[i].name;
            int n;

            if (!is(l.name, l.name_n, name) ||
                (tri_args_given(given, name) && !is_in_limit(o, &l)) ||
                (adopted[i].absent != NULL &&
                 value_is(&l, adopted[i].absent)) ||
                !value_of(value, &l, name, o))
                continue;
            n = snprintf(out + used, size - used, "%s %s\n", name, value);
            if (n < 0 || (size_t)n >= size - used)
                return tri_why(why, TRI_E_FORMAT,
                               "what party 0 proposes is too long");
            used += (size_t)n;
        }
    }
    return TRI_OK;
}

/* The verification is this party's, too. */
static int security(struct tri_run_options *o, const struct line *l,
                    struct tri_why *why)
{
    if (value_is(l, "active")) {
        o->security = TRI_SECURITY_ACTIVE;
        return TRI_OK;
    }
    return o->security == TRI_SECURITY_PASSIVE
               ? TRI_OK
               : tri_why(why, TRI_E_ARG,
                         "party 0 proposes security passive: a party that "
                         "cheats could spoil the result or learn data, and "
                         "nobody would see it; if you want that give "
                         "--security passive beside --accept-jobs");
}

int tri_proposal_adopt(struct tri_proposal *p, struct tri_run_options *o,
                       const struct tri_args *given, const char *text,
                       struct tri_why *why)
{
    static const char last[] = "reveal-small "; /* before the network */
    char *const options = malloc(sizeof p->kept);
    const char *at = text, *net;
    struct line l = { NULL, NULL, 0, 0 };
    int rc = options != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    p->every = 0;
    p->loss_every = o->loss_every;
    p->own_batch = tri_args_given(given, "batch");
    p->own_epochs = tri_args_given(given, "epochs");
    while (rc == TRI_OK && *at != '\0' &&
           strncmp(at, last, sizeof last - 1) != 0) {
        l = next_line(&at);
        if (is(l.name, l.name_n, "security"))
            rc = security(o, &l, why);
    }
    if (rc == TRI_OK && *at == '\0')
        rc = tri_why(why, TRI_E_FORMAT, "party 0 proposes no run");
    if (rc != TRI_OK)
        goto out;
    rc = select_lines(options, sizeof p->kept - 2 * ADOPTED, text, at, o, given,
                      why);
    if (rc == TRI_OK)
        rc = tri_options_lines(o, options, strlen(options), p->kept,
                               sizeof p->kept, why);
    (void)next_line(&at);
    net = at;
    while (*at != '\0' && strncmp(at, "checkpoint ", 11) != 0)
        (void)next_line(&at);
    if (rc == TRI_OK && tri_args_given(given, "net")) {
        rc = tri_options_net(o, why);
    } else if (rc == TRI_OK) {
        o->net_name = "of party 0";
        rc = tri_options_net_text(o, net, (size_t)(at - net), why);
        if (rc == TRI_OK)
            rc = tri_options_optimizer(o, why);
    }
    if (*at != '\0') {
        l = next_line(&at);
        p->every =
            (uint32_t)strtoul(l.value + strcspn(l.value, " \n"), NULL, 10);
    }
out:
    free(options);
    return rc;
}

/* `own`: as this party would train by itself. */
static int check_epochs(const struct tri_proposal *p,
                        const struct tri_run_options *o,
                        const struct tri_run_options *own, uint64_t samples,
                        struct tri_why *why)
{
    enum { USUAL = 100 };
    const uint64_t each = samples / o->batch, steps = tri_run_steps(o, samples);
    const uint64_t most = p->most_epochs > 0    ? p->most_epochs
                          : own->epochs > USUAL ? own->epochs
                                                : USUAL;

    if (p->own_epochs || steps <= most * each)
        return TRI_OK;
    return tri_why(why, TRI_E_ARG,
                   "party 0 proposes %llu epochs, and this party accepts %llu; "
                   "if you want that give --accept-epochs %llu beside "
                   "--accept-jobs",
                   (unsigned long long)((steps - 1) / each + 1),
                   (unsigned long long)most,
                   (unsigned long long)((steps - 1) / each + 1));
}

int tri_proposal_may(const struct tri_proposal *p,
                     const struct tri_run_options *o, uint64_t samples,
                     struct tri_why *why)
{
    struct tri_run_options *const own = calloc(1, sizeof *own);
    uint64_t apart;
    int rc = TRI_OK;

    if (own == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    tri_options_fit(own, samples);
    rc = check_epochs(p, o, own, samples, why);
    apart = samples / own->batch;
    if (apart > p->loss_every)
        apart = p->loss_every;
    if (rc == TRI_OK && o->loss_every > 0 && !p->own_batch &&
        (o->batch < own->batch ||
         (!p->own_epochs && samples / o->batch < apart)))
        rc = tri_why(why, TRI_E_ARG,
                     "party 0 proposes batches of %llu of %llu samples: losses "
                     "of fewer samples or more losses would be opened than of "
                     "batches of %llu; if you want that give --batch %llu "
                     "beside --accept-jobs",
                     (unsigned long long)o->batch, (unsigned long long)samples,
                     (unsigned long long)own->batch,
                     (unsigned long long)o->batch);
    free(own);
    return rc;
}
