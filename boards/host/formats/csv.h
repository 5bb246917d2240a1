#ifndef TRI_BOARDS_HOST_FORMATS_CSV_H
#define TRI_BOARDS_HOST_FORMATS_CSV_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"

/** \file boards/host/formats/csv.h
 *
 * # Tables as text
 *
 * One sample a line, fields between delimiters, all lines with as many; a
 * first line with names or none; lines end in \n or \r\n, and a byte order
 * mark in front is passed over. A field is a decimal number, in quotes or not.
 * Nothing is guessed: a field that is missing or no number is named by line
 * and column. The parser works on memory, changes nothing and trusts nothing.
 */
enum { TRI_CSV_COLUMNS = 1 << 16, TRI_CSV_NAME = 64 };

enum tri_csv_header { TRI_CSV_AUTO, TRI_CSV_YES, TRI_CSV_NO };

struct tri_csv {
    size_t rows, cols;
    float *num;          /**< [rows x cols]                     */
    const uint8_t *head; /**< first line, or NULL: no names     */
    size_t head_len;
    char delimiter;
};

/**
 * Read a table.
 * \param header  AUTO: the first line holds names if a field in it is no number
 * \param name    what the error text calls the buffer
 * \return TRI_OK; TRI_E_FORMAT, TRI_E_RANGE (a number is no finite float),
 *         TRI_E_NOMEM with a text. tri_csv_free() in any case.
 */
int tri_csv_parse(struct tri_csv *t, const uint8_t *buf, size_t len,
                  char delimiter, enum tri_csv_header header, const char *name,
                  struct tri_why *why);

/** The column that `text` names: one of the first line, else a number from 1.
 *  \return TRI_OK; TRI_E_ARG with a text. */
int tri_csv_column(size_t *column, const struct tri_csv *t, const char *text,
                   const char *name, struct tri_why *why);

void tri_csv_free(struct tri_csv *t);

#endif
