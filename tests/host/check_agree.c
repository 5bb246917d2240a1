#include <string.h>
#include "boards/host/party/agree.h"
#include "core/err.h"
#include "proto/fused/fused.h"
#include "tests/checks.h"
#include "tests/support/links.h"

enum { COUNTS = 4 * TRI_FILES, PART = TRI_SHARE_HEAD - TRI_HASH_BYTES };

/* P0 speaks of a file to P1 and of none to P2. Neither P1 nor P2 takes it for a
 * mistake of the other. */
static void say_two_things(struct tri_check *c, struct tri_link *l, void *arg)
{
    static const struct tri_shares none[TRI_FILES];
    static struct tri_heads head[TRI_PARTIES][TRI_FILES];
    uint8_t one[COUNTS] = { 1 }, nothing[COUNTS] = { 0 }, part[PART] = { 0 },
            digest[TRI_HASH_BYTES];
    struct tri_why why = { "" };
    int rc;

    (void)arg;
    if (l->id != 0) {
        rc = tri_agree(l, &tri_engine_fused, none, head[l->id], digest, &why);
        CHECK(c, rc == TRI_E_PROTO && l->blamed != 1 && l->blamed != 2,
              "P%u: %d, names %d: %s", l->id, rc, l->blamed, why.text);
        return;
    }
    rc = tri_send(l, 1, one, sizeof one);
    rc |= tri_send(l, 1, part, sizeof part);
    rc |= tri_send(l, 2, nothing, sizeof nothing);
    rc |= tri_recv(l, 1, digest, COUNTS);
    rc |= tri_send(l, 1, part, TRI_HASH_BYTES);
    rc |= tri_send(l, 2, part, TRI_HASH_BYTES);
    rc |= tri_flush(l);
    CHECK(c, rc == TRI_OK, "P0: %s", l->error);
    (void)tri_recv(l, 2, digest, sizeof digest);
    (void)tri_recv(l, 2, digest, sizeof digest); /* as long as P2 lives */
}

static void check_two_things(struct tri_check *c)
{
    for (int kind = 0; kind < TRI_LINKS_KINDS; kind++)
        tri_links_go(c, kind, 2000, say_two_things, NULL);
}

const struct tri_check_entry tri_checks_agree[] = {
    { "agree: two things", check_two_things },
};
const size_t tri_checks_agree_n =
    sizeof tri_checks_agree / sizeof *tri_checks_agree;
