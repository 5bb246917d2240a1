/* No OS header: boards link this file as it is. */
#include "net/fail.h"

#include <stdarg.h>
#include <stdint.h>

#include "core/err.h"
#include "core/text.h"

int tri_link_fail(struct tri_link *l, int rc, const char *fmt, ...)
{
    struct tri_text t = { l->error, sizeof(l->error), 0 };
    va_list ap;

    if (l->error[0] != '\0')
        return rc;
    va_start(ap, fmt);
    tri_text_addv(&t, fmt, ap);
    va_end(ap);
    return rc;
}

int tri_link_end(struct tri_link *l, int rc, int blamed, const char *fmt, ...)
{
    struct tri_text t = { l->error, sizeof(l->error), 0 };
    va_list ap;

    if (l->dead != TRI_OK)
        return rc;
    if (l->error[0] == '\0') {
        va_start(ap, fmt);
        tri_text_addv(&t, fmt, ap);
        va_end(ap);
    }
    return tri_link_kill(l, rc, blamed, ""); /* the text is there */
}

int tri_link_fail_gone(struct tri_link *l, unsigned peer)
{
    return tri_link_fail(l, TRI_E_IO,
                         "P%u closed the connection: it ended or failed; see "
                         "its output",
                         peer);
}

int tri_link_fail_heard(struct tri_link *l, unsigned peer,
                        const struct tri_bye *b)
{
    l->heard = l->dead == TRI_OK;
    return tri_link_fail(l, tri_bye_heard(b->err), "%s (P%u says so)", b->text,
                         peer);
}

int tri_link_fail_bye(struct tri_link *l, unsigned peer)
{
    return tri_link_fail(l, TRI_E_PROTO,
                         "P%u ended with a goodbye that is not well-formed",
                         peer);
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
        (void)tri_text_print(what, sizeof what, "less than %d KiB",
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
