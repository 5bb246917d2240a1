#include <math.h>
#include <string.h>
#include "boards/host/formats/safetensors.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

/* Accepted tensors fill the file's data without hole or overlap. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tri_array t[TRI_TENSORS_MAX];
    struct tri_why why = { .text = "" };
    size_t n = 0;
    const int rc = tri_safetensors_parse(t, &n, data, size, "input", &why);

    if (rc != TRI_OK) {
        MUST((rc == TRI_E_FORMAT || rc == TRI_E_RANGE) && why.text[0] != '\0');
        return 0;
    }
    MUST(n <= TRI_TENSORS_MAX);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < t[i].n; j++)
            MUST(isfinite(tri_array_get(&t[i], j)));
    return 0;
}
