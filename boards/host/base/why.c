#include "boards/host/base/why.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/err.h"

int tri_why(struct tri_why *w, int err, const char *fmt, ...)
{
    if (w->text[0] == '\0') {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(w->text, sizeof w->text, fmt, ap);
        va_end(ap);
    }
    return err;
}

int tri_why_add(struct tri_why *w, int err, const char *fmt, ...)
{
    const size_t n = strlen(w->text);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(w->text + n, sizeof w->text - n, fmt, ap);
    va_end(ap);
    return err;
}

int tri_exit_code(int err)
{
    switch (err) {
    case TRI_OK:
        return TRI_EXIT_OK;
    case TRI_E_ARG:
    case TRI_E_FORMAT:
    case TRI_E_RANGE:
    case TRI_E_MISMATCH:
        return TRI_EXIT_INPUT;
    default:
        return TRI_EXIT_RUN;
    }
}
