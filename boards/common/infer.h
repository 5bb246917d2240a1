#ifndef TRI_BOARDS_COMMON_INFER_H
#define TRI_BOARDS_COMMON_INFER_H

#include "boards/common/sharemem.h"
#include "proto/nn/model.h"

/** \file boards/common/infer.h
 *
 * # Classification by a party without files
 *
 * The same calls in the same order as the program's `party infer`.
 */
struct tri_infer {
    const struct tri_engine_kind *kind;
    const struct tri_engine_config *config;
    const struct tri_net *net;
    uint32_t batch, count; /**< images at once, images       */
    const struct tri_sharemem *model, *data; /**< NULL: holds nothing  */
    struct tri_model *m; /**< memory for it                */
    void (*alive)(void); /**< called at every layer        */
    /* after a real pass */
    struct tri_share_head head; /**< of the result                */
    tri_ring *result[2];        /**< in the arena: count * classes words */
};

/**
 * One pass, dry or real: s->dry, s->cx.arena as proto/session.h says. The
 * result stays in the arena.
 * \return TRI_OK, or an error of the engine; s->where says where
 */
int tri_infer(struct tri_infer *q, struct tri_session *s);

#endif
