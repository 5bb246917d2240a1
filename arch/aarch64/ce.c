#include "arch/fill.h"

unsigned tri_fill_ce(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_ARMCE))
        return 0;
    FILL_AES(k, ce);
    return TRI_CPU_ARMCE;
}
