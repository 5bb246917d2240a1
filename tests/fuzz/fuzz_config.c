#include <string.h>
#include "boards/host/party/config.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

static int ends(const char *s, size_t size)
{
    return memchr(s, '\0', size) != NULL;
}

/* An error has a text and a line that exists; without one all that is
 * required stands there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tri_config c;
    static struct tri_config_errors e;
    unsigned lines = 1;
    int rc;

    memset(&e, 0, sizeof e);
    rc = tri_config_parse(&c, (const char *)data, size, &e);
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    MUST(e.n <= TRI_CONFIG_ERRORS && (rc == TRI_OK) == (e.n == 0));
    for (size_t i = 0; i < e.n; i++)
        MUST(e.e[i].line <= lines && e.e[i].text[0] != '\0' &&
             ends(e.e[i].text, sizeof e.e[i].text));
    MUST(ends(c.key, sizeof c.key) && ends(c.data, sizeof c.data) &&
         ends(c.out, sizeof c.out) && ends(c.listen, sizeof c.listen) &&
         ends(c.interface, sizeof c.interface));
    if (rc != TRI_OK)
        return 0;
    MUST(c.id < TRI_PARTIES && c.key[0] != '\0' && c.deadline > 0 &&
         c.connect > 0);
    MUST(c.clients <= TRI_CONFIG_CLIENTS && c.limit_jobs > 0);
    for (size_t i = 0; i < c.clients; i++)
        MUST(tri_config_name(c.client[i].name, strlen(c.client[i].name)) &&
             c.client[i].rights != 0);
    for (int i = 0; i < TRI_PARTIES; i++)
        MUST(c.party[i].line > 0 &&
             ends(c.party[i].addr, sizeof c.party[i].addr));
    return 0;
}
