#include <string.h>
#include "core/err.h"
#include "net/bye.h"
#include "net/link.h"
#include "net/record.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_greeting g;
    struct tri_record r;
    struct tri_bye b;
    uint8_t again[TRI_GREETING_BYTES > TRI_RECORD_HEADER ? TRI_GREETING_BYTES
                                                         : TRI_RECORD_HEADER];

    if (size >= TRI_RECORD_HEADER && tri_record_parse(&r, data) == TRI_OK) {
        MUST(r.len <= TRI_RECORD_MAX);
        MUST(r.flags == 0 || r.flags == TRI_RECORD_LAST ||
             r.flags == TRI_RECORD_BYE || r.flags == TRI_RECORD_BEAT);
        MUST(r.flags == TRI_RECORD_BYE
                 ? r.len <= TRI_BYE_MAX
                 : (r.len == 0) == (r.flags == TRI_RECORD_BEAT));
        tri_record_print(again, &r);
        MUST(memcmp(again, data, TRI_RECORD_HEADER) == 0);
    }
    if (tri_bye_parse(&b, data, size) == TRI_OK) {
        uint8_t bye[TRI_BYE_MAX];

        MUST(b.err < 0 && b.blamed >= TRI_NOBODY && b.blamed < TRI_PARTIES);
        MUST(tri_bye_print(bye, &b) == size && memcmp(bye, data, size) == 0);
    }
    if (size >= TRI_GREETING_BYTES && tri_greeting_parse(&g, data) == TRI_OK &&
        g.version == TRI_WIRE_VERSION) {
        MUST(g.from < 3 && g.to < 3 && g.sealed < TRI_GREETING_KINDS);
        tri_greeting_print(again, &g);
        MUST(memcmp(again, data, TRI_GREETING_BYTES) == 0);
    }
    return 0;
}
