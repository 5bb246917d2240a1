#include "net/record.h"

#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/bye.h"

static const uint8_t magic[8] = { 'T', 'R', 'I', 'N', 'N', 0, 0, 0 };

void tri_greeting_print(uint8_t out[TRI_GREETING_BYTES],
                        const struct tri_greeting *g)
{
    memcpy(out, magic, sizeof(magic));
    tri_le_store32(out + 8, g->version);
    tri_le_store32(out + 12, g->from);
    tri_le_store32(out + 16, g->to);
    tri_le_store32(out + 20, g->sealed);
}

int tri_greeting_parse(struct tri_greeting *g,
                       const uint8_t in[TRI_GREETING_BYTES])
{
    g->version = tri_le_load32(in + 8);
    g->from = tri_le_load32(in + 12);
    g->to = tri_le_load32(in + 16);
    g->sealed = tri_le_load32(in + 20);
    if (memcmp(in, magic, sizeof(magic)) != 0)
        return TRI_E_PROTO;
    if (g->version != TRI_WIRE_VERSION)
        return TRI_OK; /* nothing else can be relied on */
    if (g->from > 2 || g->to > 2 || g->from == g->to ||
        g->sealed >= TRI_GREETING_KINDS)
        return TRI_E_PROTO;
    return TRI_OK;
}

void tri_record_print(uint8_t out[TRI_RECORD_HEADER],
                      const struct tri_record *r)
{
    tri_le_store32(out, r->len);
    tri_le_store32(out + 4, r->flags);
    tri_le_store32(out + 8, r->seq);
    tri_le_store32(out + 12, r->depth);
}

int tri_record_parse(struct tri_record *r, const uint8_t in[TRI_RECORD_HEADER])
{
    r->len = tri_le_load32(in);
    r->flags = tri_le_load32(in + 4);
    r->seq = tri_le_load32(in + 8);
    r->depth = tri_le_load32(in + 12);
    switch (r->flags) {
    case TRI_RECORD_BYE:
        return r->len <= TRI_BYE_MAX && r->depth == 0 ? TRI_OK : TRI_E_PROTO;
    case TRI_RECORD_BEAT:
        return r->len == 0 && r->depth == 0 ? TRI_OK : TRI_E_PROTO;
    case TRI_RECORD_LAST:
        return r->len >= 1 && r->len <= TRI_RECORD_MAX ? TRI_OK : TRI_E_PROTO;
    case 0:
        return r->len == TRI_RECORD_MAX ? TRI_OK : TRI_E_PROTO;
    default:
        return TRI_E_PROTO;
    }
}

uint64_t tri_record_count(uint64_t len)
{
    return len / TRI_RECORD_MAX + (len % TRI_RECORD_MAX != 0);
}

uint64_t tri_record_wire(uint64_t len)
{
    return len + TRI_RECORD_HEADER * tri_record_count(len);
}
