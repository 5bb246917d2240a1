#include "proto/fused/pairs.h"
#include "proto/fused/descend.h"
#include "proto/fused/league.h"

static const struct tri_fused_max league = {
    .prefer = tri_fused_prefer_league,
    .alloc = tri_fused_league_alloc,
    .maxn = tri_fused_league,
    .grad = tri_fused_league_grad,
};

const struct tri_fused_max *const tri_fused_pairs = &league;
tri_fused_gradient_fn *const tri_fused_gradient = tri_fused_descend;
