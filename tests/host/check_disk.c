#include "boards/host/base/fileset.h"
#include "boards/host/base/print.h"
#include "tests/checks.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/base/file.h"
#include "boards/host/owner/split.h"
#include "core/err.h"
#include "tests/support/faulty.h"
#include "tests/support/folder.h"

static char dir[TRI_FOLDER];

/* Entries of the directory; removes them if asked to. */
static int count(int remove_them)
{
    DIR *const d = opendir(dir);
    const struct dirent *e;
    char path[400];
    int n = 0;

    while (d != NULL && (e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        n++;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (remove_them)
            unlink(path);
    }
    if (d != NULL)
        closedir(d);
    return n;
}

static void within(struct tri_check *c, void (*body)(struct tri_check *))
{
    CHECK(c, tri_folder_make(dir), "no temporary directory");
    body(c);
    tri_fault_none();
    chmod(dir, 0700);
    tri_folder_drop(dir);
}

/* Three shares of one image. */
static int split(struct tri_why *why)
{
    uint8_t pixel = 7;
    uint16_t label = 3;
    const struct tri_dataset set = { .count = 1,
                                     .h = 1,
                                     .w = 1,
                                     .c = 1,
                                     .classes = 10,
                                     .pixels = &pixel,
                                     .labels = &label };
    struct tri_kernels k;
    char prefix[64];

    tri_kernels_init(&k, 0);
    snprintf(prefix, sizeof prefix, "%s/x", dir);
    return tri_split(&set, prefix, TRI_SHARING_REPLICATED, 16, &k, why);
}

/* Four files by the same way as `digits`. */
static int four(struct tri_why *why)
{
    struct tri_out o[4], *all[4];
    char path[64];
    int rc = TRI_OK;

    for (int i = 0; i < 4; i++) {
        o[i] = (struct tri_out){ .fd = -1 };
        all[i] = &o[i];
    }
    for (int i = 0; rc == TRI_OK && i < 4; i++) {
        snprintf(path, sizeof path, "%s/%d", dir, i);
        rc = tri_out_open(&o[i], path, why);
        o[i].fresh = 1;
    }
    if (rc == TRI_OK)
        rc = tri_out_commit_all(all, 4, why);
    for (int i = 0; i < 4; i++)
        tri_out_abort(&o[i]);
    return rc;
}

/* Call number `nth` fails: all files or none, and a text that says so; after
 * that, the same works. */
static void one_fault(struct tri_check *c, int (*write)(struct tri_why *),
                      int files, enum tri_call call, int nth)
{
    struct tri_why why = { "" };
    int rc, there;

    tri_fault(call, nth, EIO, 0);
    rc = write(&why);
    tri_fault(call, 0, 0, 0);
    there = count(0);
    if (rc == TRI_OK ? there != files : there != 0)
        tri_check_fail(c, "call %d, number %d: code %d and %d files", call, nth,
                       rc, there);
    else if (rc != TRI_OK && strstr(why.text, "nothing was written") == NULL)
        tri_check_fail(c, "call %d, number %d: %s", call, nth, why.text);
    count(1);
}

static void all_faults(struct tri_check *c, int (*write)(struct tri_why *),
                       int files)
{
    for (int links = 0; links < 2; links++) {
        if (links)
            tri_fault(TRI_CALL_RENAME_NEW, 1, EINVAL, 1);
        for (int call = 0; call < TRI_CALLS; call++)
            for (int nth = 1; nth <= files + 1 && c->msg[0] == '\0'; nth++)
                if (!links || call != TRI_CALL_RENAME_NEW)
                    one_fault(c, write, files, (enum tri_call)call, nth);
    }
    tri_fault_none();
}

static void set_body(struct tri_check *c)
{
    struct tri_why why = { "" };

    all_faults(c, split, 3);
    all_faults(c, four, 4);
    if (c->msg[0] != '\0')
        return;
    /* a fault at the right place is one: this is no check of nothing */
    tri_fault(TRI_CALL_FSYNC_DIR, 2, EIO, 0);
    CHECK(c, split(&why) == TRI_E_IO, "a failed synchronisation passes");
    CHECK(c, strstr(why.text, "p1.share: its directory") != NULL, "%s",
          why.text);
    /* what stands there and cannot be removed is named */
    why.text[0] = '\0';
    tri_fault(TRI_CALL_FSYNC_DIR, 1, EIO, 0);
    tri_fault(TRI_CALL_UNLINK, 1, EACCES, 1);
    CHECK(c, split(&why) == TRI_E_IO, "a failed removal passes");
    tri_fault_none();
    CHECK(c, strstr(why.text, "x.p0.share cannot be removed") != NULL, "%s",
          why.text);
    CHECK(c, strstr(why.text, "nothing was written") == NULL, "%s", why.text);
}

static void tri_check_sets(struct tri_check *c)
{
    within(c, set_body);
}

/* Not every file system can synchronise a directory. */
static void inval_body(struct tri_check *c)
{
    struct tri_why why = { "" };

    tri_fault(TRI_CALL_FSYNC_DIR, 1, EINVAL, 1);
    CHECK(c, split(&why) == TRI_OK, "%s", why.text);
    CHECK(c, count(0) == 3, "%d files", count(0));
}

static void tri_check_inval(struct tri_check *c)
{
    within(c, inval_body);
}

/* One that takes files but is not to be read. Root reads everything. */
static void unread_body(struct tri_check *c)
{
    const uid_t me = geteuid();
    struct tri_why why = { "" };
    int rc;

    if (me == 0)
        CHECK(c, chown(dir, 65534, 65534) == 0 && seteuid(65534) == 0,
              "cannot be somebody else");
    chmod(dir, 0300);
    rc = split(&why);
    chmod(dir, 0700);
    if (me == 0)
        CHECK(c, seteuid(me) == 0, "cannot be root again");
    CHECK(c, rc == TRI_OK, "%s", why.text);
    CHECK(c, count(0) == 3, "%d files", count(0));
}

static void tri_check_unread(struct tri_check *c)
{
    within(c, unread_body);
}

static int print_text(FILE *f, const void *text, struct tri_why *why)
{
    (void)why;
    fputs(text, f);
    return TRI_OK;
}

/* A file that was written for hours stays where its name cannot be had. */
static void single_body(struct tri_check *c)
{
    struct tri_why why = { "" };
    char path[64];

    snprintf(path, sizeof path, "%s/one", dir);
    CHECK(c, tri_file_print(path, print_text, "a", &why) == TRI_OK, "%s",
          why.text);
    CHECK(c, tri_file_print(path, print_text, "b", &why) == TRI_E_IO,
          "a file is written over");
    CHECK(c,
          strstr(why.text, "has come to exist meanwhile") != NULL &&
              strstr(why.text, "what belongs there is in") != NULL,
          "%s", why.text);
    CHECK(c, count(1) == 2, "the second one is gone");
    why.text[0] = '\0';
    tri_fault(TRI_CALL_FSYNC_DIR, 1, EIO, 0);
    CHECK(c, tri_file_print(path, print_text, "b", &why) == TRI_E_IO,
          "a failed synchronisation passes");
    CHECK(c, count(0) == 1 && strstr(why.text, "is written, but") != NULL, "%s",
          why.text);
}

static void tri_check_single(struct tri_check *c)
{
    within(c, single_body);
}

const struct tri_check_entry tri_checks_disk[] = {
    { "disk: all files of a set or none", tri_check_sets },
    { "disk: a directory that cannot be synchronised", tri_check_inval },
    { "disk: a directory that cannot be read", tri_check_unread },
    { "disk: one file", tri_check_single },
};
const size_t tri_checks_disk_n =
    sizeof tri_checks_disk / sizeof *tri_checks_disk;
