/* AES-NI and PCLMULQDQ on CPUs that have AVX-512 too; reached only through the
 * kernel table. */
#define AES(name) tri_##name##_avx512
#include "arch/x86/aes_blocks.inc"
