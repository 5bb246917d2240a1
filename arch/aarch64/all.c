#include "arch/kernels.h"

tri_filler *const tri_fillers[] = { tri_fill_neon, tri_fill_ce, NULL };
