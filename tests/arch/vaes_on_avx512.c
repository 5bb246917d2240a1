/* Built with AVX-512 (see Makefile): only VAES and VPCLMULQDQ are modelled. */
#if defined(__x86_64__)
#define TRI_VAES_MODEL
#include "tests/arch/vaes_model.h"
#define tri_aes_ctr_vaes tri_aes_ctr_vaes_on_avx512
#define tri_ghash_vaes   tri_ghash_vaes_on_avx512
#define tri_gcm_vaes     tri_gcm_vaes_on_avx512
#include "arch/x86/aes_vaes.c"
#include "tests/arch/vaes.h"

const struct tri_vaes_build tri_vaes_on_avx512 = { tri_aes_ctr_vaes,
                                                   tri_ghash_vaes,
                                                   tri_gcm_vaes };
#endif
