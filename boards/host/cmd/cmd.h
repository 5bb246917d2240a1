#ifndef TRI_BOARDS_HOST_CMD_CMD_H
#define TRI_BOARDS_HOST_CMD_CMD_H

#include "boards/host/base/why.h"

/** \file boards/host/cmd/cmd.h
 *
 * The sub-commands, one file each. argv starts after the command's name.
 * \return a tri_err code; a text for the user is in *why unless TRI_OK.
 */
typedef int tri_cmd_fn(int argc, char **argv, struct tri_why *why);

tri_cmd_fn tri_cmd_clear, tri_cmd_plot, tri_cmd_plan, tri_cmd_demo,
    tri_cmd_party, tri_cmd_share, tri_cmd_reveal, tri_cmd_digits,
    tri_cmd_rehearse, tri_cmd_selftest, tri_cmd_keygen, tri_cmd_check;

/** Errors of writing to standard output (a full disk behind a redirection). */
int tri_cmd_flush(struct tri_why *why);

#endif
