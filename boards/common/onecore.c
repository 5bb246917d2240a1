/* What a board with one core, or one that uses no other, has in place of
 * aarch64/cores.c. */
#include "boards/common/arm/fault.h"
#include "boards/common/board.h"

const struct tri_par *tri_board_cores(const uint32_t **ran)
{
    *ran = NULL;
    return NULL;
}

void tri_cores_stop(void)
{
}

void tri_cores_wipe(void)
{
}

void tri_cores_forget(void)
{
}
