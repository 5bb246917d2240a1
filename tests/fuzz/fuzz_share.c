#include <string.h>
#include "boards/host/share/sharefile.h"
#include "core/err.h"
#include "core/le.h"
#include "tests/fuzz/fuzz.h"

/* An accepted header encodes to the same bytes, and its sizes fit together:
 * those of its components make up the content. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_share_head h;
    struct tri_why why = { .text = "" };
    uint8_t again[TRI_SHARE_HEAD], part[TRI_SHARE_PUBLIC];
    uint64_t sum = 0;
    const int rc = tri_share_decode(&h, data, size, "input", &why);

    if (rc != TRI_OK) {
        MUST(rc == TRI_E_FORMAT && why.text[0] != '\0');
        return 0;
    }
    tri_share_encode(again, &h);
    MUST(memcmp(again, data, tri_share_header(&h)) == 0);
    for (unsigned c = 0; c < tri_share_components(&h); c++) {
        tri_share_encode_component(part, &h, c);
        sum += tri_le_load64(part + TRI_SHARE_PUBLIC - 8);
    }
    MUST(sum == h.content);
    tri_share_encode_public(part, &h);
    return 0;
}
