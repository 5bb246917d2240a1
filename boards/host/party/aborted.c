#include "boards/host/party/aborted.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/base/file.h"
#include "core/err.h"

int tri_aborted_check(const char *path, int allowed, struct tri_why *why)
{
    uint8_t *text;
    size_t len;
    int rc;

    if (allowed || access(path, F_OK) != 0)
        return TRI_OK;
    rc = tri_file_read(path, 2 * sizeof why->text, &text, &len, why);
    if (rc != TRI_OK)
        return rc;
    while (len > 0 && text[len - 1] == '\n')
        len--;
    rc = tri_why(why, TRI_E_ARG,
                 "%s: verification has ended a run with these checkpoints "
                 "(%.*s). Every further try is a chance for the party that "
                 "cheats: find out which one it is, then give --after-abort "
                 "to go on",
                 path, (int)len, (const char *)text);
    free(text);
    return rc;
}

void tri_aborted_clear(const char *path)
{
    if (unlink(path) == 0)
        (void)tri_file_sync_dir(path);
}

int tri_aborted_note(const char *path, struct tri_why *why)
{
    struct tri_why bad = { "" };
    struct tri_out o;
    int rc = tri_out_open(&o, path, &bad);

    if (rc == TRI_OK)
        rc = tri_out_write(&o, why->text, strlen(why->text), &bad);
    if (rc == TRI_OK)
        rc = tri_out_write(&o, "\n", 1, &bad);
    if (rc == TRI_OK)
        rc = tri_out_commit(&o, &bad);
    if (rc == TRI_OK)
        tri_why_add(why, 0, "; noted in %s: only --after-abort goes on", path);
    else
        tri_why_add(why, 0, "; that could not be noted: %s", bad.text);
    return TRI_E_CHEAT;
}
