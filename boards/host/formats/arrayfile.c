#include "boards/host/formats/arrayfile.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/file.h"
#include "boards/host/formats/idx.h"
#include "boards/host/formats/npy.h"
#include "boards/host/formats/npz.h"
#include "core/err.h"
#include "core/mem.h"

static const size_t max_file = SIZE_MAX > UINT32_MAX
                                   ? (size_t)((uint64_t)1 << 32)
                                   : SIZE_MAX / 2;

/* What it is that was packed. */
static int check_packed(const uint8_t *buf, size_t len, const char *path,
                        struct tri_why *why)
{
    if (len >= 2 && buf[0] == 0x1f && buf[1] == 0x8b)
        return tri_file_stem(path, ".gz") > 0
                   ? tri_why(why, TRI_E_ARG,
                             "%s: is packed; unpack it with: gunzip -k %s",
                             path, path)
                   : tri_why(why, TRI_E_ARG,
                             "%s: is packed; unpack it with: gunzip -c %s "
                             ">%s.unpacked",
                             path, path, path);
    if (tri_npz_is(buf, len) && tri_file_stem(path, ".npz") == 0)
        return tri_why(why, TRI_E_ARG,
                       "%s: is packed; unpack it with: unzip %s", path, path);
    return TRI_OK;
}

int tri_arrayfile_read(uint8_t **buf, size_t *len, const char *path,
                       struct tri_why *why)
{
    const int rc = tri_file_read(path, max_file, buf, len, why);

    return rc == TRI_OK ? check_packed(*buf, *len, path, why) : rc;
}

int tri_arrayfile_open(struct tri_arrayfile *f, const char *path,
                       struct tri_why *why)
{
    const char *const colon = strrchr(path, ':');
    const int inside =
        colon != NULL && colon - path > 4 && memcmp(colon - 4, ".npz", 4) == 0;
    char file[PATH_MAX];
    int rc;

    *f = (struct tri_arrayfile){ .buf = NULL };
    if (snprintf(file, sizeof file, "%.*s",
                 inside ? (int)(colon - path) : INT_MAX, path) >= PATH_MAX)
        return tri_why(why, TRI_E_ARG, "%s: the name is too long", path);
    rc = tri_arrayfile_read(&f->buf, &f->len, file, why);
    if (rc != TRI_OK)
        return rc;
    if (tri_npz_is(f->buf, f->len))
        return tri_npz_parse(&f->a, f->buf, f->len, inside ? colon + 1 : NULL,
                             file, why);
    if (inside)
        return tri_why(why, TRI_E_FORMAT, "%s: is no .npz archive", file);
    if (tri_npy_is(f->buf, f->len))
        return tri_npy_parse(&f->a, f->buf, f->len, file, why);
    if (tri_idx_is(f->buf, f->len))
        return tri_idx_parse(&f->a, f->buf, f->len, file, why);
    return tri_why(why, TRI_E_FORMAT,
                   "%s: is neither .npy nor .npz nor IDX; a table as text goes "
                   "with --table",
                   file);
}

void tri_arrayfile_close(struct tri_arrayfile *f)
{
    if (f->buf != NULL)
        tri_wipe(f->buf, f->len);
    free(f->buf);
    f->buf = NULL;
}
