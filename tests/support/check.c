#include <stdarg.h>
#include <stdio.h>
#include "tests/support/check.h"

int tri_check_fail(struct tri_check *c, const char *fmt, ...)
{
    if (c->msg[0] == '\0') {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(c->msg, sizeof c->msg, fmt, ap);
        va_end(ap);
        /* A text that nobody has filled is a failure, too. */
        if (c->msg[0] == '\0')
            snprintf(c->msg, sizeof c->msg, "failed, without a text");
    }
    return 0;
}

uint64_t tri_test_rand(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int nibble(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    if (ch >= 'A' && ch <= 'F')
        return ch - 'A' + 10;
    return -1;
}

size_t tri_test_hex(uint8_t *out, size_t max, const char *hex)
{
    size_t n = 0;
    int high = -1;

    for (; *hex != '\0' && n < max; hex++) {
        const int v = nibble(*hex);
        if (v < 0)
            continue;
        if (high < 0) {
            high = v;
        } else {
            out[n++] = (uint8_t)(high << 4 | v);
            high = -1;
        }
    }
    return n;
}
