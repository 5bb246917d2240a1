#include <string.h>
#include "core/err.h"
#include "net/secure.h"
#include "tests/fuzz/fuzz.h"

/*
 * A client's handshake with a man in the middle. The input is what is xored
 * onto call, answer and confirmation. All zeros must pass; everything else must
 * be refused where the first difference is. Beyond these bytes the rest is a
 * call of a stranger, which must never be heard.
 */
enum { ALL = TRI_SECURE_CLIENT_CALL + TRI_SECURE_ANSWER + TRI_SECURE_CONFIRM };

static struct tri_kernels k;
static uint8_t client[32], party[32], client_public[32], party_public[32];

static void shake(struct tri_secure *a, struct tri_secure *b, const uint8_t *x)
{
    static const uint8_t ea[32] = { 1, 2, 3 }, eb[32] = { 4, 5, 6 };
    uint8_t call[TRI_SECURE_CLIENT_CALL], answer[TRI_SECURE_ANSWER],
        confirm[TRI_SECURE_CONFIRM], who[32];
    const int alg = tri_aead_best(&k);
    int bad;

    MUST(tri_secure_client_call(a, &k, client, party_public, 1, alg, ea,
                                call) == TRI_OK);
    bad = fuzz_spoil(call, x, sizeof call);
    MUST((tri_secure_client_hear(b, &k, party, 1, call, who) == TRI_OK) ==
         !bad);
    if (bad)
        return;
    MUST(memcmp(who, client_public, sizeof who) == 0);
    MUST(tri_secure_client_answer(b, alg, eb, answer) == TRI_OK);
    bad = fuzz_spoil(answer, x += sizeof call, sizeof answer);
    MUST((tri_secure_finish(a, answer, confirm) == TRI_OK) == !bad);
    if (bad)
        return;
    bad = fuzz_spoil(confirm, x + sizeof answer, sizeof confirm);
    MUST((tri_secure_confirmed(b, confirm) == TRI_OK) == !bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tri_secure a, b;
    uint8_t x[ALL] = { 0 }, who[32];

    if (party[0] == 0) {
        tri_kernels_init(&k, tri_cpu_detect());
        memset(client, 0x41, sizeof client);
        memset(party, 0x42, sizeof party);
        tri_x25519_public(client_public, client);
        tri_x25519_public(party_public, party);
    }
    memcpy(x, data, size < sizeof x ? size : sizeof x);
    shake(&a, &b, x);
    if (size >= ALL + TRI_SECURE_CLIENT_CALL)
        MUST(tri_secure_client_hear(&b, &k, party, 1, data + ALL, who) ==
             TRI_E_CRYPTO);
    tri_secure_wipe(&a);
    tri_secure_wipe(&b);
    return 0;
}
