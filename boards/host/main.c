#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/profile.h"
#include "core/err.h"
#include "net/host/secret.h"

static void help(FILE *out)
{
    fputs("Trinn " TRI_VERSION ": three parties train and use a neural network"
          " on data that none of them\nsees (SecureNN).\n\n"
          "usage: trinn [--allow-core] COMMAND [OPTIONS]\n\n",
          out);
    for (const struct tri_command *const *c = tri_profile_commands; *c != NULL;
         c++)
        fprintf(out, "  %-12s %s\n", (*c)->name, (*c)->what);
    fputs("\n--allow-core lets a crash leave a core dump, keys and shares "
          "included, and a debugger in.\n`trinn COMMAND --help` tells more; "
          "`trinn --version` the version."
          "\nExit codes: 0 done, 1 the run failed, 2 wrong usage or input.\n",
          out);
}

static int run(const struct tri_command *cmd, int argc, char **argv,
               struct tri_why *why)
{
    struct tri_args a;
    int rc;

    if (cmd->usual != NULL)
        tri_options_usual(cmd->usual);
    rc = tri_args_parse(&a, cmd, argc, argv, why);
    if (rc == TRI_OK && a.help)
        tri_args_help(stdout, cmd);
    else if (rc == TRI_OK)
        rc = cmd->run(&a, why);
    /* Who allows too little memory has to give another option. */
    return rc == TRI_E_NOMEM && tri_args_given(&a, "memory") ? TRI_E_ARG : rc;
}

static int dispatch(int argc, char **argv, struct tri_why *why)
{
    const char *const name = argc > 1 ? argv[1] : "";

    if (strcmp(name, "help") == 0 && argc > 2) {
        char option[] = "--help", *about[] = { argv[0], argv[2], option, NULL };

        return dispatch(3, about, why);
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
        strcmp(name, "-h") == 0) {
        help(stdout);
        return TRI_OK;
    }
    if (strcmp(name, "--version") == 0) {
        puts("trinn " TRI_VERSION);
        return TRI_OK;
    }
    if (strcmp(name, "--allow-core") == 0)
        return dispatch(argc - 1, argv + 1, why);
    for (const struct tri_command *const *c = tri_profile_commands; *c != NULL;
         c++)
        if (strcmp(name, (*c)->name) == 0)
            return run(*c, argc - 2, argv + 2, why);
    if (*name == '\0')
        return tri_why(why, TRI_E_ARG, "no command; try: trinn help");
    return tri_why(why, TRI_E_ARG, "unknown command '%s'; try: trinn help",
                   name);
}

/* A full disk behind a redirection is a failure like any other. */
static int flush(struct tri_why *why)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return TRI_OK;
    return tri_why(why, TRI_E_IO,
                   "standard output cannot be written: %s; files, if there "
                   "are any, are written",
                   strerror(errno));
}

/* A standard stream that the caller closed must not become a share or a socket:
 * the first file that is opened would take its number, and the next text
 * would be written into it. What takes the place fails as a closed one does.
 */
static int hold_streams(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return TRI_E_IO;
    return TRI_OK;
}

int main(int argc, char **argv)
{
    struct tri_why why = { "" };
    int rc;

    rc = hold_streams();
    if (rc != TRI_OK)
        return tri_exit_code(rc);
    tri_cleanup_start();
    if (argc < 2 || strcmp(argv[1], "--allow-core") != 0)
        tri_secret_start();
    rc = dispatch(argc, argv, &why);
    if (flush(&why) != TRI_OK && rc == TRI_OK)
        rc = TRI_E_IO;
    if (rc != TRI_OK)
        fprintf(stderr, "trinn: %s\n",
                why.text[0] != '\0' ? why.text : tri_strerror(rc));
    return tri_exit_code(rc);
}
