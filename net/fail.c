/* No OS header: boards link this file as it is. */
#include "net/fail.h"

#include <stdarg.h>
#include <stdint.h>

#include "core/err.h"

/* ---- texts -------------------------------------------------------------- */

struct text {
    char *out;
    size_t size, n; /* n: how long it would be */
};

static void put(struct text *t, char c)
{
    if (t->n + 1 < t->size)
        t->out[t->n] = c;
    t->n++;
}

/* `least` digits, filled with `fill`; the sign counts as one. */
static void put_number(struct text *t, uint64_t v, unsigned base, int minus,
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

static void put_string(struct text *t, const char *s, size_t most)
{
    for (size_t i = 0; i < most && s[i] != '\0'; i++)
        put(t, s[i]);
}

static void put_tenths(struct text *t, double v)
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

static size_t vtext(char *out, size_t size, const char *f, va_list ap)
{
    struct text t = { out, size, 0 };

    while (*f != '\0') {
        int l = 0, z = 0, sharp = 0;
        size_t most = SIZE_MAX;
        char fill = ' ';
        unsigned width;

        if (*f != '%') {
            put(&t, *f++);
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
            most = read_digits(&f);
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

            put_number(&t, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0, width,
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
                put_string(&t, "0x", 2);
            put_number(&t, v, *f == 'x' ? 16 : 10, 0, width, fill);
            break;
        }
        case 's':
            put_string(&t, va_arg(ap, const char *), most);
            break;
        case 'c':
            put(&t, (char)va_arg(ap, int));
            break;
        case 'f':
            put_tenths(&t, va_arg(ap, double));
            break;
        default: /* %%, and what is not known */
            put(&t, *f);
            break;
        }
        f += *f != '\0';
    }
    if (size > 0)
        out[t.n < size ? t.n : size - 1] = '\0';
    return t.n;
}

size_t tri_text(char *out, size_t size, const char *fmt, ...)
{
    size_t n;
    va_list ap;

    va_start(ap, fmt);
    n = vtext(out, size, fmt, ap);
    va_end(ap);
    return n;
}

/* ---- failures ----------------------------------------------------------- */

int tri_link_fail(struct tri_link *l, int rc, const char *fmt, ...)
{
    va_list ap;

    if (l->error[0] != '\0')
        return rc;
    va_start(ap, fmt);
    (void)vtext(l->error, sizeof(l->error), fmt, ap);
    va_end(ap);
    return rc;
}

int tri_link_fail_bye(struct tri_link *l, unsigned peer, int bye)
{
    if (bye <= 0)
        return tri_link_fail(l, TRI_E_IO,
                             "P%u closed the connection: it ended or failed; "
                             "see its output",
                             peer);
    const unsigned blamed = (unsigned)bye - 1;
    if (blamed == peer)
        return tri_link_fail(l, TRI_E_IO, "P%u failed; see its output", peer);
    if (blamed == l->id)
        return tri_link_fail(l, TRI_E_IO,
                             "P%u gave up because of this party, P%u; see its "
                             "output",
                             peer, l->id);
    return tri_link_fail(l, TRI_E_IO,
                         "P%u gave up because of P%u; see the output of both",
                         peer, blamed);
}

int tri_link_fail_both(struct tri_link *l)
{
    return tri_link_fail(l, TRI_E_IO,
                         "P%u and P%u both closed their connections: one of "
                         "them failed; see their output",
                         l->id == 0 ? 1u : 0u, l->id == 2 ? 1u : 2u);
}

int tri_link_fail_length(struct tri_link *l, unsigned peer, uint64_t got,
                         int more, uint64_t want)
{
    return tri_link_fail(l, TRI_E_PROTO,
                         "P%u sent a message of %s%llu bytes where %llu were "
                         "expected",
                         peer, more ? "more than " : "",
                         (unsigned long long)got, (unsigned long long)want);
}

int tri_link_fail_silent(struct tri_link *l, unsigned peer, uint64_t len)
{
    return tri_link_fail(l, TRI_E_TIMEOUT,
                         "P%u sent nothing for %.1f s, while P%u waited for a "
                         "message of %llu bytes",
                         peer, (double)l->deadline_ms / 1e3, l->id,
                         (unsigned long long)len);
}

int tri_link_fail_stuck(struct tri_link *l, unsigned peer)
{
    return tri_link_fail(l, TRI_E_TIMEOUT,
                         "P%u received nothing for %.1f s, while P%u had "
                         "messages to send to it",
                         peer, (double)l->deadline_ms / 1e3, l->id);
}

int tri_link_fail_slow(struct tri_link *l, unsigned peer, uint64_t len,
                       int some, uint64_t ms)
{
    char what[32] = "nothing";

    if (some)
        (void)tri_text(what, sizeof what, "less than %d KiB",
                       TRI_LINK_LEAST / 1024);
    if (len == 0)
        return tri_link_fail(l, TRI_E_TIMEOUT,
                             "P%u is alive, but too slow: for %.1f s it took "
                             "%s of what P%u has to send to it; give a "
                             "longer deadline",
                             peer, (double)ms / 1e3, what, l->id);
    return tri_link_fail(l, TRI_E_TIMEOUT,
                         "P%u is alive, but too slow: for %.1f s it sent "
                         "%s of a message of %llu bytes that P%u waits "
                         "for; give a longer deadline",
                         peer, (double)ms / 1e3, what, (unsigned long long)len,
                         l->id);
}
