#ifndef TRI_BOARDS_HOST_CMD_SHARE_H
#define TRI_BOARDS_HOST_CMD_SHARE_H

#include "boards/common/sharehead.h"
#include "boards/host/base/args.h"
#include "boards/host/owner/source.h"

/** \file boards/host/cmd/share.h
 *
 * What `trinn share` writes and `trinn send` sends: one set of options, one
 * way to make shares of them.
 */
struct tri_share_options {
    struct tri_source source;
    const char *model, *net, *layers, *out, *engine;
    struct tri_list from;
    int part, sent; /**< sent: the files are not for the user to hand out */
    uint64_t frac, limit;
};

#define TRI_SHARE_NOTHING                        \
    {                                            \
        .source = TRI_SOURCE_NOTHING, .frac = 16 \
    }

/** What is shared: for a group whose base is a struct tri_share_options. */
extern const struct tri_option tri_share_table[];

/** Check all that can be checked before anything is read, then write
 *  o->out.p0.share and so on. */
int tri_share_files(const struct tri_share_options *o, enum tri_sharing sharing,
                    const struct tri_args *a, struct tri_why *why);

#endif
