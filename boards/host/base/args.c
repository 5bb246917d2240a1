#include "boards/host/base/args.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/report.h"
#include "core/err.h"

int tri_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (*text == '\0')
        return TRI_E_FORMAT;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9')
            return TRI_E_FORMAT;
        const uint64_t digit = (uint64_t)(*p - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return TRI_E_RANGE;
        v = 10 * v + digit;
    }
    if (v < min || v > max)
        return TRI_E_RANGE;
    *out = v;
    return TRI_OK;
}

static int set_uint(const struct tri_option *o, void *var, const char *value,
                    struct tri_why *why)
{
    const int rc = tri_number(value, o->min, o->max, var);

    if (rc == TRI_OK)
        return TRI_OK;
    return tri_why(why, TRI_E_ARG,
                   "option --%s: '%s' is %s; give a whole number from %llu "
                   "to %llu",
                   o->name, value,
                   rc == TRI_E_FORMAT ? "not a whole number" : "out of range",
                   (unsigned long long)o->min, (unsigned long long)o->max);
}

static int set_size(const struct tri_option *o, void *var, const char *value,
                    struct tri_why *why)
{
    static const char units[] = "KMG";
    const size_t digits = strspn(value, "0123456789");
    const char *const unit =
        value[digits] != '\0' ? strchr(units, value[digits]) : units + 1;
    char number[24], least[24], most[24];
    uint64_t v = 0, by = 1000;
    int rc = TRI_E_FORMAT;

    if (unit != NULL && digits < sizeof number &&
        (value[digits] == '\0' || value[digits + 1] == '\0')) {
        memcpy(number, value, digits);
        number[digits] = '\0';
        for (const char *u = units; u < unit; u++)
            by *= 1000;
        rc = tri_number(number, (o->min + by - 1) / by, o->max / by, &v);
    }
    if (rc == TRI_OK) {
        *(uint64_t *)var = v * by;
        return TRI_OK;
    }
    return tri_why(why, TRI_E_ARG,
                   "option --%s: '%s' is %s; give a whole number with K, M or "
                   "G, such as 64M, from %s to %s",
                   o->name, value,
                   rc == TRI_E_FORMAT ? "no size" : "out of range",
                   tri_bytes_text(least, o->min), tri_bytes_text(most, o->max));
}

static int set_real(const struct tri_option *o, void *var, const char *value,
                    struct tri_why *why)
{
    char *end;
    double v;

    /* strtod also takes blanks, "inf", "nan" and hexadecimal */
    if (value[strspn(value, "0123456789.eE+-")] != '\0' ||
        (v = strtod(value, &end), end == value || *end != '\0'))
        return tri_why(why, TRI_E_ARG,
                       "option --%s: '%s' is not a number; give one from %g "
                       "to %g",
                       o->name, value, o->low, o->high);
    if (!(v >= o->low && v <= o->high))
        return tri_why(why, TRI_E_ARG,
                       "option --%s: '%s' is out of range; give a number from "
                       "%g to %g",
                       o->name, value, o->low, o->high);
    *(double *)var = v;
    return TRI_OK;
}

static int set_choice(const struct tri_option *o, void *var, const char *value,
                      struct tri_why *why)
{
    char all[200] = "";

    for (int i = 0; o->choice[i] != NULL; i++) {
        if (strcmp(o->choice[i], value) == 0) {
            *(int *)var = i;
            return TRI_OK;
        }
        if (i > 0)
            strncat(all, o->choice[i + 1] != NULL ? ", " : " or ",
                    sizeof all - strlen(all) - 1);
        strncat(all, o->choice[i], sizeof all - strlen(all) - 1);
    }
    return tri_why(why, TRI_E_ARG, "option --%s: '%s' is unknown; give %s",
                   o->name, value, all);
}

