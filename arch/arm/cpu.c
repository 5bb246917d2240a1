#include "arch/kernels.h"

/* No register that a program may read tells: an ARMv7-A without NEON takes a
 * build with ISA=ref. */
unsigned tri_cpu_detect(void)
{
    return TRI_CPU_NEON;
}
