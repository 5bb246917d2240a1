/* For boards without a C library: the host has its own. */
#include "boards/common/why.h"
#include "core/text.h"

int tri_why(struct tri_why *w, int err, const char *fmt, ...)
{
    struct tri_text t = { w->text, sizeof w->text, 0 };
    va_list ap;

    if (w->text[0] == '\0') {
        va_start(ap, fmt);
        tri_text_addv(&t, fmt, ap);
        va_end(ap);
    }
    return err;
}
