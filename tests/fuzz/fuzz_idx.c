#include <math.h>
#include "boards/host/formats/idx.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_array a;
    struct tri_why why = { .text = "" };
    const int rc = tri_idx_parse(&a, data, size, "input", &why);

    if (rc != TRI_OK) {
        MUST((rc == TRI_E_FORMAT || rc == TRI_E_RANGE) && why.text[0] != '\0');
        return 0;
    }
    /* What is accepted lies inside the file, and its header says so. */
    MUST(a.data == data + 4 + 4 * a.nd);
    MUST(a.n * tri_dtype_size(a.type) == size - 4 - 4 * a.nd);
    for (size_t i = 0; i < a.n; i++)
        MUST(isfinite(tri_array_get(&a, i)));
    return 0;
}
