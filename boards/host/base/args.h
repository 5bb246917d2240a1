#ifndef TRI_BOARDS_HOST_BASE_ARGS_H
#define TRI_BOARDS_HOST_BASE_ARGS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "boards/host/base/why.h"

/** \file boards/host/base/args.h
 *
 * # Command lines
 *
 * A command states its options in tables; parsing, checking and the help text
 * come from there. `--name value` and `--name=value` mean the same. Every
 * option may be given once, a list as often as one likes. `--` ends the
 * options.
 */
enum tri_option_kind {
    TRI_OPTION_FLAG,   /**< int: 1 if given                              */
    TRI_OPTION_TEXT,   /**< const char *, not empty                      */
    TRI_OPTION_UINT,   /**< uint64_t, decimal digits only, min..max      */
    TRI_OPTION_SIZE,   /**< uint64_t, bytes, min..max: see TRI_SIZE      */
    TRI_OPTION_REAL,   /**< double, low..high                            */
    TRI_OPTION_CHOICE, /**< int: index of the word in `choice`          */
    TRI_OPTION_LIST    /**< struct tri_list, no item empty              */
};

enum { TRI_MAX_LIST = 64 };

/** The items of all values of a LIST option, in order; commas separate items
 *  within a value. Starts as zeros; tri_list_free() in any case. */
struct tri_list {
    const char *item[TRI_MAX_LIST];
    size_t n;
};

struct tri_option {
    const char *name; /**< without the dashes; NULL: end of the table */
    enum tri_option_kind kind;
    size_t at;                 /**< offset of the variable in `base` */
    const char *meta;          /**< name of the value in the help    */
    const char *help;          /**< one line or more, \n between     */
    uint64_t min, max;         /**< UINT, SIZE                       */
    double low, high;          /**< REAL                             */
    const char *const *choice; /**< CHOICE: words, NULL at the end   */
    char letter;               /**< also as -LETTER; 0: no           */
};

/* clang-format off */
/** Rows of a table, by kind. AT: offset of the variable in its structure. */
#define TRI_FLAG(NAME, AT, HELP) \
    { .name = NAME, .kind = TRI_OPTION_FLAG, .at = AT, .help = HELP }
#define TRI_TEXT(NAME, AT, META, HELP) \
    { .name = NAME, .kind = TRI_OPTION_TEXT, .at = AT, .meta = META, \
      .help = HELP }
#define TRI_LIST(NAME, AT, META, HELP) \
    { .name = NAME, .kind = TRI_OPTION_LIST, .at = AT, .meta = META, \
      .help = HELP }
#define TRI_UINT(NAME, AT, META, MIN, MAX, HELP) \
    { .name = NAME, .kind = TRI_OPTION_UINT, .at = AT, .meta = META, \
      .help = HELP, .min = MIN, .max = MAX }
/* A number of bytes: 64M and 64 are 64 million, 500K half a million, 2G two
 * thousand million. */
#define TRI_SIZE(NAME, AT, META, MIN, MAX, HELP) \
    { .name = NAME, .kind = TRI_OPTION_SIZE, .at = AT, .meta = META, \
      .help = HELP, .min = MIN, .max = MAX }
#define TRI_REAL(NAME, AT, META, LOW, HIGH, HELP) \
    { .name = NAME, .kind = TRI_OPTION_REAL, .at = AT, .meta = META, \
      .help = HELP, .low = LOW, .high = HIGH }
#define TRI_CHOICE(NAME, AT, META, WORDS, HELP) \
    { .name = NAME, .kind = TRI_OPTION_CHOICE, .at = AT, .meta = META, \
      .help = HELP, .choice = WORDS }
/* clang-format on */

/** Options whose variables stand in the structure at `base`. */
struct tri_option_group {
    const struct tri_option *option;
    void *base;
    const char *title; /**< a line above them in the help, or NULL */
};

enum { TRI_MAX_WORDS = 8, TRI_MAX_GROUPS = 4 };

struct tri_args;
struct tri_run_options;

/** One command: what it does, its options, what it takes besides. */
struct tri_command {
    const char *name;
    const char *what;  /**< for the list of commands         */
    const char *usage; /**< after "usage: trinn "            */
    const char *about; /**< paragraphs above the options     */
    struct tri_option_group group[TRI_MAX_GROUPS]; /**< option NULL: none */
    size_t min_words, max_words; /**< arguments that are no options   */
    /** Has the values without options (party/options.h) before any is read;
     *  large, and so not initialised where it stands. NULL: none. */
    struct tri_run_options *usual;

    /** \return a tri_err code; a text for the user is in *why unless TRI_OK.
     *          Standard output is flushed afterwards. */
    int (*run)(const struct tri_args *a, struct tri_why *why);
};

struct tri_args {
    const struct tri_command *command;
    int help; /**< --help was given; nothing else holds */
    const char *word[TRI_MAX_WORDS];
    size_t words;
    uint64_t given; /**< bit i: option i < 64, over all groups    */
};

/**
 * Read argv[0..argc-1] (without the program and command names). Variables of
 * options that are not given keep their values.
 * \return TRI_OK; TRI_E_ARG with a text.
 */
int tri_args_parse(struct tri_args *a, const struct tri_command *cmd, int argc,
                   char *const *argv, struct tri_why *why);

/** Non-zero if the option `name` was on the command line. */
int tri_args_given(const struct tri_args *a, const char *name);

/** Refuse those of the options `names` (NULL at the end) that were given: they
 *  change nothing of what `command` does. TRI_OK; TRI_E_ARG with a text. */
int tri_args_refuse(const struct tri_args *a, const char *const *names,
                    const char *command, struct tri_why *why);

/** The help text. */
void tri_args_help(FILE *out, const struct tri_command *cmd);

void tri_list_free(struct tri_list *l);

/** A copy of `text` in the place of item i. TRI_E_NOMEM. */
int tri_list_replace(struct tri_list *l, size_t i, const char *text,
                     struct tri_why *why);

/** A whole decimal number without sign, blank or tail; TRI_E_FORMAT,
 *  TRI_E_RANGE. */
int tri_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

#endif
