#include "boards/host/cmd/cmd.h"
#include "boards/host/profile.h"
#include "core/parts.h"
#include "proto/fused/pairs.h"

/* One party and no more: one thread, ChaCha20 alone, convolutions by their
 * definition, maxima by tournament. `make MINIMAL=1` sets TRI_ENGINE (fused,
 * paper), from ENGINE=, TRI_LINK (tcp, ether), from LINK=, and TRI_ISA (avx2,
 * avx512, neon; ref: the C reference alone), from ISA=. */
#define NAME_(begin, name, end) begin##name##end
#define NAME(begin, name, end)  NAME_(begin, name, end)

extern const struct tri_engine_kind NAME(tri_engine_, TRI_ENGINE, );

const struct tri_engine_kind *const tri_profile_engines[] = {
    &NAME(tri_engine_, TRI_ENGINE, ),
    NULL,
};

tri_filler *const tri_fillers[] = { NAME(tri_fill_, TRI_ISA, ), NULL };

const struct tri_gcm_ops *const tri_aead_gcm = NULL;
const struct tri_fir_ops *const tri_conv_fir = NULL;
const struct tri_fused_max *const tri_fused_pairs = NULL;

const struct tri_command *const tri_profile_commands[] = {
    &tri_cmd_keygen,
    &tri_cmd_party,
    NULL,
};

const struct tri_parts tri_profile_parts = {
    .TRI_LINK = NAME(tri_, TRI_LINK, _open),
};
