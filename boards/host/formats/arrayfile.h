#ifndef TRI_BOARDS_HOST_FORMATS_ARRAYFILE_H
#define TRI_BOARDS_HOST_FORMATS_ARRAYFILE_H

#include "boards/host/formats/array.h"

/** \file boards/host/formats/arrayfile.h
 *
 * # A file that holds an array: IDX, .npy, or one of a .npz
 */
struct tri_arrayfile {
    uint8_t *buf;
    size_t len;
    struct tri_array a; /**< of an IDX file as well */
};

/**
 * Read `path`; FILE.npz:NAME is the array NAME of an archive. What it is shows
 * in its first bytes.
 * \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT, TRI_E_RANGE, TRI_E_IO, TRI_E_NOMEM
 *         with a text. tri_arrayfile_close() in any case.
 */
int tri_arrayfile_open(struct tri_arrayfile *f, const char *path,
                       struct tri_why *why);

/** Wipes it: the values are their owner's. */
void tri_arrayfile_close(struct tri_arrayfile *f);

/** Read a file of at most 4 GiB; one that is packed is refused with what to
 *  do. As tri_file_read(). */
int tri_arrayfile_read(uint8_t **buf, size_t *len, const char *path,
                       struct tri_why *why);

#endif
