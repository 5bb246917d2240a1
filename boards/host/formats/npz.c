#include "boards/host/formats/npz.h"
#include <string.h>
#include "boards/host/formats/npy.h"
#include "core/err.h"
#include "core/le.h"
#include "core/text.h"

enum {
    END = 22, /* bytes of the end, of an entry of the directory, and of what */
    OF = 46,  /* is before an entry                                          */
    LOCAL = 30,
    COMMENT = 65535, /* bytes that may follow the end */
    STORED = 0,
    ENCRYPTED = 1,
    ZIP64 = 1 /* number of the extra field */
};

struct zip {
    const uint8_t *p;
    size_t n;
    const char *name;
    struct tri_why *why;
};

/* What the directory says of an entry. */
struct entry {
    const uint8_t *name;
    size_t name_len;
    unsigned flags, method;
    uint32_t crc;
    uint64_t packed, size, at;
};

static int damaged(const struct zip *z, uint64_t at, const char *what)
{
    return tri_why(z->why, TRI_E_FORMAT, "%s: byte %llu: %s", z->name,
                   (unsigned long long)at, what);
}

int tri_npz_is(const uint8_t *buf, size_t len)
{
    return len >= 4 && buf[0] == 'P' && buf[1] == 'K' &&
           ((buf[2] == 3 && buf[3] == 4) || (buf[2] == 5 && buf[3] == 6));
}

static uint32_t crc32(const uint8_t *p, size_t n)
{
    uint32_t table[16], crc = UINT32_MAX; /* one entry for each half byte */

    for (uint32_t i = 0; i < 16; i++) {
        table[i] = i;
        for (int bit = 0; bit < 4; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
    }
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* Where the directory begins, and its entries. */
static int find_directory(const struct zip *z, size_t *at, size_t *entries)
{
    const size_t most = z->n < END + COMMENT ? z->n : END + COMMENT;

    for (size_t back = END; back <= most; back++) {
        const uint8_t *const p = z->p + z->n - back;

        if (memcmp(p, "PK\5\6", 4) != 0 || tri_le_load16(p + 20) != back - END)
            continue;
        *entries = tri_le_load16(p + 10);
        *at = tri_le_load32(p + 16);
        return *at <= z->n - back
                   ? TRI_OK
                   : damaged(z, z->n - back,
                             "the directory of the archive is not in the "
                             "file, or the archive is larger than 4 GiB");
    }
    return tri_why(z->why, TRI_E_FORMAT,
                   "%s: the end of the archive is missing; the file is cut "
                   "off",
                   z->name);
}

/* Sizes that did not fit 32 bits follow in an extra field, in this order. */
static void wide(struct entry *e, const uint8_t *p, size_t n)
{
    uint64_t *const of[] = { &e->size, &e->packed, &e->at };

    while (n >= 4) {
        const size_t len = tri_le_load16(p + 2);

        if (len > n - 4)
            return;
        if (tri_le_load16(p) == ZIP64) {
            size_t at = 0;

            for (size_t i = 0; i < 3; i++)
                if (*of[i] == UINT32_MAX && at + 8 <= len) {
                    *of[i] = tri_le_load64(p + 4 + at);
                    at += 8;
                }
            return;
        }
        p += 4 + len;
        n -= 4 + len;
    }
}

/* The entry of the directory at *at, which moves on. */
static int read_entry(const struct zip *z, size_t *at, struct entry *e)
{
    const uint8_t *const p = z->p + *at;
    size_t name, extra, comment;

    if (z->n - *at < OF || memcmp(p, "PK\1\2", 4) != 0)
        return damaged(z, *at, "no entry of the archive's directory");
    name = tri_le_load16(p + 28);
    extra = tri_le_load16(p + 30);
    comment = tri_le_load16(p + 32);
    if (name + extra + comment > z->n - *at - OF)
        return damaged(z, *at, "the entry is cut off");
    *e = (struct entry){ .name = p + OF,
                         .name_len = name,
                         .flags = tri_le_load16(p + 8),
                         .method = tri_le_load16(p + 10),
                         .crc = tri_le_load32(p + 16),
                         .packed = tri_le_load32(p + 20),
                         .size = tri_le_load32(p + 24),
                         .at = tri_le_load32(p + 42) };
    wide(e, p + OF + name, extra);
    *at += OF + name + extra + comment;
    return TRI_OK;
}

/* The length of an array's name, without .npy; 0: no array. */
static size_t array_name(const struct entry *e)
{
    const size_t n = e->name_len;

    return n > 4 && memcmp(e->name + n - 4, ".npy", 4) == 0 ? n - 4 : 0;
}

/* The bytes of an entry. */
static int contents(const struct zip *z, const struct entry *e,
                    const uint8_t **data)
{
    uint64_t begin;

    if (e->method != STORED || (e->flags & ENCRYPTED) != 0)
        return tri_why(
            z->why, TRI_E_ARG,
            "%s: is %s; write it again without, in Python: import numpy as "
            "np; np.savez('new.npz', **np.load('%s'))",
            z->name, e->method != STORED ? "compressed" : "encrypted", z->name);
    if (z->n < LOCAL || e->at > z->n - LOCAL ||
        memcmp(z->p + e->at, "PK\3\4", 4) != 0)
        return damaged(z, e->at, "no entry of the archive");
    begin = e->at + LOCAL + tri_le_load16(z->p + e->at + 26) +
            tri_le_load16(z->p + e->at + 28);
    if (e->packed != e->size || begin > z->n || e->size > z->n - begin)
        return damaged(z, e->at, "the entry is longer than the file");
    *data = z->p + begin;
    return crc32(*data, (size_t)e->size) == e->crc
               ? TRI_OK
               : damaged(z, begin, "the entry is damaged (CRC-32)");
}

static void add_name(struct tri_text *t, const struct entry *e)
{
    tri_text_add(t, t->n > 0 ? ", " : "");
    for (size_t i = 0; i < array_name(e) && i < 40; i++)
        tri_text_add(t, "%c",
                     e->name[i] >= ' ' && e->name[i] <= '~' ? e->name[i] : '?');
}

int tri_npz_parse(struct tri_array *a, const uint8_t *buf, size_t len,
                  const char *entry, const char *name, struct tri_why *why)
{
    const struct zip z = { buf, len, name, why };
    char names[200] = "";
    struct tri_text t = { names, sizeof names, 0 };
    struct entry e = { .name = NULL }, found = { .name = NULL };
    size_t at = 0, entries = 0, arrays = 0;
    const uint8_t *data = NULL;
    int rc = find_directory(&z, &at, &entries);

    for (size_t i = 0; rc == TRI_OK && i < entries; i++) {
        rc = read_entry(&z, &at, &e);
        if (rc != TRI_OK || array_name(&e) == 0)
            continue;
        add_name(&t, &e);
        arrays += entry == NULL;
        if (entry == NULL || (strlen(entry) == array_name(&e) &&
                              memcmp(entry, e.name, array_name(&e)) == 0))
            found = e;
    }
    if (rc != TRI_OK)
        return rc;
    if (found.name == NULL || arrays > 1)
        return tri_why(why, TRI_E_ARG,
                       "%s: %s%s; name one as %s:NAME (there are: %s)", name,
                       arrays > 1 ? "holds several arrays" : "has no array ",
                       arrays > 1 || entry == NULL ? "" : entry, name, names);
    rc = contents(&z, &found, &data);
    return rc == TRI_OK ? tri_npy_parse(a, data, (size_t)found.size, name, why)
                        : rc;
}
