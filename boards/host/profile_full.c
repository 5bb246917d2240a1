#include "boards/host/profile.h"
#include "proto/fused/fused.h"
#include "proto/paper/paper.h"
#include "proto/plain/float.h"
#include "proto/plain/plain.h"

const struct tri_engine_kind *const tri_profile_engines[] = {
    &tri_engine_fused,
    &tri_engine_paper,
    &tri_engine_plain,
    &tri_engine_float,
    NULL,
};
