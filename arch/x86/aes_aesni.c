/* AES-NI and PCLMULQDQ with SSE; reached only through the kernel table. */
#define AES(name) tri_##name##_aesni
#include "arch/x86/aes_blocks.inc"
