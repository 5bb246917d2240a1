#include <string.h>
#include "core/err.h"
#include "proto/nn/net.h"
#include "tests/fuzz/fuzz.h"

/* An accepted description prints as a text that means the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tri_net net, again;
    static char text[TRI_NET_TEXT], text2[TRI_NET_TEXT];
    char err[160] = "";
    const int rc = tri_net_parse(&net, (const char *)data, size, err);
    size_t n;

    MUST(memchr(err, '\0', sizeof err) != NULL);
    if (rc != TRI_OK) {
        MUST(rc < 0 && err[0] != '\0');
        return 0;
    }
    MUST(net.layers > 0 && net.layers <= TRI_MAX_LAYERS && net.classes > 0);
    n = tri_net_print(&net, text, sizeof text);
    if (n == 0 || n >= sizeof text)
        return 0;
    MUST(tri_net_parse(&again, text, n, err) == TRI_OK);
    MUST(tri_net_print(&again, text2, sizeof text2) == n);
    MUST(memcmp(text, text2, n) == 0);
    return 0;
}
