#include "tests/support/folder.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tri_folder_make(char path[TRI_FOLDER])
{
    strcpy(path, "/tmp/trinn-check-XXXXXX");
    return mkdtemp(path) != NULL;
}

static int drop(const char *path, const struct stat *st, int kind,
                struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

int tri_folder_drop(const char *path)
{
    return nftw(path, drop, 4, FTW_DEPTH | FTW_PHYS) == 0;
}
