#include "core/parts.h"

const struct tri_gcm_ops *const tri_aead_gcm = &tri_gcm_ops;
const struct tri_fir_ops *const tri_conv_fir = &tri_fir_ops;
