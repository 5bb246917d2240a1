#include "boards/host/base/memory.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/report.h"
#include "core/err.h"

enum { PATH = 4096, LINE = 1024 };

/* The number behind `name` in a file of lines "name value"; name "": the file
 * is one number. 0 if there is none, as for "max". */
static int read_number(const char *path, const char *name, uint64_t *out)
{
    FILE *const f = fopen(path, "re");
    const size_t n = strlen(name);
    char line[LINE];
    int found = 0;

    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
        const char *p = line + n;
        if (strncmp(line, name, n) != 0 || (n > 0 && *p != ' ' && *p != ':'))
            continue;
        p += strspn(p, ": ");
        found = *p >= '0' && *p <= '9';
        if (found)
            *out = strtoull(p, NULL, 10);
    }
    if (f != NULL)
        fclose(f);
    return found;
}

/* How the two versions call their files. */
static const struct version {
    const char *mount, *limit, *usage, *freeable[2];
} versions[] = {
    { "/sys/fs/cgroup",
      "memory.max",
      "memory.current",
      { "inactive_file", "active_file" } },
    { "/sys/fs/cgroup/memory",
      "memory.limit_in_bytes",
      "memory.usage_in_bytes",
      { "total_inactive_file", "total_active_file" } },
};

/* What one group leaves; UINT64_MAX without a limit. */
static uint64_t group_leaves(const struct version *v, const char *dir)
{
    uint64_t limit, used = 0, freeable = 0, n;
    char path[PATH + 64];

    snprintf(path, sizeof path, "%s/%s", dir, v->limit);
    if (!read_number(path, "", &limit))
        return UINT64_MAX;
    snprintf(path, sizeof path, "%s/%s", dir, v->usage);
    (void)read_number(path, "", &used);
    snprintf(path, sizeof path, "%s/memory.stat", dir);
    for (int i = 0; i < 2; i++)
        if (read_number(path, v->freeable[i], &n))
            freeable += n;
    used -= freeable < used ? freeable : used;
    return used < limit ? limit - used : 0;
}

/* A group and all above it. In a container the upper part of the path, or all
 * of it, is not there to be seen. */
static uint64_t groups_leave(const struct version *v, const char *root,
                             const char *group)
{
    const size_t base = strlen(root) + strlen(v->mount);
    uint64_t least = UINT64_MAX;
    char dir[PATH];

    if (snprintf(dir, sizeof dir, "%s%s%s", root, v->mount, group) >= PATH)
        return least;
    for (;;) {
        const uint64_t leaves = group_leaves(v, dir);
        char *const slash = strrchr(dir, '/');
        if (leaves < least)
            least = leaves;
        if (slash < dir + base)
            return least;
        *slash = '\0';
    }
}

uint64_t tri_memory_available(const char *root, int *group)
{
    uint64_t least = UINT64_MAX, kb;
    char path[PATH], line[PATH];
    FILE *f;

    *group = 0;
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    if (read_number(path, "MemAvailable", &kb))
        least = 1024 * kb;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    f = fopen(path, "re");
    /* "0::/path" is version 2, "4:memory:/path" or with more names version 1 */
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char *const names = strchr(line, ':');
        char *const dir = names != NULL ? strchr(names + 1, ':') : NULL;
        const struct version *v = NULL;
        uint64_t leaves;

        if (dir == NULL)
            continue;
        *dir = '\0';
        dir[1 + strcspn(dir + 1, "\n")] = '\0';
        for (char *p = names + 1; p != NULL; p = strchr(p, ',')) {
            p += *p == ',';
            if (strncmp(p, "memory", 6) == 0 && (p[6] == ',' || p[6] == '\0'))
                v = &versions[1];
        }
        if (names[1] == '\0')
            v = &versions[0];
        leaves = v != NULL ? groups_leave(v, root, dir + 1) : UINT64_MAX;
        if (leaves < least) {
            least = leaves;
            *group = 1;
        }
    }
    if (f != NULL)
        fclose(f);
    return least;
}

int tri_memory_check(uint64_t bytes, const char *what, struct tri_why *why)
{
    char need[24], have[24];
    int group;
    const uint64_t there = tri_memory_available("", &group);

    if (bytes <= there)
        return TRI_OK;
    return tri_why(why, TRI_E_NOMEM,
                   "%s of memory are needed for %s, %s are available%s; give a "
                   "smaller --batch or network",
                   tri_bytes_text(need, bytes), what,
                   tri_bytes_text(have, there),
                   group ? " in the control group of this process" : "");
}
