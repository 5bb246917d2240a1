#include "core/text.h"

#include <stdint.h>

static void put(struct tri_text *t, char c)
{
    if (t->n + 1 < t->size)
        t->out[t->n] = c;
    t->n++;
}

/* `least` digits, filled with `fill`; the sign counts as one. */
static void put_number(struct tri_text *t, uint64_t v, unsigned base, int minus,
                       unsigned least, char fill)
{
    char digit[24];
    unsigned n = 0;

    do {
        digit[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v != 0);
    if (minus && fill == '0')
        put(t, '-');
    for (unsigned k = n + (minus != 0); k < least; k++)
        put(t, fill);
    if (minus && fill != '0')
        put(t, '-');
    while (n > 0)
        put(t, digit[--n]);
}

static void put_string(struct tri_text *t, const char *s, size_t most)
{
    for (size_t i = 0; i < most && s[i] != '\0'; i++)
        put(t, s[i]);
}

static void put_tenths(struct tri_text *t, double v)
{
    const uint64_t tenths = (uint64_t)(v * 10 + 0.5);

    put_number(t, tenths / 10, 10, 0, 1, ' ');
    put(t, '.');
    put_number(t, tenths % 10, 10, 0, 1, ' ');
}

static unsigned read_digits(const char **f)
{
    unsigned v = 0;

    for (; **f >= '0' && **f <= '9'; (*f)++)
        v = v * 10 + (unsigned)(**f - '0');
    return v;
}

void tri_text_addv(struct tri_text *t, const char *f, va_list ap)
{
    while (*f != '\0') {
        int l = 0, z = 0, sharp = 0;
        size_t most = SIZE_MAX;
        char fill = ' ';
        unsigned width;

        if (*f != '%') {
            put(t, *f++);
            continue;
        }
        for (f++; *f == '#' || *f == '0'; f++)
            if (*f == '#')
                sharp = 1;
            else
                fill = '0';
        width = read_digits(&f);
        if (*f == '.') {
            f++;
            most = *f == '*' ? (f++, (size_t)va_arg(ap, int)) : read_digits(&f);
        }
        for (; *f == 'l' || *f == 'z'; f++)
            if (*f == 'l')
                l++;
            else
                z = 1;
        switch (*f) {
        case 'd': {
            const int64_t v = l > 1 ? va_arg(ap, long long)
                              : l   ? va_arg(ap, long)
                                    : va_arg(ap, int);

            put_number(t, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0, width,
                       fill);
            break;
        }
        case 'u':
        case 'x': {
            const uint64_t v = z       ? va_arg(ap, size_t)
                               : l > 1 ? va_arg(ap, unsigned long long)
                               : l     ? va_arg(ap, unsigned long)
                                       : va_arg(ap, unsigned);

            if (sharp && v != 0)
                put_string(t, "0x", 2);
            put_number(t, v, *f == 'x' ? 16 : 10, 0, width, fill);
            break;
        }
        case 's':
            put_string(t, va_arg(ap, const char *), most);
            break;
        case 'c':
            put(t, (char)va_arg(ap, int));
            break;
        case 'f':
            put_tenths(t, va_arg(ap, double));
            break;
        default: /* %%, and what is not known */
            put(t, *f);
            break;
        }
        f += *f != '\0';
    }
    if (t->size > 0)
        t->out[t->n < t->size ? t->n : t->size - 1] = '\0';
}

void tri_text_add(struct tri_text *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    tri_text_addv(t, fmt, ap);
    va_end(ap);
}

size_t tri_text_print(char *out, size_t size, const char *fmt, ...)
{
    struct tri_text t = { out, size, 0 };
    va_list ap;

    va_start(ap, fmt);
    tri_text_addv(&t, fmt, ap);
    va_end(ap);
    return t.n;
}
