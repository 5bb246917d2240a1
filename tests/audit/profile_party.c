#include "boards/host/base/memory.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/profile.h"
#include "boards/host/trial/rehearse.h"
#include "proto/fused/fused.h"
#include "proto/paper/paper.h"
#include "proto/rep3/rep3.h"

/* What the audit calls a party alone: all that a party can do, and none of the
 * commands that are for others. */
const struct tri_engine_kind *const tri_profile_engines[] = {
    &tri_engine_rep3,
    &tri_engine_fused,
    &tri_engine_paper,
    NULL,
};

const struct tri_command *const tri_profile_commands[] = {
    &tri_cmd_keygen,
    &tri_cmd_check,
    &tri_cmd_party,
    NULL,
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
