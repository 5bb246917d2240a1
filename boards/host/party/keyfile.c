#include "boards/host/party/keyfile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/base/file.h"
#include "core/err.h"
#include "core/mem.h"

static const char head[] = "trinn private key 1\n";

enum { HEAD = sizeof head - 1, PATH = 4096 };
_Static_assert(HEAD + TRI_KEY_DIGITS + 1 == TRI_KEY_FILE, "length of the head");

/* ---- digits -------------------------------------------------------------- */

/* 1 if a <= c < a + n, without a branch. */
static unsigned within(unsigned c, unsigned a, unsigned n)
{
    const uint32_t d = c - a;

    return ((d - n) & ~d) >> 31;
}

int tri_key_parse(uint8_t key[TRI_KEY_BYTES], const char *text, size_t n)
{
    unsigned bad = 0;

    if (n != TRI_KEY_DIGITS) {
        tri_wipe(key, TRI_KEY_BYTES);
        return TRI_E_FORMAT;
    }
    for (size_t i = 0; i < TRI_KEY_BYTES; i++) {
        unsigned byte = 0;

        for (size_t j = 0; j < 2; j++) {
            const unsigned c = (unsigned char)text[2 * i + j];
            const unsigned digit = within(c, '0', 10);
            const unsigned letter = within(c, 'a', 6);

            byte =
                byte << 4 | (-digit & (c - '0')) | (-letter & (c - 'a' + 10));
            bad |= 1 ^ (digit | letter);
        }
        key[i] = (uint8_t)byte;
    }
    if (bad != 0) {
        tri_wipe(key, TRI_KEY_BYTES);
        return TRI_E_FORMAT;
    }
    return TRI_OK;
}

int tri_key_option(uint8_t key[TRI_KEY_BYTES], const char *option,
                   const char *text, struct tri_why *why)
{
    return tri_key_parse(key, text, strlen(text)) == TRI_OK
               ? TRI_OK
               : tri_why(why, TRI_E_ARG,
                         "option --%s: a public key has %d digits, 0-9 and a-f",
                         option, TRI_KEY_DIGITS);
}

void tri_key_print(char out[TRI_KEY_DIGITS + 1],
                   const uint8_t key[TRI_KEY_BYTES])
{
    for (size_t i = 0; i < TRI_KEY_DIGITS; i++) {
        const unsigned v = key[i / 2] >> (i % 2 ? 0 : 4) & 15;
        const unsigned letter = 1 ^ within(v, 0, 10);

        out[i] = (char)('0' + v + (-letter & ('a' - '0' - 10)));
    }
    out[TRI_KEY_DIGITS] = '\0';
}

/* ---- reading ------------------------------------------------------------- */

int tri_key_file_parse(uint8_t key[TRI_KEY_BYTES], const char *buf, size_t len,
                       const char *name, struct tri_why *why)
{
    tri_wipe(key, TRI_KEY_BYTES);
    if (len >= TRI_KEY_DIGITS && len <= TRI_KEY_DIGITS + 1 &&
        tri_key_parse(key, buf, TRI_KEY_DIGITS) == TRI_OK) {
        tri_wipe(key, TRI_KEY_BYTES);
        return tri_why(why, TRI_E_FORMAT,
                       "%s: holds a public key; the private key is in the "
                       "file without .pub",
                       name);
    }
    if (len < HEAD || memcmp(buf, head, HEAD) != 0)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: line 1 is not 'trinn private key 1': this is no "
                       "private key file; make one with `trinn keygen`",
                       name);
    if (len != TRI_KEY_FILE || buf[len - 1] != '\n' ||
        tri_key_parse(key, buf + HEAD, TRI_KEY_DIGITS) != TRI_OK) {
        tri_wipe(key, TRI_KEY_BYTES);
        return tri_why(why, TRI_E_FORMAT,
                       "%s: line 2 is not exactly 64 digits 0-9 a-f and an "
                       "end of line: the file is damaged",
                       name);
    }
    return TRI_OK;
}