static int set_list(const struct tri_option *o, struct tri_list *list,
                    const char *value, struct tri_why *why)
{
    for (const char *end;; value = end + 1) {
        end = strchrnul(value, ',');
        if (end == value)
            return tri_why(why, TRI_E_ARG, "option --%s: %s", o->name,
                           *end == '\0' && list->n == 0
                               ? "the value is empty"
                               : "a name in the list is empty");
        if (list->n == TRI_MAX_LIST)
            return tri_why(why, TRI_E_ARG,
                           "option --%s: has more than %d names", o->name,
                           TRI_MAX_LIST);
        list->item[list->n] = strndup(value, (size_t)(end - value));
        if (list->item[list->n] == NULL)
            return tri_why(why, TRI_E_NOMEM, "no memory");
        list->n++;
        if (*end == '\0')
            return TRI_OK;
    }
}

void tri_list_free(struct tri_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free((char *)l->item[i]);
    *l = (struct tri_list){ .n = 0 };
}

int tri_list_replace(struct tri_list *l, size_t i, const char *text,
                     struct tri_why *why)
{
    char *const copy = strdup(text);

    if (copy == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    free((char *)l->item[i]);
    l->item[i] = copy;
    return TRI_OK;
}

static int set_value(const struct tri_option *o, void *var, const char *value,
                     struct tri_why *why)
{
    switch (o->kind) {
    case TRI_OPTION_UINT:
        return set_uint(o, var, value, why);
    case TRI_OPTION_SIZE:
        return set_size(o, var, value, why);
    case TRI_OPTION_REAL:
        return set_real(o, var, value, why);
    case TRI_OPTION_CHOICE:
        return set_choice(o, var, value, why);
    case TRI_OPTION_LIST:
        return set_list(o, var, value, why);
    default:
        if (*value == '\0')
            return tri_why(why, TRI_E_ARG, "option --%s: the value is empty",
                           o->name);
        *(const char **)var = value;
        return TRI_OK;
    }
}

/* What was found: an option, its number over all groups, its variable. */
struct found {
    const struct tri_option *o;
    unsigned number;
    void *var;
};

/* The option called name[0..len), or a single `letter`. */
static struct found find(const struct tri_command *cmd, const char *name,
                         size_t len, char letter)
{
    struct found f = { NULL, 0, NULL };

    for (size_t g = 0; g < TRI_MAX_GROUPS; g++) {
        f.o = cmd->group[g].option;
        for (; f.o != NULL && f.o->name != NULL; f.o++, f.number++) {
            f.var = (char *)cmd->group[g].base + f.o->at;
            if (letter != '\0' ? f.o->letter == letter
                               : strlen(f.o->name) == len &&
                                     memcmp(f.o->name, name, len) == 0)
                return f;
        }
    }
    f.o = NULL;
    return f;
}

/* argv[*i] is "--..." or "-..."; moves *i to the last argument it used. */
static int option(struct tri_args *a, int argc, char *const *argv, int *i,
                  struct tri_why *why)
{
    const int one = argv[*i][1] != '-';
    const char *const name = argv[*i] + (one ? 1 : 2);
    const char *const eq = one ? NULL : strchr(name, '=');
    const struct found f =
        find(a->command, name, eq != NULL ? (size_t)(eq - name) : strlen(name),
             !one              ? '\0'
             : name[1] == '\0' ? *name
                               : '-');
    const struct tri_option *const o = f.o;

