#include "net/hello.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/fail.h"
#include "net/host/random.h"

static int hello(struct tri_link *l, const char *text,
                 const struct tri_hello_adopt *a, uint8_t said[3],
                 uint8_t keys[3][32], char *err)
{
    struct tri_hello *const h = calloc(1, sizeof *h);
    int rc = TRI_OK;

    if (h == NULL && l->dead == TRI_OK)
        rc = tri_link_end(l, TRI_E_NOMEM, (int)l->id, "P%u is out of memory",
                          l->id);
    if (h != NULL && tri_net_random(h->mine, sizeof h->mine) != TRI_OK)
        rc = tri_link_end(l, TRI_E_IO, (int)l->id,
                          "the system of P%u has no random bytes", l->id);
    if (h != NULL && rc == TRI_OK) {
        rc = tri_hello_in(h, l, text, a, said, keys, err);
    } else {
        tri_wipe(keys, 3 * 32);
        rc = rc == TRI_OK ? TRI_E_DEAD : rc;
        if (err != NULL)
            snprintf(err, TRI_HELLO_ERROR, "%s", l->error);
    }
    free(h);
    return rc;
}

int tri_hello(struct tri_link *l, const char *text, uint8_t said[3],
              uint8_t keys[3][32], char *err)
{
    return hello(l, text, NULL, said, keys, err);
}

int tri_hello_adopt(struct tri_link *l, const struct tri_hello_adopt *a,
                    uint8_t said[3], uint8_t keys[3][32], char *err)
{
    return hello(l, NULL, a, said, keys, err);
}

int tri_hello_refuse(struct tri_link *l, const char *why)
{
    char text[TRI_HELLO_REFUSAL], err[TRI_HELLO_ERROR];
    uint8_t keys[TRI_PARTIES][32], said[TRI_PARTIES] = { 0 };
    const size_t n = tri_hello_refusal(text, why);
    int rc = tri_hello(l, text, said, keys, err);

    tri_wipe(keys, sizeof keys);
    text[n] = '\0';
    /* All that the exchange came to is that all have heard this. */
    return strstr(err, text) != NULL ? TRI_OK : rc;
}
