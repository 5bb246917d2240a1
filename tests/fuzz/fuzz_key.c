#include <string.h>
#include "boards/host/party/keyfile.h"
#include "core/err.h"
#include "tests/fuzz/fuzz.h"

/* A key file that is accepted is the only one for its key. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t none[TRI_KEY_BYTES];
    uint8_t key[TRI_KEY_BYTES];
    char digits[TRI_KEY_DIGITS + 1];
    struct tri_why why = { .text = "" };
    int rc = tri_key_file_parse(key, (const char *)data, size, "input", &why);

    if (rc == TRI_OK) {
        MUST(size == TRI_KEY_FILE);
        tri_key_print(digits, key);
        MUST(memcmp(data + size - TRI_KEY_DIGITS - 1, digits, TRI_KEY_DIGITS) ==
             0);
        MUST(data[size - 1] == '\n');
    } else {
        MUST(rc == TRI_E_FORMAT && why.text[0] != '\0');
        MUST(memcmp(key, none, sizeof key) == 0);
    }
    rc = tri_key_parse(key, (const char *)data, size);
    if (rc == TRI_OK) {
        tri_key_print(digits, key);
        MUST(size == TRI_KEY_DIGITS && memcmp(data, digits, size) == 0);
    } else {
        MUST(memcmp(key, none, sizeof key) == 0);
    }
    return 0;
}
