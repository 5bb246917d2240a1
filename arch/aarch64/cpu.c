#include "arch/kernels.h"

unsigned tri_cpu_detect(void)
{
    uint64_t features;

    /* Linux lets programs read this register; 2 is AES with PMULL. */
    __asm__("mrs %0, id_aa64isar0_el1" : "=r"(features));
    return TRI_CPU_NEON /* mandatory in ARMv8-A */
           | ((features >> 4 & 15) >= 2 ? TRI_CPU_ARMCE : 0u);
}
