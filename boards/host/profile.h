#ifndef TRI_BOARDS_HOST_PROFILE_H
#define TRI_BOARDS_HOST_PROFILE_H

#include "boards/host/base/args.h"
#include "boards/host/base/pool.h"
#include "boards/host/party/checkpoint.h"
#include "boards/host/party/onether.h"
#include "boards/host/party/options.h"
#include "boards/host/watch/watch.h"
#include "net/tcp/tcp.h"
#include "proto/engine.h"

/** \file boards/host/profile.h
 *
 * # What is linked into the program
 *
 * What a profile names is linked, and nothing else: profile_full.c names
 * everything, profile_minimal.c (`make MINIMAL=1`) what one party needs. The
 * rest of the program reaches these things through the lists here only.
 * Kernels are named in the same way: tri_fillers (arch/kernels.h); and so is
 * what the library can do without: core/parts.h, proto/fused/pairs.h.
 */

/** NULL at the end; the first engine of three parties is the usual one. */
extern const struct tri_engine_kind *const tri_profile_engines[];

/** NULL at the end, in the order of the help text. */
extern const struct tri_command *const tri_profile_commands[];

/** What a party can do without. NULL: not linked, and an option that asks for
 *  it is refused. */
struct tri_parts {
    int (*tcp)(struct tri_link *l, const struct tri_tcp_config *cfg);
    const struct tri_onether *ether;
    const struct tri_pool_ops *pool; /**< NULL: one thread */
    const struct tri_emulate_ops *emulate;
    /** How much is there? tri_memory_available(). */
    uint64_t (*spare)(const char *root, int *group);
    /** Is there so much memory? tri_memory_check() (base/memory.h). */
    int (*memory)(uint64_t bytes, const char *what, struct tri_why *why);
    /** Before a training, on generated digits. */
    int (*rehearse)(const struct tri_run_options *o, unsigned threads,
                    struct tri_why *why);
    const struct tri_checkpoint_ops *checkpoint;
    const struct tri_watch_ops *watch; /**< a log of the run             */
    tri_trace_fn *trace;               /**< the costs of a run by layer   */
};
extern const struct tri_parts tri_profile_parts;

/** TRI_OK; TRI_E_ARG with a text if `what` is asked for and not linked. */
int tri_profile_need(int asked, int linked, const char *what,
                     struct tri_why *why);

#endif
