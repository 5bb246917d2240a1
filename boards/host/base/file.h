#ifndef TRI_BOARDS_HOST_BASE_FILE_H
#define TRI_BOARDS_HOST_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include "boards/host/base/why.h"

/** \file boards/host/base/file.h
 *
 * # Files
 *
 * A file is written under a temporary name in its own directory, synchronised,
 * renamed, and the directory is synchronised: it is there completely or not at
 * all. Mode 0600: most of what is written is somebody's share.
 */

/** Whose fault `err` (errno) of a file is: TRI_E_IO where the machine has no
 *  descriptors, memory or room, or cannot read; else TRI_E_ARG, the name's. */
int tri_file_fault(int err);

/** The length of a name, of a file or in one, without this ending, and 0 if it
 * has another one, or is nothing else. */
size_t tri_file_stem(const char *name, const char *ending);

/** Open a regular file to be read: *fd, or -1.
 *  \return TRI_OK; as tri_file_fault(), with a text. */
int tri_file_open(int *fd, const char *path, struct stat *st,
                  struct tri_why *why);

/** Write `n` bytes, whatever interrupts. 0, or -1 with errno. */
int tri_file_append(int fd, const void *data, size_t n);

/** Read a whole file of at most `max` bytes into malloc'ed memory.
 *  \return TRI_OK; TRI_E_ARG (cannot be opened, too large); TRI_E_IO (the
 *          machine's fault, or it cannot be read); TRI_E_NOMEM. */
int tri_file_read(const char *path, size_t max, uint8_t **buf, size_t *len,
                  struct tri_why *why);

/** `n` bytes at offset `at` of an open file; TRI_E_IO if there are fewer. */
int tri_file_pread(int fd, const char *path, void *buf, size_t n, uint64_t at,
                   struct tri_why *why);

struct tri_out {
    int fd;      /**< -1: closed            */
    int slot;    /**< cleanup note          */
    int fresh;   /**< replace nothing       */
    size_t have; /**< bytes in buf          */
    uint8_t *buf;
    char *path, *tmp;
    struct tri_why *why; /**< of tri_out_print()    */
};

/** Find out before any work whether `path` can be written as a new file:
 *  nothing is there by that name, and its directory takes files. Only a
 *  temporary file is made and removed.
 *  \return TRI_OK; as tri_file_fault(); TRI_E_NOMEM. */
int tri_out_check(const char *path, struct tri_why *why);
/** The same where a file by that name may be replaced. */
int tri_out_try(const char *path, struct tri_why *why);

/** Start writing `path`. With `fresh` set afterwards, tri_out_commit() puts
 *  it in the place of nothing else. TRI_E_IO (errno says why), TRI_E_NOMEM. */
int tri_out_open(struct tri_out *o, const char *path, struct tri_why *why);
/** Append. On failure the file is dropped as by tri_out_abort(). */
int tri_out_write(struct tri_out *o, const void *data, size_t n,
                  struct tri_why *why);
/** Write what is still in buf. */
int tri_out_drain(struct tri_out *o, struct tri_why *why);
/** Write over bytes that are already there. */
int tri_out_patch(struct tri_out *o, uint64_t at, const void *data, size_t n,
                  struct tri_why *why);
/** Take the room for `n` bytes in all, if the file system can; nothing of it
 *  is written. On failure the file is dropped as by tri_out_abort(). */
int tri_out_reserve(struct tri_out *o, uint64_t n, struct tri_why *why);
/** Make it permanent under its name, replacing what was there. Where it has
 *  to be fresh and is not, the temporary file stays and `why` says its name. */
int tri_out_commit(struct tri_out *o, struct tri_why *why);
/** Its two halves: after the first the content is permanent, and only the name
 *  is missing. A first half that fails drops the file, as tri_out_abort(). */
int tri_out_seal(struct tri_out *o, struct tri_why *why);
int tri_out_place(struct tri_out *o, struct tri_why *why);
/** The first part of tri_out_place(): the name, which may still be lost, and
 *  the last: the file is closed. */
int tri_out_rename(struct tri_out *o, struct tri_why *why);
void tri_out_finish(struct tri_out *o);
/** Leave a sealed file under its temporary name, which is added to `why`. */
void tri_out_leave(struct tri_out *o, struct tri_why *why);
/** Remove the temporary file. Does nothing on a closed one. */
void tri_out_abort(struct tri_out *o);

/** Make the names in the directory of `path` permanent. 0, or -1 with errno. */
int tri_file_sync_dir(const char *path);

/** Remove what a killed process left behind when it wrote `path`: its
 *  temporary files. Nobody may be writing that file now. */
void tri_out_sweep(const char *path);

/** Fill `n` bytes from the system's random generator. TRI_E_IO. */
int tri_random(void *out, size_t n, struct tri_why *why);

#endif
