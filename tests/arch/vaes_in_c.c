/* The kernels' own source, all of its instructions modelled. */
#define TRI_VAES_MODEL
#include "tests/arch/vaes_model.h"
#define tri_aes_ctr_vaes tri_aes_ctr_vaes_in_c
#define tri_ghash_vaes   tri_ghash_vaes_in_c
#define tri_gcm_vaes     tri_gcm_vaes_in_c
#include "arch/x86/aes_vaes.c"
#include "tests/arch/vaes.h"

const struct tri_vaes_build tri_vaes_in_c = { tri_aes_ctr_vaes, tri_ghash_vaes,
                                              tri_gcm_vaes };
