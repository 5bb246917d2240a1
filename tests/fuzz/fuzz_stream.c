#include <string.h>
#include "core/err.h"
#include "net/ether/in.h"
#include "tests/fuzz/fuzz.h"

/*
 * Records in plaintext, cut anywhere: messages of wanted lengths are read from
 * the input. Two bytes give the lengths; the rest is the stream.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tri_ether_in m;
    struct tri_link l = { .id = 0 };
    size_t len, cut;

    if (size < 2)
        return 0;
    len = 1 + data[0] % 64;
    cut = 1 + data[1] % 17;
    data += 2;
    size -= 2;
    tri_ether_in_init(&m, NULL);
    for (int i = 0; i < 4 && m.rc == TRI_OK && m.bye < 0; i++) {
        uint8_t *const buf = malloc(len);

        MUST(buf != NULL);
        tri_ether_in_want(&m, buf, len);
        while (size > 0 && m.active && m.rc == TRI_OK && m.bye < 0) {
            const size_t n = size < cut ? size : cut;
            const size_t took = tri_ether_in_feed(&m, &l, 1, data, n);

            MUST(took <= n && m.done <= len);
            if (took == 0)
                break;
            data += took;
            size -= took;
        }
        MUST(m.rc <= TRI_OK && (m.rc == TRI_OK || l.error[0] != '\0'));
        MUST(memchr(l.error, '\0', sizeof l.error) != NULL);
        free(buf);
        if (m.active)
            break;
    }
    return 0;
}
