#include <string.h>
#include "core/err.h"
#include "net/hello.h"
#include "tests/fuzz/fuzz.h"

/* Three texts, separated by zeros, as three parties might send them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[3][TRI_HELLO_TEXT + 1];
    char err[TRI_HELLO_ERROR] = "";
    const char *const all[3] = { text[0], text[1], text[2] };
    int equal, rc;

    for (int i = 0; i < 3; i++) {
        const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
        const size_t n = end != NULL ? (size_t)(end - data) : size;

        if (!tri_hello_valid((const char *)data, n))
            return 0;
        MUST(n > 0 && n <= TRI_HELLO_TEXT && data[n - 1] == '\n');
        memcpy(text[i], data, n);
        text[i][n] = '\0';
        data += end != NULL ? n + 1 : n;
        size -= end != NULL ? n + 1 : n;
    }
    rc = tri_hello_compare(all, err);
    equal = strcmp(text[0], text[1]) == 0 && strcmp(text[0], text[2]) == 0;
    MUST(memchr(err, '\0', sizeof err) != NULL);
    MUST(rc == (equal ? TRI_OK : TRI_E_MISMATCH));
    MUST((err[0] == '\0') == equal);
    return 0;
}
