#include <string.h>
#include "core/err.h"
#include "net/secure.h"
#include "tests/fuzz/fuzz.h"

/*
 * A man in the middle of a handshake and of one record. The input is what is
 * xored onto call, answer, confirmation and the sealed record, in this order.
 * All zeros must pass; everything else must be refused at the place where the
 * first difference is, and nothing may come out.
 */
enum {
    TEXT = 33,
    SEALED = TRI_SECURE_HEADER + TEXT + TRI_AEAD_TAG,
    ALL = TRI_SECURE_CALL + TRI_SECURE_ANSWER + TRI_SECURE_CONFIRM + SEALED
};

static struct tri_kernels k;
static struct tri_secure_keys keys[2]; /* of parties 0 and 1 */

static void set_up(void)
{
    tri_kernels_init(&k, tri_cpu_detect());
    for (unsigned i = 0; i < 2; i++)
        memset(keys[i].own, 0x41 + (int)i, sizeof keys[i].own);
    for (unsigned i = 0; i < 2; i++)
        tri_x25519_public(keys[1 - i].peer[i], keys[i].own);
}

static int none(const void *p, size_t n)
{
    const uint8_t *b = p;
    int any = 0;

    for (size_t i = 0; i < n; i++)
        any |= b[i];
    return any == 0;
}

/* Non-zero if the record was refused without a trace. */
static void record(struct tri_secure *from, struct tri_secure *to,
                   const uint8_t *x)
{
    static const uint8_t text[TEXT] = "what a party may have to say ...";
    const struct tri_record r = { TEXT, TRI_RECORD_LAST, 0, 7 };
    uint8_t wire[SEALED], head[TRI_RECORD_HEADER], want[TRI_RECORD_HEADER];
    uint8_t *const body = wire + TRI_SECURE_HEADER;

    MUST(tri_secure_seal(from, 0, wire, &r, text) == SEALED);
    if (fuzz_spoil(wire, x, TRI_SECURE_HEADER)) {
        MUST(tri_secure_open_header(to, 0, head, wire) == TRI_E_CRYPTO);
        MUST(none(head, sizeof head));
        return;
    }
    MUST(tri_secure_open_header(to, 0, head, wire) == TRI_OK);
    tri_record_print(want, &r);
    MUST(memcmp(head, want, sizeof head) == 0);
    if (fuzz_spoil(body, x + TRI_SECURE_HEADER, TEXT + TRI_AEAD_TAG)) {
        MUST(tri_secure_open(to, 0, body, TEXT, body + TEXT) == TRI_E_CRYPTO);
        MUST(none(body, TEXT));
        return;
    }
    MUST(tri_secure_open(to, 0, body, TEXT, body + TEXT) == TRI_OK);
    MUST(memcmp(body, text, TEXT) == 0);
}

static void shake(struct tri_secure *a, struct tri_secure *b, const uint8_t *x)
{
    static const uint8_t ea[32] = { 1, 2, 3 }, eb[32] = { 4, 5, 6 };
    uint8_t call[TRI_SECURE_CALL], answer[TRI_SECURE_ANSWER],
        confirm[TRI_SECURE_CONFIRM];
    const int alg = tri_aead_best(&k);
    int bad;

    MUST(tri_secure_call(a, &k, &keys[1], 1, 0, alg, ea, call) == TRI_OK);
    bad = fuzz_spoil(call, x, sizeof call);
    MUST((tri_secure_answer(b, &k, &keys[0], 0, 1, alg, eb, call, answer) ==
          TRI_OK) == !bad);
    if (bad)
        return;
    bad = fuzz_spoil(answer, x += sizeof call, sizeof answer);
    MUST((tri_secure_finish(a, answer, confirm) == TRI_OK) == !bad);
    if (bad)
        return;
    bad = fuzz_spoil(confirm, x += sizeof answer, sizeof confirm);
    MUST((tri_secure_confirmed(b, confirm) == TRI_OK) == !bad);
    if (!bad)
        record(a, b, x + sizeof confirm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tri_secure a, b;
    uint8_t x[ALL] = { 0 };

    if (k.cpu == 0 && none(keys, sizeof keys))
        set_up();
    memcpy(x, data, size < sizeof x ? size : sizeof x);
    /* The top bit of a Curve25519 point is not part of it (RFC 7748, 5), but
     * the handshake hash has it all. */
    shake(&a, &b, x);
    tri_secure_wipe(&a);
    tri_secure_wipe(&b);
    return 0;
}
