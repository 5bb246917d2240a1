#include <math.h>
#include "boards/host/formats/standard.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_why why = { .text = "" };
    struct tri_standard s;
    const int rc = tri_standard_parse(&s, data, size, "input", &why);

    MUST(rc == TRI_OK || (rc == TRI_E_FORMAT && why.text[0] != '\0'));
    for (size_t i = 0; rc == TRI_OK && i < (size_t)s.columns + s.targets; i++)
        MUST(isfinite(s.mean[i]) && isfinite(s.deviation[i]) &&
             s.deviation[i] > 0);
    tri_standard_free(&s);
    return 0;
}
