#include "arch/kernels.h"

const char *tri_cpu_name(unsigned bit)
{
    switch (bit) {
    case TRI_CPU_AESNI:
        return "aesni";
    case TRI_CPU_AVX2:
        return "avx2";
    case TRI_CPU_AVX512:
        return "avx512";
    case TRI_CPU_VAES:
        return "vaes";
    case TRI_CPU_AMX:
        return "amx";
    case TRI_CPU_NEON:
        return "neon";
    case TRI_CPU_ARMCE:
        return "ce";
    case TRI_CPU_GFNI:
        return "gfni";
    case TRI_CPU_IFMA:
        return "ifma";
    default:
        return NULL;
    }
}

void tri_kernels_init(struct tri_kernels *k, unsigned cpu)
{
    cpu &= tri_cpu_detect();
    *k = (struct tri_kernels){ 0 };
    tri_fill_ref(k, cpu);
    for (size_t i = 0; tri_fillers[i] != NULL; i++)
        k->cpu |= tri_fillers[i](k, cpu);
}
