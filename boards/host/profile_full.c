#include "boards/host/base/memory.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/profile.h"
#include "boards/host/trial/rehearse.h"
#include "proto/fused/fused.h"
#include "proto/paper/paper.h"
#include "proto/plain/float.h"
#include "proto/plain/plain.h"
#include "proto/rep3/rep3.h"

const struct tri_engine_kind *const tri_profile_engines[] = {
    &tri_engine_rep3,  &tri_engine_fused, &tri_engine_paper,
    &tri_engine_plain, &tri_engine_float, NULL,
};

/* To try it; for a party; for an owner of data; a service; around a run; the
 * rest. */
const struct tri_command *const tri_profile_commands[] = {
    &tri_cmd_demo,     &tri_cmd_keygen,
    &tri_cmd_check,    &tri_cmd_party,
    &tri_cmd_import,   &tri_cmd_share,
    &tri_cmd_reveal,   &tri_cmd_serve,
    &tri_cmd_card,     &tri_cmd_ask,
    &tri_cmd_send,     &tri_cmd_train,
    &tri_cmd_fetch,    &tri_cmd_cancel,
    &tri_cmd_status,   &tri_cmd_jobs,
    &tri_cmd_clear,    &tri_cmd_plan,
    &tri_cmd_rehearse, &tri_cmd_plot,
    &tri_cmd_digits,   &tri_cmd_networks,
    &tri_cmd_selftest, &tri_cmd_board,
    &tri_cmd_load,     NULL,
};

const struct tri_parts tri_profile_parts = {
    .tcp = tri_tcp_open,
    .ether = &tri_onether,
    .pool = &tri_pool_ops,
    .spare = tri_memory_available,
    .memory = tri_memory_check,
    .emulate = &tri_emulate_ops,
    .rehearse = tri_rehearse_digits,
    .checkpoint = &tri_checkpoint_ops,
    .watch = &tri_watch_ops,
    .trace = tri_profile_trace,
};
