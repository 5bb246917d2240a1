#include "net/host/random.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

#include "core/err.h"
#include "core/mem.h"

int tri_net_random(void *out, size_t n)
{
    uint8_t *p = out;

    for (size_t have = 0; have < n;) {
        const ssize_t k = getrandom(p + have, n - have, 0);

        if (k > 0) {
            have += (size_t)k;
        } else if (errno != EINTR) {
            tri_wipe(out, n);
            return TRI_E_IO;
        }
    }
    return TRI_OK;
}
