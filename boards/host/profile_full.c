#include "boards/host/profile.h"

const struct tri_engine_kind *const tri_profile_engines[] = {
    &tri_engine_fused,
    &tri_engine_paper,
    &tri_engine_plain,
    &tri_engine_float,
    NULL,
};
