#include "proto/nn/kind.h"
#include "core/mem.h"
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

const struct tri_layer_kind *tri_layer_kind_find(const char *name, size_t n)
{
    for (size_t i = 0; tri_layer_kinds[i] != NULL; i++) {
        const char *const s = tri_layer_kinds[i]->name;
        size_t at = 0;

        while (at < n && s[at] == name[at])
            at++;
        if (at == n && s[at] == '\0')
            return tri_layer_kinds[i];
    }
    return NULL;
}
