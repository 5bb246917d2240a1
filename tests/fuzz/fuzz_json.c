#include <string.h>
#include "boards/host/formats/json.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

/* Tokens in the order that the input's first byte asks for: every call either
 * moves on or fails with a text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_json j = { .name = "input" };
    struct tri_why why = { .text = "" };
    char text[40];
    uint64_t n;
    unsigned ask;

    if (size == 0)
        return 0;
    ask = data[0];
    j.text = data + 1;
    j.len = size - 1;
    for (int i = 0; i < 64; i++, ask = ask * 5 + 1) {
        const size_t before = j.at;
        int rc = TRI_OK;

        if (tri_json_take(&j, '{') || tri_json_take(&j, ',') ||
            tri_json_take(&j, ':') || tri_json_take(&j, '['))
            rc = TRI_OK;
        else if (ask >> 4 & 1)
            rc =
                tri_json_string(&j, ask >> 5 & 1 ? text : NULL,
                                ask >> 5 & 1 ? 1 + ask % sizeof text : 0, &why);
        else if (ask >> 5 & 1)
            rc = tri_json_uint(&j, &n, &why);
        else
            rc = tri_json_expect(&j, '}', &why);
        MUST(j.at <= j.len);
        if (rc != TRI_OK) {
            MUST(rc == TRI_E_FORMAT && why.text[0] != '\0');
            break;
        }
        MUST(j.at > before);
    }
    return 0;
}
