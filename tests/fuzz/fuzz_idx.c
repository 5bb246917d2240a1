#include "boards/host/formats/idx.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

/* What is accepted lies inside the file, and its header says so. */
static void check(const struct tri_idx *x, const uint8_t *data, size_t size,
                  size_t head)
{
    MUST(x->data == data + head);
    MUST((uint64_t)x->n * x->h * x->w == size - head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_idx x;
    struct tri_why why = { .text = "" };
    int rc = tri_idx_images(&x, data, size, "input", &why);

    MUST(rc == TRI_OK || (rc == TRI_E_FORMAT && why.text[0] != '\0'));
    if (rc == TRI_OK)
        check(&x, data, size, 16);
    rc = tri_idx_labels(&x, data, size, "input", &why);
    MUST(rc == TRI_OK || (rc == TRI_E_FORMAT && why.text[0] != '\0'));
    if (rc == TRI_OK) {
        check(&x, data, size, 8);
        for (uint32_t i = 0; i < x.n; i++)
            MUST(x.data[i] < TRI_IDX_CLASSES);
    }
    return 0;
}
