#include <string.h>
#include "boards/host/share/sharefile.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

/* An accepted header encodes to the same bytes, and its sizes fit together. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_share_head h;
    struct tri_why why = { .text = "" };
    uint8_t again[TRI_SHARE_HEAD];
    const int rc = tri_share_decode(&h, data, size, "input", &why);

    if (rc != TRI_OK) {
        MUST(rc == TRI_E_FORMAT && why.text[0] != '\0');
        return 0;
    }
    tri_share_encode(again, &h);
    MUST(memcmp(again, data, sizeof again) == 0);
    return 0;
}
