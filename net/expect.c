/* No OS header: boards link this file as it is. */
#include "net/expect.h"

#include "core/err.h"
#include "core/mem.h"
#include "net/fail.h"

int tri_expect_forged(struct tri_link *l, unsigned from)
{
    return tri_link_fail(l, TRI_E_CRYPTO,
                         "what arrived from P%u is not what it sent: altered, "
                         "repeated or lost on the way",
                         from);
}

int tri_expect_header(struct tri_expect *x, struct tri_secure *sec,
                      const uint8_t *wire, struct tri_record *r,
                      struct tri_link *l, unsigned from)
{
    const size_t left = x->len - x->done;
    uint8_t clear[TRI_RECORD_HEADER];

    if (sec == NULL)
        memcpy(clear, wire, sizeof clear);
    else if (tri_secure_open_header(sec, x->seq, clear, wire) != TRI_OK)
        return tri_expect_forged(l, from);
    if (tri_record_parse(r, clear) != TRI_OK)
        return tri_link_fail(l, TRI_E_PROTO,
                             "P%u sent bytes that are not a record (length "
                             "%u, flags %#x)",
                             from, r->len, r->flags);
    if (r->seq != (uint32_t)x->seq)
        return tri_link_fail(l, TRI_E_PROTO,
                             "P%u sent record %u where record %u was expected",
                             from, r->seq, (uint32_t)x->seq);
    if (r->flags == TRI_RECORD_BYE ||
        (r->flags == TRI_RECORD_BEAT && x->beats && x->done == 0))
        return TRI_OK;
    if ((r->flags == TRI_RECORD_LAST) != (left <= TRI_RECORD_MAX) ||
        r->len != (left < TRI_RECORD_MAX ? left : TRI_RECORD_MAX))
        return tri_link_fail_length(l, from, x->done + r->len,
                                    r->flags != TRI_RECORD_LAST, x->len);
    if (x->done > 0 && r->depth != x->depth)
        return tri_link_fail(l, TRI_E_PROTO,
                             "P%u changed the depth within a message", from);
    x->depth = r->depth;
    return TRI_OK;
}
