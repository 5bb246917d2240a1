#include <math.h>
#include "boards/host/formats/csv.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

/* The first byte says how the rest is read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_why why = { .text = "" };
    struct tri_csv t;
    size_t column;
    int rc;

    if (size == 0)
        return 0;
    rc =
        tri_csv_parse(&t, data + 1, size - 1, ",;\t "[data[0] & 3],
                      (enum tri_csv_header)((data[0] >> 2) % 3), "input", &why);
    if (rc != TRI_OK) {
        MUST((rc == TRI_E_FORMAT || rc == TRI_E_RANGE) && why.text[0] != '\0');
        tri_csv_free(&t);
        return 0;
    }
    MUST(t.rows > 0 && t.cols > 0 && t.cols <= TRI_CSV_COLUMNS);
    for (size_t i = 0; i < t.rows * t.cols; i++)
        MUST(isfinite(t.num[i]));
    /* There is a first column, unless two are called "1". */
    rc = tri_csv_column(&column, &t, "1", "input", &why);
    MUST(rc == TRI_OK ? column < t.cols
                      : rc == TRI_E_ARG && t.head != NULL && t.cols > 1 &&
                            why.text[0] != '\0');
    tri_csv_free(&t);
    return 0;
}
