#include <math.h>
#include "boards/host/formats/npy.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_array a;
    struct tri_why why = { .text = "" };
    const int rc = tri_npy_parse(&a, data, size, "input", &why);

    if (rc != TRI_OK) {
        MUST((rc == TRI_E_FORMAT || rc == TRI_E_RANGE) && why.text[0] != '\0');
        return 0;
    }
    MUST(tri_npy_is(data, size));
    for (size_t i = 0; i < a.n; i++)
        MUST(isfinite(tri_array_get(&a, i)));
    return 0;
}
