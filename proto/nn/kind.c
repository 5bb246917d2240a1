#include "proto/nn/kind.h"
#include "proto/nn/add.h"
#include "proto/nn/avgpool.h"
#include "proto/nn/batchnorm.h"
#include "proto/nn/conv.h"
#include "proto/nn/dropout.h"
#include "proto/nn/fc.h"
#include "proto/nn/flatten.h"
#include "proto/nn/leaky.h"
#include "proto/nn/maxpool.h"
#include "proto/nn/relu.h"
#include "proto/nn/sigmoid.h"

const struct tri_layer_kind *const tri_layer_kinds[] = {
    &tri_layer_conv,
    &tri_layer_maxpool,
    &tri_layer_avgpool,
    &tri_layer_relu,
    &tri_layer_leaky,
    &tri_layer_sigmoid,
    &tri_layer_tanh,
    &tri_layer_batchnorm,
    &tri_layer_add,
    &tri_layer_dropout,
    &tri_layer_flatten,
    &tri_layer_fc,
    NULL,
};
