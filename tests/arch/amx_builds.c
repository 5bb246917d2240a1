#include "tests/arch/amx.h"

const struct tri_amx_build *const tri_amx_builds[] = {
#ifdef TRI_EXPERIMENTAL
    &tri_amx_in_c,
#if defined(__x86_64__)
    &tri_amx_on_avx512,
#endif
#endif
    (const struct tri_amx_build *)0
};
