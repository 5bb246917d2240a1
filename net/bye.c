/* No OS header: boards link this file as it is. */
#include "net/bye.h"

#include "core/err.h"
#include "net/link.h"

enum {
    NOBODY = 255,
    END = 40 /* of a text that is too long: room for who says so, twice */
};

static int printable(int c)
{
    return c >= 0x20 && c <= 0x7e;
}

void tri_bye_make(struct tri_bye *b, int err, int blamed, const char *text)
{
    size_t n = 0, len = 0;

    b->err = err < 0 && err >= -TRI_BYE_CODES ? err : TRI_E_DEAD;
    b->blamed = blamed >= 0 && blamed < TRI_PARTIES ? blamed : TRI_NOBODY;
    if (text == NULL || text[0] == '\0')
        text = tri_strerror(b->err);
    while (text[len] != '\0')
        len++;
    for (; n < TRI_BYE_TEXT && n < len; n++)
        b->text[n] = text[n];
    if (len > TRI_BYE_TEXT) {
        for (size_t i = n - END - 3; i < n - END; i++)
            b->text[i] = '.';
        for (size_t i = 0; i < END; i++)
            b->text[n - END + i] = text[len - END + i];
    }
    for (size_t i = 0; i < n; i++)
        if (!printable((unsigned char)b->text[i]))
            b->text[i] = '?';
    b->text[n] = '\0';
}

size_t tri_bye_print(uint8_t out[TRI_BYE_MAX], const struct tri_bye *b)
{
    size_t n = 0;

    out[0] = (uint8_t)-b->err;
    out[1] = b->blamed == TRI_NOBODY ? NOBODY : (uint8_t)b->blamed;
    for (; b->text[n] != '\0'; n++)
        out[2 + n] = (uint8_t)b->text[n];
    return 2 + n;
}

int tri_bye_parse(struct tri_bye *b, const uint8_t *in, size_t n)
{
    if (n < 3 || n > TRI_BYE_MAX || in[0] < 1 || in[0] > TRI_BYE_CODES ||
        (in[1] >= TRI_PARTIES && in[1] != NOBODY))
        return TRI_E_PROTO;
    b->err = -(int)in[0];
    b->blamed = in[1] == NOBODY ? TRI_NOBODY : (int)in[1];
    for (size_t i = 0; i < n - 2; i++) {
        if (!printable(in[2 + i]))
            return TRI_E_PROTO;
        b->text[i] = (char)in[2 + i];
    }
    b->text[n - 2] = '\0';
    return TRI_OK;
}

int tri_bye_heard(int err)
{
    switch (err) {
    case TRI_E_TIMEOUT:
    case TRI_E_PROTO:
    case TRI_E_MISMATCH:
    case TRI_E_CRYPTO:
    case TRI_E_SPOILT:
    case TRI_E_CHEAT:
        return err;
    default:
        return TRI_E_IO;
    }
}
