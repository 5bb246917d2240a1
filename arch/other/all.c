#include "arch/kernels.h"

tri_filler *const tri_fillers[] = { NULL };
