#include "arch/kernels.h"

tri_filler *const tri_fillers[] = { tri_fill_neon, tri_fill_aes_ref,
                                    tri_fill_slice_ref, tri_fill_slice_neon,
                                    NULL };
