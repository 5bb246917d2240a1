/* AES-NI and PCLMULQDQ on CPUs that have AVX2 too; reached only through the
 * kernel table. */
#define AES(name) tri_##name##_avx2
#include "arch/x86/aes_blocks.inc"
