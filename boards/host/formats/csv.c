#include "boards/host/formats/csv.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/args.h"
#include "core/err.h"
#include "core/mem.h"

enum { NUMBER = 63 }; /* characters of a number, at most */

struct span {
    const uint8_t *p;
    size_t n;
};

/* Where the parser stands, and whom to tell. */
struct reader {
    const uint8_t *p;
    size_t n;
    size_t line; /* from 1 */
    char delimiter;
    const char *name;
    struct tri_why *why;
};

/* The next line, without its end. 0: there is none. */
static int next_line(struct reader *r, struct span *line)
{
    const uint8_t *end;

    if (r->n == 0)
        return 0;
    end = memchr(r->p, '\n', r->n);
    line->p = r->p;
    line->n = end != NULL ? (size_t)(end - r->p) : r->n;
    r->n -= line->n + (end != NULL);
    r->p += line->n + (end != NULL);
    r->line++;
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
    return 1;
}

/* Cut the next field off a line; *last: it ends there. Blanks around it and
 * quotes are left away, and a delimiter between quotes does not count. 0: a
 * quote is not closed, or something follows it. */
static int next_field(struct span *line, struct span *f, char delimiter,
                      int *last)
{
    size_t i = 0;
    int quoted;

    while (i < line->n && line->p[i] == ' ' && delimiter != ' ')
        i++;
    quoted = i < line->n && line->p[i] == '"';
    f->p = line->p + i + quoted;
    if (quoted) {
        for (i++; i < line->n && line->p[i] != '"'; i++)
            ;
        if (i == line->n)
            return 0;
        f->n = (size_t)(line->p + i - f->p);
        for (i++; i < line->n && line->p[i] == ' ' && delimiter != ' '; i++)
            ;
        if (i < line->n && line->p[i] != (uint8_t)delimiter)
            return 0;
    } else {
        while (i < line->n && line->p[i] != (uint8_t)delimiter)
            i++;
        f->n = (size_t)(line->p + i - f->p);
        while (f->n > 0 && f->p[f->n - 1] == ' ')
            f->n--;
    }
    *last = i == line->n;
    i += !*last;
    line->p += i;
    line->n -= i;
    return 1;
}

/* A decimal number, whole: no hexadecimal, no name of infinity. */
static int number(double *v, const struct span *f)
{
    char text[NUMBER + 1], *end;

    if (f->n == 0 || f->n > NUMBER)
        return 0;
    for (size_t i = 0; i < f->n; i++) {
        text[i] = (char)f->p[i];
        if (strchr("0123456789+-.eE", text[i]) == NULL || text[i] == '\0')
            return 0;
    }
    text[f->n] = '\0';
    *v = strtod(text, &end);
    return end == text + f->n;
}

/* A field as it can be printed. */
static const char *shown(char out[40], const struct span *f)
{
    const size_t n = f->n < 32 ? f->n : 32;

    for (size_t i = 0; i < n; i++)
        out[i] = f->p[i] >= ' ' && f->p[i] <= '~' ? (char)f->p[i] : '?';
    strcpy(out + n, n < f->n ? "..." : "");
    return out;
}

/* Field `column` of the first line; n = 0 without names. */
static struct span title(const struct tri_csv *t, size_t column)
{
    struct span line = { t->head, t->head_len }, f = { NULL, 0 };
    int last = t->head == NULL;

    for (size_t i = 0; !last && i <= column; i++)
        if (!next_field(&line, &f, t->delimiter, &last))
            return (struct span){ NULL, 0 };
    return f;
}

static int bad_field(const struct reader *r, const struct tri_csv *t,
                     size_t column, const struct span *f)
{
    static const char *const missing[] = { "NA",   "N/A",  "NaN", "nan",
                                           "null", "NULL", "?" };
    const struct span h = title(t, column);
    char text[40], of[40];
    int gone = f->n == 0;

    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        gone |=
            f->n == strlen(missing[i]) && memcmp(f->p, missing[i], f->n) == 0;
    shown(of, &h);
    if (gone)
        return tri_why(r->why, TRI_E_FORMAT,
                       "%s: line %zu, column %zu%s%s%s: the value is missing; "
                       "fill it in or leave the line out",
                       r->name, r->line, column + 1, h.n > 0 ? " (" : "", of,
                       h.n > 0 ? ")" : "");
    return tri_why(r->why, TRI_E_FORMAT,
                   "%s: line %zu, column %zu%s%s%s: '%s' is no decimal number",
                   r->name, r->line, column + 1, h.n > 0 ? " (" : "", of,
                   h.n > 0 ? ")" : "", shown(text, f));
}

/* The fields of a line into v [cols], or with v NULL only their number. *plain:
 * all are numbers. */
static int read_line(const struct reader *r, struct span line,
                     const struct tri_csv *t, float *v, size_t *cols,
                     int *plain)
{
    struct span f;
    double x;
    int last = 0;

    *cols = 0;
    *plain = 1;
    while (!last) {
        if (!next_field(&line, &f, r->delimiter, &last))
            return tri_why(r->why, TRI_E_FORMAT,
                           "%s: line %zu, column %zu: a quote is not closed, "
                           "or something follows it",
                           r->name, r->line, *cols + 1);
        if (!number(&x, &f)) {
            *plain = 0;
            if (v != NULL)
                return bad_field(r, t, *cols, &f);
        }
        if (v != NULL && *cols < t->cols) {
            if (!(x > -3e38 && x < 3e38)) /* what a float holds */
                return tri_why(r->why, TRI_E_RANGE,
                               "%s: line %zu, column %zu: the number is too "
                               "large",
                               r->name, r->line, *cols + 1);
            v[*cols] = (float)x;
        }
        ++*cols;
    }
    return TRI_OK;
}

