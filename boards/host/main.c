#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/cmd/cmd.h"
#include "core/err.h"

static const struct {
    const char *name, *what;
    tri_cmd_fn *fn;
} command[] = {
    { "demo", "train and classify with three parties on this machine",
      tri_cmd_demo },
    { "party", "be one of three parties on three machines", tri_cmd_party },
    { "keygen", "make this party's key pair", tri_cmd_keygen },
    { "check-config", "check a party's configuration", tri_cmd_check },
    { "plan", "say what a run will cost, before it runs", tri_cmd_plan },
    { "plot", "draw the logs of runs", tri_cmd_plot },
    { "share", "split a data set into the shares of two parties",
      tri_cmd_share },
    { "rehearse", "show in the clear how near numbers come to their bounds",
      tri_cmd_rehearse },
    { "reveal", "join two shares of a result or a model", tri_cmd_reveal },
    { "clear", "train or classify in the clear, to prepare or to compare",
      tri_cmd_clear },
    { "digits", "write a generated data set of digits", tri_cmd_digits },
    { "selftest", "compare the fast code with the reference on this CPU",
      tri_cmd_selftest },
};

enum { COMMANDS = sizeof command / sizeof *command };

static void help(FILE *out)
{
    fputs("Trinn " TRI_VERSION ": three parties train and use a neural network"
          " on data that none of them\nsees (SecureNN).\n\n"
          "usage: trinn COMMAND [OPTIONS]\n\n",
          out);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-12s %s\n", command[i].name, command[i].what);
    fputs("\n`trinn COMMAND --help` tells more; `trinn --version` the version."
          "\nExit codes: 0 done, 1 the run failed, 2 wrong usage or input.\n",
          out);
}

static int dispatch(int argc, char **argv, struct tri_why *why)
{
    const char *const name = argc > 1 ? argv[1] : "";

    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
        strcmp(name, "-h") == 0) {
        help(stdout);
        return tri_cmd_flush(why);
    }
    if (strcmp(name, "--version") == 0) {
        puts("trinn " TRI_VERSION);
        return tri_cmd_flush(why);
    }
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(name, command[i].name) == 0)
            return command[i].fn(argc - 2, argv + 2, why);
    if (*name == '\0')
        return tri_why(why, TRI_E_ARG, "no command; try: trinn help");
    return tri_why(why, TRI_E_ARG, "unknown command '%s'; try: trinn help",
                   name);
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
    rc = dispatch(argc, argv, &why);
    if (rc != TRI_OK)
        fprintf(stderr, "trinn: %s\n",
                why.text[0] != '\0' ? why.text : tri_strerror(rc));
    return tri_exit_code(rc);
}
