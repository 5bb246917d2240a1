/* What an image links: the engines, and what it does without a setup; where
 * `make MINIMAL=1` asks for one party by one engine (ENGINE=) and no more, that
 * engine, its kernels without AES, the layers of networks A to D, and nothing
 * to do without a setup. */
#include "boards/common/clear.h"
#include "boards/common/party.h"
#include "core/parts.h"
#include "proto/fused/fused.h"
#include "proto/fused/pairs.h"
#include "proto/nn/conv.h"
#include "proto/nn/avgpool.h"
#include "proto/nn/fc.h"
#include "proto/nn/flatten.h"
#include "proto/nn/kind.h"
#include "proto/nn/maxpool.h"
#include "proto/nn/relu.h"
#include "proto/rep3/rep3.h"

#ifdef TRI_ENGINE

#define NAME_(begin, name) begin##name
#define NAME(begin, name)  NAME_(begin, name)

const struct tri_engine_kind *const tri_board_engines[] = {
    &NAME(tri_engine_, TRI_ENGINE),
    NULL,
};

#define FILL_fused(isa) NAME_(tri_fill_, isa)
#define FILL_rep3(isa) \
    NAME_(tri_fill_, isa), tri_fill_slice_ref, NAME_(tri_fill_slice_, isa)

tri_filler *const tri_fillers[] = { NAME(FILL_, TRI_ENGINE)(TRI_ISA), NULL };

const struct tri_gcm_ops *const tri_aead_gcm = NULL;
const struct tri_fir_ops *const tri_conv_fir = NULL;
const struct tri_fused_max *const tri_fused_pairs = NULL;
tri_fused_gradient_fn *const tri_fused_gradient = NULL;

const struct tri_layer_kind *const tri_layer_kinds[] = {
    &tri_layer_conv,
    &tri_layer_maxpool,
    &tri_layer_avgpool,
    &tri_layer_relu,
    &tri_layer_flatten,
    &tri_layer_fc,
    NULL,
};

tri_board_alone_fn *const tri_board_alone = NULL;

#else

const struct tri_engine_kind *const tri_board_engines[] = {
    &tri_engine_fused,
    &tri_engine_rep3,
    NULL,
};

tri_board_alone_fn *const tri_board_alone = tri_board_clear;

#endif
