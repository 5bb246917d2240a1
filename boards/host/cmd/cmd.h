#ifndef TRI_BOARDS_HOST_CMD_CMD_H
#define TRI_BOARDS_HOST_CMD_CMD_H

#include "boards/host/base/args.h"

/** \file boards/host/cmd/cmd.h
 *
 * The commands, one file each.
 */
extern const struct tri_command tri_cmd_ask, tri_cmd_board, tri_cmd_cancel,
    tri_cmd_card, tri_cmd_check, tri_cmd_clear, tri_cmd_demo, tri_cmd_digits,
    tri_cmd_fetch, tri_cmd_import, tri_cmd_jobs, tri_cmd_keygen, tri_cmd_load,
    tri_cmd_networks, tri_cmd_party, tri_cmd_plan, tri_cmd_plot,
    tri_cmd_rehearse, tri_cmd_reveal, tri_cmd_selftest, tri_cmd_send,
    tri_cmd_serve, tri_cmd_share, tri_cmd_status, tri_cmd_train;

#endif