int tri_key_load(const char *path, uint8_t key[TRI_KEY_BYTES],
                 struct tri_why *why)
{
    char buf[TRI_KEY_FILE + 1];
    struct stat st;
    size_t len;
    int fd, rc = tri_file_open(&fd, path, &st, why);

    tri_wipe(key, TRI_KEY_BYTES);
    if (rc != TRI_OK)
        return access(path, F_OK) == 0
                   ? rc
                   : tri_why_add(why, rc, "; make a key with `trinn keygen %s`",
                                 path);
    len = (size_t)st.st_size < sizeof buf ? (size_t)st.st_size : sizeof buf;
    if ((st.st_mode & 077) != 0)
        rc = tri_why(why, TRI_E_ARG,
                     "%s: a private key that others than its owner may read "
                     "or write (mode %03o): chmod 600 %s, or make a new one",
                     path, (unsigned)st.st_mode & 0777, path);
    else
        rc = tri_file_pread(fd, path, buf, len, 0, why);
    close(fd);
    if (rc == TRI_OK)
        rc = tri_key_file_parse(key, buf, len, path, why);
    tri_wipe(buf, sizeof buf);
    return rc;
}

/* ---- making -------------------------------------------------------------- */

/* Write a file that did not exist; it is removed again on an error. */
static int create(const char *path, mode_t mode, const char *text, size_t n,
                  int *slot, struct tri_why *why)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    int rc = 0, err;

    if (fd < 0 && errno == EEXIST)
        return tri_why(why, TRI_E_ARG,
                       "%s: exists already, and a key is never written over; "
                       "give another name",
                       path);
    if (fd < 0)
        return tri_why(why, tri_file_fault(errno), "%s: cannot be created: %s",
                       path, strerror(errno));
    *slot = tri_cleanup_path(path);
    rc = tri_file_append(fd, text, n);
    if (rc == 0)
        rc = fsync(fd);
    err = errno;
    if (close(fd) != 0 && rc == 0) {
        rc = -1;
        err = errno;
    }
    if (rc == 0)
        return TRI_OK;
    unlink(path);
    tri_cleanup_forget(*slot);
    return tri_why(why, TRI_E_IO, "%s: cannot be written: %s", path,
                   strerror(err));
}

int tri_key_create(const char *path, uint8_t pub[TRI_KEY_BYTES],
                   struct tri_why *why)
{
    uint8_t key[TRI_KEY_BYTES];
    char text[TRI_KEY_FILE + 1], digits[TRI_KEY_DIGITS + 1], name[PATH];
    int slot[2] = { -1, -1 };
    int rc = tri_random(key, sizeof key, why);

    if (rc != TRI_OK)
        return rc;
    tri_x25519_public(pub, key);
    memcpy(text, head, HEAD);
    tri_key_print(text + HEAD, key);
    text[TRI_KEY_FILE - 1] = '\n';
    if (snprintf(name, sizeof name, "%s.pub", path) >= (int)sizeof name)
        rc = tri_why(why, TRI_E_ARG, "the name of the key file is too long");
    if (rc == TRI_OK)
        rc = create(path, 0600, text, TRI_KEY_FILE, &slot[0], why);
    if (rc == TRI_OK) {
        tri_key_print(digits, pub);
        digits[TRI_KEY_DIGITS] = '\n';
        rc = create(name, 0644, digits, sizeof digits, &slot[1], why);
        if (rc != TRI_OK)
            unlink(path);
    }
    if (rc == TRI_OK && tri_file_sync_dir(path) != 0)
        rc = tri_why(why, TRI_E_IO,
                     "%s: is written, but its directory cannot be made "
                     "permanent: %s",
                     path, strerror(errno));
    tri_cleanup_forget(slot[0]);
    tri_cleanup_forget(slot[1]);
    tri_wipe(key, sizeof key);
    tri_wipe(text, sizeof text);
    return rc;
}
