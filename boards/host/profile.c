#include "boards/host/profile.h"
#include "core/err.h"

int tri_profile_need(int asked, int linked, const char *what,
                     struct tri_why *why)
{
    if (!asked || linked)
        return TRI_OK;
    return tri_why(why, TRI_E_ARG,
                   "%s: this program was built without it (MINIMAL=1); leave "
                   "it out or use a full build",
                   what);
}
