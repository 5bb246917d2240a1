#include "boards/host/cmd/cmd.h"
#include "boards/host/profile.h"
#include "core/parts.h"
#include "proto/fused/descend.h"
#include "proto/fused/pairs.h"

/* One party and no more: one thread, ChaCha20 alone, convolutions by their
 * definition, maxima by tournament. `make MINIMAL=1` sets TRI_ENGINE (fused,
 * paper), from ENGINE=, TRI_LINK (tcp, ether), from LINK=, and TRI_ISA (avx2,
 * avx512, neon; ref: the C reference alone), from ISA=. */
#define NAME_(begin, name, end) begin##name##end
#define NAME(begin, name, end)  NAME_(begin, name, end)

#define LINK_tcp   tri_tcp_open
#define LINK_ether &tri_onether
/* Replicated bits are for rep3 alone. */
#define FILL_fused(isa) FILL_paper(isa)
#define FILL_paper(isa) NAME_(tri_fill_, isa, )
#define FILL_rep3(isa)  FILL_slice(isa)
#define FILL_slice(isa) tri_fill_##isa, tri_fill_slice_ref, tri_fill_slice_##isa

extern const struct tri_engine_kind NAME(tri_engine_, TRI_ENGINE, );

const struct tri_engine_kind *const tri_profile_engines[] = {
    &NAME(tri_engine_, TRI_ENGINE, ),
    NULL,
};

tri_filler *const tri_fillers[] = { NAME(FILL_, TRI_ENGINE, )(TRI_ISA), NULL };

const struct tri_gcm_ops *const tri_aead_gcm = NULL;
const struct tri_fir_ops *const tri_conv_fir = NULL;
const struct tri_fused_max *const tri_fused_pairs = NULL;
tri_fused_gradient_fn *const tri_fused_gradient = tri_fused_descend;

const struct tri_command *const tri_profile_commands[] = {
    &tri_cmd_keygen,
    &tri_cmd_party,
    NULL,
};

const struct tri_parts tri_profile_parts = {
    .TRI_LINK = NAME(LINK_, TRI_LINK, ),
};
