#include "boards/host/base/print.h"
#include "core/err.h"

static ssize_t stream_write(void *out, const char *text, size_t n)
{
    struct tri_out *const o = out;

    return o->fd >= 0 && tri_out_write(o, text, n, o->why) == TRI_OK
               ? (ssize_t)n
               : 0;
}

/* What a stream in memory loses without a word is lost here with one. */
int tri_out_print(struct tri_out *o, tri_print_fn *print, const void *arg,
                  struct tri_why *why)
{
    const cookie_io_functions_t io = { .write = stream_write };
    FILE *const f = fopencookie(o, "w", io);
    int rc = TRI_E_NOMEM;

    o->why = why;
    if (f == NULL) {
        tri_why(why, rc, "%s: no memory", o->path);
    } else {
        rc = print(f, arg, why);
        if ((fflush(f) != 0 || ferror(f) || o->fd < 0) && rc == TRI_OK)
            rc = tri_why(why, TRI_E_IO, "the text cannot be written");
        fclose(f);
    }
    if (rc == TRI_OK)
        return tri_out_commit(o, why);
    tri_out_abort(o);
    return rc;
}

int tri_file_print(const char *path, tri_print_fn *print, const void *arg,
                   struct tri_why *why)
{
    struct tri_out o;
    int rc;

    if (path == NULL)
        return print(stdout, arg, why);
    rc = tri_out_open(&o, path, why);
    o.fresh = 1;
    return rc == TRI_OK ? tri_out_print(&o, print, arg, why) : rc;
}
