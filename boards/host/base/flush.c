#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "boards/host/cmd/cmd.h"
#include "core/err.h"

int tri_cmd_flush(struct tri_why *why)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return TRI_OK;
    return tri_why(why, TRI_E_IO, "standard output cannot be written: %s",
                   strerror(errno));
}
