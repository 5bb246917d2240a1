#include <math.h>
#include "boards/host/formats/npz.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

static void read_one(const uint8_t *data, size_t size, const char *entry)
{
    struct tri_why why = { .text = "" };
    struct tri_array a;
    const int rc = tri_npz_parse(&a, data, size, entry, "input", &why);

    if (rc != TRI_OK) {
        MUST((rc == TRI_E_FORMAT || rc == TRI_E_RANGE || rc == TRI_E_ARG) &&
             why.text[0] != '\0');
        return;
    }
    MUST(a.data >= data &&
         a.data + a.n * tri_dtype_size(a.type) <= data + size);
    for (size_t i = 0; i < a.n; i++)
        MUST(isfinite(tri_array_get(&a, i)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_one(data, size, NULL);
    read_one(data, size, "x");
    return 0;
}