    if (o == NULL)
        return tri_why(why, TRI_E_ARG, "unknown option '%s'; %stry --help",
                       argv[*i], one ? "options start with two dashes, " : "");
    if ((a->given >> f.number & 1) != 0 && o->kind != TRI_OPTION_LIST)
        return tri_why(why, TRI_E_ARG, "option --%s is given twice", o->name);
    a->given |= (uint64_t)1 << f.number;
    if (o->kind == TRI_OPTION_FLAG) {
        if (eq != NULL)
            return tri_why(why, TRI_E_ARG, "option --%s takes no value",
                           o->name);
        *(int *)f.var = 1;
        return TRI_OK;
    }
    if (eq != NULL)
        return set_value(o, f.var, eq + 1, why);
    if (*i + 1 >= argc || strncmp(argv[*i + 1], "--", 2) == 0)
        return tri_why(why, TRI_E_ARG, "option --%s: the value is missing",
                       o->name);
    return set_value(o, f.var, argv[++*i], why);
}

int tri_args_parse(struct tri_args *a, const struct tri_command *cmd, int argc,
                   char *const *argv, struct tri_why *why)
{
    int only_words = 0;

    *a = (struct tri_args){ .command = cmd };
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--") == 0)
            break;
        else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            a->help = 1;
            return TRI_OK;
        }
    for (int i = 0; i < argc; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = 1;
        } else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
            const int rc = option(a, argc, argv, &i, why);
            if (rc != TRI_OK)
                return rc;
        } else if (a->words == cmd->max_words || a->words == TRI_MAX_WORDS) {
            return tri_why(why, TRI_E_ARG,
                           "'%s' is one argument too many; try --help",
                           argv[i]);
        } else {
            a->word[a->words++] = argv[i];
        }
    }
    if (a->words < cmd->min_words)
        return tri_why(why, TRI_E_ARG, "too few arguments; usage: trinn %s",
                       cmd->usage);
    return TRI_OK;
}

int tri_args_given(const struct tri_args *a, const char *name)
{
    const struct found f = find(a->command, name, strlen(name), '\0');

    return f.o != NULL && (a->given >> f.number & 1) != 0;
}

int tri_args_refuse(const struct tri_args *a, const char *const *names,
                    const char *command, struct tri_why *why)
{
    for (; *names != NULL; names++)
        if (tri_args_given(a, *names))
            return tri_why(why, TRI_E_ARG,
                           "option --%s has no effect on `%s`; leave it out",
                           *names, command);
    return TRI_OK;
}

enum { HELP_COLUMNS = 79, HELP_INDENT = 25 };

/* Words in lines of HELP_COLUMNS; the first line begins at column `at`, the
 * others are indented. An empty line between paragraphs stays. */
static void print_text(FILE *out, const char *text, int at, int indent)
{
    while (*text != '\0') {
        const int word = (int)strcspn(text, " \n");
        const int parts = strncmp(text + word, "\n\n", 2) == 0;

        if (at > indent && at + 1 + word > HELP_COLUMNS) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        }
        at += fprintf(out, "%s%.*s", at > indent ? " " : "", word, text);
        text += word;
        text += strspn(text, " \n");
        if (parts) {
            fprintf(out, "\n\n%*s", indent, "");
            at = indent;
        }
    }
    fputc('\n', out);
}

static void print_option(FILE *out, const struct tri_option *o)
{
    const int head =
        fprintf(out, "  --%s%s%s", o->name, o->meta != NULL ? " " : "",
                o->meta != NULL ? o->meta : "");

    /* A head that is too long has a line of its own. */
    if (head >= HELP_INDENT)
        fputc('\n', out);
    fprintf(out, "%*s", HELP_INDENT - (head < HELP_INDENT ? head : 0), "");
    print_text(out, o->help, HELP_INDENT, HELP_INDENT);
}

void tri_args_help(FILE *out, const struct tri_command *cmd)
{
    fprintf(out, "usage: trinn %s\n\n", cmd->usage);
    print_text(out, cmd->about, 0, 0);
    fputc('\n', out);
    for (size_t g = 0; g < TRI_MAX_GROUPS; g++) {
        const struct tri_option_group *const group = &cmd->group[g];

        if (group->title != NULL)
            fprintf(out, "\n%s:\n", group->title);
        for (const struct tri_option *o = group->option;
             o != NULL && o->name != NULL; o++)
            print_option(out, o);
    }
    fprintf(out, "\n  %-*sthis text\n", HELP_INDENT - 2, "--help");
}