/* Another delimiter, of which the first line has some and the given one none.
 */
static const char *other_delimiter(const struct span *line, char delimiter)
{
    static const struct {
        char c;
        const char *name;
    } usual[] = { { ',', "','" }, { ';', "';'" }, { '\t', "tab" } };

    if (memchr(line->p, delimiter, line->n) != NULL)
        return NULL;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (memchr(line->p, usual[i].c, line->n) != NULL)
            return usual[i].name;
    return NULL;
}

/* The first line: columns, and whether it holds names. */
static int begin(struct reader *r, struct tri_csv *t,
                 enum tri_csv_header header)
{
    const struct reader start = *r;
    struct span line;
    const char *other;
    int plain, rc;

    if (!next_line(r, &line) || line.n == 0)
        return tri_why(r->why, TRI_E_FORMAT, "%s: %s", r->name,
                       r->line == 0 ? "is empty" : "line 1 is empty");
    if (memchr(line.p, '\0', line.n) != NULL)
        return tri_why(r->why, TRI_E_FORMAT,
                       "%s: line 1 holds a zero byte; a table is plain text",
                       r->name);
    other = other_delimiter(&line, r->delimiter);
    if (other != NULL)
        return tri_why(r->why, TRI_E_FORMAT,
                       "%s: line 1 has one column; give --delimiter %s if "
                       "that is what stands between columns",
                       r->name, other);
    rc = read_line(r, line, t, NULL, &t->cols, &plain);
    if (rc != TRI_OK)
        return rc;
    if (t->cols > TRI_CSV_COLUMNS)
        return tri_why(r->why, TRI_E_FORMAT,
                       "%s: line 1 has %zu columns; %d are the most", r->name,
                       t->cols, TRI_CSV_COLUMNS);
    if (header == TRI_CSV_YES || (header == TRI_CSV_AUTO && !plain)) {
        t->head = line.p;
        t->head_len = line.n;
    } else {
        *r = start;
    }
    return TRI_OK;
}

/* Lines that are left, without empty ones at the end. */
static size_t count_lines(const struct reader *r)
{
    struct reader at = *r;
    struct span line;
    size_t lines = 0;

    for (size_t i = 1; next_line(&at, &line); i++)
        if (line.n > 0)
            lines = i;
    return lines;
}

int tri_csv_parse(struct tri_csv *t, const uint8_t *buf, size_t len,
                  char delimiter, enum tri_csv_header header, const char *name,
                  struct tri_why *why)
{
    const size_t mark = len >= 3 && memcmp(buf, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    struct reader r = { buf + mark, len - mark, 0, delimiter, name, why };
    struct span line;
    int rc;

    *t = (struct tri_csv){ .delimiter = delimiter };
    rc = begin(&r, t, header);
    if (rc != TRI_OK)
        return rc;
    t->rows = count_lines(&r);
    if (t->rows == 0)
        return tri_why(why, TRI_E_FORMAT, "%s: holds no sample", name);
    if (t->rows > INT32_MAX || t->rows > SIZE_MAX / sizeof *t->num / t->cols)
        return tri_why(why, TRI_E_FORMAT, "%s: has too many lines", name);
    t->num = malloc(t->rows * t->cols * sizeof *t->num);
    if (t->num == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory for %zu samples", t->rows);
    for (size_t i = 0; rc == TRI_OK && i < t->rows; i++) {
        size_t cols;
        int plain;

        (void)next_line(&r, &line);
        if (line.n == 0)
            return tri_why(why, TRI_E_FORMAT, "%s: line %zu is empty", name,
                           r.line);
        rc = read_line(&r, line, t, t->num + i * t->cols, &cols, &plain);
        if (rc == TRI_OK && cols != t->cols)
            rc = tri_why(why, TRI_E_FORMAT,
                         "%s: line %zu has %zu columns, those before %zu", name,
                         r.line, cols, t->cols);
    }
    return rc;
}

int tri_csv_column(size_t *column, const struct tri_csv *t, const char *text,
                   const char *name, struct tri_why *why)
{
    size_t found = t->cols;
    uint64_t n;

    for (size_t i = 0; t->head != NULL && i < t->cols; i++) {
        const struct span f = title(t, i);

        if (f.n != strlen(text) || memcmp(f.p, text, f.n) != 0)
            continue;
        if (found < t->cols)
            return tri_why(why, TRI_E_ARG,
                           "%s: columns %zu and %zu are both called '%s'; give "
                           "each its own name",
                           name, found + 1, i + 1, text);
        found = i;
    }
    if (found < t->cols) {
        *column = found;
        return TRI_OK;
    }
    if (tri_number(text, 1, t->cols, &n) == TRI_OK) {
        *column = (size_t)n - 1;
        return TRI_OK;
    }
    return tri_why(
        why, TRI_E_ARG, "%s: has no column '%s'; give %sa number from 1 to %zu",
        name, text, t->head != NULL ? "a name of its first line, or " : "",
        t->cols);
}

void tri_csv_free(struct tri_csv *t)
{
    if (t->num != NULL)
        tri_wipe(t->num, t->rows * t->cols * sizeof *t->num);
    free(t->num);
    t->num = NULL;
}
