#include "boards/host/party/aborted.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/base/file.h"
#include "core/err.h"

/* A line about an end that may have been a cheat's. */
static const char unproved[] = "in the middle of a verification: ";

/* Lines of the file, all or those of the kind above. */
static unsigned lines(const char *text, int kind)
{
    unsigned n = 0;

    for (; *text != '\0'; text += strcspn(text, "\n"), text += *text != '\0')
        n += !kind || strncmp(text, unproved, sizeof unproved - 1) == 0;
    return n;
}

/* The whole file; "" if there is none. */
static int load(const char *path, char **text, struct tri_why *why)
{
    const size_t most = (TRI_ABORTED_SERVICE + 1) * (2 * sizeof why->text);
    uint8_t *data = NULL;
    size_t len = 0;
    int rc = TRI_OK;

    if (access(path, F_OK) == 0)
        rc = tri_file_read(path, most, &data, &len, why);
    *text = rc == TRI_OK ? calloc(len + 1, 1) : NULL;
    if (rc == TRI_OK && *text == NULL)
        rc = tri_why(why, TRI_E_NOMEM, "no memory");
    if (rc == TRI_OK && len > 0)
        memcpy(*text, data, len);
    free(data);
    return rc;
}

static int store(const char *path, const char *before, const char *kind,
                 const char *text, struct tri_why *why)
{
    const char *const part[] = { before, kind, text, "\n" };
    struct tri_out o;
    int rc = tri_out_open(&o, path, why);

    for (size_t i = 0; rc == TRI_OK && i < sizeof part / sizeof *part; i++)
        rc = tri_out_write(&o, part[i], strlen(part[i]), why);
    return rc == TRI_OK ? tri_out_commit(&o, why) : rc;
}

int tri_aborted_check(const char *path, unsigned most, int allowed,
                      struct tri_why *why)
{
    char *text, *last;
    unsigned n;
    int rc;

    if (allowed)
        return TRI_OK;
    rc = load(path, &text, why);
    if (rc != TRI_OK)
        return rc;
    n = lines(text, 1);
    last = text + strlen(text);
    while (last > text && last[-1] == '\n')
        *--last = '\0';
    last = strrchr(text, '\n');
    if (lines(text, 0) > n)
        rc = tri_why(why, TRI_E_ARG,
                     "%s: verification has ended what was computed here (%s). "
                     "Every further try is a chance for the party that cheats: "
                     "find out which one it is, then give --after-abort to go "
                     "on",
                     path, last == NULL ? text : last + 1);
    else if (n >= most)
        rc = tri_why(why, TRI_E_ARG,
                     "%s: what was computed here has ended %u times in the "
                     "middle of a verification, as it does when a party cheats "
                     "and hangs up before it is found. The last line there "
                     "tells of the last time. Find out whether these were "
                     "honest crashes, then give --after-abort to go on",
                     path, n);
    free(text);
    return rc;
}

unsigned tri_aborted_ends(const char *path)
{
    struct tri_why why = { "" };
    unsigned n = 0;
    char *text;

    if (load(path, &text, &why) == TRI_OK)
        n = lines(text, 1);
    free(text);
    return n;
}

void tri_aborted_clear(const char *path)
{
    if (unlink(path) == 0)
        (void)tri_file_sync_dir(path);
}

int tri_aborted_note(const char *path, struct tri_why *why)
{
    struct tri_why bad = { "" };

    if (store(path, "", "", why->text, &bad) == TRI_OK)
        tri_why_add(why, 0, "; noted in %s: only --after-abort goes on", path);
    else
        tri_why_add(why, 0, "; that could not be noted: %s", bad.text);
    return TRI_E_CHEAT;
}

int tri_aborted_suspect(const char *path, unsigned most, int rc,
                        struct tri_why *why)
{
    struct tri_why bad = { "" };
    char *text;

    if (load(path, &text, &bad) == TRI_OK &&
        store(path, text, unproved, why->text, &bad) == TRI_OK)
        tri_why_add(why, 0,
                    "; that was in the middle of a verification: noted in %s, "
                    "number %u of %u",
                    path, lines(text, 1) + 1, most);
    else
        tri_why_add(why, 0, "; that could not be noted: %s", bad.text);
    free(text);
    return rc;
}
