#include <stdlib.h>
#include <string.h>
#include "boards/host/party/proposal.h"
#include "core/err.h"
#include "net/hello.h"
#include "tests/fuzz/fuzz.h"

/* What party 0 might say to a party that adopts it: neither less security nor
 * anything that is each party's own. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TRI_HELLO_TEXT + 1];
    static struct tri_run_options o;
    static struct tri_proposal p;
    static const struct tri_command command = { .name = "party" };
    const struct tri_args given = { .command = &command };
    struct tri_why why = { "" };
    int rc;

    if (!tri_hello_valid((const char *)data, size))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    tri_options_usual(&o);
    rc = tri_proposal_adopt(&p, &o, &given, text, &why);
    MUST((rc == TRI_OK) == (why.text[0] == '\0'));
    MUST(o.security != TRI_SECURITY_PASSIVE && o.log == NULL && !o.force &&
         !o.reveal_small && o.threads == 0 && o.deadline == 60 && !o.no_spin);
    MUST(o.loss_every == 0 || o.loss_every >= 50);
    if (rc == TRI_OK)
        MUST(o.text[0] != '\0' && o.net.layers > 0 && o.epochs <= 10000 &&
             o.batch <= 4096);
    free(o.weight);
    return 0;
}
